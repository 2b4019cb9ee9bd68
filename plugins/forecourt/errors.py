"""Every error that Forecourt raises on purpose.

* ForecourtError
  * SettingsError          wrong usage: settings, sources.toml, environment
  * ContentError           wrong content: front matter
  * ThemeError             a template of the theme is wrong
  * FetchError             a source could not be asked
    * Refused              our own rules forbid the request
      * NotAllowed         an address that the operator wrote, by our own settings
    * Unreachable          no connection could be made
      * UnknownHost        the name leads nowhere
      * Untrusted          no TLS that can be trusted
      * Lost               the connection broke before the answer was whole
    * TooSlow              the deadline passed
    * TooLarge             the answer is over the cap
    * Unreadable           the answer is cut, corrupt or not HTTP
    * Answered             the server answered with an error status
      * Gone               it said that the account's own address is gone for good
    * PlatformError        the platform refused, and said why
  * BadData                the answer is not what the connector reads
  * WorkerLost             the process that read a document was stopped
  * StoreError             the store cannot be opened or written
    * Damaged              the store's file is not what was written into it
  * Busy                   another run is at work on the same state, or on the same site
  * OutputError            the site cannot be written
  * PublishError           the site could not be sent, or only a part of it
    * Keyless              the environment has no credential for where it goes
  * Unsafe                 the site would lose too much, or show what it must not
  * PlaceError             what is kept elsewhere cannot be read or written
    * Overtaken            somebody else wrote there since we looked

The message of each is one sentence for a person: what, where, how to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus


class Cause(StrEnum):
    """Why a source could not be read, as far as what to do about it differs."""

    AUTH_EXPIRED = "auth expired"  # the token ended; a machine may renew it
    AUTH_DEAD = "auth dead"  # only a person can give a new token
    PERMISSION = "permission"  # the token may not read this
    RATE_LIMITED = "rate limited"
    TRANSIENT = "transient"
    NOT_FOUND = "not found"
    BLOCKED = "blocked"  # we are taken for a robot
    BAD_DATA = "bad data"


class ForecourtError(Exception):
    """Base of all; ``exitcode`` is what a task that ends with it returns.

    ``cause`` is why a source could not be read, where the error is about one.
    """

    exitcode = 1
    cause: Cause = Cause.TRANSIENT

    @property
    def locks_out(self) -> bool:
        """Whether nothing more can be asked with this token, not even what stands beside the posts."""
        return self.cause in {Cause.AUTH_EXPIRED, Cause.AUTH_DEAD}


class _Problems(ForecourtError):
    """Several problems found in one look, a line each."""

    exitcode = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[_Problems], tuple[tuple[str, ...]]]:
        return (type(self), (self.problems,))


class SettingsError(_Problems):
    """Settings, linked accounts or the environment are wrong."""


class ContentError(_Problems):
    """Markdown files have front matter that cannot be right."""


class ThemeError(ForecourtError):
    """A template cannot be read, or asks for what a page does not have."""


class FetchError(ForecourtError):
    """A source could not be asked; its last posts stay.

    ``retry_at`` is the moment before which it asks to be left alone, None if it
    names none.
    """

    retry_at: datetime | None = None


class Refused(FetchError):
    """The request would go where our own rules forbid."""

    cause = Cause.BLOCKED


class NotAllowed(Refused):
    """The operator wrote an address that the settings forbid: nobody was asked."""


class Unreachable(FetchError):
    """No connection could be made."""


class UnknownHost(Unreachable):
    """The name of the host leads nowhere."""


class Untrusted(Unreachable):
    """The server has no certificate that can be trusted, or no TLS that works."""


class Lost(Unreachable):
    """The connection broke before the answer was whole; the one failure that is worth a second try at once."""


class TooSlow(FetchError):
    """The answer was not complete at the deadline."""


class TooLarge(FetchError):
    """The answer is larger than the cap."""

    cause = Cause.BAD_DATA


class Unreadable(FetchError):
    """The answer is cut off, corrupt, or not HTTP at all."""

    cause = Cause.BAD_DATA


_CAUSES = {
    401: Cause.AUTH_DEAD,
    403: Cause.BLOCKED,
    404: Cause.NOT_FOUND,
    408: Cause.TRANSIENT,
    410: Cause.NOT_FOUND,
    425: Cause.TRANSIENT,
    429: Cause.RATE_LIMITED,
}


class Answered(FetchError):
    """The server answered, with the error status ``status``."""

    def __init__(self, message: str, status: int, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.cause = _CAUSES.get(
            status, Cause.BAD_DATA if status < HTTPStatus.INTERNAL_SERVER_ERROR else Cause.TRANSIENT
        )
        self.retry_at = retry_at

    def __reduce__(self) -> tuple[type[Answered], tuple[str, int, datetime | None]]:
        return (type(self), (str(self), self.status, self.retry_at))


class Gone(Answered):
    """The account's own address is gone for good (410): it is not asked again."""


class PlatformError(FetchError):
    """The platform refused what a connector asked, in words of its own.

    The message says which platform and what it said, without what to do: that
    follows from the cause and is added where the account is known.
    """

    def __init__(self, message: str, cause: Cause, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.retry_at = retry_at

    def __reduce__(self) -> tuple[type[PlatformError], tuple[str, Cause, datetime | None]]:
        return (type(self), (str(self), self.cause, self.retry_at))


class BadData(ForecourtError):
    """The answer came whole and is not what the connector can read."""

    cause = Cause.BAD_DATA


class WorkerLost(ForecourtError):
    """The process that read a document ran out of time or memory, or crashed."""

    cause = Cause.BAD_DATA


class OutputError(ForecourtError):
    """A file of the site cannot be written or removed."""


class StoreError(ForecourtError):
    """The store is newer than this program, damaged, or cannot be written."""


class Damaged(StoreError):
    """The file of the store is not what was written into it."""


class Busy(ForecourtError):
    """Another run is at work on the same state or site; it does what this one would have done."""

    exitcode = 5


class PublishError(ForecourtError):
    """The site could not be sent, or only a part of it; the next run goes on from there."""

    exitcode = 5


class Keyless(PublishError):
    """The environment has no credential for where the site goes: only a person can mend that."""

    exitcode = 4


class Unsafe(_Problems):
    """The site that was built is not fit to take the place of the one that is live."""

    exitcode = 6


class PlaceError(ForecourtError):
    """A bucket, folder, server or branch that keeps something for us cannot be read or written."""

    exitcode = 5


class Overtaken(PlaceError):
    """What was to be written over is no longer what we read: somebody else wrote since."""
