"""A month of the schedule on a clock of its own: sources fail, a token ends, the state is lost, two runs collide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from forecourt.commands.given import linked
from forecourt.errors import Busy
from forecourt.store import alone
from forecourt.tokens import Tokens
from tests.scheduled import BEGIN, ENDS, SAYS, TOKEN, World, played

DAYS = 30


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with played(tmp_path, monkeypatch) as world:
        yield world


def test_a_month_of_the_schedule(world: World, request: pytest.FixtureRequest) -> None:
    """Nothing is lost, people are told of each trouble once, and the site is never worse than the day before."""
    every = timedelta(minutes=15) if request.config.getoption("--thorough") else timedelta(days=1)
    before: set[str] = set()
    while world.now < BEGIN + timedelta(days=DAYS):
        day = (world.now - BEGIN) / timedelta(days=1)
        world.failing = {"news"} if 3 <= day < 6 else set()
        world.broken = {"shop"} if 10 <= day < 12 else set()
        _accidents(world, day, every)
        world.run()
        shown = world.shown()
        assert before <= shown
        before = shown
        if world.now - BEGIN < every:
            _tell_when_the_token_ends(world)
        world.now += every

    said = {title for name in SAYS for title, _ in world.titles(name, world.now - every)}
    assert said - before == set()
    assert {*world.codes} == {0, 3, 4}
    _told_once(world.told)


def _tell_when_the_token_ends(world: World) -> None:
    """As a platform does that says so with its answers."""
    found, accounts = linked(world.environ("one"), "publishconf.py")
    [account] = [each for each in accounts if each.name == "toots"]
    Tokens(found.state).told("toots", account.connector, ENDS)


def _accidents(world: World, day: float, every: timedelta) -> None:
    step = every / timedelta(days=1)
    if day <= 8 < day + step:
        _collide(world)
    if day <= 14 < day + step:  # a new machine, and the newest state at the place is cut off
        world.lose("one")
        newest = max((world.folder / "kept/packs").iterdir())
        newest.write_bytes(newest.read_bytes()[:100])
    if day <= 18 < day + step:  # a new machine, and the place has lost its head
        world.lose("one")
        (world.folder / "kept/state.json").unlink()


def _collide(world: World) -> None:
    """A second machine runs at the same time, and a second process on the same one."""
    with alone(world.folder / "one/state", "refresh", world.now), pytest.raises(Busy, match="at work"):
        _elsewhere(world)
    other = world.course("two")
    with alone(world.folder / "two/state", "refresh", world.now), other.steps.limited(10):
        other._pull()
        other._fetch()
        world.run()
        other._send()
        other._push()
    assert other.steps.code == 5
    assert "does not grow from" in other.steps.done[-1].said
    world.lose("two")


def _elsewhere(world: World) -> None:
    """A run in another thread, which meets the lock as another process does."""
    raised: list[BaseException] = []

    def attempt() -> None:
        try:
            world.course().run()
        except BaseException as error:  # noqa: BLE001 - told by the test
            raised.append(error)

    thread = Thread(target=attempt)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def _told_once(told: list[str]) -> None:
    """Each trouble once, again where it became worse or after a week, and once when it is over."""
    troubles = {
        "is not read": '"news" (news) cannot be read',
        "is no feed": '"shop" (shop) cannot be read',
        "ends": 'The token of "toots" (toots) ends on 2027-03-23',
        "ended": 'The token of "toots" (toots) is not accepted',
        "cut off": "is damaged",
        "lost its head": "state.json is missing",
    }
    begun = [one for one in told if not one.startswith(("All clear.", "Still:"))]
    assert {name: len([one for one in begun if said in one]) for name, said in troubles.items()} == {
        "is not read": 1, "is no feed": 1, "ends": 2, "ended": 1, "cut off": 1, "lost its head": 1,
    }  # fmt: skip
    assert len([one for one in told if one.startswith("All clear.")]) == 4  # the token is still to be given
    assert len(told) == len({*told})
    assert not [one for one in told if TOKEN in one]
