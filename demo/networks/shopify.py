"""Shopify: the list of products that every shop shows, and its password page."""

from __future__ import annotations

from datetime import datetime
from html import escape

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import body, picture_url


def answer(account: Account, call: Call) -> Reply:
    """Answer as a shop does, or as a closed one: ``extra.password`` closes it."""
    if call.path == "/password":
        return _page("Opening soon")
    if account.extra.get("password"):
        return Reply(b"", 302, {"location": f"{call.api}/password"})
    match call.method, *call.path.strip("/").split("/"):
        case "GET", "products.json":
            return _products(account, call, account.posts)
        case "GET", "collections", name, "products.json":
            found = tuple(post for post in account.posts if name in post.extra.get("collections", []))
            return _products(account, call, found) if found else _not_found()
        case "GET", "products", handle:
            post = next((one for one in account.posts if one.id == handle), None)
            return _page(post.title) if post else _not_found()
    return _not_found()


def too_many(_account: Account, seconds: int) -> Reply:
    """Shopify names the seconds as a number with a decimal point."""
    return reply(
        {"errors": "Exceeded the rate limit. Reduce request rates."}, 429, {"retry-after": f"{seconds}.0"}
    )


def _page(title: str) -> Reply:
    page = f"<!DOCTYPE html>\n<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n"
    return Reply(page.encode(), 200, {"content-type": "text/html; charset=utf-8"})


def _not_found() -> Reply:
    return reply({"errors": "Not Found"}, 404)


def _products(account: Account, call: Call, posts: tuple[Post, ...]) -> Reply:
    """A page of products; a shop gives 250 at the most, whatever is asked for."""
    limit, number = call.query.get("limit", "30"), call.query.get("page", "1")
    if not (limit.isdigit() and number.isdigit()) or int(limit) < 1 or int(number) < 1:
        return reply({"errors": {"limit": "expected Integer to be in 1..250"}}, 400)
    size = min(int(limit), 250)
    start = (int(number) - 1) * size
    return reply({"products": [_product(account, post, call) for post in posts[start : start + size]]})


def _product(account: Account, post: Post, call: Call) -> dict[str, object]:
    identity = int(post.extra["id"])
    published, changed = _moment(post.date), _moment(post.changed)
    variants = post.extra.get("variants") or [["Default Title", post.price]]
    images: list[dict[str, object]] = [
        {
            "id": identity * 10 + place,
            "created_at": published,
            "position": place,
            "updated_at": changed,
            "product_id": identity,
            "variant_ids": [],
            "src": f"{picture_url(call.base, picture)}?v=1760000000",
            "width": picture.size[0],
            "height": picture.size[1],
        }
        for place, picture in enumerate(post.pictures, start=1)
    ]
    return {
        "id": identity,
        "title": post.title,
        "handle": post.id,
        "body_html": body(post, call.base),
        "published_at": published,
        "created_at": published,
        "updated_at": changed,
        "vendor": post.author or account.author,
        "product_type": "",
        "tags": list(post.tags),
        "variants": [
            {
                "id": identity * 100 + place,
                "title": title,
                "option1": title,
                "option2": None,
                "option3": None,
                "sku": f"{post.id}-{place}",
                "requires_shipping": True,
                "taxable": True,
                "featured_image": None,
                "available": post.available,
                "price": price,
                "grams": 0,
                "compare_at_price": post.before or None,
                "position": place,
                "product_id": identity,
                "created_at": published,
                "updated_at": changed,
            }
            for place, (title, price) in enumerate(variants, start=1)
        ],
        "images": images,
        "options": [{"name": "Title", "position": 1, "values": [title for title, _ in variants]}],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


NETWORK = Network(speaks="the list of products of Shopify", answer=answer, too_many=too_many)
