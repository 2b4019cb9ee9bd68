"""Words that nearly match, and addresses that are none: what every message about settings needs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""A language tag, as far as its shape tells (BCP 47)."""


def near(word: str, known: Iterable[str]) -> str:
    """The known word that is most likely meant, "" where none is near."""
    by_lower = {each.lower(): each for each in sorted(known)}
    return next((by_lower[each] for each in difflib.get_close_matches(word.lower(), by_lower, n=1)), "")


def nearest(word: str, known: Iterable[str]) -> str:
    """`` did you mean "…"?`` with the nearest known word, or what there is to choose from."""
    choices = sorted(known)
    if close := near(word, choices):
        return f'did you mean "{close}"?'
    return "it can be " + ", ".join(f'"{choice}"' for choice in choices)


def web_address(name: str, value: Any, problems: list[str]) -> str:
    """The address without a slash at its end, "" where it is none, which is then a problem.

    Nor is one with a user name or password: the address of a site is for everybody.
    """
    text = str(value or "").rstrip("/")
    parts = _parts(text)
    if text and not (parts.scheme in ("http", "https") and parts.netloc):
        shown = re.split(r"[?#]", text, maxsplit=1)[0].rpartition("@")[2]  # a secret may stand around it
        problems.append(f'{name}: "{shown}" is not a web address; write it whole, beginning with https://')
        return ""
    if "@" in parts.netloc:
        problems.append(f"{name}: a user name or password stands in the address; write it without")
        return ""
    return text


def _parts(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # https://[hub.example
        return SplitResult("", "", "", "", "")
