"""Shopify: the products of a shop, or of one of its collections.

You need the shop's address. Its list of products is public and needs no key, unless
the shop stands behind a password page or has switched the list off.

You get each product with its text, pictures, tags, maker, and what its cheapest
variant costs, before a sale, too, and whether it can be had. A product that is taken
off the shop leaves the hub. Shops with more than 2,500 products show the first of
them only.

You do not get descriptions of pictures, since the list has none, nor the currency:
say it in ``currency``.

    [[source]]
    name = "larkwood-shopify"
    connector = "shopify"
    server = "https://shop.larkwood.example"
    currency = "EUR"
    # collection = "winter"                   # one collection, as its address names it
    # site = "https://larkwood.example"       # where visitors find the shop, if not at server
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote, urlsplit

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Price, Terms

_PAGE = 250  # products; the most that Shopify gives
_PAGES = 10
_PICTURES = 20
_WIDTH = 1600  # pixels; Shopify makes larger ones smaller when asked
_CURRENCY = re.compile(r"[A-Z]{3}")
_CAUSES = {
    401: Cause.PERMISSION,  # the password page
    402: Cause.PERMISSION,  # the shop did not pay
    423: Cause.PERMISSION,  # the shop is locked
    430: Cause.BLOCKED,  # Shopify's own, for robots; from memory, to be checked
}
_CLOSED = "the shop is behind its password page; its products can be read when it opens"


@dataclass(frozen=True, slots=True)
class Shopify:
    """The products that one shop shows to everybody."""

    server: str
    currency: str = ""
    collection: str = ""
    site: str = ""
    network: ClassVar[str] = "shopify"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a shop, such as https://shop.example")
        if self.site and not urls.absolute(self.site):
            raise ValueError("site must be a full address, beginning with https://")
        if self.currency and not _CURRENCY.fullmatch(self.currency):
            raise ValueError('currency must be three capital letters, such as "EUR"')

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the products: the first page only where ``since`` says that we have seen the others.

        Most shops fit on that page, so that every poll sees their prices, and what is gone.
        """
        posts: list[Post] = []
        rejected: list[str] = []
        is_all = False
        for number in range(1, 2 if since else _PAGES + 1):
            page = _checked((yield self._ask(number))).at("products")
            if not isinstance(page.value, list):
                raise BadData("the list of products has no products")
            items = page.each()
            found, refused = apis.listed(items, lambda item: self._post(item, source), "product")
            posts += found
            rejected += refused
            is_all = len(items) < _PAGE
            if is_all:
                break
        oldest = min((post.published for post in posts if post.published), default=None)
        return Batch(
            tuple({post.id: post for post in posts}.values()),
            rejected=tuple(rejected),
            since=json.dumps({"pages": number}),
            whole=is_all,
            window=EVER if is_all else None if since else oldest,
        )

    def _ask(self, number: int) -> Request:
        below = f"/collections/{quote(self.collection)}" if self.collection else ""
        query = {"limit": _PAGE, "page": number if number > 1 else None}
        return apis.get(f"{self.server.rstrip('/')}{below}/products.json", query)

    def _post(self, item: Data, source: str) -> Post:
        site = (self.site or self.server).rstrip("/")
        permalink = urls.absolute(f"{site}/products/{quote(item.need('handle'))}")
        html, body = apis.written(item.text("body_html"), permalink)
        title = text.line(item.need("title"))
        published, updated = item.moment("published_at"), item.moment("updated_at")
        pictures = (_picture(one, permalink) for one in item.each("images")[:_PICTURES])
        return Post(
            id=item.need("id"),
            source=source,
            kind=Kind.PRODUCT,
            permalink=permalink,
            title=title,
            html=html,
            text=body,
            dir=text.direction(f"{title} {body}"),
            author=Author(text.line(item.text("vendor"))),
            published=published,
            updated=updated if published and updated and updated > published else None,
            media=tuple({one.url: one for one in pictures if one}.values()),
            price=_price(item.each("variants"), self.currency),
            tags=_tags(item),
        )


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError: a closed shop leads to its password page, with 200 or 401."""
    if urlsplit(response.url).path.rstrip("/").endswith("/password"):
        raise PlatformError(f"Shopify says: {_CLOSED}", Cause.PERMISSION)
    cause = _CAUSES.get(response.status)
    said = None if cause else apis.refused(response)
    if cause is None and said is None:
        return apis.read(response)
    if response.status == HTTPStatus.NOT_FOUND:
        words = (
            "there is no such list of products; the shop may have switched it off, or has no such collection"
        )
    else:
        words = _CLOSED if response.status == HTTPStatus.UNAUTHORIZED else said.text("errors") if said else ""
    raise apis.refusal(response, "Shopify", cause, words)


def _price(variants: list[Data], currency: str) -> Price | None:
    """What the cheapest variant costs that can be had; the cheapest of all where none can."""
    priced = [(amount, one) for one in variants if (amount := one.amount("price")) is not None]
    told = [one for _, one in priced if one.has("available")]
    there = [(amount, one) for amount, one in priced if one.flag("available")]
    if not priced:
        return None
    amount, variant = min(there or priced, key=lambda pair: pair[0])
    before = variant.amount("compare_at_price")
    return Price(
        amount,
        currency,
        before if before is not None and before > amount else None,
        bool(there) if told else None,
    )


def _picture(image: Data, permalink: str) -> Media | None:
    address = image.web("src", base=permalink)
    if not address:
        return None
    width, height = image.size("width"), image.size("height")
    if width and height and width > _WIDTH:
        address += ("&" if "?" in address else "?") + f"width={_WIDTH}"
        width, height = _WIDTH, max(round(height * _WIDTH / width), 1)
    return Media("image", address, text.line(image.text("alt")), width, height)


def _tags(item: Data) -> tuple[str, ...]:
    """A list, or one text with commas, as older shops have it."""
    said = item.texts("tags") or item.text("tags").split(",")
    return tuple(dict.fromkeys(tag for one in said if (tag := text.line(one).lstrip("# "))))


CONNECTOR: type[Connector] = Shopify
