"""Pinterest: a board's RSS, where the picture stands only inside the description, and the API v5."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC
from html import escape
from xml.etree.ElementTree import Element

from demo.brand import Account, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import image, picture_url
from demo.networks._xml import ATOM, add, document, rfc822, rss

_MOST = 250
_USUAL = 25
_TOKEN_LIFE = 30 * 86_400
_REFRESH_LIFE = 60 * 86_400
_PAGING = ("page_size", "bookmark", "ad_account_id")
_PIN = ("pin_metrics", "creative_types")
_OF_PINS = (*_PAGING, *_PIN, "pin_filter", "pin_type", "include_protected_pins")
_SIZES = {"150x150": 150, "400x300": 400, "600x": 600, "1200x": 1200}


def render(account: Account, base: str) -> bytes:
    """Write the board's pins."""
    root, channel = rss(atom=ATOM)
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "atom:link", href=base + account.path, rel="self")
    add(channel, "language", "en-us")
    add(channel, "lastBuildDate", rfc822(account.changed))
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "title", post.title)
    add(item, "link", link)
    pictures = "".join(image(base, picture) for picture in post.pictures)
    add(
        item,
        "description",
        f'<a href="{escape(link)}">{pictures}</a>{escape(post.text.strip(), quote=False)}',
    )
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    add(item, "guid", link)


def answer(account: Account, call: Call) -> Reply:
    """Answer as Pinterest does, to one whose token lives."""
    path = call.path.removeprefix("/v5/").split("/")
    if (call.method, *path) == ("POST", "oauth", "token"):
        return _token(account, call)
    if call.bearer not in call.memory.tokens:
        return _refused(401, 2, "Authentication failed.")
    match call.method, *path:
        case "GET", "boards":
            return _wrong(call, *_PAGING, "privacy") or _page([_board(account)], call)
        case "GET", "boards", board, "pins" if board != account.id:
            return _refused(404, 40, f"Board {board} not found.")
        case "GET", *_, "pins":
            known = (*_PAGING, *_PIN) if "boards" in path else _OF_PINS
            return _wrong(call, *known) or _page([_pin(account, post, call) for post in account.posts], call)
    return _refused(404, 0, "Not found")


def too_many(_account: Account, seconds: int) -> Reply:
    """Pinterest names seconds."""
    headers = {
        "x-ratelimit-limit": "1000, 1000;w=86400",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(seconds),
    }
    return _refused(429, 8, "You have exceeded your rate limit. Try again later.", headers)


def _token(account: Account, call: Call) -> Reply:
    if call.basic != (account.client_id, account.client_secret):
        return _refused(401, 2, "Authentication failed.")
    said = call.form
    if said.get("grant_type") != "refresh_token" or not said.get("refresh_token"):
        return _refused(400, 1, "Invalid request: grant_type and refresh_token are needed")
    if said.get("continuous_refresh") != "true":  # it plays an app from before September 2025
        return _refused(400, 1, "The legacy refresh token is no longer supported")
    refresh = call.memory.exchange(said["refresh_token"], account.name)
    if not refresh:
        return _refused(401, 2, "Authentication failed.")
    return reply(
        {
            "response_type": "refresh_token",
            "access_token": call.memory.issue(account.name),
            "token_type": "bearer",
            "expires_in": _TOKEN_LIFE,
            "scope": "boards:read pins:read user_accounts:read",
            "refresh_token": refresh,
            "refresh_token_expires_in": _REFRESH_LIFE,
        }
    )


def _refused(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    return reply({"code": code, "message": message}, status, headers)


def _wrong(call: Call, *known: str) -> Reply | None:
    """A refusal of parameters and sizes that there are not, or None."""
    if unknown := call.unknown(*known):
        return _refused(400, 1, f"Invalid request: '{unknown[0]}' is no parameter of this endpoint")
    size = call.query.get("page_size", str(_USUAL))
    if not size.isdecimal() or not 1 <= int(size) <= _MOST:
        return _refused(400, 1, f"Invalid request: {size} is not between 1 and {_MOST}")
    if call.query.get("pin_filter", "exclude_repins") not in {
        "exclude_native",
        "exclude_repins",
        "has_been_promoted",
    }:
        return _refused(400, 1, "Invalid request: pin_filter is not one of its values")
    return None


def _page(items: Sequence[dict[str, object]], call: Call) -> Reply:
    start = int(b64decode(call.query.get("bookmark", "")).decode() or 0)
    end = start + int(call.query.get("page_size", _USUAL))
    bookmark = b64encode(str(end).encode()).decode() if end < len(items) else None
    return reply({"items": list(items[start:end]), "bookmark": bookmark})


def _board(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.title,
        "description": account.description,
        "privacy": "PUBLIC",
        "owner": {"username": account.handle},
        "pin_count": len(account.posts),
    }


def _pin(account: Account, post: Post, call: Call) -> dict[str, object]:
    (picture,) = post.pictures
    pin: dict[str, object] = {
        "id": post.id,
        "created_at": post.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if post.date else None,
        "link": post.link or None,
        "title": post.title,
        "description": post.text.strip(),
        "alt_text": picture.alt or None,
        "dominant_color": "#6E7874",
        "creative_type": "REGULAR",
        "board_id": account.id,
        "board_section_id": None,
        "board_owner": {"username": account.handle},
        "is_owner": True,
        "is_standard": True,
        "parent_pin_id": None,
        "media": {"media_type": "image", "images": _images(picture, call.base)},
    }
    if call.query.get("pin_metrics") != "true":
        return pin
    counts = {"reaction": post.likes or 0, "comment": post.comments or 0, "impression": post.views or 0}
    return pin | {"pin_metrics": {"lifetime_metrics": {"pin_click": 0, "clickthrough": 0, **counts}}}


def _images(picture: Picture, base: str) -> dict[str, object]:
    """Every size that Pinterest names; the demo has each picture once."""
    width, height = picture.size
    address = picture_url(base, picture)
    return {
        name: {"width": size, "height": round(height * size / width), "url": address}
        for name, size in _SIZES.items()
    }


NETWORK = Network(
    speaks="RSS 2.0 (Pinterest board) and the API v5 of Pinterest",
    media_type="text/xml; charset=utf-8",
    render=render,
    answer=answer,
    too_many=too_many,
)
