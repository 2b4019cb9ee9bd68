"""A state is kept elsewhere and comes back: as it was, or the newest good one before it."""

from __future__ import annotations

import json
import random
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forecourt.curate import decide
from forecourt.errors import Busy, Damaged, Overtaken, PlaceError
from forecourt.keeping import Pushed
from forecourt.keeping.records import is_safe, room
from forecourt.store import Store
from tests.kept import BEGIN, Machine
from tests.store.test_generations import RULES, ZONE, flip, post


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str], Machine]:
    return lambda name: Machine(tmp_path / name, tmp_path / "place")


@pytest.fixture
def here(machine: Callable[[str], Machine]) -> Machine:
    here = machine("here")
    here.fetch(1, 2, 3)
    return here


def pictures(*numbers: int, size: int = 5000) -> dict[str, bytes]:
    return {
        f"pictures/{one % 16:02x}/{one:024x}-800.avif": random.Random(one).randbytes(size) for one in numbers
    }


def at_place(machine: Machine, prefix: str) -> list[Path]:
    return [Path(machine.place.path) / name for name in machine.place.names(prefix)]


def test_a_state_comes_back_on_another_machine_as_it_was(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.write(
        {"report.json": b"{}", "published/digests": b"\0\1", "not-named": b"?", **pictures(*range(40))}
    )
    here.write({"pictures/new/half": b"made"})
    pushed = here.push()
    assert pushed.sent == 4  # two packs, the head, and the copy of the head
    there = machine("there")
    pulled = there.pull()
    assert (pulled.number, pulled.taken, pulled.said) == (1, True, ())
    assert there.posts() == here.posts() == 3
    assert there.files() == {name: body for name, body in here.files().items() if name != "new/half"}
    assert there.files("published") == {"digests": b"\0\1"}
    assert (there.folder / "report.json").read_bytes() == b"{}"
    assert not (there.folder / "not-named").exists()
    assert there.fetch(4) == ""  # the next run finds nothing wrong with the store
    assert there.posts() == 4


def test_only_a_place_that_never_had_a_state_gives_a_first_run(here: Machine) -> None:
    pulled = here.pull()
    assert (pulled.number, pulled.taken, pulled.said) == (0, False, ())
    assert here.posts() == 3


def test_a_state_without_anything_in_it_is_not_kept(machine: Callable[[str], Machine]) -> None:
    assert machine("empty").push() == Pushed(0, 0, 0, 0)


def test_nothing_that_changed_is_nothing_sent(
    here: Machine, machine: Callable[[str], Machine], tmp_path: Path
) -> None:
    here.write(pictures(*range(5)))
    here.push()
    (tmp_path / "place").rename(tmp_path / "away")  # nobody is even asked
    assert here.push(hour=1) == Pushed(1, 0, 0, 0)
    (tmp_path / "away").rename(tmp_path / "place")
    there = machine("there")
    there.pull()
    assert there.push(hour=1) == Pushed(1, 0, 0, 0)
    assert not there.pull().taken


def test_of_a_store_and_pictures_that_changed_a_little_little_is_sent(here: Machine) -> None:
    here.write(pictures(*range(300)))
    whole = here.push().size
    here.fetch(4)
    here.write(pictures(300))
    pushed = here.push()
    assert whole > 1_500_000
    assert 0 < pushed.size < 100_000


def test_tokens_travel_only_when_the_operator_says_so_and_nobody_else_can_read_them(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.write({"tokens.json": b'{"instagram": "renewed"}'})
    here.push()
    without = machine("without")
    without.pull()
    assert not (without.folder / "tokens.json").exists()
    here.push(tokens=True)
    there = machine("there")
    there.pull()
    assert (there.folder / "tokens.json").read_bytes() == b'{"instagram": "renewed"}'
    if sys.platform != "win32":
        assert stat.S_IMODE((there.folder / "tokens.json").stat().st_mode) == 0o600


def test_of_two_runs_that_collide_the_second_is_told_who_was_first_and_loses_nothing(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.push()
    there = machine("there")
    there.pull()
    here.fetch(4)
    here.push(hour=1, by="the office")
    there.fetch(5)
    with pytest.raises(
        Overtaken, match=r"holds state 2 of 2026-11-23 10:00 UTC \(by the office\) by now.*state pull"
    ):
        there.push()
    assert machine("third").pull().number == 2
    pulled = there.pull()
    assert pulled.taken
    assert len(pulled.said) == 1
    assert "was set aside as" in pulled.said[0]
    assert there.posts() == 4
    there.fetch(5)
    assert there.push().number == 3
    third = machine("third")
    third.pull()
    assert third.posts() == 5


def test_a_machine_that_is_behind_takes_the_newer_state_and_lets_go_of_what_left(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.write(pictures(*range(10)))
    here.push()
    there = machine("there")
    there.pull()
    here.fetch(4)
    for name in pictures(*range(5)):
        (here.folder / name).unlink()
    here.push()
    assert there.pull().said == ()
    assert there.posts() == 4
    assert there.files() == here.files()
    assert len(there.files()) == 5


def test_what_is_newer_here_is_not_overwritten_by_what_is_older_there(
    here: Machine, tmp_path: Path, machine: Callable[[str], Machine]
) -> None:
    here.push()
    backup = {path.name: path.read_bytes() for path in at_place(here, "state")}
    here.fetch(4)
    here.push()
    (tmp_path / "place/state.json").write_bytes(backup["state.json"])
    here.fetch(5)
    pulled = here.pull()
    assert not pulled.taken
    assert "what is here is newer and stays" in pulled.said[0]
    assert here.posts() == 5
    assert here.push().number == 3
    there = machine("there")
    assert there.pull().number == 3
    assert there.posts() == 5


def test_a_place_that_was_begun_anew_is_not_overwritten_by_who_knew_the_old_one(
    here: Machine, machine: Callable[[str], Machine], tmp_path: Path
) -> None:
    for hour in range(6):
        here.fetch(hour + 4)
        here.push(hour=hour)
    (tmp_path / "place").rename(tmp_path / "away")
    there = machine("there")
    there.fetch(*range(50, 70))
    there.push(hour=48)
    pulled = here.pull()
    assert (pulled.number, pulled.taken) == (1, True)
    assert "was set aside as" in pulled.said[0]
    assert here.posts() == 20
    here.fetch(99)
    assert here.push(hour=49).number == 7  # one that nothing here ever had
    assert there.pull().taken
    assert there.posts() == 21


def test_a_state_without_its_store_is_never_sent(here: Machine, machine: Callable[[str], Machine]) -> None:
    empty = machine("empty")
    empty.write({"published/mark.json": b"{}"})
    assert empty.push() == Pushed(0, 0, 0, 0)
    here.push()
    here.store.unlink()
    here.write({"published/mark.json": b"{}"})
    with pytest.raises(Damaged, match=r"store\.sqlite is missing; nothing was sent.*state pull"):
        here.push(hour=1)
    there = machine("there")
    there.pull()
    assert there.posts() == 3


def test_of_what_a_cache_brought_without_a_memory_the_store_is_set_aside_and_nobody_is_alarmed(
    here: Machine,
) -> None:
    here.push()
    here.fetch(4)
    shutil.rmtree(here.folder / "keeping")
    pulled = here.pull()
    assert (pulled.number, pulled.taken, pulled.said) == (1, True, ())
    assert here.posts() == 3
    assert pulled.aside
    assert pulled.aside.exists()


def test_tokens_that_a_cache_does_not_bring_come_from_the_place(here: Machine) -> None:
    here.write({"tokens.json": b'{"instagram": "renewed"}'})
    here.push(tokens=True)
    here.fetch(4)
    (here.folder / "tokens.json").unlink()
    pulled = here.pull()
    assert (pulled.taken, pulled.said, here.posts()) == (False, (), 4)
    assert (here.folder / "tokens.json").read_bytes() == b'{"instagram": "renewed"}'
    if sys.platform != "win32":
        assert stat.S_IMODE((here.folder / "tokens.json").stat().st_mode) == 0o600

    (here.folder / "tokens.json").unlink()
    for pack in at_place(here, "packs/"):
        pack.unlink()
    pulled = here.pull()
    assert (pulled.taken, here.posts()) == (False, 4)
    assert "the tokens at" in pulled.said[0]


@pytest.mark.parametrize("spoilt", ["lost", "cut off", "flipped", "no text"])
def test_a_head_that_is_lost_or_damaged_gives_way_to_its_copy(
    here: Machine, machine: Callable[[str], Machine], tmp_path: Path, spoilt: str
) -> None:
    here.push()
    here.fetch(4)
    here.push()
    head = tmp_path / "place/state.json"
    if spoilt == "lost":
        head.unlink()
    else:
        body = head.read_bytes()
        bad = {
            "cut off": body[:100],
            "flipped": b"?" + body[1:],
            "no text": body.replace(b"packs/", b"pack\xf3/"),
        }
        head.write_bytes(bad[spoilt])
    there = machine("there")
    pulled = there.pull()
    assert pulled.number == 2
    assert pulled.said[0].startswith("state.json ")
    assert pulled.said[1] == "state 2 of 2026-11-23 09:00 UTC took its place"
    assert there.posts() == 4
    there.fetch(5)
    assert there.push().number == 3
    third = machine("third")
    assert third.pull().said == ()
    assert third.posts() == 5


@pytest.mark.parametrize("spoilt", ["lost", "cut off", "flipped"])
def test_a_state_with_a_damaged_part_gives_way_to_the_newest_good_one(
    here: Machine, machine: Callable[[str], Machine], spoilt: str
) -> None:
    here.push()
    packs = set(at_place(here, "packs/"))
    here.fetch(4)
    here.push(keep=2)
    (new,) = set(at_place(here, "packs/")) - packs
    if spoilt == "lost":
        new.unlink()
    elif spoilt == "cut off":
        new.write_bytes(new.read_bytes()[:-1])
    else:
        flip(new, 100)
    there = machine("there")
    pulled = there.pull()
    assert pulled.number == 1
    assert pulled.said[0].startswith("state 2 of 2026-11-23 09:00 UTC at ")
    assert "is damaged: a part of it" in pulled.said[0]
    assert there.posts() == 3
    there.fetch(5)
    assert there.push().number == 3
    third = machine("third")
    assert third.pull().said == ()
    assert third.posts() == 4


def test_a_place_whose_states_are_all_damaged_is_an_error_and_never_an_empty_site(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.push()
    for pack in at_place(here, "packs/"):
        pack.unlink()
    there = machine("there")
    with pytest.raises(PlaceError, match=r"no state at .* is whole: put a backup of the place back"):
        there.pull()
    assert not there.store.exists()


def test_pictures_that_are_lost_at_the_place_do_not_cost_the_posts(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    here.write(pictures(*range(10)))
    here.push()
    (pack,) = (path for path in at_place(here, "packs/") if "pictures" in path.name)
    pack.unlink()
    there = machine("there")
    pulled = there.pull()
    assert pulled.number == 1
    assert "cannot be read" in pulled.said[0]
    assert there.posts() == 3
    here.fetch(4)
    here.push()  # notices that the pack is gone
    here.push()  # and sends again what it held
    third = machine("third")
    assert third.pull().said == ()
    assert third.files() == here.files()


def test_a_place_that_was_emptied_is_filled_again_from_a_machine_that_has_the_state(
    here: Machine, machine: Callable[[str], Machine], tmp_path: Path
) -> None:
    here.write(pictures(1, 2))
    here.push()
    (tmp_path / "place").rename(tmp_path / "away")
    pulled = here.pull()
    assert "has lost its state" in pulled.said[0]
    assert here.push().number == 2
    there = machine("there")
    assert there.pull().said == ()
    assert (there.posts(), there.files()) == (3, here.files())


def test_a_store_that_is_lost_here_comes_back(here: Machine) -> None:
    here.push()
    here.store.unlink()
    assert here.pull().taken
    assert here.posts() == 3


def test_a_store_that_is_being_written_is_kept_as_of_one_moment(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    with Store.run(here.store, ZONE, "fetch", BEGIN) as store:
        with store.transaction():
            store.posts.save("blog", [(post(4), decide(post(4), RULES))], BEGIN)
            here.push()
        there = machine("there")
        there.pull()
        assert there.posts() == 3
        assert here.push().number == 2
    there.pull()
    assert there.posts() == 4


def test_while_one_keeps_a_state_another_waits_its_turn(here: Machine) -> None:
    with room(here.folder), pytest.raises(Busy, match="run this again when that has ended"):
        here.push()


def test_thirty_states_leave_the_last_few_and_only_what_they_need(
    here: Machine, machine: Callable[[str], Machine]
) -> None:
    for number in range(30):
        here.fetch(number + 4)
        here.write(pictures(number, number + 100, size=20_000))
        if number >= 10:
            for name in pictures(number - 10, number + 90):
                (here.folder / name).unlink()
        here.push(hour=number, keep=4)
    assert len(at_place(here, "heads/")) == 4
    kept = sum(path.stat().st_size for path in at_place(here, "packs/"))
    alive = sum(map(len, here.files().values()))
    assert len(at_place(here, "packs/")) < 30
    assert kept < 4 * alive
    there = machine("there")
    there.pull()
    assert (there.posts(), there.files()) == (here.posts(), here.files())


def test_a_path_that_leads_elsewhere_is_never_written(here: Machine) -> None:
    assert is_safe("pictures/1c/1c95-800.avif")
    assert is_safe("tokens.json")
    for path in ("/etc/passwd", "../x", "a/../../x", "a//b", "", "a/..", "a\\..\\b", "C:/x", "."):
        assert not is_safe(path), path


def test_of_each_accounts_tokens_the_newest_stays(here: Machine, machine: Callable[[str], Machine]) -> None:
    def tokens(**days: int) -> bytes:
        kept = {
            name: {"obtained": f"2026-11-{day:02}T09:00:00Z", "token": f"{name}-{day}"}
            for name, day in days.items()
        }
        return json.dumps(kept).encode()

    here.write({"tokens.json": tokens(facebook=1, instagram=1)})
    here.push(tokens=True)
    there = machine("there")
    there.pull()
    there.fetch(4)
    there.write({"tokens.json": tokens(facebook=2, instagram=1, threads=2)})  # and its push fails
    here.fetch(5)
    here.write({"tokens.json": tokens(facebook=1, instagram=3)})
    here.push(tokens=True)
    there.pull()
    expected = tokens(facebook=2, instagram=3, threads=2)
    assert json.loads((there.folder / "tokens.json").read_bytes()) == json.loads(expected)
    there.push(tokens=True)
    here.pull()
    assert json.loads((here.folder / "tokens.json").read_bytes()) == json.loads(expected)
