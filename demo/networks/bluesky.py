"""Bluesky: an AppView that shows posts to anybody, and an account server with sessions, at one address."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Memory, Reply, reply
from demo.networks._html import picture_url

_MOST = 100  # posts of one answer
_PROCEDURES = {"com.atproto.server.createSession", "com.atproto.server.refreshSession"}
_FEATURES = re.compile(
    r"(?P<link>https?://[^\s]+[^\s.,;:!?)])|(?<!\w)#(?P<tag>\w*[^\W\d]\w*)|(?<!\w)@(?P<handle>[\w-]+(?:\.[\w-]+)+)"
)


def answer(account: Account, call: Call) -> Reply:
    """Answer as the AppView 0.0.280 does, or the PDS 0.5.35 to one who has a session."""
    method = call.path.removeprefix("/xrpc/")
    if method in _PROCEDURES:
        return _session(account, call, method.rpartition(".")[2])
    if method not in _QUERIES:
        return _refusal(501, "MethodNotImplemented", "Method Not Implemented")
    needed, play = _QUERIES[method]
    return _wrong(call, method, needed) or _locked(call, method) or play(account, call)


def too_many(_account: Account, seconds: int) -> Reply:
    """The PDS says it in the headers of an old draft, too; their moment would take a clock."""
    limits = {
        "ratelimit-limit": "3000",
        "ratelimit-remaining": "0",
        "ratelimit-policy": "3000;w=300",
        "retry-after": str(seconds),
    }
    return _refusal(429, "RateLimitExceeded", "Rate Limit Exceeded", limits)


def _refusal(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    return reply({"error": error, "message": message}, status, headers)


def _wrong(call: Call, method: str, needed: str) -> Reply | None:
    """What is wrong with a question before anybody looks who asks it."""
    limit = call.query.get("limit", "50")
    if call.method != "GET":
        said = f"Incorrect HTTP method ({call.method}) expected GET"
    elif needed not in call.query:
        said = f'Invalid {method} params: Missing required key "{needed}"'
    elif not limit.isdigit():
        said = f"Invalid {method} params: Expected integer value type (got {limit})"
    elif int(limit) > _MOST:
        said = f"Invalid {method} params: integer too big (maximum {_MOST}, got {limit})"
    else:
        return None
    return _refusal(400, "InvalidRequest", said)


def _locked(call: Call, method: str) -> Reply | None:
    """What is wrong with who asks."""
    if call.bearer in call.memory.expired:
        return _refusal(400, "ExpiredToken", "Token has expired")
    if call.bearer and call.bearer not in call.memory.tokens:
        return _refusal(400, "InvalidToken", "Token could not be verified")
    if method == "app.bsky.feed.searchPosts" and not call.bearer:
        return _refusal(403, "Forbidden", "Request not allowed")
    return None


# Sessions.


def _session(account: Account, call: Call, method: str) -> Reply:
    if call.method != "POST":
        said = f"Incorrect HTTP method ({call.method}) expected POST"
        return _refusal(400, "InvalidRequest", said)
    return _created(account, call) if method == "createSession" else _refreshed(account, call)


def _refreshed(account: Account, call: Call) -> Reply:
    if call.body:
        return _refusal(400, "InvalidRequest", "A request body was provided when none was expected")
    if not call.bearer:
        return _refusal(401, "AuthMissing", "Authentication Required")
    if call.bearer in call.memory.used:
        return _refusal(400, "ExpiredToken", "Token has been revoked")
    refresh = call.memory.exchange(call.bearer, account.name, once=True)
    if not refresh:
        return _refusal(400, "InvalidToken", "Token could not be verified")
    return _opened(account, call.memory, refresh)


def _created(account: Account, call: Call) -> Reply:
    if not call.headers.get("content-type", "").startswith("application/json"):
        said = "Wrong request encoding (Content-Type): expected application/json"
        return _refusal(400, "InvalidRequest", said)
    said = json.loads(call.body)
    known = said.get("identifier") in {account.handle, account.id}
    if not known or said.get("password") != account.client_secret:
        return _refusal(401, "AuthenticationRequired", "Invalid identifier or password")
    refresh = f"demo-{account.name}-refresh-{call.memory.issued:04}-created"
    call.memory.refreshes.add(refresh)
    return _opened(account, call.memory, refresh)


def _opened(account: Account, memory: Memory, refresh: str) -> Reply:
    return reply(
        {
            "accessJwt": memory.issue(account.name),
            "refreshJwt": refresh,
            "did": account.id,
            "handle": account.handle,
            "email": "social@larkwood.example",
            "emailConfirmed": True,
            "active": True,
        }
    )


# Answers.


def _resolved(account: Account, call: Call) -> Reply:
    if call.query["handle"] != account.handle:
        return _refusal(400, "InvalidRequest", "Unable to resolve handle")
    return reply({"did": account.id})


def _feed(account: Account, call: Call) -> Reply:
    if call.query["actor"] not in {account.id, account.handle}:
        return _refusal(400, "InvalidRequest", "Profile not found")
    shown = [post for post in account.posts if not post.handle or "reposted" in post.extra]
    page, cursor = _page(shown, call)
    items = [_item(account, post, call) for post in page]
    return reply({"feed": items} | ({"cursor": cursor} if cursor else {}))


def _item(account: Account, post: Post, call: Call) -> dict[str, object]:
    item: dict[str, object] = {"post": _view(account, post, call)}
    if post.handle:
        item["reason"] = {
            "$type": "app.bsky.feed.defs#reasonRepost",
            "by": _author(account, call),
            "uri": f"at://{account.id}/app.bsky.feed.repost/{post.id}",
            "indexedAt": _moment(post.extra["reposted"]),
        }
    return item


def _posts(account: Account, call: Call) -> Reply:
    """The last of the posts that are asked for: a call keeps one value of each name."""
    there = {_uri(account, post): post for post in account.posts}
    post = there.get(call.query["uris"])
    return reply({"posts": [_view(account, post, call)] if post else []})


def _thread(account: Account, call: Call) -> Reply:
    uri = call.query["uri"]
    post = next((post for post in account.posts if _uri(account, post) == uri), None)
    if post is None:
        return _refusal(400, "NotFound", f"Post not found: {uri}")
    root = _node(_view(account, post, call), _answers(account, post, "", call))
    return reply({"thread": root})


def _answers(account: Account, post: Post, to: str, call: Call) -> list[dict[str, object]]:
    """What was answered to the post, or to the answer of that id."""
    return [
        _node(_answer(account, post, one, call), _answers(account, post, one.id, call))
        for one in post.answers
        if one.answers == to
    ]


def _node(view: dict[str, object], replies: list[dict[str, object]]) -> dict[str, object]:
    return {
        "$type": "app.bsky.feed.defs#threadViewPost", "post": view, "replies": replies, "threadContext": {}
    }  # fmt: skip


def _found(account: Account, call: Call) -> Reply:
    tag, mentioned = call.query.get("tag", "").lower(), call.query.get("mentions", "")
    posts = [
        post
        for post in account.posts
        if call.query["q"].lower() in post.text.lower()
        and (not tag or tag in {one.lower() for one in _tags(post.text)})
        and (not mentioned or mentioned in _mentioned(post.text, account))
    ]
    page, cursor = _page(posts, call)
    views = [_view(account, post, call) for post in page]
    return reply({"posts": views, "hitsTotal": len(posts)} | ({"cursor": cursor} if cursor else {}))


def _page(posts: Sequence[Post], call: Call) -> tuple[Sequence[Post], str]:
    """The posts of a page, and where the next begins: a moment and a cid."""
    limit = int(call.query.get("limit", "50"))
    before = call.query.get("cursor", "").rpartition("__")[2]
    at = next((number for number, post in enumerate(posts, start=1) if _cid(post.id) == before), 0)
    page = posts[at : at + limit]
    if not page or at + limit >= len(posts) or page[-1].date is None:
        return page, ""
    return page, f"{int(page[-1].date.timestamp() * 1000)}__{_cid(page[-1].id)}"


# Posts.


def _view(account: Account, post: Post, call: Call) -> dict[str, object]:
    author = _other(post.handle, post.author) if post.handle else _author(account, call)
    embed = _embed(account, post, call)
    record: dict[str, object] = {
        "$type": "app.bsky.feed.post", "text": post.text, "createdAt": _moment(post.date), "langs": [post.lang]
    }  # fmt: skip
    if facets := list(_facets(post.text, account)):
        record["facets"] = facets
    uri = _uri(account, post)
    labels = [{"src": account.id, "uri": uri, "val": label} for label in post.extra.get("labels", ())]
    view: dict[str, object] = {"uri": uri, "cid": _cid(post.id), "author": author, "record": record}
    view |= {"embed": embed} if embed else {}
    return view | {
        "bookmarkCount": 0,
        "replyCount": len(post.answers),
        "repostCount": post.shares or 0,
        "likeCount": post.likes or 0,
        "quoteCount": 0,
        "indexedAt": _moment(post.date),
        "labels": labels,
    }


def _answer(account: Account, post: Post, one: Answer, call: Call) -> dict[str, object]:
    own = one.handle == f"@{account.handle}"
    author = _author(account, call) if own else _other(one.handle, one.author)
    parent = next((other for other in post.answers if other.id == one.answers), None)
    of = (account.id, post.id) if parent is None else (_did(parent.handle, account), parent.id)
    root = {"uri": _uri(account, post), "cid": _cid(post.id)}
    above = {"uri": f"at://{of[0]}/app.bsky.feed.post/{of[1]}", "cid": _cid(of[1])}
    return {
        "uri": f"at://{author['did']}/app.bsky.feed.post/{one.id}",
        "cid": _cid(one.id),
        "author": author,
        "record": {
            "$type": "app.bsky.feed.post",
            "text": one.text,
            "createdAt": _moment(one.date),
            "reply": {"root": root, "parent": above},
        },
        "bookmarkCount": 0,
        "replyCount": sum(other.answers == one.id for other in post.answers),
        "repostCount": 0,
        "likeCount": one.likes,
        "quoteCount": 0,
        "indexedAt": _moment(one.date),
        "labels": [],
    }


def _facets(text: str, account: Account) -> Iterator[dict[str, object]]:
    """Where the links, hashtags and mentions are, in bytes of UTF-8."""
    for match in _FEATURES.finditer(text):
        start, end = (len(text[:at].encode()) for at in match.span())
        if match["link"]:
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": match["link"]}
        elif match["tag"]:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": match["tag"]}
        else:
            did = _did(match["handle"], account)
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
        yield {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def _tags(text: str) -> list[str]:
    return [match["tag"] for match in _FEATURES.finditer(text) if match["tag"]]


def _mentioned(text: str, account: Account) -> set[str]:
    return {_did(match["handle"], account) for match in _FEATURES.finditer(text) if match["handle"]}


def _embed(account: Account, post: Post, call: Call) -> dict[str, object]:
    shown = _shown(post, call)
    quoted = next((one for one in account.posts if one.id == post.quotes), None)
    if quoted is None:
        return shown
    whole = _view(account, quoted, call)
    record = {
        "$type": "app.bsky.embed.record#viewRecord",
        **{key: whole[key] for key in ("uri", "cid", "author", "labels", "indexedAt")},
        "value": whole["record"],
    }
    quote: dict[str, object] = {"$type": "app.bsky.embed.record#view", "record": record}
    if not shown:
        return quote
    return {"$type": "app.bsky.embed.recordWithMedia#view", "record": quote, "media": shown}


def _shown(post: Post, call: Call) -> dict[str, object]:
    """Pictures or a link card; a post has one of them."""
    if post.link:
        card = {"uri": post.link, "title": post.title, "description": post.summary}
        if post.pictures:
            card["thumb"] = picture_url(call.base, post.pictures[0])
        return {"$type": "app.bsky.embed.external#view", "external": card}
    if post.pictures:
        images = [_image(picture, call.base) for picture in post.pictures]
        return {"$type": "app.bsky.embed.images#view", "images": images}
    return {}


def _image(picture: Picture, base: str) -> dict[str, object]:
    width, height = picture.size
    address = picture_url(base, picture)
    ratio = {"width": width, "height": height}
    return {"thumb": address, "fullsize": address, "alt": picture.alt, "aspectRatio": ratio}


def _author(account: Account, call: Call) -> dict[str, object]:
    avatar = picture_url(call.base, account.avatar)
    return _other(account.handle, account.title) | {"did": account.id, "avatar": avatar}


def _other(handle: str, name: str) -> dict[str, object]:
    handle = handle.removeprefix("@")
    return {"did": _did(handle), "handle": handle, "displayName": name, "labels": []}


def _did(handle: str, account: Account | None = None) -> str:
    """Who has this handle: the account, or somebody whose did is made of it."""
    handle = handle.removeprefix("@")
    if account and handle == account.handle:
        return account.id
    digest = hashlib.sha256(handle.encode()).digest()
    return f"did:plc:{base64.b32encode(digest)[:24].decode().lower()}"


def _uri(account: Account, post: Post) -> str:
    return f"at://{_did(post.handle, account) if post.handle else account.id}/app.bsky.feed.post/{post.id}"


def _cid(identity: str) -> str:
    digest = hashlib.sha256(identity.encode()).digest()
    return "bafyrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else ""


_QUERIES: Mapping[str, tuple[str, Callable[[Account, Call], Reply]]] = MappingProxyType(
    {
        "com.atproto.identity.resolveHandle": ("handle", _resolved),
        "app.bsky.feed.getAuthorFeed": ("actor", _feed),
        "app.bsky.feed.getPosts": ("uris", _posts),
        "app.bsky.feed.getPostThread": ("uri", _thread),
        "app.bsky.feed.searchPosts": ("q", _found),
    }
)

NETWORK = Network(speaks="the XRPC of Bluesky, with sessions", answer=answer, too_many=too_many)
