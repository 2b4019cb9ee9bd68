"""When sources are asked: soon where all is well, later and later where it is not, never sooner than they wish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import DemoNetworks
from forecourt import ingest
from forecourt.connectors import Batch
from forecourt.conversations import Talk, learnt
from forecourt.errors import Answered, Cause, Gone, PlatformError, TooSlow
from forecourt.fetch import Answer, Door
from forecourt.patience import (
    RECENT,
    SLOWEST,
    Pause,
    after_failure,
    after_reading,
    is_left_alone,
    pace,
)
from forecourt.store import SourceState
from tests.conftest import NOW, Hub
from tests.fetch.conftest import Site
from tests.fetch.test_door import reply
from tests.fetched import Desk, by_name

BLOG = "/blog/feed.xml"
HOUR = timedelta(hours=1)


@pytest.fixture
def demo() -> Iterator[DemoNetworks]:
    with DemoNetworks(port=0) as networks:
        yield networks


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, demo: DemoNetworks, now: datetime) -> Iterator[Desk]:
    desk = Desk(tmp_path, demo.url, now, blog=BLOG)
    yield desk
    desk.store.close()


def feed(title: str = "A blog", extra: str = "", **headers: str) -> bytes:
    item = f"<item><title>{title}</title><link>https://blog.example/1</link><guid>1</guid></item>"
    document = f'<rss version="2.0"><channel><title>A blog</title>{extra}{item}</channel></rss>'
    return reply(document.encode(), Content_Type="application/rss+xml", **headers)


# What follows is pure.


@pytest.mark.promise(10)
def test_a_source_that_fails_is_left_alone_longer_and_longer(figure: Callable[[str], None]) -> None:
    """Thirty simulated runs, each when the pause of the one before is over."""
    state, now, waits = SourceState("blog"), NOW, []
    for _ in range(30):
        state = after_failure(state, TooSlow("It hangs."), now)
        assert state.not_before
        waits.append(state.not_before - now)
        assert is_left_alone(state, state.not_before - timedelta(seconds=1))
        assert not is_left_alone(state, state.not_before)
        now = state.not_before

    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (HOUR, 2 * HOUR, 72 * HOUR)
    assert state.failures == 30
    figure(f"{waits[0] / HOUR:g} h … {waits[-1] / HOUR:g} h")


def test_a_person_who_names_a_source_is_obeyed_unless_its_server_said_when() -> None:
    failing = after_failure(SourceState("blog"), TooSlow("It hangs."), NOW)
    asked = after_failure(SourceState("blog"), Answered("Slow down.", 429, NOW + HOUR), NOW)
    gone = after_failure(SourceState("blog"), Gone("It is gone.", 410), NOW)

    assert [is_left_alone(state, NOW) for state in (failing, asked, gone)] == [True, True, True]
    assert [is_left_alone(state, NOW, insist=True) for state in (failing, asked, gone)] == [
        False,
        True,
        False,
    ]


def test_a_platform_that_refuses_is_left_alone_by_what_it_says() -> None:
    def pause(cause: Cause) -> timedelta | None:
        state = after_failure(SourceState("shop"), PlatformError("It says no.", cause), NOW)
        return state.not_before - NOW if state.not_before else None

    assert pause(Cause.RATE_LIMITED) == timedelta(minutes=15)
    assert pause(Cause.AUTH_DEAD) == timedelta(days=1)
    assert pause(Cause.TRANSIENT) == HOUR


@pytest.mark.promise(48)
@pytest.mark.parametrize("jump", [-365, 365])
def test_a_pause_from_a_clock_that_was_wrong_does_not_count(jump: int, figure: Callable[[str], None]) -> None:
    wrong = NOW + timedelta(days=jump)
    state = after_failure(SourceState("blog"), TooSlow("It hangs."), wrong)

    assert is_left_alone(state, wrong)
    assert not is_left_alone(state, NOW)
    figure(f"{jump:+} days: asked at once")


@pytest.mark.parametrize(
    ("headers", "wish", "hours"),
    [
        ({}, 0, 1),
        ({"cache-control": "max-age=60"}, 0, 1),
        ({"cache-control": 'Public, Max-Age="7200"'}, 0, 2),
        ({"cache-control": "max-age=7200", "age": "3600"}, 0, 1),
        ({"cache-control": "max-age=7200, no-cache"}, 0, 1),
        ({"cache-control": "max-age=99999999999999999999"}, 0, 24),
        ({"cache-control": "max-age=-5"}, 0, 1),
        ({"cache-control": "max-age=soon"}, 3 * 3600, 3),
        ({"expires": "Sun, 22 Nov 2026 12:00:00 GMT", "date": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0, 3),
        ({"expires": "0"}, 0, 1),
        ({"expires": "Sun, 22 Nov 2099 12:00:00 GMT"}, 0, 24),
    ],
)
def test_a_feed_rests_as_long_as_it_wishes_and_an_hour_at_least(
    headers: dict[str, str], wish: int, hours: int
) -> None:
    answer = Answer(200, "https://blog.example/feed", headers=headers)
    state = after_reading(SourceState("blog", wish=wish), answer, NOW)

    assert state.not_before == NOW + hours * HOUR
    assert state.pause == Pause.RESTING
    assert is_left_alone(state, NOW + hours * HOUR - timedelta(seconds=1))


def test_a_feed_of_our_own_network_rests_only_if_it_wishes_to() -> None:
    own = Answer(200, "http://10.0.0.1/feed", private=True)

    assert after_reading(SourceState("intranet"), own, NOW).not_before is None
    assert after_reading(SourceState("intranet", wish=7200), own, NOW).not_before == NOW + 2 * HOUR


def every(step: timedelta, since: timedelta = timedelta(0), number: int = RECENT) -> list[datetime]:
    """The moments of so many posts, the newest that long ago."""
    return [NOW - since - step * back for back in range(number)]


@pytest.mark.parametrize(
    ("posted", "minutes"),
    [
        ([], 0),
        (every(HOUR), 0),
        (every(HOUR, since=HOUR), 7.5),
        (every(24 * HOUR, since=4 * HOUR), 30),
        (every(24 * HOUR, since=24 * HOUR), 180),
        (every(168 * HOUR, since=HOUR), 7.5),
        (every(168 * HOUR, since=8 * HOUR), 60),
        (every(168 * HOUR, since=72 * HOUR), 180),
        (every(timedelta(minutes=1), since=10 * HOUR), 609 / 80),
        (every(timedelta(minutes=1), since=10_000 * HOUR), 180),
        (every(HOUR, since=8 * HOUR, number=1), 60),
    ],
)
def test_a_source_is_asked_by_how_often_it_posts(posted: list[datetime], minutes: float) -> None:
    assert pace(posted, NOW) == timedelta(minutes=minutes)


def test_a_source_that_posts_at_last_is_quick_again_at_once() -> None:
    silent = every(168 * HOUR, since=72 * HOUR)

    assert pace(silent, NOW) == SLOWEST
    assert pace([NOW - timedelta(minutes=2), *silent][:RECENT], NOW) == timedelta(seconds=15)


@given(
    st.lists(st.datetimes(max_value=NOW.replace(tzinfo=None), timezones=st.just(UTC)), max_size=RECENT).map(
        lambda moments: sorted(moments, reverse=True)
    )
)
def test_no_source_is_asked_less_often_than_the_slowest(posted: list[datetime]) -> None:
    rest = pace(posted, NOW)

    assert timedelta(0) <= rest <= SLOWEST
    assert not posted or rest <= (NOW - posted[0]) / 8, "a post is late by an eighth of the wait for it"


@pytest.mark.parametrize(
    ("headers", "wish", "own", "is_api", "hours"),
    [
        ({}, 0, 2, False, 2),
        ({}, 0, 0.5, False, 1),
        ({"cache-control": "max-age=7200"}, 0, 3, False, 3),
        ({"cache-control": "max-age=18000"}, 0, 3, False, 5),
        ({}, 20 * 3600, 3, False, 20),
        ({}, 40 * 3600, 3, False, 24),
        ({}, 0, 0.5, True, 0.5),
        ({"cache-control": "max-age=18000"}, 0, 2, True, 2),
    ],
)
def test_the_longest_of_what_a_server_wishes_and_what_its_posts_say_counts(
    headers: dict[str, str], wish: int, own: float, is_api: bool, hours: float
) -> None:
    answer = Answer(200, "https://blog.example/feed", headers=headers)
    state = after_reading(SourceState("blog", wish=wish), answer, NOW, own * HOUR, is_api=is_api)

    assert state.not_before == NOW + hours * HOUR
    assert state.pause == Pause.RESTING
    assert is_left_alone(state, NOW)
    assert not is_left_alone(state, NOW, insist=True)


def test_an_api_whose_posts_say_nothing_is_asked_at_every_run() -> None:
    state = after_reading(SourceState("shop"), Answer(200, "https://shop.example/api"), NOW, is_api=True)

    assert (state.not_before, state.pause) == (None, "")


def test_on_a_network_of_our_own_how_often_one_posts_does_not_count() -> None:
    own = Answer(200, "http://10.0.0.1/feed", private=True)

    assert after_reading(SourceState("intranet"), own, NOW, SLOWEST).not_before is None


@pytest.mark.parametrize(
    ("address", "state", "hours"),
    [
        ("https://api.example/posts", SourceState("shop", reread=NOW - 2 * HOUR), 3),
        ("https://api.example/posts", SourceState("shop", reread=NOW - 22 * HOUR), 2),
        ("https://api.example/posts", SourceState("shop", reread=NOW, missing=("a-post",)), 1),
        ("folder:photos", SourceState("shop", reread=NOW), None),
    ],
)
def test_whoever_posts_seldom_is_still_looked_at_as_a_whole_in_time(
    address: str, state: SourceState, hours: float | None
) -> None:
    """What was deleted there is seen as soon as its terms want; folders of our own cost nobody a request."""
    talk = Talk(Batch(()), [Answer(200, address)], address, is_api=address.startswith("https"))
    rests = learnt(state, talk, NOW, every(168 * HOUR, since=72 * HOUR), timedelta(days=1))

    assert rests.not_before == (None if hours is None else NOW + hours * HOUR)


# What follows is asked for real.


@pytest.mark.promise(10)
def test_what_failed_is_read_again_in_the_first_run_after_its_pause(
    desk: Desk, demo: DemoNetworks, figure: Callable[[str], None]
) -> None:
    demo.misbehave(BLOG, status=500)
    runs = []
    for hours in (0, 0.5, 1, 2, 3.5):
        before = len(demo.requests)
        report = by_name(desk.fetch(hours=hours))["blog"]
        runs.append((report.status, len(demo.requests) - before))
    demo.behave()
    runs.append((by_name(desk.fetch(hours=8))["blog"].status, 0))
    runs.append((by_name(desk.fetch(hours=9))["blog"].status, 0))

    assert [status for status, _ in runs] == [
        *("failed", "waiting", "failed", "waiting", "failed"), "new", "same",
    ]  # fmt: skip
    assert [requests for _, requests in runs[:5]] == [2, 0, 2, 0, 2]
    assert "3 times in a row" not in report.error
    figure("read in the next due run")


@pytest.mark.promise(9)
def test_no_request_is_made_before_the_moment_that_a_server_named(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    early = 0
    for status, said, wait in [
        ("429 Slow Down", "7200", 2), ("503 Busy", "7200", 2),
        ("429 Slow Down", "Sun, 22 Nov 2026 13:00:00 GMT", 4), ("429 Slow Down", "999999999999", 24),
    ]:  # fmt: skip
        site.routes["/"] = reply(b"", status, Retry_After=said)
        folder = tmp_path / f"{early}-{len(site.asked)}"
        folder.mkdir()
        desk = linked(folder, site, now)
        desk.fetch()
        asked = len(site.asked)
        for insisting in ((), ("blog",)):
            waiting = by_name(desk.fetch(hours=wait - 0.01, only=insisting))["blog"]
            assert waiting.status == "waiting"
            assert waiting.notes[0].startswith("its server asked to be left alone until")
        early += len(site.asked) - asked
        site.routes["/"] = feed()
        assert by_name(desk.fetch(hours=wait))["blog"].status == "new"
        desk.store.close()

    assert early == 0
    figure(f"{early} requests before the time")


@pytest.mark.promise(9)
def test_a_moment_that_means_nothing_is_no_moment(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    desk = linked(tmp_path, site, now)
    site.routes["/"] = reply(b"", "429 Slow Down", Retry_After="soon; -5")
    report = by_name(desk.fetch())["blog"]
    site.routes["/"] = feed()
    again = by_name(desk.fetch(hours=1))["blog"]
    desk.store.close()

    assert "asked again from 2026-11-22 10:00 UTC on" in report.error
    assert again.status == "new"
    figure("junk ignored")


@pytest.mark.promise(11)
def test_what_is_gone_for_good_is_not_asked_again_and_keeps_its_posts(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    desk = linked(tmp_path, site, now)
    site.routes["/"] = feed("Kept")
    desk.fetch()
    site.routes["/"] = reply(b"", "410 Gone")
    ended = by_name(desk.fetch(hours=1))["blog"]
    asked = len(site.asked)
    later = [by_name(desk.fetch(hours=hours))["blog"] for hours in (2, 100, 10_000)]

    assert len(site.asked) == asked
    assert {report.status for report in (ended, *later)} == {"failed"}
    assert "is gone for good" in ended.error
    assert "not asked again until sources.toml line 1 has another address" in later[-1].error
    assert desk.shown() == ["Kept"]

    site.routes |= {"/": feed("Back"), "/new": feed("Back")}
    by_hand = by_name(desk.fetch(hours=10_001, only=("blog",)))["blog"]
    assert by_hand.status == "changed", "whoever names it is obeyed"
    desk.store.close()
    figure(f"{len(site.asked) - asked - 1} later requests, 1 by hand")


@pytest.mark.promise(12)
def test_a_feed_is_asked_once_an_hour_and_less_often_if_it_wishes(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    counts = {}
    for name, answer in {
        "max-age": feed(Cache_Control="max-age=7200"),
        "ttl": feed(extra="<ttl>120</ttl>"),
    }.items():
        (tmp_path / name).mkdir()
        desk = linked(tmp_path / name, site, now)
        site.routes["/"] = answer
        site.asked.clear()
        statuses = [by_name(desk.fetch(hours=quarter / 4))["blog"].status for quarter in range(9)]
        desk.store.close()
        counts[name] = len(site.asked)
        assert statuses == ["new", *["resting"] * 7, "same"]

    assert set(counts.values()) == {2}
    figure("2 requests in 9 runs of two hours")


@pytest.mark.promise(12)
def test_a_host_is_asked_for_one_thing_at_a_time_and_told_nothing_but_who_asks(
    tmp_path: Path, site: Site, now: datetime, figure: Callable[[str], None]
) -> None:
    site.delay = 0.05
    paths = [f"/{number}" for number in range(8)]
    site.routes |= {path: feed(path, Set_Cookie="id=1; Path=/") for path in paths}
    sources = [
        f'[[source]]\nname = "blog-{number}"\nconnector = "feed"\nurl = "{site.url(path)}"\n'
        for number, path in enumerate(paths)
    ]
    desk = linked(tmp_path, site, now, "\n".join(sources))
    for hours in (0, 2):
        desk.fetch(hours=hours)
    desk.store.close()

    assert len(site.asked) == 16
    assert site.most_at_once == 1
    told = {name for asked in site.asked for name in asked.headers}
    assert not told & {"cookie", "referer", "from", "authorization"}
    assert all(asked.headers["user-agent"].startswith("Forecourt/") for asked in site.asked)
    figure(
        f"most at once {site.most_at_once}, {sum('cookie' in asked.headers for asked in site.asked)} cookies"
    )


def test_without_a_network_no_source_is_blamed(tmp_path: Path, now: datetime, demo: DemoNetworks) -> None:
    desk = Desk(tmp_path, demo.url, now)
    nowhere = "\n".join(
        f'[[source]]\nname = "blog-{number}"\nconnector = "feed"\nurl = "http://127.0.0.1:9/{number}"\n'
        for number in range(4)
    )
    (tmp_path / "sources.toml").write_text(nowhere, encoding="utf-8")
    first = desk.fetch()
    second = desk.fetch(hours=0.25)
    desk.store.close()

    assert {source.status for source in (*first.sources, *second.sources)} == {"failed"}
    assert "is this machine online?" in first.warnings[0]


def test_the_report_says_when_a_source_that_waits_is_asked_again(hub: Hub, demo: DemoNetworks) -> None:
    demo.misbehave(BLOG, status=500)
    hub.link(f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{demo.url}{BLOG}"\n')
    hub.invoke("fetch")
    said = hub.invoke("fetch")
    asked = json.loads(hub.invoke("fetch", "--only", "blog", "--json").stdout)

    assert said.returncode == 3
    assert "waiting  blog" in said.stderr
    assert "it failed once" in said.stderr
    assert "asked again from 2026-11-22 10:00 UTC on" in said.stderr
    assert asked["sources"][0]["status"] == "failed", "named, it is asked at once"


class Public(Door):
    """A door behind which this machine is anyone's."""

    async def ask(self, *arguments: Any, **options: Any) -> Answer:
        return replace(await super().ask(*arguments, **options), private=False)


@pytest.mark.promise(12)
def test_a_feed_that_posts_once_a_week_is_not_asked_every_hour(
    tmp_path: Path, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    monkeypatch.setattr(ingest, "Door", Public)
    desk = linked(tmp_path, site, now)
    weekly = [now - timedelta(days=2 + 7 * week) for week in range(8)]
    site.routes["/"] = dated(weekly)
    statuses = [by_name(desk.fetch(hours=quarter / 4))["blog"].status for quarter in range(96)]
    assert statuses == ["new", *["resting"] * 11, *(["same", *["resting"] * 11] * 7)]
    asked = len(site.asked)

    desk.fetch(hours=24.25, only=("blog",))
    assert len(site.asked) == asked + 1, "whoever names it is obeyed"

    site.routes["/"] = dated([now + 24 * HOUR, *weekly])
    later = [by_name(desk.fetch(hours=hours))["blog"].status for hours in (27, 27.25, 28)]
    desk.store.close()
    assert later == ["resting", "new", "resting"]
    figure(f"{asked} requests in a day of 96 runs")


def test_an_account_that_posts_once_a_week_is_not_asked_at_every_run(
    tmp_path: Path, demo: DemoNetworks, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "Door", Public)
    desk = Desk(tmp_path, demo.url, now)
    account = f'name = "shop"\nconnector = "mastodon"\naccount = "larkwood"\nserver = "{demo.url}/mastodon"\n'
    (tmp_path / "sources.toml").write_text(f"[[source]]\n{account}", encoding="utf-8")
    runs = []
    for quarter in range(24):
        before = len(demo.requests)
        report = by_name(desk.fetch(hours=30 * 24 + quarter / 4))["shop"]
        runs.append((report.status, len(demo.requests) > before))
    desk.store.close()

    assert [status for status, _ in runs] == ["new", *["resting"] * 11, "same", *["resting"] * 11]
    assert all(asked == (status != "resting") for status, asked in runs)


def dated(moments: Sequence[datetime]) -> bytes:
    """An Atom feed with a post of each of these moments."""
    entries = "".join(
        f"<entry><id>urn:{at:%Y%m%d}</id><title>{at:%A}</title><published>{at.isoformat()}</published>"
        f"<updated>{at.isoformat()}</updated></entry>"
        for at in moments
    )
    document = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>{entries}</feed>'
    return reply(document.encode(), Content_Type="application/atom+xml")


def linked(folder: Path, site: Site, now: datetime, toml: str = "") -> Desk:
    """A desk with the site's feed linked."""
    desk = Desk(folder, site.url(""), now)
    toml = toml or f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{site.url()}"\n'
    (folder / "sources.toml").write_text(toml, encoding="utf-8")
    return desk
