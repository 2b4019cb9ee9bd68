"""How the hub looks and what it calls itself: HUB_BRAND."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from forecourt.config.words import nearest, web_address

_CSS_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_CSS_FONTS = re.compile(r"[\w\s,.'\"-]+")
_CSS_LENGTH = re.compile(r"\d+(?:\.\d+)?(?:px|rem|em)")
_TABLES = ("colours", "fonts", "links")


@dataclass(frozen=True, slots=True)
class Brand:
    """How the hub looks and what it calls itself.

    ``logo`` and ``hero`` are paths below ``content/``; colours are CSS hex
    colours; ``links`` are (label, address) pairs for the head of each page.
    """

    name: str = "Community hub"
    tagline: str = ""
    description: str = ""
    hashtag: str = ""
    logo: str = ""
    hero: str = ""
    hero_alt: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    fonts: Mapping[str, str] = field(default_factory=dict)
    radius: str = ""
    links: tuple[tuple[str, str], ...] = ()


def read_brand(values: Mapping[str, Any], content: Path, problems: list[str]) -> Brand:
    """The brand of HUB_BRAND; ``content`` is the folder of its pictures. What is wrong goes to ``problems``."""
    known = [each.name for each in fields(Brand)]
    unknown = sorted(set(values) - set(known))
    problems += [f'HUB_BRAND: "{name}" is not known; {nearest(name, known)}' for name in unknown]
    brand = Brand(
        **{name: str(values[name]) for name in known if name in values and name not in _TABLES},
        colours=_css_table("colours", values, ("brand", "brand-2", "accent", "sun"), _CSS_COLOUR, problems),
        fonts=_css_table("fonts", values, ("head", "body"), _CSS_FONTS, problems),
        links=_links(values.get("links") or (), problems),
    )
    if brand.radius and not _CSS_LENGTH.fullmatch(brand.radius):
        problems.append(f'HUB_BRAND: radius "{brand.radius}" is not a length; write it as 18px')
    for name in ("logo", "hero"):
        path = getattr(brand, name)
        if path and not (content / path).is_file():
            problems.append(f'HUB_BRAND: {name} "{path}" is not a file in {content.name}/')
    return brand


def _css_table(
    table: str,
    values: Mapping[str, Any],
    known: tuple[str, ...],
    shape: re.Pattern[str],
    problems: list[str],
) -> dict[str, str]:
    entries = values.get(table) or {}
    if not isinstance(entries, Mapping):
        problems.append(f'HUB_BRAND: {table} must be a table, such as {{"{known[0]}": "…"}}')
        return {}
    for name, value in entries.items():
        if name not in known:
            problems.append(f'HUB_BRAND: "{name}" is not one of the {table}; {nearest(name, known)}')
        elif not shape.fullmatch(str(value)):
            example = "#1f3d33" if table == "colours" else "Georgia, serif"
            problems.append(f'HUB_BRAND: "{value}" cannot be the {name} of {table}; write it as "{example}"')
    return {name: str(entries[name]) for name in known if name in entries}


def _links(value: Iterable[Any], problems: list[str]) -> tuple[tuple[str, str], ...]:
    links = []
    for link in value:
        if isinstance(link, list | tuple) and len(link) == 2:  # noqa: PLR2004 - a pair is two
            links.append((str(link[0]), web_address("HUB_BRAND: links", link[1], problems)))
        else:
            problems.append('HUB_BRAND: each of links is a pair, such as ("Shop", "https://shop.example")')
    return tuple(links)
