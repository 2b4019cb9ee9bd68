from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.tiktok import TikTok
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Grant
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LARKWOOD = TikTok(token=Secret("act.token-of-larkwood"), server="https://open.clips.example")
RENEWING = TikTok(
    refresh_token=Secret("rft.refresh-1"),
    client_id="awlark",
    client_secret=Secret("clips-secret"),
    server="https://open.clips.example",
)
API = "https://open.clips.example/v2"
USER = answer("tiktok/user.json", f"{API}/user/info/")
VIDEOS = answer("tiktok/videos.json", f"{API}/video/list/")
NOTHING = answer("tiktok/none.json", f"{API}/video/list/")
AUTHOR = {
    "name": "Larkwood",
    "handle": "",
    "url": "",
    "avatar": "https://p16.clips.example/avatar.jpeg?x-expires=1795420000",
}
SINCE = json.dumps({"newest": "2026-11-20T17:30:00+00:00", "author": AUTHOR})

TALKS = (
    Talk(LARKWOOD, (USER, VIDEOS)),
    Talk(LARKWOOD, (VIDEOS,), since=SINCE),
    Talk(LARKWOOD, (USER, NOTHING)),
)
SAMPLES: Samples = {
    "tiktok/error-access-token-invalid.json": Refusal(LARKWOOD, 401, Cause.AUTH_EXPIRED),
    "tiktok/error-rate-limit.json": Refusal(LARKWOOD, 429, Cause.RATE_LIMITED, since=SINCE),
    "tiktok/token-error.json": Aside("an answer of the token endpoint, read in a test below"),
    "tiktok/token-refresh.json": Aside("an answer of the token endpoint, read in a test below"),
    "tiktok/video-list-docs.json": Page(LARKWOOD, 1, before=(USER,)),
    "tiktok/video-real-2022.json": Page(LARKWOOD, 1, before=(USER,)),
}


def test_a_video_becomes_a_post() -> None:
    permalink = "https://www.clips.example/@larkwood/video/7574000000000000009"
    said = "A drawer & its click, with @mechanic.marta. #repairbench https://larkwood.example/repairs"

    assert TALKS[0].batch().posts[0] == Post(
        id="7574000000000000009",
        source="source",
        kind=Kind.VIDEO,
        permalink=permalink,
        html=(
            "<p>A drawer &amp; its click, with @mechanic.marta. #repairbench "
            '<a href="https://larkwood.example/repairs" rel="nofollow ugc noopener">'
            "https://larkwood.example/repairs</a></p>"
        ),
        text=said,
        author=Author("Larkwood", "@larkwood", "https://www.clips.example/@larkwood", AUTHOR["avatar"]),
        published=datetime(2026, 11, 20, 17, 30, tzinfo=UTC),
        media=(
            Media(
                "video", permalink, "", 576, 1024, 34,
                "https://p16.clips.example/cover/7574000000000000009~tplv-noop.image"
                "?x-expires=1795420000&x-signature=Ab%2B1%3D",
                "https://www.tiktok.com/player/v1/7574000000000000009?autoplay=1",
            ),
        ),
        engagement=Engagement(likes=18400, comments=212, shares=960, views=241000),
        tags=("repairbench",),
        mentions=("@mechanic.marta",),
    )  # fmt: skip


def test_what_tiktok_leaves_out_is_unknown() -> None:
    bare = TALKS[0].batch().posts[1]

    assert (bare.text, bare.engagement) == ("", Engagement())
    player = "https://www.tiktok.com/player/v1/7555000000000000003?autoplay=1"
    assert bare.media == (Media("video", bare.permalink, player=player),)
    assert TALKS[0].batch().rejected == ("video 7555000000000000002: it has no share_url",)


def test_the_fields_stand_in_the_address_and_the_size_in_the_body() -> None:
    who, videos = TALKS[0].requests()

    assert who.url == f"{API}/user/info/?fields=open_id%2Cavatar_url%2Cdisplay_name"
    assert (videos.method, json.loads(videos.body)) == ("POST", {"max_count": 20})
    assert videos.url.startswith(f"{API}/video/list/?fields=id,create_time,cover_image_url,share_url,")
    assert videos.headers["authorization"] == "Bearer act.token-of-larkwood"
    batch = TALKS[0].batch()
    assert (batch.window, batch.since) == (EVER, SINCE)


def test_pages_go_back_in_time_by_their_cursor() -> None:
    page = json.loads(VIDEOS.body)
    page["data"]["has_more"] = True
    full = replace(VIDEOS, body=json.dumps(page).encode())
    talk = Talk(LARKWOOD, (USER, full, NOTHING))

    assert json.loads(talk.requests()[2].body) == {"max_count": 20, "cursor": 1794000000000}
    assert talk.batch().window == EVER
    endless = Talk(LARKWOOD, (USER, *(full,) * 10)).batch()
    assert endless.window == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


OK = '"error": {"code": "ok"}'


def test_more_videos_without_a_cursor_are_not_the_end() -> None:
    page = answer(f'{{"data": {{"videos": [], "has_more": true}}, {OK}}}'.encode())

    with pytest.raises(BadData, match="names no cursor"):
        advance(LARKWOOD, "source", "", (USER, page))


@pytest.mark.parametrize("data", ["{}", "[]", '{"videos": {}}'])
def test_an_answer_without_a_list_is_no_empty_account(data: str) -> None:
    with pytest.raises(BadData, match="sent no list of videos"):
        advance(LARKWOOD, "source", "", (USER, answer(f'{{"data": {data}, {OK}}}'.encode())))


def test_pictures_that_are_signed_anew_change_no_post_between_two_whole_looks() -> None:
    talk = TALKS[1]
    signed_anew = replace(VIDEOS, body=VIDEOS.body.replace(b"1795420000", b"1795441600"))

    assert len(talk.requests()) == 1
    assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), SINCE, None)
    assert replace(talk, answers=(signed_anew,)).batch().posts == ()


def test_a_new_video_comes_with_the_author_that_is_known() -> None:
    earlier = json.dumps({"newest": "2026-11-19T00:00:00+00:00", "author": AUTHOR})
    batch = Talk(LARKWOOD, (VIDEOS,), since=earlier).batch()

    assert [post.id for post in batch.posts] == ["7574000000000000009"]
    assert batch.posts[0].author.name == "Larkwood"


@pytest.mark.parametrize("status", [200, 429, 500])
def test_a_name_that_does_not_come_stops_no_video(status: int) -> None:
    batch = Talk(LARKWOOD, (answer(b"{", status=status), VIDEOS)).batch()

    assert len(batch.posts) == len(TALKS[0].batch().posts)
    assert [note.partition(":")[0] for note in batch.notes] == ["the account's name cannot be read"]


def test_without_the_right_to_the_name_the_videos_still_come() -> None:
    refusal = answer(b'{"error":{"code":"scope_not_authorized","message":"Not that"}}', status=401)
    batch = Talk(LARKWOOD, (refusal, VIDEOS)).batch()

    assert batch.notes == ("the account's name cannot be read: TikTok says: Not that",)
    assert batch.posts[0].author.name == "larkwood"


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("access_token_invalid", 401, Cause.AUTH_EXPIRED),
        ("access_token_invalid", 200, Cause.AUTH_EXPIRED),
        ("rate_limit_exceeded", 429, Cause.RATE_LIMITED),
        ("invalid_params", 400, Cause.BAD_DATA),
        ("internal_error", 500, Cause.TRANSIENT),
        ("something_new", 503, Cause.TRANSIENT),
    ],
)
def test_the_code_says_what_is_wrong_whatever_the_status_is(code: str, status: int, cause: Cause) -> None:
    body = json.dumps({"error": {"code": code, "message": "No.", "log_id": "1"}}).encode()
    with pytest.raises(PlatformError, match="TikTok says: No") as refused:
        advance(LARKWOOD, "source", SINCE, (answer(body, status=status),))
    assert refused.value.cause is cause


def test_a_right_that_was_never_given_is_no_reason_to_renew() -> None:
    body = b'{"error":{"code":"scope_not_authorized","message":"Not that"}}'
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", SINCE, (answer(body, status=401),))
    assert refused.value.cause is Cause.PERMISSION


def test_a_token_is_renewed_by_the_client_key() -> None:
    first = RENEWING.renew(None)
    request = next(first)

    assert request.url == f"{API}/oauth/token/"
    assert parse_qs(request.body.decode()) == {
        "client_key": ["awlark"], "client_secret": ["clips-secret"], "grant_type": ["refresh_token"],
        "refresh_token": ["rft.refresh-1"],
    }  # fmt: skip
    with pytest.raises(StopIteration) as done:
        first.send(answer("tiktok/token.json"))
    grant = done.value.value
    assert grant == Grant(
        Secret("act.access-2-abcdef"), NOW + timedelta(days=1), Secret("rft.refresh-2-abcdef"),
        NOW + timedelta(days=365),
    )  # fmt: skip
    assert b"rft.refresh-2-abcdef" in next(RENEWING.renew(grant)).body
    assert (RENEWING.renews, LARKWOOD.renews) == (True, False)


@pytest.mark.parametrize("status", [200, 400])
def test_a_refresh_token_that_is_refused_needs_a_person(status: int) -> None:
    renewal = RENEWING.renew(None)
    next(renewal)
    with pytest.raises(PlatformError, match="it ended") as refused:
        renewal.send(
            answer(b'{"error":"invalid_grant","error_description":"it ended","log_id":"1"}', status=status)
        )
    assert refused.value.cause is Cause.AUTH_DEAD


def test_it_wants_a_token_or_all_that_renews_one() -> None:
    with pytest.raises(ValueError, match=r"^refresh_token must"):
        TikTok()
    with pytest.raises(ValueError, match=r"^refresh_token needs"):
        TikTok(refresh_token=Secret("r"))


OPTIONS = {
    "connector": '"tiktok"',
    "token": '"env:LARKWOOD_TIKTOK_TOKEN"',
    "refresh_token": '"env:LARKWOOD_TIKTOK_REFRESH"',
    "client_id": '"awlarkwood7q2m"',
    "client_secret": '"env:LARKWOOD_TIKTOK_SECRET"',
}


def linked(live: Live, **options: object) -> None:
    live.link("larkwood-tiktok", **{"server": f'"{live.demo.url}/tiktok"', **OPTIONS, **options})


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 11, ())
    assert {(post.author.name, post.author.handle) for post in live.posts} == {("Larkwood", "@larkwood")}
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["POST /tiktok/v2/video/list/ 200"]


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "tiktok")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_token_that_ended_is_renewed_and_signs_pictures_anew_without_changing_posts(live: Live) -> None:
    linked(live)
    live.fetch()
    live.demo.expire("tiktok")
    second = live.fetch(hours=1)

    assert (second.status, second.changed) == ("same", 0)
    assert live.asked == [
        "POST /tiktok/v2/video/list/ 401",
        "POST /tiktok/v2/oauth/token/ 200",
        "POST /tiktok/v2/video/list/ 200",
    ]


def test_an_account_that_took_back_its_consent_needs_a_person(live: Live) -> None:
    linked(live)
    live.demo.revoke("tiktok")
    failed = live.fetch()

    assert (failed.status, failed.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_TIKTOK_REFRESH" in failed.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("tiktok", 1, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
