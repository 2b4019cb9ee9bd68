"""TikTok: the public videos of an account that allows it.

You need an app at developers.tiktok.com with the products Login Kit and Display API
(TikTok reviews it, which takes some days), and the account's consent: it signs in to
the app once, with the scopes user.info.basic and video.list. Give the refresh token of
that sign-in, with the app's client key (here ``client_id``) and client secret. A token
lives for 24 hours and is renewed by itself; the refresh token lives for a year, and then
the account must sign in again. A ``token`` alone works for a day, to try it out.

You get the newest two hundred videos: text, picture, length, hashtags, mentions, and
likes, comments, shares and views. Edits and deletions are seen once a day, and so are
the counts.

You do not get the films themselves, which TikTok plays only on its own pages, nor what
was commented.

    [[source]]
    name = "larkwood-tiktok"
    connector = "tiktok"
    refresh_token = "env:LARKWOOD_TIKTOK_REFRESH"
    client_id = "awlarkwood7q2m"                 # TikTok calls it the client key
    client_secret = "env:LARKWOOD_TIKTOK_SECRET"
    # token = "env:LARKWOOD_TIKTOK_TOKEN"        # instead of these three, for a day
    # server = "https://open.tiktokapis.com"
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from forecourt import apis, players, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 20  # videos; the most that TikTok gives
_PAGES = 10
_FIELDS = (
    "id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,embed_link,"
    "like_count,comment_count,share_count,view_count"
)
_USER_FIELDS = "open_id,avatar_url,display_name"  # all that user.info.basic allows
_SUCCESS = frozenset({"", "ok", "0"})  # TikTok said 0 in 2022
_CAUSES = {
    "access_token_invalid": Cause.AUTH_EXPIRED,
    "scope_not_authorized": Cause.PERMISSION,
    "scope_permission_missed": Cause.PERMISSION,
    "rate_limit_exceeded": Cause.RATE_LIMITED,
    "invalid_params": Cause.BAD_DATA,
    "internal_error": Cause.TRANSIENT,
}
_HANDLE = re.compile(r"/(@[\w.]+)/", re.ASCII)
_MENTION = re.compile(r"(?<![\w@/])@[\w.]*\w", re.ASCII)


@dataclass(frozen=True, slots=True)
class TikTok:
    """The account that the token is of."""

    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    server: str = "https://open.tiktokapis.com"
    network: ClassVar[str] = "tiktok"
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = timedelta(days=1)
    terms: ClassVar[Terms] = Terms(
        note="The addresses of its pictures end after six hours; the hub keeps copies of its own."
    )

    def __post_init__(self) -> None:
        if self.token is None and self.refresh_token is None:
            raise ValueError("refresh_token must be given, with client_id and client_secret, or a token")
        if self.refresh_token is not None and not (self.client_id and self.client_secret is not None):
            raise ValueError("refresh_token needs client_id and client_secret beside it")

    @property
    def renews(self) -> bool:
        """Whether it has what a renewal takes."""
        return self.refresh_token is not None

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a new token; the refresh token that comes with it may be another."""
        refresh = (grant.refresh if grant else None) or self.refresh_token
        said = {
            "client_key": self.client_id,
            "client_secret": self.client_secret.reveal() if self.client_secret else "",
            "grant_type": "refresh_token",
            "refresh_token": refresh.reveal() if refresh else "",
        }
        return (yield from apis.renewed(apis.form(self._address("oauth/token/"), said), "TikTok", grant))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the videos after the newest that we know; without ``since``, for the last two hundred.

        ``since`` is ``{"newest": …, "author": {…}}``. What is known already comes again only when
        everything is read anew: counts move all the time, and addresses of pictures are
        signed anew in every answer.
        """
        known = json.loads(since) if since else {}
        author, notes = (Author(**known["author"]), []) if known else (yield from self._author())
        newest = datetime.fromisoformat(known["newest"]) if known.get("newest") else None
        posts, rejected, window = yield from self._videos(source, author, newest)
        newest = max((post.published for post in posts if post.published), default=newest)
        return Batch(
            tuple({post.id: post for post in posts}.values()),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps(
                {"newest": newest.isoformat() if newest else "", "author": asdict(author)}, ensure_ascii=False
            ),
            window=None if since else window,
        )

    def _author(self) -> Generator[Request, Response, tuple[Author, list[str]]]:
        address = self._address("user/info/")
        try:
            said = _checked((yield apis.get(address, {"fields": _USER_FIELDS}, token=self.token)))
        except (BadData, PlatformError) as error:
            if error.locks_out:
                raise
            return Author(), [f"the account's name cannot be read: {error}"]
        user = said.at("data", "user")
        name = text.line(user.text("display_name"))
        return Author(name, avatar=user.web("avatar_url")), []

    def _videos(
        self, source: str, author: Author, newest: datetime | None
    ) -> Generator[Request, Response, _Videos]:
        address = f"{self._address('video/list/')}?fields={_FIELDS}"
        posts: list[Post] = []
        rejected: list[str] = []
        asked: dict[str, object] = {"max_count": _PAGE}
        for _ in range(_PAGES):
            response = yield apis.post(address, asked, token=self.token)
            data = _checked(response).at("data")
            if not isinstance(data.at("videos").value, list):
                raise BadData("TikTok sent no list of videos")
            made, refused = apis.listed(
                data.each("videos"), lambda item: _post(item, source, author), "video"
            )
            new = [post for post in made if not newest or (post.published and post.published > newest)]
            posts += new
            rejected += refused
            cursor = data.count("cursor")
            if not data.flag("has_more") or len(new) < len(made):
                return posts, rejected, EVER
            if cursor is None:
                raise BadData("TikTok has more videos, and names no cursor to ask for them")
            asked = {"max_count": _PAGE, "cursor": cursor}
        return posts, rejected, min((post.published for post in posts if post.published), default=None)

    def _address(self, path: str) -> str:
        return f"{self.server.rstrip('/')}/v2/{path}"


_Videos = tuple[list[Post], list[str], datetime | None]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError by its ``error.code``: there is an error in every answer, and "ok" is none."""
    refused = apis.refused(response)
    said = apis.read(response) if refused is None else refused
    code = said.text("error", "code")
    if refused is None and code in _SUCCESS:
        return said
    raise apis.refusal(response, "TikTok", _CAUSES.get(code), said.text("error", "message") or code)


def _post(item: Data, source: str, author: Author) -> Post:
    identity = item.need("id")
    shared = item.web("share_url")
    permalink = urls.canonical(shared) or item.web("embed_link")
    if not permalink:
        raise BadData("it has no share_url")
    plain = item.text("video_description") or item.text("title")
    html, body = apis.written(apis.marked(plain, apis.addresses(plain)), permalink)
    handle = _HANDLE.search(shared)
    return Post(
        id=identity,
        source=source,
        kind=Kind.VIDEO,
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_named(author, handle[1] if handle else "", permalink),
        published=item.moment("create_time"),
        media=(_film(item, permalink),),
        engagement=Engagement(
            likes=item.count("like_count"),
            comments=item.count("comment_count"),
            shares=item.count("share_count"),
            views=item.count("view_count"),
        ),
        tags=text.hashtags(plain),
        mentions=tuple(dict.fromkeys(_MENTION.findall(plain))),
    )


def _film(item: Data, permalink: str) -> Media:
    """The video. TikTok gives no file of it, but has a player for the pages of others."""
    return Media(
        "video",
        permalink,
        width=item.size("width"),
        height=item.size("height"),
        duration=item.size("duration"),
        poster=item.web("cover_image_url"),
        player=players.named("tiktok", item.text("id")),
    )


def _named(author: Author, handle: str, permalink: str) -> Author:
    """The author with the handle that stands in the addresses of the videos."""
    url = urls.absolute(f"/{handle}", permalink) if handle else ""
    return Author(author.name or handle.lstrip("@"), handle, url or author.url, author.avatar)


CONNECTOR: type[Connector] = TikTok
