"""Where the names on a map go: beside their marks, over nothing else, within the frame; without room, nowhere.

A picture cannot ask how wide letters are, and each machine has its own: they are taken for a little wider than the
usual ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from forecourt import text

SIZE = 15
"""Pixels that letters are high."""

LEADING = 18
"""Pixels from one line to the next."""

MOST = 40
"""Names on one map; a map of more stores is one of dots."""

_LINES = 3  # of one mark
_LENGTHS = (28, 16)  # characters of a name, and where that has no room
_NARROW, _BROAD = frozenset("fiIjlrt.,:;!'|()[]/ -"), frozenset("mwMWOQGD@%&\u2014")
_SLIM, _USUAL, _WIDE, _EASTERN = 0.38, 0.64, 0.95, 1.06  # how wide they are, of their size
_EDGE = 6  # pixels between a name and the frame
_ROOM = (150, 40)  # pixels around a mark in which another one crowds it
_GAP = 4  # pixels between a name and its mark, and between two names


class Box(NamedTuple):
    """A part of the picture, in pixels from its top left."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether they have any part in common."""
        return not (
            self.right <= other.left
            or other.right <= self.left
            or self.bottom <= other.top
            or other.bottom <= self.top
        )

    def holds(self, other: Box) -> bool:
        """Whether all of the other is inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on the map: its middle, its radius in pixels, and the names of what is there."""

    x: float
    y: float
    radius: float
    names: tuple[str, ...]

    def box(self) -> Box:
        """The square around it."""
        return Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True, slots=True)
class Label:
    """Names as they are written: ``x`` is where they begin, end or have their middle, ``y`` their first line."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str
    box: Box


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in the land, its middle on the picture, and how wide it may be."""

    name: str
    x: float
    y: float
    room: float


def labelled(marks: Sequence[Mark], frame: Box, taken: Sequence[Box] = ()) -> dict[int, Label]:
    """The names that have room, by the number of their mark; of more than ``MOST`` marks, of those that are alone.

    Those that are most crowded are placed first. ``taken`` is what they must not cover, beside the marks and
    one another.
    """
    inner = _inner(frame)
    covered = [*taken, *(mark.box() for mark in marks)]
    order = sorted(range(len(marks)), key=lambda number: (_neighbours(marks[number], marks), -number))
    found: dict[int, Label] = {}
    for number in reversed(order[:MOST]):
        placed = next(
            (
                label
                for length in _LENGTHS
                for label in _around(marks[number], length)
                if inner.holds(label.box) and not any(label.box.touches(box) for box in covered)
            ),
            None,
        )
        if placed:
            found[number] = placed
            covered.append(placed.box)
    return found


def spread(names: Sequence[Spot], frame: Box, taken: Sequence[Box]) -> list[Spot]:
    """Those of the names in the land that have room: where they are, in the frame and over nothing that is taken."""
    inner, covered = _inner(frame), [*taken]
    found = []
    for spot in sorted(names, key=lambda spot: (-spot.room, spot.name)):
        wide = width(spot.name)
        box = Box(spot.x - wide / 2, spot.y - SIZE, spot.x + wide / 2, spot.y + SIZE / 2)
        if wide <= spot.room and inner.holds(box) and not any(box.touches(other) for other in covered):
            found.append(spot)
            covered.append(box)
    return found


def width(said: str) -> float:
    """How wide a name is, about, in pixels."""
    return SIZE * sum(map(_wide, said))


def _inner(frame: Box) -> Box:
    return Box(frame.left + _EDGE, frame.top + _EDGE, frame.right - _EDGE, frame.bottom - _EDGE)


def _wide(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return _EASTERN
    if letter in _BROAD:
        return _WIDE
    return _SLIM if letter in _NARROW else _USUAL


def _neighbours(mark: Mark, marks: Sequence[Mark]) -> int:
    return sum(abs(mark.x - each.x) < _ROOM[0] and abs(mark.y - each.y) < _ROOM[1] for each in marks)


def _around(mark: Mark, length: int) -> Iterator[Label]:
    """The names of a mark in each place beside it, the best first."""
    lines = [text.excerpt(name, length) for name in mark.names[:_LINES]]
    if len(mark.names) > _LINES:
        lines.append(f"+{len(mark.names) - _LINES}")
    wide, high = max(map(width, lines)), LEADING * len(lines)
    away, slant = mark.radius + _GAP, mark.radius * 0.7 + 1
    sides = (("start", mark.x + away), ("end", mark.x - away))
    places = [(anchor, x, mark.y - high / 2) for anchor, x in sides]
    places += [("middle", mark.x, top) for top in (mark.y - away - high, mark.y + away)]
    leans = (("start", mark.x + slant), ("end", mark.x - slant))
    places += [(anchor, x, top) for anchor, x in leans for top in (mark.y - slant - high, mark.y + slant)]
    for anchor, x, top in places:
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        yield Label(tuple(lines), x, top + SIZE, anchor, Box(left, top, left + wide, top + high))
