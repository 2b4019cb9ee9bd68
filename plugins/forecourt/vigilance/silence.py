"""That a source, which answers well, says nothing any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

TIMES = 4
"""How many times its usual gap a silence is."""

FEWEST = 5
"""Occasions on which a source posted, below which it has no rhythm."""

LATEST = 20
"""Gaps by which its rhythm is told: a year of one that posts every second week."""

AT_ONCE = timedelta(hours=6)
"""What follows sooner is of one occasion: ten photos of an event are no rhythm of a minute."""

SHORTEST = timedelta(days=1)
"""The least that a usual gap is: with less, every weekend would be a silence."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What a source's ``usual`` gap was, ``since`` when it has been silent, and a sentence that says so."""

    usual: timedelta
    since: datetime
    said: str


def silence(published: Sequence[datetime], now: datetime, k: float = TIMES) -> Silence | None:
    """Whether a source has said nothing for more than ``k`` times its usual gap; None where it has not.

    ``published`` are the moments of its posts, in any order; some hundred are enough. The
    usual gap is the median of the last ``LATEST``. One that was silent for as long
    twice among those does so now and then, and is not named.
    """
    spoke = _occasions(moment for moment in published if moment <= now)[-LATEST - 1 :]
    if len(spoke) < FEWEST:
        return None
    gaps = sorted(after - before for before, after in pairwise(spoke))
    middle = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2
    usual = max(middle, SHORTEST)
    silent = now - spoke[-1]
    if silent <= usual * k or silent <= gaps[-2]:
        return None
    said = (
        f"it has posted nothing since {spoke[-1]:%Y-%m-%d}, for {_days(silent)}; "
        f"until then it mostly did every {_days(usual).removeprefix('1 ')}"
    )
    return Silence(usual, spoke[-1], said)


def _occasions(moments: Iterable[datetime]) -> list[datetime]:
    """The moments, those aside after which another one follows soon."""
    kept: list[datetime] = []
    for moment in sorted(moments):
        if kept and moment - kept[-1] < AT_ONCE:
            kept[-1] = moment
        else:
            kept.append(moment)
    return kept


def _days(span: timedelta) -> str:
    days = round(span / timedelta(days=1))
    return "1 day" if days == 1 else f"{days} days"
