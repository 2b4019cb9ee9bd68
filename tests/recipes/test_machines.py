"""The recipes for a machine of one's own: cron with its log, and the timer of systemd with its hardening."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forecourt.commands import course
from tests.conftest import ROOT, Hub, Networks
from tests.recipes.standing import RECIPES, Stand, copy_allowed, standing

UNITS = ("forecourt.service", "forecourt.timer", "forecourt-failed@.service")
MINUTES = "7,22,37,52"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "CI" not in os.environ,
    reason="needs systemd-analyze, of Debian's package systemd",
)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return standing(tmp_path)


def cron(stand: Stand, **environ: str) -> tuple[int, str]:
    done = stand.run([str(stand.hub / "docs/recipes/cron.sh")], environ, cwd=stand.hub.parent)
    assert done.stderr == ""
    return done.returncode, done.stdout


# cron


def test_cron_runs_refresh_in_its_checkout_and_is_silent(stand: Stand) -> None:
    stand.ends("invoke", 0, "all is well\n")

    assert cron(stand) == (0, "")
    assert stand.of("invoke") == [["refresh", "--minutes", "10"]]
    assert (stand.hub / "hub.log").read_text(encoding="utf-8") == "all is well\n"


@pytest.mark.parametrize("code", [0, 3, 5])
def test_what_needs_nobody_is_mailed_to_nobody(stand: Stand, code: int) -> None:
    stand.ends("invoke", code, "a line\n")

    assert cron(stand) == (code, "")


@pytest.mark.parametrize("code", [1, 2, 4, 6, 137])
def test_what_needs_a_person_is_mailed_once_and_again_when_it_comes_again(stand: Stand, code: int) -> None:
    stand.ends("invoke", code, "what happened\n")
    mail = f"The hub in {stand.hub} ended with {code}:\nwhat happened\n"

    assert cron(stand) == (code, mail)
    assert cron(stand) == (code, "")
    stand.ends("invoke", 0)
    assert cron(stand) == (0, "")
    stand.ends("invoke", code, "what happened\n")
    assert cron(stand) == (code, mail)


def test_a_mail_holds_the_lines_of_its_own_run(stand: Stand) -> None:
    (stand.hub / "hub.log").write_text("yesterday\n" * 100, encoding="utf-8")
    stand.ends("invoke", 2, "HUB_DEPLOY: there is no target of that name\n")

    assert "yesterday" not in cron(stand)[1]


@pytest.mark.parametrize("code", range(7))
def test_the_outside_hears_of_runs_that_published_and_of_no_other(stand: Stand, code: int) -> None:
    stand.ends("invoke", code)
    stand.ends("curl", 28)  # its silence changes nothing

    assert cron(stand, PING_URL="https://alive.example/4711")[0] == code
    assert [asked[-1] for asked in stand.of("curl")] == ["https://alive.example/4711"] * (code in {0, 3, 4})


def test_secrets_are_read_from_a_file_and_reach_the_run_alone(stand: Stand) -> None:
    secrets = stand.hub.parent / ".hub-secrets"
    secrets.write_text("PING_URL=https://alive.example/4711\nTOKEN='a b'\n", encoding="utf-8")
    invoke = stand.hub / ".venv/bin/invoke"
    invoke.write_text('#!/bin/sh\nprintf "%s\\n" "$TOKEN" > token\n', encoding="utf-8")

    assert cron(stand) == (0, "")
    assert (stand.hub / "token").read_text(encoding="utf-8") == "a b\n"
    assert len(stand.of("curl")) == 1


def test_a_secret_is_what_stands_in_the_file_and_no_command(stand: Stand) -> None:
    written = {
        "HOOK": "https://chat.example/?a=1&b=$2",
        "PASSWORD": "x $(touch hacked) `touch hacked` \\n #1 =",
        "QUOTED": '"a b"',
        "EMPTY": "",
    }
    lines = [
        "# SAID=no",
        "",
        *(f"{name}={value}" for name, value in written.items()),
        "touch hacked",
        "export LAST=1",
    ]
    (stand.hub.parent / ".hub-secrets").write_text("\r\n".join(lines), encoding="utf-8", newline="")
    invoke = stand.hub / ".venv/bin/invoke"
    invoke.write_text("#!/bin/sh\nenv > told\n", encoding="utf-8")

    assert cron(stand) == (0, "")
    told = (stand.hub / "told").read_text(encoding="utf-8").splitlines()
    expected = {**written, "QUOTED": "a b", "LAST": "1"}
    assert {f"{name}={value}" for name, value in expected.items()} <= {*told}
    assert not [line for line in told if line.startswith("SAID=")]
    assert not (stand.hub / "hacked").exists()


def test_the_line_of_the_crontab_runs_as_cron_runs_it(stand: Stand, tmp_path: Path) -> None:
    lines = (RECIPES / "crontab").read_text(encoding="utf-8").splitlines()
    environ = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    [line] = [line for line in lines if line and line[0] in "0123456789*@"]
    minute, hour, day, month, weekday, command = line.split(None, 5)
    told = {**environ, "HUB": str(stand.hub), "FORECOURT_LOG": str(tmp_path / "cron.log")}
    stand.ends("invoke", 0, "all is well\n")
    done = stand.run([environ["SHELL"], "-c", command], {**told, "PATH": environ["PATH"]}, cwd=tmp_path)

    assert (minute, hour, day, month, weekday) == (MINUTES, "*", "*", "*", "*")
    assert "%" not in command  # cron takes it for the end of the line
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "cron.log").read_text(encoding="utf-8") == "all is well\n"


def test_the_log_that_cron_writes_is_the_one_that_is_rotated(tmp_path: Path) -> None:
    [log] = re.findall(
        r"^FORECOURT_LOG=(.+)$", (RECIPES / "crontab").read_text(encoding="utf-8"), re.MULTILINE
    )
    rotated = (RECIPES / "logrotate").read_text(encoding="utf-8")

    assert re.findall(r"^(/\S+) \{$", rotated, re.MULTILINE) == [log]
    assert rotated.count("{") == rotated.count("}") == 1


# systemd


def unit(name: str) -> dict[str, dict[str, str]]:
    """A file of systemd, by section and key."""
    found: dict[str, dict[str, str]] = {}
    for line in (RECIPES / "systemd" / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section[key] = value
    return found


@needs_systemd
def test_systemd_has_nothing_to_say(stand: Stand, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for name in UNITS:
        text = (RECIPES / "systemd" / name).read_text(encoding="utf-8")
        (units / name).write_text(text.replace("/srv/hub", str(stand.hub)), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(units / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_the_exposure_is_what_the_manual_says() -> None:
    service = RECIPES / "systemd/forecourt.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(service)],
        capture_output=True,
        text=True,
        check=False,
    )
    [exposure] = re.findall(r"Overall exposure level for forecourt\.service: ([\d.]+)", done.stdout)
    [said] = re.findall(r"exposure of ([\d.]+)", (ROOT / "docs/scheduling.md").read_text(encoding="utf-8"))

    assert float(exposure) <= float(said) < 2


@needs_systemd
def test_the_timer_and_cron_begin_in_the_same_minutes() -> None:
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=4", "--base-time=2026-11-23 00:00:00 UTC",
         unit("forecourt.timer")["Timer"]["OnCalendar"]],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "TZ": "UTC"},
    )  # fmt: skip

    assert re.findall(r"2026-11-23 00:(\d\d):00 UTC", done.stdout) == [
        f"{int(one):02}" for one in MINUTES.split(",")
    ]


def test_a_computer_that_was_off_makes_up_for_it() -> None:
    assert unit("forecourt.timer")["Timer"]["Persistent"] == "yes"
    assert unit("forecourt.timer")["Install"]["WantedBy"] == "timers.target"


def commands(stand: Stand, **environ: str) -> list[int]:
    """Run the commands of the service as systemd would; gives their exit codes."""
    service = unit("forecourt.service")["Service"]
    lines = [service[key].removeprefix("-").replace("$$", "$") for key in ("ExecStart", "ExecStartPost")]
    made = [line.replace("/srv/hub", str(stand.hub)) for line in lines]
    return [stand.run(["sh", "-c", f"exec {line}"], environ).returncode for line in made]


def test_the_commands_of_the_service_run(stand: Stand) -> None:
    assert commands(stand, PING_URL="https://alive.example/4711") == [0, 0]
    assert stand.of("invoke") == [["refresh", "--minutes", "10"]]
    assert [asked[-1] for asked in stand.of("curl")] == ["https://alive.example/4711"]


def test_the_service_tells_nobody_outside_where_no_address_is_set(stand: Stand) -> None:
    assert commands(stand) == [0, 0]
    assert stand.of("curl") == []


def test_a_run_that_published_with_old_posts_of_some_is_a_good_one_to_systemd() -> None:
    service = unit("forecourt.service")["Service"]

    assert service["SuccessExitStatus"] == "3"
    assert service["ExecStartPost"].startswith("-")
    assert unit("forecourt.service")["Unit"]["OnFailure"] == "forecourt-failed@%n.service"


def test_the_service_outlives_the_time_that_refresh_allows_itself() -> None:
    service = unit("forecourt.service")["Service"]
    [minutes] = re.findall(r"--minutes (\d+)", service["ExecStart"])

    [of_cron] = re.findall(r" (\d+)m ", (RECIPES / "cron.sh").read_text(encoding="utf-8"))

    for outlives in (service["TimeoutStartSec"].removesuffix("min"), of_cron):
        assert int(outlives) > int(minutes) + course._KEEPING


def test_who_is_told_of_failures_is_told_once_a_day_with_the_last_lines(stand: Stand) -> None:
    stand.put("journalctl", "mail")
    failed = unit("forecourt-failed@.service")
    command = failed["Service"]["ExecStart"].replace("%i", "forecourt.service").replace("%H", "shop")
    done = stand.run(["sh", "-c", f"exec {command}"])

    assert done.returncode == 0, done.stderr
    assert stand.of("journalctl") == [["--unit", "forecourt.service", "--lines", "40", "--no-pager"]]
    assert stand.of("mail") == [["-s", "forecourt.service failed on shop", "root"]]
    assert failed["Unit"]["StartLimitBurst"] == "1"
    assert failed["Unit"]["StartLimitIntervalSec"] == "1d"


def test_cron_fetches_builds_and_publishes_for_real_and_the_second_run_sends_nothing(
    stand: Stand, hub: Hub, networks: Networks
) -> None:
    recorded = (
        (RECIPES / "recorded.toml").read_text(encoding="utf-8").replace("http://127.0.0.1:8473", networks.url)
    )
    hub.link(recorded[: recorded.index("[[source]]", recorded.index("[[source]]") + 1)])  # one is enough
    copy_allowed(stand.hub)
    for folder in ("campaigns", "events", "news", "pages", "stores"):
        shutil.rmtree(stand.hub / "content" / folder)
    program = f'#!/bin/sh\nPYTHONPATH=plugins exec {sys.executable} -m invoke "$@"\n'
    (stand.hub / ".venv/bin/invoke").write_text(program, encoding="utf-8")
    site = hub.folder / "site"
    environ = {**hub.environ, "HUB_DEPLOY": json.dumps({"target": "directory", "path": str(site)})}
    live = []
    for _ in range(2):
        done = stand.run([str(stand.hub / "docs/recipes/cron.sh")], environ)
        assert (done.returncode, done.stdout) == (0, ""), (stand.hub / "hub.log").read_text(encoding="utf-8")
        live.append((site / "current").resolve())

    assert live[0] == live[1]
    assert (live[0] / "index.html").is_file()
