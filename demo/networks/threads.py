"""The Threads API for one profile."""

from __future__ import annotations

from typing import Any

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks import _meta as meta
from demo.networks._api import Call, Reply
from demo.networks._html import picture_url

API = meta.Api(type="THApiException", usage="threads")
VERSION = "v1.0"
SIXTY_DAYS = 5184000
_PROFILE = {
    "id": None,
    "username": None,
    "name": None,
    "threads_profile_picture_url": None,
    "threads_biography": None,
}
_PART = {"id": None, "media_type": None, "media_url": None, "thumbnail_url": None, "alt_text": None}
_POLL = {"option_a": None, "option_b": None, "option_c": None, "option_d": None, "expiration_timestamp": None}
_MEDIA = {
    **_PART, "media_product_type": None, "gif_url": None, "permalink": None, "owner": {"id": None}, "username": None,
    "text": None, "timestamp": None, "shortcode": None, "children": _PART, "is_quote_post": None,
    "quoted_post": {"id": None}, "reposted_post": {"id": None}, "has_replies": None, "link_attachment_url": None,
    "poll_attachment": _POLL, "location_id": None, "topic_tag": None, "is_verified": None,
    "profile_picture_url": None, "is_spoiler_media": None,
}  # fmt: skip
_REPLY = {
    **_MEDIA, "is_reply": None, "is_reply_owned_by_me": None, "root_post": {"id": None}, "replied_to": {"id": None},
    "hide_status": None, "reply_audience": None,
}  # fmt: skip


def answer(account: Account, call: Call) -> Reply:
    """Answer as version 1.0 does."""
    if call.path.strip("/") == "refresh_access_token":
        return meta.played(API, call, lambda token: _refreshed(call, token))
    return meta.played(API, call, lambda _: _answered(account, call))


def too_many(_account: Account, seconds: int) -> Reply:
    """Refuse as an app's limit does."""
    return meta.too_many(API, "(#4) Application request limit reached", 4, seconds)


def media_id(code: str) -> str:
    """The number of a post; its address has its code."""
    return str(18 * 10**15 + int.from_bytes(code.encode(), "big") % 10**15)


def _refreshed(call: Call, token: str) -> object:
    """Another sixty days for a token that lives; here every one is a day old."""
    if call.query.get("grant_type") != "th_refresh_token" or "access_token" not in call.query:
        raise meta.RefusedError("Missing or invalid grant_type parameter", 100)
    call.memory.tokens.remove(token)
    return {"access_token": call.memory.issue("threads"), "token_type": "bearer", "expires_in": SIXTY_DAYS}


def _answered(account: Account, call: Call) -> object:
    match call.path.strip("/").split("/"):
        case [version, "me" | account.id] if version == VERSION:
            return meta.chosen(call, _profile(account, call), _PROFILE, "ThreadsUser")
        case [version, "me" | account.id, "threads"] if version == VERSION:
            meta.parameters(call, "since", "until")
            posts = [_post(account, post, call) for post in account.posts]
            return meta.edge(call, posts, _MEDIA, "ThreadsMedia", API, "timestamp")
        case [version, "me" | account.id, "mentions"] if version == VERSION:
            meta.parameters(call, "since", "until")
            posts = [_of_others(account, one) for one in account.extra["mentioned"]]
            return meta.edge(call, posts, _MEDIA, "ThreadsMedia", API, "timestamp")
        case [version, "keyword_search"] if version == VERSION:
            meta.parameters(call, "since", "until", "q", "search_type", "search_mode", "media_type")
            return _found(account, call)
        case [version, identity, "conversation"] if version == VERSION:
            meta.parameters(call, "reverse")
            return meta.edge(call, _conversation(account, identity), _REPLY, "ThreadsMedia", API)
        case [version, identity, *_] if version == VERSION:
            raise meta.unsupported("get", identity)
    raise meta.RefusedError(f"Unknown path components: {call.path}", 2500)


def _found(account: Account, call: Call) -> object:
    topic = call.query.get("q", "")
    if not topic:
        raise meta.RefusedError("(#100) The parameter q is required", 100)
    if call.query.get("search_type", "TOP") not in {"TOP", "RECENT"}:
        raise meta.RefusedError("(#100) Param search_type must be one of {TOP, RECENT}", 100)
    tagged = [post for post in account.posts if post.extra.get("topic", "").lower() == topic.lower()]
    posts = [_post(account, post, call) for post in tagged]
    return meta.edge(call, posts, _MEDIA, "ThreadsMedia", API, "timestamp")


def _profile(account: Account, call: Call) -> meta.Node:
    return {
        "id": account.id,
        "username": account.handle,
        "name": account.title,
        "threads_profile_picture_url": picture_url(call.base, account.avatar),
        "threads_biography": account.description,
    }


def _post(account: Account, post: Post, call: Call) -> dict[str, Any]:  # Any: JSON
    parts = [_part(post, picture, number, call) for number, picture in enumerate(post.pictures, start=1)]
    first: meta.Node = parts[0] if parts else {"media_type": "TEXT_POST"}
    if post.extra.get("repost"):
        first = {"media_type": "REPOST_FACADE"}
    album = len(parts) > 1
    options = dict(zip("abcd", post.extra.get("poll", ()), strict=False))
    return {
        **({"media_type": "CAROUSEL_ALBUM"} if album else first),
        **_base(account.handle, account, post.id),
        "owner": {"id": account.id},
        "text": None if post.extra.get("repost") else post.text,
        "timestamp": meta.moment(post.date),
        "children": {"data": parts} if album else None,
        "is_quote_post": bool(post.quotes),
        "quoted_post": {"id": media_id(post.quotes)} if post.quotes else None,
        "reposted_post": {"id": "18000000000000009"} if post.extra.get("repost") else None,
        "has_replies": bool(post.answers),
        "link_attachment_url": post.link,
        "poll_attachment": {f"option_{letter}": words for letter, words in options.items()} or None,
        "topic_tag": post.extra.get("topic"),
        "is_spoiler_media": False,
    }


def _base(username: str, account: Account, code: str) -> dict[str, Any]:  # Any: JSON
    return {
        "id": media_id(code),
        "media_product_type": "THREADS",
        "permalink": account.permalink.format(id=code).replace(account.handle, username),
        "username": username,
        "shortcode": code,
    }


def _part(post: Post, picture: Picture, number: int, call: Call) -> dict[str, Any]:  # Any: JSON
    address = picture_url(call.base, picture)
    video = post.kind == "video"
    return {
        "id": media_id(f"{post.id}{number}"),
        "media_type": "VIDEO" if video else "IMAGE",
        "media_url": f"https://video.larkwood.example/threads/{post.id}.mp4" if video else address,
        "thumbnail_url": address if video else None,
        "alt_text": picture.alt,
    }


def _of_others(account: Account, said: meta.Node) -> dict[str, Any]:  # Any: JSON
    return {
        **_base(said["username"], account, said["id"]),
        "media_type": "TEXT_POST",
        "text": said["text"],
        "timestamp": meta.moment(said["date"]),
        "has_replies": False,
    }


def _conversation(account: Account, identity: str) -> list[dict[str, Any]]:  # Any: JSON
    """Every reply, also those to replies, in one list."""
    found = [post for post in account.posts if media_id(post.id) == identity]
    if not found:
        raise meta.unsupported("get", identity)
    return [_reply(account, found[0], one) for one in found[0].answers]


def _reply(account: Account, post: Post, one: Answer) -> dict[str, Any]:  # Any: JSON
    hidden = one.id in post.extra.get("hidden", ())
    return {
        **_base(one.author, account, one.id),
        "media_type": "TEXT_POST",
        "text": one.text,
        "timestamp": meta.moment(one.date),
        "has_replies": any(other.answers == one.id for other in post.answers),
        "is_reply": True,
        "is_reply_owned_by_me": one.author == account.handle,
        "root_post": {"id": media_id(post.id)},
        "replied_to": {"id": media_id(one.answers or post.id)},
        "hide_status": "HIDDEN" if hidden else "NOT_HUSHED",
    }


NETWORK = Network(speaks="the Threads API", answer=answer, too_many=too_many)
