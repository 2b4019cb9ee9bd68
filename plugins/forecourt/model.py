"""A post, and what it is made of: one shape from the connector to the page.

All of it is frozen. Text that a person sees is plain; ``Post.html`` is the only
field that holds markup, and it is sanitised before it gets here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Direction = Literal["ltr", "rtl"]
MediaType = Literal["image", "video", "audio"]


class Kind(StrEnum):
    """What a post is; it chooses the card, never the platform it came from."""

    NOTE = "note"
    ARTICLE = "article"
    PHOTO = "photo"
    VIDEO = "video"
    EPISODE = "episode"
    REVIEW = "review"
    EVENT = "event"
    PRODUCT = "product"
    QUESTION = "question"
    REPLY = "reply"  # what somebody said to a post of the account; kept with it, on no listing


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post. ``handle`` is as the network writes it, with its ``@``."""

    name: str = ""
    handle: str = ""
    url: str = ""
    avatar: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or recording of a post.

    ``url`` is where the origin keeps it. ``width`` and ``height`` are pixels,
    ``duration`` is seconds; None is unknown. ``alt`` is the picture's own
    description, never its caption; empty means that nobody wrote one.
    ``poster`` is the picture that stands for a film or a recording. ``player`` is
    the address of a player of the origin's, of those that ``players`` knows.
    """

    type: MediaType
    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    poster: str = ""
    player: str = ""


@dataclass(frozen=True, slots=True)
class Engagement:
    """How many times; None is unknown, never 0."""

    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """The stars of one review: ``value`` of ``best``."""

    value: float
    best: float = 5


@dataclass(frozen=True, slots=True)
class Event:
    """When and where an event is. Times carry a zone."""

    start: datetime
    end: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What a product costs. ``before`` is what it cost before the sale; ``currency`` as in ISO 4217."""

    amount: Decimal
    currency: str = ""
    before: Decimal | None = None
    available: bool | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One message of one linked account.

    ``id`` is opaque and unique within its source, and stays when the origin
    changes its addresses. ``published`` is None where the origin gives no date:
    the store then keeps the time at which the post was first seen.
    ``in_reply_to`` and ``quote_of`` are addresses, of what it answers and what it
    quotes; ``syndicated`` are those of the same message elsewhere, as its origin says. ``mentions`` are handles, as the
    network writes them.
    ``display_until`` is the last moment at which it may be shown; what a
    platform's terms say of all its posts is in ``Terms.keep``.
    """

    id: str
    source: str
    kind: Kind
    permalink: str
    title: str = ""
    html: str = ""
    text: str = ""
    lang: str = ""
    dir: Direction = "ltr"
    author: Author = Author()
    published: datetime | None = None
    updated: datetime | None = None
    media: tuple[Media, ...] = ()
    engagement: Engagement = Engagement()
    rating: Rating | None = None
    event: Event | None = None
    price: Price | None = None
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    in_reply_to: str = ""
    quote_of: str = ""
    syndicated: tuple[str, ...] = ()
    display_until: datetime | None = None

    def pictures(self) -> list[str]:
        """The addresses of all it shows: its pictures, what stands for its films, and its author."""
        shown = [media.url if media.type == "image" else media.poster for media in self.media]
        return list(dict.fromkeys(filter(None, [*shown, self.author.avatar])))


class Secret:
    """A token or password. It prints as dots, so that no log or error shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def reveal(self) -> str:
        """The secret itself, for the one header it goes into."""
        return self._text


@dataclass(frozen=True, slots=True)
class Terms:
    """What a platform lets us do with its posts. Fetch and build obey; nobody has to remember.

    ``keep`` is how long a post may be kept and shown after it was last read, None
    for as long as it is there. ``recheck`` is how often the account is read anew to
    see edits and deletions, None where every poll does. ``syndicate`` says whether
    its text may stand in our feeds, ``index`` whether in our search, ``pictures``
    whether we may keep copies of its pictures. ``credit`` must stand beside each
    post. ``enabled`` False asks the operator to say so before anything is asked.
    ``note`` is what else the operator must know, a sentence or two.
    """

    keep: timedelta | None = None
    recheck: timedelta | None = timedelta(days=1)
    syndicate: bool = True
    index: bool = True
    pictures: bool = True
    credit: str = ""
    enabled: bool = True
    note: str = ""


Status = Literal["published", "held", "hidden", "rejected", "gone"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a post, why, and on which listings it stands.

    A listing is "stream", "source/NAME", "network/NAME", "kind/KIND", "store/SLUG", "campaign/SLUG" or "tag/SLUG";
    only a published post stands on any. ``leaves`` is when our own rules end its showing.
    """

    status: Status
    reasons: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    leaves: datetime | None = None


@dataclass(frozen=True, slots=True)
class Curation:
    """What editors said about how a post is shown; ``place`` is the file that says so.

    ``lang`` is the language of ``caption``, "" for the hub's. ``alts`` describe its pictures in their order, "" those
    that are left as they are.
    """

    place: str
    pin: bool = False
    feature_until: datetime | None = None
    caption: str = ""
    lang: str = ""
    alts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
