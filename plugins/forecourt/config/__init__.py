"""What the operator set: HUB_* settings, the linked accounts, the environment.

The settings live in pelicanconf.py beside Pelican's own; the environment
overrides each by the same name. Everything that is wrong is found in one look
and said a line each, with the nearest right spelling.
"""

from __future__ import annotations

import ipaddress
import json
import os
import runpy
import sys
import traceback
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from forecourt.config.admin import Host, read_host
from forecourt.config.brand import Brand, read_brand
from forecourt.config.sources import COMMON_KEYS, NAME, Source, read_sources
from forecourt.config.theme import Theme, read_theme
from forecourt.config.words import LANGUAGE, near, nearest, web_address
from forecourt.errors import SettingsError

__all__ = [
    "COMMON_KEYS",
    "LANGUAGE",
    "NAME",
    "SETTINGS",
    "VERSION",
    "Brand",
    "Config",
    "Source",
    "Theme",
    "near",
    "nearest",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

VERSION = "0.1.0"

SETTINGS = {
    "HUB_ALERTS": "who is told what needs a person: webhook, mail",
    "HUB_ADMIN": "the editor in the browser below /admin/: local, or the address of the repository",
    "HUB_ADDRESS": "public address of the hub, such as https://hub.example; sources see it as who asks",
    "HUB_ALLOW_PRIVATE": "networks on which sources may live though they are private",
    "HUB_CORES": "processes that make pages when there are many, 0 for as many as there are cores",
    "HUB_BRAND": "name, tagline, logo, colours, fonts",
    "HUB_LANGUAGES": "languages of the hub's pages; the first is DEFAULT_LANG",
    "HUB_DEPLOY": "where the site is published to: target, and its options",
    "HUB_GUARD": "how much a site may shrink, and how heavy a page may be, before it is not published",
    "HUB_INDEX_POSTS": "let search engines list the pages of single posts",
    "HUB_KEEP": "where the state is kept that must outlive the machine: place, and its options",
    "HUB_LOG": "lines of a run: plain, or json for machines",
    "HUB_NOW": "build the site as it stands at this moment, such as 2026-12-01T09:00+01:00",
    "HUB_SOURCES": "path of the linked accounts",
    "HUB_STATE": "folder of the store and the pictures",
}
"""Every setting and what it means; docs/settings.md explains each."""

_TABLES = {
    "HUB_ALERTS": '{"mail": "team@larkwood.example"}',
    "HUB_BRAND": '{"name": "Larkwood"}',
    "HUB_DEPLOY": '{"target": "directory", "path": "/srv/hub"}',
    "HUB_GUARD": '{"fewer": 0.3}',
    "HUB_KEEP": '{"place": "folder", "path": "/srv/hub-state"}',
}


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
    theme: Theme
    address: str
    site_url: str
    timezone: zoneinfo.ZoneInfo
    languages: tuple[str, ...]
    allow_private: tuple[Network, ...]
    index_posts: bool
    cores: int
    problems: tuple[str, ...]
    deploy: Mapping[str, Any] = field(default_factory=dict)  # Any: each target has options of its own
    keep: Mapping[str, Any] = field(default_factory=dict)
    guard: Mapping[str, Any] = field(default_factory=dict)
    alerts: Mapping[str, Any] = field(default_factory=dict)
    log: Literal["plain", "json"] = "plain"
    admin: Host | None = None
    """Where the editor in the browser finds the files, None where the site has none."""

    @property
    def language(self) -> str:
        """The hub's first language, whose pages stand at the root."""
        return self.languages[0]

    @property
    def store(self) -> Path:
        """The SQLite file of the store."""
        return self.state / "store.sqlite"

    @property
    def pictures(self) -> Path:
        """The folder of the pictures we keep."""
        return self.state / "pictures"


def read_settings(path: Path) -> dict[str, Any]:  # Any: Pelican's settings are any Python
    """The upper-case names of a Pelican settings file, without importing Pelican (0.4 s).

    Raises SettingsError when it is no Python that runs.
    """
    sys.path.insert(0, str(path.parent))  # publishconf.py imports pelicanconf.py
    try:
        names = runpy.run_path(str(path))
    except SyntaxError as error:
        hint = "; a comma or a quote is missing, or quotes are curly" if error.filename == str(path) else ""
        raise SettingsError([f"{path.name} line {error.lineno}: {error.msg}{hint}"]) from error
    except Exception as error:  # whatever the operator's own Python raises
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        raise SettingsError([f"{path.name} line {line}: {type(error).__name__}: {error}"]) from error
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
    languages = _languages(str(settings.get("DEFAULT_LANG") or "en"), values.get("HUB_LANGUAGES"), problems)
    read = Config(
        root=root,
        content=content,
        state=root / str(values.get("HUB_STATE") or ".hub"),
        sources=read_sources(sources_file, root, problems),
        brand=read_brand(values.get("HUB_BRAND") or {}, content, problems),
        theme=read_theme(root / str(settings.get("THEME") or "theme"), problems),
        address=web_address("HUB_ADDRESS", values.get("HUB_ADDRESS"), problems),
        site_url=web_address("SITEURL", _site_url(settings, values), problems),
        timezone=_timezone(settings.get("TIMEZONE") or "UTC", problems),
        languages=languages,
        allow_private=_networks(values.get("HUB_ALLOW_PRIVATE") or (), problems),
        index_posts=_switch("HUB_INDEX_POSTS", values.get("HUB_INDEX_POSTS", False), problems),
        cores=_cores(values.get("HUB_CORES", 0), problems),
        admin=read_host(values.get("HUB_ADMIN"), problems),
        deploy=_table("HUB_DEPLOY", values, problems),
        keep=_table("HUB_KEEP", values, problems),
        guard=_table("HUB_GUARD", values, problems),
        alerts=_table("HUB_ALERTS", values, problems),
        log=_log(values.get("HUB_LOG") or "plain", problems),
        problems=(),
    )
    return replace(read, problems=tuple(problems))


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
            elif name in _TABLES and isinstance(value, str):
                values[name] = {**values.get(name, {}), **_json_object(name, value, problems)}
            else:
                values[name] = value
    return values


def _json_object(name: str, text: str, problems: list[str]) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    problems.append(f"{name} in the environment must be a JSON object, such as {_TABLES[name]}")
    return {}


def _table(name: str, values: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    value = values.get(name) or {}
    if isinstance(value, Mapping):
        return value
    problems.append(f"{name} must be names and values, such as {_TABLES[name]}")
    return {}


def _log(value: Any, problems: list[str]) -> Literal["plain", "json"]:
    if value not in ("plain", "json"):
        problems.append(f'HUB_LOG: "{value}" is no form of log; {nearest(str(value), ("plain", "json"))}')
    return "json" if value == "json" else "plain"


def _site_url(settings: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """SITEURL; where it is the public address, as in publishconf.py, also what the environment says of that."""
    site_url = settings.get("SITEURL")
    return values["HUB_ADDRESS"] if site_url and site_url == settings.get("HUB_ADDRESS") else site_url


def _timezone(name: str, problems: list[str]) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        hint = nearest(name, zoneinfo.available_timezones()) if "/" in name else "write it as Europe/Paris"
        problems.append(f'TIMEZONE: "{name}" is not a time zone; {hint}')
        return zoneinfo.ZoneInfo("UTC")


def _languages(first: str, value: str | Iterable[str] | None, problems: list[str]) -> tuple[str, ...]:
    """The languages of the hub, DEFAULT_LANG first."""
    words = value.split(",") if isinstance(value, str) else list(value or ())
    others = [word for word in map(str.strip, map(str, words)) if word and word != first]
    for name, tag in (("DEFAULT_LANG", first), *(("HUB_LANGUAGES", tag) for tag in others)):
        if not LANGUAGE.fullmatch(tag):
            problems.append(f'{name}: "{tag}" is not a language; write it as en, fr or pt-BR')
    return tuple(dict.fromkeys([first, *others]))


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


def _cores(value: Any, problems: list[str]) -> int:
    if value == "":
        return 0  # as a schedule sets what it leaves out
    if isinstance(value, bool) or not str(value).isdecimal():
        problems.append(
            f'HUB_CORES: "{value}" is not a number of processes; 0 takes as many as there are cores'
        )
        return 0
    return int(value)


def surroundings() -> tuple[Mapping[str, str], datetime]:
    """The environment and the moment, for whoever starts a run: a task, or Pelican by hand.

    The moment is what HUB_NOW says, otherwise the clock's. Nothing else reads either.
    """
    return os.environ, moment(os.environ) or datetime.now(UTC)
