"""Webmentions: what other web sites write about your pages, collected by webmention.io.

You need an account at webmention.io for your domain (sign in with the domain, then put
the ``<link rel="webmention">`` that it shows into your pages) and the API key of its
Settings page. The key only reads, and does not end. A server of your own that speaks
the same API will do.

You get answers to your pages, kept with the post of the hub that has the page's address,
and posts elsewhere that mention or recommend a page, with their words, author, pictures
and date. What was taken back is taken away once a day.

You do not get likes, reposts and bookmarks without a word: they are numbers of a page
and nothing that could be read, and a repost is your own text again. Private mentions
are never kept.

Anybody on the web can send a mention. Unless you like surprises, hold them back for an
editor to let out, as below.

    [[source]]
    name = "larkwood-mentions"
    connector = "webmention"
    token = "env:LARKWOOD_WEBMENTION_TOKEN"
    moderation = "hold"
    # domain = "larkwood.example"               # one of several sites of the account
    # server = "https://mentions.example"       # if it is not webmention.io
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Secret, Terms

_PAGE = 200  # mentions; 1000 are the most, and too much for one answer
_PAGES = 5
_DELETED = 1000

_ANSWERS = frozenset({"in-reply-to", "rsvp"})
_MUTE = frozenset({"like-of", "repost-of"})


@dataclass(frozen=True, slots=True)
class Webmention:
    """The mentions of the pages of one account, or of one of its sites."""

    token: Secret
    domain: str = ""
    server: str = "https://webmention.io"
    network: ClassVar[str] = "webmention"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a server, such as https://webmention.io")
        if "/" in self.domain:
            raise ValueError("domain must be a name alone, such as larkwood.example")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for what came after the newest mention that we know; without ``since``, for the last 1000.

        ``since`` is the id of that mention: a number that grows.
        """
        newest = int(json.loads(since)) if since else 0
        items, ended = yield from self._mentions(newest)
        posts, rejected = apis.listed(items, lambda item: _post(item, source), "mention")
        gone, notes = ([], []) if since else (yield from self._deleted())
        window = EVER if ended else min(filter(None, map(_received, items)), default=None)
        return Batch(
            tuple(
                {post.id: post for post in posts}.values()
            ),  # a page later, as new ones come, is seen twice
            gone=tuple(gone),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps(max((item.count("wm-id") or 0 for item in items), default=0) or newest),
            window=None if since else window,
            threads=()
            if since or not ended
            else tuple(dict.fromkeys(filter(None, (p.in_reply_to for p in posts)))),
        )

    def _mentions(self, newest: int) -> Generator[Request, Response, tuple[list[Data], bool]]:
        """The mentions, last received first, and whether those were all."""
        items: list[Data] = []
        for number in range(_PAGES):
            request = self._ask("mentions", since_id=newest or None, **{"per-page": _PAGE, "page": number})
            page = _checked((yield request))
            found = page.each("children")
            items += found
            if len(found) < _PAGE or number + 1 == page.count("paging", "total-pages"):
                return items, True
        return items, False

    def _deleted(self) -> Generator[Request, Response, tuple[list[str], list[str]]]:
        """The ids of mentions that were taken back, and a note if that cannot be known.

        The API tells it since September 2026; a server of before says Not Found.
        """
        try:
            answer = _checked((yield self._ask("deleted", **{"per-page": _DELETED})))
        except PlatformError as error:
            silent = error.cause is Cause.NOT_FOUND
            return [], [] if silent else [f"what was deleted cannot be read: {error}"]
        return [identity for one in answer.each("children") if (identity := one.text("wm-id"))], []

    def _ask(self, what: str, **query: object) -> Request:
        # In the address, as the API has it from its beginning; a header is understood since September 2026.
        said = {"domain": self.domain or None, "token": self.token.reveal(), **query}
        return apis.get(f"{self.server.rstrip('/')}/api/{what}.jf2", said)


def _checked(response: Response) -> Data:
    """A feed. Raises PlatformError when it is ``{"error": …, "error_description": …}``."""
    said = apis.refused(response)
    if said is not None:
        cause = Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None  # its keys do not end
        raise apis.refusal(
            response, "webmention.io", cause, said.text("error_description") or said.text("error")
        )
    feed = apis.read(response)
    if not feed.has("children"):
        raise BadData(f"{urls.host(response.url)} sent no mentions")
    return feed


def _post(item: Data, source: str) -> Post | None:
    """A mention with words; None for one that is private, or only counts."""
    relation = item.text("wm-property")
    if item.flag("wm-private") or relation in _MUTE:
        return None
    identity = item.need("wm-id")
    permalink = item.web("url") or item.web("wm-source")
    if not permalink:
        raise BadData("it has no url")
    html, body = apis.written(_content(item), permalink)
    media = tuple(_media(item, permalink))
    title = _title(item, body, permalink)
    if not (body or title or media) or (relation == "bookmark-of" and not body):
        return None
    answers = item.web("wm-target") if relation in _ANSWERS else ""
    moments = filter(None, (item.moment("published"), _received(item)))
    return Post(
        id=identity,
        source=source,
        kind=Kind.REPLY if answers else _kind(title, media),
        permalink=permalink,
        title="" if answers else title,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item.at("author"), permalink),
        published=min(moments, default=None),  # a page may say any date; it was not written after it came
        media=media,
        tags=text.hashtags(body),
        in_reply_to=answers,
    )


def _received(item: Data) -> datetime | None:
    return item.moment("wm-received")


def _content(item: Data) -> str:
    """What was written, as HTML of a stranger; accounts of before 2018 get it by other names."""
    content = item.at("content")
    old_html = content.text("value") if content.text("content-type") == "text/html" else ""
    html = content.text("html") or old_html
    if html.strip():
        return html
    plain = content.text("text") or content.text("value") or item.text("summary", "value")
    return apis.marked(plain, apis.addresses(plain))


def _title(item: Data, body: str, permalink: str) -> str:
    """The title, unless it is the beginning of the text, or the address: then the page had none."""
    title = text.line(item.text("name"))
    beginning = title.rstrip("…. ")
    return "" if text.line(body).startswith(beginning) or title == permalink else title


def _kind(title: str, media: tuple[Media, ...]) -> Kind:
    if title:
        return Kind.ARTICLE
    types = {one.type for one in media}
    return Kind.VIDEO if "video" in types else Kind.PHOTO if "image" in types else Kind.NOTE


def _media(item: Data, base: str) -> Iterator[Media]:
    for photo in _several(item.at("photo")):
        if url := photo.web(base=base) or photo.web("value", base=base):
            yield Media("image", url, text.line(photo.text("alt")))
    for film in filter(None, (one.web(base=base) for one in _several(item.at("video")))):
        yield Media("video", film)
    for recording in filter(None, (one.web(base=base) for one in _several(item.at("audio")))):
        yield Media("audio", recording)


def _several(value: Data) -> list[Data]:
    """JF2 writes one of them without the list."""
    return value.each() or [value]


def _author(author: Data, permalink: str) -> Author:
    url = author.web("url", base=permalink)
    return Author(
        text.line(author.text("name")) or urls.host(url or permalink),
        url=url,
        avatar=author.web("photo", base=permalink),
    )


CONNECTOR: type[Connector] = Webmention
