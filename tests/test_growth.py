"""What a run costs: as much as changed, not as much as there is; and a thousand sources at once.

`invoke bench thousand` and `invoke bench growth` measure the same at full scale, with the real tasks.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from bench.growth import ACCOUNTS, ENTRIES, MOMENTS, fill, steps
from bench.hosts import Hosts
from bench.thousand import hub, runs
from forecourt import config, ingest
from forecourt.accounts import link
from forecourt.fetch import Door, Limits
from forecourt.report import Report
from forecourt.store import Store
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8 and has /proc"
)

MEMORY = 300 * 2**20
DEADLINE = 5.0
"""Seconds that a source may take in a small run; `invoke fetch` gives it more."""

STEPS_PER_POST = 20
"""Steps of SQLite's machine: enough to look at a post in two indexes, too few to read it."""

Scale = Callable[[int, int], int]
Figure = Callable[[str], None]


def fetched(environ: dict[str, str], now: datetime) -> Report:
    """What `invoke fetch` does, in this process."""
    found = config.load(config.read_settings(ROOT / "pelicanconf.py"), ROOT, environ)
    with Store(found.store, found.timezone) as store:
        return asyncio.run(ingest.fetch(found, link(found, environ), store, now))


class Work:
    """What SQLite did: steps of its machine, in hundreds, and statements."""

    def __init__(self) -> None:
        self.steps = 0
        self.statements = 0

    def step(self) -> int:
        self.steps += 1
        return 0

    def statement(self, _: str) -> None:
        self.statements += 1


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count what SQLite does on every connection that is opened while the body of the block runs."""
    work = Work()
    connect = sqlite3.connect

    def watched(*args: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)  # type: ignore[call-overload]  # as it came
        connection.set_progress_handler(work.step, 100)
        connection.set_trace_callback(work.statement)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", watched)
        yield work


def test_what_sqlite_does_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        counted(monkeypatch) as work,
        Store(tmp_path / "store.sqlite", config.load({}, tmp_path, {}).timezone),
    ):
        pass

    assert work.steps > 5
    assert work.statements > 10


@pytest.mark.promise(60)
def test_a_fetch_costs_what_changed_and_not_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: Scale, figure: Figure
) -> None:
    sizes = (scale(200, 1000), scale(2000, 20_000))
    unchanged, one_more = [], []
    for size in sizes:
        folder = tmp_path / str(size)
        folder.mkdir()
        with Hosts(ACCOUNTS, entries=ENTRIES) as hosts:
            environ = hub(folder, hosts.urls)
            fill(environ, size)
            assert sum(source.new for source in fetched(environ, MOMENTS[0]).sources) == ACCOUNTS * ENTRIES
            with counted(monkeypatch) as work:
                report = fetched(environ, MOMENTS[1])
            assert {source.status for source in report.sources} == {"same"}
            unchanged.append(work)
            hosts.show(ENTRIES, first=1, only=hosts.urls[0])
            with counted(monkeypatch) as work:
                report = fetched(environ, MOMENTS[2])
            assert sum(source.new for source in report.sources) == 1
            one_more.append(work)

    assert unchanged[0].statements == unchanged[1].statements
    assert one_more[0].statements == one_more[1].statements
    more = sizes[1] - sizes[0]
    grown = [100 * (large.steps - small.steps) / more for small, large in (unchanged, one_more)]
    figure(
        f"{unchanged[1].statements} statements at {sizes[0]:,} and {sizes[1]:,} posts, "
        f"{grown[0]:.1f} steps of SQLite for each post there is"
    )
    assert max(grown) <= STEPS_PER_POST


@pytest.mark.promise(60)
def test_a_fetch_of_a_large_store_stays_within_its_time_and_memory(scale: Scale, figure: Figure) -> None:
    posts = scale(0, 10_000)
    if not posts:
        pytest.skip("with --thorough; every day the test before says it in steps")
    costs = {step.task: step.cost for step in steps(posts, builds=False)}

    worst = max(cost.together for cost in costs.values())
    calm = costs["fetch, unchanged"]
    figure(
        f"{posts:,} posts: {calm.cpu:.1f} s of processor time ({calm.seconds:.1f} s) "
        f"where nothing changed, {worst / 2**20:.0f} MB at most"
    )
    assert worst <= MEMORY
    assert calm.cpu <= 10


@pytest.mark.promise(14)
def test_sources_that_hang_hold_no_other_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    monkeypatch.setattr(ingest, "Door", partial(Door, limits=Limits(deadline=DEADLINE)))
    with Hosts(60, hanging=6, entries=3) as hosts:
        report = fetched(hub(tmp_path, hosts.urls), MOMENTS[0])

    fresh = [source for source in report.sources if source.status == "new"]
    late = [source for source in report.sources if source.status == "failed"]
    figure(f"{len(fresh)} of {len(report.sources)} fresh in {report.seconds:.1f} s, {len(late)} hung")
    assert (len(fresh), len(late)) == (54, 6)
    assert all("seconds" in source.error for source in late), "each says that it took too long"
    assert report.seconds < len(late) * DEADLINE, "they are not waited for one after the other"


@pytest.mark.promise(14)
def test_a_thousand_sources_of_which_a_tenth_hang_are_read_in_one_run(scale: Scale, figure: Figure) -> None:
    """Every day with fewer, of which none hangs: `invoke fetch` gives a source its thirty seconds."""
    sources, hanging = scale(20, 1000), scale(0, 100)
    [run] = runs(sources, hanging, ENTRIES, MOMENTS[0].isoformat())

    figure(
        f"{run.fresh} of {run.asked} fresh in {run.cost.seconds:.0f} s and {run.cost.together / 2**20:.0f} MB"
    )
    assert run.fresh == sources - hanging
    assert run.cost.seconds <= 120
    assert run.cost.together <= MEMORY
