"""A checkout of a hub in which recipes are tried: programs that only write down how they were called stand in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tests.conftest import ROOT

RECIPES = ROOT / "docs/recipes"

_PROGRAM = """\
#!{python} -S
import json, os, pathlib, shutil, sys
name, told = os.path.basename(sys.argv[0]), {folder!r}
with open(told + "/calls", "a", encoding="utf-8") as calls:
    calls.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
if name == "python" and sys.argv[1:3] == ["-m", "venv"]:
    made = pathlib.Path(sys.argv[3], "bin")
    made.mkdir(parents=True, exist_ok=True)
    for each in ("pip", "python", "invoke"):
        shutil.copy2(sys.argv[0], made / each)
says = pathlib.Path(told, name + ".says")
if says.exists():
    sys.stderr.write(says.read_text(encoding="utf-8"))
ends = pathlib.Path(told, name + ".ends")
sys.exit(int(ends.read_text()) if ends.exists() else 0)
"""


@dataclass(frozen=True)
class Stand:
    """A folder for a checkout and one for programs."""

    hub: Path
    programs: Path

    @property
    def calls(self) -> list[list[str]]:
        """What was called so far, in order, each with its arguments."""
        path = self.programs / "calls"
        return list(map(json.loads, path.read_text(encoding="utf-8").splitlines())) if path.exists() else []

    def of(self, name: str) -> list[list[str]]:
        """The arguments of each call of a program."""
        return [arguments for program, *arguments in self.calls if program == name]

    def put(self, *names: str | Path) -> None:
        """Programs that write down how they were called: names on the PATH, or paths."""
        for name in names:
            path = self.programs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_PROGRAM.format(python=sys.executable, folder=str(self.programs)), "utf-8")
            path.chmod(0o755)

    def ends(self, name: str, code: int, says: str = "") -> None:
        """Say what a program is to end with from now on, and what it says on standard error."""
        (self.programs / f"{name}.ends").write_text(str(code), "utf-8")
        (self.programs / f"{name}.says").write_text(says, "utf-8")

    def run(
        self, command: list[str], environ: Mapping[str, str] = MappingProxyType({}), cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run something with the programs first on the PATH, and nothing of this machine's environment."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            command,
            cwd=cwd or self.hub,
            env={"PATH": path, "HOME": str(self.hub.parent), "LC_ALL": "C", **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )

    def script(
        self, text: str, environ: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as CI services do: in bash, which ends at the first command that fails."""
        return self.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text], environ)


def standing(folder: Path) -> Stand:
    """A new checkout with the recipes in it, and programs that stand in."""
    stand = Stand(folder / "hub", folder / "programs")
    shutil.copytree(RECIPES, stand.hub / "docs/recipes")
    stand.put("curl", "gh", "python")
    stand.put(stand.hub / ".venv/bin/invoke")
    return stand


def copy_allowed(into: Path) -> None:
    """Copy what the ignore file lets into the image, as ``COPY . ./`` does."""
    lines = (RECIPES / "containerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    names = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    into.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, into / name, ignore=shutil.ignore_patterns(*out), dirs_exist_ok=True)
        else:
            shutil.copy2(path, into / name)


def loaded(name: str) -> dict[str, Any]:  # Any: YAML
    """A recipe in YAML. In that of GitHub, ``on`` is the word and not the truth value."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    found = yaml.load(text, Loader=_Words)
    assert isinstance(found, dict)
    return found


class _Words(yaml.SafeLoader):
    """YAML 1.2 in this: only true and false are truth values."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def whole(script: str | Iterable[str]) -> str:
    """A script of GitLab's: its lines, run one after the other in one shell."""
    return script if isinstance(script, str) else "\n".join(script)
