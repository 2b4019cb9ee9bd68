"""What other programs read: Atom, RSS, JSON Feed, OPML, sitemap, robots.txt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from forecourt.accounts import Account
from forecourt.config import Brand
from forecourt.curate import STREAM
from forecourt.site import addresses
from forecourt.site.addresses import Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Item
from forecourt.site.present import Presenter
from forecourt.site.syndication import atom, jsonfeed, rss, sitemap
from forecourt.site.syndication.entries import Entries, Entry, identified
from forecourt.site.syndication.head import Head
from forecourt.site.syndication.markup import legal
from forecourt.site.syndication.opml import Group, Subscription, outlines
from forecourt.site.views import AccountView

SITEMAP_URLS = sitemap.URLS
"""Pages that one file of a sitemap lists."""

_ROOM = 500_000
"""Characters of HTML of which entries are kept in memory, some four bytes for each."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TONGUES: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({})

_Write = Callable[[Entry, str], str]


@dataclass(slots=True)
class _Kept:
    """An entry, and how each format writes it under each id."""

    entry: Entry
    written: dict[tuple[_Write, str], str] = field(default_factory=dict)


class Syndication:
    """Makes the feeds of a hub."""

    def __init__(
        self, brand: Brand, accounts: Sequence[Account], present: Presenter, where: Addresses, language: str
    ) -> None:
        self._brand = brand
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._where = where
        self._language = language
        self._entries = Entries(self._accounts, present, where)
        self._kept: dict[tuple[bool, str, str, datetime], _Kept] = {}
        self._room = _ROOM

    def may_syndicate(self, item: Item) -> bool:
        """Whether the terms of the item's platform let its text stand in a feed of ours."""
        return isinstance(item, Editorial) or self._accounts[item.post.source].connector.terms.syndicate

    def atom(self, title: str, listing: str, items: Sequence[Item]) -> bytes:
        """The listing as Atom 1.0."""
        entries = self._of(items)
        address = self._where.absolute(addresses.feed(listing, "xml"))
        return atom.feed(self._head(title, listing, entries), address, _written(entries, atom.entry))

    def rss(self, title: str, listing: str, items: Sequence[Item]) -> bytes:
        """The listing as RSS 2.0."""
        entries = self._of(items)
        address = self._where.absolute(addresses.feed(listing, "rss"))
        return rss.feed(self._head(title, listing, entries), address, _written(entries, rss.entry))

    def json_feed(self, title: str, listing: str, items: Sequence[Item]) -> bytes:
        """The listing as JSON Feed 1.1."""
        entries = self._of(items)
        address = self._where.absolute(addresses.feed(listing, "json"))
        return jsonfeed.feed(self._head(title, listing, entries), address, _written(entries, jsonfeed.entry))

    def opml(self, groups: Iterable[tuple[str, Sequence[AccountView]]]) -> bytes:
        """Every linked account with our feed of it, in groups with a title, for a reader to subscribe to them all."""
        origin = self._where.origin
        grouped = [
            Group(
                title,
                [
                    Subscription(view.label, origin + view.feeds.atom, view.profile or origin + view.url)
                    for view in views
                ],
            )
            for title, views in groups
        ]
        home = self._where.absolute(addresses.HOME)
        return outlines(self._brand.name, home, grouped)

    def sitemap(
        self,
        files: Sequence[str],
        pictures: Mapping[str, Sequence[str]] = sitemap.NONE,
        tongues: Mapping[str, Sequence[tuple[str, str]]] = _NO_TONGUES,
    ) -> bytes:
        """One part of the sitemap: the pages that are served from these files.

        ``pictures`` are the paths of those that a page shows (``shown`` finds them), and ``tongues`` language and
        path of the same page in every language, itself among them: both by the page's file.
        """
        urls = {file: self._where.absolute(file.removesuffix("index.html")) for file in files}
        return sitemap.pages(
            urls.values(),
            {
                urls[file]: [*map(self._where.absolute, paths)]
                for file, paths in pictures.items()
                if file in urls
            },
            {
                urls[file]: [(lang, self._where.absolute(path)) for lang, path in others]
                for file, others in tongues.items()
                if file in urls
            },
        )

    def sitemaps(self, parts: Sequence[str]) -> bytes:
        """The sitemap that leads to these parts."""
        return sitemap.parts(self._where.absolute(addresses.sitemap(part)) for part in parts)

    def robots(self) -> bytes:
        """Everything may be visited; what shall not be listed says so itself."""
        return f"User-agent: *\nAllow: /\n\nSitemap: {self._where.absolute(addresses.SITEMAP)}\n".encode()

    def _head(self, title: str, listing: str, entries: Sequence[_Kept]) -> Head:
        brand = legal(self._brand.name).strip() or self._where.site_url
        title = legal(title).strip() or brand
        return Head(
            title=title if listing == STREAM or brand in title else f"{title} · {brand}",
            subtitle=legal(self._brand.description or self._brand.tagline).strip(),
            home=self._where.absolute(addresses.listing(listing)),
            site=self._where.absolute(addresses.HOME),
            language=self._language,
            author=brand,
            logo=self._where.absolute(self._brand.logo) if self._brand.logo else "",
            changed=max((kept.entry.changed for kept in entries), default=_EPOCH),
        )

    def _of(self, items: Sequence[Item]) -> list[_Kept]:
        """The entries of these; a post stands in the feeds of its account, network, kind, store and every tag."""
        return [self._keep(item) for item in items]

    def _keep(self, item: Item) -> _Kept:
        said_by = (
            "" if isinstance(item, Editorial) else item.post.source
        )  # of one message each account has its version
        key = isinstance(item, Editorial), item.key, said_by, item.published
        kept = self._kept.get(key)
        if kept is None:
            kept = _Kept(self._entries.entry(item))
            self._room -= len(kept.entry.html)
            if self._room < 0:
                self._kept.clear()
                self._room = _ROOM - len(kept.entry.html)
            self._kept[key] = kept
        return kept


def _written(kept: Sequence[_Kept], write: _Write) -> list[str]:
    """The entries as one format writes them, each once however many feeds it stands in."""
    said = []
    for each, entry_id in zip(kept, identified([each.entry for each in kept]), strict=True):
        key = write, entry_id
        if key not in each.written:
            each.written[key] = write(each.entry, entry_id)
        said.append(each.written[key])
    return said
