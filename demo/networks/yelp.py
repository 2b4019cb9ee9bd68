"""Yelp's API: a business, and of its reviews the newest three with the first 160 characters of each."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, after, reply
from demo.networks._html import picture_url

_ZONE = ZoneInfo("America/Los_Angeles")
_PLAN = 3  # reviews that it gives
_MOST = 50
_EXCERPT = 160


def answer(account: Account, call: Call) -> Reply:
    """Answer as Yelp does; the business is known by its id and by its alias."""
    if "authorization" not in call.headers:
        return _refusal(
            401, "TOKEN_MISSING", "An access token must be supplied in order to use this endpoint."
        )
    if call.bearer not in call.memory.tokens:
        return _refusal(401, "TOKEN_INVALID", "Invalid access token or authorization header.")
    match call.method, *call.path.split("/")[1:]:
        case "GET", "v3", "businesses", identity if identity in {account.id, account.handle}:
            return reply(_business(account, call))
        case "GET", "v3", "businesses", identity, "reviews" if identity in {account.id, account.handle}:
            return _reviews(account, call)
        case "GET", "v3", "businesses", *_:
            return _refusal(404, "BUSINESS_NOT_FOUND", "The requested business could not be found.")
    return _refusal(404, "NOT_FOUND", "Resource could not be found.")


def too_many(_account: Account, seconds: int) -> Reply:
    """Yelp names the end of the day's allowance, in ISO 8601, and no Retry-After."""
    until = after(seconds)
    headers = {"ratelimit-remaining": "0", "ratelimit-resettime": until.isoformat(timespec="seconds")}
    description = "You've reached the access limit for this client."
    return _refusal(429, "ACCESS_LIMIT_REACHED", description, headers)


def _refusal(status: int, code: str, description: str, headers: dict[str, str] | None = None) -> Reply:
    return reply({"error": {"code": code, "description": description}}, status, headers)


def _business(account: Account, call: Call) -> dict[str, object]:
    ratings = [post.rating for post in account.posts if post.rating]
    return {
        "id": account.id,
        "alias": account.handle,
        "name": account.title,
        "image_url": picture_url(call.base, account.avatar),
        "is_closed": False,
        "url": account.home,
        "review_count": len(account.posts),
        "rating": round(sum(ratings) / len(ratings) * 2) / 2 if ratings else 0,
        "photos": [],
        "transactions": [],
    }


def _reviews(account: Account, call: Call) -> Reply:
    wrong = _wrong(call)
    if wrong:
        return _refusal(400, "VALIDATION_ERROR", wrong)
    lang = call.query.get("locale", "").partition("_")[0]
    posts = [post for post in account.posts if post.lang.partition("-")[0] == (lang or post.lang[:2])]
    offset = int(call.query.get("offset", "0"))
    page = posts[:_PLAN][offset : offset + int(call.query.get("limit", "20"))]
    return reply(
        {
            "reviews": [_review(account, post, call) for post in page],
            "total": len(posts),
            "possible_languages": sorted({post.lang.partition("-")[0] for post in account.posts}),
        }
    )


def _wrong(call: Call) -> str:
    for name in call.unknown("limit", "offset", "sort_by", "locale"):
        return f"Additional properties are not allowed ('{name}' was unexpected)"
    if call.query.get("sort_by", "yelp_sort") not in {"yelp_sort", "newest"}:
        return f"'{call.query['sort_by']}' is not one of ['yelp_sort', 'newest']"
    limit = call.query.get("limit", "20")
    if not limit.isdigit() or int(limit) > _MOST:
        return f"{limit} is greater than the maximum of {_MOST}"
    return ""


def _review(account: Account, post: Post, call: Call) -> dict[str, object]:
    date = post.date.astimezone(_ZONE) if post.date else None
    text = post.text if len(post.text) <= _EXCERPT else post.text[: _EXCERPT - 3].rstrip() + "..."
    return {
        "id": post.id,
        "rating": post.rating,
        "user": {
            "id": post.handle,
            "profile_url": f"{account.home.partition('/biz/')[0]}/user_details?userid={post.handle}",
            "image_url": picture_url(call.base, post.avatar) if post.avatar else None,
            "name": post.author,
        },
        "text": text,
        "time_created": f"{date:%Y-%m-%d %H:%M:%S}",
        "url": f"{account.link(post)}&utm_campaign=yelp_api_v3&utm_medium=api_v3_business_reviews",
    }


NETWORK = Network(speaks="Yelp's API, v3", answer=answer, too_many=too_many)
