"""The names of pages: words by which the ledger knows a page, and from which it can be made again.

A name is a kind and what the page is of: ``post 4fzyo82mvyr``, ``front tag/linen``,
``period tag/linen 2026-11``. A page in another language than the hub's first says
so before: ``fr:post 4fzyo82mvyr``. Its file follows from its name, so that the file
of a page that is no more can be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from forecourt.curate import STREAM
from forecourt.site import addresses

HOME, ARCHIVE, TOPICS, FOLLOW, SEARCH = "home", "archive", "topics", "follow", "search"
EVENTS, STORES, ATLAS, ICS = "events", "stores", "atlas", "ics"
MISSING, ACCOUNTS, ROBOTS, BRAND, MAP = "missing", "accounts", "robots", "brand", "map"

SINGLES = (HOME, ARCHIVE, TOPICS, FOLLOW, SEARCH, EVENTS, STORES, ATLAS, MISSING, ACCOUNTS, ROBOTS, BRAND)
"""Pages that are one of their kind: made at every build, since they are few and tell of the whole hub."""

FEEDS = ("atom", "rss", "json")
"""The kinds of feeds, each of which every listing has."""

_SPOKEN = frozenset({HOME, ARCHIVE, TOPICS, FOLLOW, SEARCH, EVENTS, STORES, "post", "front", "period"})
"""Kinds of pages that are there in every language of the hub. What the editors wrote is in the one they wrote it in."""

_PLACES = {
    HOME: addresses.HOME,
    ARCHIVE: addresses.ARCHIVE,
    TOPICS: addresses.TAGS,
    FOLLOW: addresses.FOLLOW,
    EVENTS: addresses.EVENTS,
    STORES: addresses.STORES,
    ATLAS: addresses.MAP,
    SEARCH: addresses.SEARCH,
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
    "rss": lambda listing, _: addresses.feed(listing, "rss"),
    "json": lambda listing, _: addresses.feed(listing, "json"),
    "editorial": lambda file, _: file,
    ICS: lambda path, _: path,
    MAP: lambda part, _: addresses.sitemap(part),
}


class Name(NamedTuple):
    """A name in its parts; ``when`` is of periods alone, ``language`` "" where it is the hub's first."""

    kind: str
    of: str = ""
    when: str = ""
    language: str = ""

    def __str__(self) -> str:
        said = " ".join(filter(None, (self.kind, self.of, self.when)))
        return f"{self.language}:{said}" if self.language else said

    @property
    def place(self) -> str:
        """Where the page stands on the site in the hub's first language."""
        if self.kind in _PLACES and not self.of:
            return _PLACES[self.kind]
        return _PATHS[self.kind](self.of, self.when)

    @property
    def path(self) -> str:
        """Where the page stands on the site."""
        return addresses.spoken(self.place, self.language)

    @property
    def file(self) -> str:
        """The file it is served from."""
        return addresses.file(self.path)


def name(text: str) -> Name:
    """A name as the ledger has it."""
    kind, _, of = text.partition(" ")
    language, _, kind = kind.rpartition(":")
    if kind != "period":
        return Name(kind, of, "", language)
    listing, _, when = of.rpartition(" ")
    return Name(kind, listing, when, language)


def spoken(texts: Iterable[str], languages: Sequence[str]) -> Iterator[str]:
    """These pages of the hub's first language, and the same in its others where they are there in those, too."""
    for text in texts:
        yield text
        if languages and text.partition(" ")[0] in _SPOKEN:
            yield from (f"{language}:{text}" for language in languages)


def post(key: str) -> str:
    """The page of a post."""
    return f"post {key}"


def editorial(path: str) -> str:
    """The page of an article or a page of the editors; ``path`` is that of its file."""
    return f"editorial {path}"


def period(listing: str, when: str) -> str:
    """The page of a month or a day of a listing."""
    return f"period {listing} {when}"


def ics(path: str) -> str:
    """A calendar file."""
    return f"{ICS} {path}"


def front(listing: str) -> list[str]:
    """What shows the newest of a listing: its front page and its feeds."""
    feeds = [f"{kind} {listing}" for kind in FEEDS]
    if listing == STREAM or listing.startswith(
        "campaign/"
    ):  # those are the home page, and the editors' own pages
        return feeds
    return [f"front {listing}", *feeds]
