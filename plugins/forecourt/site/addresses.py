"""Where everything stands on the site. Addresses are paths below the hub's own, ending in / for pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from forecourt.curate import STREAM

NEWS = "news"
HOME = ""
ARCHIVE = "archive/"
TAGS = "tags/"
SEARCH = "search/"
FOLLOW = "follow/"
EVENTS = "events/"
CALENDAR = "events.ics"
STORES = "stores/"
MAP = "stores/map.svg"
ACCOUNTS = "follow/accounts.opml"
NOT_FOUND = "404.html"
ROBOTS = "robots.txt"
SITEMAP = "sitemap.xml"
PICTURES = "pictures/"
INDEX = "search/index/"
THEME = "theme/"
BRAND = "theme/brand.css"

_FOLDERS = {
    "source": "sources",
    "network": "networks",
    "tag": "tags",
    "kind": "kinds",
    "store": "stores",
    "campaign": "campaigns",
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Paths as links. ``site_url`` is Pelican's SITEURL, without a slash at its end.

    ``language`` is the folder of the pages of one of the hub's languages, "" for its first. Feeds, pictures
    and the theme are there once for all.
    """

    site_url: str
    language: str = ""

    @property
    def root(self) -> str:
        """The path that the site stands below on its host, "" for the host itself."""
        return urlsplit(self.site_url).path.rstrip("/")

    @property
    def origin(self) -> str:
        """The host that the site stands on, as links to it from elsewhere begin."""
        parts = urlsplit(self.site_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def link(self, path: str) -> str:
        """As pages link to it: from the root of the host, so that any host and port can serve it."""
        return f"{self.root}/{quote(path)}"

    def page(self, path: str) -> str:
        """A link to a page in the language of these addresses."""
        return self.link(spoken(path, self.language))

    def absolute(self, path: str) -> str:
        """As feeds, sitemap and canonical links give it."""
        return f"{self.site_url}/{quote(path)}"


def spoken(path: str, language: str) -> str:
    """The path of a page in one of the hub's languages, "" for its first."""
    return f"{language}/{path}" if language else path


def post(key: str) -> str:
    """The page of one post."""
    return f"posts/{key}/"


def calendar(event: str) -> str:
    """The calendar file of an event that the editors announce."""
    return f"{EVENTS}{event}/event.ics"


def listing(name: str) -> str:
    """The front page of a listing."""
    if name == STREAM:
        return HOME
    kind, _, rest = name.partition("/")
    return f"{_FOLDERS[kind]}/{rest}/" if rest else f"{name}/"


def period(name: str, when: str) -> str:
    """The page of a month (2026-11) or a day (2026-11-22) of a listing."""
    front = ARCHIVE if name == STREAM else listing(name)
    return f"{front}{when.replace('-', '/')}/"


def feed(name: str, kind: str) -> str:
    """The feed of a listing: kind is "xml" (Atom), "rss" or "json" (JSON Feed)."""
    return f"{listing(name)}rss.xml" if kind == "rss" else f"{listing(name)}feed.{kind}"


def sitemap(part: str) -> str:
    """A part of the sitemap."""
    return f"sitemaps/{part}.xml"


def file(path: str) -> str:
    """The file that a page's path is served from."""
    return f"{path}index.html" if path == HOME or path.endswith("/") else path
