"""Plain text with marks: platforms send the text, and beside it where its links and mentions are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from forecourt import text

_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_AFTER_IT = ".,;:!?'\N{RIGHT SINGLE QUOTATION MARK})]}…"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text, from ``start`` to before ``end``, in code points.

    With ``href`` it is a link; ``shown`` stands in its place where the platform
    wants other words there; ``tag`` is an element to put round it ("b", "i", …).
    """

    start: int
    end: int
    href: str = ""
    shown: str | None = None
    tag: str = ""


def marked(plain: str, marks: Iterable[Mark]) -> str:
    """The text as HTML, paragraphs parted by blank lines. It is still to be cleaned.

    A mark that lies outside the text, or begins inside another, is left out.
    """
    parts: list[str] = []
    at = 0
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if at <= mark.start < mark.end <= len(plain):
            parts += [escape(plain[at : mark.start]), _element(mark, plain)]
            at = mark.end
    parts.append(escape(plain[at:]))
    blocks = "".join(parts).replace("\r\n", "\n").split("\n\n")
    lines = (block.strip().replace("\n", "<br>") for block in blocks)
    return "".join(f"<p>{block}</p>" for block in lines if block)


def addresses(plain: str) -> Iterator[Mark]:
    """A mark for each web address in the text, without the full stop or bracket that follows it."""
    for found in _ADDRESS.finditer(plain):
        address = found[0].rstrip(_AFTER_IT)
        if found[0][len(address) :].startswith(")") and "(" in address:  # as in Wikipedia's
            address += ")"
        yield Mark(found.start(), found.start() + len(address), address)


def written(html: str, base: str) -> tuple[str, str]:
    """Safe HTML, and the plain text that a person would read in it."""
    safe = text.clean(html, base)
    return safe, text.plain(safe)


def _element(mark: Mark, plain: str) -> str:
    inside = escape(plain[mark.start : mark.end] if mark.shown is None else mark.shown)
    if mark.tag:
        inside = f"<{mark.tag}>{inside}</{mark.tag}>"
    return f'<a href="{escape(mark.href)}">{inside}</a>' if mark.href else inside
