"""Tumblr's RSS: bare items, the whole post in the description, an ask in the title. And its API, in NPF or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import body, illustrated, picture_url
from demo.networks._xml import DC, add, document, rfc822, rss


def render(account: Account, base: str) -> bytes:
    """Write the account's posts as Tumblr does."""
    root, channel = rss(dc=DC)
    add(channel, "description", account.description)
    add(channel, "title", account.title)
    add(channel, "generator", f"Tumblr (3.0; @{account.home.split('/')[2].split('.')[0]})")
    add(channel, "link", account.home)
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "title", post.title)
    add(item, "description", illustrated(post, base))
    add(item, "link", link)
    add(item, "guid", link)
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    for tag in post.tags:
        add(item, "category", tag)


_MOST = 20
_MOST_OFFSET = 10**12
_REASONS = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
_INLINE = {"em": "italic", "i": "italic", "strong": "bold", "b": "bold", "s": "strikethrough", "a": "link"}


def answer(account: Account, call: Call) -> Reply:
    """Answer as Tumblr does, to one who has a consumer key."""
    if call.query.get("api_key") not in call.memory.tokens:
        return _refused(401, 1016, "Unable to authorize")
    if call.method != "GET":
        return _refused(405, 0, "Method not allowed")
    names = {account.handle, f"{account.handle}.tumblr.com", account.id}
    match call.path.strip("/").split("/"):
        case ["v2", "blog", name, "posts"] if name in names:
            return _posts(account, call)
    return _refused(404, 0, "Not Found")


def too_many(_account: Account, seconds: int) -> Reply:
    """Tumblr says in the message and in a header that a limit was hit."""
    document = {"meta": {"status": 429, "msg": "Limit Exceeded"}, "response": []}
    return reply(document, 429, {"retry-after": str(seconds)})


def _refused(status: int, code: int, detail: str) -> Reply:
    meta = {"status": status, "msg": _REASONS[status]}
    error = {"title": _REASONS[status], "code": code, "detail": detail}
    return reply({"meta": meta, "response": [], "errors": [error]}, status)


def _posts(account: Account, call: Call) -> Reply:
    limit, before = call.query.get("limit", str(_MOST)), call.query.get("before", str(_MOST_OFFSET))
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
        return _refused(400, 8001, "limit must be between 1 and 20")
    if not before.isdecimal():
        return _refused(400, 8001, "before must be a timestamp")
    tag = call.query.get("tag", "").lower()
    found = [post for post in account.posts if not tag or tag in (each.lower() for each in post.tags)]
    older = [post for post in found if _epoch(post) < int(before)]
    page = older[: int(limit)]
    response: dict[str, Any] = {
        "blog": _blog(account, call),
        "posts": [_post(account, post, call) for post in page],
        "total_posts": len(found),
    }
    if len(older) > len(page):
        params = {name: value for name, value in call.query.items() if name != "api_key"}
        following = {"type": "action", "method": "GET", "href": f"/v2/blog/{account.handle}/posts"}
        response["_links"] = {
            "next": {**following, "query_params": {**params, "before": str(_epoch(page[-1]))}}
        }
    return reply({"meta": {"status": 200, "msg": "OK"}, "response": response})


def _blog(account: Account, call: Call) -> dict[str, Any]:
    avatar = {"width": 512, "height": 512, "url": picture_url(call.base, account.avatar)}
    return {
        "name": account.handle,
        "title": account.title,
        "description": account.description,
        "url": account.home,
        "uuid": account.id,
        "avatar": [avatar],
        "posts": len(account.posts),
        "ask": True,
    }


def _post(account: Account, post: Post, call: Call) -> dict[str, Any]:
    common = {
        "blog_name": account.handle,
        "blog": _blog(account, call),
        "id": int(post.id),
        "id_string": post.id,
        "post_url": account.link(post),
        "date": post.date.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S GMT") if post.date else "",
        "timestamp": _epoch(post),
        "state": "published",
        "format": "html",
        "tags": list(post.tags),
        "note_count": len(post.answers) + (post.likes or 0) + (post.shares or 0),
    }
    if call.query.get("notes_info") == "true":
        common["notes"] = [_note(one) for one in reversed(post.answers)]
    return common | (_blocks(post, call) if call.query.get("npf") == "true" else _answer(post, call))


def _answer(post: Post, call: Call) -> dict[str, Any]:
    """The old format: HTML."""
    asker, question = _asked(post)
    return {
        "type": "answer",
        "asking_name": asker or "Anonymous",
        "asking_url": f"https://{asker}.larkwood.example/" if asker else None,
        "question": question,
        "answer": illustrated(post, call.base),
    }


def _blocks(post: Post, call: Call) -> dict[str, Any]:
    """The Neue Post Format: blocks, and which of them are the question."""
    asker, question = _asked(post)
    layout: dict[str, Any] = {"type": "ask", "blocks": [0]}
    if asker:
        blog = {"name": asker, "url": f"https://{asker}.larkwood.example/", "uuid": f"t:{asker}"}
        layout["attribution"] = {"type": "blog", "url": blog["url"], "blog": blog}
    reader = _Reader()
    reader.feed(body(post, call.base))
    content = [{"type": "text", "text": question}, *_images(post.pictures, call.base), *reader.blocks]
    return {
        "type": "blocks",
        "is_blocks_post_format": True,
        "content": content,
        "layout": [layout],
        "trail": [],
    }


def _images(pictures: Sequence[Picture], base: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "image",
            "media": [{
                "type": "image/jpeg", "url": picture_url(base, picture),
                "width": picture.size[0], "height": picture.size[1], "has_original_dimensions": True,
            }],
            **({"alt_text": picture.alt} if picture.alt else {}),
        }
        for picture in pictures
    ]  # fmt: skip


def _asked(post: Post) -> tuple[str, str]:
    """Who asked, "" for somebody without a name, and what."""
    asker, _, question = post.title.partition(" asked: ")
    return ("" if asker == "anonymous" else asker), question


def _note(one: Answer) -> dict[str, Any]:
    return {
        "type": "reply",
        "timestamp": int(one.date.timestamp()),
        "blog_name": one.author,
        "blog_uuid": f"t:{one.author}",
        "blog_url": f"https://{one.author}.larkwood.example/",
        "followed": False,
        "reply_text": one.text,
    }


def _epoch(post: Post) -> int:
    return int(post.date.timestamp()) if post.date else 0


class _Reader(HTMLParser):
    """Turns the HTML of a post into blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[dict[str, Any]] = []
        self._list = ""
        self._open: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ol", "ul"}:
            self._list = "ordered-list-item" if tag == "ol" else "unordered-list-item"
        elif tag in {"p", "li"}:
            subtype = {"subtype": self._list} if tag == "li" else {}
            self.blocks.append({"type": "text", "text": "", **subtype})
        elif tag in _INLINE:
            mark = {"start": len(self.blocks[-1]["text"]), "type": _INLINE[tag]}
            self._open.append(mark | ({"url": dict(attrs)["href"]} if tag == "a" else {}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE:
            block = self.blocks[-1]
            block.setdefault("formatting", []).append(self._open.pop() | {"end": len(block["text"])})

    def handle_data(self, data: str) -> None:
        if data.strip() or (self.blocks and self._open):
            self.blocks[-1]["text"] += data


NETWORK = Network(
    speaks="RSS 2.0 and the API of Tumblr",
    media_type="text/xml; charset=utf-8",
    render=render,
    answer=answer,
    too_many=too_many,
)
