"""Forecourt beside other generators, on the same posts with the same markup: `invoke bench`.

Each builds its site from nothing, again when nothing is new, and again with one post
more. They take turns, round after round, so that a machine's moods meet all of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bench import machine, peers, table
from bench.corpus import NEWEST, Corpus
from bench.cost import measure
from bench.feeds import FetchedForecourt, Osmosfeed, Sites
from bench.figures import Run
from bench.hub import Forecourt, OneCore, OwnTheme
from bench.peers import Peer
from bench.tools import FULL, NOTHING, ONE, Eleventy, FromFiles, Hugo, HugoFromHtml, Pelican, Tool
from bench.tree import Tree, compare, look
from forecourt.config import VERSION, surroundings

OURS: Sequence[type[Forecourt]] = (Forecourt, OneCore, OwnTheme)
OTHERS: Sequence[type[FromFiles]] = (Hugo, HugoFromHtml, Eleventy, Pelican)
STEPS = (FULL, NOTHING, ONE)
LARGE = 10_000
"""Posts above which the others are measured in the first round only: they take minutes."""

_RAM = Path("/dev", "shm")  # the disk in memory that Linux has
_APART = timedelta(minutes=15)
_FETCHES_APART = timedelta(hours=12)  # longer than a source is left alone


class Contest:
    """Tools side by side on one corpus. ``notes`` says which of them failed, and at what."""

    def __init__(self, tools: Sequence[Tool], corpus: Corpus, apart: timedelta, seconds: float) -> None:
        """Lay out all sites; ``apart`` is the time between two steps, ``seconds`` what a command may take."""
        self._corpus = corpus
        self._apart = apart
        self._seconds = seconds
        self._tools = [*tools]
        self._trees: dict[str, Tree] = {}
        self.notes: list[str] = []
        for tool in tools:
            tool.folder.mkdir(parents=True)
            tool.write()

    def runs(self, rounds: int) -> Iterator[Run]:
        """Measure, in turn; the order of the tools changes from round to round."""
        for number in range(rounds):
            for step in STEPS:
                for tool in self._tools[:: -1 if number % 2 else 1]:
                    is_late = number and self._corpus.posts > LARGE and not isinstance(tool, Forecourt)
                    if step in tool.steps and not is_late:
                        yield from self._run(tool, step, number)

    def _run(self, tool: Tool, step: str, number: int) -> Iterator[Run]:
        """One run; none of a tool that failed, from then on."""
        tool.now = NEWEST + timedelta(hours=1) + self._apart * (number * len(STEPS) + STEPS.index(step))
        if step == FULL:
            tool.clear()
        if step == ONE:
            tool.add(self._corpus.entry(self._corpus.posts + number))
        before = {} if step == FULL else self._trees[tool.name]
        environ = {"PATH": surroundings()[0].get("PATH", ""), **tool.environ}
        os.sync()  # what the one before left to be written shall not weigh on this one
        why = ""
        try:
            cost = measure(tool.first if step == FULL else tool.command, environ, self._seconds, tool.home)
        except TimeoutError:
            why = f"took more than {self._seconds:g} seconds"
        else:
            why = f"ended with {cost.code}: {_last(cost.err or cost.out)}" if cost.code else ""
        if why:
            self._tools.remove(tool)
            self.notes.append(f"{tool.name}, {self._corpus.posts:,} posts, {step}: {why}")
            return
        self._trees[tool.name] = look(tool.out, before)
        did = compare(before, self._trees[tool.name])
        yield Run(self._corpus.posts, tool.name, step, number, cost.cpu, cost.seconds, cost.together, did)


def builds(
    posts: int, chosen: argparse.Namespace, found: Mapping[str, Peer], notes: list[str]
) -> Iterator[Run]:
    """Compare the builds at one size."""
    with ExitStack() as opened:
        folders, outs = _places(opened, chosen)
        corpus = Corpus(posts)
        tools: list[Tool] = [ours(corpus, folders / ours.__name__, outs / ours.__name__) for ours in OURS]
        tools += [
            other(corpus, folders / other.__name__, outs / other.__name__, program=found[other.name].program)
            for other in OTHERS
            if other.name in found
        ]
        asked = [tool for tool in tools if tool.most >= posts and _is_chosen(tool.name, chosen.only)]
        contest = Contest(asked, corpus, _APART, chosen.timeout)
        yield from contest.runs(chosen.rounds)
        notes += contest.notes


def fetches(
    posts: int, chosen: argparse.Namespace, found: Mapping[str, Peer], notes: list[str]
) -> Iterator[Run]:
    """Compare those that fetch feeds and build, at so many posts in all feeds together."""
    corpus = Corpus(posts)
    with ExitStack() as opened:
        sites = opened.enter_context(Sites(corpus))
        folders, outs = _places(opened, chosen)
        tools: list[Tool] = [FetchedForecourt(corpus, folders / "ours", outs / "ours", sites=sites)]
        if peer := found.get(Osmosfeed.name):
            tools.append(
                Osmosfeed(corpus, folders / "other", outs / "other", program=peer.program, sites=sites)
            )
        asked = [tool for tool in tools if _is_chosen(tool.name, chosen.only)]
        contest = Contest(asked, corpus, _FETCHES_APART, chosen.timeout)
        yield from contest.runs(chosen.rounds)
        notes += contest.notes


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser("bench.compare", description=__doc__)
    parser.add_argument("--posts", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="the sizes")
    parser.add_argument(
        "--fetched", type=int, default=1_000, help="posts to fetch and build; 0 leaves that out"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="tools whose names begin so, such as hugo")
    parser.add_argument("--ram", action="store_true", help="let all write to memory and not to the disk")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that one command may take")
    parser.add_argument("--peers", type=Path, default=peers.FOLDER, help="where the others are installed")
    parser.add_argument("--install", action="store_true", help="get the others from PyPI and npm first")
    parser.add_argument("--write", type=Path, help="folder for bench.md and bench.json")
    chosen = parser.parse_args(arguments)
    if chosen.install:
        peers.install(chosen.peers)
    found = peers.installed(chosen.peers)
    about = machine.describe(_RAM if chosen.ram else Path(tempfile.gettempdir()))
    missing = [other.name for other in _others() if other.name not in found]
    notes = [f"{name} is not installed; --install gets it" for name in missing]
    runs = [run for posts in chosen.posts for run in _told(builds(posts, chosen, found, notes))]
    fetched = [*_told(fetches(chosen.fetched, chosen, found, notes))] if chosen.fetched else []
    said = table.Comparison(
        machine=about,
        versions=_versions(found, {run.tool for run in (*runs, *fetched)}),
        options={
            "posts": chosen.posts,
            "fetched": chosen.fetched,
            "rounds": chosen.rounds,
            "ram": chosen.ram,
        },
        runs=runs,
        notes=notes,
        fetched=fetched,
    )
    print(table.as_markdown(said))
    if chosen.write:
        chosen.write.mkdir(parents=True, exist_ok=True)
        (chosen.write / "bench.md").write_text(table.as_markdown(said), encoding="utf-8")
        (chosen.write / "bench.json").write_text(table.as_json(said), encoding="utf-8")


def _others() -> Sequence[type[Tool]]:
    return [*OTHERS, Osmosfeed]


def _places(opened: ExitStack, chosen: argparse.Namespace) -> tuple[Path, Path]:
    """A folder for what is read, and one for what is written; both go afterwards."""
    folders = Path(opened.enter_context(tempfile.TemporaryDirectory()))
    outs = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=_RAM if chosen.ram else folders)))
    return folders, outs


def _is_chosen(name: str, only: Sequence[str]) -> bool:
    return not only or any(name.lower().startswith(word.lower()) for word in only)


def _told(runs: Iterator[Run]) -> Iterator[Run]:
    """Say each as it ends, for whoever waits."""
    for run in runs:
        print(
            f"{run.posts:>7,}  {run.tool:<26} {run.step:<12} {run.cpu:7.2f} CPU s {run.wall:7.2f} s "
            f"{run.peak / 2**20:6.0f} MB  {run.did.written:,} of {run.did.files:,} files",
            file=sys.stderr,
            flush=True,
        )
        yield run


def _versions(found: Mapping[str, Peer], measured: set[str]) -> Mapping[str, str]:
    others = {name: peer.version for name, peer in found.items() if name in measured}
    return {Forecourt.name: VERSION, **others}


def _last(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")


if __name__ == "__main__":
    main()
