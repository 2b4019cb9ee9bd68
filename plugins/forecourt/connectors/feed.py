"""Any blog, podcast, review or event feed: RSS, Atom and JSON Feed.

You need the address of the feed, or of the page that it belongs to: blogs,
shops, podcasts, forums, Mastodon, Tumblr, Flickr, YouTube, Medium and most
others have one, without any key. A feed behind a password can be given a
``token``, which is sent to its own host only.

You get what the feed holds, mostly the newest ten to thirty entries: text,
pictures with their descriptions, films, episodes with their length, authors,
dates, tags, and stars, places and numbers where the feed has them.

    [[source]]
    name = "larkwood-journal"
    connector = "feed"
    url = "https://larkwood.example/journal/"
    network = "blog"      # how visitors know it; the default
    kind = "article"      # if all entries are of one kind; otherwise found out one by one
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from forecourt import feeds, urls
from forecourt.config import nearest
from forecourt.connectors import Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData
from forecourt.feeds import discovery
from forecourt.model import Kind, Secret, Terms

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, or a web page that names one."""

    url: str
    network: str = "blog"
    kind: str = ""
    token: Secret | None = None
    terms: ClassVar[Terms] = Terms(recheck=None)

    def __post_init__(self) -> None:
        if not urls.absolute(self.url):
            raise ValueError("url must be the full address of a feed or page, beginning with https://")
        if self.kind and self.kind not in set(Kind):
            raise ValueError(f'kind "{self.kind}" is not known; {nearest(self.kind, Kind)}')

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the feed; when a page comes instead, for the first feed that it names.

        ``since`` is the address of the feed that a page named the last time, so that
        it costs one request from then on, and an unchanged feed none of our time.
        """
        address = since or self.url
        response = yield self._ask(address)
        notes: tuple[str, ...] = ()
        if feeds.is_page(response.body):
            address = _named_feed(response)
            notes = (f"{urls.place(self.url)} is a web page; its feed was found at {urls.place(address)}",)
            response = yield self._ask(address)
        feed = feeds.parse(response.body, _content_type(response), response.url)
        posts, rejected = feeds.as_posts(feed, source, self.kind, response.at)
        found = "" if address == self.url else address
        if not feed.entries and not rejected:
            notes += ("the feed has no entries",)
        return Batch(
            posts, rejected=rejected, notes=notes + feed.notes, since=found, whole=True, wish=feed.wish,
            title=feed.title,
        )  # fmt: skip

    def _ask(self, url: str) -> Request:
        headers = {"accept": _ACCEPT}
        # A page may name a feed of anyone; the token is for the host that it was given for.
        if self.token and _origin(url) == _origin(self.url):
            headers["authorization"] = f"Bearer {self.token.reveal()}"
        return Request(url, headers=headers)


def _origin(url: str) -> tuple[str, str]:
    """Scheme, host and port: a page may name a feed of anyone, and a port may be anyone's."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _named_feed(page: Response) -> str:
    named = discovery.find(page.body, _content_type(page), page.url)
    if not named:
        where = urls.host(page.url)
        raise BadData(f"{where} sent a web page that names no feed; give the address of the feed itself.")
    return named[0]


def _content_type(response: Response) -> str:
    return response.headers.get("content-type", "")


CONNECTOR: type[Connector] = Feed
