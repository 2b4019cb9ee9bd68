"""Forecourt as one of the generators that are compared: a store filled through its own API, then its tasks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from bench.corpus import NEWEST, Corpus, Entry
from bench.cost import ROOT
from bench.tools import FULL, THEMES, Tool
from forecourt import config
from forecourt.accounts import Account, link
from forecourt.curate import decide
from forecourt.model import Author, Kind, Post
from forecourt.settling import settle
from forecourt.store import SourceState, Store

_BATCH = 10_000


class Forecourt(Tool):
    """Ours, with the plain markup that the others have."""

    name = "Forecourt"
    invoke: ClassVar[Sequence[str]] = (sys.executable, "-m", "invoke")

    @property
    def home(self) -> Path:
        """Where its command is run."""
        return ROOT

    @property
    def theme(self) -> Path:
        """The theme it is built with."""
        return self.folder / "theme"

    def write(self) -> None:
        """Copy the theme, link the sources and fill the store; it is filled once for all tools beside it."""
        self.write_theme()
        filled = self.folder.parent / "filled"
        if not filled.exists():
            filled.mkdir()
            (filled / "sources.toml").write_text(sources_toml(self.corpus), encoding="utf-8")
            fill(_environ(filled), self.corpus)
        shutil.copytree(filled, self.folder, dirs_exist_ok=True)

    def write_theme(self) -> None:
        """Put the plain theme together."""
        shutil.copytree(THEMES / "hub", self.folder / "theme", dirs_exist_ok=True)
        shutil.copytree(THEMES / "parts", self.folder / "theme/templates", dirs_exist_ok=True)

    def add(self, entry: Entry) -> None:
        """Save it as a fetch would."""
        found, accounts = _hub(_environ(self.folder))
        with _as_fetch(found) as store, store.transaction():
            _save(store, accounts[entry.source], [entry])

    @property
    def command(self) -> Sequence[str]:
        """The task that a schedule runs."""
        return [*self.invoke, "build", *self.options]

    @property
    def first(self) -> Sequence[str]:
        """The task that takes nothing for granted."""
        return [*self.invoke, "rebuild", *self.options]

    @property
    def options(self) -> Sequence[str]:
        """What follows the task."""
        return ("--", "-o", str(self.out), "-t", str(self.theme))

    @property
    def environ(self) -> Mapping[str, str]:
        """Its settings; the moment moves on between runs, as it does for a hub."""
        return {**super().environ, **_environ(self.folder), "HUB_NOW": self.now.isoformat()}


class OneCore(Forecourt):
    """Ours, held on one processor core."""

    name = "Forecourt, one core"
    invoke = ("taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), *Forecourt.invoke)
    steps = (FULL,)


class OwnTheme(Forecourt):
    """Ours with the theme that it comes with: four times the markup."""

    name = "Forecourt, its own theme"

    @property
    def theme(self) -> Path:
        """The theme of the repository."""
        return ROOT / "theme"


def sources_toml(corpus: Corpus, addresses: Sequence[str] = ()) -> str:
    """The linked accounts of a corpus; nobody asks at their addresses, if none are given."""
    urls = addresses or [f"https://{source}.example/feed.xml" for source, _ in corpus.sources]
    return "\n".join(
        f'[[source]]\nname = "{source}"\nconnector = "feed"\nurl = "{url}"\nnetwork = "{network}"\nkind = "article"\n'
        for (source, network), url in zip(corpus.sources, urls, strict=True)
    )


def fill(environ: Mapping[str, str], corpus: Corpus) -> None:
    """Save the whole corpus, as fetches over the years would have."""
    found, accounts = _hub(environ)
    with _as_fetch(found) as store:
        for batch in _batches(corpus):
            with store.transaction():
                ordered = sorted(batch, key=lambda entry: (entry.source, -entry.number))
                for source, entries in groupby(ordered, key=lambda entry: entry.source):
                    _save(store, accounts[source], list(entries))
        with store.transaction():
            for account in accounts.values():
                store.sources.save(SourceState(account.name, fresh=NEWEST))
        settle(store, [*accounts.values()], found, NEWEST)


def _as_fetch(found: config.Config) -> AbstractContextManager[Store]:
    """The store, left as a fetch leaves it: sealed, and with a copy. Otherwise it would pass for damaged."""
    return Store.run(found.store, found.timezone, "fetch", NEWEST, keep=True)


def _batches(corpus: Corpus) -> Iterator[list[Entry]]:
    for start in range(0, corpus.posts, _BATCH):
        yield [corpus.entry(number) for number in range(start, min(start + _BATCH, corpus.posts))]


def _save(store: Store, account: Account, entries: Sequence[Entry]) -> None:
    posts = map(_post, entries)
    store.posts.save(account.name, [(post, decide(post, account.rules)) for post in posts], NEWEST)


def _post(entry: Entry) -> Post:
    return Post(
        id=entry.slug,
        source=entry.source,
        kind=Kind.ARTICLE,
        permalink=f"https://{entry.source}.example/{entry.slug}",
        title=entry.title,
        html=entry.html,
        text=entry.text,
        lang="en",
        author=Author(entry.source),
        published=entry.published,
        tags=entry.tags,
    )


def _environ(folder: Path) -> dict[str, str]:
    return {
        "HUB_SOURCES": str(folder / "sources.toml"),
        "HUB_STATE": str(folder / "state"),
        "HUB_LANGUAGES": "en",  # as the others make their sites
    }


def _hub(environ: Mapping[str, str]) -> tuple[config.Config, Mapping[str, Account]]:
    found = config.load(config.read_settings(ROOT / "pelicanconf.py"), ROOT, environ)
    return found, {account.name: account for account in link(found, environ)}
