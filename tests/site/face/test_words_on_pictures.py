"""Words that stand on a picture can be read, whatever the picture: measured on what is painted, which axe does not."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from bench.showing import Showing
from tests.site.face.pixels import colours, contrast, picture
from tests.site.face.reader import DESKTOP, PHONE, Mode, Reader, reading

READABLE = 4.5
"""Of WCAG 2.2, 1.4.3, for words of any size: large ones need but 3, and get no less."""
FAINT = 24
"""How much of 255 a letter must change a pixel to be there: less is the edge of its edge."""


@pytest.mark.parametrize("mode", [Mode(PHONE, "light"), Mode(DESKTOP, "dark")], ids=str)
def test_words_over_pictures_can_be_read(chromium: Browser, shown: Showing, mode: Mode) -> None:
    """On the home page all of them; elsewhere on each page that has words of a sort that was not measured yet."""
    measured: set[str] = set()
    with reading(chromium, shown, mode) as reader:
        for path in shown.pages:
            reader.open(path)
            lines = reader.ask("words", argument=False)
            if {line["sort"] for line in lines} - measured:
                measured |= measure(reader, lines)
        reader.conclude()
    assert measured, "no word stands on a picture"


def measure(reader: Reader, lines: list[dict[str, Any]]) -> set[str]:  # Any: what a page's script says
    """Blame the page for words that do not stand out enough; gives the sorts of those that were measured."""
    written = picture(reader.page)
    reader.ask("words", argument=True)
    blank = picture(reader.page)
    measured = set()
    for line in lines:
        if (reached := least(line, written, blank)) is not None:
            measured.add(line["sort"])
            if reached < READABLE:
                reader.blame(f'"{line["words"]}" at {line["box"]} stands out by {reached:.2f}')
    return measured


def least(
    line: dict[str, Any], written: Image.Image, blank: Image.Image
) -> float | None:  # Any: what a script says
    """The least contrast of a line's colour with what is behind its letters; None if no letter is seen."""
    left, top, right, bottom = line["box"]
    box = max(left, 0), max(top, 0), min(right, blank.width), min(bottom, blank.height)
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    behind, letters = blank.crop(box), written.crop(box)
    changed = ImageChops.difference(behind, letters).convert("L").tobytes()
    red, green, blue, alpha = line["colour"]
    worst: float | None = None
    for pixel, change in zip(colours(behind), changed, strict=True):
        if change > FAINT:
            ink = _over((red, green, blue), pixel, alpha)
            worst = min(contrast(ink, pixel), worst or 21.0)
    return worst


def _over(ink: tuple[int, int, int], paper: tuple[int, int, int], alpha: int) -> tuple[int, int, int]:
    red, green, blue = (
        (one * alpha + other * (255 - alpha)) // 255 for one, other in zip(ink, paper, strict=True)
    )
    return red, green, blue
