"""Threads: your own profile, posts that mention it, or a topic; by its terms as links, as a whole if you decide so.

You need an app at developers.facebook.com with Use cases, Access the Threads API. Under its settings add the profile
as a Threads tester, accept that on threads.com (Settings, Account, Website permissions), and generate a token with
User token generator. It takes threads_basic, and threads_read_replies for replies, threads_manage_mentions for
``mentions``, threads_keyword_search for ``hashtag``. It lives 60 days; the hub renews it every week for as long as
it is asked at least once in that time.

You get a card for each post that says who posted and when, and leads to it: Meta's documentation says that what this
API gives is for display to the person who wrote it, and nothing of it is asked for or kept. With ``whole`` you decide
otherwise for the posts of your own profile, and get their text, pictures with descriptions, films, polls, links,
mentions, topics, and the replies to the newest ones. ``mentions`` and ``hashtag`` collect links to posts of others.

You do not get reposts, replies that were hidden, pictures behind a spoiler, or counts, for which Threads wants a
question for each post.

    [[source]]
    name = "larkwood-threads"
    connector = "threads"
    token = "env:LARKWOOD_THREADS_TOKEN"
    # whole = true                         # show the posts themselves, not only links to them
    # replies = false                      # with whole: leave out what others replied
    # mentions = true                      # links to posts that mention you, instead of your own posts
    # hashtag = "repair"                   # links to posts with a topic, instead of your own posts
    # server = "https://graph.threads.net"
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data, meta
from forecourt.connectors import Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData
from forecourt.model import Author, Kind, Media, Post, Secret, Terms

_NAME = "Threads"
_VERSION = "v1.0"
_PERSON = "https://www.threads.net/@{}"
_PAGE = 100  # from memory, to be checked: the most that it gives
_PAGES = 5
_OF_A_LINK = "id,media_type,permalink,username,timestamp,shortcode"
_PARTS = "media_type,media_url,thumbnail_url,alt_text"
_FIELDS = (
    f"{_OF_A_LINK},{_PARTS},text,gif_url,children{{id,{_PARTS}}},is_quote_post,quoted_post,has_replies,"
    "link_attachment_url,poll_attachment{option_a,option_b,option_c,option_d},topic_tag,is_spoiler_media"
)
_OF_A_REPLY = f"{_FIELDS},hide_status"
_OF_A_PROFILE = "id,username,name,threads_profile_picture_url"
_NOBODY = "Threads user"
_SHOWN = frozenset({"NOT_HUSHED", "UNHUSHED"})


@dataclass(frozen=True, slots=True)
class Threads:
    """One profile."""

    token: Secret | None = None
    whole: bool = False
    replies: bool = True
    mentions: bool = False
    hashtag: str = ""
    server: str = "https://graph.threads.net"
    network: ClassVar[str] = "threads"
    terms: ClassVar[Terms] = Terms(
        syndicate=False,
        note="Meta's documentation of the Threads API says that what it gives is for display to the person who"
        " wrote it; links are shown unless the source says whole = true.",
    )
    renew_every: ClassVar[timedelta | None] = timedelta(days=7)
    token_life: ClassVar[timedelta | None] = timedelta(days=60)

    def __post_init__(self) -> None:
        if self.mentions and self.hashtag:
            raise ValueError("mentions and hashtag are two sources: give each a [[source]] of its own")
        if self.whole and self._of_others:
            raise ValueError("whole is for your own posts; of those of others Threads allows links")
        if self.token is None:
            raise ValueError('token must be given, as in token = "env:LARKWOOD_THREADS_TOKEN"')

    @property
    def renews(self) -> bool:
        """The token renews itself, as long as it lives."""
        return self.token is not None

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for sixty days more. Threads gives them to a token that is a day old and has not ended."""
        token = grant.token if grant else self.token
        values = {"grant_type": "th_refresh_token", "access_token": token.reveal() if token else None}
        request = apis.get(f"{self.server.rstrip('/')}/refresh_access_token", values)
        return (yield from meta.renewed(request, _NAME, grant))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for what is newer than the newest that we know; without ``since``, for the last 500 posts."""
        known = meta.Known.read(since) if since else (yield from self._look_up())
        seen = yield from meta.walk(
            lambda after: self._request(known, after), _NAME, _PAGES, "timestamp", known.newest
        )
        make = _post if self.whole else _link
        author = Author(_NOBODY) if self._of_others else known.author
        posts, rejected = apis.listed(seen.items, lambda item: make(item, source, author), "post")
        posts = _quoting(list({post.id: post for post in posts}.values()), seen.items)
        answered = {item.text("id") for item in seen.items if item.flag("has_replies")}
        wanted = self.whole and self.replies and not seen.busy
        replies, threads, notes = yield from meta.answers(
            [post for post in posts if wanted and post.id in answered],
            self._replies,
            lambda item, post: _reply(item, post, known.author),
            _NAME,
        )
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=known.after(seen, posts),
            window=None if since or self.hashtag else seen.window(posts),
            threads=tuple(threads),
        )

    def _look_up(self) -> Generator[Request, Response, meta.Known]:
        said = meta.checked((yield self._ask("me", fields=_OF_A_PROFILE)), _NAME)
        handle = text.line(said.need("username"))
        avatar = said.web("threads_profile_picture_url") if self.whole else ""
        name = text.line(said.text("name")) or handle
        author = Author(name, f"@{handle}", urls.absolute(_PERSON.format(handle)), avatar)
        return meta.Known(meta.number(said), author)

    def _request(self, known: meta.Known, after: str | None) -> Request:
        asked = {
            "fields": _FIELDS if self.whole else _OF_A_LINK,
            "limit": _PAGE,
            "since": known.since,
            "after": after,
        }
        if self.hashtag:
            topic = {"q": self.hashtag.removeprefix("#"), "search_type": "RECENT", "search_mode": "TAG"}
            return self._ask("keyword_search", **topic, **asked)
        return self._ask("me/mentions" if self.mentions else "me/threads", **asked)

    def _replies(self, post: Post) -> Request:
        return self._ask(f"{post.id}/conversation", fields=_OF_A_REPLY, reverse="false", limit=_PAGE)

    @property
    def _of_others(self) -> bool:
        return self.mentions or bool(self.hashtag)

    def _ask(self, path: str, **query: object) -> Request:
        return apis.get(f"{self.server.rstrip('/')}/{_VERSION}/{path}", query, token=self.token)


def _link(item: Data, source: str, account: Author) -> Post | None:
    """Who and when, and where to read it: nothing of the post itself."""
    if item.text("media_type") == "REPOST_FACADE":
        return None
    return Post(
        id=meta.number(item),
        source=source,
        kind=Kind.NOTE,
        permalink=_permalink(item),
        author=_author(item, account),
        published=item.moment("timestamp"),
    )


def _post(item: Data, source: str, account: Author) -> Post | None:
    post = _link(item, source, account)
    if post is None:
        return None
    plain = item.text("text")
    marks = (*apis.addresses(plain), *meta.people(plain, _PERSON))
    markup = apis.marked(plain, marks) + _poll(item.at("poll_attachment")) + _attached(item, plain)
    html, body = apis.written(markup, post.permalink)
    parts = item.each("children", "data") or [item]
    media = () if item.flag("is_spoiler_media") else tuple(one for part in parts for one in _media(part))
    if not (body or media):
        raise BadData("it has neither text nor picture")
    topic = text.line(item.text("topic_tag")).lstrip("#")
    return replace(
        post,
        kind=Kind.QUESTION if item.at("poll_attachment") else _kind(media),
        html=html,
        text=body,
        dir=text.direction(body),
        media=media,
        tags=tuple(dict.fromkeys(filter(None, (topic, *text.hashtags(plain))))),
        mentions=meta.handles(plain),
        quote_of=item.web("quoted_post", "permalink"),
    )


def _reply(item: Data, post: Post, account: Author) -> list[Post]:
    """A reply, unless it was hidden; the conversation is flat, and one to a reply belongs to our post, too."""
    if item.text("hide_status") not in _SHOWN:
        return []
    reply = _post(item, post.source, account)
    if reply is None:
        return []
    author = reply.author if item.text("username") else Author(_NOBODY)
    return [replace(reply, kind=Kind.REPLY, author=author, in_reply_to=post.permalink)]


def _permalink(item: Data) -> str:
    """Threads leaves it out where it looks into a copyright; the post is there all the same."""
    name, code = item.text("username"), item.text("shortcode")
    otherwise = urls.absolute(f"{_PERSON.format(name)}/post/{code}") if name and code else ""
    permalink = item.web("permalink") or otherwise
    if not permalink:
        raise BadData("it has no permalink")
    return permalink


def _author(item: Data, account: Author) -> Author:
    handle = text.line(item.text("username"))
    if not handle or f"@{handle}" == account.handle:
        return account
    return Author(handle, f"@{handle}", urls.absolute(_PERSON.format(handle)))


def _quoting(posts: list[Post], items: list[Data]) -> list[Post]:
    """The posts, with where to find what they quote of their own; of other quotes Threads tells an id and no more."""
    quoted = {item.text("id"): item.text("quoted_post", "id") for item in items if item.flag("is_quote_post")}
    addresses = {post.id: post.permalink for post in posts}
    return [
        replace(post, quote_of=post.quote_of or addresses.get(quoted.get(post.id, ""), ""))
        if post.text or post.media
        else post
        for post in posts
    ]


def _kind(media: tuple[Media, ...]) -> Kind:
    first = media[0].type if media else ""
    return {"image": Kind.PHOTO, "video": Kind.VIDEO}.get(first, Kind.NOTE)


def _media(item: Data) -> list[Media]:
    address, still = item.web("media_url"), item.web("thumbnail_url")
    alt = text.line(item.text("alt_text"))
    kind = item.text("media_type")
    found = []
    if kind == "VIDEO" and address:
        found.append(Media("video", address, alt=alt, poster=still))
    elif kind == "AUDIO" and address:
        found.append(Media("audio", address, alt=alt))
    elif kind in {"IMAGE", "VIDEO"} and (address or still):
        found.append(Media("image", address or still, alt=alt))
    if gif := item.web("gif_url"):
        found.append(Media("image", gif, alt=alt))
    return found


def _poll(poll: Data) -> str:
    options = [text.line(poll.text(f"option_{letter}")) for letter in "abcd"]
    return (
        "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in options if one) + "</ul>"
        if any(options)
        else ""
    )


def _attached(item: Data, plain: str) -> str:
    """The page that a preview shows below the text, unless its address stands there already."""
    address = item.web("link_attachment_url")
    if not address or address.rstrip("/") in plain:
        return ""
    return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'


CONNECTOR: type[Connector] = Threads
