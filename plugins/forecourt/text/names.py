"""What can be told from a text: its direction, its hashtags; and how languages and tags are written."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from forecourt.model import Direction

# A word with a letter in it, after no letter: "#1" is a rank, "a#b" and "/#b" parts of an address.
_HASHTAG = re.compile("(?<![\\w/&])[#\N{FULLWIDTH NUMBER SIGN}](\\d*[^\\W\\d_]\\w*)")
_SAMPLE = 2000
_NAMES = re.compile(r"https?://\S+|[@#]\w+")
_RTL_LANGUAGE = re.compile(
    r"(?:ar|arc|ckb|dv|fa|he|iw|ks|ps|sd|ug|ur|yi)\b|\w+-(?:Arab|Hebr|Thaa|Syrc)\b", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_REGION, _SCRIPT = 2, 4
_SLUG_BYTES = 60
_RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags of a plain text, without their signs, each once as it is first spelled."""
    found: dict[str, str] = {}
    for tag in _HASHTAG.findall(text):
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


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


def _subtag(tag: str) -> str:
    if len(tag) == _REGION:
        return tag.upper()
    return tag.title() if len(tag) == _SCRIPT else tag.lower()


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LNM"
