"""SQLite's connection, with its errors as ours: a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from forecourt.errors import Damaged, StoreError

_PATIENCE = 10.0  # seconds to wait for another process's transaction


_REFUSALS = {
    sqlite3.SQLITE_FULL: "no space is left; free some and run again, nothing that was stored is lost",
    sqlite3.SQLITE_READONLY: "its folder may not be written; see to who owns it, or point HUB_STATE at another",
    sqlite3.SQLITE_PERM: "its folder may not be written; see to who owns it, or point HUB_STATE at another",
    sqlite3.SQLITE_CANTOPEN: "it may not be opened, or nothing may be made beside it; see to who owns its folder, and "
    "that there is space left",
    sqlite3.SQLITE_IOERR: "the disk does not read or write it; see whether it is full, or going bad",
    sqlite3.SQLITE_BUSY: "another program writes into it; run again when that has ended",
    sqlite3.SQLITE_LOCKED: "another program writes into it; run again when that has ended",
    sqlite3.SQLITE_NOMEM: "no memory is left; end something else and run again",
}
"""What keeps a whole file from being read or written, and what to do. All else that SQLite says is damage."""


def connect(path: Path | str) -> sqlite3.Connection:
    """Open the file. Whatever goes wrong on it, now or later, is a StoreError that names it."""
    with translated(path):
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, factory=_Connection)
        connection.path = path
        with ExitStack() as failing:
            failing.callback(connection.close)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
            failing.pop_all()
    return connection


def copy_into(memory: sqlite3.Connection, path: Path) -> None:
    """Copy the file as it is at one moment. Nothing is written, so nobody need be kept away."""
    with translated(path):
        address = f"{path.absolute().as_uri()}?mode=rw"  # one that may only read would leave its -shm behind
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
            connection.backup(memory)


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Raise SQLite's errors at that file as StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without its finer part
        if code in _REFUSALS:
            raise StoreError(f"{path} cannot be read or written: {_REFUSALS[code]} ({error})") from error
        raise Damaged(
            f"{path} is damaged ({error}); the next run puts its newest good copy in its place"
        ) from error


class _Cursor(sqlite3.Cursor):
    """SQLite's cursor. Errors are translated when there are any: a build asks a hundred thousand questions."""

    connection: _Connection

    def execute(self, *arguments: Any) -> _Cursor:  # Any: as sqlite3 takes them
        try:
            super().execute(*arguments)
        except sqlite3.Error:
            with translated(self.connection.path):
                raise
        return self

    def executemany(self, *arguments: Any) -> _Cursor:
        try:
            super().executemany(*arguments)
        except sqlite3.Error:
            with translated(self.connection.path):
                raise
        return self

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.Error:
            with translated(self.connection.path):
                raise

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.Error:
            with translated(self.connection.path):
                raise

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error:
            with translated(self.connection.path):
                raise


class _Connection(sqlite3.Connection):
    path: Path | str

    def cursor(self, *_: Any) -> _Cursor:  # type: ignore[override]  # ours is the one kind there is
        return super().cursor(_Cursor)

    def execute(self, *arguments: Any) -> _Cursor:
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments: Any) -> _Cursor:
        return self.cursor().executemany(*arguments)
