"""The last report of each task, as JSON text, for ``invoke status``."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from forecourt.store.times import moment, stamp


class Reports:
    """Reports by the name of their task."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def save(self, name: str, data: str, now: datetime) -> None:
        """Keep the newest report of a task."""
        self._connection.execute("REPLACE INTO report VALUES (?, ?, ?)", (name, stamp(now), data))

    def last(self, name: str) -> tuple[datetime, str] | None:
        """When the task last ran and what it reported; None if it never did."""
        row = self._connection.execute("SELECT made, data FROM report WHERE name = ?", (name,)).fetchone()
        return (moment(row[0]), row[1]) if row else None
