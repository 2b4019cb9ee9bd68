"""A community of Reddit, what one account posts there, or what a search finds.

You need an application of your own: ask for one at reddit.com/prefs/apps (kind:
script; since the end of 2025 Reddit looks at every request, which takes days), and
copy its id, which stands below its name, and its secret. ``redditor`` is the Reddit
name of whoever asked for it: Reddit wants to know whom to write to. The token that
the hub gets with them lives for a day, and is asked for anew by itself. While you
wait for the application, ``feed`` reads the newest entries by a private address:
reddit.com/prefs/feeds lists them, add /new.rss of your community. Fetch it no more
often than every quarter of an hour.

You get the posts with text, pictures, galleries, films, polls, links, what was
crossposted, counts, and what was said to the newest of them. Edits and deletions are
seen once a day.

You do not get posts for adults, nor what moderators or their authors took away.

    [[source]]
    name = "larkwood-reddit"
    connector = "reddit"
    # enabled = true                               # once Reddit and you agree on commercial use
    subreddit = "larkwood"
    # account = "larkwood_home"                    # what this account posts, instead
    # search = "larkwood lamp"                     # what a search finds, everywhere or in the subreddit
    redditor = "larkwood_home"
    client_id = "Lw0dBenchApp1"
    client_secret = "env:LARKWOOD_REDDIT_SECRET"
    # token = "env:LARKWOOD_REDDIT_TOKEN"          # one that you have already
    # feed = "env:LARKWOOD_REDDIT_FEED"            # the private address, instead of client_id and client_secret
    # replies = false                              # leave out what others said
    # server = "https://oauth.reddit.com"          # others, for tests
    # login = "https://www.reddit.com"
    # site = "https://www.reddit.com"
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape, unescape
from http import HTTPStatus
from typing import ClassVar

from forecourt import apis, feeds, text, urls
from forecourt.apis import Data
from forecourt.config import VERSION
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 100  # posts; the most that Reddit gives
_PAGES = 5
_THREADS = 5  # of the newest posts with comments; each costs a request
_COMMENTS = 100
_LONG = 280  # characters; from here on a text is an article
_REASONS = {  # of a 403 or 404
    "private": Cause.PERMISSION,
    "quarantined": Cause.PERMISSION,
    "gold_only": Cause.PERMISSION,
    "banned": Cause.NOT_FOUND,
}
_GONE = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
_NAME = re.compile(r"[\w-]+", re.ASCII)
_TEXT = re.compile(r'\s*(?:<!-- SC_OFF -->)?<div class="md">(.*?)\s*</div>(?:<!-- SC_ON -->)?\s*', re.DOTALL)
_THREAD = re.compile(r"/comments/(\w+)/", re.ASCII)
_PREVIEW = re.compile(r"\A<table>\s*<tbody><tr><td>\s*<a [^>]*><img [^>]*></a>\s*</td><td>")
_BYLINE = "submitted by"  # and all that follows: who, where, and two links


@dataclass(frozen=True, slots=True)
class Reddit:
    """A subreddit, an account's posts, or a search."""

    subreddit: str = ""
    account: str = ""
    search: str = ""
    redditor: str = ""
    client_id: str = ""
    client_secret: Secret | None = None
    token: Secret | None = None
    feed: Secret | None = None
    replies: bool = True
    server: str = "https://oauth.reddit.com"
    login: str = "https://www.reddit.com"
    site: str = "https://www.reddit.com"
    network: ClassVar[str] = "reddit"
    terms: ClassVar[Terms] = Terms(
        # Reddit asks that what was deleted there is deleted here: what is not read again is not known to be there.
        keep=timedelta(days=3),
        enabled=False,
        note="A shop needs Reddit's consent to show its content: commercial use of the API takes a contract.",
    )
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = timedelta(days=1)  # from memory, to be checked; it tells itself

    def __post_init__(self) -> None:
        for option in ("subreddit", "account", "redditor"):
            named = getattr(self, option)
            if named and not _NAME.fullmatch(named):
                raise ValueError(f"{option} must be a name without r/ or u/, such as larkwood")
        if not self.feed:
            if bool(self.account) == bool(self.subreddit or self.search):
                raise ValueError("account, or subreddit or search must be given, and not both")
            if not (self.redditor or self.account):
                raise ValueError("redditor must be the Reddit name of whoever asked for the application")
        for option in ("server", "login", "site"):
            if not urls.absolute(getattr(self, option)):
                raise ValueError(f"{option} must be a full address, such as https://www.reddit.com")

    @property
    def renews(self) -> bool:
        """Whether it has the id and the secret of an application."""
        return bool(self.client_id and self.client_secret)

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a token for the application itself; there is nothing that renews an old one."""
        secret = self.client_secret.reveal() if self.client_secret else ""
        request = apis.form(
            f"{self.login.rstrip('/')}/api/v1/access_token",
            {"grant_type": "client_credentials"},
            basic=(self.client_id, secret),
            headers=self._headers,
        )
        return (yield from apis.renewed(request, "Reddit", grant))

    @property
    def _headers(self) -> dict[str, str]:
        # The form that Reddit asks for; others are slowed down.
        return {"user-agent": f"web:forecourt:v{VERSION} (by /u/{self.redditor or self.account})"}

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the posts after the newest that we know; without ``since``, for the last 500.

        ``since`` is ``{"newest": …}``. When that very post is deleted Reddit finds nothing
        after it; the next whole look mends that.
        """
        if self.feed and not self.client_id:
            return (yield from self._read_feed(source, self.feed))
        newest = json.loads(since)["newest"] if since else ""
        posts, rejected, window = yield from self._posts(source, newest)
        replies, threads, notes = yield from self._replies(posts)
        last = max(posts, key=lambda post: post.published or EVER, default=None)
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps({"newest": last.id if last else newest}),
            window=None if since or self.search else window,
            threads=tuple(threads),
        )

    def _posts(self, source: str, newest: str) -> Generator[Request, Response, _Posts]:
        """Older and older posts; those after ``newest``, newer and newer."""
        way = "before" if newest else "after"
        at = newest or None
        posts: dict[str, Post] = {}
        rejected: list[str] = []
        for _ in range(_PAGES):
            listing = _listing(_checked((yield self._ask_posts({way: at}))), "posts").at("data")
            items = [each.at("data") for each in listing.each("children") if each.text("kind") == "t3"]
            found, refused = apis.listed(items, lambda item: _post(item, source, self.site), "post")
            posts |= {post.id: post for post in found}
            rejected += refused
            at = listing.text(way) or None
            if not at:
                return list(posts.values()), rejected, EVER
            if not items:
                break
        oldest = min((post.published for post in posts.values() if post.published), default=None)
        return list(posts.values()), rejected, oldest

    def _ask_posts(self, place: dict[str, str | None]) -> Request:
        query: dict[str, object] = {"sort": "new", "limit": _PAGE, **place}
        if self.account:
            return self._ask(f"user/{self.account}/submitted", query)
        if self.search:
            within = {"restrict_sr": 1} if self.subreddit else {}
            path = f"r/{self.subreddit}/search" if self.subreddit else "search"
            return self._ask(path, {"q": self.search, "type": "link", **within, **query})
        return self._ask(f"r/{self.subreddit}/new", query)

    def _replies(self, posts: list[Post]) -> Generator[Request, Response, _Replies]:
        """What was said to the newest posts, as far as their counts say that there is anything."""
        replies: list[Post] = []
        threads: list[str] = []
        discussed = [post for post in posts if post.engagement.comments] if self.replies else []
        for post in discussed[:_THREADS]:
            asked = self._ask(f"comments/{post.id.removeprefix('t3_')}", {"sort": "old", "limit": _COMMENTS})
            try:
                said = _listing(_checked((yield asked)).at(1), "comments")
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return replies, threads, [f"comments cannot be read: {error}"]
            things = list(_things(said))
            replies += filter(None, (_reply(item, post, self.site) for kind, item in things if kind == "t1"))
            if all(kind == "t1" for kind, _ in things):  # else some are only counted
                threads.append(post.permalink)
        return replies, threads, []

    def _ask(self, path: str, query: dict[str, object]) -> Request:
        address = f"{self.server.rstrip('/')}/{path}"
        # Without raw_json every text is escaped for HTML, addresses too.
        return apis.get(address, {**query, "raw_json": 1}, token=self.token, headers=self._headers)

    def _read_feed(self, source: str, address: Secret) -> Conversation:
        """The newest posts as a private feed has them, under the ids that the API gives them."""
        response = yield Request(address.reveal(), headers=self._headers, hears_errors=True)
        if apis.refused(response) is not None:
            raise apis.refusal(response, "Reddit")
        if feeds.is_page(response.body):
            raise PlatformError("Reddit sent a web page where a feed was asked for", Cause.BLOCKED)
        feed = feeds.parse(response.body, response.headers.get("content-type", ""), response.url)
        posts, rejected = feeds.as_posts(feed, source)
        return Batch(tuple(map(_as_in_api, posts)), rejected=rejected, notes=feed.notes, whole=True)


_Posts = tuple[list[Post], list[str], datetime | None]
_Replies = tuple[list[Post], list[str], list[str]]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"reason": "private", "message": "Forbidden"}``."""
    said = apis.refused(response)
    if said is not None:
        cause = (
            Cause.AUTH_EXPIRED
            if response.status == HTTPStatus.UNAUTHORIZED
            else _REASONS.get(said.text("reason"))
        )
        raise apis.refusal(response, "Reddit", cause, said.text("reason") or said.text("message"))
    if "/subreddits/search" in urls.place(response.url):  # where it leads for a community that is none
        raise apis.refusal(response, "Reddit", Cause.NOT_FOUND, "there is no such community")
    return apis.read(response)


def _listing(said: Data, what: str) -> Data:
    """A listing. Raises BadData when it holds no list: that is no empty community."""
    if not isinstance(said.at("data", "children").value, list):
        raise BadData(f"Reddit sent no list of {what}")
    return said


def _post(item: Data, source: str, site: str) -> Post | None:
    if item.text("removed_by_category") or item.flag("over_18") or item.text("selftext") in _GONE:
        return None
    permalink = item.web("permalink", base=site)
    shown = item.at("crosspost_parent_list", 0)
    if shown.flag("over_18") or shown.text("removed_by_category"):
        shown = Data(None)
    media = _media(item) or _media(shown)
    html = text.clean(
        _html(item) + _html(shown) + _poll(item) + _captions(item) + _target(item, media), permalink
    )
    body = text.plain(html)
    title = text.line(item.need("title"))
    return Post(
        id=f"t3_{item.need('id')}",
        source=source,
        kind=_kind(item, media, body),
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        dir=text.direction(f"{title} {body}"),
        author=_author(item, site),
        published=item.moment("created_utc"),
        updated=item.moment("edited"),
        media=media,
        engagement=Engagement(
            likes=None if item.flag("hide_score") else item.count("score"),
            comments=item.count("num_comments"),
            shares=item.count("num_crossposts"),
        ),
        tags=tuple(filter(None, (text.line(item.text("link_flair_text")),))),
        quote_of=shown.web("permalink", base=site),
    )


def _reply(item: Data, post: Post, site: str) -> Post | None:
    permalink = item.web("permalink", base=site) or f"{post.permalink}{item.text('id')}/"
    html, body = apis.written(_markup(item.text("body_html")), permalink)
    identity = item.text("id")
    if not (body and identity) or item.text("body") in _GONE or item.text("author") in _GONE:
        return None
    return Post(
        id=f"t1_{identity}",
        source=post.source,
        kind=Kind.REPLY,
        permalink=urls.absolute(permalink),
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item, site),
        published=item.moment("created_utc"),
        updated=item.moment("edited"),
        engagement=Engagement(likes=None if item.flag("score_hidden") else item.count("score")),
        in_reply_to=post.permalink,
    )


def _things(listing: Data) -> Iterator[tuple[str, Data]]:
    """Every comment below, with its kind, each before what was answered to it; "more" stands for what is left out."""
    waiting = [listing]
    while waiting:
        thing = waiting.pop()
        if thing.text("kind") == "Listing":
            waiting += reversed(thing.each("data", "children"))
        elif thing.text("kind"):
            yield thing.text("kind"), thing.at("data")
            waiting.append(thing.at("data", "replies"))


def _author(item: Data, site: str) -> Author:
    """The author, or nobody: Reddit wants the names of those who left forgotten."""
    name = text.line(item.text("author"))
    if not name or name in _GONE:
        return Author()
    return Author(name, f"u/{name}", urls.absolute(f"/user/{name}", site))


def _kind(item: Data, media: tuple[Media, ...], body: str) -> Kind:
    types = {one.type for one in media}
    if item.at("poll_data"):
        return Kind.QUESTION
    if "video" in types:
        return Kind.VIDEO
    if "image" in types:
        return Kind.PHOTO
    return Kind.ARTICLE if len(body) >= _LONG else Kind.NOTE


def _html(item: Data) -> str:
    return "" if item.text("selftext") in _GONE else _markup(item.text("selftext_html"))


def _markup(html: str) -> str:
    """The HTML of a text, which old answers escape once more."""
    html = unescape(html) if html.lstrip().startswith("&lt;") else html
    inside = _TEXT.fullmatch(html)
    return inside[1] if inside else html


def _poll(item: Data) -> str:
    options = "".join(f"<li>{escape(each.text('text'))}</li>" for each in item.each("poll_data", "options"))
    return f"<ul>{options}</ul>" if options else ""


def _captions(item: Data) -> str:
    captions = (text.line(each.text("caption")) for each in item.each("gallery_data", "items"))
    return "".join(f"<p>{escape(caption)}</p>" for caption in captions if caption)


def _target(item: Data, media: tuple[Media, ...]) -> str:
    """Where a post leads that is a link."""
    address = item.web("url")
    if not address or media or item.flag("is_self") or item.has("crosspost_parent"):
        return ""
    return f'<p><a href="{escape(address)}">{escape(urls.host(address).removeprefix("www."))}</a></p>'


def _media(item: Data) -> tuple[Media, ...]:
    film = item.at("media", "reddit_video") or item.at("secure_media", "reddit_video")
    still = item.at("preview", "images", 0, "source")
    url = film.web("fallback_url")
    if url:
        size = film.size("width"), film.size("height"), film.size("duration")
        return (Media("video", url, "", *size, poster=still.web("url")),)
    gallery = [
        _picture(item.at("media_metadata", each.text("media_id")))
        for each in item.each("gallery_data", "items")
    ]
    if any(gallery):
        return tuple(filter(None, gallery))
    address = item.web("url")
    if not item.flag("is_self") and (
        item.text("post_hint") == "image" or _PICTURE.search(urls.place(address))
    ):
        return (Media("image", address, "", still.size("width"), still.size("height")),) if address else ()
    return ()


def _picture(found: Data) -> Media | None:
    size = found.at("s")
    url = size.web("u") or size.web("gif")
    is_ready = found.text("status") in {"", "valid"} and found.text("e") in {"Image", "AnimatedImage"}
    return Media("image", url, "", size.size("x"), size.size("y")) if url and is_ready else None


def _as_in_api(post: Post) -> Post:
    """A post of the feed as the API has it: without its picture and its last line in the text."""
    words, line, _ = _PREVIEW.sub("", post.html).rpartition(_BYLINE)
    html, body = apis.written(words if line else post.html, post.permalink)
    thread = _THREAD.search(post.permalink)
    name = post.author.name.removeprefix("/u/")
    return replace(
        post,
        id=f"t3_{thread[1]}" if thread else post.id,
        html=html,
        text=body,
        author=replace(post.author, name=name, handle=name and f"u/{name}"),
        media=tuple(replace(media, alt="") for media in post.media),  # its title, and no description
        tags=(),
    )


CONNECTOR: type[Connector] = Reddit
