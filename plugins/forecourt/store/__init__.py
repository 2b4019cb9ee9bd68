"""What we know: sources, posts, where they stand, pictures. SQLite, one file.

The only place that speaks SQL. Fetching writes it, building reads it; WAL mode
lets both go on at once, and a crash at any moment leaves the last whole
transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from forecourt.errors import StoreError
from forecourt.store.pictures import Pictures, StoredPicture
from forecourt.store.posts import Posts, Saved, Stored
from forecourt.store.reports import Reports
from forecourt.store.schema import migrate
from forecourt.store.sources import Sources, SourceState

__all__ = ["Saved", "SourceState", "Store", "Stored", "StoredPicture"]

_PATIENCE = 10.0  # seconds to wait for another process's transaction


class Store:
    """The store of one hub, open.

    ``timezone`` decides on which day a post stands in the archives.
    """

    def __init__(self, path: Path | str, timezone: ZoneInfo) -> None:
        """Open the file, or a store in memory for ``":memory:"``; bring it to today's version.

        Raises StoreError when it cannot be opened, is damaged, or is newer than we are.
        """
        try:
            if isinstance(path, Path):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            migrate(self._connection)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the store {path} cannot be opened: {error}") from error
        self.timezone = timezone
        self.sources = Sources(self._connection)
        self.posts = Posts(self._connection, timezone)
        self.pictures = Pictures(self._connection)
        self.reports = Reports(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it.

        Raises StoreError when the file cannot be written.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"the store cannot be written: {error}") from error

    def copy(self) -> Store:
        """The same store in memory, to try something that must leave no trace."""
        other = Store(":memory:", self.timezone)
        self._connection.backup(other._connection)
        return other

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
