"""Posts and articles as entries of feeds: what the formats share, ready to be written.

Entries keep the id that their origin gave them and say where they come from
(RFC 4287 section 4.2.11), so that a reader who follows both sees them once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin, urlsplit

from markupsafe import Markup, escape

from forecourt import text
from forecourt.accounts import Account
from forecourt.site import addresses
from forecourt.site.addresses import Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Item
from forecourt.site.present import Presenter
from forecourt.site.syndication.markup import legal
from forecourt.site.views import Card, Picture
from forecourt.store import Stored

TITLE = 80
"""Characters of the title that is made of what a post without one says."""

_URI = re.compile(r"(?:https?|tag|urn|at|acct):[!#-;=?-Z_a-z~]+", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
# Of HTML that nh3 wrote: nothing else looks so, not even a text about HTML.
_LINKING = re.compile(r'<(?:a|blockquote|del|img|ins|q)(?: [a-z-]+="[^"]*")*>')
_BELOW = re.compile(r' (href|src|cite)="([/#][^"]*)"')
_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its whole address; ``type`` is its media type, "" where nobody knows."""

    url: str
    type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Origin:
    """The linked account that an entry came through: its listing and feed on the hub, its profile elsewhere."""

    label: str
    listing: str
    feed: str
    profile: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What every format says of a post: legal in XML, every address whole, times with a zone.

    ``own_id`` is the id that its origin gave it, "" where that is no URI; ``other_id`` one of ours, for where
    another entry has the first. ``published`` is None where the origin says no date, ``updated`` where it was
    not changed since; ``changed`` is the last of them, or its place among the others.
    """

    own_id: str
    other_id: str
    url: str
    permalink: str
    title: str
    summary: str
    html: str
    lang: str
    published: datetime | None
    updated: datetime | None
    changed: datetime
    author: str
    author_url: str
    avatar: str
    tags: tuple[str, ...]
    image: Image | None
    network: str
    source: str
    origin: Origin | None


class Entries:
    """Makes entries."""

    def __init__(self, accounts: Mapping[str, Account], present: Presenter, where: Addresses) -> None:
        self._accounts = accounts
        self._present = present
        self._where = where
        self._host = urlsplit(where.site_url).hostname or ""
        self._origin = cache(self._origin_of)

    def entry(self, item: Item) -> Entry:
        """A post or an article as an entry."""
        card = self._present.card(item)
        url = self._where.origin + card.url
        excerpt = legal(card.excerpt).strip()
        source = legal(card.source.label)
        author = legal(card.author.name or card.author.handle).strip()
        return Entry(
            own_id=self._own_id(item),
            other_id=self._other_id(item),
            url=url,
            permalink=legal(card.permalink),
            title=legal(card.title).strip() or text.excerpt(excerpt, TITLE) or source.strip() or url,
            summary=excerpt,
            html=self._html(item, card, url),
            lang=card.lang if _LANGUAGE.fullmatch(card.lang) else "",
            published=card.published if card.dated else None,
            updated=card.updated,
            changed=max(card.published, card.updated or card.published).astimezone(UTC),
            author=author or source.strip() or self._host,
            author_url=legal(card.author.url),
            avatar=self._where.origin + card.author.avatar.url if card.author.avatar else "",
            tags=tuple(legal(tag.label) for tag in card.tags),
            image=self._image(card.pictures[0]) if card.pictures else None,
            network=card.network.label,
            source=source,
            origin=self._origin(item.post.source) if isinstance(item, Stored) else None,
        )

    def _origin_of(self, name: str) -> Origin:
        source = self._accounts[name].source
        listing = f"source/{name}"
        return Origin(
            legal(source.label),
            self._where.absolute(addresses.listing(listing)),
            self._where.absolute(addresses.feed(listing, "rss")),
            legal(source.profile),
        )

    def _own_id(self, item: Item) -> str:
        if isinstance(item, Editorial):
            return self._where.absolute(item.path)
        return item.post.id if _URI.fullmatch(item.post.id) else ""

    def _other_id(self, item: Item) -> str:
        """A tag URI (RFC 4151) of the source and the id, which stays when the post's date or address changes."""
        if isinstance(item, Editorial):
            return self._where.absolute(item.path)
        host = urlsplit(item.post.permalink).hostname or self._host
        return f"tag:{host},2000:{item.post.source}/{quote(item.post.id, safe='', errors='ignore')}"

    def _image(self, picture: Picture) -> Image:
        suffix = PurePosixPath(urlsplit(picture.url).path).suffix.lower()
        url = self._where.origin + picture.url
        return Image(url, _TYPES.get(suffix, ""), picture.width, picture.height)

    def _html(self, item: Item, card: Card, url: str) -> str:
        """What the post says, behind its pictures that do not stand in the text; what its terms ask for comes last."""
        if isinstance(item, Stored) and "<img" not in item.post.html:
            html = legal(item.post.html)
        else:
            html = legal(str(self._present.plain(item)))
        if card.pictures:
            link = legal(card.permalink) if card.playable else ""
            html = "".join(_figure(picture, link) for picture in self._beside(item, card)) + html
        if card.source.credit:
            html += f"<p>{escape(legal(card.source.credit))}</p>"
        return _whole(html, url)

    def _beside(self, item: Item, card: Card) -> Sequence[Picture]:
        if isinstance(item, Editorial) or "<img" not in item.post.html:
            return card.pictures
        return self._present.whole(item).pictures


def _figure(picture: Picture, link: str) -> str:
    """A picture as programs take it that know little of HTML; that of a film leads to where it is played."""
    image = Markup('<img src="{}" width="{}" height="{}" alt="{}">').format(
        picture.url, picture.width, picture.height, legal(picture.alt)
    )
    shown = Markup('<a href="{}">{}</a>').format(link, image) if link else image
    return f"<p>{shown}</p>"


def identified(entries: Sequence[Entry]) -> list[str]:
    """The ids of the entries of a feed, each once: the origin's own where it is one and the first."""
    first: dict[str, int] = {}
    for place, entry in enumerate(entries):
        first.setdefault(entry.own_id, place)
    return [
        entry.own_id if entry.own_id and first[entry.own_id] == place else entry.other_id
        for place, entry in enumerate(entries)
    ]


def _whole(html: str, base: str) -> str:
    """The HTML with every address whole, for readers elsewhere."""
    if '="/' not in html and '="#' not in html:
        return html
    return _LINKING.sub(
        lambda tag: _BELOW.sub(lambda found: f' {found[1]}="{urljoin(base, found[2])}"', tag[0]), html
    )
