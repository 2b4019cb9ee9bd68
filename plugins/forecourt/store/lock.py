"""One run at a time on a state: a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from forecourt.errors import Busy, StoreError


@contextmanager
def alone(state: Path, task: str, now: datetime) -> Iterator[None]:
    """Let no other run work on the folder ``state`` while the body of the block runs.

    A process may enter again what it holds, so that a task can keep others away
    from all its steps. Raises Busy at once when another process is in;
    StoreError when the folder cannot be written.
    """
    lock = FileLock(state / "lock", is_singleton=True)
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise Busy(
            f"another run{_holder(state)} is at work on {state}; nothing was done, run this again when that has ended"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{state} cannot be written: {error.strerror}; mend that, or point HUB_STATE at another folder"
        ) from error
    try:
        if lock.lock_counter == 1:
            _sign(state, f"{task}, process {os.getpid()}, since {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        yield
    finally:
        lock.release()


def _sign(state: Path, holder: str) -> None:
    """Write down who is at work. Beside the lock and not in it: Windows lets nobody read what is locked."""
    with contextlib.suppress(OSError):  # a nicety; a full disk is found soon enough
        (state / "lock.holder").write_text(holder, encoding="utf-8")


def _holder(state: Path) -> str:
    try:
        return f" ({(state / 'lock.holder').read_text(encoding='utf-8')})"
    except OSError:
        return ""
