"""Somebody at the editor below /admin/, in Chromium, and the folder of files that they work on.

The folder is a real one, and the browser writes into it by its own File System Access. Only the dialogs are left out
in which somebody would choose and allow it: the folder is dropped on the page instead, and allowed beforehand.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from forecourt import config
from forecourt.config.admin import Host
from forecourt.desk.reading import read
from forecourt.site import admin
from tests.conftest import ROOT, file_server
from tests.site.test_browser import BROWSERS, FLAGS

# No way out of this machine.
NOWHERE = ("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1")
PROGRAM = admin.program_folder(ROOT / ".hub")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
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


@contextmanager
def editing(tmp_path: Path, locale: str) -> Iterator[Room]:
    """Somebody of this language who has come in; nobody else may be asked meanwhile."""
    folder, site = tmp_path / "hub", tmp_path / "site"
    furnish(folder)
    publish(folder, site, Host())
    with file_server(site) as address, sync_playwright() as playwright:
        profile = tmp_path / "profile"
        _allow(profile, address, folder)
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=CHROMIUM,
            args=[*FLAGS, *NOWHERE],
            timezone_id="America/New_York",  # an editor who travels
            locale=locale,
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


def furnish(folder: Path) -> None:
    """Write a hub's folder: a campaign, an event, the rules, a picture."""
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


def publish(folder: Path, site: Path, host: Host) -> None:
    """Write the editor's files as a build does."""
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
