"""When a platform says no: what it means, and when it may be asked again.

Platforms say it by status, by a code in the body, or inside a 200; the causes and
what follows from each are those of ``forecourt.errors.Cause``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from forecourt import text
from forecourt.apis.data import Data, read
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.feeds.dates import moment
from forecourt.talk import Response

_BY_STATUS = {
    401: Cause.AUTH_EXPIRED,
    403: Cause.PERMISSION,
    404: Cause.NOT_FOUND,
    408: Cause.TRANSIENT,
    410: Cause.NOT_FOUND,
    425: Cause.TRANSIENT,
    429: Cause.RATE_LIMITED,
}
_SERVER_ERRORS = 500
_RESETS = ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset", "ratelimit-resettime")
_LONGEST_PAUSE = timedelta(hours=25)  # quotas of a day end at some midnight
_EPOCH_BEGINS = 10**9  # smaller numbers are seconds from now
_LONGEST_SAID = 200


def refusal(response: Response, platform: str, cause: Cause | None = None, said: str = "") -> PlatformError:
    """What an error answer means, as an error to raise.

    ``platform`` as people know it; ``cause`` where the body tells it better than
    the status does; ``said`` the platform's own words, if it had any.
    """
    cause = cause or _by_status(response)
    words = text.excerpt(text.plain(said), _LONGEST_SAID) or f"status {response.status}"
    until = retry_at(response) if cause in {Cause.RATE_LIMITED, Cause.TRANSIENT} else None
    return PlatformError(f"{platform} says: {words}", cause, until)


def refused(response: Response) -> Data | None:
    """The body of an error answer; None when it is none. A body that is no JSON is empty.

    Raises PlatformError (blocked) when a web page came instead of data with 403 or 429.
    """
    if response.status < HTTPStatus.BAD_REQUEST:
        return None
    try:
        return read(response)
    except BadData:
        return Data(None)
    except PlatformError:
        if _by_status(response) in {Cause.PERMISSION, Cause.RATE_LIMITED}:
            raise
        return Data(None)


def retry_at(response: Response) -> datetime | None:
    """The moment before which the answer's headers ask to be left alone, None if they name none.

    Seconds, a date, seconds since 1970 or ISO 8601, whichever the platform uses;
    at most 25 hours ahead. ``Response.at`` is the moment it is counted from.
    """
    for name in _RESETS:
        found = _moment(response.headers.get(name, "").strip(), response.at)
        if found and found > response.at:
            return min(found, response.at + _LONGEST_PAUSE)
    return None


def _moment(said: str, now: datetime) -> datetime | None:
    try:
        seconds = float(said)
    except ValueError:
        return moment(said) or _date(said)
    if not 0 <= seconds < _EPOCH_BEGINS**2:
        return None
    if seconds < _EPOCH_BEGINS:
        return now + timedelta(seconds=min(seconds, _LONGEST_PAUSE.total_seconds()))
    return moment(str(int(seconds)))


def _date(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else None


def _by_status(response: Response) -> Cause:
    if response.status >= _SERVER_ERRORS:
        return Cause.TRANSIENT
    return _BY_STATUS.get(response.status, Cause.BAD_DATA)
