"""Processes that may be lost: where documents and pictures from outside are read.

feedparser takes more than 30 seconds for one tag with 100,000 attributes, and
Pillow 700 MB for some pictures (hostile-world.md section 1). A process that is
stopped for it costs one document, never the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from forecourt.errors import ForecourtError, WorkerLost

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_MEMORY = 300 * 1024**2  # bytes beyond what a worker has at its start
_SECONDS = 5.0  # of CPU
_PATIENCE = 4  # seconds by the clock for each of CPU: on a busy machine a worker waits for its turn
_START = 30  # seconds in which a worker is there for certain
_TASKS = 500  # then a worker is replaced, so that what a library leaks does not add up
# "__main__" too: a worker runs the main program's file (invoke's, pytest's) when it starts, unless
# the process it is forked from has done so.
_PRELOAD = ("__main__", "forecourt.fetch.workers", "feedparser", "nh3", "PIL.Image")
_TAKEN = b""


class Workers:
    """A few processes that run functions on what came from outside.

    A context manager; a process starts when there is something to do for it.
    ``number`` is how many, ``memory`` the bytes each may take beyond what it starts
    with. ``preload`` names the modules that workers find imported.
    """

    def __init__(
        self,
        number: int = min(4, os.cpu_count() or 1),
        *,
        memory: int = _MEMORY,
        preload: Sequence[str] = _PRELOAD,
    ) -> None:
        self._memory = memory
        self._preload = list(preload)
        self._free = asyncio.Semaphore(number)
        self._threads = ThreadPoolExecutor(number, "worker")
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in (*self._busy, *self._idle):
            worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._idle:
            worker.close()
        self._idle.clear()

    async def run(self, function: Callable[..., T], *args: object, seconds: float = _SECONDS) -> T:
        """Run ``function(*args)`` in a worker and give back what it returns.

        It has ``seconds`` of CPU, and four times that by the clock, from when a worker
        takes it up. The function, which a module must hold, and what goes in and out
        must be picklable. Raises the ForecourtError that the function raised;
        WorkerLost when it took too much time or memory, crashed, or raised anything
        else. Cancelling stops it.
        """
        call = pickle.dumps((function, args, seconds))
        async with self._free:
            worker = self._idle.pop() if self._idle else _Worker(self._memory, self._preload)
            self._busy.add(worker)
            done = asyncio.get_running_loop().run_in_executor(self._threads, worker.do, call, seconds)
            try:
                packed = await done
            except asyncio.CancelledError:
                worker.stop()
                raise
            finally:
                self._busy.discard(worker)
            self._idle.append(worker)
        result: T = _unpack(packed)
        return result


class _Worker:
    """One process after another, and the line to it; used by one thread at a time."""

    def __init__(self, memory: int, preload: list[str]) -> None:
        self._memory = memory
        self._context = _context(preload)
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._left = 0
        self._starting = Lock()
        self._is_stopped = False

    def do(self, call: bytes, seconds: float) -> bytes:
        """Have the call made, and give what the process sends back. Raises WorkerLost."""
        try:
            return self._try(call, seconds)
        except _Untaken:  # the process had ended since its last task, which is no fault of this one
            try:
                return self._try(call, seconds)
            except _Untaken as error:
                raise WorkerLost("It could not be read, because the worker processes end.") from error

    def stop(self) -> None:
        """End the process, whatever it is at, and start no more."""
        with self._starting:
            self._is_stopped = True
            process = self._process  # which the thread at work may be closing
        if process is not None:
            process.kill()

    def close(self) -> int:
        """See the process end and close the line to it; gives the exit code, that of a signal below zero."""
        if self._process is None or self._line is None:
            return 0
        self._line.close()
        self._process.join(1)  # one that crashed, or reads that the line is closed, ends by itself
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        self._process, self._line = None, None
        return code

    def _try(self, call: bytes, seconds: float) -> bytes:
        line = self._line if self._line and self._left and self._is_alive() else self._start()
        self._left -= 1
        try:
            line.send_bytes(call)
            is_taken = line.poll(_START) and line.recv_bytes() == _TAKEN
        except (OSError, EOFError):
            is_taken = False
        if not is_taken:
            self._kill()
            raise _Untaken
        try:
            if line.poll(seconds * _PATIENCE):
                return line.recv_bytes()
        except (OSError, EOFError) as error:
            raise _lost(self.close(), seconds) from error
        self._kill()
        raise _too_long(seconds)

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def _start(self) -> Connection:
        self.close()
        with self._starting:
            if self._is_stopped:
                raise WorkerLost("It was not read, because the run ends.")
            ours: Connection
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_serve, args=(theirs, self._memory), name="forecourt-worker", daemon=True
            )
            with _uninterrupted():
                process.start()
            self._process = process
            theirs.close()
        self._left = _TASKS
        self._line = ours
        return ours

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.close()


class _Untaken(Exception):
    """The process ended before it took the call."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None  # Any: whatever the function returned
    error: ForecourtError | None = None


def _context(preload: list[str]) -> Any:
    """How processes are started: never by a plain fork, which copies locks that other threads hold.

    Any: typeshed gives the contexts no common type that has Process.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preload)
    return context


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C from what is started meanwhile: it is for the main process, which then ends the others."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(exitcode: int, seconds: float) -> WorkerLost:
    if sys.platform != "win32" and exitcode == -signal.SIGPROF:
        return _too_long(seconds)
    return WorkerLost(
        f"Reading it ended in a crash (exit code {exitcode}), and it was dropped; please report it."
    )


def _too_long(seconds: float) -> WorkerLost:
    return WorkerLost(
        f"It took more than {seconds:g} seconds to read and was dropped; ask its owner for something smaller."
    )


def _unpack(packed: bytes) -> Any:
    try:
        outcome: _Outcome = pickle.loads(packed)  # noqa: S301 - from our own worker, which packed it in _work
    except Exception as error:
        raise WorkerLost(f"What was read cannot be handed over ({type(error).__name__}).") from error
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


# What follows runs in the worker.


def _serve(line: Connection, memory: int) -> None:
    """Take calls until the line is closed at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which then ends this one
    if sys.platform != "win32":
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_AS, _size() + memory)
    with contextlib.suppress(EOFError, OSError):
        while True:
            call = line.recv_bytes()
            line.send_bytes(_TAKEN)
            packed = _work(call)
            del call  # or it would be there still while the next one comes
            line.send_bytes(packed)


def _work(call: bytes) -> bytes:
    """Make the call and pack what comes of it.

    Unpacked and packed here, so that a function, a result or an exception that
    cannot be costs this call only.
    """
    try:
        function, args, seconds = pickle.loads(call)  # noqa: S301 - from our own process, which packed it in run
        with _limited(seconds):
            return pickle.dumps(_Outcome(result=function(*args)))
    except ForecourtError as error:
        return pickle.dumps(_Outcome(error=error))
    except MemoryError:
        too_much = (
            "It took more memory to read than it may and was dropped; ask its owner for something smaller."
        )
        return pickle.dumps(_Outcome(error=WorkerLost(too_much)))
    except BaseException as error:  # noqa: BLE001 - whatever a document made a library raise costs this document only
        lost = WorkerLost(
            f"Reading it failed ({type(error).__name__}: {str(error)[:200]}); please report it."
        )
        lost.add_note("".join(traceback.format_exception(error)))
        return pickle.dumps(_Outcome(error=lost))


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End the process after so many seconds of CPU, be it in Python or in C."""
    if sys.platform == "win32":
        yield  # the clock of whoever waits has to do
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)  # then comes SIGPROF, which ends whoever does not catch it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


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
