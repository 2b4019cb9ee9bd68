"""What we know: sources, posts, where they stand, pictures. SQLite, one file.

The only place that speaks SQL. Fetching writes it, building reads it; WAL mode
lets both go on at once, and a crash at any moment leaves the last whole
transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from forecourt.errors import StoreError
from forecourt.store.connection import connect, translated
from forecourt.store.pictures import Pictures, StoredPicture
from forecourt.store.posts import Posts, Saved, Stored
from forecourt.store.reports import Reports
from forecourt.store.schema import migrate
from forecourt.store.sources import Sources, SourceState

__all__ = ["Saved", "SourceState", "Store", "Stored", "StoredPicture"]


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
            self._connection = connect(path)
            with translated():
                migrate(self._connection)
        except (OSError, StoreError) as error:
            raise StoreError(f"{path} cannot be opened: {error}") from error
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
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself gives up some, as when the disk is full
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @classmethod
    def trial(cls, path: Path, timezone: ZoneInfo) -> Self:
        """The store of that file in memory, to try something that must leave no trace."""
        trial = cls(":memory:", timezone)
        if path.exists():
            with cls(path, timezone) as store:
                store._connection.backup(trial._connection)
        return trial

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
