"""Progress and tables on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from forecourt.console import line, say
from forecourt.report import Listener, SourceReport

console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


@contextmanager
def progress(total: int, *, quiet: bool = False) -> Iterator[Listener]:
    """Shows how an update goes on: a bar on a terminal, a line for each source elsewhere."""
    if quiet:
        yield Listener()
    elif not console.is_terminal:
        yield _Lines()
    else:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[now]}"),
        )
        with Progress(*columns, console=console, transient=True) as shown:
            yield _Bars(shown, total)
        # The bars have gone; the lines of the report follow.


@contextmanager
def making(*, quiet: bool = False) -> Iterator[Listener]:
    """Shows on a terminal how many pages a build has made."""
    if quiet or not console.is_terminal:
        yield Listener()
        return
    columns = (TextColumn("Pages made"), TextColumn("{task.completed:,.0f}"))
    with Progress(*columns, console=console, transient=True) as shown:
        yield _Count(shown)


@contextmanager
def sending(*, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how many files and bytes were sent."""
    if quiet or not console.is_terminal:
        yield lambda files, size: None  # noqa: ARG005 - what is said of each goes nowhere
        return
    columns = (
        TextColumn("Files sent"),
        TextColumn("{task.completed:,.0f}"),
        TextColumn("{task.fields[size]:,} bytes"),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=None, size=0)
        yield lambda files, size: shown.update(task, completed=files, size=size)


class _Count(Listener):
    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task("", total=None)

    def pages(self, made: int) -> None:
        self._shown.update(self._task, completed=made)


class _Lines(Listener):
    def source(self, report: SourceReport) -> None:
        say(line(report))


class _Bars(Listener):
    def __init__(self, shown: Progress, total: int) -> None:
        self._shown = shown
        self._sources = shown.add_task("Sources", total=total, now="")
        self._pictures = shown.add_task("Pictures", total=None, visible=False, now="")

    def source(self, report: SourceReport) -> None:
        self._shown.update(self._sources, advance=1, now=report.label)

    def picture(self, done: int, of: int) -> None:
        self._shown.update(self._pictures, completed=done, total=of, visible=True)


def print_status(found: Mapping[str, Any]) -> None:
    """A row for each linked account, then what is wrong with any."""
    table = Table(box=None, pad_edge=False)
    for heading in ("source", "network", "posts", "held", "last read", "state"):
        table.add_column(heading, justify="right" if heading in {"posts", "held"} else "left", no_wrap=True)
    for source in found["sources"]:
        counts = (str(source["posts"]), str(source["held"] or ""))
        state = (
            "off"
            if not source["enabled"]
            else "failing"
            if source["error"]
            else "held"
            if source["alarm"]
            else "silent"
            if source["silent"]
            else "well"
            if source["fresh"]
            else ""
        )
        table.add_row(source["name"], source["network"], *counts, source["fresh"] or "never", state)
    console.print(table)
    for source in found["sources"]:
        off = "" if source["enabled"] else "it is switched off; enabled = true in sources.toml switches it on"
        said = (off, source["error"], source["held_by"], source["silent"], source["ending"])
        for sentence in filter(None, said):
            say(f"{source['name']}: {sentence}")
    say(f"\nLast fetch: {found['fetched'] or 'never'}. Last build: {found['built'] or 'never'}.")


def print_alts(found: Mapping[str, Any]) -> None:
    """A row for each account with pictures, then the newest posts whose pictures nobody described."""
    table = Table(box=None, pad_edge=False)
    for heading in ("source", "owner"):
        table.add_column(heading, no_wrap=True)
    for heading in ("pictures", "undescribed"):
        table.add_column(heading, justify="right")
    for source in found["sources"]:
        numbers = source["pictures"], source["undescribed"] or ""
        table.add_row(source["name"], source["owner"], *map(str, numbers))
    console.print(table)
    for source in found["sources"]:
        if source["silent"]:
            say(f"{source['name']}: not one of its pictures is described; perhaps its network hands none out")
            continue
        for post in source["newest"]:
            said = f" ({post['title']})" if post["title"] else ""
            say(f"{source['name']}: {post['published'][:10]}{said}: {post['permalink'] or post['page']}")
    for problem in found["articles"]:
        say(problem)
    if not any(source["undescribed"] for source in found["sources"]) and not found["articles"]:
        say("No picture lacks a description.")
    else:
        say("Next: describe them where they were published; the hub takes it over at the next fetch")
