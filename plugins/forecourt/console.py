"""How tasks speak: reports for people, JSON for machines, errors in a line.

What machines read goes to standard output and everything else to standard
error, so that ``--json`` prints one object and nothing more. Bars and tables are
in ``terminal``: a build that has nothing to do loads none.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from forecourt.errors import ForecourtError
from forecourt.report import BuildReport, Report, SourceReport

INTERRUPTED = 130
"""The exit code of what was stopped by Ctrl-C, as shells have it."""

_MOST_NOTES = 3  # of one source, in a report for people; --json has them all

# What a stranger's server said may stand in a sentence: nothing of it moves the cursor, or turns the line.
_MOVING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def say(said: str) -> None:
    """A line for a person, or several."""
    print(_MOVING.sub("\N{REPLACEMENT CHARACTER}", said), file=sys.stderr, flush=True)  # noqa: T201 - for people


def print_json(data: Mapping[str, Any]) -> None:
    """One object on standard output."""
    try:
        said = json.dumps(data, ensure_ascii=False, indent=2)
        print(_MOVING.sub(lambda mark: f"\\u{ord(mark[0]):04x}", said), flush=True)  # noqa: T201 - for machines
    except BrokenPipeError:  # whoever read it, `head` perhaps, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def told(*, debug: bool = False) -> Iterator[None]:
    """Turn an error of ours into its sentences and its exit code; with ``debug`` let it through."""
    try:
        yield
    except ForecourtError as error:
        if debug:
            raise
        say(str(error))
        raise SystemExit(error.exitcode) from None
    except KeyboardInterrupt:
        say("Stopped by Ctrl-C: what was read by then is kept, and the site is as it was.")
        raise SystemExit(INTERRUPTED) from None


def print_fetched(report: Report) -> None:
    """How each source fared and what it comes to."""
    for warning in report.warnings:
        say(f"! {warning}")
    if sys.stderr.isatty():  # elsewhere each was said when it was done
        for source in report.sources:
            say(line(source))
    left = sum(source.status in {"resting", "waiting", "off"} for source in report.sources)
    new = sum(source.new for source in report.sources)
    changed = sum(source.changed for source in report.sources)
    gone = sum(source.gone for source in report.sources)
    pictures = f"; {_many(report.pictures_new, 'new picture')}" if report.pictures_new else ""
    say(
        f"\nAsked {_many(len(report.sources) - left, 'source')} in {report.seconds:.1f} s"
        f"{f', left {left} alone for now' if left else ''}: "
        f"{_many(new, 'new post')}, {changed} changed, {gone} gone{pictures}."
    )
    if report.pictures_failed:
        say(
            f"{_many(report.pictures_failed, 'picture')} could not be had; what shows it is shown without for now."
        )
        _notes(report.pictures_notes)
    if report.pictures_waiting:
        say(f"{_many(report.pictures_waiting, 'picture')} will be asked for at the next run.")
    if report.campaigns:
        say(f"{report.campaigns}.")
    if report.held:
        names = ", ".join(source.name for source in report.sources if source.alarm)
        is_held = f"{_many(report.held, 'source')} {'is' if report.held == 1 else 'are'} held"
        say(f"! {is_held}, as {'it' if report.held == 1 else 'they'} may have been taken over: {names}")
    if report.stale:
        code = 4 if report.locked_out else 3
        locked = f", {report.locked_out} of them for want of a credential" if report.locked_out else ""
        say(
            f"{_many(report.stale, 'source')} could not be read{locked}: what they had is kept "
            f"(exit code {code}). To ask one at once: invoke fetch --only NAME"
        )


def print_built(report: BuildReport) -> None:
    """What a build did, and what it could not read."""
    for note in report.notes:
        say(f"- {note}")
    for warning in report.warnings:
        say(f"! {warning}")
    for problem in report.problems:
        say(f"✗ {problem}")
    built = "Built 1 post or article" if report.posts == 1 else f"Built {report.posts} posts and articles"
    if report.written or report.removed:
        files = f"{_many(report.written, 'file')} written, {report.same} unchanged, {report.removed} removed"
        say(f"{built}: {files}, in {report.seconds:.1f} s.")
    else:
        say(f"{built}: nothing changed, no file written ({report.same} unchanged).")


def line(source: SourceReport) -> str:
    """How a source fared, in a line, with its notes below."""
    counts = f"{source.new} new, {source.changed} changed, {source.same} same"
    counts += f", {source.gone} gone" if source.gone else ""
    what = source.error if source.status == "failed" else "" if source.status == "off" else counts
    lines = [f"{source.status:<8} {source.name}: {what}"]
    lines += [f"         - {note}" for note in (*source.notes, *source.rejected[:_MOST_NOTES])]
    if len(source.rejected) > _MOST_NOTES:
        lines.append(
            f"         - and {len(source.rejected) - _MOST_NOTES} more that could not be read (--json has all)"
        )
    return "\n".join(lines)


def _notes(notes: Sequence[str]) -> None:
    for note in notes[:_MOST_NOTES]:
        say(f"  - {note}")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
