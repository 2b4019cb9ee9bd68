"""Processes that may be lost: where documents and pictures from outside are read.

feedparser takes more than 30 seconds for one tag with 100,000 attributes, and
Pillow 700 MB for some pictures (hostile-world.md section 1). A process that is
stopped for it costs one document, never the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pebble

from forecourt.errors import ForecourtError, WorkerLost

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_MEMORY = 1024**3  # bytes beyond what a worker has at its start
_START = 30  # seconds in which a worker is there for certain
_TASKS = 500  # then a worker is replaced, so that what a library leaks does not add up
# "__main__" too: a worker runs the main program's file (invoke's, pytest's) when it starts, unless
# the process it is forked from has done so.
_PRELOAD = ("__main__", "forecourt.fetch.workers", "feedparser", "nh3", "PIL.Image")


class Workers:
    """A few processes that run functions on what came from outside.

    A context manager; the processes start with the first ``run``. ``number`` is
    how many, ``memory`` the bytes each may take beyond what it starts with.
    ``preload`` names the modules that workers find imported.
    """

    def __init__(
        self,
        number: int = min(4, os.cpu_count() or 1),
        *,
        memory: int = _MEMORY,
        preload: Sequence[str] = _PRELOAD,
    ) -> None:
        self._number = number
        self._memory = memory
        self._preload = list(preload)
        self._pool: pebble.ProcessPool | None = None
        self._opening = asyncio.Lock()
        self._free = asyncio.Semaphore(number)
        self._running: set[Future[bytes]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for future in tuple(self._running):
            future.cancel()
        self._close()

    async def run(self, function: Callable[..., T], *args: object, seconds: float = 10) -> T:
        """Run ``function(*args)`` in a worker and give back what it returns.

        It has ``seconds`` from when a worker takes it up. The function, which a
        module must hold, and what goes in and out must be picklable. Raises the
        ForecourtError that the function raised; WorkerLost when it took too much
        time or memory, crashed, or raised anything else. Cancelling stops it.
        """
        call = pickle.dumps((function, args))
        # No more tasks than workers are handed to the pool: its pipe holds one document at a time.
        async with self._free:
            try:
                packed = await self._try(call, seconds)
            except RuntimeError:
                # A worker that dies between two tasks breaks pebble's whole pool, and with it tasks
                # that did nothing wrong: each has a second try in a new pool.
                packed = await self._try_again(call, seconds)
        result: T = _unpack(packed)
        return result

    async def _try(self, call: bytes, seconds: float) -> bytes:
        """Give what the worker sends back. Raises WorkerLost, and RuntimeError when the pool broke."""
        pool = await self._open()
        future: Future[bytes] = pool.schedule(_work, args=(call, seconds), timeout=seconds)
        self._running.add(future)
        try:
            # pebble's clock runs from when a worker says that it has the task; one that dies before
            # it can say so would be waited for without end.
            async with asyncio.timeout(seconds + _START):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise WorkerLost(f"Reading took more than {seconds:g} seconds and was stopped.") from error
        except pebble.ProcessExpired as error:
            raise WorkerLost(f"Reading ended in a crash (exit code {error.exitcode}).") from error
        finally:
            self._running.discard(future)

    async def _try_again(self, call: bytes, seconds: float) -> bytes:
        try:
            return await self._try(call, seconds)
        except RuntimeError as error:
            raise WorkerLost("Reading was broken off twice, because the worker processes ended.") from error

    async def _open(self) -> pebble.ProcessPool:
        async with self._opening:
            if self._pool is None or not self._pool.active:
                # Half a second of imports in the first process: not in the loop's thread.
                self._pool = await asyncio.to_thread(self._reopened)
            return self._pool

    def _reopened(self) -> pebble.ProcessPool:
        self._close()
        pool = pebble.ProcessPool(
            max_workers=self._number,
            max_tasks=_TASKS,
            initializer=_prepare,
            initargs=(self._memory,),
            context=_context(self._preload),
        )
        assert pool.active  # asking starts it
        return pool

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # of pebble
            self._pool.join()
            self._pool = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None  # Any: whatever the function returned
    error: ForecourtError | None = None


def _context(preload: list[str]) -> Any:
    """How processes are started: never by a plain fork, which copies locks that other threads hold.

    Any: typeshed gives the contexts no common type that pebble takes.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preload)
    return context


def _unpack(packed: bytes) -> Any:
    try:
        outcome: _Outcome = pickle.loads(packed)  # noqa: S301 - from our own worker, which packed it in _work
    except Exception as error:
        raise WorkerLost(f"What was read cannot be handed over ({type(error).__name__}).") from error
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


# What follows runs in the worker.


def _prepare(memory: int) -> None:
    # pebble lets a worker that is told to stop clean up in Python, which one that hangs in C never
    # gets to; the pool would then wait 3 seconds for it.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_AS, _size() + memory)


def _work(call: bytes, seconds: float) -> bytes:
    """Make the call and pack what comes of it.

    Unpacked and packed here and not by pebble, whose pool breaks when a
    function, a result or an exception cannot be unpacked at the other end.
    """
    if sys.platform != "win32":
        # A second line behind the pool's clock: it holds when the main process is stopped or gone.
        _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds) + 1)
    try:
        function, args = pickle.loads(call)  # noqa: S301 - from our own process, which packed it in run
        return pickle.dumps(_Outcome(result=function(*args)))
    except ForecourtError as error:
        return pickle.dumps(_Outcome(error=error))
    except MemoryError:
        return pickle.dumps(_Outcome(error=WorkerLost("Reading took more memory than it may.")))
    except BaseException as error:  # noqa: BLE001 - whatever a document made a library raise costs this document only
        lost = WorkerLost(f"Reading failed ({type(error).__name__}: {str(error)[:200]}).")
        lost.add_note("".join(traceback.format_exception(error)))
        return pickle.dumps(_Outcome(error=lost))


if sys.platform != "win32":

    def _lower(limit: int, value: int) -> None:
        """Set a soft limit, as far as the hard one and the system let us."""
        _, hard = resource.getrlimit(limit)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))

    def _size() -> int:
        """Bytes of address space in use now, 0 where the system does not say."""
        try:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        except OSError:
            return 0
        return pages * resource.getpagesize()
