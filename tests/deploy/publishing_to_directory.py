"""A publish to a folder, as a process of its own that can be killed: ``PATH OUTPUT MEMORY NOW OPTIONS``."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from forecourt.deploy.targets.directory import Directory
from tests.deploy.sites import Site

if __name__ == "__main__":
    path, output, memory, now, options = sys.argv[1:]
    target = Directory(path, **json.loads(options))
    Site(Path(output), Path(memory)).publish(target, datetime.fromisoformat(now))
