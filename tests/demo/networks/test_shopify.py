"""The demo's shop shows what a shop of Shopify shows, and closes as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

ACCOUNT = next(account for account in accounts() if account.name == "shopify")


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks_played:
        yield networks_played


def ask(played: DemoNetworks, path: str) -> httpx.Response:
    return httpx.get(f"{played.url}/shopify{path}", trust_env=False)


def handles(response: httpx.Response) -> list[str]:
    return [product["handle"] for product in response.json()["products"]]


def test_products_come_in_pages_of_250_at_the_most(played: DemoNetworks) -> None:
    many = tuple(replace(ACCOUNT.posts[0], extra={"id": str(number)}) for number in range(300))
    assert len(handles(ask(played, "/products.json"))) == 9
    assert len(handles(ask(played, "/products.json?limit=4&page=3"))) == 1
    assert handles(ask(played, "/products.json?page=2")) == []

    played.show(replace(ACCOUNT, posts=many))
    assert len(handles(ask(played, "/products.json?limit=999"))) == 250
    assert len(handles(ask(played, "/products.json"))) == 30


def test_a_product_is_as_shopify_writes_it(played: DemoNetworks) -> None:
    products = {product["handle"]: product for product in ask(played, "/products.json").json()["products"]}
    blanket, bowl = products["fell-wool-blanket"], products["almost-night-bowl"]

    (variant,) = blanket["variants"]
    assert (variant["price"], variant["compare_at_price"], variant["available"]) == ("96.00", "120.00", True)
    assert [variant["price"] for variant in bowl["variants"]] == ["32.00", "58.00"]
    assert "alt" not in bowl["images"][0]
    assert ask(played, "/products/almost-night-bowl").headers["content-type"].startswith("text/html")


def test_a_collection_is_a_part(played: DemoNetworks) -> None:
    assert set(handles(ask(played, "/collections/winter/products.json"))) == {
        "fell-wool-blanket", "beacon-reading-lamp"
    }  # fmt: skip


def test_it_refuses_what_shopify_refuses(played: DemoNetworks) -> None:
    for path in ("/collections/summer/products.json", "/products/nothing", "/nothing"):
        assert (ask(played, path).status_code, ask(played, path).json()) == (404, {"errors": "Not Found"})
    assert ask(played, "/products.json?limit=0").status_code == 400
    assert httpx.post(f"{played.url}/shopify/products.json", trust_env=False).status_code == 404


def test_a_closed_shop_leads_to_its_password_page(played: DemoNetworks) -> None:
    played.show(replace(ACCOUNT, extra={"password": True}))
    closed = ask(played, "/products.json")

    assert (closed.status_code, closed.headers["location"]) == (302, f"{played.url}/shopify/password")
    assert ask(played, "/password").status_code == 200


def test_one_who_asks_too_often_is_told_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("shopify", 0, seconds=30)
    busy = ask(played, "/products.json")

    assert busy.status_code == 429
    assert 0 < float(busy.headers["retry-after"]) <= 30
