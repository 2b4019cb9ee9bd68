"""What we know: sources, posts, where they stand, pictures. SQLite, one file.

The only place that speaks SQL. One run at a time works on it (``lock``), finds it
whole, and leaves a copy (``generations``); a crash at any moment leaves the last
whole transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from forecourt.errors import StoreError
from forecourt.store.changes import Changes, Revision
from forecourt.store.connection import connect, copy_into, translated
from forecourt.store.curations import Curations
from forecourt.store.generations import Generations
from forecourt.store.lock import alone
from forecourt.store.messages import Messages
from forecourt.store.pictures import Pictures, StoredPicture
from forecourt.store.posts import Posts, Saved, Stored
from forecourt.store.reports import Reports
from forecourt.store.review import Review
from forecourt.store.schema import migrate
from forecourt.store.sources import Sources, SourceState

__all__ = ["Revision", "Saved", "SourceState", "Store", "Stored", "StoredPicture", "alone"]


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
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
        self._connection = connect(path)
        with ExitStack() as failing:
            failing.callback(self._connection.close)
            with translated(path):
                migrate(self._connection)
            failing.pop_all()
        self.timezone = timezone
        self.mended = ""
        """What became of the store since its last run, in a sentence; "" where all was well."""
        self.sources = Sources(self._connection)
        self.changes = Changes(self._connection)
        self.posts = Posts(self._connection, timezone)
        self.pictures = Pictures(self._connection)
        self.curations = Curations(self._connection)
        self.review = Review(self._connection)
        self.messages = Messages(self._connection, timezone)
        self.reports = Reports(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it.

        Raises StoreError when the file cannot be written.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself gives up some, as when the disk is full
                self._connection.execute("ROLLBACK")
            raise

    @classmethod
    @contextmanager
    def run(
        cls, path: Path, timezone: ZoneInfo, task: str, now: datetime, *, keep: bool = False
    ) -> Iterator[Self]:
        """The store for a run that writes: nobody else's meanwhile, whole when it begins, sealed when it ends.

        With ``keep`` a copy of it is kept if a post changed, to be put back should the
        store be damaged some day; ``mended`` says that one was. Raises Busy while another run is at
        work, StoreError when the store is neither whole nor to be mended.
        """
        with alone(path.parent, task, now):
            generations = Generations(path)
            mended = generations.mend(now)
            # What a killed run left has no copy yet, nor has a new store.
            is_due = not generations.unseal() or not generations.any()
            try:
                with closing(cls(path, timezone)) as store:
                    store.mended = mended
                    before = store.posts.counter()
                    yield store
                    is_due |= keep and store.posts.counter() != before
            except StoreError:
                raise  # without a seal, so that the next run looks at every page of it
            except BaseException:
                with suppress(StoreError):  # of a full disk, too, the first error says more
                    generations.seal()
                raise
            if is_due:
                generations.keep(now, alone=store.posts.has_buried)
            else:
                generations.seal()

    @classmethod
    @contextmanager
    def reading(cls, path: Path, timezone: ZoneInfo, task: str, now: datetime) -> Iterator[Self]:
        """The store for a run that only reads it: nobody else's meanwhile, and nothing of the file is gone through.

        That it is whole is taken from its size and time; where they are not those that the last
        run left, it is looked at as by ``run``. Raises as that does.
        """
        with alone(path.parent, task, now):
            mended = ""
            if not Generations(path).is_as_left():
                with cls.run(path, timezone, task, now) as store:
                    mended = store.mended
            with closing(cls(path, timezone)) as store:
                store.mended = mended
                store.posts.remember()
                yield store

    @staticmethod
    @contextmanager
    def glance(path: Path) -> Iterator[Changes | None]:
        """What changed in the store of that file, without keeping anybody away.

        None where the file is not as the last run left it. Raises StoreError.
        """
        if not Generations(path).is_as_left():
            yield None
            return
        with closing(connect(path)) as connection:
            yield Changes(connection)

    @classmethod
    def beside(cls, path: Path, timezone: ZoneInfo) -> Self:
        """The store for a process that helps one that has it open. It is not to be written."""
        store = cls(path, timezone)
        store.posts.remember()
        return store

    @classmethod
    def trial(cls, path: Path, timezone: ZoneInfo) -> Self:
        """The store of that file in memory, to look at it or to try something; the file stays as it is.

        Raises StoreError when the next run has a copy to put in its place.
        """
        Generations(path).look()
        trial = cls(":memory:", timezone)
        if path.exists():
            with ExitStack() as failing:
                failing.callback(trial.close)
                copy_into(trial._connection, path)
                with translated(path):
                    migrate(trial._connection)
                failing.pop_all()
        return trial

    def close(self) -> None:
        """Close the file, with all that is written in it. Raises StoreError when the disk has no room for it."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        finally:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
