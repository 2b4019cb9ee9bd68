"""Which events of networks and calendars the editors announce themselves: those stand once, in the editors' words.

Two that only look alike must stay two, so what is not said counts for nothing: an hour that differs, another store,
another number in the title keep them apart, whatever else agrees. Only a link that one event alone has says more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

from forecourt.curate.facts import shown_link
from forecourt.model import Event

_WORD = re.compile(r"[^\W_]+")
_HREF = re.compile(r'<a href="([^"]*)"')  # as cleaning writes it
_SHORTEST = 4
"""Letters of a word that must agree in titles of one place; "in", "chez" aside, a number always must."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as one side tells of it: ``store`` is the slug of a local store, ``links`` are its addresses."""

    title: str
    event: Event
    store: str = ""
    links: frozenset[str] = frozenset()


def addresses(*links: str, html: str = "") -> frozenset[str]:
    """Addresses of an event as they are compared, those that its text leads to among them."""
    return frozenset(filter(None, map(shown_link, filter(None, (*links, *_HREF.findall(html))))))


@dataclass(frozen=True)
class Doubles:
    """Tells events that are announced already. ``names`` are words of each local store, by its slug: name and town."""

    announced: Sequence[Told]
    names: Mapping[str, str]
    zone: tzinfo

    def among(self, others: Sequence[Told]) -> list[bool]:
        """Of each of these events, whether it is one of those announced."""
        ours = Counter(link for each in self.announced for link in each.links)
        theirs = Counter(link for each in others for link in each.links)
        sole = {link for link in ours if ours[link] == 1 and theirs[link] == 1}
        return [any(self._is_same(own, other, sole) for own in self.announced) for other in others]

    def _is_same(self, own: Told, other: Told, sole: set[str]) -> bool:
        if own.links & other.links & sole:
            return True
        if not self._is_when(own.event, other.event):
            return False
        place = self._is_where(own, other)
        if place and self._title(own, other) == self._title(other, own):
            return True
        is_exact = own.event.start.astimezone(UTC) == other.event.start.astimezone(UTC)
        return place is not False and is_exact and _words(own.title) == _words(other.title)

    def _is_when(self, one: Event, other: Event) -> bool:
        """Whether two begin at one moment, or on one day of which one of them says no hour."""
        if one.start.astimezone(UTC) == other.start.astimezone(UTC):
            return True
        days = {each.start.astimezone(self.zone).date() for each in (one, other)}
        return len(days) == 1 and (self._is_of_days(one) or self._is_of_days(other))

    def _is_of_days(self, event: Event) -> bool:
        return all(_is_midnight(each.astimezone(self.zone)) for each in (event.start, event.end) if each)

    def _is_where(self, one: Told, other: Told) -> bool | None:
        """Whether two are at one place; None where that is not said."""
        stores = self._store(one), self._store(other)
        if all(stores):
            return stores[0] == stores[1]
        ours, theirs = self._place(one), self._place(other)
        if not (ours and theirs):
            return None
        if ours <= theirs or theirs <= ours:
            return True
        return None if ours & theirs else False

    def _store(self, told: Told) -> str:
        """The local store that it is at: its own, or the one alone that its place names."""
        place = {*_words(told.event.place)}
        named = [] if told.store else [slug for slug, words in self._telling.items() if words & place]
        return told.store or (named[0] if len(named) == 1 else "")

    def _place(self, told: Told) -> frozenset[str]:
        words = (*_words(told.event.place), *_words(self.names.get(told.store, "")))
        return frozenset(words) - self._common

    @cached_property
    def _common(self) -> frozenset[str]:
        """What several stores are called, such as the brand, which tells no place."""
        found = Counter(word for name in self.names.values() for word in {*_words(name)})
        return frozenset(word for word, stores in found.items() if stores > 1)

    @cached_property
    def _telling(self) -> dict[str, frozenset[str]]:
        return {slug: frozenset(_words(name)) - self._common for slug, name in self.names.items()}

    def _title(self, told: Told, other: Told) -> frozenset[str]:
        """The words of a title that tell an event from others of its place."""
        words = _words(told.title)
        around = self._place(told) | self._place(other) | self._common
        telling = [
            word for word in words if word not in around and (len(word) >= _SHORTEST or word.isdigit())
        ]
        return frozenset(telling or words)


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == datetime.min.time()


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))
