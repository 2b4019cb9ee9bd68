"""What marketing wrote in Markdown, as Pelican read it, beside the posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from forecourt.curate import STREAM, kind_listing, tag_listing
from forecourt.model import Direction, Kind
from forecourt.site.addresses import NEWS

CAMPAIGN = "campaign.html"
"""The template of a page that shows the posts of its first topic below its own words."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the editors' own, below ``content/``."""

    path: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Editorial:
    """A news article or a page.

    ``source`` is the file it was written in, below ``content/``; ``path`` its address, ``file`` the file it is
    served from, "" where it is not. ``html`` is clean, with links below our own root.
    """

    source: str
    path: str
    file: str
    template: str
    is_article: bool
    status: str
    title: str
    summary: str
    html: str
    lang: str
    dir: Direction
    published: datetime
    updated: datetime | None
    author: str
    tags: tuple[str, ...]
    figure: Figure | None
    pinned: bool
    translations: tuple[str, ...] = ()
    """The files that the same is served from in other languages."""

    @property
    def key(self) -> str:
        """What tells it from the posts of the same moment."""
        return self.path

    @property
    def listed(self) -> bool:
        """Whether it stands on listings and may be found: it is neither a draft nor hidden."""
        return self.status == "published"

    @property
    def is_draft(self) -> bool:
        """Whether it is shown only to who knows its address."""
        return self.status == "draft"

    @property
    def listings(self) -> tuple[str, ...]:
        """Where it stands among the posts."""
        if not (self.is_article and self.listed):
            return ()
        tags = dict.fromkeys(tag_listing(tag) for tag in self.tags)
        return (STREAM, NEWS, kind_listing(Kind.ARTICLE), *tags)

    @property
    def gathers(self) -> str:
        """The listing whose newest it shows, "" where it shows none."""
        return tag_listing(self.tags[0]) if self.template == CAMPAIGN and self.tags else ""


class Writings:
    """What the editors wrote, each once though it be there in several languages, as one edition shows it.

    Where it stands among the posts says the one in the hub's first language, or whichever there is.
    """

    def __init__(self, editorials: Iterable[Editorial], first: str, language: str) -> None:
        self._first = first
        self._language = language
        self.by_file = {each.file: each for each in editorials if each.file}

    def leads(self) -> Iterator[Editorial]:
        """The one of each that says where it stands."""
        return (each for each in self.by_file.values() if self._lead(each) is each)

    def shown(self, lead: Editorial) -> Editorial:
        """The one that this edition shows: that in its language, where there is one."""
        return next((each for each in self.family(lead) if each.lang == self._language), lead)

    def family(self, one: Editorial) -> list[Editorial]:
        """It in all the languages it is there in."""
        return [one, *(self.by_file[file] for file in one.translations if file in self.by_file)]

    def _lead(self, one: Editorial) -> Editorial:
        return min(self.family(one), key=lambda each: (each.lang != self._first, each.file))
