"""The list of stores: found by town with a script and without, and the map beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from bench.showing import Showing
from tests.site.face.reader import PHONE, Mode, reading

_SHOPS = "[data-shop]:visible"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dub", ["Larkwood Dubai"]),
        ("MERCIERE", ["Larkwood Lyon"]),
        ("69002 rue", ["Larkwood Lyon"]),
        ("spain", ["Larkwood Bilbao"]),
        ("yon", []),
    ],
    ids=[
        "the beginning of a town",
        "a street without its accent",
        "two words",
        "a country",
        "the end of a town",
    ],
)
def test_typing_narrows_the_list_down(
    chromium: Browser, shown: Showing, typed: str, found: list[str]
) -> None:
    with reading(chromium, shown, Mode(PHONE)) as reader:
        reader.open("/stores/")
        every = reader.page.locator(f"{_SHOPS} h3").all_inner_texts()

        reader.page.get_by_role("searchbox").fill(typed)

        assert reader.page.locator(f"{_SHOPS} h3").all_inner_texts() == found
        assert reader.page.locator("[data-nothing]").is_visible() == (not found)
        countries = reader.page.locator("[data-country]:visible")
        assert countries.count() == len(found)

        reader.page.get_by_role("searchbox").fill("")

        assert sorted(reader.page.locator(f"{_SHOPS} h3").all_inner_texts()) == sorted(every)
        reader.conclude()


def test_how_many_are_left_is_said_when_the_typing_rests(chromium: Browser, shown: Showing) -> None:
    with reading(chromium, shown, Mode(PHONE)) as reader:
        reader.open("/stores/")
        reader.page.get_by_role("searchbox").fill("larkwood")
        expect(reader.page.locator("[data-status]")).to_have_text("3 stores")

        reader.page.get_by_role("searchbox").fill("bilbao")
        expect(reader.page.locator("[data-status]")).to_have_text("1 store")


def test_a_town_leads_to_its_store_even_where_that_was_narrowed_away(
    chromium: Browser, shown: Showing
) -> None:
    with reading(chromium, shown, Mode(PHONE)) as reader:
        reader.open("/stores/")
        reader.page.get_by_role("searchbox").fill("lyon")

        reader.page.get_by_role("navigation", name="Towns").get_by_role("link", name="Dubai").click()

        expect(reader.page.locator(".shop:target")).to_be_in_viewport()
        assert reader.page.locator(".shop:target h3").inner_text() == "Larkwood Dubai"


def test_without_a_script_the_towns_lead_there_and_nothing_can_be_typed(
    chromium: Browser, shown: Showing
) -> None:
    with reading(chromium, shown, Mode(PHONE, script=False)) as reader:
        reader.open("/stores/")
        assert reader.page.locator("#town").is_hidden()

        reader.page.get_by_role("navigation", name="Towns").get_by_role("link", name="Bilbao").click()

        assert reader.page.url.endswith("/stores/#at-bilbao")
        assert reader.page.locator(".shop:target").is_visible()


def test_the_map_is_a_picture_of_our_own_with_the_list_beside_it(chromium: Browser, shown: Showing) -> None:
    with reading(chromium, shown, Mode(PHONE)) as reader:
        reader.open("/stores/")
        drawn = reader.page.get_by_role("img", name="Map of the stores")

        assert drawn.get_attribute("src") == "/stores/map.svg"
        assert drawn.evaluate("picture => picture.complete && picture.naturalWidth") == 720
        assert reader.page.locator(_SHOPS).count() == 3
        reader.conclude()
