"""What strangers name, a picture, a feed, where something has moved to, opens nothing that the operator did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from forecourt.connectors import Request
from forecourt.conversations import MOVED_AFTER, _moved
from forecourt.errors import Answered, TooSlow
from forecourt.fetch import Answer
from forecourt.media.taking import _in_turns
from forecourt.patience import FIRST_WAIT, after_failure, after_reading, is_left_alone
from forecourt.store import SourceState
from forecourt.tokens import looks
from tests.conftest import NOW, Hub
from tests.fetch.conftest import Asked, Site
from tests.fetch.test_door import FEED, LOOPBACK, LoopbackIsPublic, ask_all, redirect, reply
from tests.fetched import Desk, by_name
from tests.media import drawing
from tests.test_patience import feed, linked


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.mark.promise(18)
def test_a_picture_and_a_feed_that_strangers_name_do_not_lead_into_an_allowed_network(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    inner = site.url("/inner", "127.0.0.2")
    item = f'<item><title>T</title><guid>1</guid><description>&lt;img src="{inner}"&gt;</description></item>'
    page = f'<!doctype html><html><link rel="alternate" type="application/rss+xml" href="{inner}"></html>'
    site.routes |= {
        "/": reply(f"<rss><channel>{item}</channel></rss>".encode()),
        "/page": reply(page.encode(), Content_Type="text/html"),
        "/moved": redirect(inner),
        "/inner": reply(FEED),
    }
    toml = "".join(
        f'[[source]]\nname = "s-{number}"\nconnector = "feed"\nurl = "{site.url(path)}"\n'
        for number, path in enumerate(("/", "/page", "/moved"))
    )
    desk = linked(tmp_path, site, now, toml)
    reports = [desk.fetch(hours=hours, only=("s-0", "s-1", "s-2"), pictures=True) for hours in (0, 4)]
    desk.store.close()

    assert "/inner" not in {asked.path for asked in site.asked}
    assert "Nobody linked that address" in reports[0].pictures_notes[0]
    assert {by_name(reports[1])[name].status for name in ("s-1", "s-2")} == {"failed"}
    figure("0 of 3 ways in: a picture, a feed that a page names, a move")


@pytest.mark.promise(20)
def test_a_token_does_not_go_where_a_source_has_moved_to(figure: Callable[[str], None]) -> None:
    request = Request("https://blog.example/feed", headers={"authorization": "Bearer t", "accept": "*/*"})
    state = SourceState("blog", moved_seen=MOVED_AFTER)
    away = _moved(request, replace(state, moved_to="https://other.example/feed"))
    stays = _moved(request, replace(state, moved_to="https://blog.example/new"))

    assert (away.url, away.headers) == ("https://other.example/feed", {})
    assert stays.headers == request.headers
    figure("0 headers of its own")


@pytest.mark.promise(20)
def test_who_led_us_away_and_back_again_is_told_no_token(site: Site, figure: Callable[[str], None]) -> None:
    here, there = f"http://blog.example:{site.port}", f"http://other.example:{site.port}"
    site.routes |= {"/": redirect(f"{there}/away"), "/away": redirect(f"{here}/back"), "/back": reply()}
    request = Request(f"{here}/", headers={"Authorization": "Bearer t"})
    (answer,) = ask_all([request], guard=LoopbackIsPublic([LOOPBACK]))

    assert isinstance(answer, Answer)
    told = [asked.path for asked in site.asked if "authorization" in asked.headers]
    assert told == ["/"]
    figure(f"{len(told)} of {len(site.asked)} requests carried it")


def test_a_move_whose_end_fails_is_asked_where_it_was(tmp_path: Path, site: Site, now: datetime) -> None:
    desk = linked(tmp_path, site, now)
    site.routes |= {"/": redirect("/new"), "/new": feed()}
    for hours in (0, 2, 4):
        desk.fetch(hours=hours)
    site.routes["/new"] = reply(b"", "500 Oh")
    desk.fetch(hours=6)
    site.routes["/"] = feed("Well again")
    desk.fetch(hours=8)
    titles = desk.shown()
    desk.store.close()

    assert titles == ["Well again"]


@pytest.mark.promise(10)
def test_a_server_that_says_in_a_second_is_left_alone_for_an_hour(figure: Callable[[str], None]) -> None:
    state = after_failure(SourceState("blog"), Answered("Busy.", 503, NOW + timedelta(seconds=1)), NOW)

    assert state.not_before == NOW + FIRST_WAIT
    figure("Retry-After: 1 waits 1 h")


@pytest.mark.promise(48)
@pytest.mark.parametrize("days", [0.1, 1, 2.9])
def test_a_pause_from_a_clock_that_ran_ahead_a_little_does_not_count(
    days: float, figure: Callable[[str], None]
) -> None:
    ahead = NOW + timedelta(days=days)
    checked = SourceState("blog", checked=ahead)
    rested = after_reading(checked, Answer(200, "https://blog.example/feed"), ahead)
    failed = after_failure(checked, TooSlow("It hangs."), ahead)

    assert is_left_alone(rested, ahead)
    assert not is_left_alone(rested, NOW)
    assert not is_left_alone(failed, NOW)
    figure(f"{days:g} days ahead: asked at once")


def test_one_account_without_a_network_is_asked_every_hour(tmp_path: Path, now: datetime) -> None:
    desk = Desk(tmp_path, "http://127.0.0.1:9", now, blog="/feed")
    waits = []
    for day in range(4):
        desk.fetch(hours=day * 24)
        state = desk.store.sources.all()["blog"]
        assert state.not_before
        waits.append(state.not_before - now - timedelta(days=day))
    desk.store.close()

    assert waits == [FIRST_WAIT] * 4, "it may be this machine that has no network"


def test_who_has_no_token_does_not_make_the_others_guilty(tmp_path: Path, now: datetime) -> None:
    desk = Desk(tmp_path, "http://127.0.0.1:9", now, one="/1", two="/2", three="/3")
    with (tmp_path / "sources.toml").open("a", encoding="utf-8") as toml:
        toml.write(
            '[[source]]\nname = "four"\nconnector = "feed"\nurl = "http://127.0.0.1:9/4"\ntoken = "env:NOT_THERE"\n'
        )
    report = desk.fetch()
    states = desk.store.sources.all()
    desk.store.close()

    assert "is this machine online?" in report.warnings[0]
    assert {states[name].not_before for name in ("one", "two", "three")} == {None}


@pytest.mark.promise(57)
@pytest.mark.parametrize("token", ["pa\\ss'w\"ord-77", "a&b<c>\"d'e-77", "~`|{}^token-77"])
def test_a_token_of_any_letters_that_a_server_repeats_is_not_kept(
    tmp_path: Path, site: Site, now: datetime, token: str, figure: Callable[[str], None]
) -> None:
    site.routes["/"] = feed(token.replace("&", "&amp;").replace("<", "&lt;"))
    desk = linked(tmp_path, site, now)
    with (tmp_path / "sources.toml").open("a", encoding="utf-8") as toml:
        toml.write('token = "env:T"\n')
    report = by_name(desk.fetch(environ={"T": token}))["blog"]
    kept = desk.store.posts.of_source("blog")
    desk.store.close()

    assert kept == []
    assert report.rejected == ("a post holds the account's own token and is not kept",)
    figure(f"kept {len(kept)} times")


def test_a_secret_is_known_in_html_and_in_the_base64_of_addresses() -> None:
    assert {"a&amp;b", "a&b"} <= looks("a&b")
    assert any("_" in look or "-" in look for look in looks("??>>??>>??>>"))


def test_accounts_take_turns_with_their_pictures() -> None:
    many = [(f"https://a.example/{number}.jpg", "a") for number in range(3)]

    assert _in_turns([*many, ("https://b.example/1.jpg?oe=6A0", "b"), ("https://b.example/0.jpg", "b")]) == [
        "https://a.example/0.jpg", "https://b.example/1.jpg?oe=6A0",
        "https://a.example/1.jpg", "https://b.example/0.jpg", "https://a.example/2.jpg",
    ]  # fmt: skip


def test_a_picture_whose_connection_breaks_costs_its_host_nothing(
    tmp_path: Path, site: Site, now: datetime
) -> None:
    def broken(_: Asked) -> bytes:
        raise ConnectionResetError

    images = "".join(f"&lt;img src='/{number}.png' alt='x'&gt;" for number in range(6))
    item = f"<item><title>T</title><guid>1</guid><link>{site.url('/')}</link><description>{images}</description></item>"
    site.routes |= {"/": reply(f"<rss><channel>{item}</channel></rss>".encode()), "/0.png": broken}
    site.routes |= {f"/{number}.png": reply(drawing.encoded(drawing.scene())) for number in range(1, 6)}
    desk = linked(tmp_path, site, now)
    report = desk.fetch(pictures=True)
    desk.store.close()

    assert (report.pictures_new, report.pictures_failed) == (5, 1)


def test_a_store_that_has_gone_is_missed_by_those_who_only_look(hub: Hub) -> None:
    assert hub.invoke("fetch").returncode == 0
    (hub.folder / "state/store.sqlite").unlink()
    looked = hub.invoke("status")

    assert looked.returncode == 1
    assert "store.sqlite is damaged or missing" in looked.stderr
