"""Files of the site: written when their bytes differ, removed when nothing claims them.

What differs is written beside the site first, and takes its place when all of it
is there. So whatever ends a build, a mistake in a template, a full disk, a kill,
leaves the old site. Moving costs under a millisecond a file (measured on ext4), and
a kill in the middle of that leaves whole files, of which the next build puts the rest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from forecourt.errors import ContentError, OutputError

CLAIMS = ".forecourt"
"""The file in the output that lists what builds wrote there, so that nothing else is ever removed.

It goes where the output goes: a hub whose state was lost, or two that follow one
another in one folder, leave no page behind.
"""

STAGE = ".forecourt-new"
"""The folder in the output in which files wait while a build goes on: on the same disk, so that they are only moved."""


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
        self._stage = folder / STAGE
        if not dry:
            with _named(folder):
                folder.mkdir(parents=True, exist_ok=True)
            self.discard()  # what a build that was killed left

    def write(self, name: str, data: bytes, owner: str) -> None:
        """Have a file at ``name`` below the output, if it is not there with these bytes.

        Raises ContentError when another owner wrote the same name in this build, or
        the name leads out of the folder; OutputError when it cannot be written.
        """
        self._claim(name, owner)
        path = self.folder / name
        self._put(name, lambda: _read(path) == data, lambda: data)

    def copy(self, name: str, source: Path, owner: str, *, named_by_content: bool = False) -> None:
        """Have a copy of a file at ``name``, if it is not there; as ``write`` else.

        Of a file that is named by its content the size says enough.
        """
        self._claim(name, owner)
        path = self.folder / name

        def is_there() -> bool:
            return _size(path) == _size(source) and (named_by_content or _read(path) == source.read_bytes())

        self._put(name, is_there, source.read_bytes)

    def sweep(self) -> None:
        """Put in place what was written, remove what earlier builds wrote and this one did not claim.

        Raises OutputError.
        """
        gone = sorted(self._before - self._claimed.keys())
        self.removed += [name for name in gone if (self.folder / name).is_file()]
        if self._dry:
            return
        self._keep_claims({*self._before, *self._claimed})  # first, so that a crash leaves no orphan
        for number, name in enumerate(self.written):
            path = self.folder / name
            with _named(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                (self._stage / str(number)).replace(path)
        for name in self.removed:
            path = self.folder / name
            with _named(path):
                path.unlink()
                _remove_empty(path.parent, self.folder)
        self.discard()
        self._keep_claims({*self._claimed})

    def discard(self) -> None:
        """Let go of what has not taken its place."""
        if not self._dry:
            shutil.rmtree(self._stage, ignore_errors=True)

    def _keep_claims(self, names: set[str]) -> None:
        claims = "".join(f"{name}\n" for name in sorted(names)).encode()
        if _read(self._claims) == claims:
            return
        partial = self._claims.with_name(f"{CLAIMS}.{os.getpid()}")
        with _named(self._claims):
            try:
                partial.write_bytes(claims)
                partial.replace(self._claims)
            finally:
                partial.unlink(missing_ok=True)

    def _claim(self, name: str, owner: str) -> None:
        if not _is_inside(name):
            raise ContentError([f"{owner} would be {name}, which is not inside the output"])
        other = self._claimed.setdefault(name, owner)
        if other != owner:
            raise ContentError([f"{owner} and {other} would both be {name}; give one of them another Slug"])

    def _put(self, name: str, is_there: Callable[[], bool], data: Callable[[], bytes]) -> None:
        with _named(self.folder / name):
            if is_there():
                self.same += 1
                return
            self.written.append(name)
            if not self._dry:
                self._stage.mkdir(parents=True, exist_ok=True)
                (self._stage / str(len(self.written) - 1)).write_bytes(data())


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
