"""Thousands of sources of which none has anything new, asked again by the real `invoke fetch`.

5,000 sources: at most 5 seconds of processor time and 150 MB for all its processes; and from
servers that take 200 ms to answer, no more than 1.5 times what the answers alone take, one after
the other in as many lines as are asked at once. They are asked in two ways: at an address each,
and at a few addresses with many feeds each, which are asked for one after the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.cost import Cost, measure
from bench.hosts import Hosts
from bench.thousand import hub, with_sockets
from forecourt.config import surroundings
from forecourt.console import say
from forecourt.ingest import AT_ONCE

FILES = 1024
"""Files and connections that `invoke fetch` may have open, as most systems let a program."""

_FIRST = datetime(2026, 11, 22, 9, tzinfo=UTC)
_APART = timedelta(hours=6)
"""Between the runs: longer than any source is left alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """One fetch: what it cost, what the servers were asked, and how many sources were as before."""

    cost: Cost
    asked: int
    read: int
    same: int


def runs(sources: int, addresses: int, entries: int, delays: Sequence[float]) -> Iterator[Run]:
    """Link so many sources at so many addresses and read them once, then ask again with each of the delays."""
    feeds = sources // addresses
    with (
        with_sockets(addresses + 2000),
        tempfile.TemporaryDirectory() as folder,
        Hosts(addresses, entries=entries, feeds=feeds) as hosts,
    ):
        environ = hub(Path(folder), hosts.urls)
        for number, delay in enumerate((0.0, *delays)):
            hosts.delay = delay
            yield _run(hosts, environ, _FIRST + number * _APART)


def _run(hosts: Hosts, environ: Mapping[str, str], now: datetime) -> Run:
    asked, read = hosts.asked, hosts.read
    path = surroundings()[0].get("PATH", "")
    command = f'ulimit -n {FILES} && exec "{sys.executable}" -m invoke fetch --json'
    cost = measure(["sh", "-c", command], {"PATH": path, **environ, "HUB_NOW": now.isoformat()})
    if cost.code:
        raise RuntimeError(f"invoke fetch ended with {cost.code}: {cost.err}")
    same = sum(source["status"] == "same" for source in json.loads(cost.out)["sources"])
    return Run(cost, hosts.asked - asked, hosts.read - read, same)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.polling", description=__doc__)
    parser.add_argument("--sources", type=int, default=5000)
    parser.add_argument("--addresses", type=int, nargs="+", default=[5000, 250])
    parser.add_argument("--entries", type=int, default=20, help="of each feed")
    parser.add_argument("--delays", type=float, nargs="+", default=[0, 0.2], help="of an answer, in seconds")
    chosen = parser.parse_args(arguments)
    for addresses in chosen.addresses:
        say(f"{chosen.sources} sources at {addresses} addresses")
        for delay, run in zip(
            ("read first", *chosen.delays),
            runs(chosen.sources, addresses, chosen.entries, chosen.delays),
            strict=True,
        ):
            told = f"{run.cost}; {run.asked} requests, {run.read} documents, {run.same} the same"
            if isinstance(delay, float) and delay:
                least = chosen.sources * delay / AT_ONCE
                told += f"; {run.cost.seconds / least:.2f} of the {least:.1f} s that the answers take"
            say(f"  {delay if isinstance(delay, str) else f'answers after {delay:g} s'}: {told}")


if __name__ == "__main__":
    main()
