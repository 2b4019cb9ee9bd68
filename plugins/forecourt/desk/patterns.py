"""Regular expressions of the editors, and which of them could take for ever.

Python tries one way after another to make a pattern fit. One that fits in very many ways, such as ``(a+)+b``, takes
hours over a line that a stranger wrote for it, and the standard library cannot be told to stop. So the steps that
its worst text would take are counted on the pattern itself before it is used, and it is refused where they are
too many. The count is never too low by much, and often too high: a bound helps, ``.{0,40}`` for ``.*``.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

LONGEST_TEXT = 5000
"""Characters of a text that patterns are looked for in."""

LONGEST_PATTERN = 500

MOST_STEPS = 65_000_000
"""Steps over the worst text, as counted here. None of 1,200 random patterns let through took a second."""

_FLAGS = re.IGNORECASE
_TOO_MANY = 10**18  # counting goes no further
_GLANCE = 10  # steps ahead that do not matter
# The standard library's own reading of a pattern. Its module has been private since 3.11, and is the same up to
# 3.13; a reading of our own would be the larger risk.
_parse = import_module("re._parser").parse
_Item = tuple[Any, Any]  # Any: what it is, and its parts, as the standard library has them
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_CATEGORIES = {
    "CATEGORY_DIGIT": re.compile(r"\d"),
    "CATEGORY_NOT_DIGIT": re.compile(r"\D"),
    "CATEGORY_SPACE": re.compile(r"\s"),
    "CATEGORY_NOT_SPACE": re.compile(r"\S"),
    "CATEGORY_WORD": re.compile(r"\w"),
    "CATEGORY_NOT_WORD": re.compile(r"\W"),
}
# Characters by which is told whether two sets share one: those of Europe, and some of each other kind.
_SAMPLES = frozenset(map(chr, range(0x250))) | frozenset("αжאبनก中かア한٣२\u2003\u2028\u200b’“”€™→★😀")
_Set = frozenset[str]


def spelled(text: str) -> str:
    """The text in one spelling of capitals and small letters, in which ``Pattern`` looks for what it needs."""
    # The dotless i, and the capital with a dot, are an i to patterns that know no capitals.
    return text.lower() if text.isascii() else text.replace("\u0130", "i").replace("\u0131", "i").casefold()


class Pattern:
    """A pattern, ready to be looked for; capitals and small letters are the same to it.

    Most texts are told to be without it by a word that it needs, ten times as fast.
    """

    def __init__(self, pattern: str) -> None:
        self._search = re.compile(pattern, _FLAGS).search
        self._needed = tuple(map(spelled, _needed(_parse(pattern, _FLAGS))))

    def search(self, text: str, in_one_spelling: str) -> re.Match[str] | None:
        """Where it fits the text, which is given ``spelled`` too."""
        if self._needed and not any(word in in_one_spelling for word in self._needed):
            return None
        return self._search(text)


def wrong_with(pattern: str) -> str:
    """What is wrong with a pattern, with what would be right; "" where nothing is."""
    if re.search(r"[\x00-\x1f\x7f]", pattern):
        return r"a backslash was taken for an escape; put the pattern into single quotes, as in '\bwin a\b'"
    if len(pattern) > LONGEST_PATTERN:
        return f"it is longer than {LONGEST_PATTERN} characters; make several rules of it"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = re.compile(pattern, _FLAGS)
    except re.error as error:
        where = "" if error.pos is None else f", at its character {error.pos + 1}"
        return f"it cannot be read: {error.msg}{where}"
    except (Warning, OverflowError, RecursionError) as error:
        return f"it cannot be read: {error}"
    return _wrong_with_all(found)


def _wrong_with_all(pattern: re.Pattern[str]) -> str:
    if pattern.search("") or pattern.search("\N{NO-BREAK SPACE}"):
        return "it fits texts that say nothing, so it would fit every post"
    items = [*_parse(pattern.pattern, _FLAGS)]
    if _Counting(pattern.pattern).cost(items, frozenset()).work * LONGEST_TEXT > MOST_STEPS:
        return (
            "a text could be written over which it takes for ever; bound what repeats, such as .{0,40} for .*, "
            "and repeat nothing that repeats or chooses within"
        )
    return ""


@dataclass(frozen=True, slots=True)
class _Cost:
    """In how many ways a part can fit from one place on, and the steps to try all of them.

    ``walks`` says that it looks at nothing that it does not go over, as one that looks ahead does.
    """

    ways: int
    work: int
    walks: bool = True


class _Counting:
    """Counts for one pattern; ``_all`` stands for all characters there are."""

    def __init__(self, pattern: str) -> None:
        self._all: _Set = _SAMPLES | frozenset(pattern) | frozenset(pattern.swapcase())
        self._widths: dict[int | None, int] = {}  # of each group at the most

    def cost(self, items: Sequence[_Item], after: _Set) -> _Cost:
        """The cost of parts one after the other; ``after`` is what may follow, nothing at the end of the pattern."""
        ways, work, walked, walks = 1, 0, 0, True
        spelled: _Set = frozenset()
        for place, item in enumerate(items):
            cost = self._cost_of(item, self._first(items[place + 1 :], after))
            steps = cost.work
            if str(item[0]) == "LITERAL":
                # Letters of a word after its first are seldom reached; more often where the word repeats itself.
                letter = _cased(chr(item[1]))
                steps = 1 if not spelled or letter <= spelled else 0
                spelled |= letter
            else:
                spelled = frozenset()
                if cost.ways == 1 and cost.walks and str(item[0]) in _REPEATS:
                    # What fits in one way only goes over the text once, however many parts share it.
                    steps = min(steps, max(2 * LONGEST_TEXT - walked, 0))
                    walked += steps
            work = min(work + ways * steps, _TOO_MANY)
            ways = min(ways * cost.ways, _TOO_MANY)
            walked = walked if cost.ways == 1 else 0
            walks = walks and cost.walks
        return _Cost(ways, work, walks)

    def _cost_of(self, item: _Item, follows: _Set) -> _Cost:
        name, parts = str(item[0]), item[1]
        if name in _REPEATS:
            least, most, body = parts
            return self._repeat(least, most, body, follows)
        if name in {"BRANCH", "GROUPREF_EXISTS"}:
            return self._branch(parts[1] if name == "BRANCH" else [part or [] for part in parts[1:]], follows)
        if name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            if name == "SUBPATTERN":
                self._widths[parts[0]] = min(int(parts[-1].getwidth()[1]), LONGEST_TEXT)
            return self.cost([*(parts if name == "ATOMIC_GROUP" else parts[-1])], follows)
        if name in {"ASSERT", "ASSERT_NOT"}:
            ahead = self.cost([*parts[1]], frozenset())
            return _Cost(1, ahead.work, walks=ahead.work <= _GLANCE)
        width = self._widths.get(parts, LONGEST_TEXT) if name == "GROUPREF" else 1
        return _Cost(1, width, walks=width <= _GLANCE)

    def _repeat(self, least: int, most: int, body: Any, follows: _Set) -> _Cost:
        items = [*body]
        first = self._first(items, follows)
        once = self.cost(items, first | follows)
        narrowest = max(int(body.getwidth()[0]), 1)
        most = min(int(most), LONGEST_TEXT // narrowest)
        if once.ways == 1:
            work = once.work * most
            if once.walks:
                work = min(work, 2 * LONGEST_TEXT)  # over the text once, however it is cut
            is_told_apart = body.getwidth()[0] > 0 and not first & follows
            ways = 1 if is_told_apart else max(most - int(least) + 1, 1)
            return _Cost(ways, min(work, _TOO_MANY), once.walks)
        ways, work = 0, 0
        for count in range(most + 1):
            fits = once.ways**count
            ways += fits if count >= least else 0
            work += fits * once.work
            if work > _TOO_MANY:
                return _Cost(_TOO_MANY, _TOO_MANY)
        return _Cost(ways, work, once.walks)

    def _branch(self, branches: Iterable[Any], follows: _Set) -> _Cost:
        choices = [[*branch] for branch in branches]
        costs = [self.cost(choice, follows) for choice in choices]
        firsts = [self._first(choice, follows) for choice in choices]
        apart = sum(map(len, firsts)) == len(frozenset[str]().union(*firsts))
        ways = [cost.ways for cost in costs]
        work = sum(cost.work + 1 for cost in costs)
        return _Cost(max(ways) if apart else sum(ways), work, all(cost.walks for cost in costs))

    def _first(self, items: Sequence[_Item], after: _Set) -> _Set:
        """The characters with which the parts, or else what is after them, can begin."""
        found: _Set = frozenset()
        for item in items:
            name, parts = str(item[0]), item[1]
            if name in {"AT", "ASSERT", "ASSERT_NOT"}:
                continue  # of no width
            if name in _REPEATS:
                found |= self._first([*parts[2]], frozenset())
                if parts[0] == 0 or parts[2].getwidth()[0] == 0:
                    continue
                return found
            if name == "SUBPATTERN":
                found |= self._first([*parts[-1]], frozenset())
                if parts[-1].getwidth()[0] == 0:
                    continue
                return found
            if name == "BRANCH":
                found = found.union(*(self._first([*branch], frozenset()) for branch in parts[1]))
                if any(branch.getwidth()[0] == 0 for branch in parts[1]):
                    continue
                return found
            return found | self._one(name, parts)
        return found | after

    def _one(self, name: str, parts: Any) -> _Set:
        """The characters that a part of one character stands for, or all where it is none."""
        if name == "LITERAL":
            return _cased(chr(parts))
        if name == "NOT_LITERAL":
            return self._all - _cased(chr(parts))
        if name == "ANY":
            return self._all - {"\n"}
        if name != "IN":
            return self._all
        found = frozenset[str]().union(*(self._member(str(kind), value) for kind, value in parts))
        return self._all - found if str(parts[0][0]) == "NEGATE" else found

    def _member(self, kind: str, value: Any) -> _Set:
        if kind == "LITERAL":
            return _cased(chr(value))
        if kind == "RANGE":
            inside = (c for c in self._all if any(value[0] <= ord(each) <= value[1] for each in _cased(c)))
            return frozenset(inside)
        if kind == "CATEGORY":
            return frozenset(filter(_CATEGORIES[str(value)].match, self._all))
        return frozenset()


def _cased(character: str) -> _Set:
    """The character as a small letter and as a capital, which are the same to our patterns."""
    return frozenset(each for each in (character, character.lower(), character.upper()) if len(each) == 1)


def _needed(items: Iterable[_Item]) -> list[str]:
    """Words of which one stands in every text that the parts fit; none where there is no telling."""
    best: list[str] = []
    word = ""
    for item in [*items, ("END", None)]:
        name, parts = str(item[0]), item[1]
        if name == "LITERAL":
            word += chr(parts)
            continue
        inner = [parts[-1]] if name == "SUBPATTERN" else parts[1] if name == "BRANCH" else []
        inner = [parts[2]] if name in _REPEATS and parts[0] > 0 else inner
        each = [_needed(one) for one in inner]
        choices = [[word], [one for some in each for one in some] if all(each) else []]
        best = max(best, *choices, key=lambda words: min(map(len, words), default=0))
        word = ""
    return best if all(best) else []
