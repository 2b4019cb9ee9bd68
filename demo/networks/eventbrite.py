"""Eventbrite's API, v3: the events of an organisation, page by page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import paragraphs, picture_url

_STATUSES = {"draft", "live", "started", "ended", "completed", "canceled"}
_ORDERS = {"start_asc", "start_desc", "created_asc", "created_desc", "name_asc", "name_desc"}
_EXPANSIONS = {"venue", "logo", "organizer", "ticket_availability", "category", "format"}


def answer(account: Account, call: Call) -> Reply:
    """Answer as Eventbrite does to a member of the organisation."""
    if "authorization" not in call.headers:
        return _refusal(401, "NO_AUTH", "Authentication is required to access this endpoint.")
    if call.bearer not in call.memory.tokens:
        return _refusal(401, "INVALID_AUTH", "The OAuth token you provided was invalid.")
    match call.path.split("/")[1:]:
        case ["v3", "organizations", account.id, "events", ""]:
            if call.method != "GET":
                return _refusal(
                    405, "METHOD_NOT_ALLOWED", "That HTTP method is not allowed on this endpoint."
                )
            return _events(account, call)
        case ["v3", "organizations", _, "events", ""]:
            return _refusal(403, "NOT_AUTHORIZED", "You do not have permission to access the resource.")
    return _refusal(404, "NOT_FOUND", "The path you requested does not exist.")


def too_many(_account: Account, _seconds: int) -> Reply:
    """Eventbrite does not say how long to wait."""
    return _refusal(429, "HIT_RATE_LIMIT", "Your application has hit the rate limit for the hour.")


def _refusal(status: int, error: str, description: str) -> Reply:
    return reply({"status_code": status, "error_description": description, "error": error}, status)


def _events(account: Account, call: Call) -> Reply:
    wrong = _wrong(call)
    if wrong:
        return _refusal(400, "ARGUMENTS_ERROR", f"There are errors with your arguments: {wrong} - INVALID")
    wanted = set(call.query.get("status", "").split(",")) - {"", "all"} or _STATUSES
    posts = [post for post in account.posts if _status(post) in wanted]
    ordered = _ordered(posts, call.query.get("order_by", "start_asc"))
    page, size = 1, account.extra["page"]
    if given := call.query.get("continuation"):
        page = _page_of(given)
        if not page:
            return _refusal(400, "BAD_CONTINUATION_TOKEN", "The continuation token passed in was invalid.")
    expanded = set(call.query.get("expand", "").split(","))
    found = ordered[(page - 1) * size : page * size]
    return reply(
        {
            "pagination": _pagination(len(ordered), page, size),
            "events": [_event(account, post, expanded, call) for post in found],
        }
    )


def _wrong(call: Call) -> str:
    """The argument that Eventbrite does not take, "" when it takes all."""
    for name in call.unknown("status", "order_by", "expand", "continuation", "time_filter", "page_size"):
        return name
    asked = (("status", _STATUSES | {"all"}), ("expand", _EXPANSIONS), ("order_by", _ORDERS))
    for name, known in asked:
        if name in call.query and set(call.query[name].split(",")) - known:
            return name
    return ""


def _ordered(posts: Sequence[Post], order: str) -> list[Post]:
    keys = {
        "start": lambda post: post.start.timestamp(),
        "created": lambda post: post.date.timestamp(),
        "name": lambda post: post.title,
    }
    by, _, direction = order.partition("_")
    return sorted(posts, key=keys[by], reverse=direction == "desc")


def _pagination(count: int, page: int, size: int) -> dict[str, object]:
    more = page * size < count
    said: dict[str, object] = {
        "object_count": count,
        "page_number": page,
        "page_size": size,
        "page_count": -(-count // size),
        "has_more_items": more,
    }
    token = base64.urlsafe_b64encode(json.dumps({"page": page + 1}).encode()).decode()
    return said | ({"continuation": token} if more else {})


def _page_of(token: str) -> int:
    try:
        page: int = json.loads(base64.urlsafe_b64decode(token))["page"]
    except (ValueError, KeyError, TypeError):
        return 0
    return page


def _status(post: Post) -> str:
    status: str = post.extra.get("status", "live")
    return status


def _event(account: Account, post: Post, expanded: set[str], call: Call) -> dict[str, object]:
    event: dict[str, object] = {
        "id": post.id,
        "name": {"text": post.title, "html": escape(post.title, quote=False)},
        "description": {"text": post.text, "html": paragraphs(post.text)},
        "summary": post.text[:140],
        "url": account.link(post),
        "start": _when(post.start, post),
        "end": _when(post.end, post),
        "created": _utc(post.date),
        "changed": _utc(post.changed),
        "published": _utc(post.date),
        "status": _status(post),
        "currency": post.extra.get("currency", "EUR"),
        "listed": post.extra.get("listed", True),
        "invite_only": False,
        "online_event": post.place == "Online",
        "is_free": not post.price,
        "locale": post.lang.replace("-", "_"),
        "organizer_id": account.extra["organizer"],
        "venue_id": None if post.place == "Online" else post.id[::-1],
        "logo": _logo(post, call.base),
        "resource_uri": f"https://www.eventbriteapi.com/v3/events/{post.id}/",
    }
    if "venue" in expanded and post.place != "Online":
        name, _, address = post.place.partition(", ")
        event["venue"] = {
            "id": post.id[::-1],
            "name": name,
            "address": {"localized_address_display": address},
        }
    if "organizer" in expanded:
        event["organizer"] = {"id": account.extra["organizer"], "name": account.title, "url": account.home}
    if "ticket_availability" in expanded:
        event["ticket_availability"] = _tickets(post)
    return event


def _when(moment: datetime | None, post: Post) -> dict[str, object] | None:
    if moment is None:
        return None
    zone = post.extra.get("zone", "Europe/Paris")
    local = moment.astimezone(ZoneInfo(zone))
    return {"timezone": zone, "local": f"{local:%Y-%m-%dT%H:%M:%S}", "utc": _utc(moment)}


def _utc(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _logo(post: Post, base: str) -> dict[str, object] | None:
    if not post.pictures:
        return None
    width, height = post.pictures[0].size
    address = picture_url(base, post.pictures[0])
    return {
        "id": post.id,
        "url": address,
        "aspect_ratio": f"{width / height:.2f}",
        "original": {"url": address, "width": width, "height": height},
    }


def _tickets(post: Post) -> dict[str, object]:
    amount = post.price or "0.00"
    price = {
        "currency": post.extra.get("currency", "EUR"),
        "major_value": amount,
        "value": round(float(amount) * 100),
        "display": f"{amount} {post.extra.get('currency', 'EUR')}",
    }
    return {
        "has_available_tickets": post.available,
        "is_sold_out": not post.available,
        "minimum_ticket_price": price,
        "maximum_ticket_price": price,
    }


NETWORK = Network(speaks="Eventbrite's API, v3", answer=answer, too_many=too_many)
