"""The days that a text states: dates with and without a year, from one day to another, days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from forecourt.curate.facts.words import ENGLISH, STREET, STREET_ARABIC, Words, any_of, language

BEHIND = timedelta(days=92)
"""How far a day without a year may lie before the moment it was said at; else it is the next year's."""

FAR = timedelta(days=3 * 366)
"""A day further away from that moment is history, or a slip of the pen."""

_GAP = " | "
_MONTHS = 12
_CENTURY = 2000
_LEAP = 8  # years until a 29 February comes back at the latest

_D = r"(?:0?[1-9]|[12]\d|3[01])"
_NTH = r"(?:st|nd|rd|th| ?er|[oa](?= )|\.)?"
_ALONE = r"(?<!\w)(?<!\d[.,:/])"
_ISO = r"(?P<iso>(?<![\w-])(?P<iso_y>20\d\d)-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)(?!\d))"
_STREETS = re.compile(
    rf"(?<!\w)(?:{any_of(STREET)} (?:du|des|de|del|de la)|{any_of(STREET_ARABIC)}) $", re.IGNORECASE
)
_NAMED = re.compile(  # days that are called so, whichever day they are about
    r"(?<!\w)(?:black|cyber|good|giving|super|blue|holy|ash|casual|small business|white) $", re.IGNORECASE
)
_NAMED_AFTER = re.compile(r" (?:saint|fou|santo|roast|best|البيضاء|السوداء|العظيمة)(?!\w)", re.IGNORECASE)


@dataclass(slots=True)
class Days:
    """What a text states of days, and the text without it.

    ``spans`` are from one day to another, both counted, and their ends are among the ``days``. ``slips`` are days
    that stand beside a day of the week which they are not.
    """

    rest: str
    days: set[date] = field(default_factory=set)
    spans: set[tuple[date, date]] = field(default_factory=set)
    weekdays: set[int] = field(default_factory=set)
    slips: set[tuple[int, date]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Place:
    """Days that stand together at one place of a text; ``is_span``: from the first to the last."""

    start: int
    end: int
    days: tuple[date, ...]
    is_span: bool


def days_in(text: str, lang: str, said: datetime) -> Days:
    """The days that a folded text states, which was said then."""
    words = language(lang)
    found = Days("")
    kept, end = [], 0
    last: _Place | None = None
    for place in _places(text, lang, words, said):
        if abs(place.days[0] - said.date()) > FAR:
            kept += [text[end : place.start], _GAP]
            end = place.end
            continue
        found.days |= {*place.days}
        if place.is_span:
            found.spans.add((place.days[0], max(place.days)))
        if last and words and _until(words).fullmatch(text[last.end : place.start][:40]):
            found.spans.add(_ordered(last.days[-1], place.days[-1]))
        if words:
            found.slips |= _slips(text[max(place.start - 16, 0) : place.start], words, place)
        kept += [text[end : place.start], _GAP]
        end, last = place.end, place
    found.rest = "".join((*kept, text[end:]))
    if words:
        found.weekdays = {*_weekdays(text, words)}
    return found


def _ordered(first: date, last: date) -> tuple[date, date]:
    """A span whose end had a year and its beginning none."""
    while first > last:
        first = _of_year(first, first.year - 1) or first - timedelta(days=365)
    return first, last


@cache
def _until(words: Words) -> re.Pattern[str]:
    weekdays = any_of("|".join((*words.weekdays, *words.short_weekdays)))
    return re.compile(
        rf",? ?{any_of(words.until)} ?(?:{any_of(words.near)} |the |zum |einschliesslich )?(?:{weekdays}\.?,? ?)?"
        r"(?:(?:den|dem|the|le|el|am) ?)?",
        re.IGNORECASE,
    )


def _weekdays(text: str, words: Words) -> Iterator[int]:
    for match in _weekday_pattern(words).finditer(text):
        before, after = text[max(match.start() - 16, 0) : match.start()], text[match.end() : match.end() + 12]
        if not _NAMED.search(before) and not _NAMED_AFTER.match(after):
            yield int((match.lastgroup or "d0")[1:])


@cache
def _weekday_pattern(words: Words) -> re.Pattern[str]:
    days = "|".join(f"(?P<d{day}>{any_of(names)})" for day, names in enumerate(words.weekdays))
    return re.compile(rf"(?<!\w)[وبفل]?(?:{days})(?!\w)", re.IGNORECASE)


@cache
def _weekday_before(words: Words) -> re.Pattern[str]:
    short = (*words.short_weekdays, *words.weekdays[len(words.short_weekdays) :])
    days = "|".join(
        f"(?P<d{day}>{any_of('|'.join(names))})"
        for day, names in enumerate(zip(words.weekdays, short, strict=True))
    )
    return re.compile(rf"(?<!\w)(?:{days})\.?,? ?(?:(?:the|den|dem|le|el|am) )?$", re.IGNORECASE)


def _slips(before: str, words: Words, place: _Place) -> set[tuple[int, date]]:
    match = _weekday_before(words).search(before)
    if not match or len(place.days) > 1 or _NAMED.search(before[: match.start()]):
        return set()
    weekday = int((match.lastgroup or "d0")[1:])
    return set() if place.days[0].weekday() == weekday else {(weekday, place.days[0])}


def _places(text: str, lang: str, words: Words | None, said: datetime) -> Iterator[_Place]:
    for match in _pattern(words).finditer(text):
        if _STREETS.search(text[max(match.start() - 24, 0) : match.start()]):
            continue
        days = _days_of(match, lang, words, said)
        if days:
            yield _Place(match.start(), match.end(), days, len(days) > 1 and _is_until(match, words))


def _days_of(match: re.Match[str], lang: str, words: Words | None, said: datetime) -> tuple[date, ...]:
    if match["iso"]:
        day = _day(int(match["iso_y"]), int(match["iso_m"]), int(match["iso_d"]))
        return (day,) if day else ()
    if match["numbers"]:
        return _numeric(match, lang, said)
    if words and match["month"]:
        return _named(match, words, said)
    return _month_first(match, words, said) if words else ()


def _is_until(match: re.Match[str], words: Words | None) -> bool:
    """Whether the days of a list are the ends of a span."""
    if not words:
        return False
    between = re.sub(rf"{_D}{_NTH}", "|", match["more"] or match["n_more"] or "").strip("| ")
    if match["mf_join"]:
        between = match["mf_join"].strip()
    return (
        re.fullmatch(rf"{any_of(words.until)}(?: {any_of(words.near)}| the)?", between, re.IGNORECASE)
        is not None
    )


@cache
def _pattern(words: Words | None) -> re.Pattern[str]:
    """Every shape of a day; which one was found, its named groups say."""
    if not words:
        none = "".join(f"(?P<{name}>(?!))" for name in ("month", "month_first", "more", "mf_join"))
        return re.compile(f"{_ISO}|{_numbers('-')}|{none}")
    joins = any_of(f"{words.joins}|{words.until}")
    first = _first_pattern(words, joins) if words is ENGLISH else "(?P<month_first>(?!))(?P<mf_join>(?!))"
    return re.compile(f"{_ISO}|{_named_pattern(words, joins)}|{first}|{_numbers(joins)}", re.IGNORECASE)


def _numbers(joins: str) -> str:
    """28.11., 28.11.2026, 28/11, 28-11-2026, 12.-24.12."""
    return (
        rf"(?P<numbers>{_ALONE}(?P<n_more>{_D}\.? ?{joins} ?)?(?P<n1>\d{{1,2}})(?P<sign>[./-]) ?(?P<n2>\d{{1,2}})"
        r"(?:(?P=sign) ?(?P<n_year>20\d\d|\d\d(?! ?(?:uhr|h|:)))(?![\w/]|\.\d)"
        r"|(?P<n_end>\.)(?!\d)|(?![\w/]|[.,:]\d|-\d(?!\d?[./]))))"
    )


def _named_pattern(words: Words, joins: str) -> str:
    """28 November, 28th of Nov. 2026, 28. und Sonntag, den 29. November."""
    article = r"(?:(?:the|den|dem|zum|am|el|le|au|on) )?"
    weekday = any_of("|".join((*words.weekdays, *words.short_weekdays)))
    return (
        rf"{_ALONE}(?P<more>(?:{_D}{_NTH} ?{joins} ?{article}(?:{weekday}\.?,? )?{article}){{0,4}})"
        rf"(?P<day>{_D}){_NTH} ?(?:de |of |du )?(?P<month>{any_of('|'.join(words.months))})(?!\w)\.?"
        rf"(?:,? ?(?:de |del )?(?P<year>(?:19|20)\d\d)(?!\w))?(?! {any_of(words.street)}(?!\w))"
    )


def _first_pattern(words: Words, joins: str) -> str:
    """November 28th, Nov 12-24, 2026; not "November 20 %", nor "November 9 pm"."""
    return (
        rf"(?<!\w)(?P<month_first>{any_of('|'.join(words.months))})\.? (?P<mf_day>{_D})(?:st|nd|rd|th)?"
        rf"(?:(?P<mf_join> ?{joins} ?)(?P<mf_last>{_D})(?:st|nd|rd|th)?(?![\w%]|:\d| ?(?:[%€£$]|[ap]\.?m)))?"
        r"(?![\w%]|[.,:]\d| ?(?:[%€£$]|[ap]\.?m))(?:,? (?P<mf_year>(?:19|20)\d\d)(?!\w))?"
    )


@cache
def _month_patterns(words: Words) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(any_of(names), re.IGNORECASE) for names in words.months)


def _month(name: str, words: Words) -> int:
    return next((at for at, names in enumerate(_month_patterns(words), 1) if names.fullmatch(name)), 0)


def _named(match: re.Match[str], words: Words, said: datetime) -> tuple[date, ...]:
    month = _month(match["month"], words)
    numbers = [int(number) for number in re.findall(r"\d{1,2}", match["more"])] + [int(match["day"])]
    year = int(match["year"]) if match["year"] else None
    return _resolved(numbers, month, year, said)


def _month_first(match: re.Match[str], words: Words, said: datetime) -> tuple[date, ...]:
    name = match["month_first"]
    if name in ("may", "march", "mar"):  # words of other meaning, when small
        return ()
    numbers = [int(number) for number in (match["mf_day"], match["mf_last"]) if number]
    year = int(match["mf_year"]) if match["mf_year"] else None
    return _resolved(numbers, _month(name, words), year, said)


def _numeric(match: re.Match[str], lang: str, said: datetime) -> tuple[date, ...]:
    first, second, sign = int(match["n1"]), int(match["n2"]), match["sign"]
    year = match["n_year"]
    if not year and not _stands_for_day(match, lang):
        return ()
    if year and sign == "-" and len(year) < len("2026"):
        return ()
    day, month = _order(first, second, sign, lang)
    more = [int(number) for number in re.findall(r"\d{1,2}", match["n_more"] or "")] if sign != "-" else []
    return _resolved([*more, day], month, _CENTURY + int(year) % 100 if year else None, said) if month else ()


def _order(first: int, second: int, sign: str, lang: str) -> tuple[int, int]:
    """Day and month; the month is 0 where nobody can know, as in an English "05/06"."""
    tag = lang.replace("_", "-").lower()
    if sign != "." and tag.startswith("en") and max(first, second) <= _MONTHS and first != second:
        if tag == "en-us":
            return second, first
        return (first, second) if tag != "en" else (first, 0)
    return (second, first) if second > _MONTHS >= first and sign == "/" else (first, second)


def _stands_for_day(match: re.Match[str], lang: str) -> bool:
    """Whether two numbers without a year are a day: "28.11." and "am 28.11" in German, "28/11" in most languages."""
    words = language(lang)
    if not words or match["sign"] == "-":
        return False
    before = match.string[max(match.start() - 16, 0) : match.start()]
    is_near = re.search(rf"(?<!\w){any_of(words.near)} $", before, re.IGNORECASE) is not None
    after = match.string[match.end() : match.end() + 5].lstrip().lower()
    if after.startswith(("uhr", "h", "€", "eur", "%", "£", "$")):
        return False
    if match["sign"] == ".":
        return lang.lower().startswith("de") and (is_near or match["n_end"] is not None)
    has_two_digits = len(match["n1"]) == len(match["n2"]) == len("28")
    return not match["n_end"] and (is_near or (has_two_digits and match[0] != "10/10"))  # that is praise


def _resolved(numbers: list[int], month: int, year: int | None, said: datetime) -> tuple[date, ...]:
    """The days of a month; none if one of them is no day."""
    days = [_day(year, month, number) if year else _nearest(month, number, said) for number in numbers]
    return tuple(day for day in days if day) if all(days) else ()


def _nearest(month: int, number: int, said: datetime) -> date | None:
    """The first such day that lies no further back than ``BEHIND``."""
    earliest = _earliest(said)
    years = range(earliest.year, min(earliest.year + _LEAP, date.max.year) + 1)
    return next((day for year in years if (day := _day(year, month, number)) and day >= earliest), None)


def _earliest(said: datetime) -> date:
    return said.date() - BEHIND if said.date() - date.min > BEHIND else date.min


def _of_year(day: date, year: int) -> date | None:
    return _day(year, day.month, day.day)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
