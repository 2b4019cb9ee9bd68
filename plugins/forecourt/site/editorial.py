"""What marketing wrote in Markdown, as Pelican read it, beside the posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from forecourt import text
from forecourt.curate import STREAM, tag_listing
from forecourt.model import Direction
from forecourt.site.addresses import NEWS

_YES = frozenset({"yes", "true", "1", "on"})
_BASE = "https://forecourt.invalid"
"""Stands for our own site while addresses are resolved; no real host is called so (RFC 6761)."""


_STRANGERS_LINK = ' rel="nofollow ugc noopener"'
"""What cleaning says of every link; our editors stand by theirs."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of the editors' own, below ``content/``."""

    path: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Editorial:
    """A news article or a page. ``path`` is its address; ``html`` is clean, with links below our own root."""

    key: str
    path: str
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
    def listings(self) -> tuple[str, ...]:
        """Where an article stands among the posts."""
        return (STREAM, NEWS, *dict.fromkeys(tag_listing(tag) for tag in self.tags))


def editorial(content: Any, folder: Path, timezone: ZoneInfo) -> Editorial:  # Any: Pelican's Article or Page
    """A Pelican article or page as we show it. ``folder`` is the content folder."""
    metadata: Mapping[str, Any] = content.metadata
    html = own_html(content.content, str(content.url))
    lang = str(metadata.get("lang") or content.lang)
    plain = text.plain(html)
    published = _aware(getattr(content, "date", None), timezone) or datetime.fromtimestamp(0, timezone)
    return Editorial(
        key=str(content.url),
        path=str(content.url),
        title=text.line(text.plain(str(content.title))),
        summary=text.excerpt(text.line(text.plain(str(metadata.get("summary") or ""))) or plain, 280),
        html=html,
        lang=lang,
        dir=text.direction(plain, lang),
        published=published,
        updated=_aware(getattr(content, "modified", None), timezone),
        author=", ".join(text.line(str(author)) for author in getattr(content, "authors", ())),
        tags=tuple(text.line(str(tag)) for tag in getattr(content, "tags", ())),
        figure=_figure(metadata, folder),
        pinned=str(metadata.get("pinned", "")).strip().lower() in _YES,
    )


def due(contents: Iterable[Any], now: datetime, timezone: ZoneInfo) -> Iterator[Any]:
    """The articles whose time has come."""
    for content in contents:
        published = _aware(getattr(content, "date", None), timezone)
        if published is None or published <= now:
            yield content


def own_html(html: str, path: str) -> str:
    """Clean HTML of our own, its links below our own root and its pictures only ours."""
    clean = text.clean(html, f"{_BASE}/{path.lstrip('/')}")
    ours = text.replace_images(clean, _own_image)
    return ours.replace(f'"{_BASE}/', '"/').replace(_STRANGERS_LINK, "")


def _own_image(image: text.Picture) -> str:
    if not image.src.startswith(_BASE):
        return ""  # a visitor's browser would have to ask another host for it
    return str(Markup('<img src="{}" alt="{}" loading="lazy" decoding="async">').format(image.src, image.alt))


def _aware(moment: datetime | None, timezone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    plain = datetime.fromisoformat(moment.isoformat())  # Pelican's own subclass formats by locale
    return plain if plain.tzinfo else plain.replace(tzinfo=timezone)


def _figure(metadata: Mapping[str, Any], folder: Path) -> Figure | None:
    path = str(metadata.get("picture") or "").replace("{static}", "").lstrip("/")
    if not path:
        return None
    try:
        with Image.open(folder / path) as image:
            width, height = image.size
    except (OSError, UnidentifiedImageError):
        return None
    return Figure(path, width, height, str(metadata.get("alt") or ""))
