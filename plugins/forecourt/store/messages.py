"""Posts that say the same: versions of one message, which stands as one card at the address of one of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from forecourt.store.changes import Changes
from forecourt.store.placing import members, place


@dataclass(frozen=True, slots=True)
class Version:
    """A post of a message; ``rank`` 0 is shown, others where it cannot be; ``reason`` says why it is one of it."""

    key: str
    rank: int
    reason: str


class Messages:
    """The messages of a store."""

    def __init__(self, connection: sqlite3.Connection, timezone: ZoneInfo) -> None:
        self._connection = connection
        self._timezone = timezone
        self._changes = Changes(connection)

    def lead(self, key: str) -> str:
        """The post at whose address a post stands: itself, where nobody else says the same."""
        row = self._connection.execute("SELECT message FROM member WHERE key = ?", (key,)).fetchone()
        return row[0] if row else key

    def copies(self, key: str) -> list[str]:
        """The posts that say the same as one, itself among them."""
        return members(self._connection, self.lead(key)) or [key]

    def versions(self, message: str) -> list[Version]:
        """The posts of a message, the best first."""
        rows = self._connection.execute(
            "SELECT key, rank, reason FROM member WHERE message = ? ORDER BY rank, key", (message,)
        )
        return [Version(*row) for row in rows]

    def gather(self, message: str, versions: Sequence[Version]) -> None:
        """Have a message of these versions; of fewer than two there is none. ``message`` is the key of one."""
        if self.versions(message) == [*versions]:
            return
        before = {other for each in versions for other in self.copies(each.key)} | {
            *members(self._connection, message)
        }
        for key in before | {each.key for each in versions}:
            self._connection.execute("DELETE FROM member WHERE key = ?", (key,))
        if len(versions) > 1:
            self._connection.executemany(
                "INSERT INTO member (key, message, rank, reason) VALUES (?, ?, ?, ?)",
                ((each.key, message, each.rank, each.reason) for each in versions),
            )
        turn = self._changes.turn()
        for key in sorted(before | {each.key for each in versions}):
            self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (turn, key))
            place(self._connection, self._changes, self._timezone, key, turn)

    # What posts are found by

    def mark(self, key: str, marks: Iterable[int]) -> None:
        """Keep the marks that a post may share with others of its message."""
        self._connection.execute("DELETE FROM mark WHERE key = ?", (key,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO mark (mark, key) VALUES (?, ?)", ((mark, key) for mark in marks)
        )

    def sharing(self, marks: Iterable[int]) -> set[str]:
        """The keys of posts with any of these marks."""
        found: set[str] = set()
        for mark in marks:
            rows = self._connection.execute("SELECT key FROM mark WHERE mark = ?", (mark,))
            found.update(row[0] for row in rows)
        return found

    # What may never come back

    def forget(self, marks: Iterable[int], data: str) -> None:
        """Remember marks of a post that may never come back, with what it is known again by."""
        row = self._connection.execute("SELECT coalesce(max(message), 0) + 1 FROM forgotten").fetchone()
        self._connection.executemany(
            "INSERT OR IGNORE INTO forgotten (mark, message, data) VALUES (?, ?, ?)",
            ((mark, row[0], data) for mark in marks),
        )

    def forgotten(self, marks: Iterable[int]) -> list[str]:
        """By what forgotten posts are known that share any of these marks."""
        found: dict[str, None] = {}
        for mark in marks:
            rows = self._connection.execute("SELECT data FROM forgotten WHERE mark = ?", (mark,))
            found.update((row[0], None) for row in rows)
        return [*found]

    def any_forgotten(self) -> bool:
        """Whether anything was ever forgotten."""
        return self._connection.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone() is not None

    def all(self) -> Mapping[str, str]:
        """The message of every post that is a version of one."""
        return dict(self._connection.execute("SELECT key, message FROM member").fetchall())
