"""SQLite's connection, with its errors as ours: a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forecourt.errors import StoreError

_PATIENCE = 10.0  # seconds to wait for another process's transaction


def connect(path: Path | str) -> sqlite3.Connection:
    """Open the file. Whatever goes wrong on it, now or later, is a StoreError."""
    with translated():
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, factory=_Connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    return connection


@contextmanager
def translated() -> Iterator[None]:
    """Raise SQLite's errors as StoreError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"the store cannot be read or written: {error}") from error
    except sqlite3.Error as error:
        raise StoreError(
            f"the store is damaged: {error}; move it aside, and the next fetch begins a new one"
        ) from error


class _Cursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> _Cursor:  # Any: as sqlite3 takes them
        with translated():
            super().execute(*arguments)
        return self

    def executemany(self, *arguments: Any) -> _Cursor:
        with translated():
            super().executemany(*arguments)
        return self

    def fetchone(self) -> Any:
        with translated():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with translated():
            return super().fetchall()

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error:
            with translated():
                raise


class _Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> _Cursor:  # type: ignore[override]  # ours is the one kind there is
        return super().cursor(_Cursor)

    def execute(self, *arguments: Any) -> _Cursor:
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments: Any) -> _Cursor:
        return self.cursor().executemany(*arguments)
