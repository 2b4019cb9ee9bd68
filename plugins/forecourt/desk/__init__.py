"""The desk: what marketing writes about the hub's posts and pages, read and checked, before any of it is used.

Files below ``content/`` become the small frozen objects below. Nothing here knows the store, Pelican or a
clock; who uses them says what they mean for posts (``curate``) and pages (``site``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from forecourt.model import Event


@dataclass(frozen=True, slots=True)
class Promise:
    """The facts that a campaign's message states, each None or "" where it states none.

    ``percent`` is a reduction in per cent, ``price`` an amount in ``currency`` (ISO 4217, "" where it names
    none), ``day`` the day that it is about, ``code`` what one says or types to get it, ``link`` where it leads.
    """

    percent: Decimal | None = None
    price: Decimal | None = None
    currency: str = ""
    day: date | None = None
    code: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A message of the brand's for a while. It runs from ``start`` until just before ``end``; both carry a zone.

    ``place`` is its file ("content/campaigns/winter-sale.md"), ``hashtags`` are without their sign, ``channels``
    the names of the sources that are to say ``message``, ``owner`` who in the company looks after it. ``messages``
    is the message in other languages, as their files give it: pairs of a language tag and a text.
    """

    slug: str
    place: str
    title: str
    lang: str
    start: datetime
    end: datetime
    hashtags: tuple[str, ...] = ()
    message: str = ""
    promise: Promise = Promise()
    channels: tuple[str, ...] = ()
    owner: str = ""
    messages: tuple[tuple[str, str], ...] = ()

    def runs(self, now: datetime) -> bool:
        """Whether it is on."""
        return (
            self.start.astimezone(UTC) <= now.astimezone(UTC) < self.end.astimezone(UTC)
        )  # not by wall clocks


@dataclass(frozen=True, slots=True)
class Position:
    """Where on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Hours:
    """When a store is open on some days of each week: Monday is 0; minutes from midnight, more than 1440 past it."""

    days: tuple[int, ...]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Shop:
    """A local store, as its own file says it. ``slug`` is what sources.toml calls it.

    ``accounts`` are the names of its own sources, beside those that say ``store = SLUG``; ``facts`` are pairs of
    what and how it is, such as ("Parking", "behind the house").
    """

    slug: str
    place: str
    title: str
    address: str = ""
    town: str = ""
    country: str = ""
    position: Position | None = None
    hours: tuple[Hours, ...] = ()
    phone: str = ""
    email: str = ""
    accounts: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that the editors announce. ``store`` is the slug of a local store, ``link`` where one signs up.

    ``shop`` is that store, once all files are read.
    """

    slug: str
    place: str
    title: str
    event: Event
    store: str = ""
    link: str = ""
    cancelled: bool = False
    shop: Shop | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """What an editor said about one post, in the file ``place``, the address of the post on its ``line``.

    ``post`` is the post's address, on the hub or at its origin. ``approve`` lets a held one out, ``hide`` keeps it
    back. ``feature_until`` carries a zone. ``alts`` describe its pictures in their order, "" those that are left as
    they are. ``same`` are addresses of posts that say the same, ``apart`` of those that do not.
    """

    place: str
    post: str
    approve: bool = False
    hide: bool = False
    pin: bool = False
    feature_until: datetime | None = None
    caption: str = ""
    lang: str = ""
    alts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    campaign: str = ""
    same: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    line: int = 1
