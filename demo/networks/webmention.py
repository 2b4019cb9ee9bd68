"""webmention.io: what others wrote about Larkwood's pages, in JF2. The posts' authors are others throughout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

_MOST = 1000


def answer(account: Account, call: Call) -> Reply:
    """Answer as webmention.io does since September 2026."""
    if call.method != "GET" or call.path not in {"/api/mentions.jf2", "/api/deleted.jf2"}:
        return reply({"error": "not_found"}, 404)
    token = call.query.get("token") or call.query.get("access_token") or call.bearer
    if not token:
        return _refusal(400, "invalid_input", "Either a token or a target URL is required")
    if token not in call.memory.tokens:
        return _refusal(401, "forbidden", "Access token was not valid")
    if call.path == "/api/deleted.jf2":
        gone = [_deleted(account, post) for post in account.posts if "deleted" in post.extra]
        return reply({"type": "feed", "name": "Deleted webmentions", "children": gone})
    return _mentions(account, call)


def too_many(_account: Account, seconds: int) -> Reply:
    """What it says where it counts."""
    said = {"error": "rate_limited", "error_description": "Too many requests"}
    return reply(said, 429, {"retry-after": str(seconds)})


def _refusal(status: int, error: str, words: str) -> Reply:
    return reply({"error": error, "error_description": words}, status)


def _mentions(account: Account, call: Call) -> Reply:
    known = call.query.get("domain", account.handle) == account.handle
    newest = int(call.query.get("since_id", 0))
    found = [
        post for post in account.posts if known and "deleted" not in post.extra and int(post.id) > newest
    ]
    found.sort(key=lambda post: int(post.id), reverse=call.query.get("sort-dir", "down") == "down")
    limit = min(int(call.query.get("perPage") or call.query.get("per-page") or 20), _MOST)
    page = max(int(call.query.get("page", 0)), 0)
    shown = [_mention(account, post, call) for post in found[page * limit : (page + 1) * limit]]
    paging = {"per-page": limit, "page": page, "total": len(found), "total-pages": -(-len(found) // limit)}
    return reply({"type": "feed", "name": "Webmentions", "children": shown, "paging": paging})


def _mention(account: Account, post: Post, call: Call) -> dict[str, object]:
    relation, target = post.extra["property"], _target(account, post)
    photo = picture_url(call.base, post.avatar) if post.avatar else None
    entry: dict[str, object] = {
        "type": "entry",
        "author": {"type": "card", "name": post.author, "photo": photo, "url": post.extra["site"]},
        "url": post.link,
        "published": post.date.isoformat() if post.date else None,
        "wm-received": _received(post.date),
        "wm-id": int(post.id),
        "wm-source": post.link,
        "wm-target": target,
        "wm-protocol": "webmention",
    }
    if post.title:
        entry["name"] = post.title
    if post.pictures:
        entry["photo"] = [picture_url(call.base, picture) for picture in post.pictures]
    entry["content"] = {"html": post.html, "text": post.summary} if post.html else {"text": post.text}
    if relation == "rsvp":
        entry |= {"rsvp": "yes", "in-reply-to": target}
    else:
        entry[relation] = target
    return entry | {"wm-property": relation, "wm-private": post.extra.get("private", False)}


def _deleted(account: Account, post: Post) -> dict[str, object]:
    return {
        "wm-id": int(post.id),
        "wm-source": post.link,
        "wm-target": _target(account, post),
        "wm-deleted": _received(post.date),
    }


def _target(account: Account, post: Post) -> str:
    target: str = post.extra.get("target", account.home)
    return target


def _received(moment: datetime | None) -> str | None:
    """A minute later, in UTC."""
    if moment is None:
        return None
    return (moment.astimezone(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


NETWORK = Network(speaks="JF2, as webmention.io does", answer=answer, too_many=too_many)
