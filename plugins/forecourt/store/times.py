"""Moments as the store keeps them: milliseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def stamp(moment: datetime) -> int:
    """A moment with a zone as whole milliseconds."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(stamp: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + stamp * _MILLISECOND
