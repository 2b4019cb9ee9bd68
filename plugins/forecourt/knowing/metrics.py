"""The last run as OpenMetrics text, for a collector that reads a file, such as node_exporter's.

The specification is https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md (1.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from forecourt.knowing.alerts import Memory
from forecourt.knowing.records import Expiring, Run

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"', "\r": " "})


class _Family(NamedTuple):
    name: str
    """Without ``forecourt_``; its end is its unit, where it has one."""
    type: str
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]
    unit: str = ""


def metrics(run: Run, memory: Memory) -> str:
    """What the run did and what is counted since the memory began."""
    lines = [line for family in _families(run, memory) for line in _lines(family)]
    return "\n".join([*lines, "# EOF", ""])


def _families(run: Run, memory: Memory) -> Iterator[_Family]:
    totals = memory.totals
    # A gauge: node_exporter reads an older format, and refuses the whole file for a type (info) that it does not know.
    about = {"version": run.program, "site": run.site}
    yield _Family("program_info", "gauge", "The program that ran.", [(about, 1)])
    yield _gauge("run_timestamp", "When the last run ended.", _at(run.ended), "seconds")
    yield _gauge("success_timestamp", "When a run last ended well.", _at(totals.success), "seconds")
    yield _gauge("run_exit_code", "Exit code of the last run.", run.exit)
    yield _gauge("run_duration", "How long the last run took.", run.seconds, "seconds")
    parts = [({"step": each.name, "outcome": each.outcome}, each.seconds) for each in run.steps]
    yield _Family(
        "step_duration_seconds", "gauge", "How long each part of the last run took.", parts, "seconds"
    )
    yield _Family("runs", "counter", "Runs.", [({}, totals.runs)])
    yield _Family("runs_failed", "counter", "Runs that did not end well.", [({}, totals.failed)])
    yield _Family("published_files", "counter", "Files sent to the target.", [({}, totals.sent)])
    yield _Family("published_bytes", "counter", "Bytes sent to the target.", [({}, totals.bytes)], "bytes")
    yield _gauge("alerts_open", "Things that people were told of and that are not over.",
                 sum(each.told is not None for each in memory.open.values()))  # fmt: skip
    yield _gauge(
        "alerts_unsent", "Messages that could not be sent yet.", sum(map(len, memory.unsent.values()))
    )
    yield from _of_sources(run)
    if run.held:
        yield _gauge("held_posts", "Posts that wait for an editor.", run.held.posts)
        yield _gauge(
            "held_oldest_timestamp", "Since when the oldest of them waits.", _at(run.held.oldest), "seconds"
        )
    if run.sizes:
        yield _gauge("output_files", "Files of the site.", run.sizes.files)
        of = {
            "output": run.sizes.output,
            "store": run.sizes.store,
            "pictures": run.sizes.pictures,
            "free": run.sizes.free,
        }
        for name, count in of.items():
            said = "What the disk has left." if name == "free" else f"Size of the {name}."
            yield _gauge(f"{'disk_free' if name == 'free' else name}", said, count, "bytes")
    if run.published:
        yield _gauge(
            "release_timestamp", "Since when the live release is live.", _at(run.published.at), "seconds"
        )


def _of_sources(run: Run) -> Iterator[_Family]:
    every = [({"source": each.name, "network": each.network}, each) for each in run.sources or ()]
    yield _Family(
        "source_up", "gauge", "1 where the account answers and nothing is odd about it.",
        [(labels, each.is_up) for labels, each in every],
    )  # fmt: skip
    ages = [(labels, (run.ended - each.fresh).total_seconds()) for labels, each in every if each.fresh]
    yield _Family(
        "source_age_seconds", "gauge", "How long before the end of the run the account last answered well.", ages,
        "seconds",
    )  # fmt: skip
    newest = [(labels, each.newest.timestamp()) for labels, each in every if each.newest]
    yield _Family(
        "source_newest_timestamp_seconds", "gauge", "When its newest post was published.", newest, "seconds"
    )
    yield _Family(
        "source_posts", "gauge", "Posts of the account.", [(labels, each.posts) for labels, each in every]
    )
    yield _Family(
        "source_held_posts",
        "gauge",
        "Posts of it that are held.",
        [(labels, each.held) for labels, each in every],
    )
    left = [
        ({"source": each.source}, left)
        for each in run.tokens or ()
        if (left := _left(each, run.ended)) is not None
    ]
    yield _Family(
        "token_left_seconds", "gauge", "Until the token ends; 0 where it is missing.", left, "seconds"
    )


def _gauge(name: str, said: str, value: float | None, unit: str = "") -> _Family:
    full = f"{name}_{unit}" if unit else name
    return _Family(full, "gauge", said, [] if value is None else [({}, value)], unit)


def _lines(family: _Family) -> Iterator[str]:
    samples = [*family.samples]
    if not samples:
        return
    name = f"forecourt_{family.name}"
    yield f"# TYPE {name} {family.type}"
    if family.unit:
        yield f"# UNIT {name} {family.unit}"
    yield f"# HELP {name} {family.help.translate(_ESCAPES)}"
    suffix = "_total" if family.type == "counter" else ""
    for labels, value in samples:
        said = ",".join(f'{label}="{each.translate(_ESCAPES)}"' for label, each in labels.items())
        yield f"{name}{suffix}{f'{{{said}}}' if said else ''} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"


def _left(token: Expiring, now: datetime) -> float | None:
    if token.is_missing:
        return 0
    return (token.ends - now).total_seconds() if token.ends else None


def _at(when: datetime | None) -> float | None:
    return when.timestamp() if when else None
