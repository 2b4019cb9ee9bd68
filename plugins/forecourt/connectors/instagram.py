"""Instagram, for professional accounts: your own posts, posts that tag you, or a hashtag.

You need a professional account (business or creator; Basic Display, for others, ended in 2024) and an app at
developers.facebook.com with Instagram. There are two ways in. With Instagram Login: under Instagram, API setup with
Instagram login, add the account and generate a token with instagram_business_basic, and
instagram_business_manage_comments for comments; it lives 60 days, and the hub renews it every week for as long as it
is asked at least once in that time. With Facebook Login, for accounts that are connected to a Facebook page: the Page
token of the facebook connector, with instagram_basic and instagram_manage_comments; it is the only way to ``tagged``
and ``hashtag``, and a hashtag also takes Meta's review for Instagram Public Content Access.

You get pictures with their descriptions, films, reels, albums, captions with hashtags and mentions, counts, and the
comments on the newest posts. ``tagged`` collects the posts in which others tagged the account; ``hashtag`` what was
published with a hashtag in the last 24 hours, without names, 30 different hashtags a week at the most.

You do not get advertisements, hidden comments, sizes of pictures, or films that Instagram found to be somebody
else's: those show their still picture. A story is shown for its 24 hours.

    [[source]]
    name = "larkwood-instagram"
    connector = "instagram"
    token = "env:LARKWOOD_INSTAGRAM_TOKEN"
    # replies = false                                     # leave out comments
    # server = "https://graph.facebook.com"               # for a token of Facebook Login, and with it:
    # account = "17841400000000001"                       # the account's id; a Page token knows its page's own
    # client_secret = "env:LARKWOOD_INSTAGRAM_SECRET"     # the app's secret signs each question
    # tagged = true                                       # posts that tag the account, instead of its own
    # hashtag = "larkwood"                                # posts with a hashtag, instead of its own
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data, meta
from forecourt.connectors import Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_NAME = "Instagram"
_HOME = "https://www.instagram.com/"
_PERSON = _HOME + "{}/"
_PAGE = 50  # the most that every edge gives
_PAGES = 5
_PARTS = (
    "children{id,media_type,media_url,thumbnail_url,alt_text}"  # asking these for a permalink is an error
)
_FIELDS = (
    "id,caption,alt_text,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,"
    f"like_count,comments_count,{_PARTS}"
)
# Of what others posted less may be asked, and of a hashtag's posts not who made them.
_OF_OTHERS = "id,caption,media_type,media_url,permalink,timestamp,like_count,comments_count"
_OF_A_HASHTAG = f"{_OF_OTHERS},children{{id,media_type,media_url}}"
_OF_TAGGED = f"{_OF_A_HASHTAG},username"
_OF_A_COMMENT = "id,text,timestamp,username,like_count,hidden"
_OF_A_PROFILE = "id,username,name,profile_picture_url"
_STORY = timedelta(hours=24)
_NOBODY = "Instagram user"


@dataclass(frozen=True, slots=True)
class Instagram:
    """One professional account."""

    token: Secret | None = None
    account: str = "me"
    client_secret: Secret | None = None
    tagged: bool = False
    hashtag: str = ""
    replies: bool = True
    server: str = "https://graph.instagram.com"
    network: ClassVar[str] = "instagram"
    terms: ClassVar[Terms] = Terms(
        note="Meta's Platform Terms want what is shown to be up to date, and gone when it is gone there or when"
        " somebody whose words are shown asks for it."
    )
    renew_every: ClassVar[timedelta | None] = timedelta(days=7)

    def __post_init__(self) -> None:
        if not self.account:
            raise ValueError('account must be the id of an account, or "me" for the one of the token')
        if self.tagged and self.hashtag:
            raise ValueError("tagged and hashtag are two sources: give each a [[source]] of its own")
        if (self.tagged or self.hashtag) and not self._by_facebook:
            wanted = "hashtag" if self.hashtag else "tagged"
            raise ValueError(
                f'{wanted} takes a token of Facebook Login and server = "https://graph.facebook.com"'
            )
        if self.token is None:
            raise ValueError('token must be given, as in token = "env:LARKWOOD_INSTAGRAM_TOKEN"')

    @property
    def token_life(self) -> timedelta | None:
        """Sixty days; what Facebook Login gives for a page has no end."""
        return None if self._by_facebook else timedelta(days=60)

    @property
    def renews(self) -> bool:
        """The token renews itself, as long as it lives."""
        return self.token is not None and not self._by_facebook

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for sixty days more. Instagram gives them to a token that is a day old and has not ended."""
        token = grant.token if grant else self.token
        values = {"grant_type": "ig_refresh_token", "access_token": token.reveal() if token else None}
        request = apis.get(f"{self.server.rstrip('/')}/refresh_access_token", values)
        return (yield from meta.renewed(request, _NAME, grant))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for what is newer than the newest that we know; without ``since``, for the last 250 posts."""
        known = meta.Known.read(since) if since else (yield from self._look_up())
        # A hashtag's cursor is the same on every page, and what it gives is in no order.
        pages, newest = (1, None) if self.hashtag else (_PAGES, known.newest)
        seen = yield from meta.walk(
            lambda after: self._request(known, after), _NAME, pages, "timestamp", newest
        )
        posts, rejected = apis.listed(
            seen.items, lambda item: _post(item, source, known.author, own=not self._of_others), "post"
        )
        posts = list({post.id: post for post in posts}.values())
        wanted = self.replies and not self._of_others and not seen.busy
        answered = [post for post in posts if post.engagement.comments and wanted]
        replies, threads, notes = yield from meta.answers(
            answered, self._comments, lambda item, post: _comments(item, post, known.author), _NAME
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
        """The account; of a hashtag, its id and that of the account that asks for it."""
        if self._by_facebook and self.account == "me":
            fields = f"instagram_business_account{{{_OF_A_PROFILE}}}"
            said = meta.checked((yield self._ask("me", fields=fields)), _NAME).at(
                "instagram_business_account"
            )
            if not said:
                raise BadData("the token's page has no professional account of Instagram connected to it")
        else:
            said = meta.checked((yield self._ask(self.account, fields=_OF_A_PROFILE)), _NAME)
        known = meta.Known(meta.number(said), _author(said))
        if not self.hashtag:
            return known
        word = self.hashtag.removeprefix("#")
        found = meta.checked((yield self._ask("ig_hashtag_search", user_id=known.id, q=word)), _NAME)
        return meta.Known(f"{known.id} {meta.number(found.at('data', 0))}")

    def _request(self, known: meta.Known, after: str | None) -> Request:
        if self.hashtag:
            account, _, hashtag = known.id.partition(" ")
            return self._ask(f"{hashtag}/recent_media", user_id=account, fields=_OF_A_HASHTAG, limit=_PAGE)
        account = known.id if self._by_facebook else self.account
        if self.tagged:
            return self._ask(f"{account}/tags", fields=_OF_TAGGED, limit=_PAGE, after=after)
        return self._ask(f"{account}/media", fields=_FIELDS, limit=_PAGE, since=known.since, after=after)

    def _comments(self, post: Post) -> Request:
        fields = f"{_OF_A_COMMENT},replies{{{_OF_A_COMMENT}}}"
        return self._ask(f"{post.id}/comments", fields=fields, limit=_PAGE)

    @property
    def _by_facebook(self) -> bool:
        """Which of the two ways in: each has its own host."""
        return "facebook" in self.server

    @property
    def _of_others(self) -> bool:
        return self.tagged or bool(self.hashtag)

    def _ask(self, path: str, **query: object) -> Request:
        signed = query | {"appsecret_proof": meta.proof(self.client_secret, self.token)}
        return apis.get(f"{self.server.rstrip('/')}/{meta.VERSION}/{path}", signed, token=self.token)


def _author(said: Data) -> Author:
    handle = text.line(said.text("username"))
    return Author(
        text.line(said.text("name")) or handle,
        f"@{handle}" if handle else "",
        urls.absolute(_PERSON.format(handle)) if handle else "",
        said.web("profile_picture_url"),
    )


def _post(item: Data, source: str, account: Author, *, own: bool) -> Post | None:
    product, kind = item.text("media_product_type"), item.text("media_type")
    if product == "AD":
        return None
    identity = meta.number(item)
    permalink = item.web("permalink")
    if not permalink:
        raise BadData("it has no permalink")
    html, body = _written(item.text("caption"), permalink)
    parts = item.each("children", "data") if kind == "CAROUSEL_ALBUM" else [item]
    media = tuple(one for part in parts or [item] if (one := _media(part)))
    if not (body or media):
        raise BadData("it has neither text nor picture")
    published = item.moment("timestamp")
    return Post(
        id=identity,
        source=source,
        kind=_kind(kind, parts),
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_whose(item, account, own=own),
        published=published,
        media=media,
        engagement=Engagement(likes=item.count("like_count"), comments=item.count("comments_count")),
        tags=text.hashtags(item.text("caption")),
        mentions=meta.handles(item.text("caption")),
        display_until=published + _STORY if product == "STORY" and published else None,
    )


def _whose(item: Data, account: Author, *, own: bool) -> Author:
    said = _author(item)
    if not said.handle:
        return account if own else Author(_NOBODY)
    return account if said.handle == account.handle else said


def _written(plain: str, permalink: str) -> tuple[str, str]:
    marks = (*apis.addresses(plain), *meta.people(plain, _PERSON))
    return apis.written(apis.marked(plain, marks), permalink)


def _kind(kind: str, parts: list[Data]) -> Kind:
    """An album is what it begins with."""
    first = parts[0].text("media_type") if parts and kind == "CAROUSEL_ALBUM" else kind
    return Kind.VIDEO if first == "VIDEO" else Kind.PHOTO


def _media(item: Data) -> Media | None:
    """A picture or film. Of one that Instagram holds back there is a still picture at the most."""
    address, still = item.web("media_url"), item.web("thumbnail_url")
    alt = text.line(item.text("alt_text"))
    if item.text("media_type") == "VIDEO" and address:
        return Media("video", address, alt=alt, poster=still)
    return Media("image", address or still, alt=alt) if address or still else None


def _comments(item: Data, post: Post, account: Author) -> list[Post]:
    """A comment, and what was said to it."""
    said = [] if item.flag("hidden") else [item, *item.each("replies", "data")]
    shown = (one for one in said if one.text("id") and one.text("text").strip() and not one.flag("hidden"))
    return [_comment(one, post, account) for one in shown]


def _comment(item: Data, post: Post, account: Author) -> Post:
    html, body = _written(item.text("text"), post.permalink)
    return replace(
        post,
        id=item.text("id"),
        kind=Kind.REPLY,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_whose(item, account, own=False),
        published=item.moment("timestamp"),
        media=(),
        engagement=Engagement(likes=item.count("like_count")),
        tags=(),
        mentions=meta.handles(item.text("text")),
        in_reply_to=post.permalink,
    )


CONNECTOR: type[Connector] = Instagram
