"""Facebook's Graph API for one page: its posts, what others wrote, its recommendations."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks import _meta as meta
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

API = meta.Api(usage="pages")
_NAMED = {"id": None, "name": None}
_IMAGE = {"image": {"src": None, "width": None, "height": None}, "source": None}
_PART = {
    "media_type": None, "type": None, "title": None, "description": None, "unshimmed_url": None, "url": None,
    "media": _IMAGE, "target": {"id": None, "url": None},
}  # fmt: skip
_POST = {
    "id": None, "message": None, "message_tags": None, "story": None, "created_time": None, "updated_time": None,
    "permalink_url": None, "full_picture": None, "status_type": None, "is_published": None, "is_hidden": None,
    "from": _NAMED, "shares": None, "attachments": {**_PART, "subattachments": _PART},
    "reactions": None, "comments": None,
}  # fmt: skip
_COMMENT = {
    "id": None, "message": None, "message_tags": None, "created_time": None, "permalink_url": None, "from": _NAMED,
    "like_count": None, "comment_count": None, "is_hidden": None, "parent": {"id": None},
    "attachment": {"type": None, "media": _IMAGE},
}  # fmt: skip
_RATING = {
    "created_time": None, "has_rating": None, "has_review": None, "rating": None, "recommendation_type": None,
    "review_text": None, "reviewer": _NAMED, "open_graph_story": {"id": None, "message": None},
}  # fmt: skip
_PAGE = {"id": None, "name": None, "username": None, "link": None, "picture": {"url": None}, "about": None}


def answer(account: Account, call: Call) -> Reply:
    """Answer as version 26 does, for an app that requires its secret's proof."""
    if call.path.endswith("/debug_token"):
        return _debugged(account, call)
    return meta.played(API, call, lambda token: _answered(account, call, token))


def too_many(_account: Account, seconds: int) -> Reply:
    """Refuse as a page's limit does."""
    return meta.too_many(API, "(#32) Page request limit reached", 32, seconds)


def _answered(account: Account, call: Call, token: str) -> object:
    _prove(account, call, token)
    match call.path.strip("/").split("/"):
        case [meta.VERSION, "me" | account.id]:
            return meta.chosen(call, _page(account, call), _PAGE, "Page")
        case [meta.VERSION, "me" | account.id, "published_posts"]:
            meta.parameters(call, "since", "until")
            posts = [_post(account, post, call) for post in account.posts]
            return meta.edge(call, posts, _POST, "PagePost", API, "created_time")
        case [meta.VERSION, "me" | account.id, "feed"]:
            meta.parameters(call, "since", "until")
            posts = [_post(account, post, call) for post in account.posts]
            posts += [_visitors(account, one) for one in account.extra["visitors"]]
            posts.sort(key=lambda post: post["created_time"], reverse=True)
            return meta.edge(call, posts, _POST, "PagePost", API, "created_time")
        case [meta.VERSION, "me" | account.id, "ratings"]:
            meta.parameters(call)
            ratings = [_rating(one) for one in account.extra["ratings"]]
            # A recommendation has no id of its own.
            page = dict(meta.edge(call, ratings, {"id": None, **_RATING}, "Recommendation", API))
            return page | {"data": [{k: v for k, v in one.items() if k != "id"} for one in page["data"]]}
        case [meta.VERSION, identity, "comments"]:
            meta.parameters(call, "filter", "order", "since", "until")
            found = [post for post in account.posts if f"{account.id}_{post.id}" == identity]
            if not found:
                raise meta.unsupported("get", identity)
            comments = [_comment(account, found[0], one) for one in found[0].answers]
            return meta.edge(call, comments, _COMMENT, "Comment", API)
        case [version, identity, *_] if version == meta.VERSION:
            raise meta.unsupported("get", identity)
    raise meta.RefusedError(f"Unknown path components: {call.path}", 2500)


def _prove(account: Account, call: Call, token: str) -> None:
    """The app's settings ask for a proof from whoever calls from a server."""
    said = call.query.get("appsecret_proof")
    if said is None:
        raise meta.RefusedError("API calls from the server require an appsecret_proof argument", 100)
    if said != hmac.new(account.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest():
        raise meta.RefusedError("Invalid appsecret_proof provided in the API argument", 100)


def _debugged(account: Account, call: Call) -> Reply:
    """Tell the app about a token; nobody else is told."""
    good = f"{account.client_id}|{account.client_secret}"

    def told(_token: str) -> object:
        known = call.query.get("input_token", "") in call.memory.tokens
        return {
            "data": {
                "app_id": account.client_id,
                "type": "PAGE",
                "is_valid": known,
                "expires_at": 0,
                "data_access_expires_at": 1956528000,
                "scopes": ["pages_show_list", "pages_read_engagement", "pages_read_user_content"],
            }
        }

    if call.bearer == good and call.method == "GET":
        return reply(told(good))
    return meta.played(API, call, lambda _: _not_the_app())


def _not_the_app() -> object:
    raise meta.RefusedError("(#100) You must provide an app access token, or a token of its developers", 100)


def _page(account: Account, call: Call) -> meta.Node:
    return {
        "id": account.id,
        "name": account.title,
        "username": account.handle,
        "link": account.home,
        "about": account.description,
        "picture": {"data": {"url": picture_url(call.base, account.avatar), "height": 240, "width": 240}},
    }


def _post(account: Account, post: Post, call: Call) -> dict[str, Any]:  # Any: JSON
    count = post.comments if post.comments is not None else len(post.answers)
    attached = _attached(account, post, call)
    first = attached[0] if attached else {}
    return {
        "id": f"{account.id}_{post.id}",
        "message": post.text,
        "message_tags": _tags(post),
        "story": post.extra.get("story", ""),
        "created_time": meta.moment(post.date),
        "updated_time": meta.moment(post.changed),
        "permalink_url": account.link(post),
        "full_picture": first.get("media", {}).get("image", {}).get("src"),
        "status_type": post.extra.get("status_type")
        or ("added_photos" if post.pictures else "mobile_status_update"),
        "is_published": True,
        "is_hidden": False,
        "from": {"id": account.id, "name": account.title},
        # What nobody shared has no key.
        "shares": {"count": post.shares} if post.shares else None,
        "attachments": {"data": attached} if attached else None,
        "reactions": {"data": [], "summary": {"total_count": post.likes or 0}},
        "comments": {"data": [], "summary": {"total_count": count}},
    }


def _tags(post: Post) -> list[dict[str, object]] | None:
    """Offsets count code points."""
    tags = [
        tag | {"offset": post.text.index(tag["name"]), "length": len(tag["name"])}
        for tag in post.extra.get("tags", [])
    ]
    return tags or None


def _attached(account: Account, post: Post, call: Call) -> list[dict[str, Any]]:  # Any: JSON
    images = [_image(picture, call) for picture in post.pictures]
    here = {"url": account.link(post), "target": {"id": post.id, "url": account.link(post)}}
    if post.kind == "video":
        film = {**images[0], "source": f"https://video.larkwood.example/facebook/{post.id}.mp4"}
        return [{"media_type": "video", "type": "video_inline", "title": post.title, "media": film, **here}]
    if post.link:
        shim = f"https://l.facebook.example/l.php?u={post.link}"
        link = {
            "media_type": "link",
            "type": "share",
            "title": post.title,
            "unshimmed_url": post.link,
            "url": shim,
        }
        return [link | ({"media": images[0]} if images else {})]
    if len(images) > 1:
        parts = [{"media_type": "photo", "type": "photo", "media": image, **here} for image in images]
        return [
            {
                "media_type": "album",
                "type": "album",
                "media": images[0],
                "subattachments": {"data": parts},
                **here,
            }
        ]
    return [{"media_type": "photo", "type": "photo", "media": image, **here} for image in images]


def _image(picture: Picture, call: Call) -> dict[str, object]:
    width, height = picture.size
    # The CDN's addresses end: "oe" is when, in hexadecimal.
    return {
        "image": {"src": f"{picture_url(call.base, picture)}?oe=749EF800", "width": width, "height": height}
    }


def _visitors(account: Account, said: meta.Node) -> dict[str, Any]:  # Any: JSON
    """What a visitor wrote on the page; who that is, Facebook mostly keeps to itself."""
    return {
        "id": f"{account.id}_{said['id']}",
        "message": said["text"],
        "created_time": meta.moment(said["date"]),
        "permalink_url": account.permalink.format(id=said["id"]),
        "status_type": "wall_post",
        "is_published": True,
        "is_hidden": False,
        "from": {"id": f"77{said['id']}", "name": said["author"]} if said.get("author") else None,
        "reactions": {"data": [], "summary": {"total_count": 0}},
        "comments": {"data": [], "summary": {"total_count": 0}},
    }


def _rating(said: meta.Node) -> dict[str, Any]:  # Any: JSON
    stars = said.get("rating")
    return {
        "created_time": meta.moment(said["date"]),
        "has_rating": stars is not None,
        "has_review": bool(said.get("text")),
        "rating": stars,
        "recommendation_type": said.get("recommends"),
        "review_text": said.get("text"),
        "reviewer": {"id": f"88{said['id']}", "name": said["author"]} if said.get("author") else None,
        "open_graph_story": {"id": said["id"]},
    }


def _comment(account: Account, post: Post, one: Answer) -> dict[str, Any]:  # Any: JSON
    identity = f"{post.id}_{one.id}"
    writer = account.id if one.author == account.title else f"66{one.id}"
    return {
        "id": identity,
        "message": one.text,
        "created_time": meta.moment(one.date),
        "permalink_url": f"{account.link(post)}?comment_id={one.id}",
        "from": {"id": writer, "name": one.author} if one.author else None,
        "like_count": one.likes,
        "comment_count": 0,
        "is_hidden": False,
        "parent": {"id": f"{post.id}_{one.answers}"} if one.answers else None,
    }


NETWORK = Network(speaks="Facebook's Graph API", answer=answer, too_many=too_many)
