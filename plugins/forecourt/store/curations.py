"""What the editors said: each of their files as it was last understood, and what they said about single posts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from forecourt.model import Curation
from forecourt.store import identity
from forecourt.store.changes import Changes
from forecourt.store.times import stamp

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Curation).decode


class Curations:
    """The editors' part of a store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = Changes(connection)

    def files(self) -> dict[str, tuple[str, str]]:
        """Each file by its name, as it was last understood: of which kind it is, and what it says."""
        rows = self._connection.execute("SELECT place, kind, data FROM desk ORDER BY place")
        return {place: (kind, data) for place, kind, data in rows}

    def keep(self, files: Mapping[str, tuple[str, str]]) -> None:
        """Keep these files and no others."""
        self._connection.execute("DELETE FROM desk")
        self._connection.executemany(
            "INSERT INTO desk (place, kind, data) VALUES (?, ?, ?)",
            ((place, kind, data) for place, (kind, data) in files.items()),
        )

    def all(self) -> dict[str, Curation]:
        """What was said about posts, by their keys."""
        return {
            key: _decode(data) for key, data in self._connection.execute("SELECT key, data FROM curation")
        }

    def curate(self, curations: Mapping[str, Curation]) -> None:
        """Have these, and no others; the pages of posts of which another thing is said now are made anew."""
        before = self.all()
        changed = [key for key in {*before, *curations} if before.get(key) != curations.get(key)]
        if not changed:
            return
        turn = self._changes.turn()
        for key in sorted(changed):
            self._connection.execute("DELETE FROM curation WHERE key = ?", (key,))
            if curation := curations.get(key):
                until = curation.feature_until
                self._connection.execute(
                    "INSERT INTO curation (key, until, data) VALUES (?, ?, ?)",
                    (key, until and stamp(until), _encode(curation).decode()),
                )
            self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (turn, key))
            self._changes.touch(key, turn)

    def featured(self, now: datetime) -> list[str]:
        """The keys of posts that stand first on the home page, the newest first."""
        found = [
            key
            for key, each in self.all().items()
            if each.pin or (each.feature_until is not None and each.feature_until > now)
        ]
        marks = ", ".join("?" * len(found))
        rows = self._connection.execute(
            f"SELECT key FROM placement WHERE listing = 'stream' AND key IN ({marks}) ORDER BY published DESC, key",
            found,
        )
        return [row[0] for row in rows]

    def found(self, address: str) -> list[str]:
        """The keys of the posts at an address: on the hub ("/posts/KEY/", whole or not) or at their origin."""
        head, on_hub, rest = address.rpartition("posts/")
        key = rest.rstrip("/")
        if "/" not in address or (on_hub and (not head or head.endswith("/"))):
            rows = self._connection.execute("SELECT key FROM post WHERE key = ?", (key,)).fetchall()
            if rows:
                return [key]
        rows = self._connection.execute(
            "SELECT key FROM post WHERE link = ? AND link != '' AND status != 'gone' ORDER BY published, key",
            (identity.bare(address),),
        ).fetchall()
        return [row[0] for row in rows]

    def ids(self, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The source and the id of each of these posts."""
        found = {}
        for key in keys:
            row = self._connection.execute("SELECT source, id FROM post WHERE key = ?", (key,)).fetchone()
            if row:
                found[key] = (row[0], row[1])
        return found
