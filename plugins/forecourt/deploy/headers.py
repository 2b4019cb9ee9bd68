"""How each file is served: its type with charset, how long it may be kept, and what the whole site says of itself.

Three spans, by what can go wrong with a copy that is kept too long:

* What is named by its content cannot be wrong: a year, and nobody need ask again.
* A page is right for a minute. Within ten more a cache may show the copy it has while it fetches the new one, so
  that no visitor waits. No longer, since a page may hold an offer that ends. Edges keep it no longer than browsers
  do (no s-maxage): what an invalidation missed is right within the minute all the same, and asking costs a 304.
  What pages of one build share by a fixed name, style sheets and scripts, is kept just as long as pages are.
* Feeds and the sitemap: ten minutes. Programs ask for them, by the thousand, and none of them is in a hurry.
  Pictures with a fixed name: an hour, and a day while the new one is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from forecourt.deploy.records import File
from forecourt.policy import ADMIN_HEADERS, HEADERS

IMMUTABLE: Final = "public, max-age=31536000, immutable"
PAGES: Final = "public, max-age=60, stale-while-revalidate=600"
FEEDS: Final = "public, max-age=600, stale-while-revalidate=3600"
PARTS: Final = "public, max-age=3600, stale-while-revalidate=86400"

TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "htm": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "vcf": "text/vcard; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "xsl": "text/xsl; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "json": "application/json",  # always UTF-8, and without a charset (RFC 8259 section 8.1)
    "webmanifest": "application/manifest+json",
    "map": "application/json",
    "avif": "image/avif",
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "woff": "font/woff",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "zip": "application/zip",
}
"""By ending. What is not here is bytes that no browser guesses at (nosniff): so the index of the search."""

_NAMES: Mapping[str, str] = {
    "feed.xml": "application/atom+xml; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json",
}
_BYTES = "application/octet-stream"

# The pictures of posts by 24 digits of a digest, those of the search's parts by 16 or more. The seven digits that
# Pagefind gives its other files are too few to promise a year: over 100,000 changes some would come twice.
_NAMED_BY_CONTENT = re.compile(
    r"pictures/(.*/)?[0-9a-f]{24,}(-\d+)?\.\w+|search/index/.*_[0-9a-f]{16,}\.pf_\w+"
)
_IN_PLACE = frozenset({"html", "htm", "css", "js", "mjs", "json", "webmanifest"})
_LISTS = frozenset({"xml", "opml", "ics", "txt"})

_COMMON: Mapping[str, str] = {
    "Strict-Transport-Security": "max-age=31536000",  # its other hosts are not ours to speak for
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "cross-origin",  # readers of feeds show our pictures
    "X-Frame-Options": "DENY",
}

SITE: Mapping[str, str] = {**HEADERS, **_COMMON}
"""What goes with every file of the site."""

ADMIN: Mapping[str, str] = {**ADMIN_HEADERS, **_COMMON}
"""What goes with the editor below ``admin/`` in its place: its page says the rest of its policy itself."""


class Rule(NamedTuple):
    """Headers of the addresses that a pattern fits: one address, or all below a folder (``/news/*``)."""

    pattern: str
    headers: Mapping[str, str]


@lru_cache(maxsize=4096)
def _type_of_name(name: str) -> str:
    return _NAMES.get(name) or TYPES.get(_ending(name), _BYTES)


def media_type(path: str) -> str:
    """The Content-Type of a file of the site, with its charset where it is text."""
    return _type_of_name(path.rpartition("/")[2])


def is_named_by_content(path: str) -> bool:
    """Whether the name of a file changes whenever its bytes do."""
    return path.startswith(("pictures/", "search/")) and bool(_NAMED_BY_CONTENT.fullmatch(path))


def is_list(path: str) -> bool:
    """Whether a file is read by programs to learn what there is: a feed, a calendar, the sitemap."""
    return _ending(path) in _LISTS or path.endswith("feed.json")


def cache_control(path: str) -> str:
    """The Cache-Control of a file of the site."""
    if is_named_by_content(path):
        return IMMUTABLE
    if is_list(path):
        return FEEDS
    return PAGES if _ending(path) in _IN_PLACE else PARTS


def rules(files: Iterable[File]) -> tuple[Rule, ...]:
    """The headers of a site for hosts that take a list of rules.

    No two say the same header of one address: such hosts join both with a comma, and two policies are the
    narrower of both. So a site with an editor in it is given the editor's policy, and each page narrows it in its
    head. Cache-Control is named only for folders in which all is named by content; for the rest these hosts have
    browsers come back each time, and empty their own edges at every publish.
    """
    kept: dict[str, set[str]] = {}
    for file in files:
        kept.setdefault(file.path.partition("/")[0], set()).add(file.cache)
    forever = sorted(top for top, caches in kept.items() if caches == {IMMUTABLE})
    common = Rule("/*", ADMIN if "admin" in kept else SITE)
    return (common, *(Rule(f"/{top}/*", {"Cache-Control": IMMUTABLE}) for top in forever))


def netlify(files: Iterable[File]) -> str:
    """The text of ``_headers``, as Netlify and Cloudflare Pages read it."""
    return "".join(
        f"{pattern}\n{''.join(f'  {name}: {value}{chr(10)}' for name, value in said.items())}"
        for pattern, said in rules(files)
    )


def nginx() -> str:
    """What nginx has to know in ``http``: how long what is kept, and which policy holds where. It changes no site."""
    kept = "".join(
        f"    {pattern} {_quoted(value)};\n"
        for pattern, value in (
            (r'"~^/pictures/(.*/)?[0-9a-f]{24,}(-\d+)?\.\w+$"', IMMUTABLE),
            (r'"~^/search/index/.*_[0-9a-f]{16,}\.pf_\w+$"', IMMUTABLE),
            (rf'"~(feed\.json|\.({"|".join(sorted(_LISTS))}))$"', FEEDS),
            (rf'"~(/|\.({"|".join(sorted(_IN_PLACE))}))$"', PAGES),
        )
    )
    policies = "".join(
        f"    {pattern} {_quoted(value['Content-Security-Policy'])};\n"
        for pattern, value in (("~^/admin/", ADMIN), ("default", SITE))
    )
    return (
        f"map $uri $forecourt_kept {{\n{kept}    default {_quoted(PARTS)};\n}}\n"
        f"map $uri $forecourt_policy {{\n{policies}}}\n"
    )


def nginx_server() -> str:
    """What belongs into the hub's own ``server`` of nginx: types, headers, the page for what is not there."""
    types = "".join(
        f"    {value.partition(';')[0]} {' '.join(endings)};\n"
        for value, endings in sorted(_by_type().items())
    )
    said = "".join(
        f"add_header {name} {_quoted(value)} always;\n"
        for name, value in {**SITE, "Content-Security-Policy": "$forecourt_policy"}.items()
    )
    return (
        f"types {{\n{types}}}\ndefault_type {_BYTES};\ncharset utf-8;\n"
        "charset_types text/css text/javascript text/plain text/markdown text/csv text/calendar text/vcard\n"
        "    text/vtt text/xsl text/x-opml application/xml application/atom+xml application/rss+xml image/svg+xml;\n"
        f"error_page 404 /404.html;\nadd_header Cache-Control $forecourt_kept;\n{said}"
    )


def _by_type() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for ending, value in TYPES.items():
        found.setdefault(value, []).append(ending)
    return found


def _quoted(value: str) -> str:
    return f'"{value}"'


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower()
