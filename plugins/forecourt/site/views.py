"""What templates are given: small frozen objects, ready to print.

Templates choose and arrange; every address, count and excerpt is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from forecourt.model import Direction, Event, Price, Rating


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words; ``current`` where it leads to the page it stands on."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class ListingLink:
    """A link to a listing, with how many posts it shows."""

    id: str
    label: str
    url: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed of ours; ``type`` is its media type."""

    title: str
    url: str
    type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture served from the hub, at its largest; its size is in pixels.

    ``srcset`` and ``avif`` are its files as browsers choose among them, "" where there is but the one.
    ``tone`` names the classes that colour its place until it is there; ``placeholder`` is a tiny
    picture as a ``data:`` address.
    """

    url: str
    width: int
    height: int
    alt: str = ""
    srcset: str = ""
    avif: str = ""
    tone: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class AuthorView:
    """Who wrote a post, as shown."""

    name: str = ""
    handle: str = ""
    url: str = ""
    avatar: Picture | None = None


@dataclass(frozen=True, slots=True)
class SourceView:
    """The linked account a post came through; ``credit`` is what its platform's terms ask us to print."""

    label: str
    url: str
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A post, or an article of the brand's own, as shown on a card or on its page.

    Where its origin gives no date, ``dated`` is False and ``published`` only a place
    among the others.
    """

    kind: str
    url: str
    permalink: str
    title: str
    excerpt: str
    html: Markup
    lang: str
    dir: Direction
    author: AuthorView
    network: ListingLink
    source: SourceView
    published: datetime
    dated: bool = True
    updated: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    duration: int | None = None
    playable: str = ""
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None
    rating: Rating | None = None
    event: Event | None = None
    price: Price | None = None
    tags: tuple[Link, ...] = ()
    pinned: bool = False
    editorial: bool = False
    origin: str = ""
    """The host of ``permalink``, to say where that link goes."""


@dataclass(frozen=True, slots=True)
class PeriodLink:
    """A link to a year or month of a listing's archive, with how many posts it holds."""

    label: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    """The period that an archive page shows, in words; ``granularity`` is year, month or day."""

    label: str
    granularity: str


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing, as the head of its pages shows it. ``kind`` is stream, news, source, network or tag.

    ``count`` is how much it shows, which its front page alone is told: its archive would change with each post.
    """

    kind: str
    title: str
    label: str
    description: str
    url: str
    count: int | None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class AccountFeeds:
    """The addresses of a listing's two feeds."""

    atom: str
    json: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """A linked account on the page that says where to follow the brand, which stays as it is while it posts."""

    label: str
    network: ListingLink
    profile: str
    url: str
    feeds: AccountFeeds
    store: str = ""


@dataclass(frozen=True, slots=True)
class BrandView:
    """The brand, with its pictures as the hub serves them."""

    name: str
    tagline: str
    description: str
    hashtag: str
    logo: str
    hero: Picture | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class HubView:
    """What every page knows of the hub.

    When something last came and how much there is knows the home page alone: every
    other page would be another one with each new post.
    """

    home: str
    nav: tuple[Link, ...]
    networks: tuple[ListingLink, ...]
    follow_url: str
    archive_url: str
    feeds: tuple[FeedLink, ...]
    as_of: datetime | None = None
    total: int = 0


@dataclass(frozen=True, slots=True)
class PageView:
    """The page itself: what stands in its head."""

    title: str
    lang: str
    dir: Direction = "ltr"
    description: str = ""
    canonical: str = ""
    image: str = ""
    robots: str = ""
    feeds: tuple[FeedLink, ...] = ()
    me: tuple[str, ...] = ()
