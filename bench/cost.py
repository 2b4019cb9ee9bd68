"""What a command costs: time, processor time, and the memory of all its processes together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forecourt.config import surroundings

ROOT = Path(__file__).parents[1]

_LAUNCH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")))
_PAUSE = 0.1  # seconds between two looks at the processes
_SESSION, _RESIDENT = 3, 21
"""Fields of /proc/PID/stat, counted from behind the name of the program (proc_pid_stat(5))."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost, and what it said.

    ``seconds`` is wall time, ``cpu`` processor seconds of its process and all that
    it began, as the system counts them when they end. ``largest`` is the most bytes that
    one of them held, ``together`` the most that all were seen to hold at one
    moment, pages that several share counted once.
    """

    seconds: float
    cpu: float
    largest: int
    together: int
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        """The figures, for a person."""
        held = f"{self.together / 2**20:.0f} MB in all, {self.largest / 2**20:.0f} MB the largest process"
        return f"{self.seconds:.2f} s, {self.cpu:.2f} s of processor time, {held}"


def invoke(*words: str, environ: Mapping[str, str], seconds: float = 900) -> Cost:
    """What tasks cost, run as a person would; ``environ`` is added to PATH and nothing else."""
    path = {"PATH": surroundings()[0].get("PATH", "")}
    return measure([sys.executable, "-m", "invoke", *words], {**path, **environ}, seconds)


def measure(
    command: Sequence[str], environ: Mapping[str, str], seconds: float = 900, folder: Path = ROOT
) -> Cost:
    """What a command costs. Raises TimeoutError, and ends it, when it takes longer than ``seconds``."""
    together = 0
    end = time.monotonic() + seconds
    with (
        tempfile.NamedTemporaryFile("r", encoding="utf-8") as report,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as err,
        # In a session of its own: whatever it starts is known by that, also when its parent has gone.
        subprocess.Popen(
            [*_LAUNCH, report.name, *command],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        ) as process,
    ):
        while process.poll() is None:
            together = max(together, _together(process.pid))
            if time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                raise TimeoutError(f"{' '.join(command)} took more than {seconds:g} seconds")
            time.sleep(_PAUSE)  # between two looks at the memory of the processes
        used = json.load(report)
        out.seek(0)
        err.seek(0)
        return Cost(
            seconds=used["seconds"],
            cpu=used["cpu"],
            largest=used["largest"],
            together=max(together, used["largest"]),
            code=used["code"],
            out=out.read(),
            err=err.read(),
        )


def _together(session: int) -> int:
    """The bytes that the processes of a session hold now, but for the one that leads it: that is ours."""
    return sum(_share(pid, resident) for pid, resident in _processes(session) if pid != session)


def _processes(session: int) -> Iterator[tuple[int, int]]:
    """The processes of a session, each with the bytes it holds."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue  # it has ended since
            fields = stat.rpartition(")")[2].split()
            if int(fields[_SESSION]) == session:
                yield int(folder.name), int(fields[_RESIDENT]) * os.sysconf("SC_PAGESIZE")


def _share(pid: int, resident: int) -> int:
    """The bytes a process holds, of shared pages its share; all of them where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return resident
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), resident)
