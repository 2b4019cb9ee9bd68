"""What the hub is made of is pinned, is what is installed, and imports from a clean install."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted(
    ".".join(path.relative_to(ROOT / "plugins").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "plugins/forecourt").rglob("*.py")
)
OTHERS = (
    "PIL.Image", "aiohttp", "difflib", "feedparser", "httpx", "icalendar", "jinja2", "livereload", "nh3",
    "pelican", "runpy", "sqlite3", "yaml",
)  # fmt: skip
"""Slow to import, and not what is in question: imported once, before the modules are."""

COMPATIBLE = re.compile(
    r"\bMIT\b|\bBSD\b|Apache|Python Software Foundation|PSF-2\.0|MPL[- ]2\.0|Mozilla Public License 2\.0"
    r"|\bA?L?GPL(?!-2\.0-only)|GNU (?:Lesser |Affero )?General Public License|Redistributions in binary form"
)
"""Licences that go together with AGPL-3.0-or-later, as packages name them."""

# Imports each module in a copy of a process that knows only what others wrote, and says which fail.
ALONE = """
import importlib, os, sys, traceback
others, modules = sys.argv[1].split(), sys.argv[2].split()
for name in others:
    importlib.import_module(name)
assert not [name for name in sys.modules if name.startswith("forecourt.")]
failed = []
for name in modules:
    if (child := os.fork()) == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(*failed)
"""


def locked(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The requirements of a lock file by name, each with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in lines:
        said, *hashes = map(str, re.split(r"\s+--hash=", line.strip()))
        requirement = Requirement(said)
        found[canonicalize_name(requirement.name)] = (requirement, hashes)
    assert len(found) == len(lines), "nothing is pinned twice"
    return found


def pinned(requirement: Requirement) -> str:
    [one] = requirement.specifier
    assert one.operator == "==", f"{requirement} is not pinned"
    return one.version


def asked() -> Mapping[str, list[Requirement]]:
    """What pyproject.toml asks for, by the lock file that must hold it."""
    groups = PROJECT["dependency-groups"]
    runs = [*PROJECT["project"]["dependencies"], *groups["build"]]
    return {
        "requirements.lock": [Requirement(one) for one in runs],
        "requirements-dev.lock": [Requirement(one) for one in (*runs, *groups["dev"])],
    }


@pytest.mark.promise(59)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes_and_from_no_other_place(
    lock: str, figure: Callable[[str], None]
) -> None:
    found = locked(lock)
    for requirement, hashes in found.values():
        assert pinned(requirement)
        assert requirement.url is None
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement
    assert "://" not in re.sub(r"#.*", "", (ROOT / lock).read_text(encoding="utf-8")), "no index, no address"
    figure(f"{lock}: {len(found)} packages with {sum(len(hashes) for _, hashes in found.values()):,} hashes")


@pytest.mark.promise(59)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_that_is_named_is_pinned_as_it_is_named(lock: str) -> None:
    found = locked(lock)
    for requirement in asked()[lock]:
        pin = found.get(canonicalize_name(requirement.name))
        assert pin, f"{requirement} is not in {lock}; next: invoke lock"
        assert requirement.specifier.contains(Version(pinned(pin[0]))), requirement


def test_tests_run_with_the_very_packages_that_the_hub_runs_with() -> None:
    runs, dev = (
        {name: pinned(requirement) for name, (requirement, _) in locked(lock).items()} for lock in LOCKS
    )
    assert runs == {name: dev[name] for name in runs}


@pytest.mark.promise(59)
def test_what_is_installed_is_what_is_pinned() -> None:
    for requirement, _ in locked("requirements-dev.lock").values():
        if requirement.marker is None or requirement.marker.evaluate():
            installed = distribution(requirement.name).version
            assert installed == pinned(requirement), f"{requirement} is pinned; next: make .venv/tests"


def test_every_licence_goes_together_with_ours() -> None:
    for requirement, _ in locked("requirements.lock").values():
        if requirement.marker is None or requirement.marker.evaluate():
            about = distribution(requirement.name).metadata
            fields = ("License-Expression", "License", "Classifier")
            said = [value for field in fields for value in about.get_all(field) or ()]
            assert COMPATIBLE.search("\n".join(said)), f"{requirement}: {said}"


def alone(python: Path | str, modules: list[str]) -> list[str]:
    """Import each module in a fresh interpreter that is told nothing from outside; which cannot be."""
    command = [str(python), "-I", "-c", ALONE, " ".join(OTHERS), " ".join(modules)]
    done = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_module_that_does_not_import_is_found() -> None:
    assert alone(sys.executable, ["forecourt", "forecourt.no_such_module"]) == ["forecourt.no_such_module"]


@pytest.mark.promise(59)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_every_module_imports_by_itself(
    scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    """Every day some of them, since all take seconds."""
    tried = MODULES[:: scale(6, 1)]
    failed = alone(sys.executable, tried)
    figure(f"{len(tried) - len(failed)} of {len(tried)} modules import by themselves")
    assert failed == []


@pytest.mark.promise(59)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_clean_install_has_all_that_the_hub_needs(
    tmp_path: Path, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    """As README and CI do it: a copy of the project, and its Makefile. Asks the package index."""
    if not scale(0, 1):
        pytest.skip("with --thorough; it installs everything anew")
    copy = tmp_path / "copy"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".*", "output", "__pycache__", "*.egg-info", "tests", "bench"),
    )
    made = subprocess.run(
        ["make", f"PYTHON={sys.executable}", ".venv/runs"],
        cwd=copy, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    python = copy / ".venv/bin/python"

    assert alone(python, MODULES) == []
    tasks = subprocess.run([python, "-m", "invoke", "--list"], cwd=copy, capture_output=True, check=False)
    assert tasks.returncode == 0, tasks.stderr
    packages = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze", "--exclude=pip", "--exclude-editable"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    pins = locked("requirements.lock")
    unknown = [one for one in packages if canonicalize_name(one.partition("==")[0]) not in pins]
    figure(f"{len(packages)} packages installed by their hashes, {len(MODULES)} modules import")
    assert unknown == [], "nothing came that is not pinned"
