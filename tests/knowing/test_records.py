"""What is written of a run, and that what others read of it stays as it is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from forecourt import knowing
from forecourt.errors import StoreError
from forecourt.knowing import keeping, records
from forecourt.secrecy import Secrecy
from tests.conftest import NOW
from tests.knowing.runs import CANARY, hostile, run, token

SHAPE = {
    "Run": "version id program site begun ended exit steps sources tokens held messages sizes published came "
    "objections fell_back",
    "Step": "name outcome seconds said",
    "Health": "name label network status posts held fresh newest error cause next alarm silent",
    "Expiring": "source label ends renewal is_missing",
    "Held": "posts oldest",
    "Messages": "summary amiss",
    "Amiss": "campaign title channel verdict sentence",
    "Sizes": "store pictures output files free",
    "Published": "release at sent removed bytes invalidated",
}
"""What others may read in version 1. To add a field is fine: add it here; one that goes or changes is a new version."""


def test_the_shape_of_the_status_file_is_the_one_that_was_promised() -> None:
    assert {name: " ".join(getattr(records, name).__struct_fields__) for name in SHAPE} == SHAPE
    assert records.VERSION == 1


def test_a_run_is_read_as_it_was_written_with_its_moments_in_utc(tmp_path: Path) -> None:
    paris = timezone(timedelta(hours=1))
    made = run(NOW.astimezone(paris), tokens=(token(ends=NOW.astimezone(paris)),))

    keeping.write(tmp_path, made)

    assert keeping.last(tmp_path) == made
    said = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert said == records.as_json(made)
    assert said["ended"] == "2026-11-22T09:00:00Z"
    assert said["tokens"][0]["ends"] == "2026-11-22T09:00:00Z"
    assert said["version"] == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\xfe", b'{"id": "\xb2"}'])
def test_a_status_file_that_is_none_is_no_run(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "status.json").write_bytes(body)
    assert keeping.last(tmp_path) is None


def test_the_history_has_a_line_for_each_run_of_the_last_month(tmp_path: Path) -> None:
    moments = [NOW - timedelta(days=31), NOW - timedelta(days=29), NOW - timedelta(hours=1), NOW]
    for moment in moments:
        keeping.write(tmp_path, run(moment))
    with (tmp_path / "runs.jsonl").open("ab") as file:
        file.write(b'{"id": "\xb2"}\n{"id": "torn')  # of a disk that went bad, and one that was full
    keeping.write(tmp_path, run(NOW, exit=3))  # the last one again, with what came after

    found = keeping.history(tmp_path)

    assert [(datetime.fromisoformat(str(each["begun"])), each["exit"]) for each in found] == [
        (moments[1] - timedelta(seconds=12), 0),
        (moments[2] - timedelta(seconds=12), 0),
        (moments[3] - timedelta(seconds=12), 3),
    ]
    assert found[0] | {"id": "", "begun": ""} == {
        "id": "", "begun": "", "seconds": 12.0, "exit": 0, "came": 0, "stale": 0, "sent": 3, "bytes": 4096,
        "steps": {"pull": "done", "fetch": "done", "build": "done", "check": "done", "publish": "done"},
    }  # fmt: skip


def test_the_history_is_bounded_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST", 5)
    for number in range(8):
        keeping.write(tmp_path, run(NOW, id=str(number)))
    assert [each["id"] for each in keeping.history(tmp_path)] == ["3", "4", "5", "6", "7"]


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    knowing.note(tmp_path / "status", run(), str)
    names = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "status").iterdir()}
    assert names == dict.fromkeys(
        ["status.json", "runs.jsonl", "alerts.json", "status.html", "summary.md", "metrics.txt"], 0o600
    )


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("a file")
    with pytest.raises(StoreError, match=r"status\.json cannot be written: .*; mend that and run again"):
        keeping.write(tmp_path / "status", run())


def test_no_secret_is_in_anything_that_is_written(tmp_path: Path) -> None:
    said = f"it refused {CANARY} and https://api.example/?token={CANARY}%20"
    made = msgspec.structs.replace(
        hostile(),
        sources=tuple(
            msgspec.structs.replace(each, error=said, alarm=said, silent=said)
            for each in hostile().sources or ()
        ),
        objections=(said,),
        fell_back=said,
        steps=(records.Step("publish", "failed", 1, said),),
        messages=records.Messages(said, (records.Amiss("winter", said, "north", "missing", said),)),
    )

    sentences = knowing.note(
        tmp_path, made, Secrecy.of([CANARY]).hidden, knowing.Channels(mail=("a@b.example",))
    )

    assert sentences
    assert CANARY[:8] not in "\n".join(sentences)
    for path in tmp_path.iterdir():
        assert CANARY[:8] not in path.read_text(encoding="utf-8"), path.name
    assert "•••" in (tmp_path / "status.html").read_text(encoding="utf-8")
