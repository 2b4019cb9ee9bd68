"""What of a post tells its message, made once and small enough to keep."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.curate.facts import Facts, found
from forecourt.curate.likeness.words import address, wording
from forecourt.model import Event, Kind, Post

_MOST_LOOKS = 8
_MOST_FACTS = 1500  # characters in which facts are looked for: a message states them early
_MOST_PLACE = 200  # characters
_GLOBAL = re.compile(r"(?:https?://|tag:|urn:(?!li:)|at://)\S+", re.IGNORECASE)
_PLACE_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a post tells its message.

    ``at`` is when it was published. ``stated`` are names that are the same wherever it stands: its permalink and
    an id that is unique in the world. ``syndicated`` are addresses of its copies, as it says itself. ``about`` are
    the addresses of what it quotes or answers. ``words`` are numbers, in their order; so are ``heads`` (names and
    figures among them), ``tags`` (its hashtags) and ``joint`` (each two words in a row).
    ``looks`` are its pictures, as ``media.looks`` sees them. ``start`` and ``where`` are of an event, ``price`` of a
    product.
    """

    source: str
    store: str
    lang: str
    kind: Kind
    at: datetime
    permalink: str
    facts: Facts
    stated: tuple[str, ...] = ()
    syndicated: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    answers: bool = False
    links: tuple[str, ...] = ()
    words: tuple[int, ...] = ()
    heads: frozenset[int] = frozenset()
    tags: tuple[int, ...] = ()
    joint: tuple[int, ...] = ()
    looks: tuple[int, ...] = ()
    start: datetime | None = None
    where: frozenset[str] = frozenset()
    price: str = ""


def traits(post: Post, published: datetime, store: str = "", looks: Sequence[int] = ()) -> Traits:
    """The traits of a post. ``store`` is the local store that its source belongs to, "" for the brand itself."""
    lang = post.lang.partition("-")[0].lower()
    permalink = address(post.permalink)
    said = wording(post, permalink)
    stating = f"{post.title}\n{post.text}"[:_MOST_FACTS]
    about = [address(one) for one in (post.quote_of, post.in_reply_to) if one]
    return Traits(
        source=post.source,
        store=store,
        lang=lang,
        kind=post.kind,
        at=published,
        permalink=permalink,
        facts=found(stating, lang, published),
        stated=tuple(filter(None, [permalink, post.id if _GLOBAL.fullmatch(post.id) else ""])),
        syndicated=tuple(filter(None, map(address, post.syndicated))),
        about=tuple(filter(None, about)),
        answers=bool(post.in_reply_to) or post.kind is Kind.REPLY,
        links=said.links,
        words=said.words,
        heads=said.heads,
        tags=said.tags,
        joint=said.joint,
        looks=tuple(one for one in looks[:_MOST_LOOKS] if one),
        start=post.event.start if post.event else None,
        where=frozenset(_PLACE_WORD.findall(post.event.place.casefold()[:200]))
        if post.event
        else frozenset(),
        price=f"{post.price.amount.normalize():f} {post.price.currency}" if post.price else "",
    )


def _where(event: Event, host: str) -> frozenset[str]:
    """The words of an event's place, without the brand's name: that is where all of its events are."""
    words = _PLACE_WORD.findall(event.place[:_MOST_PLACE].casefold())
    return frozenset(word for word in words if word not in host)
