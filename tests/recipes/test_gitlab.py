"""The recipe for GitLab CI: what it allows, when it runs, and what each of its commands does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.standing import Stand, loaded, standing, whole

FILE = "gitlab-ci.yml"
_TOP = {"workflow", "default", "variables", ".installed", "refresh", "look"}
_JOB = {
    "after_script", "allow_failure", "artifacts", "before_script", "cache", "environment", "extends", "id_tokens",
    "image", "interruptible", "resource_group", "retry", "rules", "script", "timeout", "variables",
}  # fmt: skip
_REASONS = {
    "always", "unknown_failure", "script_failure", "api_failure", "stuck_or_timeout_failure", "runner_system_failure",
    "runner_unsupported", "stale_schedule", "job_execution_timeout", "archived_failure", "unmet_prerequisites",
    "scheduler_failure", "data_integrity_failure",
}  # fmt: skip


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return standing(tmp_path)


def job(name: str) -> dict[str, Any]:  # Any: YAML
    found = loaded(FILE)[name]
    assert isinstance(found, dict)
    return found


def ran(stand: Stand, **environ: str) -> tuple[int, str]:
    done = stand.script(
        whole(job("refresh")["script"]), {"CI_PROJECT_DIR": str(stand.hub), "AWS_TOKEN": "secret", **environ}
    )
    assert "secret" not in done.stdout + done.stderr
    return done.returncode, done.stdout


def test_it_speaks_only_words_that_gitlab_knows() -> None:
    recipe = loaded(FILE)

    assert recipe.keys() == _TOP
    for name in (".installed", "refresh", "look"):
        assert recipe[name].keys() <= _JOB
    assert set(job("refresh")["retry"]) == {"max", "when", "exit_codes"}
    assert set(job("refresh")["retry"]["when"]) <= _REASONS
    assert job("refresh")["retry"]["max"] in {0, 1, 2}


def test_one_publishes_at_a_time_on_the_main_branch_and_none_is_broken_off() -> None:
    refresh = job("refresh")

    assert refresh["resource_group"] == "hub-publish"
    assert refresh["interruptible"] is False
    assert refresh["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"', "when": "never"},
        {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"},
    ]


def test_schedules_people_the_outside_and_pushes_begin_it() -> None:
    said = " ".join(rule["if"] for rule in loaded(FILE)["workflow"]["rules"])

    assert set(re.findall(r'"(\w+)"', said)) == {"schedule", "web", "trigger", "merge_request_event", "push"}


def test_the_job_outlives_the_time_that_refresh_allows_itself() -> None:
    [minutes] = re.findall(r"refresh --minutes (\d+)", whole(job("refresh")["script"]))

    assert int(job("refresh")["timeout"].removesuffix(" minutes")) >= int(minutes) + 5


@pytest.mark.parametrize("code", range(7))
def test_the_job_ends_as_refresh_did_and_gitlab_knows_what_that_means(stand: Stand, code: int) -> None:
    stand.ends("invoke", code)

    assert ran(stand)[0] == code
    assert stand.of("invoke") == [["refresh", "--minutes", "10", "--summary", "summary.md"]]
    assert (code in job("refresh")["allow_failure"]["exit_codes"]) == (code == 3)
    assert (code in job("refresh")["retry"]["exit_codes"]) == (code == 5)


@pytest.mark.parametrize("code", range(7))
def test_the_outside_hears_of_runs_that_published_and_of_no_other(stand: Stand, code: int) -> None:
    stand.ends("invoke", code)
    ran(stand, PING_URL="https://alive.example/4711")

    assert [asked[-1] for asked in stand.of("curl")] == ["https://alive.example/4711"] * (code in {0, 3, 4})


def test_an_outside_that_is_silent_ends_nothing_and_none_is_needed(stand: Stand) -> None:
    stand.ends("curl", 28)
    code, said = ran(stand, PING_URL="https://alive.example/4711")

    assert (code, said) == (0, "The address in PING_URL did not answer.\n")
    assert (ran(stand), len(stand.of("curl"))) == ((0, ""), 1)


def test_the_token_for_aws_is_a_file_of_its_owner_alone_and_not_in_the_checkout(stand: Stand) -> None:
    ran(stand, AWS_ROLE_ARN="arn:aws:iam::1:role/hub")
    [token] = stand.hub.parent.glob("*.token")

    assert (token.read_text(encoding="utf-8"), token.stat().st_mode & 0o777) == ("secret", 0o600)


def test_without_a_role_no_token_is_written(stand: Stand) -> None:
    assert ran(stand) == (0, "")
    assert list(stand.hub.parent.glob("*.token")) == []


def test_what_is_kept_between_runs_is_that_of_github_and_holds_no_token() -> None:
    [kept] = [each for each in job("refresh")["cache"] if each["key"] == "hub-state"]
    [github] = [
        each["with"]["path"].split()
        for each in loaded("github-actions.yml")["jobs"]["refresh"]["steps"]
        if each.get("uses", "").startswith("actions/cache/restore@")
    ]

    assert kept["paths"] == github
    assert kept["when"] == "always"
    assert not any("tokens" in path or path == ".hub" for path in kept["paths"])


def test_how_accounts_fare_is_kept_for_a_week_for_those_who_work_on_it() -> None:
    assert job("refresh")["artifacts"] == {
        "when": "always",
        "access": "developer",
        "expire_in": "1 week",
        "paths": [".hub/status", "summary.md"],
    }


def test_merge_requests_are_built_from_recorded_posts(stand: Stand) -> None:
    look = job("look")
    done = stand.script(whole(look["script"]), look["variables"])

    assert (done.returncode, stand.of("invoke")) == (0, [["hub"]])
    assert (stand.hub / look["variables"]["HUB_SOURCES"]).is_file()
    assert look["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
    assert "environment" not in look
    assert "id_tokens" not in look


def test_it_installs_what_is_locked_and_nothing_unseen(stand: Stand) -> None:
    shutil.rmtree(stand.hub / ".venv")
    done = stand.script(whole(job(".installed")["before_script"]))

    assert done.returncode == 0, done.stderr
    assert stand.of("pip") == [
        ["install", "--quiet", "--require-hashes", "--requirement", "requirements-s3.lock"],
        ["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    assert {job(name)["extends"] for name in ("refresh", "look")} == {".installed"}
