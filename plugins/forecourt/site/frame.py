"""What stands round the posts: the brand, the way about the hub, the head of a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, cached_property

from forecourt import networks, text
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import STREAM
from forecourt.site import addresses
from forecourt.site.addresses import NEWS, Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Listings
from forecourt.site.periods import Period, granularity, label
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
)

_LABELS = {"source": "Account", "network": "Network", "tag": "Topic", NEWS: "News"}
ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"


class Frame:
    """Makes what every page shows beside its own."""

    def __init__(
        self,
        config: Config,
        accounts: Sequence[Account],
        listings: Listings,
        pages: Sequence[Editorial],
        where: Addresses,
        hero: tuple[int, int] | None,
    ) -> None:
        """``hero`` is the size of the brand's picture in pixels."""
        self._config = config
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._listings = listings
        self.where = where
        self._pages = [page for page in pages if page.lang == config.language]
        self._hub = cache(self._view)
        self.brand = self._brand(hero)

    def hub(self, current: str) -> HubView:
        """The hub as the page at path ``current`` knows it: the same object for all that are not in its navigation."""
        return self._hub(current if any(path == current for _, path in self._nav) else None)

    def front(self, as_of: datetime | None) -> HubView:
        """The hub as its home page knows it: when something last came, and how much there is."""
        counts = self._listings.counts("network")
        return replace(
            self.hub(addresses.HOME),
            as_of=as_of and as_of.astimezone(self._config.timezone),
            total=self._listings.count(STREAM),
            networks=tuple(
                replace(link, count=counts.get(f"network/{link.id}", 0)) for link in self._networks
            ),
        )

    def _view(self, current: str | None) -> HubView:
        return HubView(
            home=self.where.link(addresses.HOME),
            nav=tuple(
                Link(label, self.where.link(path), current=path == current) for label, path in self._nav
            ),
            networks=self._networks,
            follow_url=self.where.link(addresses.FOLLOW),
            archive_url=self.where.link(addresses.ARCHIVE),
            feeds=self.feeds(STREAM),
        )

    @cached_property
    def _nav(self) -> list[tuple[str, str]]:
        news = [("News", addresses.listing(NEWS))] if self._listings.count(NEWS) else []
        pages = [(page.title, page.path) for page in self._pages]
        return [("The hub", addresses.HOME), *news, ("Archive", addresses.ARCHIVE), *pages]

    def page(self, title: str, path: str, **head: object) -> PageView:
        """The head of a page at ``path``; canonical is that address unless ``head`` says other."""
        head.setdefault("canonical", self.where.absolute(path))
        head.setdefault("lang", self._config.language)
        head.setdefault("dir", text.direction("", self._config.language))
        head.setdefault("description", self._config.brand.description or self._config.brand.tagline)
        return PageView(title=title, **head)  # type: ignore[arg-type]  # the names are those of PageView

    def feeds(self, listing: str) -> tuple[FeedLink, ...]:
        """The two feeds of a listing."""
        title = self.title(listing) if listing != STREAM else self._config.brand.name
        return (
            FeedLink(f"{title} (Atom)", self.where.link(addresses.feed(listing, "xml")), ATOM),
            FeedLink(f"{title} (JSON Feed)", self.where.link(addresses.feed(listing, "json")), JSON_FEED),
        )

    def title(self, listing: str) -> str:
        """What a listing is called."""
        kind, _, name = listing.partition("/")
        if kind == "source":
            return self._accounts[name].source.label
        if kind == "network":
            return networks.name(name)
        if kind == "tag":
            return f"#{self._listings.title(listing) or name}"
        return "News" if kind == NEWS else "All posts"

    def listing(self, name: str, count: int | None = None) -> ListingView:
        """The head of a listing. How much it shows is for the pages alone that change with it."""
        kind, _, rest = name.partition("/")
        return ListingView(
            kind=kind,
            title=self.title(name),
            label=_LABELS.get(kind, ""),
            description="",
            url=self.where.link(addresses.listing(name)),
            count=count,
            profile=self._accounts[rest].source.profile if kind == "source" else "",
        )

    def archive(self, name: str) -> list[tuple[str, list[PeriodLink]]]:
        """The archive of a listing, newest year first: the year, and the pages that show its posts or lead to them."""
        found = self._listings.archive(name)
        years = [period for period in found.values() if granularity(period.name) == "year"]
        return [
            (year.name, [self._period(name, found[part]) for part in reversed(year.parts or (year.name,))])
            for year in reversed(years)
        ]

    def _period(self, listing: str, period: Period) -> PeriodLink:
        url = self.where.link(addresses.period(listing, period.name))
        is_year = granularity(period.name) == "year"
        return PeriodLink(f"All of {period.name}" if is_year else label(period.name), url, period.shown)

    @cached_property
    def linked(self) -> Mapping[str, None]:
        """The listings of the linked accounts and of their networks, which are there with nothing to show, too."""
        sources = (f"source/{name}" for name in sorted(self._accounts))
        return dict.fromkeys([*sources, *(f"network/{link.id}" for link in self._networks)])

    def fingerprint(self) -> str:
        """What stands round every page, as text that differs when any of it does."""
        return repr((self.brand, self._view(None), self._config.language, self._config.timezone.key))

    def accounts(self) -> list[tuple[str, list[AccountView]]]:
        """Every linked account: the brand's own first, then those of each local store."""
        groups: dict[str, list[AccountView]] = {"": []}
        for account in self._accounts.values():
            groups.setdefault(account.source.store, []).append(self._account(account))
        return [
            (store.replace("-", " ").title() or self._config.brand.name, views)
            for store, views in groups.items()
            if views
        ]

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
        linked = sorted({account.connector.network for account in self._accounts.values()})
        return tuple(self._listing_link(f"network/{name}", networks.name(name)) for name in linked)

    def _listing_link(self, listing: str, label: str, count: int = 0) -> ListingLink:
        return ListingLink(
            listing.partition("/")[2], label, self.where.link(addresses.listing(listing)), count
        )

    def _account(self, account: Account) -> AccountView:
        listing = f"source/{account.name}"
        network = f"network/{account.connector.network}"
        return AccountView(
            label=account.source.label,
            network=self._listing_link(network, self.title(network)),
            profile=account.source.profile,
            url=self.where.link(addresses.listing(listing)),
            feeds=AccountFeeds(
                self.where.link(addresses.feed(listing, "xml")),
                self.where.link(addresses.feed(listing, "json")),
            ),
            store=account.source.store.replace("-", " ").title(),
        )

    def _brand(self, hero: tuple[int, int] | None) -> BrandView:
        brand = self._config.brand
        return BrandView(
            name=brand.name,
            tagline=brand.tagline,
            description=brand.description,
            hashtag=brand.hashtag,
            logo=self.where.link(brand.logo) if brand.logo else "",
            hero=Picture(self.where.link(brand.hero), *hero, brand.hero_alt) if hero else None,
            links=tuple(Link(label, url) for label, url in brand.links),
        )
