"""WooCommerce: the products of a shop on WordPress, or what its buyers say of them.

You need the shop's address: what it shows to everybody is read without a key. With a
key the products have their dates, too. Make one under WooCommerce, Settings, Advanced,
REST API, with the right to read; it is a pair of texts that begin with ck_ and cs_,
does not end, and is taken over https only.

You get each product with its text, pictures and their descriptions, categories, tags,
stars, what it costs, before a sale, too, and whether it can be had. With ``reviews``
you get the newest reviews instead: their text, stars and writers.

You do not get hidden products, or reviews that wait for approval. A key does not tell
the currency of the prices: say it in ``currency``.

    [[source]]
    name = "larkwood-woocommerce"
    connector = "woocommerce"
    server = "https://parts.larkwood.example"
    # client_id = "ck_4f1c…"                             # the first half of a key
    # client_secret = "env:LARKWOOD_WOOCOMMERCE_SECRET"  # the second half
    # currency = "EUR"                                   # of the prices, where there is a key
    # reviews = true                                     # collect reviews instead of products
    # verified = true                                    # only those of people who bought the thing
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlsplit

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import Cause
from forecourt.model import Author, Engagement, Kind, Media, Post, Price, Rating, Secret, Terms

_STORE = "/wp-json/wc/store/v1"  # for everybody
_ADMIN = "/wp-json/wc/v3"
_PAGE = 100  # the most that WooCommerce gives
_PAGES = 5
_BEST = 5
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DECIMALS = 6
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_UNSORTED = frozenset({"uncategorized", "uncategorised"})
_BAD_KEY = "woocommerce_rest_authentication_error"


@dataclass(frozen=True, slots=True)
class WooCommerce:
    """The products of one shop, or the reviews of them."""

    server: str
    client_id: str = ""
    client_secret: Secret | None = None
    currency: str = ""
    reviews: bool = False
    verified: bool = False
    network: ClassVar[str] = "woocommerce"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a shop, such as https://shop.example")
        if bool(self.client_id) != bool(self.client_secret):
            raise ValueError("client_id and client_secret must be given both, or none of them")
        parts = urlsplit(self.server)
        if self.client_secret and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError(
                "server must begin with https:// where there is a key: it is taken over nothing else"
            )
        if self.currency and not _CURRENCY.fullmatch(self.currency):
            raise ValueError('currency must be three capital letters, such as "EUR"')

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the products or reviews; with ``since`` for what is new, in one request.

        ``since`` is ``{"changed": …}`` of products, ``{"newest": …}`` of reviews.
        """
        known = json.loads(since) if since else {}
        if self.reviews:
            return (yield from self._reviews(source, known))
        return (yield from self._products(source, known))

    def _products(self, source: str, known: dict[str, str]) -> Conversation:
        # The shop for everybody tells no dates: of that the first page is read each time, all of most shops.
        changed = known.get("changed", "") if self.client_secret else ""
        query: dict[str, object] = {"orderby": "date", "order": "desc"}
        query |= {"status": "publish"} if self.client_secret else {"catalog_visibility": "catalog"}
        if changed:
            query |= {"modified_after": changed, "dates_are_gmt": "true"}
        items, is_all = yield from self._pages("products", query, 1 if known and not changed else _PAGES)
        posts, rejected = apis.listed(items, lambda item: self._product(item, source), "product")
        newest = max([_changed(item) for item in items] + [changed])
        oldest = min((post.published for post in posts if post.published), default=None)
        return Batch(
            tuple({post.id: post for post in posts}.values()),
            rejected=tuple(rejected),
            since=json.dumps({"changed": newest}),
            whole=is_all and not changed,
            window=None if changed else EVER if is_all else None if known else oldest,
        )

    def _reviews(self, source: str, known: dict[str, int]) -> Conversation:
        newest = known.get("newest", 0)
        items, is_all = yield from self._pages("products/reviews", {}, 1 if known else _PAGES)
        fresh = [item for item in items if (item.count("id") or 0) > newest]
        products = yield from self._reviewed(fresh)
        posts, rejected = apis.listed(fresh, lambda item: self._review(item, source, products), "review")
        oldest = min((post.published for post in posts if post.published), default=None)
        return Batch(
            tuple({post.id: post for post in posts}.values()),
            rejected=tuple(rejected),
            since=json.dumps({"newest": max([item.count("id") or 0 for item in items] + [newest])}),
            window=None if known else EVER if is_all else oldest,
        )

    def _pages(
        self, path: str, query: dict[str, object], most: int
    ) -> Generator[Request, Response, tuple[list[Data], bool]]:
        """The items of so many pages, and whether they are all."""
        items: list[Data] = []
        for number in range(1, most + 1):
            response = yield self._ask(path, {"per_page": _PAGE, "page": number, **query})
            page = _checked(response).each()
            items += page
            pages = Data(response.headers.get("x-wp-totalpages")).count()
            if len(page) < _PAGE or (pages is not None and number >= pages):
                return items, True
        return items, False

    def _reviewed(self, reviews: list[Data]) -> Generator[Request, Response, dict[str, Data]]:
        """The products that reviews are about: who asks with a key is told their numbers only."""
        numbers = dict.fromkeys(
            one.text("product_id") for one in reviews if not one.text("product_permalink")
        )
        asked = [number for number in numbers if number.isdigit()][:_PAGE]
        if not asked:
            return {}
        query = {"include": ",".join(asked), "per_page": _PAGE, "_fields": "id,name,permalink"}
        found = _checked((yield self._ask("products", query)))
        return {one.text("id"): one for one in found.each()}

    def _ask(self, path: str, query: dict[str, object]) -> Request:
        server = self.server.rstrip("/")
        if not self.client_secret:
            return apis.get(f"{server}{_STORE}/{path}", query)
        pair = f"{self.client_id}:{self.client_secret.reveal()}".encode()
        headers = {"authorization": f"Basic {b64encode(pair).decode()}"}
        return apis.get(f"{server}{_ADMIN}/{path}", query, headers=headers)

    def _product(self, item: Data, source: str) -> Post | None:
        if item.text("status") not in {"publish", ""} or item.text("catalog_visibility") == "hidden":
            return None
        identity, permalink = item.need("id"), item.web("permalink")
        html, body = apis.written(item.text("short_description") + item.text("description"), permalink)
        title = _words(item.need("name"))
        published, changed = item.moment("date_created_gmt"), item.moment("date_modified_gmt")
        reviews = item.count("review_count") if item.has("review_count") else item.count("rating_count")
        stars = item.number("average_rating")
        pictures = (_picture(one, permalink) for one in item.each("images"))
        return Post(
            id=identity,
            source=source,
            kind=Kind.PRODUCT,
            permalink=permalink,
            title=title,
            html=html,
            text=body,
            dir=text.direction(f"{title} {body}"),
            published=published,
            updated=changed if published and changed and changed > published else None,
            media=tuple({one.url: one for one in pictures if one}.values()),
            engagement=Engagement(comments=reviews),
            rating=Rating(stars, _BEST) if reviews and stars and 0 < stars <= _BEST else None,
            price=self._price(item),
            tags=_tags(item),
        )

    def _price(self, item: Data) -> Price | None:
        prices = item.at("prices")
        if prices:
            decimals = min(prices.count("currency_minor_unit") or 0, _MOST_DECIMALS)
            amount, before = (
                None if (found := prices.amount(key)) is None else found.scaleb(-decimals)
                for key in ("price", "regular_price")
            )
            currency, available = prices.text("currency_code"), item.at("is_in_stock").value
        else:
            amount, before = item.amount("price"), item.amount("regular_price")
            stock = item.text("stock_status")
            currency, available = self.currency, stock != "outofstock" if stock else None
        if amount is None:
            return None
        return Price(
            amount,
            currency if _CURRENCY.fullmatch(currency) else self.currency,
            before if item.flag("on_sale") and before is not None and before > amount else None,
            available if isinstance(available, bool) else None,
        )

    def _review(self, item: Data, source: str, products: dict[str, Data]) -> Post | None:
        if item.text("status") not in {"approved", ""} or (self.verified and not item.flag("verified")):
            return None
        identity, number = item.need("id"), item.need("product_id")
        product = products.get(number, Data(None))
        where = item.web("product_permalink") or product.web("permalink")
        # WordPress finds a page by its number, too.
        where = where.partition("#")[0] or urls.absolute(f"{self.server.rstrip('/')}/?p={number}")
        html, body = apis.written(item.text("review"), where)
        stars = item.number("rating")
        return Post(
            id=identity,
            source=source,
            kind=Kind.REVIEW,
            permalink=urls.absolute(f"{where}#comment-{identity}"),
            title=_words(item.text("product_name") or product.text("name")),
            html=html,
            text=body,
            dir=text.direction(body),
            author=Author(_words(item.text("reviewer")), avatar=item.web("reviewer_avatar_urls", "96")),
            published=item.moment("date_created_gmt"),
            rating=Rating(stars, _BEST) if stars and 0 < stars <= _BEST else None,
        )


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError: ``{"code": …, "message": …}``; a bad key is 401 as a forbidden list is."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    code, cause = said.text("code"), None
    if response.status == HTTPStatus.UNAUTHORIZED:
        cause = Cause.AUTH_DEAD if code == _BAD_KEY else Cause.PERMISSION
    raise apis.refusal(response, "WooCommerce", cause, said.text("message"))


def _changed(item: Data) -> str:
    found = item.moment("date_modified_gmt")
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if found else ""


def _words(html: str) -> str:
    """Names are HTML here: entities stand for characters, and some hold markup."""
    return text.line(text.plain(html))


def _picture(image: Data, permalink: str) -> Media | None:
    address = image.web("src", base=permalink)
    return Media("image", address, _words(image.text("alt"))) if address else None


def _tags(item: Data) -> tuple[str, ...]:
    terms = [*item.each("categories"), *item.each("tags")]
    names = (_words(term.text("name")).lstrip("# ") for term in terms if term.text("slug") not in _UNSORTED)
    return tuple(dict.fromkeys(filter(None, names)))


CONNECTOR: type[Connector] = WooCommerce
