"""Words and phrases, looked for in texts of many languages.

Capitals and small letters are the same, and so are the ways to write one letter: full width, or the bold letters
of mathematics that stand for plain ones in many an advertisement. Accents are kept. What nobody sees is left out, so
that nothing is hidden behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Hyphens and joiners that nobody sees, marks of direction, signs that choose how another is drawn; and of Arabic the
# marks of vowels, and the stroke that only widens a word.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u0640\u064b-\u0652\u0670\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
# Thai, Lao, Burmese, Khmer, Chinese and Japanese write no spaces between words; Korean writes its particles onto them.
_RUN_ON = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u3100-\u318f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_OF_RUN_ON = re.compile(f"[{_RUN_ON}]")
_KEY = re.compile(f"[^\\W{_RUN_ON}]+")
_NO_LETTERS = {number: " " for number in range(128) if not _KEY.match(chr(number))}
_QUOTES = (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"'))


def folded(text: str) -> str:
    """The text as it is compared with others: one spelling of each letter, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    for curly, straight in _QUOTES:
        seen = seen.replace(curly, straight)
    return " ".join(unicodedata.normalize("NFKC", seen.casefold()).split())


class Words:
    """Many words and phrases, looked for at once. They are given ``folded``, as the text is."""

    def __init__(self, words: Iterable[str]) -> None:
        self._spaced: dict[str, list[str]] = {}  # by the first of their words
        self._others: dict[str, list[str]] = {}  # by their first character
        for word in dict.fromkeys(filter(None, words)):
            key = None if _OF_RUN_ON.search(word) else _KEY.search(word)
            if key:
                self._spaced.setdefault(key[0], []).append(word)
            else:
                self._others.setdefault(word[0], []).append(word)
        self._keys = frozenset(self._spaced)
        self._others_are_foreign = not any(map(str.isascii, self._others))
        self._begins_other = re.compile(f"[{re.escape(''.join(self._others))}]" if self._others else "(?!)")

    def within(self, text: str) -> set[str]:
        """Those that stand in the text as whole words, or anywhere where their script writes no spaces."""
        found: set[str] = set()
        if self._spaced:
            for key in self._keys & _keys(text):
                found.update(word for word in self._spaced[key] if _stands_in(word, text))
        if not (self._others_are_foreign and text.isascii()) and self._begins_other.search(text):
            for first in self._others.keys() & set(text):
                found.update(word for word in self._others[first] if _stands_in(word, text))
        return found


def _keys(text: str) -> set[str]:
    if text.isascii():  # the same, three times as fast
        return set(text.translate(_NO_LETTERS).split())
    return set(_KEY.findall(text))


def _stands_in(word: str, text: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_go_on(text[start - 1 : start], word[0]) or _go_on(word[-1], text[end : end + 1])):
            return True
        start = text.find(word, start + 1)
    return False


def _go_on(before: str, after: str) -> bool:
    """Whether two characters are of one word, either being "" at an end of the text."""
    return _is_spaced(before) and _is_spaced(after)


def _is_spaced(character: str) -> bool:
    """Whether it is part of words that have spaces between them."""
    if not character or _OF_RUN_ON.match(character):
        return False
    return character == "_" or unicodedata.category(character)[0] in "LNM"
