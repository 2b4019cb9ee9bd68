"""What a run says while it goes on."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

import pytest

from forecourt.knowing.logs import Form, Log, command
from forecourt.report import SourceReport
from forecourt.secrecy import Secrecy
from tests.conftest import NOW
from tests.knowing.runs import CANARY, HOSTILE


def spoken(form: Form = "plain", *, is_github: bool = False) -> tuple[Log, list[str]]:
    said: list[str] = []
    passed = iter(range(100))
    paris = NOW.astimezone(timezone(timedelta(hours=1)))
    log = Log(
        said.append,
        paris,
        Secrecy.of([CANARY]).hidden,
        form,
        is_github=is_github,
        passed=lambda: next(passed),
    )
    return log, said


def test_an_event_is_a_line_with_its_moment_in_utc() -> None:
    log, said = spoken()
    log.event("info", "publish", "3 files sent", files=3)
    log.source(SourceReport("north", "North", "new", new=3, same=17))
    log.source(SourceReport("south", "South", "failed", error="It is out of order.", cause="transient"))
    assert said == [
        "2026-11-22T09:00:01Z info publish 3 files sent",
        "2026-11-22T09:00:02Z info source north: 3 new, 0 changed, 17 same",
        "2026-11-22T09:00:03Z warning source south: It is out of order.",
    ]


def test_machines_get_an_object_a_line() -> None:
    log, said = spoken("json")
    log.event("info", "step", "fetched", step="fetch", seconds=1.5)
    log.source(SourceReport("north", "North", "same", same=17, seconds=0.2))
    first, second = map(json.loads, said)
    assert first == {
        "at": "2026-11-22T09:00:01Z", "level": "info", "event": "step", "said": "fetched", "step": "fetch",
        "seconds": 1.5,
    }  # fmt: skip
    assert second == {
        "at": "2026-11-22T09:00:02Z", "level": "info", "event": "source", "said": "north: 0 new, 0 changed, 17 same",
        "source": "north", "status": "same", "cause": "", "seconds": 0.2, "new": 0, "changed": 0, "same": 17, "gone": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["plain", "json"])
def test_no_secret_is_said_and_no_line_is_broken(kind: Form) -> None:
    log, said = spoken(kind, is_github=True)
    log.event("error", "publish", f"{HOSTILE} {CANARY}", why=f"{CANARY}\n{HOSTILE}")
    assert len(said) == 2
    assert CANARY[:8] not in "".join(said)
    assert not [line for line in said if "\n" in line or "\r" in line or "\x1b" in line]


def test_on_github_a_warning_stands_beside_the_job_too() -> None:
    log, said = spoken(is_github=True)
    log.event("warning", "token: ends, soon", "100 % of it\nends")
    assert said == [
        "2026-11-22T09:00:01Z warning token: ends, soon 100 % of it ends",
        "::warning title=Forecourt%3A token%3A ends%2C soon::100 %25 of it ends",
    ]


def test_what_strangers_wrote_is_no_command_to_the_runner() -> None:
    log, said = spoken(is_github=True)
    log.event("info", "source", "\n::set-env name=PATH::/tmp\n##[command]rm")
    assert said == ["2026-11-22T09:00:01Z info source ::set-env name=PATH::/tmp ## [command]rm"]
    assert command("error", "a\r\n::b%", file="x,y:z") == "::error file=x%2Cy%3Az::a%0D%0A::b%25"
