"""Posts as those see them who judge them: with their status, the reasons, and where they stand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from forecourt.model import Post, Status
from forecourt.store.times import moment, stamp

_decode = msgspec.json.Decoder(Post).decode
_SELECT = "SELECT key, published, first_seen, status, reasons, until, data FROM post"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A post by itself, whatever else says the same. ``until`` is when its platform's terms end its showing."""

    key: str
    published: datetime
    first_seen: datetime
    status: Status
    reasons: tuple[str, ...]
    until: datetime | None
    post: Post
    listings: tuple[str, ...] = ()


class Review:
    """The posts of a store, for who judges them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def one(self, key: str) -> Reviewed:
        """A post. Raises KeyError when there is none."""
        row = self._connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return self._reviewed(row)

    def with_status(self, status: Status) -> Iterator[Reviewed]:
        """The posts of a status, the newest first."""
        rows = self._connection.execute(f"{_SELECT} WHERE status = ? ORDER BY published DESC, key", (status,))
        return map(self._reviewed, rows.fetchall())

    def held(self, sources: Iterable[str]) -> int:
        """How many posts of these sources wait for a person."""
        names = [*sources]
        marks = ", ".join("?" * len(names))
        row = self._connection.execute(
            f"SELECT count(*) FROM post WHERE status = 'held' AND source IN ({marks})", names
        ).fetchone()
        return int(row[0])

    def since(self, source: str, when: datetime) -> Iterator[Reviewed]:
        """The posts of a source that are published, not replies, and of that moment or later; the oldest first."""
        rows = self._connection.execute(
            f"{_SELECT} WHERE source = ? AND status = 'published' AND reply_to = '' AND +published >= ? "
            "ORDER BY published",
            (source, stamp(when)),
        )
        return map(self._reviewed, rows.fetchall())

    def moments(self, source: str, when: datetime) -> list[datetime]:
        """When a source published anything from that moment on, shown or not; replies aside."""
        rows = self._connection.execute(
            "SELECT published FROM post WHERE source = ? AND status != 'gone' AND reply_to = '' AND +published >= ? "
            "ORDER BY published",
            (source, stamp(when)),
        )
        return [moment(row[0]) for row in rows]

    def _reviewed(self, row: tuple[str, int, int, Status, str, int | None, str]) -> Reviewed:
        key, published, first_seen, status, reasons, until, data = row
        stands = self._connection.execute(
            "SELECT listing FROM placement WHERE key = ? ORDER BY listing", (key,)
        )
        return Reviewed(
            key, moment(published), moment(first_seen), status, tuple(json.loads(reasons)),
            None if until is None else moment(until), _decode(data), tuple(each[0] for each in stands),
        )  # fmt: skip
