"""WooCommerce: what a shop shows to everybody, and what it shows to a key."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Any

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import body, picture_url

_MOST = 100  # items on a page
_NOT_FOUND = ("rest_no_route", "No route was found matching the URL and request method.", 404)


def answer(account: Account, call: Call) -> Reply:
    """Answer as WooCommerce 10 does."""
    if call.method != "GET":
        return _error(*_NOT_FOUND)
    match call.path.strip("/").split("/"):
        case "wp-json", "wc", "store", "v1", "products":
            return _paged([_for_all(account, post, call) for post in account.posts], call)
        case "wp-json", "wc", "store", "v1", "products", "reviews":
            return _paged([_review(account, post, one, call) for post, one in _reviews(account)], call)
        case "wp-json", "wc", "v3", *rest:
            return _refused(account, call) or _with_key(account, call, rest)
    return _error(*_NOT_FOUND)


def too_many(_account: Account, seconds: int) -> Reply:
    """Its own limit is for baskets only; this is what a careful host answers."""
    words = f"Too many requests. Please wait {seconds} seconds before trying again."
    headers = {"retry-after": str(seconds)}
    document = {"code": "rate_limit_exceeded", "message": words, "data": {"status": 400}}
    return reply(document, 429, headers)


def _refused(account: Account, call: Call) -> Reply | None:
    key, secret = call.basic
    if not key:
        return _error("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)
    if key != account.client_id or account.extra.get("revoked"):
        return _error("woocommerce_rest_authentication_error", "Consumer key is invalid.", 401)
    if secret != account.client_secret:
        return _error("woocommerce_rest_authentication_error", "Consumer secret is invalid.", 401)
    return None


def _with_key(account: Account, call: Call, rest: list[str]) -> Reply:
    posts = list(account.posts)
    if rest == ["products", "reviews"]:
        return _paged(
            [_review(account, post, one, call, with_key=True) for post, one in _reviews(account)], call
        )
    if rest != ["products"]:
        return _error(*_NOT_FOUND)
    if "include" in call.query:
        posts = [post for post in posts if post.extra["id"] in call.query["include"].split(",")]
    if "modified_after" in call.query:
        after = datetime.fromisoformat(call.query["modified_after"]).replace(tzinfo=UTC)
        posts = [post for post in posts if post.changed and post.changed > after]
    items = [_product(account, post, call) for post in posts]
    fields = call.query.get("_fields", "").split(",") if "_fields" in call.query else None
    return _paged([{k: v for k, v in item.items() if fields is None or k in fields} for item in items], call)


def _paged(items: Sequence[dict[str, object]], call: Call) -> Reply:
    size, number = call.query.get("per_page", "10"), call.query.get("page", "1")
    if not size.isdigit() or not 1 <= int(size) <= _MOST:
        words = {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}
        return _error("rest_invalid_param", "Invalid parameter(s): per_page", 400, {"params": words})
    start = (int(number) - 1) * int(size)
    headers = {"x-wp-total": str(len(items)), "x-wp-totalpages": str(math.ceil(len(items) / int(size)))}
    return reply(items[start : start + int(size)], headers=headers)


def _error(code: str, message: str, status: int, more: dict[str, object] | None = None) -> Reply:
    return reply({"code": code, "message": message, "data": {"status": status, **(more or {})}}, status)


def _for_all(account: Account, post: Post, call: Call) -> dict[str, object]:
    """A product as a visitor's basket sees it: amounts in cents, and no dates."""
    cents, before = _cents(post.price), _cents(post.before or post.price)
    return {
        "id": int(post.extra["id"]),
        "name": _entities(post.title),
        "slug": post.id,
        "parent": 0,
        "type": "simple",
        "variation": "",
        "permalink": account.link(post),
        "sku": f"LW-{post.extra['id']}",
        "short_description": f"<p>{escape(post.summary)}</p>" if post.summary else "",
        "description": body(post, call.base),
        "on_sale": bool(post.before),
        "prices": {
            "price": cents,
            "regular_price": before,
            "sale_price": cents,
            "price_range": None,
            "currency_code": "EUR",
            "currency_symbol": "€",
            "currency_minor_unit": 2,
            "currency_decimal_separator": ".",
            "currency_thousand_separator": ",",
            "currency_prefix": "€",
            "currency_suffix": "",
        },
        "average_rating": _average(post),
        "review_count": len(post.extra.get("reviews", [])),
        "images": _images(post, call),
        "categories": [_term(name) for name in post.tags[:1]],
        "tags": [_term(name) for name in post.tags[1:]],
        "is_purchasable": True,
        "is_in_stock": post.available,
    }


def _product(account: Account, post: Post, call: Call) -> dict[str, object]:
    """A product as its keeper sees it: decimal amounts, dates with and without the shop's zone."""
    return {
        "id": int(post.extra["id"]),
        "name": _entities(post.title),
        "slug": post.id,
        "permalink": account.link(post),
        "date_created": _local(post.date),
        "date_created_gmt": _gmt(post.date),
        "date_modified": _local(post.changed),
        "date_modified_gmt": _gmt(post.changed),
        "type": "simple",
        "status": "publish",
        "catalog_visibility": "visible",
        "description": body(post, call.base),
        "short_description": f"<p>{escape(post.summary)}</p>" if post.summary else "",
        "price": post.price,
        "regular_price": post.before or post.price,
        "sale_price": post.price if post.before else "",
        "on_sale": bool(post.before),
        "stock_status": "instock" if post.available else "outofstock",
        "average_rating": _average(post),
        "rating_count": len(post.extra.get("reviews", [])),
        "categories": [_term(name) for name in post.tags[:1]],
        "tags": [_term(name) for name in post.tags[1:]],
        "images": _images(post, call),
    }


def _reviews(account: Account) -> list[tuple[Post, dict[str, Any]]]:
    """Every review with its product, the newest first; Any stands for what TOML can hold."""
    found = [(post, one) for post in account.posts for one in post.extra.get("reviews", [])]
    return sorted(found, key=lambda pair: pair[1]["date"], reverse=True)


def _review(
    account: Account, post: Post, one: dict[str, Any], call: Call, *, with_key: bool = False
) -> dict[str, object]:
    item = {
        "id": one["id"],
        "date_created": _local(one["date"]),
        "date_created_gmt": _gmt(one["date"]),
        "product_id": int(post.extra["id"]),
        "reviewer": one["author"],
        "review": f"<p>{one['text']}</p>\n",
        "rating": one["rating"],
        "verified": one["verified"],
        "reviewer_avatar_urls": {"96": picture_url(call.base, "avatar-makers.jpg")},
    }
    if with_key:
        return item | {"status": "approved", "reviewer_email": "reader@reviews.larkwood.example"}
    return item | {"product_name": _entities(post.title), "product_permalink": account.link(post)}


def _images(post: Post, call: Call) -> list[dict[str, object]]:
    return [
        {
            "id": place,
            "src": picture_url(call.base, picture),
            "thumbnail": picture_url(call.base, picture),
            "name": picture.file,
            "alt": picture.alt,
        }
        for place, picture in enumerate(post.pictures, start=1)
    ]


def _average(post: Post) -> str:
    stars = [one["rating"] for one in post.extra.get("reviews", [])]
    return f"{sum(stars) / len(stars):.2f}" if stars else "0.00"


def _term(name: str) -> dict[str, object]:
    return {"id": len(name), "name": _entities(name), "slug": name.lower()}


def _entities(words: str) -> str:
    return words.replace("&", "&amp;")


def _cents(amount: str) -> str:
    return str(int(Decimal(amount) * 100))


def _gmt(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if moment else None


def _local(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else None


NETWORK = Network(speaks="the REST APIs of WooCommerce", answer=answer, too_many=too_many)
