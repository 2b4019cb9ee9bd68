"""The editor below /admin/ in Chromium, at work on the files of a folder: what is saved is what the hub reads.

The folder is a real one, and the browser writes into it by its own File System Access. Only the dialogs are left out
in which somebody would choose and allow it: the folder is dropped on the page instead, and allowed beforehand.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright

from forecourt import config
from forecourt.config.admin import Host
from forecourt.desk import heads
from forecourt.desk.reading import read
from forecourt.desk.values import words
from forecourt.site import admin
from tests.conftest import ROOT, file_server
from tests.site.test_browser import BROWSERS, FLAGS

# No way out of this machine.
NOWHERE = ("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1")
PROGRAM = admin.program_folder(ROOT / ".hub")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(
    not (PROGRAM / "cms.js").is_file() or CHROMIUM is None,
    reason="needs the program of the editor, invoke admin --install, and Chromium",
)

SOURCES = """
[[source]]
name = "larkwood-instagram"
connector = "feed"
url = "https://a.example/feed.xml"

[[source]]
name = "larkwood-facebook"
connector = "feed"
url = "https://b.example/feed.xml"
"""
WINTER = """\
Title: Winter sale
Start: 2026-11-27 09:00
End: 2026-11-30 23:59 Europe/Lisbon
Hashtags: WinterSale, SoldesHiver
Message: 20 % off all lamps
    until Monday.
Percent: 20
Day: 2026-11-28
Channels: larkwood-instagram
Banner: no
Picture: images/lamp.png

All **lamps**, in all shops.

* table
* floor

![A lamp]({static}/images/lamp.png)
"""
TOUR = """\
---
title: "The tour: six towns"
start: 2026-12-05
tags: [bench, repairs]
---

Bring what is broken.
"""
RULES = """\
# Kept by Wren.
[[rule]]
do = "hold"   # for a look
words = ["sofa"]
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)

# What the dialog would give: the folder that is dropped on the page.
_DIALOG = """
{
  let give;
  const given = new Promise(resolve => { give = resolve; });
  window.showDirectoryPicker = () => given;
  addEventListener("dragover", event => event.preventDefault());
  addEventListener("drop", event => {
    event.preventDefault();
    give(event.dataTransfer.items[0].getAsFileSystemHandle());
  }, { once: true });
}
"""


@dataclass
class Room:
    """A hub's folder, and somebody at its editor."""

    folder: Path
    page: Page
    address: str
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def file(self, path: str) -> Path:
        return self.folder / "content" / path

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/admin/#/collections/{path}")

    def fill(self, name: str, text: str) -> None:
        self.page.get_by_role("textbox", name=name, exact=True).fill(text)

    def save(self) -> None:
        """Save, and wait for the list that is shown when the file is written."""
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_role("group", name="Content Editor")).to_have_count(0)

    def problems(self) -> tuple[str, ...]:
        """What the hub's own check has against the files."""
        settings = {"HUB_SOURCES": "sources.toml", "TIMEZONE": "Europe/Paris"}
        return read(config.load(settings, self.folder, {})).problems


@pytest.fixture
def room(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    folder, site = tmp_path / "hub", tmp_path / "site"
    _furnish(folder)
    _publish(folder, site, Host())
    with file_server(site) as address, sync_playwright() as playwright:
        profile = tmp_path / "profile"
        _allow(profile, address, folder)
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=CHROMIUM,
            args=[*FLAGS, *NOWHERE],
            timezone_id="America/New_York",  # an editor who travels
            locale=getattr(request, "param", "en-GB"),
            viewport={"width": 1280, "height": 5000},  # fields are made when they come into view
        )
        context.set_default_timeout(15_000)
        room = Room(folder, context.new_page(), address)
        _watch(context, room)
        _enter(context, room)
        yield room
        context.close()
    assert room.asked == [], "somebody else was asked"
    assert room.wrong == [], "the page complained"


def _furnish(folder: Path) -> None:
    for path, text in {
        "sources.toml": SOURCES,
        "content/campaigns/winter-sale.md": WINTER,
        "content/events/tour.md": TOUR,
        "content/rules.toml": RULES,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / "content/images").mkdir()
    (folder / "content/images/lamp.png").write_bytes(PIXEL)


def _publish(folder: Path, site: Path, host: Host) -> None:
    hub = config.load({"HUB_SOURCES": "sources.toml", "TIMEZONE": "Europe/Paris"}, folder, {})
    shutil.copytree(PROGRAM, admin.program_folder(hub.state))
    for path, content in admin.files(hub, host).items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)


def _allow(profile: Path, address: str, folder: Path) -> None:
    """Note in the browser's profile that somebody let this address into this folder for good."""
    chosen = {"path": str(folder), "display-name": folder.name, "is-directory": True}
    rights = {
        "file_system_access_chooser_data": {
            "chosen-objects": [{**chosen, "writable": True, "readable": True}]
        },
        "file_system_access_extended_permission": 1,
    }
    exceptions = {name: {f"{address},*": {"setting": setting}} for name, setting in rights.items()}
    preferences = profile / "Default/Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(
        json.dumps({"profile": {"content_settings": {"exceptions": exceptions}}}), encoding="utf-8"
    )


def _watch(context: BrowserContext, room: Room) -> None:
    context.add_init_script(_DIALOG)
    ours = (f"{room.address}/", "blob:", "data:")
    room.page.on(
        "request", lambda request: None if request.url.startswith(ours) else room.asked.append(request.url)
    )
    room.page.on("pageerror", lambda error: room.wrong.append(str(error)))


def _enter(context: BrowserContext, room: Room) -> None:
    """Work with the local repository, as somebody does who tries the editor out."""
    room.page.goto(f"{room.address}/admin/")
    button = room.page.get_by_role("button")  # to work with the local repository; there is no other
    expect(button).to_be_enabled()
    devtools = context.new_cdp_session(room.page)
    dragged = {"items": [], "files": [str(room.folder)], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": event, "x": 20, "y": 20, "data": dragged})
    button.click()
    expect(room.page.get_by_role("radiogroup").first).to_be_visible()


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
    _furnish(tmp_path / "hub")
    _publish(tmp_path / "hub", tmp_path / "site", host)
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
