"""The facts that a text states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states, each kind empty where it states none.

    ``percents`` are reductions in per cent; ``prices`` amounts with their currency (ISO 4217, "" where the sign
    is of several); ``weekdays`` count from Monday, which is 0; ``times`` are minutes of the day, 23:59 counting as
    midnight (0); ``links`` canonical, without scheme, "www." and tracking. ``spans`` are from one day to another,
    both counted, and their ends are among the ``days``. ``slips`` are days beside a day of the week which they
    are not ("Sunday 28 November" in 2026).
    """

    percents: frozenset[Decimal] = frozenset()
    prices: frozenset[tuple[Decimal, str]] = frozenset()
    days: frozenset[date] = frozenset()
    weekdays: frozenset[int] = frozenset()
    times: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    spans: frozenset[tuple[date, date]] = frozenset()
    slips: frozenset[tuple[int, date]] = frozenset()
