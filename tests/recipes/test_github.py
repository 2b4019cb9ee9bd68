"""The recipes for GitHub Actions: what they allow, when they run, and what each of their commands does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.standing import RECIPES, Stand, loaded, standing

HUB, PUSH = "github-actions.yml", "github-actions-push.yml"
BOTH = (HUB, PUSH)
WEEKLY = "41 4 * * 1"
ENVIRON = {
    "GITHUB_REPOSITORY": "larkwood/hub",
    "GITHUB_REF_NAME": "main",
    "GITHUB_WORKFLOW_REF": "larkwood/hub/.github/workflows/hub.yml@refs/heads/main",
    "GITHUB_OUTPUT": "said",
    "GITHUB_STEP_SUMMARY": "summary.md",
}
JOBS = [(file, job) for file in BOTH for job in loaded(file)["jobs"]]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return standing(tmp_path)


def job(file: str, name: str) -> dict[str, Any]:  # Any: YAML
    found = loaded(file)["jobs"][name]
    assert isinstance(found, dict)
    return found


def step(file: str, of: str, name: str) -> dict[str, Any]:  # Any: YAML
    [found] = [each for each in job(file, of)["steps"] if each.get("name") == name]
    assert isinstance(found, dict)
    return found


def program(name: str) -> str | None:
    """A program of the tests' environment, or of the machine."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.skipif(
    program("actionlint") is None and "CI" not in os.environ,
    reason="needs actionlint, of requirements-dev.lock: make lint installs it",
)
@pytest.mark.parametrize("file", BOTH)
def test_actionlint_has_nothing_to_say(file: str) -> None:
    actionlint = program("actionlint")
    assert actionlint, "actionlint is missing"
    more = ["-shellcheck", found] if (found := program("shellcheck")) else []
    done = subprocess.run(
        [actionlint, "-no-color", *more, str(RECIPES / file)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("file", BOTH)
def test_every_action_is_pinned_to_one_commit_and_says_its_version(file: str) -> None:
    text = (RECIPES / file).read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)

    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_an_action_is_the_same_in_both_files() -> None:
    text = "".join((RECIPES / file).read_text(encoding="utf-8") for file in BOTH)
    pins: dict[str, set[str]] = {}
    for repository, pin in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@(.*)", text):
        pins.setdefault(repository, set()).add(pin)

    assert {repository: len(found) for repository, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("file", "name"), JOBS)
def test_no_job_may_do_more_than_it_must_and_none_runs_for_ever(file: str, name: str) -> None:
    allowed = {
        "refresh": {"contents": "read", "id-token": "write"},
        "keep-alive": {"actions": "write"},
        "publish": {"actions": "write"},
        "look": {"contents": "read"},
    }

    assert loaded(file)["permissions"] == {}
    assert job(file, name)["permissions"] == allowed[name]
    assert int(job(file, name)["timeout-minutes"]) <= 20


@pytest.mark.parametrize(("file", "name"), JOBS)
def test_no_command_holds_an_expression_so_that_no_name_of_a_branch_can_become_one(
    file: str, name: str
) -> None:
    for each in job(file, name)["steps"]:
        assert "${{" not in each.get("run", "")


def test_it_runs_every_quarter_of_an_hour_and_by_hand_and_from_outside() -> None:
    on = loaded(HUB)["on"]

    assert [each["cron"] for each in on["schedule"]] == ["7,22,37,52 * * * *", WEEKLY]
    assert set(on) == {"schedule", "workflow_dispatch", "repository_dispatch"}


def test_one_publishes_at_a_time_and_none_is_broken_off() -> None:
    assert job(HUB, "refresh")["concurrency"] == {"group": "hub-publish", "cancel-in-progress": False}


def test_the_job_outlives_the_time_that_refresh_allows_itself() -> None:
    [minutes] = re.findall(r"refresh --minutes (\d+)", step(HUB, "refresh", "Refresh")["run"])

    assert int(job(HUB, "refresh")["timeout-minutes"]) >= int(minutes) + 5


def test_only_the_job_of_the_environment_sees_secrets() -> None:
    assert "secrets." in str(job(HUB, "refresh"))
    assert job(HUB, "refresh")["environment"] == "production"
    for file, name in JOBS:
        if name != "refresh":
            assert "secrets" not in str(job(file, name))
            assert "environment" not in job(file, name)
    assert "pull_request_target" not in str(loaded(PUSH)["on"])


def test_pull_requests_are_built_from_recorded_posts(stand: Stand) -> None:
    built = step(PUSH, "look", "Build with recorded posts")
    done = stand.script(built["run"], built["env"])

    assert done.returncode == 0
    assert stand.of("invoke") == [["hub"]]
    assert (stand.hub / built["env"]["HUB_SOURCES"]).is_file()
    assert job(PUSH, "look")["if"] == "github.event_name == 'pull_request'"


def test_what_is_kept_between_runs_is_taken_up_again_and_holds_no_token() -> None:
    begins = step(HUB, "refresh", "Take up what the last run left")["with"]
    ends = step(HUB, "refresh", "Leave it for the next run")["with"]

    assert begins["path"] == ends["path"]
    assert begins["path"].split() == [
        ".hub/store.sqlite",
        ".hub/generations",
        ".hub/builds",
        ".hub/pictures",
        ".hub/keeping/memory",
        ".hub/kept.json",
        ".hub/published",
        ".hub/status",
        "output",
    ]
    assert begins["restore-keys"] == "hub-state-"
    assert ends["key"] == "hub-state-${{ github.run_id }}-${{ github.run_attempt }}"


@pytest.mark.parametrize(("name", "lock"), [(HUB, "requirements-s3.lock"), (PUSH, "requirements.lock")])
def test_it_installs_what_is_locked_and_nothing_unseen(stand: Stand, name: str, lock: str) -> None:
    shutil.rmtree(stand.hub / ".venv")
    of = "refresh" if name == HUB else "look"
    done = stand.script(step(name, of, "Install")["run"])

    assert done.returncode == 0, done.stderr
    assert stand.calls == [
        ["python", "-m", "venv", ".venv"],
        ["pip", "install", "--quiet", "--require-hashes", "--requirement", lock],
        ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    setup = next(each for each in job(name, of)["steps"] if "setup-python" in each.get("uses", ""))
    assert setup["with"]["cache-dependency-path"] == lock


@pytest.mark.parametrize(
    ("code", "ends", "said"),
    [
        (0, 0, ""),
        (1, 1, "::error title=Look at this::Ended with 1"),
        (2, 2, "::error title=Look at this::Ended with 2"),
        (3, 0, "::warning title=Stale::Published."),
        (4, 4, "::error title=Credential::Published."),
        (5, 5, "::error title=Run again::"),
        (6, 6, "::error title=Refused::Not published"),
        (130, 130, "::error title=Look at this::Ended with 130"),
    ],
)
def test_each_exit_code_is_shown_as_what_it_is(stand: Stand, code: int, ends: int, said: str) -> None:
    stand.ends("invoke", code)
    done = stand.script(step(HUB, "refresh", "Refresh")["run"], ENVIRON)

    assert done.returncode == ends
    assert done.stdout.startswith(said)
    assert len(done.stdout.splitlines()) == (code != 0)
    assert (stand.hub / "said").read_text(encoding="utf-8") == f"code={code}\n"
    assert stand.of("invoke") == [["refresh", "--minutes", "10", "--summary", "summary.md"]]


def test_the_outside_hears_of_runs_that_published_and_of_no_other() -> None:
    [codes] = re.findall(
        r"contains\(fromJSON\('(.+)'\), steps\.refresh\.outputs\.code\)",
        step(HUB, "refresh", "Say that it lives")["if"],
    )

    assert json.loads(codes) == ["0", "3", "4"]


def test_the_outside_is_told_by_one_request_and_its_silence_ends_nothing(stand: Stand) -> None:
    ping = step(HUB, "refresh", "Say that it lives")["run"]
    stand.ends("curl", 28)
    done = stand.script(ping, {"PING_URL": "https://alive.example/4711"})
    [asked] = stand.of("curl")

    assert (done.returncode, asked[-1]) == (0, "https://alive.example/4711")
    assert "https://alive.example" not in done.stdout + done.stderr
    assert done.stdout.startswith("::warning title=Ping::")


def test_nobody_is_told_where_no_address_is_set(stand: Stand) -> None:
    done = stand.script(step(HUB, "refresh", "Say that it lives")["run"], {"PING_URL": ""})

    assert (done.returncode, stand.calls) == (0, [])


def test_each_moment_of_the_schedule_has_its_job() -> None:
    publishes, keeps = job(HUB, "refresh")["if"], job(HUB, "keep-alive")["if"]

    assert publishes == f"github.event.schedule != '{WEEKLY}'"
    assert keeps.startswith(f"github.event.schedule == '{WEEKLY}' ||")


def test_it_switches_itself_on_under_whatever_name_it_was_saved(stand: Stand) -> None:
    named = "larkwood/hub/.github/workflows/our-hub.yml@refs/heads/main"
    done = stand.script(
        step(HUB, "keep-alive", "Switch this workflow on")["run"], {**ENVIRON, "GITHUB_WORKFLOW_REF": named}
    )

    assert done.returncode == 0
    assert stand.of("gh") == [
        ["api", "--method", "PUT", "repos/larkwood/hub/actions/workflows/our-hub.yml/enable"]
    ]


def test_a_push_switches_the_schedule_on_and_starts_it(stand: Stand) -> None:
    done = stand.script(step(PUSH, "publish", "Start hub.yml")["run"], ENVIRON)

    assert done.returncode == 0
    assert stand.of("gh") == [
        ["api", "--method", "PUT", "repos/larkwood/hub/actions/workflows/hub.yml/enable"],
        ["workflow", "run", "hub.yml", "--repo", "larkwood/hub", "--ref", "main"],
    ]
    assert job(PUSH, "publish")["if"] == "github.event_name == 'push'"


def test_a_push_that_is_not_seen_on_the_site_starts_nothing() -> None:
    push = loaded(PUSH)["on"]["push"]

    assert push["branches"] == ["main"]
    assert "docs/**" not in push["paths"]
    assert {"content/**", "theme/**", "plugins/**", "*conf.py"} <= set(push["paths"])
