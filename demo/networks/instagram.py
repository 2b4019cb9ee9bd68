"""Instagram's API for one professional account, by Instagram Login and, below /facebook, by Facebook Login."""

from __future__ import annotations

from typing import Any

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks import _meta as meta
from demo.networks._api import Call, Reply
from demo.networks._html import picture_url

API = meta.Api(type="IGApiException", usage="instagram")
OTHERS = meta.Api(type="IGApiException", usage="instagram", most=50)
SIXTY_DAYS = 5183944
HASHTAG = "17843800000000077"
_BY_FACEBOOK = "/facebook"
_PROFILE = {"id": None, "user_id": None, "username": None, "name": None, "profile_picture_url": None}
_PART = {
    "id": None,
    "media_type": None,
    "media_url": None,
    "thumbnail_url": None,
    "alt_text": None,
    "timestamp": None,
}
_OTHERS = {
    "id": None, "caption": None, "media_type": None, "media_url": None, "permalink": None, "timestamp": None,
    "like_count": None, "comments_count": None, "children": {"id": None, "media_type": None, "media_url": None},
}  # fmt: skip
_MEDIA = {
    **_OTHERS, "alt_text": None, "media_product_type": None, "thumbnail_url": None, "shortcode": None,
    "username": None, "children": _PART,
}  # fmt: skip
_SAID = {
    "id": None,
    "text": None,
    "timestamp": None,
    "username": None,
    "like_count": None,
    "hidden": None,
    "from": None,
}
_COMMENT = {**_SAID, "replies": _SAID}


def answer(account: Account, call: Call) -> Reply:
    """Answer as the API does to tokens of either login."""
    if call.path.strip("/") == "refresh_access_token":
        return meta.played(API, call, lambda token: _refreshed(call, token))
    return meta.played(API, call, lambda _: _answered(account, call))


def too_many(_account: Account, seconds: int) -> Reply:
    """Refuse as an account's limit does."""
    words = "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again."
    return meta.too_many(API, words, 80002, seconds)


def media_id(code: str) -> str:
    """The number of a post; its address has its code."""
    return str(18 * 10**15 + int.from_bytes(code.encode(), "big") % 10**15)


def _refreshed(call: Call, token: str) -> object:
    """Another sixty days for a token that lives; here every one is a day old."""
    if call.query.get("grant_type") != "ig_refresh_token" or "access_token" not in call.query:
        raise meta.RefusedError("Missing or invalid grant_type parameter", 100)
    call.memory.tokens.remove(token)
    return {"access_token": call.memory.issue("instagram"), "token_type": "bearer", "expires_in": SIXTY_DAYS}


def _answered(account: Account, call: Call) -> object:
    by_facebook = call.path.startswith(_BY_FACEBOOK)
    path = call.path.removeprefix(_BY_FACEBOOK).strip("/").split("/")
    if path[0] != meta.VERSION:
        raise meta.RefusedError(f"Unknown path components: {call.path}", 2500)
    known = _of_facebook(account, call, path[1:]) if by_facebook else None
    if known is not None:
        return known
    match path[1:]:
        case [identity] if _is_account(identity, account, by_facebook=by_facebook):
            return meta.chosen(call, _profile(account, call), _PROFILE, "IGUser")
        case [identity, "media"] if _is_account(identity, account, by_facebook=by_facebook):
            meta.parameters(call, "since", "until")
            posts = [_media(account, post, call) for post in account.posts]
            return meta.edge(call, posts, _MEDIA, "IGMedia", API, "timestamp")
        case [identity, "comments"]:
            meta.parameters(call)
            return meta.edge(call, _comments(account, identity), _COMMENT, "IGComment", OTHERS)
        case [identity, *_]:
            raise meta.unsupported("get", identity)
    raise meta.RefusedError(f"Unknown path components: {call.path}", 2500)


def _of_facebook(account: Account, call: Call, path: list[str]) -> object | None:
    """What only Facebook Login has; None for all else."""
    match path:
        case ["me"]:
            page = {"id": "108242000000001", "instagram_business_account": _profile(account, call)}
            return meta.chosen(call, page, {"id": None, "instagram_business_account": _PROFILE}, "Page")
        case [account.id, "tags"]:
            meta.parameters(call)
            nodes = [_of_others(one, account, call) for one in account.extra["tagged"]]
            return meta.edge(call, nodes, {**_OTHERS, "username": None}, "IGMedia", OTHERS)
        case ["ig_hashtag_search"]:
            meta.parameters(call, "user_id", "q")
            return _hashtag(account, call)
        case [identity, "recent_media"] if identity == HASHTAG:
            meta.parameters(call, "user_id")
            _asker(account, call)
            nodes = [_of_others(one, account, call) for one in account.extra["hashtagged"]]
            return meta.edge(call, nodes, _OTHERS, "IGMedia", OTHERS)
    return None


def _is_account(identity: str, account: Account, *, by_facebook: bool) -> bool:
    return identity == account.id or (identity == "me" and not by_facebook)


def _asker(account: Account, call: Call) -> None:
    if call.query.get("user_id") != account.id:
        raise meta.RefusedError("(#100) The parameter user_id is required", 100)


def _hashtag(account: Account, call: Call) -> object:
    _asker(account, call)
    if call.query.get("q") != "slowhomes":
        raise meta.RefusedError("The requested resource does not exist", 24)
    return {"data": [{"id": HASHTAG}]}


def _profile(account: Account, call: Call) -> meta.Node:
    return {
        "id": account.id,
        "user_id": account.id,
        "username": account.handle,
        "name": account.title,
        "profile_picture_url": picture_url(call.base, account.avatar),
    }


def _media(account: Account, post: Post, call: Call) -> dict[str, Any]:  # Any: JSON
    parts = [_part(post, picture, number, call) for number, picture in enumerate(post.pictures, start=1)]
    album = len(parts) > 1
    count = post.comments if post.comments is not None else len(post.answers)
    return {
        **parts[0],
        "id": media_id(post.id),
        "caption": post.text,
        "media_type": "CAROUSEL_ALBUM" if album else parts[0]["media_type"],
        "media_product_type": "REELS" if post.kind == "video" else "FEED",
        "alt_text": None if album else parts[0]["alt_text"],
        "permalink": account.link(post),
        "shortcode": post.id,
        "timestamp": meta.moment(post.date),
        "username": account.handle,
        # An account may hide how many like a post: then there is no count.
        "like_count": post.likes,
        "comments_count": count,
        "children": {"data": parts} if album else None,
    }


def _part(post: Post, picture: Picture, number: int, call: Call) -> dict[str, Any]:  # Any: JSON
    address = picture_url(call.base, picture)
    film = f"https://video.larkwood.example/instagram/{post.id}.mp4"
    video = post.kind == "video"
    return {
        "id": media_id(f"{post.id}{number}"),
        "media_type": "VIDEO" if video else "IMAGE",
        "media_url": film if video else address,
        "thumbnail_url": address if video else None,
        "alt_text": picture.alt,
        "timestamp": meta.moment(post.date),
    }


def _of_others(said: meta.Node, account: Account, call: Call) -> dict[str, Any]:  # Any: JSON
    return {
        "id": media_id(said["id"]),
        "caption": said["text"],
        "media_type": "IMAGE",
        "media_url": picture_url(call.base, said["picture"]),
        "permalink": account.permalink.format(id=said["id"]),
        "timestamp": meta.moment(said["date"]),
        "username": said.get("username"),
        "like_count": 5,
        "comments_count": 0,
    }


def _comments(account: Account, identity: str) -> list[dict[str, Any]]:  # Any: JSON
    """The comments on a post, each with what was said to it."""
    found = [post for post in account.posts if media_id(post.id) == identity]
    if not found:
        raise meta.unsupported("get", identity)
    answers = found[0].answers
    replies = {one.id: [_said(other) for other in answers if other.answers == one.id] for one in answers}
    return [
        _said(one) | {"replies": {"data": replies[one.id]} if replies[one.id] else None}
        for one in answers
        if not one.answers
    ]


def _said(one: Answer) -> dict[str, Any]:  # Any: JSON
    return {
        "id": one.id,
        "text": one.text,
        "timestamp": meta.moment(one.date),
        "username": one.author,
        "like_count": one.likes,
        "hidden": False,
    }


NETWORK = Network(speaks="the Instagram API", answer=answer, too_many=too_many)
