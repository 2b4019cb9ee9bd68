"""What marketing wrote in Markdown, as Pelican read it, beside the posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from forecourt.curate import STREAM, campaign_listing, kind_listing, store_listing, tag_listing
from forecourt.desk import Campaign, Happening, Shop
from forecourt.model import Direction, Kind
from forecourt.site.addresses import NEWS

CAMPAIGN = "campaign.html"
"""The template of a page that shows the posts of its first topic below its own words."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the editors' own, below ``content/``."""

    path: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Editorial:
    """A news article, a page, or what has a page: a campaign, an event, a store.

    ``source`` is the file it was written in, below ``content/``; ``path`` its address, ``file`` the file it is
    served from, "" where it is not. ``html`` is clean, with links below our own root.
    """

    source: str
    path: str
    file: str
    template: str
    is_article: bool
    status: str
    title: str
    summary: str
    html: str
    lang: str
    dir: Direction
    published: datetime
    updated: datetime | None
    author: str
    tags: tuple[str, ...]
    figure: Figure | None
    pinned: bool
    translations: tuple[str, ...] = ()
    """The files that the same is served from in other languages."""
    until: datetime | None = None
    """When it is over, None where it stays."""
    banner: bool = False
    """Whether it stands on the home page while it lasts."""
    campaign: Campaign | None = None
    happening: Happening | None = None
    shop: Shop | None = None

    @property
    def key(self) -> str:
        """What tells it from the posts of the same moment."""
        return self.path

    @property
    def listed(self) -> bool:
        """Whether it stands on listings and may be found: it is neither a draft nor hidden."""
        return self.status == "published"

    def is_shown(self, now: datetime) -> bool:
        """Whether it has a page now: its time has come, and is not over."""
        if self.is_draft:
            return bool(self.file)
        there = bool(self.file or self.shop)
        return there and self.published <= now and (self.until is None or now < self.until)

    @property
    def in_menu(self) -> bool:
        """Whether it stands in the navigation: a page that stays."""
        return self.listed and not (self.is_article or self.campaign or self.happening or self.shop)

    @property
    def is_draft(self) -> bool:
        """Whether it is shown only to who knows its address."""
        return self.status == "draft"

    @property
    def listings(self) -> tuple[str, ...]:
        """Where it stands among the posts."""
        if not (self.listed and (self.is_article or self.campaign)):
            return ()
        tags = dict.fromkeys(tag_listing(tag) for tag in self.tags)
        return (STREAM, *((NEWS, kind_listing(Kind.ARTICLE)) if self.is_article else ()), *tags)

    @property
    def gathers(self) -> str:
        """The listing whose newest it shows, "" where it shows none."""
        if self.campaign:
            return campaign_listing(self.campaign.slug)
        return tag_listing(self.tags[0]) if self.template == CAMPAIGN and self.tags else ""


@dataclass(frozen=True, slots=True)
class Shops:
    """Local stores that the editors wrote about: what each is called by its slug, and whose accounts are whose."""

    names: Mapping[str, str]
    of: Mapping[str, str]
    """The slug of its store by the name of an account."""
    hidden: frozenset[str] = frozenset()
    """The listings of those that no link shall lead to."""


class Writings:
    """What the editors wrote, each once though it be there in several languages, as one edition shows it.

    Where it stands among the posts says the one in the hub's first language, or whichever there is.
    """

    def __init__(self, editorials: Iterable[Editorial], first: str, language: str) -> None:
        self._first = first
        self._language = language
        every = [*editorials]
        self.by_file = {each.file: each for each in every if each.file}
        self.shops = [each for each in every if each.shop]
        """What was written about local stores, in whichever language."""

    def leads(self) -> Iterator[Editorial]:
        """The one of each that says where it stands."""
        return (each for each in self.by_file.values() if self._lead(each) is each)

    def stores(self) -> Shops:
        """The local stores that the editors wrote about."""
        of = {name: each.shop.slug for each in self.shops if each.shop for name in each.shop.accounts}
        shown = self.shops_shown()
        hidden = frozenset(store_listing(slug) for slug, each in shown.items() if not each.listed)
        return Shops({slug: each.title for slug, each in shown.items()}, of, hidden)

    def shops_shown(self) -> dict[str, Editorial]:
        """What this edition shows of each local store, by its slug: in its language, else in the hub's first."""
        found: dict[str, Editorial] = {}
        for each in sorted(
            self.shops, key=lambda each: (each.lang != self._language, each.lang != self._first, each.source)
        ):
            if each.shop:
                found.setdefault(each.shop.slug, each)
        return dict(sorted(found.items()))

    def campaigns(self) -> dict[str, str]:
        """The titles of campaigns that have a page, by their slugs; nobody is told of a draft."""
        found = (self.shown(each) for each in self.leads() if each.campaign and not each.is_draft)
        return {each.campaign.slug: each.title for each in found if each.campaign}

    def shown(self, lead: Editorial) -> Editorial:
        """The one that this edition shows: that in its language, where there is one."""
        return next((each for each in self.family(lead) if each.lang == self._language), lead)

    def family(self, one: Editorial) -> list[Editorial]:
        """It in all the languages it is there in."""
        return [one, *(self.by_file[file] for file in one.translations if file in self.by_file)]

    def _lead(self, one: Editorial) -> Editorial:
        return min(self.family(one), key=lambda each: (each.lang != self._first, each.file))
