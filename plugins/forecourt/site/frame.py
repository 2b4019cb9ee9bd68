"""What stands round the posts: the brand, the way about the hub, the head of a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from PIL import Image

from forecourt import networks, text
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import STREAM, tag_listing
from forecourt.site import addresses
from forecourt.site.addresses import NEWS, Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Listings
from forecourt.site.views import (
    AccountFeeds,
    AccountView,
    BrandView,
    FeedLink,
    HubView,
    Link,
    ListingLink,
    ListingView,
    MonthView,
    PageView,
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
    ) -> None:
        self._config = config
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._listings = listings
        self.where = where
        self._pages = [page for page in pages if page.lang == config.language]
        self.brand = self._brand()

    def hub(self, current: str, as_of: datetime | None = None) -> HubView:
        """The hub as the page at path ``current`` knows it."""
        paths = [
            ("The hub", addresses.HOME),
            ("News", addresses.listing(NEWS)),
            ("Archive", addresses.ARCHIVE),
        ]
        paths += [(page.title, page.path) for page in self._pages]
        if not self._listings.count(NEWS):
            paths.pop(1)
        return HubView(
            home=self.where.link(addresses.HOME),
            nav=tuple(Link(label, self.where.link(path), current=path == current) for label, path in paths),
            networks=self._networks,
            follow_url=self.where.link(addresses.FOLLOW),
            archive_url=self.where.link(addresses.ARCHIVE),
            as_of=as_of and as_of.astimezone(self._config.timezone),
            total=self._listings.count(STREAM),
            feeds=self.feeds(STREAM),
        )

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
            return f"#{self._spelling(listing) or name}"
        return "News" if kind == NEWS else "All posts"

    def listing(self, name: str) -> ListingView:
        """The head of a listing."""
        kind, _, rest = name.partition("/")
        return ListingView(
            kind=kind,
            title=self.title(name),
            label=_LABELS.get(kind, ""),
            description="",
            url=self.where.link(addresses.listing(name)),
            count=self._listings.count(name),
            profile=self._accounts[rest].source.profile if kind == "source" else "",
        )

    def months(self, name: str) -> tuple[MonthView, ...]:
        """The months of a listing, newest first."""
        months = self._listings.months(name)
        return tuple(
            MonthView(
                date.fromisoformat(f"{month}-01"), self.where.link(addresses.period(name, month)), count
            )
            for month, count in reversed(months.items())
        )

    def sources(self) -> list[str]:
        """The names of the linked accounts, in alphabetical order."""
        return sorted(self._accounts)

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
        found = [self._listing_link(name, self.title(name)) for name in self._listings.names("tag")]
        return sorted(found, key=lambda link: (link.label.casefold(), link.url))

    @cached_property
    def _networks(self) -> tuple[ListingLink, ...]:
        names = self._listings.names("network")
        return tuple(self._listing_link(name, self.title(name)) for name in names)

    def _listing_link(self, listing: str, label: str) -> ListingLink:
        url = self.where.link(addresses.listing(listing))
        return ListingLink(listing.partition("/")[2], label, url, self._listings.count(listing))

    def _account(self, account: Account) -> AccountView:
        listing = f"source/{account.name}"
        network = f"network/{account.connector.network}"
        return AccountView(
            label=account.source.label,
            network=self._listing_link(network, self.title(network)),
            profile=account.source.profile,
            url=self.where.link(addresses.listing(listing)),
            count=self._listings.count(listing),
            feeds=AccountFeeds(
                self.where.link(addresses.feed(listing, "xml")),
                self.where.link(addresses.feed(listing, "json")),
            ),
            store=account.source.store.replace("-", " ").title(),
        )

    def _spelling(self, listing: str) -> str:
        """The tag as its newest post writes it."""
        for item in self._listings.newest(listing, 1):
            tags = item.tags if isinstance(item, Editorial) else item.post.tags
            return next((tag for tag in tags if tag_listing(tag) == listing), "")
        return ""

    def _brand(self) -> BrandView:
        brand = self._config.brand
        return BrandView(
            name=brand.name,
            tagline=brand.tagline,
            description=brand.description,
            hashtag=brand.hashtag,
            logo=self.where.link(brand.logo) if brand.logo else "",
            hero=self._hero(brand.hero, brand.hero_alt),
            links=tuple(Link(label, url) for label, url in brand.links),
        )

    def _hero(self, path: str, alt: str) -> Picture | None:
        if not path:
            return None
        with Image.open(self._config.content / path) as image:
            return Picture(self.where.link(path), *image.size, alt)
