"""What a build remembers beside the ledger: what nobody who visits the site may read.

It stays with the store: which files were read, what the editors wrote and is not
due yet, and what was said of it. A memory that is lost costs a look at every file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import msgspec

from forecourt.errors import StoreError
from forecourt.garbled import GARBLED
from forecourt.report import BuildReport
from forecourt.site.editorial import Editorial

_FOLDER = "builds"
_KEPT = 8
"""States of the editors' files that are kept: some outputs are built in turns."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a build read: a stamp that moves when it is written, "" where that cannot be told, and a digest."""

    path: str
    stamp: str
    digest: str


@dataclass(frozen=True, slots=True)
class Memory:
    """The last build of an output: its lot in the ledger, what it read, what it said, and what was not due yet."""

    lot: str
    inputs: list[Input]
    report: BuildReport
    waits: list[datetime]


_decode = msgspec.json.Decoder(Memory).decode
_editorials = msgspec.json.Decoder(list[Editorial]).decode


def recall(state: Path, output: Path, lot: str) -> Memory | None:
    """The memory of the build of the output that drew this lot, None where there is none."""
    try:
        memory = _decode(_of_output(state, output).read_bytes())
    except (OSError, *GARBLED):
        return None
    return memory if memory.lot == lot else None


def keep(state: Path, output: Path, memory: Memory) -> None:
    """Keep the memory of a build. Raises StoreError."""
    _write(_of_output(state, output), msgspec.json.encode(memory))


def editorials(state: Path, key: str) -> list[Editorial] | None:
    """What the editors wrote in the state of their files that has this key, None where it is not known."""
    try:
        return _editorials(_of_key(state, key).read_bytes())
    except (OSError, *GARBLED):
        return None


def keep_editorials(state: Path, key: str, written: list[Editorial]) -> list[Editorial]:
    """Keep what the editors wrote, and give it as it will be read back. Raises StoreError."""
    data = msgspec.json.encode(written)
    path = _of_key(state, key)
    _write(path, data)
    others = sorted(path.parent.glob("editors-*.json"), key=lambda each: each.stat().st_mtime_ns)
    for old in others[:-_KEPT]:
        old.unlink(missing_ok=True)
    return _editorials(data)


def read_back(written: list[Editorial]) -> list[Editorial]:
    """What the editors wrote, as it would be read back."""
    return _editorials(msgspec.json.encode(written))


def _of_output(state: Path, output: Path) -> Path:
    digest = blake2b(str(output).encode(), digest_size=12).hexdigest()
    return state / _FOLDER / f"output-{digest}.json"


def _of_key(state: Path, key: str) -> Path:
    return state / _FOLDER / f"editors-{key}.json"


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}; mend that and build again") from error
