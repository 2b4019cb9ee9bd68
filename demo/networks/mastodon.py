"""Mastodon: its RSS (no titles, HTML in the description, alt texts in media:description) and its API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from xml.etree.ElementTree import Element

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, after, reply
from demo.networks._html import paragraphs, picture_url
from demo.networks._xml import MEDIA, add, document, rfc822, rss

WEBFEEDS = "http://webfeeds.org/rss/1.0"
_HASHTAG = re.compile(r"#(\w+)")


def render(account: Account, base: str) -> bytes:
    """Write the account's public posts as Mastodon does."""
    root, channel = rss(webfeeds=WEBFEEDS, media=MEDIA)
    add(channel, "title", account.title)
    add(channel, "description", account.description)
    add(channel, "link", account.home)
    avatar = picture_url(base, account.avatar)
    image = add(channel, "image")
    add(image, "url", avatar)
    add(image, "title", account.title)
    add(image, "link", account.home)
    add(channel, "lastBuildDate", rfc822(account.changed))
    add(channel, "webfeeds:icon", avatar)
    add(channel, "generator", "Mastodon v4.5.1")
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "guid", link, isPermaLink="true")
    add(item, "link", link)
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    add(item, "description", _tagged(paragraphs(post.text), account))
    for picture in post.pictures:
        _media(item, picture, base)
    for tag in _HASHTAG.findall(post.text):
        add(item, "category", tag.lower())


def _media(item: Element, picture: Picture, base: str) -> None:
    media = add(
        item,
        "media:content",
        url=picture_url(base, picture),
        type_="image/jpeg",
        fileSize=picture.length,
        medium="image",
    )
    add(media, "media:rating", "nonadult", scheme="urn:simple")
    if picture.alt:
        add(media, "media:description", picture.alt, type_="plain")


def _tagged(html: str, account: Account) -> str:
    """Make links of hashtags, as every Mastodon server does."""
    server = account.home.rsplit("/@", 1)[0]

    def link(match: re.Match[str]) -> str:
        href = escape(f"{server}/tags/{match[1].lower()}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{match[1]}</span></a>'

    return _HASHTAG.sub(link, html)


def answer(account: Account, call: Call) -> Reply:
    """Answer as Mastodon 4.5 does, to one who needs no token."""
    if call.bearer and call.bearer not in call.memory.tokens:
        return reply({"error": "The access token is invalid"}, 401)
    match call.method, *call.path.removeprefix("/api/v1/").split("/"):
        case "GET", "accounts", "lookup" if call.query.get("acct") == account.handle:
            return reply(_account(account, call))
        case "GET", "accounts", account.id, "statuses":
            return _timeline(account, call, account.posts)
        case "GET", "timelines", "tag", tag:
            return _timeline(account, call, [post for post in account.posts if tag.lower() in _tags(post)])
        case "GET", "statuses", identity, "context" if identity in {post.id for post in account.posts}:
            (post,) = (post for post in account.posts if post.id == identity)
            return reply(_context(account, post, call))
    return reply({"error": "Record not found"}, 404)


def too_many(_account: Account, seconds: int) -> Reply:
    """Mastodon names the moment in a header, and no Retry-After."""
    until = after(seconds)
    reset = until.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return reply(
        {"error": "Too many requests"}, 429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    )


def _timeline(account: Account, call: Call, posts: Sequence[Post]) -> Reply:
    limit = min(int(call.query.get("limit", "20")), 40)
    newest = [post for post in posts if _is_between(int(post.id), call)]
    page = newest[:limit]
    links = []
    if page:
        address = f"{call.api}{call.path}?limit={limit}"
        older, newer = f"{address}&max_id={page[-1].id}", f"{address}&min_id={page[0].id}"
        links = [f'<{older}>; rel="next"'] * (len(newest) > limit) + [f'<{newer}>; rel="prev"']
    return reply(
        [_status(account, post, call) for post in page], headers={"link": ", ".join(links)} if links else {}
    )


def _is_between(identity: int, call: Call) -> bool:
    return int(call.query.get("since_id", 0)) < identity < int(call.query.get("max_id", 10**20))


def _account(account: Account, call: Call) -> dict[str, object]:
    return {
        "id": account.id,
        "username": account.handle,
        "acct": account.handle,
        "display_name": account.title,
        "url": account.home,
        "avatar": picture_url(call.base, account.avatar),
        "emojis": [],
    }


def _status(account: Account, post: Post, call: Call) -> dict[str, object]:
    server = account.home.rsplit("/@", 1)[0]
    return {
        "id": post.id,
        "created_at": _moment(post.date),
        "edited_at": _moment(post.updated),
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": post.lang,
        "uri": account.link(post),
        "url": account.link(post),
        "replies_count": len(post.answers) or post.comments or 0,
        "reblogs_count": post.shares or 0,
        "favourites_count": post.likes or 0,
        "content": _tagged(paragraphs(post.text), account),
        "reblog": None,
        "account": _account(account, call),
        "media_attachments": [_attachment(picture, call.base) for picture in post.pictures],
        "mentions": [],
        "tags": [{"name": tag, "url": f"{server}/tags/{tag}"} for tag in _tags(post)],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _context(account: Account, post: Post, call: Call) -> dict[str, object]:
    return {"ancestors": [], "descendants": [_answer(account, post, one, call) for one in post.answers]}


def _answer(account: Account, post: Post, one: Answer, call: Call) -> dict[str, object]:
    own = _status(account, post, call)
    author = {
        "id": one.handle,
        "acct": one.handle.lstrip("@"),
        "display_name": one.author,
        "url": "",
        "avatar": "",
    }
    address = account.permalink.format(id=one.id)
    return own | {
        "id": one.id,
        "created_at": _moment(one.date),
        "in_reply_to_id": one.answers or post.id,
        "uri": address,
        "url": address,
        "content": paragraphs(one.text),
        "account": author,
        "media_attachments": [],
        "favourites_count": one.likes,
        "replies_count": 0,
        "tags": [],
    }


def _attachment(picture: Picture, base: str) -> dict[str, object]:
    width, height = picture.size
    address = picture_url(base, picture)
    return {
        "id": picture.file,
        "type": "image",
        "url": address,
        "preview_url": address,
        "remote_url": None,
        "description": picture.alt or None,
        "meta": {"original": {"width": width, "height": height}},
    }


def _tags(post: Post) -> list[str]:
    return [tag.lower() for tag in _HASHTAG.findall(post.text)]


def _moment(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
    )


NETWORK = Network(
    speaks="RSS 2.0 and the API of Mastodon",
    media_type="application/rss+xml; charset=utf-8",
    render=render,
    answer=answer,
    too_many=too_many,
)
