"""The posts of one Tumblr blog, by its API.

You need the blog's name, such as larkwood or larkwood.tumblr.com, and an API key:
register an application at tumblr.com/oauth/apps and copy its OAuth consumer key.
It does not end. Without one, the connector feed reads the blog's RSS.

You get every post of the blog, or those with a ``tag``: text with its formatting,
pictures with their descriptions, films, recordings, link cards, polls, questions
with their answers, tags, what the blog added to posts of others, and replies as far
as Tumblr tells them with the post.

You do not get reblogs to which the blog added nothing, the posts that it reblogged,
what subscribers pay for, or how many liked a post with many notes: Tumblr counts
likes, reblogs and replies as one.

    [[source]]
    name = "ask-the-bench"
    connector = "tumblr"
    account = "askthebench"
    token = "env:LARKWOOD_TUMBLR_TOKEN"   # the consumer key
    # tag = "furniture"                   # only posts with this tag
    # replies = false                     # leave out what others answered
    # server = "https://api.tumblr.com"   # another, for tests
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html import escape
from http import HTTPStatus
from itertools import pairwise
from typing import ClassVar

from forecourt import apis, players, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_PAGE = 20  # posts; the most that Tumblr gives
_PAGES = 10
_DASHBOARD_ONLY = 4012  # from memory, to be checked: a blog that is shown to members only
_LONG = 280  # characters; from here on a post with a title is an article
_LONGEST_QUESTION = 200  # characters of a question that is still a title
_DEEPEST = 7  # levels of lists, as in NPF
_INLINE = {"bold": "b", "italic": "i", "strikethrough": "s", "small": "small"}
_NESTED = {"ordered-list-item": "ol", "unordered-list-item": "ul", "indented": "blockquote"}
_BLOCKS = {"heading1": "h2", "heading2": "h3", "quote": "blockquote"}
_BLOG = re.compile(r"[\w.:-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tumblr:
    """One blog, or its posts with one tag."""

    account: str
    token: Secret
    tag: str = ""
    replies: bool = True
    server: str = "https://api.tumblr.com"
    network: ClassVar[str] = "tumblr"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not _BLOG.fullmatch(self.account):
            raise ValueError("account must be the name of a blog, such as larkwood or larkwood.tumblr.com")
        if not urls.absolute(self.server):
            raise ValueError("server must be a full address, such as https://api.tumblr.com")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the posts after the newest that we know; without ``since``, for the last 200.

        ``since`` is ``{"newest": …}``, the moment of that post: Tumblr can be asked for what
        is older than a moment and not for what is newer, so we stop at what is known. Ids do
        not grow with time, for a post has its own from when it was a draft.
        """
        newest = json.loads(since)["newest"] if since else 0
        told: dict[str, _Told] = {}
        rejected: list[str] = []
        latest, before = newest, None
        window = None
        for _ in range(_PAGES):
            page = _checked((yield self._ask(before)))
            if not isinstance(page.at("posts").value, list):
                raise BadData("Tumblr sent no list of posts")
            items = page.each("posts")
            fresh = [item for item in items if not newest or _at(item) > newest]
            found, refused = apis.listed(fresh, partial(_told, source=source, blog=page.at("blog")), "post")
            rejected += [one for one in refused if one not in rejected]
            told |= {one.post.id: one for one in found}
            # A post that is pinned stands before all others, whenever it was written.
            chronicle = [_at(item) for item in items if not item.flag("is_pinned")]
            latest = max([latest, *chronicle])
            is_last = len(items) < _PAGE and not page.has("_links", "next")
            if is_last or (newest and chronicle and chronicle[-1] <= newest):
                window = EVER
                break
            if not chronicle or not chronicle[-1] or chronicle[-1] + 1 == before:
                break  # it is not the end, and nothing says what comes before
            before = chronicle[-1] + 1  # once more, and with it those of the same second
        if window is None:
            window = min((one.post.published for one in told.values() if one.post.published), default=None)
        return Batch(
            (*(one.post for one in told.values()), *self._replies(told.values())),
            rejected=tuple(rejected),
            since=json.dumps({"newest": latest}),
            window=None if since else window,
            threads=tuple(one.post.permalink for one in told.values() if one.is_thread and self.replies),
        )

    def _replies(self, told: Iterable[_Told]) -> tuple[Post, ...]:
        replies = (reply for one in told for reply in one.replies) if self.replies else ()
        return tuple({reply.id: reply for reply in replies}.values())

    def _ask(self, before: int | None) -> Request:
        query = {
            "api_key": self.token.reveal(), "npf": "true", "limit": _PAGE, "notes_info": "true",
            "reblog_info": "true", "tag": self.tag or None, "before": before,
        }  # fmt: skip
        return apis.get(f"{self.server.rstrip('/')}/v2/blog/{self.account}/posts", query)


@dataclass(frozen=True, slots=True)
class _Told:
    """A post with the replies that came with it; ``is_thread`` is whether those are all."""

    post: Post
    replies: tuple[Post, ...]
    is_thread: bool


def _checked(response: Response) -> Data:
    """What is in the envelope. Raises PlatformError: ``{"meta": {"msg"}, "errors": [{"code", "detail"}]}``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response).at("response")
    first = said.at("errors", 0)
    cause = Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None
    if first.count("code") == _DASHBOARD_ONLY:
        cause = Cause.PERMISSION
    raise apis.refusal(
        response, "Tumblr", cause, first.text("detail") or first.text("title") or said.text("meta", "msg")
    )


def _at(item: Data) -> int:
    return item.count("timestamp") or 0


def _told(item: Data, source: str, blog: Data) -> _Told | None:
    post = _post(item, source, item.at("blog") or blog)
    if post is None:
        return None
    notes = item.each("notes")
    replies = tuple(filter(None, (_reply(note, post) for note in notes)))
    return _Told(post, replies, len(notes) == item.count("note_count"))


def _post(item: Data, source: str, blog: Data) -> Post | None:
    if item.text("state") not in {"", "published"}:
        return None
    is_npf = isinstance(item.at("content").value, list)
    words = _of_blocks(item) if is_npf else _of_legacy(item)
    parent = item.web("parent_post_url") or item.web("reblogged_from_url")
    if is_npf and not parent and item.at("trail"):
        parent = item.web("trail", -1, "blog", "url")
    permalink = item.web("post_url")
    html, body = apis.written(words.html, permalink)
    if not (words.title or body or words.media):
        if parent or item.at("trail"):
            return None  # a reblog without a word of its own
        raise BadData("it has neither text nor picture")
    return Post(
        id=item.text("id_string") or item.need("id"),
        source=source,
        kind=words.kind or _kind(words, body),
        permalink=permalink,
        title=words.title,
        html=html,
        text=body,
        dir=text.direction(f"{words.title} {body}"),
        author=_author(blog),
        published=item.moment("timestamp") or item.moment("date"),
        media=words.media,
        engagement=_engagement(item),
        tags=tuple(dict.fromkeys(filter(None, (text.line(tag.lstrip("# ")) for tag in item.texts("tags"))))),
        mentions=words.mentions,
        quote_of=parent,
    )


def _reply(note: Data, post: Post) -> Post | None:
    """A note that says something: a reply, or a reblog with words added."""
    is_reply = note.text("type") == "reply"
    words = note.text("reply_text") if is_reply else note.text("added_text")
    name = text.line(note.text("blog_name"))
    # A reply has no id and no address of its own.
    identity = f"{post.id}/{_at(note)}/{name}" if is_reply else note.text("post_id")
    if not (words.strip() and name and identity):
        return None
    html, body = apis.written(apis.marked(words, apis.addresses(words)), post.permalink)
    blog = note.web("blog_url")
    return Post(
        id=identity,
        source=post.source,
        kind=Kind.REPLY,
        permalink=post.permalink if is_reply or not blog else urls.absolute(f"post/{identity}", blog),
        html=html,
        text=body,
        dir=text.direction(body),
        author=Author(name, f"@{name}", blog, note.web("avatar_url", "64")),
        published=note.moment("timestamp"),
        in_reply_to=post.permalink,
    )


def _author(blog: Data) -> Author:
    name = text.line(blog.text("name"))
    title = text.line(blog.text("title"))
    return Author(title or name, name and f"@{name}", blog.web("url"), blog.web("avatar", 0, "url"))


def _engagement(item: Data) -> Engagement:
    """What the notes add up to, where all of them are there: Tumblr itself counts them as one."""
    types = [note.text("type") for note in item.each("notes")]
    if len(types) != item.count("note_count"):
        return Engagement()
    return Engagement(types.count("like"), types.count("reply"), types.count("reblog"))


@dataclass(frozen=True, slots=True)
class _Words:
    """What a post says, of either format."""

    title: str = ""
    html: str = ""
    media: tuple[Media, ...] = ()
    mentions: tuple[str, ...] = ()
    kind: Kind | None = None


def _kind(words: _Words, body: str) -> Kind:
    types = {one.type for one in words.media}
    if "video" in types:
        return Kind.VIDEO
    if len(body) >= _LONG:
        return Kind.ARTICLE if words.title else Kind.NOTE
    return Kind.PHOTO if "image" in types else Kind.NOTE


# The Neue Post Format: https://www.tumblr.com/docs/npf


def _of_blocks(item: Data) -> _Words:
    blocks = item.each("content")
    ask = next((each for each in item.each("layout") if each.text("type") == "ask"), Data(None))
    asked = [blocks[number] for number in _numbers(ask, len(blocks))]
    said = [block for block in _in_order(item, blocks) if block not in asked]
    title, question = _question(ask.at("attribution", "blog"), asked) if asked else ("", "")
    if not asked and said and said[0].text("subtype") == "heading1":
        title, said = text.line(said[0].text("text")), said[1:]
    is_question = asked or any(block.text("type") == "poll" for block in blocks)
    return _Words(
        title,
        question + _html(said),
        tuple(filter(None, map(_media, [*asked, *said]))),
        tuple(dict.fromkeys(filter(None, (name for block in blocks for name in _mentions(block))))),
        Kind.QUESTION if is_question else None,
    )


def _in_order(item: Data, blocks: list[Data]) -> list[Data]:
    """The blocks as their rows have them; what stands in no row comes last."""
    order: dict[int, None] = {}
    for layout in item.each("layout"):
        if layout.text("type") == "rows":
            for row in layout.each("display"):
                order |= dict.fromkeys(_numbers(row, len(blocks)))
    order |= dict.fromkeys(range(len(blocks)))
    return [blocks[number] for number in order]


def _numbers(row: Data, limit: int) -> list[int]:
    numbers = (each.count() for each in row.each("blocks"))
    return [number for number in numbers if number is not None and number < limit]


def _question(blog: Data, asked: list[Data]) -> tuple[str, str]:
    """Title and HTML of a question: it is the title, as in Tumblr's own feed, if it is short."""
    asker = text.line(blog.text("name")) or "anonymous"
    html = _html(asked)
    words = text.line(text.plain(html))
    if 0 < len(words) <= _LONGEST_QUESTION and all(block.text("type") == "text" for block in asked):
        return f"{asker} asked: {words}", ""
    return "", f"<p>{escape(asker)} asked:</p><blockquote>{html}</blockquote>"


def _html(blocks: Iterable[Data]) -> str:
    page = _Page()
    for block in blocks:
        if block.text("type") == "text":
            page.write(block)
        else:
            page.close()
            page.parts.append(_element(block))
    page.close()
    return "".join(page.parts)


@dataclass(slots=True)
class _Page:
    """HTML while it is written, with the lists and quotations that are open."""

    parts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def write(self, block: Data) -> None:
        """Add a paragraph, a heading, or an item at its level of a list."""
        words, subtype = _inline(block), block.text("subtype")
        if subtype in _NESTED:
            self._nest(_NESTED[subtype], min(block.count("indent_level") or 0, _DEEPEST), words)
            return
        self.close()
        element = _BLOCKS.get(subtype, "p")
        self.parts.append(f"<{element}>{words}</{element}>" if words.strip() else "")

    def close(self, level: int = 0) -> None:
        """Close what is open at this level and below."""
        while len(self.open) > level:
            element = self.open.pop()
            self.parts.append(f"</{element}>" if element == "blockquote" else f"</li></{element}>")

    def _nest(self, element: str, level: int, words: str) -> None:
        self.close(level + 1)
        if len(self.open) > level and self.open[level] != element:
            self.close(level)
        goes_on = len(self.open) > level
        while len(self.open) <= level:
            self.open.append(element)
            self.parts.append("<blockquote>" if element == "blockquote" else f"<{element}><li>")
        if element == "blockquote":
            words = f"<p>{words}</p>"
        elif goes_on:
            self.parts.append("</li><li>")
        self.parts.append(words)


@dataclass(frozen=True, slots=True)
class _Style:
    start: int
    end: int
    element: str
    href: str = ""

    @property
    def tag(self) -> str:
        return f'<a href="{escape(self.href)}">' if self.href else f"<{self.element}>"


def _inline(block: Data) -> str:
    """A text with its formatting, which is by code points and may overlap; a link goes round all else."""
    plain = block.text("text")
    styles = sorted(_styles(block, len(plain)), key=lambda one: (not one.href, one.start, -one.end))
    cuts = sorted({0, len(plain)} | {at for one in styles for at in (one.start, one.end)})
    parts: list[str] = []
    opened: list[_Style] = []
    for start, end in pairwise([*cuts, len(plain) + 1]):
        wanted = [one for one in styles if one.start <= start and end <= one.end]
        same = next((n for n, (a, b) in enumerate(zip(opened, wanted, strict=False)) if a != b), None)
        same = min(len(opened), len(wanted)) if same is None else same
        parts += [f"</{one.element}>" for one in reversed(opened[same:])]
        parts += [one.tag for one in wanted[same:]]
        parts.append(escape(plain[start:end]))
        opened = wanted
    return "".join(parts).replace("\n", "<br>")


def _styles(block: Data, length: int) -> Iterator[_Style]:
    for one in block.each("formatting"):
        start, end = one.count("start"), one.count("end")
        href = one.web("url") or one.web("blog", "url")
        element = "a" if href else _INLINE.get(one.text("type"), "")
        if element and start is not None and end is not None and start < end <= length:
            yield _Style(start, end, element, href)


def _mentions(block: Data) -> Iterator[str]:
    for one in block.each("formatting"):
        name = text.line(one.text("blog", "name"))
        if one.text("type") == "mention" and name:
            yield f"@{name}"


def _element(block: Data) -> str:
    """What is no text, as HTML; films and recordings only by their names, as they stand beside the text."""
    match block.text("type"):
        case "image":
            return _figure(block)
        case "link":
            return _link(block, block.text("description"))
        case "video" | "audio":
            credit = ": ".join(filter(None, (block.text("artist"), block.text("title"))))
            return f"<p>{escape(credit)}</p>" if block.web("media", "url") else _link(block, "", credit)
        case "poll":
            options = (escape(each.text("answer_text")) for each in block.each("answers"))
            items = "".join(f"<li>{option}</li>" for option in options)
            return f"<p>{escape(block.text('question'))}</p><ul>{items}</ul>"
    return ""


def _figure(block: Data) -> str:
    picture = _media(block)
    if picture is None:
        return ""
    size = f' width="{picture.width}" height="{picture.height}"' if picture.width and picture.height else ""
    caption = block.text("caption")
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(picture.url)}" alt="{escape(picture.alt)}"{size}>{below}</figure>'


def _link(block: Data, description: str, name: str = "") -> str:
    address = block.web("url")
    name = name or block.text("title") or block.text("display_url") or urls.host(address)
    below = f"<p>{escape(description)}</p>" if description else ""
    return f'<p><a href="{escape(address)}">{escape(name)}</a></p>{below}' if address else below


def _media(block: Data) -> Media | None:
    match block.text("type"):
        case "image":
            widest = next((each for each in block.each("media") if each.web("url")), Data(None))
            is_known = not widest.flag("original_dimensions_missing")
            width, height = (widest.size("width"), widest.size("height")) if is_known else (None, None)
            url = widest.web("url")
            return Media("image", url, text.line(block.text("alt_text")), width, height) if url else None
        case "video":
            url, film = block.web("media", "url") or block.web("url"), block.at("media")
            duration = (block.number("duration") or 0) / 1000
            return Media(
                "video", url, width=film.size("width"), height=film.size("height"),
                duration=round(duration) or None, poster=_poster(block), player=players.of(url),
            ) if url else None  # fmt: skip
        case "audio":
            url = block.web("media", "url")
            return Media("audio", url, poster=_poster(block)) if url else None
    return None


def _poster(block: Data) -> str:
    return block.web("poster", 0, "url") or block.web("poster", "url")


# The old format, of servers and posts that know no blocks. Its texts are HTML.


def _of_legacy(item: Data) -> _Words:
    if item.has("reblogged_from_id") or item.has("parent_post_url"):
        return _Words(html=item.text("reblog", "comment"))
    title, html = text.line(text.plain(item.text("title"))), item.text("body")
    media: tuple[Media, ...] = ()
    kind = None
    match item.text("type"):
        case "photo":
            html = item.text("caption") + "".join(photo.text("caption") for photo in item.each("photos"))
            media = tuple(filter(None, map(_photo, item.each("photos"))))
        case "quote":
            html = f"<blockquote>{item.text('text')}</blockquote><p>{item.text('source')}</p>"
        case "link":
            title, html = "", _link(item, "", title) + item.text("description")
        case "chat":
            lines = ((each.text("label"), each.text("phrase")) for each in item.each("dialogue"))
            html = "".join(f"<p><b>{escape(who)}</b> {escape(said.strip())}</p>" for who, said in lines)
        case "answer":
            asker = text.line(item.text("asking_name")) or "anonymous"
            title = text.line(f"{asker} asked: {text.plain(item.text('question'))}")
            html, kind = item.text("answer"), Kind.QUESTION
        case "video":
            html, media = item.text("caption"), _film(item)
        case "audio":
            heard = ": ".join(filter(None, (item.text("artist"), item.text("track_name"))))
            html, media = f"<p>{escape(heard)}</p>{item.text('caption')}", _recording(item)
    return _Words(title, html, media, kind=kind)


def _photo(photo: Data) -> Media | None:
    largest = photo.at("original_size") or photo.at("alt_sizes", 0)
    url = largest.web("url")
    return Media("image", url, "", largest.size("width"), largest.size("height")) if url else None


def _film(item: Data) -> tuple[Media, ...]:
    url = item.web("video_url") or item.web("permalink_url")
    duration, poster = item.size("duration"), item.web("thumbnail_url")
    return (Media("video", url, duration=duration, poster=poster, player=players.of(url)),) if url else ()


def _recording(item: Data) -> tuple[Media, ...]:
    url = item.web("audio_url")
    return (Media("audio", url, poster=item.web("album_art")),) if url else ()


CONNECTOR: type[Connector] = Tumblr
