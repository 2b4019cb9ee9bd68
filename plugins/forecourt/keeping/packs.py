"""Packs: many small items in one file of a place.

A pack is the items' bytes one after the other, then the list of them, then that list's length in eight bytes. It is
named by the state it was made for and by its digest, and never changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from forecourt.keeping.records import Item, Pack
from forecourt.places import Place

CHUNK = 2**20
"""Bytes of an item at the most: of a store in which a page changed so much is sent."""

FULL = 64 * 2**20
"""Bytes of a pack, or a few more: hosts of git refuse 100 MB."""

_LENGTH = 8
_items = msgspec.msgpack.Decoder(tuple[Item, ...]).decode


class Spoilt(Exception):
    """A pack or an item is missing or is not what it should be; the message says which."""


class Made(NamedTuple):
    """A pack that was made and waits to be sent."""

    pack: Pack
    items: tuple[Item, ...]
    path: Path


class Packer:
    """Makes packs of one kind for one state."""

    def __init__(self, work: Path, kind: str, number: int) -> None:
        self._work, self._kind, self._number = work, kind, number
        self._items: dict[str, Item] = {}
        self._had: set[str] = set()
        self.made: list[Made] = []
        self.size = 0
        """Bytes of all items."""

    def add(self, digest: str, content: bytes) -> None:
        """Have an item in a pack, once."""
        if digest in self._had:
            return
        packed = zlib.compress(content, 6)
        smaller = len(packed) < len(content)
        stored = packed if smaller else content
        with self._path.open("ab") as file:  # none stays open, whatever ends the push
            file.write(stored)
            is_full = file.tell() >= FULL
        self._items[digest] = Item(digest, len(stored), smaller)
        self._had.add(digest)
        self.size += len(stored)
        if is_full:
            self.close()

    def close(self) -> None:
        """Finish the pack that is being made."""
        if not self._items:
            return
        items = tuple(self._items.values())
        told = msgspec.msgpack.encode(items)
        path = self._path
        with path.open("ab") as file:
            file.write(told + len(told).to_bytes(_LENGTH, "big"))
            size = file.tell()
        with path.open("rb") as read:
            digest = file_digest(read, "sha256").hexdigest()
        pack = Pack(f"packs/{self._number:08}-{self._kind}-{digest[:32]}", digest, size, self._kind)
        self.made.append(Made(pack, items, path))
        self._items = {}

    @property
    def _path(self) -> Path:
        return self._work / f"{self._kind}-{len(self.made)}"


class Unpacker:
    """Gives items out of packs, which it fetches when one of their items is asked for."""

    def __init__(self, place: Place, work: Path, known: Mapping[str, tuple[Pack, tuple[Item, ...]]]) -> None:
        self._place, self._work = place, work
        self._indexes = {name: items for name, (_, items) in known.items()}
        self._where: dict[str, list[tuple[Pack, int, Item]]] = {}
        self._fetched: dict[str, Path | None] = {}
        self.spoilt: set[str] = set()
        """The names of packs that cannot be read."""

    def take_in(self, packs: Iterable[Pack]) -> None:
        """Learn what these packs hold; what is spoilt holds nothing."""
        for pack in packs:
            offset = 0
            for item in self.index(pack):
                self._where.setdefault(item.digest, []).append((pack, offset, item))
                offset += item.length

    def index(self, pack: Pack) -> tuple[Item, ...]:
        """The items of a pack, none where it is spoilt."""
        if pack.name not in self._indexes:
            path = self._path(pack)
            self._indexes[pack.name] = _index(path) if path else ()
        return self._indexes[pack.name]

    def content(self, digest: str) -> bytes:
        """The content of an item. Raises Spoilt."""
        for pack, offset, item in self._where.get(digest, ()):
            path = self._path(pack)
            if path is None:
                continue
            with path.open("rb") as file:
                file.seek(offset)
                stored = file.read(item.length)
            content = zlib.decompress(stored) if item.is_packed else stored
            if sha256(content).hexdigest() == digest:
                return content
        raise Spoilt(f"a part of it ({digest[:12]}…) is in no pack that is whole")

    def _path(self, pack: Pack) -> Path | None:
        """The pack on this disk, None where it is not what it was."""
        if pack.name not in self._fetched:
            path = self._work / pack.name.replace("/", "-")
            there = self._place.fetch(pack.name, path)
            self._fetched[pack.name] = path if there and _is(path, pack) else None
            if self._fetched[pack.name] is None:
                self.spoilt.add(pack.name)
        return self._fetched[pack.name]


def chunks(path: Path) -> Iterator[tuple[str, bytes]]:
    """The items of a file, with their digests."""
    with path.open("rb") as file:
        while content := file.read(CHUNK):
            yield sha256(content).hexdigest(), content


def to_repack(
    packs: Mapping[str, tuple[Pack, tuple[Item, ...]]], live: set[str], sent: int, *, clean: bool = False
) -> tuple[set[str], set[str]]:
    """Which packs of one kind are no longer needed, and which of these hold items that are.

    One that is more than half dead is made anew; and one that is no larger than twice of what is sent anyhow
    goes with it, so that there are never more than a few for each power of two. With ``clean`` any that holds what
    is dead is made anew.
    """
    alive = {
        name: sum(item.length for item in items if item.digest in live) for name, (_, items) in packs.items()
    }
    share = 1 if clean else 2
    going = {
        name for name, size in alive.items() if size * share < sum(item.length for item in packs[name][1])
    }
    total = sent + sum(alive[name] for name in going)
    for name in sorted(alive, key=lambda name: (alive[name], name)):
        if name not in going and sent and alive[name] <= min(2 * total, FULL // 2):
            going.add(name)
            total += alive[name]
    return going, {name for name in going if alive[name]}


def _is(path: Path, pack: Pack) -> bool:
    with path.open("rb") as file:
        return path.stat().st_size == pack.size and file_digest(file, "sha256").hexdigest() == pack.digest


def _index(path: Path) -> tuple[Item, ...]:
    """The list at the end of a pack whose digest is right."""
    with path.open("rb") as file:
        file.seek(-_LENGTH, 2)
        length = int.from_bytes(file.read(_LENGTH), "big")
        file.seek(-_LENGTH - length, 2)
        return _items(file.read(length))
