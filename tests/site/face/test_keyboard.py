"""The keyboard: it reaches all there is, in the order in which it is seen, and where it is can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, FloatRect

from bench.showing import Showing
from tests.site.face.pixels import colours, contrast, picture
from tests.site.face.reader import DESKTOP, PHONE, Mode, Reader, reading

SPARE = 5
"""How often the key may be pressed in vain: for what a page does not count, such as the page itself."""
ROOM = 8
"""Pixels around what has the focus in which its ring is drawn."""
RING = 3.0
"""How much a ring must stand out from what was there before (WCAG 2.2, 1.4.11 and 2.4.13)."""


@pytest.mark.parametrize("mode", [Mode(PHONE, "light"), Mode(DESKTOP, "dark")], ids=str)
def test_the_keyboard_reaches_all_in_the_order_seen_and_shows_where_it_is(
    chromium: Browser, shown: Showing, mode: Mode
) -> None:
    """On each page that has something to reach of a sort that was not reached yet."""
    reached: set[str] = set()
    with reading(chromium, shown, mode) as reader:
        for path in shown.pages:
            reader.open(path)
            sorts = reader.ask("stops")
            if {*sorts} <= reached:
                continue
            for stop in stops(reader, len(sorts)):
                reader.blame(*stop["faults"])
                if stop["sort"] not in reached:
                    reached.add(stop["sort"])
                    look_at_ring(reader, stop)
            reader.blame(*reader.page.evaluate("window.__stops.missed()"))
        reader.conclude()


def stops(reader: Reader, count: int) -> Iterator[dict[str, Any]]:  # Any: what a page's script says
    """Where the focus goes when a reader presses Tab until it has been everywhere."""
    for _ in range(count + SPARE):
        reader.devtools.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
        )
        stop = reader.page.evaluate("window.__stops.visit()")
        if stop["over"]:
            return
        yield stop


def look_at_ring(reader: Reader, stop: dict[str, Any]) -> None:  # Any: what a page's script says
    """Compare what is seen with the focus there and without it; the next Tab goes on from where it was."""
    clip = around(stop["box"], reader.mode.size)
    if clip is None:
        reader.blame(f"{stop['name']} has the focus and is out of view")
        return
    there = picture(reader.page, clip)
    reader.page.evaluate("document.activeElement.blur()")
    gone = picture(reader.page, clip)
    drawn = standing_out(gone, there)
    wanted = (clip["width"] + clip["height"] - 4 * ROOM) / 2  # a quarter of the way round, two pixels thick
    if drawn < wanted:
        reader.blame(
            f"{stop['name']} has the focus, and of its ring {drawn} pixels are seen, not {wanted:.0f}"
        )


def around(box: dict[str, float], size: tuple[int, int]) -> FloatRect | None:
    """What of a box is in the window, with room for a ring."""
    width, height = size
    left, top = max(box["x"] - ROOM, 0), max(box["y"] - ROOM, 0)
    right, bottom = min(box["x"] + box["width"] + ROOM, width), min(box["y"] + box["height"] + ROOM, height)
    if right <= left or bottom <= top:
        return None
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def standing_out(before: Image.Image, after: Image.Image) -> int:
    """How many pixels stand out from what they were before."""
    where = ImageChops.difference(before, after).getbbox()
    if where is None:
        return 0
    pairs = zip(colours(before.crop(where)), colours(after.crop(where)), strict=True)
    return sum(one != other and contrast(one, other) >= RING for one, other in pairs)
