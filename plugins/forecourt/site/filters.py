"""How templates print dates and numbers: as a language writes them, the same on every machine, whatever its locale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from babel import Locale, dates, localedata, numbers

Filters = Mapping[str, Callable[..., str]]
"""What templates print with, by the names they use."""

_REMEMBERED = 4096
"""Dates and numbers kept as they were printed, of each kind: those of one day and of one count stand on many pages."""

_HOUR, _MINUTE, _THOUSAND, _MONTHS = 3600, 60, 1000, 12
_SIGNIFICANT = 3  # digits of a number that is written short
_MOST = 10**24  # beyond, CLDR's patterns and decimal's precision end
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001 - only the time of day is printed


class Formats:
    """Prints dates and numbers in one locale. A moment is printed in the time zone that it carries."""

    def __init__(self, locale: Locale) -> None:
        locale = _Apart(locale.language, locale.territory, locale.script, locale.variant)
        self._locale = locale
        self._both = str(locale.datetime_formats["long"]).replace("'", "")
        self._month_pattern = locale.datetime_skeletons.get("yMMMM", "LLLL y")
        # Their keys are plain numbers: one instant in two time zones is equal, and not printed alike.
        self._day = lru_cache(_REMEMBERED)(self._print_day)
        self._minute = lru_cache(_REMEMBERED)(self._print_minute)
        self._month = lru_cache(_REMEMBERED)(self._print_month)
        self._number = lru_cache(_REMEMBERED)(self._print_number)
        self._compact = lru_cache(_REMEMBERED)(self._print_compact)
        self._money = lru_cache(_REMEMBERED)(self._print_money)
        self._weekdays = dates.get_day_names("wide", "stand-alone", locale)
        self._short_months = [dates.format_date(date(2000, each, 1), "LLL", locale) for each in range(1, 13)]

    def long_date(self, day: date) -> str:
        """22 November 2026."""
        return self._day(day.toordinal())

    def long_datetime(self, moment: datetime) -> str:
        """22 November 2026, 18:30."""
        return self._both.replace("{0}", self.clock(moment)).replace("{1}", self.long_date(moment))

    def clock(self, moment: datetime) -> str:
        """18:30."""
        return self._minute(moment.hour * _MINUTE + moment.minute)

    def zone(self, moment: datetime) -> str:
        """CET, or where the language has no letters for it "heure d’Europe centrale": in which zone it is told."""
        short = dates.get_timezone_name(moment, "short", locale=self._locale)
        if short.isalpha():
            return short
        return dates.get_timezone_name(moment.tzinfo, "long", locale=self._locale)

    def weekday(self, number: int) -> str:
        """Monday, of 0."""
        return str(self._weekdays[number])

    def month(self, day: date) -> str:
        """November 2026."""
        return self._month(day.year * _MONTHS + day.month - 1)

    def short_month(self, day: date) -> str:
        """Nov."""
        return self._short_months[day.month - 1]

    def number(self, value: float | Decimal) -> str:
        """1,284; at most three digits behind the point."""
        return self._number(value)

    def compact(self, value: int) -> str:
        """212K, 1.3M; whole numbers below a thousand, and where the language has no short way to say more."""
        return self._compact(value)

    def money(self, amount: Decimal, currency: str = "") -> str:
        """€24.50; without a currency, the amount alone."""
        return self._money(amount, currency)

    def filters(self) -> Filters:
        """What prints each, by the names that templates use."""
        return MappingProxyType(
            {
                "date": self.long_date,
                "datetime": self.long_datetime,
                "clock": self.clock,
                "zone": self.zone,
                "weekday": self.weekday,
                "month": self.month,
                "short_month": self.short_month,
                "iso": iso,
                "number": self.number,
                "compact": self.compact,
                "money": self.money,
                "duration": duration,
            }
        )

    def _print_day(self, ordinal: int) -> str:
        return dates.format_date(date.fromordinal(ordinal), "long", self._locale)

    def _print_minute(self, minutes: int) -> str:
        moment = _MIDNIGHT + timedelta(minutes=minutes)
        return dates.format_time(moment, "short", locale=self._locale)

    def _print_month(self, months: int) -> str:
        year, month = divmod(months, _MONTHS)
        return dates.format_date(date(year, month + 1, 1), self._month_pattern, self._locale)

    def _print_number(self, value: float | Decimal) -> str:
        if not _is_writable(value):
            return str(Decimal(value))  # of an integer of any length, which str() refuses
        return numbers.format_decimal(value, locale=self._locale)

    def _print_compact(self, value: int) -> str:
        if abs(value) < _THOUSAND or not _is_writable(value):
            return self.number(value)
        rounded = round(value, _SIGNIFICANT - len(str(abs(value))))
        exact, whole = (
            numbers.format_compact_decimal(rounded, locale=self._locale, fraction_digits=digits)
            for digits in (1, 0)
        )
        if sum(map(str.isdecimal, whole)) == len(str(abs(rounded))):  # the language has no such word
            return self.number(value)
        return exact if sum(map(str.isdecimal, exact)) < _SIGNIFICANT else whole  # two digits need no decimal

    def _print_money(self, amount: Decimal, currency: str) -> str:
        if not _is_writable(amount):
            return f"{amount} {currency}".strip()
        if not currency:
            return numbers.format_decimal(amount, "#,##0.00", locale=self._locale)
        return numbers.format_currency(amount, currency, locale=self._locale)


def iso(moment: datetime) -> str:
    """ISO 8601 to the second, with the zone, for ``<time datetime>``."""
    return moment.isoformat(timespec="seconds")


def duration(seconds: int) -> str:
    """7:42, or 1:02:03 from an hour on: every language writes it so."""
    hour, rest = divmod(seconds, _HOUR)
    minute, second = divmod(rest, _MINUTE)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _is_writable(value: float | Decimal) -> bool:
    """Whether a number is one that patterns can print; what is not (infinite, longer than they go) is from outside."""
    with localcontext() as context:
        context.clear_traps()
        return abs(Decimal(value)) < _MOST  # of a NaN it is False


class _Apart(Locale):
    """A locale with data of its own.

    What refers to something else in its data, Babel 2.18 resolves in those that locales share: after Hebrew, the
    short months of Portuguese are Hebrew (https://github.com/python-babel/babel/issues/1234).
    """

    @cached_property
    def _data(self) -> localedata.LocaleDataDict:
        shared: MutableMapping[Any, Any] = localedata.load(str(self))
        return localedata.LocaleDataDict(deepcopy(shared))
