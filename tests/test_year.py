"""A year of the brand on a moving clock: campaigns come and go by the hour, and the ledger knows who said what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from forecourt import config
from forecourt.accounts import link
from forecourt.model import Kind, Post
from forecourt.settling import settle
from forecourt.store import SourceState, Store
from tests.conftest import Hub, everything

CHANNELS = ("mastodon", "facebook", "instagram")

CAMPAIGNS = {
    # The clocks go forward at 02:00 on the 29th, so that 03:30 is half an hour after 01:59.
    "spring": "Title: The bench in spring\nStart: 2026-03-27 09:00\nEnd: 2026-03-29 03:30\nHashtags: SpringBench\n"
    "Message: 15 % off all benches until Sunday morning.\nPercent: 15\nCode: SPRING15\n"
    "Channels: mastodon, facebook, instagram\n\nSay SPRING15 at the till.\n",
    # They go back at 03:00 on the 25th: half past two comes twice, and the first is meant.
    "autumn": "Title: Apple crates\nStart: 2026-10-23\nEnd: 2026-10-25 02:30\nHashtags: AppleCrates\n"
    "Message: Apple crates for 24.90 EUR this weekend.\nPrice: 24.90 EUR\n"
    "Channels: mastodon, facebook, instagram\n\nA crate is 24.90 EUR.\n",
    "winter": "Title: Lamp week\nStart: 2026-11-27 09:00 America/New_York\nEnd: 2026-11-30\nHashtags: LampWeek\n"
    "Message: 20 % off all lamps, until Monday.\nPercent: 20\nCode: LAMP20\n"
    "Channels: mastodon, facebook, instagram\n\nSay LAMP20.\n",
}

PLANTED = {"spring": "SPRING15", "autumn": "24.90", "winter": "LAMP20"}
"""What stands in the files only while an offer holds."""

MOMENTS = [  # of each campaign the last second before and the first second in, then the same at its end
    ("2026-03-27T07:59:59+00:00", set()),
    ("2026-03-27T08:00:00+00:00", {"spring"}),
    ("2026-03-29T01:29:59+00:00", {"spring"}),
    ("2026-03-29T01:30:00+00:00", set()),
    ("2026-10-22T21:59:59+00:00", set()),
    ("2026-10-22T22:00:00+00:00", {"autumn"}),
    ("2026-10-25T00:29:59+00:00", {"autumn"}),
    ("2026-10-25T00:30:00+00:00", set()),
    ("2026-11-27T13:59:59+00:00", set()),
    ("2026-11-27T14:00:00+00:00", {"winter"}),
    ("2026-11-30T22:59:59+00:00", {"winter"}),
    ("2026-11-30T23:00:00+00:00", set()),
]

SAID = [
    ("mastodon", "2026-03-27T10:00+01:00", "15 % off all benches until Sunday morning, code SPRING15 #SpringBench"),
    ("facebook", "2026-03-27T11:00+01:00", "Benches! 25 % off until Sunday, say SPRING15 at the till. #SpringBench"),
    ("instagram", "2026-03-28T20:00+01:00", "Yours came out well. Show us more #SpringBench"),
    ("mastodon", "2026-10-23T08:00+02:00", "Apple crates for 24.90 EUR this weekend #AppleCrates"),
    ("facebook", "2026-10-24T23:00+02:00", "Crates of apples for 24.90 EUR #AppleCrates"),
    ("mastodon", "2026-11-27T16:00+01:00", "20 % off all lamps until Monday, code LAMP20 #LampWeek"),
    ("instagram", "2026-11-27T18:00+01:00", "All lamps 20 % off, say LAMP20 #LampWeek"),
    ("facebook", "2026-12-03T09:00+01:00", "Still dark? 20 % off all lamps with LAMP20 #LampWeek"),
]  # fmt: skip

LEDGER = {
    "2026-03-28T12:00:00+00:00": {
        ("spring", "mastodon"): {"said"},
        ("spring", "facebook"): {"said", "contradicts"},
        ("spring", "instagram"): {"missing"},
    },
    "2026-10-24T22:00:00+00:00": {
        ("autumn", "mastodon"): {"said"},
        ("autumn", "facebook"): {"late"},
        ("autumn", "instagram"): {"missing"},
    },
    "2026-12-04T12:00:00+00:00": {
        ("winter", "mastodon"): {"said"},
        ("winter", "instagram"): {"said"},
        ("winter", "facebook"): {"never said", "still running"},
    },
}
"""The matrix as it was written down before the program was asked."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub of three channels that said all of it, of which a build shows what was said by then."""
    hub = Hub(tmp_path_factory.mktemp("year"))
    for name, text in CAMPAIGNS.items():
        path = hub.folder / "content/campaigns" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    hub.link(
        "\n".join(
            f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "https://{name}.example/"\n'
            for name in CHANNELS
        )
    )
    settings = {
        "HUB_SOURCES": "sources.toml",
        "HUB_STATE": "state",
        "TIMEZONE": "Europe/Paris",
        "PATH": "content",
    }
    found = config.load(settings, hub.folder, {})
    accounts = link(found, {})
    first = datetime(2026, 1, 2, tzinfo=UTC)
    with Store.run(found.store, found.timezone, "fetch", first) as store:
        curator = settle(store, accounts, found, first)
        for account in accounts:
            posts = [*_posts(account.name)]
            dated = [(post, post.published or first) for post in posts]
            with store.transaction():
                store.posts.save(account.name, curator.judged(account, store, dated), first)
                store.sources.save(SourceState(account.name, fresh=first))
        settle(store, accounts, found, first)
    return hub


def _posts(channel: str) -> Iterator[Post]:
    for number, (source, when, text) in enumerate(SAID):
        if source == channel:
            yield Post(
                id=str(number), source=source, kind=Kind.NOTE, permalink=f"https://{source}.example/{number}",
                html=f"<p>{text}</p>", text=text, lang="en", published=datetime.fromisoformat(when),
                tags=(text.rpartition("#")[2],),
            )  # fmt: skip


def _build(hub: Hub, now: str) -> None:
    done = hub.invoke(
        "build", "--", str(hub.folder / "content"), "-o", str(hub.output), HUB_NOW=now, HUB_BRAND=PLAIN
    )
    assert done.returncode == 0, done.stderr


PLAIN = json.dumps({"logo": "", "hero": ""})


def test_campaigns_begin_and_end_by_the_second_and_no_offer_outlives_its_own(year: Hub) -> None:
    for now, running in MOMENTS:
        _build(year, now)
        there = {path.parent.name for path in (year.output / "campaigns").glob("*/index.html")}
        home = (year.output / "index.html").read_text(encoding="utf-8")
        assert there == running, now
        assert {name for name in CAMPAIGNS if f'href="/campaigns/{name}/"' in home} == running, now
        for name, word in PLANTED.items():
            if name not in running:
                found = [path for path, text in everything(year.output) if word in text]
                assert found == [], (now, word)


def test_what_is_of_a_campaign_and_no_offer_stays_when_it_is_over(year: Hub) -> None:
    _build(year, "2026-04-02T10:00:00+00:00")
    pages = "".join(text for path, text in everything(year.output) if path.startswith("posts/"))

    assert "Yours came out well" in pages
    assert "SPRING15" not in pages


@pytest.mark.parametrize("now", LEDGER)
def test_the_ledger_says_what_was_written_down(year: Hub, now: str) -> None:
    done = year.invoke("ledger", "--json", "--", str(year.folder / "content"), HUB_NOW=now, HUB_BRAND=PLAIN)
    assert done.returncode == 0, done.stderr
    told = {
        (page["campaign"], entry["channel"]): {*entry["verdicts"]}
        for page in json.loads(done.stdout)["campaigns"]
        for entry in page["channels"]
    }

    for cell, verdicts in LEDGER[now].items():
        assert told[cell] == verdicts, cell


def test_a_strict_ledger_ends_with_one_while_there_is_anything_to_mend(year: Hub) -> None:
    said = ("ledger", "--strict", "--", str(year.folder / "content"))
    before = (datetime.fromisoformat("2026-03-27T08:00:00+00:00") - timedelta(days=30)).isoformat()

    assert year.invoke(*said, HUB_NOW=before, HUB_BRAND=PLAIN).returncode == 0
    assert year.invoke(*said, HUB_NOW="2026-03-28T12:00:00+00:00", HUB_BRAND=PLAIN).returncode == 1
