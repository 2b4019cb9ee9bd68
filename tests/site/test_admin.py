"""The editor below /admin/ in Chromium: what is saved there is what the hub reads, and nobody else is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect, sync_playwright

from forecourt.config.admin import Host
from forecourt.desk import heads
from forecourt.desk.values import words
from tests.conftest import ROOT, file_server
from tests.site.editing import (
    CHROMIUM,
    NOWHERE,
    PROGRAM,
    RULES,
    TOUR,
    WINTER,
    Room,
    editing,
    furnish,
    publish,
)
from tests.site.test_browser import FLAGS

pytestmark = pytest.mark.skipif(
    not (PROGRAM / "cms.js").is_file() or CHROMIUM is None,
    reason="needs the program of the editor, invoke admin --install, and Chromium",
)


@pytest.fixture
def room(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    with editing(tmp_path, getattr(request, "param", "en-GB")) as room:
        yield room


# Campaigns.


def test_a_campaign_is_opened_changed_and_saved_into_its_file(room: Room) -> None:
    room.open("campaigns")
    room.page.get_by_text("Winter sale").first.click()
    expect(room.page.get_by_role("textbox", name="End")).to_have_value("2026-11-30 23:59 Europe/Lisbon")

    room.fill("Title", 'Winter sale: the "last" days')
    room.fill("Percent", "25")
    room.page.get_by_role("checkbox", name="larkwood-facebook").click()
    room.save()

    wanted = (
        WINTER.replace("Winter sale\n", 'Winter sale: the "last" days\n')
        .replace("Percent: 20", "Percent: 25")
        .replace("Channels: larkwood-instagram", "Channels: larkwood-instagram, larkwood-facebook")
    )
    assert room.file("campaigns/winter-sale.md").read_text(encoding="utf-8") == wanted
    assert room.problems() == ()


def test_a_new_campaign_is_a_file_that_the_hub_reads(room: Room) -> None:
    room.open("campaigns/new")
    room.fill("Title", "Été: soldes")
    room.fill("Start", "2027-06-25 09:00")
    room.fill("End", "2027-07-22")
    room.fill("Hashtags", "Soldes")
    room.save()

    [made] = {*room.file("campaigns").iterdir()} - {room.file("campaigns/winter-sale.md")}
    assert made.name == "ete-soldes.md"
    assert made.read_text(encoding="utf-8") == (
        "Title: Été: soldes\nStart: 2027-06-25 09:00\nEnd: 2027-07-22\nHashtags: Soldes\n"
    )
    assert room.problems() == ()


def test_a_date_that_is_none_is_said_beside_its_field_and_not_saved(room: Room) -> None:
    room.open("campaigns/entries/winter-sale")
    room.fill("Start", "tomorrow")
    room.page.get_by_role("button", name="Save", exact=True).click()

    expect(room.page.get_by_text("write it as 2026-11-27 09:00").first).to_be_visible()
    assert room.file("campaigns/winter-sale.md").read_text(encoding="utf-8") == WINTER


# The others.


def test_an_event_whose_head_is_yaml_keeps_what_it_says(room: Room) -> None:
    room.open("events/entries/tour")
    room.fill("Place", "At the market")
    room.save()

    assert room.file("events/tour.md").read_text(encoding="utf-8") == (
        "Title: The tour: six towns\nStart: 2026-12-05\nPlace: At the market\nTags: bench, repairs\n\n"
        "Bring what is broken.\n"
    )
    assert room.problems() == ()


def test_a_date_is_chosen_as_it_is_in_the_hubs_zone(room: Room) -> None:
    room.open("news/new")
    room.fill("Title", "We stay open")
    room.fill("Date", "2026-11-22T09:00")
    room.save()

    assert room.file("news/we-stay-open.md").read_text(encoding="utf-8") == (
        "Title: We stay open\nDate: 2026-11-22 09:00\n"
    )


def test_a_post_is_hidden_by_a_file_of_its_own(room: Room) -> None:
    room.open("picks/new")
    room.fill("Post", "https://social.example/@larkwood/1")
    room.page.get_by_role("switch", name="Hide").click()
    room.save()

    [made] = room.file("picks").iterdir()
    assert made.read_text(encoding="utf-8") == "Post: https://social.example/@larkwood/1\nHide: yes\n"
    assert room.problems() == ()


def test_the_rules_are_edited_as_they_stand(room: Room) -> None:
    room.open("rules/entries/rules")
    text = room.page.get_by_role("textbox", name="Rules")
    expect(text).to_have_value(RULES.strip())
    text.fill(f"{RULES}# the end\n")
    room.save()

    assert room.file("rules.toml").read_text(encoding="utf-8") == f"{RULES}# the end\n"


# In other languages.


@pytest.mark.parametrize("room", ["fr-FR"], indirect=True)
def test_it_speaks_the_language_of_the_editor(room: Room) -> None:
    room.open("events")
    expect(room.page.get_by_role("button", name="Créer une entrée").first).to_be_visible()


# At a host.


def test_a_token_is_shown_to_the_host_of_the_repository_and_to_nobody_else(tmp_path: Path) -> None:
    host = Host("gitea", "https://git.larkwood.example", "larkwood/hub")
    furnish(tmp_path / "hub")
    publish(tmp_path / "hub", tmp_path / "site", host)
    asked: list[tuple[str, str]] = []

    def refuse(route: Route) -> None:
        asked.append((route.request.url, route.request.headers.get("authorization", "")))
        route.fulfill(status=401, json={"message": "no"}, headers={"Access-Control-Allow-Origin": "*"})

    with file_server(tmp_path / "site") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *NOWHERE])
        page = browser.new_page(locale="en-GB")
        page.route(lambda url: not url.startswith((f"{address}/", "blob:", "data:")), refuse)
        page.goto(f"{address}/admin/")
        page.get_by_role("button", name="Sign In Using Access Token").click()
        page.get_by_role("textbox", name="Personal Access Token").fill("secret-of-wren")
        page.get_by_role("button", name="Sign In", exact=True).click()
        expect(page.get_by_role("alert").first).to_be_visible()
        browser.close()

    assert asked
    assert {url.startswith("https://git.larkwood.example/api/v1/") for url, _ in asked} == {True}
    assert any("secret-of-wren" in header for _, header in asked)


# Every head.

HEADS = {
    "plain": WINTER,
    "yaml": TOUR,
    "switches and quotes": 'Title: "Lamps"\nPinned: “yes”\nTags: [a, "b c"]\nMine: left alone\n',
    "an offset": "Title: Lamps\nDate: 2026-11-22T09:00+01:00\n",
    "lines": "Title: Lyon\nFacts: Parking: behind the house\n    Dogs: welcome\n\n    indented code\n\nText  \nmore",
    "yaml of all sorts": """\
---
Title: >
  Long
  words
facts:
  Parking: behind
  Dogs: welcome
alt: ["one, two", three]
pinned: true
---
Text""",
    "a break in the head": "Title: Lamps\nno field\n\nText",
    "pictures": "Title: x\nPicture: {static}/images/a.jpg\n\n![a]({static}/images/a.jpg) `{static}/images/b.jpg`\n",
    "returns": "Title: Lamps\r\nSlug: lamps\r\n\r\nText\r\n",
}
_ROUND = """
async ([folder, text]) => {
  const { format } = await import("/admin/heads.js");
  const { config, words } = await (await fetch("/admin/desk.json")).json();
  const { fields } = config.collections.find(({ name }) => name === folder);
  const { fromFile, toFile } = format(fields, words);
  return toFile(fromFile(text.trim().replace(/\\r\\n?/g, "\\n")));
}
"""


@pytest.mark.parametrize("folder", ["news", "stores", "campaigns"])
def test_what_the_editor_reads_and_writes_says_the_same_to_the_hub(room: Room, folder: str) -> None:
    demo = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "content").rglob("*.md")}
    for name, text in {**HEADS, **demo}.items():
        written = room.page.evaluate(_ROUND, [folder, text])
        assert said(written) == said(text), f"{name}: {written}"
        assert room.page.evaluate(_ROUND, [folder, written]) == written


def said(text: str) -> dict[str, object]:
    """What the hub makes of a head, however it is written: a switch that is off is like one that is not there."""
    how: dict[str, Callable[[str], object]] = {
        "tags": words,
        "channels": words,
        "hashtags": words,
        "picture": lambda value: value.replace("{static}", "").lstrip("/"),
        "pinned": lambda value: heads.unquoted(value) in {"yes", "true"},
    }
    found = {name: how.get(name, _bare)(field.value) for name, field in heads.fields(text).items()}
    below = heads.body(text) if "no field" not in text else text.partition("no field")[2]
    return {**found, "": below.strip()}


def _bare(value: str) -> str:
    return " ".join(heads.unquoted(value).split())


BROKEN = {
    "---\nTitle: no end": "the file begins with a line such as Title",
    "Title: a\nTitle: b": "line 2: title stands there twice",
    "no head at all": "the file begins with a line such as Title",
    "Title: caf\N{REPLACEMENT CHARACTER}": "it is not UTF-8 text",
    "---\n- a\n- b\n---\n": "between the --- lines stands name: value",
}


def test_a_file_that_cannot_be_read_whole_cannot_be_overwritten(room: Room) -> None:
    for text, said in BROKEN.items():
        with pytest.raises(Exception, match=said):
            room.page.evaluate(_ROUND, ["news", text])
