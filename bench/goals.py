"""What a comparison has to show: each goal with its limit, and what was reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import Figures, ratio
from bench.hub import Forecourt, OneCore
from bench.tools import FULL, NOTHING, ONE, Hugo

_OURS, _ONE_CORE, _HUGO = Forecourt.name, OneCore.name, Hugo.name
_K, _10K, _100K = 1_000, 10_000, 100_000


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal. ``reached`` is None where this comparison cannot say."""

    text: str
    limit: float
    reached: float | None
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether it is within the limit."""
        if self.reached is None:
            return None
        return self.reached >= self.limit if self.at_least else self.reached <= self.limit


def goals(found: Figures) -> Iterator[Goal]:
    """All of them."""
    cpu, peak, wall = found.cpu, found.peak, found.wall
    nothing, one = cpu(_100K, _OURS, NOTHING), cpu(_100K, _OURS, ONE)
    yield Goal("nothing new at 100,000 posts: processor seconds", 0.35, nothing)
    yield Goal("… times that at 1,000", 1.2, ratio(nothing, cpu(_K, _OURS, NOTHING)))
    yield Goal("one new post at 100,000: processor seconds", 0.9, one)
    yield Goal("… times that at 10,000", 1.2, ratio(one, cpu(_10K, _OURS, ONE)))
    yield Goal("… files written", 25, found.written(_100K, _OURS, ONE))
    for posts, times in ((_10K, 12), (_100K, 100)):
        less = ratio(cpu(posts, _HUGO, ONE), cpu(posts, _OURS, ONE))
        yield Goal(f"one new post at {posts:,}: times cheaper than Hugo", times, less, at_least=True)
    faster = ratio(cpu(_10K, _HUGO, FULL), cpu(_10K, _OURS, FULL))
    yield Goal("full build of 10,000: times Hugo's posts per processor second", 2, faster, at_least=True)
    held = ratio(peak(_10K, _OURS, FULL), peak(_10K, _HUGO, FULL))
    yield Goal("… times Hugo's memory", 0.25, held)
    yield Goal("full build of 100,000: MB", 300, peak(_100K, _OURS, FULL))
    for posts in (_10K, _100K):
        cores = ratio(wall(posts, _ONE_CORE, FULL), wall(posts, _OURS, FULL))
        yield Goal(f"full build of {posts:,}: times faster than on one core", 1.6, cores, at_least=True)
