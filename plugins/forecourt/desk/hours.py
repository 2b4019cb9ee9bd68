"""Opening hours as editors write them ("Mo-Fr 10:00-19:00; Sa 9-18", "Lu-Ve 10h-19h"), and positions.

Days and the words between them are known in several languages (``days``). What can be read in two ways is
refused: a shop that is shut when a page says that it is open loses more than an editor who is asked once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from forecourt.desk import Hours, Position
from forecourt.desk.days import CODES, WORDS, meanings, plain, readings

DAY = 1440
"""Minutes of a day; hours that end past midnight end after that: 02:00 of the next day is 1560."""

Span = tuple[int, int]
"""When it opens and when it closes, in minutes from midnight."""

_DASHES = re.compile("\\s*[-\u2010-\u2015\u2212~]+\\s*")
_PHRASES = (
    (re.compile(r"\b24\s*/\s*7\b"), "mo-su 00:00-24:00"),
    (re.compile(r"\b(?:every day|tous les jours|todos los dias|tutti i giorni|todos os dias|elke dag)\b"), "daily"),
    (re.compile(r"(?<=[a-z])[ -]feira\b"), ""),
    (re.compile(r"\bt\s*/\s*m\b"), "-"),
    (re.compile(r"\b24\s*(?:h|hours|std|stunden|heures|horas|uur)\b"), "00:00-24:00"),
    (re.compile(r"\b(noon|midday|midi|mittag|mezzogiorno|mediodia)\b"), "12:00"),
    (re.compile(r"\b(midnight|minuit|mitternacht|mezzanotte|medianoche)\b"), "24:00"),
)  # fmt: skip
_TOKEN = re.compile(
    r"(?P<time>(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?!\d)(?:\s*h\b)?|(?P<four>\d{2})(?!\d)|(?P<bare>\s*h\b)?)"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?)"
    r"|(?P<word>[^\W\d_]+\.?)|(?P<sign>[-,;:&/+()\n])|(?P<other>\S)"
)

_LATE = 8 * 60  # the latest at which what began the day before may close
_LONGEST = 18 * 60  # of what goes past midnight
_EARLIEST = 6  # the hour below which "2-6" is rather an afternoon, and ...
_USUAL = 9  # ... from which on "9-7pm" begins in the morning
_NOON, _HOUR = 12, 60
_SHOWN = 60  # characters of what was written, in a message

_DEGREES = (
    r"(?P<degrees>[+-]?\d{1,3}(?:[.,]\d+)?)\s*(?:°|deg)?"
    r"(?:\s*(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*['\u2032’](?:\s*(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"″”]|'')?)?)?"
)
_LETTER = r"(?P<letter>[NSEWO](?![^\W\d_]))?"
_BEFORE = re.compile(rf"{_LETTER}\s*{_DEGREES}", re.IGNORECASE)
_BEHIND = re.compile(rf"{_DEGREES}\s*{_LETTER}", re.IGNORECASE)
_EXAMPLE = 'write it as "45.7640, 4.8357", latitude first, as maps on the web show it'
_NORTH, _EAST = _BOTH = 90, 180
_DIGITS = 6  # of a degree: 11 cm


def hours(text: str) -> tuple[Hours, ...]:
    """When a store is open; () where the text is empty. A day on which it is closed need not be named.

    Days that are open alike are one entry, in the order of the week; several spans a day are several entries.
    Hours that go past midnight belong to the day on which they begin. Raises ValueError with a sentence.
    """
    if not text.strip():
        return ()
    reader = _Reader(_tokens(text))
    spans = reader.read()
    if not any(spans.values()):
        raise ValueError(
            f'"{_short(text)}" says no day on which it is open; leave the field out, or name one'
        )
    _check(spans)
    found = [Hours((day,), *span) for day, day_spans in spans.items() for span in day_spans]
    return tuple(Hours(days, *span) for days, day_spans in week(found) for span in day_spans)


def written(found: Iterable[Hours]) -> list[str]:
    """As schema.org's ``openingHours`` writes them: ["Mo-Fr 10:00-19:00", "Sa 09:00-18:00"]."""
    return [f"{_days(one.days)} {_span((one.opens, one.closes))}" for one in found]


def week(found: Iterable[Hours]) -> list[tuple[tuple[int, ...], tuple[Span, ...]]]:
    """The days of a week, Monday 0, grouped by their spans, in the order of each group's first day.

    A group without spans are the days on which it is closed. [] where no hours are known.
    """
    by_day: dict[int, list[Span]] = {day: [] for day in range(7)}
    for one in found:
        for day in one.days:
            by_day[day].append((one.opens, one.closes))
    if not any(by_day.values()):
        return []
    groups: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in by_day.items():
        groups.setdefault(tuple(sorted(spans)), []).append(day)
    return [(tuple(days), spans) for spans, days in groups.items()]


def runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """Days as the first and last of those that follow one another: (0, 1, 2, 4) is [(0, 2), (4, 4)]."""
    groups = groupby(enumerate(sorted(days)), lambda one: one[1] - one[0])
    found = [[day for _, day in group] for _, group in groups]
    return [(group[0], group[-1]) for group in found]


def clock(minutes: int) -> str:
    """A time of day: 10:00; 24:00 where the day ends; 02:00 past midnight."""
    minutes = minutes if minutes <= DAY else minutes - DAY
    return f"{minutes // _HOUR:02}:{minutes % _HOUR:02}"


def position(text: str) -> Position:
    """Where on earth: "45.7640, 4.8357", or with letters and degrees, 45°45'50"N 4°50'9"E.

    Raises ValueError with a sentence.
    """
    said = unicodedata.normalize("NFC", text).replace("\u2212", "-").strip()
    angle = _BEFORE if said[:1].isalpha() else _BEHIND
    found = [*angle.finditer(said)]
    if angle.sub("", said).strip(" ,;/\t\n") or len(found) != len(_BOTH) or _is_run_together(said):
        raise ValueError(f'"{_short(text)}" is no position; {_EXAMPLE}')
    letters = [(one["letter"] or "").upper() for one in found]
    if "O" in letters:
        raise ValueError(f'"{_short(text)}": O is west in French and east in German; write W or E')
    values = [_value(one, letter, text) for one, letter in zip(found, letters, strict=True)]
    if any(letters) and "".join(sorted(letters)) not in {"EN", "NW", "ES", "SW"}:
        raise ValueError(f'"{_short(text)}" needs one of N and S and one of E and W; {_EXAMPLE}')
    if letters[0] in {"E", "W"}:
        values.reverse()
    latitude, longitude = values
    if abs(latitude) > _NORTH:
        raise ValueError(f"latitude {latitude:g} must lie between -90 and 90; {_EXAMPLE}")
    if abs(longitude) > _EAST:
        raise ValueError(f"longitude {longitude:g} must lie between -180 and 180; {_EXAMPLE}")
    return Position(latitude, longitude)


def _is_run_together(said: str) -> bool:
    """Whether commas may be either: "45,76,4,83"."""
    return said.count(",") > 1 and "." not in said and not re.search(r"[;\s]", said)


def _value(found: re.Match[str], letter: str, text: str) -> float:
    parts = [float((found[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")]
    if any(part >= _HOUR for part in parts[1:]):
        raise ValueError(f'"{_short(text)}": minutes and seconds are below 60; {_EXAMPLE}')
    if letter and found["degrees"][0] in "+-":
        raise ValueError(f'"{_short(text)}" has a sign and a letter; leave one of them out')
    sign = -1 if letter in {"S", "W"} or found["degrees"].startswith("-") else 1
    return round(sign * (abs(parts[0]) + parts[1] / _HOUR + parts[2] / _HOUR**2), _DIGITS)


@dataclass(frozen=True, slots=True)
class _Time:
    """A time as it was written: ``half`` is "a", "p" or "", ``bare`` that it was an hour alone, as in "9-6"."""

    minutes: int
    half: str
    bare: bool


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    said: str
    time: _Time | None = None


@dataclass(slots=True)
class _Reader:
    """Reads rules, each some days and what holds on them. ``at`` is the next token."""

    tokens: list[_Token]
    at: int = 0
    spans: dict[int, list[Span]] = field(default_factory=lambda: {day: [] for day in range(7)})

    def read(self) -> dict[int, list[Span]]:
        """The spans of each day, in the order of the week. Raises ValueError."""
        known = meanings([token.said for token in self.tokens if token.kind == "day"])
        closed: set[int] = set()
        while self._skip({";", ","}):
            start = self.at
            days = self._days(known)
            if not days:
                raise ValueError(f'"{self._said(start)}" has no day before it; write "Mo-Fr 10:00-19:00"')
            self._skip({":", ","})
            if self._is("closed"):
                self.at += 1
                closed |= days
            elif found := self._day_spans():
                for day in days:
                    self.spans[day] += found
            else:
                said = self._said(start, self.at) or CODES[min(days)]
                raise ValueError(f'"{said}" has no hours after it; write "Mo-Fr 10:00-19:00" or "Su closed"')
        return {day: [] if day in closed else sorted(spans) for day, spans in self.spans.items()}

    def _days(self, known: dict[str, int]) -> set[int]:
        days: set[int] = set()
        while self._is("day", "daily"):
            if self.tokens[self.at].kind == "daily":
                days |= {*range(7)}
                self.at += 1
            else:
                first = last = known[self._take().said]
                if self._is("-") and self._is("day", ahead=1):
                    self.at += 1
                    last = known[self._take().said]
                days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
            if self._is(",") and self._is("day", "daily", ahead=1):
                self.at += 1
        return days

    def _day_spans(self) -> list[Span]:
        spans: list[Span] = []
        while self._is("time"):
            start = self.at
            opens = self._take().time
            if not (self._is("-") and self._is("time", ahead=1)):
                said = self._said(start, self.at)
                raise ValueError(
                    f'"{said}" says only one time; write when it opens and closes: "10:00-19:00"'
                )
            self.at += 1
            closes = self._take().time
            assert opens  # tokens of the kind have a time
            assert closes
            spans.append(_span_of(opens, closes, self._said(start, self.at)))
            if self._is(",") and self._is("time", ahead=1):
                self.at += 1
        return spans

    def _take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _is(self, *kinds: str, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.tokens) and self.tokens[place].kind in kinds

    def _skip(self, kinds: set[str]) -> bool:
        """Go past signs that only part; whether anything is left."""
        while self._is(*kinds):
            self.at += 1
        return self.at < len(self.tokens)

    def _said(self, start: int, end: int | None = None) -> str:
        words = (token.said for token in self.tokens[start:end])
        return _short(re.sub(r" ?- ?", "-", re.sub(r" ([,;:])", r"\1", " ".join(words))))


def _tokens(text: str) -> list[_Token]:
    """The words, times and signs of it. Raises ValueError over what is none of these."""
    said = plain(text)
    for phrase, instead in _PHRASES:
        said = phrase.sub(instead, said)
    found = (_token(one, text) for one in _TOKEN.finditer(_DASHES.sub("-", said)))
    return [token for token in found if token]


def _token(found: re.Match[str], text: str) -> _Token | None:
    if found["time"]:
        return _Token("time", found["time"].strip(), _time(found))
    if found["word"]:
        return _word(found["word"].rstrip("."), text)
    sign = {"\n": ";", "&": ",", "/": ",", "+": ",", ".": ";"}.get(found[0], found[0])
    if sign in "-,;:":
        return _Token(sign, sign)
    raise ValueError(
        f'"{found[0]}" in "{_short(text)}" belongs to no opening hours; write "Mo-Fr 10:00-19:00; Sa 09:00-18:00"'
    )


def _word(word: str, text: str) -> _Token | None:
    kind = WORDS.get(word, "day")
    if kind == "holidays":
        raise ValueError(
            f'"{_short(text)}" names holidays; hours are those of a usual week, write the rest into the text'
        )
    if kind == "day" and not readings(word):
        raise ValueError(f'"{word}" is no day that is known here; write days as {", ".join(CODES)}')
    return _Token(kind, word) if kind else None


def _time(found: re.Match[str]) -> _Time:
    hour, minute = int(found["hour"]), int(found["minute"] or found["four"] or 0)
    half = (found["half"] or "")[:1]
    said = found["time"].strip()
    if half and not 1 <= hour <= _NOON:
        raise ValueError(f'"{said}" is no time of day; write it as 19:00, or as 7 pm')
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    minutes = hour * _HOUR + minute
    if minute >= _HOUR or minutes > DAY:
        raise ValueError(f'"{said}" is no time of day; write it as 19:00')
    has_zero = found["hour"].startswith("0")
    bare = not (half or has_zero or found["minute"] or found["four"] or found["bare"])
    return _Time(minutes, half, bare)


def _span_of(opens: _Time, closes: _Time, said: str) -> Span:
    """From when to when, the second past midnight if it is before the first. Raises ValueError."""
    begins, ends = opens.minutes, closes.minutes
    noon = _NOON * _HOUR
    is_early = opens.bare and begins < _EARLIEST * _HOUR
    if closes.half == "p" and is_early and begins + noon < ends:
        begins += noon  # 2-6pm
    elif closes.half == "p" and opens.bare and begins < _USUAL * _HOUR and begins + noon < ends:
        raise ValueError(f'"{said}" may be read in two ways; write it as "{_span((begins + noon, ends))}"')
    elif opens.bare and closes.bare and (is_early or ends < begins) and 0 < ends < noon:
        likely = (begins + noon if is_early else begins, ends + noon)
        raise ValueError(f'"{said}" may be read in two ways; write it as "{_span(likely)}"')
    if begins == ends:
        raise ValueError(f'"{said}" begins when it ends; a whole day is "00:00-24:00"')
    if begins == DAY:
        raise ValueError(f'"{said}" begins when its day is over; write it as 00:00 of the next day')
    if ends > begins:
        return begins, ends
    if ends > _LATE or ends + DAY - begins >= _LONGEST:
        raise ValueError(f'"{said}" ends before it begins; write when it opens first, as in "10:00-19:00"')
    return begins, ends + DAY if ends else DAY


def _check(spans: dict[int, list[Span]]) -> None:
    """Raises ValueError where hours of one day, or of the night before, run into one another."""
    for day, found in spans.items():
        late = [(begins - DAY, ends - DAY) for begins, ends in spans[(day - 1) % 7] if ends > DAY]
        for (one, end), (start, other) in pairwise([*late, *found]):
            if start < end:
                first = _span((one, end) if one >= 0 else (one + DAY, end + DAY))
                raise ValueError(
                    f"{CODES[day]} is open twice at once: {first} and {_span((start, other))}; "
                    "name each day with its hours once"
                )


def _days(days: Sequence[int]) -> str:
    return ",".join(
        CODES[first] if first == last else f"{CODES[first]}-{CODES[last]}" for first, last in runs(days)
    )


def _span(span: Span) -> str:
    return f"{clock(span[0])}-{clock(span[1])}"


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…"
