# ruff: noqa: RUF001 - months are named in their own alphabets
"""Dates as feeds write them, with the offset that they were written with.

Not feedparser's: it keeps no offset, and completes what is missing from the
clock of the day (``2004-július`` was the first of this month).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Before there was a Web there was no entry; "0001-01-01" and the epoch are how programs write that they
# know no date.
_EARLIEST, _LATEST = 1990, 2099

_ISO = re.compile(
    r"""(\d{4})(?:[-/](0?\d{1,2})(?:[-/](\d{1,2}))?)?
        (?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(.*))?""",
    re.VERBOSE | re.IGNORECASE,
)
# ISO 8601:1988 let centuries, and then hyphens, be left out: 03-12-31, 031231, -03-12, -0312, and 03335, which
# is the 335th day.
_ISO_SHORT = re.compile(r"-?(\d\d)-?(?:(\d{3})|(\d\d)(?:-?(\d\d))?)")
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?P<month>[^\W\d_]{3,})\.?,?[\s-]+(?P<year>\d{4}|\d\d)\b"
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})\b"
)
# What ctime writes, and Twitter wrote: the year comes last.
_YEAR_LAST = re.compile(
    r"(?P<month>[^\W\d_]{3,})\s+(?P<day>\d{1,2})\s+(?P<clock>\d{1,2}:\d{2}.{0,20}?)\s+(?P<year>\d{4})"
)
_MONTH_ONLY = re.compile(r"(?P<month>[^\W\d_]{3,})\.?,?\s+(?P<year>\d{4})\Z")
_NUMBERS = re.compile(r"(?:([a-z]{3})[a-z]*,?\s+)?(\d{1,2})([/. ])(\d{1,2})\3(\d{4}|\d\d)\b(?!\.)")
_WEEKDAY = re.compile(r"[^\W\d_]{2,}\.?,?\s+(?=\d{4}[-/])")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED_MONTH = re.compile(r"(?<=\d{4}-)[^\W\d_]{3,}(?=-\d)")
# Who writes a date in Korean means the time there.
_KOREAN = re.compile(
    r"(\d{4})(?:년 *|-)(\d{1,2})(?:월 *|-)(\d{1,2})(?:일|(?= *오[전후]))(?: *(오[전후]))? *(.*)"
)
_CLOCK = re.compile(
    r"\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?!:)(?:\.\d+)?\s*([ap]\.?m\b\.?)?\s*(.*)", re.DOTALL
)
_OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc)?\s*([+-])(\d{2}):?(\d{2})?z?(?![\w:])")
_PLACE = re.compile(r"[a-z]+/[a-z_]+(?:/[a-z_]+)?")
_EPOCH = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+")

# The first letters of the months, in the languages in which feeds were seen to name them: the Latin ones,
# Greek, Russian. Without accents.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan gen ene ιαν янв",
            "feb fev φεβ фев",
            "mar mae mrt μαρ мар",
            "apr avr abr απρ апр",
            "may mai mag mei μαι маи мая",
            "jun juin giu ιουν июн",
            "jul juil lug ιουλ июл",
            "aug aou ago αυγ авг",
            "sep set σεπ сен",
            "oct okt ott out οκτ окт",
            "nov νοε ноя",
            "dec dez dic δεκ дек",
        ),
        start=1,
    )
    for name in names.split()
}
# RFC 822's own, and those that feeds were seen to use. "IST" is India, where most who write it live.
_ZONES = {
    name: hours
    for hours, names in {
        -10: "hst",
        -9: "akst",
        -8: "pst pt akdt",
        -7: "mst mt pdt",
        -6: "cst ct mdt",
        -5: "est et cdt",
        -4: "edt ast at",
        -3: "adt brt art",
        1: "cet met bst west",
        2: "cest mest eet sast",
        3: "eest msk",
        5.5: "ist",
        8: "sgt hkt awst",
        9: "jst kst",
        10: "aest",
        11: "aedt",
        12: "nzst",
        13: "nzdt",
    }.items()
    for name in names.split()
}
_LONGEST = 100  # characters; the patterns look again at every letter
_NOON = 12
_DECEMBER = 12
_LEAP = 60
_THIS_CENTURY = 70


def moment(text: str) -> datetime | None:
    """Find the moment that the text names, in the offset it is written in; None when it names none.

    Understands ISO 8601 and RFC 822 with their usual mistakes, month names of a
    handful of languages, and seconds or milliseconds since 1970. A time without
    a zone is UTC. Numbers alone are a date when their order can be told: 26/06/2020,
    30.10.23, "Sat, 11 04 2020". A year in which there was no Web is no date.
    """
    text = _plain(text)
    try:
        found = _epoch(text) or _iso(text) or _words(text) or _numbers(text)
    except (ValueError, OverflowError):  # the 31st of February, an offset of 99 hours
        return None
    return found if found and _EARLIEST <= found.year <= _LATEST else None


def _plain(text: str) -> str:
    """Lower case without accents, months' names inside ISO's form, its weekday, and Korean signs."""
    numbers = _KOREAN.sub(_from_korean, unicodedata.normalize("NFC", text.strip()[:_LONGEST]))
    letters = unicodedata.normalize("NFKD", numbers.lower())
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    numbered = _NAMED_MONTH.sub(lambda name: str(_month(name[0]) or name[0]), bare)
    return _WEEKDAY.sub("", numbered, count=1)


def _from_korean(date: re.Match[str]) -> str:
    year, month, day, half, clock = date.groups()
    match = re.match(r"(\d{1,2})(:.*)", clock)
    if match and half:
        clock = f"{int(match[1]) % _NOON + (_NOON if half == '오후' else 0)}{match[2]}"
    zone = "+0900" if match and not re.search(r"[a-zA-Z+]|-\d", clock) else ""
    return f"{year}-{month}-{day} {clock}{zone}".strip()


def _epoch(text: str) -> datetime | None:
    match = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return _iso_short(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    return datetime(year, month or 1, day or 1, hour, minute, _second(second), tzinfo=_zone(match[7] or ""))


def _iso_short(text: str) -> datetime | None:
    match = _ISO_SHORT.fullmatch(text)
    if match is None or (text.isdecimal() and len(text) == len("yyyy")):
        return None  # four digits are a year
    year = _year(match[1])
    if match[2]:
        date = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(match[2]) - 1)
        return date if date.year == year else None
    return datetime(year, int(match[3]), int(match[4] or 1), tzinfo=UTC)


def _words(text: str) -> datetime | None:
    match = (
        _DAY_FIRST.search(text)
        or _MONTH_FIRST.search(text)
        or _YEAR_LAST.search(text)
        or _MONTH_ONLY.search(text)
    )
    if match is None:
        return None
    parts = match.groupdict()
    month = _month(parts["month"])
    if month is None:
        return None
    hour, minute, second, zone = _clock(parts.get("clock") or text[match.end() :])
    return datetime(
        _year(parts["year"]), month, int(parts.get("day") or 1), hour, minute, second, tzinfo=zone
    )


def _numbers(text: str) -> datetime | None:
    """Read a date of numbers alone: with dots the day is first, with others whatever order makes a date.

    None where both do, unless the weekday tells.
    """
    match = _NUMBERS.match(text)
    if match is None:
        return None
    weekday, one, sign, other, digits = match.groups()
    hour, minute, second, zone = _clock(text[match.end() :])
    orders = {(int(one), int(other))} | ({(int(other), int(one))} if sign != "." else set())
    made = [
        datetime(_year(digits), month, day, hour, minute, second, tzinfo=zone)
        for day, month in orders
        if month <= _DECEMBER
    ]
    fitting = [date for date in made if weekday is None or _WEEKDAYS[date.weekday()] == weekday]
    return fitting[0] if len(fitting) == 1 else None


def _month(name: str) -> int | None:
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])


def _clock(text: str) -> tuple[int, int, int, tzinfo]:
    text = text.lstrip(" ,-@").removeprefix("at ")
    match = _CLOCK.match(text)
    if match is None:
        if re.match(r"\d+:", text):
            raise ValueError(f"{text} is no time")
        return 0, 0, 0, _zone(text)
    hour = int(match[1])
    if match[4]:
        hour = hour % _NOON + (_NOON if match[4].startswith("p") else 0)
    return hour, int(match[2]), _second(int(match[3] or 0)), _zone(match[5])


def _second(second: int) -> int:
    """A leap second is none to Python."""
    return 59 if second == _LEAP else second


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > len("yy"):
        return year
    return year + (2000 if year < _THIS_CENTURY else 1900)


def _zone(text: str) -> tzinfo:
    """The zone that the text begins with, UTC where it names none. Raises ValueError for an offset that is none."""
    offset = _OFFSET.match(text)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span)
    if text.startswith(("+", "-")):
        raise ValueError(f"{text} is no offset")
    if place := _PLACE.match(text):
        return _of_place(place[0])
    name = _WORD.match(text)
    hours = _ZONES.get(name[0], 0) if name else 0
    return timezone(timedelta(hours=hours)) if hours else UTC


def _of_place(name: str) -> tzinfo:
    """The zone of ``america/los_angeles``, if the system knows its name."""
    try:
        return ZoneInfo("_".join(word.title() for word in name.split("_")))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
