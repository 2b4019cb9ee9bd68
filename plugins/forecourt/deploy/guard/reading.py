"""What can be learnt of one file of the site by itself: where it leads, what it loads, what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from html import unescape
from urllib.parse import urlsplit

import msgspec

from forecourt.deploy.guard import markup, roles, traces
from forecourt.deploy.guard.addresses import Addresses
from forecourt.deploy.guard.checks import Rules
from forecourt.deploy.guard.roles import Role
from forecourt.garbled import GARBLED

HTML = (".html", ".htm")

_XML = (".xml", ".rss", ".atom", ".opml")
_JSON = (".json", ".webmanifest")
_LOADS = frozenset({Role.LOAD, Role.VIEW})
_ASKS = frozenset({*_LOADS, Role.ASK, Role.REFRESH})
_LEADS = frozenset({*_LOADS, Role.LINK, Role.REFRESH, Role.HEAD, Role.SELF})
_NAMED = re.compile(r"<(?:\w+:)?(loc|link|url|icon|logo|uri|comments)>\s*([^<]+)")
_WORTH = {"loc": Role.SELF, "link": Role.HEAD}
_SHOWN = 120
"""Characters of an address that an objection repeats."""
_INSIDE = re.compile(r">([^<]*&lt;[^<]*)<")
_FOLDED = re.compile(r"\r?\n[ \t]")
_CALENDAR = re.compile(r"^(?:URL|ATTACH|IMAGE)[^:\n]*:(https?://\S+)", re.MULTILINE)
_STYLED = re.compile(r"<\?xml-stylesheet\b([^>]*+)>")
_STYLE = re.compile(r"<(?:\w+:)?style\b[^>]*+>([^<]*+(?:<(?!/)[^<]*+)*+)")
_BOM = b"\xef\xbb\xbf"
_VERIFICATION = b"google-site-verification:"  # a file that Google asks for, .html by its name alone
_SITEMAP = re.compile(r"^sitemap:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


class Kind(IntEnum):
    """What a file is to the guard."""

    FILE = 0
    PAGE = 1
    REDIRECT = 2  # it stands where a page was


@dataclass(slots=True)
class Facts:
    """What was learnt of a file."""

    kind: Kind = Kind.FILE
    links: set[str] = field(default_factory=set)
    """The files of ours that must be there, some with a part: ``about/index.html#team``."""
    view: set[str] = field(default_factory=set)
    """Those that a page loads at once."""
    faults: set[tuple[str, str]] = field(default_factory=set)
    """What is wrong in it: a check, and words."""


class Reader:
    """Reads the files of one site."""

    def __init__(self, rules: Rules) -> None:
        self._addresses = Addresses(rules.address)
        self._hosts = rules.hosts

    def read(self, path: str, data: bytes) -> Facts:
        """Learn what a file says."""
        facts = Facts()
        name = path.lower()
        if name.endswith(HTML) and not data.startswith(_VERIFICATION):
            self._page(facts, path, data)
        elif name.endswith((".css", ".svg", *_XML, *_JSON, ".ics", "robots.txt")):
            if not data.strip() and not name.endswith(".css"):
                facts.faults.add(("template-error", "is empty; see what made it, and build again"))
            for role, url in _said(name, data, facts):
                self._take(facts, path, role, url)
        return facts

    def _page(self, facts: Facts, path: str, data: bytes) -> None:
        source = data.decode("utf-8", "replace")
        facts.kind = Kind.PAGE
        facts.faults |= {("template-error", words) for words in traces.of_page(source)}
        parts: set[str] = set()
        asked: set[str] = set()
        inert = 0
        for tag in markup.tags(source):
            if tag.name == "template":
                inert += -1 if tag.closes else 1
            if tag.closes:
                continue
            if tag.text:
                self._raw(facts, path, tag)
            if "id" in tag.raw or "name" in tag.raw:
                said = markup.attributes(tag.raw)
                parts |= {said.get("id", ""), said.get("name", "")}
            for role, url in roles.of(tag.name, tag.raw):
                if role is Role.REFRESH:
                    facts.kind = Kind.REDIRECT
                if url[0] == "#" and role is Role.LINK:
                    asked.add(url)
                else:
                    self._take(facts, path, Role.LOAD if inert and role is Role.VIEW else role, url)
        self._own_parts(facts, path, asked, parts)

    def _own_parts(self, facts: Facts, path: str, asked: set[str], parts: set[str]) -> None:
        """Links to parts of the page itself."""
        for url in {url for url in facts.links if url.startswith(f"{path}#")}:
            facts.links.discard(url)
            asked.add(url.removeprefix(path))
        for url in asked:
            part = self._addresses.place(url, path).fragment
            if part and part not in parts:
                words = (
                    f"links to its own part #{part}, which it does not have; mend the link, or name a part so"
                )
                facts.faults.add(("broken-link", words))

    def _raw(self, facts: Facts, path: str, tag: markup.Tag) -> None:
        """What stands in a tag that has no tags inside."""
        if tag.name == "style":
            for url in roles.styles(tag.text):
                self._take(facts, path, Role.LOAD, url)
        elif tag.name == "script" and "ld+json" in tag.raw:
            for url in _strings_of(tag.text.encode()):
                if self._addresses.is_ours(url):
                    self._take(facts, path, Role.HEAD, url.partition("#")[0])  # there, # makes a name

    def _take(self, facts: Facts, path: str, role: Role, url: str) -> None:
        if role is Role.NOTHING:
            words = f'has an attribute {url}="None"; mend the template or the post that gives nothing there'
            facts.faults.add(("template-error", words))
            return
        place = self._addresses.place(url, path)
        if role in _ASKS and place.host and place.host not in self._hosts:
            words = f"{role.value} {_short(url)}, which tells that host who visits; take it out, or keep a copy here"
            facts.faults.add(("third-party", words))
        elif role is Role.SELF and not self._addresses.is_ours(url):
            words = f"says that it is at {_short(url)}, not below {self._addresses.address}; build with publishconf.py"
            facts.faults.add(("local-address", words))
        elif role is Role.HEAD and place.here:
            words = f"names {_short(url)}, which is a visitor's own computer; build with publishconf.py"
            facts.faults.add(("local-address", words))
        elif place.target and role in _LEADS:
            target = f"{place.target}#{place.fragment}" if place.fragment else place.target
            facts.links.add(target)
            if role is Role.VIEW:
                facts.view.add(place.target)


def _said(name: str, data: bytes, facts: Facts) -> Iterator[tuple[Role, str]]:
    """The addresses in a file that is no page."""
    source = data.decode("utf-8", "replace")
    if name.endswith(".css"):
        yield from ((Role.LOAD, url) for url in roles.styles(source))
    elif name.endswith(".svg"):
        for text in _STYLE.findall(source):
            yield from ((Role.LOAD, url) for url in roles.styles(unescape(text)))
        yield from _styled(source)
        for tag in markup.tags(source, xml=True):
            if not tag.closes:
                name = tag.name.lower().rpartition(":")[2]
                yield from (one for one in roles.of(name, tag.raw) if not one[1].startswith("#"))
    elif name.endswith(_JSON):
        yield from _json(name, data, facts)
    elif name.endswith(".ics"):
        yield from ((Role.HEAD, url) for url in _CALENDAR.findall(_FOLDED.sub("", source)))
    elif name.endswith("robots.txt"):
        yield from ((Role.SELF, url) for url in _SITEMAP.findall(source))
    else:
        root = next(markup.tags(source, xml=True), None)
        if (
            root
            and not root.raw.endswith("/")
            and not markup.without_tail(source).endswith(f"</{root.name}>")
        ):
            facts.faults.add(("template-error", "is cut off; build again"))
        yield from _styled(source)
        yield from _xml(source)


def _styled(source: str) -> Iterator[tuple[Role, str]]:
    """The style sheets that XML names before its root."""
    for raw in _STYLED.findall(source):
        if href := markup.attributes(raw).get("href"):
            yield Role.LOAD, href


def _xml(source: str) -> Iterator[tuple[Role, str]]:
    """Feeds, sitemaps and lists of feeds."""
    for tag, url in _NAMED.findall(source):
        yield _WORTH.get(tag, Role.LINK), unescape(url.strip())
    for tag in markup.tags(source, xml=True):
        said = markup.attributes(tag.raw) if "http" in tag.raw else {}
        is_self = said.get("rel") == "self"
        if "ugc" not in said.get("rel", ""):
            for url in said.values():
                if url.startswith(("http://", "https://")):
                    yield (Role.SELF if is_self and url == said.get("href") else _head(said)), url
    for text in _INSIDE.findall(source):
        yield from _embedded(unescape(text))


def _head(said: Mapping[str, str]) -> Role:
    """In feeds only what names the hub itself must not be this computer: posts may tell of any address."""
    return Role.HEAD if said.get("rel") == "alternate" else Role.LINK


def _embedded(source: str) -> Iterator[tuple[Role, str]]:
    """What HTML in a feed shows and links to, as far as it is ours: a feed reader's pages are not the hub's."""
    for tag in markup.tags(source):
        for _, url in () if tag.closes else roles.of(tag.name, tag.raw):
            if url.startswith(("http://", "https://")):
                yield Role.LINK, url


def _json(name: str, data: bytes, facts: Facts) -> Iterator[tuple[Role, str]]:
    if not data.strip():
        return
    try:
        said = msgspec.json.decode(data.removeprefix(_BOM))
    except GARBLED:
        facts.faults.add(("template-error", "is no JSON; build again"))
        return
    for key, text in _strings(said):
        if name.endswith(".webmanifest"):
            if key in {"src", "start_url"}:
                yield (Role.LOAD if key == "src" else Role.LINK), text
        elif key == "feed_url":
            yield Role.SELF, text
        elif "<" in text:
            yield from _embedded(text)
        elif key in {"url", "image", "icon", "avatar", "home_page_url"} and urlsplit(text).netloc:
            yield Role.LINK, text


def _strings_of(data: bytes) -> Iterator[str]:
    try:
        yield from (text for _, text in _strings(msgspec.json.decode(data)))
    except GARBLED:
        return  # whoever reads it finds nothing there


def _strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in JSON with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _strings(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, key)


def _short(url: str) -> str:
    return url if len(url) <= _SHOWN else f"{url[: _SHOWN - 1]}…"
