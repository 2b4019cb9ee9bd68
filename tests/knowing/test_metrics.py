"""The metrics, held to the specification of OpenMetrics 1.0 line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from forecourt.knowing import alerts
from forecourt.knowing.alerts import Memory
from forecourt.knowing.metrics import metrics
from forecourt.knowing.records import Step
from tests.conftest import NOW
from tests.knowing.runs import HOSTILE, health, hostile, run, token

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
META = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.+)")
# A label's value holds no bare quote, backslash or line break (the ABNF of section "Overall Structure").
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?)")
SUFFIXES = {"gauge": "", "counter": "_total"}
"""The types that OpenMetrics and the format before it have in common, which is all that node_exporter reads."""


@dataclass
class Family:
    type: str = ""
    unit: str = ""
    help: str = ""
    samples: dict[tuple[str, ...], float] = field(default_factory=dict)


def read(text: str) -> dict[str, Family]:
    """The families of an exposition; fails where the specification forbids what stands there."""
    assert text.endswith("\n# EOF\n")
    families: dict[str, Family] = {}
    current = ""
    for line in text.split("\n")[:-2]:
        if meta := META.fullmatch(line):
            kind, name, said = meta.groups()
            if name != current:
                assert name not in families, f"{name} is interleaved"
                families[name], current = Family(), name
            assert not families[name].samples, f"{kind} of {name} stands behind its samples"
            assert not getattr(families[name], kind.lower()), f"{kind} of {name} twice"
            setattr(families[name], kind.lower(), said)
            continue
        found = SAMPLE.fullmatch(line)
        assert found, line
        name, labels, value = found.groups()
        family = families[current]
        assert name == current + SUFFIXES[family.type], line
        key = tuple(sorted(re.findall(LABEL, labels or "")))
        names = [each.partition("=")[0] for each in key]
        assert len({*names}) == len(names), line
        assert key not in family.samples, f"{line} twice"
        family.samples[key] = float(value)
        assert family.type != "counter" or float(value) >= 0
    for name, family in families.items():
        assert family.type in SUFFIXES, name
        assert family.help, name
        assert not family.unit or name.endswith(f"_{family.unit}"), name
        assert not name.endswith(("_total", "_created", "_bucket", "_count", "_sum")), name
        assert name.startswith("forecourt_")
        # Whatever measures time or bytes says so.
        assert family.unit == next(
            (unit for unit in ("seconds", "bytes") if name.endswith(f"_{unit}")), ""
        ), name
    samples = [name + SUFFIXES[family.type] for name, family in families.items()]
    assert len({*samples}) == len(samples)
    return families


def test_a_run_is_told_in_numbers() -> None:
    quiet = health("north", fresh=NOW - timedelta(hours=2), error="it is out of order", held=4)
    made = run(
        sources=(health(), quiet, health("east", fresh=None, newest=None)),
        tokens=(token(ends=NOW + timedelta(days=2)), token("x", is_missing=True), token("y")),
        exit=3,
    )
    memory, _ = alerts.judged(made, Memory())

    found = read(metrics(made, memory))

    def of(name: str, *labels: str) -> float:
        return found[f"forecourt_{name}"].samples[labels]

    assert of("run_exit_code") == 3
    assert of("run_duration_seconds") == 12
    assert of("success_timestamp_seconds") == NOW.timestamp()
    assert of("step_duration_seconds", 'outcome="done"', 'step="fetch"') == 1.25
    assert of("source_up", 'network="feed"', 'source="larkwood-blog"') == 1
    assert of("source_up", 'network="feed"', 'source="north"') == 0
    assert of("source_age_seconds", 'network="feed"', 'source="north"') == 7200
    assert len(found["forecourt_source_age_seconds"].samples) == 2, (
        "of one that never answered there is no age"
    )
    assert of("source_held_posts", 'network="feed"', 'source="north"') == 4
    assert found["forecourt_token_left_seconds"].samples == {
        ('source="larkwood-insta"',): 172800,
        ('source="x"',): 0,
    }
    assert of("runs") == 1
    assert of("published_files") == 3
    assert of("published_bytes") == 4096
    assert of("output_bytes") == 2**22
    assert of("alerts_open") == 2
    assert found["forecourt_program_info"].samples == {('site="https://hub.example"', 'version="0.1.0"'): 1}


def test_counters_only_grow() -> None:
    memory, before = Memory(), 0.0
    for number in range(5):
        made = run(NOW + timedelta(hours=number), exit=5 if number % 2 else 0)
        memory, _ = alerts.judged(made, memory)
        sent = read(metrics(made, memory))["forecourt_published_files"].samples[()]
        assert sent == before + 3
        before = sent
    assert memory.totals.runs == 5
    assert memory.totals.failed == 2
    assert memory.totals.success == NOW + timedelta(hours=4)


def test_whatever_strangers_wrote_is_a_label_and_nothing_else() -> None:
    families = read(metrics(hostile(), Memory()))
    (labels,) = families["forecourt_source_up"].samples
    escaped = HOSTILE.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"').replace("\r", " ")
    assert f'network="{escaped}"' in labels


def test_what_a_run_did_not_look_at_is_not_there() -> None:
    bare = run(
        sources=None, tokens=None, held=None, sizes=None, published=None, steps=(Step("pull", "failed", 0.1),)
    )
    found = read(metrics(bare, Memory()))
    assert not [
        name for name in found if name.startswith(("forecourt_source", "forecourt_output", "forecourt_token"))
    ]
    assert "forecourt_success_timestamp_seconds" not in found
