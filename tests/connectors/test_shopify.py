from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Response, advance
from forecourt.connectors.shopify import Shopify
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Price
from tests.connectors.conftest import Live
from tests.connectors.talks import Page, Samples, Talk, answer

SHOP = Shopify(server="https://shop.example", currency="EUR")
WINTER = Shopify(server="https://shop.example/", collection="winter sale")
PRODUCTS = answer("shopify/products.json", "https://shop.example/products.json")
NOTHING = answer("shopify/none.json", "https://shop.example/products.json")
SINCE = '{"pages": 1}'
CET, CEST = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))

TALKS = (
    Talk(SHOP, (PRODUCTS,)),
    Talk(SHOP, (PRODUCTS,), since=SINCE),
    Talk(WINTER, (PRODUCTS,)),
)


def test_a_product_becomes_a_post_with_what_its_cheapest_variant_costs_that_can_be_had() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="8841200004",
        source="source",
        kind=Kind.PRODUCT,
        permalink="https://shop.example/products/fell-wool-blanket",
        title="Fell wool blanket",
        html=(
            '<p>Undyed &amp; heavy. <a href="https://shop.example/pages/care" rel="nofollow ugc noopener">Care</a></p>'
        ),
        text="Undyed & heavy. Care",
        author=Author("Munro-Tait Mill"),
        published=datetime(2026, 10, 15, 7, 30, tzinfo=CEST),
        updated=datetime(2026, 11, 2, 10, tzinfo=CET),
        media=(
            Media("image", "https://cdn.example/files/blanket.jpg?v=1760000000&width=1600", "", 1600, 1200),
            Media("image", "https://cdn.example/files/fringe.jpg", "", 800, 600),
        ),
        price=Price(Decimal("96.00"), "EUR", Decimal("120.00"), available=True),
        tags=("wool", "living room"),
    )


def test_what_is_sold_out_says_so_and_what_is_not_said_is_not_known() -> None:
    _, quilt, card = TALKS[0].batch().posts

    assert quilt.price == Price(Decimal("189.00"), "EUR", None, available=False)
    assert quilt.tags == ("bedroom", "Gathering Table")  # one text, with commas
    assert card.price == Price(Decimal("25.00"), "EUR", None, available=None)
    assert (quilt.html, quilt.updated) == ("", None)


def test_a_shop_is_read_as_a_whole_each_time_where_it_fits_on_a_page() -> None:
    for talk in TALKS[:2]:
        batch = talk.batch()

        assert [request.url for request in talk.requests()] == [
            "https://shop.example/products.json?limit=250"
        ]
        assert (batch.window, batch.whole, batch.since) == (EVER, True, SINCE)
        assert batch.rejected == ("product 8841200001: it has no title",)


def test_a_collection_is_asked_for_by_its_name() -> None:
    assert (
        TALKS[2].requests()[0].url == "https://shop.example/collections/winter%20sale/products.json?limit=250"
    )


def test_visitors_may_know_the_shop_by_another_address() -> None:
    first = Talk(replace(SHOP, site="https://larkwood.example"), (PRODUCTS,)).batch().posts[0]

    assert first.permalink == "https://larkwood.example/products/fell-wool-blanket"
    with pytest.raises(ValueError, match="site"):
        replace(SHOP, site="larkwood")


def test_a_large_shop_is_read_page_by_page_and_its_first_page_only_between() -> None:
    item = json.loads(PRODUCTS.body)["products"][0]
    full = answer(json.dumps({"products": [{**item, "id": number} for number in range(1, 251)]}).encode())
    talk = Talk(SHOP, (full, PRODUCTS))

    assert talk.requests()[1].url == "https://shop.example/products.json?limit=250&page=2"
    assert (len(talk.batch().posts), talk.batch().window) == (253, EVER)
    between = Talk(SHOP, (full,), since=SINCE).batch()
    assert (between.window, between.whole) == (None, False)
    endless = Talk(SHOP, (full,) * 10).batch()
    assert (endless.window, endless.whole) == (datetime(2026, 10, 15, 7, 30, tzinfo=CEST), False)


PAGE = b"<!DOCTYPE html><title>Opening soon</title>"


@pytest.mark.parametrize(
    ("response", "cause", "words"),
    [
        (answer(PAGE, "https://shop.example/password"), Cause.PERMISSION, "password page"),
        (answer(PAGE, status=401), Cause.PERMISSION, "password page"),
        (answer(b'{"errors":"Not Found"}', status=404), Cause.NOT_FOUND, "no such list of products"),
        (answer(b'{"errors":"Exceeded"}', status=429), Cause.RATE_LIMITED, "Exceeded"),
        (answer(b"", status=430), Cause.BLOCKED, "status 430"),
        (answer(b"", status=402), Cause.PERMISSION, "status 402"),
        (answer(PAGE, status=403), Cause.BLOCKED, "web page"),
        (answer(b"", status=503), Cause.TRANSIENT, "status 503"),
    ],
)
def test_a_refusal_is_given_its_cause(response: Response, cause: Cause, words: str) -> None:
    with pytest.raises(PlatformError, match=words) as refused:
        advance(SHOP, "source", "", (response,))
    assert refused.value.cause is cause


def test_a_list_without_products_is_none() -> None:
    with pytest.raises(BadData, match="has no products"):
        advance(SHOP, "source", "", (answer(b'{"product":{}}'),))
    assert Talk(SHOP, (NOTHING,)).batch().whole  # the store keeps what it has


@pytest.mark.parametrize(
    ("server", "currency", "words"), [("shop", "EUR", "server"), ("https://shop.example", "euro", "currency")]
)
def test_wrong_options_are_named(server: str, currency: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Shopify(server, currency)


SAMPLES: Samples = {"shopify/products.json": Page(SHOP, 1)}


def linked(live: Live) -> None:
    live.link(
        "larkwood-shopify",
        connector='"shopify"',
        server=f'"{live.demo.url}/shopify"',
        currency='"EUR"',
        site='"https://shop.larkwood.example"',
    )


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 9, ())
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /shopify/products.json 200"]
    quilt = next(post for post in live.posts if post.title.startswith("Fairholm"))
    assert quilt.price == Price(Decimal("189.00"), "EUR", None, available=False)


def test_a_product_that_is_taken_off_the_shop_is_gone_and_a_new_price_is_seen(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "shopify")
    cheaper = replace(account.posts[1], price="12.00", before=account.posts[1].price)
    live.demo.show(replace(account, posts=(cheaper, *account.posts[2:])))

    report = live.fetch(hours=1)
    assert (report.gone, report.changed) == (0, 1)
    assert live.fetch(hours=2).gone == 1


def test_a_shop_behind_its_password_page_keeps_its_products(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "shopify")
    live.demo.show(replace(account, extra={"password": True}))
    refused = live.fetch(hours=1)

    assert (refused.cause, refused.same) == (Cause.PERMISSION, 9)
    assert "password page" in refused.error


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    linked(live)
    live.demo.limit("shopify", 0, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
