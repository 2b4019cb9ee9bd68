"""What speaks for one message: words, links, hashtags, pictures and facts in common, and how near in time.

The bounds were found on the tuning half of ``tests/curate/pairs.toml`` and on the demo's other posts, and drawn
tighter for look-alikes that were written later (the last of that file). A brand says one thing on all its networks
within a morning, each time in other words, and on the next day something else that leads to the same page. So
within hours little in common is enough beside the same link or picture; after a day or two nearly all the words
have to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, Self

from forecourt.curate.facts import Facts
from forecourt.curate.likeness.pictures import any_alike
from forecourt.curate.likeness.traits import Traits
from forecourt.curate.likeness.words import length
from forecourt.model import Kind

How = Literal["stated", "link", "text", "picture", ""]

_HOUR = 3600.0  # seconds
_NEAR, _DAY = 6, 24  # hours
_FEW = 5  # words that say too little by themselves
_FEWEST = 3  # of which the very same at the very same moment are no chance
_VERBATIM = 0.8


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two posts have in common.

    ``share`` is the part of the shorter's words that the other has too, each counting by its length, and
    ``weight`` how many letters those are; ``fewest`` is how many words the shorter has. ``names`` are names and
    figures in common, ``phrases`` pairs of words in a row, also as a hashtag; ``topic`` is whether one begins with
    such a phrase or has it as a hashtag. ``facts`` are those that both state. ``page`` is whether one is the page
    of a product, or one of the two that of an event: these announce nothing. ``again`` is whether every word is the
    same and so is the moment, as where what was hidden or forgotten comes once more (``messages``).
    """

    hours: float
    share: float
    weight: int
    fewest: int
    names: int
    phrases: int
    topic: bool
    tags: int
    facts: int
    link: str
    picture: bool
    one_language: bool
    page: bool
    again: bool

    @classmethod
    def of(cls, one: Traits, other: Traits) -> Self:
        """Compare what two posts have."""
        mine, theirs = frozenset(one.words), frozenset(other.words)
        weight = sum(map(length, mine & theirs))
        least = min(sum(map(length, mine)), sum(map(length, theirs)))
        tags = frozenset(one.tags), frozenset(other.tags)
        phrases = tags[0].union(one.joint) & tags[1].union(other.joint)
        links = [link for link in one.links if link in other.links and "/" in link] if other.links else []
        return cls(
            hours=abs((one.at - other.at).total_seconds()) / _HOUR,
            share=weight / least if least else 1.0,
            weight=weight,
            fewest=min(len(mine), len(theirs)),
            names=len(one.heads & other.heads),
            phrases=len(phrases),
            topic=not phrases.isdisjoint((*one.joint[:1], *other.joint[:1], *one.tags, *other.tags)),
            tags=len(tags[0] & tags[1]),
            facts=_agreed(one.facts, other.facts),
            link=min(links, default=""),
            picture=any_alike(one.looks, other.looks),
            one_language=one.lang == other.lang or not one.lang or not other.lang,
            page=Kind.PRODUCT in {one.kind, other.kind}
            or (one.kind is Kind.EVENT) is not (other.kind is Kind.EVENT),
            again=one.words == other.words and one.at == other.at,
        )

    def judged(self) -> tuple[How, str]:
        """How they are found to be one message, "" where they are not; and why, for people."""
        said = f"says the same in {self.share:.0%} of its words"
        tells = self.fewest >= _FEW
        is_verbatim = self.one_language and tells and self.share >= _VERBATIM
        if is_verbatim or (self.again and self.fewest >= _FEWEST):
            return "text", said
        if not self.one_language:
            return self._across()
        if not self.page:
            if self.link and _any(self, _BY_LINK):
                return "link", f"links to https://{self.link} as well, {self._when()}"
            if self.picture and _any(self, _BY_PICTURE if tells else _WITH_FEW_WORDS):
                return "picture", f"shows the same picture, {self._when()}"
            if tells and _any(self, _BY_TEXT):
                return "text", f"{said}, {self._when()}"
        return "", f"{said}, which is too little" if self.fewest else "no words to compare"

    def _across(self) -> tuple[How, str]:
        """Across languages, where words say nothing, and the demo's stores translate within the day."""
        apart = "in another language"
        if self.page:
            return "", f"{apart}, and one is the page of a product or an event"
        if self.link and _any(self, _LINKED_ACROSS):
            return "link", f"links to https://{self.link} as well, {apart}, {self._when()}"
        if self.picture and _any(self, _SHOWN_ACROSS):
            return "picture", f"shows the same picture, {apart}, {self._when()}"
        if _any(self, _STATED_ACROSS):
            return "text", f"states the same facts or names, {apart}, {self._when()}"
        return "", apart

    def _when(self) -> str:
        return (
            "within hours" if self.hours <= _NEAR else "within a day" if self.hours <= _DAY else "within days"
        )


@dataclass(frozen=True, slots=True)
class _Least:
    """The least that two posts must have in common to be one message, so many hours apart at the most."""

    hours: float
    share: float = 0
    weight: int = 0
    names: int = 0
    phrases: int = 0
    topic: bool = False
    tags: int = 0
    facts: int = 0
    picture: bool = False

    def is_met(self, by: Likeness) -> bool:
        return (
            by.hours <= self.hours
            and by.share >= self.share
            and by.weight >= self.weight
            and by.names >= self.names
            and by.phrases >= self.phrases
            and by.topic >= self.topic
            and by.tags >= self.tags
            and by.facts >= self.facts
            and by.picture >= self.picture
        )


_BY_LINK = (
    _Least(hours=6, weight=10),
    _Least(hours=6, weight=8, share=0.4),
    _Least(hours=6, tags=1),
    _Least(hours=6, picture=True),
    _Least(hours=54, weight=10, names=2),
    _Least(hours=54, weight=10, phrases=2),
)
_BY_PICTURE = (
    _Least(hours=1, weight=8),
    _Least(hours=12, share=0.2, weight=20),
    _Least(hours=12, share=0.2, weight=10, phrases=2),
    _Least(hours=36, weight=10, topic=True),
)
_WITH_FEW_WORDS = (_Least(hours=24, share=0.6),)
_BY_TEXT = (
    _Least(hours=1.5, share=0.3, weight=20, phrases=1),
    _Least(hours=1.5, share=0.3, weight=20, names=2),
    _Least(hours=1.5, share=0.22, weight=10, topic=True),
    _Least(hours=2.5, share=0.55, weight=20, phrases=1),
    _Least(hours=4, share=0.4, weight=25, names=3),
    _Least(hours=8, share=0.3, weight=10, tags=1),
    _Least(hours=12, weight=10, facts=3),
    _Least(hours=6, share=0.3, weight=30, phrases=2),
    _Least(hours=24, share=0.45, weight=30, phrases=2),
)
_LINKED_ACROSS = (_Least(hours=36), _Least(hours=48, picture=True))
_SHOWN_ACROSS = (_Least(hours=6),)
_STATED_ACROSS = (_Least(hours=12, facts=3), _Least(hours=24, phrases=1, names=2))


def _any(likeness: Likeness, bounds: Iterable[_Least]) -> bool:
    return any(bound.is_met(likeness) for bound in bounds)


def _agreed(one: Facts, other: Facts) -> int:
    """How many facts two posts both state."""
    return (
        len(one.percents & other.percents)
        + len(one.prices & other.prices)
        + len(one.days & other.days)
        + len(one.weekdays & other.weekdays)
        + len(one.times & other.times)
        + len(one.codes & other.codes)
    )


# Templates: "New in our shops: the vase by Jule Brandt …" and the bowl.

_TEMPLATE = 0.72
"""The part of two texts that stands in the same order, above which what differs was put into a template."""

_EVEN = 0.48
"""The same where the texts are of one length and the slots even: no two retellings are so alike."""

_NAMED = 0.4
"""The same where a name or figure stands for another, in a slot that is even."""

_BALANCE = 0.9  # of the longer text's words
_SLOT = 24  # letters that a slot of a template holds at the most
_EVEN_SLOT = 2  # words
_NAMED_SLOT = 3
_PER_WORD = 75
"""Letters in common for which one other word is no slot but a change of style; for a name or figure none are."""


_Slot = tuple[tuple[int, ...], tuple[int, ...]]


def is_template(one: Traits, other: Traits) -> bool:
    """Whether two texts are one template with other names or things in it, such as "vase" and "bowl"."""
    mine, theirs = one.words, other.words
    if not mine or not theirs:
        return False
    codes = SequenceMatcher(None, mine, theirs, False).get_opcodes()
    same = [word for what, begin, end, _, _ in codes if what == "equal" for word in mine[begin:end]]
    slots = [
        (mine[begin:end], theirs[at:until]) for what, begin, end, at, until in codes if what == "replace"
    ]
    part = 2 * len(same) / (len(mine) + len(theirs))
    if part < _least_part(one, other, slots):
        return False
    changed = [pair for pair in slots if _is_slot(*pair, {*mine}, {*theirs})]
    names = one.heads | other.heads
    if any(not names.isdisjoint(out + instead) for out, instead in changed):
        return True
    return len(changed) > sum(map(length, same)) // _PER_WORD


def _least_part(one: Traits, other: Traits, slots: Sequence[_Slot]) -> float:
    """The part that must stand in the same order: less where slots take as many words in both, or name for name."""
    evens = [(out, instead) for out, instead in slots if len(out) == len(instead) <= _NAMED_SLOT]
    if any(not one.heads.isdisjoint(out) and not other.heads.isdisjoint(instead) for out, instead in evens):
        return _NAMED
    lengths = sorted((len(one.words), len(other.words)))
    is_even = len(evens) == len(slots) and all(len(out) <= _EVEN_SLOT for out, _ in evens)
    return _EVEN if is_even and lengths[0] >= _BALANCE * lengths[1] else _TEMPLATE


def _is_slot(out: tuple[int, ...], instead: tuple[int, ...], mine: set[int], theirs: set[int]) -> bool:
    """Whether what stands here in one text is nowhere in the other, and short."""
    letters = max(sum(map(length, out)), sum(map(length, instead)))
    return letters <= _SLOT and theirs.isdisjoint(out) and mine.isdisjoint(instead)
