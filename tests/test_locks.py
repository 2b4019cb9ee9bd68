"""Two runs at once: the second leaves at once, says so, and touches nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from forecourt.errors import StoreError
from forecourt.store import alone
from tests.conftest import ROOT, Hub
from tests.site.test_build import files

EXIT_CODE = 5
AT_ONCE = 10

HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from forecourt.store import alone

with alone(Path(sys.argv[1]), "fetch", datetime(2026, 11, 22, 9, 4, tzinfo=UTC)):
    print("in", flush=True)
    sys.stdin.read()
"""

SECOND = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from forecourt.errors import Busy
from forecourt.store import alone

started = time.monotonic()
try:
    with alone(Path(sys.argv[1]), "build", datetime(2026, 11, 22, 9, 5, tzinfo=UTC)):
        print("in")
except Busy as error:
    print(time.monotonic() - started, error)
"""


BROKEN = """
import subprocess, sys
from forecourt.errors import ThemeError
from forecourt.site.run import build

try:
    build(["content", "-s", "pelicanconf.py", "-o", sys.argv[1], "-t", sys.argv[2]])
except ThemeError:
    subprocess.run([sys.executable, "-c", sys.argv[3], sys.argv[4]])
"""


@contextmanager
def at_work(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of a state."""
    command = [sys.executable, "-c", HOLDER, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


@pytest.mark.promise(47)
def test_of_many_runs_that_start_at_once_all_but_the_first_leave(
    tmp_path: Path, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    runs = scale(5, 50)
    command = [sys.executable, "-c", SECOND, str(tmp_path)]
    said: list[str] = []
    with at_work(tmp_path) as first:
        while len(said) < runs:
            number = min(AT_ONCE, runs - len(said))
            started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(number)]
            said += [process.communicate()[0] for process in started]
    reason = f"another run (fetch, process {first.pid}, since 2026-11-22 09:04 UTC) is at work on {tmp_path}"
    took = [float(line.partition(" ")[0]) for line in said if reason in line]

    assert len(took) == runs, said
    assert max(took) < 10, "who waits for the first would wait for good"
    figure(
        f"{len(took)} of {runs} left with the reason, the slowest {max(took) * 1000:.0f} ms after it asked"
    )


@pytest.mark.promise(47)
@pytest.mark.parametrize("task", ["fetch", "build", "clean", "hub"])
def test_a_task_that_finds_another_at_work_ends_with_five_and_touches_nothing(
    hub: Hub, task: str, figure: Callable[[str], None]
) -> None:
    state = hub.folder / "state"
    with at_work(state):
        before = sorted(path.name for path in state.iterdir())
        done = hub.invoke(task, "--", "-o", str(hub.output))

        assert done.returncode == EXIT_CODE
        assert done.stderr.splitlines()[-1].startswith("another run (fetch, process ")
        assert len(done.stderr.splitlines()) == (2 if task == "hub" else 1), "it says it in one line"
        assert sorted(path.name for path in state.iterdir()) == before
        assert not hub.output.exists()
    figure(f"invoke {task} ended with {done.returncode}")


@pytest.mark.promise(47)
def test_pelican_by_hand_finds_another_at_work_too(hub: Hub) -> None:
    with at_work(hub.folder / "state"):
        done = hub.run([sys.executable, "-m", "pelican", "content", "-o", str(hub.output)])

    assert done.returncode == EXIT_CODE
    assert "another run (fetch, process " in done.stderr
    assert not hub.output.exists()


def test_what_only_looks_waits_for_nobody(hub: Hub) -> None:
    with at_work(hub.folder / "state"):
        assert hub.invoke("status").returncode == 0
        assert hub.build("--dry-run").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_lock_of_a_killed_run_holds_nobody_up(tmp_path: Path, now: datetime) -> None:
    with at_work(tmp_path) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with alone(tmp_path, "build", now):
            pass


def test_a_process_may_enter_again_and_holds_on_until_it_has_left_as_often(
    tmp_path: Path, now: datetime
) -> None:
    command = [sys.executable, "-c", SECOND, str(tmp_path)]
    with alone(tmp_path, "build", now):
        with alone(tmp_path, "build", now):
            pass
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"build, process {os.getpid()}" in said
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "in\n"


@pytest.mark.usefixtures("drawn")
def test_a_build_that_failed_lets_others_in_while_its_process_waits_for_a_better_theme(
    hub: Hub, tmp_path: Path
) -> None:
    assert hub.build().returncode == 0
    before = files(hub.output)
    shutil.copytree(ROOT / "theme", tmp_path / "theme")
    for page in (tmp_path / "theme/templates").glob("*.html"):
        page.write_text("{{ nobody.knows }}", encoding="utf-8")
    paths = [str(hub.output), str(tmp_path / "theme"), SECOND, str(hub.folder / "state")]
    done = hub.run([sys.executable, "-c", BROKEN, *paths])

    assert done.stdout == "in\n", done.stderr
    assert files(hub.output) == before, "the old site stays"


def test_a_state_that_cannot_be_made_is_named(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(StoreError, match=r"file/state cannot be written: Not a directory; mend that"),
        alone(tmp_path / "file/state", "fetch", now),
    ):
        pass
