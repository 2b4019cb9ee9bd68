"""How the archive of a listing is cut: by year, by month where a year is large, by day where a month is.

The address of a page never moves: what comes later stands on pages of its own, and a
year that grows large leads to its months where it showed its posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from forecourt.site.language import Language

LARGE = 120
"""Posts above which a year is shown month by month, and a month day by day."""

_YEAR, _MONTH, _DAY = len("2026"), len("2026-11"), len("2026-11-22")
_FINER = {_YEAR: _MONTH, _MONTH: _DAY}

Days = Mapping[str, int]
"""How many a listing shows on each of its days (2026-11-22), oldest day first."""


@dataclass(frozen=True, slots=True)
class Period:
    """A year (2026), month (2026-11) or day that has a page.

    ``older`` and ``newer`` are the periods beside it, "" at the ends; ``parts`` are those that it leads to,
    oldest first, none where it shows its posts itself.
    """

    name: str
    older: str
    newer: str
    parts: tuple[str, ...] = ()
    shown: int = field(default=0, compare=False)


def outline(days: Days) -> dict[str, Period]:
    """Every page of an archive by its period, the oldest first and each before its parts."""
    found: dict[str, Period] = {}
    _cut([*days.items()], _YEAR, "", "", found)
    return found


def above(period: str) -> str:
    """The month of a day, the year of a month; "" for a year."""
    return {_MONTH: period[:_YEAR], _DAY: period[:_MONTH]}.get(len(period), "")


def label(period: str, language: Language) -> str:
    """A period in words: 2026, November 2026, or 22 November 2026."""
    if len(period) == _YEAR:
        return period
    day = date.fromisoformat(f"{period}-01"[:_DAY])
    return language.filters["month" if len(period) == _MONTH else "date"](day)


def granularity(period: str) -> str:
    """Whether a period is a "year", a "month" or a "day"."""
    return {_YEAR: "year", _MONTH: "month", _DAY: "day"}[len(period)]


def _cut(
    days: Sequence[tuple[str, int]], length: int, older: str, newer: str, found: dict[str, Period]
) -> tuple[str, ...]:
    """Cut days by the first so many characters of their names; what lies before and behind them is given."""
    groups = {name: [*inside] for name, inside in groupby(days, lambda day: day[0][:length])}
    names = ("", *groups, "")
    for place, (name, inside) in enumerate(groups.items(), start=1):
        before, after = names[place - 1] or older, names[place + 1] or newer
        shown = sum(count for _, count in inside)
        is_large = shown > LARGE and length in _FINER
        found[name] = Period(name, before, after, (), shown)  # its place among the others
        parts = _cut(inside, _FINER[length], before, after, found) if is_large else ()
        found[name] = Period(name, before, after, parts, shown)
    return tuple(groups)
