"""Pinterest: the pins of an account or of one board, by its API or, without any key, by its RSS.

You need no key for a public account's newest pins: ``account`` is enough, and ``board``
for one board. For all the rest, a Pinterest business account and an app made at
developers.pinterest.com (trial access suffices), signed in to by that account with the
scopes boards:read and pins:read; leave out boards:read_secret and pins:read_secret, or
secret pins could come along. Give the refresh token of that sign-in with the app's id
and secret: its token lives for 30 days and is renewed by itself. A ``token`` alone works
until it ends. A source that moves from RSS to the API keeps its posts.

You get by the API the newest thousand pins: title, text, where it leads, pictures in
their largest size with the descriptions, films, several pictures of one pin, and
reactions, comments and views. Edits and deletions are seen once a day. By RSS, the
newest 25 or so: title, text and a picture.

You do not get pins that were saved from others, unless you name a ``board``. By RSS you
do not get descriptions of pictures, counts, and deletions.

    [[source]]
    name = "larkwood-pinterest"
    connector = "pinterest"
    account = "larkwood"
    # board = "slow-homes"                  # one board, as its address names it, or its number
    # refresh_token = "env:LARKWOOD_PINTEREST_REFRESH"
    # client_id = "1469007"                 # the app's id
    # client_secret = "env:LARKWOOD_PINTEREST_SECRET"
    # token = "env:LARKWOOD_PINTEREST_TOKEN"   # instead of these three; a person must renew it
    # server = "https://api.pinterest.com"
    # site = "https://www.pinterest.com"    # where people look at the pins, and the RSS is
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from typing import ClassVar

from forecourt import apis, feeds, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 250  # pins, or boards; the most that Pinterest gives
_PAGES = 4
_NEWS = 25  # pins, when only new ones are wanted
_FEED = "{site}/{account}/{board}.rss"  # from memory, to be checked
_FEED_OF_ACCOUNT = "feed"  # from memory, to be checked
_SMALL, _LARGE = "/236x/", "/736x/"  # from memory, to be checked: RSS names the small one
_TOKEN_LIFE = timedelta(days=30)  # from memory, to be checked

_BOOKMARK = re.compile(r"[!-~]{1,2000}")  # it is encoded in the address
_PIN = re.compile(r"/pin/(\d+)", re.ASCII)
_USERNAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pinterest:
    """One account's pins, or those of one of its boards."""

    account: str = ""
    board: str = ""
    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    server: str = "https://api.pinterest.com"
    site: str = "https://www.pinterest.com"
    network: ClassVar[str] = "pinterest"
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = _TOKEN_LIFE
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not (self.account or self._has_api):
            raise ValueError("account must be given where there is no token")
        if self.refresh_token is not None and not (self.client_id and self.client_secret is not None):
            raise ValueError("refresh_token needs client_id and client_secret beside it")

    @property
    def renews(self) -> bool:
        """Whether it has what a renewal takes."""
        return self.refresh_token is not None

    @property
    def _has_api(self) -> bool:
        return self.token is not None or self.refresh_token is not None

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a new token, and for a refresh token that lives for 60 days from now on."""
        refresh = (grant.refresh if grant else None) or self.refresh_token
        said = {
            "grant_type": "refresh_token",
            "refresh_token": refresh.reveal() if refresh else "",
            "continuous_refresh": "true",  # needed by apps from before 2025-09-25
        }
        basic = self.client_id, self.client_secret.reveal() if self.client_secret else ""
        request = apis.form(self._address("oauth/token"), said, basic=basic)
        return (yield from apis.renewed(request, "Pinterest", grant))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the pins after the newest that we know; without ``since``, for the last thousand; or for the RSS.

        ``since`` is ``{"board": …, "newest": …}``, a number and a moment; by RSS it stays empty.
        """
        if not self._has_api:
            return (yield from self._read_feed(source))
        known = json.loads(since) if since else {}
        board = known.get("board", "") or (yield from self._find_board())
        newest = datetime.fromisoformat(known["newest"]) if known.get("newest") else None
        posts, rejected, window = yield from self._pins(source, board, newest)
        dates = [post.published for post in posts if post.published]
        latest = max(dates, default=newest)
        if newest and window is not EVER:
            latest = None  # there are more news than pages for them: the next poll reads the larger pages
        return Batch(
            tuple({post.id: post for post in posts}.values()),
            rejected=tuple(rejected),
            since=json.dumps({"board": board, "newest": latest.isoformat() if latest else ""}),
            window=None if since else window,
        )

    def _read_feed(self, source: str) -> Conversation:
        address = _FEED.format(
            site=self.site.rstrip("/"),
            account=self.account.removeprefix("@"),
            board=self.board.strip("/") or _FEED_OF_ACCOUNT,
        )
        response = yield Request(address, headers={"accept": "application/rss+xml, application/xml;q=0.9"})
        feed = feeds.parse(response.body, response.headers.get("content-type", ""), response.url)
        entries, rejected = feeds.as_posts(feed, source, Kind.PHOTO)
        posts = {post.id: post for post in (self._of_feed(entry) for entry in entries)}
        notes = () if posts else ("the feed has no pins",)
        return Batch(
            tuple(posts.values()), rejected=rejected, notes=notes + feed.notes, whole=True, wish=feed.wish
        )

    def _of_feed(self, entry: Post) -> Post:
        """As by the API; whose pins they are does not stand in the feed, but in its address."""
        post = _of_feed(entry)
        if post.author != Author():
            return post
        owner = Data({"username": self.account.removeprefix("@")})
        return replace(post, author=_author(owner, self.site.rstrip("/")))

    def _find_board(self) -> Generator[Request, Response, str]:
        """The number of the board: its address has its name in another spelling."""
        wanted = text.slug(self.board) if self.board else ""
        if not wanted or wanted.isdecimal():
            return wanted
        bookmark = ""
        for _ in range(_PAGES):
            response = yield self._ask("boards", page_size=_PAGE, bookmark=bookmark or None)
            page = _checked(response)
            for board in _items(page, "boards"):
                if text.slug(board.text("name")) == wanted:
                    return board.numeral("id")
            bookmark = _following(page)
            if not bookmark:
                break
        raise PlatformError(f"Pinterest knows no board {self.board} of this account", Cause.NOT_FOUND)

    def _pins(self, source: str, board: str, newest: datetime | None) -> Generator[Request, Response, _Pins]:
        path = f"boards/{board}/pins" if board else "pins"
        only = None if board else "exclude_repins"
        size = _NEWS if newest else _PAGE
        posts: list[Post] = []
        rejected: list[str] = []
        bookmark = ""
        for _ in range(_PAGES):
            response = yield self._ask(
                path, page_size=size, pin_filter=only, pin_metrics="true", bookmark=bookmark or None
            )
            page = _checked(response)
            made, refused = apis.listed(
                _items(page, "pins"), lambda pin: _post(pin, source, self.site), "pin"
            )
            new = [post for post in made if not newest or (post.published and post.published > newest)]
            posts += new
            rejected += refused
            bookmark = _following(page)
            if not bookmark or len(new) < len(made):
                return posts, rejected, EVER
        return posts, rejected, min((post.published for post in posts if post.published), default=None)

    def _ask(self, path: str, **query: object) -> Request:
        return apis.get(self._address(path), query, token=self.token)

    def _address(self, path: str) -> str:
        return f"{self.server.rstrip('/')}/v5/{path}"


_Pins = tuple[list[Post], list[str], datetime | None]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is ``{"code": …, "message": …}``; Pinterest's statuses are right."""
    said = apis.refused(response)
    if said is not None:
        raise apis.refusal(response, "Pinterest", said=said.text("message"))
    return apis.read(response)


def _items(page: Data, what: str) -> list[Data]:
    """The items of a page. Raises BadData when there is no list: that is no empty account."""
    if not isinstance(page.at("items").value, list):
        raise BadData(f"Pinterest sent no list of {what}")
    return page.each("items")


def _following(page: Data) -> str:
    """The bookmark of the next page; the last page has null. Raises BadData when it is none that we can send."""
    if not page.at("bookmark"):
        return ""
    bookmark = page.text("bookmark")
    if not _BOOKMARK.fullmatch(bookmark):
        raise BadData("Pinterest names a next page by a bookmark that is none")
    return bookmark


def _post(pin: Data, source: str, site: str) -> Post:
    identity = pin.numeral("id")
    site = site.rstrip("/")
    permalink = f"{site}/pin/{identity}/"
    media = tuple(_media(pin, permalink))
    title = text.line(pin.text("title"))
    html, body = apis.written(_marked_up(pin), permalink)
    if not (title or body or media):
        raise BadData("it has neither text nor picture")
    counts = pin.at("pin_metrics", "lifetime_metrics")
    return Post(
        id=identity,
        source=source,
        kind=_kind(media),
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        dir=text.direction(f"{title} {body}"),
        author=_author(pin.at("board_owner"), site),
        published=pin.moment("created_at"),
        media=media,
        engagement=Engagement(
            likes=counts.count("reaction"), comments=counts.count("comment"), views=counts.count("impression")
        ),
        tags=text.hashtags(pin.text("description")),
    )


def _of_feed(post: Post) -> Post:
    """The post of a feed's entry as it would come by the API: with the pin's number, its text and a larger picture."""
    number = _PIN.search(post.permalink) or _PIN.search(post.id)
    media = tuple(
        replace(one, url=one.url.replace(_SMALL, _LARGE, 1), width=None, height=None)
        if _SMALL in one.url
        else one
        for one in post.media
    )
    html, body = apis.written(apis.marked(post.text, apis.addresses(post.text)), post.permalink)
    tags = post.tags or text.hashtags(body)
    return replace(
        post, id=number[1] if number else post.id, html=html, text=body, media=media, tags=tags, lang=""
    )


def _marked_up(pin: Data) -> str:
    """What is written under a pin, and where it leads."""
    said = pin.text("description")
    html = apis.marked(said, apis.addresses(said))
    link = pin.web("link")
    if not link or link in said:
        return html
    return f'{html}<p><a href="{escape(link)}">{escape(urls.host(link).removeprefix("www."))}</a></p>'


def _media(pin: Data, permalink: str) -> Iterator[Media]:
    """The pin's pictures and films; its description is of the first."""
    media = pin.at("media")
    alt = text.line(pin.text("alt_text"))
    for item in media.each("items") or [media]:
        width, height, picture = _largest(item)
        picture = picture or item.web("cover_image_url")
        is_film = "video" in (item.text("item_type") or media.text("media_type"))
        if is_film:
            lasts = item.number("duration")
            yield Media(
                "video",
                # The film's own address is told to few apps; all the others are played on Pinterest.
                item.web("video_url") or permalink,
                alt=alt,
                width=item.size("width"),
                height=item.size("height"),
                duration=round(lasts / 1000) or None if lasts and lasts > 0 else None,
                poster=item.web("cover_image_url") or picture,
            )
        elif picture:
            yield Media("image", picture, alt, width, height)
        alt = ""


def _largest(item: Data) -> tuple[int | None, int | None, str]:
    """Width, height and address of the largest size of a picture."""
    sizes = [
        (one.size("width"), one.size("height"), one.web("url"))
        for _, one in item.pairs("images")
        if one.web("url")
    ]
    return max(sizes, key=lambda size: size[0] or 0, default=(None, None, ""))


def _kind(media: tuple[Media, ...]) -> Kind:
    types = {one.type for one in media}
    return Kind.VIDEO if "video" in types else Kind.PHOTO if types else Kind.NOTE


def _author(owner: Data, site: str) -> Author:
    name = owner.text("username")
    return Author(name, f"@{name}", f"{site}/{name}/") if _USERNAME.fullmatch(name) else Author()


CONNECTOR: type[Connector] = Pinterest
