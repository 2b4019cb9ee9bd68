"""Makes ``plugins/forecourt/site/atlas.json``, the land of the maps of stores, from Natural Earth.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m bench.atlas package/countries-50m.json plugins/forecourt/site/atlas.json

world-atlas (ISC) is Natural Earth 4.1 at 1:50,000,000 (public domain) as TopoJSON: arcs that neighbours share.
What is kept of it: the coast as closed rings; the borders between countries as lines; of each country its code and
where its name has most room; hundredths of a degree; of each line the points that change it by more than
``TOLERANCE``. Not Antarctica.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel.core import get_global

STEPS = 100  # of a degree
TOLERANCE = 0.02  # degrees: 2 km, 2 pixels of the narrowest map
SOUTH = -60.0
LEAST = 0.0002  # square degrees of a ring: 2 km²
TURN = 360  # degrees
GRID = 24  # places across and up a country where its name is tried
FARTHEST = 127  # steps that a signed byte can say
Point = tuple[float, float]
Line = tuple[int, int, str]


def main(source: Path, target: Path) -> None:
    """Read a TopoJSON of countries, and write what maps draw."""
    topology = json.loads(source.read_text())
    arcs = [simplified(arc) for arc in decoded(topology)]
    borders = Counter(number(each) for each in leaves(topology["objects"]["countries"]["geometries"]))
    coast = Counter(number(each) for each in leaves(topology["objects"]["land"]["geometries"]))
    rings = [joined(arcs, ring) for polygon in polygons(topology["objects"]["land"]) for ring in polygon]
    shown = [ring for ring in rings if max(y for _, y in ring) > SOUTH and area(ring) > LEAST]
    lines = [arcs[each] for each in sorted(borders) if each not in coast]
    atlas = {
        "steps": STEPS,
        "countries": [*countries(topology["objects"]["countries"], arcs)],
        "land": [*map(packed, shown)],
        "borders": [*map(packed, lines)],
    }
    written = json.dumps(atlas, separators=(",", ":")).replace("],[", "],\n[")
    target.write_text(f"{written}\n", encoding="ascii")
    points = sum(len(each) for each in (*shown, *lines))
    print(f"{target}: {len(written):,} bytes, {len(shown)} rings, {len(lines)} borders, {points:,} points")


def decoded(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """The arcs in degrees, which TopoJSON writes as steps from one point to the next."""
    (across, up), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step, rise in arc:
            x, y = x + step, y + rise
            points.append((x * across + left, y * up + bottom))
        yield unturned(points)


def leaves(shape: Any) -> Iterator[int]:  # Any: lists of lists of numbers, of any depth
    """The numbers of the arcs that a shape is made of."""
    if isinstance(shape, int):
        yield shape
    elif isinstance(shape, dict):
        yield from leaves(shape.get("arcs", shape.get("geometries", [])))
    else:
        for part in shape:
            yield from leaves(part)


def polygons(shape: dict[str, Any]) -> Iterator[list[list[int]]]:
    """The polygons of a collection, each as rings of arcs."""
    for geometry in shape["geometries"]:
        yield from geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def countries(shapes: dict[str, Any], arcs: Sequence[list[Point]]) -> Iterator[tuple[str, int, int, int]]:
    """Of each country its code, the middle of the largest circle that fits into it, and the half of its width.

    Codes are of two letters (ISO 3166-1), where the three figures of the source are known to CLDR.
    """
    codes = get_global("territory_aliases")
    for shape in shapes["geometries"]:
        code = next(iter(codes.get(shape.get("id", ""), ())), "")
        rings = [joined(arcs, polygon[0]) for polygon in polygons({"geometries": [shape]})]
        if code and rings and code != "AQ":
            x, y, reach = middle(max(rings, key=area))
            yield code, round(x * STEPS), round(y * STEPS), round(reach * STEPS)


def middle(ring: Sequence[Point]) -> tuple[float, float, float]:
    """The point inside that is farthest from the ring, of those on a grid, and how far that is."""
    (west, east), (south, north) = ((min(one), max(one)) for one in zip(*ring, strict=True))
    shrink = math.cos(math.radians((south + north) / 2))
    best = (west, south, 0.0)
    for column in range(1, GRID):
        x = west + (east - west) * column / GRID
        for row in range(1, GRID):
            y = south + (north - south) * row / GRID
            if is_inside(x, y, ring):
                reach = min(math.hypot((x - to_x) * shrink, y - to_y) for to_x, to_y in ring) / shrink
                best = max(best, (x, y, reach), key=lambda one: one[2])
    return best


def is_inside(x: float, y: float, ring: Sequence[Point]) -> bool:
    """Whether a line from the point to the east crosses the ring an odd number of times."""
    crossed = (
        (start_y > y) != (end_y > y) and x < start_x + (y - start_y) / (end_y - start_y) * (end_x - start_x)
        for (start_x, start_y), (end_x, end_y) in pairwise(ring)
    )
    return sum(crossed) % 2 == 1


def number(arc: int) -> int:
    """Which arc it is: those that are followed backwards are written as ones' complement."""
    return arc if arc >= 0 else ~arc


def joined(arcs: Sequence[list[Point]], ring: Sequence[int]) -> list[Point]:
    """A ring from its arcs, its first point also the last."""
    points: list[Point] = []
    for each in ring:
        part = arcs[number(each)]
        points += (part if each >= 0 else part[::-1])[1 if points else 0 :]
    return unturned(points)


def unturned(line: Sequence[Point]) -> list[Point]:
    """The line without jumps from one side of the map to the other, where it crosses 180°."""
    points = [line[0]]
    for x, y in line[1:]:
        points.append((x - TURN * round((x - points[-1][0]) / TURN), y))
    return points


def area(ring: Sequence[Point]) -> float:
    """Of a ring, in square degrees."""
    pairs = pairwise(ring)
    return abs(sum(x * other_y - other_x * y for (x, y), (other_x, other_y) in pairs)) / 2


def simplified(line: Sequence[Point]) -> list[Point]:
    """The line by fewer points, its ends as they were (Douglas and Peucker, 1973).

    A ring is cut where it is farthest from its first point: it would fall to that point otherwise.
    """
    if line[0] == line[-1]:
        middle = max(range(len(line)), key=lambda place: math.dist(line[place], line[0]))
        kept = {0, middle, len(line) - 1}
        todo = [(0, middle), (middle, len(line) - 1)]
    else:
        kept, todo = {0, len(line) - 1}, [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        inside = range(first + 1, last)
        if not inside:
            continue
        farthest = max(inside, key=lambda place: away(line[place], line[first], line[last]))
        if away(line[farthest], line[first], line[last]) > TOLERANCE:
            kept.add(farthest)
            todo += [(first, farthest), (farthest, last)]
    return [line[place] for place in sorted(kept)]


def away(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from a stretch, in degrees of latitude: those of longitude grow short to the north."""
    shrink = math.cos(math.radians(point[1]))
    x, y = (point[0] - start[0]) * shrink, point[1] - start[1]
    across, up = (end[0] - start[0]) * shrink, end[1] - start[1]
    length = across * across + up * up
    along = min(max((x * across + y * up) / length, 0), 1) if length else 0
    return math.hypot(x - along * across, y - along * up)


def packed(line: Sequence[Point]) -> Line:
    """Where the line begins, and its steps from there as signed bytes in base64, x and y in turn.

    A step that no byte can say is several shorter ones.
    """
    points = [(round(across * STEPS), round(up * STEPS)) for across, up in line]
    steps = array("b")
    for (x, y), (new_x, new_y) in pairwise(points):
        parts = -(-max(abs(new_x - x), abs(new_y - y)) // FARTHEST)
        cuts = [
            (round((new_x - x) * part / parts), round((new_y - y) * part / parts))
            for part in range(1, parts + 1)
        ]
        for (from_x, from_y), (to_x, to_y) in pairwise([(0, 0), *cuts]):
            steps.extend((to_x - from_x, to_y - from_y))
    return *points[0], b64encode(steps).decode()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
