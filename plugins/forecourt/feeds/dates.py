# ruff: noqa: RUF001 - months are named in their own alphabets
"""Dates as feeds write them, with the offset that they were written with.

Not feedparser's: it keeps no offset, and completes what is missing from the
clock of the day (``2004-július`` was the first of this month).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

# Before there was a Web there was no entry; "0001-01-01" and the epoch are how programs write that they
# know no date.
_EARLIEST, _LATEST = 1990, 2099

_ISO = re.compile(
    r"""(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?
        (?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(.*))?""",
    re.VERBOSE | re.IGNORECASE,
)
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
_WEEKDAY = re.compile(r"[^\W\d_]{2,}\.?,?\s+(?=\d{4}[-/])")
_KOREAN = re.compile(r"(\d{4})년 *(\d{1,2})월 *(\d{1,2})일")
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap]\.?m\b\.?)?\s*(.*)")
_OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc)?\s*([+-])(\d{2}):?(\d{2})?")
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
_TWO_DIGITS, _THIS_CENTURY = 100, 70


def moment(text: str) -> datetime | None:
    """Find the moment that the text names, in the offset it is written in; None when it names none.

    Understands ISO 8601 and RFC 822 with their usual mistakes, month names of a
    handful of languages, and seconds or milliseconds since 1970. A time without
    a zone is UTC. A year in which there was no Web is no date.
    """
    text = _plain(text)
    try:
        found = _epoch(text) or _iso(text) or _words(text)
    except (ValueError, OverflowError):  # the 31st of February, an offset of 99 hours
        return None
    return found if found and _EARLIEST <= found.year <= _LATEST else None


def _plain(text: str) -> str:
    """Lower case without accents, weekday and Korean signs."""
    numbers = _KOREAN.sub(r"\1-\2-\3", unicodedata.normalize("NFC", text.strip()[:_LONGEST]))
    letters = unicodedata.normalize("NFKD", numbers.lower())
    return _WEEKDAY.sub("", "".join(one for one in letters if not unicodedata.combining(one)), count=1)


def _epoch(text: str) -> datetime | None:
    match = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    return datetime(year, month or 1, day or 1, hour, minute, min(second, 59), tzinfo=_zone(match[7] or ""))


def _words(text: str) -> datetime | None:
    match = _DAY_FIRST.search(text) or _MONTH_FIRST.search(text) or _YEAR_LAST.search(text)
    if match is None:
        return None
    month = _MONTHS.get(match["month"][:4]) or _MONTHS.get(match["month"][:3])
    if month is None:
        return None
    clock = match.groupdict().get("clock") or text[match.end() :].lstrip(" ,-@").removeprefix("at ")
    hour, minute, second, zone = _clock(clock)
    return datetime(_year(match["year"]), month, int(match["day"]), hour, minute, second, tzinfo=zone)


def _clock(text: str) -> tuple[int, int, int, timezone]:
    match = _CLOCK.match(text)
    if match is None:
        return 0, 0, 0, _zone(text)
    hour = int(match[1])
    if match[4]:
        hour = hour % _NOON + (_NOON if match[4].startswith("p") else 0)
    return hour, int(match[2]), min(int(match[3] or 0), 59), _zone(match[5])


def _year(digits: str) -> int:
    year = int(digits)
    if year >= _TWO_DIGITS:
        return year
    return year + (2000 if year < _THIS_CENTURY else 1900)


def _zone(text: str) -> timezone:
    offset = _OFFSET.match(text)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span)
    name = _WORD.match(text)
    hours = _ZONES.get(name[0], 0) if name else 0
    return timezone(timedelta(hours=hours)) if hours else UTC
