"""Every page of the hub: what its name stands for, its file, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from markupsafe import Markup

from forecourt import players
from forecourt.config import Config
from forecourt.curate import STREAM, campaign_listing
from forecourt.policy import CSP, FILTERED, csp
from forecourt.site import addresses, brandsheet, names, periods, structured
from forecourt.site.addresses import NEWS
from forecourt.site.agenda import SOON, Agenda
from forecourt.site.editorial import CAMPAIGN, Editorial, Writings
from forecourt.site.frame import Frame
from forecourt.site.listings import FEED, FRONT, Item, Listings
from forecourt.site.names import Name
from forecourt.site.portraits import Portraits
from forecourt.site.present import Presenter
from forecourt.site.search import SHARDS
from forecourt.site.structured import Publisher
from forecourt.site.syndication import Syndication
from forecourt.site.templates import Templates
from forecourt.site.views import Card, Later, Link, ListingLink, ListingView, PageView, PeriodView, SearchView
from forecourt.site.wall import Wall
from forecourt.store import Store, Stored

Context = Mapping[str, Any]  # Any: whatever a template prints

SEARCH, EVENTS, STORES = "search.html", "events.html", "stores.html"
"""The templates of pages that a theme need not have: what finds, what is to come, the list of the local stores."""

_FILTERS = ("network", "kind")
"""Listings that visitors filter the wall by, so that one's posts may come into the page of another."""

_MOVED = Markup(
    '<!doctype html>\n<html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>{words}</title>'
    '<meta http-equiv="Content-Security-Policy" content="{csp}"><meta name="viewport" content="width=device-width">'
    '<meta http-equiv="refresh" content="0; url={to}"><meta name="robots" content="noindex">'
    '<link rel="canonical" href="{canonical}"></head><body><main><h1><a href="{to}">{words}</a></h1></main>'
    "</body></html>\n"
)
"""A page that leads on at once; the publish makes a redirect of it where the target has them."""

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
    """The pages of the hub as it stands at ``now``, in one language."""

    config: Config
    store: Store
    listings: Listings
    present: Presenter
    frame: Frame
    syndication: Syndication
    templates: Templates
    writings: Writings
    """What the editors wrote and may be shown now."""
    agenda: Agenda
    portraits: Portraits | None
    """None where the theme shows none."""
    publisher: Publisher
    language: str
    now: datetime
    drawn: dict[str, str] = field(default_factory=dict)
    """The share picture of a page that was made, until somebody asks what it uses."""

    def page(self, name: Name) -> Page | None:
        """The page of that name, None where there is none now."""
        by_kind: dict[str, Callable[[Name], Page | None]] = {
            "post": self._post,
            "front": self._front,
            "period": self._period,
            "editorial": self._editorial,
            names.ICS: self._drawn,
            **dict.fromkeys(names.FEEDS, self._feed),
        }
        return by_kind.get(name.kind, self._single)(name)

    def uses(self, name: Name) -> frozenset[str]:
        """The pictures that a page shows which nobody else may: those of its post, and its share picture."""
        drawn = self.drawn.pop(str(name), "")
        own = frozenset([drawn] if drawn else [])
        if name.kind == "post":
            return own | self.present.uses(self.store.posts.get(name.of))
        if name.kind == "editorial" and name.of in self.writings.by_file:
            return own | self.present.uses(self.writings.by_file[name.of])
        if name.kind == "front":
            return own | self.agenda.uses(name.of)
        if name.kind == names.STORES:
            return own | self.agenda.uses()
        return own | self.frame.uses if name.kind == names.HOME else own

    def all(self) -> Iterator[list[str]]:
        """The names of all pages, in batches of what shows the same posts, in an order that does not change."""
        moved = (
            names.post(key) for key, message in sorted(self.store.messages.all().items()) if key != message
        )
        yield [*names.SINGLES, *map(names.editorial, self.writings.by_file), *self.calendars(), *moved]
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

    def calendars(self) -> list[str]:
        """The names of the calendar files that are there now; that of all events always is: people subscribed to it."""
        if not self.templates.has(EVENTS):
            return []
        return [names.ics(path) for path in (addresses.CALENDAR, *self.agenda.calendars())]

    def _listings(self) -> list[str]:
        """Every listing that has a front page."""
        news = [NEWS] if self.listings.count(NEWS) else []
        return [
            STREAM,
            *news,
            *self.frame.linked,
            *self.listings.counts("kind"),
            *map(campaign_listing, sorted(self.writings.campaigns())),
            *self.listings.counts("tag"),
        ]

    def _is_there(self, listing: str) -> bool:
        """Whether a listing has a front page: accounts and networks have one with nothing to show, too."""
        if listing.startswith("campaign/"):  # it ends with its campaign
            return listing.partition("/")[2] in self.writings.campaigns()
        return listing in self.frame.linked or listing == STREAM or self.listings.count(listing) > 0

    def _single(self, name: Name) -> Page | None:
        by_template: dict[str, tuple[str, Callable[[Name], Context]]] = {
            names.HOME: ("index.html", self._home),
            names.ARCHIVE: ("archives.html", self._archive),
            names.TOPICS: ("tags.html", self._topics),
            names.FOLLOW: ("follow.html", self._follow),
            names.SEARCH: (SEARCH, self._search),
            names.EVENTS: (EVENTS, self._events),
            names.STORES: (STORES, self._stores),
            names.MISSING: ("404.html", self._missing),
        }
        optional = {names.SEARCH: SEARCH, names.EVENTS: EVENTS, names.STORES: STORES}
        if name.kind in optional and not self.templates.has(optional[name.kind]):
            return None
        if name.kind == names.EVENTS and not self.agenda.events:
            return None
        if name.kind in (names.STORES, names.ATLAS) and not self.frame.has_stores:
            return None
        if name.kind in (names.ATLAS, names.ICS):
            return self._drawn(name)
        if name.kind in by_template:
            template, context = by_template[name.kind]
            part = None if name.kind in {names.MISSING, names.SEARCH} else HUB
            return self._page(name, template, partial(context, name), part)
        by_ourselves: dict[str, Callable[[], bytes]] = {
            names.ACCOUNTS: lambda: self.syndication.opml(self.frame.accounts()),
            names.ROBOTS: self.syndication.robots,
            names.BRAND: partial(brandsheet.css, self.config.brand, self.frame.where),
        }
        return Page(str(name), name.file, by_ourselves[name.kind])

    def _drawn(self, name: Name) -> Page | None:
        """A file that is no page: the map of the stores, or a calendar."""
        if name.kind == names.ICS:
            there = str(name) in self.calendars()
            return Page(str(name), name.file, lambda: self.agenda.ics(name.of) or b"") if there else None
        data = self.agenda.map(self._said("Map of the stores")) if self.templates.has(STORES) else None
        return Page(str(name), name.file, lambda: data or b"") if data else None

    def _page(self, name: Name, template: str, context: Callable[[], Context], part: str | None) -> Page:
        def content() -> bytes:
            return self.templates.render(template, {**self.common(), **context()})

        return Page(str(name), name.file, content, template, part)

    def common(self) -> Context:
        """What every template is given."""
        page = self.frame.plain
        hub = self.frame.hub("")
        return {
            "brand": self.frame.brand, "csp": CSP, "lang": page.lang, "dir": page.dir, "hub": hub, "page": page,
        }  # fmt: skip

    def _head(self, title: str, name: Name, **head: object) -> PageView:
        """The head of a page that is there in every language."""
        portrait = {} if "image" in head else self._portrait(name, title)
        return self.frame.page(title, name.path, self.frame.tongues(name.place), **{**portrait, **head})

    def _portrait(
        self, name: Name, title: str, kicker: str = "", picture: Path | None = None
    ) -> dict[str, Any]:
        """The share picture of a page, as its head says it."""
        if self.portraits is None:
            return {}
        self.drawn[str(name)], said = self.portraits.of(title, kicker, picture)
        return said

    def _home(self, name: Name) -> Context:
        leads = (each for each in self.writings.leads() if each.is_article and each.listed and each.pinned)
        featured = (self.store.posts.get(key) for key in self.store.curations.featured(self.now))
        pinned: list[Item] = [*map(self.writings.shown, leads), *featured]
        banners = self.agenda.banners()
        first = {each.key for each in (*pinned, *banners)}
        newest = [item for item in self.listings.newest(STREAM, FRONT + len(first)) if item.key not in first]
        me = tuple(source.profile for source in self.config.sources if source.profile)
        title = self.frame.brand.tagline or self.frame.brand.name
        return {
            "page": self._head(
                title, name, feeds=self.frame.feeds(STREAM), me=me, data=self._data(structured.home)
            ),
            "hub": self.frame.front(name.path, self.store.posts.newest_seen(self.now)),
            "pinned": self.present.cards(pinned),
            "banners": self.present.cards(banners),
            "events": self.agenda.cards(SOON),
            **self._wall(newest[:FRONT]),
            "csp": FILTERED,
        }

    def _wall(self, items: Sequence[Item]) -> Context:
        """Cards on a wall, and what a page may load that plays their films."""
        wall = Wall(self.present.cards(items))
        return {"wall": wall, "csp": policy(wall.cards)}

    def _archive(self, name: Name) -> Context:
        return {
            "page": self._page_of_lists(self._said("Archive"), name),
            "hub": self.frame.hub(name.path),
            "listing": self.frame.listing(STREAM),
            "years": self.frame.archive(STREAM),
        }

    def _front(self, name: Name) -> Page | None:
        listing = name.of
        if not self._is_there(listing):
            return None

        kind = listing.partition("/")[0]

        def context() -> Context:
            newest = self.present.said_on(listing, self.listings.newest(listing, FRONT))
            as_of = self.store.posts.newest_seen_of([item.key for item in newest if isinstance(item, Stored)])
            view = self.frame.listing(listing, self.listings.count(listing), as_of)
            trail = self._trail(listing)
            if kind == "store":
                shop = self.agenda.shop(listing)
                accounts = {
                    "accounts": self.frame.accounts_of(listing),
                    "shop": shop,
                    "events": self.agenda.cards_of(listing),
                }
                data = self._data(structured.store, view, accounts["accounts"], trail, shop)
            else:
                accounts, data = {}, self._data(structured.listing, view, trail)
            return {
                "page": self._head(
                    view.title, name, feeds=self.frame.feeds(listing), data=data, robots=self._robots(listing)
                ),
                "hub": self.frame.hub(name.path),
                "listing": view,
                "years": self.frame.archive(listing),
                **self._wall(newest),
                **accounts,
                **({"csp": FILTERED} if kind in _FILTERS else {}),
            }

        own = "category.html" if kind == NEWS else f"{kind}.html"
        part = None if self._robots(listing) else HUB
        return self._page(name, self.templates.first(own, "listing.html"), context, part)

    def _robots(self, listing: str) -> str:
        """What the pages of a listing tell search engines."""
        return "noindex" if self.frame.is_hidden(listing) else ""

    def _period(self, name: Name) -> Page | None:
        listing = name.of
        period = self.listings.archive(listing).get(name.when) if self._is_there(listing) else None
        if period is None:
            return None

        def context() -> Context:
            every = [] if period.parts else self.listings.of_period(listing, period.name)
            shown = self.present.said_on(listing, every)
            said = periods.label(period.name, self.frame.language)
            title = self._said("%(title)s, %(period)s", title=self.frame.title(listing), period=said)
            view = self.frame.listing(listing)
            data = self._data(structured.listing, view, self._trail(listing, period.name))
            portrait = self._portrait(name, view.title, view.label)  # of the listing: there are many periods
            return {
                "page": self._head(
                    title,
                    name,
                    feeds=self.frame.feeds(listing),
                    data=data,
                    robots=self._robots(listing),
                    **portrait,
                ),
                "hub": self.frame.hub(name.path),
                "listing": view,
                "period": PeriodView(said, periods.granularity(period.name)),
                **self._wall(shown),
                "parts": [self._link_to(listing, part) for part in reversed(period.parts)],
                "up": self._up(listing, periods.above(period.name)),
                "older": self._link_to(listing, period.older) if period.older else None,
                "newer": self._link_to(listing, period.newer) if period.newer else None,
            }

        part = None if self._robots(listing) else period.name[:7]
        return self._page(name, "period_archives.html", context, part)

    def _up(self, listing: str, when: str) -> Link:
        """What a page of an archive is part of: a longer period, or at the end the listing itself."""
        if when:
            return self._link_to(listing, when)
        front = addresses.ARCHIVE if listing == STREAM else addresses.listing(listing)
        return Link(self.frame.title(listing), self.frame.where.page(front))

    def _link_to(self, listing: str, when: str) -> Link:
        said = periods.label(when, self.frame.language)
        return Link(said, self.frame.where.page(addresses.period(listing, when)))

    def _trail(self, listing: str, when: str = "") -> list[Link]:
        """The way from the home page to a listing, or to a period of it."""
        if when:
            return [*self._trail(listing, periods.above(when)), self._link_to(listing, when)]
        topics = [Link(self._said("Topics"), self.frame.where.page(addresses.TAGS))]
        return [*(topics if listing.startswith("tag/") else []), self._up(listing, "")]

    def _data(self, make: Callable[..., structured.Data], *shown: object) -> Later:
        """What programs read of a page, put together when it is printed."""
        return Later(lambda: structured.text(make(self.publisher, *shown)))

    def _page_of_lists(self, title: str, name: Name, **head: object) -> PageView:
        """The head of a page that leads to listings or accounts."""
        link = self.frame.where.link(name.path)
        view = ListingView(kind="", title=title, label="", description="", url=link, count=None)
        return self._head(title, name, data=self._data(structured.listing, view, [Link(title, link)]), **head)

    def _said(self, message: str, **values: str) -> str:
        """A message in the language of the edition."""
        return self.frame.language.gettext(message) % values

    def _post(self, name: Name) -> Page | None:
        key = name.of
        if not self.store.posts.is_shown(key, STREAM, self.now):
            return self._redirect(name)
        stored = self.store.posts.get(key)

        def context() -> Context:
            card = self.present.whole(stored)
            robots = "" if self.config.index_posts else "noindex"
            account = self.frame.title(f"source/{stored.post.source}")
            title = card.title or card.excerpt or account
            shown = self.present.image(self.present.card(stored))  # also one that stands in the text
            foreign = card.permalink if not self.config.index_posts else ""
            head = self._head(
                title,
                name,
                kind="article",
                description=card.excerpt,
                **({"canonical": foreign} if foreign else {}),
                robots=robots,
                data=self._data(structured.post, card),
                **(shown or self._portrait(name, account, card.network.label)),
            )
            allowed = policy([card], players.within(card.html))
            return {"page": head, "hub": self.frame.hub(name.path), "card": card, "csp": allowed}

        day = stored.published.astimezone(self.config.timezone)
        template = self.templates.first(*(["event.html"] if stored.post.event else []), "post.html")
        return self._page(name, template, context, f"{day:%Y-%m}" if self.config.index_posts else None)

    def _redirect(self, name: Name) -> Page | None:
        """Where a post stood that now stands at the address of another which says the same."""
        lead = self.store.messages.lead(name.of)
        if lead == name.of or not self.store.posts.is_shown(lead, STREAM, self.now):
            return None
        path = addresses.post(lead)
        moved = _MOVED.format(
            lang=self.language, dir=self.frame.language.dir, csp=CSP, to=self.frame.where.page(path),
            words=self._said("This is at another address now"),
            canonical=self.frame.where.absolute(addresses.spoken(path, self.frame.where.language)),
        )  # fmt: skip
        return Page(str(name), name.file, lambda: str(moved).encode())

    def _editorial(self, name: Name) -> Page | None:
        item = self.writings.by_file.get(name.of)
        if item is None:
            return None

        def context() -> Context:
            card = self.present.card(item)
            figure = self.config.content / item.figure.path if item.figure else None
            head = self.frame.page(
                item.title,
                item.path,
                self.tongues(item),
                kind="article" if item.is_article else "website",
                description=item.summary,
                lang=item.lang,
                dir=item.dir,
                robots="" if item.listed else "noindex",
                feeds=self.frame.feeds(item.gathers) if self._is_gathering(item) else (),
                data=self._data(structured.article if item.is_article else structured.page, card),
                **self._portrait(name, item.title, picture=figure),
            )
            return {"page": head, "hub": self.frame.hub(item.path), "card": card, **self._gathered(item)}

        plain = "article.html" if item.is_article else "page.html"
        return self._page(
            name, self.templates.first(item.template, plain), context, HUB if item.listed else None
        )

    def tongues(self, item: Editorial) -> dict[str, str]:
        """The paths of what an editor wrote, by the folder of each language that it is there in."""
        folders = {tag: "" if tag == self.config.language else tag for tag in self.config.languages}
        family = {each.lang: each.path for each in self.writings.family(item)}
        return {folders[tag]: family[tag] for tag in folders if tag in family}

    def _gathered(self, item: Editorial) -> Context:
        """What the page of a campaign shows below its own words: the newest of its first topic."""
        if item.template != CAMPAIGN and not item.campaign:
            return {}
        is_there = self._is_gathering(item) and self.listings.count(item.gathers) > 0
        newest = self.listings.newest(item.gathers, FRONT) if is_there else []
        return {
            **self._wall([each for each in newest if each.key != item.key]),
            "listing": self.frame.listing(item.gathers) if is_there else None,
        }

    def _is_gathering(self, item: Editorial) -> bool:
        """Whether there is a listing of what it gathers, and so a feed."""
        return bool(item.gathers) and self._is_there(item.gathers)

    def _events(self, name: Name) -> Context:
        return {
            "page": self._page_of_lists(self._said("What is on"), name),
            "hub": self.frame.hub(name.path),
            "events": self.agenda.cards(),
            "calendar_url": self.frame.where.link(addresses.CALENDAR),
        }

    def _stores(self, name: Name) -> Context:
        has_map = self.agenda.map("") is not None
        return {
            "page": self._page_of_lists(self._said("Our stores"), name),
            "hub": self.frame.hub(name.path),
            "shops": self.agenda.shops(),
            "map_url": self.frame.where.link(addresses.MAP) if has_map else "",
        }

    def _feed(self, name: Name) -> Page | None:
        listing = name.of
        if not self._is_there(listing):
            return None

        def content() -> bytes:
            newest = self.present.said_on(listing, self.listings.newest(listing, FEED))
            items = [item for item in newest if self.syndication.may_syndicate(item)]
            title = self.config.brand.name if listing == STREAM else self.frame.title(listing)
            makers = {
                "atom": self.syndication.atom,
                "rss": self.syndication.rss,
                "json": self.syndication.json_feed,
            }
            return makers[name.kind](title, listing, items)

        return Page(str(name), name.file, content)

    def _topics(self, name: Name) -> Context:
        return {
            "page": self._page_of_lists(self._said("Topics"), name),
            "hub": self.frame.hub(name.path),
            "tags": self.frame.tags(),
        }

    def _follow(self, name: Name) -> Context:
        title = self._said("Follow %(name)s everywhere", name=self.frame.brand.name)
        return {
            "page": self._page_of_lists(title, name),
            "hub": self.frame.hub(name.path),
            "groups": self.frame.accounts(),
            "opml_url": self.frame.where.link(addresses.ACCOUNTS),
        }

    def _search(self, name: Name) -> Context:
        return {
            "csp": csp(search=True),
            "page": self._page_of_lists(self._said("Search"), name, robots="noindex"),
            "hub": self.frame.hub(name.path),
            "search": SearchView(
                self.frame.where.link(addresses.INDEX + SHARDS),
                tuple(self._gathering("campaign/")),
                tuple(self._gathering("tag/")),
            ),
        }

    def _gathering(self, kind: str) -> Iterator[ListingLink]:
        """What gathers posts of a campaign, or of a topic, by the names of those."""
        for each in map(self.writings.shown, self.writings.leads()):
            if each.gathers.startswith(kind) and each.listed and self.listings.count(each.gathers):
                yield ListingLink(
                    each.gathers.partition("/")[2], each.title, self.frame.where.link(each.path)
                )

    def _missing(self, name: Name) -> Context:
        title = self._said("This page is not here")
        return {
            "page": self.frame.page(
                title, name.path, robots="noindex", canonical="", **self._portrait(name, title)
            ),
            "hub": self.frame.hub(name.path),
        }


def policy(cards: Iterable[Card], films: Iterable[str] = ()) -> str:
    """What a page may load that shows these cards, and may play these films beside theirs."""
    shown = [*cards]
    own = filter(None, (card.player for card in shown))
    return csp([*own, *films], recordings=any(card.recording for card in shown))
