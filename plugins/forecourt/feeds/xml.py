"""RSS and Atom, read by feedparser, which reads what no other parser does.

Its own sanitiser is off (33 of 9,608 vectors ran in a browser behind it); ours
cleans what becomes a post. Where it loses details, ``modules`` has them.
"""

from __future__ import annotations

import html as entities
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import feedparser

from forecourt import text, urls
from forecourt.errors import BadData
from forecourt.feeds import bounds, charset, modules
from forecourt.feeds.dates import moment
from forecourt.feeds.entries import Enclosure, Entry, Feed
from forecourt.feeds.modules import Details
from forecourt.model import Author, Media

Parsed = dict[str, Any]  # Any: feedparser's dictionaries; they do not leave this module.

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|del|em|font|i|img|ins|mark|p|s|small|span|strong|sub|sup|u|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
# https://web.resource.org/rss/1.0/modules/syndication/
_PERIODS = {
    "hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7),
    "monthly": timedelta(days=30), "yearly": timedelta(days=365),
}  # fmt: skip
_END = re.compile(r"</\s*(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_NOTHING = re.compile(r"<\s*>|\(\s*\)")


def read(body: bytes, content_type: str, url: str) -> Feed | None:
    """Read RSS or Atom; None when it is neither. Raises BadData for a document that cannot be read."""
    bounds.refuse(body, _host(url))
    body, number = bounds.cut(body)
    result = _parse(body, charset.corrected(body, content_type), url)
    found: Sequence[Parsed] = result["entries"]
    document = charset.decode(body, result.get("encoding", "")).removeprefix("\ufeff")
    if found and not number and not _END.search(document):
        raise BadData(f"{_host(url)} sent only the beginning of a feed; if it stays so, tell its owner.")
    second = modules.look(document, url)
    if not found and second is not None and second.root == "Rss":
        # GoToSocial 0.20 sends <Rss><Items>…; to feedparser that is a feed without entries.
        raise BadData(f"{_host(url)} sent RSS in words of its own; use the connector of that network.")
    if not result.get("version") and not found:
        return None
    details = second.details if second and len(second.details) == len(found) else (Details(),) * len(found)
    notes = bounds.note(number)
    if result.get("bozo") and (missed := bounds.entries(body) - len(found)) > 0:
        # feedparser stops at some errors, and says no more than that there was one.
        notes += (f"{missed:,} of its entries could not be read: the document is broken; tell its owner",)
    return replace(_feed(result, details, url), notes=notes)


def _parse(body: bytes, content_type: str, url: str) -> Parsed:
    headers = {"content-type": content_type} if content_type else {}
    try:
        # A stream: given bytes or text, feedparser would try to open a file of that name. And no
        # content-location: it would resolve ids too, and they must not depend on where the feed lives.
        result: Parsed = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser issue 599: a dozen documents, as many types
        raise BadData(
            f"{_host(url)} sent a feed that is too broken to read ({type(error).__name__}); tell its owner."
        ) from error
    return result


def _host(url: str) -> str:
    return urls.host(url) or "the server"


def _feed(result: Parsed, details: Sequence[Details], url: str) -> Feed:
    feed: Parsed = result["feed"]
    link = urls.absolute(_text(feed, "link"), url)
    context = _Context(
        link or url, authors=_authors(feed, url), is_atom=str(result.get("version")).startswith("atom")
    )
    entries, rejected = [], []
    for number, (entry, more) in enumerate(zip(result["entries"], details, strict=True), start=1):
        try:
            entries.append(context.entry(entry, more))
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            rejected.append(f"entry {number} could not be read: {type(error).__name__}: {error}")
    return Feed(
        title=_title(feed.get("title_detail"), is_atom=context.is_atom),
        link=link,
        description=text.line(text.plain(_text(feed, "subtitle") or _text(feed, "summary"))),
        lang=text.language(_text(feed, "language")),
        icon=_icon(feed, link or url),
        hub=_linked(feed, "hub", url),
        entries=tuple(entries),
        rejected=tuple(rejected),
        wish=_wish(feed),
    )


def _wish(feed: Parsed) -> timedelta | None:
    """How long the feed wants to be left alone: ttl of RSS 2.0 in minutes, or the Syndication module's period."""
    minutes = _text(feed, "ttl")
    if minutes.isdecimal():
        return timedelta(minutes=int(minutes[:6]))
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
    often = _text(feed, "sy_updatefrequency").strip()
    return period / max(int(often[:6]) if often.isdecimal() else 1, 1) if period else None


class _Context:
    """What an entry takes from its feed."""

    def __init__(self, base: str, authors: tuple[Author, ...], *, is_atom: bool) -> None:
        self.base = base
        self.authors = authors
        self.is_atom = is_atom

    def entry(self, entry: Parsed, details: Details) -> Entry:
        body = _body(entry)
        link = urls.absolute(_text(entry, "feedburner_origlink") or _text(entry, "link"), self.base)
        enclosures = tuple(_enclosures(entry, self.base))
        published, updated = (_date(entry, "published", "created", "updated"), _date(entry, "updated"))
        html = _html(body, is_atom=self.is_atom) if details.body is None else _marked_up(details.body)
        title = details.title
        return Entry(
            id=text.line(_text(entry, "id")),
            link=link,
            title=_title(entry.get("title_detail"), is_atom=self.is_atom) if title is None else title,
            html=html,
            # RFC 4287 would have the document's own address; but what is relative was copied from the page.
            base=urls.absolute(_text(body, "base"), link or self.base) or link or self.base,
            lang=text.language(_text(body, "language") or _text(entry, "language")),
            authors=tuple(author for author, _ in details.people)
            or _authors(entry, self.base)
            or self.authors,
            published=published,
            updated=updated,
            categories=tuple(_categories(entry)),
            media=_merged(details, enclosures, entry, self.base),
            enclosures=enclosures,
            engagement=details.engagement,
            rating=details.rating,
            event=details.event,
            in_reply_to=text.line(details.in_reply_to),
            syndicated=tuple(
                urls.absolute(_text(one, "href"), self.base)
                for one in dict.get(entry, "links") or []
                if _text(one, "rel") == "syndication"
            ),
            episode=details.episode,
            podcast=details.podcast,
        )


def _text(parsed: Parsed, key: str) -> str:
    # dict.get, not parsed.get: feedparser answers "updated" with "published", and warns.
    value = dict.get(parsed, key)
    return value if isinstance(value, str) else ""


def _body(entry: Parsed) -> Parsed:
    contents: list[Parsed] = [one for one in dict.get(entry, "content") or [] if _text(one, "value").strip()]
    marked_up = [one for one in contents if _text(one, "type") != "text/plain"]
    summary: Parsed = dict.get(entry, "summary_detail") or {}
    return next(iter([*marked_up, *([summary] if _text(summary, "value").strip() else []), *contents]), {})


def _html(body: Parsed, *, is_atom: bool) -> str:
    value = _text(body, "value")
    if is_atom and _text(body, "type") == "text/plain":
        return text.paragraphs(value)
    return _marked_up(value)


def _marked_up(value: str) -> str:
    """RSS does not say whether a description is HTML; one without a single tag keeps its line breaks."""
    return value if _TAG.search(value) else text.paragraphs(entities.unescape(value))


def _title(detail: Parsed | None, *, is_atom: bool) -> str:
    value = _text(detail or {}, "value")
    mime = _text(detail or {}, "type")
    if mime in {"text/html", "application/xhtml+xml"} or (not is_atom and _INLINE.search(value)):
        return text.line(text.plain(value))
    return text.line(entities.unescape(value))


def _authors(parsed: Parsed, base: str) -> tuple[Author, ...]:
    found: list[Parsed] = dict.get(parsed, "authors") or []
    whole = _text(parsed, "author")
    authors = (_author(one, whole, base) for one in found)
    return tuple(author for author in authors if author.name or author.handle)


def _author(parsed: Parsed, whole: str, base: str) -> Author:
    """Without the address of mail that RSS wants to have there: nobody asked to have it published."""
    mail, name = _text(parsed, "email"), _text(parsed, "name")
    if mail and mail in whole:
        name = whole  # feedparser: domains end in four letters at most, and of "a@b.store" the name is "e"
    name = text.line(text.plain(_NOTHING.sub("", _MAIL.sub("", name))))
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    url = urls.absolute(_text(parsed, "href"), base)
    if urls.absolute(name):  # Lemmy
        return Author(name=name.rstrip("/").rpartition("/")[2], url=url or urls.absolute(name))
    if name.startswith("@") and " " not in name:
        return Author(handle=name, url=url)
    return Author(name=name, url=url)


def _date(entry: Parsed, *keys: str) -> datetime | None:
    return next(filter(None, (moment(_text(entry, key)) for key in keys)), None)


def _categories(entry: Parsed) -> list[str]:
    tags: list[Parsed] = dict.get(entry, "tags") or []
    return [name for tag in tags for name in _names(tag) if name]


def _names(tag: Parsed) -> list[str]:
    name = text.line(entities.unescape(_text(tag, "label") or _text(tag, "term")))
    return name.split(" ") if _text(tag, "scheme") == "urn:flickr:tags" else [name]  # Flickr's are one string


def _enclosures(entry: Parsed, base: str) -> list[Enclosure]:
    # feedparser's own "enclosures" is made of these on every access.
    links = [one for one in dict.get(entry, "links") or [] if _text(one, "rel") == "enclosure"]
    found = (Enclosure(urls.absolute(_text(one, "href"), base), _text(one, "type").lower()) for one in links)
    return [enclosure for enclosure in found if enclosure.url]


def _merged(details: Details, enclosures: Sequence[Enclosure], entry: Parsed, base: str) -> tuple[Media, ...]:
    """Media RSS first, since it describes; then what it does not have."""
    merged = {media.url: media for media in details.media or _undescribed(entry, base)}
    for enclosure in enclosures:
        media = modules.media_of({"url": enclosure.url, "type": enclosure.type}, base)
        if media is not None:
            merged.setdefault(media.url, media)
    return tuple(_played(media, details) for media in merged.values())


def _played(media: Media, details: Details) -> Media:
    if media.type == "image":
        return media
    return replace(media, duration=media.duration or details.duration, poster=media.poster or details.poster)


def _undescribed(entry: Parsed, base: str) -> list[Media]:
    """Media RSS as feedparser has it, for a document that the second look could not read."""
    contents: list[Parsed] = dict.get(entry, "media_content") or dict.get(entry, "media_thumbnail") or []
    found = (
        modules.media_of({"medium": "image", **one} if "type" not in one else one, base) for one in contents
    )
    return [media for media in found if media is not None]


def _icon(feed: Parsed, base: str) -> str:
    image: Parsed = dict.get(feed, "image") or {}
    candidates = (
        _text(image, "href"),
        _text(feed, "webfeeds_icon"),
        _text(feed, "icon"),
        _text(feed, "logo"),
    )
    return next(filter(None, (urls.absolute(one, base) for one in candidates)), "")


def _linked(feed: Parsed, rel: str, base: str) -> str:
    links: list[Parsed] = dict.get(feed, "links") or []
    return next((urls.absolute(_text(one, "href"), base) for one in links if _text(one, "rel") == rel), "")
