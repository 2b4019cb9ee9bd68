"""Fetching and building: the sources of a corpus as web sites on loopback, and the tools that read them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from bench.corpus import Corpus, Entry
from bench.hosts import Hosts
from bench.hub import Forecourt, sources_toml
from bench.tools import Tool


class Sites(Hosts):
    """A web site for each source: its feed, whole, and a page for each of its entries."""

    def __init__(self, corpus: Corpus) -> None:
        """Take the corpus as what there is at first."""
        super().__init__(len(corpus.sources))
        self._of = dict(zip((source for source, _ in corpus.sources), self._addresses, strict=True))
        self._entries: dict[str, list[Entry]] = {address: [] for address in self._addresses}
        self._later: set[int] = set()
        for entry in corpus:
            self._entries[self._of[entry.source]].append(entry)

    def add(self, entry: Entry) -> None:
        """Publish one entry more, once."""
        if entry.number not in self._later:
            self._later.add(entry.number)
            self._entries[self._of[entry.source]].append(entry)

    def _said(self, address: str, head: bytes) -> Iterator[bytes]:
        entries = self._entries[address]
        etag = b'"%d"' % len(entries)
        if head.split(maxsplit=2)[1] != b"/feed.xml":
            body, kind = _PAGE, b"text/html"
        elif etag in head:
            yield b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n"
            return
        else:
            body, kind = _atom(f"http://{address}:{self._port}", entries), b"application/atom+xml"
        yield b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nETag: %s\r\n" % (kind, etag)
        yield b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@dataclass
class FetchedForecourt(Forecourt):
    """Ours: a page for each post and all listings, as otherwise."""

    name = "Forecourt, fetch and build"
    sites: Sites = field(kw_only=True)

    def write(self) -> None:
        """Link the sites; everything is still to be fetched."""
        self.write_theme()
        (self.folder / "sources.toml").write_text(
            sources_toml(self.corpus, self.sites.urls), encoding="utf-8"
        )

    def add(self, entry: Entry) -> None:
        """Publish it at its source."""
        self.sites.add(entry)

    @property
    def command(self) -> Sequence[str]:
        """Both tasks in one run, as a schedule has them."""
        return [*self.invoke, "fetch", "build", *self.options]

    @property
    def first(self) -> Sequence[str]:
        """The same: nothing is there yet."""
        return self.command

    @property
    def environ(self) -> Mapping[str, str]:
        """The sites are on loopback."""
        return {**super().environ, "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}

    def clear(self) -> None:
        """All that was fetched, too."""
        super().clear()
        shutil.rmtree(self.folder / "state", ignore_errors=True)


@dataclass
class Osmosfeed(Tool):
    """osmosfeed: all entries on one page, and a feed."""

    name = "osmosfeed, fetch and build"
    program: Sequence[str] = field(kw_only=True)
    sites: Sites = field(kw_only=True)

    def write(self) -> None:
        """Name the feeds, and let it keep what is older than a month."""
        lines = ["cacheMaxDays: 100000", "sources:", *(f"  - href: {url}" for url in self.sites.urls)]
        (self.folder / "osmosfeed.yaml").write_text("\n".join(lines), encoding="utf-8")
        (self.folder / "public").symlink_to(self.out)  # it has no option for that

    def add(self, entry: Entry) -> None:
        """Publish it at its source."""
        self.sites.add(entry)

    @property
    def command(self) -> Sequence[str]:
        """It has but one."""
        return self.program

    def clear(self) -> None:
        """Its cache is among its output."""
        super().clear()
        self.out.mkdir()


_PAGE = b"<!doctype html><html lang=en><title>An entry</title><p>Its feed has all of it.</html>"


def _atom(site: str, entries: Sequence[Entry]) -> bytes:
    """A feed of these entries, the newest first; each has a page on the same site."""
    listed = "".join(_entry(site, entry) for entry in reversed(entries))
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'<title>{site}</title><id>{site}/</id><link href="{site}/"/>'
        f"<updated>2026-10-01T09:00:00Z</updated>{listed}</feed>"
    ).encode()


def _entry(site: str, entry: Entry) -> str:
    tags = "".join(f'<category term="{tag}"/>' for tag in entry.tags)
    return (
        f'<entry><id>{site}/{entry.slug}</id><title>{entry.title}</title><link href="{site}/{entry.slug}"/>'
        f"<published>{entry.published.isoformat()}</published><updated>{entry.published.isoformat()}</updated>"
        f"<author><name>{entry.source}</name></author>{tags}"
        f'<content type="html">{escape(entry.html)}</content></entry>'
    )
