"""The files in which a run is known: below ``status/`` of HUB_STATE, each written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from forecourt.errors import StoreError
from forecourt.garbled import GARBLED
from forecourt.knowing import alerts, records
from forecourt.knowing.alerts import Memory
from forecourt.knowing.metrics import metrics
from forecourt.knowing.page import page
from forecourt.knowing.records import Run
from forecourt.knowing.summary import summary

STATUS, HISTORY, MEMORY, PAGE, SUMMARY, METRICS, MAIL = (
    "status.json", "runs.jsonl", "alerts.json", "status.html", "summary.md", "metrics.txt", "alert.eml",
)  # fmt: skip

KEPT = timedelta(days=30)
"""How far back the history of runs goes."""

MOST = 20_000
"""Lines of the history, whatever the clock said: a run every two minutes for a month."""

_decode_memory = msgspec.json.Decoder(Memory).decode


def folder_of(state: Path) -> Path:
    """Where all of this is written."""
    return state / "status"


def write(folder: Path, run: Run) -> None:
    """Write ``status.json``, and the run's line into the history. Raises StoreError."""
    save(folder / STATUS, records.encoded(run))
    since = (run.ended - KEPT).timestamp()
    before = [each for each in history(folder) if _is_kept(each, since) and each.get("id") != run.id]
    lines = [msgspec.json.encode(each) for each in before[-(MOST - 1) :]]
    save(folder / HISTORY, b"".join(line + b"\n" for line in [*lines, records.line(run)]))


def show(folder: Path, run: Run, memory: Memory) -> None:
    """Write the page, the summary and the metrics of a run. Raises StoreError."""
    known = alerts.told(memory)
    save(folder / PAGE, page(run, known).encode())
    save(folder / SUMMARY, summary(run, known).encode())
    save(folder / METRICS, metrics(run, memory).encode())


def last(folder: Path) -> Run | None:
    """The run that was written last; None where there was none, or a later program wrote it."""
    try:
        return records.decoded((folder / STATUS).read_bytes())
    except (OSError, *GARBLED):
        return None


def history(folder: Path) -> list[dict[str, object]]:
    """The runs of the last 30 days, the oldest first; lines that cannot be read are left out."""
    try:
        body = (folder / HISTORY).read_bytes()
    except OSError:
        return []
    found = []
    for line in body.splitlines():
        with contextlib.suppress(*GARBLED):
            found.append(msgspec.json.decode(line, type=dict[str, object]))
    return found


def remembered(folder: Path) -> Memory:
    """What was told; nothing where that cannot be read: then it is told once more, which is better than never."""
    try:
        return _decode_memory((folder / MEMORY).read_bytes())
    except (OSError, *GARBLED):
        return Memory()


def remember(folder: Path, memory: Memory) -> None:
    """Keep what was told. Raises StoreError."""
    save(folder / MEMORY, msgspec.json.format(msgspec.json.encode(memory), indent=1) + b"\n")


def save(path: Path, body: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all. Raises StoreError."""
    new = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}; mend that and run again") from error


def _is_kept(each: dict[str, object], since: float) -> bool:
    try:
        return datetime.fromisoformat(str(each["begun"])).timestamp() >= since
    except (KeyError, ValueError):
        return False
