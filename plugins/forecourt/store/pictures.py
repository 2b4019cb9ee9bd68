"""Which pictures posts show, which we have, and when to try the others again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.store.changes import Changes
from forecourt.store.times import stamp

TRIES = 20
"""After so many a picture is given up: with the waits between them that is a month and a half."""

_FIRST_WAIT = timedelta(hours=1)
_LONGEST_WAIT = timedelta(days=3)
_BITS = 1 << 64
_COLUMNS = "name, width, height, recipe, widths, colour, placeholder, looks"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture we keep: its files below the pictures' folder, its size in pixels.

    ``widths`` are those of its files, from the narrowest on; the last is ``width``.
    ``recipe`` is how they were made. ``colour`` is that of the whole on average, "" where
    something shines through; ``placeholder`` is a tiny picture as a ``data:`` address.

    ``looks`` is a number of 64 bits that similar pictures nearly share (``media.looks``), 0 where nobody looked.

    A picture by Forecourt 0.1 has neither: ``name`` is its one file.
    """

    name: str
    width: int
    height: int
    recipe: str = ""
    widths: tuple[int, ...] = ()
    colour: str = ""
    placeholder: str = ""
    looks: int = 0

    def file(self, width: int, kind: str = "webp") -> str:
        """Its file of that width, as ``"avif"`` or ``"webp"``."""
        return f"{self.name}-{width}.{kind}" if self.widths else self.name

    @property
    def largest(self) -> str:
        """The file that every program can show, as large as we have it."""
        return self.file(self.width)

    @property
    def files(self) -> list[str]:
        """All its files."""
        made = [self.file(width, kind) for width in self.widths for kind in ("avif", "webp")]
        return made or [self.name]


class Pictures:
    """The pictures of a store, by the address the origin gave."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = Changes(connection)

    def want(self, urls: Iterable[str], counter: int) -> None:
        """Remember that a post shows these, so that this or a later run takes them up."""
        self._connection.executemany(
            "INSERT INTO picture (url, wanted) VALUES (?, ?) "
            "ON CONFLICT (url) DO UPDATE SET wanted = excluded.wanted WHERE wanted = 0",
            ((url, counter) for url in urls),
        )

    def missing(self, now: datetime) -> list[tuple[str, str]]:
        """What to try to take up now, each with an account that shows it, the newest wanted first.

        One that was to wait longer than any does was put off by a clock that ran ahead.
        """
        rows = self._connection.execute(
            "SELECT url, coalesce((SELECT source FROM shows JOIN post USING (key) WHERE shows.url = picture.url), '') "
            "FROM picture WHERE name = '' AND (not_before <= ? OR not_before > ?) AND failures < ? "
            "ORDER BY wanted DESC, url",
            (stamp(now), stamp(now + _LONGEST_WAIT), TRIES),
        )
        return [(url, source) for url, source in rows]

    def outdated(self, recipe: str) -> dict[str, StoredPicture]:
        """The pictures that were made in another way than this, by address, the newest wanted first."""
        rows = self._connection.execute(  # before it and after it an index knows; "not it" would read all
            f"SELECT url, {_COLUMNS} FROM picture WHERE url IN ("
            "SELECT url FROM picture WHERE name != '' AND recipe < :recipe UNION ALL "
            "SELECT url FROM picture WHERE name != '' AND recipe > :recipe) ORDER BY wanted DESC, url",
            {"recipe": recipe},
        )
        return {row[0]: _stored(*row[1:]) for row in rows}

    def making(self, name: str) -> None:
        """Files of that name are about to be made; should nothing come of it, they are litter."""
        self._connection.execute("INSERT OR IGNORE INTO litter VALUES (?)", (name,))

    def have(self, url: str, picture: StoredPicture) -> None:
        """The picture is in its folder."""
        self._leave(url)
        self._connection.execute("DELETE FROM litter WHERE name = ?", (picture.name,))
        self._connection.execute(
            "UPDATE picture SET name = ?, width = ?, height = ?, recipe = ?, widths = ?, colour = ?, placeholder = ?, "
            "looks = ?, failures = 0, error = '' WHERE url = ?",
            (
                picture.name, picture.width, picture.height, picture.recipe, " ".join(map(str, picture.widths)),
                picture.colour, picture.placeholder, _signed(picture.looks), url,
            ),
        )  # fmt: skip
        self._changes.reshow(url)

    def lost(self, url: str) -> None:
        """The picture's file is gone; the next fetch takes it up again."""
        self._leave(url)
        self._connection.execute(
            "UPDATE picture SET name = '', failures = 0, not_before = 0 WHERE url = ?", (url,)
        )
        self._changes.reshow(url)

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
            f"SELECT {_COLUMNS} FROM picture WHERE url = ? AND name != ''", (url,)
        ).fetchone()
        return _stored(*row) if row else None

    def named(self, name: str) -> StoredPicture | None:
        """The picture of that name, from whichever address we had it; None where there is none."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM picture WHERE name = ? AND name != '' LIMIT 1", (name,)
        ).fetchone()
        return _stored(*row) if row else None

    def forget(self) -> None:
        """Forget the pictures that no post shows any more; their files are litter."""
        unwanted = self._connection.execute(
            "SELECT url FROM picture WHERE wanted = 0 "
            "AND NOT EXISTS (SELECT 1 FROM shows WHERE shows.url = picture.url)"
        ).fetchall()
        for (url,) in unwanted:
            self._leave(url)
            self._connection.execute("DELETE FROM picture WHERE url = ?", (url,))

    def litter(self) -> list[str]:
        """The names of files that may lie in the folder and belong to no picture."""
        rows = self._connection.execute(
            "SELECT name FROM litter WHERE NOT EXISTS "
            "(SELECT 1 FROM picture WHERE picture.name = litter.name AND picture.name != '') ORDER BY name"
        )
        return [row[0] for row in rows]

    def swept(self) -> None:
        """The litter is gone."""
        self._connection.execute("DELETE FROM litter")

    def _leave(self, url: str) -> None:
        """The files that the picture has may be nobody's once it has others."""
        self._connection.execute(
            "INSERT OR IGNORE INTO litter SELECT name FROM picture WHERE url = ? AND name != ''", (url,)
        )


def show(connection: sqlite3.Connection, key: str, urls: Iterable[str]) -> None:
    """Note which pictures a post shows now, and of those that it showed before which are wanted no more."""
    shown = set(urls)
    before = {row[0] for row in connection.execute("SELECT url FROM shows WHERE key = ?", (key,))}
    connection.executemany(
        "INSERT INTO shows (key, url) VALUES (?, ?)", ((key, url) for url in sorted(shown - before))
    )
    for url in sorted(before - shown):
        connection.execute("DELETE FROM shows WHERE key = ? AND url = ?", (key, url))
        connection.execute(
            "UPDATE picture SET wanted = 0 WHERE url = :url AND NOT EXISTS (SELECT 1 FROM shows WHERE url = :url)",
            {"url": url},
        )


def _stored(
    name: str,
    width: int,
    height: int,
    recipe: str,
    widths: str,
    colour: str,
    placeholder: str,
    looks: int | None,
) -> StoredPicture:
    sizes = tuple(map(int, widths.split()))
    return StoredPicture(name, width, height, recipe, sizes, colour, placeholder, (looks or 0) % _BITS)


def _signed(number: int) -> int:
    """A number of 64 bits as SQLite keeps it."""
    return number - _BITS if number >= _BITS // 2 else number
