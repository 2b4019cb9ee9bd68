"""A store that is damaged between two runs, and what a run does about it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.curate import Rules, decide
from forecourt.errors import StoreError
from forecourt.model import Kind, Post
from forecourt.store import Store

ZONE = ZoneInfo("UTC")
RULES = Rules("blog", hold=False, place="sources.toml line 1")
SEED = 20261122


def post(number: int) -> Post:
    return Post(
        id=str(number),
        source="blog",
        kind=Kind.NOTE,
        permalink=f"https://blog.example/{number}",
        text=f"Hello from the {number}. table",
        published=datetime(2026, 11, 1, 12, tzinfo=UTC),
    )


class State:
    """The folder of a state, worked on as tasks do."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        self.now = now

    @property
    def store(self) -> Path:
        return self.folder / "store.sqlite"

    @property
    def generations(self) -> list[Path]:
        return sorted((self.folder / "generations").glob("*.sqlite"))

    @property
    def set_aside(self) -> list[Path]:
        return sorted(self.folder.glob("store.damaged-*.sqlite"))

    def fetch(self, *numbers: int) -> str:
        """A run that saves posts; what it says of the store."""
        with Store.run(self.store, ZONE, "fetch", self.now, keep=True) as store:
            with store.transaction():
                store.posts.save(
                    "blog", [(post(number), decide(post(number), RULES)) for number in numbers], self.now
                )
            return store.mended

    def build(self) -> str:
        """A run that keeps no copy; what it says of the store."""
        with Store.run(self.store, ZONE, "build", self.now) as store:
            store.reports.save("build", "{}", self.now)
            return store.mended

    def posts(self) -> int:
        with Store.trial(self.store, ZONE) as store:
            return len(store.posts.of_source("blog"))


@pytest.fixture
def state(tmp_path: Path, now: datetime) -> State:
    return State(tmp_path / "state", now)


def flip(path: Path, place: int, mask: int = 1) -> None:
    """Change one byte, and no time that the file has: disks do not tell when they err."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(1)[0]
        file.seek(place)
        file.write(bytes([old ^ mask]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


@pytest.mark.promise(45)
def test_a_flipped_byte_anywhere_is_noticed_and_the_last_copy_put_back(
    state: State, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    state.fetch(*range(60))
    chance = random.Random(SEED)
    times = scale(20, 200)
    noticed = lost = 0
    for number in range(times):
        flip(state.store, chance.randrange(state.store.stat().st_size), 1 << chance.randrange(8))
        said = state.build() if number % 2 else state.fetch(*range(60))
        noticed += "is damaged and was set aside as" in said
        lost += 60 - state.posts()

    assert (noticed, lost) == (times, 0)
    figure(f"{noticed} of {times} flipped bytes noticed, {lost} posts lost")


def emptied(path: Path) -> None:
    cut(path, 0)


def half(path: Path) -> None:
    cut(path, path.stat().st_size // 2)


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def overwritten(path: Path) -> None:
    path.write_bytes(b"This is not a database, but it is long enough to look like one. " * 64)


def removed(path: Path) -> None:
    path.unlink()


def replaced_by_a_new_one(path: Path) -> None:
    path.unlink()
    Store(path, ZONE).close()


DAMAGES = (emptied, half, zeroed, overwritten, removed)


@pytest.mark.promise(45)
@pytest.mark.parametrize("sealed", [True, False], ids=["after a run", "after a killed run"])
def test_a_store_that_is_cut_or_gone_is_put_back_and_that_is_said(
    state: State, figure: Callable[[str], None], sealed: bool
) -> None:
    """Without a seal, as a killed run leaves it, SQLite's own check and a look at every post have to find it."""
    state.fetch(*range(30))
    restored = 0
    for damage in DAMAGES:
        if not sealed:
            (state.folder / "generations/seal").unlink()
        damage(state.store)
        said = state.build()
        restored += state.posts() == 30 and "the copy of 2026-11-22 09:00 UTC took its place" in said

    assert restored == len(DAMAGES)
    figure(f"{restored} of {len(DAMAGES)} kinds of damage restored")


def test_a_store_that_was_begun_anew_does_not_pass_for_the_old_one(state: State) -> None:
    state.fetch(1)
    replaced_by_a_new_one(state.store)

    assert "is damaged" in state.fetch(2)
    assert state.posts() == 2


def test_a_post_that_cannot_be_read_after_a_killed_run_is_damage(state: State) -> None:
    state.fetch(1)
    (state.folder / "generations/seal").unlink()
    with Store(state.store, ZONE) as store:
        store._connection.execute("UPDATE post SET data = replace(data, '\"note\"', '\"n0te\"')")

    assert "is damaged" in state.build()
    assert state.posts() == 1


def test_a_damaged_copy_is_passed_over_for_the_one_before(state: State) -> None:
    state.fetch(1)
    state.fetch(2)
    flip(state.generations[-1], 5000)
    flip(state.store, 5000)

    assert "was set aside" in state.build()
    assert state.posts() == 1, "what the damaged copy had comes back when its account is asked again"


def test_without_a_whole_copy_a_run_stops_says_what_to_do_and_touches_nothing(state: State) -> None:
    state.fetch(1)
    for path in (*state.generations, state.store):
        flip(path, 5000)
    before = state.store.read_bytes()

    with pytest.raises(
        StoreError, match=r"store\.sqlite is damaged, and no copy in .*generations is whole; put a backup"
    ):
        state.build()
    assert state.store.read_bytes() == before
    assert list(state.folder.glob("*.new")) == []


def test_a_backup_is_taken_as_it_is_once_the_seal_is_gone(state: State, tmp_path: Path) -> None:
    state.fetch(1)
    shutil.copy(state.store, tmp_path / "backup.sqlite")
    state.fetch(2)
    shutil.copy(tmp_path / "backup.sqlite", state.store)
    (state.folder / "generations/seal").unlink()

    assert state.build() == ""
    assert state.posts() == 1


def test_the_newest_three_copies_and_damaged_files_are_kept(state: State) -> None:
    for number in range(5):
        state.fetch(number)
        state.now += timedelta(hours=1)
    assert [path.name[:22] for path in state.generations] == [
        "000003-20261122T110000", "000004-20261122T120000", "000005-20261122T130000"
    ]  # fmt: skip

    for _ in range(5):
        flip(state.store, 5000)
        state.build()
    assert len(state.set_aside) == 3


def test_the_newest_copy_is_the_last_that_was_made_whatever_the_clock_said(state: State) -> None:
    state.fetch(1)
    state.now -= timedelta(days=365)
    state.fetch(2)
    flip(state.store, 5000)

    assert "the copy of 2025-11-22 09:00 UTC" in state.build()
    assert state.posts() == 2


def test_moments_are_named_in_utc_wherever_the_run_was(state: State) -> None:
    state.now = state.now.astimezone(ZoneInfo("Asia/Tokyo"))
    state.fetch(1)
    flip(state.store, 5000)

    assert state.generations[0].name.startswith("000001-20261122T090000-")
    assert "store.damaged-20261122T090000.sqlite; the copy of 2026-11-22 09:00 UTC" in state.build()


def test_a_run_that_fails_leaves_the_store_sealed(state: State) -> None:
    state.fetch(1)
    with pytest.raises(KeyError), Store.run(state.store, ZONE, "build", state.now) as store:
        store.posts.get("nobody")

    flip(state.store, 100)  # in what SQLite does not look at
    assert "is damaged" in state.build()


def test_a_store_that_never_was_is_none_that_is_missing(state: State) -> None:
    assert state.fetch() == ""
    assert state.fetch() == ""


def test_a_store_of_an_earlier_release_has_no_copies_and_is_taken_as_it_is(state: State) -> None:
    with Store(state.store, ZONE) as store, store.transaction():
        store.posts.save("blog", [(post(1), decide(post(1), RULES))], state.now)

    assert state.build() == ""
    assert state.posts() == 1


def test_a_look_at_the_store_leaves_no_trace(state: State) -> None:
    state.fetch(1)
    before = {path.name: path.read_bytes() for path in state.folder.rglob("*") if path.is_file()}

    assert state.posts() == 1
    assert {path.name: path.read_bytes() for path in state.folder.rglob("*") if path.is_file()} == before


def test_when_a_post_leaves_for_good_no_copy_keeps_it(state: State) -> None:
    state.fetch(1)
    state.fetch(2)
    before = len(state.generations)
    with Store.run(state.store, ZONE, "fetch", state.now, keep=True) as store, store.transaction():
        store.posts.remove("blog", ["1", "2"])

    assert (before, len(state.generations)) == (2, 1)
    files = [file for file in state.folder.rglob("*") if file.is_file()]
    assert not any(b"Hello from" in file.read_bytes() for file in files)


def test_a_run_that_changed_no_post_makes_no_copy(state: State) -> None:
    for _ in range(3):
        state.fetch(1)

    assert len(state.generations) == 1
