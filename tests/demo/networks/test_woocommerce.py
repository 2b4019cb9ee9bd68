"""The demo's WooCommerce refuses what WooCommerce refuses, in its words."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

ACCOUNT = next(account for account in accounts() if account.name == "woocommerce")
KEY = (ACCOUNT.client_id, ACCOUNT.client_secret)
STORE, ADMIN = "/wc/store/v1/products", "/wc/v3/products"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks_played:
        yield networks_played


def ask(
    played: DemoNetworks, path: str, key: tuple[str, str] | None = None, **query: str | int
) -> httpx.Response:
    url = f"{played.url}/woocommerce/wp-json{path}"
    return httpx.get(url, params=query, auth=key, trust_env=False)


def test_everybody_sees_products_in_cents_and_without_dates(played: DemoNetworks) -> None:
    products = {product["slug"]: product for product in ask(played, STORE).json()}
    felt = products["felt-feet"]

    assert (felt["prices"]["price"], felt["prices"]["regular_price"], felt["on_sale"]) == ("320", "400", True)
    assert (felt["average_rating"], felt["review_count"], "date_created_gmt" in felt) == ("5.00", 1, False)
    assert products["lamp-holder"]["name"] == "Lamp holder, porcelain &amp; brass"
    assert products["lamp-holder"]["is_in_stock"] is False


def test_a_key_sees_decimals_and_dates(played: DemoNetworks) -> None:
    page = ask(played, ADMIN, KEY, per_page=5, page=2)
    felt = next(product for product in ask(played, ADMIN, KEY).json() if product["id"] == 502)

    assert (page.headers["x-wp-total"], page.headers["x-wp-totalpages"], len(page.json())) == ("8", "2", 3)
    assert (felt["price"], felt["regular_price"]) == ("3.20", "4.00")
    assert felt["date_created_gmt"] == "2026-11-04T08:00:00"
    late = ask(played, ADMIN, KEY, modified_after="2026-11-20T00:00:00", dates_are_gmt="true")
    assert [product["id"] for product in late.json()] == [503]
    named = ask(played, ADMIN, KEY, include="501,504", _fields="id,name")
    assert named.json() == [
        {"id": 501, "name": "Knob for the Hearth casserole"}, {"id": 504, "name": "Cotton wick, by the metre"}
    ]  # fmt: skip


def test_reviews_name_their_product_to_everybody_and_its_number_to_a_key(played: DemoNetworks) -> None:
    first = ask(played, f"{STORE}/reviews").json()[0]
    assert (first["id"], first["product_permalink"]) == (
        7701,
        "https://parts.larkwood.example/product/hearth-knob/",
    )
    keyed = ask(played, f"{ADMIN}/reviews", KEY).json()[0]
    assert (keyed["id"], keyed["product_id"], "product_permalink" in keyed) == (7701, 501, False)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "woocommerce_rest_cannot_view"),
        (("ck_wrong", ACCOUNT.client_secret), "woocommerce_rest_authentication_error"),
        ((ACCOUNT.client_id, "cs_wrong"), "woocommerce_rest_authentication_error"),
    ],
)
def test_a_wrong_key_is_refused(played: DemoNetworks, key: tuple[str, str] | None, code: str) -> None:
    refused = ask(played, ADMIN, key)

    assert (refused.status_code, refused.json()["code"]) == (401, code)


def test_it_refuses_what_woocommerce_refuses(played: DemoNetworks) -> None:
    assert ask(played, STORE, per_page=101).json()["code"] == "rest_invalid_param"
    assert ask(played, "/wc/v3/orders", KEY).json()["code"] == "rest_no_route"
    assert ask(played, "/wc/v1/nothing").status_code == 404
    posted = httpx.post(f"{played.url}/woocommerce/wp-json{ADMIN}", auth=KEY, trust_env=False)
    assert posted.status_code == 404


def test_one_who_asks_too_often_is_told_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("woocommerce", 0, seconds=30)
    busy = ask(played, STORE)

    assert (busy.status_code, busy.json()["code"]) == (429, "rate_limit_exceeded")
