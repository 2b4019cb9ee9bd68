"""The public photos of one Flickr account, by its API or by its public feed.

You need the account's number, such as 12345678@N05: it is in the address of the feed
that the account's page names. With an API key you get more: ask for one at
flickr.com/services/apps/create while you are logged in with a Flickr Pro account,
and copy the key, not the secret. It does not end.

You get all public photos and films with title, description, tags, size, licence,
dates, counts, and what was said to the newest. Without a key: the newest twenty,
without counts and comments. A photo has the same id in both, so that a key can be
added later.

You do not get descriptions for those who cannot see the photos: Flickr has none. Nor
do you get photos of other accounts, which most licences keep from shops.

    [[source]]
    name = "larkwood-flickr"
    connector = "flickr"
    account = "12345678@N05"
    # token = "env:LARKWOOD_FLICKR_TOKEN"   # the API key
    # replies = false                       # leave out what others said
    # server = "https://api.flickr.com"     # another, for tests
    # site = "https://www.flickr.com"       # where people see the photos
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from forecourt import apis, feeds, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 500  # photos; the most that Flickr gives
_RECENT = 50  # photos; where only the newest are wanted
_PAGES = 3
_THREADS = 5  # of the newest photos with comments; each costs a request
_EXTRAS = (
    "description,license,date_upload,date_taken,owner_name,icon_server,tags,views,media,path_alias,"
    "url_q,url_n,url_c,url_l,url_o,"
    "count_faves,count_comments"  # from memory, to be checked: not in the manual; what it knows not, it leaves out
)
_SIZES = ("l", "c", "o", "n", "q")  # 1024 and 800 pixels, the original where those lack, 320, 150
_CODES = {  # from memory, to be checked
    1: Cause.NOT_FOUND,
    2: Cause.NOT_FOUND,
    98: Cause.AUTH_DEAD,
    99: Cause.PERMISSION,
    100: Cause.AUTH_DEAD,
    105: Cause.TRANSIENT,
    106: Cause.TRANSIENT,
}
_CC = "https://creativecommons.org/"
_LICENCES = {  # from memory, to be checked; 0 is all rights reserved
    "1": ("CC BY-NC-SA 2.0", f"{_CC}licenses/by-nc-sa/2.0/"),
    "2": ("CC BY-NC 2.0", f"{_CC}licenses/by-nc/2.0/"),
    "3": ("CC BY-NC-ND 2.0", f"{_CC}licenses/by-nc-nd/2.0/"),
    "4": ("CC BY 2.0", f"{_CC}licenses/by/2.0/"),
    "5": ("CC BY-SA 2.0", f"{_CC}licenses/by-sa/2.0/"),
    "6": ("CC BY-ND 2.0", f"{_CC}licenses/by-nd/2.0/"),
    "9": ("CC0 1.0", f"{_CC}publicdomain/zero/1.0/"),
    "10": ("Public Domain Mark 1.0", f"{_CC}publicdomain/mark/1.0/"),
    "11": ("CC BY 4.0", f"{_CC}licenses/by/4.0/"),
    "12": ("CC BY-SA 4.0", f"{_CC}licenses/by-sa/4.0/"),
    "13": ("CC BY-ND 4.0", f"{_CC}licenses/by-nd/4.0/"),
    "14": ("CC BY-NC 4.0", f"{_CC}licenses/by-nc/4.0/"),
    "15": ("CC BY-NC-SA 4.0", f"{_CC}licenses/by-nc-sa/4.0/"),
    "16": ("CC BY-NC-ND 4.0", f"{_CC}licenses/by-nc-nd/4.0/"),
}
_ACCOUNT = re.compile(r"\d+@N\d\d", re.ASCII)
_ENTRY = re.compile(r"/photo/(\d+)$", re.ASCII)
_ANNOUNCED = re.compile(r"\A\s*<p>.{0,400}? posted an? (?:photo|video):</p>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Flickr:
    """The photostream of one account."""

    account: str
    token: Secret | None = None
    replies: bool = True
    server: str = "https://api.flickr.com"
    site: str = "https://www.flickr.com"
    network: ClassVar[str] = "flickr"
    terms: ClassVar[Terms] = Terms(
        note=(
            "Flickr asks that a page shows at most 30 of its photos, that each links back to its page there, and "
            "that its licence is honoured; a Creative Commons licence is named below the photo."
        )
    )

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise ValueError("account must be the number of a Flickr account, such as 12345678@N05")
        for option in ("server", "site"):
            if not urls.absolute(getattr(self, option)):
                raise ValueError(f"{option} must be a full address, such as https://www.flickr.com")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the photos uploaded after the newest that we know; without ``since``, for the last 1,500.

        ``since`` is ``{"newest": …}``, the moment of that upload: the API can be asked for
        no moment, so the newest photos are asked for, up to one that is known.
        """
        if not self.token:
            return (yield from self._feed(source))
        newest = json.loads(since)["newest"] if since else 0
        posts, rejected, window = yield from self._photos(source, newest)
        replies, threads, notes = yield from self._replies(posts)
        uploads = [int(post.published.timestamp()) for post in posts if post.published]
        if newest and window is not EVER:
            uploads, newest = (
                [],
                0,
            )  # there are more news than pages for them: the next poll reads larger pages
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps({"newest": max(uploads, default=newest)}),
            window=None if since else window,
            threads=tuple(threads),
        )

    def _photos(self, source: str, newest: int) -> Generator[Request, Response, _Photos]:
        posts: dict[str, Post] = {}
        rejected: list[str] = []
        size = _RECENT if newest else _PAGE
        for page in range(1, _PAGES + 1):
            response = yield self._ask(
                "flickr.people.getPublicPhotos",
                user_id=self.account, extras=_EXTRAS, per_page=size, page=page,
            )  # fmt: skip
            photos = _checked(response).at("photos")
            if not isinstance(photos.at("photo").value, list):
                raise BadData("Flickr sent no list of photos")
            items = photos.each("photo")
            fresh = [item for item in items if not newest or (item.count("dateupload") or 0) > newest]
            found, refused = apis.listed(fresh, lambda item: _post(item, source, self.site), "photo")
            posts |= {post.id: post for post in found}
            rejected += refused
            pages = photos.count("pages")
            is_last = page >= pages if pages else len(items) < size
            if not items or len(fresh) < len(items) or is_last:
                return list(posts.values()), rejected, EVER
            if not pages:  # whether there are more is not said
                break
        oldest = min((post.published for post in posts.values() if post.published), default=None)
        return list(posts.values()), rejected, oldest

    def _replies(self, posts: list[Post]) -> Generator[Request, Response, _Replies]:
        """What was said to the newest photos; where their counts are unknown, that is asked, too."""
        replies: list[Post] = []
        threads: list[str] = []
        discussed = [post for post in posts if post.engagement.comments != 0] if self.replies else []
        for post in discussed[:_THREADS]:
            try:
                said = _checked((yield self._ask("flickr.photos.comments.getList", photo_id=post.id)))
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return replies, threads, [f"comments cannot be read: {error}"]
            comments = said.each("comments", "comment")
            found, _ = apis.listed(comments, partial(_reply, post=post, site=self.site), "comment")
            replies += found
            threads.append(post.permalink)
        return replies, threads, []

    def _ask(self, method: str, **query: object) -> Request:
        key = self.token.reveal() if self.token else None
        values = {"method": method, "api_key": key, **query, "format": "json", "nojsoncallback": 1}
        return apis.get(f"{self.server.rstrip('/')}/services/rest/", values)

    def _feed(self, source: str) -> Conversation:
        """The newest photos as the public feed has them, under the ids that the API gives them."""
        address = f"{self.server.rstrip('/')}/services/feeds/photos_public.gne"
        response = yield Request(f"{address}?id={self.account}&format=rss_200_enc")
        feed = feeds.parse(response.body, response.headers.get("content-type", ""), response.url)
        posts, rejected = feeds.as_posts(feed, source, Kind.PHOTO)
        return Batch(tuple(map(_as_in_api, posts)), rejected=rejected, notes=feed.notes, whole=True)


_Photos = tuple[list[Post], list[str], datetime | None]
_Replies = tuple[list[Post], list[str], list[str]]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error, as a status or, mostly, inside a 200."""
    said = apis.refused(response)
    if said is not None:
        raise apis.refusal(response, "Flickr", None, said.text("message"))
    said = apis.read(response)
    if said.text("stat") == "fail":
        cause = _CODES.get(said.count("code") or 0, Cause.BAD_DATA)
        raise apis.refusal(response, "Flickr", cause, said.text("message"))
    return said


def _post(item: Data, source: str, site: str) -> Post | None:
    if item.count("ispublic") == 0:
        return None
    identity = item.need("id")
    owner = item.text("pathalias") or item.text("path_alias") or item.text("owner")
    permalink = urls.absolute(f"{site.rstrip('/')}/photos/{owner}/{identity}/") if owner else ""
    title = text.line(item.text("title"))
    html, body = apis.written(_paragraphs(item.text("description", "_content")), permalink)
    media = _media(item, permalink)
    if not (title or body or media):
        raise BadData("it has neither title nor text nor picture")
    return Post(
        id=identity,
        source=source,
        kind=Kind.VIDEO if item.text("media") == "video" else Kind.PHOTO,
        permalink=permalink,
        title=title,
        html=text.clean(html + _licence(item), permalink),
        text=body,
        dir=text.direction(f"{title} {body}"),
        author=_author(item, "owner", "ownername", owner, site),
        # When it was uploaded. "lastupdate" is no edit: a comment or a star changes it, too.
        published=item.moment("dateupload"),
        media=media,
        engagement=Engagement(
            likes=item.count("count_faves"), comments=item.count("count_comments"), views=item.count("views")
        ),
        tags=tuple(dict.fromkeys(text.line(tag) for tag in item.text("tags").split())),
    )


def _reply(item: Data, post: Post, site: str) -> Post:
    permalink = item.web("permalink")
    html, body = apis.written(_paragraphs(item.text("_content")), permalink)
    if not body:
        raise BadData("it has no text")
    return Post(
        id=item.need("id"),
        source=post.source,
        kind=Kind.REPLY,
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=_author(item, "author", "authorname", item.text("path_alias") or item.text("author"), site),
        published=item.moment("datecreate"),
        in_reply_to=post.permalink,
    )


def _media(item: Data, permalink: str) -> tuple[Media, ...]:
    """The largest picture that is no larger than a page needs; of a film, the one that stands for it."""
    for size in _SIZES:
        address = item.web(f"url_{size}")
        if address:
            width, height = item.size(f"width_{size}"), item.size(f"height_{size}")
            if item.text("media") == "video":
                return (Media("video", permalink, width=width, height=height, poster=address),)
            return (Media("image", address, width=width, height=height),)
    return ()


def _author(item: Data, account: str, name: str, alias: str, site: str) -> Author:
    number, farm, server = item.text(account), item.text("iconfarm"), item.text("iconserver")
    icon = f"https://farm{farm}.staticflickr.com/{server}/buddyicons/{number}.jpg"
    has_icon = bool((item.count("iconfarm") or 0) and (item.count("iconserver") or 0))
    return Author(
        text.line(item.text("realname")) or text.line(item.text(name)),
        url=urls.absolute(f"{site.rstrip('/')}/photos/{alias}/") if alias else "",
        avatar=urls.absolute(icon) if has_icon else "",
    )


def _licence(item: Data) -> str:
    name, address = _LICENCES.get(item.text("license"), ("", ""))
    return f'<p>Licence: <a href="{address}">{name}</a></p>' if name else ""


def _paragraphs(html: str) -> str:
    """Flickr's HTML, in which a line break is a line break."""
    blocks = (block.strip().replace("\n", "<br>") for block in html.replace("\r\n", "\n").split("\n\n"))
    return "".join(f"<p>{block}</p>" for block in blocks if block)


def _as_in_api(post: Post) -> Post:
    """A post of the feed as the API would have it: the number as its id, and no picture in its text."""
    number = _ENTRY.search(post.id)
    html = _ANNOUNCED.sub("", text.replace_images(post.html, lambda _: ""))
    html, body = apis.written(html, post.permalink)
    return replace(post, id=number[1] if number else post.id, html=html, text=body)


CONNECTOR: type[Connector] = Flickr
