"""A visit to every kind of page: as wide as a phone and as a desk, light and dark, with script and without."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Literal

import pytest
from playwright.sync_api import Browser

from bench.showing import Showing
from forecourt.policy import HEADERS
from tests.site.face.reader import DESKTOP, NARROW, PHONE, Mode, Reader, reading

# The rules of axe: all of them at both sizes and in both colours, and those that these have a say in, for the other
# pairs. Colours without script are those with it.
RULES: Mapping[Mode, Literal["all", "colours", "structure"]] = {
    Mode(PHONE, "light"): "all",
    Mode(DESKTOP, "dark"): "all",
    Mode(PHONE, "dark"): "colours",
    Mode(DESKTOP, "light"): "colours",
    Mode(PHONE, "dark", script=False): "structure",
}
SCRIPTLESS = Mode(DESKTOP, "light", script=False)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
SHIFT = 0.05
"""How much may move while a page loads; a tenth is good by Web Vitals."""


@pytest.mark.parametrize("mode", RULES, ids=str)
def test_a_visit_finds_nothing_wrong(
    chromium: Browser, shown: Showing, mode: Mode, scale: Callable[[int, int], int]
) -> None:
    """Each width, light, dark, with and without script; how widths and colours go together with --thorough alone."""
    if RULES[mode] == "colours" and not scale(0, 1):
        pytest.skip("with --thorough; both colours and both widths are looked at without")
    with reading(chromium, shown, mode) as reader:
        for path in shown.pages:
            reader.open(path)
            look_around(reader)
            reader.inspect(RULES[mode])
        reader.conclude()


@pytest.mark.parametrize("mode", [Mode(NARROW), SCRIPTLESS], ids=str)
def test_nothing_is_wider_than_the_window(chromium: Browser, shown: Showing, mode: Mode) -> None:
    with reading(chromium, shown, mode) as reader:
        for path in shown.pages:
            reader.open(path)
            look_around(reader)
        reader.conclude()


def look_around(reader: Reader) -> None:
    """See that a page is one: with a heading and words, of its width, and with nothing refused, shifting or moving."""
    page = reader.page
    if (headings := page.locator("h1").count()) != 1:
        reader.blame(f"{headings} headings of the first order")
    if not page.locator("main").inner_text().strip():
        reader.blame("no word in its main part")
    reader.blame(*reader.ask("overflow"))
    reader.blame(*(f"refused {what}" for what in page.evaluate("window.__refused ?? []")))
    shifted = page.evaluate("window.__shifted") or {"sum": 0}
    if shifted["sum"] > SHIFT:
        reader.blame(f"shifted by {shifted['sum']:.3f} while it was loaded: {', '.join(shifted['what'][:3])}")


def test_each_page_allows_itself_a_part_of_what_the_header_does(shown: Showing) -> None:
    """Both hold at once, so a page may not need what only one of them allows."""
    sent = directives(HEADERS["Content-Security-Policy"])
    for path in shown.pages:
        found = _POLICY.findall(shown.file(path).read_text(encoding="utf-8"))
        assert len(found) == 1, path
        stands = directives(html.unescape(found[0]))
        assert {name for name in stands if stands[name] - sent.get(name, {"'none'"})} == set(), path
        assert sent.keys() - stands.keys() <= {"frame-ancestors", "frame-src", "media-src"}, path


def directives(policy: str) -> dict[str, set[str]]:
    """What a policy says, by its directives."""
    return {name: set(sources) for name, *sources in map(str.split, policy.split(";"))}
