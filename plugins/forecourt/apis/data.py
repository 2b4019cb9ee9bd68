"""JSON of strangers, read without trust: what is missing or of another type is unknown."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from forecourt import urls
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.feeds.dates import moment
from forecourt.talk import Rejection, Response

T = TypeVar("T")

_LONGEST_INTEGER = 18  # digits; what is longer is an id, and text to us
_MOST_MARKS, _LONGEST_MARK = 1000, 500
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|script|title)", re.DOTALL | re.IGNORECASE
)


def read(response: Response) -> Data:
    """The JSON of an answer. Raises BadData when it is none; PlatformError (blocked) when it is a web page.

    A web page where JSON was asked for is a challenge to prove that we are people.
    """
    where = urls.host(response.url)
    try:
        value = json.loads(response.body, parse_int=_integer, parse_constant=lambda _: None)
    except RecursionError as error:
        raise BadData(f"{where} sent JSON that is nested beyond all reason") from error
    except ValueError as error:
        if _HTML.match(response.body[:2048]):
            raise PlatformError(f"{where} sent a web page where data was asked for", Cause.BLOCKED) from error
        raise BadData(f"{where} sent JSON that is broken or cut off") from error
    return Data(value)


def listed(items: Iterable[Data], make: Callable[[Data], T | None], what: str) -> tuple[list[T], list[str]]:
    """What ``make`` makes of each item, and a sentence for each that it refused with BadData.

    None leaves an item out in silence. ``what`` names one of them, as in "post".
    """
    made: list[T] = []
    rejected: list[str] = []
    for number, item in enumerate(items, start=1):
        try:
            one = make(item)
        except BadData as error:
            rejected.append(Rejection(f"{what} {item.text('id') or number}: {error}", item.marks()))
        else:
            if one is not None:
                made.append(one)
    return made, rejected


class Data:
    """A value somewhere in a JSON document.

    Every look goes by a path of keys and indices: ``data.text("user", "name")``.
    It never raises, but for ``need``; what is not there, or not of that type, is
    "", None, False or empty.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:  # Any: JSON
        self.value = value

    def at(self, *path: str | int) -> Data:
        """The value there."""
        value = self.value
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
                value = value[step]
            else:
                return Data(None)
        return Data(value)

    def __bool__(self) -> bool:
        """Whether there is anything: neither null, nor empty, nor 0, nor false."""
        return bool(self.value)

    def has(self, *path: str | int) -> bool:
        """Whether there is a value, be it 0 or empty."""
        return self.at(*path).value is not None

    def text(self, *path: str | int) -> str:
        """A text as it stands, or a whole number as text: ids are both."""
        value = self.at(*path).value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        # A lone half of a surrogate pair can be written in JSON and in no file.
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""

    def need(self, *path: str | int) -> str:
        """A text that an item cannot be without. Raises BadData."""
        found = self.text(*path).strip()
        if not found:
            raise BadData(f"it has no {path[-1]}")
        return found

    def numeral(self, *path: str | int) -> str:
        """A text that an item cannot be without, and that is a number: what goes into an address. Raises BadData."""
        found = self.need(*path)
        if not (found.isascii() and found.isdecimal()):
            raise BadData(f"its {path[-1]} is no number")
        return found

    def count(self, *path: str | int) -> int | None:
        """How many: a whole number from 0, or one in digits."""
        value = self.at(*path).value
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    def size(self, *path: str | int) -> int | None:
        """How many pixels or seconds: from 1, rounded."""
        found = self.number(*path)
        return round(found) if found is not None and found >= 1 else None

    def number(self, *path: str | int) -> float | None:
        """A finite number, or one in digits."""
        value = self.at(*path).value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        return found if math.isfinite(found) and abs(found) < 10**_LONGEST_INTEGER else None

    def amount(self, *path: str | int) -> Decimal | None:
        """An amount of money, written as "24.00" or "24"; never from a fraction in binary."""
        said = self.text(*path)
        return Decimal(said) if _AMOUNT.fullmatch(said) else None

    def flag(self, *path: str | int) -> bool:
        """Whether it says true."""
        return self.at(*path).value is True

    def web(self, *path: str | int, base: str = "") -> str:
        """An address of http or https in full, relative ones resolved against ``base``."""
        return urls.absolute(self.text(*path), base)

    def moment(self, *path: str | int) -> datetime | None:
        """A moment: ISO 8601, RFC 822, seconds or milliseconds since 1970. Without a zone it is UTC."""
        value = self.at(*path).value
        if isinstance(value, float) and math.isfinite(value):
            value = int(value)
        return moment(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def each(self, *path: str | int) -> list[Data]:
        """The items of a list."""
        value = self.at(*path).value
        return [Data(item) for item in value] if isinstance(value, list) else []

    def texts(self, *path: str | int) -> list[str]:
        """The texts of a list; what else is in it is left out."""
        return [found for item in self.each(*path) if (found := item.text())]

    def marks(self) -> Iterator[str]:
        """Its short texts and whole numbers, however deep: by one of them it can be known again."""
        waiting = [self.value]
        for _ in range(_MOST_MARKS):
            if not waiting:
                return
            value = waiting.pop(0)
            if isinstance(value, dict | list):
                waiting += value.values() if isinstance(value, dict) else value
            elif found := Data(value).text():
                yield found[:_LONGEST_MARK]

    def pairs(self, *path: str | int) -> Iterator[tuple[str, Data]]:
        """The members of an object, in their order."""
        value = self.at(*path).value
        for key, member in value.items() if isinstance(value, dict) else ():
            yield key, Data(member)


def _integer(digits: str) -> int | str:
    # Python refuses to read more than 4,300 digits.
    return int(digits) if len(digits) <= _LONGEST_INTEGER + 1 else digits
