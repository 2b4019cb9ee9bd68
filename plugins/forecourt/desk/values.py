"""What stands behind a field's name, read as what the field holds: one reader for each type of ``schema``.

Every reader says in a sentence what is wrong and what would be right; who calls adds file and line.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forecourt.config import LANGUAGE, near, nearest
from forecourt.desk import hours
from forecourt.desk.heads import unquoted
from forecourt.desk.schema import Field, Type

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"})
"""Endings of pictures that can stand on a card."""

YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")
"""What a switch can say."""

_HOUR = re.compile(r"[ T_](\d)(?=:)")
_ZONE = re.compile(r"\s+(?P<zone>[A-Za-z]+(?:/[A-Za-z0-9_+-]+)*)$")
_PRICE = re.compile(
    r"(?P<amount>\d+(?:[.,]\d{1,2})?)\s*(?P<currency>[A-Z]{3}|[€£$])?|(?P<sign>[€£$])\s*(?P<after>\d+(?:[.,]\d{1,2})?)"
)
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_BEHIND_PAGE = re.compile(r"(?<=/posts/.{13}/)(?:index\.html)?(?:[?#]\S*)?$")
"""What a browser may put behind the address of a post's page on the hub: a heading that it stands at."""

_SLUG = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_MOST_PERCENT = 100
_FIRST_YEAR, _LAST_YEAR = 1000, 8999  # what can be told in any zone, with days before and behind
_LONGEST_SLUG = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What is written elsewhere: where pictures are, the hub's zone, and what there is of what fields name."""

    content: Path
    timezone: zoneinfo.ZoneInfo
    sources: Collection[str] = ()
    stores: Collection[str] = ()
    campaigns: Collection[str] = ()
    templates: Collection[str] | None = None
    """Those that show what editors write, None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and whether it was written as a whole day."""

    at: datetime
    is_day: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money; ``currency`` as in ISO 4217, "" where none was named."""

    amount: Decimal
    currency: str = ""


class Elsewhere(ValueError):
    """What a field names is not there: it may have gone, and the rest of the file is as right as ever."""

    def __init__(self, said: str, value: object) -> None:
        super().__init__(said)
        self.value = value


def read(of: Field, text: str, known: Known) -> Any:
    """The value of a field, as its type has it. Raises ValueError with a sentence."""
    return _READERS[of.type](of, text, known)


def words(text: str) -> tuple[str, ...]:
    """Words with commas between, or one a line."""
    parts = (unquoted(part) for part in re.split(r"[,\n]", text.strip().strip("[]")))
    return tuple(dict.fromkeys(filter(None, parts)))


def _text(_: Field, text: str, __: Known) -> str:
    return " ".join(text.split())


def _line(of: Field, text: str, _: Known) -> str:
    said = text.strip()
    if "\n" in said:
        raise ValueError(f"the {of.name} goes on over several lines; write it on one")
    return " ".join(said.split())


def _lines(_: Field, text: str, __: Known) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n"))


def _words(_: Field, text: str, __: Known) -> tuple[str, ...]:
    return words(text)


def _date(of: Field, text: str) -> datetime:
    """An ISO 8601 date, with or without a time: 11/12/2026 is another day in every country."""
    try:
        found = datetime.fromisoformat(_HOUR.sub(r" 0\1", unquoted(text)))
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        what = f'the {of.name} "{text}" is none that can be read'
        raise ValueError(f"{what}; write year, month and day, as in {of.example}")
    return found


def _moment(of: Field, text: str, known: Known) -> datetime:
    if unquoted(text) != text.strip():  # Pelican, which reads it too, would not take them away
        raise ValueError(f"the {of.name} {text} stands in quotes; write it as {of.example}")
    found = _date(of, text)
    return found if found.tzinfo else found.replace(tzinfo=known.timezone)


def _zoned(of: Field, text: str, known: Known) -> Moment:
    zone, bare = known.timezone, unquoted(text)
    if named := _ZONE.search(bare):
        try:
            zone = zoneinfo.ZoneInfo("UTC" if named["zone"] == "Z" else named["zone"])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of them
            hint = near(named["zone"], zoneinfo.available_timezones())
            right = f'did you mean "{hint}"?' if hint else "write it as Europe/Paris, and hours from 0 to 23"
            raise ValueError(f'the {of.name} names a zone "{named["zone"]}" that is none; {right}') from None
        bare = bare[: named.start()]
    found = _date(of, bare)
    is_day = found.time() == time() and not re.search(r"\d:\d", bare)
    return Moment(found if found.tzinfo else found.replace(tzinfo=zone), is_day)


def _day(of: Field, text: str, _: Known) -> date:
    return _date(of, text).date()


def _switch(of: Field, text: str, _: Known) -> bool:
    said = unquoted(text).lower()
    if said not in (*YES, *NO):
        raise ValueError(f'{of.name} is yes or no, not "{text}"')
    return said in YES


def _choice(of: Field, text: str, _: Known) -> str:
    said = unquoted(text).lower()
    if said in of.choices:
        return said
    hint = near(said, of.choices)
    meant = f'did you mean "{hint}"?' if hint else f"it is one of {', '.join(of.choices)}"
    raise ValueError(f'the {of.name} "{text}" is not known; {meant}')


def _number(of: Field, text: str, _: Known) -> Decimal:
    said = unquoted(text).removesuffix("%").strip().replace(",", ".")
    try:
        found = Decimal(said)
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and 0 < found <= _MOST_PERCENT):
        raise ValueError(f'{of.name} is a number up to {_MOST_PERCENT}, such as {of.example}, not "{text}"')
    return found


def _price(of: Field, text: str, _: Known) -> Amount:
    found = _PRICE.fullmatch(unquoted(text))
    if not found:
        raise ValueError(f'the {of.name} "{text}" is none that can be read; write it as {of.example}')
    sign = found["currency"] or found["sign"] or ""
    return Amount(Decimal((found["amount"] or found["after"]).replace(",", ".")), _SIGNS.get(sign, sign))


def _language(_: Field, text: str, __: Known) -> str:
    if not LANGUAGE.fullmatch(unquoted(text)):
        raise ValueError(f'the language "{text}" is none; write it as en, fr or pt-BR')
    return unquoted(text)


def _web(of: Field, text: str, _: Known) -> str:
    said = unquoted(text)
    try:
        parts = urlsplit(said)
        is_there = bool(parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", said))
    except ValueError:
        is_there = False
    if not is_there:
        raise ValueError(f'the {of.name} "{text}" is no web address; write it whole, such as {of.example}')
    return said


def _email(of: Field, text: str, _: Known) -> str:
    if not _EMAIL.fullmatch(unquoted(text)):
        raise ValueError(f'the {of.name} "{text}" is no e-mail address; write it as {of.example}')
    return unquoted(text)


def _slug(_: Field, text: str, __: Known) -> str:
    said = unquoted(text)
    if not _SLUG.fullmatch(said):
        raise ValueError(
            f'the slug "{text}" is no part of an address; write letters, digits and hyphens: winter-hours'
        )
    if len(said) > _LONGEST_SLUG:
        raise ValueError(f"the slug has {len(said)} letters, and {_LONGEST_SLUG} fit")
    return said


def _picture(_: Field, text: str, known: Known) -> str:
    path = unquoted(text).replace("{static}", "").lstrip("/")
    folder = known.content
    try:
        is_there = (folder / path).is_file() and (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no file can have
        is_there = False
    if not is_there:
        raise ValueError(f'the picture "{path}" is not a file in {folder.name}/')
    if Path(path).suffix.lower() not in PICTURES:
        raise ValueError(f'the picture "{path}" cannot be shown; save it as JPEG or PNG')
    return path


def _one_of(kind: str, of: Field, said: str, there: Collection[str]) -> str:
    if said not in there:
        raise Elsewhere(_not_there(kind, of, said, there), said)
    return said


def _not_there(kind: str, of: Field, said: str, there: Collection[str]) -> str:
    return f'{of.name}: no {kind} is called "{said}"; {nearest(said, there)}'


def _sources(of: Field, text: str, known: Known) -> tuple[str, ...]:
    named = words(text)
    wrong = [
        _not_there("account of sources.toml", of, name, known.sources)
        for name in named
        if name not in known.sources
    ]
    if wrong:
        raise Elsewhere("; ".join(wrong), tuple(name for name in named if name in known.sources))
    return named


def _store(of: Field, text: str, known: Known) -> str:
    return _one_of("store", of, unquoted(text), known.stores)


def _campaign(of: Field, text: str, known: Known) -> str:
    return _one_of("campaign", of, unquoted(text), known.campaigns)


def _post(of: Field, text: str, known: Known) -> str:
    said = _BEHIND_PAGE.sub("", unquoted(text))
    return said if re.fullmatch(r"/?posts/[a-z0-9]{13}/?", said) else _web(of, said, known)


def _posts(of: Field, text: str, known: Known) -> tuple[str, ...]:
    return tuple(_post(of, each, known) for each in words(text))


def _said(problem: Callable[[str], Any]) -> Callable[[Field, str, Known], Any]:
    """A reader of what needs nothing but its text."""
    return lambda _, text, __: problem(unquoted(text))


_READERS: Mapping[Type, Callable[[Field, str, Known], Any]] = {
    "line": _line,
    "text": _text,
    "lines": _lines,
    "words": _words,
    "moment": _moment,
    "zoned": _zoned,
    "day": _day,
    "switch": _switch,
    "choice": _choice,
    "number": _number,
    "price": _price,
    "language": _language,
    "web": _web,
    "email": _email,
    "slug": _slug,
    "picture": _picture,
    "sources": _sources,
    "store": _store,
    "campaign": _campaign,
    "post": _post,
    "posts": _posts,
    "hours": _said(hours.hours),
    "position": _said(hours.position),
}


def ends(moment: Moment) -> datetime:
    """The end that was written: a day alone lasts until the next begins."""
    if not moment.is_day:
        return moment.at
    return datetime.combine(moment.at.date() + timedelta(days=1), time(), moment.at.tzinfo)


def offset(moment: datetime) -> datetime:
    """A moment that compares as what time it is, like ``in_utc``, and still tells the day that was written."""
    return moment.astimezone(timezone(moment.utcoffset() or timedelta(0)))


def in_utc(moment: datetime) -> datetime:
    """A moment that compares with others by what time it is, across the shift of summer time."""
    return moment.astimezone(UTC)
