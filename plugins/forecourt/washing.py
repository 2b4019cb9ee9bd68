"""The last look at what a connector read, so that a page may show it whoever wrote the connector.

Connectors clean what they read, each in its own way. Here every field goes through
the one function for its kind: words on one line, text, HTML, addresses, numbers,
moments. What goes through twice comes out the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from forecourt import players, text, urls
from forecourt.model import Author, Engagement, Event, Media, Post, Price, Rating
from forecourt.talk import Batch, Rejection

MOST_MEDIA = 100
"""Pictures and films of one post."""

MOST_TAGS = 50
"""Tags of one post, each of which may become a page; and people that it names."""

_TITLE, _NAME, _TAG, _ALT, _ID, _SENTENCE = 500, 200, 100, 4000, 500, 500  # characters
_LOOKS = 3  # at HTML that changes; honest HTML does not
_PIXELS = 100_000  # of a side
_MUCH = 10**12  # nothing is liked more often, and nothing costs more
_YEARS = range(1000, 9000)  # what can be turned into any zone and written with four digits

Wash = Callable[[Any], Any]  # Any: of the type of the field
Thing = TypeVar("Thing", Author, Media, Engagement, Rating, Event, Price, Post)


class Washing:
    """Washes the posts of one account.

    ``own`` is the folder of the hub that it reads, as the address it asks for: pictures may
    be of that folder, and of no other.
    """

    def __init__(self, own: str = "") -> None:
        name, address = partial(_words, limit=_NAME), urls.absolute
        picture = partial(_picture, own=own)
        size = partial(_count, most=_PIXELS, least=1)
        self.fields: Mapping[type, Mapping[str, Wash]] = {
            Author: {"name": name, "handle": name, "url": address, "avatar": picture},
            Media: {
                "type": _as_it_is, "url": picture, "alt": partial(_words, limit=_ALT), "width": size,
                "height": size, "duration": _count, "poster": picture,
                "player": players.ours,
            },
            Engagement: dict.fromkeys(("likes", "comments", "shares", "views"), _count),
            Rating: {"value": float, "best": float},
            Event: {"start": _moment, "end": _moment, "place": name},
            Price: {
                "amount": _as_it_is, "currency": partial(_words, limit=10), "before": _price,
                "available": _as_it_is,
            },
            Post: {
                "id": _id, "source": _as_it_is, "kind": _as_it_is, "permalink": address,
                "title": partial(_words, limit=_TITLE), "html": _html, "text": _text,
                "lang": text.language, "dir": _direction, "author": self._thing,
                "published": _moment, "updated": _moment, "media": self._media,
                "engagement": self._thing, "rating": self._rating, "event": self._event,
                "price": self._product, "tags": _names, "mentions": _names,
                "in_reply_to": address, "quote_of": address, "syndicated": _addresses,
                "display_until": _moment,
            },
        }  # fmt: skip
        """For each part of a post what its fields go through."""

    def batch(self, batch: Batch) -> Batch:
        """All that a batch brings."""
        return replace(
            batch,
            posts=tuple(map(self.post, batch.posts)),
            gone=tuple(map(_id, batch.gone)),
            rejected=tuple(map(_sentence, batch.rejected)),
            notes=tuple(map(_sentence, batch.notes)),
            threads=tuple(filter(None, map(urls.absolute, batch.threads))),
        )

    def post(self, post: Post) -> Post:
        """The post with every field as a page may show it."""
        return self._thing(post)

    def _thing(self, thing: Thing) -> Thing:
        fields = self.fields[type(thing)]
        return replace(thing, **{name: wash(getattr(thing, name)) for name, wash in fields.items()})

    def _media(self, media: Iterable[Media]) -> tuple[Media, ...]:
        washed = [self._thing(one) for one in media if one.type in {"image", "video", "audio"}]
        return tuple(one for one in washed if one.url or one.poster)[:MOST_MEDIA]

    def _rating(self, rating: Rating | None) -> Rating | None:
        if rating is None or not (0 <= rating.value <= rating.best < math.inf and rating.best > 0):
            return None
        return self._thing(rating)

    def _event(self, event: Event | None) -> Event | None:
        if not event or not _moment(event.start):
            return None
        done: Event = self._thing(event)
        return done if done.end is None or done.end > done.start else replace(done, end=None)

    def _product(self, price: Price | None) -> Price | None:
        return self._thing(price) if price and _price(price.amount) is not None else None


def _as_it_is(value: Any) -> Any:  # Any: of the type of the field
    return value


def _words(value: str, limit: int) -> str:
    return text.excerpt(value, limit)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_words(value, _TAG) for value in values))))[:MOST_TAGS]


def _addresses(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(urls.absolute, values))))[:MOST_TAGS]


def _html(value: str) -> str:
    """HTML that a parser reads as the sanitiser did: some of it is another tree once it was written down."""
    for _ in range(_LOOKS):
        cleaned = text.clean(value, "")
        if cleaned == value:
            break
        value = cleaned
    return value


def _text(value: str) -> str:
    return text.lines(value[: text.LONGEST])


def _direction(value: str) -> str:
    return "rtl" if value == "rtl" else "ltr"


def _id(value: str) -> str:
    """An id on one line; a longer one is its beginning and a hash of the whole."""
    said = text.line(value)
    if said and len(said) <= _ID:
        return said
    mark = hashlib.sha256(value.encode(errors="replace")).hexdigest()[:32]
    return f"{said[: _ID - 40].rstrip()} {mark}".strip()


def _picture(value: str, own: str) -> str:
    if own and value.startswith(f"{own}/") and value.isascii() and value.isprintable():
        return value
    return urls.absolute(value)


def _count(value: int | None, most: int = _MUCH, least: int = 0) -> int | None:
    return value if value is not None and least <= value <= most else None


def _price(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() and abs(value) <= _MUCH else None


def _moment(value: datetime | None) -> datetime | None:
    if value is None or value.year not in _YEARS:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _sentence(value: str) -> str:
    said = text.excerpt(value, _SENTENCE)
    return Rejection(said, map(_id, value.marks)) if isinstance(value, Rejection) else said
