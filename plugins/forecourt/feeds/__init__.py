"""Feed documents of every format, read into one shape.

The format is found in the document itself: servers send feeds as ``text/html``
and web pages as ``application/rss+xml``.
"""

from __future__ import annotations

import re

from forecourt import urls
from forecourt.errors import BadData
from forecourt.feeds import jsonfeed, xml
from forecourt.feeds.entries import Enclosure, Entry, Episode, Feed, Transcript
from forecourt.feeds.posts import as_posts

__all__ = ["Enclosure", "Entry", "Episode", "Feed", "Transcript", "as_posts", "is_page", "parse"]

_HEAD = 4096
_MAGIC = (
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{12}|RIFF.{4}WEBP|\0\0\0.ftypavi[fs]", "a picture"),
    (rb"%PDF", "a PDF"),
    (rb"PK\x03\x04", "a zip file"),
    (rb"\x1f\x8b", "a compressed file"),
    (rb"ID3|OggS|fLaC|RIFF.{4}WAVE", "a recording"),
    (rb".{4}ftyp|\x1aE\xdf\xa3", "a film"),
    (rb"\s*BEGIN:VCALENDAR", "a calendar"),
)
_PROLOGUE = re.compile(r"<!--.*?-->|<\?.*?>|<!(?!doctype\s+html).*?>", re.DOTALL | re.IGNORECASE)
_PAGE = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|meta|title|script|style|div|p|h1|table|main)[\s>]", re.IGNORECASE
)
_FEED = re.compile(rb"<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)


def parse(body: bytes, content_type: str, url: str) -> Feed:
    """Read a feed document that came from ``url``.

    RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1. ``content_type`` is
    used for its charset only. Raises BadData when the document is none of them.
    """
    where = urls.host(url) or "the server"
    _refuse_what_is_no_text(body, where)
    head = _text_head(body)
    if head[:1] in {"{", "["}:
        return jsonfeed.read(body, url)
    if is_page(body):
        raise BadData(f"{where} sent a web page, not a feed; give the address of the feed itself.")
    feed = xml.read(body, content_type, url)
    if feed is None:
        raise BadData(
            f"{where} sent something that is not a feed; open the address in a browser to see what it is."
        )
    return feed


def is_page(body: bytes) -> bool:
    """Whether the document is a web page, and no feed that calls itself one."""
    head = _PROLOGUE.sub("", _text_head(body)).lstrip()
    return _PAGE.match(head) is not None and _FEED.search(body) is None


def _refuse_what_is_no_text(body: bytes, where: str) -> None:
    if not body.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadData(f"{where} sent an empty answer; the feed may be switched off there.")
    for magic, name in _MAGIC:
        if re.match(magic, body, re.DOTALL):
            raise BadData(f"{where} sent {name}, not a feed; check the address.")


def _text_head(body: bytes) -> str:
    """Make the beginning readable enough to tell formats apart in every encoding that a feed comes in."""
    return (
        body[:_HEAD]
        .replace(b"\0", b"")
        .removeprefix(b"\xef\xbb\xbf")
        .decode("latin-1")
        .lstrip("\xff\xfe \t\r\n")
    )
