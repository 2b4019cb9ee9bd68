"""How templates print dates and numbers: the same on every machine, whatever its locale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_THOUSAND = 1000
_MINUTE = 60


def long_date(moment: date) -> str:
    """22 November 2026."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def long_datetime(moment: datetime) -> str:
    """22 November 2026, 18:30."""
    return f"{long_date(moment)}, {clock(moment)}"


def clock(moment: datetime) -> str:
    """18:30."""
    return f"{moment:%H:%M}"


def month(day: date) -> str:
    """November 2026."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_month(day: date) -> str:
    """Nov."""
    return _MONTHS[day.month - 1][:3]


def iso(moment: datetime) -> str:
    """ISO 8601 to the second, with the zone, for ``<time datetime>``."""
    return moment.isoformat(timespec="seconds")


def number(value: int) -> str:
    """1,284."""
    return f"{value:,}"


def compact(value: int) -> str:
    """212K, 1.3M; whole numbers below a thousand."""
    for unit, size in (("M", _THOUSAND**2), ("K", _THOUSAND)):
        if value >= size:
            scaled = value / size
            return f"{scaled:.1f}".removesuffix(".0") + unit if scaled < 10 else f"{scaled:.0f}{unit}"  # noqa: PLR2004 - two digits need no decimal
    return str(value)


def duration(seconds: int) -> str:
    """7:42, or 1:02:03 from an hour on."""
    minutes, second = divmod(seconds, _MINUTE)
    hour, minute = divmod(minutes, _MINUTE)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


FILTERS: dict[str, Callable[[Any], str]] = {
    "date": long_date,
    "datetime": long_datetime,
    "clock": clock,
    "month": month,
    "short_month": short_month,
    "iso": iso,
    "number": number,
    "compact": compact,
    "duration": duration,
}
