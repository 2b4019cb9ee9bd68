"""The linked accounts as the operator wrote them: sources.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from forecourt.config.words import nearest, web_address

Moderation = Literal["publish", "hold"]

COMMON_KEYS = (
    "name", "connector", "label", "profile", "store", "owner", "moderation", "enabled", "trust", "distrust",
)  # fmt: skip
"""What every source may say; all else are options of its connector."""

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What can be part of an address: the name of a source, of a network."""

_DAYS = ("trust", "distrust")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Source:
    """One ``[[source]]`` of sources.toml, before its connector has read its options.

    ``enabled`` None leaves it to the platform's terms. ``owner`` is who in the company looks after it.
    ``trust`` is the day up to whose end what was odd of it is fine, ``distrust`` that up to which it was not.
    ``place`` says where it stands ("content/sources.toml line 12") and
    ``lines`` the line of each of its keys.
    """

    name: str
    connector: str
    label: str
    profile: str
    store: str
    owner: str
    moderation: Moderation
    enabled: bool | None
    trust: date | None
    distrust: date | None
    options: Mapping[str, Any]  # Any: TOML values, checked by the connector's own fields
    file: str
    line: int
    lines: Mapping[str, int]

    def place(self, key: str = "") -> str:
        """Where the source, or one key of it, stands."""
        return f"{self.file} line {self.lines.get(key, self.line)}"


def read_sources(path: Path, root: Path, problems: list[str]) -> tuple[Source, ...]:
    """The sources of the file, named as seen from ``root``. What is wrong goes to ``problems``."""
    shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        problems.append(f"{shown} does not exist; HUB_SOURCES says where the linked accounts are")
        return ()
    except UnicodeDecodeError:
        problems.append(f"{shown} is not UTF-8 text; save it again as UTF-8")
        return ()
    except OSError as error:
        problems.append(f"{shown} cannot be read: {error.strerror}")
        return ()
    except tomllib.TOMLDecodeError as error:
        problems.append(_toml_problem(shown, str(error), text))
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


def _toml_problem(file: str, message: str, text: str) -> str:
    if "Cannot declare ('source',)" in message or "Cannot mutate immutable namespace ('source',)" in message:
        return f"{file}: write [[source]] with two brackets, once for each account"
    found = re.fullmatch(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", message)
    if not found:
        return f"{file}: {message}"
    where = f" line {found['line']}" if found["line"] else ""
    if found["line"] and set("\u201c\u201d\u2018\u2019\u201e") & set(
        text.splitlines()[int(found["line"]) - 1]
    ):
        return f'{file}{where}: the quotes are curly; use straight ones, as in name = "larkwood-blog"'
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
        owner=str(row.get("owner", "")),
        moderation="hold" if row.get("moderation") == "hold" else "publish",
        enabled=row["enabled"] if isinstance(row.get("enabled"), bool) else None,
        trust=_day(row.get("trust")),
        distrust=_day(row.get("distrust")),
        options={key: value for key, value in row.items() if key not in COMMON_KEYS},
        file=file,
        line=lines[""],
        lines=lines,
    )
    problems += [
        f'{source.place(key)}: {key} must be text in quotes, such as "lyon"'
        for key in COMMON_KEYS
        if key not in {"enabled", *_DAYS} and not isinstance(row.get(key, ""), str)
    ]
    if not isinstance(row.get("enabled", True), bool):
        problems.append(f"{source.place('enabled')}: enabled must be true or false, without quotes")
    problems += [
        f"{source.place(key)}: {key} must be a day, such as {key} = 2026-11-22"
        for key in _DAYS
        if key in row and _day(row[key]) is None
    ]
    if not NAME.fullmatch(source.name):
        problems.append(
            f'{source.place("name")}: name "{source.name}" must be small letters, digits and hyphens, '
            'such as "larkwood-blog"; it is part of the address'
        )
    if source.profile and not web_address(f"{source.place('profile')}: profile", source.profile, problems):
        pass
    if _CONTROLS.search(source.label + source.store + source.owner):
        problems.append(f"{source.place('label')}: label, store and owner must be plain text on one line")
    if row.get("moderation", "publish") not in ("publish", "hold"):
        said = row["moderation"]
        hint = nearest(str(said), ("publish", "hold"))
        problems.append(f'{source.place("moderation")}: moderation "{said}" is not known; {hint}')
    return source


def _day(said: object) -> date | None:
    """A day of TOML, or one in quotes; None where it is neither."""
    if isinstance(said, str):
        try:
            return date.fromisoformat(said)
        except ValueError:
            return None
    return said if isinstance(said, date) and not isinstance(said, datetime) else None


def _unique(sources: Iterable[Source], problems: list[str]) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.name, source)
        if other is not source:
            problems.append(
                f'{source.place("name")}: the name "{source.name}" is taken by the source of line {other.line}'
            )
