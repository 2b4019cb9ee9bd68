"""Facebook Pages: the posts of a page that you manage, by the Graph API.

You need a Facebook app (developers.facebook.com, My Apps) and a Page token for it, made by a person who may
create content on, manage or moderate the page. In the Graph API Explorer choose the app, ask for pages_show_list
and pages_read_engagement, and for pages_read_user_content too where comments, posts of visitors or
recommendations are wanted. Exchange that token for a long-lived one (Access Token Tool, Extend), ask
me/accounts with it, and copy the access_token of your page. Made that way it has no end of its own; it dies when that
person changes the password or leaves the page, and Facebook wants the person's consent again every 90 days. Only a
person can make a new one. With client_id and client_secret (App settings, Basic) every question carries the app's
signature, and ``invoke status`` knows when the token ends.

You get what the page published, some 600 posts of a year at the most: text with its links and mentions, photos,
albums, films, links, counts of reactions, comments and shares, and the comments on the newest posts. With
``mentions`` you get instead what visitors wrote on the page and public posts that tag it; with ``ratings`` the
page's recommendations, and stars only where an old review has some.

You do not get descriptions of pictures (the API gives none with posts), names of people who keep theirs to
themselves, hidden comments, or edits before the next look at everything, once a day.

    [[source]]
    name = "larkwood-facebook"
    connector = "facebook"
    token = "env:LARKWOOD_FACEBOOK_TOKEN"
    # page = "108242000000001"                            # the page's id; a Page token knows its own
    # client_id = "555010000000001"                       # the app's id and secret
    # client_secret = "env:LARKWOOD_FACEBOOK_SECRET"
    # mentions = true                                     # what others wrote, instead of your own posts
    # ratings = true                                      # recommendations, instead of posts
    # replies = false                                     # leave out comments
    # server = "https://graph.facebook.com"
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data, Mark, meta
from forecourt.connectors import Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Rating, Secret, Terms

_NAME = "Facebook"
_HOME = "https://www.facebook.com/"
_PAGE = 25  # posts; 100 are allowed, but with all that stands in them Facebook calls that too much data
_PAGES = 8
_COMMENTS = 100
_NOBODY = "Facebook user"  # as Facebook itself calls somebody whose name it does not tell
_SIZED = "media{image{src,width,height},source},target{id,url}"
_FIELDS = (
    "id,message,message_tags,story,created_time,permalink_url,full_picture,status_type,is_published,is_hidden,"
    "from{id,name},shares,attachments{media_type,type,title,unshimmed_url,url,"
    f"{_SIZED},subattachments.limit(20){{media_type,type,{_SIZED}}}}},"
    "reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
)
_OF_A_COMMENT = (
    "id,message,message_tags,created_time,permalink_url,from{id,name},like_count,is_hidden,"
    "attachment{media{image{src,width,height}}}"
)
_OF_A_RATING = "created_time,rating,recommendation_type,review_text,reviewer{id,name},open_graph_story{id}"
_OF_A_PAGE = "id,name,username,link,picture.width(240){url}"
_PICTURED = frozenset({"photo", "album", "new_album", "cover_photo", "profile_media"})
_SAYS = {"positive": "Recommends {}", "negative": "Does not recommend {}"}
_STARS = 5


@dataclass(frozen=True, slots=True)
class Facebook:
    """One page."""

    token: Secret | None = None
    page: str = "me"
    client_id: str = ""
    client_secret: Secret | None = None
    mentions: bool = False
    ratings: bool = False
    replies: bool = True
    server: str = "https://graph.facebook.com"
    network: ClassVar[str] = "facebook"
    terms: ClassVar[Terms] = Terms(
        note="Meta's Platform Terms want what is shown to be up to date, and gone when it is gone there or when"
        " somebody whose words are shown asks for it."
    )

    def __post_init__(self) -> None:
        if not self.page:
            raise ValueError('page must be the id of a page, or "me" for the page of the token')
        if self.mentions and self.ratings:
            raise ValueError("mentions and ratings are two sources: give each a [[source]] of its own")
        if self.token is None:
            raise ValueError('token must be given, as in token = "env:LARKWOOD_FACEBOOK_TOKEN"')

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for what is newer than the newest that we know; without ``since``, for the last 200 posts."""
        page = meta.Known.read(since) if since else (yield from self._look_up())
        seen = yield from meta.walk(
            lambda after: self._request(page, after), _NAME, _PAGES, "created_time", page.newest
        )
        posts, rejected = apis.listed(seen.items, lambda item: self._made(item, source, page), "post")
        posts = list({post.id: post for post in posts}.values())
        answered = [post for post in posts if post.engagement.comments and self.replies and not seen.busy]
        replies, threads, notes = yield from meta.answers(
            answered, self._comments, lambda item, post: _comments(item, post, page), _NAME
        )
        expires = None if since else (yield from self._end_of_token(notes))
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=page.after(seen, posts),
            window=None if since else seen.window(posts),
            threads=tuple(threads),
            token_expires=expires,
        )

    def _look_up(self) -> Generator[Request, Response, meta.Known]:
        said = meta.checked((yield self._ask(self.page, fields=_OF_A_PAGE)), _NAME)
        name, handle = text.line(said.text("name")), text.line(said.text("username"))
        author = Author(
            name, f"@{handle}" if handle else "", said.web("link"), said.web("picture", "data", "url")
        )
        return meta.Known(meta.number(said), author)

    def _request(self, page: meta.Known, after: str | None) -> Request:
        if self.ratings:
            return self._ask(f"{page.id}/ratings", fields=_OF_A_RATING, limit=_PAGE, after=after)
        edge = "feed" if self.mentions else "published_posts"
        return self._ask(f"{page.id}/{edge}", fields=_FIELDS, limit=_PAGE, since=page.since, after=after)

    def _made(self, item: Data, source: str, page: meta.Known) -> Post | None:
        if self.ratings:
            return _review(item, source, page)
        if self.mentions and item.text("from", "id") == page.id:
            return None
        return _post(item, source, page, None if self.mentions else page.author)

    def _comments(self, post: Post) -> Request:
        return self._ask(
            f"{post.id}/comments",
            fields=_OF_A_COMMENT,
            filter="stream",
            order="chronological",
            limit=_COMMENTS,
        )

    def _end_of_token(self, notes: list[str]) -> Generator[Request, Response, datetime | None]:
        """When the token ends, which Facebook tells nobody but the app; 0 is never."""
        if not (self.token and self.client_id and self.client_secret):
            return None
        app = Secret(f"{self.client_id}|{self.client_secret.reveal()}")
        address = f"{self._api}/debug_token"
        try:
            said = meta.checked(
                (yield apis.get(address, {"input_token": self.token.reveal()}, token=app)), _NAME
            )
        except PlatformError as error:
            if error.cause in {Cause.RATE_LIMITED, Cause.TRANSIENT}:
                return None
            notes.append(f"when the token ends is not known: {error}")
            return None
        ends = (said.moment("data", name) for name in ("expires_at", "data_access_expires_at"))
        return min(filter(None, ends), default=None)

    @property
    def _api(self) -> str:
        return f"{self.server.rstrip('/')}/{meta.VERSION}"

    def _ask(self, path: str, **query: object) -> Request:
        signed = query | {"appsecret_proof": meta.proof(self.client_secret, self.token)}
        return apis.get(f"{self._api}/{path}", signed, token=self.token)


def _post(item: Data, source: str, page: meta.Known, author: Author | None) -> Post | None:
    """A post; ``author`` is whose it is where Facebook does not say."""
    if item.flag("is_hidden") or item.at("is_published").value is False:
        return None
    identity = meta.number(item)
    permalink = item.web("permalink_url", base=_HOME) or urls.absolute(_HOME + identity)
    plain = item.text("message")
    attached = item.each("attachments", "data")
    media = tuple(one for attachment in attached for one in _media(attachment))
    if not attached and (picture := item.web("full_picture")):
        media = (Media("image", picture),)
    quoted = _quoted(item, attached)
    linked = "" if quoted else "".join(_link(one, plain) for one in attached)
    plain = plain or ("" if media or linked else item.text("story"))
    html, body = apis.written(apis.marked(plain, _marks(item, plain)) + linked, permalink)
    if not (body or media):
        raise BadData("it has neither text nor picture")
    tagged = [text.line(tag.text("name")) for tag in _tags(item)]
    return Post(
        id=identity,
        source=source,
        kind=_kind(attached, media),
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item.at("from"), page, author),
        published=item.moment("created_time"),  # updated_time moves with every comment: it tells of no edit
        media=media,
        engagement=Engagement(
            likes=item.count("reactions", "summary", "total_count"),
            comments=item.count("comments", "summary", "total_count"),
            shares=item.count("shares", "count"),
        ),
        tags=text.hashtags(plain),
        mentions=tuple(dict.fromkeys(name for name in tagged if name and not name.startswith("#"))),
        quote_of=quoted,
    )


def _author(said: Data, page: meta.Known, otherwise: Author | None) -> Author:
    identity = said.text("id")
    if identity == page.id:
        return page.author
    if not identity and otherwise:
        return otherwise
    return Author(text.line(said.text("name")) or _NOBODY)


def _kind(attached: list[Data], media: tuple[Media, ...]) -> Kind:
    types = {word for one in attached for word in (one.text("media_type"), one.text("type"))}
    if any(word.startswith("video") for word in types):
        return Kind.VIDEO
    return Kind.PHOTO if types & _PICTURED or (media and not attached) else Kind.NOTE


def _media(attachment: Data) -> Iterator[Media]:
    for part in attachment.each("subattachments", "data") or [attachment]:
        image = part.at("media", "image")
        picture, film = image.web("src"), part.web("media", "source")
        width, height = image.size("width"), image.size("height")
        if film:
            yield Media("video", film, width=width, height=height, poster=picture)
        elif picture:
            yield Media("image", picture, width=width, height=height)


def _is_link(attachment: Data) -> bool:
    types = (attachment.text("media_type"), attachment.text("type"))
    return not any(word in _PICTURED or word.startswith("video") for word in types)


def _link(attachment: Data, plain: str) -> str:
    """A link to what the post is about, unless its address stands in the text already."""
    address = attachment.web("unshimmed_url") or attachment.web("url")
    if not _is_link(attachment) or not address or address.rstrip("/") in plain:
        return ""
    return f'<p><a href="{escape(address)}">{escape(text.line(attachment.text("title")) or address)}</a></p>'


def _quoted(item: Data, attached: list[Data]) -> str:
    """The post of another page that this one shares."""
    if item.text("status_type") != "shared_story":
        return ""
    addresses = (one.web("unshimmed_url") or one.web("target", "url") for one in attached)
    return next((one for one in addresses if f".{urls.host(one)}".endswith(".facebook.com")), "")


def _tags(item: Data) -> list[Data]:
    """People, pages and hashtags in the text; the API was once a map from offsets to lists."""
    tags = item.at("message_tags")
    return tags.each() or [tag for _, group in tags.pairs() for tag in group.each()]


def _marks(item: Data, plain: str) -> Iterator[Mark]:
    yield from apis.addresses(plain)
    for tag in _tags(item):
        name, identity = tag.text("name"), tag.text("id")
        place = _place(plain, name, tag.count("offset"), tag.count("length"))
        if place and name.startswith("#"):
            yield Mark(*place, f"{_HOME}hashtag/{name[1:]}")
        elif place and identity:
            yield Mark(*place, _HOME + identity)


def _place(plain: str, name: str, offset: int | None, length: int | None) -> tuple[int, int] | None:
    """Where a tag stands, in code points; an emoji before it makes others count by UTF-16: the name decides."""
    if offset is None or not length or not name:
        return None
    wide = plain.encode("utf-16-le")
    start = len(wide[: 2 * offset].decode("utf-16-le", "ignore"))
    end = len(wide[: 2 * (offset + length)].decode("utf-16-le", "ignore"))
    places = ((offset, offset + length), (start, end))
    for names in ([name], name.split()):  # of a person the first name may stand alone
        for place in places:
            if plain[slice(*place)] in names:
                return place
    return None


def _comments(item: Data, post: Post, page: meta.Known) -> list[Post]:
    if item.flag("is_hidden"):
        return []
    identity, plain = item.need("id"), item.text("message")
    permalink = item.web("permalink_url", base=_HOME) or urls.absolute(_HOME + identity)
    html, body = apis.written(apis.marked(plain, _marks(item, plain)), permalink)
    media = tuple(_media(item.at("attachment")))
    if not (body or media):
        raise BadData("it has neither text nor picture")
    return [
        Post(
            id=identity,
            source=post.source,
            kind=Kind.REPLY,
            permalink=permalink,
            html=html,
            text=body,
            dir=text.direction(body),
            author=_author(item.at("from"), page, None),
            published=item.moment("created_time"),
            media=media,
            engagement=Engagement(likes=item.count("like_count")),
            in_reply_to=post.permalink,
        )
    ]


def _review(item: Data, source: str, page: meta.Known) -> Post:
    """A recommendation. It has stars only if its author gave some, which ended in 2018."""
    stars = item.number("rating")
    title = _SAYS.get(item.text("recommendation_type"), "").format(page.author.name)
    html, body = apis.written(apis.marked(item.text("review_text"), ()), page.author.url)
    if not (stars or title or body):
        raise BadData("it says nothing")
    story = item.text("open_graph_story", "id")
    listing = urls.absolute((page.author.url or _HOME + page.id).rstrip("/") + "/reviews")
    return Post(
        id=story or item.text("reviewer", "id") or item.need("created_time"),
        source=source,
        kind=Kind.REVIEW,
        permalink=urls.absolute(_HOME + story) if story else listing,
        title=text.line(title),
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item.at("reviewer"), page, None),
        published=item.moment("created_time"),
        rating=Rating(stars) if stars and 1 <= stars <= _STARS else None,
    )


CONNECTOR: type[Connector] = Facebook
