"""TikTok: the Display API v2. There is an error in every answer, and pictures are signed for a while."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

_MOST = 20
_TOKEN_LIFE = 86_400
_REFRESH_LIFE = 31_536_000
_COVER_LIFE = 6 * 3600
_LOG = "20261122090000D3A07E41B2C85F6019"
_VIDEO = {
    "id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height", "width", "title",
    "embed_html", "embed_link", "like_count", "comment_count", "share_count", "view_count",
}  # fmt: skip
_USER = {"open_id", "union_id", "avatar_url", "display_name"}
_USER_OF_PROFILE = {"profile_deep_link", "bio_description", "is_verified", "username"}
_LONGEST_TITLE = 150


def answer(account: Account, call: Call) -> Reply:
    """Answer as TikTok does, to one whose token lives."""
    if (call.method, call.path) == ("POST", "/v2/oauth/token/"):
        return _token(account, call)
    if call.bearer not in call.memory.tokens:
        return _refused(
            401, "access_token_invalid", "The access token is invalid or not found in the request."
        )
    match call.method, call.path:
        case "GET", "/v2/user/info/":
            return _fields(call, _USER | _USER_OF_PROFILE) or _user(account, call)
        case "POST", "/v2/video/list/":
            return _fields(call, _VIDEO) or _list(account, call)
        case "POST", "/v2/video/query/":
            return _fields(call, _VIDEO) or _query(account, call)
    return _refused(404, "invalid_params", "Unsupported path(Janus)")


def too_many(_account: Account, _seconds: int) -> Reply:
    """TikTok does not say for how long."""
    return _refused(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")


def _token(account: Account, call: Call) -> Reply:
    said = call.form
    if (said.get("client_key"), said.get("client_secret")) != (account.client_id, account.client_secret):
        return _oauth("invalid_client", "Client key or secret is incorrect.")
    if said.get("grant_type") != "refresh_token":
        return _oauth("unsupported_grant_type", "Grant type is not supported.")
    refresh = call.memory.exchange(said.get("refresh_token", ""), account.name)
    if not refresh:
        return _oauth("invalid_grant", "Refresh token is invalid or expired.")
    call.memory.expire()
    return reply(
        {
            "access_token": call.memory.issue(account.name),
            "expires_in": _TOKEN_LIFE,
            "open_id": account.id,
            "refresh_expires_in": _REFRESH_LIFE,
            "refresh_token": refresh,
            "scope": "user.info.basic,video.list",
            "token_type": "Bearer",
        }
    )


def _oauth(error: str, description: str) -> Reply:
    return reply({"error": error, "error_description": description, "log_id": _LOG}, 400)


def _refused(status: int, code: str, message: str) -> Reply:
    return reply({"error": {"code": code, "message": message, "log_id": _LOG}}, status)


def _fields(call: Call, known: set[str]) -> Reply | None:
    """A refusal where ``fields`` is missing or names what there is not."""
    asked = {one for one in call.query.get("fields", "").split(",") if one}
    if not asked:
        return _refused(400, "invalid_params", "Fields is required in the query.")
    if wrong := sorted(asked - known):
        return _refused(400, "invalid_params", f"Invalid fields: {', '.join(wrong)}")
    return None


def _user(account: Account, call: Call) -> Reply:
    user = {
        "open_id": account.id,
        "union_id": account.id,
        "avatar_url": _signed(picture_url(call.base, account.avatar), call),
        "display_name": account.title,
    }
    asked = call.query["fields"].split(",")
    if set(asked) & _USER_OF_PROFILE:
        message = "The user did not authorize the scope required for completing this request."
        return _refused(401, "scope_not_authorized", message)
    return _found({"user": {name: value for name, value in user.items() if name in asked}})


def _list(account: Account, call: Call) -> Reply:
    said = _body(call)
    count = said.get("max_count", 10) if said is not None else None
    cursor = said.get("cursor", 0) if said is not None else None
    if not isinstance(count, int) or not 1 <= count <= _MOST or not isinstance(cursor, int):
        return _refused(
            400, "invalid_params", f"max_count must be from 1 to {_MOST}, and cursor a timestamp."
        )
    left = [post for post in account.posts if not cursor or _milliseconds(post) < cursor]
    page = left[:count]
    return _found(
        {
            "videos": [_video(account, post, call) for post in page],
            "cursor": _milliseconds(page[-1]) if page else cursor,
            "has_more": len(left) > len(page),
        }
    )


def _query(account: Account, call: Call) -> Reply:
    filters = (_body(call) or {}).get("filters")
    ids = filters.get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MOST:
        return _refused(400, "invalid_params", f"video_ids must be a list of 1 to {_MOST}.")
    return _found({"videos": [_video(account, post, call) for post in account.posts if post.id in ids]})


def _body(call: Call) -> dict[str, Any] | None:  # Any: JSON
    try:
        said = json.loads(call.body or b"{}")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _found(data: dict[str, object]) -> Reply:
    return reply({"data": data, "error": {"code": "ok", "message": "", "log_id": _LOG}})


def _video(account: Account, post: Post, call: Call) -> dict[str, object]:
    """A video with what ``fields`` asks for, and nothing else."""
    (cover,) = post.pictures
    width, height = cover.size
    tracked = f"utm_campaign=tt4d_open_api&utm_source={account.client_id}"
    embedded = f"{account.home.partition('/@')[0]}/static/profile-video?id={post.id}&hide_author=1&{tracked}"
    video: dict[str, object] = {
        "id": post.id,
        "create_time": _milliseconds(post) // 1000,
        "cover_image_url": _signed(picture_url(call.base, cover), call),
        "share_url": f"{account.link(post)}?{tracked}",
        "video_description": post.text,
        "title": post.text[:_LONGEST_TITLE],
        "duration": post.duration,
        "width": width,
        "height": height,
        "embed_html": f'<blockquote class="tiktok-embed" cite="{account.link(post)}"></blockquote>',
        "embed_link": embedded,
        "like_count": post.likes or 0,
        "comment_count": post.comments or 0,
        "share_count": post.shares or 0,
        "view_count": post.views or 0,
    }
    return {name: value for name, value in video.items() if name in call.query["fields"].split(",")}


def _signed(address: str, call: Call) -> str:
    """The address as it is good for six hours: here until another token asks, since there is no clock."""
    expires = 1_763_800_000 + _COVER_LIFE * (call.memory.issued + 1)
    signature = hashlib.sha256(f"{address} {expires}".encode()).hexdigest()[:20]
    return f"{address}?x-expires={expires}&x-signature={signature}"


def _milliseconds(post: Post) -> int:
    return int(post.date.timestamp()) * 1000 if post.date else 0


NETWORK = Network(speaks="the Display API of TikTok", answer=answer, too_many=too_many)
