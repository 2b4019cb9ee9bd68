"""Text of strangers: cleaned, made plain, cut, and given an address.

Everything from a network that a person will see comes through here. nh3 is the
only sanitiser; after it only pictures that count readers are taken away, and
headings renamed.
"""

from __future__ import annotations

import hashlib
import html as entities
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import nh3

from forecourt import urls
from forecourt.model import Direction
from forecourt.nesting import too_deep

LONGEST = 512 * 1024
"""Characters of HTML that are read; nh3 makes 20 MB of 5 MB of ``<``."""

DEEPEST = 256
"""Open elements that markup may have; nh3 takes 5 s for 50,000 nested ``<div>``."""

TRACKERS = frozenset(
    {
        "amazon-adsystem.com",
        "assoc-amazon.com",
        "b.scorecardresearch.com",
        "buysellads.com",
        "doubleclick.net",
        "feeds.feedburner.com",
        "feedsportal.com",
        "google-analytics.com",
        "googletagmanager.com",
        "list-manage.com",
        "mailtrack.io",
        "pheedo.com",
        "pixel.quantserve.com",
        "pixel.wp.com",
        "rfihub.com",
        "sb.scorecardresearch.com",
        "stats.wordpress.com",
    }
)
"""Hosts whose pictures count readers; their subdomains count too."""


# A word with a letter in it, after no letter: "#1" is a rank, "a#b" and "/#b" parts of an address.
_HASHTAG = re.compile("(?<![\\w/&])[#\N{FULLWIDTH NUMBER SIGN}](\\d*[^\\W\\d_]\\w*)")


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
    player becomes a link to it. Headings begin at h2 and skip no level, since the page
    has its h1. What is beyond ``LONGEST`` is cut off. Markup that is nested
    deeper than ``DEEPEST`` is dropped as a whole, and its text kept in paragraphs.
    """
    html = _printable(html[:LONGEST])
    if too_deep(html, DEEPEST):
        return paragraphs(plain(html))
    cleaned = nh3.clean(
        _IFRAME.sub(_link_to_player, _NOSCRIPT.sub("", html)),
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=_Attributes(base),
        link_rel="nofollow ugc noopener",
        url_schemes={"http", "https", "mailto"},
    )
    cleaned = _IMG.sub(_unless_pixel, _printable(cleaned))  # again: &#8238; is now a character
    return _outlined(_EMPTY.sub("", _without_mute_links(cleaned))).strip()


def plain(html: str) -> str:
    """Write the HTML as a person would type it: text, line breaks, at most one blank line."""
    html = _printable(html[:LONGEST])
    if too_deep(html, DEEPEST):
        return _folded(_printable(entities.unescape(_TAG_LIKE.sub(" ", html))))
    marked = nh3.clean(
        _NOSCRIPT.sub("", html),
        tags=_BREAKING,
        clean_content_tags=_DROPPED_WHOLE - _BREAKING,
        attributes={},
        link_rel=None,
    )
    broken = _ANY_TAG.sub(lambda tag: _BREAKS.get(tag[0].strip("</>"), _NEW_LINE), _SPACES.sub(" ", marked))
    return _folded(_printable(entities.unescape(_RUN.sub(_break, broken))))


def line(text: str) -> str:
    """Put the text on one line, without control characters and marks that turn its direction."""
    return _SPACES.sub(" ", _TURNING.sub("", _INVISIBLE.sub(" ", text))).strip()


def paragraphs(text: str) -> str:
    """Plain text as HTML: a blank line parts paragraphs, a line break stays one."""
    blocks = re.split(r"\n\s*\n", _printable(text).strip())
    lines = (entities.escape(block.strip()).replace("\n", "<br>") for block in blocks)
    return "".join(f"<p>{block}</p>" for block in lines if block)


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags of a plain text, without their signs, each once as it is first spelled."""
    found: dict[str, str] = {}
    for tag in _HASHTAG.findall(text):
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def excerpt(text: str, limit: int) -> str:
    """Keep the beginning of the text, on one line, at most ``limit`` characters with its ellipsis.

    Cut at a space where there is one near the end (Japanese has none), never
    between a letter and its accent or inside a family of emoji.
    """
    text = line(text)
    if len(text) <= limit:
        return text
    end = _boundary(text, max(limit - 1, 0))
    space = text.rfind(" ", 0, end + 1)
    if space > end * _NEAR:
        end = space
    return text[:end].rstrip(" ,;:\u2013\u2014-") + "…"


def direction(text: str, lang: str = "") -> Direction:
    """Tell the direction of most of the text's letters; of its language when it has none.

    Addresses, handles and hashtags do not count: a Hebrew post full of links is Hebrew.
    """
    kinds = [unicodedata.bidirectional(c) for c in _NAMES.sub(" ", text[:_SAMPLE])]
    strong = [kind != "L" for kind in kinds if kind in {"L", "R", "AL"}]
    if strong:
        # Of equals, the first decides, as in Unicode's rule P2.
        return "rtl" if sum(strong) * 2 + strong[0] > len(strong) else "ltr"
    return "rtl" if _RTL_LANGUAGE.match(lang) else "ltr"


def language(tag: str) -> str:
    """Write a language tag as BCP 47 does (``en-GB``), or "" for what is none."""
    tag = tag.strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *map(_subtag, rest)])


def slug(text: str) -> str:
    """Make the text one part of an address, in its own alphabet.

    Lower case, at most 60 bytes, never empty and never a name that Windows keeps
    for itself. What had to be cut or replaced ends in a hash of the whole, so that
    two tags that differ late do not share a page; "C" and "C++" do.
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    name = "-".join(filter(None, "".join(c if _is_letter(c) else "-" for c in name).split("-")))
    if name and len(name.encode()) <= _SLUG_BYTES and not _RESERVED.fullmatch(name):
        return name
    mark = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
    head = name.encode()[: _SLUG_BYTES - 9].decode(errors="ignore").strip("-")
    return f"{head}-{mark}" if head else mark


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
# Their text is no text of the post. A frame's is what browsers of 1998 showed instead of it.
_DROPPED_WHOLE = {"script", "style", "title", "template", "iframe", "noembed", "noframes", "xmp", "svg"}
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
        allowed = _VALUES.get(name)
        return value if allowed is None or allowed.fullmatch(value) else None


# Before nh3. To it, as to a browser with scripts, the inside of <noscript> is text: the picture that a
# lazy-loading blog keeps there would come out as visible markup.
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
_IFRAME = re.compile(r"<iframe\b[^<>]*?\ssrc\s*=\s*[\"']?([^\"'\s<>]+)[^<>]*>", re.IGNORECASE)


def _link_to_player(frame: re.Match[str]) -> str:
    address = urls.absolute(entities.unescape(frame[1]), "https://x.invalid/")
    if not address or _counts_readers(address):
        return frame[0]
    name = urls.host(address).removeprefix("www.")
    return f' <a href="{entities.escape(address)}">{entities.escape(name)}</a> {frame[0]}'


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
    if not picture.src or any(size <= _PIXEL for size in sizes) or _counts_readers(picture.src):
        return ""
    return tag[0]


def _counts_readers(src: str) -> bool:
    labels = urls.host(src).split(".")
    return any(".".join(labels[start:]) in TRACKERS for start in range(len(labels)))


def _picture(tag: str) -> Picture:
    values = {name: entities.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
    width, height = values.get("width"), values.get("height")
    return Picture(
        src=values.get("src", ""),
        alt=line(values.get("alt", "")),
        width=int(width) if width else None,
        height=int(height) if height else None,
    )


# Characters. Lone surrogates cannot be written to a file; C0, C1 and noncharacters mean nothing in HTML;
# U+202A to U+202E turn the direction of what follows, beyond the end of the word that brought them.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff]")
_OVERRIDES = re.compile("[\u202a-\u202e]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


def _printable(text: str) -> str:
    return _OVERRIDES.sub("", _INVISIBLE.sub("", text))


# Plain text.

_ANY_TAG = re.compile(r"<[^<>]*>")  # no "<" inside, or a megabyte of them would take quadratic time
_TAG_LIKE = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
# Where elements begin and end. Two of these in a row are still one new line; two <br> are a blank one.
_NEW_LINE, _BLANK_LINE = "\v", "\f"
_BREAKS = {"br": "\n", "td": " ", "th": " "}
_BREAKS |= dict.fromkeys(("p", "blockquote", "pre", "figure", "table", "ul", "ol", "dl", "hr"), _BLANK_LINE)
_BREAKS |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _BLANK_LINE)
_BREAKING = {*_BREAKS, *("div", "li", "dt", "dd", "tr", "figcaption", "summary", "caption")}
_BREAKING |= {"section", "article", "header", "footer", "aside", "main", "address", "option"}
_RUN = re.compile("[ \n\v\f]*[\n\v\f][ \n\v\f]*")


def _break(run: re.Match[str]) -> str:
    return "\n\n" if _BLANK_LINE in run[0] or run[0].count("\n") > 1 else "\n"


def _folded(text: str) -> str:
    lines = [" ".join(one.split()) for one in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# Cutting.

_NEAR = 0.6
_JOINER = "\u200d"


def _boundary(text: str, end: int) -> int:
    while end > 0 and _joined(text, end):
        end -= 1
    return end


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after ``at`` are drawn as one."""
    before, after = text[at - 1], text[at]
    if _is_flag(before) and _is_flag(after):
        start = at
        while start > 0 and _is_flag(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return (
        _JOINER in {before, after}
        or unicodedata.category(after).startswith("M")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # the five tones of skin
        or "\U000e0020" <= after <= "\U000e007f"  # the flags of England, Scotland and Wales
    )


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


# Direction and language.

_SAMPLE = 2000
_NAMES = re.compile(r"https?://\S+|[@#]\w+")
_RTL_LANGUAGE = re.compile(
    r"(?:ar|arc|ckb|dv|fa|he|iw|ks|ps|sd|ug|ur|yi)\b|\w+-(?:Arab|Hebr|Thaa|Syrc)\b", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_REGION, _SCRIPT = 2, 4


def _subtag(tag: str) -> str:
    if len(tag) == _REGION:
        return tag.upper()
    return tag.title() if len(tag) == _SCRIPT else tag.lower()


# Addresses of tags.

_SLUG_BYTES = 60
_RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LNM"
