"""Characters: without those that nobody sees, and those that reach beyond their own text."""

from __future__ import annotations

import re
import unicodedata

MOST_ACCENTS = 4
"""Marks of accents on one letter; Vietnamese has two, phonetics three, "zalgo" forty."""

MOST_MARKS = 30
"""Marks of any script on one letter, as in the Stream-Safe Text Format (UAX 15, D4)."""

# Lone surrogates cannot be written to a file; C0, C1 and noncharacters mean nothing in HTML, nor do the
# anchors of annotations outside the program that set them. U+202A to U+202E turn the direction of what
# follows, beyond the end of the word that brought them.
_NOTHING = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ufeff"
_INVISIBLE = re.compile(f"[{_NOTHING}]")
_UNPRINTABLE = re.compile(f"[{_NOTHING}\u202a-\u202e]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")
_ACCENT = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARK = r"[^\x00-\x7f\w\s]"  # and much else, but no letter: such runs are short
# Written so that re has a set to look for first: four times as fast as "[...]{5,}".
_PILE = re.compile(f"{_ACCENT}{_ACCENT}{{{MOST_ACCENTS},}}")
_MARKS = re.compile(f"{_MARK}{_MARK}{{{MOST_MARKS},}}")
_ISOLATE = re.compile("[\u2066-\u2068]")
_END = "\u2069"
_LINE = re.compile("[\u2066-\u2069\n]")
_BLOCK = re.compile("[\u2066-\u2069]|<[^<>]*>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|i|img|ins|mark|q|s|small|span|strong|sub|sup|time|u)[ />]"
)


def printable(text: str) -> str:
    """The text without characters that cannot be shown, turn what follows, or pile up on a letter."""
    text = _UNPRINTABLE.sub("", text)
    return text if text.isascii() else _unpiled(text)


def line(text: str) -> str:
    """Put the text on one line, without control characters and marks that turn its direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # the same, five times as fast
    text = _INVISIBLE.sub(" ", text)
    if not text.isascii():
        text = _unpiled(_TURNING.sub("", text))
    return _SPACES.sub(" ", text).strip()


def lines(text: str) -> str:
    """The text as a person would type it: single spaces, at most one blank line, nothing that turns it."""
    folded = [" ".join(one.split()) for one in printable(text).split("\n")]
    return isolated(re.sub(r"\n{3,}", "\n\n", "\n".join(folded)).strip(), _LINE)


def isolated(text: str, boundary: re.Pattern[str] = _BLOCK) -> str:
    """End each isolate (U+2066 to U+2068) in the block of HTML that begins it, so that no other is turned.

    Networks put them round names; an end without a beginning goes.
    """
    if not _ISOLATE.search(text):
        return text.replace(_END, "")
    begun = 0

    def mended(found: re.Match[str]) -> str:
        nonlocal begun
        mark = found[0]
        if mark == _END:
            begun, mark = (begun - 1, mark) if begun else (0, "")
        elif _ISOLATE.match(mark):
            begun += 1
        elif not _INLINE.match(mark):
            mark, begun = _END * begun + mark, 0
        return mark

    return boundary.sub(mended, text) + _END * begun


def _unpiled(text: str) -> str:
    return _MARKS.sub(_few, _PILE.sub(lambda pile: pile[0][:MOST_ACCENTS], text))


def _few(run: re.Match[str]) -> str:
    kept = []
    marks = 0
    for character in run[0]:
        kind = unicodedata.category(character)
        if kind in {"Mn", "Me"}:
            marks += 1
        elif kind != "Cf":  # a joiner between marks does not end their pile
            marks = 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
