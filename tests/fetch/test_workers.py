"""Processes that may be lost: each costs its task and nothing else."""

from __future__ import annotations

import asyncio
import math
import operator
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forecourt import errors
from forecourt.errors import (
    Answered,
    Cause,
    ContentError,
    ForecourtError,
    PlatformError,
    SettingsError,
    WorkerLost,
)
from forecourt.fetch import Workers

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as running:
        yield running


def run(workers: Workers, function: Callable[..., object], *args: object, seconds: float = 10) -> object:
    return asyncio.run(workers.run(function, *args, seconds=seconds))


class CannotBeUnpacked(Exception):
    def __init__(self, one: object, two: object) -> None:
        super().__init__(f"{one} {two}")


def raise_it(error: BaseException) -> None:
    raise error


def raise_what_cannot_be_unpacked() -> None:
    raise CannotBeUnpacked(1, 2)


def give_what_cannot_be_packed() -> object:
    return lambda: None


def eat_memory(pieces: list[bytes]) -> None:
    while True:
        pieces.append(bytes(64 * 1024**2))


def hang_in_c() -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


def read_a_feed_and_a_picture() -> tuple[str, tuple[int, int]]:
    import io

    import feedparser
    from PIL import Image

    feed = feedparser.parse(b"<rss version='2.0'><channel><title>x</title></channel></rss>")
    drawn = io.BytesIO()
    Image.new("RGB", (4000, 3000)).save(drawn, "WEBP")
    return feed.feed.title, Image.open(drawn).convert("RGB").resize((400, 300)).size


def made(kind: type[ForecourtError]) -> ForecourtError:
    if issubclass(kind, SettingsError | ContentError):
        return kind(["a", "b"])
    if issubclass(kind, Answered):
        return kind("a", 429, NOW)
    return PlatformError("a", Cause.RATE_LIMITED, NOW) if kind is PlatformError else kind("a")


EVERY_ERROR: list[ForecourtError] = [
    made(kind)
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ForecourtError) and not kind.__name__.startswith("_")
]


def test_a_function_runs_in_another_process_and_its_result_comes_back(workers: Workers) -> None:
    assert run(workers, math.sqrt, 9.0) == 3
    assert run(workers, os.getpid) != os.getpid()


def test_large_things_go_in_and_come_out(workers: Workers) -> None:
    page = os.urandom(10 * 1024**2)
    assert run(workers, operator.add, page, b"!") == page + b"!"


def test_there_is_memory_enough_for_a_feed_and_a_picture(workers: Workers) -> None:
    assert run(workers, read_a_feed_and_a_picture) == ("x", (400, 300))


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: type(error).__name__)
def test_every_error_of_ours_survives_pickling_and_comes_back_as_itself(
    workers: Workers, error: ForecourtError
) -> None:
    with pytest.raises(type(error)) as caught:
        run(workers, raise_it, error)
    for copy in (pickle.loads(pickle.dumps(error)), caught.value):
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_any_other_error_becomes_one_sentence_with_its_traceback_attached(workers: Workers) -> None:
    with pytest.raises(
        WorkerLost, match=r"^Reading it failed \(ZeroDivisionError: division by zero\); please report it\."
    ) as caught:
        run(workers, operator.truediv, 1, 0)
    assert "Traceback" in caught.value.__notes__[0]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), RecursionError(), TimeoutError()])
def test_nothing_a_function_raises_ends_the_program(workers: Workers, error: BaseException) -> None:
    with pytest.raises(WorkerLost):
        run(workers, raise_it, error)


@pytest.mark.parametrize(
    "function", [raise_what_cannot_be_unpacked, give_what_cannot_be_packed, CannotBeUnpacked]
)
def test_what_cannot_be_handed_over_costs_one_task(workers: Workers, function: Callable[..., object]) -> None:
    with pytest.raises(WorkerLost):
        run(workers, function, *([1, 2] if function is CannotBeUnpacked else []))
    assert run(workers, math.sqrt, 4.0) == 2


def test_a_function_that_a_worker_does_not_find_costs_one_task(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    here_only = types.ModuleType("here_only")
    exec("def function(): pass", vars(here_only))
    monkeypatch.setitem(sys.modules, "here_only", here_only)
    with pytest.raises(WorkerLost, match="ModuleNotFoundError"):
        run(workers, here_only.function)


def test_a_function_that_takes_too_long_is_stopped(workers: Workers) -> None:
    started = time.monotonic()
    with pytest.raises(WorkerLost, match=r"more than 0\.2 seconds"):
        run(workers, time.sleep, 30, seconds=0.2)
    assert time.monotonic() - started < 15
    assert run(workers, math.sqrt, 4.0) == 2


@pytest.mark.promise(22)
def test_one_that_hangs_outside_python_is_stopped_as_quickly(workers: Workers) -> None:
    started = time.monotonic()
    with pytest.raises(WorkerLost, match=r"more than 0\.2 seconds"):
        run(workers, hang_in_c, seconds=0.2)
    assert time.monotonic() - started < 15


def test_time_is_counted_as_what_a_function_uses_and_not_as_what_others_do(workers: Workers) -> None:
    assert run(workers, time.sleep, 0.4, seconds=0.2) is None


@pytest.mark.promise(22)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to the limit of memory")
def test_a_function_that_takes_too_much_memory_is_lost() -> None:
    with Workers(1) as one:
        assert run(one, len, bytes(64 * 1024**2)) == 64 * 1024**2
        with pytest.raises(WorkerLost, match="more memory to read than it may and was dropped"):
            run(one, bytes, 301 * 1024**2)
        with pytest.raises(WorkerLost, match="memory"):
            run(one, eat_memory, [])
        assert run(one, math.sqrt, 4.0) == 2


@pytest.mark.parametrize("end", [(os._exit, 3), (os.abort,)], ids=["exit", "abort"])
def test_a_crash_costs_one_task(
    workers: Workers, end: tuple[Callable[..., object], *tuple[object, ...]]
) -> None:
    for _ in range(3):
        with pytest.raises(WorkerLost, match=r"a crash \(exit code (3|-6)\)"):
            run(workers, *end)
    assert run(workers, math.sqrt, 4.0) == 2


def test_a_worker_killed_while_idle_costs_nothing_and_no_time(workers: Workers) -> None:
    for pause in range(20):
        worker = run(workers, os.getpid)
        assert isinstance(worker, int)
        time.sleep(pause / 10_000)  # from the moment that it hands over its result to long after
        started = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        assert run(workers, math.sqrt, 4.0) == 2
        assert time.monotonic() - started < 2


def test_a_worker_is_replaced_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecourt.fetch.workers._TASKS", 3)
    with Workers(1) as one:
        pids = [run(one, os.getpid) for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_a_lost_worker_does_not_disturb_those_at_work() -> None:
    async def mixed(workers: Workers) -> list[object]:
        tasks = [workers.run(function, *args) for function, *args in [(time.sleep, 0.5), (os._exit, 3)] * 3]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with Workers(2) as workers:
        outcomes = asyncio.run(mixed(workers))
    assert outcomes[::2] == [None] * 3
    assert all(isinstance(outcome, WorkerLost) for outcome in outcomes[1::2])


def test_cancelling_stops_the_work(workers: Workers) -> None:
    async def impatient() -> object:
        tasks = [asyncio.create_task(workers.run(time.sleep, 30, seconds=60)) for _ in range(4)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await workers.run(math.sqrt, 4.0)

    started = time.monotonic()
    assert asyncio.run(impatient()) == 2
    assert time.monotonic() - started < 15


def test_the_loop_goes_on_while_workers_start_and_work() -> None:
    async def watched(workers: Workers) -> float:
        longest, last = 0.0, time.monotonic()
        work = asyncio.create_task(workers.run(time.sleep, 0.3))
        while not work.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return longest

    def longest() -> float:
        with Workers(1) as workers:
            return asyncio.run(watched(workers))

    assert any(longest() < 0.25 for _ in range(5)), "once at least the machine was not busy otherwise"


def test_workers_that_hang_do_not_hold_up_the_end() -> None:
    async def leave(workers: Workers) -> float:
        page = bytes(10 * 1024**2)
        hanging = [asyncio.create_task(workers.run(hang_in_c, seconds=60)) for _ in range(2)]
        waiting = asyncio.create_task(workers.run(operator.add, page, page))
        await asyncio.sleep(0.5)
        started = time.monotonic()
        workers.__exit__(None, None, None)
        took = time.monotonic() - started
        waiting.cancel()
        await asyncio.gather(*hanging, waiting, return_exceptions=True)
        return took

    assert asyncio.run(leave(Workers(2))) < 15


def test_workers_that_nobody_needed_were_never_started() -> None:
    def took() -> float:
        started = time.monotonic()
        with Workers():
            pass
        return time.monotonic() - started

    assert any(took() < 0.1 for _ in range(5)), "once at least the machine was not busy otherwise"


TASKS = """
import asyncio, math
from invoke import task
from forecourt.fetch import Workers

@task
def count(_):
    async def main(workers):
        return await asyncio.gather(*(workers.run(math.sqrt, number * number) for number in range(50)))
    with Workers() as workers:
        print(sum(asyncio.run(main(workers))))
"""


@pytest.mark.parametrize(
    "program", [["invoke"], [sys.executable, "-m", "invoke"]], ids=["invoke", "python -m invoke"]
)
def test_workers_start_under_the_program_that_runs_our_tasks(tmp_path: Path, program: list[str]) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    command = [str(Path(sys.executable).parent / "invoke")] if program == ["invoke"] else program
    ended = subprocess.run(
        [*command, "count"], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("1225.0\n", "", 0)
