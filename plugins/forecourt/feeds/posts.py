"""Entries of a feed as posts."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from html import unescape

from forecourt import players, text, urls
from forecourt.errors import BadData
from forecourt.feeds.entries import Entry, Feed
from forecourt.model import Author, Kind, Media, Post
from forecourt.talk import EVER

_SHORT = 280  # characters; up to here it is a note, as networks of notes have it
_ICON, _THUMBNAIL = (
    40,
    150,
)  # pixels: a picture this small says nothing; one this small only if there is no other
_LONG = 200_000  # characters of a text in which links to copies are looked for
_MOST_COPIES = 30
_LINK = re.compile(r"<(?:a|data)\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]{1,20})\s?=\s?["']([^"'<>]{1,1000})["']""", re.IGNORECASE)
_AVATARS = re.compile(r"https?://[\w.]*gravatar\.com/avatar/")


def as_posts(
    feed: Feed, source: str, kind: str = "", at: datetime = EVER
) -> tuple[tuple[Post, ...], tuple[str, ...]]:
    """The posts of a feed, and a sentence for each entry that could not become one.

    ``kind`` is what all of them are; without it each is found out by itself. A date
    after ``at``, the moment when the feed was read, is as good as none: the entry is
    there, so it is of now at the latest.
    """
    made: list[Post] = []
    rejected = list(feed.rejected)
    for number, entry in enumerate(feed.entries, start=1):
        try:
            made.append(_post(_come(entry, at), feed, source, kind))
        except BadData as error:
            rejected.append(f"entry {number} of {feed.title or source}: {error}")
    return tuple(_told_apart(made)), tuple(rejected)


def _come(entry: Entry, at: datetime) -> Entry:
    """The entry without dates that are still to come; a replay has no moment."""
    published, updated = (
        None if date and EVER < at < date else date for date in (entry.published, entry.updated)
    )
    return replace(entry, published=published, updated=updated)


def _post(entry: Entry, feed: Feed, source: str, kind: str) -> Post:
    html = text.clean(entry.html, entry.base)
    body = text.plain(html)
    title = "" if _repeats(entry.title, body) else entry.title
    permalink = _permalink(entry)
    media, avatar = _media(entry, html)
    if not (title or body or media):
        raise BadData("it has neither title nor text nor picture")
    lang = entry.lang or feed.lang
    return Post(
        id=_id(entry, title, body),
        source=source,
        kind=Kind(kind) if kind else _kind(entry, title, body, media),
        permalink=permalink,
        title=title,
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(f"{title} {body}", lang),
        author=_author(entry.authors, avatar),
        published=entry.published,
        updated=entry.updated,
        media=media,
        engagement=entry.engagement,
        rating=entry.rating,
        event=entry.event,
        tags=_tags(entry.categories),
        in_reply_to=entry.in_reply_to,
        syndicated=_syndicated(entry),
    )


def _syndicated(entry: Entry) -> tuple[str, ...]:
    """The addresses of its copies elsewhere: by ``rel=syndication``, or microformats' ``u-syndication`` in its text."""
    found = [*entry.syndicated]
    for link in _LINK.finditer(entry.html[:_LONG]):
        attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(link[1])}
        said = f"{attributes.get('rel', '')} {attributes.get('class', '')}".split()
        if {"syndication", "u-syndication"} & {*said}:
            found.append(urls.absolute(unescape(attributes.get("href", "")), entry.base))
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST_COPIES]


def _permalink(entry: Entry) -> str:
    addresses = (entry.link, *(enclosure.url for enclosure in entry.enclosures), urls.absolute(entry.id))
    return next(filter(None, addresses), "")


def _id(entry: Entry, title: str, body: str) -> str:
    """Choose the entry's own id, else its address, else a hash of what it says."""
    if entry.id:
        return entry.id
    if entry.link:
        return urls.canonical(entry.link)
    date = entry.published.isoformat() if entry.published else ""
    return _hash(title, body, date, *(media.url for media in entry.media))


def _told_apart(posts: Sequence[Post]) -> list[Post]:
    """Each post once, under an id of its own.

    Some feeds give all entries one id. Then all of them get a longer one: were the
    first to keep the short one, each new entry would take it from the last.
    """
    once = list(dict.fromkeys(posts))
    same = Counter(post.id for post in once)
    linked = Counter((post.id, post.permalink) for post in once)
    longer = (
        post
        if same[post.id] == 1
        else _with_longer_id(post, has_own_link=linked[post.id, post.permalink] == 1)
        for post in once
    )
    return list({post.id: post for post in longer}.values())


def _with_longer_id(post: Post, *, has_own_link: bool) -> Post:
    mark = urls.canonical(post.permalink) if has_own_link else _hash(post.title, post.text, post.html)
    return replace(post, id=f"{post.id} {mark}")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _kind(entry: Entry, title: str, body: str, media: Iterable[Media]) -> Kind:
    types = {one.type for one in media}
    is_short = len(body) < _SHORT
    for kind, is_it in (
        (Kind.EVENT, entry.event is not None),
        (Kind.REVIEW, entry.rating is not None),
        (Kind.EPISODE, entry.episode or "audio" in types),
        (Kind.VIDEO, "video" in types),
        (Kind.PHOTO, "image" in types and is_short),
        (Kind.ARTICLE, bool(title) and not is_short),
    ):
        if is_it:
            return kind
    return Kind.NOTE


def _media(entry: Entry, html: str) -> tuple[tuple[Media, ...], str]:
    """List the entry's media, those in its text after those beside it; and the author's picture.

    WordPress.com sends the author's Gravatar as if it were a picture of the entry.
    """
    inside = [Media("image", one.src, one.alt, one.width, one.height) for one in text.images(html)]
    everything = [*entry.media, *(one for one in inside if not _is_small(one, _ICON))]
    avatar = next((one.url for one in everything if _AVATARS.match(one.url)), "")
    pictures = [one for one in everything if not _AVATARS.match(one.url)]
    large = [one for one in pictures if not _is_small(one, _THUMBNAIL)]
    return tuple(map(_playable, _once(large or pictures))), avatar


def _playable(media: Media) -> Media:
    return media if media.type == "image" or media.player else replace(media, player=players.of(media.url))


def _is_small(media: Media, limit: int) -> bool:
    return media.type == "image" and 0 < (media.width or media.height or limit + 1) <= limit


def _once(pictures: Iterable[Media]) -> Iterable[Media]:
    """Each picture once: in its own words if it has any, in the larger of its sizes."""
    found: dict[str, Media] = {}
    for media in pictures:
        key = urls.picture(media.url)
        found[key] = _completed(found[key], media) if key in found else media
    return found.values()


def _completed(first: Media, second: Media) -> Media:
    larger = second if (second.width or 0) > (first.width or 0) else first
    return replace(larger, alt=first.alt or second.alt, duration=larger.duration or first.duration)


def _author(authors: Sequence[Author], avatar: str) -> Author:
    if not authors:
        return Author()
    first = replace(authors[0], avatar=authors[0].avatar or avatar)
    names = dict.fromkeys(author.name for author in authors if author.name)
    return replace(first, name=", ".join(names))


def _tags(categories: Iterable[str]) -> tuple[str, ...]:
    once: dict[str, str] = {}
    for category in categories:
        name = category.lstrip("#").strip()
        if name:
            once.setdefault(name.casefold(), name)
    return tuple(once.values())


def _repeats(title: str, body: str) -> bool:
    """Whether a title is only how the text begins.

    Networks whose posts have no title put the text there, whole or cut. A longer
    article may begin with its own heading: that title stays.
    """
    # Of a long text its beginning is enough: a thousand entries of 10 KB would take a second.
    said, begins = _letters(title), _letters(body[: 2 * len(title) + _SHORT])
    if not said or not begins.startswith(said):
        return False
    return said == begins or title.rstrip().endswith(("…", "...")) or len(body) < _SHORT


def _letters(words: str) -> str:
    return "".join(character for character in words.casefold() if character.isalnum())
