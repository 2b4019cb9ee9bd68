"""What is seen: pixels of a page, and how much colours stand out from one another."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image
from playwright.sync_api import FloatRect, Page

Colour = tuple[int, int, int]


def picture(page: Page, clip: FloatRect | None = None) -> Image.Image:
    """What is seen of a page in its window, or of all of it."""
    shot = page.screenshot(clip=clip, full_page=clip is None, animations="disabled", scale="css")
    return Image.open(io.BytesIO(shot)).convert("RGB")


def colours(image: Image.Image) -> Iterator[Colour]:
    """Its pixels, row by row."""
    parts = iter(image.tobytes())
    return zip(parts, parts, parts, strict=True)


@lru_cache(100_000)
def contrast(one: Colour, other: Colour) -> float:
    """Contrast as WCAG 2.2 defines it, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(100_000)
def luminance(colour: Colour) -> float:
    """Relative luminance as WCAG 2.2 defines it, from 0 to 1."""
    red, green, blue = (_LINEAR[part] for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_LINEAR = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in range(256))]
