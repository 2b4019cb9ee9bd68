"""A folder of files: what a network lets you export, or what you write down yourself, where there is no other door.

You need a folder below ``content/files/``, such as ``content/files/nextdoor/``, and in it one of
two things, or both.

You need for a table: a CSV file as the network exports it or as Excel and Numbers save it ("CSV
UTF-8" is best, others are understood). Its first line names the columns, each following line is a
post. The names that Instagram, Facebook, LinkedIn, X, TikTok, Nextdoor and WhatsApp use are known:
id; date, created, published or Publish time; text, caption, message or Post text; link or
permalink; title; picture or image; alt; likes, comments, shares, views; tags; kind; author;
language. Other columns are left aside. Days are read as 2026-11-16 or 16.11.2026 or 16/11/2026;
for 11/16/2026 say ``month_first = true``.

You need for a single post: a note in Markdown, such as ``bench-sale.md``. Between two lines of
``---`` at its top stands what you know of it, then the text:

    ---
    title: Last places at the bench
    date: 2026-11-16 09:00
    link: https://nextdoor.example/p/bench
    picture: bench.jpg
    alt: Six stools at a workbench
    tags: bench, Lyon
    ---
    Six stools are still free on **Thursday**.

You get a post for each line and each note: with its picture, if you put the picture into the same
folder and write its file name, or if it stands at a web address. What you change shows after the
next fetch; a line or note that you take out leaves the hub. A post with a date to come waits
until then. A mistake costs its line or note alone, and the report says which one. A file called
README is no post.

You do not get anything that is not in the files: if likes are to be right, export again.

    [[source]]
    name = "larkwood-nextdoor"
    connector = "files"
    folder = "content/files/nextdoor"
    network = "nextdoor"            # how visitors know it
    # author = "Larkwood Lyon"      # whose posts they are, where a line does not say it
    # lang = "en"                   # in which language they are, where a line does not say it
    # kind = "note"                 # if all are of one kind; otherwise found out one by one
    # timezone = "Europe/Paris"     # of the times in the files; UTC without it
    # month_first = true            # 11/16/2026 is in November, as Americans write it
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from html import unescape
from itertools import zip_longest
from typing import Any, ClassVar
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import markdown
import yaml

from forecourt import apis, text, urls
from forecourt.config import nearest
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request
from forecourt.errors import BadData
from forecourt.feeds.dates import moment
from forecourt.model import Author, Engagement, Kind, Media, Post, Terms

MOST_POSTS = 5_000
LONGEST_NOTE = 50_000  # characters
MOST_BRACKETS = 500  # that open; markdown looks for the end of each, for 100 seconds where there are 20,000

_SHORT = 280  # characters; a picture with this much is a photo, a title with more an article

# The names of columns, as the networks' exports and people write them; the first that says anything counts.
# "Description" is the text in Meta's exports, "Post title" in LinkedIn's, "Video title" in TikTok's.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "post id", "tweet id", "video id", "media id", "message id"),
    "date": (
        "publish time", "published", "published at", "publish date", "created", "created at", "created date",
        "date posted", "posted at", "post date", "post time", "timestamp", "date", "date time", "time", "datum",
    ),
    "text": (
        "text", "post text", "tweet text", "full text", "caption", "message", "post message", "body", "content",
        "description", "post", "post title", "video title",
    ),
    "title": ("title", "headline", "subject"),
    "link": ("link", "permalink", "url", "post link", "post url", "video link", "share url", "permalink url"),
    "picture": ("picture", "image", "photo", "media", "image url", "media url", "picture url", "thumbnail", "file"),
    "alt": ("alt", "alt text", "image alt", "image description", "picture description"),
    "likes": ("likes", "total likes", "reactions", "favorites", "favourites"),
    "comments": ("comments", "total comments", "replies"),
    "shares": ("shares", "total shares", "reposts", "retweets"),
    "views": ("views", "total views", "video views", "plays"),
    "tags": ("tags", "hashtags", "labels"),
    "kind": ("kind",),
    "type": ("type", "post type", "content type"),
    "lang": ("lang", "language"),
    "author": ("author", "posted by", "account name", "from", "sender", "name"),
    "handle": ("handle", "account username", "username"),
}  # fmt: skip
_FIELDS = ("id", "date", "title", "link", "picture", "alt", "tags", "kind", "lang", "author", "handle")
_KINDS = {
    "image": "photo",
    "carousel": "photo",
    "album": "photo",
    "reel": "video",
    "text": "note",
    "status": "note",
}
_LIFETIME = "lifetime"  # Meta's exports: the span of their counts, in a column "Date"

_DAY = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(?:([ap])\.?m\.?)?)?",
    re.IGNORECASE,
)
_HAS_ZONE = re.compile(r"(?:\bZ|\b[A-Z]{3,4}|[+-]\d{2}:?\d{2})\)?$|^\d{9,13}$")
_EARLIEST, _LATEST = 1990, 2099
_NOON = 12
_COUNT = re.compile(r"\d{1,12}|\d{1,3}(?:[ ,.'\u2019\u00a0\u202f]\d{3}){1,3}|(\d{1,12})[.,]0+")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)  # what Excel makes of a long id
_HEAD = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_IMG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Files:
    """A folder of the hub, with tables and notes in it."""

    folder: str
    network: str
    author: str = ""
    lang: str = ""
    kind: str = ""
    timezone: str = "UTC"
    month_first: bool = False
    terms: ClassVar[Terms] = Terms(recheck=timedelta(0))

    def __post_init__(self) -> None:
        parts = self.folder.strip("/").split("/")
        if self.folder.startswith("/") or not all(parts) or any(part.startswith(".") for part in parts):
            raise ValueError("folder must be one below the hub's own, such as content/files/nextdoor")
        if self.lang and not text.language(self.lang):
            raise ValueError(f'lang "{self.lang}" is not a language; write it as en, fr or pt-BR')
        if self.kind and self.kind not in set(Kind):
            raise ValueError(f'kind "{self.kind}" is not known; {nearest(self.kind, Kind)}')
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("timezone must be written as Europe/Paris") from error

    def poll(self, source: str, since: str) -> Conversation:  # a folder is read whole every time
        """Ask for all that the folder holds."""
        response = yield Request(urls.FOLDER + quote(self.folder.strip("/")))
        said = apis.read(response)
        files = {name: content.text() for name, content in said.at("files").pairs()}
        pictures = {name: mark.text() for name, mark in said.at("pictures").pairs()}
        reading = _Reading(self, source, pictures)
        for name in sorted(files):
            reading.file(name, files[name])
        posts = sorted(reading.posts.values(), key=_newest_first)
        if len(posts) > MOST_POSTS:
            reading.notes.append(f"the files hold {len(posts)} posts; the newest {MOST_POSTS} are taken")
        return Batch(
            tuple(posts[:MOST_POSTS]),
            rejected=tuple(reading.rejected),
            notes=tuple(dict.fromkeys(reading.notes)),
            whole=not files,  # an empty table is well; a folder that lost its files is not
            window=EVER,
            is_empty=bool(files),
        )


@dataclass(slots=True)
class _Reading:
    """One look through the folder. Of two posts with one id the later file's is taken: it is the newer export."""

    options: Files
    source: str
    pictures: Mapping[str, str]
    posts: dict[str, Post] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def file(self, name: str, content: str) -> None:
        """Read one file."""
        content = content.replace("\r\n", "\n").replace("\r", "\n")
        shown, stem = text.line(name), text.line(name).rpartition(".")[0]
        if name.lower().endswith((".csv", ".tsv")):
            self._table(shown, content)
        elif stem.casefold() != "readme" and content.strip():
            try:
                self._add(_note(content) | {"stem": stem}, shown)
            except BadData as error:
                self.rejected.append(f"{shown}: {error}")

    def _table(self, shown: str, content: str) -> None:
        try:
            rows = list(_rows(content))
            links = Counter(urls.canonical(cells.get("link", "")) for _, cells in rows)
            for line, cells in rows:
                link = urls.canonical(cells.get("link", ""))
                own = (
                    {"own link": link} if links[link] == 1 else {}
                )  # others lead to the shop, time and again
                try:
                    self._add(cells | own, f"{shown} line {line}")
                except BadData as error:
                    self.rejected.append(f"{shown} line {line}: {error}")
        except (BadData, csv.Error) as error:
            self.rejected.append(f"{shown}: {error}")

    def _add(self, said: Mapping[str, str], where: str) -> None:
        post = self._post(said, where)
        self.posts[post.id] = post

    def _post(self, said: Mapping[str, str], where: str) -> Post:
        options = self.options
        link = said.get("link", "").strip()
        permalink = urls.absolute(link)
        if link and not permalink:
            raise BadData(f'its link "{text.excerpt(link, 60)}" is no web address; it begins with https://')
        html, inside = self._body(said, permalink, where)
        body = text.plain(html)
        title = text.line(said.get("title", ""))
        media = tuple(dict.fromkeys((*self._media(said, where), *inside)))
        if not (title or body or media):
            raise BadData("it has neither text nor picture")
        published = self._date(said.get("date", ""))
        lang = text.language(said.get("lang", "") or options.lang)
        return Post(
            id=_id(said, title, body, published),
            source=self.source,
            kind=self._kind(said, title, body, media),
            permalink=permalink,
            title=title,
            html=html,
            text=body,
            lang=lang,
            dir=text.direction(f"{title} {body}", lang),
            author=Author(
                text.line(said.get("author", "") or options.author), _handle(said.get("handle", ""))
            ),
            published=published,
            media=media,
            engagement=Engagement(
                *(_count(said.get(name, "")) for name in ("likes", "comments", "shares", "views"))
            ),
            tags=_tags(said.get("tags", ""), body),
        )

    def _body(self, said: Mapping[str, str], permalink: str, where: str) -> tuple[str, list[Media]]:
        """The text as safe HTML, and the pictures of the folder that stand in it."""
        if "markdown" not in said:
            plain = said.get("text", "")
            return text.clean(apis.marked(plain, apis.addresses(plain)), permalink), []
        try:
            html = markdown.markdown(said["markdown"], extensions=["sane_lists", "tables"])
        except RecursionError as error:
            raise BadData("its text is nested beyond all reason") from error
        inside: list[Media] = []

        def beside(tag: re.Match[str]) -> str:
            found = {name.lower(): unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(tag[0])}
            if urls.absolute(found.get("src", "")):
                return tag[0]
            inside.extend(self._pictures([found.get("src", "")], [found.get("alt", "")], where))
            return ""

        return text.clean(_IMG.sub(beside, html), permalink), inside

    def _media(self, said: Mapping[str, str], where: str) -> list[Media]:
        names = re.split(r"[|\n]", said.get("picture", ""))
        return self._pictures(names, re.split(r"[|\n]", said.get("alt", "")), where)

    def _pictures(self, names: Iterable[str], alts: Iterable[str], where: str) -> list[Media]:
        """The pictures of these names or addresses; one that is not there is said and costs nothing more."""
        known = {name.casefold(): name for name in self.pictures}
        found: list[Media] = []
        for name, alt in zip_longest(names, alts, fillvalue=""):
            said = name.strip()
            url = urls.absolute(said)
            if not url and said:
                last = said.rpartition("/")[2].casefold()
                file = known.get(last) or known.get(unquote(last))
                if file is None:
                    self.notes.append(f"{where}: there is no picture {text.excerpt(said, 60)} in the folder")
                    continue
                url = f"{urls.FOLDER}{quote(self.options.folder.strip('/'))}/{quote(file)}#{quote(self.pictures[file])}"
            if url:
                found.append(Media("image", url, text.line(alt)))
        return found

    def _date(self, said: str) -> datetime | None:
        """The first of these dates that is one, in the files' own zone where it names none. Raises BadData."""
        dates = [
            one.strip() for one in said.split("\n") if one.strip() and one.strip().casefold() != _LIFETIME
        ]
        for one in dates:
            found = _moment(one, ZoneInfo(self.options.timezone), month_first=self.options.month_first)
            if found:
                return found
        if dates:
            raise BadData(
                f'its date "{text.excerpt(dates[0], 40)}" is none that we know; write it as 2026-11-16 09:00'
            )
        return None

    def _kind(self, said: Mapping[str, str], title: str, body: str, media: tuple[Media, ...]) -> Kind:
        named = said.get("kind", "").strip().casefold()
        if named and named not in set(Kind):
            raise BadData(f'its kind "{text.excerpt(named, 40)}" is not known; {nearest(named, Kind)}')
        typed = (said.get("type", "").casefold().split() or [""])[-1]  # "IG image"
        typed = _KINDS.get(typed, typed)
        for kind in (named, self.options.kind, typed):
            if kind in set(Kind):
                return Kind(kind)
        if media and len(body) < _SHORT:
            return Kind.PHOTO
        return Kind.ARTICLE if title and len(body) >= _SHORT else Kind.NOTE


def _rows(content: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table, each with its line and with what our names stand for. Raises BadData, csv.Error."""
    head, _, rest = content.partition("\n")
    skipped = 0
    if named := re.fullmatch(r'"?sep=(.)"?', head.strip()):  # Excel's own way to name it
        content, head, skipped = rest, rest.partition("\n")[0], 1
    separator = named[1] if named else max(";,\t", key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    columns = [_column(name) for name in next(reader, [])]
    if not set(columns) & {*_COLUMNS["text"], *_COLUMNS["title"], *_COLUMNS["picture"]}:
        raise BadData("its first line must name the columns, such as date, text, link, picture")
    line = reader.line_num + 1
    for row in reader:
        cells: dict[str, str] = {}
        for name, value in zip(columns, row, strict=False):
            if value.strip():
                cells.setdefault(name, value)
        if cells:
            yield line + skipped, _named(cells)
        line = reader.line_num + 1


def _column(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.strip().casefold()).split())


def _named(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells by our names for them; of dates all, since some exports have columns of that name without any."""
    found: dict[str, str] = {}
    for ours, theirs in _COLUMNS.items():
        values = [cells[name] for name in theirs if name in cells]
        if values:
            found[ours] = "\n".join(values) if ours == "date" else values[0]
    return found


def _note(content: str) -> dict[str, str]:
    """A note: what stands at its head, and its text as ``markdown``. Raises BadData."""
    if len(content) > LONGEST_NOTE:
        raise BadData(f"it is longer than {LONGEST_NOTE:,} characters")
    if content.count("[") > MOST_BRACKETS:
        raise BadData(f"it has more than {MOST_BRACKETS} square brackets")
    head = _HEAD.match(content)
    if head is None and content.startswith("---"):
        raise BadData("line 1: the lines at its top must end in one of ---")
    values = _front(head[1]) if head else {}
    found: dict[str, str] = {}
    for name, value in values.items():
        known = str(name).strip().casefold() if isinstance(name, str) else ""
        if known not in _FIELDS:
            raise BadData(f'"{text.excerpt(str(known), 40)}" is not known; {nearest(known, _FIELDS)}')
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise BadData(f"{known} must be text, or a list of texts")
        found[known] = ("," if known == "tags" else "|").join(items)
    return found | {"markdown": content[head.end() :] if head else content}


def _front(head: str) -> Mapping[Any, Any]:
    """The head of a note, every value as it is written. Raises BadData with the line."""
    try:
        found = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts, lists and tables
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark else ""
        raise BadData(
            f'{line}it cannot be read; a value with a colon in it stands in quotes, as in title: "Winter: now"'
        ) from error
    except RecursionError as error:
        raise BadData("its head is nested beyond all reason") from error
    if found is not None and not isinstance(found, dict):
        raise BadData("line 2: what stands at its top must be lines such as title: Winter hours")
    return found or {}


def _id(said: Mapping[str, str], title: str, body: str, published: datetime | None) -> str:
    """The post's own id, else the name of the note, else an address of its own, else a hash of what it says."""
    own = text.line(said.get("id", ""))
    if own and not _ROUNDED.fullmatch(own):
        return own
    date = published.isoformat() if published else ""
    says = blake2b(repr((title, body, date)).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return said.get("stem") or said.get("own link") or says


def _moment(said: str, zone: ZoneInfo, *, month_first: bool) -> datetime | None:
    found: datetime | None
    try:
        found = _numbered(said, month_first=month_first) or datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        found = None if _DAY.fullmatch(said) else moment(said)  # which would turn the order round
        if found and not _HAS_ZONE.search(said):
            found = found.replace(tzinfo=None)
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    return found.astimezone(UTC)


def _numbered(said: str, *, month_first: bool) -> datetime | None:
    """16.11.2026 09:05, or 11/16/2026 9:05 PM. Raises ValueError when there is no such day."""
    found = _DAY.fullmatch(said)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    month, day = (first, second) if month_first and found[2] == "/" else (second, first)
    hour = int(found[5] or 0)
    if found[8]:
        hour = hour % _NOON + (_NOON if found[8].lower() == "p" else 0)
    year += 2000 if len(found[4]) == len("26") else 0
    return datetime(year, month, day, hour, int(found[6] or 0), int(found[7] or 0))  # noqa: DTZ001 - the zone follows


def _count(said: str) -> int | None:
    """How many: 1234, or 1,234 or 1.234 or 1234.0; None is unknown."""
    found = _COUNT.fullmatch(said.strip())
    if found is None:
        return None
    return int(found[1] or re.sub(r"\D", "", found[0]))


def _tags(said: str, body: str) -> tuple[str, ...]:
    """The tags that are named, otherwise those in the text."""
    names = re.split(r"[\s,;|]+" if "#" in said else r"[,;|\n]+", said)
    once: dict[str, str] = {}
    for name in names:
        tag = text.line(name).lstrip("#").strip()
        once.setdefault(tag.casefold(), tag)
    return tuple(filter(None, once.values())) or text.hashtags(body)


def _handle(said: str) -> str:
    name = text.line(said).lstrip("@")
    return f"@{name}" if name else ""


def _newest_first(post: Post) -> float:
    return -post.published.timestamp() if post.published else 0.0


CONNECTOR: type[Connector] = Files
