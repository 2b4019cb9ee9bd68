"""Which pictures posts want, which we have, and when to try the others again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.store.times import stamp

_FIRST_WAIT = timedelta(hours=1)
_LONGEST_WAIT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture we keep: its file below the pictures' folder, its size in pixels."""

    name: str
    width: int
    height: int


class Pictures:
    """The pictures of a store, by the address the origin gave."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def want(self, urls: Iterable[str], counter: int) -> None:
        """Remember that a post shows these, so that this or a later run takes them up."""
        self._connection.executemany(
            "INSERT INTO picture (url, wanted) VALUES (?, ?) ON CONFLICT DO NOTHING",
            ((url, counter) for url in urls),
        )

    def missing(self, now: datetime) -> list[str]:
        """What to try to take up now, the newest wanted first."""
        rows = self._connection.execute(
            "SELECT url FROM picture WHERE name = '' AND not_before <= ? ORDER BY wanted DESC, url",
            (stamp(now),),
        )
        return [row[0] for row in rows]

    def have(self, url: str, picture: StoredPicture) -> None:
        """The picture is in its folder."""
        self._connection.execute(
            "UPDATE picture SET name = ?, width = ?, height = ?, failures = 0, error = '' WHERE url = ?",
            (picture.name, picture.width, picture.height, url),
        )

    def lost(self, url: str) -> None:
        """The picture's file is gone; the next fetch takes it up again."""
        self._connection.execute("UPDATE picture SET name = '', not_before = 0 WHERE url = ?", (url,))

    def failed(self, url: str, error: str, now: datetime) -> None:
        """The picture could not be had; it is tried again after 1 h, 2 h, 4 h … 3 days."""
        row = self._connection.execute("SELECT failures FROM picture WHERE url = ?", (url,)).fetchone()
        failures = row[0] if row else 0
        wait = min(_FIRST_WAIT * 2 ** min(failures, 10), _LONGEST_WAIT)
        self._connection.execute(
            "UPDATE picture SET failures = failures + 1, error = ?, not_before = ? WHERE url = ?",
            (error, stamp(now + wait), url),
        )

    def get(self, url: str) -> StoredPicture | None:
        """The picture of that address, None where we have none."""
        row = self._connection.execute(
            "SELECT name, width, height FROM picture WHERE url = ? AND name != ''", (url,)
        ).fetchone()
        return StoredPicture(*row) if row else None

    def names(self) -> set[str]:
        """Every file that a picture of ours is in."""
        return {
            row[0] for row in self._connection.execute("SELECT DISTINCT name FROM picture WHERE name != ''")
        }

    def forget(self, urls: Iterable[str]) -> list[str]:
        """Forget those of the pictures that no post shows any more; the names of files that are nobody's now."""
        names: list[str] = []
        for url in urls:
            row = self._connection.execute(
                "SELECT name FROM picture WHERE url = :url AND NOT EXISTS "
                "(SELECT 1 FROM post WHERE instr(data, :url))",
                {"url": url},
            ).fetchone()
            if row:
                self._connection.execute("DELETE FROM picture WHERE url = ?", (url,))
                names.append(row[0])
        shown = (
            {row[0] for row in self._connection.execute("SELECT DISTINCT name FROM picture")}
            if names
            else set()
        )
        return sorted(set(names) - shown - {""})
