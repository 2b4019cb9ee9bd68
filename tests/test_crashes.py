"""Killed at any moment, with no chance to clean up: nothing is lost, and the next run mends what is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.site.writer import STAGE
from tests.conftest import ROOT, Hub
from tests.fetch.conftest import HANG, Site
from tests.shop import Shop, a_shop
from tests.site.test_build import files
from tests.store.test_generations import State, flip

SEED = 20261122
ZONE = ZoneInfo("UTC")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def killed_after(seconds: float, command: Sequence[str], environ: dict[str, str]) -> bool:
    """Start a program and kill it; whether it was still at it."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def site(folder: Path) -> dict[str, bytes]:
    """The files of a site, without what a build that was killed left beside them."""
    found = files(folder) if folder.exists() else {}
    return {name: data for name, data in found.items() if not name.startswith(f"{STAGE}/")}


def whole_run(shop: Shop) -> float:
    """Fetch and build; how long it took, in seconds."""
    started = time.monotonic()
    done = shop.run()
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started


@pytest.fixture
def shop(hub: Hub, drawn: None) -> Iterator[Shop]:
    with a_shop(hub) as shop:
        yield shop


@pytest.mark.promise(43)
def test_a_run_killed_at_any_moment_leaves_the_old_or_the_new_and_the_next_mends_it(
    shop: Shop,
    draw: Callable[[Hub], Hub],
    figure: Callable[[str], None],
    scale: Callable[[int, int], int],
) -> None:
    times = scale(3, 300)
    shop.speak()
    whole_run(shop)  # which draws and indexes what later ones find there
    shop.speak()
    usual = whole_run(shop)
    moments = [(number + 0.5) / times for number in range(times)]
    random.Random(SEED).shuffle(moments)
    kills = old = new = late = 0
    while moments:
        moment = moments.pop()
        before, posts = site(shop.hub.output), shop.posts()
        shop.speak()
        if killed_after(usual * moment, shop.command("fetch", "build"), shop.environ):
            kills += 1
        elif late < times:  # it was quicker than usual; the same once more, a little sooner
            late += 1
            moments.append(moment * 0.8)
        between = site(shop.hub.output)
        assert shop.posts() >= posts, "what was kept can be read, and is all there"
        usual = whole_run(shop)
        after = site(shop.hub.output)
        assert shop.posts() == shop.said
        assert between.keys() >= before.keys() & after.keys(), "no page was gone"
        assert all(data in (before.get(name), after.get(name)) for name, data in between.items())
        assert not (shop.hub.output / STAGE).exists()
        old, new = old + (between == before), new + (between == after)

    assert kills >= times * 2 // 3, "too few were still at it; the test proved little"
    times += late
    unharmed = Shop(draw(Hub(shop.hub.folder / "unharmed")), shop.folder, shop.said)
    unharmed.hub.link((shop.hub.folder / "sources.toml").read_text(encoding="utf-8"))
    whole_run(unharmed)
    assert site(unharmed.hub.output) == site(shop.hub.output)
    figure(
        f"{kills} runs of fetch and build killed at work: no post lost, {old} times the old site, {new} the new, "
        f"{times - old - new} whole pages of both, each mended by the next run"
    )


CYCLES = """
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from tests.store.test_generations import State

state = State(Path(sys.argv[1]), datetime(2026, 11, 22, 9, tzinfo=UTC))
print("ready", flush=True)
for number in itertools.count(int(sys.argv[2])):
    state.fetch(number)
    print(number, flush=True)
"""


@contextmanager
def cycles(state: State, first: int) -> Iterator[subprocess.Popen[str]]:
    """A process that opens the store, saves a post, closes it and keeps a copy, again and again."""
    command = [sys.executable, "-c", CYCLES, str(state.folder), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


@pytest.mark.promise(43, 45)
def test_a_run_killed_while_it_closes_copies_or_restores_the_store_loses_nothing(
    tmp_path: Path, now: datetime, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    state = State(tmp_path / "state", now)
    state.fetch(0)
    chance = random.Random(SEED)
    times, last, damaged = scale(8, 300), 0, 0
    for number in range(times):
        if number % 3 == 0:  # so that it is killed while it restores, too
            flip(state.store, chance.randrange(state.store.stat().st_size))
            damaged += 1
        with cycles(state, last + 1) as process:
            time.sleep(chance.uniform(0, 0.03 if number % 3 == 0 else 0.12))  # the moment of the kill
            process.kill()
            assert process.stdout
            done = [int(line) for line in process.stdout.read().splitlines()]
        last = max([last, *done])
        state.build()
        assert state.posts() in (last + 1, last + 2), "all that was done, and at most what was being done"
        last = state.posts() - 1
    figure(f"killed {times} times, {damaged} of them after a flipped byte: {last + 1} posts, none lost")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_ctrl_c_is_told_in_a_sentence_and_blames_no_source(hub: Hub) -> None:
    with Site() as site:
        site.routes["/"] = HANG
        hub.link(f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{site.url()}"\n')
        process = subprocess.Popen(
            [sys.executable, "-m", "invoke", "fetch"], cwd=ROOT, env=hub.environ, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not site.asked and process.poll() is None:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    status = json.loads(hub.invoke("status", "--json").stdout)

    assert process.returncode == 130
    assert "Stopped by Ctrl-C" in said
    assert "Traceback" not in said
    assert status["sources"][0]["error"] == ""
