"""The steps of a run: each is measured, what fails is told and stops the rest, and all together have a time limit."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from forecourt.console import say
from forecourt.errors import ForecourtError, PublishError
from forecourt.knowing import Step
from forecourt.knowing.logs import Level
from forecourt.knowing.records import StepName, StepOutcome

_ORDER = (2, 1, 6, 5, 4, 3)  # of exit codes: what a person must see to first
_ELSEWHERE = frozenset({"pull", "push", "publish"})
LATE = PublishError.exitcode
"""The exit code of a run that took longer than it may: the next one goes on."""

Heard = Callable[[Level, str, str, float], None]
"""Told of each step that ended: how bad it is, its name, what it came to, how many seconds it took."""


@dataclass
class Told:
    """What a step comes to, as it says itself."""

    outcome: StepOutcome = "done"
    said: str = ""


class Stop(Exception):
    """A step failed on which all others rest."""


@dataclass
class Steps:
    """The steps so far."""

    heard: Heard
    hidden: Callable[[str], str]
    """Takes our secrets out of a text and puts it on one line."""
    done: list[Step] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    _is_late: bool = False
    _minutes: float = 0.0

    @property
    def code(self) -> int:
        """The exit code: what a person must see to first."""
        return next((code for code in _ORDER if code in self.codes), 0)

    def same(self, *names: StepName) -> None:
        """There was nothing to do for these."""
        self.done += [Step(name, "same", 0.0) for name in names]

    @contextmanager
    def step(self, name: StepName) -> Iterator[Told]:
        """Measure a step. Raises Stop where it fails, or takes too long."""
        told, began = Told(), time.monotonic()
        try:
            yield told
        except KeyboardInterrupt:
            if self._is_late:
                told.said = self._late()
                self._failed(told, LATE)
            raise
        except ForecourtError as error:
            told.said = str(error)
            code = error.exitcode if error.exitcode > 1 or name not in _ELSEWHERE else PublishError.exitcode
            self._failed(told, code)
            raise Stop from error
        except Exception as error:
            # A fault of ours: nobody looks at a schedule, so it has to be told like any other failure.
            for line in traceback.format_exc().splitlines():
                say(self.hidden(line))
            told.said = f"a fault of the program: {type(error).__name__}: {error}; its log says where"
            self._failed(told, 1)
            raise Stop from error
        finally:
            seconds = round(time.monotonic() - began, 3)
            told.said = self.hidden(told.said)
            self.done.append(Step(name, told.outcome, seconds, told.said))
            level: Level = "info" if told.outcome in {"done", "same"} else "error"
            self.heard(level, name, told.said or told.outcome, seconds)

    @contextmanager
    def limited(self, minutes: float) -> Iterator[None]:
        """End what takes too long as Ctrl-C would, which every step may be at any moment; and end where one failed."""
        self._is_late, self._minutes = False, minutes
        is_deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        if is_deaf:  # as a shell leaves what it begins with "&"
            signal.signal(signal.SIGINT, signal.default_int_handler)
        timer = threading.Timer(minutes * 60, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Stop:
            pass
        except KeyboardInterrupt:
            if not self._is_late:
                raise
            if LATE not in self.codes:  # it came between two steps
                self.codes.append(LATE)
                self.heard("error", "run", self._late(), minutes * 60)
        finally:
            timer.cancel()
            if is_deaf:
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _end(self) -> None:
        self._is_late = True
        if hasattr(signal, "pthread_kill"):  # which also wakes a main thread that waits for an answer
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            interrupt_main()

    def _late(self) -> str:
        return f"the run took longer than {self._minutes:g} minutes; the next one goes on with what was begun"

    def _failed(self, told: Told, code: int) -> None:
        told.outcome = "failed"
        self.codes.append(code)
