"""What is on: running campaigns, events that are to come, the local stores. Few of each; some change by the hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

from forecourt import text
from forecourt.config import Config
from forecourt.curate import kind_listing, store_listing
from forecourt.desk import Shop, hours, reading
from forecourt.model import Event, Kind
from forecourt.site import addresses, almanac, atlas, brandsheet, doubles
from forecourt.site.addresses import Addresses
from forecourt.site.almanac import Entry
from forecourt.site.doubles import Doubles, Told
from forecourt.site.editorial import Editorial, Writings
from forecourt.site.language import Language
from forecourt.site.listings import Item
from forecourt.site.present import Presenter
from forecourt.site.views import Card, HoursView, ShopView
from forecourt.store import Store, Stored

SOON = 3
"""Events that the home page names."""

_MOST = 500
"""The newest events of networks that are looked through for those to come."""

_STAMP = datetime(2020, 1, 1, tzinfo=UTC)
"""Of an entry of a calendar of which nobody knows when it was changed; the same in every build."""


class Agenda:
    """What is on at ``now``, in one language."""

    def __init__(
        self, config: Config, store: Store, writings: Writings, present: Presenter, where: Addresses,
        language: Language, now: datetime,
    ) -> None:  # fmt: skip
        self._config = config
        self._store = store
        self._writings = writings
        self._present = present
        self._where = where
        self._language = language
        self._now = now

    # Campaigns

    def banners(self) -> list[Editorial]:
        """Campaigns that run and are to stand on the home page, those first that end first."""
        found = (each for each in self._writings.leads() if each.campaign and each.banner and each.listed)
        return [
            self._writings.shown(each)
            for each in sorted(found, key=lambda each: (each.until or self._now, each.file))
        ]

    # Events

    @cached_property
    def events(self) -> list[Item]:
        """Events that are not over, those first that begin first; what the editors announce stands once."""
        own = [
            self._writings.shown(each) for each in self._writings.leads() if each.happening and each.listed
        ]
        posts = self._store.posts.newest(kind_listing(Kind.EVENT), self._now, _MOST)
        coming = [each for each in posts if each.post.event and reading.over(each.post.event) > self._now]
        announced = self._announced(own, coming)
        left = [each for each, is_known in zip(coming, announced, strict=True) if not is_known]
        return sorted([*own, *left], key=lambda each: (_event(each).start, each.key))

    def _announced(self, own: list[Editorial], coming: list[Stored]) -> list[bool]:
        """Of each event of a network, whether the editors announce the same."""
        families = (self._writings.family(each) for each in own)
        told = [_told(each, with_link=each is family[0]) for family in families for each in family]
        known = Doubles(told, self._store_words(), self._config.timezone)
        return known.among([self._told(each) for each in coming])

    def _told(self, stored: Stored) -> Told:
        versions = stored.copies or (stored.post,)
        accounts = [each.source for each in versions]
        store = next((self.stores[name] for name in accounts if name in self.stores), "")
        links = [doubles.addresses(each.permalink, each.id, html=each.html) for each in versions]
        return Told(stored.post.title, _event(stored), store, frozenset().union(*links))

    @cached_property
    def stores(self) -> dict[str, str]:
        """The slugs of local stores by the names of the accounts that are theirs."""
        said = {each.name: text.slug(each.store) for each in self._config.sources if each.store}
        return {**self._writings.stores().of, **said}

    def _store_words(self) -> dict[str, str]:
        """What local stores are called, and where they are, by their slugs."""
        words = {slug: slug.replace("-", " ") for slug in self.stores.values()}
        for each in self._writings.shops:
            if each.shop:
                words[each.shop.slug] = f"{words.get(each.shop.slug, '')} {each.title} {each.shop.town}"
        return words

    def cards(self, most: int | None = None) -> list[Card]:
        """The first so many of them, or all, each with the address of its own calendar file."""
        found = self.events[:most]
        links = (self._where.link(calendar(each)) for each in found)
        return [
            replace(card, calendar=link) for card, link in zip(self._present.cards(found), links, strict=True)
        ]

    def cards_of(self, listing: str) -> list[Card]:
        """Those that the editors announce for a local store, by its listing."""
        return [
            self._present.card(each)
            for each in self.events
            if isinstance(each, Editorial)
            and each.happening
            and store_listing(each.happening.store) == listing
        ]

    def ends(self) -> list[datetime]:
        """When each of them is over."""
        return [reading.over(_event(each)) for each in self.events]

    def calendars(self) -> dict[str, Item]:
        """The files of calendars with one event each, by their paths."""
        return {calendar(each): each for each in self.events}

    def ics(self, path: str) -> bytes | None:
        """The calendar at a path: of one event, or of all; None where there is none now."""
        if path == addresses.CALENDAR:
            return self._ics(self._config.brand.name, self.events)
        item = self.calendars().get(path)
        return self._ics(self._present.card(item).title or self._config.brand.name, [item]) if item else None

    def _ics(self, name: str, items: list[Item]) -> bytes:
        return almanac.ics(name, [self._entry(each) for each in items], self._config.timezone, _STAMP)

    def _entry(self, item: Item) -> Entry:
        card = self._present.card(item)
        event = _event(item)
        host = self._where.origin.partition("://")[2] or "forecourt.invalid"
        return Entry(
            uid=f"{item.key.strip('/').replace('/', '-')}@{host}",
            title=card.title or card.excerpt or card.source.label,
            event=event,
            url=self._where.origin + card.url,
            place=", ".join(filter(None, (event.place, *_whereabouts(card)))),
            description=card.excerpt,
            cancelled=bool(isinstance(item, Editorial) and item.happening and item.happening.cancelled),
            updated=card.updated,
        )

    # Stores

    def shop(self, listing: str) -> ShopView | None:
        """What the editors wrote about a local store, by its listing."""
        for each in self._shops():
            if each.shop and store_listing(each.shop.slug) == listing:
                return self._view(each, each.shop)
        return None

    def shops(self) -> list[ShopView]:
        """The stores that the editors wrote about, in order of their towns."""
        views = [self._view(each, each.shop) for each in self._shops() if each.shop and each.listed]
        return sorted(
            views, key=lambda each: (each.country, each.town_name.casefold(), each.title.casefold())
        )

    def uses(self, listing: str = "") -> frozenset[str]:
        """The pictures of the store of a listing, which has no other page; of all stores where none is named."""
        shown = [
            each
            for each in self._shops()
            if each.shop and (store_listing(each.shop.slug) == listing if listing else each.listed)
        ]
        return frozenset().union(*(self._present.uses(each) for each in shown))

    def map(self, title: str) -> bytes | None:
        """The map of the stores; None where nobody says where any of them is."""
        places = [
            atlas.Place(each.title, each.shop.position, self._link(each.shop))
            for each in self._shops()
            if each.shop and each.shop.position and each.listed
        ]
        if not places:
            return None
        return atlas.svg(
            places, atlas.Words(title, self._language.tag), brandsheet.scheme(self._config.brand)
        )

    def _shops(self) -> Iterable[Editorial]:
        return self._writings.shops_shown().values()

    def _link(self, shop: Shop) -> str:
        return self._where.page(addresses.listing(store_listing(shop.slug)))

    def _view(self, written: Editorial, shop: Shop) -> ShopView:
        position = shop.position
        return ShopView(
            id=text.slug(shop.slug),
            title=written.title,
            url=self._link(shop),
            html=self._present.card(written).html,
            lang=written.lang,
            dir=written.dir,
            pictures=self._present.card(written).pictures,
            address=shop.address,
            town=shop.town,
            country=shop.country,
            phone=shop.phone,
            email=shop.email,
            facts=shop.facts,
            hours=tuple(_hours(shop)),
            opening=tuple(hours.written(shop.hours)),
            latitude=position.latitude if position else None,
            longitude=position.longitude if position else None,
        )


def _hours(shop: Shop) -> Iterator[HoursView]:
    for days, spans in hours.week(shop.hours):
        said = tuple((hours.clock(opens), hours.clock(closes)) for opens, closes in spans)
        yield HoursView(tuple(hours.runs(days)), said)


def calendar(item: Item) -> str:
    """The path of the calendar with one event."""
    if isinstance(item, Editorial):
        return addresses.calendar(item.happening.slug if item.happening else item.key)
    return f"{addresses.post(item.key)}event.ics"


def _whereabouts(card: Card) -> Iterator[str]:
    """The local store that an event is at, and where that is."""
    if card.venue:
        yield from (card.venue.title, card.venue.address)


def _event(item: Item) -> Event:
    of_editors = isinstance(item, Editorial) and item.happening
    event = of_editors.event if of_editors else None if isinstance(item, Editorial) else item.post.event
    if event is None:
        raise ValueError(f"{item.key} is no event")
    return event


def _told(written: Editorial, *, with_link: bool) -> Told:
    """An event in one of its languages, one of which alone names its link: two that do are two events."""
    happening = written.happening
    store, link = (happening.store, happening.link) if happening else ("", "")
    return Told(written.title, _event(written), store, doubles.addresses(link) if with_link else frozenset())
