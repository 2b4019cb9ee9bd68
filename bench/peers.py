"""The other generators: where they are installed, and how they get there. Never a dependency of ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bench.cost import ROOT
from bench.feeds import Osmosfeed
from bench.tools import Eleventy, Hugo, HugoFromHtml, Pelican
from forecourt.config import surroundings

FOLDER = ROOT / ".suites/peers"
PYTHON = {"hugo": "0.168.0"}
NODE = {"@11ty/eleventy": "3.1.8", "@osmoscraft/osmosfeed": "1.15.1"}

_MINUTES = 10 * 60


@dataclass(frozen=True, slots=True)
class Peer:
    """One that is installed: how it is started, and which it is."""

    program: tuple[str, ...]
    version: str


def install(folder: Path) -> None:
    """Get them from PyPI and npm, in these versions. Scripts of packages are not run."""
    folder.mkdir(parents=True, exist_ok=True)
    pins = [f"{name}=={version}" for name, version in PYTHON.items()]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*pip, "--upgrade", "--target", str(folder / "python"), *pins])
    if npm := shutil.which("npm"):
        (folder / "package.json").write_text('{ "private": true }\n', encoding="utf-8")
        pins = [f"{name}@{version}" for name, version in NODE.items()]
        _run([npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *pins])


def installed(folder: Path) -> Mapping[str, Peer]:
    """Those that are there, by the name of their tool."""
    found = {Pelican.name: Peer((sys.executable, "-m", "pelican"), metadata.version("pelican"))}
    hugo = folder / "python/hugo/binaries/hugo"  # the program itself: its wrapper would cost a Python
    if hugo.exists():
        version = _version([str(hugo), "version"])
        found |= {tool.name: Peer((str(hugo),), version) for tool in (Hugo, HugoFromHtml)}
    if node := shutil.which("node"):
        for tool, package, program in (
            (Eleventy, "@11ty/eleventy", "cmd.cjs"),
            (Osmosfeed, "@osmoscraft/osmosfeed", "main.js"),
        ):
            path = folder / "node_modules" / package / program
            if path.exists():
                said = json.loads((folder / "node_modules" / package / "package.json").read_text("utf-8"))
                version = f"{said['version']}, node {_version([node, '--version'])}"
                found[tool.name] = Peer((node, str(path)), version)
    return found


def _version(command: Sequence[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    number = re.search(r"\d+(\.\d+)+", said)
    return number[0] if number else said.strip()


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, timeout=_MINUTES, stdin=subprocess.DEVNULL, env=surroundings()[0])
