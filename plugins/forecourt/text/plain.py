"""Plain text from HTML, and back."""

from __future__ import annotations

import html as entities
import re

import nh3

from forecourt.nesting import too_deep
from forecourt.text.characters import lines, printable

LONGEST = 512 * 1024
"""Characters of HTML that are read; nh3 makes 20 MB of 5 MB of ``<``."""

DEEPEST = 256
"""Open elements that markup may have; nh3 takes 5 s for 50,000 nested ``<div>``."""

MOST_ENTITIES = 50_000
"""Ampersands that markup may have; nh3 takes 4 s for a megabyte of them."""

DROPPED_WHOLE = {"script", "style", "title", "template", "iframe", "noembed", "noframes", "xmp", "svg"}
"""Elements whose text is no text of the post. A frame's is what browsers of 1998 showed instead of it."""

# To nh3, as to a browser with scripts, the inside of <noscript> is text: the picture that a lazy-loading
# blog keeps there would come out as visible markup.
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")  # no "<" inside, or a megabyte of them would take quadratic time
_TAG_LIKE = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_SPACES = re.compile(r"\s+")
# Where elements begin and end. Two of these in a row are still one new line; two <br> are a blank one.
_NEW_LINE, _BLANK_LINE = "\v", "\f"
_BREAKS = {"br": "\n", "td": " ", "th": " "}
_BREAKS |= dict.fromkeys(("p", "blockquote", "pre", "figure", "table", "ul", "ol", "dl", "hr"), _BLANK_LINE)
_BREAKS |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _BLANK_LINE)
_BREAKING = {*_BREAKS, *("div", "li", "dt", "dd", "tr", "figcaption", "summary", "caption")}
_BREAKING |= {"section", "article", "header", "footer", "aside", "main", "address", "option"}
_RUN = re.compile("[ \n\v\f]*[\n\v\f][ \n\v\f]*")


def plain(html: str) -> str:
    """Write the HTML as a person would type it: text, line breaks, at most one blank line."""
    html = printable(html[:LONGEST])
    if is_too_much(html):
        return lines(entities.unescape(_TAG_LIKE.sub(" ", html)))
    marked = nh3.clean(
        opened(html),
        tags=_BREAKING,
        clean_content_tags=DROPPED_WHOLE - _BREAKING,
        attributes={},
        link_rel=None,
    )
    broken = _ANY_TAG.sub(lambda tag: _BREAKS.get(tag[0].strip("</>"), _NEW_LINE), _SPACES.sub(" ", marked))
    return lines(entities.unescape(_RUN.sub(_break, broken)))


def paragraphs(text: str) -> str:
    """Plain text as HTML: a blank line parts paragraphs, a line break stays one."""
    blocks = re.split(r"\n\s*\n", printable(text).strip())
    broken = (entities.escape(block.strip(), quote=False).replace("\n", "<br>") for block in blocks)
    return "".join(f"<p>{block}</p>" for block in broken if block)


def is_too_much(html: str) -> bool:
    """Whether the HTML would cost nh3 too much, and only its text is read."""
    return html.count("&") > MOST_ENTITIES or too_deep(html, DEEPEST)


def opened(html: str) -> str:
    """The HTML with the inside of each ``<noscript>`` as part of it."""
    return _NOSCRIPT.sub("", html)


def _break(run: re.Match[str]) -> str:
    return "\n\n" if _BLANK_LINE in run[0] or run[0].count("\n") > 1 else "\n"
