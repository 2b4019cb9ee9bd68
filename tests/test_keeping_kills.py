"""Killed at any moment while a state is pushed or pulled: what is there stays whole, and the next one goes on."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forecourt.errors import Busy
from forecourt.keeping.records import HEAD
from tests.conftest import ROOT
from tests.kept import Machine

SEED = 20261123

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


class Killer:
    """Starts a push or a pull and kills it at a random moment of its work, not of Python's start."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)
        self._longest = 0.05
        self.killed = 0

    def run(self, task: str, machine: Machine) -> None:
        words = [sys.executable, "-m", "tests.kept", task, str(machine.folder), str(machine.place)]
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout
        with process.stdout as said:
            assert said.readline() == b"begun\n"
            began = time.monotonic()
            try:
                process.wait(self._chance.uniform(0, self._longest))
                self._longest = max(time.monotonic() - began, 0.02)
            except subprocess.TimeoutExpired:
                self.killed += 1
                self._longest *= 1.2
                process.kill()
                process.wait()


def grow(machine: Machine, number: int) -> None:
    """A run's work: a post more, pictures that come and pictures that go, and a report."""
    machine.fetch(number)
    chance = random.Random(number)
    for one in range(20):
        name = f"pictures/{one:02x}/{number:024x}-{one}.avif"
        machine.write({name: chance.randbytes(30_000)})
        if number > 3:
            (machine.folder / f"pictures/{one:02x}/{number - 3:024x}-{one}.avif").unlink(missing_ok=True)
    machine.write({"report.json": b"%d" % number})


@pytest.fixture
def here(tmp_path: Path) -> Machine:
    here = Machine(tmp_path / "here", tmp_path / "place")
    grow(here, 1)
    here.push()
    return here


def test_a_push_killed_at_any_moment_leaves_a_whole_state_and_the_next_push_completes_it(
    here: Machine, tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    killer = Killer()
    for number in range(2, scale(4, 30) + 2):
        grow(here, number)
        killer.run("push", here)
        other = Machine(tmp_path / f"other-{number}", tmp_path / "place")
        assert other.pull().said == ()
        assert other.posts() in {number - 1, number}
        assert (other.folder / "report.json").read_bytes() == b"%d" % other.posts()
        shutil.rmtree(other.folder)
        assert here.pull().said == ()  # as each run begins
        assert here.posts() == number
        here.push()
        assert other.pull().said == ()
        assert (other.posts(), other.files()) == (number, here.files())
        shutil.rmtree(other.folder)
    assert killer.killed
    kept = {path.name for path in (Path(str(here.place)) / "packs").iterdir()}
    body = (Path(str(here.place)) / HEAD).read_text()
    assert all(name in body for name in kept)  # what the killed ones left is gone


def test_a_pull_killed_at_any_moment_leaves_the_old_state_or_the_new_and_the_next_pull_completes_it(
    here: Machine, tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    killer = Killer()
    there = Machine(tmp_path / "there", tmp_path / "place")
    there.pull()
    for number in range(2, scale(4, 30) + 2):
        grow(here, number)
        here.push()
        killer.run("pull", there)
        assert there.posts() in {number - 1, number}
        assert there.pull().said == ()
        assert (there.posts(), there.files()) == (number, here.files())
        assert there.build() == ""  # the next run finds a store as it should be
        assert there.pull().said == ()
        there.pull()
        shutil.rmtree(there.folder)
        there.pull()
    assert killer.killed


def test_while_a_run_is_at_work_on_the_state_nothing_of_it_is_replaced(here: Machine, tmp_path: Path) -> None:
    there = Machine(tmp_path / "there", tmp_path / "place")
    there.pull()
    grow(here, 2)
    here.push()
    words = [sys.executable, "-m", "tests.kept", "hold", str(there.folder), str(there.place)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        with pytest.raises(Busy, match="is at work on"):
            there.pull()
        assert (there.folder / "report.json").read_bytes() == b"1"
        process.communicate()
    assert there.pull().taken
    assert there.posts() == 2
