"""What is known of each source: how to ask it for news, and how it fared."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.store.changes import Changes
from forecourt.store.times import moment, stamp

STALE = timedelta(days=1)
"""Silence of a source that answers no more, from which on visitors are told: over a day nobody expects news."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source as the last run left it.

    ``asked`` is a fingerprint of the account and its options: when they differ,
    ``since``, the validators and the digest are of no use. ``url``, ``etag``,
    ``last_modified`` and ``digest`` are of the last answer it gave.
    ``moved_to`` is where permanent redirects lead, ``moved_seen`` how many runs
    agreed. ``fresh`` is when it last answered well. ``settled`` is a fingerprint
    of the rules its posts were decided and placed by. ``url`` is kept as a
    fingerprint only: a key may stand in it.

    ``reread`` is when the account was last read as a whole, and ``missing`` the ids
    of posts that it lacked then: those that it lacks a second time are gone.
    ``cause`` is of the error; ``secrets`` is a fingerprint of the secrets that were refused.
    ``pause`` is why the source is left alone until ``not_before``, "" where it is not;
    ``wish`` is how many seconds its document wants to be left alone between polls.
    ``alarm`` is what was odd, as ``vigilance`` writes it: all that is new of it is held until a person says that
    it is fine.
    """

    name: str
    asked: str = ""
    since: str = ""
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: bytes = b""
    moved_to: str = ""
    moved_seen: int = 0
    checked: datetime | None = None
    fresh: datetime | None = None
    error: str = ""
    failures: int = 0
    not_before: datetime | None = None
    settled: str = ""
    reread: datetime | None = None
    missing: tuple[str, ...] = ()
    cause: str = ""
    secrets: str = ""
    pause: str = ""
    wish: int = 0
    alarm: str = ""

    @property
    def stale_since(self) -> datetime | None:
        """When it last answered well, if it has not for a day and was asked; None otherwise."""
        if not (self.error and self.fresh and self.checked):
            return None
        return self.fresh if self.checked - self.fresh >= STALE else None


_COLUMNS = tuple(SourceState.__dataclass_fields__)
_TIMES = frozenset({"checked", "fresh", "not_before", "reread"})
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM source"
_SAVE = f"REPLACE INTO source ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' for _ in _COLUMNS)})"
_POSTED = (
    "SELECT published FROM placement WHERE listing = ? AND published <= ? ORDER BY published DESC LIMIT ?"
)


class Sources:
    """The sources of a store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stale: dict[str, datetime] | None = None

    def all(self) -> dict[str, SourceState]:
        """Every source that was ever asked, by name."""
        states = map(_state, self._connection.execute(_SELECT).fetchall())
        return {state.name: state for state in states}

    def alarms(self) -> dict[str, str]:
        """What was odd of each source that is held, by its name."""
        return dict(self._connection.execute("SELECT name, alarm FROM source WHERE alarm != ''").fetchall())

    def habits(self, name: str) -> str:
        """What is usual of a source, as ``vigilance`` writes it; "" where nothing is known."""
        row = self._connection.execute("SELECT data FROM habit WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def keep_habits(self, name: str, habits: str) -> None:
        """Keep what is usual of a source, apart from its state: that is written at every run."""
        self._connection.execute("REPLACE INTO habit (name, data) VALUES (?, ?)", (name, habits))

    def save(self, state: SourceState) -> None:
        """Keep what a run learnt, and note where visitors shall be told something else of the source."""
        if state.stale_since != self._told().get(state.name):
            Changes(self._connection).turn()
            self._told().pop(state.name, None)
            self._told().update({state.name: state.stale_since} if state.stale_since else {})
        self._connection.execute(_SAVE, [_column(getattr(state, name)) for name in _COLUMNS])

    def stale(self) -> dict[str, datetime]:
        """When each source that has not answered for a day last did."""
        return {name: since for name, state in self.all().items() if (since := state.stale_since)}

    def _told(self) -> dict[str, datetime]:
        """What visitors are told of sources, as far as this run knows; read once, for thousands of sources."""
        if self._stale is None:
            self._stale = self.stale()
        return self._stale

    def posted(self, name: str, now: datetime, limit: int) -> list[datetime]:
        """When the newest posts that a source shows were published, the newest first."""
        rows = self._connection.execute(_POSTED, (f"source/{name}", stamp(now), limit)).fetchall()
        return [moment(row[0]) for row in rows]


def _state(row: tuple[object, ...]) -> SourceState:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _TIMES:
        value = values[name]
        values[name] = moment(value) if isinstance(value, int) else None
    values["missing"] = () if values["missing"] == "[]" else tuple(json.loads(str(values["missing"])))
    return SourceState(**values)  # type: ignore[arg-type]  # columns and fields are the same list


def _column(value: object) -> object:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return stamp(value) if isinstance(value, datetime) else value
