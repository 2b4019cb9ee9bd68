"""Pictures by their looks: 64 bits each, of which ``media.looks`` makes them; near each other where they look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

NEAR = 10
"""Bits of 64 by which one picture may differ from itself: scaled, encoded anew, cut by a fiftieth at each edge.

Measured on the demo's 41 pictures: scaled or as JPEG of quality 30 they differ by 4 bits at the most, brighter by
4, cut by a fiftieth all round by 10 (three in four by 8); two different ones by 12 or more, but for two that are
cuttings of one.
"""

_BAND = 8  # bits


def alike(one: int, other: int) -> bool:
    """Whether two pictures look the same; 0 is one that says nothing, such as a plain colour, and like no other."""
    return bool(one and other) and (one ^ other).bit_count() <= NEAR


def any_alike(ones: Sequence[int], others: Sequence[int]) -> bool:
    """Whether any picture of one post looks like any of the other."""
    return any(alike(one, other) for one in ones for other in others)


def bands(looks: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The parts of each, with their places: of two that differ by 7 bits or fewer, one part is the same."""
    for one in looks:
        if one:
            for place in range(64 // _BAND):
                yield place, one >> place * _BAND & (1 << _BAND) - 1
