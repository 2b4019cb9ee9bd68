"""A source that may have been taken over is held until a person says otherwise; the rest of the hub goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from forecourt import config, watching
from forecourt.accounts import Account, link
from forecourt.connectors import Batch, Conversation, Request
from forecourt.console import print_fetched
from forecourt.ingest import fetch
from forecourt.model import Kind, Post, Terms
from forecourt.report import SourceReport
from forecourt.settling import is_settled, settle
from forecourt.talk import EVER
from forecourt.terminal import print_status
from tests.conftest import NOW, Hub
from tests.fetch.conftest import Asked, Site
from tests.fetch.test_door import reply
from tests.fetched import Desk, by_name
from tests.test_vigilance import CASINO, ENGLISH, FRENCH

DAY = timedelta(days=1)
TODAY, YESTERDAY = "2026-11-22", "2026-11-21"
ODD = 8
"""Posts of whoever took it over."""

Entry = tuple[str, str, datetime, str]
"""Its name, what it says, when, and where its page and its link are."""


def good(number: int = 20, first: int = 1, end: datetime = NOW - DAY) -> list[Entry]:
    """What Larkwood wrote, the newest first: a post every second day."""
    return [
        (
            f"larkwood-{first + number - 1 - place}",
            f"{ENGLISH[place % len(ENGLISH)]} No {first + place}.",
            end - 2 * DAY * place,
            "larkwood.example",
        )
        for place in range(number)
    ]


def odd(number: int = ODD, first: int = 1, said: Sequence[str] = CASINO, end: datetime = NOW) -> list[Entry]:
    """What whoever came after it wrote."""
    return [
        (
            f"slot-{first + place}",
            f"{said[place % len(said)]} {first + place}",
            end - place * DAY / 24,
            "slot88.example",
        )
        for place in range(number)
    ]


def document(entries: Sequence[Entry], title: str = "Larkwood Journal") -> Callable[[Asked], bytes]:
    """An Atom feed, which says that it is as before to who has it."""
    body = "".join(
        f"<entry><id>urn:{name}</id><title>{name}</title><link href='https://{home}/{name}'/>"
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
        f"<content type='html'>&lt;p&gt;{said} &lt;a href='https://{home}/all'&gt;more&lt;/a&gt;&lt;/p&gt;</content></entry>"
        for name, said, at, home in entries
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{body}</feed>'.encode()
    tag = f'"{hash(feed)}"'

    def answer(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == tag:
            return reply(b"", "304 Not Modified", ETag=tag)
        return reply(feed, Content_Type="application/atom+xml", ETag=tag)

    return answer


OWN = document(good())
CASINO_FEED = document(odd(), "Slot88")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.routes |= {"/": OWN, "/other": document(good(5, 100), "Other")}
        yield running


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Iterator[Desk]:
    desk = Desk(tmp_path, site.url(""), NOW, blog="/", other="/other")
    yield desk
    desk.store.close()


def look(desk: Desk, hours: float) -> SourceReport:
    """The report on the blog of a fetch so many hours on."""
    return by_name(desk.fetch(hours=hours))["blog"]


def taken_over(desk: Desk, site: Site) -> SourceReport:
    """A day as always, and then a casino."""
    look(desk, -6)
    site.routes["/"] = CASINO_FEED
    return look(desk, 0)


def held(desk: Desk) -> int:
    return desk.store.posts.count("blog", "held")


def alarms(desk: Desk) -> set[str]:
    return {*watching.alarms(desk.store)}


def names(entries: Sequence[Entry]) -> set[str]:
    return {name for name, *_ in entries}


def of_blog(desk: Desk) -> set[str]:
    return {*desk.shown("source/blog")}


# It is held.


def test_what_a_stranger_posts_is_held_with_the_reason_and_nothing_else_is(
    desk: Desk, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    look(desk, -6)
    before = desk.store.posts.counter()
    site.routes["/"] = document([*odd(), *good(5)], "Slot88")
    report = desk.fetch()
    blog = by_name(report)["blog"]
    print_fetched(report)
    said = capsys.readouterr().err

    assert of_blog(desk) == names(good())
    assert held(desk) == ODD
    assert {name for name in desk.shown() if name.startswith("slot")} == set()
    assert blog.status == "new"
    assert blog.alarm
    assert blog.notes[0].startswith(
        "held since 2026-11-22, as it may have been taken over: its new posts are at"
    )
    assert 'trust = "2026-11-22" for it into sources.toml line 1' in blog.notes[0]
    assert (report.held, report.as_json()["held"]) == (1, 1)
    assert "! 1 source is held, as it may have been taken over: blog" in said
    assert by_name(report)["other"].status == "same"
    assert by_name(report)["other"].alarm == ()
    changed = {desk.store.review.one(key).status for key in desk.store.changes.posts_since(before)}
    assert changed == {"held"}, "no page is made anew"


def test_it_stays_held_run_after_run_whatever_comes(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    same = look(desk, 1)
    assert (same.status, same.notes[0][:21]) == ("same", "held since 2026-11-22"), "answered 304"

    english = [("late", f"{ENGLISH[0]} And more.", NOW, "larkwood.example")]
    ours = good()
    edited = [(ours[0][0], "Gamble here", *ours[0][2:]), *ours[1:]]
    site.routes["/"] = document([*english, *edited])
    again = look(desk, 2)

    assert again.alarm == same.alarm
    assert (again.new, again.changed) == (1, 0)
    assert of_blog(desk) == names(good())
    assert held(desk) == ODD + 1
    assert not any("Gamble" in each.text for each in desk.store.posts.of_source("blog"))


@pytest.mark.parametrize("wrong", ["rules", "parser", "store"])
def test_it_stays_held_when_something_else_changes(
    desk: Desk, site: Site, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_over(desk, site)
    if wrong == "rules":
        monkeypatch.setattr("forecourt.settling.RULES_VERSION", 99)
    elif wrong == "parser":
        monkeypatch.setattr("forecourt.accounts._PARSER_VERSION", 99)
    else:
        desk.link('store = "lyon"', blog="/", other="/other")
    report = look(desk, 1)

    assert report.alarm
    assert held(desk) == ODD
    assert of_blog(desk) == names(good())


def test_it_stays_held_when_it_is_linked_otherwise_and_cannot_be_read(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    desk.link('kind = "article"', blog="/", other="/other")
    site.routes["/"] = reply(b"", "500 Oops")
    failed = look(desk, 1)
    site.routes["/"] = CASINO_FEED

    assert (failed.status, failed.alarm != ()) == ("failed", True)
    assert look(desk, 4).alarm == failed.alarm
    assert of_blog(desk) == names(good())


def test_a_clock_that_goes_back_lets_nothing_out_and_takes_nothing_off(desk: Desk, site: Site) -> None:
    look(desk, 30)
    site.routes["/"] = CASINO_FEED
    look(desk, 0)
    assert of_blog(desk) == names(good()), "what came under a clock that was ahead is no stranger's"
    assert held(desk) == ODD

    site.routes["/"] = document([*odd(2, 50), *odd()], "Slot88")
    look(desk, -24)
    look(desk, -23)
    assert held(desk) == ODD + 2
    assert of_blog(desk) == names(good())


def test_what_is_missing_meanwhile_is_not_gone(desk: Desk, site: Site) -> None:
    board = Board(site.url("/board"))
    site.routes["/board"] = notices(good())
    visit(desk, board, -6)
    site.routes["/board"] = notices(odd(), gone=["larkwood-1"])
    assert visit(desk, board, 0).alarm
    site.routes["/board"] = notices(odd(ODD - 2))
    for hours in (2, 4, 6):
        visit(desk, board, hours)

    kept = {post.id for post in desk.store.posts.of_source("blog")}
    assert kept == names(good()) - {"larkwood-1"} | names(odd(ODD - 2)), (
        "what its origin names is gone all the same"
    )


def test_posts_that_are_still_read_stay_as_long_as_terms_allow(desk: Desk, site: Site) -> None:
    board = Daily(site.url("/board"))
    site.routes["/board"] = notices(good())
    visit(desk, board, -6)
    site.routes["/board"] = notices([*odd(), *good(19, 2)])
    for hours in range(0, 60, 12):
        assert visit(desk, board, hours).alarm

    shown = {post.id for post in desk.store.posts.of_source("blog")}
    assert names(good(19, 2)) <= shown
    assert "larkwood-1" not in shown


# What is no take-over.


def test_what_brands_do_raises_no_alarm(desk: Desk, site: Site) -> None:
    photos = [
        (f"photo-{place}", "Lantern walk", NOW - place * timedelta(minutes=5), "larkwood.example")
        for place in range(10)
    ]
    french = [("fr", FRENCH[0], NOW, "larkwood.example")]
    www = [("www", f"{ENGLISH[3]} 3", NOW, "www.larkwood.example")]
    assert look(desk, -6).alarm == ()
    for hours, new in enumerate((photos, [*french, *photos], [*www, *french, *photos])):
        site.routes["/"] = document([*new, *good()])
        report = look(desk, hours)
        assert (report.alarm, report.new) == ((), len(photos) if hours == 0 else 1)
    assert held(desk) == 0


def test_the_first_look_and_that_of_an_older_store_are_learnt_from(desk: Desk, site: Site) -> None:
    look(desk, -6)
    with desk.store.transaction():
        desk.store.sources.keep_habits("blog", "")  # as a store is that an older program left
    site.routes["/"] = document([*odd(1), *good()])
    assert look(desk, 0).alarm == ()
    assert json.loads(desk.store.sources.habits("blog"))["posts"] == 21, "of what was there as well"

    site.routes["/"] = document(odd(ODD, 20), "Slot88")
    assert look(desk, 1).alarm


# What a person says.


def trusting(desk: Desk, key: str, day: str) -> None:
    desk.link(f"{key} = {day}", blog="/", other="/other")


def test_who_is_trusted_comes_out_as_a_whole(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    trusting(desk, "trust", YESTERDAY)
    look(desk, 1)
    assert held(desk) == ODD, "that day is not the one"

    trusting(desk, "trust", TODAY)
    report = look(desk, 2)
    assert (report.status, report.alarm) == ("same", ()), "it was answered 304"
    assert of_blog(desk) == names(good()) | names(odd())
    assert alarms(desk) == set()

    site.routes["/"] = document([*odd(3, 20), *odd()], "Slot88")
    assert look(desk, 26).alarm == (), "that is usual now"
    assert held(desk) == 0


def test_what_was_odd_of_who_is_trusted_does_not_count_later(desk: Desk, site: Site) -> None:
    press = [
        (f"press-{place}", said, NOW - place * DAY / 24, f"paper-{place}.example")
        for place, said in enumerate(FRENCH)
    ]
    look(desk, -6)
    site.routes["/"] = document([*press[1:], *good()])
    assert look(desk, 0).alarm
    trusting(desk, "trust", TODAY)
    look(desk, 1)
    site.routes["/"] = document([*press, *good()])

    assert (look(desk, 26).alarm, held(desk)) == ((), 0)


def test_who_moves_can_be_trusted_before(desk: Desk, site: Site) -> None:
    look(desk, -6)
    trusting(desk, "trust", "2026-11-23")
    site.routes["/"] = CASINO_FEED
    assert look(desk, 0).alarm == ()

    site.routes["/"] = document([*odd(3, 20), *odd()], "Slot88")
    assert look(desk, 48).alarm == ()
    assert held(desk) == 0


def test_what_is_distrusted_is_thrown_away_and_what_is_good_comes_in_again(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    habits = desk.store.sources.habits("blog")
    site.routes["/"] = document([*odd(), *good(21)])
    look(desk, 1)
    trusting(desk, "distrust", TODAY)
    site.routes["/"] = document(good(21))
    report = look(desk, 24)

    assert report.alarm == ()
    assert {post.title for post in desk.store.posts.of_source("blog")} == names(good(21)) | names(good())
    assert of_blog(desk) == names(good(21)) | names(good())
    assert habits != desk.store.sources.habits("blog")
    assert json.loads(habits)["title"] == json.loads(desk.store.sources.habits("blog"))["title"]
    assert "slot88.example" not in desk.store.sources.habits("blog")


def test_a_casino_that_is_distrusted_and_still_there_is_held_again(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    trusting(desk, "distrust", TODAY)
    report = look(desk, 24)

    assert report.alarm, "though nothing of it changed"
    assert report.notes[0].startswith("held since 2026-11-23")
    assert held(desk) == ODD
    look(desk, 25)
    assert held(desk) == ODD
    assert of_blog(desk) == names(good())


def test_a_build_alone_does_what_a_person_said(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    trusting(desk, "trust", TODAY)
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": ".", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
    found = config.load(settings, desk.folder, {})
    accounts = link(found, {})
    asked = len(site.asked)

    assert not is_settled(desk.store, accounts, found, NOW + DAY)
    settle(desk.store, accounts, found, NOW + DAY)
    assert is_settled(desk.store, accounts, found, NOW + DAY)
    assert of_blog(desk) == names(good()) | names(odd())
    assert len(site.asked) == asked


def test_an_editors_word_on_one_post_goes_before(desk: Desk, site: Site) -> None:
    taken_over(desk, site)
    picks = desk.folder / "content/picks"
    picks.mkdir(parents=True)
    for name, word in (("slot-1", "Approve"), ("slot-2", "Hide")):
        address = f"https://slot88.example/{name}"
        (picks / f"{name}.md").write_text(f"Post: {address}\n{word}: yes\n", encoding="utf-8")
    look(desk, 1)
    assert of_blog(desk) == names(good()) | {"slot-1"}

    trusting(desk, "trust", TODAY)
    look(desk, 2)
    assert of_blog(desk) == names(good()) | names(odd()) - {"slot-2"}


# What is kept, and where nothing may be read.


def test_a_title_that_repeats_a_token_is_kept_nowhere(desk: Desk, site: Site) -> None:
    token = "larkwood-secret-8473"
    extra = 'token = "env:BLOG_TOKEN"'
    desk.link(extra, blog="/")
    site.routes["/"] = document(good(), f"Welcome {token}")
    environ = {"BLOG_TOKEN": token}
    desk.fetch(hours=-6, environ=environ)
    assert token not in desk.store.sources.habits("blog")

    with desk.store.transaction():
        kept = json.loads(desk.store.sources.habits("blog"))
        desk.store.sources.keep_habits("blog", json.dumps(kept | {"title": "Journal of oak and wool"}))
    told = [(f"{name}", said, at, f"{token}.example") for name, said, at, _ in odd()]
    site.routes["/"] = document([*odd(), *told], f"Slot {token}")
    report = by_name(desk.fetch(environ=environ))["blog"]

    assert report.alarm
    assert token not in repr(report)
    assert token not in desk.store.sources.habits("blog") + desk.store.sources.all()["blog"].alarm


def test_no_word_of_what_is_held_is_in_the_output(hub: Hub, site: Site) -> None:
    source = f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{site.url()}"\n'
    hub.link(source)
    content = hub.folder / "content"
    content.mkdir()
    build = ("build", "--", str(content), "-o", str(hub.output))
    planted = [(name, f"{said} gandaberlipat", at, home) for name, said, at, home in odd()]
    assert hub.invoke("fetch", HUB_NOW=(NOW - DAY / 4).isoformat()).returncode == 0
    site.routes["/"] = document([*planted, *good(5)], "Slot88")
    fetched = hub.invoke("fetch", "--json")
    status = hub.invoke("status", "--json")
    shown = hub.invoke("status")
    built = hub.invoke(*build, HUB_BRAND='{"logo": "", "hero": ""}')

    assert (fetched.returncode, status.returncode, built.returncode) == (0, 0, 0), built.stderr
    (report,) = json.loads(fetched.stdout)["sources"]
    (row,) = json.loads(status.stdout)["sources"]
    assert report["alarm"] == row["alarm"] != []
    assert row["held"] == ODD
    assert "blog: held since 2026-11-22, as it may have been taken over" in shown.stderr
    files = [path for path in hub.output.rglob("*") if path.is_file()]
    assert any(b"oak tanned leather" in path.read_bytes() for path in files), "what was there stays"
    assert [
        path for path in files if b"gandaberlipat" in path.read_bytes() or b"slot88" in path.read_bytes()
    ] == []

    hub.link(f'{source}trust = "{TODAY}"\n')
    again = hub.invoke(*build, HUB_BRAND='{"logo": "", "hero": ""}')
    assert again.returncode == 0, again.stderr
    assert any(b"gandaberlipat" in path.read_bytes() for path in hub.output.rglob("*") if path.is_file())


# Silence.


def weekly(number: int) -> list[Entry]:
    return [
        (f"week-{place}", f"{ENGLISH[place]} {place}", NOW - 7 * DAY * place, "larkwood.example")
        for place in range(number)
    ]


def test_a_source_that_says_nothing_any_more_is_named(
    desk: Desk, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.routes["/"] = document(weekly(8))
    assert look(desk, 1).notes == ()
    assert look(desk, 27 * 24).notes == ()
    silent = look(desk, 29 * 24)
    (account,) = [each for each in accounts(desk) if each.name == "blog"]

    sentence = "it has posted nothing since 2026-11-22, for 29 days; until then it mostly did every 7 days"
    assert (silent.status, silent.notes) == ("same", (sentence,)), "it was answered 304"
    found = watching.silent(desk.store, account, NOW + 29 * DAY)
    assert found is not None
    assert found.said == sentence
    assert watching.silent(desk.store, account, NOW + 27 * DAY) is None
    print_status({"fetched": "", "built": "", "sources": [status_row(silent=sentence)]})
    assert f"blog: {sentence}" in capsys.readouterr().err

    site.routes["/"] = reply(b"", "500 Oops")
    assert look(desk, 30 * 24).notes == ()


def status_row(**said: object) -> dict[str, object]:
    row = dict.fromkeys(("error", "cause", "held_by", "silent", "ending"), "")
    counts = {
        "name": "blog",
        "network": "blog",
        "posts": 8,
        "held": 0,
        "fresh": "now",
        "enabled": True,
        "alarm": [],
    }
    return {**row, **counts, **said}


def accounts(desk: Desk) -> Sequence[Account]:
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": ".", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
    return link(config.load(settings, desk.folder, {}), {})


# A network whose API is read back to the first post, and tells what was deleted.


@dataclass(frozen=True, slots=True)
class Board:
    """A notice board of which every look sees everything."""

    url: str
    network: str = "board"
    terms: ClassVar[Terms] = Terms(recheck=timedelta(hours=1))

    def poll(self, source: str, since: str) -> Conversation:
        response = yield Request(self.url, hears_errors=True)
        said = json.loads(response.body)
        posts = tuple(
            Post(
                name, source, Kind.NOTE, f"https://{home}/{name}",
                text=text, html=f'<p>{text} <a href="https://{home}/all">more</a></p>',
                published=datetime.fromisoformat(at),
            )
            for name, text, at, home in said["notices"]
        )  # fmt: skip
        return Batch(posts, gone=tuple(said["gone"]), window=EVER)


@dataclass(frozen=True, slots=True)
class Daily(Board):
    """One whose terms let a post be kept for a day after it was read."""

    terms: ClassVar[Terms] = Terms(recheck=timedelta(hours=1), keep=DAY)


def notices(entries: Sequence[Entry], gone: Sequence[str] = ()) -> bytes:
    rows = [(name, said, at.isoformat(), home) for name, said, at, home in entries]
    return reply(json.dumps({"notices": rows, "gone": [*gone]}).encode(), Content_Type="application/json")


def visit(desk: Desk, board: Board, hours: float) -> SourceReport:
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": ".", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
    found = config.load(settings, desk.folder, {})
    (account,) = [replace(each, connector=board) for each in link(found, {}) if each.name == "blog"]
    now = NOW + timedelta(hours=hours)
    (report,) = asyncio.run(fetch(found, [account], desk.store, now)).sources
    assert report.status != "failed", report.error
    return report
