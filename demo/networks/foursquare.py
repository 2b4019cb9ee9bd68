"""Foursquare's Places API: the tips for one place, as a bare array."""

from __future__ import annotations

from collections.abc import Callable

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

_VERSIONS = {"2025-06-17"}
_MOST = 50
_USUAL = "fsq_tip_id,created_at,text"


def answer(account: Account, call: Call) -> Reply:
    """Answer as Foursquare does: to a service key, in a version that is named."""
    if call.bearer not in call.memory.tokens:  # a key without "Bearer" is of the old API
        return reply({"message": "Invalid request token."}, 401)
    if call.headers.get("x-places-api-version") not in _VERSIONS:
        return reply({"message": "X-Places-Api-Version header is missing or not a known version"}, 400)
    if call.method != "GET":
        return reply({"message": "Method Not Allowed"}, 405)
    match call.path.split("/")[1:]:
        case ["places", account.id, "tips"]:
            return _tips(account, call)
        case ["places", _, "tips"]:
            return reply({"message": "Invalid place specified"}, 404)
    return reply({"message": "Not Found"}, 404)


def too_many(_account: Account, _seconds: int) -> Reply:
    """Foursquare does not say how long to wait."""
    return reply({"message": "Rate limit exceeded"}, 429)


def _tips(account: Account, call: Call) -> Reply:
    fields = call.query.get("fields", _USUAL).split(",")
    limit, sort = call.query.get("limit", "10"), call.query.get("sort", "POPULAR")
    for name in call.unknown("fields", "limit", "sort"):
        return reply({"message": f"Unknown query parameter: {name}"}, 400)
    for name in sorted(set(fields) - set(_FIELDS)):
        return reply({"message": f"Invalid field: {name}"}, 400)
    if not limit.isdigit() or not 1 <= int(limit) <= _MOST:
        return reply({"message": f"limit must be between 1 and {_MOST}"}, 400)
    if sort not in {"POPULAR", "NEWEST"}:
        return reply({"message": "sort must be one of POPULAR, NEWEST"}, 400)
    posts = sorted(account.posts, key=lambda post: -(post.likes or 0)) if sort == "POPULAR" else account.posts
    return reply([_tip(post, fields, call.base) for post in posts[: int(limit)]])


def _tip(post: Post, fields: list[str], base: str) -> dict[str, object]:
    """The fields that were asked for, those aside that the tip has not."""
    tip = {name: _FIELDS[name](post, base) for name in fields}
    return {name: value for name, value in tip.items() if value is not None}


def _created_at(post: Post, _base: str) -> object:
    """What the page says is a date is a number in old tips; both come."""
    if post.date is None:
        return None
    return int(post.date.timestamp()) if post.extra.get("old") else f"{post.date:%Y-%m-%dT%H:%M:%S.000Z}"


def _photo(post: Post, base: str) -> object:
    if not post.pictures:
        return None
    width, height = post.pictures[0].size
    prefix, _, suffix = picture_url(base, post.pictures[0]).rpartition("/")
    return {
        "id": f"{post.id[:14]}",
        "created_at": _created_at(post, base),
        "prefix": f"{prefix}/",
        "suffix": f"/{suffix}",
        "width": width,
        "height": height,
    }


_FIELDS: dict[str, Callable[[Post, str], object]] = {
    "fsq_tip_id": lambda post, _: post.id,
    "created_at": _created_at,
    "text": lambda post, _: post.text,
    "lang": lambda post, _: post.lang,
    "url": lambda post, _: post.link or None,
    "agree_count": lambda post, _: post.likes or 0,
    "disagree_count": lambda _post, _: 0,
    "photo": _photo,
}


NETWORK = Network(speaks="Foursquare's Places API", answer=answer, too_many=too_many)
