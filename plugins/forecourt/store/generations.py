"""The store's file between runs: sealed, copied, and put back when it is damaged.

SQLite does not notice a byte that flips in a text. So a run that ends writes a
digest of the whole file, the seal, and a run that begins compares it. What has no
seal was left by a run that was killed, and is checked by SQLite and by reading it.

The copies stand in ``generations/`` beside the store, the newest three, each
named by its number, the moment of its run and its digest. Whatever is written
here is whole or not there, so that a kill at any moment leaves what can be read.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from forecourt.errors import Damaged, StoreError
from forecourt.garbled import GARBLED
from forecourt.model import Post
from forecourt.store.connection import connect
from forecourt.store.schema import NEWEST

KEPT = 3
"""Copies of the store, and damaged files, that are kept."""

_CHUNK = 2**20
_ENDINGS = ("-wal", "-shm", "")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"(\d{6,})-(\d{8}T\d{6})-([0-9a-f]{32})\.sqlite")
_decode = msgspec.json.Decoder(Post).decode


class _Generation(NamedTuple):
    number: int
    moment: str
    digest: str
    path: Path


class Generations:
    """The copies of one store, and what its file is measured by. Only for whoever holds the lock."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store.parent / "generations"
        self._seal = self._folder / "seal"

    def mend(self, now: datetime) -> str:
        """See that the store is whole, and put the newest good copy in the place of one that is not.

        Says what happened in a sentence, "" where all is well. A store that never was
        is none that is missing. Raises StoreError when there is no good copy.
        """
        with _named(self._folder):
            damage = self._damage()
            return self._restored(damage, now) if damage else ""

    def look(self) -> None:
        """Raise StoreError where the file is not what the last run left. Changes nothing."""
        with _named(self._folder):
            sealed = self._sealed()
            if not sealed:
                return  # a run is at work, or was killed: the next one sees to it
            whole = self._store.exists() and (self._is_unfinished() or _digest(self._store) == sealed)
        if not whole:
            raise StoreError(
                f"{self._store} is damaged or missing; the next fetch or build sees whether a copy can take its place"
            )

    def is_as_left(self) -> bool:
        """Whether size and time of the file are those with which the last run left it: it was not written since."""
        with _named(self._folder):
            return (
                not self._is_unfinished()
                and bool(self._sealed())
                and _read(self._seal).split()[1:] == _stamp(self._store)
            )

    def unseal(self) -> bool:
        """Say that from now on the file may change, before the first change to it; whether it was sealed."""
        with _named(self._folder):
            sealed = self._seal.exists()
            if sealed:
                self._seal.unlink()
                _settled(self._folder)
            return sealed

    def any(self) -> bool:
        """Whether there is a copy at all."""
        with _named(self._folder):
            return bool(self._found())

    def seal(self) -> None:
        """Write down the digest of the file as a run leaves it."""
        with _named(self._folder):
            if not self._is_unfinished():
                self._write_seal(_digest(self._store))

    def keep(self, now: datetime, *, alone: bool = False) -> None:
        """Keep a copy of the file, and seal it; ``alone`` leaves no other copy, since those hold what must go."""
        with _named(self._folder):
            if self._is_unfinished():
                return
            self._folder.mkdir(exist_ok=True)
            found = self._found()
            for old in found[KEPT - 1 :]:  # before the new one comes: a small disk may not hold them all
                old.path.unlink()
            partial = self._folder / "new"
            try:
                digest = _copy(self._store, partial)
                number = found[0].number + 1 if found else 1
                partial.replace(self._folder / f"{number:06}-{_named_after(now)}-{digest}.sqlite")
            finally:
                partial.unlink(missing_ok=True)
            self._write_seal(digest)
            for old in found if alone else ():
                old.path.unlink(missing_ok=True)

    def _damage(self) -> str:
        """What is wrong with the file, "" if nothing is."""
        if not self._store.exists():
            return "is missing" if self._folder.exists() else ""
        sealed = self._sealed()
        if not sealed or self._is_unfinished():
            return self._fault()
        return "" if _digest(self._store) == sealed else "is damaged"

    def _fault(self) -> str:
        """What SQLite and a look at every post find wrong in the file, "" if nothing."""
        try:
            with contextlib.closing(connect(self._store)) as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    return "is empty" if self._found() else ""
                if version > NEWEST:
                    return ""  # not ours to judge; opening it says so
                whole = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
                for row in connection.execute("SELECT data FROM post WHERE status != 'gone'"):
                    _decode(row[0])
        except (Damaged, *GARBLED):
            whole = False
        return "" if whole else "is damaged"

    def _restored(self, damage: str, now: datetime) -> str:
        partial = self._store.with_suffix(".new")
        good = next(self._good(partial), None)
        if good is None:
            raise StoreError(
                f"{self._store} {damage}, and no copy in {self._folder} is whole; put a backup in its place and delete "
                f"{self._seal}, or move both away, and the next fetch begins a new store"
            )
        aside = self._set_aside(now)
        partial.replace(self._store)
        self._write_seal(good.digest)
        when = datetime.strptime(f"{good.moment}+0000", "%Y%m%dT%H%M%S%z")
        kept = f" and was set aside as {aside}" if aside else ""
        return (
            f"{self._store} {damage}{kept}; the copy of {when:%Y-%m-%d %H:%M} UTC took its place, "
            "and what came after that comes back when its account is asked again"
        )

    def _good(self, partial: Path) -> Iterator[_Generation]:
        """The generations whose bytes are theirs, the newest first, each copied to ``partial``."""
        for generation in self._found():
            if _copy(generation.path, partial) == generation.digest:
                yield generation
        partial.unlink(missing_ok=True)

    def _set_aside(self, now: datetime) -> Path | None:
        """Move the damaged file and what SQLite put beside it out of the way.

        That first: a log of the damaged file would be played into the one that takes its place.
        """
        earlier = sorted(self._store.parent.glob(f"{self._store.stem}.damaged-*.sqlite"))
        for old in earlier[: 1 - KEPT]:
            for ending in _ENDINGS:
                Path(f"{old}{ending}").unlink(missing_ok=True)
        aside = self._free(f"{self._store.stem}.damaged-{_named_after(now)}")
        for ending in _ENDINGS:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._store}{ending}").replace(f"{aside}{ending}")
        return aside if aside.exists() else None

    def _free(self, stem: str) -> Path:
        """A name that nothing has yet: a moment that is pretended comes more than once."""
        names = (f"{stem}{f'-{number}' if number else ''}.sqlite" for number in range(1000))
        return next(path for name in names if not (path := self._store.with_name(name)).exists())

    def _found(self) -> list[_Generation]:
        """The generations by their names, the newest first. The numbers tell: clocks jump."""
        paths = self._folder.iterdir() if self._folder.exists() else ()
        named = ((_NAME.fullmatch(path.name), path) for path in paths)
        found = [_Generation(int(name[1]), name[2], name[3], path) for name, path in named if name]
        return sorted(found, reverse=True)

    def _is_unfinished(self) -> bool:
        """Whether transactions still wait in SQLite's log: a run was killed, or someone else has the file open."""
        try:
            return Path(f"{self._store}-wal").stat().st_size > 0
        except FileNotFoundError:
            return False

    def _sealed(self) -> str:
        """The digest that is written down, "" where none is."""
        digest = _read(self._seal).partition(" ")[0]
        return digest if _DIGEST.fullmatch(digest) else ""

    def _write_seal(self, digest: str) -> None:
        self._folder.mkdir(exist_ok=True)
        partial = self._folder / "seal.new"
        try:
            with partial.open("w", encoding="ascii") as file:
                file.write(" ".join((digest, *_stamp(self._store))))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._seal)
        finally:
            partial.unlink(missing_ok=True)
        _settled(self._folder)
        _settled(self._store.parent)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the copies of the store in {folder} cannot be read or written: {error.strerror}; mend that and run again"
        ) from error


def _named_after(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeError):
        return ""


def _stamp(path: Path) -> list[str]:
    """Size and time of a file that is there and has no log beside it; empty otherwise."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return []
    return [str(stat.st_size), str(stat.st_mtime_ns)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return _hashed(iter(lambda: file.read(_CHUNK), b""))


def _copy(source: Path, to: Path) -> str:
    """Copy a file so that it outlives a power cut, and give the digest of what was copied."""
    with source.open("rb") as read, to.open("wb") as written:

        def chunks() -> Iterator[bytes]:
            while chunk := read.read(_CHUNK):
                written.write(chunk)
                yield chunk

        digest = _hashed(chunks())
        written.flush()
        os.fsync(written.fileno())
    return digest


def _hashed(chunks: Iterable[bytes]) -> str:
    digest = blake2b(digest_size=16)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _settled(folder: Path) -> None:
    """See that the names in a folder outlive a power cut."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
