"""Mastodon, and every server that speaks its API: GoToSocial, Pleroma, Hollo, Pixelfed.

You need the name of the account and its server. Most servers show public posts
without a token; for those that do not (GoToSocial always), make an application
under Preferences, Development, with the rights read:accounts and read:statuses, and
copy its access token. It does not end.

You get the account's public posts, or those with a ``hashtag`` that its server
knows of: text, pictures with their descriptions, films, polls, hashtags, mentions,
counts, and what was answered to the newest posts. Edits and deletions are seen
once a day.

You do not get boosts, posts for followers, or pictures that their author marked as
sensitive.

    [[source]]
    name = "larkwood-mastodon"
    connector = "mastodon"
    server = "https://social.example"
    account = "larkwood"
    # hashtag = "larkwood"                 # collect a hashtag instead of an account
    # token = "env:LARKWOOD_MASTODON"      # if the server asks for one
    # replies = false                      # leave out what others answered
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from http import HTTPStatus
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, MediaType, Post, Secret, Terms

_PAGE = 40  # statuses; the most that Mastodon gives
_PAGES = 5
_THREADS = 5  # of the newest posts with replies; each costs a request
_MEDIA: Mapping[str, MediaType] = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_PUBLIC = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class Mastodon:
    """One account, or one hashtag, as a server shows it."""

    server: str
    account: str = ""
    hashtag: str = ""
    token: Secret | None = None
    replies: bool = True
    network: ClassVar[str] = "mastodon"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a server, such as https://social.example")
        if bool(self.account) == bool(self.hashtag):
            raise ValueError("account or hashtag must be given, and not both")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the statuses after the newest that we know; without ``since``, for the last 200.

        ``since`` is ``{"id": …, "newest": …}``, so that a quiet account costs one request.
        """
        known = json.loads(since) if since else {}
        identity = self.hashtag or known.get("id") or (yield from self._look_up())
        posts, rejected, window = yield from self._statuses(source, identity, known.get("newest", ""))
        replies, threads, notes = yield from self._replies(source, posts)
        newest = max((post.id for post in posts), key=_age, default=known.get("newest", ""))
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps({"id": identity, "newest": newest}),
            window=None if since else window,
            threads=tuple(threads),
        )

    def _look_up(self) -> Generator[Request, Response, str]:
        response = yield self._ask("accounts/lookup", acct=self.account.removeprefix("@"))
        return _checked(response).need("id")

    def _statuses(self, source: str, identity: str, newest: str) -> Generator[Request, Response, _Statuses]:
        if self.hashtag:
            request = self._ask(
                f"timelines/tag/{identity.removeprefix('#')}", limit=_PAGE, since_id=newest or None
            )
        else:
            request = self._ask(
                f"accounts/{identity}/statuses",
                limit=_PAGE, exclude_replies="true", exclude_reblogs="true", since_id=newest or None,
            )  # fmt: skip
        posts: list[Post] = []
        rejected: list[str] = []
        for _ in range(_PAGES):
            response = yield request
            page = _items(_checked(response), "posts")
            found, refused = apis.listed(page, lambda item: _post(item, source), "status")
            posts += found
            rejected += refused
            following = apis.link_to_next(response)
            if not following and len(page) >= _PAGE:
                break  # a full page names the next one, be that empty
            if not following or not page:
                return posts, rejected, EVER
            request = apis.get(following, token=self.token)
        return posts, rejected, min((post.published for post in posts if post.published), default=None)

    def _replies(self, source: str, posts: list[Post]) -> Generator[Request, Response, _Replies]:
        """What was answered to the newest posts, as far as their counts say that there is anything."""
        replies: list[Post] = []
        threads: list[str] = []
        answered = [post for post in posts if post.engagement.comments] if self.replies else []
        for post in answered[:_THREADS]:
            try:
                context = _checked((yield self._ask(f"statuses/{post.id}/context")))
                descendants = _items(context.at("descendants"), "replies")
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return replies, threads, [f"replies cannot be read: {error}"]
            where = {post.id: post.permalink}
            for item in descendants:
                reply = _reply(item, source, where)
                if reply:
                    replies.append(reply)
            threads.append(post.permalink)
        return replies, threads, []

    def _ask(self, path: str, **query: object) -> Request:
        return apis.get(f"{self.server.rstrip('/')}/api/v1/{path}", query, token=self.token)


_Statuses = tuple[list[Post], list[str], datetime | None]
_Replies = tuple[list[Post], list[str], list[str]]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"error": "…"}``, and its status."""
    said = apis.refused(response)
    if said is not None:
        cause = (
            Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None
        )  # its tokens do not end
        raise apis.refusal(response, "Mastodon", cause, said.text("error_description") or said.text("error"))
    return apis.read(response)


def _items(said: Data, what: str) -> list[Data]:
    """The items of a list. Raises BadData when it is none: that is no empty account."""
    if not isinstance(said.value, list):
        raise BadData(f"Mastodon sent no list of {what}")
    return said.each()


def _post(item: Data, source: str) -> Post | None:
    if item.text("visibility") not in _PUBLIC or item.at("reblog"):
        return None
    identity = item.need("id")
    permalink = item.web("url") or item.web("uri")
    html = text.clean(item.text("content") + _poll(item.at("poll")), permalink)
    media = () if item.flag("sensitive") else tuple(filter(None, map(_media, item.each("media_attachments"))))
    body = text.plain(html)
    title = text.line(item.text("spoiler_text"))
    if not (body or title or media):
        raise BadData("it has neither text nor picture")
    lang = text.language(item.text("language"))
    return Post(
        id=identity,
        source=source,
        kind=_kind(item, media),
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(body, lang),
        author=_author(item.at("account"), permalink),
        published=item.moment("created_at"),
        updated=item.moment("edited_at"),
        media=media,
        engagement=Engagement(
            likes=item.count("favourites_count"),
            comments=item.count("replies_count"),
            shares=item.count("reblogs_count"),
        ),
        tags=tuple(filter(None, (text.line(tag.text("name")) for tag in item.each("tags")))),
        mentions=tuple(_handle(one, permalink) for one in item.each("mentions")),
        quote_of=item.web("quote", "quoted_status", "url"),
    )


def _reply(item: Data, source: str, where: dict[str, str]) -> Post | None:
    """A reply as a post; ``where`` has the permalinks of all that came before it in its thread."""
    try:
        post = _post(item, source)
    except BadData:
        return None
    thread = where.get(item.text("in_reply_to_id"), "")
    if post is None or not thread:
        return None
    where[post.id] = thread  # a reply to a reply belongs to the same post of ours
    return replace(post, kind=Kind.REPLY, in_reply_to=thread)


def _kind(item: Data, media: tuple[Media, ...]) -> Kind:
    types = {one.type for one in media}
    if item.at("poll"):
        return Kind.QUESTION
    return Kind.VIDEO if "video" in types else Kind.PHOTO if "image" in types else Kind.NOTE


def _media(item: Data) -> Media | None:
    kind = _MEDIA.get(item.text("type"))
    url = item.web("url") or item.web("remote_url")
    if kind is None or not url:
        return None
    size = item.at("meta", "original")
    preview = item.web("preview_url")
    return Media(
        kind,
        url,
        alt=text.line(item.text("description")),
        width=size.size("width"),
        height=size.size("height"),
        duration=size.size("duration"),
        poster=preview if kind != "image" and preview != url else "",
    )


def _poll(poll: Data) -> str:
    options = [text.line(option.text("title")) for option in poll.each("options")]
    return "<ul>" + "".join(f"<li>{escape(option)}</li>" for option in options) + "</ul>" if options else ""


def _author(account: Data, permalink: str) -> Author:
    name = text.line(account.text("display_name")) or text.line(account.text("username"))
    return Author(name, _handle(account, permalink), account.web("url"), account.web("avatar"))


def _handle(account: Data, permalink: str) -> str:
    """The whole handle: servers shorten those of their own accounts."""
    acct = text.line(account.text("acct"))
    host = urls.host(account.web("url")) or urls.host(permalink)
    return f"@{acct}" if "@" in acct or not host else f"@{acct}@{host}"


def _age(identity: str) -> tuple[int, str]:
    """Ids grow with time: numbers of Mastodon by length first, ULIDs of GoToSocial are all of one length."""
    return len(identity), identity


CONNECTOR: type[Connector] = Mastodon
