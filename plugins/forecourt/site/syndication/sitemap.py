"""The pages that search engines may list, with their pictures and their other languages (sitemaps.org)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from forecourt.site.portraits import SHARE
from forecourt.site.syndication.markup import element, quoted

URLS = 10_000
"""Pages in one file. The protocol allows 50,000 of 50 MB in all, which their pictures would go beyond."""

IMAGES = 1_000
"""Pictures of one page, by the rules of Google's extension."""

FACE = 200
"""Pixels: what is shown no wider is an author's portrait, which nobody looks for."""

Pictures = Mapping[str, Sequence[str]]
"""The whole addresses of a page's pictures, by that of the page."""

Tongues = Mapping[str, Sequence[tuple[str, str]]]
"""The same page in every language, itself among them: language ("fr", "x-default") and whole address; by the page's."""

_SPACES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:image": "http://www.google.com/schemas/sitemap-image/1.1",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
}
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


def pages(urls: Iterable[str], pictures: Pictures, tongues: Tongues) -> bytes:
    """One part of the sitemap."""
    return _document(
        "urlset", _SPACES, (_page(url, pictures.get(url, ()), tongues.get(url, ())) for url in urls)
    )


def parts(urls: Iterable[str]) -> bytes:
    """The sitemap that leads to these parts."""
    spaces = {"xmlns": _SPACES["xmlns"]}
    return _document("sitemapindex", spaces, (f"<sitemap>{element('loc', url)}</sitemap>" for url in urls))


def shown(uses: Iterable[str]) -> list[str]:
    """The files, below the pictures' folder, of the pictures that a page shows: each once, as large as it is there.

    ``uses`` are as the ledger has them: a name, and behind it the widths in which it is shown. Without portraits, and
    without what was drawn for those who share the page.
    """
    widest: dict[str, int] = {}
    for use in uses:
        if use.startswith(f"{SHARE}/"):
            continue
        name, *widths = use.split(" ")
        widest[name] = max(widest.get(name, 0), *map(int, widths), 0)
    return [
        f"{name}-{width}.webp" if width else name
        for name, width in sorted(widest.items())
        if not width or width > FACE
    ][:IMAGES]


def _page(url: str, pictures: Sequence[str], tongues: Sequence[tuple[str, str]]) -> str:
    others = (
        f'<xhtml:link rel="alternate" hreflang="{quoted(lang)}" href="{quoted(other)}"/>'
        for lang, other in tongues
    )
    images = (f"<image:image>{element('image:loc', picture)}</image:image>" for picture in pictures[:IMAGES])
    return f"<url>{element('loc', url)}{''.join(others)}{''.join(images)}</url>"


def _document(root: str, spaces: Mapping[str, str], said: Iterable[str]) -> bytes:
    names = " ".join(f'{name}="{space}"' for name, space in spaces.items())
    opening = f"<?xml version='1.0' encoding='utf-8'?>\n<{root} {names}>\n"
    inside = "".join(f"  {each}\n" for each in said)
    return f"{opening}{inside}</{root}>\n".encode()
