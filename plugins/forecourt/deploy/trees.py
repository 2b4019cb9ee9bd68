"""Releases as folders of this machine, of which a link names the live one.

::

    releases/ID           a site; what did not change is the same file on disk as in the release before (a hard link)
    releases/ID.release   what it is, written when it went live
    releases/.…           what a publish has not finished; the next one lets go of it
    current               the link to the live one, for the web server
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from filelock import FileLock, Timeout

from forecourt.errors import Busy, PublishError


class Trees(Protocol):
    """The folder of releases, ours for the time of one publish. Every method raises PublishError."""

    def live(self) -> str:
        """The id of the release that visitors see, "" where there is none."""

    def names(self) -> Sequence[str]:
        """The ids of the releases that are whole."""

    def record(self, name: str) -> bytes:
        """What stands beside a release."""

    def heads(self) -> Sequence[bytes]:
        """The first line of what stands beside each release."""

    def sizes(self, name: str) -> Mapping[str, int]:
        """The files of a release as they stand on the disk, with their bytes."""

    def begin(self, name: str, base: str) -> None:
        """Make the folder of a release from that of another one, ``base``, or empty. Lets go of what is unfinished."""

    def staging(self) -> AbstractContextManager[str]:
        """A folder of this machine for what is about to be put; that of a publish that was killed goes."""

    def put(self, name: str, folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Copy files below ``folder``, or what links there lead to, into an unfinished release.

        Gives the path and the size of each when it is there.
        """

    def drop(self, name: str, paths: Sequence[str]) -> None:
        """Remove files of an unfinished release; what is not there is no error."""

    def finish(self, name: str, record: bytes) -> None:
        """Show the release to visitors, in one step."""

    def forget(self, names: Sequence[str]) -> None:
        """Remove releases."""

    def write(self, name: str, body: bytes) -> None:
        """Write a file beside the releases."""


class Local:
    """The folder on this machine."""

    def __init__(self, base: Path) -> None:
        self._base, self._releases = base, base / "releases"

    def live(self) -> str:
        """See Trees."""
        link = self._base / "current"
        try:
            name = link.readlink().name
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise PublishError(f"{link} is not a link; move it away and publish again") from error
        waiting = self._releases / f".{name}.release"
        if waiting.exists():  # a publish was killed after the switch
            waiting.replace(self._releases / f"{name}.release")
        return name if name in self.names() else ""

    def names(self) -> Sequence[str]:
        """See Trees."""
        records = sorted(self._releases.glob("[!.]*.release"))
        return [record.stem for record in records if record.with_suffix("").is_dir()]

    def record(self, name: str) -> bytes:
        """See Trees."""
        return (self._releases / f"{name}.release").read_bytes()

    def heads(self) -> Sequence[bytes]:
        """See Trees."""
        found = []
        for name in self.names():
            with (self._releases / f"{name}.release").open("rb") as file:
                found.append(file.readline())
        return found

    def sizes(self, name: str) -> Mapping[str, int]:
        """See Trees."""
        return dict(_sizes(str(self._releases / name), ""))

    def begin(self, name: str, base: str) -> None:
        """See Trees."""
        link = self._base / "current"
        # The live one stays until another takes its place, also where what stood beside it is gone.
        whole = {*self.names(), link.readlink().name if link.is_symlink() else ""}
        for path in self._releases.iterdir():
            if path.name.startswith(".") or path.name.removesuffix(".release") not in whole:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        tree = self._tree(name)
        if base:
            _grown(str(self._releases / base), str(tree))
        else:
            tree.mkdir()
            tree.chmod(0o755)

    def staging(self) -> AbstractContextManager[str]:
        """See Trees."""
        return TemporaryDirectory(prefix=".made-", dir=self._releases)

    def put(self, name: str, folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, int]]:
        """See Trees."""
        for path in paths:
            to = self._free(name, path)
            shutil.copyfile(folder / path, to)
            stat = (folder / path).stat()
            os.utime(to, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            to.chmod(0o644)
            yield path, stat.st_size

    def drop(self, name: str, paths: Sequence[str]) -> None:
        """See Trees."""
        tree = self._tree(name)
        for path in paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                (tree / path).unlink()
            with contextlib.suppress(OSError):  # of a folder that is not empty, or gone
                for parent in (tree / path).relative_to(tree).parents[:-1]:
                    (tree / parent).rmdir()

    def finish(self, name: str, record: bytes) -> None:
        """See Trees."""
        (self._releases / f".{name}.release").write_bytes(record)
        if hasattr(os, "sync"):
            os.sync()  # a link must not outlive a power cut that its files did not
        self._tree(name).rename(self._releases / name)
        link = self._releases / ".current"
        link.symlink_to(Path("releases") / name, target_is_directory=True)
        link.replace(self._base / "current")
        (self._releases / f".{name}.release").replace(self._releases / f"{name}.release")

    def forget(self, names: Sequence[str]) -> None:
        """See Trees."""
        for name in names:
            (self._releases / f"{name}.release").unlink()
            shutil.rmtree(self._releases / name)

    def write(self, name: str, body: bytes) -> None:
        """See Trees."""
        path = self._base / name
        if not (path.exists() and path.read_bytes() == body):
            new = self._releases / ".beside"
            new.write_bytes(body)
            new.chmod(0o644)
            new.replace(path)

    def _tree(self, name: str) -> Path:
        return self._releases / f".{name}"

    def _free(self, name: str, path: str) -> Path:
        """Where a file is to be: the folder for it is there, and nothing stands in its place.

        A file that was there is another release's, too, and must not be written into.
        """
        tree = self._tree(name)
        to = tree / path
        for parent in reversed(to.relative_to(tree).parents[:-1]):
            if (tree / parent).is_file():
                (tree / parent).unlink()
            if not (tree / parent).exists():
                (tree / parent).mkdir()
                (tree / parent).chmod(0o755)
        if to.is_dir():
            shutil.rmtree(to)
        to.unlink(missing_ok=True)
        return to


@contextmanager
def local(base: Path, now: datetime) -> Iterator[Local]:
    """The folder on this machine, ours until the end of the block. Raises Busy, PublishError."""
    lock = FileLock(base / "lock")
    try:
        for folder in (*reversed(base.parents), base, base / "releases"):
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                folder.chmod(0o755)  # a web server reads here, whatever our umask
        with lock.acquire(blocking=False):
            (base / "lock.holder").write_text(holder(now), encoding="utf-8")
            yield Local(base)
    except Timeout:
        raise Busy(busy(str(base), _holder(base))) from None
    except OSError as error:
        raise PublishError(
            f"{error.filename2 or error.filename or base} cannot be read or written: {error.strerror}; "
            "mend that and publish again"
        ) from error


def holder(now: datetime) -> str:
    """Who is at work, for others to read."""
    return f"process {os.getpid()}, since {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def busy(where: str, who: str) -> str:
    """The sentence for Busy."""
    return f"another publish ({who or 'of an unknown process'}) is at work on {where}; nothing was done"


def _holder(base: Path) -> str:
    with contextlib.suppress(OSError):
        return (base / "lock.holder").read_text(encoding="utf-8").strip()
    return ""


def _sizes(folder: str, below: str) -> Iterator[tuple[str, int]]:
    """The files of a folder and of those in it, by their paths."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path, f"{below}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                yield f"{below}{entry.name}", entry.stat(follow_symlinks=False).st_size


def _grown(folder: str, to: str) -> None:
    """Have another folder with the same files."""
    os.mkdir(to)  # noqa: PTH102 - of a text, for a hundred thousand files
    Path(to).chmod(0o755)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _grown(entry.path, f"{to}/{entry.name}")
            else:
                _linked(entry.path, f"{to}/{entry.name}")


def _linked(source: str | Path, to: str | Path) -> None:
    try:
        os.link(source, to)
    except PermissionError:  # of a disk that knows no hard links
        shutil.copy2(source, to)
