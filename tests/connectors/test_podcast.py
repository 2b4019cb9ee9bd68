from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from demo.brand import accounts
from forecourt.connectors import advance
from forecourt.connectors.podcast import Podcast
from forecourt.errors import BadData
from forecourt.model import Author, Kind, Media, Post
from tests.connectors.conftest import Live
from tests.connectors.talks import Page, Samples, Talk, answer

FEED = "https://radio.example/slow-room.rss"
SHOW = Podcast(FEED)
XML = {"content-type": "application/rss+xml"}
REL = 'rel="nofollow ugc noopener"'
CET = timezone(timedelta(hours=1))

TALKS = (
    Talk(SHOW, (answer("podcast/show.xml", FEED, headers=XML),)),
    Talk(replace(SHOW, details=False), (answer("podcast/show.xml", FEED, headers=XML),)),
)


def test_an_episode_becomes_a_post_with_its_chapters_and_transcripts_at_the_end() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="slow-room-s2e5",
        source="source",
        kind=Kind.EPISODE,
        permalink="https://radio.example/s2e5/",
        title="The last lamplighter",
        html=(
            f'<p>Zdenka lights <a href="https://radio.example/lamps" {REL}>lamps</a>.</p>'
            "<ul><li>Season 2, episode 5</li>"
            f'<li><a href="https://radio.example/wren" {REL}>Wren Okafor</a>, Zdenka &lt;Marl&gt; (guest)</li>'
            "<li>Explicit</li>"
            f'<li><a href="https://audio.example/s2e5.chapters.json" {REL}>Chapters</a></li>'
            f'<li><a href="https://audio.example/s2e5.html" {REL}>Transcript</a></li>'
            f'<li><a href="https://audio.example/s2e5.cs.vtt" {REL}>Transcript (cs)</a></li></ul>'
        ),
        text=(
            "Zdenka lights lamps.\n\nSeason 2, episode 5\nWren Okafor, Zdenka <Marl> (guest)\nExplicit\n"
            "Chapters\nTranscript\nTranscript (cs)"
        ),
        lang="en",
        author=Author(
            "Wren Okafor, Zdenka <Marl>", url="https://radio.example/wren",
            avatar="https://radio.example/wren.jpg",
        ),
        published=datetime(2026, 11, 19, 6, tzinfo=CET),
        media=(
            Media(
                "audio", "https://track.example/p/audio.example/s2e5.mp3?x=1", duration=2533,
                poster="https://radio.example/s2e5.jpg",
            ),
        ),
    )  # fmt: skip


def test_a_trailer_says_so_and_has_the_cover_of_the_show() -> None:
    trailer = TALKS[0].batch().posts[1]

    assert trailer.html == "<p>Ninety-four seconds.</p><ul><li>Season 2, trailer</li></ul>"
    assert trailer.media == (
        Media(
            "audio", "https://audio.example/s2-trailer.mp3", duration=94, poster="https://radio.example/cover.jpg"
        ),
    )  # fmt: skip
    assert trailer.author == Author("Larkwood Radio")


def test_everything_in_the_feed_is_an_episode_and_what_is_empty_is_rejected_alone() -> None:
    batch = TALKS[0].batch()

    assert [(post.id, post.kind) for post in batch.posts[2:]] == [("slow-room-note", Kind.EPISODE)]
    assert batch.rejected == (
        "entry 4 of The Slow Room: it has neither title nor text nor picture",
    )  # fmt: skip
    assert batch.whole


def test_the_list_at_the_end_can_be_left_out() -> None:
    first, trailer, _ = TALKS[1].batch().posts

    assert "<ul>" not in first.html + trailer.html


def test_an_id_is_the_guid_wherever_the_recording_moves() -> None:
    moved = TALKS[0].answers[0].body.replace(b"https://track.example/p/", b"https://other.example/")
    before, after = TALKS[0].batch(), Talk(SHOW, (answer(moved, FEED),)).batch()

    assert [post.id for post in after.posts] == [post.id for post in before.posts]


def test_a_web_page_is_no_podcast() -> None:
    with pytest.raises(BadData, match="a web page, not a feed"):
        advance(SHOW, "source", "", (answer(b"<!doctype html><title>Radio</title>", FEED),))


def test_a_show_without_episodes_says_so() -> None:
    empty = b'<rss version="2.0"><channel><title>Radio</title></channel></rss>'

    assert Talk(SHOW, (answer(empty, FEED),)).batch().notes == ("the feed has no episodes",)


def test_it_wants_an_address() -> None:
    with pytest.raises(ValueError, match="url must be"):
        Podcast("radio.example")


SAMPLES: Samples = {
    "podcast/podcasting20-example.xml": Page(SHOW, 3),
    "podcast/rss_2.0_anchorfm.xml": Page(SHOW, 1),
    "podcast/rss_2.0_nightvale.xml": Page(SHOW, 1),
    "podcast/rss_2.0_spreaker.xml": Page(SHOW, 1),
}


def link(live: Live) -> None:
    url = f'"{live.demo.url}/radio/slow-room.rss"'
    live.link("the-slow-room", connector='"podcast"', url=url, network=None)


def test_the_demo_is_read_and_costs_one_request_that_an_unchanged_show_answers_without_a_body(
    live: Live,
) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 14, ())
    lamplighter = next(post for post in live.posts if "lamplighter" in post.id)
    assert "Chapters</a>" in lamplighter.html
    assert "(guest)" in lamplighter.html
    assert live.fetch(hours=30).status == "same"
    assert live.asked == ["GET /radio/slow-room.rss 304"]


def test_a_show_that_answers_with_nothing_keeps_its_episodes(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "podcast")
    live.demo.misbehave(account.path, body=b'<rss version="2.0"><channel><title>x</title></channel></rss>')

    assert live.fetch(hours=1).status == "failed"
    assert len(live.posts) == 14
