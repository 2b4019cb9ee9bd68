"""The comparison with other generators: the same posts for all, and figures that can be trusted."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from markdown import markdown

from bench.compare import STEPS, Contest
from bench.corpus import NEWEST, Corpus, Entry
from bench.cost import invoke, measure
from bench.feeds import Sites
from bench.figures import Figures, Run
from bench.goals import Goal
from bench.hub import Forecourt
from bench.table import Comparison, as_json, as_markdown
from bench.tools import FULL, NOTHING, ONE, Tool
from bench.tree import Written, compare, look

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is measured stands in Linux's /proc")

MOST = 42
"""Files that one new post may write: its listings have three feeds each, and it is the first of its day."""

MORE = Written(files=12, written=3, differ=2, size=1000)


def run(tool: str, step: str, number: int, cpu: float, posts: int = 1000) -> Run:
    return Run(posts, tool, step, number, cpu, wall=cpu / 2, peak=2**20 * (number + 50), did=MORE)


def test_the_same_number_is_the_same_post_in_every_corpus_of_the_size() -> None:
    assert [*Corpus(300)] == [Corpus(300).entry(number) for number in range(300)]
    assert Corpus(300).entry(7) != Corpus(300, seed=6).entry(7)


def test_a_corpus_is_spread_over_three_years_sources_networks_and_tags() -> None:
    corpus = Corpus(3000)
    entries = [*corpus]

    moments = [entry.published for entry in entries]
    assert all(one < next_ for one, next_ in pairwise(moments))
    assert moments[-1] == NEWEST
    assert timedelta(days=1000) < NEWEST - moments[0] < timedelta(days=1100)
    assert corpus.entry(3000).published > NEWEST, "what comes in later is newer than all"
    assert len({entry.source for entry in entries}) == 200
    assert len({entry.network for entry in entries}) == 10
    assert len({tag for entry in entries for tag in entry.tags}) == 100
    numbers = Counter(len(entry.tags) for entry in entries)
    assert set(numbers) == {0, 1, 2}
    assert 0.9 < sum(number * count for number, count in numbers.items()) / 3000 < 1.1
    assert all(60 <= len(entry.text.split()) <= 200 for entry in entries)


@pytest.mark.parametrize("number", range(20))
def test_a_post_says_the_same_as_html_and_as_markdown(number: int) -> None:
    entry = Corpus(100).entry(number)

    assert markdown(entry.markdown) == entry.html
    assert "<a href=" in entry.html


def test_a_look_tells_what_was_written_and_what_really_differs(tmp_path: Path) -> None:
    for name in ("same", "touched", "changed", "replaced", "gone"):
        (tmp_path / name).write_text("before")
    before = look(tmp_path)

    os.utime(tmp_path / "touched", ns=(1, 1))
    (tmp_path / "changed").write_text("after")
    (tmp_path / "fresh").write_text("before")
    (fresh := tmp_path / "fresh").rename(tmp_path / "replaced")
    fresh.write_text("new")
    (tmp_path / "gone").unlink()

    did = compare(before, look(tmp_path, before))

    assert did == Written(files=5, written=5, differ=3, size=len("before" * 3 + "after" + "new"))


def test_processor_time_and_memory_are_those_of_the_command_and_all_that_it_began() -> None:
    held = bytearray(200 * 2**20)  # of this process, which must not count
    child = "kept = bytearray(90 * 2**20); sum(range(3_000_000))"
    work = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    cost = measure([sys.executable, "-c", work], {})
    idle = measure([sys.executable, "-c", "import time; time.sleep(0.3)"], {})

    left = measure(["sh", "-c", f"{sys.executable} -c 'sum(range(5_000_000))' & exit 0"], {})

    assert 90 * 2**20 < cost.largest <= cost.together < len(held)
    assert idle.cpu < idle.seconds / 2
    assert cost.cpu > idle.cpu
    assert left.cpu > idle.cpu, "what outlives the command is waited for, too"


def test_what_a_command_ends_with_and_says_is_kept_and_one_that_hangs_is_ended() -> None:
    cost = measure(["sh", "-c", "echo here; echo there >&2; exit 7"], {"PATH": os.defpath})

    assert (cost.code, cost.out, cost.err) == (7, "here\n", "there\n")
    with pytest.raises(TimeoutError, match=r"sleep 60 took more than 0\.2 seconds"):
        measure(["sleep", "60"], {"PATH": os.defpath}, 0.2)


@dataclass
class Fake(Tool):
    """Writes a file for each post, and those of the listing anew each time; fails where it is told to."""

    name = "fake"
    code: int = field(default=0, kw_only=True)
    ran: ClassVar[list[str]] = []

    def write(self) -> None:
        for entry in self.corpus:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        (self.folder / entry.slug).write_text(entry.html)

    @property
    def command(self) -> Sequence[str]:
        self.ran.append(self.name)
        return ["sh", "-c", f"mkdir -p {self.out} && cp --update * {self.out} && exit {self.code}"]


class Other(Fake):
    name = "other"


def test_a_contest_lets_all_take_turns_and_names_what_failed(tmp_path: Path) -> None:
    corpus = Corpus(10)
    Fake.ran.clear()
    good = Fake(corpus, tmp_path / "good", tmp_path / "good-out")
    bad = Other(corpus, tmp_path / "bad", tmp_path / "bad-out", code=3)
    contest = Contest([good, bad], corpus, timedelta(hours=1), seconds=20)

    runs = [*contest.runs(rounds=2)]

    assert [(each.step, each.round) for each in runs] == [
        (step, number) for number in (0, 1) for step in STEPS
    ]
    assert [each.did.written for each in runs] == [10, 0, 1, 11, 0, 1]
    assert Fake.ran == ["fake", "other"] + ["fake"] * 5, "who failed is not asked again"
    assert contest.notes == ["other, 10 posts, full: ended with 3: it said nothing"]
    assert good.now == NEWEST + timedelta(hours=6)


def test_forecourt_writes_nothing_where_nothing_is_new_and_little_for_one_post(tmp_path: Path) -> None:
    corpus = Corpus(60)
    tool = Forecourt(corpus, tmp_path / "ours", tmp_path / "out")
    contest = Contest([tool], corpus, timedelta(minutes=15), seconds=120)

    found = {each.step: each.did for each in contest.runs(rounds=1)}

    assert contest.notes == []
    assert len([*tool.out.glob("posts/*/index.html")]) == 61
    assert found[FULL].files > 61
    assert found[NOTHING].written == 0
    assert 0 < found[ONE].written <= MOST
    assert found[ONE].written == found[ONE].differ


def test_the_sites_of_a_corpus_serve_all_of_it_and_what_comes_in_later_once() -> None:
    corpus = Corpus(30)
    sites = Sites(corpus)
    later = corpus.entry(30)

    def served(head: bytes) -> dict[str, bytes]:
        return {address: b"".join(sites._said(address, head)) for address in sites._addresses}

    before = served(b"GET /feed.xml HTTP/1.1\r\n\r\n")
    assert sum(body.count(b"<entry>") for body in before.values()) == 30
    sites.add(later)
    sites.add(later)
    after = served(b"GET /feed.xml HTTP/1.1\r\n\r\n")
    assert sum(body.count(b"<entry>") for body in after.values()) == 31
    [changed] = [address for address in before if before[address] != after[address]]
    etag = after[changed].partition(b"ETag: ")[2].partition(b"\r")[0]
    again = served(b"GET /feed.xml HTTP/1.1\r\nIf-None-Match: " + etag + b"\r\n\r\n")
    assert again[changed].startswith(b"HTTP/1.1 304")
    assert all(b"An entry" in body for body in served(b"GET /post-3 HTTP/1.1\r\n\r\n").values())


@pytest.mark.parametrize(
    ("words", "module"), [((), "compare"), (("growth",), "growth"), (("-n", "growth"), "growth")]
)
def test_the_task_compares_unless_another_bench_is_named(words: Sequence[str], module: str) -> None:
    cost = invoke("bench", *words, "--", "--help", environ={})

    assert cost.out.startswith(f"usage: bench.{module} "), cost.err


def test_figures_are_medians_of_the_rounds() -> None:
    found = Figures.of([run("Hugo", FULL, number, cpu) for number, cpu in enumerate((9.0, 2.0, 4.0))])

    assert found.cpu(1000, "Hugo", FULL) == 4.0
    assert found.wall(1000, "Hugo", FULL) == 2.0
    assert found.peak(1000, "Hugo", FULL) == 52
    assert found.written(1000, "Hugo", FULL) == 3
    assert found.cpu(1000, "Hugo", ONE) is None


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("", 2, 2.0), True),
        (Goal("", 2, 2.1), False),
        (Goal("", 2, 2.1, at_least=True), True),
        (Goal("", 2, 1.9, at_least=True), False),
        (Goal("", 2, None), None),
    ],
)
def test_a_goal_is_met_within_its_limit(goal: Goal, met: bool | None) -> None:
    assert goal.is_met is met


def test_the_table_says_the_same_to_people_and_to_machines() -> None:
    runs = [
        run(tool, step, 0, cpu, posts)
        for tool, cpu in (("Forecourt", 0.5), ("Hugo", 20.0))
        for posts in (1000, 10_000)
        for step in STEPS
    ]
    comparison = Comparison(
        {"cores": "2"}, {"Hugo": "1.2"}, {"rounds": 1}, runs, ["Eleventy is not installed"]
    )

    said = as_markdown(comparison)
    assert "cores: 2.\n" in said
    assert "Hugo 1.2.\n" in said
    assert (
        "| Forecourt | 0.50 | 0.25 | 20,000 | 40.0 | 50 | 12 | 0 | 0.50 | 3 | 0.50 | 0.25 | 3 | 2 | 40.0 |"
        in said
    )
    assert "| Hugo | one new | 20.0 | 20.0 | 1.00 |" in said
    assert "| one new post at 10,000: times cheaper than Hugo | ≥ 12 | 40.0 | yes |" in said
    assert "100,000" not in said, "what was not measured is not told"
    assert said.endswith("* Eleventy is not installed\n")
    found = json.loads(as_json(comparison))
    assert found["machine"] == {"cores": "2"}
    assert len(found["runs"]) == 12
    assert {each["posts"] for each in found["figures"]} == {1000, 10_000}
    assert [goal["reached"] for goal in found["goals"] if "10,000: times cheaper" in goal["text"]] == [40.0]
