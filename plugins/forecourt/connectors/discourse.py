"""Discourse: a forum's topics, those of a category or of a tag.

You need the forum's address. Public topics need no key. For a forum that wants its
readers to log in, make a key under Admin, API, Keys, for a single user and with the
granular right to read topics, and name that user in ``account``. It does not end
unless someone revokes it.

You get the newest topics, a forum's answers to them (the first twenty of each), their
authors, pictures, tags, and how often they were seen and liked. Each topic costs a
request and forums count them, so that eighteen are read at a time, and a forum's
older ones by and by. Edits, answers and deletions are seen once a day among the newest.

You do not get private messages, hidden topics, or answers that were hidden or taken
back.

    [[source]]
    name = "larkwood-discourse"
    connector = "discourse"
    server = "https://forum.larkwood.example"
    # category = "announcements/5"            # as its address says it after /c/
    # tag = "repairs"                         # collect a tag
    # kind = "question"                       # if all topics are questions; "article" otherwise
    # account = "hub"                         # the user that the key is for
    # token = "env:LARKWOOD_DISCOURSE_TOKEN"
    # replies = false                         # leave out the answers
    # site = "https://larkwood.example/forum" # where visitors find the forum, if not at server
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape, unescape
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.config import nearest
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms
from forecourt.talk import Rejection

_TOPICS = 18  # a poll; with the list 19 requests, of the 20 that a forum allows in ten seconds
_WAITING = 60  # topics that wait for the next polls
_AVATAR = "240"  # pixels
_REGULAR = 1  # the type of a post that a person wrote; others say that a topic was closed, moved, …
_LIKE = 2  # among the actions on a post
_SMALLEST = 60  # pixels; smaller pictures in a post are icons
_KEY_IS_INVALID = "key is invalid"  # status and type are those of a topic that one may not read
_CATEGORY = re.compile(r"[^?#\s]+")

_MENTION = re.compile(r'<a class="mention"[^<>]*>(@[\w.-]+)</a>')
_IMG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_CLASS = re.compile(r"""\bclass\s*=\s*["']([^"']*)["']""")
_LATER = re.compile(r"""\sdata-(?:orig-)?src\s*=\s*(["'])(.*?)\1""")
_SRC = re.compile(r"""\ssrc\s*=\s*(["']).*?\1""")
_ALT = re.compile(r"""\salt\s*=\s*(["'])(.*?)\1""")
# The size of the file, below each larger picture. It stops at the next <div>: without end tags, a document full
# of these would take quadratic time.
_SIZES = re.compile(r'<div class="meta">(?:(?!</?div).)*</div>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Discourse:
    """The topics of one forum, or of one of its categories or tags."""

    server: str
    category: str = ""
    tag: str = ""
    kind: str = "article"
    account: str = ""
    token: Secret | None = None
    replies: bool = True
    site: str = ""
    network: ClassVar[str] = "discourse"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a forum, such as https://forum.example")
        if self.site and not urls.absolute(self.site):
            raise ValueError("site must be a full address, beginning with https://")
        if self.category and self.tag:
            raise ValueError("category or tag may be given, and not both")
        if not _CATEGORY.fullmatch(self.category or self.tag or "-"):
            raise ValueError('category and tag must be as addresses say them, such as "announcements/5"')
        if self.kind not in set(Kind):
            raise ValueError(f'kind "{self.kind}" is not known; {nearest(self.kind, Kind)}')
        if self.token and not self.account:
            raise ValueError("account must name the user that the token was made for")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the list, and for each topic that is newer than what we know or waits to be read.

        ``since`` is ``{"newest": …, "waiting": […]}``, so that a quiet forum costs one request.
        """
        known = json.loads(since) if since else {}
        newest, waiting = known.get("newest", 0), known.get("waiting", [])
        listed, is_all = _listed(_checked((yield self._ask(self._list()))))
        fresh = [identity for identity in listed if identity > newest]
        queue = list(dict.fromkeys([*fresh, *waiting]))
        topics = yield from self._topics(source, queue)
        left = [*queue[topics.read :], *topics.failed][:_WAITING]
        return Batch(
            (*topics.posts, *topics.replies),
            rejected=tuple(topics.rejected),
            notes=tuple(topics.notes),
            since=json.dumps({"newest": max([newest, *listed]), "waiting": left}),
            window=None if since or topics.notes else EVER if is_all and not left else topics.oldest,
            threads=tuple(topics.threads),
        )

    def _list(self) -> str:
        if self.category:
            return f"c/{self.category.strip('/')}.json"
        return f"tag/{self.tag.strip('/')}.json" if self.tag else "latest.json"

    def _topics(self, source: str, queue: list[int]) -> Generator[Request, Response, _Topics]:
        topics = _Topics()
        for identity in queue[:_TOPICS]:
            response = yield self._ask(f"t/{identity}.json")
            try:
                topic = _checked(response)
            except (BadData, PlatformError) as error:
                if error.cause in {Cause.TRANSIENT, Cause.BAD_DATA}:
                    topics.failed.append(identity)
                    topics.notes.append(f"topic {identity} waits for the next run: {error}")
                elif error.cause is Cause.RATE_LIMITED and topics.read:
                    topics.notes.append(f"{len(queue) - topics.read} topics wait for the next run: {error}")
                    break
                elif error.cause not in {Cause.PERMISSION, Cause.NOT_FOUND}:
                    raise
                # else it was taken away since the list was made, or is not for us
            else:
                try:
                    self._read(topic, source, topics)
                except BadData as error:
                    topics.rejected.append(Rejection(f"topic {identity}: {error}", [str(identity)]))
            topics.read += 1
        return topics

    def _read(self, topic: Data, source: str, topics: _Topics) -> None:
        if topic.at("visible").value is False or topic.text("archetype") not in {"regular", ""}:
            return
        first, *others = topic.each("post_stream", "posts") or [Data(None)]
        where = f"t/{topic.text('slug') or '-'}/{topic.need('id')}"
        permalink = urls.absolute(f"{(self.site or self.server).rstrip('/')}/{where}")
        base = f"{self.server.rstrip('/')}/{where}"
        topics.posts.append(_post(topic, first, source, permalink, base, Kind(self.kind)))
        if not self.replies:
            return
        found, _ = apis.listed(others, lambda item: _reply(item, source, permalink, base), "answer")
        topics.replies += found
        if len(topic.each("post_stream", "stream")) <= len(others) + 1:
            topics.threads.append(permalink)

    def _ask(self, path: str) -> Request:
        # The newest topics first, whatever was said in them last; without the one that describes the category.
        query = {"order": "created", "no_definitions": "true"} if not path.startswith("t/") else None
        headers = {"Api-Key": self.token.reveal(), "Api-Username": self.account} if self.token else None
        return apis.get(f"{self.server.rstrip('/')}/{path}", query, headers=headers)


@dataclass(slots=True)
class _Topics:
    """What was read of the topics, one after the other."""

    posts: list[Post] = field(default_factory=list)
    replies: list[Post] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    read: int = 0

    @property
    def oldest(self) -> datetime | None:
        return min((post.published for post in self.posts if post.published), default=None)


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError: ``{"errors": […], "error_type": …}``, and for 429 how long to wait."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    words = " ".join(said.texts("errors"))
    cause = Cause.AUTH_DEAD if response.status in {401, 403} and _KEY_IS_INVALID in words.lower() else None
    cause = Cause.RATE_LIMITED if said.text("error_type") == "rate_limit" else cause
    refusal = apis.refusal(response, "Discourse", cause, words)
    seconds = said.number("extras", "wait_seconds")
    if refusal.cause is Cause.RATE_LIMITED and refusal.retry_at is None and seconds and seconds > 0:
        refusal.retry_at = response.at + timedelta(seconds=min(seconds, 90_000))
    raise refusal


def _listed(said: Data) -> tuple[list[int], bool]:
    """The numbers of the topics of a list, the newest first, and whether it has them all."""
    topics = said.at("topic_list", "topics")
    if not isinstance(topics.value, list):
        raise BadData("the list of topics has no topics")
    shown = [one for one in topics.each() if one.at("visible").value is not False]
    numbers = {number for one in shown if (number := one.count("id"))}
    return sorted(numbers, reverse=True), not said.text("topic_list", "more_topics_url")


def _post(topic: Data, first: Data, source: str, permalink: str, base: str, kind: Kind) -> Post:
    """The topic; ``base`` is its address at the server, which may differ from the visitors'."""
    if first.count("post_number") != 1:
        raise BadData("its first post is missing")
    html, body = apis.written(_readable(first.text("cooked")), base)
    title = text.line(unescape(topic.text("title")))
    posts = topic.count("posts_count")
    return Post(
        id=topic.need("id"),
        source=source,
        kind=kind,
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        dir=text.direction(f"{title} {body}"),
        author=_author(first, permalink, base),
        published=first.moment("created_at") or topic.moment("created_at"),
        updated=_edited(first),
        media=_media(html, topic.web("image_url", base=base)),
        engagement=Engagement(
            likes=_likes(first), comments=posts - 1 if posts else None, views=topic.count("views")
        ),
        tags=_tags(topic),
        mentions=tuple(dict.fromkeys(_MENTION.findall(first.text("cooked")))),
    )


def _reply(item: Data, source: str, permalink: str, base: str) -> Post | None:
    gone = item.has("deleted_at") or item.flag("user_deleted") or item.flag("hidden")
    if gone or item.count("post_type") != _REGULAR:
        return None
    address = f"{permalink}/{item.need('post_number')}"
    html, body = apis.written(_readable(item.text("cooked")), base)
    if not body and not text.images(html):
        return None
    return Post(
        id=f"post-{item.need('id')}",
        source=source,
        kind=Kind.REPLY,
        permalink=urls.absolute(address),
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item, permalink, base),
        published=item.moment("created_at"),
        updated=_edited(item),
        media=_media(html),
        engagement=Engagement(likes=_likes(item)),
        in_reply_to=permalink,
    )


def _readable(cooked: str) -> str:
    """The post without what its forum's scripts would have made something of.

    Emoji are pictures there and stay as their names; pictures that come late
    keep their address elsewhere; small ones are faces and icons.
    """

    def picture(tag: re.Match[str]) -> str:
        names = (_CLASS.search(tag[0]) or ["", ""])[1].split()
        if "emoji" in names:
            alt = _ALT.search(tag[0])
            return escape(unescape(alt[2])) if alt else ""
        if {"avatar", "site-icon"} & set(names):
            return ""
        later = _LATER.search(tag[0])
        return _SRC.sub("", tag[0])[:-1].rstrip("/") + f' src="{later[2]}">' if later else tag[0]

    return _IMG.sub(picture, _SIZES.sub("", cooked[: text.LONGEST]))


def _media(html: str, shown: str = "") -> tuple[Media, ...]:
    found = [Media("image", one.src, one.alt, one.width, one.height) for one in text.images(html)]
    pictures = [one for one in found if not 0 < (one.width or 0) < _SMALLEST]
    if not pictures and shown:
        pictures = [Media("image", shown)]
    return tuple({one.url: one for one in pictures}.values())


def _author(item: Data, permalink: str, base: str) -> Author:
    name, user = text.line(item.text("name")), text.line(item.text("username"))
    avatar = item.text("avatar_template").replace("{size}", _AVATAR)
    profile = urls.absolute(f"{permalink.partition('/t/')[0]}/u/{user}") if user else ""
    return Author(name or user, f"@{user}" if user else "", profile, urls.absolute(avatar, base))


def _edited(item: Data) -> datetime | None:
    """When it was last edited: the date of its last change moves with its counts, too."""
    return item.moment("updated_at") if (item.count("version") or 1) > 1 else None


def _likes(item: Data) -> int | None:
    """How many like it; one that nobody likes has no such action."""
    actions = item.at("actions_summary")
    found = [one.count("count") for one in actions.each() if one.count("id") == _LIKE]
    return found[0] if found and found[0] is not None else 0 if isinstance(actions.value, list) else None


def _tags(topic: Data) -> tuple[str, ...]:
    """Its tags: names, or objects with names since 2026."""
    names = (text.line(tag.text() or tag.text("name")).lstrip("#") for tag in topic.each("tags"))
    return tuple(dict.fromkeys(filter(None, names)))


CONNECTOR: type[Connector] = Discourse
