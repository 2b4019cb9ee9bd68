"""How a channel posts: how long a post stays among its newest, and when it has gone quiet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from forecourt.curate.message_ledger.entries import Quiet

NEWEST = 5
"""Posts of a channel that a visitor of it sees without looking for more."""

QUIET_AFTER = 4
"""How many times its usual gap a channel may be silent."""

GAPS = 20
"""Gaps between its latest posts that tell what is usual for a channel: their median."""

FEWEST_GAPS = 5
"""With fewer, nothing is usual yet."""

SHORTEST_SILENCE = timedelta(days=1)
"""No channel is quiet before: people sleep, and an afternoon of many posts is no rhythm."""


def among_newest(
    said: Sequence[datetime],
    all_posts: Sequence[datetime],
    start: datetime,
    end: datetime,
    newest: int = NEWEST,
) -> timedelta:
    """For how long between two moments one of some posts was among the newest so many of its channel.

    ``all_posts`` are the moments of all posts of the channel, these included, in any order.
    """
    moments = sorted(moment.astimezone(UTC) for moment in all_posts)
    total, covered = timedelta(0), start.astimezone(UTC)
    for moment in sorted(one.astimezone(UTC) for one in said):
        later = bisect_right(moments, moment) + newest - 1  # the one that pushes it out
        left = min(moments[later] if later < len(moments) else end, end)
        begun = max(moment, covered)
        if left > begun:
            total += left - begun
            covered = left
    return total


def quiet(
    moments: Mapping[str, Sequence[datetime]], now: datetime, times: float = QUIET_AFTER
) -> tuple[Quiet, ...]:
    """The channels that have said nothing for more than so many times their usual gap, the quietest first."""
    found = [one for channel, posted in moments.items() if (one := _quiet(channel, posted, now, times))]
    return tuple(sorted(found, key=lambda one: (-one.silent, one.channel)))


def _quiet(channel: str, posted: Sequence[datetime], now: datetime, times: float) -> Quiet | None:
    latest = sorted(moment for one in posted if (moment := one.astimezone(UTC)) <= now)[-GAPS - 1 :]
    gaps = [(after - before).total_seconds() for before, after in pairwise(latest)]
    if len(gaps) < FEWEST_GAPS:
        return None
    silent, usual = now - latest[-1], timedelta(seconds=median(gaps))
    return (
        Quiet(channel, latest[-1], silent, usual) if silent > max(usual * times, SHORTEST_SILENCE) else None
    )
