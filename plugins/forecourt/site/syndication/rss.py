"""Feeds as RSS 2.0, with the modules that say what it has no words for: Dublin Core, Content, Media RSS, Atom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from html import escape as as_html

from forecourt.site.syndication.atom import media
from forecourt.site.syndication.entries import Entry
from forecourt.site.syndication.head import Head
from forecourt.site.syndication.markup import element, escaped, lines, quoted

TYPE = "application/rss+xml"

_MODULES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif")


def feed(head: Head, address: str, entries: Iterable[str]) -> bytes:
    """The feed at that address."""
    said = lines(
        4,
        element("title", head.title),
        element("link", head.home),
        f'<atom:link rel="self" href="{quoted(address)}" type="{TYPE}"/>',
        element("description", head.subtitle or head.title),
        element("language", head.language),
        element("dc:creator", head.author),
        element("lastBuildDate", _date(head.changed)) if head.changed.timestamp() else "",
        _image(head),
        "<generator>Forecourt</generator>",
    )
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in _MODULES.items())
    opening = f"<?xml version='1.0' encoding='utf-8'?>\n<rss version=\"2.0\" {spaces}>\n  <channel>"
    return f"{opening}{said}\n{''.join(entries)}  </channel>\n</rss>\n".encode()


def entry(entry: Entry, entry_id: str) -> str:
    """An entry as it stands in a feed.

    Its ``description`` is HTML by most who read it, so that of the plain text is escaped twice; its ``source``
    leads to a feed of ours, since the address that was fetched may hold a key.
    """
    said = lines(
        6,
        element("title", entry.title),
        element("link", entry.url),
        f'<guid isPermaLink="false">{escaped(entry_id)}</guid>',
        element("pubDate", _date(entry.published)) if entry.published else "",
        element("dcterms:modified", entry.changed.isoformat()),
        element("dc:creator", entry.author),
        element("dc:language", entry.lang),
        f'<atom:link rel="via" href="{quoted(entry.permalink)}"/>' if entry.permalink else "",
        *(element("category", tag) for tag in entry.tags),
        media(entry.image) if entry.image else "",
        element("description", as_html(entry.summary, quote=False)),
        element("content:encoded", entry.html),
        f'<source url="{quoted(entry.origin.feed)}">{escaped(entry.origin.label)}</source>'
        if entry.origin
        else "",
    )
    return f"    <item>{said}\n    </item>\n"


def _date(moment: datetime) -> str:
    """As RFC 822 writes it with the four digits of RFC 2822, in English wherever the program runs."""
    return format_datetime(moment)


def _image(head: Head) -> str:
    """The brand's picture, where it is of one of the kinds that the format knows."""
    if not head.logo.lower().endswith(_PICTURES):
        return ""
    said = element("url", head.logo), element("title", head.title), element("link", head.home)
    return f"<image>{''.join(said)}</image>"
