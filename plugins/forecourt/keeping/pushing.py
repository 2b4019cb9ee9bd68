"""A state sent to its place: what is new of it, and then the head."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec

from forecourt.errors import Damaged, Overtaken, StoreError
from forecourt.keeping.packs import CHUNK, Made, Packer, chunks, to_repack
from forecourt.keeping.records import (
    HEAD,
    PICTURES,
    STATE,
    STORE,
    TOKENS,
    Former,
    Head,
    Item,
    Listing,
    Memory,
    Pack,
    Piece,
    Room,
    Seen,
    decoded,
    encode,
    room,
)  # fmt: skip
from forecourt.places import ABSENT, Place
from forecourt.store.generations import Generations
from forecourt.store.snapshot import is_whole, snapshot

_UNFINISHED = f"{PICTURES}/new/"  # where pictures are written before they get their names
_DAY = timedelta(days=1)
"""After which the store is sent whole, and it is seen to that the place still has all packs."""

_NUMBER = re.compile(r"(?:packs|heads)/(\d{8})-.*")


@dataclass(frozen=True)
class Pushed:
    """What a push did."""

    number: int
    """Of the state that is at the place now, 0 where there is nothing to keep yet."""
    sent: int
    """Files that were written there."""
    size: int
    """Bytes of these."""
    removed: int
    """Files that were let go of there."""


@dataclass
class _Tree:
    """The files of a state on this disk, cut into items."""

    files: dict[str, Seen] = field(default_factory=dict)
    where: dict[str, tuple[Path, int]] = field(default_factory=dict)
    """The file and the offset at which an item stands."""
    folders: dict[str, str] = field(default_factory=dict)
    lists: dict[str, bytes] = field(default_factory=dict)

    def live(self, kind: str) -> set[str]:
        """The items that packs of a kind must hold."""
        items = {
            item for path, seen in self.files.items() if _kind(path) == kind for item in seen.piece.items
        }
        return items | {digest for folder, digest in self.folders.items() if _kind(folder) == kind}

    def content(self, digest: str) -> bytes | None:
        """An item that an earlier state had, too; None where its file has just become another."""
        if digest in self.lists:
            return self.lists[digest]
        path, offset = self.where[digest]
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(CHUNK)
        return content if sha256(content).hexdigest() == digest else None


def push(
    place: Place,
    state: Path,
    now: datetime,
    *,
    names: Sequence[str] = (),
    tokens: bool = False,
    keep: int = 5,
    by: str = "",
    withdrawn: bool = False,
) -> Pushed:
    """Keep the state at the place, and the last ``keep`` states there.

    ``names`` are files or folders below ``state`` that travel beside the store and the pictures. ``tokens`` sends the
    tokens that platforms renewed, readable to whoever may read the place. ``by`` says to others who pushed.

    ``withdrawn`` leaves this state alone there, in packs that hold nothing else: say so from when a post was
    forgotten until a push has succeeded.

    A run may be writing the store meanwhile. Nothing changed since the last push: nothing is sent, and what is there
    is asked once a day. Of the states that are kept at least two have no pack of the store in common, if ``keep`` is
    more than 1. Raises Overtaken where another run pushed since this state was pulled, and then nothing there has
    changed; Damaged where the store is not whole, and then nothing is sent; PlaceError, StoreError, Busy where another
    push or pull is at work here.
    """
    with room(state) as own:
        memory = _looked(own, place, now)
        number = memory.number + 1
        keep = 1 if withdrawn else keep
        is_all = withdrawn or _is_due(memory, now, keep)
        packs = {name: one for name, one in memory.packs.items() if not is_all or one[0].kind != STATE}
        packers = {kind: Packer(own.work, kind, number) for kind in (STATE, PICTURES)}
        known = msgspec.structs.replace(memory, packs=packs)
        tree = _cut(own, [*names, *([TOKENS] if tokens else [])], known, packers)
        is_same = tree.folders == memory.folders and memory.token and not withdrawn
        if is_same or STORE not in {*tree.files, *memory.files}:
            return Pushed(memory.number, 0, 0, 0)
        _check(own, place, tree, memory)
        for kind, packer in packers.items():
            _repack(tree, kind, packer, packs, clean=withdrawn)
        made = [one for packer in packers.values() for one in packer.made]
        packs.update((one.pack.name, (one.pack, one.items)) for one in made)
        whole = now if is_all else memory.whole
        head = Head(number, now, by, tree.folders, _sorted(packs), _former(memory, packs, keep), whole)
        sent, token = _sent(place, head, made, memory.token)
        former = (Former(head.name, tuple(pack.name for pack in head.packs)), *head.former)
        # The clock of this machine may be behind that of another.
        latest = max(memory.at or now, now)
        known = Memory(str(place), token, number, tree.folders, packs, tree.files, former, whole, now, latest)
        own.remember(known)
        removed, lost = _swept(place, former, number)
        if lost:  # somebody removed them there: the next push sends what they held
            own.remember(_without(known, lost))
    size = sum(one.pack.size for one in made) + 2 * len(encode(head))
    return Pushed(number, sent, size, removed)


def _looked(own: Room, place: Place, now: datetime) -> Memory:
    """What we know of the place; once a day without what is no longer there, so that it is sent again."""
    memory = own.recall(place)
    if memory is None:
        return Memory(str(place), ABSENT, 0)
    if memory.looked and _is_within_a_day(memory.looked, now):
        return memory
    memory = msgspec.structs.replace(memory, looked=now)
    lost = memory.packs.keys() - set(place.names("packs/"))
    if lost:
        memory = _without(memory, lost)
    own.remember(memory)
    return memory


def _without(memory: Memory, lost: AbstractSet[str]) -> Memory:
    packs = {name: one for name, one in memory.packs.items() if name not in lost}
    return msgspec.structs.replace(memory, folders={}, packs=packs)


def _is_due(memory: Memory, now: datetime, keep: int) -> bool:
    """Whether the store is to be sent whole: because it is a day ago, or no state is kept that is apart from this."""
    is_old = memory.whole is None or not _is_within_a_day(memory.whole, now)
    return is_old or (keep > 1 and not any(former.is_apart(memory.packs) for former in memory.former))


def _is_within_a_day(then: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - then < _DAY


def _former(memory: Memory, packs: Iterable[str], keep: int) -> tuple[Former, ...]:
    """The states to keep beside that of these packs: the newest, but one at least that is apart from it."""
    newest = memory.former[: keep - 1]
    if any(former.is_apart(packs) for former in newest):
        return newest
    apart = [former for former in memory.former[keep - 1 :] if former.is_apart(packs)]
    return (*newest[:-1], apart[0]) if newest and apart else newest


def _check(own: Room, place: Place, tree: _Tree, memory: Memory) -> None:
    """Raise Damaged where the store that is to be sent is not what a run wrote."""
    seen, before = tree.files.get(STORE), memory.files.get(STORE)
    if seen and before and before.piece == seen.piece:
        return
    is_good = False
    with suppress(StoreError):
        Generations(own.state / STORE).look()
        is_good = seen is not None and is_whole(own.work / STORE)
    if not is_good:
        raise Damaged(
            f"{own.state / STORE} is {'damaged' if seen else 'missing'}; nothing was sent to {place}, which keeps what "
            "it has; run `invoke state pull` to take that"
        )


def _cut(own: Room, names: Sequence[str], memory: Memory, packers: dict[str, Packer]) -> _Tree:
    """Cut the state into items; those that no pack has yet go to the packers."""
    had: dict[str, set[str]] = {STATE: set(), PICTURES: set()}
    for pack, items in memory.packs.values():
        had[pack.kind].update(item.digest for item in items)
    tree = _Tree()
    lists: dict[str, Listing] = {}
    for path, file in _found(own, names):
        kind = _kind(path)
        try:
            seen = _seen(path, file, memory.files.get(path), had[kind], packers[kind])
        except FileNotFoundError:
            continue  # a run that is at work has just removed it
        tree.files[path] = seen
        tree.where.update((item, (file, number * CHUNK)) for number, item in enumerate(seen.piece.items))
        lists.setdefault(path.rpartition("/")[0], {})[path] = seen.piece
    for folder, listing in sorted(lists.items()):
        body = encode(listing)
        digest = sha256(body).hexdigest()
        tree.folders[folder] = digest
        tree.lists[digest] = body
        if digest not in had[_kind(folder)]:
            packers[_kind(folder)].add(digest, body)
    return tree


def _found(own: Room, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The files of the state by their paths, each with where it is read."""
    store = own.state / STORE
    if store.exists():
        snapshot(store, own.work / STORE)
        yield STORE, own.work / STORE
    for name in sorted({*names, PICTURES}):
        root = own.state / name
        below = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in below:
            relative = path.relative_to(own.state).as_posix()
            if path.is_file() and not relative.startswith(_UNFINISHED):
                yield relative, path


def _seen(path: str, file: Path, before: Seen | None, had: set[str], packer: Packer) -> Seen:
    """The items of a file; one that is as the last push left it is not read."""
    stat = file.stat()
    if (
        before
        and path != STORE
        and (before.changed, before.piece.size) == (stat.st_mtime_ns, stat.st_size)
        and had.issuperset(before.piece.items)
    ):
        return before
    items, size = [], 0
    for digest, content in chunks(file):
        items.append(digest)
        size += len(content)
        if digest not in had:
            packer.add(digest, content)
    return Seen(stat.st_mtime_ns, Piece(size, tuple(items)))


def _repack(
    tree: _Tree, kind: str, packer: Packer, packs: dict[str, tuple[Pack, tuple[Item, ...]]], *, clean: bool
) -> None:
    """Let go of packs of one kind that are mostly dead, or small; what is alive in them is sent anew.

    With ``clean`` none stays that holds anything dead.
    """
    live = tree.live(kind)
    ours = {name: known for name, known in packs.items() if known[0].kind == kind}
    going, needed = to_repack(ours, live, packer.size, clean=clean)
    for name in sorted(going):
        contents = {
            item.digest: tree.content(item.digest)
            for item in (ours[name][1] if name in needed else ())
            if item.digest in live
        }
        if None not in contents.values():
            del packs[name]
            for digest, content in contents.items():
                packer.add(digest, content or b"")
        elif clean:
            raise StoreError(
                "a file of the state changed while it was being kept; nothing was changed there, run again"
            )
    packer.close()


def _sent(place: Place, head: Head, made: Sequence[Made], over: str) -> tuple[int, str]:
    """Write the packs and then the head; how many files that were, and the head's token."""
    there = set(place.names(f"packs/{head.number:08}-"))  # of a push that was killed
    sent = 2
    for one in made:
        if one.pack.name not in there:
            place.write(one.pack.name, one.path)
            sent += 1
    body = encode(head)
    place.write(head.name, body)
    try:
        token = place.write(HEAD, body, over=over)
    except Overtaken as error:
        kept = place.read(HEAD)
        is_now = decoded(kept.body) if kept else None
        raise Overtaken(
            f"{place} holds {is_now or 'another state'} by now, which this one does not grow from; nothing there was "
            "changed; run `invoke state pull`, and then again what you did"
        ) from error
    return sent, token


def _swept(place: Place, kept: Sequence[Former], number: int) -> tuple[int, set[str]]:
    """Let go of what no state needs that is kept, and say how much; and which packs of the newest are not there.

    What has a higher number is of a push that came after.
    """
    needed = {name for former in kept for name in (former.name, *former.packs)}
    there = set(place.names())
    named = ((_NUMBER.fullmatch(name), name) for name in sorted(there))
    going = [name for found, name in named if found and int(found[1]) <= number and name not in needed]
    if going:
        place.remove(going)
    return len(going), set(kept[0].packs) - there


def _sorted(packs: dict[str, tuple[Pack, tuple[Item, ...]]]) -> tuple[Pack, ...]:
    return tuple(pack for _, (pack, _) in sorted(packs.items()))


def _kind(path: str) -> str:
    return PICTURES if path.partition("/")[0] == PICTURES else STATE
