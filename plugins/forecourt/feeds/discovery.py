"""Where a web page says that its feeds are."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from forecourt import urls
from forecourt.feeds import charset

_LONGEST = 512 * 1024  # characters; the links stand in the head
_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"}
# WordPress announces the page itself as JSON in the same words as a feed.
_NO_FEED = re.compile(r"/wp-json/|[?&]rest_route=|/oembed")


def find(html: bytes, content_type: str, url: str) -> list[str]:
    """List the addresses of the feeds that a page names, in its order, each once."""
    page = _Page(url)
    # HTMLParser takes "<![" for the beginning of a marked section of SGML, and raises where it is none.
    page.feed(_decoded(html[:_LONGEST], content_type).replace("<![", "&lt;!["))
    addresses = (urls.absolute(href, page.base) for href in page.hrefs)
    return list(dict.fromkeys(one for one in addresses if one and not _NO_FEED.search(one)))


class _Page(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = url
        self.hrefs: list[str] = []
        self._url = url
        self._has_base = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href") and not self._has_base:
            self.base = urls.absolute(values["href"], self._url) or self._url
            self._has_base = True
        elif tag in {"link", "a"} and _is_feed(values):
            self.hrefs.append(values.get("href", ""))


def _is_feed(values: dict[str, str]) -> bool:
    is_alternate = "alternate" in values.get("rel", "").lower().split()
    return is_alternate and values.get("type", "").partition(";")[0].strip().lower() in _TYPES


def _decoded(html: bytes, content_type: str) -> str:
    return charset.decode(html, charset.named(content_type) or charset.named(html[:2048].decode("latin-1")))
