"""X: API v2, as strict as it is about fields, sizes and tokens; refresh tokens are good for one use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, after, reply
from demo.networks._html import picture_url

PROBLEMS = "https://api.twitter.com/2/problems"
SHORT = "https://t.larkwood.example"
"""What t.co is to X."""

_LONG = 280
_MOST = 100
_LONGEST_QUERY = 512
_FEWEST = {"tweets": 5, "mentions": 5, "search": 10}
_TOKEN_LIFE = 7200
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_HASHTAG = re.compile(r"#(\w+)")
_FIELDS = {
    "tweet.fields": {
        "attachments", "author_id", "context_annotations", "conversation_id", "created_at", "display_text_range",
        "edit_controls", "edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id", "lang",
        "note_tweet", "possibly_sensitive", "public_metrics", "referenced_tweets", "reply_settings", "source",
        "text", "withheld",
    },
    "expansions": {
        "attachments.media_keys", "attachments.poll_ids", "author_id", "edit_history_tweet_ids",
        "entities.mentions.username", "geo.place_id", "in_reply_to_user_id", "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    },
    "media.fields": {
        "alt_text", "duration_ms", "height", "media_key", "preview_image_url", "public_metrics", "type", "url",
        "variants", "width",
    },
    "user.fields": {
        "created_at", "description", "entities", "id", "location", "name", "pinned_tweet_id", "profile_image_url",
        "protected", "public_metrics", "url", "username", "verified", "verified_type", "withheld",
    },
}  # fmt: skip
_PAGING = ("max_results", "since_id", "until_id", "pagination_token")
_PARAMETERS = {
    "user": (),
    "tweets": (*_PAGING, "exclude"),
    "mentions": _PAGING,
    "search": (*_PAGING, "query", "next_token", "sort_order"),
    "lookup": ("ids",),
}


def answer(account: Account, call: Call) -> Reply:
    """Answer as X does, to one whose token lives."""
    path = call.path.removeprefix("/2/").split("/")
    if path == ["oauth2", "token"]:
        return _token(account, call)
    if call.bearer not in call.memory.tokens:
        return _problem(401, "about:blank", "Unauthorized", "Unauthorized")
    endpoint = _endpoint(account, path) if call.method == "GET" else ""
    if not endpoint:
        return _problem(404, "about:blank", "Not Found", "Not Found")
    return _wrong(call, endpoint) or _ANSWERS[endpoint](account, call)


def _endpoint(account: Account, path: list[str]) -> str:
    match path:
        case "users", "by", "username", _:
            return "user"
        case "users", account.id, "tweets" | "mentions" as which:
            return which
        case "tweets", "search", "recent":
            return "search"
        case ["tweets"]:
            return "lookup"
    return ""


def too_many(_account: Account, seconds: int) -> Reply:
    """X names the second since 1970 at which the window of 15 minutes ends."""
    until = after(seconds)
    headers = {
        "x-rate-limit-limit": "900",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int(until.timestamp())),
    }
    return _problem(429, "about:blank", "Too Many Requests", "Too Many Requests", headers)


def _token(account: Account, call: Call) -> Reply:
    if call.method != "POST":
        return _problem(404, "about:blank", "Not Found", "Not Found")
    said = call.form
    if account.client_secret and call.basic != (account.client_id, account.client_secret):
        return reply(
            {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, 401
        )
    if said.get("client_id") != account.client_id or said.get("grant_type") != "refresh_token":
        missing = "Missing required parameter [client_id]."
        return reply({"error": "invalid_request", "error_description": missing}, 400)
    refresh = call.memory.exchange(said.get("refresh_token", ""), account.name, once=True)
    if not refresh:
        wrong = "Value passed for the token was invalid."
        return reply({"error": "invalid_request", "error_description": wrong}, 400)
    call.memory.expire()
    return reply(
        {
            "token_type": "bearer",
            "expires_in": _TOKEN_LIFE,
            "access_token": call.memory.issue(account.name),
            "scope": "users.read tweet.read offline.access",
            "refresh_token": refresh,
        }
    )


def _wrong(call: Call, endpoint: str) -> Reply | None:
    """A refusal of what X does not know, or None."""
    for name in call.unknown(*_FIELDS, *_PARAMETERS[endpoint]):
        known = ",".join(sorted({*_FIELDS, *_PARAMETERS[endpoint]}))
        return _invalid(name, f"The query parameter [{name}] is not one of [{known}]")
    for name, values in _FIELDS.items():
        for value in filter(None, call.query.get(name, "").split(",")):
            if value not in values:
                known = ",".join(sorted(values))
                return _invalid(name, f"The `{name}` query parameter value [{value}] is not one of [{known}]")
    size = call.query.get("max_results", "10")
    fewest = _FEWEST.get(endpoint, 1)
    if not size.isdecimal() or not fewest <= int(size) <= _MOST:
        wrong = f"The `max_results` query parameter value [{size}] is not between {fewest} and {_MOST}"
        return _invalid("max_results", wrong)
    for value in filter(None, call.query.get("exclude", "").split(",")):
        if value not in {"replies", "retweets"}:
            return _invalid(
                "exclude", f"The `exclude` query parameter value [{value}] is not one of [replies,retweets]"
            )
    return None


def _invalid(parameter: str, message: str) -> Reply:
    document = {
        "errors": [{"parameters": {parameter: []}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }
    return reply(document, 400)


def _problem(status: int, kind: str, title: str, detail: str, headers: dict[str, str] | None = None) -> Reply:
    return reply({"title": title, "type": kind, "status": status, "detail": detail}, status, headers)


def _user_by_name(account: Account, call: Call) -> Reply:
    name = call.path.rpartition("/")[2]
    if name.lower() == account.handle.lower():
        return reply({"data": _user(account, call)})
    detail = f"Could not find user with username: [{name}]."
    return reply({"errors": [_missing(name, "username", "user", detail)]})


def _search(account: Account, call: Call) -> Reply:
    query = call.query.get("query", "")
    if not query or len(query) > _LONGEST_QUERY:
        return _invalid("query", "The `query` query parameter can not be empty or longer than 512")
    asked = set(re.findall(r"conversation_id:(\d+)", query))
    if asked:
        answers = [
            _of_answer(post, one) for post in account.posts if post.id in asked for one in post.answers
        ]
        return _page(account, call, sorted(answers, key=lambda one: int(one.id), reverse=True))
    tag = query.split()[0].removeprefix("#").lower()
    return _page(
        account, call, [post for post in account.posts if tag in map(str.lower, _HASHTAG.findall(post.text))]
    )


def _tweets(account: Account, call: Call) -> Reply:
    return _page(account, call, account.posts)


def _mentions(account: Account, call: Call) -> Reply:
    return _page(account, call, [])


def _looked_up(account: Account, call: Call) -> Reply:
    ids = [one for one in call.query.get("ids", "").split(",") if one]
    if not 1 <= len(ids) <= _MOST:
        return _invalid("ids", f"size must be between 1 and {_MOST}")
    there = [post for post in account.posts if post.id in ids]
    gone = [
        _missing(one, "ids", "tweet", f"Could not find tweet with ids: [{one}].")
        for one in ids
        if one not in {post.id for post in there}
    ]
    document: dict[str, object] = {}
    if there:
        document |= {"data": [_tweet(account, post, call) for post in there]}
        document |= {"includes": _includes(account, there, call)}
    return reply(document | ({"errors": gone} if gone else {}))


def _missing(value: str, parameter: str, kind: str, detail: str) -> dict[str, str]:
    return {
        "value": value, "detail": detail, "title": "Not Found Error", "resource_type": kind,
        "parameter": parameter, "resource_id": value, "type": f"{PROBLEMS}/resource-not-found",
    }  # fmt: skip


def _page(account: Account, call: Call, posts: Sequence[Post]) -> Reply:
    """A page of posts; ``data`` is left out where there are none."""
    since, until = int(call.query.get("since_id", 0)), _before(call.query.get("pagination_token", ""))
    left = [post for post in posts if since < int(post.id) < until]
    page = left[: int(call.query.get("max_results", "10"))]
    if not page:
        return reply({"meta": {"result_count": 0}})
    meta: dict[str, object] = {"result_count": len(page), "newest_id": page[0].id, "oldest_id": page[-1].id}
    if len(left) > len(page):
        meta["next_token"] = f"7140w{int(page[-1].id):x}"
    return reply(
        {
            "data": [_tweet(account, post, call) for post in page],
            "includes": _includes(account, page, call),
            "meta": meta,
        }
    )


def _before(token: str) -> int:
    return int(token.removeprefix("7140w"), 16) if token else 10**20


def _tweet(account: Account, post: Post, call: Call) -> dict[str, object]:
    """A post with what ``tweet.fields`` asks for; X gives the rest to nobody."""
    asked = {*call.query.get("tweet.fields", "").split(","), "id", "text", "edit_history_tweet_ids"}
    written, entities = _written(account, post)
    text = escape(written, quote=False)
    tweet: dict[str, object] = {
        "id": post.id,
        "edit_history_tweet_ids": [*post.extra.get("edited_from", []), post.id],
        "author_id": _author_id(account, post),
        "conversation_id": post.extra.get("conversation", post.id),
        "created_at": _moment(post.date),
        "lang": post.lang,
        "possibly_sensitive": False,
        "public_metrics": {
            "retweet_count": post.shares or 0,
            "reply_count": len(post.answers) or post.comments or 0,
            "like_count": post.likes or 0,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": post.views or 0,
        },
        "text": text if len(written) <= _LONG else f"{escape(written[: _LONG - 1], quote=False)}…",
    }
    if len(written) > _LONG:
        tweet["note_tweet"] = {"text": text, "entities": entities}
    if entities:
        tweet["entities"] = entities
    if post.pictures:
        tweet["attachments"] = {"media_keys": [_key(post, number) for number, _ in enumerate(post.pictures)]}
    if reference := _reference(post):
        tweet["referenced_tweets"] = [reference]
    return {name: value for name, value in tweet.items() if name in asked}


def _reference(post: Post) -> dict[str, str] | None:
    if post.quotes:
        return {"type": "quoted", "id": post.quotes.rpartition("/")[2]}
    answered = post.extra.get("answered")
    return {"type": "replied_to", "id": answered} if answered else None


def _written(account: Account, post: Post) -> tuple[str, dict[str, object]]:
    """The text as X keeps it: addresses shortened, pictures and quotes as a link at its end; and where they are."""
    links: list[dict[str, object]] = []
    parts: list[str] = []
    end = 0
    text = post.text.strip()
    for found in _ADDRESS.finditer(text):
        parts.append(text[end : found.start()])
        links.append(_link(found[0], sum(map(len, parts)), found[0].partition("://")[2].rstrip("/")))
        parts.append(str(links[-1]["url"]))
        end = found.end()
    parts.append(text[end:])
    own = f"{account.link(post)}/photo/1" if post.pictures else post.quotes
    if own:
        parts.append(" ")
        link = _link(own, sum(map(len, parts)), f"pic.{SHORT.partition('://')[2]}" if post.pictures else own)
        links.append(link | ({"media_key": _key(post, 0)} if post.pictures else {}))
        parts.append(str(link["url"]))
    written = "".join(parts)
    tags = [
        {"start": found.start(), "end": found.end(), "tag": found[1]} for found in _HASHTAG.finditer(written)
    ]
    entities: dict[str, object] = {"urls": links} if links else {}
    return written, entities | ({"hashtags": tags} if tags else {})


def _link(address: str, start: int, shown: str) -> dict[str, object]:
    short = f"{SHORT}/{hashlib.sha256(address.encode()).hexdigest()[:10]}"
    return {
        "start": start, "end": start + len(short), "url": short, "expanded_url": address, "display_url": shown,
    }  # fmt: skip


def _includes(account: Account, posts: Iterable[Post], call: Call) -> dict[str, object]:
    """What the posts refer to, as far as ``expansions`` asks for it."""
    asked = call.query.get("expansions", "").split(",")
    found: dict[str, object] = {}
    if "author_id" in asked:
        users = {_author_id(account, post): _author(account, post, call) for post in posts}
        found["users"] = list(users.values())
    if "attachments.media_keys" in asked:
        media = [
            _media(picture, _key(post, number), call)
            for post in posts
            for number, picture in enumerate(post.pictures)
        ]
        found |= {"media": media} if media else {}
    if "referenced_tweets.id" in asked:
        quoted = {post.quotes.rpartition("/")[2] for post in posts}
        tweets = [_tweet(account, post, call) for post in account.posts if post.id in quoted]
        found |= {"tweets": tweets} if tweets else {}
    return found


def _media(picture: Picture, key: str, call: Call) -> dict[str, object]:
    width, height = picture.size
    media: dict[str, object] = {
        "media_key": key, "type": "photo", "url": picture_url(call.base, picture), "width": width, "height": height,
    }  # fmt: skip
    return media | ({"alt_text": picture.alt} if picture.alt else {})


def _key(post: Post, number: int) -> str:
    return f"3_{int(post.id) + number + 1}"


def _user(account: Account, call: Call) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.title,
        "username": account.handle,
        "protected": False,
        "profile_image_url": picture_url(call.base, account.avatar),
    }


def _author(account: Account, post: Post, call: Call) -> dict[str, object]:
    if not post.handle or post.handle.lstrip("@") == account.handle:
        return _user(account, call)
    return {
        "id": _author_id(account, post), "name": post.author, "username": post.handle.lstrip("@"),
        "protected": False,
    }  # fmt: skip


def _author_id(account: Account, post: Post) -> str:
    if not post.handle or post.handle.lstrip("@") == account.handle:
        return account.id
    return str(int(hashlib.sha256(post.handle.encode()).hexdigest()[:8], 16))


def _of_answer(post: Post, one: Answer) -> Post:
    """An answer as the post that it is on X."""
    return Post(
        id=one.id, date=one.date, lang="en", text=one.text, author=one.author, handle=one.handle, likes=one.likes,
        extra={"conversation": post.id, "answered": one.answers or post.id},
    )  # fmt: skip


def _moment(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
    )


_ANSWERS = {
    "user": _user_by_name,
    "tweets": _tweets,
    "mentions": _mentions,
    "search": _search,
    "lookup": _looked_up,
}

NETWORK = Network(speaks="the API v2 of X", answer=answer, too_many=too_many)
