from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from forecourt import text, urls
from forecourt.errors import Answered, FetchError, Refused, TooLarge, Unreadable
from forecourt.fetch import Answer, Door, Guard, Limits
from forecourt.fetch.folders import MOST_FILES
from forecourt.talk import Request
from tests.fetch.conftest import Site

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A hub with a folder of files, and secrets beside and above it."""
    hub = tmp_path / "hub"
    folder = hub / "content/files/nextdoor"
    folder.mkdir(parents=True)
    (folder / "b.csv").write_text("date,text\n", encoding="utf-8")
    (folder / "a.md").write_text("Grüße", encoding="utf-8")
    (folder / "pot.jpg").write_bytes(b"a picture")
    (hub / ".env").write_text("TOKEN=x", encoding="utf-8")
    (hub / ".hub").mkdir()
    (hub / ".hub/picture.jpg").write_bytes(b"hidden")
    (tmp_path / "outside.jpg").write_bytes(b"outside")
    return hub


def ask(root: Path | None, address: str, limits: Limits | None = None) -> Answer:
    async def once() -> Answer:
        async with Door("test", Guard(), root=root) as door:
            return await door.ask(Request(address), now=NOW, limits=limits)

    return asyncio.run(once())


def said(root: Path, address: str = "folder:content/files/nextdoor") -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(ask(root, address).body)
    return found


def test_a_folder_answers_with_its_texts_and_what_its_pictures_are_known_by(hub: Path) -> None:
    answer = ask(hub, "folder:content/files/nextdoor")

    assert (answer.status, answer.url) == (200, "folder:content/files/nextdoor")
    found = json.loads(answer.body)
    assert list(found["files"].items()) == [("a.md", "Grüße"), ("b.csv", "date,text\n")]
    assert list(found["pictures"]) == ["pot.jpg"]
    assert ask(hub, "folder:content/files/nextdoor").body == answer.body


def test_a_picture_is_known_by_what_it_shows_and_not_by_its_date(hub: Path) -> None:
    before = said(hub)["pictures"]
    os.utime(hub / "content/files/nextdoor/pot.jpg", (1, 1))
    assert said(hub)["pictures"] == before

    (hub / "content/files/nextdoor/pot.jpg").write_bytes(b"another")
    assert said(hub)["pictures"] != before


def test_a_picture_is_answered_with_its_bytes(hub: Path) -> None:
    assert ask(hub, "folder:content/files/nextdoor/pot.jpg#0a1b").body == b"a picture"
    (hub / "content/files/nextdoor/blue pot #1.jpg").write_bytes(b"blue")
    assert ask(hub, "folder:content/files/nextdoor/blue%20pot%20%231.jpg#0a1b").body == b"blue"


@pytest.mark.parametrize(
    "place",
    [
        "", ".", "..", "/", "/etc", "/etc/passwd", "//etc", "content/../..", "../outside.jpg",
        "content/files/../../.env", "..%2Foutside.jpg", "%2e%2e/outside.jpg", "%2Fetc/passwd", ".hub",
        ".hub/picture.jpg", ".env", "content/%2e%2e/.env", "..\\outside.jpg", "C:/Windows",
        "content/files/nextdoor%00.jpg", "content\n", "a" * 5000, "//server/share/a.jpg",
    ],
)  # fmt: skip
def test_nothing_is_read_above_the_hub_or_where_it_hides_things(hub: Path, place: str) -> None:
    with pytest.raises(Refused):
        ask(hub, f"folder:{place}")


def test_links_out_of_the_hub_are_not_followed(hub: Path) -> None:
    (hub / "content/out").symlink_to(hub.parent)
    (hub / "content/in").symlink_to(hub / ".hub")
    (hub / "content/round").symlink_to(hub / "content/round")
    (hub / "content/files/nextdoor/out.jpg").symlink_to(hub.parent / "outside.jpg")
    (hub / "content/files/nextdoor/out.csv").symlink_to(hub / ".env")

    for place in ("content/out", "content/out/outside.jpg", "content/in", "content/round"):
        with pytest.raises(Refused):
            ask(hub, f"folder:{place}")
    with pytest.raises(Refused):
        ask(hub, "folder:content/files/nextdoor/out.jpg")
    assert "out.csv" not in said(hub)["files"]
    assert "out.jpg" not in said(hub)["pictures"]


def test_only_pictures_are_given_singly_and_only_what_posts_are_made_of_at_all(hub: Path) -> None:
    for name in ("sources.toml", "notes.txt", "run.py", "~$b.csv", ".hidden.csv"):
        (hub / "content/files/nextdoor" / name).write_text("secret", encoding="utf-8")
    os.mkfifo(hub / "content/files/nextdoor/pipe.jpg")

    assert list(said(hub)["files"]) == ["a.md", "b.csv"]
    assert list(said(hub)["pictures"]) == ["pot.jpg"]
    for name in ("b.csv", "sources.toml", "pipe.jpg"):
        with pytest.raises(Refused, match="neither a folder nor a picture"):
            ask(hub, f"folder:content/files/nextdoor/{name}")


def test_what_is_not_there_is_said_so(hub: Path) -> None:
    for place in ("content/files/whatsapp", "content/files/nextdoor/vase.jpg"):
        with pytest.raises(Answered, match="does not exist") as error:
            ask(hub, f"folder:{place}")
        assert error.value.status == 404


def test_a_door_without_a_hub_opens_no_folder() -> None:
    with pytest.raises(Refused):
        ask(None, "folder:content/files/nextdoor")


def test_too_much_is_refused(hub: Path) -> None:
    with pytest.raises(TooLarge, match=r"b\.csv is too large"):
        ask(hub, "folder:content/files/nextdoor", Limits(size=10))
    with pytest.raises(TooLarge):
        ask(hub, "folder:content/files/nextdoor/pot.jpg", Limits(size=3))
    for number in range(MOST_FILES):
        (hub / f"content/files/nextdoor/{number}.md").touch()
    with pytest.raises(TooLarge, match="more than 1000 files"):
        ask(hub, "folder:content/files/nextdoor")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(hub: Path) -> None:
    (hub / "content/files/nextdoor/b.csv").chmod(0)
    with pytest.raises(Unreadable, match=r"b\.csv cannot be read"):
        ask(hub, "folder:content/files/nextdoor")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_as_office_programs_write_it(hub: Path, encoding: str) -> None:
    (hub / "content/files/nextdoor/a.md").write_bytes("Grüße „Töpfe“ €".encode(encoding))
    assert said(hub)["files"]["a.md"] == "Grüße „Töpfe“ €"


def test_no_address_of_a_stranger_leads_into_a_folder() -> None:
    for address in ("folder:content/files", "FOLDER:content", "folder://content/files", " folder:content"):
        assert urls.absolute(address) == ""
        assert urls.absolute(address, "https://blog.example/") == ""
        assert "folder" not in text.clean(
            f'<a href="{address}">a</a><img src="{address}" alt="b">', "https://blog.example/"
        )


def test_a_redirect_into_a_folder_is_refused(hub: Path, site: Site) -> None:
    async def once(address: str) -> Answer:
        async with Door("test", Guard([ip_network("127.0.0.0/8")]), root=hub) as door:
            return await door.ask(Request(address), now=NOW)

    head = (
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: folder:content/files/nextdoor/pot.jpg\r\n\r\n"
    )
    site.routes["/"] = head.encode()
    with pytest.raises(FetchError):
        asyncio.run(once(site.url()))


def test_the_address_of_a_folder_can_be_read_by_people() -> None:
    address = "folder:content/files/nextdoor/blue%20pot.jpg#0a1b"

    assert urls.place(address) == "content/files/nextdoor/blue pot.jpg"
    assert urls.host(address) == ""
    assert urls.picture(address) == "folder:content/files/nextdoor/blue%20pot.jpg"
