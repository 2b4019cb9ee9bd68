"""The rules of the W3C feed validator that matter most, over Atom 1.0, RSS 2.0 and JSON Feed 1.1.

A feed is read into parts, itself and its entries, each of which says texts under names
that the formats share; then each rule looks at the parts. ``problems`` says what any of
them has against a feed. It knows nothing of the program that makes them.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}

_SPACES = {
    "{http://www.w3.org/2005/Atom}": "atom:",
    "{http://purl.org/rss/1.0/modules/content/}": "content:",
    "{http://purl.org/dc/elements/1.1/}": "dc:",
    "{http://purl.org/dc/terms/}": "dcterms:",
    "{http://search.yahoo.com/mrss/}": "media:",
}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_RFC_822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)",
    re.ASCII,
)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#-;=?-Z_a-z~]+", re.ASCII | re.IGNORECASE)
_WEB = re.compile(r"https?://[^/\s<>\"]+(?:/[^\s<>\"]*)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+(?: \([^()]+\))?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.ASCII)
_ACTIVE = {
    *("applet", "audio", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link"),
    *("math", "meta", "noscript", "object", "script", "style", "svg", "template", "textarea", "video"),
}
_REFERENCES = {
    "action",
    "background",
    "cite",
    "data",
    "href",
    "longdesc",
    "poster",
    "src",
    "srcset",
    "usemap",
}


@dataclass
class Part:
    """The feed itself, or an entry of it: what it says under each name, in its order."""

    name: str
    says: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def say(self, name: str, text: str | None) -> None:
        if text is not None:
            self.says[name].append(text)

    @property
    def is_entry(self) -> bool:
        return self.name != "feed"


@dataclass
class Feed:
    """A feed as it was read, and where and when."""

    format: str
    address: str
    now: datetime
    parts: list[Part]
    data: bytes

    @property
    def entries(self) -> list[Part]:
        return self.parts[1:]


Rule = Callable[[Feed], Iterator[str]]


def problems(data: bytes, address: str, now: datetime) -> list[str]:
    """What any rule has against the feed that was had from the address: the rule's name, and what it found where."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"well_formed: not UTF-8: {error}"]
    try:
        feed = _read_json(data, address, now) if text.startswith("{") else _read_xml(data, address, now)
    except (ET.ParseError, ValueError, TypeError, KeyError) as error:
        return [f"well_formed: {error}"]
    return [f"{rule.__name__}: {said}" for rule in RULES for said in rule(feed)]


# The rules


def well_formed(feed: Feed) -> Iterator[str]:
    """It is what it says it is, in UTF-8."""
    if feed.format != "json" and not re.match(rb"<\?xml [^>]*encoding=['\"]utf-8['\"]", feed.data):
        yield "no declaration of XML in UTF-8"


def complete(feed: Feed) -> Iterator[str]:
    """Everything is there that the format requires, and nothing of it empty."""
    for part in feed.parts:
        for name in _REQUIRED[feed.format][part.is_entry]:
            if not any(text.strip() for text in part.says[name]):
                yield f"{part.name} has no {name}"


def once(feed: Feed) -> Iterator[str]:
    """What may be there but once is."""
    for part in feed.parts:
        for name in ("id", "title", "updated", "published", "self", "alternate", "subtitle", "content"):
            if len(part.says[name]) > 1:
                yield f"{part.name} says {name} {len(part.says[name])} times"


def unique(feed: Feed) -> Iterator[str]:
    """No two entries have one id."""
    seen = [entry_id for entry in feed.entries for entry_id in entry.says["id"]]
    yield from (
        f"{each} is the id of several" for each in sorted({one for one in seen if seen.count(one) > 1})
    )


def identified(feed: Feed) -> Iterator[str]:
    """An id is a URI in full; one that is no link says so."""
    for part in feed.parts:
        yield from (f"{part.name}: {each} is no URI" for each in part.says["id"] if not _URI.fullmatch(each))
        links = part.says["permalink"]
        yield from (f"{part.name}: {each} is no address" for each in links if not _WEB.fullmatch(each))


def dated(feed: Feed) -> Iterator[str]:
    """Dates are written as the format wants them: RFC 3339, or RFC 822 in English."""
    for part in feed.parts:
        for name in ("published", "updated", "modified"):
            is_rss = feed.format == "rss" and name != "modified"
            for text in part.says[name]:
                if not (_RFC_822 if is_rss else _RFC_3339).fullmatch(text) or _moment(text) is None:
                    yield f"{part.name}: {name} is {text}"


def past(feed: Feed) -> Iterator[str]:
    """Nothing was published or changed in the future."""
    for part in feed.parts:
        for name in ("published", "updated", "modified"):
            for moment in map(_moment, part.says[name]):
                if moment is not None and moment > feed.now:
                    yield f"{part.name}: {name} is {moment}"


def self_linked(feed: Feed) -> Iterator[str]:
    """The feed says where it stands, and that is where it was had from."""
    if feed.parts[0].says["self"] != [feed.address]:
        yield f"{feed.parts[0].says['self']} and not {feed.address}"


def absolute(feed: Feed) -> Iterator[str]:
    """Addresses are whole."""
    for part in feed.parts:
        for name in ("self", "alternate", "via", "address"):
            yield from (
                f"{part.name}: {name} is {each}" for each in part.says[name] if not _WEB.fullmatch(each)
            )


def rooted(feed: Feed) -> Iterator[str]:
    """So are those in what entries say, which is read elsewhere."""
    for part in feed.parts:
        for tag, name, value in _markup(part):
            if name in _REFERENCES and not re.match(r"(?:https?://|mailto:|tel:)", value):
                yield f"{part.name}: <{tag} {name}={value}>"


def inert(feed: Feed) -> Iterator[str]:
    """Nothing in what entries say runs, frames, or asks for anything typed."""
    for part in feed.parts:
        for tag, name, value in _markup(part):
            is_active = name.startswith("on") or name in {"style", "srcdoc"}
            if (
                tag in _ACTIVE
                or is_active
                or re.match(r"\s*(?:javascript|vbscript|data):", value, re.IGNORECASE)
            ):
                yield f"{part.name}: <{tag} {name}>"


def spoken(feed: Feed) -> Iterator[str]:
    """Languages are codes (RFC 5646)."""
    for part in feed.parts:
        for each in part.says["language"]:
            if not _LANGUAGE.fullmatch(each):
                yield f"{part.name}: {each}"


def typed(feed: Feed) -> Iterator[str]:
    """Media types are such, and that of the feed is its own."""
    for part in feed.parts:
        yield from (f"{part.name}: {each}" for each in part.says["type"] if not _MEDIA_TYPE.fullmatch(each))
    yield from (each for each in feed.parts[0].says["self type"] if each != MEDIA_TYPES[feed.format])


def authored(feed: Feed) -> Iterator[str]:
    """Somebody wrote each entry: by name, and an RSS author by address."""
    for part in feed.parts:
        if not any(text.strip() for text in part.says["author"]):
            yield f"{part.name} is by nobody"
        yield from (f"{part.name}: {each}" for each in part.says["email"] if not _EMAIL.fullmatch(each))


RULES: Sequence[Rule] = (
    well_formed, complete, once, unique, identified, dated, past, self_linked, absolute, rooted, inert, spoken,
    typed, authored,
)  # fmt: skip

_REQUIRED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # of the feed, of an entry
    "atom": (("id", "title", "updated", "alternate"), ("id", "title", "updated", "alternate")),
    "rss": (("title", "alternate", "subtitle"), ("id", "title", "alternate", "modified")),
    "json": (("version", "title", "alternate"), ("id", "title", "alternate")),
}


# Reading


def _moment(text: str) -> datetime | None:
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text)
        return parsedate_to_datetime(text) if _RFC_822.fullmatch(text) else None
    except ValueError:
        return None


def _read_xml(data: bytes, address: str, now: datetime) -> Feed:
    root = ET.fromstring(data)
    kind = _name(root)
    if kind == "atom:feed":
        parts = [_atom("feed", root), *(_atom(f"entry {n}", each) for n, each in _all(root, "atom:entry"))]
        return Feed("atom", address, now, parts, data)
    if kind != "rss" or root.get("version") != "2.0" or root[0].tag != "channel":
        raise ValueError(f"{kind} is no feed")
    parts = [_rss("feed", root[0]), *(_rss(f"item {n}", each) for n, each in _all(root[0], "item"))]
    return Feed("rss", address, now, parts, data)


def _all(parent: ET.Element, name: str) -> Iterator[tuple[int, ET.Element]]:
    return enumerate((child for child in parent if _name(child) == name), start=1)


def _name(element: ET.Element) -> str:
    for space, prefix in _SPACES.items():
        if element.tag.startswith(space):
            return prefix + element.tag.removeprefix(space)
    if element.tag.startswith("{"):
        raise ValueError(f"{element.tag} is of no module that is known")
    return element.tag


def _atom(name: str, element: ET.Element) -> Part:
    part = Part(name)
    part.say("language", element.get(_LANG))
    for child in element:
        _atom_child(part, _name(child), child)
    return part


def _atom_child(part: Part, name: str, child: ET.Element) -> None:
    match name:
        case "atom:id" | "atom:title" | "atom:updated" | "atom:published" | "atom:content":
            part.say(name.removeprefix("atom:"), child.text or "")
        case "atom:subtitle":
            part.say("subtitle", child.text)
        case "atom:link":
            rel = child.get("rel", "alternate")
            part.say(rel, child.get("href"))
            part.say("self type" if rel == "self" else "type", child.get("type"))
        case "atom:author":
            part.say("author", child.findtext("{*}name"))
            part.say("address", child.findtext("{*}uri"))
        case "atom:icon" | "atom:logo":
            part.say("address", child.text)
        case "atom:source":
            part.say("address", child.findtext("{*}id"))
            part.says["address"] += [link.get("href", "") for link in child.iter("{*}link")]
        case "media:content":
            _media(part, child)
        case "atom:category":
            part.say("category", child.get("term"))
        case "atom:entry" | "atom:generator" | "atom:rights":
            pass
        case _:
            raise ValueError(f"{name} has no place in {part.name}")


def _rss(name: str, element: ET.Element) -> Part:
    part = Part(name)
    for child in element:
        _rss_child(part, _name(child), child)
    return part


def _rss_child(part: Part, name: str, child: ET.Element) -> None:
    plain = {
        "title": "title", "link": "alternate", "language": "language", "dc:language": "language",
        "pubDate": "published", "lastBuildDate": "updated", "dcterms:modified": "modified",
        "dc:creator": "author", "author": "email", "managingEditor": "email", "webMaster": "email",
        "category": "category", "content:encoded": "content",
    }  # fmt: skip
    match name:
        case "description":
            part.say("summary" if part.is_entry else "subtitle", child.text)
        case "guid":
            part.say("id", child.text)
            part.say("permalink", child.text if child.get("isPermaLink", "true") == "true" else None)
        case "atom:link":
            rel = child.get("rel", "alternate")
            part.say(rel, child.get("href"))
            part.say("self type" if rel == "self" else "type", child.get("type"))
        case "source" | "enclosure":
            part.say("address", child.get("url", ""))
            part.say("type", child.get("type"))
        case "image":
            part.says["address"] += [child.findtext("url", ""), child.findtext("link", "")]
        case "media:content":
            _media(part, child)
        case "item" | "generator":
            pass
        case _:
            part.say(plain[name], child.text or "")


def _media(part: Part, child: ET.Element) -> None:
    part.say("address", child.get("url", ""))
    part.say("type", child.get("type"))


def _read_json(data: bytes, address: str, now: datetime) -> Feed:
    said: dict[str, Any] = json.loads(data)
    feed = Part("feed")
    names = {
        "version": "version", "title": "title", "home_page_url": "alternate", "feed_url": "self",
        "language": "language", "icon": "address", "description": "subtitle",
    }  # fmt: skip
    for name, as_ours in names.items():
        feed.say(as_ours, said.get(name))
    _json_authors(feed, said)
    parts = [feed, *(_json_item(f"item {n}", item) for n, item in enumerate(said["items"], start=1))]
    return Feed("json", address, now, parts, data)


def _json_item(name: str, item: Mapping[str, Any]) -> Part:
    part = Part(name)
    names = {
        "id": "id", "url": "alternate", "external_url": "via", "title": "title", "content_html": "content",
        "date_published": "published", "date_modified": "modified", "language": "language",
        "image": "address",
    }  # fmt: skip
    for each, as_ours in names.items():
        part.say(as_ours, item.get(each))
    part.says["category"] += item.get("tags", [])
    _json_authors(part, item)
    return part


def _json_authors(part: Part, said: Mapping[str, Any]) -> None:
    for author in said.get("authors", []):
        part.say("author", author.get("name"))
        part.say("address", author.get("url"))
        part.say("address", author.get("avatar"))


class _Attributes(HTMLParser):
    """Every attribute of a piece of HTML with its tag, and every tag with none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, "", ""), *((tag, name, value or "") for name, value in attrs)]


def _markup(part: Part) -> list[tuple[str, str, str]]:
    html = _Attributes()
    for said in (*part.says["content"], *part.says["summary"]):
        html.feed(said)
        html.close()
        html.reset()
    return html.found
