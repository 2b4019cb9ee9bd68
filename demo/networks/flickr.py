"""Flickr's public photos, in RSS 2.0 with Media RSS: size, credit, description and tags; and its API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import image, paragraphs, picture_url
from demo.networks._xml import DC, MEDIA, add, document, rfc822, rss

FLICKR = "urn:flickr:user"

LARGE = 1024  # pixels, of the size that Flickr calls so


def render(account: Account, base: str) -> bytes:
    """Write the account's photos."""
    root, channel = rss(media=MEDIA, dc=DC, flickr=FLICKR)
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "pubDate", rfc822(account.changed))
    add(channel, "lastBuildDate", rfc822(account.changed))
    add(channel, "generator", "https://photos.larkwood.example/")
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    author = post.author or account.author
    posted = f"<p>{author} posted a photo:</p>"
    pictures = "".join(f'<p><a href="{link}">{image(base, picture)}</a></p>' for picture in post.pictures)
    add(item, "title", post.title)
    add(item, "link", link)
    add(item, "description", posted + pictures + paragraphs(post.text))
    if post.date:
        add(item, "pubDate", rfc822(post.date))
        add(item, "dc:date.Taken", post.date.astimezone(UTC).isoformat())
    add(item, "author", f"nobody@larkwood.example ({author})")
    add(item, "guid", f"tag:photos.larkwood.example,2004:/photo/{post.id}", isPermaLink="false")
    for picture in post.pictures:
        _media(item, post, picture, base)
    add(item, "media:credit", author, role="photographer")
    add(item, "media:category", " ".join(post.tags), scheme="urn:flickr:tags")


def _media(item: Element, post: Post, picture: Picture, base: str) -> None:
    width, height = picture.size
    url = picture_url(base, picture)
    add(item, "media:content", url=url, type_="image/jpeg", height=height, width=width)
    add(item, "media:title", post.title)
    if picture.alt:
        add(item, "media:description", picture.alt, type_="plain")
    add(item, "media:thumbnail", url=url, height=75, width=75)


def answer(account: Account, call: Call) -> Reply:
    """Answer as Flickr does: whatever is wrong, it is wrong inside a 200."""
    if call.path == "/services/feeds/photos_public.gne":
        return _feed(account, call)
    if call.path.rstrip("/") != "/services/rest":
        return Reply(b"<h1>Not Found</h1>", 404, {"content-type": "text/html; charset=utf-8"})
    if call.query.get("format") != "json":
        xml = b'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok"></rsp>'
        return Reply(xml, 200, {"content-type": "text/xml; charset=utf-8"})
    said = _answered(account, call)
    if call.query.get("nojsoncallback") == "1":
        return said
    return Reply(
        b"jsonFlickrApi(" + said.body + b")", 200, {"content-type": "text/javascript; charset=utf-8"}
    )


def _feed(account: Account, call: Call) -> Reply:
    if call.query.get("id") != account.id or call.query.get("format") != "rss_200_enc":
        return Reply(b"<h1>Not Found</h1>", 404, {"content-type": "text/html; charset=utf-8"})
    return Reply(render(account, call.base), 200, {"content-type": NETWORK.media_type})


def _answered(account: Account, call: Call) -> Reply:
    if call.query.get("api_key") not in call.memory.tokens:
        return _failed(100, "Invalid API Key (Key has invalid format)")
    match call.query.get("method"):
        case "flickr.people.getPublicPhotos":
            if call.query.get("user_id") != account.id:
                return _failed(1, "User not found")
            return reply({"photos": _photos(account, call), "stat": "ok"})
        case "flickr.photos.comments.getList":
            post = next((post for post in account.posts if post.id == call.query.get("photo_id")), None)
            if post is None:
                return _failed(1, "Photo not found")
            return reply({"comments": _comments(account, post), "stat": "ok"})
        case method:
            return _failed(112, f'Method "{method}" not found')


def _failed(code: int, message: str) -> Reply:
    return reply({"stat": "fail", "code": code, "message": message})


def _photos(account: Account, call: Call) -> dict[str, Any]:
    size = min(int(call.query.get("per_page", "100")), 500)
    page = int(call.query.get("page", "1"))
    extras = call.query.get("extras", "").split(",")
    shown = account.posts[(page - 1) * size : page * size]
    return {
        "page": page,
        "pages": -(-len(account.posts) // size),
        "perpage": size,
        "total": len(account.posts),
        "photo": [_photo(account, post, extras, call.base) for post in shown],
    }


def _photo(account: Account, post: Post, extras: Sequence[str], base: str) -> dict[str, Any]:
    uploaded = str(int(post.date.timestamp())) if post.date else "0"
    # The key of an extra is not always its name.
    known: dict[str, dict[str, Any]] = {
        "description": {"description": {"_content": escape(post.text, quote=False)}},
        "license": {"license": account.extra["license"]},
        "date_upload": {"dateupload": uploaded},
        "owner_name": {"ownername": account.author},
        "icon_server": {"iconserver": "0", "iconfarm": 0},
        "tags": {"tags": " ".join(post.tags)},
        "views": {"views": str(post.views or 0)},
        "media": {"media": "photo", "media_status": "ready"},
        "path_alias": {"pathalias": account.handle},
        "count_faves": {"count_faves": str(post.likes or 0)},
        "count_comments": {"count_comments": str(len(post.answers) or post.comments or 0)},
        **{f"url_{size}": _sized(post.pictures[0], size, base) for size in "qnclo"},
    }
    photo: dict[str, Any] = {
        "id": post.id, "owner": account.id, "secret": "5f19cb9767", "server": "65535", "farm": 66,
        "title": post.title, "ispublic": 1, "isfriend": 0, "isfamily": 0,
    }  # fmt: skip
    for name in extras:
        photo |= known.get(name, {})
    return photo


def _sized(picture: Picture, size: str, base: str) -> dict[str, Any]:
    """One size of a picture; there is none that is larger than the original."""
    width, height = picture.size
    if size == "l" and max(width, height) < LARGE:
        return {}
    return {f"url_{size}": picture_url(base, picture), f"width_{size}": width, f"height_{size}": height}


def _comments(account: Account, post: Post) -> dict[str, Any]:
    said: dict[str, Any] = {"photo_id": post.id}
    if post.answers:  # the key is absent where nobody said anything
        said["comment"] = [_comment(account, post, one) for one in post.answers]
    return said


def _comment(account: Account, post: Post, one: Answer) -> dict[str, Any]:
    return {
        "id": one.id,
        "author": one.handle,
        "authorname": one.author,
        "iconserver": "0",
        "iconfarm": 0,
        "datecreate": str(int(one.date.timestamp())),
        "permalink": f"{account.link(post)}#comment{one.id.rpartition('-')[2]}",
        "path_alias": account.handle if one.handle == account.id else None,
        "realname": "",
        "_content": escape(one.text, quote=False),
    }


def too_many(_account: Account, seconds: int) -> Reply:
    """Flickr answers in plain text, and says in a header when to come again."""
    return Reply(b"Too Many Requests", 429, {"content-type": "text/plain", "retry-after": str(seconds)})


NETWORK = Network(
    speaks="RSS 2.0 with Media RSS, and the API of Flickr",
    media_type="application/rss+xml; charset=utf-8",
    render=render,
    answer=answer,
    too_many=too_many,
)
