"""A folder as a place: of this machine, or of a disk that several machines see.

    {"place": "folder", "path": "/srv/kept"}

A write takes a lock that the system lets go of when its process ends; the token of a file is its digest.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from forecourt.errors import Overtaken, PlaceError
from forecourt.places import Kept

NAME: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
"""What a file of a place may be called. What is called otherwise is ours for the moment of a write."""

_PATIENCE = 60.0  # seconds to wait for another's write


@dataclass(frozen=True)
class Folder:
    """A place that is a folder; it is made where it is missing."""

    path: str

    def __str__(self) -> str:
        return self.path

    def read(self, name: str) -> Kept | None:
        """See Place."""
        with self._named(name):
            try:
                body = self._at(name).read_bytes()
            except FileNotFoundError:
                return None
        return Kept(body, sha256(body).hexdigest())

    def fetch(self, name: str, into: Path) -> bool:
        """See Place."""
        with self._named(name):
            try:
                with self._at(name).open("rb") as read, into.open("wb") as written:
                    shutil.copyfileobj(read, written)
            except FileNotFoundError:
                if self._at(name).exists():
                    raise  # it is ``into`` that cannot be made
                return False
        return True

    def write(self, name: str, body: bytes | Path, *, over: str | None = None) -> str:
        """See Place."""
        path = self._at(name)
        with self._named(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / "~lock", timeout=_PATIENCE):
                if over is not None and over != _token(path):
                    raise Overtaken(overtaken(self, name))
                token = _written(self._root / "~new", body)
                (self._root / "~new").replace(path)
        return token

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Place."""
        with self._named(prefix):
            found = (
                path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file()
            )
            yield from sorted(name for name in found if name.startswith(prefix) and NAME.fullmatch(name))

    def remove(self, names: Iterable[str]) -> None:
        """See Place."""
        for name in names:
            with self._named(name):
                self._at(name).unlink(missing_ok=True)

    @property
    def _root(self) -> Path:
        return Path(self.path).expanduser()

    def _at(self, name: str) -> Path:
        return self._root / checked(name)

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        try:
            yield
        except Timeout as error:
            raise PlaceError(
                f"{self}: another run has been writing there for a minute; run again when that has ended"
            ) from error
        except OSError as error:
            raise PlaceError(
                f"{self}: {name or 'the folder'} cannot be read or written: {error.strerror}; mend that and run again"
            ) from error


def checked(name: str) -> str:
    """The name, if it can be one of a place; names are made by our own programs, so another is a mistake there."""
    if not NAME.fullmatch(name) or {"..", "."} & set(name.split("/")):
        raise ValueError(f"{name!r} is no name of a place's file")
    return name


def overtaken(place: object, name: str) -> str:
    """The sentence for Overtaken."""
    return (
        f"{place}: {name} was written by another run since it was read here; nothing was written, "
        "read it and run again"
    )


def _token(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _written(path: Path, body: bytes | Path) -> str:
    """Write a file so that it outlives a power cut; its digest."""
    digest = sha256()
    with body.open("rb") if isinstance(body, Path) else BytesIO(body) as read, path.open("wb") as written:
        while chunk := read.read(2**20):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest()


PLACE = Folder
