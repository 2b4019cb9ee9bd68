"""What a command costs: time, processor time, and the memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forecourt.config import surroundings

ROOT = Path(__file__).parents[1]

_PAUSE = 0.1  # seconds between two looks at the processes
_SESSION, _USER, _SYSTEM, _RESIDENT = 3, 11, 12, 21
"""Fields of /proc/PID/stat, counted from behind the name of the program (proc_pid_stat(5))."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost, and what it said.

    ``seconds`` is wall time, ``cpu`` processor seconds of all its processes.
    ``main`` is the most bytes that its first process held, ``together`` the most that
    all held at one moment, pages that several share counted once.
    """

    seconds: float
    cpu: float
    main: int
    together: int
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        """The figures, for a person."""
        held = f"{self.together / 2**20:.0f} MB in all, {self.main / 2**20:.0f} MB the main process"
        return f"{self.seconds:.1f} s, {self.cpu:.1f} s of processor time, {held}"


@dataclass(slots=True)
class _Seen:
    """What the looks at a session's processes have shown so far."""

    cpu: dict[int, float] = field(default_factory=dict)
    main: int = 0
    together: int = 0

    def look(self, session: int) -> None:
        together = 0
        for pid, stat in _processes(session):
            self.cpu[pid] = (int(stat[_USER]) + int(stat[_SYSTEM])) / os.sysconf("SC_CLK_TCK")
            resident = int(stat[_RESIDENT]) * os.sysconf("SC_PAGESIZE")
            together += _share(pid, resident)
            if pid == session:
                self.main = max(self.main, resident)
        self.together = max(self.together, together)


def invoke(*words: str, environ: Mapping[str, str], seconds: float = 900) -> Cost:
    """What tasks cost, run as a person would; ``environ`` is added to PATH and nothing else."""
    path = {"PATH": surroundings()[0].get("PATH", "")}
    return measure([sys.executable, "-m", "invoke", *words], {**path, **environ}, seconds)


def measure(command: Sequence[str], environ: Mapping[str, str], seconds: float = 900) -> Cost:
    """What a command costs. Raises TimeoutError, and ends it, when it takes longer than ``seconds``."""
    seen = _Seen()
    started = time.monotonic()
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
        # In a session of its own: whatever it starts is known by that, also when its parent has gone.
        subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=out, stderr=err, start_new_session=True
        ) as process,
    ):
        while process.poll() is None:
            seen.look(process.pid)
            if time.monotonic() - started > seconds:
                process.kill()
                raise TimeoutError(f"{' '.join(command)} took more than {seconds:g} seconds")
            time.sleep(_PAUSE)  # between two looks at the memory of the processes
        took = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        cpu = sum(seen.cpu.values())
        return Cost(took, cpu, seen.main, seen.together, process.returncode, out.read(), err.read())


def _processes(session: int) -> Iterator[tuple[int, list[str]]]:
    """The processes of a session, each with its fields of /proc/PID/stat."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue  # it has ended since
            fields = stat.rpartition(")")[2].split()
            if int(fields[_SESSION]) == session:
                yield int(folder.name), fields


def _share(pid: int, resident: int) -> int:
    """The bytes a process holds, of shared pages its share; all of them where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return resident
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), resident)
