"""Killed at any moment, with no chance to clean up: the next run mends what is left."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from demo import DemoNetworks
from tests.conftest import ROOT, Hub
from tests.site.test_build import files

SEED = 20261122
KILLS = 6


def kill_after(hub: Hub, seconds: float, *words: str) -> bool:
    """Start tasks and kill them; whether they were still at it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *words],
        cwd=ROOT,
        env=hub.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def duration(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_fetch_killed_anywhere_is_made_good_by_the_next(
    hub: Hub, networks: DemoNetworks, larkwood: Hub
) -> None:
    sources = (larkwood.folder / "sources.toml").read_text(encoding="utf-8")
    hub.link(sources)
    chance = random.Random(SEED)
    usual = duration(lambda: hub.invoke("fetch"))
    killed = 0
    for _ in range(KILLS):
        shutil.rmtree(hub.folder / "state", ignore_errors=True)
        killed += kill_after(hub, chance.uniform(0.3, 0.95) * usual, "fetch")
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))

    assert killed, "no run was killed; the test proved nothing"
    assert done.returncode == 0, done.stderr
    assert files(hub.output) == files(larkwood.output)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_build_killed_anywhere_is_made_good_by_the_next(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(larkwood)
    before = files(copy.output)
    chance = random.Random(SEED)
    shutil.rmtree(copy.output)
    usual = duration(copy.build)
    killed = 0
    for number in range(KILLS):
        shutil.rmtree(copy.output, ignore_errors=True)
        sources = (larkwood.folder / "sources.toml").read_text(encoding="utf-8")
        copy.link(sources.replace('name = "larkwood-blog"', f'name = "other-{number}"'))
        killed += kill_after(copy, chance.uniform(0.3, 0.95) * usual, "build", "--", "-o", str(copy.output))
    copy.link(sources)
    done = copy.build()

    assert killed, "no run was killed; the test proved nothing"
    assert done.returncode == 0, done.stderr
    assert files(copy.output) == before, "no half file, and nothing left of the killed builds"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_fetch_killed_between_two_good_ones_loses_no_post(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(larkwood)
    usual = duration(lambda: copy.invoke("fetch"))
    for share in (0.4, 0.7, 0.9):
        kill_after(copy, share * usual, "fetch")
        assert copy.build("--json").returncode == 0
    assert files(copy.output) == files(larkwood.output)
