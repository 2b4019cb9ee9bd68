"""Sources of which none has anything new cost a request each, and little else.

`invoke bench polling` measures the same with 5,000 of them, in seconds and bytes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.hosts import Hosts, feed
from bench.thousand import hub
from forecourt import config, ingest
from forecourt.accounts import link
from forecourt.fetch import Workers
from forecourt.report import Listener, Report, SourceReport
from forecourt.store import Store
from tests.conftest import NOW, ROOT
from tests.fetch.conftest import Site
from tests.fetch.test_door import reply

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")

SOURCES = (40, 160)
STATEMENTS = 3
"""For each source: its posts counted, when the newest came, what was learnt."""

Figure = Callable[[str], None]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@dataclass
class Work:
    """What a run had read in worker processes, and what it said to SQLite, by the first word."""

    read: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count what is done while the body of the block runs."""
    work = Work()
    connect, run = sqlite3.connect, Workers.run

    def watched(*args: Any, **options: Any) -> sqlite3.Connection:  # Any: as it came
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(lambda said: work.said.update([said.split()[0]]))
        return connection

    async def noted(self: Workers, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        work.read.append(function.__name__)
        return await run(self, function, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", watched)
        patch.setattr(Workers, "run", noted)
        yield work


def fetched(environ: dict[str, str], hours: float, told: Listener = Listener()) -> Report:
    """What `invoke fetch` does, in this process, so many hours after the first time."""
    found = config.load(config.read_settings(ROOT / "pelicanconf.py"), ROOT, environ)
    now = NOW + timedelta(hours=hours)
    with Store(found.store, found.timezone) as store:
        return asyncio.run(ingest.fetch(found, link(found, environ), store, now, told=told))


def statuses(report: Report) -> Counter[str]:
    return Counter(source.status for source in report.sources)


@pytest.mark.promise(8, 60)
def test_sources_in_which_nothing_changed_cost_a_request_and_three_statements_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    works = []
    for sources in SOURCES:
        folder = tmp_path / str(sources)
        folder.mkdir()
        with Hosts(sources // 4, feeds=4, entries=2) as hosts:
            environ = hub(folder, hosts.urls)
            assert statuses(fetched(environ, 0)) == {"new": sources}
            asked, documents = hosts.asked, hosts.read
            with counted(monkeypatch) as work:
                assert statuses(fetched(environ, 6)) == {"same": sources}
            assert hosts.asked - asked == sources
            assert hosts.read == documents, "every one was answered with 304"
        assert work.read == [], "no document went to a worker"
        works.append(work)

    more = SOURCES[1] - SOURCES[0]
    each = (works[1].said.total() - works[0].said.total()) / more
    transactions = [work.said["BEGIN"] for work in works]
    figure(f"{each:.2f} statements for each of {SOURCES[1]} sources, {transactions[1]} transactions")
    assert each <= STATEMENTS + 3 / ingest.TOGETHER
    assert transactions[1] - transactions[0] <= more / ingest.TOGETHER


@pytest.mark.promise(8)
@pytest.mark.parametrize("header", ["ETag", "Last_Modified", ""])
def test_only_documents_that_changed_are_parsed(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    """Whether the server knows validators and does not heed them, or knows none: the same bytes are the same."""

    def answer(name: str, entries: int) -> bytes:
        validator = {header: f'"{entries}"'} if header else {}
        return reply(feed(name, entries), Content_Type="application/atom+xml", **validator)

    names = [f"source-{number}" for number in range(4)]
    site.routes |= {f"/{name}": answer(name, 3) for name in names}
    environ = hub(tmp_path, [site.url(f"/{name}") for name in names])
    with counted(monkeypatch) as first:
        fetched(environ, 0)
    with counted(monkeypatch) as same:
        assert statuses(fetched(environ, 6)) == {"same": 4}
    site.routes["/source-2"] = answer("source-2", 4)
    with counted(monkeypatch) as changed:
        assert statuses(fetched(environ, 12)) == {"same": 3, "new": 1}

    assert (first.read, same.read, changed.read) == (["advance"] * 4, [], ["advance"])
    assert len(site.asked) == 12


class Breaking(Listener):
    """Breaks once so many sources are done."""

    def __init__(self, after: int) -> None:
        self.left = after

    def source(self, report: SourceReport) -> None:
        self.left -= 1
        if not self.left:
            raise RuntimeError("broken")


def test_what_was_learnt_is_kept_when_a_run_breaks_off(tmp_path: Path) -> None:
    with Hosts(12, entries=1) as hosts:
        environ = hub(tmp_path, hosts.urls)
        fetched(environ, 0)
        with pytest.raises(RuntimeError, match="broken"):
            fetched(environ, 6, Breaking(5))

    found = config.load(config.read_settings(ROOT / "pelicanconf.py"), ROOT, environ)
    with Store(found.store, found.timezone) as store:
        checked = [state.checked for state in store.sources.all().values()]
    assert checked.count(NOW + timedelta(hours=6)) >= 5


def test_the_bench_counts_what_it_plays(tmp_path: Path) -> None:
    with Hosts(3, feeds=2, entries=1, delay=0.01) as hosts:
        environ = hub(tmp_path, hosts.urls)
        reports = [fetched(environ, hours) for hours in (0, 6)]

    assert len(set(hosts.urls)) == 6
    assert (hosts.asked, hosts.read) == (12, 6)
    assert all(report.seconds >= 0.02 for report in reports), "one feed of an address after the other"
