"""WordPress: the posts of a site, read from its REST API.

You need the address of the site, and nothing else: every WordPress since 4.7 shows
its public posts at /wp-json/. From version 5.7 on edits are seen soon. Some sites
close that door with a plugin, and the report says so; then link their feed with the
``feed`` connector. A site at wordpress.com has its API elsewhere: link its feed, too.

You get the site's posts, or those of one category or tag: text, featured pictures
with their descriptions, authors, categories, tags, and the comments on the newest
posts. Edits are seen at the second run after them at the latest, deletions and late
comments once a day.

You do not get pages, drafts, posts behind a password, or comments that wait for
approval.

    [[source]]
    name = "larkwood-wordpress"
    connector = "wordpress"
    url = "https://notes.larkwood.example/"
    # category = "repairs"     # collect one category, as its address names it
    # tag = "lamps"            # collect one tag
    # replies = false          # leave out the comments
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import ClassVar

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Terms

_PAGE = 50  # posts; 100 are allowed, but small servers are slow to embed what belongs to so many
_PAGES = 6
_COMMENTED = 20  # newest posts of which the comments are asked for, all at once
_COMMENTS = 100  # the most that WordPress gives
_EMBEDDED = "author,wp:featuredmedia,wp:term"
_ORDERS = {"after": "date", "modified_after": "modified"}
_SIZES = ("1536x1536", "full")  # of a featured picture; themes cut all others but these as they like
_SMALLEST = 150  # pixels; smaller pictures in a text are ornaments
_UNSORTED = frozenset({"uncategorized", "uncategorised"})
_INSTEAD = 'If its REST API is closed, link its feed instead, with connector = "feed".'

_PARAMETER = r"""\s*=\s*["']?"""
_ROOT = re.compile(r'<([^<>]*)>[^<]*?;\s*rel\s*=\s*"?https://api\.w\.org/"?')
_LINK = re.compile(rf"<link\b[^<>]*\brel{_PARAMETER}https://api\.w\.org/[^<>]*>", re.IGNORECASE)
_HREF = re.compile(rf"\bhref{_PARAMETER}([^\"'\s<>]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordPress:
    """The posts of one site, or of one of its categories or tags."""

    url: str
    category: str = ""
    tag: str = ""
    replies: bool = True
    network: ClassVar[str] = "wordpress"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self.url):
            raise ValueError("url must be the full address of a site, beginning with https://")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for what is new or changed, by turns; without ``since`` for the last 300 posts.

        ``since`` is ``{"root": …, "filters": {…}, "after": …, "modified_after": …, "turn": …}``,
        so that a quiet site costs one request. One question is not enough: a post that was
        written on Monday to appear on Friday was last changed on Monday.
        """
        known = json.loads(since) if since else {}
        root = known.get("root") or (yield from self._discover())
        filters = known.get("filters")
        if filters is None:
            filters = yield from self._filters(root)
        turn = known.get("turn", "after")
        order = {turn: known[turn], "orderby": _ORDERS[turn], "order": "asc"} if known.get(turn) else {}
        found, rejected, window = yield from self._posts(root, source, {**order, **filters})
        posts = [one.post for one in found]
        replies, threads, notes = yield from self._comments(root, source, found)
        told = {
            "root": root,
            "filters": filters,
            "after": known.get("after", ""),
            "modified_after": known.get("modified_after", ""),
            "turn": "modified_after" if order and turn == "after" else "after",
        }
        for question, when in (
            ("after", [post.published for post in posts]),
            ("modified_after", [one.changed for one in found]),
        ):
            if not order or turn == question:  # what the other question would have found lies further back
                told[question] = max([told[question], *map(_iso, when)])
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=tuple(notes),
            since=json.dumps(told),
            window=None if order else window,
            threads=tuple(threads),
        )

    def _discover(self) -> Generator[Request, Response, str]:
        """Where the site's API begins, as every page of it says; the usual place where a plugin hides that."""
        response = yield Request(self.url, headers={"accept": "text/html"}, hears_errors=True)
        if apis.refused(response) is not None:
            raise apis.refusal(response, "WordPress")
        named = _named_root(response)
        if named:
            return named
        home = response.url.partition("?")[0].partition("#")[0].rstrip("/")
        # Without rewritten addresses the usual place is 404, and this one always works.
        usual, always = f"{home}/wp-json/", f"{home}/?rest_route=/"
        probe = yield apis.get(f"{usual}wp/v2/types/post")
        said = apis.refused(probe)
        return always if said is not None and not said.text("code") else usual

    def _filters(self, root: str) -> Generator[Request, Response, dict[str, str]]:
        """The category and the tag by their numbers, which is how posts are filtered."""
        filters: dict[str, str] = {}
        for taxonomy, slug in (("categories", self.category), ("tags", self.tag)):
            if slug:
                found = _checked((yield apis.get(f"{root}wp/v2/{taxonomy}", {"slug": slug})))
                identity = found.text(0, "id")
                if not identity:
                    raise PlatformError(
                        f"WordPress says: there is no {slug} among the {taxonomy}", Cause.NOT_FOUND
                    )
                filters[taxonomy] = identity
        return filters

    def _posts(
        self, root: str, source: str, asked: dict[str, str]
    ) -> Generator[Request, Response, tuple[list[_Found], list[str], datetime | None]]:
        found: list[_Found] = []
        rejected: list[str] = []
        for number in range(1, _PAGES + 1):
            # News are read from the oldest on: when they are too many for one poll, the next one goes on.
            query = {"per_page": _PAGE, "page": number, "_embed": _EMBEDDED, **asked}
            response = yield apis.get(f"{root}wp/v2/posts", query)
            if number > 1 and _is_past_the_end(response):
                return found, rejected, EVER
            page = _items(response, "posts")
            posts, refused = apis.listed(page, lambda item: _post(item, source), "post")
            found += posts
            rejected += refused
            if len(page) < _PAGE or number >= (_pages(response) or _PAGES + 1):
                return found, rejected, EVER
        dates = [one.post.published for one in found if one.post.published]
        return found, rejected, min(dates, default=None)

    def _comments(
        self, root: str, source: str, found: Iterable[_Found]
    ) -> Generator[Request, Response, tuple[list[Post], list[str], list[str]]]:
        """The comments on the newest posts: WordPress does not say how many a post has, but shows those of many."""
        where = {one.number: one.post.permalink for one in found if one.number and one.is_open}
        where = dict(list(where.items())[:_COMMENTED])
        if not where or not self.replies:
            return [], [], []
        asked = apis.get(f"{root}wp/v2/comments", {"post": ",".join(where), "per_page": _COMMENTS})
        response = yield asked
        try:
            page = _items(response, "comments")
        except (BadData, PlatformError) as error:
            if error.locks_out:
                raise
            return [], [], [f"comments cannot be read: {error}"]
        comments, _ = apis.listed(page, lambda item: _comment(item, source, where), "comment")
        is_all = len(page) < _COMMENTS or _pages(response) == 1
        return comments, list(where.values()) if is_all else [], []


@dataclass(frozen=True, slots=True)
class _Found:
    """A post, its number in the API, when it was last changed, and whether it may have comments."""

    post: Post
    number: str
    changed: datetime | None
    is_open: bool


def _named_root(response: Response) -> str:
    found = _ROOT.search(response.headers.get("link", ""))
    if found:
        return _with_slash(urls.absolute(found[1], response.url))
    link = _LINK.search(response.body.decode("utf-8", "replace"))
    href = _HREF.search(link[0]) if link else None
    return _with_slash(urls.absolute(unescape(href[1]), response.url)) if href else ""


def _with_slash(root: str) -> str:
    return f"{root.rstrip('/')}/" if root else ""


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"code": …, "message": …}``, or no API at all."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    # Nobody is logged in here: 401 and 403 say that the public may not read this.
    cause = {401: Cause.PERMISSION, 403: Cause.PERMISSION, 404: Cause.NOT_FOUND}.get(response.status)
    words = said.text("message") or f"status {response.status}"
    raise apis.refusal(response, "WordPress", cause, f"{words.rstrip('. ')}. {_INSTEAD}" if cause else words)


def _items(response: Response, what: str) -> list[Data]:
    """The items of a page. Raises PlatformError, and BadData when it is no list: that is no empty site."""
    page = _checked(response)
    if not isinstance(page.value, list):
        raise BadData(f"WordPress sent no list of {what}")
    return page.each()


def _is_past_the_end(response: Response) -> bool:
    said = apis.refused(response)
    return said is not None and said.text("code") == "rest_post_invalid_page_number"


def _pages(response: Response) -> int | None:
    return Data(response.headers.get("x-wp-totalpages")).count()


def _post(item: Data, source: str) -> _Found | None:
    if item.flag("content", "protected") or item.text("status") not in {"publish", ""}:
        return None
    number = item.need("id")
    permalink = item.web("link")
    html = text.clean(item.text("content", "rendered"), permalink)
    body = text.plain(html)
    title = _words(item.text("title", "rendered"))
    media = _media(item.at("_embedded", "wp:featuredmedia", 0), html, permalink)
    if not (title or body or media):
        raise BadData("it has neither title nor text nor picture")
    published, changed = item.moment("date_gmt"), item.moment("modified_gmt")
    post = Post(
        id=unescape(item.text("guid", "rendered")) or number,  # the one that its feed gives, too
        source=source,
        kind=Kind.ARTICLE,
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        dir=text.direction(f"{title} {body}"),
        author=_author(item.at("_embedded", "author", 0)),
        published=published,
        updated=changed if published and changed and changed > published else None,
        media=media,
        tags=_tags(item),
    )
    return _Found(post, number, changed, item.text("comment_status") != "closed")


def _words(html: str) -> str:
    """Titles and names are HTML here: entities stand for characters, and some hold markup."""
    return text.line(text.plain(html))


def _author(user: Data) -> Author:
    return Author(_words(user.text("name")), "", user.web("link"), user.web("avatar_urls", "96"))


def _tags(item: Data) -> tuple[str, ...]:
    terms = (term for taxonomy in item.each("_embedded", "wp:term") for term in taxonomy.each())
    names = (_words(term.text("name")) for term in terms if term.text("slug") not in _UNSORTED)
    return tuple(dict.fromkeys(name.lstrip("#") for name in names if name.lstrip("#")))


def _media(featured: Data, html: str, permalink: str) -> tuple[Media, ...]:
    """The featured picture, then those in the text."""
    found = [Media("image", one.src, one.alt, one.width, one.height) for one in text.images(html)]
    pictures = [one for one in found if not 0 < (one.width or 0) < _SMALLEST]
    if featured.text("media_type") == "image" and featured.web("source_url", base=permalink):
        pictures.insert(0, _featured(featured, permalink))
    return tuple({urls.picture(one.url): one for one in reversed(pictures)}.values())[::-1]


def _featured(featured: Data, permalink: str) -> Media:
    sizes = (featured.at("media_details", "sizes", name) for name in _SIZES)
    size = next((size for size in sizes if size.web("source_url", base=permalink)), None)
    where = size or featured
    measured = size or featured.at("media_details")
    return Media(
        "image",
        where.web("source_url", base=permalink),
        alt=text.line(featured.text("alt_text")),
        width=measured.size("width"),
        height=measured.size("height"),
    )


def _comment(item: Data, source: str, where: dict[str, str]) -> Post | None:
    """A comment as a reply; pings of other sites are none."""
    post = where.get(item.text("post"), "")
    if not post or item.text("type") != "comment" or item.text("status") not in {"approved", ""}:
        return None
    identity = item.need("id")
    if not (identity.isascii() and identity.isdecimal()):
        raise BadData("its id is no number")
    permalink = item.web("link") or f"{post}#comment-{identity}"
    html, body = apis.written(item.text("content", "rendered"), permalink)
    if not body:
        return None
    author = Author(
        _words(item.text("author_name")), "", item.web("author_url"), item.web("author_avatar_urls", "96")
    )
    return Post(
        id=f"comment-{identity}",
        source=source,
        kind=Kind.REPLY,
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=author,
        published=item.moment("date_gmt"),
        in_reply_to=post,
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


CONNECTOR: type[Connector] = WordPress
