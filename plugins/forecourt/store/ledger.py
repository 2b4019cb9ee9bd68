"""The ledger of an output folder: which files builds wrote there, and what they were made from.

It goes where the output goes: a hub whose state was lost, or two that follow one
another in one folder, leave no page behind. So it may be read by whoever reads the
site, and holds nothing that the files beside it do not show.

What stands here is what the files shall be. Names of pages whose files may not be
that yet are pending: whatever ends a build, the next one makes those first.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from forecourt.errors import OutputError

LEDGER = ".forecourt"
"""Its name in the output folder."""

_VERSION = 1
_TABLES = """
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;    -- what everything was made from
    CREATE TABLE template (name TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID; -- with all that each includes
    CREATE TABLE account (name TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE listing (name TEXT PRIMARY KEY, shown INTEGER NOT NULL, title TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE day (                                                               -- how many each listing shows
        listing TEXT NOT NULL, day TEXT NOT NULL, shown INTEGER NOT NULL, PRIMARY KEY (listing, day)) WITHOUT ROWID;
    CREATE TABLE file (
        path TEXT PRIMARY KEY,
        owner TEXT NOT NULL,                    -- the page that it is, or why it is there
        template TEXT NOT NULL DEFAULT '',
        part TEXT,                              -- of the sitemap; NULL where search engines shall not list it
        build INTEGER NOT NULL                  -- the last that claimed it
    ) WITHOUT ROWID;
    CREATE INDEX file_owner ON file (owner);
    CREATE INDEX file_part ON file (part, path) WHERE part IS NOT NULL;
    CREATE TABLE shows (page TEXT NOT NULL, picture TEXT NOT NULL, PRIMARY KEY (page, picture)) WITHOUT ROWID;
    CREATE INDEX shows_picture ON shows (picture);
    CREATE TABLE pending (page TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class File(NamedTuple):
    """A file of the output, and why it is there.

    ``part`` is of the sitemap, None where search engines shall not list it; ``build`` the last that claimed it.
    """

    path: str
    owner: str
    template: str = ""
    part: str | None = None
    build: int = 0


class Ledger:
    """An open ledger."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self.claims: frozenset[str] = frozenset()
        """Files that a Forecourt before ledgers claimed."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The ledger of the folder, a new one where there is none or none that can be read. Raises OutputError."""
        path = folder / LEDGER
        with _named(path):
            folder.mkdir(parents=True, exist_ok=True)
            claims = _old_claims(path)
            with contextlib.suppress(sqlite3.DatabaseError):
                connection = _opened(path)
                if _version(connection) == _VERSION:
                    return cls(connection, folder)
                connection.close()
            for ending in ("", "-wal", "-shm"):
                Path(f"{path}{ending}").unlink(missing_ok=True)
            ledger = cls(_opened(path), folder)
            ledger.claims = frozenset(claims)
            return ledger

    @classmethod
    def trial(cls, folder: Path) -> Self:
        """A copy of the folder's ledger in memory; the folder stays as it is."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        path = folder / LEDGER
        claims = _old_claims(path)
        if path.is_file() and not claims:
            with (
                contextlib.suppress(sqlite3.DatabaseError),
                contextlib.closing(sqlite3.connect(path)) as found,
            ):
                found.backup(memory)
        if _version(memory) != _VERSION:
            memory.close()
            memory = _opened(":memory:")
        ledger = cls(memory, folder)
        ledger.claims = frozenset(claims)
        return ledger

    @classmethod
    def existing(cls, folder: Path) -> Self | None:
        """The folder's ledger, to be read; None where there is none that a build could go on from."""
        path = folder / LEDGER
        if not path.is_file():
            return None
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            if _version(connection) == _VERSION:
                return cls(connection, folder)
        except sqlite3.DatabaseError:
            return None
        connection.close()
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it. Raises OutputError when the file cannot be written."""
        with _named(self._folder / LEDGER):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    # What everything was made from

    def facts(self) -> dict[str, str]:
        """What the last build went by."""
        return dict(self._connection.execute("SELECT name, value FROM fact"))

    def know(self, facts: Mapping[str, str]) -> None:
        """Keep what this build goes by."""
        self._many("REPLACE INTO fact VALUES (?, ?)", facts.items())

    def digests(self, table: str) -> dict[str, str]:
        """The digests of "template" or of "account", by name."""
        return dict(self._connection.execute(f"SELECT name, digest FROM {_known(table)}"))

    def keep_digests(self, table: str, digests: Mapping[str, str]) -> None:
        """Keep these in place of those before."""
        self._connection.execute(f"DELETE FROM {_known(table)}")
        self._many(f"INSERT INTO {_known(table)} VALUES (?, ?)", digests.items())

    # What listings show

    def days(self, listing: str) -> dict[str, int]:
        """How many the listing shows on each of its days, oldest first."""
        return dict(
            self._connection.execute("SELECT day, shown FROM day WHERE listing = ? ORDER BY day", (listing,))
        )

    def count_day(self, listing: str, day: str, shown: int) -> None:
        """Keep how many a listing shows of a day."""
        if shown:
            self._connection.execute("REPLACE INTO day VALUES (?, ?, ?)", (listing, day, shown))
        else:
            self._connection.execute("DELETE FROM day WHERE listing = ? AND day = ?", (listing, day))

    def count_days(self, days: Iterable[tuple[str, str, int]]) -> None:
        """Keep how many each listing shows of each day, in place of all before."""
        self._connection.execute("DELETE FROM day")
        self._many("INSERT INTO day VALUES (?, ?, ?)", days)
        self._connection.execute("DELETE FROM listing")

    def counts(self, kind: str = "") -> dict[str, int]:
        """How many each listing shows, of those whose names begin so."""
        rows = self._connection.execute(
            "SELECT name, shown FROM listing WHERE name >= ? AND name < ? ORDER BY name",
            (kind, f"{kind}\U0010ffff"),
        )
        return dict(rows)

    def listing(self, name: str) -> tuple[int, str]:
        """How many a listing shows, and what it is called; 0 and "" where it shows nothing."""
        row = self._connection.execute("SELECT shown, title FROM listing WHERE name = ?", (name,)).fetchone()
        return (row[0], row[1]) if row else (0, "")

    def titles(self, kind: str) -> dict[str, str]:
        """What listings are called, of those whose names begin so."""
        rows = self._connection.execute(
            "SELECT name, title FROM listing WHERE name >= ? AND name < ?", (kind, f"{kind}\U0010ffff")
        )
        return dict(rows)

    def keep_listing(self, name: str, shown: int, title: str) -> None:
        """Keep how many a listing shows, and what it is called."""
        if shown:
            self._connection.execute("REPLACE INTO listing VALUES (?, ?, ?)", (name, shown, title))
        else:
            self._connection.execute("DELETE FROM listing WHERE name = ?", (name,))

    # Files

    def of_templates(self, names: Iterable[str]) -> list[str]:
        """The pages that these templates make."""
        found: list[str] = []
        for name in names:
            found += _firsts(self._connection.execute("SELECT owner FROM file WHERE template = ?", (name,)))
        return found

    def owners(self, beginning: str) -> list[str]:
        """The pages whose names begin so."""
        rows = self._connection.execute(
            "SELECT owner FROM file WHERE owner >= ? AND owner < ? ORDER BY owner",
            (beginning, f"{beginning}\U0010ffff"),
        )
        return _firsts(rows)

    def files(self, owner: str) -> list[str]:
        """The paths of the files of one owner."""
        return _firsts(
            self._connection.execute("SELECT path FROM file WHERE owner = ? ORDER BY path", (owner,))
        )

    def file(self, path: str) -> File | None:
        """A file of the output, None where no build claims it."""
        row = self._connection.execute(
            "SELECT path, owner, template, part, build FROM file WHERE path = ?", (path,)
        ).fetchone()
        return File(*row) if row else None

    def count_files(self) -> int:
        """How many files builds claim."""
        value: int = self._connection.execute("SELECT count(*) FROM file").fetchone()[0]
        return value

    def claim(self, file: File, build: int) -> None:
        """The file is there, or will be when this build has ended."""
        self._connection.execute("REPLACE INTO file VALUES (?, ?, ?, ?, ?)", (*file[:-1], build))

    def reclaim(self, owner: str, build: int) -> None:
        """What is there of an owner stays."""
        self._connection.execute("UPDATE file SET build = ? WHERE owner = ?", (build, owner))

    def drop(self, paths: Iterable[str]) -> None:
        """These are there no more."""
        self._many("DELETE FROM file WHERE path = ?", ((path,) for path in paths))

    def unclaimed(self, build: int) -> list[File]:
        """The files that this build, which claimed all there shall be, did not claim."""
        rows = self._connection.execute(
            "SELECT path, owner, template, part, build FROM file WHERE build != ? ORDER BY path", (build,)
        )
        return [File(*row) for row in rows]

    def parts(self) -> list[str]:
        """The parts of the sitemap."""
        rows = self._connection.execute("SELECT DISTINCT part FROM file WHERE part IS NOT NULL ORDER BY part")
        return _firsts(rows)

    def part(self, part: str) -> list[str]:
        """The files that a part of the sitemap lists."""
        return _firsts(
            self._connection.execute("SELECT path FROM file WHERE part = ? ORDER BY path", (part,))
        )

    # Pictures

    def show(self, page: str, pictures: Iterable[str]) -> None:
        """Keep which pictures a page shows."""
        self._connection.execute("DELETE FROM shows WHERE page = ?", (page,))
        self._many("INSERT INTO shows VALUES (?, ?)", ((page, picture) for picture in pictures))

    def forget_pages(self) -> None:
        """Let go of what pages show that have no file any more, such as those of a language that was taken away."""
        self._connection.execute("DELETE FROM shows WHERE page NOT IN (SELECT owner FROM file)")

    def shown(self, page: str) -> list[str]:
        """The pictures that a page shows."""
        return _firsts(self._connection.execute("SELECT picture FROM shows WHERE page = ?", (page,)))

    def pictures_below(self, folder: str) -> list[str]:
        """All that any page shows of a folder."""
        rows = self._connection.execute(
            "SELECT DISTINCT picture FROM shows WHERE picture >= ? AND picture < ?",
            (f"{folder}/", f"{folder}0"),
        )
        return _firsts(rows)

    def shown_in(self, part: str) -> list[tuple[str, str]]:
        """The pictures that the pages of a part of the sitemap show, each with the file of its page."""
        return self._connection.execute(
            "SELECT file.path, shows.picture FROM file JOIN shows ON shows.page = file.owner"
            " WHERE file.part = ? ORDER BY file.path, shows.picture",
            (part,),
        ).fetchall()

    def uses(self, name: str) -> list[str]:
        """The widths, each set behind the name, in which any page shows the picture of that name."""
        rows = self._connection.execute(
            "SELECT DISTINCT picture FROM shows WHERE picture = ? OR (picture >= ? AND picture < ?)",
            (name, f"{name} ", f"{name}!"),
        )
        return _firsts(rows)

    def pictures(self) -> list[str]:
        """Every picture that any page shows."""
        return _firsts(self._connection.execute("SELECT DISTINCT picture FROM shows ORDER BY picture"))

    # What is under way

    def pending(self) -> list[str]:
        """The pages whose files may not be what they shall be."""
        return _firsts(self._connection.execute("SELECT page FROM pending"))

    def begin(self, pages: Iterable[str]) -> None:
        """The files of these pages are about to be written or removed."""
        self._many("INSERT OR IGNORE INTO pending VALUES (?)", ((page,) for page in pages))

    def settle(self) -> None:
        """All files are what they shall be."""
        self._connection.execute("DELETE FROM pending")

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        with _named(self._folder / LEDGER):
            self._connection.executemany(statement, rows)


def _opened(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        version = _version(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    """The version of the ledger's tables, 0 for a new file. Raises sqlite3.DatabaseError."""
    value: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return value


def _old_claims(path: Path) -> list[str]:
    """The names in the list that Forecourt wrote before there were ledgers."""
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError:
        return []
    return [] if data.startswith(b"SQLite format 3\0") else data.decode(errors="replace").splitlines()


def _known(table: str) -> str:
    if table not in {"template", "account"}:
        raise ValueError(table)
    return table


def _firsts(rows: Iterable[tuple[str]]) -> list[str]:
    return [row[0] for row in rows]


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}; mend that and build again"
        ) from error
    except sqlite3.OperationalError as error:
        raise OutputError(f"{path} cannot be written: {error}; mend that and build again") from error
