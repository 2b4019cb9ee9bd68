"""A second look at an XML feed: what its RSS modules say and feedparser loses.

Media RSS keeps the description of each picture beside it, and feedparser 6.0.14
keeps only one, as the body of the entry. Podcast, event, review and thread
elements nested in an entry are lost in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.entities import html5
from xml.etree import ElementTree as ET

from forecourt import players, text, urls
from forecourt.feeds.dates import moment
from forecourt.feeds.entries import Episode, Transcript
from forecourt.model import Author, Engagement, Event, Media, MediaType, Rating

_NAMESPACES = {
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://itunes.apple.com/rss": "im",
    "http://purl.org/rss/1.0/modules/event": "ev",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss2": "",
}
_ENTRIES = {"item", "atom:entry", "entry"}
_EPISODE = {
    "itunes:duration",
    "itunes:episode",
    "itunes:episodetype",
    "podcast:episode",
    "podcast:transcript",
}
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EXTENSIONS: dict[str, MediaType] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp"), "image"),
    **dict.fromkeys(("mp4", "m4v", "mov", "webm", "mkv", "m3u8"), "video"),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "wav", "flac", "aac"), "audio"),
}
_LONGEST_MEDIA = 7 * 24 * 3600
_LARGEST_COUNT = 10**12
_STARS = 5


@dataclass(frozen=True, slots=True)
class Details:
    """What the modules say about one entry.

    ``title`` and ``body`` are None where feedparser's are right. ``duration`` is of
    the entry's recording, ``poster`` the picture that stands for it.
    """

    title: str | None = None
    body: str | None = None
    media: tuple[Media, ...] = ()
    engagement: Engagement = field(default_factory=Engagement)
    rating: Rating | None = None
    event: Event | None = None
    in_reply_to: str = ""
    episode: bool = False
    podcast: Episode | None = None
    duration: int | None = None
    poster: str = ""
    people: tuple[tuple[Author, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Second:
    """The document at second look: its root's name, and details for each entry in order."""

    root: str
    details: tuple[Details, ...]


def look(document: str, base: str) -> Second | None:
    """Read the modules; None when the document is not well-formed, or declares entities.

    Only these details are lost then: the entries themselves are feedparser's.
    """
    if "<!ENTITY" in document:
        # Expanding them is what bombs are made of, not expanding them changes the text,
        # and of 160 real feeds none declares one.
        return None
    start = document.find("<")
    try:
        # As text, so that the encoding is what feedparser found, not what a declaration pretends.
        # Expat gets no entity to expand and opens no external one.
        root = ET.fromstring(_named_entities(_NO_XML.sub("", document[max(start, 0) :])))  # noqa: S314 - see above
    except (ET.ParseError, ValueError):
        return None
    entries = (element for element in root.iter() if _name(element) in _ENTRIES)
    return Second(_local(root.tag), tuple(_details(entry, base) for entry in entries))


def media_of(attributes: Mapping[str, str], base: str, poster: str = "", alt: str = "") -> Media | None:
    """Turn a ``media:content`` or enclosure into Media; None for a file of another type."""
    url = urls.absolute(attributes.get("url", ""), base)
    type_ = media_type(attributes.get("type", ""), url, attributes.get("medium", ""))
    if not url or type_ is None:
        return None
    return Media(
        type=type_,
        url=url,
        alt=alt,
        width=number(attributes.get("width", "")) or None,
        height=number(attributes.get("height", "")) or None,
        duration=seconds(attributes.get("duration", "")),
        poster="" if type_ == "image" else poster,
    )


def media_type(mime: str, url: str, medium: str = "") -> MediaType | None:
    """Tell what a file is, by what the feed says, else by its address; None for none of the three."""
    medium, mime = medium.lower(), mime.lower()
    types: tuple[MediaType, ...] = ("image", "video", "audio")
    for type_ in types:
        if medium == type_ or mime.startswith(f"{type_}/"):
            return type_
    if mime == "application/x-shockwave-flash":
        return "video"  # YouTube's feed still names its player of 2005
    extension = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
    return _EXTENSIONS.get(extension)


def number(digits: str) -> int | None:
    """Read a whole number that a feed may say: ``640``, ``640px``, ``1.0``; None for what is none."""
    match = re.match(r"\s*(\d{1,13})(?:\.\d*)?\s*(?:px)?\s*\Z", digits, re.ASCII)
    return int(match[1]) if match and int(match[1]) <= _LARGEST_COUNT else None


def seconds(clock: str) -> int | None:
    """Read a length, be it ``1:02:03``, ``62:03`` or seconds; None for none and for 0."""
    parts = [number(part) for part in clock.strip().split(":")]
    total = 0
    for part in parts:
        if part is None:
            return None
        total = total * 60 + part
    return total if 0 < total <= _LONGEST_MEDIA else None


def _details(entry: ET.Element, base: str) -> Details:
    named = _by_name(entry)
    people = tuple(_people(entry, base))
    is_episode = not _EPISODE.isdisjoint(named)
    poster = _poster(entry, base) or urls.absolute(_attribute(named, "itunes:image", "href"), base)
    return Details(
        title=_title(entry, named),
        body=_body(entry, named),
        media=_media(entry, base),
        engagement=_engagement(entry, named),
        rating=_rating(named),
        event=_event(named),
        in_reply_to=_attribute(named, "thr:in-reply-to", "href")
        or _attribute(named, "thr:in-reply-to", "ref"),
        episode=is_episode,
        podcast=_episode(entry, named, people, base) if is_episode or people else None,
        duration=seconds(_text(named, "itunes:duration")),
        poster=poster,
        people=people,
    )


def _people(entry: ET.Element, base: str) -> Iterator[tuple[Author, str]]:
    """Hosts and guests, and what they are; feedparser 6.0.14 drops ``podcast:person``."""
    for child in entry:
        name = text.line(child.text or "") if _name(child) == "podcast:person" else ""
        if name:
            url, avatar = (urls.absolute(child.get(key, ""), base) for key in ("href", "img"))
            yield Author(name=name, url=url, avatar=avatar), text.line(child.get("role", ""))


def _episode(
    entry: ET.Element, named: Mapping[str, ET.Element], people: tuple[tuple[Author, str], ...], base: str
) -> Episode:
    season, number_ = (
        number(_text(named, f"podcast:{name}") or _text(named, f"itunes:{name}"))
        for name in ("season", "episode")
    )
    type_ = _text(named, "itunes:episodetype").lower()
    return Episode(
        season=season or None,
        number=number_ or None,
        type=type_ if type_ in {"trailer", "bonus"} else "",
        explicit=_text(named, "itunes:explicit").lower() in {"true", "yes", "explicit"},
        chapters=urls.absolute(_attribute(named, "podcast:chapters", "url"), base),
        transcripts=tuple(_transcripts(entry, base)),
        people=people,
    )


def _transcripts(entry: ET.Element, base: str) -> Iterator[Transcript]:
    for child in entry:
        url = urls.absolute(child.get("url", ""), base) if _name(child) == "podcast:transcript" else ""
        if url:
            yield Transcript(url, child.get("type", "").lower(), text.language(child.get("language", "")))


def _title(entry: ET.Element, named: Mapping[str, ET.Element]) -> str | None:
    """Find the entry's own title where feedparser takes a picture's for it."""
    if _first(entry, "media:title") is None or "title" in named or "atom:title" in named:
        return None
    whole = _of_the_whole(named, "media:title")
    return text.line(whole.text or "") if whole is not None else ""


def _body(entry: ET.Element, named: Mapping[str, ET.Element]) -> str | None:
    """Find the entry's own body where feedparser takes a picture's description for it (Mastodon's RSS)."""
    if _first(entry, "media:description") is None:
        return None
    for name in ("content:encoded", "atom:content", "description", "atom:summary"):
        own = named.get(name)
        if own is None or len(own) or not (own.text or "").strip():
            continue
        is_text = name.startswith("atom:") and own.get("type", "text") in {"text", "text/plain"}
        return text.paragraphs(own.text or "") if is_text else own.text
    whole = _of_the_whole(named, "media:description")
    if whole is None:
        return ""
    return whole.text or "" if whole.get("type") == "html" else text.paragraphs(whole.text or "")


def _of_the_whole(named: Mapping[str, ET.Element], name: str) -> ET.Element | None:
    """Find a Media RSS element that is about the entry or its group, not about one picture."""
    group = named.get("media:group")
    return named.get(name, _by_name(group).get(name) if group is not None else None)


def _media(entry: ET.Element, base: str) -> tuple[Media, ...]:
    poster = _poster(entry, base)
    found: list[Media] = []
    for child in entry:
        if _name(child) == "media:content":
            found.extend(_contents([child], base, poster))
        elif _name(child) == "media:group":
            contents = [one for one in child if _name(one) == "media:content"]
            found.extend(_largest(_contents(contents, base, _poster(child, base) or poster)))
    if not found and poster:
        found.append(Media(type="image", url=poster))
    return tuple(_one_a_picture(found))


def _contents(contents: list[ET.Element], base: str, poster: str) -> Iterator[Media]:
    for content in contents:
        named = _by_name(content)
        alt = text.line(_text(named, "media:description") or _text(named, "media:title"))
        still = _poster(content, base) or poster
        media = media_of(content.attrib, base, still, alt) or _framed(named, base, still, alt)
        if media is not None:
            yield media


def _framed(named: Mapping[str, ET.Element], base: str, poster: str, alt: str) -> Media | None:
    """Find the film of which there is no file, but a player that we know (Vimeo's feeds)."""
    url = urls.absolute(_attribute(named, "media:player", "url"), base)
    player = players.of(url)
    return Media("video", url, alt, poster=poster, player=player) if player else None


def _largest(variants: Iterator[Media]) -> list[Media]:
    """One of each type and description: a ``media:group`` holds the same thing in several sizes."""
    best: dict[tuple[str, str], Media] = {}
    for media in variants:
        key = (media.type, media.alt)
        if key not in best or _area(media) > _area(best[key]):
            best[key] = media
    return list(best.values())


def _one_a_picture(found: list[Media]) -> Iterator[Media]:
    """Without a group, sizes of one picture differ in the query only (The Guardian)."""
    best: dict[str, Media] = {}
    for media in found:
        key = media.url.partition("?")[0] if media.width else media.url
        if key not in best or _area(media) > _area(best[key]):
            best[key] = replace(media, alt=media.alt or best[key].alt) if key in best else media
    yield from best.values()


def _area(media: Media) -> int:
    return (media.width or 0) * (media.height or media.width or 0)


def _poster(element: ET.Element, base: str) -> str:
    """Find the largest ``media:thumbnail`` that the element itself has."""
    thumbnails = [child for child in element if _name(child) == "media:thumbnail"]
    best = max(thumbnails, key=lambda one: number(one.get("width", "")) or 0, default=None)
    return urls.absolute(best.get("url") or best.text or "", base) if best is not None else ""


def _engagement(entry: ET.Element, named: Mapping[str, ET.Element]) -> Engagement:
    community = _first(entry, "media:community")
    counted = _by_name(community) if community is not None else {}
    comments = number(_text(named, "slash:comments"))
    return Engagement(
        # YouTube counts those who like in the stars that it no longer has.
        likes=number(_attribute(counted, "media:starrating", "count")),
        views=number(_attribute(counted, "media:statistics", "views")),
        comments=comments if comments is not None else number(_text(named, "thr:total")),
    )


def _rating(named: Mapping[str, ET.Element]) -> Rating | None:
    stars = number(_text(named, "im:rating"))
    return Rating(stars) if stars is not None and 0 < stars <= _STARS else None


def _event(named: Mapping[str, ET.Element]) -> Event | None:
    start = moment(_text(named, "ev:startdate"))
    if start is None:
        return None
    return Event(start, moment(_text(named, "ev:enddate")), text.line(_text(named, "ev:location")))


def _by_name(element: ET.Element) -> dict[str, ET.Element]:
    """Name the children, the first of each name."""
    return {_name(child): child for child in reversed(element)}


def _first(element: ET.Element, name: str) -> ET.Element | None:
    return next((one for one in element.iter() if _name(one) == name), None)


def _text(named: Mapping[str, ET.Element], name: str) -> str:
    element = named.get(name)
    return (element.text or "").strip() if element is not None else ""


def _attribute(named: Mapping[str, ET.Element], name: str, key: str) -> str:
    element = named.get(name)
    return element.get(key, "") if element is not None else ""


def _name(element: ET.Element) -> str:
    # A comment's or an instruction's tag is a function.
    return _known(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=1024)
def _known(tag: str) -> str:
    """``prefix:name`` for a module that is read here, the bare name for RSS itself."""
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    if not namespace:
        return name.lower()
    prefix = _NAMESPACES.get(namespace.strip().rstrip("/").lower())
    if prefix is None:
        return tag
    return f"{prefix}:{name.lower()}" if prefix else name.lower()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _named_entities(document: str) -> str:
    """``&nbsp;`` and its kin as the characters they are: XML knows five, blogs write HTML's."""
    return _ENTITY.sub(
        lambda entity: entity[0] if entity[1] in _XML_ENTITIES else html5.get(entity[1] + ";", entity[0]),
        document,
    )
