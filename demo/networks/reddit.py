"""Reddit: its OAuth API, whose listings hold things, whose errors hold a reason, and who wants to know who asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import paragraphs, picture_url

_AGENT = re.compile(r"[\w.-]+:[\w.-]+:v?[\w.-]+ \(by /?u/[\w-]+\)")
_MOST = 100
_SLUG = re.compile(r"[^a-z0-9]+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def answer(account: Account, call: Call) -> Reply:
    """Answer as Reddit does, to an application with a token that lives."""
    if not _AGENT.fullmatch(call.headers.get("user-agent", "")):
        return _refused(429, "Too Many Requests")
    path = call.path.strip("/").split("/")
    if path == ["api", "v1", "access_token"]:
        return _token(account, call)
    if call.bearer not in call.memory.tokens:
        return _refused(
            401, "Unauthorized", {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
        )
    if call.method != "GET":
        return _refused(405, "Method Not Allowed")
    return _listed(account, call, path)


def too_many(_account: Account, seconds: int) -> Reply:
    """Reddit says how many seconds are left until it counts anew."""
    return _refused(429, "Too Many Requests", _counted(0, seconds))


def _token(account: Account, call: Call) -> Reply:
    if call.method != "POST" or call.basic != (account.client_id, account.client_secret):
        return _refused(401, "Unauthorized")
    if call.form.get("grant_type") != "client_credentials":
        return reply({"error": "unsupported_grant_type"})
    token = call.memory.issue("reddit")
    return reply({"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"})


def _listed(account: Account, call: Call, path: list[str]) -> Reply:
    match path:
        case ["r", account.handle, "new"]:
            posts = list(account.posts)
        case ["user", name, "submitted"]:
            posts = [post for post in account.posts if (post.handle or account.author) == name]
        case ["search"] | ["r", account.handle, "search"]:
            words = call.query.get("q", "").lower().split()
            posts = [post for post in account.posts if all(word in _said(post) for word in words)]
        case ["comments", identity]:
            return _thread(account, call, identity)
        case ["r", name, *_] if name != account.handle:
            # A community that is none: Reddit looks for one with such a name.
            return Reply(b"", 302, {"location": f"{call.api}/subreddits/search?q={name}"})
        case ["subreddits", "search"]:
            return _sent(call, _listing([]))
        case _:
            return _refused(404, "Not Found")
    return _sent(call, _page(account, call, posts))


def _page(account: Account, call: Call, posts: Sequence[Post]) -> dict[str, Any]:
    names = [f"t3_{post.id}" for post in posts]
    limit = min(int(call.query.get("limit", "25")), _MOST)
    after, before = call.query.get("after", ""), call.query.get("before", "")
    if (after and after not in names) or (before and before not in names):
        return _listing([])  # from a post that is gone, no way leads on
    end = names.index(before) if before else len(names)
    start = max(end - limit, 0) if before else names.index(after) + 1 if after else 0
    end = min(end, start + limit)
    things = [{"kind": "t3", "data": _post(account, post, call.base)} for post in posts[start:end]]
    is_first, is_last = start == 0, end == len(names)
    return _listing(
        things,
        None if is_last or not things else names[end - 1],
        None if is_first or not things else names[start],
    )


def _listing(
    things: list[dict[str, Any]], after: str | None = None, before: str | None = None
) -> dict[str, Any]:
    data = {
        "after": after,
        "dist": len(things),
        "modhash": None,
        "geo_filter": "",
        "children": things,
        "before": before,
    }
    return {"kind": "Listing", "data": data}


def _thread(account: Account, call: Call, identity: str) -> Reply:
    post = next((post for post in account.posts if post.id == identity), None)
    if post is None:
        return _refused(404, "Not Found")
    thing = {"kind": "t3", "data": _post(account, post, call.base)}
    comments = _comments(account, post, f"t3_{post.id}", "")
    return _sent(call, [_listing([thing]), _listing(comments)])


def _comments(account: Account, post: Post, parent: str, answers: str) -> list[dict[str, Any]]:
    return [
        {"kind": "t1", "data": _comment(account, post, one, parent)}
        for one in post.answers
        if one.answers == answers
    ]


def _comment(account: Account, post: Post, one: Answer, parent: str) -> dict[str, Any]:
    below = _comments(account, post, f"t1_{one.id}", one.id)
    return {
        "id": one.id,
        "name": f"t1_{one.id}",
        "link_id": f"t3_{post.id}",
        "parent_id": parent,
        "author": one.author,
        "body": one.text,
        "body_html": _marked(one.text),
        "created_utc": one.date.timestamp(),
        "edited": False,
        "score": one.likes,
        "score_hidden": False,
        "permalink": f"{_path(account, post)}{one.id}/",
        "replies": _listing(below) if below else "",
    }


def _post(account: Account, post: Post, base: str) -> dict[str, Any]:
    path = _path(account, post)
    is_self = not (post.link or post.pictures)
    made = post.date.timestamp() if post.date else 0
    thing: dict[str, Any] = {
        "id": post.id,
        "name": f"t3_{post.id}",
        "subreddit": account.handle,
        "subreddit_id": account.id,
        "title": post.title,
        "author": post.handle or account.author,
        "selftext": post.text,
        "selftext_html": _marked(post.text) if post.text else None,
        "permalink": path,
        "url": post.link or f"https://www.reddit.com{path}",
        "is_self": is_self,
        "created": made,
        "created_utc": made,
        "edited": post.updated.timestamp() if post.updated else False,
        "score": post.likes or 0,
        "hide_score": post.likes is None,
        "num_comments": len(post.answers) or post.comments or 0,
        "num_crossposts": post.shares or 0,
        "over_18": False,
        "is_video": False,
        "media": None,
        "thumbnail": "self" if is_self else "default",
        "link_flair_text": post.extra.get("flair"),
        "removed_by_category": None,
        "stickied": False,
    }
    return thing | _pictured(post.pictures, base) | _poll(post.extra.get("options", []))


def _pictured(pictures: Sequence[Picture], base: str) -> dict[str, Any]:
    if len(pictures) == 1:
        width, height = pictures[0].size
        address = picture_url(base, pictures[0])
        source = {"url": address, "width": width, "height": height}
        return {
            "url": address, "post_hint": "image", "preview": {"images": [{"source": source, "resolutions": []}]}
        }  # fmt: skip
    if not pictures:
        return {}
    found = {picture.file.partition(".")[0]: picture for picture in pictures}
    sizes = {name: dict(zip("xy", picture.size, strict=True)) for name, picture in found.items()}
    return {
        "is_gallery": True,
        "gallery_data": {"items": [{"media_id": name, "id": number} for number, name in enumerate(found)]},
        "media_metadata": {
            name: {
                "status": "valid", "e": "Image", "m": "image/jpg", "id": name,
                "s": sizes[name] | {"u": picture_url(base, picture)},
            } for name, picture in found.items()
        },
    }  # fmt: skip


def _poll(options: Iterable[str]) -> dict[str, Any]:
    found = [{"id": str(number), "text": option} for number, option in enumerate(options, start=1)]
    return {"poll_data": {"options": found, "total_vote_count": 0}} if found else {}


def _path(account: Account, post: Post) -> str:
    slug = _SLUG.sub("_", post.title.lower()).strip("_")[:50]
    return f"/r/{account.handle}/comments/{post.id}/{slug}/"


def _marked(words: str) -> str:
    html = _BOLD.sub(r"<strong>\1</strong>", paragraphs(words))
    return f'<!-- SC_OFF --><div class="md">{html}</div><!-- SC_ON -->'


def _said(post: Post) -> str:
    return f"{post.title} {post.text}".lower()


def _sent(call: Call, document: object) -> Reply:
    is_raw = call.query.get("raw_json") == "1"
    return reply(document if is_raw else _escaped(document), headers=_counted(598, 300))


def _escaped(value: Any) -> Any:  # Any: JSON
    """Every text as HTML wants it, which is how Reddit writes for those who do not ask for the raw ones."""
    if isinstance(value, dict):
        return {key: _escaped(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return escape(value, quote=False) if isinstance(value, str) else value


def _counted(remaining: int, seconds: int) -> dict[str, str]:
    return {
        "x-ratelimit-used": str(600 - remaining),
        "x-ratelimit-remaining": f"{remaining}.0",
        "x-ratelimit-reset": str(seconds),
    }


def _refused(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    return reply({"message": message, "error": status}, status, headers)


NETWORK = Network(speaks="the API of Reddit", answer=answer, too_many=too_many)
