"""The recipes as a whole: each is in the manual, and names only what there is."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from invoke.collection import Collection

from tests.conftest import ROOT, Hub, Networks
from tests.recipes.standing import RECIPES, loaded, whole

MANUAL = ROOT / "docs/scheduling.md"
FILES = sorted(path for path in RECIPES.rglob("*") if path.is_file())
CODES = range(7)


def text() -> str:
    return MANUAL.read_text(encoding="utf-8")


def scripts(found: object) -> list[str]:
    """Every script of a file of a CI service."""
    if isinstance(found, list):
        return [script for each in found for script in scripts(each)]
    if not isinstance(found, dict):
        return []
    own = [whole(found[key]) for key in ("run", "script", "before_script") if key in found]
    return [*own, *(script for each in found.values() for script in scripts(each))]


def named() -> set[tuple[str, ...]]:
    """Each task that recipes and their page name, with its options."""
    found = set()
    for path in (*FILES, MANUAL):
        for words in re.findall(r"\binvoke ([a-z][\w -]*)", re.sub(r'", "', " ", path.read_text("utf-8"))):
            task, *rest = words.split()
            found.add((task, *(word for word in rest if word.startswith("--"))))
        for words in re.findall(r'/invoke"\]\nCMD \["([^]]*)"\]', path.read_text(encoding="utf-8")):
            task, *rest = words.split('", "')
            found.add((task, *(word for word in rest if word.startswith("--"))))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_manual_leads_to_every_recipe(path: Path) -> None:
    assert f"]({path.relative_to(MANUAL.parent).as_posix()})" in text()


@pytest.mark.parametrize("words", sorted(named()), ids=" ".join)
def test_every_task_and_option_that_recipes_name_exists(words: tuple[str, ...]) -> None:
    tasks = Collection.from_module(importlib.import_module("tasks")).tasks
    name, *options = words

    assert name in tasks, f"recipes name invoke {name}, which tasks.py has not"
    known = {f"--{each.replace('_', '-')}" for one in tasks[name].get_arguments() for each in one.names}
    assert set(options) <= known


def test_refresh_is_what_recipes_run() -> None:
    assert ("refresh", "--minutes") in named()
    assert ("refresh", "--minutes", "--summary") in named()


@pytest.mark.parametrize("name", ["github-actions.yml", "github-actions-push.yml", "gitlab-ci.yml"])
def test_every_script_is_a_script(name: str) -> None:
    found = scripts(loaded(name))

    assert found
    for script in found:
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_every_exit_code_is_explained() -> None:
    codes = re.findall(r"^\| (\d) \|", text(), re.MULTILINE)

    assert codes == [str(code) for code in CODES]


@pytest.mark.usefixtures("drawn")
def test_the_recorded_posts_want_no_token_and_make_a_site(hub: Hub, networks: Networks) -> None:
    recorded = (RECIPES / "recorded.toml").read_text(encoding="utf-8")
    hub.link(recorded.replace("http://127.0.0.1:8473", networks.url))
    shutil.copytree(ROOT / "content", hub.folder / "content")
    fetched = hub.invoke("fetch", "--json")
    built = hub.build("--json")

    assert (fetched.returncode, built.returncode) == (0, 0), fetched.stderr + built.stderr
    assert "env:" not in recorded
    assert len(list((hub.output / "posts").iterdir())) > 10
