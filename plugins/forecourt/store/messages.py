"""Posts that say the same: versions of one message, which stands as one card at the address of one of them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from forecourt.model import Post
from forecourt.store.changes import Changes
from forecourt.store.placing import members, place
from forecourt.store.times import moment, stamp

_decode = msgspec.json.Decoder(Post).decode
_BITS = 1 << 64
COMMON = 60
"""Posts of a few days with one mark: more networks than that no brand is on."""


@dataclass(frozen=True, slots=True)
class Version:
    """A post of a message; ``rank`` 0 is shown, others where it cannot be; ``reason`` says why it is one of it."""

    key: str
    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """A post that tells a message; ``looks`` are those of its pictures."""

    key: str
    published: datetime
    first_seen: datetime
    is_hidden: bool
    post: Post
    looks: tuple[int, ...]


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
        is_known = self.versions(message) == ([*versions] if len(versions) > 1 else [])
        if is_known and all(self.lead(each.key) == message for each in versions):
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
        keys = {each.key for each in versions}
        for key in sorted(before | keys):
            self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (turn, key))
        for key in sorted(before - keys | {message}):  # which places all of the message
            place(self._connection, self._changes, self._timezone, key, turn)

    def part(self, key: str) -> list[str]:
        """Have a post be no version of a message any more; the keys of the others are given."""
        others = [copy for copy in self.copies(key) if copy != key]
        if self._connection.execute("DELETE FROM member WHERE key = ?", (key,)).rowcount:
            place(self._connection, self._changes, self._timezone, key, self._changes.turn())
        return others

    def over(self, now: datetime) -> list[str]:
        """The versions of messages whose own time is over: the terms of their network, or our rules, end it."""
        rows = self._connection.execute(
            "SELECT key FROM member JOIN post USING (key) WHERE status = 'published' AND key IN "
            "(SELECT key FROM post WHERE until <= :now UNION SELECT key FROM post WHERE leaves <= :now)",
            {"now": stamp(now)},
        )
        return [row[0] for row in rows]

    def posts(self, keys: Iterable[str], now: datetime | None = None) -> Iterator[Told]:
        """Of these posts those that tell a message at a moment: shown, or hidden; without one all that are there."""
        for key in keys:
            row = self._connection.execute(
                "SELECT published, status, data, first_seen, stands, until, leaves FROM post "
                "WHERE key = ? AND status != 'gone' AND reply_to = ''",
                (key,),
            ).fetchone()
            if row and (now is None or _tells(row[1], row[4], row[5:], now)):
                looks = self._connection.execute(
                    "SELECT looks FROM shows JOIN picture USING (url) WHERE key = ? AND looks != 0 ORDER BY url",
                    (key,),
                )
                numbers = tuple(look[0] % _BITS for look in looks)
                yield Told(key, moment(row[0]), moment(row[3]), row[1] == "hidden", _decode(row[2]), numbers)

    # What posts are found by

    def mark(self, key: str, published: datetime, marks: Iterable[int]) -> None:
        """Keep the marks that a post may share with others of its message."""
        self._connection.execute("DELETE FROM mark WHERE key = ?", (key,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO mark (mark, published, key) VALUES (?, ?, ?)",
            ((mark, stamp(published), key) for mark in marks),
        )

    def sharing(self, marks: Iterable[int], since: datetime, until: datetime) -> Counter[str]:
        """How many of these marks posts have, published from the one moment to the other, by their keys.

        A mark that more than ``COMMON`` of them have tells nothing: it is of what stands below every post.
        """
        found: Counter[str] = Counter()
        for mark in marks:
            rows = self._connection.execute(
                "SELECT key FROM mark WHERE mark = ? AND published BETWEEN ? AND ? LIMIT ?",
                (mark, stamp(since), stamp(until), COMMON + 1),
            ).fetchall()
            if len(rows) <= COMMON:
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

    def any_hidden(self) -> bool:
        """Whether an editor hid anything."""
        return (
            self._connection.execute("SELECT 1 FROM post WHERE status = 'hidden' LIMIT 1").fetchone()
            is not None
        )

    def all(self) -> Mapping[str, str]:
        """The message of every post that is a version of one."""
        return dict(self._connection.execute("SELECT key, message FROM member").fetchall())


def _tells(status: str, stands: str, ends: Sequence[int | None], now: datetime) -> bool:
    is_over = any(end is not None and end <= stamp(now) for end in ends)
    return status == "hidden" or (status == "published" and stands != "[]" and not is_over)
