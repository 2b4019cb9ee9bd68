"""X, once Twitter: an account's posts, what mentions it, or a hashtag of the last week.

You need an X developer account with credits, since X asks money for every post that
is read, and an app made in its developer console. Either copy the app's Bearer Token
from Keys and tokens: it does not end. Or let the account itself sign in to the app
(OAuth 2.0 with the scopes tweet.read, users.read and offline.access), which makes
reading one's own posts cheaper, and give the refresh token of that sign-in with the
app's client id, and its secret where X calls the app confidential. Such a token
lives for two hours and is renewed by itself; its refresh token is good for one use,
so that it belongs to this hub alone.

You get the newest hundred posts, and all that come after: text, also of long posts,
links as X shows them, pictures with their descriptions, films, hashtags, mentions,
quotes, counts, and what was answered to posts of the last week. Edits and deletions
are seen once a day among the newest hundred, and among two hundred older ones: those
that were not read for the longest time.

You do not get reposts, polls, posts of protected accounts, posts that are withheld
somewhere, and pictures that X calls sensitive.

    [[source]]
    name = "larkwood-x"
    connector = "x"
    account = "larkwood"
    token = "env:LARKWOOD_X_TOKEN"             # the app's Bearer Token; or instead of it:
    # refresh_token = "env:LARKWOOD_X_REFRESH"
    # client_id = "bGFya3dvb2Q6MTpjaQ"
    # client_secret = "env:LARKWOOD_X_SECRET"  # if the app is confidential
    # mentions = true                          # collect what others say to the account instead
    # hashtag = "RepairBench"                  # or a hashtag, and no account
    # replies = false                          # leave out what others answered; each costs money
    # server = "https://api.x.com"
    # site = "https://x.com"                   # where people read the posts
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data, Mark
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 100  # posts; the most that X gives
_PAGES = 5  # of news; a whole look is one page, since each post costs
_THREADS = 5  # of the newest posts with replies; one search asks for all of them
_SEARCHED = timedelta(days=7)  # how far back the search of recent posts goes
_CAP_PAUSE = timedelta(days=1)  # from memory, to be checked: caps and credits are not back sooner
_NO_CREDITS = 402  # from memory, to be checked

_FIELDS: Mapping[str, object] = {
    "tweet.fields": "author_id,created_at,text,note_tweet,entities,attachments,public_metrics,conversation_id,"
    "referenced_tweets,lang,possibly_sensitive,edit_history_tweet_ids,withheld,in_reply_to_user_id",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id,referenced_tweets.id.author_id",
    "media.fields": "media_key,type,url,preview_image_url,width,height,alt_text,duration_ms,variants",
    "user.fields": "name,username,profile_image_url,protected",
}
_CAUSES = {
    "invalid-request": Cause.BAD_DATA,
    "resource-not-found": Cause.NOT_FOUND,
    "not-authorized-for-resource": Cause.PERMISSION,
    "client-forbidden": Cause.PERMISSION,
    "usage-capped": Cause.RATE_LIMITED,
    "rate-limit-exceeded": Cause.RATE_LIMITED,
}
_LOST = frozenset({"resource-not-found", "not-authorized-for-resource"})  # deleted, or protected since
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")  # X's own codes are of the range for private use
_USERNAME = re.compile(r"\w{1,50}", re.ASCII)
_NEXT = re.compile(r"[!-~]{1,500}")  # it is encoded in the address
_OWN_MEDIA = re.compile(r"/(?:photo|video)/\d+$")


@dataclass(frozen=True, slots=True)
class X:
    """One account's posts, its mentions, or one hashtag."""

    account: str = ""
    hashtag: str = ""
    mentions: bool = False
    replies: bool = True
    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    server: str = "https://api.x.com"
    site: str = "https://x.com"
    network: ClassVar[str] = "x"
    rechecked: ClassVar[int] = 200  # a day; each costs money
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = None
    terms: ClassVar[Terms] = Terms(
        keep=timedelta(days=30),
        syndicate=False,
        index=False,
        credit="Posted on X",
        note="X asks money for every post that is read. Its posts may not be shown as advertisements without "
        "their author's permission.",
    )

    def __post_init__(self) -> None:
        if bool(self.account) == bool(self.hashtag):
            raise ValueError("account or hashtag must be given, and not both")
        if self.mentions and not self.account:
            raise ValueError("mentions are of an account, which must be given")
        if self.token is None and self.refresh_token is None:
            raise ValueError("token must be given, or refresh_token with client_id: X answers nobody else")
        if self.refresh_token is not None and not self.client_id:
            raise ValueError("client_id must stand beside refresh_token")

    @property
    def renews(self) -> bool:
        """Whether it has what a renewal takes: an app's own token has no refresh token."""
        return self.refresh_token is not None

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a new token; the refresh token is good for one use and comes anew each time."""
        refresh = (grant.refresh if grant else None) or self.refresh_token
        said = {
            "grant_type": "refresh_token",
            "refresh_token": refresh.reveal() if refresh else "",
            "client_id": self.client_id,
        }
        basic = (self.client_id, self.client_secret.reveal()) if self.client_secret else None
        return (
            yield from apis.renewed(apis.form(self._address("oauth2/token"), said, basic=basic), "X", grant)
        )

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the posts after the newest that we know; without ``since``, for the newest hundred.

        ``since`` is ``{"id": …, "newest": …}``, so that a quiet account costs one request
        and no post.
        """
        known = json.loads(since) if since else {}
        identity = "" if self.hashtag else known.get("id") or (yield from self._look_up())
        found = yield from self._found(source, identity, known.get("newest", ""))
        replies, threads, notes = yield from self._replies(source, found)
        return Batch(
            (*found.posts.values(), *replies),
            rejected=tuple(found.rejected),
            notes=tuple(notes),
            since=json.dumps({"id": identity, "newest": found.newest or known.get("newest", "")}),
            window=None if since or self.hashtag else found.window,
            threads=tuple(threads),
        )

    def recheck(self, source: str, ids: tuple[str, ...]) -> Conversation:
        """Ask for older posts by their ids; X says of each that it does not find.

        We know a post by its first id. Of one that was edited that names the first
        version, so that its last one is asked for by its own id.
        """
        found = _Found()
        gone: list[str] = []
        for start in range(0, len(ids), _PAGE):
            some = ids[start : start + _PAGE]
            response = yield self._ask("tweets", ids=",".join(some))
            said = apis.refused(response)
            page = apis.read(response) if said is None else _checked(response)
            gone += [one for one in _lost(page) if one in some]
            edited = {last: item.text("id") for item in page.each("data") if (last := _replaced_by(item))}
            if edited:
                again = yield self._ask("tweets", ids=",".join(edited))
                said = apis.refused(again)
                newer = apis.read(again) if said is None else _checked(again)
                gone += [edited[one] for one in _lost(newer) if edited.get(one) in some]
                found.add(newer, source, self.site, again.at, only_last=True)
            found.add(page, source, self.site, response.at, only_last=True)
        return Batch(tuple(found.posts.values()), gone=tuple(gone), rejected=tuple(found.rejected))

    def _look_up(self) -> Generator[Request, Response, str]:
        response = yield self._ask(f"users/by/username/{self.account.removeprefix('@')}")
        return _checked(response).numeral("data", "id")

    def _found(self, source: str, identity: str, newest: str) -> Generator[Request, Response, _Found]:
        found = _Found()
        response = yield self._listing(identity, newest)
        if self.hashtag and newest and response.status == HTTPStatus.BAD_REQUEST:
            response = yield self._listing(identity, "")  # the search refuses ids from before its seven days
        for number in range(1, _PAGES + 1):
            page = _checked(response)
            if not isinstance(page.at("data").value, list) and not page.has("meta", "result_count"):
                raise BadData("X sent no list of posts")
            found.add(page, source, self.site, response.at)
            following = page.text("meta", "next_token")
            if not page.at("meta", "next_token"):
                found.window = EVER
                return found
            if not _NEXT.fullmatch(following):
                raise BadData("X names a next page by a token that is none")
            if not newest or number == _PAGES:
                break
            response = yield self._listing(identity, newest, following)
        found.window = min((post.published for post in found.posts.values() if post.published), default=None)
        return found

    def _listing(self, identity: str, newest: str, following: str = "") -> Request:
        query = {"max_results": _PAGE, "since_id": newest or None, "pagination_token": following or None}
        if self.hashtag:
            tag = self.hashtag.removeprefix("#")
            return self._ask("tweets/search/recent", query=f"#{tag} -is:retweet", **query)
        if self.mentions:
            return self._ask(f"users/{identity}/mentions", **query)
        return self._ask(f"users/{identity}/tweets", exclude="retweets,replies", **query)

    def _replies(self, source: str, found: _Found) -> Generator[Request, Response, _Replies]:
        """What was answered to the newest posts, as far as the search goes back: one request for all."""
        if not self.replies or self.hashtag or self.mentions:
            return [], [], []
        answered = {
            post.id: post.permalink
            for post in found.posts.values()
            if post.engagement.comments and post.published and post.published > found.at - _SEARCHED
        }
        asked = dict(list(answered.items())[:_THREADS])
        if not asked:
            return [], [], []
        query = " OR ".join(f"conversation_id:{identity}" for identity in asked)
        response = yield self._ask("tweets/search/recent", query=query, max_results=_PAGE)
        try:
            page = _checked(response)
        except (BadData, PlatformError) as error:
            if error.locks_out:
                raise
            return [], [], [f"replies cannot be read: {error}"]
        includes = _Includes.of(page, self.site)
        said, _ = apis.listed(page.each("data"), lambda item: _reply(item, includes, source, asked), "reply")
        replies = {reply.id: reply for reply in said if reply.id not in found.posts}
        is_all = not page.at("meta", "next_token")
        return list(replies.values()), list(asked.values()) if is_all else [], []

    def _ask(self, path: str, **query: object) -> Request:
        fields = {"user.fields": _FIELDS["user.fields"]} if path.startswith("users/by/") else _FIELDS
        return apis.get(self._address(path), {**query, **fields}, token=self.token)

    def _address(self, path: str) -> str:
        return f"{self.server.rstrip('/')}/2/{path}"


_Replies = tuple[list[Post], list[str], list[str]]


@dataclass(slots=True)
class _Found:
    """What the pages of a listing held."""

    posts: dict[str, Post] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    window: datetime | None = None
    newest: str = ""
    at: datetime = EVER

    def add(self, page: Data, source: str, site: str, at: datetime, *, only_last: bool = False) -> None:
        """Take a page in; with ``only_last`` without versions of posts that were edited since."""
        known = _Includes.of(page, site)
        items = [item for item in page.each("data") if not (only_last and _replaced_by(item))]
        posts, rejected = apis.listed(items, lambda item: _post(item, known, source), "post")
        for post in posts:
            self.posts.setdefault(post.id, post)  # an edited post can stand there twice, the newest first
        self.rejected += rejected
        self.at = at
        newest = page.text("meta", "newest_id")
        self.newest = self.newest or (newest if newest.isdecimal() else "")


@dataclass(frozen=True, slots=True)
class _Includes:
    """What posts of a page refer to, by id; ``site`` is where people read them."""

    users: Mapping[str, Data]
    media: Mapping[str, Data]
    posts: Mapping[str, Data]
    site: str

    @classmethod
    def of(cls, page: Data, site: str) -> _Includes:
        def by(key: str, kind: str) -> dict[str, Data]:
            return {one.text(key): one for one in page.each("includes", kind)}

        return cls(by("id", "users"), by("media_key", "media"), by("id", "tweets"), site.rstrip("/"))

    def permalink(self, item: Data) -> str:
        """The address of a post, by its author's name where that is known."""
        name = self.users.get(item.text("author_id"), Data(None)).text("username")
        where = name if _USERNAME.fullmatch(name) else "i/web"
        return f"{self.site}/{where}/status/{item.numeral('id')}"

    def referred(self, item: Data, how: str) -> str:
        """The address of the post that this one quotes or answers."""
        identity = _referred(item, how)
        known = self.posts.get(identity)
        if not identity.isdecimal():
            return ""
        return self.permalink(known) if known else f"{self.site}/i/web/status/{identity}"


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is a problem (RFC 7807), or holds one inside a 200 and nothing else.

    Beside posts, problems are about what these refer to: a quoted post that was deleted.
    """
    said = apis.refused(response)
    if said is None:
        said = apis.read(response)
        if not said.at("errors") or said.at("data") or said.at("meta"):
            return said
        problem = said.at("errors", 0)
    else:
        problem = said
    kind = problem.text("type").rpartition("/")[2]
    words = said.text("errors", 0, "message") or problem.text("detail") or problem.text("title")
    if kind == "usage-capped" or response.status == _NO_CREDITS:
        error = apis.refusal(response, "X", Cause.RATE_LIMITED, words)
        error.retry_at = error.retry_at or response.at + _CAP_PAUSE
        raise error
    raise apis.refusal(response, "X", _CAUSES.get(kind), words)


def _lost(page: Data) -> Iterator[str]:
    """The ids of posts that X did not find, or that may no longer be shown."""
    for problem in page.each("errors"):
        if problem.text("type").rpartition("/")[2] in _LOST:
            yield problem.text("resource_id")


def _replaced_by(item: Data) -> str:
    """The id of the last version of a post, "" where this is it."""
    last = next(filter(str.isdecimal, reversed(item.texts("edit_history_tweet_ids"))), "")
    return "" if last == item.text("id") else last


def _post(item: Data, known: _Includes, source: str) -> Post | None:
    author = known.users.get(item.text("author_id"), Data(None))
    if _referred(item, "retweeted") or author.flag("protected") or item.at("withheld"):
        return None
    identity = item.numeral("id")
    permalink = known.permalink(item)
    html, body = apis.written(_marked_up(item, known.site), permalink)
    media = () if item.flag("possibly_sensitive") else tuple(_media(item, known, permalink))
    if not (body or media):
        raise BadData("it has neither text nor picture")
    lang = item.text("lang")
    lang = "" if _NO_LANGUAGE.fullmatch(lang) else text.language(lang)
    entities = _said(item).at("entities")
    return Post(
        # An edited post gets an id of its own; the first one stays what it is known by.
        id=next(filter(str.isdecimal, item.texts("edit_history_tweet_ids")), identity),
        source=source,
        kind=_kind(media),
        permalink=permalink,
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(body, lang),
        author=_author(author, known.site),
        published=item.moment("created_at"),
        media=media,
        engagement=_engagement(item.at("public_metrics")),
        tags=tuple(dict.fromkeys(filter(None, (_tag(one) for one in entities.each("hashtags"))))),
        mentions=tuple(dict.fromkeys(filter(None, (_handle(one) for one in entities.each("mentions"))))),
        in_reply_to=known.referred(item, "replied_to"),
        quote_of=known.referred(item, "quoted"),
    )


def _reply(item: Data, known: _Includes, source: str, asked: Mapping[str, str]) -> Post | None:
    """A reply, also one to a reply: it belongs to the post of ours that the conversation began with."""
    ours = asked.get(item.text("conversation_id"))
    post = _post(item, known, source)
    if post is None or not ours or post.id in asked:
        return None
    return replace(post, kind=Kind.REPLY, in_reply_to=ours)


def _marked_up(item: Data, site: str) -> str:
    """The post's text with its links. X's terms: they show what X shows, and lead to t.co."""
    said = _said(item)
    raw = said.text("text")
    plain = unescape(raw)
    quoted = _referred(item, "quoted")
    marks: list[Mark | None] = []
    for link in said.each("entities", "urls"):
        where = link.text("expanded_url")
        # What the post holds beside its text has a link at the text's end, too; X does not show it.
        own = link.at("media_key") or _OWN_MEDIA.search(where) or (quoted and where.endswith(f"/{quoted}"))
        shown = "" if own else link.text("display_url") or link.text("url")
        marks.append(_mark(raw, plain, link, link.text("url"), "" if own else link.web("url"), shown))
    named = [
        (one, handle, handle[1:]) for one in said.each("entities", "mentions") if (handle := _handle(one))
    ]
    named += [
        (one, f"#{tag}", f"hashtag/{tag}") for one in said.each("entities", "hashtags") if (tag := _tag(one))
    ]
    marks += [_mark(raw, plain, one, words, urls.absolute(f"{site}/{path}")) for one, words, path in named]
    return apis.marked(plain, filter(None, marks))


def _mark(raw: str, plain: str, item: Data, said: str, href: str, shown: str | None = None) -> Mark | None:
    """A mark where an entity says that it is, provided it is there.

    Its place counts code points. It is not documented whether of the text as it is sent,
    with &amp; for an ampersand, or as it is read.
    """
    start = item.count("start") or 0
    for at in (len(unescape(raw[:start])), start, plain.find(said)):
        if said and at >= 0 and plain[at : at + len(said)].casefold() == said.casefold():
            return Mark(at, at + len(said), href, shown)
    return None


def _media(item: Data, known: _Includes, permalink: str) -> Iterator[Media]:
    for key in item.texts("attachments", "media_keys"):
        one = known.media.get(key, Data(None))
        picture = one.web("url") or one.web("preview_image_url")
        is_film = one.text("type") in {"video", "animated_gif"}
        if not picture or not (is_film or one.text("type") == "photo"):
            continue
        films = [each for each in one.each("variants") if each.text("content_type") == "video/mp4"]
        film = max(films, key=lambda each: each.count("bit_rate") or 0, default=Data(None))
        lasts = one.number("duration_ms")
        yield Media(
            "video" if is_film else "image",
            (film.web("url") or permalink) if is_film else picture,
            alt=text.line(one.text("alt_text")),
            width=one.size("width"),
            height=one.size("height"),
            duration=round(lasts / 1000) or None if lasts and lasts > 0 else None,
            poster=picture if is_film else "",
        )


def _kind(media: tuple[Media, ...]) -> Kind:
    types = {one.type for one in media}
    return Kind.VIDEO if "video" in types else Kind.PHOTO if types else Kind.NOTE


def _engagement(counts: Data) -> Engagement:
    reposts, quotes = counts.count("retweet_count"), counts.count("quote_count")
    return Engagement(
        likes=counts.count("like_count"),
        comments=counts.count("reply_count"),
        shares=None if reposts is None else reposts + (quotes or 0),
        views=counts.count("impression_count") or None,  # 0 where X did not count yet
    )


def _author(user: Data, site: str) -> Author:
    handle = _handle(user)
    url = f"{site}/{handle[1:]}" if handle else ""
    return Author(text.line(user.text("name")), handle, url, user.web("profile_image_url"))


def _handle(user: Data) -> str:
    name = user.text("username")
    return f"@{name}" if _USERNAME.fullmatch(name) else ""


def _tag(entity: Data) -> str:
    return text.line(entity.text("tag")).lstrip("#")


def _said(item: Data) -> Data:
    """Where the whole text is: long posts have it beside a shortened one."""
    long = item.at("note_tweet")
    return long if long.text("text") else item


def _referred(item: Data, how: str) -> str:
    """The id of the post that this one reposts, quotes or answers."""
    return next((one.text("id") for one in item.each("referenced_tweets") if one.text("type") == how), "")


CONNECTOR: type[Connector] = X
