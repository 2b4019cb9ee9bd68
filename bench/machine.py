"""The machine that was measured on, as far as it matters for the figures; nothing that names it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path


def describe(folder: Path) -> Mapping[str, str]:
    """Processor, memory, system, and the file system of that folder."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{os.sysconf('SC_PAGESIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": f"{_release()}, Linux {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
        "file system": _file_system(folder),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _field(path: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(path).read_text(encoding="utf-8").splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def _release() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _file_system(folder: Path) -> str:
    """The type of the mount that the folder is on: the longest that leads to it (proc_pid_mounts(5))."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    leading = [(len(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(leading, default=(0, "unknown"))[1]
