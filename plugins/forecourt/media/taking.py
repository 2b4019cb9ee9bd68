"""Pictures at home: taken up once, kept while a post shows them, and made anew when the theme asks for others.

A visitor's browser talks to nobody but the hub, so every picture a post shows
is kept here. What cannot be had is tried again later; the post is shown without.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from forecourt import urls
from forecourt.connectors import Request
from forecourt.errors import (
    BadData,
    FetchError,
    ForecourtError,
    Lost,
    OutputError,
    TooSlow,
    Unreachable,
    WorkerLost,
)
from forecourt.fetch import Door, Limits, Workers, each
from forecourt.media.making import WORKSHOP, make, named, recipe
from forecourt.report import Listener
from forecourt.store import Store, StoredPicture

MOST_BYTES = 8 * 2**20

RUN_DEADLINE = 120.0
"""Seconds that all pictures of a run may take; the rest waits for the next run."""

_AT_ONCE = 8  # each holds its bytes, twice
_SILENT = 3  # times in a row that a host does not answer
_LIMITS = Limits(size=MOST_BYTES, deadline=20.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many pictures were taken up, could not be had, or wait for the next run; and from where."""

    new: int = 0
    failed: int = 0
    waiting: int = 0
    notes: tuple[str, ...] = ()


async def take_up(
    store: Store,
    folder: Path,
    widths: Sequence[int],
    own: Container[tuple[str, int | None]],
    door: Door,
    workers: Workers,
    now: datetime,
    told: Listener = Listener(),
) -> Taken:
    """Fetch every picture that posts want and we lack, into ``folder``, and make it in these widths.

    ``own`` are the sites (``urls.site``) that the operator wrote; a picture anywhere else
    is strangers' word. Accounts take turns, and of each those whose address expires come
    first; pictures that we have in other widths are made anew last, from what we have. A
    host that does not answer three times in a row is left alone for the rest of the run,
    and after ``RUN_DEADLINE`` so is everything. Never raises for what a server or a
    picture does; raises StoreError, and OutputError when the folder cannot be written.
    """
    missing = _in_turns(store.pictures.missing(now))
    outdated = store.pictures.outdated(recipe(widths))
    take = _Take(store, folder, tuple(widths), own, door, workers, now)

    async def one(url: str) -> None:
        if url in outdated:
            await take.anew(url, outdated[url])
        else:
            await take.one(url)
            told.picture(take.new + take.failed.total(), len(missing))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RUN_DEADLINE):
            await each([*missing, *outdated], one, _AT_ONCE)
    notes = tuple(
        f"{count} of {host}, such as: {take.why[host]}" for host, count in take.failed.most_common()
    )
    return Taken(take.new, take.failed.total(), len(missing) - take.new - take.failed.total(), notes)


def _in_turns(missing: Iterable[tuple[str, str]]) -> list[str]:
    """The addresses of pairs of one and its account, so that no account's hold up those of the others."""
    of_accounts: dict[str, list[str]] = {}
    for url, account in missing:
        of_accounts.setdefault(account, []).append(url)
    for wanted in of_accounts.values():
        wanted.sort(key=lambda url: urls.unsigned(url) == url)
    return [url for turn in zip_longest(*of_accounts.values()) for url in turn if url]


def drop(store: Store, folder: Path) -> None:
    """Delete the pictures that no post shows any more, and what a run that was stopped left behind.

    Raises OutputError when a file cannot be removed.
    """
    with store.transaction():
        store.pictures.forget()
    litter = store.pictures.litter()
    try:
        for name in litter:
            path = folder / name
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
        shutil.rmtree(folder / WORKSHOP, ignore_errors=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"{error.filename} cannot be removed: {why}; mend that and fetch again") from error
    with store.transaction():
        store.pictures.swept()


@dataclass(slots=True)
class _Take:
    """One run's taking up. ``failed`` counts by host, ``why`` says of the first; equal pictures take turns."""

    store: Store
    folder: Path
    widths: tuple[int, ...]
    own: Container[tuple[str, int | None]]
    door: Door
    workers: Workers
    now: datetime
    new: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def one(self, url: str) -> None:
        """Fetch a picture and keep it, or why it cannot be had."""
        host = urls.host(url) or urls.place(url).rpartition("/")[0]
        if self.silent[host] >= _SILENT:
            return
        try:
            astray = urls.site(url) not in self.own
            answer = await self.door.ask(
                Request(url), now=self.now, limits=_LIMITS, polite=False, astray=astray
            )
            self.silent[host] = 0
            await self._keep(url, answer.body)
        except OutputError:
            raise
        except ForecourtError as error:
            if isinstance(error, Unreachable | TooSlow) and not isinstance(error, Lost):
                self.silent[host] += 1
            self.failed[host] += 1
            self.why.setdefault(
                host, str(error) if isinstance(error, FetchError) else f"{urls.place(url)}: {error}"
            )
            with self.store.transaction():
                self.store.pictures.failed(url, str(error), self.now)
        else:
            self.new += 1

    async def anew(self, url: str, picture: StoredPicture) -> None:
        """Make a picture again from the largest file we have of it: its origin may be gone."""
        try:
            await self._keep(url, (self.folder / picture.largest).read_bytes())
        except (OSError, BadData, WorkerLost):
            with self.store.transaction():
                self.store.pictures.lost(url)

    async def _keep(self, url: str, body: bytes) -> None:
        """Make the picture of these bytes, or take the one that another address had."""
        name = named(body, self.widths)
        async with self.turns.setdefault(name, asyncio.Lock()):
            picture = self.store.pictures.named(name)
            if picture is None or not all((self.folder / file).is_file() for file in picture.files):
                with self.store.transaction():
                    self.store.pictures.making(name)
                picture = await self.workers.run(make, body, self.widths, self.folder)
            with self.store.transaction():
                self.store.pictures.have(url, picture)
