from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Batch, advance
from forecourt.connectors.youtube import YouTube
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Event, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import FIXTURES, NOW, Page, Refusal, Samples, Talk, answer

KEY = "larkwood-key-of-youtube-1"
API = "https://youtube.googleapis.com/youtube/v3"
KEYED = YouTube(channel="UClark", token=Secret(KEY))
OPEN = YouTube(channel="UClark")
PLAYLIST = YouTube(playlist="PLrepairs", token=Secret(KEY), replies=False)
CHANNEL = answer("youtube/channels.json", f"{API}/channels")
UPLOADS = answer("youtube/uploads.json", f"{API}/playlistItems")
VIDEOS = answer("youtube/videos.json", f"{API}/videos")
COMMENTS = answer("youtube/comments.json", f"{API}/commentThreads")
DISABLED = answer("youtube/comments-disabled.json", f"{API}/commentThreads", status=403)
FEED = answer("youtube/feed.xml", "https://www.youtube.com/feeds/videos.xml", headers={})
SEEN = ["lkStream001", "lkWindow26x", "lkWobblyLeg", "lkNoWords01"]
LARKWOOD = {
    "uploads": "UUlark", "id": "UClark", "name": "Larkwood", "handle": "@larkwood",
    "avatar": "https://i.pictures.example/lark-800.jpg",
}  # fmt: skip
SINCE = json.dumps({"channel": LARKWOOD, "seen": SEEN})
PARTS = "snippet%2CcontentDetails%2Cstatistics%2Cstatus%2CliveStreamingDetails"
PLAIN = "maxResults=100&order=time&textFormat=plainText"
REL = 'rel="nofollow ugc noopener"'
WATCH = "https://www.youtube.com/watch?v=lkWindow26x"
PLAYER = "https://www.youtube-nocookie.com/embed/lkWindow26x?autoplay=1"

TALKS = (
    Talk(KEYED, (CHANNEL, UPLOADS, VIDEOS, COMMENTS, DISABLED)),
    Talk(KEYED, (UPLOADS,), since=SINCE),
    Talk(OPEN, (FEED,)),
    Talk(PLAYLIST, (UPLOADS, VIDEOS)),
)


def test_a_film_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[1] == Post(
        id="yt:video:lkWindow26x",
        source="source",
        kind=Kind.VIDEO,
        permalink=WATCH,
        title="Dressing the Lyon window #SlowHomes",
        html=(
            f'<p>Four people &amp; one ladder. With <a href="https://www.youtube.com/@AnePots" {REL}>@AnePots</a>.</p>'
            "<p>00:00 Empty glass<br>02:10 Lights on</p>"
            f'<p><a href="https://larkwood.example/lyon/" {REL}>https://larkwood.example/lyon/</a> #Lyon</p>'
        ),
        text=(
            "Four people & one ladder. With @AnePots.\n\n00:00 Empty glass\n02:10 Lights on\n\n"
            "https://larkwood.example/lyon/ #Lyon"
        ),
        lang="en-GB",
        author=Author(
            "Larkwood", "@larkwood", "https://www.youtube.com/channel/UClark",
            "https://i.pictures.example/lark-800.jpg",
        ),
        published=datetime(2026, 11, 19, 16, tzinfo=UTC),
        display_until=NOW + timedelta(days=30),
        media=(
            Media(
                "video", WATCH, duration=3788, poster="https://i.pictures.example/vi/lkWindow26x/maxres.jpg",
                player=PLAYER,
            ),
        ),
        engagement=Engagement(likes=4102, comments=3, views=77120),
        tags=("SlowHomes", "Lyon", "shop window"),
        mentions=("@AnePots",),
    )  # fmt: skip


def test_a_film_is_the_same_with_a_key_and_without() -> None:
    keyed, open_ = TALKS[0].batch().posts[1], TALKS[2].batch().posts[0]
    told = replace(
        keyed,
        lang="",
        author=Author("Larkwood", url="https://www.youtube.com/channel/UClark"),
        media=(
            Media(
                "video",
                WATCH,
                poster="https://i1.pictures.example/vi/lkWindow26x/hqdefault.jpg",
                player=PLAYER,
            ),
        ),
        engagement=Engagement(likes=4102, views=77120),
        tags=("SlowHomes", "Lyon"),
        display_until=None,
    )

    assert open_ == told


def test_the_feed_reads_what_it_holds_without_a_gap_and_keeps_a_title_that_the_words_repeat() -> None:
    batch = TALKS[2].batch()

    assert [request.url for request in TALKS[2].requests()] == [
        "https://www.youtube.com/feeds/videos.xml?channel_id=UClark"
    ]
    assert (batch.whole, batch.window) == (True, datetime(2025, 12, 2, 15, tzinfo=UTC))
    assert (batch.posts[1].title, batch.posts[1].updated) == ("Trim your wick.", None)


def test_a_whole_look_reads_channel_list_films_and_comments() -> None:
    talk = TALKS[0]
    batch = talk.batch()

    assert [request.url for request in talk.requests()] == [
        f"{API}/channels?part=snippet%2CcontentDetails&id=UClark",
        f"{API}/playlistItems?part=contentDetails%2Cstatus&playlistId=UUlark&maxResults=50",
        f"{API}/videos?part={PARTS}&id=lkStream001%2ClkWindow26x%2ClkWobblyLeg%2ClkNoWords01",
        f"{API}/commentThreads?part=snippet%2Creplies&videoId=lkWindow26x&{PLAIN}",
        f"{API}/commentThreads?part=snippet%2Creplies&videoId=lkWobblyLeg&{PLAIN}",
    ]
    assert batch.rejected == ("video lkNoWords01: it has neither title nor text nor picture",)
    assert batch.window == EVER
    assert json.loads(batch.since) == json.loads(SINCE)


def test_the_key_stands_in_a_header_and_never_in_an_address() -> None:
    for request in TALKS[0].requests():
        assert request.headers["x-goog-api-key"] == KEY
        assert KEY not in request.url


def test_a_quiet_channel_costs_one_request_and_a_new_film_one_more() -> None:
    quiet = TALKS[1]
    since = json.dumps({"channel": LARKWOOD, "seen": SEEN[1:]})
    told = advance(KEYED, "source", since, (UPLOADS,))

    assert (quiet.batch().posts, quiet.batch().window, quiet.batch().since) == ((), None, SINCE)
    assert "id=lkStream001" in getattr(told, "url", "").split("&")


def test_a_channel_is_found_by_its_handle() -> None:
    said = advance(YouTube(handle="larkwood", token=Secret(KEY)), "source", "", ())

    assert getattr(said, "url", "") == f"{API}/channels?part=snippet%2CcontentDetails&forHandle=%40larkwood"


def test_a_channel_that_nobody_knows_is_not_found() -> None:
    nobody = answer(b'{"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}')

    with pytest.raises(PlatformError, match="YouTube knows no channel UClark") as refused:
        advance(KEYED, "source", "", (nobody,))
    assert refused.value.cause is Cause.NOT_FOUND


def test_a_stream_that_is_to_come_is_an_event() -> None:
    stream = TALKS[0].batch().posts[0]

    assert (stream.kind, stream.event) == (Kind.EVENT, Event(datetime(2026, 12, 3, 18, tzinfo=UTC)))
    assert stream.media[0].duration is None


def test_a_playlist_needs_no_channel_and_has_films_of_others_in_an_order_of_its_own() -> None:
    batch = TALKS[3].batch()

    assert (batch.window, json.loads(batch.since)["channel"]) == (EVER, {"uploads": "PLrepairs"})
    assert batch.posts[2].author == Author("Idris mends", url="https://www.youtube.com/channel/UCother")
    assert batch.posts[2].engagement == Engagement(comments=1, views=84320)
    first = answer(edited("uploads.json", nextPageToken="CDI"), f"{API}/playlistItems")
    pages = (*(first for _ in range(5)), VIDEOS)
    assert Talk(PLAYLIST, pages).batch().window is None
    assert Talk(replace(KEYED, replies=False), (CHANNEL, *pages)).batch().window == datetime(
        2026, 1, 20, 16, 30, tzinfo=UTC
    )


def edited(name: str, **changes: object) -> bytes:
    document = json.loads((FIXTURES / "youtube" / name).read_bytes())
    return json.dumps(document | changes).encode()


def test_pages_follow_one_another_and_films_are_asked_for_by_fifty() -> None:
    def page(start: int, following: str) -> bytes:
        items = [{"contentDetails": {"videoId": f"v{number}"}} for number in range(start, start + 50)]
        return json.dumps({"items": items} | ({"nextPageToken": following} if following else {})).encode()

    none = answer(b'{"items": []}')
    talk = Talk(KEYED, (CHANNEL, answer(page(0, "CDI")), answer(page(50, "")), none, none))
    batch, requests = talk.batch(), talk.requests()

    assert requests[2].url.endswith("&maxResults=50&pageToken=CDI")
    assert [request.url.count("%2Cv") for request in requests[3:]] == [49, 49]
    assert json.loads(batch.since)["seen"] == [f"v{number}" for number in range(50)]


def test_comments_are_kept_with_their_film_and_held_ones_are_not() -> None:
    batch = TALKS[0].batch()
    question, answered = (post for post in batch.posts if post.kind is Kind.REPLY)

    assert question == Post(
        id="Ugx1",
        source="source",
        kind=Kind.REPLY,
        permalink=f"{WATCH}&lc=Ugx1",
        html="<p>Who held the &lt;ladder&gt;?</p>",
        text="Who held the <ladder>?",
        author=Author(
            "ada.brook", "@ada.brook", "http://www.youtube.com/@ada.brook",
            "https://i.pictures.example/ada.brook.jpg",
        ),
        published=datetime(2026, 11, 19, 18, tzinfo=UTC),
        updated=datetime(2026, 11, 19, 18, 5, tzinfo=UTC),
        display_until=NOW + timedelta(days=30),
        engagement=Engagement(likes=12),
        in_reply_to=WATCH,
    )  # fmt: skip
    assert (answered.text, answered.in_reply_to) == ("Everybody.", WATCH)
    assert batch.threads == (WATCH, "https://www.youtube.com/watch?v=lkWobblyLeg")
    assert batch.notes == ()


def test_an_answer_without_a_list_is_no_empty_channel() -> None:
    nothing = answer(b'{"kind": "youtube#none"}')
    for answers in ((CHANNEL, nothing), (CHANNEL, UPLOADS, nothing)):
        with pytest.raises(BadData, match="sent no list of films"):
            advance(KEYED, "source", "", answers)
    batch = Talk(KEYED, (CHANNEL, UPLOADS, VIDEOS, nothing)).batch()
    assert (batch.threads, batch.notes) == (
        (),
        ("comments cannot be read: YouTube sent no list of comments",),
    )


def test_films_are_gone_only_where_every_page_has_a_list() -> None:
    ids = ("yt:video:lkWindow26x", *(f"yt:video:old{number}" for number in range(60)))
    with pytest.raises(BadData, match="sent no list of films"):
        advance(KEYED, "source", "", (CHANNEL, VIDEOS, answer(b"{}")), ids)


def test_comments_that_may_not_be_read_cost_a_note() -> None:
    refused = answer(
        b'{"error": {"code": 403, "message": "No.", "errors": [{"reason": "forbidden"}]}}', status=403
    )
    batch = Talk(KEYED, (CHANNEL, UPLOADS, VIDEOS, refused)).batch()

    assert batch.notes == ("comments cannot be read: YouTube says: No.",)
    assert len(batch.posts) == 3


def test_a_spent_quota_waits_until_midnight_in_california() -> None:
    with pytest.raises(PlatformError) as refused:
        advance(KEYED, "source", "", (answer("youtube/quota.json", status=403),))

    assert refused.value.cause is Cause.RATE_LIMITED
    assert refused.value.retry_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert str(refused.value).endswith("because you have exceeded your quota.")
    assert datetime(2026, 11, 22, 9, tzinfo=UTC) == NOW


@pytest.mark.parametrize(
    ("status", "reason", "cause"),
    [
        (400, "API_KEY_INVALID", Cause.AUTH_DEAD),
        (400, "keyInvalid", Cause.AUTH_DEAD),
        (401, "authError", Cause.AUTH_DEAD),
        (403, "accessNotConfigured", Cause.PERMISSION),
        (403, "rateLimitExceeded", Cause.RATE_LIMITED),
        (404, "playlistNotFound", Cause.NOT_FOUND),
        (400, "invalidPageToken", Cause.BAD_DATA),
        (503, "backendError", Cause.TRANSIENT),
    ],
)
def test_a_refusal_is_told_by_its_reason(status: int, reason: str, cause: Cause) -> None:
    body = {
        "error": {
            "code": status,
            "message": "No.",
            "errors": [{"reason": "x"}],
            "details": [{"reason": reason}],
        }
    }
    with pytest.raises(PlatformError) as refused:
        advance(KEYED, "source", "", (answer(json.dumps(body).encode(), status=status),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (404, b"", Cause.TRANSIENT),
        (500, b"<html>Error</html>", Cause.TRANSIENT),
        (429, b"", Cause.RATE_LIMITED),
        (403, b"", Cause.BLOCKED),
        (400, b"", Cause.BAD_DATA),
        (200, b"<!doctype html><title>Before you continue</title>", Cause.BLOCKED),
    ],
)
def test_a_feed_that_fails_says_nothing_against_its_channel(status: int, body: bytes, cause: Cause) -> None:
    with pytest.raises(PlatformError) as refused:
        advance(OPEN, "source", "", (answer(body, status=status, headers={}),))
    assert refused.value.cause is cause


def test_what_is_no_feed_is_bad_data() -> None:
    with pytest.raises(BadData):
        advance(OPEN, "source", "", (answer(b"hello"),))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "channel, handle or playlist"),
        ({"channel": "UClark", "playlist": "PL1"}, "channel, handle or playlist"),
        ({"handle": "@larkwood"}, "handle needs a token"),
        ({"channel": "UClark", "site": "youtube.com"}, "server and site"),
    ],
)
def test_a_wrong_option_is_said_in_a_sentence(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        YouTube(**options)  # type: ignore[arg-type]  # every option here is a text


def test_what_the_api_said_is_shown_for_thirty_days_and_what_the_feed_said_stays() -> None:
    assert TALKS[0].batch().posts[1].display_until == NOW + timedelta(days=30)
    assert TALKS[2].batch().posts[0].display_until is None


def test_older_films_are_asked_for_by_their_ids_and_those_that_are_missing_are_gone() -> None:
    ids = ("yt:video:lkWindow26x", "yt:video:gone")
    window = [item for item in json.loads(VIDEOS.body)["items"] if item.get("id") == "lkWindow26x"]
    found = answer(json.dumps({"items": window}).encode())
    batch = advance(KEYED, "source", "", (CHANNEL, found), ids)

    assert isinstance(batch, Batch)
    assert ([post.id for post in batch.posts], batch.gone) == (["yt:video:lkWindow26x"], ("yt:video:gone",))
    nothing = answer(b'{"items": []}')
    silent = advance(KEYED, "source", "", (CHANNEL, nothing), ids)
    assert isinstance(silent, Batch)
    assert silent.gone == (), "an answer without any film is no proof"


NEITHER = "it has neither title nor text nor picture"
SAMPLES: Samples = {
    "youtube/YouTube.xml": Page(OPEN, 0, (f"entry 1 of source: {NEITHER}", f"entry 2 of source: {NEITHER}")),
    "youtube/atom_mediarss_youtube_1.xml": Page(OPEN, 1),
    "youtube/youtube_atom.xml": Page(OPEN, 15),
    "youtube/error-playlistNotFound.json": Refusal(KEYED, 404, Cause.NOT_FOUND, before=(CHANNEL,)),
    "youtube/error-quotaExceeded.json": Refusal(KEYED, 403, Cause.RATE_LIMITED, before=(CHANNEL,)),
}


def link(live: Live, **options: str | None) -> None:
    given = {
        "connector": '"youtube"',
        "server": f'"{live.demo.url}/youtube"',
        "site": '"https://video.larkwood.example"',
        "channel": '"UClarkwoodHomeAndHands00"',
        "token": '"env:LARKWOOD_YOUTUBE_TOKEN"',
        "url": None,
        "network": None,
    }
    live.link("larkwood-youtube", **(given | options))


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 21, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 3
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /youtube/youtube/v3/playlistItems 200"]


def test_films_are_not_doubled_when_the_operator_gets_a_key(live: Live) -> None:
    account = next(account for account in accounts() if account.name == "youtube")
    live.demo.show(replace(account, token=""))  # the feed wants none
    link(live, site=f'"{live.demo.url}"', token=None)
    before = live.fetch()
    link(live)
    after = live.fetch(hours=1)

    assert (before.status, before.new) == ("new", 18)
    assert after.new == 3  # what was said to the films
    assert len(live.posts) == 21


def test_a_film_that_was_taken_down_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "youtube")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 3  # with what was said to it


def test_a_key_that_was_taken_back_needs_a_person(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.expire("youtube")
    refused = live.fetch(hours=1)

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "API key" in refused.error
    assert "LARKWOOD_YOUTUBE_TOKEN" in refused.error


def test_one_who_spent_the_quota_waits_until_midnight_in_california(live: Live) -> None:
    link(live)
    live.demo.limit("youtube", 1, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
    assert "2026-11-23 08:00 UTC" in refused.error
