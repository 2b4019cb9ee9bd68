"""Bluesky: an account's posts, or what others say with a hashtag or to the account.

You need the handle of the account; its posts are public and take no token. Write its
did (did:plc:…, at the foot of the account's profile in many apps) in the handle's place
if the handle may change one day. To collect a ``hashtag`` or ``mentions`` Bluesky wants
somebody who has logged in: make an app password under Settings, Privacy and security,
App passwords, never the account's own password. It lives until it is revoked there; the
session behind it is renewed by itself.

You get posts with their links, hashtags and mentions, pictures with their descriptions,
films, link cards, quotes, counts, threads of the account's own, and what was answered
to the newest posts. New answers and deletions among the newest posts are seen at the
next fetch, those among an account's others once a day.

You do not get reposts, answers that the account has hidden, what others wrote where
anybody has put a warning on it, and nothing of an author who asks not to be shown to
people without an account. Pictures with a warning are left out.

    [[source]]
    name = "larkwood-bluesky"
    connector = "bluesky"
    account = "larkwood.example"
    # hashtag = "larkwood"                       # collect a hashtag instead of an account
    # mentions = true                            # collect what mentions the account
    # replies = false                            # leave out what others answered
    # identifier = "larkwood.example"            # who logs in, for hashtag and mentions
    # password = "env:LARKWOOD_BLUESKY_SECRET"   # an app password of theirs
    # token = "env:LARKWOOD_BLUESKY_TOKEN"       # of a session; leave it out, a password gets one
    # login = "https://pds.example"              # the account's server, if it is not Bluesky's
    # server = "https://appview.example"         # who is asked without a session
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from http import HTTPStatus
from itertools import accumulate
from typing import ClassVar
from urllib.parse import quote, urlencode

from forecourt import apis, text, urls
from forecourt.apis import Data, Mark
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms
from forecourt.talk import Rejection

_PAGE = 100  # posts; the most that Bluesky gives
_PAGES = 5
_SEEN = 50  # of the newest posts, which are known again at the next poll
_AT_ONCE = 25  # posts that getPosts may be asked for
_THREADS = 5  # of the newest posts with new replies; each costs a request
_DEPTH = 10
_REPLIES = 100  # of one thread
_ACCESS, _REFRESH = timedelta(hours=2), timedelta(days=90)

_SITE = "https://bsky.app"
_URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]+)/app\.bsky\.feed\.post/([\w.:~-]+)", re.ASCII)

# Its author, or who watches over the network, does not want it seen by those who are not logged in.
_NEVER = frozenset({"!no-unauthenticated", "!hide", "!takedown"})
_NO_PICTURES = frozenset({"!warn", "porn", "sexual", "nudity", "graphic-media", "gore"})

_CAUSES = {
    "ExpiredToken": Cause.AUTH_EXPIRED,
    "InvalidToken": Cause.AUTH_EXPIRED,  # of another server, or signed with a key of before
    "NotFound": Cause.NOT_FOUND,
    "HandleNotFound": Cause.NOT_FOUND,
    "AccountTakedown": Cause.NOT_FOUND,
    "AccountDeactivated": Cause.NOT_FOUND,
    "BlockedActor": Cause.PERMISSION,
    "BlockedByActor": Cause.PERMISSION,
    "MethodNotImplemented": Cause.BAD_DATA,
}
_NOBODY = ("Profile not found", "Unable to resolve handle")  # InvalidRequest says which by words alone


@dataclass(frozen=True, slots=True)
class Bluesky:
    """One account, or what is said with a hashtag or to the account."""

    account: str = ""
    hashtag: str = ""
    mentions: bool = False
    replies: bool = True
    identifier: str = ""
    password: Secret | None = None
    token: Secret | None = None
    login: str = "https://bsky.social"
    server: str = "https://public.api.bsky.app"
    network: ClassVar[str] = "bluesky"
    terms: ClassVar[Terms] = Terms()
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = _ACCESS

    def __post_init__(self) -> None:
        for name in ("login", "server"):
            if not urls.absolute(getattr(self, name)):
                raise ValueError(f"{name} must be the full address of a server, such as https://pds.example")
        if bool(self.account) == bool(self.hashtag):
            raise ValueError("account or hashtag must be given, and not both")
        if self.mentions and self.hashtag:
            raise ValueError("mentions are of an account; take the hashtag away")
        if bool(self.identifier) != (self.password is not None):
            raise ValueError("password and identifier go together")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the newest posts; without ``since``, for the last 500.

        The API cannot be asked for what is new. So ``since`` is ``{"did": …, "seen": {…}}``: who the
        account is, whatever its handle is now, and the newest posts with how often each was answered.
        """
        known = json.loads(since) if since else {}
        seen: dict[str, int] = known.get("seen", {})
        did = known.get("did") or (yield from self._look_up())
        found, rejected, whole = yield from self._read(source, did, frozenset(seen))
        new = [post for post in found.values() if seen.get(post.id) != (post.engagement.comments or 0)]
        gone = yield from self._deleted(source, _missing(list(seen), found))
        replies, threads, notes = yield from self._replies(source, new)
        newest = {post.id: post.engagement.comments or 0 for post in list(found.values())[:_SEEN]}
        return Batch(
            (*new, *(reply for reply in replies if reply.id not in found)),
            gone=tuple(gone),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps({"did": did, "seen": newest}),
            window=None if since or self._searches else EVER if whole else _oldest(found.values()),
            threads=tuple(threads),
        )

    @property
    def renews(self) -> bool:
        """Whether there is an app password to begin a session with."""
        return bool(self.password and self.password.reveal())

    def renew(self, grant: Grant | None) -> Renewal:
        """Go on with the session; begin another when that ended."""
        if grant and grant.refresh:
            # A body, be it empty JSON, is refused here.
            asked = replace(apis.get(self._at("refreshSession"), token=grant.refresh), method="POST")
            try:
                return _granted((yield asked))
            except PlatformError as error:
                if error.cause not in {Cause.AUTH_EXPIRED, Cause.AUTH_DEAD}:
                    raise
        password = self.password.reveal() if self.password else ""
        response = yield apis.post(
            self._at("createSession"), {"identifier": self.identifier, "password": password}
        )
        return _granted(response)

    @property
    def _searches(self) -> bool:
        return bool(self.hashtag) or self.mentions

    def _look_up(self) -> Generator[Request, Response, str]:
        if self.hashtag or self.account.startswith("did:"):
            return self.account
        request = self._ask("com.atproto.identity.resolveHandle", handle=self._handle)
        return _checked((yield request)).need("did")

    def _read(self, source: str, did: str, seen: frozenset[str]) -> Generator[Request, Response, _Found]:
        """The posts by their id, newest first; what was rejected; whether that was all there is."""
        found: dict[str, Post] = {}
        rejected: list[str] = []
        cursor = ""
        for _ in range(_PAGES):
            answer, items = self._page((yield self._newest(did, cursor)))
            posts, refused = apis.listed(items, lambda item: self._post(item, source, did), "post")
            found |= {post.id: post for post in posts if post.id not in found}
            rejected += refused
            if items and not found and "!no-unauthenticated" in _labels(items[0].at("post")):
                # With no marks: what it does not want shown is gone, like all else that is missing.
                rejected.append(Rejection("the account asks not to be shown to people without an account"))
            before, cursor = cursor, answer.text("cursor")
            if not cursor:
                return found, rejected, True
            if cursor == before or seen & found.keys():
                break
        return found, rejected, False

    def _newest(self, did: str, cursor: str) -> Request:
        if not self._searches:
            return self._ask(
                "app.bsky.feed.getAuthorFeed",
                actor=did, limit=_PAGE, filter="posts_and_author_threads", cursor=cursor or None,
            )  # fmt: skip
        tag = self.hashtag.removeprefix("#")
        words = {"q": f"#{tag}", "tag": tag} if tag else {"q": f"@{self._handle}", "mentions": did}
        return self._ask(
            "app.bsky.feed.searchPosts", **words, sort="latest", limit=_PAGE, cursor=cursor or None
        )

    @property
    def _handle(self) -> str:
        return self.account.removeprefix("@")

    def _page(self, response: Response) -> tuple[Data, list[Data]]:
        """An answer and its items. Raises PlatformError and BadData."""
        if (
            self._searches and not self.token and response.status == HTTPStatus.FORBIDDEN
        ):  # Forbidden, by JSON or a page
            said = "searching is for those who have logged in; give identifier and password"
            raise apis.refusal(response, "Bluesky", Cause.PERMISSION, said)
        answer = _checked(response)
        name = "posts" if self._searches else "feed"
        if not isinstance(answer.at(name).value, list):
            raise BadData(f"{urls.host(response.url)} sent no list of posts")
        return answer, answer.each(name)

    def _post(self, item: Data, source: str, did: str) -> Post | None:
        """A post of the account, or one that somebody said of it. None for what is no business of ours."""
        if self._searches:
            post = _of_others(item, source)
            return None if post and self.mentions and post.id.startswith(f"at://{did}/") else post
        if item.text("reason", "$type").endswith("#reasonRepost"):
            return None
        view = item.at("post")
        post = _post(view, source)
        root = _permalink(view.text("record", "reply", "root", "uri"))
        if post is None or not root:
            return post
        own = root.rpartition("/")[0] == post.permalink.rpartition("/")[0]
        return replace(post, kind=Kind.REPLY, in_reply_to=root) if own else None

    def _deleted(self, source: str, missing: list[str]) -> Generator[Request, Response, list[str]]:
        """Those of the missing that are not there, or may no longer be shown."""
        if not missing:
            return []
        uris = urlencode([("uris", uri) for uri in missing[:_AT_ONCE]])
        answer = _checked((yield self._ask(f"app.bsky.feed.getPosts?{uris}")))
        if not isinstance(answer.at("posts").value, list):
            raise BadData("Bluesky sent no list of posts")
        there = {view.text("uri") for view in answer.each("posts") if not self._is_withdrawn(view, source)}
        return [uri for uri in missing[:_AT_ONCE] if uri not in there]

    def _is_withdrawn(self, view: Data, source: str) -> bool:
        """Whether it may no longer be shown; one that we cannot read is still there."""
        try:
            return (_of_others if self._searches else _post)(view, source) is None
        except BadData:
            return False

    def _replies(self, source: str, new: list[Post]) -> Generator[Request, Response, _Replies]:
        """What was answered to these posts, as far as their counts say that there is anything."""
        replies: dict[str, Post] = {}
        threads: list[str] = []
        asked = [post for post in new if post.engagement.comments and post.kind is not Kind.REPLY]
        for post in asked[:_THREADS] if self.replies and not self._searches else ():
            request = self._ask("app.bsky.feed.getPostThread", uri=post.id, depth=_DEPTH, parentHeight=0)
            try:
                answer = _checked((yield request))
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return [*replies.values()], threads, [f"replies cannot be read: {error}"]
            found, whole = _thread(answer, source, post)
            replies |= {reply.id: reply for reply in found}
            threads += [post.permalink] * whole
        return [*replies.values()], threads, []

    def _ask(self, method: str, **query: object) -> Request:
        """With a session, the account's server is asked, which passes it on."""
        server = self.login if self.token else self.server
        return apis.get(f"{server.rstrip('/')}/xrpc/{method}", query, token=self.token)

    def _at(self, method: str) -> str:
        return f"{self.login.rstrip('/')}/xrpc/com.atproto.server.{method}"


_Found = tuple[dict[str, Post], list[str], bool]
_Replies = tuple[list[Post], list[str], list[str]]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"error": "Name", "message": "…"}``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    name, words = said.text("error"), said.text("message")
    cause = _CAUSES.get(name)
    if response.status == HTTPStatus.UNAUTHORIZED:  # Unauthorized; an ended token is 400
        cause = Cause.AUTH_DEAD
    elif name == "InvalidRequest" and words.startswith(_NOBODY):
        cause = Cause.NOT_FOUND
    raise apis.refusal(response, "Bluesky", cause, words or name)


def _granted(response: Response) -> Grant:
    """A session as a grant; how long its tokens live stands only inside them. Raises PlatformError and BadData."""
    session = _checked(response)
    said = {
        "access_token": session.text("accessJwt"),
        "expires_in": _ACCESS.total_seconds(),
        "refresh_token": session.text("refreshJwt"),
        "refresh_token_expires_in": _REFRESH.total_seconds(),
    }
    return apis.granted(Data(said), response, None)


def _missing(seen: list[str], found: Collection[str]) -> list[str]:
    """Those of the posts seen before that are newer than one which is still there, and are not."""
    there = [number for number, uri in enumerate(seen) if uri in found]
    return [uri for uri in seen[: there[-1] if there else 0] if uri not in found]


def _oldest(posts: Collection[Post]) -> datetime | None:
    return min((post.published for post in posts if post.published), default=None)


def _thread(answer: Data, source: str, post: Post) -> tuple[list[Post], bool]:
    """What was answered to the post and to its answers, and whether that is all.

    What its author has hidden is left out, and with what is left out its answers are.
    """
    hidden = {*answer.texts("threadgate", "record", "hiddenReplies")}
    nodes = deque(answer.each("thread", "replies"))
    found: list[Post] = []
    whole = True
    while nodes and len(found) < _REPLIES:
        node = nodes.popleft()
        try:
            reply = _of_others(node.at("post"), source)
        except BadData:
            continue
        if reply and reply.id not in hidden:
            nodes.extend(node.each("replies"))
            found.append(replace(reply, kind=Kind.REPLY, in_reply_to=post.permalink))
            whole = whole and (node.has("replies") or not reply.engagement.comments)
    return found, whole and not nodes


def _of_others(view: Data, source: str) -> Post | None:
    """A post of somebody else; the hub vouches for none that carries a label, whatever it says."""
    return None if _labels(view) else _post(view, source)


def _post(view: Data, source: str) -> Post | None:
    labels = _labels(view)
    if labels & _NEVER:
        return None
    identity = view.need("uri")
    permalink = _permalink(identity)
    if not permalink:
        raise BadData("its uri is not that of a post")
    record, embed = view.at("record"), view.at("embed")
    plain = record.text("text")
    facets = list(_facets(record, plain))
    html, body = apis.written(apis.marked(plain, _marks(facets, plain)) + _card(embed, facets), permalink)
    media = () if labels & _NO_PICTURES else tuple(_media(embed))
    quoted = embed.at("record", "record") if embed.has("record", "record") else embed.at("record")
    quote_of = _permalink(quoted.text("uri")) if quoted.has("value") else ""  # else gone, blocked or detached
    if not (body or media or quote_of):
        raise BadData("it has neither text nor picture")
    lang = text.language(record.text("langs", 0))
    moments = filter(None, (record.moment("createdAt"), view.moment("indexedAt")))
    return Post(
        id=identity,
        source=source,
        kind=_kind(embed, media),
        permalink=permalink,
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(body, lang),
        author=_author(view.at("author")),
        published=min(moments, default=None),  # the first is whatever the author's program said
        media=media,
        engagement=Engagement(
            likes=view.count("likeCount"),
            comments=view.count("replyCount"),
            shares=_sum(view.count("repostCount"), view.count("quoteCount")),
        ),
        tags=_tags(record, facets),
        mentions=_mentions(facets, plain),
        in_reply_to=_permalink(record.text("reply", "parent", "uri")),
        quote_of=quote_of,
    )


def _permalink(uri: str) -> str:
    """Where people read a post; by the did, since a handle may change."""
    found = _URI.fullmatch(uri)
    return urls.absolute(f"{_SITE}/profile/{found[1]}/post/{found[2]}") if found else ""


def _labels(view: Data) -> set[str]:
    """What its author and those who watch over the network call the post or its author."""
    said = (*view.each("labels"), *view.each("author", "labels"), *view.each("record", "labels", "values"))
    return {label.text("val") for label in said if not label.flag("neg")} - {""}


@dataclass(frozen=True, slots=True)
class _Facet:
    """A stretch of a text, in code points, and what it is."""

    start: int
    end: int
    feature: Data

    @property
    def href(self) -> str:
        """Where it leads; "" where it is of a kind that we do not know."""
        if tag := self.feature.text("tag"):
            return f"{_SITE}/hashtag/{quote(tag, safe='')}"
        did = self.feature.text("did")
        return f"{_SITE}/profile/{did}" if did else self.feature.web("uri")


def _facets(record: Data, plain: str) -> Iterator[_Facet]:
    """The facets of a text. Their places are bytes of UTF-8; one inside a character is wrong."""
    sizes = (len(character.encode()) for character in plain)
    places: dict[int | None, int] = {byte: number for number, byte in enumerate(accumulate(sizes, initial=0))}
    for facet in record.each("facets"):
        first, last = facet.count("index", "byteStart"), facet.count("index", "byteEnd")
        if first in places and last in places and places[first] < places[last]:
            yield _Facet(places[first], places[last], facet.at("features", 0))


def _marks(facets: list[_Facet], plain: str) -> list[Mark]:
    """A link for each facet, and for addresses where there is none: old programs wrote no facets."""
    marks = [Mark(facet.start, facet.end, facet.href) for facet in facets]
    return marks + [
        mark
        for mark in apis.addresses(plain)
        if all(mark.end <= facet.start or mark.start >= facet.end for facet in facets)
    ]


def _card(embed: Data, facets: list[_Facet]) -> str:
    """The link of a link card, unless the text has it already."""
    card = _inner(embed).at("external")
    address, title = card.web("uri"), text.line(card.text("title"))
    if not address or address in {facet.href for facet in facets}:
        return ""
    return f'<p><a href="{escape(address)}">{escape(title or urls.host(address))}</a></p>'


def _inner(embed: Data) -> Data:
    """What is shown beside a text; a quote may stand beside that."""
    return embed.at("media") if embed.has("media") else embed


def _media(embed: Data) -> Iterator[Media]:
    shown = _inner(embed)
    if film := shown.web("playlist"):
        width, height = _size(shown)
        alt = text.line(shown.text("alt"))
        yield Media("video", film, alt, width, height, poster=shown.web("thumbnail"))
    for image in (*shown.each("images"), *shown.each("items")):  # "items" of a gallery
        if url := image.web("fullsize"):
            yield Media("image", url, text.line(image.text("alt")), *_size(image))
    if thumb := shown.web("external", "thumb"):
        yield Media("image", thumb)


def _size(shown: Data) -> tuple[int | None, int | None]:
    """Width and height; some programs write pixels, others 16 and 9, which would be no size."""
    width, height = shown.size("aspectRatio", "width"), shown.size("aspectRatio", "height")
    if width is None or height is None:
        return None, None
    times = 1 if max(width, height) >= _PAGE else _PAGE
    return width * times, height * times


def _kind(embed: Data, media: tuple[Media, ...]) -> Kind:
    if any(one.type == "video" for one in media):
        return Kind.VIDEO
    return Kind.PHOTO if media and not _inner(embed).has("external") else Kind.NOTE


def _author(author: Data) -> Author:
    handle = text.line(author.text("handle"))
    known = handle if handle != "handle.invalid" else ""  # what Bluesky calls one that leads nowhere
    name = text.line(author.text("displayName")) or known
    page = known or author.text("did")
    url = urls.absolute(f"{_SITE}/profile/{quote(page, safe=':.-')}") if page else ""
    return Author(name, f"@{known}" if known else "", url, author.web("avatar"))


def _tags(record: Data, facets: list[_Facet]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for said in (*(facet.feature.text("tag") for facet in facets), *record.texts("tags")):
        tag = text.line(said).lstrip("#\N{FULLWIDTH NUMBER SIGN} ")
        found.setdefault(tag.casefold(), tag)
    return tuple(filter(None, found.values()))


def _mentions(facets: list[_Facet], plain: str) -> tuple[str, ...]:
    shown = (text.line(plain[facet.start : facet.end]) for facet in facets if facet.feature.has("did"))
    return tuple(dict.fromkeys(handle for handle in shown if handle.startswith("@")))


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


CONNECTOR: type[Connector] = Bluesky
