"""What one can do with the hub. `invoke --list` is the table of contents; every task has --help.

What follows `--` goes to Pelican, as in `invoke build -- -o elsewhere`.
"""

import os
from pathlib import Path

os.chdir(Path(__file__).parent)  # every task works from any folder

from forecourt.commands.desk import admin, forget, ledger, new, pick, queue, why
from forecourt.commands.health import alts, status
from forecourt.commands.hub import (
    build,
    clean,
    demo,
    fetch,
    hub,
    livereload,
    preview,
    rebuild,
    regenerate,
    reserve,
    serve,
)
from forecourt.commands.publishing import check, gh_pages, publish, refresh, releases, rollback, state
from forecourt.commands.workshop import audit, bench, docs, lint, lock, promises, servers, test, translations

__all__ = [
    "admin",
    "alts",
    "audit",
    "bench",
    "build",
    "check",
    "clean",
    "demo",
    "docs",
    "fetch",
    "forget",
    "gh_pages",
    "hub",
    "ledger",
    "lint",
    "livereload",
    "lock",
    "new",
    "pick",
    "preview",
    "promises",
    "publish",
    "queue",
    "rebuild",
    "refresh",
    "regenerate",
    "releases",
    "reserve",
    "rollback",
    "serve",
    "servers",
    "state",
    "status",
    "test",
    "translations",
    "why",
]
