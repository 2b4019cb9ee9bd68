"""A thousand sources, a tenth of which hang, in one run of the real `invoke fetch`.

Promise 14: 900 fresh within 120 seconds and 300 MB. A second run follows in which nothing changed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cost import Cost, invoke
from bench.hosts import Hosts
from forecourt.console import say

if sys.platform != "win32":
    import resource

_FINE = (0, 3)  # everything was read, or some sources keep what they had


@dataclass(frozen=True, slots=True)
class Run:
    """One fetch: what it cost, and how many sources it read."""

    cost: Cost
    fresh: int
    asked: int


def runs(sources: int, hanging: int, entries: int, *moments: str) -> list[Run]:
    """Fetch so many sources at each of the moments, from a hub in a folder that is gone afterwards."""
    with (
        with_sockets(sources * 2),  # one for each host, and one for each of its conversations
        tempfile.TemporaryDirectory() as folder,
        Hosts(sources, hanging=hanging, entries=entries) as hosts,
    ):
        environ = hub(Path(folder), hosts.urls)
        found = []
        for moment in moments:
            cost = invoke("fetch", "--json", environ=environ | {"HUB_NOW": moment})
            if cost.code not in _FINE:
                raise RuntimeError(f"invoke fetch ended with {cost.code}: {cost.err}")
            said = json.loads(cost.out)["sources"]
            fresh = sum(source["status"] in {"new", "changed", "same"} for source in said)
            found.append(Run(cost, fresh, len(said)))
        return found


@contextmanager
def with_sockets(number: int) -> Iterator[None]:
    """Let this process, and those that it starts, have so many open, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, number + 200)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def hub(folder: Path, urls: Sequence[str]) -> dict[str, str]:
    """Link the feeds in a hub of that folder; the environment to run it with."""
    sources = folder / "sources.toml"
    sources.write_text(
        "\n".join(
            f'[[source]]\nname = "source-{number}"\nconnector = "feed"\nurl = "{url}"\n'
            for number, url in enumerate(urls)
        ),
        encoding="utf-8",
    )
    return {
        "HOME": str(folder),
        "HUB_SOURCES": str(sources),
        "HUB_STATE": str(folder / "state"),
        "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.thousand", description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--hanging", type=int, default=100)
    parser.add_argument("--entries", type=int, default=20, help="of each feed")
    chosen = parser.parse_args(arguments)
    moments = ("2026-11-22T09:00Z", "2026-11-22T12:00Z")
    for run, what in zip(
        runs(chosen.sources, chosen.hanging, chosen.entries, *moments),
        ("new", "nothing changed"),
        strict=True,
    ):
        say(f"{what}: {run.fresh} of {run.asked} sources fresh in {run.cost}")


if __name__ == "__main__":
    main()
