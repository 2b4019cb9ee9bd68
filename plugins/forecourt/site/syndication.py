"""What other programs read: Atom, JSON Feed, OPML, sitemap, robots.txt.

Entries keep the id that their origin gave them and say where they come from
(RFC 4287 section 4.2.11), so that a reader who follows both sees them once.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from markupsafe import escape

from forecourt.accounts import Account
from forecourt.config import Brand
from forecourt.site import addresses
from forecourt.site.addresses import Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Item
from forecourt.site.present import Presenter
from forecourt.site.views import Card
from forecourt.store import Stored

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
SITEMAP_URLS = 50_000
"""Pages that one file of a sitemap may list, by the protocol."""

_URI = re.compile(r"(?:https?|tag|urn|at|acct):[!#-;=?-Z_a-z~]+", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ET.register_namespace("", _ATOM)


class Syndication:
    """Makes the feeds of a hub."""

    def __init__(
        self, brand: Brand, accounts: Sequence[Account], present: Presenter, where: Addresses, language: str
    ) -> None:
        self._brand = brand
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._present = present
        self._where = where
        self._language = language
        self._host = urlsplit(where.site_url).hostname or ""
        self._origin = where.origin
        self._origins = cache(self._atom_source)

    def may_syndicate(self, item: Item) -> bool:
        """Whether the terms of the item's platform let its text stand in a feed of ours."""
        return isinstance(item, Editorial) or self._accounts[item.post.source].connector.terms.syndicate

    def atom(self, title: str, listing: str, items: Sequence[Item]) -> bytes:
        """The listing as Atom 1.0."""
        feed = ET.Element(f"{{{_ATOM}}}feed")
        _child(feed, "id", self._where.absolute(addresses.listing(listing)))
        _child(feed, "title", title)
        _child(feed, "updated", max((_changed(item) for item in items), default=_EPOCH).isoformat())
        _link(feed, "self", self._where.absolute(addresses.feed(listing, "xml")), "application/atom+xml")
        _link(feed, "alternate", self._where.absolute(addresses.listing(listing)), "text/html")
        _child(_child(feed, "author"), "name", self._brand.name)
        _child(feed, "generator", "Forecourt")
        entries = [self._atom_entry(*each) for each in zip(items, self._ids(items), strict=True)]
        ET.indent(feed)
        head, end, rest = _document(feed).rpartition(b"</feed>")
        return b"".join((head, *(entry.encode() for entry in entries), end, rest))

    def json_feed(self, title: str, listing: str, items: Sequence[Item]) -> bytes:
        """The listing as JSON Feed 1.1."""
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": self._where.absolute(addresses.listing(listing)),
            "feed_url": self._where.absolute(addresses.feed(listing, "json")),
            "language": self._language,
            "authors": [{"name": self._brand.name}],
            "items": [self._json_item(*each) for each in zip(items, self._ids(items), strict=True)],
        }
        return msgspec.json.format(msgspec.json.encode(feed), indent=1) + b"\n"

    def opml(self) -> bytes:
        """Every linked account with our feed of it, for a reader to subscribe to them all."""
        root = ET.Element("opml", version="2.0")
        _plain(_plain(root, "head"), "title", self._brand.name)
        body = _plain(root, "body")
        for account in self._accounts.values():
            listing = f"source/{account.name}"
            ET.SubElement(
                body,
                "outline",
                type="rss",
                text=account.source.label,
                xmlUrl=self._where.absolute(addresses.feed(listing, "xml")),
                htmlUrl=account.source.profile or self._where.absolute(addresses.listing(listing)),
            )
        ET.indent(root)
        return _document(root)

    def sitemap(self, files: Sequence[str]) -> bytes:
        """One part of the sitemap: the pages that are served from these files."""
        return self._sitemap("urlset", "url", [file.removesuffix("index.html") for file in files])

    def sitemaps(self, parts: Sequence[str]) -> bytes:
        """The sitemap that leads to these parts."""
        return self._sitemap("sitemapindex", "sitemap", [addresses.sitemap(part) for part in parts])

    def robots(self) -> bytes:
        """Everything may be visited; what shall not be listed says so itself."""
        return f"User-agent: *\nAllow: /\n\nSitemap: {self._where.absolute(addresses.SITEMAP)}\n".encode()

    def _sitemap(self, root: str, each: str, paths: Iterable[str]) -> bytes:
        tree = ET.Element(root, xmlns=_SITEMAP)
        for path in paths:
            _plain(_plain(tree, each), "loc", self._where.absolute(path))
        ET.indent(tree)
        return _document(tree)

    def _atom_entry(self, item: Item, entry_id: str) -> str:
        """An entry as it stands in a feed. As text: a tree of elements takes six times as long, for each of them."""
        card = self._present.card(item)
        said = [f'  <entry xml:lang="{escape(card.lang)}">' if card.lang else "  <entry>"]
        said += [
            f"    <{name}>{escape(text)}</{name}>"
            for name, text in (
                ("id", entry_id),
                ("title", _title(card)),
                ("published", item.published.isoformat()),
                ("updated", _changed(item).isoformat()),
            )
        ]
        said.append(f'    <link rel="alternate" href="{escape(self._absolute(card.url))}" type="text/html"/>')
        if card.permalink:
            said.append(f'    <link rel="via" href="{escape(card.permalink)}"/>')
        uri = f"\n      <uri>{escape(card.author.url)}</uri>" if card.author.url else ""
        name = escape(card.author.name or card.source.label)
        said.append(f"    <author>\n      <name>{name}</name>{uri}\n    </author>")
        said += [f'    <category term="{escape(tag.label)}"/>' for tag in card.tags]
        said.append(f'    <content type="html">{escape(str(self._html(item)))}</content>')
        if isinstance(item, Stored):
            said.append(self._origins(item.post.source))
        return "\n".join((*said, "  </entry>\n"))

    def _atom_source(self, name: str) -> str:
        """Where an entry comes from (RFC 4287 section 4.2.11)."""
        source = self._accounts[name].source
        where = escape(self._where.absolute(addresses.listing(f"source/{name}")))
        said = ["    <source>", f"      <id>{where}</id>", f"      <title>{escape(source.label)}</title>"]
        if source.profile:
            said.append(f'      <link rel="alternate" href="{escape(source.profile)}"/>')
        return "\n".join((*said, "    </source>"))

    def _json_item(self, item: Item, entry_id: str) -> dict[str, Any]:
        card = self._present.card(item)
        picture = card.pictures[0] if card.pictures else None
        author = {"name": card.author.name or card.source.label, "url": card.author.url}
        entry = {
            "id": entry_id,
            "url": self._absolute(card.url),
            "external_url": card.permalink,
            "title": card.title,
            "content_html": self._html(item),
            "date_published": item.published.isoformat(),
            "date_modified": card.updated.isoformat() if card.updated else "",
            "authors": [{name: value for name, value in author.items() if value}],
            "tags": [tag.label for tag in card.tags],
            "language": card.lang,
            "image": self._absolute(picture.url) if picture else "",
            "_source": {"name": card.source.label, "network": card.network.label},
        }
        return {name: value for name, value in entry.items() if value or name == "content_html"}

    def _ids(self, items: Sequence[Item]) -> list[str]:
        """The ids of entries as URIs, each once in a feed: the origin's own where it is one and the first.

        Otherwise a tag URI (RFC 4151) of the source and the id, which stays when
        the post's date or address changes.
        """
        own = [self._own_id(item) for item in items]
        first = {own_id: place for place, own_id in reversed(list(enumerate(own)))}
        return [
            own_id if own_id and first[own_id] == place else self._tag_uri(item)
            for place, (item, own_id) in enumerate(zip(items, own, strict=True))
        ]

    def _own_id(self, item: Item) -> str:
        if isinstance(item, Editorial):
            return self._where.absolute(item.path)
        return item.post.id if _URI.fullmatch(item.post.id) else ""

    def _tag_uri(self, item: Item) -> str:
        if isinstance(item, Editorial):
            return self._where.absolute(item.path)
        host = urlsplit(item.post.permalink).hostname or self._host
        return f"tag:{host},2000:{item.post.source}/{quote(item.post.id, safe='')}"

    def _html(self, item: Item) -> str:
        html = str(self._present.plain(item))
        credit = self._accounts[item.post.source].connector.terms.credit if isinstance(item, Stored) else ""
        return self._rooted(html + (f"<p>{escape(credit)}</p>" if credit else ""))

    def _rooted(self, html: str) -> str:
        """Addresses below our root made whole, for readers elsewhere."""
        return html.replace(' src="/', f' src="{self._origin}/').replace(
            ' href="/', f' href="{self._origin}/'
        )

    def _absolute(self, link: str) -> str:
        return self._origin + link


def _changed(item: Item) -> datetime:
    updated = item.updated if isinstance(item, Editorial) else item.post.updated
    return max(item.published, updated).astimezone(UTC) if updated else item.published.astimezone(UTC)


def _title(card: Card) -> str:
    return card.title or card.excerpt[:80] or card.source.label


def _child(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    child.text = text or None
    return child


def _plain(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text or None
    return child


def _link(parent: ET.Element, rel: str, href: str, media_type: str) -> None:
    link = ET.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=href)
    if media_type:
        link.set("type", media_type)


def _document(root: ET.Element) -> bytes:
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"
