"""Every page of the hub that is not an article or a page of the editors: its path and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from forecourt.config import Config
from forecourt.curate import STREAM
from forecourt.site import addresses, filters
from forecourt.site.addresses import NEWS
from forecourt.site.frame import Frame
from forecourt.site.listings import FRONT, MONTH, Listings
from forecourt.site.present import Presenter
from forecourt.site.views import Link, PeriodView
from forecourt.store import Store

Context = Mapping[str, Any]  # Any: whatever a template prints


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be made. ``context`` is called when it is rendered, so that one page is in memory at a time.

    A page that search engines shall not list has ``listed`` False.
    """

    path: str
    template: str
    context: Callable[[], Context]
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Inventory:
    """The pages of the hub as it stands at ``now``."""

    config: Config
    store: Store
    listings: Listings
    present: Presenter
    frame: Frame
    now: datetime
    pinned: tuple[Any, ...]
    """Articles that stand first on the home page."""

    def pages(self) -> Iterator[Page]:
        """All of them, in an order that does not change."""
        yield self._home()
        yield Page(addresses.ARCHIVE, "archive.html", self._archive)
        yield from self._periods(STREAM)
        for listing in self.fronts():
            yield self._front(listing)
            if self._is_long(listing):
                yield from self._periods(listing)
        for key in self.store.posts.keys(STREAM, self.now):
            yield self._post(key)
        yield Page(addresses.TAGS, "tags.html", self._tags)
        yield Page(addresses.FOLLOW, "follow.html", self._follow)
        yield Page(addresses.NOT_FOUND, "404.html", self._not_found, listed=False)

    def fronts(self) -> list[str]:
        """Every listing that has a front page: one for each account, also those with nothing to show yet."""
        accounts = [f"source/{name}" for name in self.frame.sources()]
        news = [NEWS] if self.listings.count(NEWS) else []
        return [*news, *accounts, *self.listings.names("network"), *self.listings.names("tag")]

    def _is_long(self, listing: str) -> bool:
        """Whether a listing has more than its front page shows, and so an archive."""
        return self.listings.count(listing) > FRONT

    def _home(self) -> Page:
        def context() -> Context:
            pinned = self.pinned
            newest = [
                item for item in self.listings.newest(STREAM, FRONT + len(pinned)) if item not in pinned
            ]
            me = tuple(source.profile for source in self.config.sources if source.profile)
            title = self.config.brand.tagline or self.config.brand.name
            return {
                "page": self.frame.page(title, addresses.HOME, feeds=self.frame.feeds(STREAM), me=me),
                "hub": self.frame.hub(addresses.HOME, as_of=self.store.posts.newest_seen(self.now)),
                "pinned": self.present.cards(pinned),
                "cards": self.present.cards(newest[:FRONT]),
            }

        return Page(addresses.HOME, "home.html", context)

    def _archive(self) -> Context:
        months = self.frame.months(STREAM)
        return {
            "page": self.frame.page("Archive", addresses.ARCHIVE),
            "hub": self.frame.hub(addresses.ARCHIVE),
            "listing": self.frame.listing(STREAM),
            "years": [
                (year, list(of_year)) for year, of_year in groupby(months, lambda month: month.label.year)
            ],
        }

    def _front(self, listing: str) -> Page:
        path = addresses.listing(listing)

        def context() -> Context:
            feeds = self.frame.feeds(listing)
            return {
                "page": self.frame.page(self.frame.title(listing), path, feeds=feeds),
                "hub": self.frame.hub(path),
                "listing": self.frame.listing(listing),
                "months": self.frame.months(listing) if self._is_long(listing) else (),
                "cards": self.present.cards(self.listings.newest(listing, FRONT)),
            }

        return Page(path, "listing.html", context)

    def _periods(self, listing: str) -> Iterator[Page]:
        months = self.listings.months(listing)
        names = list(months)
        for position, (month, count) in enumerate(months.items()):
            older = names[position - 1] if position else ""
            newer = names[position + 1] if position + 1 < len(names) else ""
            yield self._period(listing, month, older, newer, whole=count <= MONTH)
            if count > MONTH:
                days = list(self.listings.days(listing, month))
                for place, day in enumerate(days):
                    before = days[place - 1] if place else ""
                    after = days[place + 1] if place + 1 < len(days) else ""
                    yield self._period(listing, day, before, after, whole=True)

    def _period(self, listing: str, when: str, older: str, newer: str, *, whole: bool) -> Page:
        path = addresses.period(listing, when)
        granularity = "month" if _is_month(when) else "day"

        def context() -> Context:
            title = f"{self.frame.title(listing)}, {_when(when)}"
            return {
                "page": self.frame.page(title, path, feeds=self.frame.feeds(listing)),
                "hub": self.frame.hub(path),
                "listing": self.frame.listing(listing),
                "period": PeriodView(_first_day(when), granularity),
                "cards": self.present.cards(self.listings.of_period(listing, when)) if whole else [],
                "days": [] if whole else self._days(listing, when),
                "older": self._link_to(listing, older),
                "newer": self._link_to(listing, newer),
            }

        return Page(path, "month.html", context)

    def _days(self, listing: str, month: str) -> list[Link]:
        days = self.listings.days(listing, month)
        return [
            Link(_when(day), self.frame.where.link(addresses.period(listing, day)), count=count)
            for day, count in reversed(days.items())
        ]

    def _link_to(self, listing: str, when: str) -> Link | None:
        return Link(_when(when), self.frame.where.link(addresses.period(listing, when))) if when else None

    def _post(self, key: str) -> Page:
        path = addresses.post(key)

        def context() -> Context:
            stored = self.store.posts.get(key)
            card = self.present.whole(stored)
            robots = "" if self.config.index_posts else "noindex"
            title = card.title or card.excerpt or self.frame.title(f"source/{stored.post.source}")
            head = self.frame.page(
                title,
                path,
                description=card.excerpt,
                canonical=card.permalink or self.frame.where.absolute(path),
                image=self.present.image(self.present.card(stored)),  # also one that stands in the text
                robots=robots,
            )
            return {"page": head, "hub": self.frame.hub(path), "card": card}

        return Page(path, "post.html", context, listed=self.config.index_posts)

    def _tags(self) -> Context:
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

    def _not_found(self) -> Context:
        return {
            "page": self.frame.page(
                "This page is not here", addresses.NOT_FOUND, robots="noindex", canonical=""
            ),
            "hub": self.frame.hub(addresses.NOT_FOUND),
        }


def _is_month(period: str) -> bool:
    return len(period) == len("2026-11")


def _first_day(period: str) -> date:
    return date.fromisoformat(f"{period}-01" if _is_month(period) else period)


def _when(period: str) -> str:
    """A period in words: November 2026, or 22 November 2026."""
    day = _first_day(period)
    return filters.month(day) if _is_month(period) else filters.long_date(day)
