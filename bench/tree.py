"""What a run did to a folder: files written, and those among them that really differ."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """A file: what tells that it was written again, and a digest of its bytes."""

    stamp: tuple[int, int, int]
    digest: bytes


Tree = Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Written:
    """Of a folder's files: how many there are, were written or taken away, and have other bytes than before."""

    files: int
    written: int
    differ: int
    size: int
    """Bytes of all files together."""


def look(folder: Path, before: Tree | None = None) -> Tree:
    """All files below; the bytes of those that were not written since ``before`` are not read again."""
    known = before or {}
    found = {}
    for path, stamp in _stamps(str(folder)):
        file = known.get(path)
        found[path] = file if file and file.stamp == stamp else File(stamp, _digest(path))
    return found


def compare(before: Tree, after: Tree) -> Written:
    """What happened between two looks."""
    gone = before.keys() - after.keys()
    written = [path for path, file in after.items() if path not in before or before[path].stamp != file.stamp]
    differ = [path for path in written if path not in before or before[path].digest != after[path].digest]
    return Written(
        files=len(after),
        written=len(written) + len(gone),
        differ=len(differ) + len(gone),
        size=sum(file.stamp[2] for file in after.values()),
    )


def _stamps(folder: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Every file below with its time, inode and size."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = f"{place}/{name}"
            found = Path(path).stat()
            yield path, (found.st_mtime_ns, found.st_ino, found.st_size)


def _digest(path: str) -> bytes:
    return blake2b(Path(path).read_bytes(), digest_size=16).digest()
