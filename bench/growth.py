"""Whether a run costs what changed, or what is there: stores of growing size, fetched and built.

For each size a store is filled through its own API, then the real tasks run: `invoke fetch` and
`invoke build` while nothing has changed, and again when one account has one post more.
Promise 60: 300 MB at most, and an unchanged run within 10 seconds at 10,000 posts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.cost import ROOT, Cost, invoke
from bench.hosts import Hosts
from bench.thousand import hub
from forecourt import config
from forecourt.accounts import link
from forecourt.console import say
from forecourt.curate import decide
from forecourt.model import Author, Kind, Post
from forecourt.store import Store

ACCOUNTS = 10
ENTRIES = 20  # that each feed shows
_BATCH = 1000
_SPAN = timedelta(days=3 * 365)  # in which the archive was written
_NEWEST = datetime(2026, 10, 1, tzinfo=UTC)
_TOPICS = ("table", "garden", "kitchen", "light", "repair", "spring", "winter")
MOMENTS = tuple(datetime(2026, 11, 22, 9, tzinfo=UTC) + timedelta(hours=2 * run) for run in range(3))


@dataclass(frozen=True, slots=True)
class Step:
    """One task of one size, and what it cost."""

    posts: int
    task: str
    cost: Cost


def archive(source: str, number: int) -> Iterator[Post]:
    """So many posts of a source, spread over three years, the newest first."""
    for count in range(number):
        topic = _TOPICS[count % len(_TOPICS)]
        text = (
            f"What we made of the {topic} this week, number {count}: " + "oak, linen and a coat of oil. " * 12
        )
        yield Post(
            id=f"archive:{count}",
            source=source,
            kind=Kind.ARTICLE if count % 3 else Kind.NOTE,
            permalink=f"https://{source}.example/archive/{count}",
            title=f"The {topic}, number {count}",
            html=f"<p>{text}</p>",
            text=text,
            lang="en",
            author=Author(source, f"@{source}"),
            published=_NEWEST - _SPAN * count / number,
            tags=(topic,),
        )


def fill(environ: Mapping[str, str], posts: int) -> None:
    """Put so many posts into the hub's store, as many into each account."""
    found = config.load(config.read_settings(ROOT / "pelicanconf.py"), ROOT, environ)
    accounts = link(found, environ)
    with Store(found.store, found.timezone) as store:
        for account in accounts:
            rest = archive(account.name, posts // len(accounts))
            while batch := [(post, decide(post, account.rules)) for post in islice(rest, _BATCH)]:
                with store.transaction():
                    store.posts.save(account.name, batch, _NEWEST)


def steps(posts: int, *, builds: bool = True) -> Iterator[Step]:
    """Fill a store, then fetch and build: at first, unchanged, and with one post more."""
    with tempfile.TemporaryDirectory() as folder, Hosts(ACCOUNTS, entries=ENTRIES) as hosts:
        environ = hub(Path(folder), hosts.urls)
        fill(environ, posts)
        for what, moment in zip(("first", "unchanged", "one post more"), MOMENTS, strict=True):
            if what == "one post more":
                hosts.show(ENTRIES, first=1, only=hosts.urls[0])
            now = {"HUB_NOW": moment.isoformat()}
            yield Step(posts, f"fetch, {what}", _fine("fetch", environ=environ | now))
            if builds:
                out = ("--", "-o", str(Path(folder, "output")))
                yield Step(posts, f"build, {what}", _fine("build", *out, environ=environ | now))


def _fine(*words: str, environ: Mapping[str, str]) -> Cost:
    cost = invoke(*words, environ=environ)
    if cost.code:
        raise RuntimeError(f"invoke {words[0]} ended with {cost.code}: {cost.err}")
    return cost


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.growth", description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--fetch-only", action="store_true", help="build nothing, which takes the longest")
    chosen = parser.parse_args(arguments)
    for posts in chosen.posts:
        for step in steps(posts, builds=not chosen.fetch_only):
            say(f"{step.posts:>7,} posts: {step.task:<22} {step.cost}")


if __name__ == "__main__":
    main()
