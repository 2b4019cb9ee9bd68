"""A text read for what it states: amounts, days, times, codes and links.

Every expression is bounded, and each kind takes what it understood out of the text, so that no number is read
twice and a long text costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from forecourt import urls
from forecourt.curate.facts.days import days_in
from forecourt.curate.facts.words import (
    AFTERNOON,
    AND,
    CURRENCIES,
    FORENOON,
    ISO,
    LANGUAGES,
    MADE_OF,
    NUMBERS,
    PERCENT,
    SIGNS,
    Words,
    any_of,
    folded,
    language,
)

LONGEST = 100_000
"""Characters of a text that are read; no post that people wrote is longer."""

_GAP = " | "
_WHOLE = 100  # per cent
_HOUR = 60  # minutes
_DAY = 24 * _HOUR
_HALF_DAY = 12
_FIRST_HOUR = 6  # "2 h" is how long it takes, "8 h" when it begins
_HOURS = ("h", "hrs", "heure", "heures", "horas")  # that also say how long
_SHORTEST_NUMBER_CODE = 4
_YEAR = re.compile(r"(?:19|20)\d\d")

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?")
_HANDLE = re.compile(r"(?<!\w)[@#]\w{1,200}")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?(?=[/?#]|$)", re.IGNORECASE)
_PHONE = re.compile(
    r"""(?<![\w.,])
    (?!\d\d?([./-])\d\d?\1(?:\d{4}|\d\d)(?!\.?\d)|\d\d\.\d\d[ ]?-)   # a date, or from when to when
    (?:\+\d|\(?0\d?)(?:[ ()/.-]{0,3}\d){7,14}(?!\d)""",
    re.VERBOSE,
)
_ALONE = r"(?<!\w)(?<!\d[.,:/])"
_AMOUNT = r"(?:\d{1,3}(?:[.,' ]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d))"
_SHARE = r"\d{1,3}(?:[.,]\d{1,2})?"


@dataclass(slots=True)
class Reading:
    """A text on its way: what is left of it, and what it was found to state."""

    text: str
    words: Words | None
    percents: set[Decimal] = field(default_factory=set)
    prices: set[tuple[Decimal, str]] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    spans: set[tuple[date, date]] = field(default_factory=set)
    weekdays: set[int] = field(default_factory=set)
    slips: set[tuple[int, date]] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def take(self, pattern: re.Pattern[str], understood: Callable[[re.Match[str]], bool]) -> None:
        """Take out of the text what a pattern finds and is understood."""
        self.text = pattern.sub(lambda match: _GAP if understood(match) else match[0], self.text)


def read(text: str, lang: str, said: datetime, links: Iterable[str] = ()) -> Reading:
    """Read a text that was said then, with the links that it carries."""
    plain, inside = _without_links(text[:LONGEST])
    one = Reading(_STAMP.sub(r"\1 \2", folded(plain)[:LONGEST]), language(lang))
    one.links = {short for link in (*links, *inside) if (short := shown_link(link))}
    one.text = _HANDLE.sub(_GAP, one.text)
    _read_codes(one)
    one.text = _PHONE.sub(_GAP, one.text)
    found = days_in(one.text, lang, said)
    one.text, one.days, one.spans = found.rest, found.days, found.spans
    one.weekdays, one.slips = found.weekdays, found.slips
    _read_prices(one)
    _read_percents(one)
    _read_times(one)
    return one


def shown_link(url: str) -> str:
    """Reduce an address to what is compared and shown: canonical, no scheme, no "www.", no slash at its end."""
    url = url.strip()
    address = urls.canonical(url if "://" in url else f"https://{url}")
    return address.partition("://")[2].removeprefix("www.").rstrip("/")


def shown_code(text: str) -> str:
    """A code as it is compared and shown: in capitals, without marks."""
    return folded(text).upper()


def _without_links(text: str) -> tuple[str, list[str]]:
    kept, found = [], []
    for word in text.split():
        rest, link = _link_in(word)
        kept.append(rest)
        if link:
            found.append(link)
    return " ".join(kept), found


def _link_in(word: str) -> tuple[str, str]:
    """What is left of a word without the address in it, and this."""
    small = word.lower()
    starts = [at for scheme in ("http://", "https://") if (at := small.find(scheme)) >= 0]
    if starts:
        link, behind = _without_trail(word[min(starts) :])
        return f"{word[: min(starts)]} | {behind}", link
    if "@" in word:  # an e-mail address, or a handle
        return "|", ""
    bare = word.lstrip("(\"'«„“<[")
    host = _HOST.match(bare)
    if host and (host.end() < len(bare) or small.startswith("www.")):
        link, behind = _without_trail(bare)
        return f"| {behind}", link
    return word, ""


def _without_trail(link: str) -> tuple[str, str]:
    kept = link.rstrip(".,;:!?)]>\"'»“”…")
    return kept, link[len(kept) :]


# Codes: what stands after the word for one, in capitals or with digits.

_CODE = r"(?P<code>[A-Za-z\d][A-Za-z\d_-]{1,22}[A-Za-z\d])(?!\w)"
_QUOTE = "[\"'«»„“”*`<>(:=\\[]"
_LEAD = re.compile(
    rf"(?:{_QUOTE}|[ ]|(?i:is|promo|est|lautet|heisst|heißt|es|de|le|the|هو|الخصم|خصم)(?= |:)){{0,8}}"
)
_NEXT_CODE = re.compile(rf"{_QUOTE}?(?: ?, ?|(?i:{AND})){_QUOTE}?{_CODE}")
_ONE_CODE = re.compile(_CODE)
_WORD = re.compile(r"[^ ]{1,40}")
_BEYOND = 60  # characters after the word


@cache
def _code_words() -> re.Pattern[str]:
    words = any_of("|".join(one.code for one in LANGUAGES.values()))
    others = any_of("|".join(one.code_of for one in LANGUAGES.values() if one.code_of))
    use = "use|enter|apply|utilisez|saisissez|usa|introduce|nutze|eingeben"
    return re.compile(
        rf"(?<!\w)(?:(?P<other>{others}[ -]?{words}|{words}[ -]{others})|(?P<word>{words})|(?P<use>{use}))"
        rf"(?:n|s)?(?![\w-])",
        re.IGNORECASE,
    )


def _read_codes(one: Reading) -> None:
    taken: list[tuple[int, int]] = []
    for match in _code_words().finditer(one.text):
        if match["other"] or (taken and match.start() < taken[-1][1]):
            continue
        taken += _codes_after(one, match)
    for start, end in reversed(taken[-1000:]):
        one.text = one.text[:start] + _GAP + one.text[end:]


def _codes_after(one: Reading, word: re.Match[str]) -> list[tuple[int, int]]:
    """Where the codes stand that a word for them announces."""
    text, start = one.text, word.end()
    lead = _LEAD.match(text, start)
    begin = lead.end() if lead else start
    first = _ONE_CODE.match(text, begin)
    is_marked = re.search(_QUOTE, text[start:begin]) is not None
    if not (first and begin > start and _is_code(first["code"], word, is_marked=is_marked)):
        first = _code_within(text, start) if word["word"] else None
    places = []
    while first:
        one.codes.add(first["code"].upper())
        places.append(first.span("code"))
        first = _NEXT_CODE.match(text, first.end())
        if first and not _has_both(first["code"]):
            break
    return places


def _code_within(text: str, start: int) -> re.Match[str] | None:
    """The first word of the sentence that can be nothing but a code."""
    end = min(
        (at for sign in ".!?|" if (at := text.find(sign, start, start + _BEYOND)) >= 0),
        default=start + _BEYOND,
    )
    for word in _WORD.finditer(text, start, end):
        found = _ONE_CODE.search(text, word.start(), word.end())
        if found and _has_both(found["code"]) and found["code"].isupper():
            return found
    return None


def _is_code(token: str, word: re.Match[str], *, is_marked: bool) -> bool:
    if word["use"]:
        return _has_both(token) and token.isupper()
    if _has_both(token):
        return not token[0].isdigit() or token.isupper()
    if token.isdecimal():
        return len(token) >= _SHORTEST_NUMBER_CODE and not _YEAR.fullmatch(token)
    return token.isupper() and (is_marked or not word["word"].isupper())


def _has_both(token: str) -> bool:
    return any(sign.isdigit() for sign in token) and any(sign.isalpha() for sign in token)


# Prices and percentages.


@cache
def _price_pattern() -> re.Pattern[str]:
    behind = f"(?:{any_of('|'.join(CURRENCIES))}|(?-i:{ISO}))"
    before = f"(?:{any_of(SIGNS)}|(?-i:{ISO}))"
    return re.compile(
        rf"{_ALONE}(?P<euros>\d{{1,5}})(?P<mid>[€£])(?P<cents>\d\d)(?!\d)"
        rf"|{_ALONE}(?:(?P<low>{_AMOUNT}){AND})?(?P<high>{_AMOUNT})(?:[,.]-)? ?(?P<behind>{behind})(?!\w)"
        rf"|(?<!\w)(?P<before>{before}) ?(?P<first>{_AMOUNT})(?:{AND}(?:(?P=before) ?)?(?P<second>{_AMOUNT}))?(?! ?%)",
        re.IGNORECASE,
    )


@cache
def _currencies() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(any_of(names), re.IGNORECASE), iso) for names, iso in CURRENCIES.items())


def _read_prices(one: Reading) -> None:
    def understood(match: re.Match[str]) -> bool:
        currency = _currency(match["mid"] or match["behind"] or match["before"])
        if match["euros"]:
            one.prices.add((_amount(f"{match['euros']}.{match['cents']}"), currency))
        one.prices |= {
            (_amount(match[name]), currency) for name in ("low", "high", "first", "second") if match[name]
        }
        return True

    one.take(_price_pattern(), understood)


def _currency(name: str) -> str:
    return next((iso for names, iso in _currencies() if names.fullmatch(name)), name.upper())


def _amount(text: str) -> Decimal:
    """An amount however its thousands and cents are parted: the last sign before one or two digits is the point."""
    whole, point, cents = text, "", ""
    for sign in ".,":
        head, found, tail = text.rpartition(sign)
        if found and len(tail) <= len("00") and tail.isdecimal():
            whole, point, cents = head, ".", tail
    return Decimal("".join(filter(str.isdigit, whole)) + point + cents).normalize() + 0


@cache
def _percent_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"{_ALONE}(?:(?P<low>{_SHARE}) ?%?{AND})?(?P<high>{_SHARE}) ?-?{any_of(PERCENT)}(?!\w)"
        rf"(?P<of> {any_of(MADE_OF)}(?!\w))?"
        rf"|(?<![\w%])%(?P<after>{_SHARE})(?!\w)",
        re.IGNORECASE,
    )


@cache
def _written_percents() -> re.Pattern[str]:
    numbers = "|".join(f"(?P<n{number}>{any_of(names)})" for number, names in NUMBERS.items())
    return re.compile(
        rf"(?<![\w-])(?:{numbers})[ -]?{any_of(PERCENT)}(?!\w)(?! {any_of(MADE_OF)}(?!\w))", re.IGNORECASE
    )


def _read_percents(one: Reading) -> None:
    def understood(match: re.Match[str]) -> bool:
        if not match["of"]:
            shares = [_amount(share) for share in match.group("low", "high", "after") if share]
            one.percents |= {share for share in shares if 0 < share < _WHOLE}
        return True

    one.take(_percent_pattern(), understood)
    one.percents |= {
        Decimal((found.lastgroup or "n0")[1:]) for found in _written_percents().finditer(one.text)
    }
    if one.words and re.search(rf"(?<!\w)ب?{any_of(one.words.half_price)}(?!\w)", one.text, re.IGNORECASE):
        one.percents.add(Decimal(50))


# Times of the day.


@cache
def _time_pattern(words: Words | None) -> re.Pattern[str]:
    units = (
        f"(?:{any_of(f'{FORENOON}|{AFTERNOON}')}\\.?|{any_of(words.hour if words and words.hour else 'uhr')})"
    )
    return re.compile(
        rf"{_ALONE}(?:(?P<h1>\d{{1,2}})(?:[:.h](?P<m1>\d\d))? ?(?P<u1>{units})?(?P<and>{AND}))?"
        rf"(?P<h2>\d{{1,2}})(?:(?P<sign>[:.h])(?P<m2>\d\d))? ?(?P<u2>{units})?(?![\w%]|[:.]\d|/\d)",
        re.IGNORECASE,
    )


@cache
def _lasting(words: Words) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(words.lasting)} $", re.IGNORECASE)


@cache
def _named_times(words: Words) -> re.Pattern[str]:
    before = any_of(f"{words.until}|{words.near}|at|a|um|jusqu'a|hasta|حتى|عند")
    return re.compile(
        rf"(?:\| |(?<!\w){before}) ?(?:las? |zur? |the )?"
        rf"(?:(?P<noon>{any_of(words.noon)})|{any_of(words.midnight)})(?!\w| (?:blue|bleu))",
        re.IGNORECASE,
    )


def _read_times(one: Reading) -> None:
    def understood(match: re.Match[str]) -> bool:
        unit = (match["u2"] or "").lower().replace(".", "").replace(" ", "")
        is_clock = match["sign"] is not None and match["sign"] in ":hH"
        if not (unit or is_clock) or not _is_moment(match, unit, one.words):
            return False
        second = _minutes(match["h2"], match["m2"], unit)
        if second is None:
            return False
        one.times.add(second % _DAY)
        first = _begin(match, unit, second)
        if first is not None:
            one.times.add(first % _DAY)
        return True

    one.take(_time_pattern(one.words), understood)
    if one.words:
        one.times |= {12 * 60 if found["noon"] else 0 for found in _named_times(one.words).finditer(one.text)}


def _is_moment(match: re.Match[str], unit: str, words: Words | None) -> bool:
    """Whether it is a moment rather than how long something takes, as "24 h"; "am" before a day is German."""
    if unit == "am" and words in (LANGUAGES["de"], LANGUAGES["fr"]):
        return False
    if not unit and len(match["h2"]) == 1 and int(match["h2"]) < _FIRST_HOUR:
        return False  # "1:50" is a scale
    if match["m2"] or match["h1"] or unit in ("", "am", "pm", "uhr") or not words:
        return True
    before = match.string[max(match.start() - 16, 0) : match.start()]
    return unit not in _HOURS or (
        _FIRST_HOUR <= int(match["h2"]) < 2 * _HALF_DAY and not _lasting(words).search(before)
    )


def _begin(match: re.Match[str], unit: str, second: int) -> int | None:
    """When a span of time begins whose end is known: "7-9 pm" in the evening, "9-5 pm" in the morning."""
    if not match["h1"]:
        return None
    own = (match["u1"] or "").lower().replace(".", "").replace(" ", "")
    if not (own or unit or match["m1"] or match["and"].strip() == "-"):
        return None
    first = _minutes(match["h1"], match["m1"], own or unit)
    if first is not None and not own and first > second:
        return first - _HALF_DAY * 60 if first >= _HALF_DAY * 60 else None
    return first


def _minutes(hour: str, minute: str | None, unit: str) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if re.fullmatch(any_of(AFTERNOON), unit):
        hours = hours % _HALF_DAY + _HALF_DAY if hours <= _HALF_DAY else hours
    elif re.fullmatch(any_of(FORENOON), unit):
        hours = hours % _HALF_DAY if hours <= _HALF_DAY else hours
    moment = hours * 60 + minutes
    if minutes >= _HOUR or moment > _DAY:
        return None
    return _DAY if moment == _DAY - 1 else moment  # 23:59 is how computers say midnight
