"""What marketing wrote in Markdown, from Pelican's articles and pages to ours."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from PIL import Image

from forecourt import text
from forecourt.desk import reading
from forecourt.desk.checking import Sheet
from forecourt.errors import ContentError
from forecourt.site.drawing import DAMAGED
from forecourt.site.editorial import Editorial, Figure

_YES = frozenset({"yes", "true", "1", "on"})
_BASE = "https://forecourt.invalid"
"""Stands for our own site while addresses are resolved; no real host is called so (RFC 6761)."""

_DEAD_LINK = re.compile(r' href="\{(?:filename|static|attach)\}[^"]*"')
"""To a file that is left out: Pelican leaves it as it was written."""

_STRANGERS_LINK = ' rel="nofollow ugc noopener"'
"""What cleaning says of every link; our editors stand by theirs."""


def editorial(
    content: Any, sheet: Sheet | None, folder: Path, timezone: ZoneInfo, *, is_article: bool
) -> Editorial:
    """A Pelican article or page, ``content``, as we show it.

    ``sheet`` is what its head says, ``folder`` the content folder.
    """
    metadata: Mapping[str, Any] = content.metadata
    html = own_html(_DEAD_LINK.sub("", content.content), str(content.url))
    lang = str(metadata.get("lang") or content.lang)
    plain = text.plain(html)
    published = _aware(getattr(content, "date", None), timezone) or datetime.fromtimestamp(0, timezone)
    of_kind = reading.of_kind(sheet) if sheet else reading.OfKind()
    return Editorial(
        source=str(content.relative_source_path),
        path=str(content.url),
        file="" if of_kind.shop else str(content.save_as),  # a store's words head the page of its posts
        template=f"{(sheet and sheet.kind.template) or content.template}.html",
        is_article=is_article,
        status=str(content.status),
        title=text.line(text.plain(str(content.title))),
        summary=text.excerpt(text.line(text.plain(str(metadata.get("summary") or ""))) or plain, 280),
        html=html,
        lang=lang,
        dir=text.direction(plain, lang),
        published=of_kind.begins or published,
        updated=_aware(getattr(content, "modified", None), timezone),
        author=", ".join(text.line(str(author)) for author in getattr(content, "authors", ())),
        tags=tuple(text.line(str(tag)) for tag in getattr(content, "tags", ())),
        figure=_figure(metadata, folder),
        pinned=str(metadata.get("pinned", "")).strip().lower() in _YES,
        translations=tuple(sorted(str(each.save_as) for each in getattr(content, "translations", ()))),
        until=of_kind.ends,
        banner=of_kind.banner,
        campaign=of_kind.campaign,
        happening=of_kind.happening,
        shop=of_kind.shop,
    )


def is_due(content: Any, now: datetime, timezone: ZoneInfo) -> bool:
    """Whether the time of an article or a page of Pelican's has come."""
    published = _aware(getattr(content, "date", None), timezone)
    return published is None or published <= now


def own_html(html: str, path: str) -> str:
    """Clean HTML of our own, its links below our own root and its pictures only ours."""
    clean = text.clean(html, f"{_BASE}/{path.lstrip('/')}")
    ours = text.replace_images(clean, _own_image)
    return ours.replace(f'"{_BASE}/', '"/').replace(_STRANGERS_LINK, "")


def _own_image(image: text.Picture) -> str:
    if not image.src.startswith(_BASE):
        return ""  # a visitor's browser would have to ask another host for it
    return str(Markup('<img src="{}" alt="{}" loading="lazy" decoding="async">').format(image.src, image.alt))


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels. Raises ContentError."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(picture) as image:
            return image.size
    except DAMAGED as error:
        raise ContentError([f"{picture.name} is no picture that can be read: {error}"]) from error


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
        width, height = size_of(folder / path)
    except ContentError:
        return None  # the session says so
    return Figure(path, width, height, str(metadata.get("alt") or ""))
