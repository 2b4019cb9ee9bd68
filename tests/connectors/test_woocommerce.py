from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.woocommerce import WooCommerce
from forecourt.errors import Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Price, Rating, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import Page, Samples, Talk, answer

OPEN = WooCommerce(server="https://parts.example")
KEYED = WooCommerce(
    server="https://parts.example/",
    client_id="ck_1",
    client_secret=Secret("cs_secret_of_parts"),
    currency="EUR",
)
STORE = "https://parts.example/wp-json/wc/store/v1/products"
ADMIN = "https://parts.example/wp-json/wc/v3/products"
ALL = answer("woocommerce/store.json", STORE)
PRODUCTS = answer("woocommerce/products.json", ADMIN)
SAID = answer("woocommerce/store-reviews.json", f"{STORE}/reviews")
REVIEWS = answer("woocommerce/reviews.json", f"{ADMIN}/reviews")
NAMED = answer("woocommerce/named.json", ADMIN)
NOTHING = answer("woocommerce/none.json", ADMIN)
CHANGED = '{"changed": "2026-11-21T11:00:00"}'
NEWEST = '{"newest": 7701}'
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(OPEN, (ALL,)),
    Talk(OPEN, (ALL,), since='{"changed": ""}'),
    Talk(KEYED, (PRODUCTS,)),
    Talk(KEYED, (NOTHING,), since=CHANGED),
    Talk(replace(OPEN, reviews=True), (SAID,)),
    Talk(replace(KEYED, reviews=True), (REVIEWS, NAMED)),
    Talk(replace(KEYED, reviews=True), (REVIEWS,), since=NEWEST),
)


def test_what_the_shop_shows_to_everybody_becomes_a_post() -> None:
    felt, holder = TALKS[0].batch().posts

    assert felt == Post(
        id="502",
        source="source",
        kind=Kind.PRODUCT,
        permalink="https://parts.example/product/felt-feet/",
        title="Felt feet & nails",
        html=(
            "<p>For chairs that sing.</p>"
            f'<p>Wool felt, <a href="https://parts.example/how" {REL}>with a nail</a>.</p>'
        ),
        text="For chairs that sing.\n\nWool felt, with a nail.",
        media=(Media("image", "https://parts.example/wp-content/uploads/felt.jpg", 'Sixteen "feet" in a row'),),
        engagement=Engagement(comments=2),
        rating=Rating(4.5),
        price=Price(Decimal("3.20"), "EUR", Decimal("4.00"), available=True),
        tags=("Furniture & floors", "felt"),
    )  # fmt: skip
    assert holder.price == Price(Decimal(1300), "JPY", None, available=False)
    assert (holder.rating, holder.tags) == (None, ())


def test_what_it_shows_to_a_key_has_dates() -> None:
    (holder,) = TALKS[2].batch().posts

    assert (holder.published, holder.updated) == (
        datetime(2026, 10, 12, 7, tzinfo=UTC), datetime(2026, 11, 21, 11, tzinfo=UTC)
    )  # fmt: skip
    assert holder.price == Price(Decimal("6.50"), "EUR", Decimal(8), available=False)
    assert (holder.rating, holder.engagement) == (Rating(5.0), Engagement(comments=1))
    assert TALKS[2].batch().rejected == ("product 505: it has no name",)


def test_a_quiet_shop_costs_one_request() -> None:
    for talk in (TALKS[1], TALKS[3], TALKS[6]):
        assert len(talk.requests()) == 1
    assert TALKS[1].batch().window == EVER  # that was the whole shop
    assert TALKS[3].requests()[0].url.endswith("&modified_after=2026-11-21T11%3A00%3A00&dates_are_gmt=true")
    assert (TALKS[3].batch().since, TALKS[3].batch().window, TALKS[3].batch().whole) == (CHANGED, None, False)
    assert TALKS[2].batch().since == CHANGED
    assert (TALKS[6].batch().posts, TALKS[6].batch().since, TALKS[6].batch().window) == ((), NEWEST, None)


def test_the_key_is_sent_as_a_user_and_a_password() -> None:
    sent = b64encode(b"ck_1:cs_secret_of_parts").decode()

    assert TALKS[2].requests()[0].url == (
        f"{ADMIN}?per_page=100&page=1&orderby=date&order=desc&status=publish"
    )
    assert TALKS[2].requests()[0].headers["authorization"] == f"Basic {sent}"
    assert "authorization" not in TALKS[0].requests()[0].headers


def test_a_review_leads_to_where_it_stands_below_its_product() -> None:
    first, second = TALKS[4].batch().posts

    assert first == Post(
        id="7701",
        source="source",
        kind=Kind.REVIEW,
        permalink="https://parts.example/product/knob/#comment-7701",
        title="Knob & ring",
        html="<p>The dog likes it. <em>Fits.</em></p>",
        text="The dog likes it. Fits.",
        author=Author("Jonas P.", avatar="https://faces.example/j?s=96"),
        published=datetime(2026, 11, 20, 18, 24, tzinfo=UTC),
        rating=Rating(5.0),
    )
    assert second.rating == Rating(4.0)
    assert TALKS[4].batch().window == EVER
    bought = Talk(replace(OPEN, reviews=True, verified=True), (SAID,)).batch()
    assert [post.id for post in bought.posts] == ["7701"]


def test_with_a_key_the_products_of_reviews_are_looked_up() -> None:
    talk = TALKS[5]
    first, second = talk.batch().posts  # the third waits for approval

    assert talk.requests()[1].url == f"{ADMIN}?include=501%2C77&per_page=100&_fields=id%2Cname%2Cpermalink"
    assert (first.title, first.permalink) == (
        "Knob & ring",
        "https://parts.example/product/knob/#comment-7701",
    )
    # A product that is gone: WordPress finds its page by number, or none.
    assert (second.title, second.permalink, second.rating) == (
        "",
        "https://parts.example/?p=77#comment-7699",
        None,
    )


def test_pages_are_read_until_there_are_no_more() -> None:
    item = json.loads(PRODUCTS.body)[0]
    full = json.dumps([{**item, "id": number} for number in range(1, 101)]).encode()
    told = answer(full, headers={"x-wp-totalpages": "1"})

    assert Talk(KEYED, (told,)).batch().window == EVER
    assert Talk(KEYED, (answer(full), NOTHING)).batch().window == EVER
    assert Talk(KEYED, (answer(full),) * 5).batch().window == datetime(2026, 10, 12, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, "woocommerce_rest_authentication_error", Cause.AUTH_DEAD),
        (401, "woocommerce_rest_cannot_view", Cause.PERMISSION),
        (403, "woocommerce_rest_cannot_view", Cause.PERMISSION),
        (404, "rest_no_route", Cause.NOT_FOUND),
        (429, "rate_limit_exceeded", Cause.RATE_LIMITED),
    ],
)
def test_a_refusal_is_given_its_cause(status: int, code: str, cause: Cause) -> None:
    said = answer(json.dumps({"code": code, "message": "Sorry."}).encode(), status=status)

    with pytest.raises(PlatformError, match=r"WooCommerce says: Sorry\.") as refused:
        advance(KEYED, "source", "", (said,))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": "parts"}, "server must be"),
        ({"client_id": "ck_1"}, "client_id and client_secret"),
        ({"currency": "€"}, "currency"),
        (
            {"server": "http://parts.example", "client_id": "a", "client_secret": Secret("b")},
            "server must begin",
        ),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WooCommerce(**{"server": "https://parts.example", **options})  # type: ignore[arg-type]  # wrong on purpose


def one(body: bytes) -> bytes:
    return b"[" + body + b"]"


ASKED = replace(KEYED, reviews=True)
SAMPLES: Samples = {
    **{f"woocommerce/products-{number}.json": Page(KEYED, 1, body=one) for number in (1, 2, 3)},
    "woocommerce/products-4.json": Page(KEYED, 2),
    **{
        f"woocommerce/product-reviews-{number}.json": Page(ASKED, 1, body=one, after=(NAMED,))
        for number in (1, 2, 4)
    },
    "woocommerce/product-reviews-3.json": Page(ASKED, 2, after=(NAMED,)),
}


def linked(live: Live, **options: str | None) -> None:
    live.link("larkwood-woocommerce", **{
        "connector": '"woocommerce"', "server": f'"{live.demo.url}/woocommerce"', "currency": '"EUR"',
        "client_id": '"ck_demo_woocommerce_4f1c09b7a2d85e36"', "client_secret": '"env:LARKWOOD_WOOCOMMERCE_SECRET"',
        **options,
    })  # fmt: skip


@pytest.mark.parametrize("key", [True, False])
def test_the_demo_is_read_as_the_real_one_would_be(live: Live, *, key: bool) -> None:
    linked(live, **({} if key else {"client_id": None, "client_secret": None}))
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 8, ())
    assert live.fetch(hours=1).status == "same"
    path = "v3" if key else "store/v1"
    assert live.asked == [f"GET /woocommerce/wp-json/wc/{path}/products 200"]
    prices = {post.title: post.price for post in live.posts}
    assert prices["Felt feet, set of 16"] == Price(Decimal("3.20"), "EUR", Decimal("4.00"), available=True)
    assert prices["Handle for the Fen kettle"] == Price(Decimal("0.00"), "EUR", None, available=True)


@pytest.mark.parametrize("key", [True, False])
def test_the_demos_reviews_are_read(live: Live, *, key: bool) -> None:
    linked(live, reviews="true", **({} if key else {"client_id": None, "client_secret": None}))

    assert live.fetch().new == 4
    assert {post.permalink.rpartition("#")[0] for post in live.posts} >= {
        "https://parts.larkwood.example/product/felt-feet/"
    }
    assert live.fetch(hours=1).status == "same"
    assert len(live.asked) == 1


def test_a_key_that_was_revoked_needs_a_person(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "woocommerce")
    live.demo.show(replace(account, extra={"revoked": True}))
    refused = live.fetch(hours=1)

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "Consumer key is invalid" in refused.error


def test_a_product_that_is_taken_off_the_shop_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "woocommerce")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    linked(live)
    live.demo.limit("woocommerce", 0, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
