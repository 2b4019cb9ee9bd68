"""What it costs when an editor changes a word of rules.toml: `invoke bench rules`.

A store is filled through its own API with posts as `bench.judging` makes them, thirty rules and three word lists are
read from a file as editors write it, and a word that 1 post in 500 has is put into a list and taken out again. Counted
is the processor time of bringing the store in line, the store's reading and writing included, and which posts are
others then. With fewer posts the site is built before and after; each file that was written again must have other
bytes, and one that is built from nothing must be the same.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import judging, tree
from bench.cost import invoke
from forecourt import config
from forecourt.accounts import link
from forecourt.console import say
from forecourt.model import Post
from forecourt.settling import settle
from forecourt.store import SourceState, Store

POSTS, BUILT = 100_000, 5000
MOST_SECONDS = 10
_SOURCES = 20
_EVERY = 500
_NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
_PLANTED = "quokkamarket"
_UNUSED = "zzzwombat"
_BATCH = 1000


class Hub:
    """A hub of so many posts in a folder of its own."""

    def __init__(self, folder: Path, posts: int) -> None:
        self.folder = folder
        (folder / "content").mkdir()
        tables = (
            f'[[source]]\nname = "source-{number}"\nconnector = "feed"\nurl = "https://source-{number}.example/"\n'
            for number in range(_SOURCES)
        )
        (folder / "sources.toml").write_text("\n".join(tables), encoding="utf-8")
        self.config = config.load(
            {"PATH": str(folder / "content"), "TIMEZONE": "Europe/Paris", **self.environ}, folder, {}
        )
        self.accounts = link(self.config, {})
        self.lists(_UNUSED)
        self._fill(posts)

    @property
    def environ(self) -> Mapping[str, str]:
        """What the tasks are told."""
        return {
            "HUB_SOURCES": str(self.folder / "sources.toml"),
            "HUB_STATE": str(self.folder / "state"),
            "HUB_LANGUAGES": "en",
            "HUB_BRAND": json.dumps({"logo": "", "hero": ""}),
        }

    def lists(self, word: str) -> None:
        """Write the rules with this word in the first of their lists."""
        text = judging.rules().replace('= ["', f'= ["{word}", "', 1)
        limits = text.index('[[rule]]\ndo = "hold"\nper_day')
        (self.folder / "content/rules.toml").write_text(text[:limits], encoding="utf-8")

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, left as a fetch leaves it."""
        with Store.run(self.config.store, self.config.timezone, "fetch", _NOW, keep=True) as store:
            yield store

    def settle(self) -> tuple[float, set[str]]:
        """Bring the store in line: the processor seconds, and the keys of the posts that are others."""
        with self.store() as store:
            before, start = store.posts.counter(), time.process_time()
            settle(store, self.accounts, self.config, _NOW)
            return time.process_time() - start, {*store.changes.posts_since(before)}

    def build(self, output: Path) -> None:
        """Make the site. Raises RuntimeError when it ends badly."""
        words = ("build", "--", str(self.folder / "content"), "-o", str(output))
        cost = invoke(*words, environ={**self.environ, "HOME": str(self.folder), "HUB_NOW": _NOW.isoformat()})
        if cost.code:
            raise RuntimeError(f"invoke build ended with {cost.code}: {cost.err}")

    def _fill(self, posts: int) -> None:
        with self.store() as store:
            curator = settle(store, self.accounts, self.config, _NOW)
            for seed, account in enumerate(self.accounts):
                made = [
                    (_of(replace(post, published=when), account.name, number), when)
                    for number, (post, when) in enumerate(judging.posts(posts // _SOURCES, seed))
                ]
                for start in range(0, len(made), _BATCH):
                    judged = curator.judged(account, store, made[start : start + _BATCH])
                    with store.transaction():
                        store.posts.save(account.name, judged, _NOW)
                with store.transaction():
                    state = store.sources.all().get(account.name, SourceState(account.name))
                    store.sources.save(replace(state, fresh=_NOW))
            settle(store, self.accounts, self.config, _NOW)

    def having(self) -> set[str]:
        """The keys of published posts that have the planted word."""
        with self.store() as store:
            return {
                stored.key
                for account in self.accounts
                for stored in store.posts.each_of(account.name)
                if _PLANTED in stored.post.text and store.review.one(stored.key).status != "rejected"
            }


def _of(post: Post, source: str, number: int) -> Post:
    """The post as one of that source, the planted word in every so many."""
    said = f"{post.text} {_PLANTED}" if number % _EVERY == 0 else post.text
    return replace(post, source=source, permalink=f"https://{source}.example/{post.id}", text=said)


def settled(posts: int) -> bool:
    """Whether a word costs no more than it may, and concerns the posts that have it and no others."""
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder), posts)
        wanted = hub.having()
        for what, word in (("a word put in", _PLANTED), ("taken out", _UNUSED), ("nothing changed", _UNUSED)):
            hub.lists(word)
            seconds, changed = hub.settle()
            expected = wanted if word == _PLANTED or what == "taken out" else set()
            say(f"{posts:>7,} posts: {what:<16} {seconds:6.2f} CPU s, {len(changed)} posts are others")
            fine = fine and seconds <= MOST_SECONDS and changed == expected
    return fine


def built(posts: int) -> bool:
    """Whether a build after a word was changed writes what shows its posts and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        hub, output = Hub(Path(folder), posts), Path(folder, "output")
        hub.build(output)
        before = tree.look(output)
        hub.lists(_PLANTED)
        hub.build(output)
        after = tree.look(output, before)
        done = tree.compare(before, after)
        hub.build(Path(folder, "anew"))
        same = _files(output) == _files(Path(folder, "anew"))
        say(
            f"{posts:>7,} posts: {len(hub.having())} left of those with the word; {done.written} of {done.files} files "
            f"were written, {done.differ} of them are others; {'the same' if same else 'NOT the same'} from nothing"
        )
        return same


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".forecourt"
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.rules", description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS, help="in the store that is brought in line")
    parser.add_argument("--built", type=int, default=BUILT, help="in the one of which a site is made")
    chosen = parser.parse_args(arguments)
    fine = [
        *([settled(chosen.posts)] if chosen.posts else []),
        *([built(chosen.built)] if chosen.built else []),
    ]
    return int(not all(fine))


if __name__ == "__main__":
    raise SystemExit(main())
