"""A map of the stores as one SVG picture, drawn here: no tiles, no script, nothing that is asked of anybody else.

Colours are attributes, which no content policy takes away; only what is different in the dark is in a ``<style>``.
So the picture can be an ``<img>``, stand in a page, or be opened by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from babel import Locale, UnknownLocaleError, units

from forecourt import text, urls
from forecourt.config import Brand
from forecourt.desk import Position
from forecourt.site.brandsheet import FONTS, Scheme, scheme
from forecourt.site.earth import FINE, HEIGHT, WIDTH, View, borders, countries, land
from forecourt.site.lettering import LEADING, SIZE, Box, Label, Mark, Spot, labelled, spread

_DOT, _GROUP = 6.5, 11.0  # radius of a mark in pixels: of one store, and of several
_NEAR = 15.0  # pixels below which two stores have one mark
_BAR, _CORNER = 120, 20  # the scale is that long at the most, and that far from its corner
_UNEVEN = 1.25  # times the scale may differ between top and bottom; no bar is true of a whole continent
_FRAME = Box(0, 0, WIDTH, HEIGHT)
_LOCAL = re.compile(r"(?!//)[^:/?#\s\\]*(?:[/?#][^\s\\]*)?")

_PAINT = {
    "sea": (("fill",), "cool", "bg"),
    "land": (("fill", "stroke"), "surface", "cool"),
    "border": (("stroke",), "edge", "edge"),
    "name": (("fill",), "ink", "ink"),
    "halo": (("stroke",), "surface", "cool"),
    "country": (("fill",), "soft", "soft"),
    "dot": (("fill",), "hot", "hot"),
    "rim": (("stroke",), "surface", "bg"),
    "count": (("fill",), "surface", "bg"),
    "bar": (("stroke",), "ink", "ink"),
}
"""What each class paints, and with which of the brand's tokens in the light and in the dark."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store on the map. ``url`` is its page, or "#" and its place in the page; "" leads nowhere."""

    title: str
    position: Position
    url: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What the picture is called, and the language in which it writes distances and countries, such as pt-BR."""

    title: str
    lang: str


def svg(places: Sequence[Place], words: Words, colours: Scheme | None = None) -> bytes:
    """The map of these stores: all of them and some land around; the same for the same stores.

    Each is a dot with its name beside it, where that covers nothing else; stores that lie too close are one mark
    with their number. Every name is in the picture's description, for those who do not see it. ``colours`` are the
    brand's, as ``brandsheet.scheme`` has them; None is for a brand that names none.
    """
    brush = _Brush(colours or _plain())
    view = View.of([place.position for place in places])
    groups = _groups(places, view)
    marks = [_mark(group, view) for group in groups]
    bar, taken = _bar(view, locale := _locale(words.lang), brush)
    labels = labelled(marks, _FRAME, taken)
    taken += [*(mark.box() for mark in marks), *(label.box for label in labels.values())]
    role = "group" if any(_safe(place.url) for place in places) else "img"  # an img has no links inside
    title = escape(text.line(words.title))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="{role}" aria-label="{title}">'
    )
    parts = [
        head,
        f"<title>{title}</title>",
        f"<desc>{escape('; '.join(text.line(place.title) for place in places))}</desc>",
        brush.sheet(),
        f'<rect {brush("sea")} width="{WIDTH}" height="{HEIGHT}"/>',
        f'<g transform="scale({1 / FINE:g})" stroke-linejoin="round">',
        f'<path {brush("land")} stroke-width="5" d="{land(view)}"/>',
        f'<path {brush("border")} fill="none" stroke-width="7" stroke-dasharray="25 18" d="{borders(view)}"/></g>',
        f'<g font-family="{escape(FONTS["body"])}" font-size="{SIZE}" font-weight="600">',
        *_countries(view, locale, taken, brush),
        bar,
        *(_drawn(marks[at], group, labels.get(at), brush) for at, group in enumerate(groups)),
        "</g></svg>\n",
    ]
    return "\n".join(filter(None, parts)).encode()


def _locale(lang: str) -> Locale:
    try:
        return Locale.parse(lang, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _plain() -> Scheme:
    return scheme(Brand())


@dataclass(frozen=True, slots=True)
class _Brush:
    """Paints each class in the brand's colours."""

    colours: Scheme

    def __call__(self, *classes: str) -> str:
        """The attributes of what is of these classes, in the light."""
        light = self.colours.light
        painted = (f'{what}="{light[_PAINT[each][1]]}"' for each in classes for what in _PAINT[each][0])
        return f'class="{" ".join(f"map-{each}" for each in classes)}" {" ".join(painted)}'

    def sheet(self) -> str:
        """What is different in the dark."""
        dark = self.colours.dark
        rules = (
            f".map-{name}{{{';'.join(f'{what}:{dark[token]}' for what in kinds)}}}"
            for name, (kinds, _, token) in _PAINT.items()
        )
        return f"<style>@media(prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


def _groups(places: Sequence[Place], view: View) -> list[list[Place]]:
    """The stores that have a mark together, each with the first that it is near."""
    groups: list[list[Place]] = []
    for place in places:
        x, y = view.point(place.position)
        for group in groups:
            first_x, first_y = view.point(group[0].position)
            if abs(first_x - x) < _NEAR and abs(first_y - y) < _NEAR:
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _mark(group: Sequence[Place], view: View) -> Mark:
    points = [view.point(place.position) for place in group]
    x, y = (round(sum(each) / len(points), 1) for each in zip(*points, strict=True))
    names = tuple(text.line(place.title) for place in group)
    return Mark(x, y, _DOT if len(group) == 1 else _GROUP, names)


def _drawn(mark: Mark, group: Sequence[Place], label: Label | None, brush: _Brush) -> str:
    """A mark with its names; what leads to a store is a link, of several stores each name by itself."""
    titles = escape("; ".join(mark.names))
    dot = f'<circle {brush("dot", "rim")} stroke-width="2" cx="{mark.x}" cy="{mark.y}" r="{mark.radius}">'
    drawn = f"<g><title>{titles}</title>{dot}</circle>"
    if len(group) > 1:
        drawn += (
            f'<text {brush("count")} text-anchor="middle" font-size="13" x="{mark.x}" y="{mark.y + 4.5:.1f}">'
            f"{len(group)}</text>"
        )
    if len(group) == 1:
        return _linked(drawn + "".join(_names(label, brush)) + "</g>", group[0])
    names = zip(_names(label, brush), [*group, None], strict=False)
    return f"{drawn}{''.join(_linked(name, place) for name, place in names)}</g>"


def _names(label: Label | None, brush: _Brush) -> list[str]:
    """Each line of a label. What is written from the right does not turn what is beside it (U+2068 and U+2069)."""
    if label is None:
        return []
    return [
        f'<text {brush("name", "halo")} stroke-width="3.5" stroke-linejoin="round" paint-order="stroke" '
        f'text-anchor="{label.anchor}" x="{label.x:.1f}" y="{label.y + LEADING * number:.1f}">'
        f"\u2068{escape(line)}\u2069</text>"
        for number, line in enumerate(label.lines)
    ]


def _countries(view: View, locale: Locale, taken: Sequence[Box], brush: _Brush) -> Iterator[str]:
    """The names of the countries that are large on this map; stores' names go before them."""
    spots = []
    for country in countries():
        x, y = view.point(country.position)
        name = locale.territories.get(country.code, "")
        if name and x <= WIDTH and 0 <= y <= HEIGHT:
            spots.append(Spot(name, x, y, 2 * country.reach * view.scale))
    for spot in spread(spots, _FRAME, taken):
        yield (
            f'<text {brush("country")} text-anchor="middle" font-size="13" font-weight="400" '
            f'x="{spot.x:.1f}" y="{spot.y:.1f}">\u2068{escape(spot.name)}\u2069</text>'
        )


def _linked(drawn: str, place: Place | None) -> str:
    url = _safe(place.url) if place else ""
    return f'<a href="{escape(url)}">{drawn}</a>' if url else drawn


def _safe(url: str) -> str:
    """An address of the hub's own or of the web, "" of anything else."""
    return url if _LOCAL.fullmatch(url) else urls.absolute(url)


def _bar(view: View, locale: Locale, brush: _Brush) -> tuple[str, list[Box]]:
    """The scale in the lower left corner, and its place; nothing on a map that has no one scale."""
    low, high = view.latitudes()
    pixels = [view.pixels(latitude) for latitude in (low, high)]
    if max(pixels) > min(pixels) * _UNEVEN:
        return "", []
    pixel = view.pixels((low + high) / 2)
    kilometres = max(nice for nice in (5, 10, 20, 50, 100, 200, 500, 1000) if nice * pixel <= _BAR)
    left, bottom, long = _CORNER, HEIGHT - _CORNER, round(kilometres * pixel, 1)
    said = units.format_unit(kilometres, "kilometer", "short", locale=locale)
    drawn = (
        f'<path {brush("bar")} fill="none" stroke-width="2" d="M{left} {bottom - 6}v6h{long}v-6"/>'
        f'<text {brush("name", "halo")} stroke-width="3.5" stroke-linejoin="round" paint-order="stroke" '
        f'font-size="13" font-weight="400" x="{left}" y="{bottom - 12}">{escape(said)}</text>'
    )
    return drawn, [Box(left - 4, bottom - 30, left + _BAR + 4, bottom + 4)]
