"""A state taken back from its place: the newest that is whole, so that a kill leaves the old one or the new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from forecourt.errors import Damaged, PlaceError
from forecourt.garbled import GARBLED
from forecourt.keeping.packs import Spoilt, Unpacker, chunks
from forecourt.keeping.records import (
    HEAD,
    PICTURES,
    STORE,
    TOKENS,
    Former,
    Head,
    Listing,
    Memory,
    Piece,
    Room,
    Seen,
    decoded,
    is_safe,
    listing,
    room,
)  # fmt: skip
from forecourt.places import ABSENT, Place
from forecourt.store.lock import alone
from forecourt.store.snapshot import is_sound, is_whole, put_back, snapshot


class _Token(msgspec.Struct):
    """Of what is kept of an account's token (``tokens``): when it was obtained."""

    obtained: datetime


_obtained = msgspec.json.Decoder(dict[str, _Token]).decode
_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True)
class Pulled:
    """What a pull did."""

    number: int
    """Of the state that is here now; 0 on the first run, when the place never had any."""
    at: datetime | None
    """When that state was pushed, None where nothing was taken from the place."""
    taken: bool
    """Whether what is here came from the place just now."""
    said: tuple[str, ...] = ()
    """What a person should know, a sentence each."""
    aside: Path | None = None
    """Where the store is that was here, if what came did not grow from it."""


class _Restored(NamedTuple):
    """A state of the place, whole in our folder: its files, and those pictures that could not be read."""

    head: Head
    root: Path
    files: dict[str, Piece]
    missing: tuple[str, ...]


def pull(place: Place, state: Path, now: datetime) -> Pulled:
    """Take the newest good state from the place, where it is ahead of what is here.

    What is here stays where the place has nothing newer, also when it lost what it had; but a store that is damaged
    here gives way to what the place has. Where this state and that of the place have each gone their own way since
    they were the same, the place's counts, and the store that was here is set aside. A state that is damaged or lost
    gives way to the newest good one before it. Raises PlaceError where the place had a state and none is whole; Busy,
    StoreError.
    """
    with room(state) as own:
        memory = own.recall(place)
        kept = place.read(HEAD)
        token = kept.token if kept else ABSENT
        head = decoded(kept.body) if kept else None
        found = _Found(token, head, is_there=kept is not None)
        if memory and (state / STORE).exists() and not _is_ahead(found, memory):
            sound = is_sound(state / STORE, own.work / "here.sqlite")
            if sound and token and token == memory.token:
                return Pulled(memory.number, None, taken=False, said=_with_tokens(own, place, memory))
            if sound or (head is None and not any(place.names("heads/"))):
                return _stays(own, place, memory, token, head)
            return _taken(own, place, memory, found, now, damaged=f"{state / STORE} is damaged")
        return _taken(own, place, memory, found, now)


class _Found(NamedTuple):
    """The head as it stands at the place."""

    token: str
    head: Head | None
    is_there: bool


def _is_ahead(found: _Found, memory: Memory) -> bool:
    """Whether the place has another state than it had from us, and not an older one."""
    if found.head is None or (found.token and found.token == memory.token):
        return False
    # One that was begun anew counts from 1; what is older, such as a backup, is older by its moment, too.
    is_later = memory.at is not None and found.head.at > memory.at
    return is_later or found.head.number >= memory.number


def _with_tokens(own: Room, place: Place, memory: Memory) -> tuple[str, ...]:
    """Have the tokens that belong to the state: a cache of CI brings the rest of it, and never them."""
    kept = memory.files.get(TOKENS)
    if kept is None or (own.state / TOKENS).exists():
        return ()
    unpacker = Unpacker(place, own.work, memory.packs)
    unpacker.take_in(pack for pack, _ in memory.packs.values())
    try:
        _write(own.work / TOKENS, kept.piece, unpacker)
    except Spoilt:
        return (
            f"the tokens at {place} cannot be read; those in the environment are used, if they are still good",
        )
    (own.work / TOKENS).chmod(0o600)
    (own.work / TOKENS).replace(own.state / TOKENS)
    return ()


def _stays(own: Room, place: Place, memory: Memory, token: str, head: Head | None) -> Pulled:
    """Keep what is here: the place has less than it had from us. The next push sends what is missing there."""
    there = set(place.names("packs/"))
    packs = {name: known for name, known in memory.packs.items() if name in there}
    number = max(memory.number, _highest(place))
    own.remember(
        msgspec.structs.replace(memory, token=token, number=number, folders={}, packs=packs, looked=None)
    )
    holds = f"holds {head}" if head else "has a damaged state" if token else "has lost its state"
    said = f"{place} {holds}, though state {memory.number} was there; what is here is newer and stays"
    return Pulled(memory.number, None, taken=False, said=(f"{said}; the next push sends it",))


def _taken(
    own: Room, place: Place, memory: Memory | None, found: _Found, now: datetime, damaged: str = ""
) -> Pulled:
    """Take what the place has, the newest good state of it. ``damaged`` says that what is here is not whole."""
    said = [damaged] if damaged else []
    unpacker = Unpacker(place, own.work, memory.packs if memory else {})
    best: _Restored | None = None
    for head in _candidates(place, found.head, said, is_there=found.is_there):
        try:
            restored = _restored(own, unpacker, head, memory)
        except Spoilt as error:
            said.append(f"{head} at {place} is damaged: {error}")
            continue
        if not restored.missing:
            best = restored
            break
        best = best or restored
    if best is None:
        if not said:
            return Pulled(0, None, taken=False)
        raise PlaceError(
            f"{'; '.join(said)}; no state at {place} is whole: put a backup of the place back, or remove what is in "
            "it, and the next run begins with an empty store"
        )
    if best.missing:
        said.append(
            f"{len(best.missing)} pictures of it cannot be read; they are taken up again from their accounts"
        )
    if said:
        said.append(f"{best.head} took its place")
    # Where this is not what the place calls its own, what comes next must have a number that nothing had.
    number = best.head.number if best.head is found.head else max(best.head.number, _highest(place))
    number = max(number, memory.number if memory else 0)
    with alone(own.state, "state pull", now):
        aside = _put(own, best, memory, now)
        if aside and (memory or damaged):  # whoever remembers nothing cannot say whose way it went
            why = "" if damaged else "had gone its own way, and "
            said.append(f"the store that was here {why}was set aside as {aside}")
        _remember(own, place, best, unpacker, found.token, number)
    return Pulled(best.head.number, best.head.at, taken=True, said=tuple(said), aside=aside)


def _candidates(place: Place, head: Head | None, said: list[str], *, is_there: bool) -> Iterator[Head]:
    """The state that the place calls its own, then those before it, the newest first."""
    if head:
        yield head
    names = [
        name for name in sorted(place.names("heads/"), reverse=True) if head is None or name != head.name
    ]
    if head is None and is_there:
        said.append(f"{HEAD} at {place} is damaged")
    elif head is None and names:
        said.append(f"{HEAD} is missing at {place}")
    for name in names:
        kept = place.read(name)
        older = decoded(kept.body) if kept else None
        if older is None or older.name != name:
            said.append(f"{name} at {place} is damaged")
        elif head is None or older.number < head.number:
            yield older


def _restored(own: Room, unpacker: Unpacker, head: Head, memory: Memory | None) -> _Restored:
    """Have a state in our folder, but for pictures that are here already. Raises Spoilt, not for pictures."""
    unpacker.take_in(head.packs)
    root = own.work / f"good-{head.number}"
    files: dict[str, Piece] = {}
    missing: list[str] = []
    for folder in sorted(head.folders):
        try:
            files |= _listed(unpacker, folder, head.folders[folder], memory)
        except Spoilt:
            if folder.partition("/")[0] != PICTURES:
                raise
            missing.append(folder)
    for path, piece in files.items():
        if path.startswith(f"{PICTURES}/") and _is_here(own.state / path, memory, path, piece):
            continue
        try:
            _write(root / path, piece, unpacker)
        except Spoilt:
            if not path.startswith(f"{PICTURES}/"):
                raise
            missing.append(path)
    if STORE not in files:
        raise Spoilt("it has no store")
    if not is_whole(root / STORE):
        raise Spoilt("SQLite finds its store damaged")
    there = {path: piece for path, piece in files.items() if path not in missing}
    return _Restored(head, root, there, tuple(missing))


def _listed(unpacker: Unpacker, folder: str, digest: str, memory: Memory | None) -> Listing:
    """The files of a folder; of one that is as it was we know them."""
    if memory and memory.folders.get(folder) == digest:
        return {path: seen.piece for path, seen in memory.files.items() if path.rpartition("/")[0] == folder}
    try:
        files = listing(unpacker.content(digest))
    except GARBLED as error:
        raise Spoilt(f"the list of {folder or 'its files'} cannot be read") from error
    if not all(map(is_safe, files)):
        raise Spoilt(f"the list of {folder or 'its files'} leads elsewhere")
    return files


def _is_here(file: Path, memory: Memory | None, path: str, piece: Piece) -> bool:
    """Whether a picture is on this disk already, unchanged since we knew it, or with these very bytes."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return False
    seen = memory.files.get(path) if memory else None
    if seen and (seen.changed, seen.piece) == (stat.st_mtime_ns, piece) and stat.st_size == piece.size:
        return True
    return stat.st_size == piece.size and tuple(digest for digest, _ in chunks(file)) == piece.items


def _write(path: Path, piece: Piece, unpacker: Unpacker) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for digest in piece.items:
            file.write(unpacker.content(digest))
        file.flush()
        os.fsync(file.fileno())


def _put(own: Room, restored: _Restored, memory: Memory | None, now: datetime) -> Path | None:
    """Put everything in place, the store last; where the one that was here was set aside, if it was."""
    good = restored.root
    for path in sorted(restored.files):
        if path != STORE and (good / path).exists():
            if not path.startswith(f"{PICTURES}/"):
                (good / path).chmod(0o600)  # a token may be among them
            if path == TOKENS:
                _merge(own.state / path, good / path)
            (own.state / path).parent.mkdir(parents=True, exist_ok=True)
            (good / path).replace(own.state / path)
    beside, was = None, _items(own)
    if was != restored.files[STORE].items:
        # A state with a lower number than ours is from before it, or of a place that was begun anew.
        grew = memory.files.get(STORE) if memory and restored.head.number >= memory.number else None
        aside = bool(was) and (grew is None or was != grew.piece.items)
        beside = put_back(good / STORE, own.state / STORE, now, aside=aside)
    for path in memory.files if memory else ():
        if path.startswith(f"{PICTURES}/") and path not in restored.files and not restored.missing:
            (own.state / path).unlink(missing_ok=True)  # another machine let go of it
    return beside


def _merge(here: Path, there: Path) -> None:
    """Have the newer of each account's tokens in ``there``: some are good for one use, and then only the newest is."""
    try:
        ours, theirs = here.read_bytes(), there.read_bytes()
        since, known = _obtained(ours), _obtained(theirs)
    except (FileNotFoundError, *GARBLED):
        return
    newer = [name for name in since if name not in known or since[name].obtained > known[name].obtained]
    if newer:
        raw = _raw(ours)
        there.write_bytes(msgspec.json.encode(_raw(theirs) | {name: raw[name] for name in newer}))


def _items(own: Room) -> tuple[str, ...]:
    """The items of the store that is here, none where there is none that can be read."""
    if not (own.state / STORE).exists():
        return ()
    copy = own.work / "here.sqlite"
    try:
        snapshot(own.state / STORE, copy)
    except Damaged:
        return ()
    return tuple(digest for digest, _ in chunks(copy))


def _remember(
    own: Room, place: Place, restored: _Restored, unpacker: Unpacker, token: str, number: int
) -> None:
    head = restored.head
    files = {
        # Tokens may be those that were here: they are read again.
        path: Seen(0 if path == TOKENS else (own.state / path).stat().st_mtime_ns, piece)
        for path, piece in restored.files.items()
        if (own.state / path).exists()
    }
    packs = {
        pack.name: (pack, unpacker.index(pack)) for pack in head.packs if pack.name not in unpacker.spoilt
    }
    whole = len(packs) == len(head.packs) and not restored.missing and token
    former = (Former(head.name, tuple(pack.name for pack in head.packs)), *head.former)
    folders = head.folders if whole else {}
    own.remember(Memory(str(place), token, number, folders, packs, files, former, head.whole, at=head.at))


def _highest(place: Place) -> int:
    """The highest number that any state at the place was given."""
    numbers = (name.removeprefix("heads/").partition("-")[0] for name in place.names("heads/"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
