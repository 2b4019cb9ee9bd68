"""Files of the site: written when their bytes differ, removed when nothing claims them.

A file is overwritten in place: on ext4 that is eleven times as quick as a
rename (measured), and a crash in between mends itself, for the next build
compares the bytes again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from forecourt.errors import ContentError, OutputError

CLAIMS = ".forecourt"
"""The file in the output that lists what builds wrote there, so that nothing else is ever removed.

It goes where the output goes: a hub whose state was lost, or two that follow one
another in one folder, leave no page behind.
"""


class Output:
    """The output folder during one build. With ``dry`` nothing is touched, only counted."""

    def __init__(self, folder: Path, *, dry: bool = False) -> None:
        """Read what earlier builds wrote there. Raises OutputError when nothing can be written."""
        self.folder = folder
        self.written: list[str] = []
        self.removed: list[str] = []
        self.same = 0
        self._dry = dry
        self._claims = folder / CLAIMS
        self._before = _claimed_before(self._claims)
        self._claimed: dict[str, str] = {}
        self._journal = -1 if dry else _journal(self._claims)

    def write(self, name: str, data: bytes, owner: str) -> None:
        """Put a file at ``name`` below the output, if it is not there with these bytes.

        Raises ContentError when another owner wrote the same name in this build, or
        the name leads out of the folder; OutputError when it cannot be written.
        """
        self._claim(name, owner)
        path = self.folder / name
        self._put(name, lambda: _read(path) == data, lambda: path.write_bytes(data))

    def copy(self, name: str, source: Path, owner: str, *, named_by_content: bool = False) -> None:
        """Put a copy of a file at ``name``, if it is not there; as ``write`` else.

        Of a file that is named by its content the size says enough.
        """
        self._claim(name, owner)
        path = self.folder / name

        def is_there() -> bool:
            return _size(path) == _size(source) and (named_by_content or _read(path) == source.read_bytes())

        self._put(name, is_there, lambda: path.write_bytes(source.read_bytes()))

    def sweep(self) -> None:
        """Remove what earlier builds wrote and this one did not claim, and keep today's claims."""
        for name in sorted(self._before - self._claimed.keys()):
            path = self.folder / name
            if path.is_file():
                self.removed.append(name)
                if not self._dry:
                    with _named(path):
                        path.unlink()
                        _remove_empty(path.parent, self.folder)
        if not self._dry:
            os.close(self._journal)
            self._keep_claims()

    def _keep_claims(self) -> None:
        claims = "".join(f"{name}\n" for name in sorted(self._claimed)).encode()
        if _read(self._claims) == claims:
            return
        partial = self._claims.with_name(f"{CLAIMS}.{os.getpid()}")
        with _named(self._claims):
            partial.write_bytes(claims)
            partial.replace(self._claims)

    def _claim(self, name: str, owner: str) -> None:
        if not _is_inside(name):
            raise ContentError([f"{owner} would be {name}, which is not inside the output"])
        other = self._claimed.setdefault(name, owner)
        if other != owner:
            raise ContentError([f"{owner} and {other} would both be {name}; give one of them another Slug"])

    def _put(self, name: str, is_there: Callable[[], bool], put: Callable[[], object]) -> None:
        path = self.folder / name
        with _named(path):
            if is_there():
                self.same += 1
                return
            self.written.append(name)
            if self._dry:
                return
            if name not in self._before:  # said before it is written, so that a crash leaves no orphan
                os.write(self._journal, f"{name}\n".encode())
            path.parent.mkdir(parents=True, exist_ok=True)
            put()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {why}; mend that and build again") from error


def _claimed_before(claims: Path) -> set[str]:
    listed = (_read(claims) or b"").decode(errors="replace").splitlines()
    return {name for name in listed if _is_inside(name)}


def _journal(claims: Path) -> int:
    """The claims, open for adding to; each addition reaches the system at once, whatever becomes of us."""
    with _named(claims.parent):
        claims.parent.mkdir(parents=True, exist_ok=True)
        return os.open(claims, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\n" not in name


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and not os.listdir(folder):  # noqa: PTH208 - a truth test, not a walk
        folder.rmdir()
        folder = folder.parent
