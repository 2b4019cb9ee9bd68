"""How the hub's posts are shared out: by stretches of days whose borders do not move.

A stretch is cut in halves while it holds too much, so that what a day shows decides
of its own stretch alone: one post more cuts at most the stretch that it is in. Nothing of
it depends on what was there before. The newest days are a shard of their own, which is
small, since nearly every build changes it; a visitor opens one more for that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import accumulate

LARGE = 5000
"""Records above which a shard is cut: Pagefind takes some 60 KB of memory and 1 ms for each."""

YOUNG = 500
"""Records above which the shard of the newest days is cut."""

_ALL = 22
"""Times that all days are cut in halves until there is one: there are 3.6 million, up to the year 9999."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The posts from one day to another, both as 2026-11-22; of a day that is too large one part of ``parts``."""

    first: str
    last: str
    part: int = 0
    parts: int = 1

    @property
    def name(self) -> str:
        """Its name, in addresses and before the names of its records: letters and digits."""
        days = f"{self.first}{self.last}".replace("-", "")
        return f"{days}p{self.part}of{self.parts}" if self.parts > 1 else days

    def holds_any(self, days: Collection[str]) -> bool:
        """Whether one of the days is its."""
        return any(self.first <= day <= self.last for day in days)

    def holds(self, path: str) -> bool:
        """Whether what stands at this address, on one of its days, is in this part."""
        return self.parts == 1 or _number(path) % self.parts == self.part


def plan(days: Mapping[str, int]) -> list[Shard]:
    """The shards of a hub that shows so many on each of its days (2026-11-22), oldest first."""
    shown = sorted((date.fromisoformat(day).toordinal(), count) for day, count in days.items() if count > 0)
    counts = _Counts(shown)
    return [*_cut(counts, 0, 1 << _ALL)] if shown else []


class _Counts:
    """How many are shown in any stretch of days."""

    def __init__(self, shown: list[tuple[int, int]]) -> None:
        self._days = [day for day, _ in shown]
        self._sums = [0, *accumulate(count for _, count in shown)]
        self.newest = self._days[-1] if shown else 0

    def of(self, start: int, size: int) -> int:
        first, end = bisect_left(self._days, start), bisect_left(self._days, start + size)
        return self._sums[end] - self._sums[first]


def _cut(counts: _Counts, start: int, size: int) -> Iterator[Shard]:
    shown = counts.of(start, size)
    if not shown:
        return
    if shown > LARGE and size > 1:
        yield from _cut(counts, start, size // 2)
        yield from _cut(counts, start + size // 2, size // 2)
        return
    young, length = start, size
    if start <= counts.newest < start + size:
        while length > 1 and counts.of(young, length) > YOUNG:
            length //= 2
            young += length if counts.newest >= young + length else 0
    if counts.of(start, young - start):
        yield from _parts(start, young - start, counts.of(start, young - start))
    yield from _parts(young, length, counts.of(young, length))


def _parts(start: int, size: int, shown: int) -> Iterator[Shard]:
    """The shards of a stretch; only a single day has several."""
    parts = 1
    while size == 1 and shown > LARGE * parts:
        parts *= 2
    first, last = (_day(max(start, 1)), _day(min(start + size - 1, date.max.toordinal())))
    yield from (Shard(first, last, part, parts) for part in range(parts))


def _day(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _number(path: str) -> int:
    return int.from_bytes(blake2b(path.encode(), digest_size=4).digest())
