"""What a task is given, its settings, folders and arguments; and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit
from invoke.main import program

from forecourt import config
from forecourt.console import say

if TYPE_CHECKING:
    from forecourt.accounts import Account
    from forecourt.site.look import Asked

FAULTY, USAGE, STALE, LOCKED_OUT = 1, 2, 3, 4  # exit codes
JSON = "print one object for machines, and nothing else"
DEBUG = "show where an error comes from"


def read_settings(name: str) -> dict[str, Any]:
    """What a settings file says, with the folders that follow `--` on the command line."""
    options, _ = pelican_arguments()
    named = {"PATH": options.path, "THEME": options.theme_path}
    return config.read_settings(Path.cwd() / name) | {
        each: str(Path(path).resolve()) for each, path in named.items() if path
    }


def linked(
    environ: Mapping[str, str], settings: str = "pelicanconf.py", *, secrets: bool = True
) -> tuple[config.Config, tuple[Account, ...]]:
    """The configuration and its linked accounts. Linking loads the connectors: 0.1 s."""
    from forecourt.accounts import link

    found = config.load(read_settings(settings), Path.cwd(), environ)
    return found, link(found, environ, secrets=secrets)


def asked_of(found: config.Config, settings: str) -> Asked:
    """What a build by these settings is asked to make, and into which folder."""
    from forecourt.site import look

    values = read_settings(settings)
    output = Path(pelican_arguments()[0].output or Path.cwd() / values.get("OUTPUT_PATH", "output")).resolve()
    return look.asked(found, values, output)


def output_folder() -> Path:
    """Where the site is: what `-- -o` says, otherwise OUTPUT_PATH of pelicanconf.py, otherwise output/."""
    settings = config.read_settings(Path.cwd() / "pelicanconf.py")
    return Path(pelican_arguments()[0].output or Path.cwd() / settings.get("OUTPUT_PATH", "output")).resolve()


def content_folder() -> Path:
    """Where the editors' files are: what `-- FOLDER` says, otherwise content/."""
    return Path(pelican_arguments()[0].path or Path.cwd() / "content").resolve()


def pelican_arguments() -> tuple[argparse.Namespace, bool]:
    """The folders among what follows `--`, read as Pelican reads them but without its 0.4 s; whether there is more."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("path", nargs="?")
    parser.add_argument("-o", "--output")
    for flags in (
        ("-t", "--theme-path"),
        ("-s", "--settings"),
        ("--cache-path",),
        ("--fatal",),
        ("-b", "--bind"),
    ):
        parser.add_argument(*flags)
    parser.add_argument("-e", "--extra-settings", nargs="*")
    options, others = parser.parse_known_args(rest())
    more = {name for name, value in vars(options).items() if value} - {"path", "output", "theme_path"}
    return options, bool(others or more)


def is_named_behind(task: str) -> bool:
    """Whether a word stands behind a task on the command line: for invoke, what has a place is never left out."""
    return not dict(pairwise(sys.argv)).get(task, "-").startswith("-")


def rest() -> list[str]:
    """What follows `--` on the command line."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def leave(code: int, last_words: str = "") -> None:
    """End the run with this exit code once the last task of the command line is done.

    In `invoke fetch build`, a source that could not be read (3) must not keep the
    others' posts from the site; wrong content (1) stops at once. What to do next
    is said once, at the end.
    """
    codes.append(code)
    if code == FAULTY or len(codes) == len(program.tasks):
        if last_words:
            say(last_words)
        raise Exit(code=next(filter(None, reversed(codes)), 0))


codes: list[int] = []
