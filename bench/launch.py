"""Run one command, and write what it used to a file: `python -I -S launch.py FILE COMMAND...`.

Linux counts to the most memory that a process ever held what the one held that began it, until then.
A small process in between keeps the bench's own memory out of the figures. It also inherits what the
command leaves behind, whose processor time would be nobody's otherwise.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

_INHERIT = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


def main(report: str, *command: str) -> None:
    """Run the command to its end, and all that it began; the report is JSON."""
    ctypes.CDLL(None).prctl(_INHERIT, 1, 0, 0, 0)
    started = time.monotonic()
    process = subprocess.Popen(command)
    code = process.wait()
    took = time.monotonic() - started
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass  # none is left
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = {
        "seconds": took,
        "cpu": used.ru_utime + used.ru_stime,
        "largest": used.ru_maxrss * 1024,
        "code": code,
    }
    Path(report).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
