"""Google Business Profile: reviews of a place (v4), the place itself (v1), and the token endpoint."""

from __future__ import annotations

from datetime import UTC, datetime

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

_MOST = 50
_STARS = ("STAR_RATING_UNSPECIFIED", "ONE", "TWO", "THREE", "FOUR", "FIVE")
_STATUS = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
}
_ORDERS = {"rating", "rating desc", "updateTime desc"}


def answer(account: Account, call: Call) -> Reply:
    """Answer as three hosts of Google do: who renews tokens, who knows places, who knows reviews."""
    if call.path == "/token":
        return _token(account, call)
    if call.bearer not in call.memory.tokens:
        return _unauthenticated(call)
    match call.method, *call.path.split("/")[1:]:
        case "GET", "v1", "locations", location if location == account.extra["location"]:
            return _location(account, call)
        case "GET", "v4", "accounts", account.id, "locations", location, "reviews" if (
            location == account.extra["location"]
        ):
            return _reviews(account, call)
        case "GET", "v4", "accounts", other, *_ if other != account.id:
            return _refusal("PERMISSION_DENIED", "The caller does not have permission")
    return _refusal("NOT_FOUND", "Requested entity was not found.")


def too_many(_account: Account, seconds: int) -> Reply:
    """Google names the pause in the body."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}
    message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
    return _refusal("RESOURCE_EXHAUSTED", message, info)


def _token(account: Account, call: Call) -> Reply:
    said = call.form
    if call.method != "POST":
        return reply({"error": "invalid_request", "error_description": "Only POST is allowed."}, 405)
    if said.get("grant_type") != "refresh_token":
        return reply({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}, 400)
    if (said.get("client_id"), said.get("client_secret")) != (account.client_id, account.client_secret):
        return reply({"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401)
    if said.get("refresh_token") not in call.memory.refreshes:
        words = "Token has been expired or revoked."
        return reply({"error": "invalid_grant", "error_description": words}, 400)
    return reply(  # the refresh token stays good, and is not said again
        {
            "access_token": call.memory.issue(account.name),
            "expires_in": 3599,
            "scope": "https://www.googleapis.com/auth/business.manage",
            "token_type": "Bearer",
        }
    )


def _unauthenticated(call: Call) -> Reply:
    reason = "ACCESS_TOKEN_EXPIRED" if call.bearer in call.memory.expired else "CREDENTIALS_MISSING"
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
    }
    message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
    return _refusal("UNAUTHENTICATED", message, info)


def _refusal(status: str, message: str, *details: object) -> Reply:
    code = _STATUS[status]
    said: dict[str, object] = {"code": code, "message": message, "status": status}
    return reply({"error": said | ({"details": details} if details else {})}, code)


def _location(account: Account, call: Call) -> Reply:
    mask = call.query.get("readMask", "")
    fields = {
        "name": f"locations/{account.extra['location']}",
        "title": account.title,
        "metadata": {"mapsUri": account.home, "placeId": account.extra["place"]},
    }
    if call.unknown("readMask") or not mask or set(mask.split(",")) - set(fields):
        return _refusal("INVALID_ARGUMENT", "Request contains an invalid argument.")
    return reply({name: fields[name] for name in mask.split(",")})


def _reviews(account: Account, call: Call) -> Reply:
    size, token = call.query.get("pageSize", str(_MOST)), call.query.get("pageToken", "")
    order = call.query.get("orderBy", "updateTime desc")
    if call.unknown("pageSize", "pageToken", "orderBy"):
        names = ", ".join(call.unknown("pageSize", "pageToken", "orderBy"))
        return _refusal("INVALID_ARGUMENT", f'Invalid JSON payload received. Unknown name "{names}"')
    if not size.isdigit() or not 1 <= int(size) <= _MOST or order not in _ORDERS:
        return _refusal("INVALID_ARGUMENT", "Request contains an invalid argument.")
    if token and not token.removeprefix("reviews-from-").isdigit():
        return _refusal("INVALID_ARGUMENT", "Request contains an invalid page token.")
    start = int(token.removeprefix("reviews-from-") or 0)
    end = start + min(int(size), account.extra["page"])  # fewer than asked for, as Google may
    posts = _ordered(account, order)
    if not posts:
        return reply({})  # as all that is empty, the list is left out
    ratings = [post.rating for post in posts if post.rating]
    document: dict[str, object] = {
        "reviews": [_review(account, post, call) for post in posts[start:end]],
        "averageRating": round(sum(ratings) / len(ratings), 1),
        "totalReviewCount": len(posts),
    }
    return reply(document | ({"nextPageToken": f"reviews-from-{end}"} if end < len(posts) else {}))


def _ordered(account: Account, order: str) -> list[Post]:
    if order.startswith("rating"):
        return sorted(account.posts, key=lambda post: post.rating or 0, reverse=order.endswith("desc"))
    return sorted(account.posts, key=lambda post: _moment(post.changed), reverse=True)


def _review(account: Account, post: Post, call: Call) -> dict[str, object]:
    name = f"accounts/{account.id}/locations/{account.extra['location']}/reviews/{post.id}"
    review: dict[str, object] = {
        "name": name,
        "reviewId": post.id,
        "reviewer": _reviewer(post, call.base),
        "starRating": _STARS[post.rating or 0],
        "createTime": _moment(post.date),
        "updateTime": _moment(post.changed),
    }
    if not post.extra.get("silent"):
        translated = post.extra.get("translated")
        original = f"(Translated by Google) {translated}\n\n(Original)\n{post.text}"
        review["comment"] = original if translated else post.text
    if post.answers:
        (one,) = post.answers
        review["reviewReply"] = {"comment": one.text, "updateTime": _moment(one.date)}
    if post.pictures:
        shown = (picture_url(call.base, picture) for picture in post.pictures)
        review["reviewMediaItems"] = [{"thumbnailUrl": address} for address in shown]
    return review


def _reviewer(post: Post, base: str) -> dict[str, object]:
    if not post.author:
        return {"isAnonymous": True}
    return {
        "displayName": post.author,
        "profilePhotoUrl": picture_url(base, post.avatar or "avatar-makers.jpg"),
    }


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.045123Z" if moment else ""


NETWORK = Network(speaks="Google's Business Profile APIs", answer=answer, too_many=too_many)
