"""What stands at the place and what this machine remembers of it, as data."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from filelock import FileLock, Timeout

from forecourt.errors import Busy, StoreError
from forecourt.garbled import GARBLED

HEAD: Final = "state.json"
STORE: Final = "store.sqlite"
TOKENS: Final = "tokens.json"
PICTURES: Final = "pictures"
STATE: Final = "state"
"""The kind of packs for all that is no picture."""

_DIGEST = 32  # bytes of SHA-256
_SAFE = re.compile(r"(?!\.\.?(/|$))[^/\\\0:]+(/(?!\.\.?(/|$))[^/\\\0:]+)*")


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a file, or the list of a folder's files."""

    digest: str
    """SHA-256 of its content."""
    length: int
    """Bytes of it in the pack."""
    is_packed: bool
    """Whether these are compressed (zlib)."""


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """A file of the place that holds items."""

    name: str
    digest: str
    size: int
    kind: str
    """``pictures``, or ``state`` for all else: what spoils one must not spoil the other."""


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A file of the state: its size in bytes, and its items."""

    size: int
    items: tuple[str, ...]


Listing = dict[str, Piece]
"""The files of a folder, by their path below the state."""


class Former(msgspec.Struct, frozen=True, array_like=True):
    """A head that is still kept, and the packs that it needs."""

    name: str
    packs: tuple[str, ...]

    def is_apart(self, packs: Iterable[str]) -> bool:
        """Whether its store is in none of these packs, so that what spoils them leaves it whole."""
        return not any(f"-{STATE}-" in name for name in {*self.packs} & {*packs})


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """One state: what it consists of, and what came before."""

    number: int
    at: datetime
    by: str
    folders: Mapping[str, str]
    """By the folder's path, the item that lists it."""
    packs: tuple[Pack, ...]
    former: tuple[Former, ...]
    """Newest first."""
    whole: datetime | None = None
    """When the store was last sent whole: packs from before are not needed for it."""

    @property
    def name(self) -> str:
        """Where a copy of it stands, which nothing is written over."""
        return f"heads/{self.number:08}-{sha256(encode(self)).hexdigest()[:16]}.json"

    def __str__(self) -> str:
        said = f"state {self.number} of {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"{said} (by {self.by})" if self.by else said


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file as it stood on this disk when it was the piece."""

    changed: int
    piece: Piece


class Memory(msgspec.Struct, frozen=True):
    """What this machine knows of the place, from its last pull or push there."""

    place: str
    token: str
    """Of the head, "" where there is none."""
    number: int
    folders: Mapping[str, str] = {}
    packs: Mapping[str, tuple[Pack, tuple[Item, ...]]] = {}
    """What can be relied on to be there."""
    files: Mapping[str, Seen] = {}
    former: tuple[Former, ...] = ()
    """This state and those kept beside it, the newest first."""
    whole: datetime | None = None
    """See Head."""
    looked: datetime | None = None
    """When it was last seen that the packs are there."""
    at: datetime | None = None
    """The latest moment of a state that we had from there or sent."""


encode = msgspec.json.Encoder(order="sorted").encode
_head = msgspec.json.Decoder(Head).decode
_memory = msgspec.msgpack.Decoder(Memory).decode
listing = msgspec.json.Decoder(Listing).decode


def decoded(body: bytes) -> Head | None:
    """The head that these bytes are, None where they are none."""
    try:
        return _head(body)
    except GARBLED:
        return None


def is_safe(path: str) -> bool:
    """Whether a path can only lead below the state."""
    return bool(_SAFE.fullmatch(path))


class Room(NamedTuple):
    """What keeping has of its own in the state: a memory, and a folder for what is not finished."""

    state: Path
    work: Path

    def recall(self, place: object) -> Memory | None:
        """What is remembered of this place, None where nothing is."""
        try:
            said = (self.state / "keeping" / "memory").read_bytes()
            digest, body = said[:_DIGEST], said[_DIGEST:]
            # One byte that flipped there would make a state that is whole look damaged.
            memory = _memory(body) if sha256(body).digest() == digest else None
        except (FileNotFoundError, *GARBLED):
            return None
        return memory if memory and memory.place == str(place) else None

    def remember(self, memory: Memory) -> None:
        """Write down what is known of the place."""
        new = self.work / "memory"
        body = msgspec.msgpack.encode(memory)
        new.write_bytes(sha256(body).digest() + body)
        new.replace(self.state / "keeping" / "memory")


@contextmanager
def room(state: Path) -> Iterator[Room]:
    """Let one push or pull at a time work in that state. Raises Busy, StoreError where the disk fails."""
    folder = state / "keeping"
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with lock.acquire(blocking=False):
            work = folder / "work"
            shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
            os.mkdir(work, 0o700)  # noqa: PTH102 - with its mode at once: tokens pass through it
            try:
                yield Room(state, work)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except Timeout:
        raise Busy(
            f"another run keeps or takes back the state {state}; run this again when that has ended"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{error.filename or state} cannot be read or written: {error.strerror}; mend that and run again"
        ) from error
