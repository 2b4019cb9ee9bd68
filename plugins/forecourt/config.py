"""What the operator set: HUB_* settings, the linked accounts, the environment.

The settings live in pelicanconf.py beside Pelican's own; the environment
overrides each by the same name. Everything that is wrong is found in one look
and said a line each, with the nearest right spelling.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
import runpy
import sys
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from forecourt.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Moderation = Literal["publish", "hold"]

VERSION = "0.1.0"

SETTINGS = {
    "HUB_ADDRESS": "public address of the hub, such as https://hub.example; sources see it as who asks",
    "HUB_ALLOW_PRIVATE": "networks on which sources may live though they are private",
    "HUB_BRAND": "name, tagline, logo, colours, fonts",
    "HUB_INDEX_POSTS": "let search engines list the pages of single posts",
    "HUB_NOW": "build the site as it stands at this moment, such as 2026-12-01T09:00+01:00",
    "HUB_SOURCES": "path of the linked accounts",
    "HUB_STATE": "folder of the store and the pictures",
}
"""Every setting and what it means; docs/settings.md explains each."""

_COMMON_KEYS = ("name", "connector", "label", "profile", "store", "moderation")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CSS_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_CSS_FONTS = re.compile(r"[\w\s,.'\"-]+")
_CSS_LENGTH = re.compile(r"\d+(?:\.\d+)?(?:px|rem|em)")


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


@dataclass(frozen=True, slots=True)
class Source:
    """One ``[[source]]`` of sources.toml, before its connector has read its options.

    ``place`` says where it stands ("content/sources.toml line 12") and
    ``lines`` the line of each of its keys.
    """

    name: str
    connector: str
    label: str
    profile: str
    store: str
    moderation: Moderation
    options: Mapping[str, Any]  # Any: TOML values, checked by the connector's own fields
    file: str
    line: int
    lines: Mapping[str, int]

    def place(self, key: str = "") -> str:
        """Where the source, or one key of it, stands."""
        return f"{self.file} line {self.lines.get(key, self.line)}"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run is told from outside. ``root`` is the folder of pelicanconf.py.

    ``problems`` is what is wrong with it, a sentence each; whoever links the
    accounts adds theirs and raises all of them at once.
    """

    root: Path
    content: Path
    state: Path
    sources: tuple[Source, ...]
    brand: Brand
    address: str
    site_url: str
    timezone: zoneinfo.ZoneInfo
    language: str
    allow_private: tuple[Network, ...]
    index_posts: bool
    problems: tuple[str, ...]

    @property
    def store(self) -> Path:
        """The SQLite file of the store."""
        return self.state / "store.sqlite"

    @property
    def pictures(self) -> Path:
        """The folder of the pictures we keep."""
        return self.state / "pictures"


def read_settings(path: Path) -> dict[str, Any]:  # Any: Pelican's settings are any Python
    """The upper-case names of a Pelican settings file, without importing Pelican (0.4 s)."""
    sys.path.insert(0, str(path.parent))  # publishconf.py imports pelicanconf.py
    try:
        names = runpy.run_path(str(path))
    finally:
        sys.path.remove(str(path.parent))
    return {name: value for name, value in names.items() if name.isupper()}


def moment(environ: Mapping[str, str]) -> datetime | None:
    """The moment HUB_NOW names, None where it is not set."""
    text = environ.get("HUB_NOW", "")
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            [f'HUB_NOW: "{text}" is not a moment; write it as 2026-12-01T09:00+01:00']
        ) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def load(settings: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> Config:
    """The configuration of one run.

    ``settings`` are those of pelicanconf.py, ``root`` is its folder. Never raises:
    what is wrong stands in ``Config.problems``.
    """
    problems: list[str] = []
    values = _overridden(settings, environ, problems)
    content = root / str(settings.get("PATH") or "content")
    sources_file = root / str(values.get("HUB_SOURCES") or "content/sources.toml")
    read = Config(
        root=root,
        content=content,
        state=root / str(values.get("HUB_STATE") or ".hub"),
        sources=_sources(sources_file, root, problems),
        brand=_brand(values.get("HUB_BRAND") or {}, content, problems),
        address=_address("HUB_ADDRESS", values.get("HUB_ADDRESS"), problems),
        site_url=_address("SITEURL", _site_url(settings, values), problems),
        timezone=_timezone(settings.get("TIMEZONE") or "UTC", problems),
        language=str(settings.get("DEFAULT_LANG") or "en"),
        allow_private=_networks(values.get("HUB_ALLOW_PRIVATE") or (), problems),
        index_posts=_switch("HUB_INDEX_POSTS", values.get("HUB_INDEX_POSTS", False), problems),
        problems=(),
    )
    return replace(read, problems=tuple(problems))


def nearest(word: str, known: Iterable[str]) -> str:
    """`` did you mean "…"?`` with the nearest known word, or what there is to choose from."""
    choices = sorted(known)
    if close := near(word, choices):
        return f'did you mean "{close}"?'
    return "it can be " + ", ".join(f'"{choice}"' for choice in choices)


def near(word: str, known: Iterable[str]) -> str:
    """The known word that is most likely meant, "" where none is near."""
    by_lower = {each.lower(): each for each in sorted(known)}
    return next((by_lower[each] for each in difflib.get_close_matches(word.lower(), by_lower, n=1)), "")


def _overridden(
    settings: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for origin, names in (("pelicanconf.py", settings), ("the environment", environ)):
        for name, value in names.items():
            if not name.startswith("HUB_"):
                continue
            if name not in SETTINGS:
                problems.append(f'{origin}: "{name}" is not a setting; {nearest(name, SETTINGS)}')
            elif name == "HUB_NOW" and names is settings:
                problems.append("pelicanconf.py: HUB_NOW is for one run; set it in the environment")
            elif name == "HUB_BRAND" and isinstance(value, str):
                values[name] = {**values.get(name, {}), **_json_object(value, problems)}
            else:
                values[name] = value
    return values


def _json_object(text: str, problems: list[str]) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    problems.append('HUB_BRAND in the environment must be a JSON object, such as {"name": "Larkwood"}')
    return {}


def _site_url(settings: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """SITEURL; where it is the public address, as in publishconf.py, also what the environment says of that."""
    site_url = settings.get("SITEURL")
    return values["HUB_ADDRESS"] if site_url and site_url == settings.get("HUB_ADDRESS") else site_url


def _address(name: str, value: Any, problems: list[str]) -> str:
    text = str(value or "").rstrip("/")
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.netloc):
        problems.append(f'{name}: "{text}" is not a web address; write it whole, beginning with https://')
        return ""
    return text


def _timezone(name: str, problems: list[str]) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        hint = nearest(name, zoneinfo.available_timezones()) if "/" in name else "write it as Europe/Paris"
        problems.append(f'TIMEZONE: "{name}" is not a time zone; {hint}')
        return zoneinfo.ZoneInfo("UTC")


def _networks(value: str | Iterable[str], problems: list[str]) -> tuple[Network, ...]:
    words = value.split(",") if isinstance(value, str) else list(value)
    networks = []
    for word in filter(None, map(str.strip, words)):
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError:
            problems.append(f'HUB_ALLOW_PRIVATE: "{word}" is not a network; write it as 127.0.0.0/8')
    return tuple(networks)


def _switch(name: str, value: Any, problems: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
    if str(value).lower() not in words:
        problems.append(f'{name}: "{value}" is neither true nor false')
    return words.get(str(value).lower(), False)


def _brand(values: Mapping[str, Any], content: Path, problems: list[str]) -> Brand:
    known = [each.name for each in fields(Brand)]
    unknown = sorted(set(values) - set(known))
    problems += [f'HUB_BRAND: "{name}" is not known; {nearest(name, known)}' for name in unknown]
    brand = Brand(
        **{name: str(values[name]) for name in known if name in values and name not in _BRAND_TABLES},
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


_BRAND_TABLES = ("colours", "fonts", "links")


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
            problems.append(f'HUB_BRAND: "{value}" cannot be the {name} of {table}')
    return {name: str(entries[name]) for name in known if name in entries}


def _links(value: Iterable[Any], problems: list[str]) -> tuple[tuple[str, str], ...]:
    links = []
    for link in value:
        if isinstance(link, list | tuple) and len(link) == 2:  # noqa: PLR2004 - a pair is two
            links.append((str(link[0]), _address("HUB_BRAND: links", link[1], problems)))
        else:
            problems.append('HUB_BRAND: each of links is a pair, such as ("Shop", "https://shop.example")')
    return tuple(links)


def _sources(path: Path, root: Path, problems: list[str]) -> tuple[Source, ...]:
    shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        problems.append(f"{shown} does not exist; HUB_SOURCES says where the linked accounts are")
        return ()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{shown} cannot be read: {error}")
        return ()
    except tomllib.TOMLDecodeError as error:
        problems.append(_toml_problem(shown, str(error)))
        return ()
    unknown = sorted(set(tables) - {"source"})
    problems += [f'{shown}: "{name}" is not known; each account stands under [[source]]' for name in unknown]
    rows = tables.get("source", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(f"{shown}: write [[source]] with two brackets, once for each account")
        return ()
    lines = _lines_of_sources(text)
    sources = [_source(row, shown, place, problems) for row, place in zip(rows, lines, strict=False)]
    _unique(sources, problems)
    return tuple(sources)


def _toml_problem(file: str, message: str) -> str:
    found = re.fullmatch(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", message)
    if not found:
        return f"{file}: {message}"
    where = f" line {found['line']}" if found["line"] else ""
    return f'{file}{where}: {found["what"]}; text stands in quotes, as in name = "larkwood-blog"'


def _lines_of_sources(text: str) -> list[dict[str, int]]:
    """For each ``[[source]]`` the line of its head (under "") and of each key; tomllib keeps none."""
    found: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*source\s*\]\]", line):
            found.append({"": number})
        elif found and (key := re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line)):
            found[-1].setdefault(key[1], number)
    return found


def _source(row: dict[str, Any], file: str, lines: dict[str, int], problems: list[str]) -> Source:
    source = Source(
        name=str(row.get("name", "")),
        connector=str(row.get("connector", "")),
        label=str(row.get("label") or row.get("name", "")),
        profile=str(row.get("profile", "")),
        store=str(row.get("store", "")),
        moderation="hold" if row.get("moderation") == "hold" else "publish",
        options={key: value for key, value in row.items() if key not in _COMMON_KEYS},
        file=file,
        line=lines[""],
        lines=lines,
    )
    if not _NAME.fullmatch(source.name):
        problems.append(
            f'{source.place("name")}: name "{source.name}" must be small letters, digits and hyphens, '
            'such as "larkwood-blog"; it is part of the address'
        )
    if source.profile and not _address(f"{source.place('profile')}: profile", source.profile, problems):
        pass
    if row.get("moderation", "publish") not in ("publish", "hold"):
        said = row["moderation"]
        hint = nearest(str(said), ("publish", "hold"))
        problems.append(f'{source.place("moderation")}: moderation "{said}" is not known; {hint}')
    return source


def _unique(sources: Iterable[Source], problems: list[str]) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.name, source)
        if other is not source:
            problems.append(
                f'{source.place("name")}: the name "{source.name}" is taken by the source of line {other.line}'
            )


def surroundings() -> tuple[Mapping[str, str], datetime]:
    """The environment and the moment, for whoever starts a run: tasks.py, or Pelican by hand.

    The moment is what HUB_NOW says, otherwise the clock's. Nothing else reads either.
    """
    return os.environ, moment(os.environ) or datetime.now(UTC)
