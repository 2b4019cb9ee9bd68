"""The editor in the browser below ``/admin/``: its configuration and its page, made from the schema of the heads.

The editor is Sveltia CMS. It reads and writes files of the repository, by way of the host of the repository or, for
trying it out, in a folder that the browser is let into. It needs no server of ours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Any

from forecourt.config.admin import Host
from forecourt.desk.schema import KINDS, Field, Kind

VERSION = "0.221.1"
"""The version of Sveltia CMS that the configuration is for."""

Settings = dict[str, Any]  # Any: what JSON can hold


@dataclass(frozen=True, slots=True)
class Setup:
    """What the editor is to know of the hub.

    ``title`` is the name of the hub, ``site_url`` its address, ``lang`` its language, ``timezone`` the zone of its
    dates, ``sources`` the names of the linked accounts. ``host`` is where the files are.
    """

    host: Host
    title: str
    site_url: str = ""
    lang: str = "en"
    timezone: str = "UTC"
    sources: tuple[str, ...] = ()


_GITHUB = "https://github.com"
_API = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}
_PEOPLE = {_GITHUB: "https://avatars.githubusercontent.com"}
"""Where a host keeps the picture of who signed in, if not at its own address alone."""

_RULES = "content/rules.toml"

# What may stand in a field, as JavaScript reads it, and what is said otherwise. The build looks more closely.
_DATE = r"\d{4}-\d{2}-\d{2}"
_ZONE = r"[+-]\d{2}:?\d{2}|[A-Za-z]+(?:/[A-Za-z0-9_+-]+)*"
_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "zoned": rf"^{_DATE}(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?: ?(?:{_ZONE}))?)?$",
        "number": r"^\d{1,3}(?:[.,]\d+)?(?: ?%)?$",
        "language": r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$",
        "web": r"^https?://\S+$",
        "email": r"^[^\s@]+@[^\s@]+$",
        "slug": r"^[^\s/._]+$",
    }
)
_WIDGETS: Mapping[str, Settings] = MappingProxyType(
    {
        "text": {"widget": "text"},
        "lines": {"widget": "text"},
        "posts": {"widget": "text"},
        "moment": {"widget": "datetime", "format": "YYYY-MM-DD HH:mm"},
        "day": {"widget": "datetime", "type": "date", "format": "YYYY-MM-DD"},
        "picture": {"widget": "image"},
    }
)
_WORDS = ("words", "sources")
_CHOSEN = ("switch", "choice", "picture", "moment", "day", "store", "campaign")
_LEFT = frozenset({"category", "keywords", "description", "template", "save_as", "url"})
"""Fields that are Pelican's own and left to the file; what stands there stays."""

_DATES = ("start", "date")
"""Fields by which a list of files is sorted."""

_FOLDERS = {"store": "stores", "campaign": "campaigns"}
"""The folder of the files that a field names."""


def policy(host: Host) -> str:
    """What a browser may do with the editor's page: run the hub's own files, and ask the host of the repository.

    Its styles are in line. Everything else that the program would ask (for its news, for a map, for whether the host
    is well) stays unasked.
    """
    directives = (
        "default-src 'none'",
        f"connect-src 'self' blob: data: {_asked(host)}",
        f"img-src 'self' blob: data: {_PEOPLE.get(host.address, host.address)}",
        "media-src 'self' blob:",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "manifest-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(directive.strip() for directive in directives)


def page(setup: Setup) -> str:
    """The page of the editor, which loads ``desk.js``; no search engine is to list it.

    It has no ``</head>``, before which livereload would put its script: what somebody types must survive a build.
    """
    return (
        f'<!doctype html>\n<html lang="{escape(setup.lang)}">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(setup.host))}">\n'
        '<meta name="robots" content="noindex, nofollow">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(setup.title)}</title>\n"
        '<link rel="stylesheet" href="desk.css">\n<script type="module" src="desk.js"></script>\n'
        f'<body class="{escape(setup.host.backend)}">\n'
        "<noscript><p>The editor needs JavaScript.</p></noscript>\n</html>\n"
    )


def configuration(setup: Setup, kinds: Sequence[Kind] = KINDS) -> str:
    """What ``desk.js`` starts the editor with, as JSON: a collection for each kind, and one for the rules.

    ``words`` are the fields that hold words with commas between, which the editor takes for lines.
    """
    folders = {kind.folder for kind in kinds}
    settings: Settings = {
        "load_config_file": False,
        "backend": _backend(setup.host),
        "site_url": setup.site_url or None,
        "app_title": setup.title,
        "media_folder": "content/images",
        "public_folder": "/images",
        "output": {"omit_empty_optional_fields": True},
        "slug": {"encoding": "ascii", "clean_accents": True, "maxlength": 80},
        "editor": {"preview": False},
        "collections": [*(_collection(kind, setup, folders) for kind in kinds), _rules()],
    }
    settings = {name: value for name, value in settings.items() if value is not None}
    words = sorted({field.name for kind in kinds for field in kind.fields if field.type in _WORDS})
    return (
        json.dumps({"config": settings, "words": words}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def _asked(host: Host) -> str:
    """The origin of what programs ask of the host, "" where there is none."""
    return "https://api.github.com" if host.address == _GITHUB else host.address


def _backend(host: Host) -> Settings:
    """How the editor reaches the files; with a token alone, so that no server has to sell one for a password."""
    said: Settings = {"repo": host.repository, "branch": host.branch, "auth_methods": ["token"]}
    if host.backend == "local":  # the editor wants to be told of one; the page shows no way to it
        return {**said, "name": "gitea", "repo": "local/hub"}
    if host.address != _GITHUB:
        said |= {"base_url": host.address, "api_root": host.address + _API[host.backend]}
    return {**said, "name": host.backend}


def _collection(kind: Kind, setup: Setup, folders: Collection[str]) -> Settings:
    first = kind.fields[0].name
    dates = [field.name for field in kind.fields if field.name in _DATES][:1]
    body: Settings = {
        "name": "body",
        "label": "Text",
        "widget": "markdown",
        "required": False,
        "modes": ["raw", "rich_text"],  # the first shows what stands in the file, and leaves it so
    }
    return {
        "name": kind.folder,
        "label": kind.label,
        "label_singular": kind.one.capitalize(),
        "description": f"Each {kind.help}.",
        "folder": f"content/{kind.folder}",
        "create": True,
        "extension": "md",
        "format": f"{kind.folder}-frontmatter",
        "identifier_field": first,
        "slug": f"{{{{{first}}}}}",
        "summary": " · ".join(f"{{{{{name}}}}}" for name in (first, *dates)),
        "sortable_fields": {
            "fields": [first, *dates],
            "default": {"field": (dates or [first])[0], "direction": "descending" if dates else "ascending"},
        },
        "fields": [
            *(_field(field, setup, folders) for field in kind.fields if field.name not in _LEFT),
            *([body] if kind.has_text else []),
        ],
    }


def _field(field: Field, setup: Setup, folders: Collection[str]) -> Settings:
    said: Settings = {
        "name": field.name,
        "label": field.name.replace("_", " ").capitalize(),
        "hint": _hint(field),
        "required": field.required,
        **_widget(field, setup, folders),
    }
    if field.type == "moment":
        said["input_timezone"] = setup.timezone
    if pattern := _PATTERNS.get(field.type):
        said["pattern"] = [pattern, f"write it as {field.example}"]
    return said


def _hint(field: Field) -> str:
    """What the field is, and an example where one types."""
    help_ = field.help
    if field.type == "switch":
        first, _, rest = help_.partition(" ")
        help_ = {"yes": rest, "true": rest, "no": f"off {rest}"}.get(first, help_)
    typed = field.type not in _CHOSEN
    return f"{help_[0].upper()}{help_[1:]}{f', such as: {field.example}' if typed else ''}"


def _widget(field: Field, setup: Setup, folders: Collection[str]) -> Settings:
    if field.type == "switch":
        return {
            "widget": "boolean",
            "default": field.example == "no",
        }  # the example is what one writes to differ
    if field.type == "choice":
        return {"widget": "select", "options": list(field.choices)}
    if field.type in {"source", "sources"} and setup.sources:
        return {"widget": "select", "options": sorted(setup.sources), "multiple": field.type == "sources"}
    folder = _FOLDERS.get(field.type)
    if folder in folders:
        return {
            "widget": "relation",
            "collection": folder,
            "value_field": "{{slug}}",
            "display_fields": ["title"],
            "search_fields": ["title"],
        }
    return dict(_WIDGETS.get(field.type, {"widget": "string"}))


def _rules() -> Settings:
    text = {"name": "body", "label": "Rules", "widget": "text", "required": False}
    return {
        "name": "rules",
        "label": "Rules",
        "description": "What is published, held and rejected.",
        "files": [{"name": "rules", "label": "Rules", "file": _RULES, "format": "raw", "fields": [text]}],
    }
