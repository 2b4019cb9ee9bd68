"""Two sets of facts compared: what both state, and differently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from forecourt.curate.facts.stated import Facts
from forecourt.curate.facts.words import LANGUAGES

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Conflict:
    """What two texts state differently: "percent", "price", "day", "time", "code" or "link".

    ``one`` and ``other`` are the values of each, as people read them.
    """

    name: str
    one: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The two side by side: "20 % and 25 %"."""
        return f"{', '.join(self.one)} and {', '.join(self.other)}"


def conflicts(one: Facts, other: Facts) -> tuple[Conflict, ...]:
    """What both state and differently, in the order percent, price, day, time, code, link.

    Lists of percentages, codes and times differ where neither holds all of the other; prices in one currency and
    links of one host where they share none, for a catalogue names more than a notice. A day agrees with a span
    that it lies in, and with its day of the week. Lists of days differ where they share none, spans where they
    begin or end on the same day but not both.
    """
    found: list[Conflict] = []
    if _cross(one.percents, other.percents):
        found.append(Conflict("percent", _percents(one), _percents(other)))
    found += _price_conflicts(one, other)
    found += _day_conflicts(one, other)
    if _cross(one.times, other.times):
        found.append(Conflict("time", _times(one), _times(other)))
    if _cross(one.codes, other.codes):
        found.append(Conflict("code", tuple(sorted(one.codes)), tuple(sorted(other.codes))))
    found += _link_conflicts(one, other)
    return tuple(found)


def _cross(one: frozenset[Decimal] | frozenset[int] | frozenset[str], other: frozenset[object]) -> bool:
    return bool(one and other) and not (one <= other or other <= one)


def _percents(facts: Facts) -> tuple[str, ...]:
    return tuple(f"{percent:f} %" for percent in sorted(facts.percents))


def _times(facts: Facts) -> tuple[str, ...]:
    return tuple(f"{time // 60:02}:{time % 60:02}" for time in sorted(facts.times))


def shown_slip(slip: tuple[int, date]) -> tuple[str, str]:
    """A day beside a day of the week which it is not, as said, and the day of the week that it is."""
    weekday, day = slip
    return f"{_WEEKDAYS[weekday]} {_date(day)}", _WEEKDAYS[day.weekday()]


def _price_conflicts(one: Facts, other: Facts) -> list[Conflict]:
    """One for each currency that both name; a sign that is of several agrees with each."""
    currencies = {currency for _, currency in one.prices} & {currency for _, currency in other.prices}
    if not currencies and ({""} & {currency for _, currency in one.prices | other.prices}):
        currencies = {""}
    found = []
    for currency in sorted(currencies):
        ours, theirs = _in(currency, one), _in(currency, other)
        if ours and theirs and not {amount for amount, _ in ours} & {amount for amount, _ in theirs}:
            found.append(Conflict("price", _prices(ours), _prices(theirs)))
    return found


def _in(currency: str, facts: Facts) -> set[tuple[Decimal, str]]:
    return {(amount, own) for amount, own in facts.prices if currency in ("", own) or not own}


def _prices(prices: set[tuple[Decimal, str]]) -> tuple[str, ...]:
    return tuple(f"{_money(amount)} {currency}".strip() for amount, currency in sorted(prices))


def _money(amount: Decimal) -> str:
    return f"{amount:f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def _day_conflicts(one: Facts, other: Facts) -> list[Conflict]:
    if one.days and other.days:
        differ = _spans_differ(one, other) if one.spans and other.spans else not _days_meet(one, other)
    else:
        differ = bool(_weekdays(one) and _weekdays(other)) and not _weekdays(one) & _weekdays(other)
    if differ:
        return [Conflict("day", _days(one), _days(other))]
    for facts, against in ((one, other), (other, one)):
        if wrong := {slip for slip in facts.slips - against.slips if slip[1] in against.days}:
            said = tuple(shown_slip(slip)[0] for slip in sorted(wrong))
            right = tuple(_day(day) for _, day in sorted(wrong))
            return [Conflict("day", said, right) if facts is one else Conflict("day", right, said)]
    return []


def _spans_differ(one: Facts, other: Facts) -> bool:
    if one.spans & other.spans:
        return False
    alike = any((a == c) != (b == d) for a, b in one.spans for c, d in other.spans)
    return alike or not any(a <= d and c <= b for a, b in one.spans for c, d in other.spans)


def _days_meet(one: Facts, other: Facts) -> bool:
    within = any(a <= day <= b for a, b in one.spans for day in other.days) or any(
        a <= day <= b for a, b in other.spans for day in one.days
    )
    return within or bool(one.days & other.days)


def _weekdays(facts: Facts) -> set[int]:
    """The days of the week that it names, by name or by date."""
    spans = {
        (first + timedelta(days=after)).weekday()
        for first, last in facts.spans
        for after in range(min((last - first).days, _WEEK - 1) + 1)
    }
    return {*facts.weekdays, *(day.weekday() for day in facts.days)} | spans


def _days(facts: Facts) -> tuple[str, ...]:
    if facts.days:
        return tuple(_day(day) for day in sorted(facts.days))
    return tuple(_WEEKDAYS[weekday] for weekday in sorted(facts.weekdays))


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {_date(day)}"


def _date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = tuple(names.partition("|")[0].title() for names in LANGUAGES["en"].months)


def _link_conflicts(one: Facts, other: Facts) -> list[Conflict]:
    """One for each host that both lead into, to different pages; its front page is on the way to each."""
    ours, theirs = _pages(one), _pages(other)
    return [
        Conflict("link", tuple(sorted(ours[host].values())), tuple(sorted(theirs[host].values())))
        for host in sorted(ours.keys() & theirs.keys())
        if not ours[host].keys() & theirs[host].keys()
    ]


def _pages(facts: Facts) -> dict[str, dict[str, str]]:
    """The pages that it leads to by host, each without the language of its path, with its whole address."""
    pages: dict[str, dict[str, str]] = {}
    for link in facts.links:
        host, _, path = link.partition("/")
        first, _, rest = path.partition("/")
        page = rest if first.partition("-")[0].lower() in LANGUAGES else path
        if page:
            pages.setdefault(host, {})[page] = link
    return pages
