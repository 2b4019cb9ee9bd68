"""The container file: its steps in order, what it copies, and that a hub is built from no more than that."""

from __future__ import annotations

import json
import re
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT, Hub
from tests.recipes.standing import RECIPES, Stand, copy_allowed, standing

HOME = "/srv/hub"


class Step(NamedTuple):
    """An instruction of a container file."""

    word: str
    rest: str


def steps() -> list[Step]:
    text = (RECIPES / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [Step(*line.split(None, 1)) for line in text.splitlines() if line]


def said(word: str) -> list[str]:
    return [step.rest for step in steps() if step.word == word]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return standing(tmp_path)


def test_it_speaks_only_words_of_container_files_and_has_no_secret() -> None:
    words = {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "ARG", "USER", "VOLUME", "HEALTHCHECK"}

    assert {step.word for step in steps()} == words | {"STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert not re.search(r"(?i)token|secret|password", " ".join(step.rest for step in steps()))


def test_its_steps_run_in_order_and_leave_a_hub_that_runs(stand: Stand, tmp_path: Path) -> None:
    image = tmp_path / "image"
    hub = image / HOME.removeprefix("/")
    hub.mkdir(parents=True)
    stand.put("useradd", "chown", "apt-get")
    for step in steps():
        if step.word == "COPY" and step.rest == ". ./":
            copy_allowed(hub)
        elif step.word == "COPY" and not step.rest.startswith("--from"):
            *names, _ = step.rest.split()
            for name in names:
                shutil.copy2(ROOT / name, hub / name)
        elif step.word == "RUN":
            done = stand.run(["sh", "-c", step.rest.replace(HOME, str(hub))], {"TOOLS": ""}, cwd=hub)
            assert done.returncode == 0, done.stderr
    program = [word.replace(HOME, str(hub)) for word in json.loads(said("ENTRYPOINT")[0])]
    done = stand.run([*program, *json.loads(said("CMD")[0])], cwd=hub)

    assert done.returncode == 0, done.stderr
    assert [call[:2] for call in stand.calls] == [
        ["python", "-m"],
        ["pip", "install"],
        ["pip", "install"],
        ["python", "-m"],
        ["useradd", "--uid"],
        ["chown", "10001:10001"],
        ["invoke", "refresh"],
    ]
    assert stand.of("pip")[0][1:] == ["--quiet", "--require-hashes", "--requirement", "requirements-s3.lock"]
    assert stand.of("chown")[0][1:] == [str(hub / ".hub"), str(hub / "output")]


def test_tools_of_the_system_are_installed_only_where_they_are_asked_for(stand: Stand) -> None:
    stand.put("apt-get", "rm")
    [tools] = [rest for rest in said("RUN") if "apt-get" in rest]
    stand.run(["sh", "-ec", tools], {"TOOLS": ""})
    assert stand.calls == []
    stand.run(["sh", "-ec", tools], {"TOOLS": "git rsync"})

    assert [arguments[-2:] for arguments in stand.of("apt-get")] == [["update", "-qq"], ["git", "rsync"]]


def test_it_is_nobody_in_particular_and_keeps_only_what_outlives_it() -> None:
    assert said("USER") == ["10001:10001"]
    assert [step.word for step in steps()].index("USER") > max(
        number for number, step in enumerate(steps()) if step.word == "RUN"
    )
    assert json.loads(said("VOLUME")[0]) == [f"{HOME}/.hub", f"{HOME}/output"]
    assert json.loads(said("ENTRYPOINT")[0]) == [f"{HOME}/.venv/bin/invoke"]
    assert said("HEALTHCHECK") == ["NONE"]


def test_both_stages_stand_on_the_same_base() -> None:
    assert len({rest.split()[0] for rest in said("FROM")}) == 1


def test_a_hub_is_built_from_no_more_than_what_is_copied(hub: Hub, tmp_path: Path) -> None:
    copy_allowed(tmp_path / "hub")
    environ = {
        "PYTHONPATH": str(tmp_path / "hub/plugins"),
        "HUB_STATE": str(tmp_path / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = hub.run([sys.executable, "-m", "invoke", "preview"], tmp_path / "hub", environ)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "hub/output/index.html").is_file()


@pytest.mark.parametrize(
    "path", [".hub", ".git", ".venv", "output", "tests", "hub.log", ".hub-secrets", "secrets"]
)
def test_what_may_hold_a_secret_or_history_is_not_copied(path: str) -> None:
    rules = (RECIPES / "containerignore").read_text(encoding="utf-8").splitlines()

    assert not [rule for rule in rules if rule.startswith("!") and fnmatch(path, rule[1:])]
