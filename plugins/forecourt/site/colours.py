"""Colours: hex and OKLCH, how well one is read on another, and the nearest that is read well enough.

The formulas are those of CSS Color 4 (section 9 and its sample code) and of WCAG 2.2
(relative luminance, contrast ratio). Nothing here knows of brands or pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_DARK, _DARK_LIGHT = 0.04045, 0.0031308
"""Where sRGB's curve begins, below which it is a straight line (IEC 61966-2-1): as written, and as light."""

BLACK, WHITE = "#000000", "#ffffff"

_HALVINGS = 14  # of a span of 1: finer than the eighth bit of any colour
_EDGE = 1e-4  # outside of sRGB by less is rounding
_SHORT = 4  # characters of "#rgb"

# Linear sRGB to the responses of the cones, and those, as cube roots, to Oklab; and the ways back.
_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_CONES = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)

Triple = tuple[float, float, float]


class Oklch(NamedTuple):
    """A colour as the eye sees it: how light (0 to 1), how colourful (0 to about 0.37), of which hue (degrees)."""

    lightness: float
    chroma: float
    hue: float


def full(colour: str) -> str:
    """A hex colour in the one way we write it: ``#FD0`` as ``#ffdd00``."""
    digits = colour[1:] if len(colour) > _SHORT else "".join(each * 2 for each in colour[1:])
    return f"#{digits.lower()}"


def oklch(colour: str) -> Oklch:
    """The colour as lightness, chroma and hue."""
    cones = _times(_TO_CONES, _linear(colour))
    lightness, a, b = _times(_TO_LAB, (math.cbrt(cones[0]), math.cbrt(cones[1]), math.cbrt(cones[2])))
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


@lru_cache(4096)
def hexed(colour: Oklch) -> str:
    """The colour for a screen; where none can show it, with as much less chroma as it takes."""
    lightness = min(max(colour.lightness, 0.0), 1.0)
    if _is_shown(shown := _rgb(lightness, colour.chroma, colour.hue)):
        return _hex(shown)
    low, high = 0.0, colour.chroma
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _is_shown(_rgb(lightness, middle, colour.hue)):
            low = middle
        else:
            high = middle
    return _hex(_rgb(lightness, low, colour.hue))


def tint(colour: str, lightness: float, most: float) -> str:
    """A colour of the same hue, as light as that and no more colourful than ``most``."""
    _, chroma, hue = oklch(colour)
    return hexed(Oklch(lightness, min(chroma, most), hue))


@lru_cache(4096)
def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2: 0 is black, 1 is white."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def least(colour: str, grounds: Iterable[str]) -> float:
    """The contrast with that of the grounds on which the colour is read worst."""
    return min(contrast(colour, ground) for ground in grounds)


def nearest(colour: str, grounds: Sequence[str], ratio: float) -> str:
    """The colour if it has that contrast with each of the grounds, else the nearest that has.

    Its hue and chroma stay, its lightness moves just far enough, towards black or white,
    whichever is nearer. Where neither will do, it is the one that is read better.
    """
    if least(colour, grounds) >= ratio:
        return colour
    own = oklch(colour)
    found = [each for end in (0.0, 1.0) if (each := _towards(own, end, grounds, ratio))]
    if not found:
        return max((BLACK, WHITE), key=lambda end: least(end, grounds))
    return min(found, key=lambda each: abs(oklch(each).lightness - own.lightness))


def _towards(own: Oklch, end: float, grounds: Sequence[str], ratio: float) -> str:
    """The first colour on the way to black (0) or white (1) that passes, "" where none does."""
    passes = hexed(Oklch(end, own.chroma, own.hue))
    if least(passes, grounds) < ratio:
        return ""
    fails, enough = own.lightness, end
    for _ in range(_HALVINGS):
        middle = (fails + enough) / 2
        tried = hexed(Oklch(middle, own.chroma, own.hue))
        if least(tried, grounds) >= ratio:
            enough, passes = middle, tried
        else:
            fails = middle
    return passes


def _times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    x, y, z = vector
    one, two, three = ((row[0] * x + row[1] * y + row[2] * z) for row in matrix)
    return one, two, three


def _linear(colour: str) -> Triple:
    red, green, blue = (_LINEAR[value] for value in bytes.fromhex(colour[1:]))
    return red, green, blue


def _decoded(value: float) -> float:
    return value / 12.92 if value <= _DARK else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return value * 12.92 if value <= _DARK_LIGHT else 1.055 * value ** (1 / 2.4) - 0.055


_LINEAR = tuple(_decoded(value / 255) for value in range(256))


def _rgb(lightness: float, chroma: float, hue: float) -> Triple:
    """Linear, and outside of 0 to 1 where no screen can show it."""
    turn = math.radians(hue)
    roots = _times(_FROM_LAB, (lightness, chroma * math.cos(turn), chroma * math.sin(turn)))
    return _times(_FROM_CONES, (roots[0] ** 3, roots[1] ** 3, roots[2] ** 3))


def _is_shown(rgb: Triple) -> bool:
    return all(-_EDGE <= value <= 1 + _EDGE for value in rgb)


def _hex(rgb: Triple) -> str:
    return "#" + "".join(f"{round(_encoded(min(max(value, 0.0), 1.0)) * 255):02x}" for value in rgb)
