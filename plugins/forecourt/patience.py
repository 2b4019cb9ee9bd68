"""When a source is asked again: soon where it has much to say, later where it is silent or not well.

A pause is dropped as soon as the source answers, and when its account is linked
otherwise. One that lies further ahead than any can be was written under a clock
that was wrong, and does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from forecourt.errors import Cause, FetchError, ForecourtError, Gone, NotAllowed, PlatformError
from forecourt.fetch import Answer
from forecourt.store import SourceState

FIRST_WAIT = timedelta(hours=1)
"""How long a source is left alone after it failed once; twice as long after each further time."""

LONGEST_WAIT = timedelta(days=3)

FEED_REST = timedelta(hours=1)
"""How long a public feed is left alone after it was read, as its server has no other wish."""

LONGEST_REST = timedelta(days=1)
"""How long a server's wishes are obeyed."""

SLOWEST = timedelta(hours=3)
"""How long a source is left alone at the most because it posts seldom: no post may come later than within hours."""

RECENT = 10
"""Newest posts of a source by which is judged how often it posts."""

_SHARE = 8

_REFUSED = {
    Cause.RATE_LIMITED: timedelta(minutes=15),  # where the platform does not say
    Cause.BLOCKED: timedelta(hours=3),
    Cause.AUTH_DEAD: timedelta(days=1),
}


class Pause(StrEnum):
    """Why a source is left alone."""

    ASKED = "asked"  # its server named the moment
    FAILING = "failing"  # it failed
    RESTING = "resting"  # it was read a short while ago
    ENDED = "ended"  # it is gone for good, says its server


def after_failure(state: SourceState, error: ForecourtError, now: datetime) -> SourceState:
    """The state of a source that failed: how often in a row, and when it is asked again."""
    failures = state.failures + 1
    state = replace(state, failures=failures)
    if isinstance(error, Gone):
        return replace(state, not_before=None, pause=Pause.ENDED)
    if isinstance(error, NotAllowed):
        return replace(
            state, not_before=None, pause=""
        )  # until the settings change, which costs nobody a request
    until = now + min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    said = error.retry_at if isinstance(error, FetchError) else None
    if isinstance(error, PlatformError):
        # A platform knows when it will answer; a server that says "in a second", run after run, does not.
        until = said or now + _REFUSED.get(error.cause, until - now)
    else:
        until = max(until, now + _REFUSED.get(error.cause, FIRST_WAIT), said or now)
    return replace(state, not_before=until, pause=Pause.ASKED if said else Pause.FAILING)


def pace(posted: Sequence[datetime], now: datetime) -> timedelta:
    """How long a source can be left alone that posted at these moments, the newest first.

    For an eighth of the time since its last post, or of what lies between two of its
    posts of late where that is less: so one that posts at last is quick again at once,
    and one that posted much in an hour does not stay so for ever. ``SLOWEST`` at the
    most; not at all where there is nothing to judge by.
    """
    if not posted:
        return timedelta(0)
    silent, usual = now - posted[0], (now - posted[-1]) / len(posted)
    return min(silent / _SHARE, usual / _SHARE, SLOWEST)


def after_reading(
    state: SourceState, answer: Answer, now: datetime, own: timedelta = timedelta(0), *, is_api: bool = False
) -> SourceState:
    """The state of a source that was read, with how long it is left alone now: for the longest of these.

    What its server says of a feed, in the headers of the answer or in the document, a
    day at the most; an hour if it is a feed; its ``own`` pace. On a network that was
    allowed by name the server's word alone counts.
    """
    said = timedelta(0) if is_api else max(_fresh_for(answer.headers, now), timedelta(seconds=state.wish))
    ours = timedelta(0) if answer.private else max(own, timedelta(0) if is_api else FEED_REST)
    rest = max(min(said, LONGEST_REST), ours)
    return replace(state, not_before=now + rest, pause=Pause.RESTING) if rest else state


def is_left_alone(state: SourceState, now: datetime, *, insist: bool = False) -> bool:
    """Whether the source is not to be asked now; ``insist`` is for a person who names it.

    What its server asked for is kept to even then.
    """
    if state.pause == Pause.ENDED:
        return not insist
    if state.checked and state.checked > now:
        return False  # the clock that said so was wrong
    if state.not_before is None or (insist and state.pause != Pause.ASKED):
        return False
    return now < state.not_before <= now + LONGEST_WAIT


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long an answer stays fresh (RFC 9111 section 4.2)."""
    directives = [one.strip().lower() for one in headers.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return timedelta(0)
    for directive in directives:
        name, _, value = directive.partition("=")
        if name == "max-age":
            return timedelta(seconds=max(_seconds(value.strip('"')) - _seconds(headers.get("age", "")), 0))
    expires, made = _date(headers.get("expires", "")), _date(headers.get("date", ""))
    return max(expires - (made or now), timedelta(0)) if expires else timedelta(0)


def _seconds(text: str) -> int:
    longest = int(LONGEST_REST.total_seconds())
    return min(int(text[:10]), longest) if text.isascii() and text.isdecimal() else 0


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
