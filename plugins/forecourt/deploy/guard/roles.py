"""What a tag makes a browser do: which addresses it loads by itself, which it only leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache

from forecourt.deploy.guard import markup


class Role(Enum):
    """What an address is for."""

    LINK = "links to"
    LOAD = "loads"
    VIEW = "loads at once"  # before anybody scrolls or clicks
    ASK = "asks"  # a host, or sends it something: no file of ours need be there
    REFRESH = "sends visitors on to"
    HEAD = "names"  # in its head, for other programs
    SELF = "says of itself that it is"
    NOTHING = "has the word None as its"  # the attribute


Said = tuple[Role, str]

# Comments and texts are passed over, in which an address loads nothing; @namespace only names one.
_CSS = re.compile(
    r"""/\*.*?(?:\*/|\Z)|@namespace\b[^;]*+|url\(\s*+(?:"([^"]*+)"|'([^']*+)'|([^)"'\s]*+))\s*+\)"""
    r"""|@import\s++(?:"([^"]*+)"|'([^']*+)')|image-set\(((?:[^()"']++|"[^"]*+"|'[^']*+'|\([^()]*+\))*+)\)"""
    r"""|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""",
    re.IGNORECASE | re.DOTALL,
)
_OF_SET = re.compile(r"""(?:\A|,)\s*+(?:"([^"]*+)"|'([^']*+)')""")
_CANDIDATE = re.compile(r"[\s,]*+(\S*[^\s,])(?:,|\s[^,]*+)?+")
_REFRESH = re.compile(r"[\d.\s]*+[;,]?\s*+(?:url\s*+=\s*+)?+[\"']?+([^\"']*+).*", re.IGNORECASE)

_NEVER_NONE = frozenset(
    {
        "href",
        "src",
        "srcset",
        "poster",
        "action",
        "datetime",
        "width",
        "height",
        "lang",
        "dir",
        "id",
        "class",
        "rel",
    }
)
_SOURCES = {
    "script": Role.VIEW,
    "input": Role.VIEW,
    "source": Role.LOAD,
    "iframe": Role.LOAD,
    "frame": Role.LOAD,
    "embed": Role.LOAD,
    "track": Role.LOAD,
}
_RELATIONS = {
    "stylesheet": Role.VIEW,
    "preload": Role.VIEW,
    "modulepreload": Role.VIEW,
    "icon": Role.LOAD,
    "apple-touch-icon": Role.LOAD,
    "apple-touch-icon-precomposed": Role.LOAD,
    "apple-touch-startup-image": Role.LOAD,
    "mask-icon": Role.LOAD,
    "manifest": Role.LOAD,
    "prefetch": Role.LOAD,
    "prerender": Role.LOAD,
    "preconnect": Role.ASK,
    "dns-prefetch": Role.ASK,
    "canonical": Role.HEAD,
    "alternate": Role.HEAD,
}
_OTHERS = {
    ("object", "data"): Role.LOAD,
    ("script", "href"): Role.LOAD,  # of a drawing
    ("script", "xlink:href"): Role.LOAD,
    ("video", "poster"): Role.VIEW,
    ("form", "action"): Role.ASK,
    ("button", "formaction"): Role.ASK,
    ("input", "formaction"): Role.ASK,
    ("a", "ping"): Role.ASK,
    ("base", "href"): Role.ASK,
}
_DRAWN = frozenset({"use", "image", "feimage"})
_PAINTED = frozenset(
    {"fill", "stroke", "mask", "filter", "clip-path", "cursor", "marker-start", "marker-mid", "marker-end"}
)


@lru_cache(maxsize=2**16)
def of(name: str, raw: str) -> tuple[Said, ...]:
    """The addresses that a start tag names, by what becomes of them. Tags repeat from page to page."""
    if not raw or raw == "/":
        return ()
    return tuple((role, url) for role, url in _of(name, markup.attributes(raw)) if url.strip())


def styles(text: str) -> Iterator[str]:
    """The addresses that a style sheet loads, parts of its own page left out."""
    for *found, images in _CSS.findall(text):
        url = "".join(found).strip()
        if url and not url.startswith("#"):
            yield url
        if images:
            yield from ("".join(one) for one in _OF_SET.findall(images))
            yield from styles(images)


def _of(name: str, said: Mapping[str, str]) -> Iterator[Said]:
    for attribute, value in said.items():
        if attribute in _NEVER_NONE and value == "None":
            yield Role.NOTHING, attribute
        elif role := _OTHERS.get((name, attribute)):
            yield role, value
        elif attribute in {"srcset", "imagesrcset"}:
            yield from ((Role.LOAD, url) for url in _CANDIDATE.findall(value))
        elif attribute == "style" or (attribute in _PAINTED and "(" in value):
            yield from ((Role.LOAD, url) for url in styles(value))
        elif attribute == "background":  # of a table, too
            yield Role.LOAD, value
        elif attribute == "srcdoc":
            for tag in markup.tags(value):
                yield from () if tag.closes else of(tag.name, tag.raw)
        elif attribute in {"href", "xlink:href"} and name in _DRAWN:
            yield Role.VIEW, value
    yield from _own(name, said)


def _own(name: str, said: Mapping[str, str]) -> Iterator[Said]:
    """What tells by more than one attribute."""
    href, src = said.get("href", ""), said.get("src", "")
    if name in {"a", "area"}:
        # What strangers wrote is not ours to mend: a wrong link of theirs must not stop the hub.
        if "ugc" not in said.get("rel", "").split():
            yield Role.LINK, href
    elif name == "link":
        relations = said.get("rel", "").lower().split()
        role = next((_RELATIONS[one] for one in relations if one in _RELATIONS), Role.LINK)
        later = role is Role.VIEW and ("alternate" in relations or said.get("media") == "print")
        yield (Role.LOAD if later else role), href
    elif name in {"img", "image"}:
        yield (Role.LOAD if said.get("loading", "").lower() == "lazy" else Role.VIEW), src
    elif name in {"video", "audio"}:
        waits = said.get("preload") == "none" and "autoplay" not in said
        yield (Role.LINK if waits else Role.LOAD), src
    elif name == "meta":
        yield from _meta(said)
    elif name in _SOURCES:
        yield _SOURCES[name], src


def _meta(said: Mapping[str, str]) -> Iterator[Said]:
    content = said.get("content", "")
    if said.get("http-equiv", "").lower() == "refresh":
        found = _REFRESH.fullmatch(content)
        yield Role.REFRESH, found[1] if found else ""
    elif said.get("property") == "og:url":
        yield Role.SELF, content
    elif content.startswith(("http:", "https:")):
        yield Role.HEAD, content
