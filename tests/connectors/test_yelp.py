from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.yelp import Yelp
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Post, Rating, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

BRISTOL = Yelp(business="larkwood-bristol", token=Secret("yelp-key-0001"))
API = "https://api.yelp.com/v3/businesses"
IDENTITY = "qH7kLarkwoodBristol0A1"
BUSINESS = answer("yelp/business.json", f"{API}/larkwood-bristol")
REVIEWS = answer("yelp/reviews.json", f"{API}/{IDENTITY}/reviews")
ALL = answer("yelp/all.json", f"{API}/{IDENTITY}/reviews")
SINCE = json.dumps({"id": IDENTITY})
LOS_ANGELES = ZoneInfo("America/Los_Angeles")

TALKS = (
    Talk(BRISTOL, (BUSINESS, REVIEWS)),
    Talk(BRISTOL, (REVIEWS,), since=SINCE),
    Talk(replace(BRISTOL, locale="en_GB"), (ALL,), since=SINCE),
)


def test_a_review_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="b1QkTtUe8VwLarkwood012",
        source="source",
        kind=Kind.REVIEW,
        permalink=(
            "https://yelp.example/biz/larkwood-bristol?hrid=b1QkTtUe8VwLarkwood012&adjust_creative=c1"
            "&utm_campaign=yelp_api_v3"
        ),
        html=(
            "<p>Nine minutes, one spring, no charge &amp; a lecture about crumbs.<br>"
            'See <a href="https://larkwood.example/repairs/" rel="nofollow ugc noopener">'
            "https://larkwood.example/repairs/</a> for the hours of the #RepairB...</p>"
        ),
        text=(
            "Nine minutes, one spring, no charge & a lecture about crumbs.\n"
            "See https://larkwood.example/repairs/ for the hours of the #RepairB..."
        ),
        lang="en",
        author=Author(
            "Meera J.", "", "https://yelp.example/user_details?userid=uMeeraJ0000000000000A",
            "https://files.yelp.example/photo/meera/o.jpg",
        ),
        published=datetime(2026, 11, 20, 11, 42, tzinfo=LOS_ANGELES),
        rating=Rating(5, 5),
    )  # fmt: skip


def test_times_are_of_california_in_winter_and_in_summer() -> None:
    winter, summer = TALKS[0].batch().posts

    assert winter.published == datetime(2026, 11, 20, 19, 42, tzinfo=UTC)
    assert summer.published == datetime(2026, 5, 2, 8, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2016-08-29T00:41:13Z", datetime(2016, 8, 29, 0, 41, 13, tzinfo=UTC)),
        ("2016-08-29 00:41:13", datetime(2016, 8, 29, 7, 41, 13, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
def test_a_time_that_names_its_zone_is_believed(said: str, meant: datetime | None) -> None:
    document = json.loads(ALL.body)
    document["reviews"][0]["time_created"] = said
    (post,) = Talk(BRISTOL, (replace(ALL, body=json.dumps(document).encode()),), SINCE).batch().posts

    assert post.published == meant


def test_the_business_is_looked_up_once_and_known_by_its_id_from_then_on() -> None:
    assert [request.url for request in TALKS[0].requests()] == [
        f"{API}/larkwood-bristol", f"{API}/{IDENTITY}/reviews?sort_by=newest"
    ]  # fmt: skip
    assert json.loads(TALKS[0].batch().since) == {"id": IDENTITY}


def test_an_id_that_would_change_the_address_is_refused() -> None:
    with pytest.raises(BadData, match="an id that is none"):
        advance(BRISTOL, "source", "", (answer(b'{"id": "../users/1"}'),))


def test_every_poll_reads_all_that_there_is_in_one_request() -> None:
    """Each review may be shown for a day after it was read, so those that we know are read again, too."""
    again = TALKS[1]

    assert [request.url for request in again.requests()] == [f"{API}/{IDENTITY}/reviews?sort_by=newest"]
    assert again.batch() == TALKS[0].batch()
    assert Yelp.terms.recheck is None


def test_its_terms_let_reviews_be_shown_for_a_day_and_nothing_be_copied() -> None:
    terms = Yelp.terms

    assert terms.keep == timedelta(hours=24)
    assert (terms.syndicate, terms.index, terms.pictures, terms.enabled) == (False, False, False, True)
    assert terms.credit == "Review from Yelp"


def test_what_is_missing_is_gone_as_far_back_as_the_newest_three_go() -> None:
    assert TALKS[0].batch().window == datetime(2026, 5, 2, 8, 58, tzinfo=UTC)
    assert TALKS[2].batch().window == EVER


def test_a_review_of_stars_alone_is_one_and_a_review_of_nothing_is_none() -> None:
    assert [(post.rating, post.text) for post in TALKS[2].batch().posts] == [(Rating(3, 5), "")]
    assert TALKS[0].batch().rejected == ("review b0broken: it has neither stars nor text",)


def test_reviews_are_of_one_language_where_it_is_asked_for_or_the_only_one() -> None:
    assert TALKS[2].requests()[0].url.endswith("?sort_by=newest&locale=en_GB")
    assert [post.lang for post in TALKS[2].batch().posts] == ["en-GB"]
    assert [post.lang for post in Talk(BRISTOL, (ALL,), since=SINCE).batch().posts] == [""]


def test_an_alias_may_have_accents() -> None:
    paris = replace(BRISTOL, business="café-mercière")

    assert Talk(paris, ()).requests()[0].url == f"{API}/caf%C3%A9-merci%C3%A8re"


def refused(status: int, code: str, headers: Mapping[str, str]) -> PlatformError:
    body = json.dumps({"error": {"code": code, "description": "No."}}).encode()
    with pytest.raises(PlatformError) as error:
        advance(BRISTOL, "source", SINCE, (answer(body, status=status, headers=headers),))
    return error.value


def test_a_used_up_day_is_waited_for_and_a_hasty_second_is_not() -> None:
    reset = NOW + timedelta(hours=15)
    headers = {"ratelimit-resettime": reset.isoformat(), "ratelimit-remaining": "0"}

    assert refused(429, "ACCESS_LIMIT_REACHED", headers).retry_at == reset
    assert refused(429, "ACCESS_LIMIT_REACHED", {}).retry_at == datetime(2026, 11, 23, tzinfo=UTC)
    hasty = refused(429, "TOO_MANY_REQUESTS_PER_SECOND", headers)
    assert (hasty.cause, hasty.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, "TOKEN_MISSING", Cause.AUTH_DEAD),
        (401, "UNAUTHORIZED_API_KEY", Cause.AUTH_DEAD),
        (400, "VALIDATION_ERROR", Cause.BAD_DATA),
        (403, "BUSINESS_UNAVAILABLE", Cause.NOT_FOUND),
        (403, "AUTHORIZATION_ERROR", Cause.PERMISSION),
        (404, "BUSINESS_NOT_FOUND", Cause.NOT_FOUND),
        (500, "INTERNAL_ERROR", Cause.TRANSIENT),
    ],
)
def test_the_code_tells_what_is_wrong(status: int, code: str, cause: Cause) -> None:
    assert refused(status, code, {}).cause is cause


def test_an_answer_without_a_list_is_no_answer() -> None:
    with pytest.raises(BadData, match="no list of reviews"):
        advance(BRISTOL, "source", SINCE, (answer(b'{"total": 3}'),))


@pytest.mark.parametrize(
    "wrong", [{"business": ""}, {"business": "biz/x"}, {"locale": "english"}, {"server": "x"}]
)
def test_options_that_cannot_be_right_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Yelp(**{"business": "larkwood", "token": Secret("t")} | wrong)  # type: ignore[arg-type]  # one of them is


SAMPLES: Samples = {
    "yelp/business_lookup_sacre_coeur_paris.json": Page(
        BRISTOL, 2, rejected=TALKS[0].batch().rejected, after=(REVIEWS,)
    ),
    "yelp/business_lookup_yelp_san_francisco.json": Page(BRISTOL, 1, after=(ALL,)),
    "yelp/error-access-limit-reached.json": Refusal(BRISTOL, 429, Cause.RATE_LIMITED),
    "yelp/error-qps.json": Refusal(BRISTOL, 429, Cause.RATE_LIMITED, before=(BUSINESS,)),
    "yelp/error-token-invalid.json": Refusal(BRISTOL, 401, Cause.AUTH_DEAD),
    "yelp/rate-headers.txt": Aside("headers of any answer"),
    "yelp/reviews-docs.json": Page(BRISTOL, 1, since=SINCE),
}


def link(live: Live) -> None:
    live.link(
        "larkwood-yelp", connector='"yelp"', server=f'"{live.demo.url}/yelp"',
        business='"larkwood-bristol"', token='"env:LARKWOOD_YELP_TOKEN"',
    )  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 3, ())
    assert live.asked == [
        "GET /yelp/v3/businesses/larkwood-bristol 200", f"GET /yelp/v3/businesses/{IDENTITY}/reviews 200"
    ]  # fmt: skip
    second = live.fetch(hours=12)
    assert (second.status, second.same, len(live.asked)) == ("same", 3, 1)


def test_a_review_is_shown_for_a_day_after_it_was_last_read(live: Live) -> None:
    link(live)
    live.fetch()
    assert {post.display_until for post in live.posts} == {NOW + timedelta(hours=24)}
    assert all(post.text and post.rating and post.author.name for post in live.posts)


def test_what_was_deleted_is_gone_after_two_looks(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "yelp")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.look_twice(hours=1).gone == 1
    assert account.posts[0].id not in {post.id for post in live.posts}


def test_a_key_that_is_taken_away_is_for_a_person_to_replace(live: Live) -> None:
    link(live)
    live.demo.expire("yelp")
    dead = live.fetch()

    assert dead.cause == Cause.AUTH_DEAD
    assert dead.error is not None
    assert "LARKWOOD_YELP_TOKEN" in dead.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("yelp", 1, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
