"""Making pages: here, or in as many processes as there are cores when there are many.

What is made is the same either way: a page depends on nothing but its recipe, the
store and the ledger, and neither changes while pages are made.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from forecourt.errors import OutputError
from forecourt.site.editions import Editions
from forecourt.site.recipe import Recipe
from forecourt.site.templates import Templates
from forecourt.site.writer import Output
from forecourt.store import Store
from forecourt.store.ledger import File, Ledger

MANY = 500
"""Pages from which on it pays to begin other processes."""

_LOAD = 300  # pages handed over at once


class Made(NamedTuple):
    """A page that was made: its file, None where there is no such page now; whether its bytes are new.

    ``uses`` are the pictures it shows, ``lost`` the addresses of those whose files are gone.
    """

    name: str
    file: File | None
    is_new: bool = False
    uses: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


class Bench(NamedTuple):
    """Where pages are made: the recipe, the store's file, the output."""

    recipe: Recipe
    store: Path
    output: Path
    templates: Mapping[str, Templates] | None
    """Those that are there already, for processes that begin as a copy of this one."""


def make(editions: Editions, output: Output, wanted: Iterable[str]) -> list[Made]:
    """Make pages and lay down what differs. Raises ThemeError, OutputError."""
    return [_made(editions, output, name) for name in wanted]


def _made(editions: Editions, output: Output, name: str) -> Made:
    page = editions.page(name)
    if page is None:
        return Made(name, None)
    is_new = output.write(page.file, page.content())
    uses = editions.uses(name)
    return Made(name, File(page.file, page.name, page.template, page.part), is_new, uses, editions.lost())


def make_many(bench: Bench, batches: Iterable[list[str]], cores: int) -> Iterator[list[Made]]:
    """Make pages in that many processes, in whatever order they are done. Raises as ``make``."""
    context = multiprocessing.get_context(
        "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    )
    if context.get_start_method() == "fork" and bench.templates:
        for templates in bench.templates.values():
            templates.load()
    else:
        bench = bench._replace(templates=None)
    loads = _loads(batches)
    with ProcessPoolExecutor(cores, context, _begin, (bench,)) as crew:
        try:
            running = {crew.submit(_work, load) for load in islice(loads, cores * 2)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    yield each.result()
                running |= {crew.submit(_work, load) for load in islice(loads, len(done))}
        except BrokenProcessPool as error:
            why = "one of the processes that make pages was ended from outside, for want of memory perhaps"
            raise OutputError(f"{why}; build again, with HUB_CORES=1 if it happens again") from error
        finally:
            crew.shutdown(cancel_futures=True)


def _loads(batches: Iterable[list[str]]) -> Iterator[list[str]]:
    """Batches as loads of about the same size; a batch is not cut, since its pages show the same posts."""
    load: list[str] = []
    for batch in batches:
        load += batch
        if len(load) >= _LOAD:
            yield load
            load = []
    if load:
        yield load


_bench: tuple[Editions, Output] | None = None
"""Of a process of the crew."""


def _begin(bench: Bench) -> None:
    global _bench  # noqa: PLW0603 - what a process of a pool begins with has no other place
    config = bench.recipe.config
    ledger = Ledger.existing(bench.output)
    if ledger is None:
        raise OutputError(f"the ledger in {bench.output} is gone; build again")
    store = Store.beside(bench.store, config.timezone)
    _bench = bench.recipe.editions(store, ledger, bench.templates), Output(bench.output)


def _work(load: list[str]) -> list[Made]:
    assert _bench is not None
    return make(*_bench, load)


def cores(wanted: int) -> int:
    """How many processes to use: as many as wanted, or as there are cores that we may use."""
    if wanted:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
