"""Nothing moves by itself, and for those who asked their system for less movement, nothing at all."""

from __future__ import annotations

from playwright.sync_api import Browser

from bench.showing import Showing
from tests.site.face.reader import DESKTOP, Mode, Reader, reading

# A page that is come to says whether it is shown as a movement from the one before.
_ARRIVALS = "addEventListener('pagereveal', event => { window.__moved = Boolean(event.viewTransition) });"
_HOVERED = 12
"""Cards and links that the pointer goes over on each page."""


def test_nothing_moves_for_those_who_asked_for_it(chromium: Browser, shown: Showing) -> None:
    with reading(chromium, shown, Mode(DESKTOP)) as reader:
        for path in shown.pages:
            reader.open(path)
            reader.blame(*reader.ask("motion"))
        reader.conclude()


def test_nothing_moves_when_a_reader_points_or_goes_on(chromium: Browser, shown: Showing) -> None:
    with reading(chromium, shown, Mode(DESKTOP)) as reader:
        reader.page.add_init_script(_ARRIVALS)
        reader.open("/")
        point_about(reader)
        links = reader.page.locator("main a[href^='/']:visible")
        links.first.click()
        reader.page.wait_for_load_state()
        if reader.page.evaluate("window.__moved"):
            reader.blame(f"going on to {reader.page.url} is a movement")
        point_about(reader)
        reader.conclude()


def test_nothing_moves_by_itself(chromium: Browser, shown: Showing) -> None:
    with reading(chromium, shown, Mode(DESKTOP, still=False)) as reader:
        for path in shown.pages:
            reader.open(path)
            if moving := reader.page.evaluate("document.getAnimations().length"):
                reader.blame(f"{moving} movements that nobody asked for")
        reader.conclude()


def point_about(reader: Reader) -> None:
    """Go over what can be pointed at, and see that it only changes at once."""
    targets = reader.page.locator("main :is(article, a, button):visible")
    for number in range(min(targets.count(), _HOVERED)):
        targets.nth(number).hover(force=True)
        if moving := reader.page.evaluate("document.getAnimations().length"):
            reader.blame(f"{moving} movements where the pointer is")
