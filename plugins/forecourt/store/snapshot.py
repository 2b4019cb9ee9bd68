"""The store's file as it is at one moment, to be kept elsewhere; and one that was kept, put back in its place."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from forecourt.errors import Damaged, StoreError
from forecourt.store.connection import connect, translated
from forecourt.store.generations import Generations
from forecourt.store.lock import alone

_ASIDE = 3  # stores that were set aside and are kept


def snapshot(store: Path, into: Path) -> None:
    """Copy the store by SQLite's own backup: whole transactions, though a run may be writing others meanwhile.

    The same content gives the same bytes. Raises StoreError, Damaged where SQLite finds the file damaged.
    """
    into.unlink(missing_ok=True)
    with translated(store):
        address = f"{store.absolute().as_uri()}?mode=rw"  # one that may only read would leave its -shm behind
        with (
            closing(sqlite3.connect(address, uri=True, timeout=10)) as origin,
            closing(sqlite3.connect(into)) as copy,
        ):
            origin.backup(copy)


def is_whole(path: Path) -> bool:
    """Whether SQLite finds a store in that file, and nothing wrong in it. It may be by a newer version of ours."""
    try:
        with closing(connect(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            return bool(version) and connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    except Damaged:
        return False
    finally:
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{path}{ending}").unlink()


def is_sound(store: Path, copy: Path) -> bool:
    """Whether the store that stands here is what the last run left, or else one in which SQLite finds nothing wrong.

    The first is one reading of the file; only where the seal does not tell is a ``copy`` made and looked through.
    """
    generations = Generations(store)
    try:
        generations.look()
        if generations.is_as_left():
            return True
        snapshot(store, copy)
    except StoreError:
        return False
    return is_whole(copy)


def put_back(kept: Path, store: Path, now: datetime, *, aside: bool) -> Path | None:
    """Put the file ``kept``, on the same disk, in the store's place.

    With ``aside`` the old one is kept beside it, and its path given. A kill at any moment leaves the one or the
    other. Raises Busy where a run is at work, StoreError.
    """
    with alone(store.parent, "state pull", now):
        generations = Generations(store)
        generations.unseal()  # from now on a run that finds the file looks at all of it
        try:
            beside = _set_aside(store, now) if aside and store.exists() else None
            _settle(store)
            kept.replace(store)
        except OSError as error:
            raise StoreError(
                f"{store} cannot be written: {error.strerror}; mend that and pull again"
            ) from error
        generations.seal()
    return beside


def _set_aside(store: Path, now: datetime) -> Path | None:
    for old in sorted(store.parent.glob(f"{store.stem}.before-*.sqlite"), reverse=True)[_ASIDE - 1 :]:
        old.unlink()
    beside = store.with_name(f"{store.stem}.before-{now.astimezone(UTC):%Y%m%dT%H%M%S}.sqlite")
    try:
        snapshot(store, beside)
    except Damaged:
        beside.unlink(missing_ok=True)
        return None  # what its last good copy held stands in generations/
    return beside


def _settle(store: Path) -> None:
    """Have no log beside the file, which would be taken for that of the file to come."""
    if store.exists():
        with contextlib.suppress(Damaged), closing(connect(store)) as connection:
            connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    for ending in ("-wal", "-shm"):
        Path(f"{store}{ending}").unlink(missing_ok=True)
