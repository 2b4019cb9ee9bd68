"""What changed since somebody last looked: posts, and the listings and days they stand or stood on.

Every run that changes something gets the next number, and a token drawn by lot. So
whoever kept both can tell whether this store is the one it knew, further on, or
another: a copy that was put back counts through the same numbers a second time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from forecourt.store.times import stamp

REMEMBERED = 10_000
"""Numbers whose tokens are kept: a hundred days of a change every quarter hour."""


# Posts that stand on one card with others, whose keys are asked for behind it.
_TOGETHER = "SELECT other.key FROM member JOIN member AS other USING (message) WHERE member.key"


class Revision(NamedTuple):
    """A moment in a store's history."""

    number: int
    token: str


class Stand(NamedTuple):
    """A day (2026-11-22) of a listing."""

    listing: str
    day: str


class Changes:
    """The history of a store, as far back as anybody may ask."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def number(self) -> int:
        """The number of the newest change."""
        value: int = self._connection.execute("SELECT value FROM counter").fetchone()[0]
        return value

    def newest(self) -> Revision:
        """The newest change."""
        row = self._connection.execute("SELECT max(number), token FROM revision").fetchone()
        return Revision(*row)

    def knows(self, revision: Revision) -> bool:
        """Whether this store once stood there, so that what came since can be told."""
        row = self._connection.execute(
            "SELECT token FROM revision WHERE number = ?", (revision.number,)
        ).fetchone()
        return bool(row) and row[0] == revision.token

    def turn(self) -> int:
        """Begin the next change, within a transaction; its number."""
        number = self.number() + 1
        self._connection.execute("UPDATE counter SET value = ?", (number,))
        self._connection.execute("INSERT INTO revision VALUES (?, ?)", (number, os.urandom(8).hex()))
        self._connection.execute("DELETE FROM revision WHERE number <= ?", (number - REMEMBERED,))
        return number

    def touch(self, key: str, number: int) -> None:
        """Note that what the post's listings show on its day is not what it was."""
        self._connection.execute(
            "INSERT INTO touched (listing, day, changed) SELECT listing, day, ? FROM placement WHERE key = ? "
            "ON CONFLICT (listing, day) DO UPDATE SET changed = excluded.changed",
            (number, key),
        )

    def reshow(self, url: str) -> None:
        """Note that the posts that show this picture look different now."""
        rows = self._connection.execute(
            f"SELECT key FROM shows WHERE url = :url UNION {_TOGETHER} IN (SELECT key FROM shows WHERE url = :url)",
            {"url": url},
        )
        keys = [row[0] for row in rows.fetchall()]
        if keys:
            number = self.turn()
            for key in keys:
                self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (number, key))
                self.touch(key, number)

    def posts_since(self, number: int) -> list[str]:
        """The keys of posts that changed after that number, those that are gone included."""
        rows = self._connection.execute("SELECT key FROM post WHERE changed > ?", (number,))
        return [row[0] for row in rows]

    def stands_since(self, number: int) -> list[Stand]:
        """The days of listings on which a post stood or stands that changed after that number."""
        rows = self._connection.execute("SELECT listing, day FROM touched WHERE changed > ?", (number,))
        return [Stand(*row) for row in rows]

    def due(self, after: datetime, until: datetime) -> list[str]:
        """The keys of posts whose time came, or ended, after the one moment and by the other."""
        rows = self._connection.execute(
            "SELECT key FROM post WHERE published > :after AND published <= :until "
            "UNION SELECT key FROM post WHERE until > :after AND until <= :until "
            "UNION SELECT key FROM post WHERE leaves > :after AND leaves <= :until "
            "UNION SELECT key FROM curation WHERE until > :after AND until <= :until",
            {"after": stamp(after), "until": stamp(until)},
        )
        return [row[0] for row in rows]

    def stands(self, keys: Iterable[str]) -> list[Stand]:
        """Where these posts stand."""
        found: set[Stand] = set()
        for key in keys:
            rows = self._connection.execute("SELECT listing, day FROM placement WHERE key = ?", (key,))
            found |= {Stand(*row) for row in rows}
        return sorted(found)

    def of_source(self, source: str) -> list[str]:
        """The keys of all posts of a source."""
        return [
            row[0] for row in self._connection.execute("SELECT key FROM post WHERE source = ?", (source,))
        ]

    def naming(self, source: str) -> list[str]:
        """The keys of all posts of a source, and of those that stand on one card with any of them and name it."""
        rows = self._connection.execute(
            f"SELECT key FROM post WHERE source = :source "
            f"UNION {_TOGETHER} IN (SELECT key FROM post WHERE source = :source)",
            {"source": source},
        )
        return [row[0] for row in rows]
