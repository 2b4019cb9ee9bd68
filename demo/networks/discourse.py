"""Discourse: lists of topics, topics with their answers, and keys for a user."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import paragraphs

_PAGE = 30
_EMOJI = re.compile(r":([a-z_]+):")


def answer(account: Account, call: Call) -> Reply:
    """Answer as Discourse does: public topics need no key, but a wrong key is no key."""
    refused = _refused(account, call)
    if refused:
        return refused
    tag = re.fullmatch(r"/tag/([\w-]+)\.json", call.path)
    topic = re.fullmatch(r"/t/(?:[\w-]+/)?(\d+)(\.json)?", call.path)
    tagged = [post for post in account.posts if tag and tag[1] in post.tags]
    if tagged or call.path in {"/latest.json", f"/c/long-bench/{account.id}.json"}:
        return _list(account, call, tagged or list(account.posts))
    post = next((one for one in account.posts if topic and one.id == topic[1]), None)
    if topic and post:
        return reply(_topic(account, post)) if topic[2] else _page(post)
    return _error("The requested URL or resource could not be found.", "not_found", 404)


def _refused(account: Account, call: Call) -> Reply | None:
    key = call.headers.get("api-key", "")
    if key and (key not in call.memory.tokens or not call.headers.get("api-username")):
        words = "You are not permitted to view the requested resource. The API username or key is invalid."
        return _error(words, "invalid_access", 403)
    if call.method != "GET":
        return reply(["BAD CSRF"], 403)
    if account.extra.get("login_required") and not key:
        return _error("You need to be logged in to do that.", "not_logged_in", 403)
    return None


def too_many(_account: Account, seconds: int) -> Reply:
    """It says how long to wait twice: in a header and in the body."""
    document = {
        "errors": [f"You've performed this action too many times, please try again in {seconds} seconds."],
        "error_type": "rate_limit",
        "extras": {"wait_seconds": seconds},
    }
    return reply(
        document, 429, {"retry-after": str(seconds), "discourse-rate-limit-error-code": "ip_10_secs_limit"}
    )


def _error(words: str, kind: str, status: int) -> Reply:
    return reply({"errors": [words], "error_type": kind}, status)


def _page(post: Post) -> Reply:
    page = f"<!DOCTYPE html>\n<title>{escape(post.title)}</title>\n<h1>{escape(post.title)}</h1>\n"
    return Reply(page.encode(), 200, {"content-type": "text/html; charset=utf-8"})


def _list(account: Account, call: Call, posts: list[Post]) -> Reply:
    start = int(call.query.get("page", "0")) * _PAGE
    if call.query.get("order") == "created":
        posts.sort(key=lambda post: post.date or datetime.min.replace(tzinfo=UTC), reverse=True)
    listed: dict[str, object] = {
        "can_create_topic": False,
        "per_page": _PAGE,
        "topics": [_summary(account, post) for post in posts[start : start + _PAGE]],
    }
    if len(posts) > start + _PAGE:
        listed["more_topics_url"] = f"{call.path.removesuffix('.json')}?page={start // _PAGE + 1}"
    return reply({"users": [], "primary_groups": [], "topic_list": listed})


def _summary(account: Account, post: Post) -> dict[str, object]:
    return {
        "id": int(post.id),
        "title": post.title,
        "fancy_title": escape(post.title),
        "slug": _slug(post),
        "posts_count": len(post.answers) + 1,
        "reply_count": sum(bool(one.answers) for one in post.answers),
        "highest_post_number": len(post.answers) + 1,
        "image_url": f"/pictures/{post.pictures[0].file}" if post.pictures else None,
        "created_at": _moment(post.date),
        "last_posted_at": _moment(max([one.date for one in post.answers], default=post.date)),
        "archetype": "regular",
        "pinned": False,
        "visible": True,
        "closed": False,
        "archived": False,
        "views": post.views or 0,
        "like_count": (post.likes or 0) + sum(one.likes for one in post.answers),
        "category_id": int(account.id),
        "tags": list(post.tags),
        "posters": [{"extras": None, "description": "Original Poster", "user_id": 1}],
    }


def _topic(account: Account, post: Post) -> dict[str, object]:
    first = Answer(
        id=f"1{post.id}",
        date=post.date or datetime.min.replace(tzinfo=UTC),
        author=post.author or account.author,
        handle=post.handle or account.handle,
        text=post.text,
        likes=post.likes or 0,
    )
    numbers = {one.id: number for number, one in enumerate(post.answers, start=2)}
    posts = [_post(first, 1, None, _pictures(post.pictures), post.updated)]
    posts += [_post(one, numbers[one.id], numbers.get(one.answers)) for one in post.answers]
    stream = {"posts": posts, "stream": [one["id"] for one in posts]}
    summary = _summary(account, post)
    return summary | {
        "post_stream": stream,
        "details": {"can_edit": False},
        "word_count": len(post.text.split()),
    }


def _post(
    one: Answer, number: int, answers: int | None, pictures: str = "", updated: datetime | None = None
) -> dict[str, object]:
    return {
        "id": int(one.id),
        "name": one.author,
        "username": one.handle,
        "avatar_template": f"/pictures/avatar-{'larkwood' if number == 1 else 'makers'}.jpg?size={{size}}",
        "created_at": _moment(one.date),
        "cooked": _EMOJI.sub(_emoji, paragraphs(one.text)) + pictures,
        "post_number": number,
        "post_type": 1,
        "updated_at": _moment(updated or one.date),
        "version": 2 if updated else 1,
        "reply_count": 0,
        "reply_to_post_number": answers,
        "hidden": False,
        "user_deleted": False,
        "actions_summary": [{"id": 2, "count": one.likes}] if one.likes else [],
    }


def _emoji(name: re.Match[str]) -> str:
    return (
        f'<img src="/images/emoji/twitter/{name[1]}.png?v=14" title="{name[0]}" class="emoji" '
        f'alt="{name[0]}" loading="lazy" width="20" height="20">'
    )


def _pictures(pictures: tuple[Picture, ...]) -> str:
    """Each larger picture is a link to its file, with the size of that below it."""
    return "".join(
        f'<p><div class="lightbox-wrapper"><a class="lightbox" href="/pictures/{one.file}" title="{escape(one.alt)}">'
        f'<img src="/pictures/{one.file}" alt="{escape(one.alt)}" width="{one.size[0]}" height="{one.size[1]}" '
        f'loading="lazy"><div class="meta"><span class="filename">{escape(one.alt)}</span>'
        f"<span>{one.size[0]}x{one.size[1]} {one.length // 1000} KB</span></div>"
        "</a></div></p>"
        for one in pictures
    )


def _slug(post: Post) -> str:
    return re.sub(r"[^a-z0-9]+", "-", post.title.lower()).strip("-")


def _moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


NETWORK = Network(speaks="the API of Discourse", answer=answer, too_many=too_many)
