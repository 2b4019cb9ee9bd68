"""What marketing wrote in Markdown, as Pelican read it, beside the posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forecourt.curate import STREAM, tag_listing
from forecourt.model import Direction
from forecourt.site.addresses import NEWS


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
        return (STREAM, NEWS, *dict.fromkeys(tag_listing(tag) for tag in self.tags))
