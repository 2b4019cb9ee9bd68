"""Feeds as JSON Feed 1.1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from forecourt.site.syndication.entries import Entry
from forecourt.site.syndication.head import Head

TYPE = "application/feed+json"

_encode = msgspec.json.Encoder().encode


def feed(head: Head, address: str, entries: Iterable[str]) -> bytes:
    """The feed at that address, an entry a line."""
    said = _filled(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": head.title,
            "description": head.subtitle,
            "home_page_url": head.home,
            "feed_url": address,
            "language": head.language,
            "icon": head.logo,
            "authors": [_filled({"name": head.author, "url": head.site, "avatar": head.logo})],
        }
    )
    opening = _encode(said).decode().removesuffix("}")
    inside = ",\n".join(entries)
    return f'{opening},"items":[\n{inside}\n]}}\n'.encode()


def entry(entry: Entry, entry_id: str) -> str:
    """An entry as it stands in a feed."""
    author = {"name": entry.author, "url": entry.author_url, "avatar": entry.avatar}
    said = {
        "id": entry_id,
        "url": entry.url,
        "external_url": entry.permalink,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary,
        "date_published": entry.published.isoformat() if entry.published else "",
        "date_modified": entry.changed.isoformat() if entry.updated or not entry.published else "",
        "authors": [_filled(author)],
        "tags": entry.tags,
        "language": entry.lang,
        "image": entry.image.url if entry.image else "",
        "_source": {"name": entry.source, "network": entry.network},
    }
    return _encode({**_filled(said), "content_html": entry.html}).decode()


def _filled(said: Mapping[str, Any]) -> dict[str, Any]:  # Any: what JSON can hold
    return {name: value for name, value in said.items() if value}
