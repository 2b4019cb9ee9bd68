"""Every page of the hub: what its name stands for, its file, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from forecourt.config import Brand, Config
from forecourt.curate import STREAM
from forecourt.policy import CSP
from forecourt.site import addresses, names, periods
from forecourt.site.addresses import NEWS
from forecourt.site.editorial import Editorial
from forecourt.site.frame import Frame
from forecourt.site.listings import FEED, FRONT, Listings
from forecourt.site.names import Name
from forecourt.site.present import Presenter
from forecourt.site.syndication import Syndication
from forecourt.site.templates import Templates
from forecourt.site.views import Link, PeriodView
from forecourt.store import Store

Context = Mapping[str, Any]  # Any: whatever a template prints

HUB = "hub"
"""The part of the sitemap with all that is of no month."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be made: its name, its file, the template it is made by, "" where by none.

    ``part`` is of the sitemap, None where search engines shall not list it. ``content`` is called
    when it is made, so that one page is in memory at a time.
    """

    name: str
    file: str
    content: Callable[[], bytes]
    template: str = ""
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """The pages of the hub as it stands at ``now``."""

    config: Config
    store: Store
    listings: Listings
    present: Presenter
    frame: Frame
    syndication: Syndication
    templates: Templates
    editorials: Mapping[str, Editorial]
    """What the editors wrote and may be shown now, by file."""
    now: datetime

    def page(self, text: str) -> Page | None:
        """The page of that name, None where there is none now."""
        name = names.name(text)
        match name.kind:
            case "post":
                return self._post(name)
            case "front":
                return self._front(name)
            case "period":
                return self._period(name)
            case "atom" | "json":
                return self._feed(name)
            case "editorial":
                return self._editorial(name)
            case _:
                return self._single(name)

    def uses(self, text: str) -> frozenset[str]:
        """The pictures that a page shows which nobody else may: those of its post."""
        name = names.name(text)
        return self.present.uses(self.store.posts.get(name.of)) if name.kind == "post" else frozenset()

    def all(self) -> Iterator[list[str]]:
        """The names of all pages, in batches of what shows the same posts, in an order that does not change."""
        yield [*names.SINGLES, *map(names.editorial, self.editorials)]
        of_periods: dict[str, list[str]] = {}
        for listing in self._listings():
            for when in self.listings.archive(listing):
                of_periods.setdefault(when, []).append(names.period(listing, when))
        for month in self.store.posts.months(STREAM, self.now):
            batch: list[str] = []
            for day, posts in groupby(self.store.posts.keys(STREAM, month, self.now), itemgetter(0)):
                batch += [*(names.post(key) for _, key in posts), *of_periods.pop(day, [])]
            yield [*batch, *of_periods.pop(month, [])]
        rest: dict[str, list[str]] = {}  # of years, and of articles alone
        for each in chain.from_iterable(of_periods.values()):
            rest.setdefault(names.name(each).of, []).append(each)
        for listing in self._listings():
            yield [*names.front(listing), *rest.get(listing, ())]

    def _listings(self) -> list[str]:
        """Every listing that has a front page."""
        news = [NEWS] if self.listings.count(NEWS) else []
        return [STREAM, *news, *self.frame.linked, *self.listings.counts("tag")]

    def _is_there(self, listing: str) -> bool:
        """Whether a listing has a front page: accounts and networks have one with nothing to show, too."""
        return listing in self.frame.linked or listing == STREAM or self.listings.count(listing) > 0

    def _single(self, name: Name) -> Page:
        by_template: dict[str, tuple[str, Callable[[], Context]]] = {
            names.HOME: ("home.html", self._home),
            names.ARCHIVE: ("archive.html", self._archive),
            names.TOPICS: ("tags.html", self._topics),
            names.FOLLOW: ("follow.html", self._follow),
            names.MISSING: ("404.html", self._missing),
        }
        if name.kind in by_template:
            part = None if name.kind == names.MISSING else HUB
            return self._page(name, *by_template[name.kind], part)
        by_ourselves: dict[str, Callable[[], bytes]] = {
            names.ACCOUNTS: self.syndication.opml,
            names.ROBOTS: self.syndication.robots,
            names.BRAND: partial(brand_css, self.config.brand),
        }
        return Page(str(name), name.file, by_ourselves[name.kind])

    def _page(self, name: Name, template: str, context: Callable[[], Context], part: str | None) -> Page:
        def content() -> bytes:
            return self.templates.render(template, {**self.common(), **context()})

        return Page(str(name), name.file, content, template, part)

    def common(self) -> Context:
        """What every template is given."""
        page = self.frame.page("", "")
        return {"brand": self.frame.brand, "csp": CSP, "lang": page.lang, "dir": page.dir}

    def _home(self) -> Context:
        pinned = [
            each for each in self.editorials.values() if each.is_article and each.listed and each.pinned
        ]
        newest = [item for item in self.listings.newest(STREAM, FRONT + len(pinned)) if item not in pinned]
        me = tuple(source.profile for source in self.config.sources if source.profile)
        title = self.config.brand.tagline or self.config.brand.name
        return {
            "page": self.frame.page(title, addresses.HOME, feeds=self.frame.feeds(STREAM), me=me),
            "hub": self.frame.front(self.store.posts.newest_seen(self.now)),
            "pinned": self.present.cards(pinned),
            "cards": self.present.cards(newest[:FRONT]),
        }

    def _archive(self) -> Context:
        return {
            "page": self.frame.page("Archive", addresses.ARCHIVE),
            "hub": self.frame.hub(addresses.ARCHIVE),
            "listing": self.frame.listing(STREAM),
            "years": self.frame.archive(STREAM),
        }

    def _front(self, name: Name) -> Page | None:
        listing = name.of
        if not self._is_there(listing):
            return None

        def context() -> Context:
            feeds = self.frame.feeds(listing)
            return {
                "page": self.frame.page(self.frame.title(listing), name.path, feeds=feeds),
                "hub": self.frame.hub(name.path),
                "listing": self.frame.listing(listing, self.listings.count(listing)),
                "years": self.frame.archive(listing),
                "cards": self.present.cards(self.listings.newest(listing, FRONT)),
            }

        return self._page(name, "listing.html", context, HUB)

    def _period(self, name: Name) -> Page | None:
        listing = name.of
        period = self.listings.archive(listing).get(name.when) if self._is_there(listing) else None
        if period is None:
            return None

        def context() -> Context:
            shown = [] if period.parts else self.listings.of_period(listing, period.name)
            title = f"{self.frame.title(listing)}, {periods.label(period.name)}"
            return {
                "page": self.frame.page(title, name.path, feeds=self.frame.feeds(listing)),
                "hub": self.frame.hub(name.path),
                "listing": self.frame.listing(listing),
                "period": PeriodView(periods.label(period.name), periods.granularity(period.name)),
                "cards": self.present.cards(shown),
                "parts": [self._link_to(listing, part) for part in reversed(period.parts)],
                "up": self._up(listing, periods.above(period.name)),
                "older": self._link_to(listing, period.older) if period.older else None,
                "newer": self._link_to(listing, period.newer) if period.newer else None,
            }

        return self._page(name, "month.html", context, period.name[:7])

    def _up(self, listing: str, when: str) -> Link:
        """What a page of an archive is part of: a longer period, or at the end the listing itself."""
        if when:
            return self._link_to(listing, when)
        front = addresses.ARCHIVE if listing == STREAM else addresses.listing(listing)
        return Link(self.frame.title(listing), self.frame.where.link(front))

    def _link_to(self, listing: str, when: str) -> Link:
        return Link(periods.label(when), self.frame.where.link(addresses.period(listing, when)))

    def _post(self, name: Name) -> Page | None:
        key = name.of
        if not self.store.posts.is_shown(key, STREAM, self.now):
            return None
        stored = self.store.posts.get(key)

        def context() -> Context:
            card = self.present.whole(stored)
            robots = "" if self.config.index_posts else "noindex"
            title = card.title or card.excerpt or self.frame.title(f"source/{stored.post.source}")
            head = self.frame.page(
                title,
                name.path,
                description=card.excerpt,
                canonical=card.permalink or self.frame.where.absolute(name.path),
                image=self.present.image(self.present.card(stored)),  # also one that stands in the text
                robots=robots,
            )
            return {"page": head, "hub": self.frame.hub(name.path), "card": card}

        day = stored.published.astimezone(self.config.timezone)
        return self._page(name, "post.html", context, f"{day:%Y-%m}" if self.config.index_posts else None)

    def _editorial(self, name: Name) -> Page | None:
        item = self.editorials.get(name.of)
        if item is None:
            return None

        def context() -> Context:
            card = self.present.card(item)
            head = self.frame.page(
                item.title,
                item.path,
                description=item.summary,
                lang=item.lang,
                dir=item.dir,
                robots="" if item.listed else "noindex",
                image=self.present.image(card),
            )
            return {"page": head, "hub": self.frame.hub(item.path), "card": card}

        return self._page(name, item.template, context, HUB if item.listed else None)

    def _feed(self, name: Name) -> Page | None:
        listing = name.of
        if not self._is_there(listing):
            return None

        def content() -> bytes:
            newest = self.listings.newest(listing, FEED)
            items = [item for item in newest if self.syndication.may_syndicate(item)]
            title = self.config.brand.name if listing == STREAM else self.frame.title(listing)
            make = self.syndication.atom if name.kind == "atom" else self.syndication.json_feed
            return make(title, listing, items)

        return Page(str(name), name.file, content)

    def map_part(self, part: str, files: Sequence[str]) -> Page:
        """A part of the sitemap, which lists what is served from these files."""
        name = Name(names.MAP, part)
        return Page(str(name), name.file, partial(self.syndication.sitemap, files))

    def map(self, parts: Sequence[str]) -> Page:
        """The sitemap that leads to all its parts."""
        return Page(names.MAP, addresses.SITEMAP, partial(self.syndication.sitemaps, parts))

    def _topics(self) -> Context:
        return {
            "page": self.frame.page("Topics", addresses.TAGS),
            "hub": self.frame.hub(addresses.TAGS),
            "tags": self.frame.tags(),
        }

    def _follow(self) -> Context:
        name = self.config.brand.name
        return {
            "page": self.frame.page(f"Follow {name} everywhere", addresses.FOLLOW),
            "hub": self.frame.hub(addresses.FOLLOW),
            "groups": self.frame.accounts(),
            "opml_url": self.frame.where.link(addresses.ACCOUNTS),
        }

    def _missing(self) -> Context:
        return {
            "page": self.frame.page(
                "This page is not here", addresses.NOT_FOUND, robots="noindex", canonical=""
            ),
            "hub": self.frame.hub(addresses.NOT_FOUND),
        }


def brand_css(brand: Brand) -> bytes:
    """The brand's tokens over the theme's; config.py let only colours, font names and a length through."""
    tokens = dict(brand.colours) | {f"font-{name}": value for name, value in brand.fonts.items()}
    tokens |= {"radius": brand.radius} if brand.radius else {}
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f":root {{\n{lines}}}\n".encode()
