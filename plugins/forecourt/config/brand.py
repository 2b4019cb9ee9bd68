"""How the hub looks and what it calls itself: HUB_BRAND."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from forecourt.config.words import LANGUAGE, nearest, web_address

_CSS_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_CSS_FONTS = re.compile(r"""(?:[\w\s,.-]|'[\w\s,.-]*'|"[\w\s,.-]*")+""")
_CSS_LENGTH = re.compile(r"\d+(?:\.\d+)?(?:px|rem|em)")
_TABLES = ("colours", "fonts", "font_files", "links")
_SPOKEN = ("name", "tagline", "description", "hashtag", "hero_alt", "hero_credit", "links")

COLOURS = ("brand", "brand-2", "accent", "sun")
ROLES = ("head", "body")
"""What a font is for: headings, and everything else."""

_WOFF2 = b"wOF2"
_OUTLINES = (b"\x00\x01\x00\x00", b"OTTO", b"true")  # how TrueType and OpenType fonts begin


@dataclass(frozen=True, slots=True)
class Brand:
    """How the hub looks and what it calls itself.

    ``logo``, ``hero``, ``font_files`` and ``share_font`` are paths below ``content/``; colours are
    CSS hex colours; ``links`` are (label, address) pairs for the head of each page.
    """

    name: str = "Community hub"
    tagline: str = ""
    description: str = ""
    hashtag: str = ""
    logo: str = ""
    hero: str = ""
    hero_alt: str = ""
    hero_credit: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    fonts: Mapping[str, str] = field(default_factory=dict)
    font_files: Mapping[str, str] = field(default_factory=dict)
    share_font: str = ""
    radius: str = ""
    links: tuple[tuple[str, str], ...] = ()
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What it calls itself in other languages than the hub's first, by their tags."""

    def spoken(self, language: str) -> Brand:
        """The brand as it calls itself in a language; what it does not say in that, it says as ever."""
        return replace(self, **self.words.get(language, {}))


def read_brand(values: Mapping[str, Any], content: Path, problems: list[str]) -> Brand:
    """The brand of HUB_BRAND; ``content`` is the folder of its pictures. What is wrong goes to ``problems``."""
    known = [each.name for each in fields(Brand) if each.name != "words"]
    spoken = {
        name: said
        for name, said in values.items()
        if isinstance(said, Mapping) and name not in known and LANGUAGE.fullmatch(name)
    }
    unknown = sorted(set(values) - set(known) - set(spoken))
    problems += [f'HUB_BRAND: "{name}" is not known; {nearest(name, known)}' for name in unknown]
    brand = Brand(
        words={name: _words(name, said, problems) for name, said in spoken.items()},
        **{name: str(values[name]) for name in known if name in values and name not in _TABLES},
        colours=_css_table("colours", values, COLOURS, _CSS_COLOUR, problems),
        fonts=_css_table("fonts", values, ROLES, _CSS_FONTS, problems),
        font_files=_font_files(values, content, problems),
        links=_links(values.get("links") or (), problems),
    )
    if brand.radius and not _CSS_LENGTH.fullmatch(brand.radius):
        problems.append(f'HUB_BRAND: radius "{brand.radius}" is not a length; write it as 18px')
    if brand.hero.lower().endswith(".svg"):
        problems.append(f'HUB_BRAND: hero "{brand.hero}" is an SVG; save it as JPEG, PNG or WebP')
    for name in ("logo", "hero", "share_font"):
        _look_for(name, getattr(brand, name), content, problems)
    if _begins_otherwise(content / brand.share_font, _OUTLINES):
        problems.append(f'HUB_BRAND: share_font "{brand.share_font}" is neither a .ttf nor an .otf font')
    return brand


def _words(language: str, said: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """What differs in a language: words alone, since there is one set of colours and pictures."""
    problems += [
        f'HUB_BRAND: "{name}" of "{language}" is not known; {nearest(str(name), _SPOKEN)}'
        for name in said
        if name not in _SPOKEN
    ]
    words: dict[str, Any] = {name: str(said[name]) for name in _SPOKEN if name in said and name != "links"}
    return words | ({"links": _links(said["links"] or (), problems)} if "links" in said else {})


def _css_table(
    table: str,
    values: Mapping[str, Any],
    known: tuple[str, ...],
    shape: re.Pattern[str],
    problems: list[str],
) -> dict[str, str]:
    entries = _entries(table, values, known, problems)
    for name, value in entries.items():
        if not shape.fullmatch(value):
            example = "#1f3d33" if table == "colours" else "Georgia, serif"
            problems.append(f'HUB_BRAND: {name} of {table} cannot be "{value}"; write it as "{example}"')
    return entries


def _font_files(values: Mapping[str, Any], content: Path, problems: list[str]) -> dict[str, str]:
    entries = _entries("font_files", values, ROLES, problems)
    for role, path in entries.items():
        name = f"{role} of font_files"
        if not path.endswith(".woff2"):
            problems.append(f'HUB_BRAND: {name} "{path}" must end in .woff2, which browsers take')
        elif _look_for(name, path, content, problems) and _begins_otherwise(content / path, (_WOFF2,)):
            problems.append(f'HUB_BRAND: {name} "{path}" is no WOFF2 font; convert it, a new name does not')
    return entries


def _entries(
    table: str, values: Mapping[str, Any], known: tuple[str, ...], problems: list[str]
) -> dict[str, str]:
    entries = values.get(table) or {}
    if not isinstance(entries, Mapping):
        problems.append(f'HUB_BRAND: {table} must be a table, such as {{"{known[0]}": "…"}}')
        return {}
    problems += [
        f'HUB_BRAND: "{name}" is not one of the {table}; {nearest(str(name), known)}'
        for name in entries
        if name not in known
    ]
    return {name: str(entries[name]) for name in known if name in entries}


def _look_for(name: str, path: str, content: Path, problems: list[str]) -> bool:
    """Whether there is such a file; nothing to look for is none, and no problem."""
    if path and not ((content / path).is_file() and ".." not in Path(path).parts and not Path(path).anchor):
        problems.append(f'HUB_BRAND: {name} "{path}" is not a file in {content.name}/')
        return False
    return bool(path)


def _begins_otherwise(path: Path, beginnings: tuple[bytes, ...]) -> bool:
    """Whether the file is there and does not begin as any of these."""
    try:
        with path.open("rb") as file:
            return not file.read(4).startswith(beginnings)
    except OSError:
        return False  # a folder, or not to be read: that is said elsewhere


def _links(value: Iterable[Any], problems: list[str]) -> tuple[tuple[str, str], ...]:
    links = []
    for link in value:
        if isinstance(link, list | tuple) and len(link) == 2:  # noqa: PLR2004 - a pair is two
            links.append((str(link[0]), web_address("HUB_BRAND: links", link[1], problems)))
        else:
            problems.append('HUB_BRAND: each of links is a pair, such as ("Shop", "https://shop.example")')
    return tuple(links)
