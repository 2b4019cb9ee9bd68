from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo import DemoNetworks
from demo.site import resources
from forecourt.errors import StoreError
from forecourt.report import Listener, SourceReport
from forecourt.store import Store
from tests.fetched import Desk, by_name

BLOG = "/blog/feed.xml"
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>%s</feed>"""
ENTRY = b"<entry><id>urn:%d</id><title>Entry %d</title><updated>2026-11-01T00:00:00Z</updated></entry>"


@pytest.fixture
def demo() -> Iterator[DemoNetworks]:
    with DemoNetworks(port=0) as networks:
        yield networks


@pytest.fixture
def desk(tmp_path: Path, demo: DemoNetworks, now: datetime) -> Iterator[Desk]:
    desk = Desk(tmp_path, demo.url, now, blog=BLOG)
    yield desk
    desk.store.close()


def test_a_first_fetch_brings_posts_and_their_pictures(desk: Desk, tmp_path: Path) -> None:
    report = desk.fetch(pictures=True)

    assert by_name(report)["blog"].status == "new"
    assert by_name(report)["blog"].new == len(desk.shown()) > 20
    assert report.pictures_new > 0
    assert report.pictures_failed == 0
    assert {path.suffix for path in (tmp_path / "pictures").rglob("*") if path.is_file()} == {
        ".avif",
        ".webp",
    }


@pytest.mark.promise(8)
def test_a_second_fetch_is_answered_304_and_changes_nothing(
    desk: Desk, demo: DemoNetworks, figure: Callable[[str], None]
) -> None:
    desk.fetch()
    counter = desk.store.posts.counter()
    asked = len(demo.requests)
    report = desk.fetch(hours=1)

    assert [(source.status, source.new, source.changed) for source in report.sources] == [("same", 0, 0)]
    assert [(request.path, request.status) for request in demo.requests[asked:]] == [(BLOG, 304)]
    assert desk.store.posts.counter() == counter
    figure(f"{len(demo.requests) - asked} request, 304, nothing written")


def test_a_server_without_validators_is_known_again_by_its_bytes(desk: Desk, demo: DemoNetworks) -> None:
    body = ATOM % (ENTRY % (1, 1))
    demo.misbehave(BLOG, status=200, body=body, content_type="application/atom+xml")
    desk.fetch()
    again = desk.fetch(hours=1)

    assert by_name(again)["blog"].status == "same"
    assert by_name(again)["blog"].same == 1


def test_an_edited_entry_is_a_changed_post(desk: Desk, demo: DemoNetworks) -> None:
    demo.misbehave(BLOG, status=200, body=ATOM % (ENTRY % (1, 1) + ENTRY % (2, 2)))
    desk.fetch()
    demo.misbehave(
        BLOG, status=200, body=ATOM % (ENTRY % (1, 1) + (ENTRY % (2, 2)).replace(b"Entry 2", b"Edited"))
    )
    report = desk.fetch(hours=1)

    source = by_name(report)["blog"]
    assert (source.status, source.new, source.changed, source.same) == ("changed", 0, 1, 1)


def test_a_source_that_fails_keeps_its_posts_and_is_named(desk: Desk, demo: DemoNetworks) -> None:
    desk.fetch()
    before = desk.shown()
    demo.misbehave(BLOG, status=500, times=2)
    report = desk.fetch(hours=1)

    source = by_name(report)["blog"]
    assert source.status == "failed"
    assert "500" in source.error
    assert source.same == len(before)
    assert desk.shown() == before
    assert report.stale == 1
    assert by_name(desk.fetch(hours=2))["blog"].status == "same", "it answers again and is well at once"


@pytest.mark.promise(29)
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html><body><h1>This domain is for sale</h1></body></html>", "web page"),
        (b"", "empty"),
        (ATOM % b"", "no entries at all, where there were"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "picture"),
        (b"{}", ""),
        (b"<rss><channel><item>", ""),
    ],
)
def test_an_answer_that_is_no_feed_keeps_the_posts(
    desk: Desk, demo: DemoNetworks, body: bytes, why: str, figure: Callable[[str], None]
) -> None:
    desk.fetch()
    before = desk.shown()
    demo.misbehave(BLOG, status=200, body=body, content_type="text/html")
    source = by_name(desk.fetch(hours=1))["blog"]

    figure(f"{len(set(before) - set(desk.shown()))} of {len(before)} posts lost, the source marked")
    assert source.status == "failed"
    assert why in source.error
    assert desk.shown() == before


def test_an_account_without_entries_yet_is_well(desk: Desk, demo: DemoNetworks) -> None:
    demo.misbehave(BLOG, status=200, body=ATOM % b"")
    source = by_name(desk.fetch())["blog"]

    assert (source.status, source.new) == ("same", 0)
    assert source.notes == ("the feed has no entries",)


def test_a_hanging_source_does_not_slow_the_others(
    tmp_path: Path, demo: DemoNetworks, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.ingest.SOURCE_DEADLINE", 6.0)
    demo.misbehave("/newsroom/atom.xml", status=500)
    done: list[str] = []

    class Heard(Listener):
        def source(self, report: SourceReport) -> None:
            done.append(report.name)

    with DemoNetworks(port=0) as other:
        other.misbehave(BLOG, hang=True)
        desk = Desk(tmp_path, demo.url, now, well="/lyon/feed/", sick="/newsroom/atom.xml")
        with (tmp_path / "sources.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'[[source]]\nname = "hanging"\nconnector = "feed"\nurl = "{other.url}{BLOG}"\n')
        report = desk.fetch(told=Heard())
        desk.store.close()

    assert {name: source.status for name, source in by_name(report).items()} == {
        "hanging": "failed",
        "well": "new",
        "sick": "failed",
    }
    assert done[-1] == "hanging", "the others did not wait for it"
    assert "not done after 6 seconds" in by_name(report)["hanging"].error
    assert report.seconds < 25


def test_a_fault_of_ours_in_one_source_is_reported_and_costs_only_it(
    tmp_path: Path, demo: DemoNetworks, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, demo.url, now, one=BLOG, two="/lyon/feed/")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("forecourt.settling.decide", broken)
        report = desk.fetch()
    desk.store.close()

    assert {source.status for source in report.sources} == {"failed"}
    assert "a fault in Forecourt: ZeroDivisionError" in report.sources[0].error


def test_a_server_that_asks_to_be_left_alone_is(desk: Desk, demo: DemoNetworks) -> None:
    demo.misbehave(BLOG, status=429, retry_after=7200, times=1)
    desk.fetch()
    asked = len(demo.requests)
    waiting = by_name(desk.fetch(hours=1))["blog"]

    assert waiting.status == "waiting"
    assert waiting.notes == ("its server asked to be left alone until 2026-11-22 11:00 UTC",)
    assert len(demo.requests) == asked
    assert by_name(desk.fetch(hours=3))["blog"].status == "new"


def test_only_the_named_sources_are_asked(tmp_path: Path, demo: DemoNetworks, now: datetime) -> None:
    desk = Desk(tmp_path, demo.url, now, one=BLOG, two="/lyon/feed/")
    report = desk.fetch(only=("two",))
    desk.store.close()

    assert [source.name for source in report.sources] == ["two"]


def test_a_page_given_as_a_source_leads_to_its_feed_and_is_asked_once(desk: Desk, demo: DemoNetworks) -> None:
    desk.link(page="/ask/")
    first = by_name(desk.fetch())["page"]
    asked = len(demo.requests)
    second = by_name(desk.fetch(hours=1))["page"]

    assert "is a web page; its feed was found at" in first.notes[0]
    assert first.new > 10
    assert second.status == "same"
    assert [(request.path, request.status) for request in demo.requests[asked:]] == [("/ask/rss", 304)]


def test_a_page_is_asked_again_when_the_feed_it_named_has_gone(desk: Desk, demo: DemoNetworks) -> None:
    desk.link(page="/ask/")
    desk.fetch()
    demo.misbehave("/ask/rss", status=404, times=1)

    assert by_name(desk.fetch(hours=1))["page"].status == "failed"
    asked = len(demo.requests)
    desk.fetch(hours=2)
    assert [request.path for request in demo.requests[asked:]] == ["/ask/", "/ask/rss"]


@pytest.mark.promise(11)
def test_a_permanent_move_is_followed_unasked_once_several_runs_agree(
    desk: Desk, demo: DemoNetworks, figure: Callable[[str], None]
) -> None:
    moved = next(path for path, resource in resources(demo.url).items() if resource.moved_to)
    desk.link(moved=moved)
    for hour in range(3):
        report = desk.fetch(hours=hour)
    asked = len(demo.requests)
    note = by_name(report)["moved"].notes[0]
    desk.fetch(hours=4)

    assert "it has moved for good to" in note
    assert moved not in [request.path for request in demo.requests[asked:]]
    figure("recorded after three runs that agree")


def test_what_was_learnt_with_other_options_is_not_used(desk: Desk, demo: DemoNetworks) -> None:
    desk.fetch()
    desk.link('kind = "question"', blog=BLOG)
    source = by_name(desk.fetch(hours=1))["blog"]

    assert source.changed > 20, "the same bytes are read again, for they are read otherwise now"


def test_a_source_that_is_unlinked_leaves_and_returns_with_its_posts(desk: Desk) -> None:
    desk.fetch()
    before = desk.shown()
    desk.link(other="/lyon/feed/")
    desk.fetch(hours=1)
    assert not set(before) & set(desk.shown())

    desk.link(blog=BLOG, other="/lyon/feed/")
    desk.fetch(hours=2)
    assert set(before) <= set(desk.shown())


def test_posts_of_a_source_on_hold_stand_nowhere_until_it_publishes(desk: Desk) -> None:
    desk.link('moderation = "hold"', blog=BLOG)
    desk.fetch()
    assert desk.shown() == []

    desk.link(blog=BLOG)
    desk.fetch(hours=1)
    assert len(desk.shown()) > 20


def test_a_picture_that_cannot_be_had_costs_the_picture_alone(desk: Desk, demo: DemoNetworks) -> None:
    for path in resources(demo.url):
        if path.endswith(".jpg"):
            demo.misbehave(path, status=404)
    report = desk.fetch(pictures=True)
    demo.behave()

    assert by_name(report)["blog"].status == "new"
    assert report.pictures_failed > 0
    assert desk.fetch(hours=0.5, pictures=True).pictures_failed == 0, "not tried again within the hour"
    assert desk.fetch(hours=2, pictures=True).pictures_new > 0


def test_the_report_is_json(desk: Desk) -> None:
    data = json.loads(json.dumps(desk.fetch().as_json()))

    assert data["sources"][0].keys() >= {"name", "status", "new", "changed", "same", "gone", "error"}


def test_it_says_who_asks(desk: Desk, demo: DemoNetworks) -> None:
    desk.fetch()

    assert demo.requests[-1].headers["user-agent"].startswith("Forecourt/")
    assert "cookie" not in demo.requests[-1].headers
    assert "referer" not in demo.requests[-1].headers


def test_pictures_of_a_host_that_is_not_there_are_left_alone_for_the_run(
    desk: Desk, demo: DemoNetworks
) -> None:
    pictures = "".join(f'<img src="http://127.0.0.1:1/{number}.jpg" alt="">' for number in range(100))
    entry = (
        f"<entry><id>urn:1</id><title>T</title><content type='html'><![CDATA[{pictures}]]></content></entry>"
    )
    demo.misbehave(BLOG, status=200, body=ATOM % entry.encode())
    with (desk.folder / "sources.toml").open("a", encoding="utf-8") as toml:
        toml.write('[[source]]\nname = "away"\nconnector = "feed"\nurl = "http://127.0.0.1:1/feed"\n')
    report = desk.fetch(pictures=True)

    assert 0 < report.pictures_failed <= 3 + 8
    assert report.pictures_failed + report.pictures_waiting == 100
    (note,) = report.pictures_notes
    assert note.startswith(f"{report.pictures_failed} of 127.0.0.1, such as: 127.0.0.1")


def test_pictures_that_take_too_long_wait_for_the_next_run(
    desk: Desk, demo: DemoNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.media.taking.RUN_DEADLINE", 1.0)
    for path in resources(demo.url):
        if path.endswith(".jpg"):
            demo.misbehave(path, hang=True)
    report = desk.fetch(pictures=True)
    demo.behave()

    assert report.pictures_waiting > 0
    assert by_name(report)["blog"].status == "new"
    monkeypatch.setattr("forecourt.media.taking.RUN_DEADLINE", 60.0)
    assert desk.fetch(hours=1, pictures=True).pictures_new == report.pictures_waiting


def test_a_store_that_is_damaged_meanwhile_ends_the_run_with_one_sentence(desk: Desk) -> None:
    desk.store.close()
    desk.store = Store(desk.folder / "store.sqlite", ZoneInfo("UTC"))
    locked = sqlite3.connect(desk.folder / "store.sqlite", isolation_level=None)
    desk.fetch()
    locked.execute("DROP TABLE post")
    locked.close()

    with pytest.raises(StoreError, match=r"store\.sqlite is damaged"):
        desk.fetch(hours=1)


def test_a_host_that_hangs_for_all_its_accounts_holds_nobody_up(
    tmp_path: Path, demo: DemoNetworks, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.ingest.SOURCE_DEADLINE", 8.0)
    monkeypatch.setattr("forecourt.ingest.HURRIED_DEADLINE", 0.2)
    done: list[str] = []

    class Heard(Listener):
        def source(self, report: SourceReport) -> None:
            done.append(report.name)

    with DemoNetworks(port=0) as hanging:
        hanging.misbehave(BLOG, hang=True)
        desk = Desk(tmp_path, demo.url, now)
        rows = [(f"bad-{n}", hanging.url + BLOG) for n in range(60)]
        rows += [(f"good-{n}", f"{demo.url}/lyon/feed/") for n in range(20)]
        (tmp_path / "sources.toml").write_text(
            "".join(f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{url}"\n' for name, url in rows)
        )
        report = desk.fetch(told=Heard())
        desk.store.close()

    assert [name.partition("-")[0] for name in done] == ["good"] * 20 + ["bad"] * 60
    assert report.seconds < 25
    assert "not done after 0.2 seconds" in by_name(report)["bad-9"].error
    assert by_name(report)["bad-59"].notes == (
        "its host did not answer for 10 of its accounts in a row; asked again at the next run",
    )


def test_two_that_hang_at_a_host_do_not_keep_its_others_from_being_read(
    tmp_path: Path, demo: DemoNetworks, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.ingest.SOURCE_DEADLINE", 2.0)
    demo.misbehave(BLOG, hang=True)
    demo.misbehave("/newsroom/atom.xml", hang=True)
    paths = {"one": BLOG, "two": "/newsroom/atom.xml", "three": "/lyon/feed/", "four": "/makers/feed.json"}
    desk = Desk(tmp_path, demo.url, now, **paths)
    report = desk.fetch()
    desk.store.close()

    assert [source.status for source in report.sources] == ["failed", "failed", "new", "new"]


def test_what_waits_is_stale_as_well(desk: Desk, demo: DemoNetworks) -> None:
    demo.misbehave(BLOG, status=429, retry_after=7200, times=1)

    assert desk.fetch().stale == 1
    assert desk.fetch(hours=1).stale == 1
    assert desk.fetch(hours=3).stale == 0


def test_a_change_that_is_still_to_come_is_none(desk: Desk, demo: DemoNetworks) -> None:
    entry = (ENTRY % (1, 1)).replace(
        b"<updated>", b"<published>2026-11-01T00:00:00Z</published><updated>2097"
    )
    demo.misbehave(BLOG, status=200, body=ATOM % entry.replace(b"20972026", b"2097"))
    desk.fetch()

    (stored,) = desk.store.posts.newest("stream", desk.now, 5)
    assert stored.post.updated is None


def test_moves_must_agree_run_after_run(desk: Desk, demo: DemoNetworks) -> None:
    moved = next(path for path, resource in resources(demo.url).items() if resource.moved_to)
    desk.link(moved=moved)
    for hour in range(5):
        if hour == 2:
            demo.misbehave(moved, status=200, body=ATOM % (ENTRY % (1, 1)), times=1)
        desk.fetch(hours=hour)
    asked = len(demo.requests)
    desk.fetch(hours=6)

    assert demo.requests[asked].path == moved


def test_a_picture_whose_address_is_signed_anew_is_neither_a_change_nor_fetched_again(
    desk: Desk, demo: DemoNetworks
) -> None:
    def signed(mark: str) -> bytes:
        picture = f"{demo.url}/pictures/room.jpg?oh={mark}&oe=6A0{mark}"
        item = {"id": "1", "content_text": "The room.", "image": picture}
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()

    demo.misbehave(BLOG, body=signed("a"), content_type="application/feed+json")
    assert by_name(desk.fetch(pictures=True))["blog"].new == 1
    demo.behave()
    demo.misbehave(BLOG, body=signed("b"), content_type="application/feed+json")
    demo.requests.clear()
    again = desk.fetch(hours=1, pictures=True)

    assert (by_name(again)["blog"].status, by_name(again)["blog"].same) == ("same", 1)
    assert [request.path for request in demo.requests] == [BLOG]


def test_a_signed_picture_that_could_not_be_had_is_asked_for_at_its_new_address(
    desk: Desk, demo: DemoNetworks
) -> None:
    def signed(mark: str) -> bytes:
        item = {"id": "1", "content_text": "x", "image": f"{demo.url}/pictures/room.jpg?oe=6A0{mark}"}
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()

    demo.misbehave(BLOG, body=signed("a"), content_type="application/feed+json")
    demo.misbehave("/pictures/room.jpg", status=403, times=1)
    assert desk.fetch(pictures=True).pictures_failed == 1
    demo.behave()
    demo.misbehave(BLOG, body=signed("b"), content_type="application/feed+json")

    assert desk.fetch(hours=0.5, pictures=True).pictures_new == 1


def test_the_pictures_of_a_post_that_is_gone_are_deleted_unless_another_shows_them(
    desk: Desk, demo: DemoNetworks, tmp_path: Path
) -> None:
    def item(number: int, *pictures: str) -> dict[str, Any]:
        attached = [
            {"url": f"{demo.url}/pictures/{name}.jpg", "mime_type": "image/jpeg"} for name in pictures
        ]
        return {"id": str(number), "content_text": f"Item {number}", "attachments": attached}

    items = [item(1, "room", "fern"), item(2, "fern")]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    demo.misbehave(BLOG, body=body, content_type="application/feed+json")
    assert desk.fetch(pictures=True).pictures_new == 2
    with desk.store.transaction():
        assert desk.store.posts.remove("blog", ["1"]) == 1
    desk.fetch(hours=1, pictures=True)

    kept = {path.name.partition("-")[0] for path in (tmp_path / "pictures").rglob("*") if path.is_file()}
    assert len(kept) == 1
    assert desk.store.pictures.get(f"{demo.url}/pictures/room.jpg") is None
    assert desk.store.pictures.get(f"{demo.url}/pictures/fern.jpg") is not None
