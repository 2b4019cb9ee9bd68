"""Bytes that go bad here or there, and a post that must leave: what is kept is whole, and holds nothing of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from forecourt.errors import Damaged
from forecourt.keeping.packs import Unpacker
from forecourt.keeping.records import HEAD, Head, Pack
from forecourt.store import Store
from tests.kept import BEGIN, Machine
from tests.store.test_generations import ZONE, flip

LARGE = {"published": random.Random(3).randbytes(300_000)}
"""Goes with the store, in a pack that is no small one: those are made anew by each push."""


@pytest.fixture
def here(tmp_path: Path) -> Machine:
    here = Machine(tmp_path / "here", tmp_path / "place")
    here.fetch(1, 2, 3)
    return here


@pytest.fixture
def there(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "there", tmp_path / "place")


def files(machine: Machine) -> dict[str, bytes]:
    root = Path(machine.place.path)
    return {name: (root / name).read_bytes() for name in machine.place.names()}


def head(machine: Machine) -> Head:
    return msgspec.json.decode((Path(machine.place.path) / HEAD).read_bytes(), type=Head)


def of_store(names: Iterable[str]) -> set[str]:
    return {name for name in names if "-state-" in name}


def ruin(*paths: Path) -> None:
    """Random bytes, as a disk or a hand that errs leaves them."""
    for path in paths:
        path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def test_a_store_that_is_damaged_here_with_its_copies_gives_way_to_what_the_place_has(here: Machine) -> None:
    here.push()
    assert not here.pull().taken
    ruin(here.store, *here.generations)
    pulled = here.pull()
    assert (pulled.number, pulled.taken) == (1, True)
    assert pulled.said == (
        f"{here.store} is damaged",
        "state 1 of 2026-11-23 09:00 UTC took its place",
    )
    assert here.fetch(4) == ""
    assert here.posts() == 4
    assert here.push().number == 2


def test_a_byte_that_flips_in_a_text_is_damage_too_and_an_older_state_is_better_than_that(
    here: Machine, there: Machine
) -> None:
    here.push()
    before = files(here)[HEAD]
    here.fetch(4)
    here.push()
    (Path(here.place.path) / HEAD).write_bytes(before)
    flip(here.store, here.store.read_bytes().index(b"Hello from the 2. table"))
    pulled = here.pull()
    assert (pulled.number, pulled.taken) == (1, True)
    assert f"{here.store} is damaged" in pulled.said
    assert "the store that was here was set aside as" in pulled.said[2]
    assert here.posts() == 3
    here.fetch(5)
    assert here.push().number == 3  # and never again a number that something had
    there.pull()
    assert there.posts() == 4


def test_a_run_that_was_killed_left_no_damage(here: Machine) -> None:
    here.push()
    (here.folder / "generations/seal").unlink()
    assert not here.pull().taken
    here.store.write_bytes(b"")
    assert here.pull().taken
    assert here.posts() == 3


def test_where_the_place_has_nothing_a_damaged_store_is_left_to_the_copies_here(here: Machine) -> None:
    here.push()
    Path(here.place.path).rename(here.folder.with_name("away"))
    ruin(here.store)
    assert "has lost its state" in here.pull().said[0]
    assert "took its place" in here.fetch(4)
    assert here.posts() == 4


@pytest.mark.parametrize("where", ["a page", "a text", "all of it"])
def test_a_damaged_store_is_never_sent(here: Machine, where: str) -> None:
    here.push()
    here.fetch(4)
    before = files(here)
    if where == "all of it":
        ruin(here.store)
    elif where == "a text":
        flip(here.store, here.store.read_bytes().index(b"Hello from the 2. table"))
    else:
        (here.folder / "generations/seal").unlink()  # as a run that was killed leaves it
        body = bytearray(here.store.read_bytes())
        body[4096 : 3 * 4096] = random.Random(2).randbytes(2 * 4096)
        here.store.write_bytes(body)
    for hour in range(5):
        with pytest.raises(Damaged, match=r"store\.sqlite is damaged"):
            here.push(hour)
    assert files(here) == before
    assert here.pull().taken
    assert here.posts() == 3


def test_whatever_pack_of_the_store_goes_bad_a_state_that_is_whole_is_left(
    here: Machine, tmp_path: Path
) -> None:
    here.write(LARGE)
    for number in range(12):
        here.fetch(number + 4)
        here.push(hour=number * 6, keep=4)
        if number == 0:
            continue
        kept = [of_store(pack.name for pack in head(here).packs)]
        kept += [of_store(former.packs) for former in head(here).former]
        assert len(kept) == min(number + 1, 4)
        assert any(not one & other for one in kept for other in kept)
    for name in of_store(here.place.names()):
        body = (Path(here.place.path) / name).read_bytes()
        flip(Path(here.place.path) / name, len(body) // 2)
        other = Machine(tmp_path / f"without-{name[-8:]}", tmp_path / "place")
        assert other.pull().taken
        assert other.posts() > 5
        (Path(here.place.path) / name).write_bytes(body)


def test_of_the_store_only_what_is_new_is_sent_but_once_a_day(here: Machine) -> None:
    def sends_all(number: int, hour: int) -> bool:
        here.fetch(number)
        before = of_store(pack.name for pack in head(here).packs)
        here.push(hour=hour)
        return not before & of_store(pack.name for pack in head(here).packs)

    here.write(LARGE)
    here.push()
    assert [sends_all(4 + hour, hour) for hour in range(1, 30)] == [hour in {1, 25} for hour in range(1, 30)]


@pytest.mark.parametrize("kind", ["state", "pictures"])
def test_packs_that_are_gone_are_missed_within_a_day_though_nothing_changed(
    here: Machine, there: Machine, kind: str
) -> None:
    here.write(
        {f"pictures/0{one}/{one:024x}-800.avif": random.Random(one).randbytes(5000) for one in range(9)}
    )
    here.push()
    for name in [name for name in here.place.names("packs/") if f"-{kind}-" in name]:
        (Path(here.place.path) / name).unlink()
    assert here.push(hour=1).sent == 0
    assert here.push(hour=25).sent
    assert here.push(hour=26).sent == 0
    assert there.pull().said == ()
    assert (there.posts(), there.files()) == (3, here.files())


def test_a_memory_in_which_any_bit_flips_is_none_and_the_state_comes_back(
    here: Machine, there: Machine, scale: Callable[[int, int], int]
) -> None:
    here.push()
    there.pull()
    here.fetch(4)
    here.push(hour=1)
    memory = there.folder / "keeping/memory"
    body = memory.read_bytes()
    chance = random.Random(4)
    for _ in range(scale(15, 300)):
        memory.write_bytes(body)
        flip(memory, chance.randrange(len(body)))
        pulled = there.pull()
        assert (pulled.number, pulled.said, there.posts()) == (2, (), 4)


def test_a_state_without_a_store_at_the_place_gives_way_to_one_that_has_it(
    here: Machine, there: Machine
) -> None:
    here.push()
    here.write({"published/mark.json": b"{}"})
    here.push(hour=1)
    newest = head(here)
    without = msgspec.structs.replace(
        newest, folders={name: digest for name, digest in newest.folders.items() if name}
    )
    assert without.folders
    here.place.write(HEAD, msgspec.json.encode(without))
    pulled = there.pull()
    assert "is damaged: it has no store" in pulled.said[0]
    assert there.posts() == 3


def contents(machine: Machine) -> Iterator[bytes]:
    """All that stands at the place: each file, and each item as it was before it was packed."""
    root = Path(machine.place.path)
    for path in filter(Path.is_file, root.rglob("*")):
        yield path.read_bytes()
        if path.parent.name == "packs":
            name = path.relative_to(root).as_posix()
            pack = Pack(name, sha256(path.read_bytes()).hexdigest(), path.stat().st_size, "")
            unpacker = Unpacker(machine.place, machine.folder, {})
            unpacker.take_in([pack])
            assert not unpacker.spoilt
            for item in unpacker.index(pack):
                yield unpacker.content(item.digest)
            (machine.folder / name.replace("/", "-")).unlink()


def test_of_a_post_that_was_forgotten_no_byte_stays(here: Machine, there: Machine) -> None:
    pictures = {
        f"pictures/{one:02}/{one:024x}-800.avif": random.Random(one).randbytes(5000) for one in range(9)
    }
    here.write(pictures)
    here.push()
    here.fetch(4)
    here.push(hour=1)
    here.fetch(5)
    here.push(hour=2)
    name, picture = list(pictures.items())[2]
    with Store.run(here.store, ZONE, "forget", BEGIN, keep=True) as store, store.transaction():
        (key,) = (one.key for one in store.posts.each_of("blog") if one.post.id == "2")
        assert store.posts.forget([key]) == 1
    (here.folder / name).unlink()

    here.push(hour=3)
    said = list(contents(here))
    assert any(b"Hello from the 2. table" in content for content in said)  # as former states need it
    assert any(picture in content for content in said)

    pushed = here.push(hour=3, withdrawn=True)
    assert (pushed.number, head(here).former) == (5, ())
    said = list(contents(here))
    assert any(b"Hello from the 3. table" in content for content in said)
    assert not any(b"Hello from the 2. table" in content for content in said)
    assert not any(picture in content for content in said)
    assert not any(name.encode() in content for content in said)
    assert there.pull().said == ()
    assert there.files() == here.files()
    assert len(there.files()) == 8
    here.fetch(6)
    assert here.push(hour=4).number == 6
