"""Traces of a mistake on a page: a template that was not filled in, a value that was none, a page that is cut off.

Words of people are left alone: a post may show code, and what a stranger writes must not keep the hub from being
published. They stand in elements that say their language or direction, or that have a class of microformats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from forecourt.deploy.guard import markup

_SUSPECT = re.compile(
    r"\{\{|\{%|\bUndefined(?:Error)?\b|Traceback \(most recent call last\)|jinja2\.exceptions|%\(\w+\)[sd]\b"
    r"|' is undefined\b|' has no attribute '|\bobject at 0x[0-9a-f]{6}"
)
_MAYBE = re.compile(_SUSPECT.pattern.replace("'", "(?:'|&#39;|&#x27;|&apos;)"))
_COMMENT = re.compile(r"<!--.*?(?:--!?>|\Z)", re.DOTALL)
_SHOWN = frozenset({"code", "pre", "kbd", "samp", "script", "style", "textarea", "title"})
_THEIRS = re.compile(r"(?:^|\s)[ep]-")
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def of_page(source: str) -> Iterator[str]:
    """What is wrong with a page, in words."""
    if not source.strip():
        yield "is empty; see what made it, and build again"
        return
    if markup.without_tail(source)[-7:].lower() != "</html>":
        yield "is cut off: it does not end with </html>; build again"
    title = next(
        (tag.text for tag in markup.tags(source[:20_000]) if tag.name == "title" and not tag.closes), ""
    )
    if title.strip() in {"", "None"}:
        yield "has no title; give its template or its article one"
    if _MAYBE.search(source):
        for found in dict.fromkeys(_SUSPECT.findall(" \n".join(_ours(source)))):
            yield f"shows “{found}”, a trace of a mistake in a template; mend the template and build again"


def _ours(source: str) -> Iterator[str]:
    """The words of a page that are not of people."""
    at, within, depth = 0, "", 0
    for tag in markup.tags(source):
        if not within:
            yield unescape(_COMMENT.sub(" ", source[at : tag.start]))
            if not tag.closes and tag.name not in _VOID and _is_theirs(tag):
                within, depth = tag.name, 1
        elif tag.name == within:
            depth += -1 if tag.closes else 1
            within = within if depth else ""
        at = tag.end
    if not within:
        yield unescape(_COMMENT.sub(" ", source[at:]))


def _is_theirs(tag: markup.Tag) -> bool:
    if tag.name in _SHOWN:
        return True
    said = markup.attributes(tag.raw)
    return tag.name not in {"html", "body"} and bool("dir" in said or _THEIRS.search(said.get("class", "")))
