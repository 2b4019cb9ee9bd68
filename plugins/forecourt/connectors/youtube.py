"""YouTube: the films of a channel or of a playlist, with an API key or without any.

You need the channel's id (it begins with UC; youtube.com shows it under Settings,
Advanced settings) or a playlist's. That is enough for the newest fifteen films. For
all that follows make an API key: in the Google Cloud console make a project, switch on
"YouTube Data API v3" in its library, choose Credentials, Create credentials, API key,
and restrict the key to that API. It costs nothing and does not end; of the 10,000 units
that it may spend a day, a hub that asks every hour needs about forty.

You get each film's title, description, picture, date, views and likes. With a key the
newest 250 films, their length, tags, the channel's picture, streams that are still to
come, and what was said below the newest films.

You do not get the films themselves: they are played at YouTube. Without a key there
are neither comments nor lengths, and a film leaves the hub thirty days after the
channel's feed showed it last.

    [[source]]
    name = "larkwood-youtube"
    connector = "youtube"
    channel = "UClarkwoodHomeAndHands00"
    token = "env:LARKWOOD_YOUTUBE_TOKEN"   # the API key; without it, take this line away
    # handle = "@larkwood"                 # instead of channel; needs the key
    # playlist = "PLrepairs"               # instead of channel: one playlist
    # replies = false                      # leave out what others said
    # server = "https://youtube.googleapis.com"
    # site = "https://www.youtube.com"     # where people watch, and where the feeds are
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from forecourt import apis, feeds, players, text, urls
from forecourt.apis import Data, Mark
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Event, Kind, Media, Post, Secret, Terms

_PREFIX = "yt:video:"  # the feed puts it before a film's id; with a key and without it is the same film
_PAGE = 50  # films; the most that YouTube gives, and the most ids that it takes
_PAGES = 5
_THREADS = 5  # of the newest films with comments; each costs a request
_COMMENTS = 100  # the most that YouTube gives
_VIDEO_PARTS = "snippet,contentDetails,statistics,status,liveStreamingDetails"
_PICTURES = ("maxres", "standard", "high", "medium", "default")  # the larger ones first
_QUOTA_DAY = ZoneInfo("America/Los_Angeles")  # the quota is new at midnight there; from memory, to be checked

# Reasons in Google's errors whose status says too little; from memory, to be checked.
_CAUSES = {
    **dict.fromkeys(("keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"), Cause.AUTH_DEAD),
    **dict.fromkeys(("quotaExceeded", "dailyLimitExceeded"), Cause.RATE_LIMITED),
    **dict.fromkeys(
        ("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"), Cause.RATE_LIMITED
    ),
    **dict.fromkeys(("accessNotConfigured", "SERVICE_DISABLED", "ipRefererBlocked"), Cause.PERMISSION),
    **dict.fromkeys(("playlistNotFound", "channelNotFound", "videoNotFound"), Cause.NOT_FOUND),
    "backendError": Cause.TRANSIENT,
}
_OF_THE_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded"})

_KEPT = timedelta(days=30)
_LENGTH = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)
_HANDLE = re.compile(r"(?<![\w/@.+-])@[\w.·-]{2,29}\w")


@dataclass(frozen=True, slots=True)
class YouTube:
    """One channel or playlist."""

    channel: str = ""
    handle: str = ""
    playlist: str = ""
    token: Secret | None = None
    replies: bool = True
    server: str = "https://youtube.googleapis.com"
    site: str = "https://www.youtube.com"
    network: ClassVar[str] = "youtube"
    terms: ClassVar[Terms] = Terms(
        note="What the API said of a film is shown for 30 days after it was last read; what the feed says stays."
    )
    rechecked: ClassVar[int] = 500

    def __post_init__(self) -> None:
        if sum(map(bool, (self.channel, self.handle, self.playlist))) != 1:
            raise ValueError("channel, handle or playlist must be given, and only one of them")
        if self.handle and self.token is None:
            raise ValueError("handle needs a token; without one give channel, the id that begins with UC")
        if not (urls.absolute(self.server) and urls.absolute(self.site)):
            raise ValueError("server and site must be full addresses, beginning with https://")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask the feed when there is no key; with one, for the films that were not on the newest page before.

        ``since`` is ``{"channel": …, "seen": [ids]}``, so that a quiet channel costs
        one request. Without it the newest 250 are read anew.
        """
        if self.token is None:
            return (yield from self._of_feed(source))
        known = json.loads(since) if since else {}
        channel = known.get("channel") or (yield from self._look_up())
        ids, newest, is_whole = yield from self._listed(channel["uploads"], pages=1 if since else _PAGES)
        seen = set(known.get("seen", ()))
        posts, rejected = yield from self._videos(source, channel, [one for one in ids if one not in seen])
        replies, threads, notes = yield from self._comments(posts)
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps({"channel": channel, "seen": newest}),
            window=None if since else EVER if is_whole else self._oldest(posts),
            threads=tuple(threads),
        )

    def recheck(self, source: str, ids: tuple[str, ...]) -> Conversation:
        """Ask for older films by their ids: those that are left out were deleted, or are public no more."""
        if self.token is None:
            return Batch(())
        channel = yield from self._look_up()
        asked = [one.removeprefix(_PREFIX) for one in ids]
        posts, rejected = yield from self._videos(source, channel, asked)
        there = {post.id for post in posts}
        gone = [one for one in ids if one not in there] if posts and not rejected else []
        return Batch(tuple(posts), gone=tuple(gone), rejected=tuple(rejected))

    def _oldest(self, posts: Iterable[Post]) -> datetime | None:
        """Back to when there is no gap; a playlist has the order that its maker gave it."""
        dates = (post.published for post in posts if post.published)
        return None if self.playlist else min(dates, default=None)

    # The feed.

    def _of_feed(self, source: str) -> Conversation:
        which = {"playlist_id": self.playlist} if self.playlist else {"channel_id": self.channel}
        address = f"{self.site.rstrip('/')}/feeds/videos.xml"
        response = yield apis.get(address, which, headers={"accept": "application/atom+xml"})
        _refuse_what_is_no_feed(response)
        feed = feeds.parse(response.body, response.headers.get("content-type", ""), response.url)
        made, rejected = feeds.as_posts(feed, source, Kind.VIDEO)
        titles = {entry.id: entry.title for entry in feed.entries}
        posts = tuple(_completed(post, titles.get(post.id, "")) for post in made)
        return Batch(
            posts, rejected=rejected, notes=feed.notes, whole=True, window=self._oldest(posts), wish=feed.wish
        )

    # The API.

    def _look_up(self) -> Generator[Request, Response, dict[str, str]]:
        """The channel's list of films, and how it presents itself."""
        if self.playlist:
            return {"uploads": self.playlist}
        which = {"forHandle": "@" + self.handle.removeprefix("@")} if self.handle else {"id": self.channel}
        response = yield self._ask("channels", part="snippet,contentDetails", **which)
        found = _checked(response).at("items", 0)
        if not found:
            raise PlatformError(f"YouTube knows no channel {self.handle or self.channel}", Cause.NOT_FOUND)
        return {
            "uploads": found.need("contentDetails", "relatedPlaylists", "uploads"),
            "id": found.need("id"),
            "name": text.line(found.text("snippet", "title")),
            "handle": text.line(found.text("snippet", "customUrl")),
            "avatar": _picture(found.at("snippet", "thumbnails")),
        }

    def _listed(
        self, uploads: str, pages: int
    ) -> Generator[Request, Response, tuple[list[str], list[str], bool]]:
        """The ids of the films, those of the first page, and whether the end was reached."""
        ids: list[str] = []
        newest: list[str] = []
        following: str | None = None
        for _ in range(pages):
            response = yield self._ask(
                "playlistItems",
                part="contentDetails,status", playlistId=uploads, maxResults=_PAGE, pageToken=following,
            )  # fmt: skip
            page = _checked(response)
            public = (item for item in _items(page, "films") if _is_public(item))
            ids += filter(None, (item.text("contentDetails", "videoId") for item in public))
            newest = newest or list(ids)
            following = page.text("nextPageToken") or None
            if following is None:
                break
        return list(dict.fromkeys(ids)), newest, following is None

    def _videos(
        self, source: str, channel: dict[str, str], ids: list[str]
    ) -> Generator[Request, Response, tuple[list[Post], list[str]]]:
        posts: list[Post] = []
        rejected: list[str] = []
        for start in range(0, len(ids), _PAGE):
            some = ",".join(ids[start : start + _PAGE])
            response = yield self._ask("videos", part=_VIDEO_PARTS, id=some)
            page = _checked(response)
            found, refused = apis.listed(
                _items(page, "films"), lambda item: self._video(item, source, channel), "video"
            )
            # What the API said is to be read again or removed.
            posts += [replace(post, display_until=response.at + _KEPT) for post in found]
            rejected += refused
        return posts, rejected

    def _comments(
        self, posts: list[Post]
    ) -> Generator[Request, Response, tuple[list[Post], list[str], list[str]]]:
        """What was said to the newest films, as far as their counts say that there is anything."""
        replies: list[Post] = []
        threads: list[str] = []
        discussed = [post for post in posts if post.engagement.comments] if self.replies else []
        for post in discussed[:_THREADS]:
            response = yield self._ask(
                "commentThreads",
                part="snippet,replies", videoId=post.id.removeprefix(_PREFIX), maxResults=_COMMENTS,
                order="time", textFormat="plainText",
            )  # fmt: skip
            if "commentsDisabled" in _reasons(apis.refused(response)):
                threads.append(post.permalink)  # there is nothing now, whatever there was
                continue
            try:
                page = _checked(response)
                conversations = _items(page, "comments")
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return replies, threads, [f"comments cannot be read: {error}"]
            said, _ = apis.listed(_spoken(conversations), partial(_comment, of=post), "comment")
            replies += [replace(reply, display_until=response.at + _KEPT) for reply in said]
            if not page.text("nextPageToken") and all(map(_is_complete, conversations)):
                threads.append(post.permalink)
        return replies, threads, []

    def _ask(self, what: str, **query: object) -> Request:
        headers = {"x-goog-api-key": self.token.reveal()} if self.token else None
        return apis.get(f"{self.server.rstrip('/')}/youtube/v3/{what}", query, headers=headers)

    def _video(self, item: Data, source: str, channel: dict[str, str]) -> Post | None:
        if not _is_public(item):
            return None
        identity, snippet = item.need("id"), item.at("snippet")
        permalink = urls.absolute(f"{self.site.rstrip('/')}/watch?v={identity}")
        title = text.line(snippet.text("title"))
        words = _words(snippet.text("description"), permalink)
        lang = text.language(snippet.text("defaultLanguage") or snippet.text("defaultAudioLanguage"))
        start = item.moment("liveStreamingDetails", "scheduledStartTime")
        is_to_come = start is not None and snippet.text("liveBroadcastContent") == "upcoming"
        poster = _picture(snippet.at("thumbnails"))
        if not (title or words.text or poster):
            raise BadData("it has neither title nor text nor picture")
        return Post(
            id=_PREFIX + identity,
            source=source,
            kind=Kind.EVENT if is_to_come else Kind.VIDEO,
            permalink=permalink,
            title=title,
            html=words.html,
            text=words.text,
            lang=lang,
            dir=text.direction(f"{title} {words.text}", lang),
            author=self._author(snippet, channel),
            published=snippet.moment("publishedAt"),
            media=(_film(identity, permalink, poster, _length(item)),),
            engagement=Engagement(
                likes=item.count("statistics", "likeCount"),
                comments=item.count("statistics", "commentCount"),
                views=item.count("statistics", "viewCount"),
            ),
            event=Event(start) if start and is_to_come else None,
            tags=_once((*text.hashtags(title), *words.tags, *map(text.line, snippet.texts("tags")))),
            mentions=words.mentions,
        )

    def _author(self, snippet: Data, channel: dict[str, str]) -> Author:
        identity = snippet.text("channelId")
        url = urls.absolute(f"{self.site.rstrip('/')}/channel/{identity}") if identity else ""
        name = text.line(snippet.text("channelTitle"))
        if identity != channel.get("id"):  # a playlist may hold films of anyone
            return Author(name, url=url)
        return Author(channel["name"] or name, channel["handle"], url, channel["avatar"])


@dataclass(frozen=True, slots=True)
class _Words:
    html: str
    text: str
    tags: tuple[str, ...]
    mentions: tuple[str, ...]


def _words(plain: str, permalink: str) -> _Words:
    """A description: plain text in which addresses and handles are links."""
    handles = [
        Mark(found.start(), found.end(), f"https://www.youtube.com/{found[0]}")
        for found in _HANDLE.finditer(plain)
    ]
    html, body = apis.written(apis.marked(plain, (*apis.addresses(plain), *handles)), permalink)
    mentions = tuple(text.line(plain[mark.start : mark.end]) for mark in handles)
    return _Words(html, body, text.hashtags(body), tuple(dict.fromkeys(mentions)))


def _completed(post: Post, title: str) -> Post:
    """A post of the feed, as the API would have it.

    The feed names a player of 2005 as the film, and calls a film updated whenever
    somebody watched it.
    """
    words = _words(post.text, post.permalink)
    poster = next(
        (media.poster or media.url for media in post.media if media.poster or media.type == "image"), ""
    )
    return replace(
        post,
        title=title or post.title,
        html=words.html,
        updated=None,
        media=(_film(post.id.removeprefix(_PREFIX), post.permalink, poster),) if post.permalink else (),
        tags=_once((*text.hashtags(title), *words.tags)),
        mentions=words.mentions,
    )


def _film(identity: str, permalink: str, poster: str, duration: int | None = None) -> Media:
    player = players.named("youtube", identity)
    return Media("video", permalink, duration=duration, poster=poster, player=player)


def _spoken(conversations: Iterable[Data]) -> Iterator[Data]:
    """Each comment, and what YouTube sends of the answers to it."""
    for thread in conversations:
        yield thread.at("snippet", "topLevelComment")
        yield from thread.each("replies", "comments")


def _is_complete(thread: Data) -> bool:
    return (thread.count("snippet", "totalReplyCount") or 0) <= len(thread.each("replies", "comments"))


def _comment(item: Data, of: Post) -> Post | None:
    said = item.at("snippet")
    if said.text("moderationStatus") not in {"", "published"}:
        return None
    identity = item.need("id")
    permalink = urls.absolute(f"{of.permalink}&lc={identity}")
    words = _words(said.text("textOriginal") or text.plain(said.text("textDisplay")), permalink)
    if not words.text:
        raise BadData("it has no text")
    handle = text.line(said.text("authorDisplayName"))
    published, updated = said.moment("publishedAt"), said.moment("updatedAt")
    return Post(
        id=identity,
        source=of.source,
        kind=Kind.REPLY,
        permalink=permalink,
        html=words.html,
        text=words.text,
        dir=text.direction(words.text),
        # Since 2022 the name that is shown is the handle.
        author=Author(
            handle.removeprefix("@"), handle if handle.startswith("@") else "",
            said.web("authorChannelUrl"), said.web("authorProfileImageUrl"),
        ),
        published=published,
        updated=updated if updated != published else None,
        engagement=Engagement(likes=said.count("likeCount")),
        in_reply_to=of.permalink,
    )  # fmt: skip


def _items(page: Data, what: str) -> list[Data]:
    """The items of a page. Raises BadData when there is no list: that is no empty channel."""
    if not isinstance(page.at("items").value, list):
        raise BadData(f"YouTube sent no list of {what}")
    return page.each("items")


def _is_public(item: Data) -> bool:
    return item.text("status", "privacyStatus") in {"", "public"}


def _picture(thumbnails: Data) -> str:
    return next(filter(None, (thumbnails.web(size, "url") for size in _PICTURES)), "")


def _length(item: Data) -> int | None:
    """Seconds from ISO 8601, ``PT3M20S``; a stream that is still to come is ``P0D``."""
    found = _LENGTH.fullmatch(item.text("contentDetails", "duration"))
    parts: dict[str, Any] = (
        {name: int(value or 0) for name, value in found.groupdict().items()} if found else {}
    )
    return int(timedelta(**parts).total_seconds()) or None


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for tag in tags:
        name = tag.lstrip("#").strip()
        if name:
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _refuse_what_is_no_feed(response: Response) -> None:
    """Raises PlatformError.

    YouTube answers 404 and 500 for feeds of channels that are there, in waves of
    hours or days: https://github.com/FreshRSS/FreshRSS/issues/8808. So neither says
    that a channel is gone.
    """
    status = response.status
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        words = f"status {status} for its feed, as at times for channels that are there"
        raise apis.refusal(response, "YouTube", Cause.TRANSIENT, words)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or (
        status < HTTPStatus.BAD_REQUEST and feeds.is_page(response.body)
    ):
        raise apis.refusal(response, "YouTube", Cause.BLOCKED, "a web page or nothing instead of its feed")
    if status >= HTTPStatus.BAD_REQUEST:
        raise apis.refusal(response, "YouTube")


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"error": {"errors": [{"reason": …}]}}``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    reasons = _reasons(said)
    cause = next((_CAUSES[reason] for reason in reasons if reason in _CAUSES), None)
    if cause is None and response.status == HTTPStatus.UNAUTHORIZED:  # a key does not end by itself
        cause = Cause.AUTH_DEAD
    error = apis.refusal(response, "YouTube", cause, said.text("error", "message"))
    if not _OF_THE_DAY.isdisjoint(reasons):
        error.retry_at = _midnight(response.at)
    raise error


def _reasons(said: Data | None) -> list[str]:
    if said is None:
        return []
    error = said.at("error")
    return [each.text("reason") for each in (*error.each("errors"), *error.each("details"))]


def _midnight(now: datetime) -> datetime:
    """When the day's quota is new."""
    tomorrow = now.astimezone(_QUOTA_DAY) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


CONNECTOR: type[Connector] = YouTube
