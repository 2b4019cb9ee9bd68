"""The names of pages: words by which the ledger knows a page, and from which it can be made again.

A name is a kind and what the page is of: ``post 4fzyo82mvyr``, ``front tag/linen``,
``period tag/linen 2026-11``. Its file follows from it, so that the file of a page
that is no more can be found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from forecourt.curate import STREAM
from forecourt.site import addresses

HOME, ARCHIVE, TOPICS, FOLLOW, MISSING = "home", "archive", "topics", "follow", "missing"
ACCOUNTS, ROBOTS, BRAND, MAP = "accounts", "robots", "brand", "map"

SINGLES = (HOME, ARCHIVE, TOPICS, FOLLOW, MISSING, ACCOUNTS, ROBOTS, BRAND)
"""Pages that are one of their kind: made at every build, since they are few and tell of the whole hub."""

_PLACES = {
    HOME: addresses.HOME,
    ARCHIVE: addresses.ARCHIVE,
    TOPICS: addresses.TAGS,
    FOLLOW: addresses.FOLLOW,
    MISSING: addresses.NOT_FOUND,
    ACCOUNTS: addresses.ACCOUNTS,
    ROBOTS: addresses.ROBOTS,
    BRAND: addresses.BRAND,
    MAP: addresses.SITEMAP,
}


_PATHS: dict[str, Callable[[str, str], str]] = {
    "post": lambda key, _: addresses.post(key),
    "front": lambda listing, _: addresses.listing(listing),
    "period": addresses.period,
    "atom": lambda listing, _: addresses.feed(listing, "xml"),
    "json": lambda listing, _: addresses.feed(listing, "json"),
    "editorial": lambda file, _: file,
    MAP: lambda part, _: addresses.sitemap(part),
}


class Name(NamedTuple):
    """A name in its parts; ``when`` is of periods alone."""

    kind: str
    of: str = ""
    when: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))

    @property
    def path(self) -> str:
        """Where the page stands on the site."""
        if self.kind in _PLACES and not self.of:
            return _PLACES[self.kind]
        return _PATHS[self.kind](self.of, self.when)

    @property
    def file(self) -> str:
        """The file it is served from."""
        return addresses.file(self.path)


def name(text: str) -> Name:
    """A name as the ledger has it."""
    kind, _, of = text.partition(" ")
    if kind != "period":
        return Name(kind, of)
    listing, _, when = of.rpartition(" ")
    return Name(kind, listing, when)


def post(key: str) -> str:
    """The page of a post."""
    return f"post {key}"


def editorial(path: str) -> str:
    """The page of an article or a page of the editors; ``path`` is that of its file."""
    return f"editorial {path}"


def period(listing: str, when: str) -> str:
    """The page of a month or a day of a listing."""
    return f"period {listing} {when}"


def front(listing: str) -> list[str]:
    """What shows the newest of a listing: its front page and its feeds."""
    feeds = [f"atom {listing}", f"json {listing}"]
    return feeds if listing == STREAM else [f"front {listing}", *feeds]  # that of the stream is the home page
