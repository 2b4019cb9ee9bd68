"""The message ledger of a hub: what editors wrote, held against what its channels said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from forecourt import campaigns, config
from forecourt.accounts import link
from forecourt.curate.message_ledger import Entry, as_json, lines, summary
from forecourt.ingest import fetch
from forecourt.settling import settle
from tests.fetch.conftest import Site
from tests.newsroom import Newsroom, a_post, moment

EVENING = "Title: Evenings\nStart: 2026-11-20 09:00\nEnd: 2026-12-24\nChannels: mastodon, facebook\n"
SAYS = "Message: All shops are open until nine on Thursday 26 November, with tea.\n"
DIT = "Message: Tous nos magasins restent ouverts jusque tard jeudi 26 novembre, avec du thé.\nLang: fr\n"


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    room = Newsroom(tmp_path)
    room.now = moment("2026-11-22T09:00+01:00")
    return room


def entry(room: Newsroom, channel: str) -> Entry:
    found = campaigns.ledger(room.store, room.accounts, room.settle(), room.now)
    return next(each for each in found.entries if each.channel == channel)


def test_a_post_in_french_is_held_against_the_message_in_french(room: Newsroom) -> None:
    said = moment("2026-11-21T09:00+01:00")
    right = a_post(
        "1",
        text="Jeudi, tous nos magasins restent ouverts jusque tard, et il y aura du thé",
        lang="fr",
        published=said,
    )
    wrong = a_post(
        "2", "facebook", text="Tous nos magasins restent ouverts jusque tard vendredi 27 novembre", lang="fr",
        published=said,
    )  # fmt: skip
    room.write("campaigns/evenings.md", EVENING + SAYS)
    room.bring(right, wrong)
    assert [*map(str, entry(room, "mastodon").verdicts)] == ["missing"], "nobody told the ledger French"

    room.write("campaigns/evenings.fr.md", EVENING + DIT)
    assert [*map(str, entry(room, "mastodon").verdicts)] == ["said"]
    assert entry(room, "mastodon").reasons == ("it says the message in its words",)
    assert [each.kind for each in entry(room, "facebook").findings] == ["day"]


def test_a_translation_that_says_another_day_is_named(room: Newsroom) -> None:
    room.write("campaigns/evenings.md", EVENING + SAYS)
    room.write("campaigns/evenings.fr.md", EVENING + DIT.replace("jeudi 26", "vendredi 27"))
    found = campaigns.ledger(room.store, room.accounts, room.settle(), room.now)

    (finding,) = found.pages[0].findings
    assert finding.sentence.startswith("content/campaigns/evenings.md: its message in fr says ")
    assert "27" in finding.sentence


def test_a_link_that_a_fetch_found_dead_is_told_everywhere(room: Newsroom) -> None:
    feed = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 51\r\n\r\n<rss version='2.0'><channel><title/></channel></rss>"
    )
    with Site() as site:
        site.routes |= {"/feed": feed, "/sale": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}
        room.write("campaigns/evenings.md", f"{EVENING}{SAYS}Link: {site.url('/sale')}\n")
        room.write(
            "sources.toml",
            f'[[source]]\nname = "mastodon"\nconnector = "feed"\nurl = "{site.url("/feed")}"\n',
        )
        settings = {
            "TIMEZONE": "Europe/Paris",
            "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
            "HUB_BRAND": {"name": "Larkwood"},
        }
        found = config.load(settings, room.folder, {})
        accounts = link(found, {})
        for _ in range(2):
            asyncio.run(fetch(found, accounts, room.store, room.now, pictures=False))
        asyncio.run(fetch(found, accounts, room.store, room.now, only=["mastodon"], pictures=False))
        assert [asked.path for asked in site.asked].count("/sale") == 1

    ledger = campaigns.ledger(room.store, accounts, settle(room.store, accounts, found, room.now), room.now)
    place = f"127.0.0.1:{site.port}/sale"
    sentence = (
        f"content/campaigns/evenings.md: its link {place} is dead: it answers 404 since 2026-11-22 08:00 UTC; "
        "mend the page or the link"
    )
    assert f"- {sentence}" in lines(ledger)
    assert sentence in campaigns.page(ledger, room.store.timezone)
    assert as_json(ledger)["campaigns"][0]["findings"] == [sentence]
    assert f"its link is dead ({place})" in summary(ledger)
    assert not ledger.is_clean
