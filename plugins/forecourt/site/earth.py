"""The earth as maps of stores draw it: what part of it they show, and the coasts and borders there as paths of SVG.

The land is ``atlas.json``: the coasts and borders of Natural Earth 4.1 at 1:50,000,000, in the public domain, by way
of the npm package world-atlas 2.0.2 (ISC), made smaller by ``bench/atlas.py``. It is coarse to 2 km; Antarctica
and lakes are left out.

Mercator's projection: shapes are as people know them from other maps, wherever the stores are.
"""

from __future__ import annotations

import json
import math
from array import array
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import accumulate, pairwise

from forecourt.desk import Position

WIDTH, HEIGHT = 720, 480
"""Of the picture, in pixels; it can be shown in any size."""

AROUND = 300
"""Kilometres that are seen to the north and the south of a store, where there is only one."""

FINE = 10
"""Steps of a pixel in which land is drawn."""

KILOMETRES = 111.2
"""Of a degree of latitude."""

_FARTHEST = 83.0  # degrees north or south: Mercator has no end
_WORLD = ((-170.0, 78.0), (190.0, -56.0))
_SIDES, _TOP = 0.17, 0.14  # of what the stores span, seen beyond them on each side
_LEAST = 9  # steps below which a point is left out
_BEYOND = 80  # steps that land reaches over the frame, so that no coast is drawn along it
_RIGHT, _BOTTOM = WIDTH * FINE + _BEYOND, HEIGHT * FINE + _BEYOND
_TURN = 360.0
_TRIANGLE = 3  # points

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class View:
    """The part of the earth that a map shows: from ``west`` and, as Mercator has it, ``top``, in degrees."""

    west: float
    top: float
    scale: float
    """Pixels of a degree at the equator."""

    @classmethod
    def of(cls, positions: Sequence[Position]) -> View:
        """What shows all of them, on whichever side of the Pacific's middle they are; the world where there is none."""
        west = _western([position.longitude for position in positions])
        points = [(west + _east(each.longitude - west), _up(each.latitude)) for each in positions]
        if not points:
            points = [(x, _up(latitude)) for x, latitude in _WORLD]
        left, right = min(x for x, _ in points), max(x for x, _ in points)
        bottom, top = min(y for _, y in points), max(y for _, y in points)
        middle = (bottom + top) / 2
        least = 2 * AROUND / (KILOMETRES * math.cos(math.radians(_latitude(middle))))
        high = max((top - bottom) * (1 + 2 * _TOP), least)
        wide = min((right - left) * (1 + 2 * _SIDES), _TURN)
        scale = min(HEIGHT / high, WIDTH / max(wide, least))
        return cls((left + right) / 2 - WIDTH / scale / 2, middle + HEIGHT / scale / 2, scale)

    def point(self, position: Position) -> Point:
        """Where on the picture it is, in pixels from the top left."""
        return _east(position.longitude - self.west) * self.scale, (
            self.top - _up(position.latitude)
        ) * self.scale

    def pixels(self, latitude: float) -> float:
        """Of a kilometre, where it is that far north."""
        return self.scale / (KILOMETRES * math.cos(math.radians(latitude)))

    def latitudes(self) -> tuple[float, float]:
        """Of its lower and its upper edge."""
        return _latitude(self.top - HEIGHT / self.scale), _latitude(self.top)


@lru_cache(4)  # the same in each language, and at each look while somebody writes
def land(view: View) -> str:
    """The land in view as a path, in steps of which ``FINE`` are a pixel."""
    shapes = (_clipped(line) for line in _seen(_atlas().land, view))
    return "".join(_path(shape, "z") for shape in shapes if len(shape) >= _TRIANGLE)


@lru_cache(4)
def borders(view: View) -> str:
    """The borders between countries in view as a path, in the same steps."""
    parts = (part for line in _seen(_atlas().borders, view) for part in _inside(line))
    return "".join(_path(part, "") for part in parts)


@dataclass(frozen=True, slots=True)
class Country:
    """Where a country's name has most room: ``reach`` are the degrees of longitude to either side."""

    code: str
    position: Position
    reach: float


def countries() -> Sequence[Country]:
    """Those that are on the map; places whose code is in dispute have borders there, and no name."""
    return _atlas().countries


@dataclass(frozen=True, slots=True)
class _Line:
    """A coast or a border in degrees, and the box around it."""

    across: list[float]
    north: list[float]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Atlas:
    countries: list[Country]
    land: list[_Line]
    borders: list[_Line]


@cache
def _atlas() -> _Atlas:
    written = json.loads(resources.files("forecourt.site").joinpath("atlas.json").read_text("ascii"))
    steps: int = written["steps"]
    coasts, lines = (
        [_line(x, y, moves, steps) for x, y, moves in written[kind]] for kind in ("land", "borders")
    )
    named = [
        Country(code, Position(y / steps, x / steps), reach / steps)
        for code, x, y, reach in written["countries"]
    ]
    return _Atlas(named, coasts, lines)


def _line(x: int, y: int, packed: str, steps: int) -> _Line:
    moves = array("b", b64decode(packed))
    across = [each / steps for each in accumulate(moves[::2], initial=x)]
    north = [each / steps for each in accumulate(moves[1::2], initial=y)]
    return _Line(across, north, (min(across), max(across), _up(min(north)), _up(max(north))))


def _western(longitudes: Sequence[float]) -> float:
    """The first longitude from which on, eastwards, all others come soonest: behind the widest gap."""
    around = sorted({_east(longitude) for longitude in longitudes})
    if not around:
        return 0.0
    gaps = [(after - before, after) for before, after in pairwise([*around, around[0] + _TURN])]
    west = max(gaps)[1] % _TURN
    return west if west < _TURN / 2 else west - _TURN


def _east(degrees: float) -> float:
    """Of the same place within one turn to the east; a hair to the west is none."""
    return round(degrees, 9) % _TURN


@cache  # there are 14,000 latitudes of land
def _up(latitude: float) -> float:
    """How far up Mercator draws a latitude, in degrees of the equator."""
    inside = max(min(latitude, _FARTHEST), -_FARTHEST)
    return math.degrees(math.asinh(math.tan(math.radians(inside))))


def _latitude(up: float) -> float:
    return math.degrees(math.atan(math.sinh(math.radians(up))))


def _seen(lines: Iterable[_Line], view: View) -> Iterator[list[tuple[int, int]]]:
    """The lines that reach into the view, as steps from its top left; the world is shown as often as it comes."""
    scale, wide, high = view.scale * FINE, WIDTH / view.scale, HEIGHT / view.scale
    for line in lines:
        west, east, bottom, top = line.box
        if bottom > view.top or top < view.top - high:
            continue
        points: list[Point] = []
        for turn in (-2 * _TURN, -_TURN, 0.0, _TURN, 2 * _TURN):
            if west + turn > view.west + wide or east + turn < view.west:
                continue
            points = points or [
                (x * scale, (view.top - _up(y)) * scale) for x, y in zip(line.across, line.north, strict=True)
            ]
            yield _thinned(points, (turn - view.west) * scale)


def _thinned(points: Sequence[Point], shift: float) -> list[tuple[int, int]]:
    """Whole steps, without the points that lie on the one before; the last stays."""
    x = y = math.inf
    kept = []
    for new_x, new_y in points:
        if abs(new_x - x) + abs(new_y - y) >= _LEAST:
            x, y = new_x, new_y
            kept.append((round(x + shift), round(y)))
    last_x, last_y = points[-1]
    kept[-1] = (round(last_x + shift), round(last_y))
    return kept


def _clipped(ring: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of a ring is in the frame (Sutherland and Hodgman, 1974)."""
    for axis, edge, sign in ((0, -_BEYOND, 1), (0, _RIGHT, -1), (1, -_BEYOND, 1), (1, _BOTTOM, -1)):
        if all((point[axis] - edge) * sign >= 0 for point in ring):
            continue
        kept: list[tuple[int, int]] = []
        for start, end in zip([*ring[-1:], *ring], ring, strict=False):
            if ((start[axis] - edge) * sign >= 0) != ((end[axis] - edge) * sign >= 0):
                kept.append(_crossing(start, end, axis, edge))
            if (end[axis] - edge) * sign >= 0:
                kept.append(end)
        ring = kept
    return ring


def _crossing(start: tuple[int, int], end: tuple[int, int], axis: int, edge: int) -> tuple[int, int]:
    share = (edge - start[axis]) / (end[axis] - start[axis])
    other = round(start[1 - axis] + share * (end[1 - axis] - start[1 - axis]))
    return (edge, other) if axis == 0 else (other, edge)


def _inside(line: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The parts of a line whose stretches touch the frame."""
    part: list[tuple[int, int]] = []
    for (x, y), (to_x, to_y) in pairwise(line):
        if max(x, to_x) < 0 or min(x, to_x) > _RIGHT or max(y, to_y) < 0 or min(y, to_y) > _BOTTOM:
            if part:
                yield part
            part = []
        else:
            part = part or [(x, y)]
            part.append((to_x, to_y))
    if part:
        yield part


def _path(points: Sequence[tuple[int, int]], end: str) -> str:
    """Where it begins, and the steps from there: shorter than where each point is."""
    steps = " ".join(f"{x - from_x} {y - from_y}" for (from_x, from_y), (x, y) in pairwise(points))
    return f"M{points[0][0]} {points[0][1]}l{steps.replace(' -', '-')}{end}"
