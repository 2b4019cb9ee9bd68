"""HTML of strangers, with nothing left in it but what a post may hold."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from typing import NamedTuple

import nh3

from forecourt import urls
from forecourt.text import embeds
from forecourt.text.characters import isolated, line, printable
from forecourt.text.plain import DROPPED_WHOLE, LONGEST, is_too_much, opened, paragraphs, plain
from forecourt.text.trackers import counts_readers


class Picture(NamedTuple):
    """An ``<img>`` of cleaned HTML; None is unknown."""

    src: str
    alt: str
    width: int | None
    height: int | None


def clean(html: str, base: str) -> str:
    """Leave nothing in the HTML but what a post may hold.

    Elements and attributes are an allow-list; no class, style or id. Addresses are
    resolved against ``base`` and are http or https, or mailto in links; an embedded
    player becomes a poster and a link. Headings begin at h2 and skip no level, since
    the page has its h1. What is beyond ``LONGEST`` is cut off. Markup that is nested
    deeper than ``DEEPEST``, or has more than ``MOST_ENTITIES``, is dropped as a whole, and
    its text kept in paragraphs.
    """
    html = printable(html[:LONGEST])
    if is_too_much(html):
        return isolated(paragraphs(plain(html)))
    cleaned = nh3.clean(
        embeds.linked(opened(html), base),
        tags=_TAGS,
        clean_content_tags=DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=_Attributes(base),
        link_rel="nofollow ugc noopener",
        url_schemes={"http", "https", "mailto"},
    )
    cleaned = _IMG.sub(_unless_pixel, printable(cleaned))  # again: &#8238; is now a character
    cleaned = _EMPTY.sub("", _without_mute_links(_EMPTY.sub("", cleaned)))
    return isolated(_outlined(cleaned)).strip()


def images(html: str) -> list[Picture]:
    """List the pictures of HTML that ``clean`` returned, in order."""
    return [_picture(tag[0]) for tag in _IMG.finditer(html)]


def replace_images(html: str, replacement: Callable[[Picture], str]) -> str:
    """Put other HTML in the place of each picture of HTML that ``clean`` returned."""
    return _without_mute_links(_IMG.sub(lambda tag: replacement(_picture(tag[0])), html))


# What a post may hold.

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "figure", "figcaption", "img", "a"),
    *("em", "strong", "b", "i", "u", "s", "del", "ins", "sub", "sup", "small", "mark"),
    *("abbr", "cite", "q", "time"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "time": {"datetime"},
    "ins": {"cite", "datetime"},
    "del": {"cite", "datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "th": {"colspan", "rowspan", "scope", "headers"},
    "td": {"colspan", "rowspan", "headers"},
}
_NUMBER = re.compile(r"\d{1,5}", re.ASCII)
_MAILTO = re.compile(r"mailto:[^\s<>\"]+", re.IGNORECASE)
_VALUES = {
    "width": _NUMBER,
    "height": _NUMBER,
    "colspan": _NUMBER,
    "rowspan": _NUMBER,
    "dir": re.compile("ltr|rtl|auto"),
    "lang": re.compile(r"[A-Za-z0-9-]{1,35}"),
    "scope": re.compile("row|col|rowgroup|colgroup"),
}


class _Attributes:
    """nh3 asks this about each attribute that the allow-list lets through.

    nh3 itself looks at the scheme of href and src, but not of cite, and leaves
    relative addresses as they are.
    """

    def __init__(self, base: str) -> None:
        self._base = base

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name in {"href", "src", "cite"}:
            if tag == "a" and _MAILTO.fullmatch(value):
                return value
            return urls.absolute(value, self._base) or None
        if name in {"alt", "title"}:
            return line(value)
        allowed = _VALUES.get(name)
        return value if allowed is None or allowed.fullmatch(value) else None


# After nh3, whose output is regular: every attribute is quoted, and < > " inside are entities.

_IMG = re.compile(r'<img(?: [a-z]+="[^"]*")*>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_EMPTY = re.compile(r"<p>\s*</p>")
_LINK_ROUND_PICTURES = re.compile(r'<a(?: [a-z]+="[^"]*")*>((?:\s|<img(?: [a-z]+="[^"]*")*>)*)</a>')
_HEADING = re.compile(r"<(/?)h([1-6])(?=[ >])")
_LOWEST = 6
_PIXEL = 2
_EMOJI = "/images/core/emoji/"


def _without_mute_links(html: str) -> str:
    """Take away links that a screen reader could not name: those of nothing, or of pictures without words."""

    def unless_mute(link: re.Match[str]) -> str:
        return link[0] if any(picture.alt for picture in images(link[1])) else link[1]

    return _LINK_ROUND_PICTURES.sub(unless_mute, html)


def _outlined(html: str) -> str:
    """Headings as an outline below the page's own h1: they begin at h2 and skip no level."""
    levels: list[int] = []  # as the origin has them, from the outermost to the one we are in
    open_: list[int] = []  # as we write them

    def renamed(tag: re.Match[str]) -> str:
        if tag[1]:
            return f"</h{open_.pop() if open_ else tag[2]}"
        level = int(tag[2])
        while levels and levels[-1] >= level:
            levels.pop()
        levels.append(level)
        open_.append(min(len(levels) + 1, _LOWEST))
        return f"<h{open_[-1]}"

    return _HEADING.sub(renamed, html)


def _unless_pixel(tag: re.Match[str]) -> str:
    picture = _picture(tag[0])
    if _EMOJI in picture.src:  # WordPress draws what the reader's own system can draw
        return entities.escape(picture.alt)
    sizes = [size for size in (picture.width, picture.height) if size is not None]
    if not picture.src or any(size <= _PIXEL for size in sizes) or counts_readers(picture.src):
        return ""
    return tag[0]


def _picture(tag: str) -> Picture:
    values = {name: entities.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
    width, height = values.get("width"), values.get("height")
    return Picture(
        src=values.get("src", ""),
        alt=line(values.get("alt", "")),
        width=int(width) if width else None,
        height=int(height) if height else None,
    )
