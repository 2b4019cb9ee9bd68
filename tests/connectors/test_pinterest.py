from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.pinterest import Pinterest
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Grant, Response
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

SITE = "https://www.pins.example"
BY_API = Pinterest(token=Secret("pina-token-of-larkwood"), server="https://api.pins.example", site=SITE)
ONE_BOARD = replace(BY_API, board="slow-homes")
BY_RSS = Pinterest(account="larkwood", board="slow-homes", site=SITE)
RENEWING = Pinterest(
    refresh_token=Secret("pinr-refresh-1"),
    client_id="1469007",
    client_secret=Secret("pin-client-secret"),
    server="https://api.pins.example",
)
API = "https://api.pins.example/v5"
RSS = {"content-type": "text/xml; charset=utf-8"}
PINS = answer("pinterest/pins.json", f"{API}/pins")
BOARDS = answer("pinterest/boards.json", f"{API}/boards")
FEED = answer("pinterest/board.rss", f"{SITE}/larkwood/slow-homes.rss", headers=RSS)
SINCE = json.dumps({"board": "549755801200", "newest": "2026-11-20T18:12:00+00:00"})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(BY_API, (PINS,)),
    Talk(ONE_BOARD, (BOARDS, PINS)),
    Talk(ONE_BOARD, (PINS,), since=SINCE),
    Talk(BY_RSS, (FEED,)),
)


def one(body: bytes) -> bytes:
    return b'{"items": [' + body + b'], "bookmark": null}'


SAMPLES: Samples = {
    "pinterest/board.rss": Page(BY_RSS, 1, headers=RSS),
    "pinterest/error-401.json": Refusal(BY_API, 401, Cause.AUTH_EXPIRED),
    "pinterest/openapi-subset.json": Aside("the description of the API"),
    "pinterest/pin.json": Page(BY_API, 1, body=one),
}


def test_a_pin_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="880212000117",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://www.pins.example/pin/880212000117/",
        title="Berries & branches",
        html=(
            "<p>A hedge's worth of colour. #WinterBranches "
            f'<a href="https://larkwood.example/hedge" {REL}>https://larkwood.example/hedge</a></p>'
            f'<p><a href="https://www.larkwood.example/hedge/?from=pin" {REL}>larkwood.example</a></p>'
        ),
        text="A hedge's worth of colour. #WinterBranches https://larkwood.example/hedge\n\nlarkwood.example",
        author=Author("larkwood", "@larkwood", "https://www.pins.example/larkwood/"),
        published=datetime(2026, 11, 20, 18, 12, tzinfo=UTC),
        media=(
            Media("image", "https://i.pins.example/1200x/berry.jpg", "Two vases with berries", 1200, 800),
        ),
        engagement=Engagement(likes=21, comments=2, views=912),
        tags=("WinterBranches",),
    )


def test_films_and_several_pictures_of_one_pin_are_its_media() -> None:
    wreath, steps = TALKS[0].batch().posts[1:3]

    assert (wreath.kind, steps.kind) == (Kind.VIDEO, Kind.VIDEO)
    assert wreath.media == (
        Media(
            "video", wreath.permalink, "Hands binding a wreath", 720, 1280, 48,
            "https://i.pins.example/cover/wreath.jpg",
        ),
    )  # fmt: skip
    assert steps.media == (
        Media("image", "https://i.pins.example/1200x/one.jpg", "Dough", 1200, 1200),
        Media(
            "video", "https://v.pins.example/two.mp4", "", 720, 720, 9, "https://i.pins.example/cover/two.jpg"
        ),
    )
    assert wreath.engagement == Engagement()


def test_the_whole_account_is_read_and_what_is_saved_from_others_is_not() -> None:
    batch = TALKS[0].batch()
    (asked,) = TALKS[0].requests()

    assert asked.url == f"{API}/pins?page_size=250&pin_filter=exclude_repins&pin_metrics=true"
    assert asked.headers["authorization"] == "Bearer pina-token-of-larkwood"
    assert batch.rejected == ("pin 880212000114: it has neither text nor picture",)
    assert (batch.window, json.loads(batch.since)) == (
        EVER, {"board": "", "newest": "2026-11-20T18:12:00+00:00"}
    )  # fmt: skip


def bookmarked(bookmark: object) -> Response:
    return replace(PINS, body=json.dumps(json.loads(PINS.body) | {"bookmark": bookmark}).encode())


def test_pages_follow_the_bookmark_whatever_signs_it_has() -> None:
    more, odd = bookmarked("Y2JVSG81V2sxcmNHRlpWM1J5|=="), bookmarked("a~b,c:d/e?f&g")

    requests = Talk(BY_API, (more, PINS)).requests()
    assert requests[1].url.endswith("pin_metrics=true&bookmark=Y2JVSG81V2sxcmNHRlpWM1J5%7C%3D%3D")
    assert Talk(BY_API, (odd, PINS)).requests()[1].url.endswith("&bookmark=a~b%2Cc%3Ad%2Fe%3Ff%26g")
    unfinished = Talk(BY_API, (more,) * 4).batch()
    assert unfinished.window == datetime(2026, 11, 8, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize("bookmark", ["two words", "\u00e9", "x" * 2001, 7.5, {"is": "none"}])
def test_a_bookmark_that_cannot_be_followed_is_not_the_end(bookmark: object) -> None:
    with pytest.raises(BadData, match="by a bookmark that is none"):
        advance(BY_API, "source", "", (bookmarked(bookmark),))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"items": null}'])
def test_an_answer_without_a_list_is_no_empty_account(body: bytes) -> None:
    for answers in ((answer(body),), (bookmarked("more"), answer(body))):
        with pytest.raises(BadData, match="sent no list of pins"):
            advance(BY_API, "source", "", answers)
    with pytest.raises(BadData, match="sent no list of boards"):
        advance(ONE_BOARD, "source", "", (answer(body),))


def test_more_news_than_pages_are_read_in_larger_pages_the_next_time() -> None:
    before = json.dumps({"board": "", "newest": "2026-01-01T00:00:00+00:00"})
    first = Talk(BY_API, (bookmarked("more"),) * 4, since=before).batch()
    then = Talk(BY_API, (PINS,), since=first.since)

    assert json.loads(first.since) == {"board": "", "newest": ""}
    assert "page_size=250" in then.requests()[0].url
    assert json.loads(then.batch().since)["newest"] == "2026-11-20T18:12:00+00:00"
    assert then.batch().window is None


def test_a_board_is_found_by_what_its_address_calls_it() -> None:
    assert [request.url.partition("?")[0] for request in TALKS[1].requests()] == [
        f"{API}/boards", f"{API}/boards/549755801200/pins",
    ]  # fmt: skip
    assert "pin_filter" not in TALKS[1].requests()[1].url
    numbered = replace(BY_API, board="549755801200")
    assert len(Talk(numbered, (PINS,)).requests()) == 1
    with pytest.raises(PlatformError, match="knows no board gardens") as refused:
        advance(replace(BY_API, board="gardens"), "source", "", (BOARDS,))
    assert refused.value.cause is Cause.NOT_FOUND


def test_a_quiet_board_costs_one_request() -> None:
    (asked,) = TALKS[2].requests()
    batch = TALKS[2].batch()

    assert asked.url == f"{API}/boards/549755801200/pins?page_size=25&pin_metrics=true"
    assert (batch.posts, batch.since, batch.window) == ((), SINCE, None)


def test_by_rss_a_pin_has_the_id_that_the_api_gives_it() -> None:
    batch = TALKS[3].batch()

    assert {post.id for post in batch.posts} <= {post.id for post in TALKS[0].batch().posts}
    assert batch.whole
    assert batch.posts[0] == Post(
        id="880212000117",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://www.pins.example/pin/880212000117/",
        title="Berries & branches",
        html="<p>A hedge's worth of colour. #WinterBranches</p>",
        text="A hedge's worth of colour. #WinterBranches",
        published=datetime(2026, 11, 20, 18, 12, tzinfo=UTC),
        author=Author("larkwood", "@larkwood", f"{SITE}/larkwood/"),
        media=(Media("image", "https://i.pins.example/736x/0d/f6/berry.jpg"),),
        tags=("WinterBranches",),
    )


@pytest.mark.parametrize(
    ("board", "address"), [("", "larkwood/feed.rss"), ("slow-homes", "larkwood/slow-homes.rss")]
)
def test_the_rss_is_asked_for_without_a_key(board: str, address: str) -> None:
    request = next(Pinterest(account="larkwood", board=board).poll("source", ""))

    assert request.url == f"https://www.pinterest.com/{address}"
    assert "authorization" not in request.headers
    assert not request.hears_errors


def test_a_web_page_is_no_feed() -> None:
    page = answer(b"<!doctype html><title>Pinterest</title>", headers={"content-type": "text/html"})
    with pytest.raises(BadData, match="web page"):
        advance(BY_RSS, "source", "", (page,))


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, Cause.AUTH_EXPIRED),
        (403, Cause.PERMISSION),
        (404, Cause.NOT_FOUND),
        (429, Cause.RATE_LIMITED),
        (500, Cause.TRANSIENT),
    ],
)
def test_an_error_is_given_its_cause(status: int, cause: Cause) -> None:
    refusal = answer(b'{"code": 29, "message": "You may not."}', status=status)
    with pytest.raises(PlatformError, match="Pinterest says: You may not") as refused:
        advance(BY_API, "source", "", (refusal,))
    assert refused.value.cause is cause


def test_a_token_is_renewed_with_the_newest_refresh_token() -> None:
    first = RENEWING.renew(None)
    request = next(first)

    assert request.url == "https://api.pins.example/v5/oauth/token"
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["pinr-refresh-1"], "continuous_refresh": ["true"],
    }  # fmt: skip
    with pytest.raises(StopIteration) as done:
        first.send(answer("pinterest/token.json"))
    grant = done.value.value
    assert grant == Grant(
        Secret("pina-access-2-abcdef"),
        NOW + timedelta(days=30),
        Secret("pinr-refresh-2-abcdef"),
        NOW + timedelta(days=60),
    )
    assert b"pinr-refresh-2-abcdef" in next(RENEWING.renew(grant)).body
    assert (RENEWING.renews, BY_API.renews) == (True, False)


def test_a_refresh_token_that_is_refused_needs_a_person() -> None:
    renewal = RENEWING.renew(None)
    next(renewal)
    with pytest.raises(PlatformError) as refused:
        renewal.send(answer(b'{"code": 2, "message": "Authentication failed."}', status=401))
    assert refused.value.cause is Cause.AUTH_DEAD


def test_it_wants_an_account_or_a_token_and_all_that_renews_it() -> None:
    with pytest.raises(ValueError, match=r"^account"):
        Pinterest(board="slow-homes")
    with pytest.raises(ValueError, match=r"^refresh_token"):
        Pinterest(refresh_token=Secret("r"), client_id="1")


API_OPTIONS = {
    "connector": '"pinterest"',
    "board": '"slow-homes"',
    "site": '"https://pins.larkwood.example"',
    "refresh_token": '"env:LARKWOOD_PINTEREST_REFRESH"',
    "client_id": '"1469007"',
    "client_secret": '"env:LARKWOOD_PINTEREST_SECRET"',
    "url": None,
    "network": None,
    "kind": None,
}
KEYLESS = dict.fromkeys(("refresh_token", "client_id", "client_secret"))


def linked(live: Live, **options: object) -> None:
    live.link("larkwood-pinterest", **{"server": f'"{live.demo.url}/pinterest"', **API_OPTIONS, **options})


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 18, ())
    assert live.asked == [
        "POST /pinterest/v5/oauth/token 200",
        "GET /pinterest/v5/boards 200",
        "GET /pinterest/v5/boards/549755801200/pins 200",
    ]
    assert sum(bool(media.alt) for post in live.posts for media in post.media) == 17
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /pinterest/v5/boards/549755801200/pins 200"]


def test_moving_from_rss_to_the_api_makes_no_doubles(live: Live) -> None:
    linked(live, account='"larkwood"', site=f'"{live.demo.url}"', **KEYLESS)
    assert live.fetch().new == 18
    assert live.asked == ["GET /larkwood/slow-homes.rss 200"]

    linked(live)
    second = live.fetch(hours=1)
    assert (second.status, second.new, second.changed) == ("changed", 0, 18)
    assert len(live.posts) == 18


def test_an_unchanged_rss_costs_one_request_and_no_bytes(live: Live) -> None:
    linked(live, account='"larkwood"', site=f'"{live.demo.url}"', **KEYLESS)
    live.fetch()

    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /larkwood/slow-homes.rss 304"]


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "pinterest")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_token_that_ended_is_renewed_until_its_owner_takes_it_back(live: Live) -> None:
    linked(live)
    live.fetch()
    live.demo.expire("pinterest")
    assert live.fetch(hours=1).status == "same"

    live.demo.revoke("pinterest")
    failed = live.fetch(hours=2)
    assert (failed.status, failed.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_PINTEREST_REFRESH" in failed.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("pinterest", 1, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
