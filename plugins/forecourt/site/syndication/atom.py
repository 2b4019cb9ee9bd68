"""Feeds as Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable

from forecourt.site.syndication.entries import Entry, Image, Origin
from forecourt.site.syndication.head import Head
from forecourt.site.syndication.markup import element, escaped, lines, quoted

TYPE = "application/atom+xml"


def feed(head: Head, address: str, entries: Iterable[str]) -> bytes:
    """The feed at that address."""
    said = lines(
        2,
        element("id", head.home),
        element("title", head.title),
        element("subtitle", head.subtitle),
        element("updated", head.changed.isoformat()),
        _link("self", address, TYPE),
        _link("alternate", head.home, "text/html"),
        f"<author>{element('name', head.author)}{element('uri', head.site)}</author>",
        element("icon", head.logo),
        element("logo", head.logo),
        "<generator>Forecourt</generator>",
    )
    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    opening = f"<?xml version='1.0' encoding='utf-8'?>\n<feed {space} xml:lang=\"{quoted(head.language)}\">"
    return f"{opening}{said}\n{''.join(entries)}</feed>\n".encode()


def entry(entry: Entry, entry_id: str) -> str:
    """An entry as it stands in a feed."""
    said = lines(
        4,
        element("id", entry_id),
        element("title", entry.title),
        element("published", entry.published.isoformat()) if entry.published else "",
        element("updated", entry.changed.isoformat()),
        _link("alternate", entry.url, "text/html"),
        f'<link rel="via" href="{quoted(entry.permalink)}"/>' if entry.permalink else "",
        f"<author>{element('name', entry.author)}{element('uri', entry.author_url)}</author>",
        *(f'<category term="{quoted(tag)}"/>' for tag in entry.tags),
        media(entry.image) if entry.image else "",
        f'<content type="html">{escaped(entry.html)}</content>',
        _source(entry.origin) if entry.origin else "",
    )
    lang = f' xml:lang="{entry.lang}"' if entry.lang else ""
    return f"  <entry{lang}>{said}\n  </entry>\n"


def media(image: Image) -> str:
    """A picture as Media RSS has it, for both formats: an enclosure would have to say how many bytes it has.

    Without its description, which stands in the content too: feedparser takes it for that of the entry.
    """
    kind = f' type="{image.type}"' if image.type else ""
    return (
        f'<media:content url="{quoted(image.url)}"{kind} medium="image" width="{image.width}" '
        f'height="{image.height}"/>'
    )


def _link(rel: str, href: str, media_type: str) -> str:
    return f'<link rel="{rel}" href="{quoted(href)}" type="{media_type}"/>'


def _source(origin: Origin) -> str:
    """Where an entry comes from (section 4.2.11)."""
    profile = f'<link rel="alternate" href="{quoted(origin.profile)}"/>' if origin.profile else ""
    return f"<source>{element('id', origin.listing)}{element('title', origin.label)}{profile}</source>"
