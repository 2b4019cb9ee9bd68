"""How a picture looks, in 64 bits: the same picture comes to nearly the same bits in any size and file.

A perceptual hash of the discrete cosine transform, as Zauner describes it ("Implementation and Benchmarking of
Perceptual Image Hash Functions", 2010): a picture of 32 by 32 greys, its 64 lowest frequencies, and for each
whether it is above the median of all.
"""

from __future__ import annotations

from math import cos, pi
from operator import mul
from statistics import median

from PIL import Image

from forecourt.curate.likeness import alike

__all__ = ["alike", "looks"]

_SIDE = 32  # pixels
_WAVES = 8
_FLAT = 4  # greys of 255 between the darkest and the lightest; below it there is nothing to see
_WAVE = [[cos(pi * (2 * x + 1) * wave / (2 * _SIDE)) for x in range(_SIDE)] for wave in range(_WAVES)]


def looks(image: Image.Image) -> int:
    """The looks of an opened picture; 0 for one that shows nothing, such as a plain colour.

    What is transparent is white, as on most pages. Compare two with ``alike``.
    """
    grey = _grey(image)
    darkest, lightest = grey.getextrema()
    assert isinstance(darkest, int | float)  # one band
    assert isinstance(lightest, int | float)
    if lightest - darkest < _FLAT:
        return 0
    values = grey.tobytes()
    rows = [values[at : at + _SIDE] for at in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[sum(map(mul, row, wave)) for row in rows] for wave in _WAVE]
    strengths = [sum(map(mul, column, wave)) for wave in _WAVE for column in across]
    middle = median(strengths[1:])  # the first is the brightness of the whole
    return sum((strength > middle) << place for place, strength in enumerate(strengths))


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("F").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("L")
    if image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    return image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=2).convert("L")
