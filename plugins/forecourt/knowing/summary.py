"""The last run as Markdown, for the summary of a job on a CI host. Of 200 lines at most, the most important first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from forecourt import text
from forecourt.knowing import showing
from forecourt.knowing.alerts import Open
from forecourt.knowing.records import Run
from forecourt.knowing.showing import Table

MOST = 200
"""Lines."""

_ROWS = {"Steps": 6, "Tokens": 30, "Campaigns": 30, "Sources": 60}
_SENTENCES = 25
_LONGEST = 400  # characters of a cell: what a stranger's server said may be a novel

_MARKS = re.compile(r"[\\`*_{}\[\]#|~!&<>@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def summary(run: Run, told: Sequence[Open] = ()) -> str:
    """What the run did. ``told`` is what people know of and is not over."""
    lines = [*_lines(run, told)]
    return "\n".join(lines[:MOST]) + "\n"


def _lines(run: Run, told: Sequence[Open]) -> Iterator[str]:
    yield f"## Hub: {escaped(showing.verdict(run))}"
    yield ""
    needs = showing.people(run, told)
    if needs:
        yield "### What needs a person"
        yield ""
        yield from (f"- {escaped(each)}" for each in needs[:_SENTENCES])
        if len(needs) > _SENTENCES:
            yield f"- … and {len(needs) - _SENTENCES} more"
        yield ""
    yield from (f"- {escaped(name)}: {escaped(said)}" for name, said in showing.facts(run))
    yield ""
    yield from _table(showing.steps(run))
    for table in (showing.tokens(run), showing.amiss(run), showing.sources(run)):
        if table.rows:
            yield f"<details><summary>{table.caption} ({len(table.rows)})</summary>"
            yield ""
            yield from _table(table)
            yield "</details>"
            yield ""


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    most = _ROWS[table.caption]
    yield f"| {' | '.join(table.heads)} |"
    yield f"| {' | '.join('---:' if head in table.numbers else '---' for head in table.heads)} |"
    for row in table.rows[:most]:
        yield f"| {' | '.join(map(escaped, row))} |"
    if len(table.rows) > most:
        yield ""
        yield f"… and {len(table.rows) - most} more; status.json has all."
    yield ""


def escaped(said: str) -> str:
    """Text as Markdown shows it letter by letter, on one line: no mark-up, no link, nobody called by name."""
    said = text.line(said)
    said = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", said)
