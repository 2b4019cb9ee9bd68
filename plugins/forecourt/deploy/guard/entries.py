"""Where visitors and programs come into the site: what must never be missing."""

from __future__ import annotations

from collections.abc import Sequence

ALWAYS = ("index.html", "404.html")
"""What every site has, whatever was live."""

_ONCE = ("feed.xml", "rss.xml", "feed.json", "sitemap.xml", "robots.txt", "search/index.html")


def entries(languages: Sequence[str]) -> frozenset[str]:
    """Every entry that a site may have."""
    spoken = [f"{language}/{path}" for language in languages for path in ("index.html", *_ONCE)]
    return frozenset({*ALWAYS, *_ONCE, *spoken})


def always(languages: Sequence[str]) -> frozenset[str]:
    """Those that a site must have even where nothing was live."""
    return frozenset({*ALWAYS, *(f"{language}/index.html" for language in languages)})
