"""The words and rows that the page, the Markdown and the table on a terminal have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from forecourt.knowing.alerts import Open
from forecourt.knowing.records import Health, Run

_EXITS = {
    0: "well",
    1: "wrong content or code, nothing published",
    2: "wrong settings",
    3: "done, some sources are stale",
    4: "done, a credential is wanted",
    5: "not or only partly published; the next run goes on",
    6: "refused for safety",
    130: "stopped by hand",
}
_KILO = 1024


class Table(NamedTuple):
    """A table: its caption, its headings, its rows of plain text; the columns of ``numbers`` hold such."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[str] = frozenset()


def verdict(run: Run) -> str:
    """How the run ended, in a few words."""
    return f"{_EXITS.get(run.exit, 'failed')} (exit code {run.exit})"


def facts(run: Run) -> Iterator[tuple[str, str]]:
    """What is to be known of the run as a whole: a name and a value each."""
    yield "Run", f"{moment(run.begun)}, {run.seconds:.1f} s, Forecourt {run.program}"
    if run.site:
        yield "Site", run.site
    if run.published:
        sent = run.published
        yield "Live", f"{sent.release}, since {moment(sent.at)}"
        yield (
            "Sent last",
            f"{sent.sent} files, {size(sent.bytes)}; {sent.removed} removed, {sent.invalidated} invalidated",
        )
    if run.held:
        oldest = f", the oldest since {moment(run.held.oldest)}" if run.held.oldest else ""
        yield "Held posts", f"{run.held.posts}{oldest}"
    if run.messages and run.messages.summary:
        yield "Campaigns", run.messages.summary
    if run.sizes:
        of = run.sizes
        yield "Output", f"{of.files} files, {size(of.output)}"
        yield (
            "State",
            f"store {size(of.store)}, pictures {size(of.pictures)}; the disk has {size(of.free)} left",
        )


def people(run: Run, told: Sequence[Open]) -> list[str]:
    """What needs a person, a sentence each: what was told and is not over, and why the run was refused."""
    found = [f"{each.what} (Since {moment(each.since)}.)" for each in told]
    return [*found, *run.objections, *([run.fell_back] if run.fell_back else [])]


def steps(run: Run) -> Table:
    """The parts of the run."""
    rows = [(each.name, each.outcome, f"{each.seconds:.1f} s", each.said) for each in run.steps]
    return Table("Steps", ("step", "outcome", "time", "said"), rows, frozenset({"time"}))


def sources(run: Run) -> Table:
    """The linked accounts, those first that are not well."""
    rows = [
        (
            each.name, each.label, each.network, state(each), age(each.fresh, run.ended), age(each.newest, run.ended),
            str(each.posts), str(each.held or ""), moment(each.next),
            " ".join(filter(None, [each.error, each.alarm, each.silent])),
        )
        for each in sorted(run.sources or (), key=lambda each: (each.is_up, not each.silent))
    ]  # fmt: skip
    heads = (
        "source",
        "label",
        "network",
        "state",
        "answered",
        "newest post",
        "posts",
        "held",
        "asked again",
        "said",
    )
    return Table("Sources", heads, rows, frozenset({"posts", "held"}))


def tokens(run: Run) -> Table:
    """Tokens with an end, the next to end first."""
    ending = [each for each in run.tokens or () if each.ends or each.is_missing]
    ending.sort(key=lambda each: (each.ends is not None, each.ends or run.ended, each.source))
    rows = [
        (each.source, "missing" if each.is_missing else moment(each.ends), each.renewal) for each in ending
    ]
    return Table("Tokens", ("source", "ends", "what to do"), rows)


def amiss(run: Run) -> Table:
    """What is wrong with campaigns."""
    found = run.messages.amiss if run.messages else ()
    rows = [(each.campaign, each.channel, each.verdict, each.sentence) for each in found]
    return Table("Campaigns", ("campaign", "channel", "verdict", "said"), rows)


def state(each: Health) -> str:
    """How an account fares, in a word."""
    if each.status == "off":
        return "off"
    return (
        "failing"
        if each.error
        else "held"
        if each.alarm
        else "silent"
        if each.silent
        else "well"
        if each.fresh
        else ""
    )


def moment(when: datetime | None) -> str:
    """A moment as people and machines both read it; "" where there is none."""
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else ""


def age(when: datetime | None, now: datetime) -> str:
    """How long ago something was."""
    if when is None:
        return "never"
    passed = max(now - when, timedelta(0))
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if passed >= 2 * unit:
            return f"{passed // unit} {name}"
    return "now"


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB"):
        if count < _KILO:
            return f"{count:.0f} {unit}"
        count /= _KILO
    return f"{count:.1f} GB"
