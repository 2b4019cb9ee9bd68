"""What the site consists of: every file of the output, with its digest, its type and how long it may be kept.

Digests are remembered by what the system says of a file: size, time and inode. So only what a build wrote is read
again. A file that was written within two seconds before the scan is not remembered: it could change once more
within one tick of the disk's clock, which nothing would show (git calls such an entry racy).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from forecourt.deploy.headers import cache_control, media_type
from forecourt.deploy.records import File
from forecourt.errors import PublishError
from forecourt.garbled import GARBLED

PUBLIC = (".well-known", ".nojekyll")
"""The names with a dot that are for visitors; what else begins with one is the build's own, and stays here."""

_SETTLED = 2 * 10**9  # ns: the coarsest clock of a disk in use, FAT's
_LARGE = 2**23
_ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # what was unpacked with a wrong charset has the last


class _Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    size: int
    changed: int
    inode: int
    digest: bytes


_decode = msgspec.msgpack.Decoder(dict[str, _Known]).decode


def scan(output: Path, memory: Path) -> tuple[File, ...]:
    """All files of the site below ``output``, sorted by path.

    ``memory`` is a file for the digests, below the state; without it all is read. Raises PublishError where the
    output is not there or cannot be read.
    """
    try:
        return _scanned(os.fspath(output), memory)
    except FileNotFoundError as error:
        raise PublishError(f"{error.filename} is not there; build the site and publish again") from error
    except OSError as error:
        raise PublishError(
            f"{error.filename} cannot be read or written: {error.strerror}; mend that and publish again"
        ) from error


def _scanned(output: str, memory: Path) -> tuple[File, ...]:
    root = f"{output}/"
    stats = sorted(_walk(output, len(root)))
    known = _remembered(memory)
    memory.parent.mkdir(parents=True, exist_ok=True)
    partial = memory.with_name(f"{memory.name}.new")
    with partial.open("wb") as file:
        began = os.fstat(file.fileno()).st_mtime_ns  # the clock of the disk, which is the one that counts
        found, now = _digested(root, stats, known, began - _SETTLED)
        if now != known:
            file.write(msgspec.msgpack.encode(now))
    if now != known:
        partial.replace(memory)
    else:
        partial.unlink()
    return found


def _digested(
    root: str, stats: list[tuple[str, int, int, int]], known: Mapping[str, _Known], settled: int
) -> tuple[tuple[File, ...], dict[str, _Known]]:
    """The files, and what is to be remembered of them."""
    found, now = [], {}
    for path, size, changed, inode in stats:
        one = known.get(path)
        if one is None or one.size != size or one.changed != changed or one.inode != inode:
            one = _Known(*_read(f"{root}{path}", changed, inode))
            if changed < settled:
                now[path] = one
        else:
            now[path] = one
        found.append(File(path, one.digest.hex(), one.size, media_type(path), cache_control(path)))
    return tuple(found), now


def _read(path: str, changed: int, inode: int) -> tuple[int, int, int, bytes]:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - with Path objects 100,000 files take 2 s more
        if os.fstat(file.fileno()).st_size > _LARGE:
            digest = hashlib.file_digest(file, "sha256").digest()
            return file.tell(), changed, inode, digest
        data = file.read()
    return len(data), changed, inode, hashlib.sha256(data).digest()


def _walk(folder: str, root: int) -> Iterator[tuple[str, int, int, int]]:
    """Path below the output, size, time and inode of each file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name[0] == "." and entry.name not in PUBLIC:
                continue
            if _ODD.search(entry.name):
                raise PublishError(
                    f"{entry.path!a}: no address can have this name, which is not UTF-8, or has a line break or "
                    "the like in it; give the file another one, build and publish again"
                )
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, root)
            elif entry.is_file():
                stat = entry.stat()
                yield entry.path[root:], stat.st_size, stat.st_mtime_ns, stat.st_ino
            else:
                raise PublishError(
                    f"{entry.path} is neither a file nor a folder; take it away, and publish again"
                )


def _remembered(memory: Path) -> dict[str, _Known]:
    try:
        return _decode(memory.read_bytes())
    except (FileNotFoundError, *GARBLED):
        return {}  # all is read once more
