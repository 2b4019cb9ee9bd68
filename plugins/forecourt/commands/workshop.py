"""For those who work on Forecourt: what holds it together, and what measures it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from forecourt import config
from forecourt.commands.given import FAULTY, is_named_behind, output_folder, rest
from forecourt.console import say, told


@task
def lint(c: Context) -> None:
    """Look for faults without running anything: style, types, layers, templates, spelling, leftovers."""
    for command in (
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "lint-imports",
        "djlint theme/templates --lint --quiet",
        "codespell",
        "vulture",
        "deptry .",
        "invoke docs --check",
        "invoke translations --check",
    ):
        say(f"→ {command}")
        run_tool(c, command)


@task(help={"check": "only say what is missing, and write nothing; 1 if anything is"})
def translations(c: Context, check: bool = False) -> None:
    """Bring the messages of the templates into theme/translations/, and say what is not translated."""
    from forecourt.site import catalogues

    theme = Path.cwd() / "theme"
    with told():
        for path in [] if check else catalogues.update(theme):
            say(f"Written: {path.relative_to(Path.cwd())}")
        problems = catalogues.check(theme)
    if problems:
        raise Exit("\n".join(problems), FAULTY)
    say("Every message is translated.")


@task(help={"check": "only say whether it is as the connectors say; 1 if not"})
def docs(c: Context, check: bool = False) -> None:
    """Write docs/networks.md from the connectors."""
    from forecourt import manual

    path, text = Path.cwd() / "docs/networks.md", manual.page()
    if check and path.read_text(encoding="utf-8") != text:
        raise Exit("docs/networks.md is not what the connectors say. Next: invoke docs", FAULTY)
    if not check:
        path.write_text(text, encoding="utf-8")
        say(f"{path} is as the connectors say.")


@task(help={"k": "only tests whose name matches", "n": "processes; 0 runs them one after the other"})
def test(c: Context, k: str = "", n: str = "") -> None:
    """Run every test."""
    chosen = ["-k", k] if k else []
    many = n or str(2 * (os.cpu_count() or 1))  # half of what they take is waiting
    # Tests of one file stay together, for they share what they build, until a process has none left of its own.
    command = [sys.executable, "-m", "pytest", "-n", many, "--dist", "worksteal", *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(help={"k": "only tests whose name matches, such as bluesky"})
def servers(c: Context, k: str = "") -> None:
    """Run the tests against real servers: installed into .servers/ once, begun and ended by the tests."""
    chosen = ["-k", k] if k else []
    command = [sys.executable, "-m", "pytest", "-m", "servers", "-s", "tests/servers", *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(help={"k": "only tests whose name matches; what the others reached is kept"})
def promises(c: Context, k: str = "") -> None:
    """Run the tests that hold promises, at full scale, and write docs/promises.md from what they reach."""
    chosen = ["-k", k] if k else []
    # The path in one word with its option: pytest would take it for one to tests.
    wanted = ["-m", "promise and not servers", "--thorough", "--promises=docs/promises.md"]
    command = [sys.executable, "-m", "pytest", "-n", "2", *wanted, *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(
    positional=["name"] if is_named_behind("bench") else [],
    help={"name": "of a module of bench/, such as thousand; its options follow --"},
)
def bench(c: Context, name: str | None = None) -> None:
    """Compare the build with other generators on this machine, or run another measurement or long seeded trial."""
    command = [sys.executable, "-m", f"bench.{name or 'compare'}", *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(
    help={
        "only": "one of the audits alone: markup or lighthouse",
        "screenshots": "only write docs/look.md and its pictures",
        "install": "only get one of the programs: vnu-jar or lighthouse",
    }
)
def audit(c: Context, only: str = "", screenshots: bool = False, install: str = "") -> None:
    """Hold the built site to the Nu HTML checker and Lighthouse. They are installed once, from npm."""
    words = ["--output", str(output_folder())]
    words += ["--only", only] if only else []
    words += ["--install", install] if install else []
    words += ["--screenshots"] if screenshots else []
    raise Exit(code=subprocess.run([sys.executable, "-m", "bench.audit", *words], check=False).returncode)


@task
def lock(c: Context) -> None:
    """Choose the newest dependencies that pyproject.toml allows and lock them with their hashes."""
    options = "--universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade"
    run_tool(c, f"uv pip compile pyproject.toml --group build {options} -o requirements.lock")
    more = f"uv pip compile pyproject.toml --extra s3 --group build {options} -c requirements.lock"
    run_tool(c, f"{more} -o requirements-s3.lock")
    run_tool(c, f"{more} --group dev -c requirements-s3.lock -o requirements-dev.lock")


def run_tool(c: Context, command: str) -> None:
    """Run a program that is installed beside this Python, whether or not its folder is on the PATH."""
    environ, _ = config.surroundings()
    c.run(command, env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"})
