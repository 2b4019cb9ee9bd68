"""Beginnings of texts, cut where a reader would cut."""

from __future__ import annotations

import unicodedata

from forecourt.text.characters import line

_NEAR = 0.6
_SPACIOUS = 2  # times as many characters as are wanted, for what is cut and folded
_JOINER = "\u200d"


def excerpt(text: str, limit: int) -> str:
    """Keep the beginning of the text, on one line, at most ``limit`` characters with its ellipsis.

    Cut at a space where there is one near the end (Japanese has none), never
    between a letter and its accent or inside a family of emoji.
    """
    start = line(text[: limit * _SPACIOUS])  # of a long text the rest is never looked at
    text = start if len(start) > limit else line(text)
    if len(text) <= limit:
        return text
    end = _boundary(text, max(limit - 1, 0))
    space = text.rfind(" ", 0, end + 1)
    if space > end * _NEAR:
        end = space
    return text[:end].rstrip(" ,;:\u2013\u2014-") + "…"


def _boundary(text: str, end: int) -> int:
    while end > 0 and _joined(text, end):
        end -= 1
    return end


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after ``at`` are drawn as one."""
    before, after = text[at - 1], text[at]
    if _is_flag(before) and _is_flag(after):
        start = at
        while start > 0 and _is_flag(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return (
        _JOINER in {before, after}
        or unicodedata.category(after).startswith("M")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # the five tones of skin
        or "\U000e0020" <= after <= "\U000e007f"  # the flags of England, Scotland and Wales
    )


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
