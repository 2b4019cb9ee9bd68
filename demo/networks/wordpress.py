"""WordPress 6: the REST API of a site that has it open, and a front page that says where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from demo.brand import Account, Answer, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import body, paragraphs, picture_url

_MOST = 100  # items on a page
_ORDERS = (
    "author",
    "date",
    "id",
    "include",
    "modified",
    "parent",
    "relevance",
    "slug",
    "include_slugs",
    "title",
)


def answer(account: Account, call: Call) -> Reply:
    """Answer as WordPress does, to the public."""
    if call.path in {"", "/"} and "rest_route" not in call.query:
        return _front_page(account, call)
    route = call.query.get("rest_route") or call.path.removeprefix("/wp-json")
    if call.method == "GET" and (route != call.path or "rest_route" in call.query):
        match route.strip("/").split("/"):
            case "wp", "v2", "posts":
                return _posts(account, call)
            case "wp", "v2", "comments":
                return _comments(account, call)
            case "wp", "v2", "categories" | "tags" as taxonomy:
                return _taxonomy(account, call, taxonomy)
            case "wp", "v2", "types", "post":
                return reply({"name": "Posts", "slug": "post", "rest_base": "posts"}, headers=_linked(call))
    return _error("rest_no_route", "No route was found matching the URL and request method.", 404)


def too_many(_account: Account, seconds: int) -> Reply:
    """Hosts before WordPress do this, in HTML."""
    page = b"<!DOCTYPE html><title>429 Too Many Requests</title>"
    return Reply(page, 429, {"content-type": "text/html; charset=utf-8", "retry-after": str(seconds)})


def _front_page(account: Account, call: Call) -> Reply:
    page = f"<!DOCTYPE html>\n<title>{escape(account.title)}</title>\n<h1>{escape(account.title)}</h1>\n"
    return Reply(page.encode(), 200, {"content-type": "text/html; charset=UTF-8", **_linked(call)})


def _posts(account: Account, call: Call) -> Reply:
    order = call.query.get("orderby", "date")
    since = {name: call.query[name] for name in ("after", "modified_after") if name in call.query}
    if order not in _ORDERS:
        return _invalid("orderby", f"orderby is not one of {', '.join(_ORDERS[:-1])}, and {_ORDERS[-1]}.")
    for name, said in since.items():
        if not _moment(said):
            return _invalid(name, "Invalid date.")
    posts = list(account.posts)
    for taxonomy in ("categories", "tags"):
        if taxonomy in call.query:
            wanted = set(call.query[taxonomy].split(","))
            posts = [post for post in posts if wanted & {_number(name) for name in _named(post, taxonomy)}]
    for name, said in since.items():
        when = _published if name == "after" else _changed
        posts = [post for post in posts if when(post) > (_moment(said) or when(post))]
    posts.sort(key=_changed if order == "modified" else _published, reverse=call.query.get("order") != "asc")
    return _paged([_post(account, post, call) for post in posts], call, "post")


def _taxonomy(account: Account, call: Call, taxonomy: str) -> Reply:
    terms = [_term(account, name) for name in _terms(account, taxonomy)]
    slug = call.query.get("slug")
    return _paged([term for term in terms if slug in {None, term["slug"]}], call)


def _comments(account: Account, call: Call) -> Reply:
    wanted = (
        set(call.query["post"].split(",")) if "post" in call.query else {post.id for post in account.posts}
    )
    found = [(post, one) for post in account.posts if post.id in wanted for one in post.answers]
    found.sort(key=lambda pair: pair[1].date, reverse=True)
    return _paged([_comment(account, post, one) for post, one in found], call)


def _paged(items: Sequence[dict[str, object]], call: Call, kind: str = "") -> Reply:
    size, number = call.query.get("per_page", "10"), call.query.get("page", "1")
    if not size.isdigit() or not 1 <= int(size) <= _MOST:
        return _invalid("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
    if not number.isdigit() or int(number) < 1:
        return _invalid("page", "page must be greater than or equal to 1")
    pages = math.ceil(len(items) / int(size))
    if kind and int(number) > max(pages, 1):
        words = "The page number requested is larger than the number of pages available."
        return _error(f"rest_{kind}_invalid_page_number", words, 400)
    start = (int(number) - 1) * int(size)
    headers = {"x-wp-total": str(len(items)), "x-wp-totalpages": str(pages)}
    return reply(items[start : start + int(size)], headers=headers)


def _linked(call: Call) -> dict[str, str]:
    return {"link": f'<{call.api}/wp-json/>; rel="https://api.w.org/"'}


def _invalid(name: str, words: str) -> Reply:
    return _error("rest_invalid_param", f"Invalid parameter(s): {name}", 400, {"params": {name: words}})


def _error(code: str, message: str, status: int, more: dict[str, object] | None = None) -> Reply:
    return reply({"code": code, "message": message, "data": {"status": status, **(more or {})}}, status)


def _post(account: Account, post: Post, call: Call) -> dict[str, object]:
    item: dict[str, object] = {
        "id": int(post.id),
        "date": _local(post.date),
        "date_gmt": _gmt(post.date),
        "guid": {"rendered": f"{account.home}?p={post.id}"},
        "modified": _local(post.changed),
        "modified_gmt": _gmt(post.changed),
        "slug": post.id,
        "status": "publish",
        "type": "post",
        "link": account.link(post),
        "title": {"rendered": _texturized(post.title)},
        "content": {"rendered": f"\n{body(post, call.base)}\n", "protected": False},
        "excerpt": {"rendered": f"<p>{_texturized(post.title)}</p>\n", "protected": False},
        "author": 1,
        "featured_media": int(post.id) + 1 if post.pictures else 0,
        "comment_status": "open",
        "sticky": False,
        "format": "standard",
        "categories": [int(_number(name)) for name in _named(post, "categories")],
        "tags": [int(_number(name)) for name in _named(post, "tags")],
    }
    embedded: dict[str, object] = {
        "author": [
            {
                "id": 1,
                "name": post.author or account.author,
                "url": account.home,
                "link": f"{account.home}author/{account.handle}/",
                "slug": account.handle,
                "avatar_urls": {size: picture_url(call.base, account.avatar) for size in ("24", "48", "96")},
            }
        ],
        "wp:term": [[_term(account, name) for name in _named(post, kind)] for kind in ("categories", "tags")],
    }
    if post.pictures:
        embedded["wp:featuredmedia"] = [_featured(post, call)]
    return item | ({"_embedded": embedded} if "_embed" in call.query else {})


def _featured(post: Post, call: Call) -> dict[str, object]:
    picture = post.pictures[0]
    width, height = picture.size
    address = picture_url(call.base, picture)
    full = {"file": picture.file, "width": width, "height": height, "source_url": address}
    return {
        "id": int(post.id) + 1,
        "type": "attachment",
        "media_type": "image",
        "mime_type": "image/jpeg",
        "alt_text": picture.alt,
        "source_url": address,
        "media_details": {"width": width, "height": height, "file": picture.file, "sizes": {"full": full}},
    }


def _comment(account: Account, post: Post, one: Answer) -> dict[str, object]:
    return {
        "id": int(one.id),
        "post": int(post.id),
        "parent": int(one.answers or 0),
        "author": 0,
        "author_name": escape(one.author),
        "author_url": "",
        "date": _local(one.date),
        "date_gmt": _gmt(one.date),
        "content": {"rendered": f"{paragraphs(one.text)}\n"},
        "link": f"{account.link(post)}#comment-{one.id}",
        "status": "approved",
        "type": "comment",
        "author_avatar_urls": {},
    }


def _terms(account: Account, taxonomy: str) -> list[str]:
    return sorted({name for post in account.posts for name in _named(post, taxonomy)})


def _named(post: Post, taxonomy: str) -> tuple[str, ...]:
    """The first of a post's tags is its category."""
    return post.tags[:1] if taxonomy == "categories" else post.tags[1:]


def _term(account: Account, name: str) -> dict[str, object]:
    slug = name.lower().replace(" ", "-")
    taxonomy = "category" if name in _terms(account, "categories") else "post_tag"
    return {"id": int(_number(name)), "name": escape(name), "slug": slug, "taxonomy": taxonomy}


def _number(name: str) -> str:
    return str(sum((place + 1) * ord(letter) for place, letter in enumerate(name)))


def _texturized(title: str) -> str:
    """Entities as WordPress writes them: numbers, and round quotes."""
    return title.replace("&", "&#038;").replace("'", "&#8217;")


def _published(post: Post) -> datetime:
    return post.date or datetime.min.replace(tzinfo=UTC)


def _changed(post: Post) -> datetime:
    return post.changed or datetime.min.replace(tzinfo=UTC)


def _moment(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _gmt(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if moment else None


def _local(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else None


NETWORK = Network(speaks="the REST API of WordPress", answer=answer, too_many=too_many)
