"""What stands round the posts: the brand, the way about the hub, the head of a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, cached_property
from types import MappingProxyType

from forecourt import networks
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import STREAM, store_listing
from forecourt.model import Kind
from forecourt.site import addresses
from forecourt.site.addresses import NEWS, Addresses
from forecourt.site.editorial import Editorial, Shops
from forecourt.site.language import Language, later
from forecourt.site.listings import Listings
from forecourt.site.periods import Period, granularity, label
from forecourt.site.present import Presenter
from forecourt.site.views import (
    AccountFeeds,
    AccountView,
    BrandView,
    FeedLink,
    HubView,
    Link,
    ListingLink,
    ListingView,
    PageView,
    PeriodLink,
    Picture,
    Tongue,
)

ATOM, RSS, JSON_FEED = "application/atom+xml", "application/rss+xml", "application/feed+json"


_KINDS = {
    Kind.PHOTO: later("Pictures"),
    Kind.VIDEO: later("Videos"),
    Kind.ARTICLE: later("Articles"),
    Kind.REVIEW: later("Reviews"),
    Kind.EVENT: later("Events"),
    Kind.PRODUCT: later("Products"),
    Kind.EPISODE: later("Episodes"),
    Kind.QUESTION: later("Questions"),
}
"""What kinds of posts are called, in the order in which they are offered."""

_LABELS = {
    "source": later("Account"),
    "network": later("Network"),
    "tag": later("Topic"),
    "store": later("Store"),
    NEWS: later("News"),
}


class Frame:
    """Makes what every page shows beside its own."""

    def __init__(
        self,
        config: Config,
        accounts: Sequence[Account],
        listings: Listings,
        pages: Sequence[Editorial],
        shops: Shops,
        where: Addresses,
        language: Language,
        languages: Mapping[str, Language],
        hero: tuple[int, int] | None,
        present: Presenter,
        *,
        campaigns: Mapping[str, str],
        has_search: bool,
        has_events: bool,
        stale: Mapping[str, datetime],
    ) -> None:
        """What stands round the pages of an edition.

        ``language`` is that of the edition, ``languages`` those of all by the folder of each; ``pages`` are shown in
        the navigation. ``shops`` are the stores that editors wrote about, ``campaigns`` the titles of those
        that run, by their slugs. ``hero`` is the size of the brand's picture in pixels. ``stale`` says of accounts
        that cannot be reached when they last were.
        """
        self._config = config
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._listings = listings
        self.where = where
        self.language = language
        self.languages = languages
        self._pages = pages
        self._shops = shops
        self._has_search = has_search
        self._has_events = has_events
        self._campaigns = campaigns
        self._stale = stale
        self._hub = cache(self._view)
        self.brand, self.uses = self._brand(hero, present)

    def hub(self, current: str) -> HubView:
        """The hub as the page at path ``current`` knows it: the same object for all that are not in its navigation."""
        return self._hub(current if any(path == current for _, path in self._nav) else None)

    def front(self, current: str, as_of: datetime | None) -> HubView:
        """The hub as its home page knows it: when something last came, and how much there is."""
        counts, of_kinds = self._listings.counts("network"), self._listings.counts("kind")
        return replace(
            self.hub(current),
            as_of=as_of and as_of.astimezone(self._config.timezone),
            total=self._listings.count(STREAM),
            networks=tuple(
                replace(link, count=counts.get(f"network/{link.id}", 0)) for link in self._networks
            ),
            kinds=tuple(replace(link, count=of_kinds[f"kind/{link.id}"]) for link in self._kinds),
            stale=tuple(
                Link(self._accounts[name].source.label, self.where.page(addresses.listing(f"source/{name}")))
                for name in sorted(self._stale)
            ),
        )

    def _view(self, current: str | None) -> HubView:
        return HubView(
            home=self.where.page(addresses.HOME),
            nav=tuple(
                Link(label, self.where.link(path), current=path == current) for label, path in self._nav
            ),
            networks=self._networks,
            kinds=self._kinds,
            stores=self._stores,
            stores_url=self.where.page(addresses.STORES) if self.has_stores else "",
            events_url=self.where.page(addresses.EVENTS) if self._has_events else "",
            follow_url=self.where.page(addresses.FOLLOW),
            archive_url=self.where.page(addresses.ARCHIVE),
            topics_url=self.where.page(addresses.TAGS),
            search_url=self.where.page(addresses.SEARCH) if self._has_search else "",
            feeds=self.feeds(STREAM),
        )

    @property
    def has_stores(self) -> bool:
        """Whether the editors wrote about any local store that is to be listed."""
        return len(self._shops.names) > len(self._shops.hidden)

    @cached_property
    def _nav(self) -> list[tuple[str, str]]:
        def spoken(path: str) -> str:
            return addresses.spoken(path, self.where.language)

        _ = self.language.gettext
        news = [(_("News"), spoken(addresses.listing(NEWS)))] if self._listings.count(NEWS) else []
        pages = [(page.title, page.path) for page in self._pages]
        return [
            (_("The hub"), spoken(addresses.HOME)),
            *news,
            (_("Archive"), spoken(addresses.ARCHIVE)),
            *pages,
        ]

    def page(
        self, title: str, path: str, tongues: Mapping[str, str] = MappingProxyType({}), **head: object
    ) -> PageView:
        """The head of a page at ``path``; canonical is that address unless ``head`` says other.

        ``tongues`` are the paths of the same page by the folder of each of the hub's languages.
        """
        head.setdefault("canonical", self.where.absolute(path))
        head.setdefault("address", self.where.absolute(path))
        head.setdefault("lang", self.language.tag)
        head.setdefault("dir", self.language.dir)
        head.setdefault("locale", self.language.locale)
        head.setdefault("description", self.brand.description or self.brand.tagline)
        if len(self.languages) > 1:
            homes = {folder: addresses.spoken(addresses.HOME, folder) for folder in self.languages}
            paths = {**homes, **tongues}  # where it is not there in a language, that one's home page is
            head["languages"] = tuple(
                Tongue(language.name, self.where.link(paths[folder]), language.tag, paths[folder] == path)
                for folder, language in self.languages.items()
            )
        if len(tongues) > 1 and head["canonical"] == head["address"]:  # else its original has its own
            head["alternates"] = tuple(
                (tag, self.where.absolute(each)) for tag, each in self.alternates(tongues)
            )
        return PageView(title=title, **head)  # type: ignore[arg-type]  # the names are those of PageView

    @cached_property
    def plain(self) -> PageView:
        """The head of a page of which we know nothing."""
        return self.page(self.brand.name, addresses.HOME)

    def alternates(self, tongues: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Language and path of a page in each of its languages, and those for visitors who read none of them."""
        for folder, path in tongues.items():
            yield self.languages[folder].tag, path
        if "" in tongues:
            yield "x-default", tongues[""]

    def tongues(self, place: str) -> dict[str, str]:
        """The paths of a page that is there in every language of the hub; ``place`` is that in its first."""
        return {folder: addresses.spoken(place, folder) for folder in self.languages}

    def feeds(self, listing: str) -> tuple[FeedLink, ...]:
        """The feeds of a listing."""
        title = self.title(listing) if listing != STREAM else self.brand.name
        kinds = (("Atom", "xml", ATOM), ("RSS", "rss", RSS), ("JSON Feed", "json", JSON_FEED))
        return tuple(
            FeedLink(f"{title} ({name})", self.where.link(addresses.feed(listing, kind)), media_type)
            for name, kind, media_type in kinds
        )

    def title(self, listing: str) -> str:
        """What a listing is called."""
        kind, _, name = listing.partition("/")
        _ = self.language.gettext
        by_kind: dict[str, Callable[[], str]] = {
            "source": lambda: self._accounts[name].source.label,
            "network": lambda: _(networks.name(name)),
            "tag": lambda: f"#{self._listings.title(listing) or name}",
            "kind": lambda: _(_KINDS[Kind(name)]),
            "store": lambda: self._store_names[listing],
            "campaign": lambda: self._campaigns[name],
            NEWS: lambda: _("News"),
        }
        return by_kind.get(kind, lambda: _("All posts"))()

    def listing(self, name: str, count: int | None = None, as_of: datetime | None = None) -> ListingView:
        """The head of a listing. How much it shows, and when that came, is for the pages alone that change with it."""
        kind, _, rest = name.partition("/")
        is_account = kind == "source"
        label = _LABELS.get(kind, "")
        return ListingView(
            kind=kind,
            title=self.title(name),
            label=self.language.gettext(label) if label else "",
            description="",
            url=self.where.page(addresses.listing(name)),
            count=count,
            profile=self._accounts[rest].source.profile if is_account else "",
            as_of=as_of and as_of.astimezone(self._config.timezone),
            stale_since=self._stale_since(rest) if is_account and count is not None else None,
        )

    def _stale_since(self, account: str) -> datetime | None:
        since = self._stale.get(account)
        return since and since.astimezone(self._config.timezone)

    def archive(self, name: str) -> list[tuple[str, list[PeriodLink]]]:
        """The archive of a listing, newest year first: the year, and the pages that show its posts or lead to them."""
        found = self._listings.archive(name)
        years = [period for period in found.values() if granularity(period.name) == "year"]
        return [
            (year.name, [self._period(name, found[part]) for part in reversed(year.parts or (year.name,))])
            for year in reversed(years)
        ]

    def _period(self, listing: str, period: Period) -> PeriodLink:
        url = self.where.page(addresses.period(listing, period.name))
        if granularity(period.name) == "year":
            said = self.language.gettext("All of %(year)s") % {"year": period.name}
        else:
            said = label(period.name, self.language)
        return PeriodLink(said, url, period.shown)

    @cached_property
    def linked(self) -> Mapping[str, None]:
        """The listings of the linked accounts, of their networks and stores: there with nothing to show, too."""
        sources = (f"source/{name}" for name in sorted(self._accounts))
        of_networks = (f"network/{link.id}" for link in self._networks)
        return dict.fromkeys([*sources, *of_networks, *sorted(self._store_names)])

    def fingerprint(self) -> str:
        """What stands round every page, as text that differs when any of it does."""
        languages = [(folder, each.tag) for folder, each in self.languages.items()]
        return repr((self.brand, self._view(None), languages, self.language.tag, self._config.timezone.key))

    def accounts(self) -> list[tuple[str, list[AccountView]]]:
        """Every linked account: the brand's own first, then those of each local store."""
        groups: dict[str, list[AccountView]] = {"": []}
        for account in self._accounts.values():
            groups.setdefault(self._store_of(account), []).append(self._account(account))
        titles = {"": self.brand.name, **self._store_names}
        return [(titles[store], views) for store, views in groups.items() if views]

    def accounts_of(self, store: str) -> list[AccountView]:
        """The linked accounts of the store with this listing."""
        return [
            self._account(account) for account in self._accounts.values() if self._store_of(account) == store
        ]

    def _store_of(self, account: Account) -> str:
        """The listing of an account's local store: as it says itself, or as the store's own file does; "" of others."""
        store = account.source.store or self._shops.of.get(account.name, "")
        return store and store_listing(store)

    def tags(self) -> list[ListingLink]:
        """Every tag that any post has, in order of name."""
        titles = self._listings.titles("tag")
        found = [
            self._listing_link(name, f"#{titles[name] or name.partition('/')[2]}", count)
            for name, count in self._listings.counts("tag").items()
        ]
        return sorted(found, key=lambda link: (link.label.casefold(), link.url))

    @cached_property
    def _networks(self) -> tuple[ListingLink, ...]:
        # In the order of sources.toml: who wrote that has the most important first.
        linked = dict.fromkeys(account.connector.network for account in self._accounts.values())
        return tuple(self._listing_link(f"network/{name}", self.title(f"network/{name}")) for name in linked)

    @cached_property
    def _kinds(self) -> tuple[ListingLink, ...]:
        """The kinds that any post is of, those first that there is most of in a hub."""
        there = self._listings.counts("kind")
        kinds = (kind for kind in _KINDS if f"kind/{kind}" in there)
        return tuple(self._listing_link(f"kind/{kind}", self.title(f"kind/{kind}")) for kind in kinds)

    @cached_property
    def _stores(self) -> tuple[ListingLink, ...]:
        names = sorted(self._store_names.items())
        return tuple(
            self._listing_link(listing, name) for listing, name in names if not self.is_hidden(listing)
        )

    def is_hidden(self, listing: str) -> bool:
        """Whether no link shall lead there: to a local store that its editors hide."""
        return listing in self._shops.hidden

    @cached_property
    def _store_names(self) -> dict[str, str]:
        stores = dict.fromkeys(account.source.store for account in self._accounts.values())
        found = {store_listing(store): _store_name(store) for store in stores if store}
        return found | {store_listing(slug): title for slug, title in self._shops.names.items()}

    def _listing_link(self, listing: str, label: str, count: int = 0) -> ListingLink:
        return ListingLink(
            listing.partition("/")[2], label, self.where.page(addresses.listing(listing)), count
        )

    def _account(self, account: Account) -> AccountView:
        listing = f"source/{account.name}"
        network = f"network/{account.connector.network}"
        return AccountView(
            label=account.source.label,
            network=self._listing_link(network, self.title(network)),
            profile=account.source.profile,
            url=self.where.page(addresses.listing(listing)),
            feeds=AccountFeeds(
                self.where.link(addresses.feed(listing, "xml")),
                self.where.link(addresses.feed(listing, "rss")),
                self.where.link(addresses.feed(listing, "json")),
            ),
            store=self._store_names.get(self._store_of(account), ""),
            stale_since=self._stale_since(account.name),
        )

    def _brand(self, hero: tuple[int, int] | None, present: Presenter) -> tuple[BrandView, frozenset[str]]:
        """The brand, and the pictures it uses."""
        brand = self._config.brand.spoken(self.language.tag)
        picture, uses = present.own(brand.hero, brand.hero_alt) if brand.hero else (None, frozenset())
        if hero and picture is None:
            picture = Picture(self.where.link(brand.hero), *hero, brand.hero_alt)
        view = BrandView(
            name=brand.name,
            tagline=brand.tagline,
            description=brand.description,
            hashtag=brand.hashtag,
            logo=self.where.link(brand.logo) if brand.logo else "",
            hero=picture,
            hero_credit=brand.hero_credit,
            links=tuple(Link(label, url) for label, url in brand.links),
        )
        return view, uses


def _store_name(store: str) -> str:
    """What a store is called that has but the name in sources.toml: "king-s-road" in words, "King's Road" as it is."""
    if store != store.lower():
        return store
    return " ".join(word[:1].upper() + word[1:] for word in store.replace("-", " ").split())
