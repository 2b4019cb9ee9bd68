"""What the runs of a comparison come to: for each tool, size and step the median of its rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from bench.tree import Written


@dataclass(frozen=True, slots=True)
class Run:
    """One command: what it cost and what it did to the output. Seconds and bytes."""

    posts: int
    tool: str
    step: str
    round: int
    cpu: float
    wall: float
    peak: int
    did: Written


@dataclass(frozen=True, slots=True)
class Figure:
    """The medians of a tool's rounds at one step; ``did`` is of the last of them."""

    cpu: float
    wall: float
    peak: int
    rounds: int
    did: Written


@dataclass(frozen=True)
class Figures:
    """All of one comparison, by size, tool and step."""

    found: Mapping[tuple[int, str, str], Figure]

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Figures:
        """The figures that these runs come to."""
        ordered = sorted(runs, key=lambda run: (*_place(run), run.round))
        return cls({place: _figure([*of_place]) for place, of_place in groupby(ordered, key=_place)})

    @property
    def sizes(self) -> list[int]:
        """The sizes that were measured, the smallest first."""
        return sorted({posts for posts, _, _ in self.found})

    def at(self, posts: int, tool: str, step: str) -> Figure | None:
        """One figure, None where it was not measured."""
        return self.found.get((posts, tool, step))

    def cpu(self, posts: int, tool: str, step: str) -> float | None:
        """Its processor seconds."""
        figure = self.at(posts, tool, step)
        return figure.cpu if figure else None

    def wall(self, posts: int, tool: str, step: str) -> float | None:
        """The seconds that one waits for it."""
        figure = self.at(posts, tool, step)
        return figure.wall if figure else None

    def peak(self, posts: int, tool: str, step: str) -> float | None:
        """The most megabytes that its processes held."""
        figure = self.at(posts, tool, step)
        return figure.peak / 2**20 if figure else None

    def written(self, posts: int, tool: str, step: str) -> float | None:
        """The files that it wrote or took away."""
        figure = self.at(posts, tool, step)
        return figure.did.written if figure else None


def ratio(one: float | None, other: float | None) -> float | None:
    """How many times the other the one is; None where either is not known."""
    return one / other if one is not None and other else None


def _place(run: Run) -> tuple[int, str, str]:
    return run.posts, run.tool, run.step


def _figure(runs: list[Run]) -> Figure:
    return Figure(
        cpu=median(run.cpu for run in runs),
        wall=median(run.wall for run in runs),
        peak=max(run.peak for run in runs),
        rounds=len(runs),
        did=runs[-1].did,
    )
