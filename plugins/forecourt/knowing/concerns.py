"""What needs a person, as a run found it. Pure: what was told already is for ``alerts``.

A concern is known by its key, so that it is told once and not every quarter of an hour. Its ``grade`` says how bad
it is: only a higher one is worth telling again. What a run did not look at is neither well nor unwell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.errors import Cause
from forecourt.knowing.records import Expiring, Health, Run, StepName
from forecourt.tokens import WARN

PATIENCE = timedelta(days=1)
"""How long a source may fail, or posts wait to be published, before anybody is told: over a night most mend alone."""

URGENT = timedelta(days=3)
"""Before a token ends, it is said again."""

TIMES = 3
"""Runs in a row that may stop early, fail to publish or to keep the state elsewhere, before anybody is told."""

LOW = (2**30, 2**28)
"""Bytes that a disk has left, below which it is said, and said again."""

_EASE = 1.25  # of LOW is free again before all is clear: a disk that wavers is told of once
_LOCKED = frozenset({Cause.AUTH_EXPIRED, Cause.AUTH_DEAD})
_WRONG = frozenset({"contradicts", "missing", "still running"})


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that needs a person: what, since when, what to do.

    ``since`` None is: since it was first met. It is told when it has lasted for ``patience``.
    """

    key: str
    grade: int
    what: str
    act: str
    since: datetime | None = None
    patience: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Streak:
    """What a run alone cannot know: how often it went wrong in a row, and since when posts wait."""

    stopped: int = 0
    unpublished: int = 0
    unkept: int = 0
    waiting: datetime | None = None


def concerns(run: Run, streak: Streak, open_keys: Collection[str]) -> Iterator[Concern]:
    """All that needs a person now. ``open_keys`` are of those that people know of already."""
    locked = set()
    for token in run.tokens or ():
        health = next((each for each in run.sources or () if each.name == token.source), None)
        refused = bool(health and health.error and health.cause in _LOCKED)
        if concern := _of_token(token, run.ended, refused=refused):
            locked.add(token.source)
            yield concern
    for each in run.sources or ():
        is_told = f"source/{each.name}" in open_keys
        yield from _of_source(each, has_no_key=each.name in locked, is_told=is_told)
    if run.objections:
        yield _of_guard(run.objections)
    yield from _of_ways(run, streak)
    built = run.step("build")
    if built and built.outcome == "failed" and run.step("publish"):
        act = "Mend it: what it said before stands, and the rest is published."
        yield Concern("content", 1, f"A file of the editors is wrong: {_sentence(built.said)}", act)
    if run.fell_back:
        yield Concern(
            "state", 1, run.fell_back,
            "Look at what the run before this one said; posts that came since are fetched again where networks "
            "still have them.", run.begun,
        )  # fmt: skip
    yield from _of_campaigns(run)
    if run.sizes:
        ease = _EASE if "disk" in open_keys else 1
        grade = sum(run.sizes.free < limit * ease for limit in LOW)
        if grade:
            free = f"{run.sizes.free / 2**20:,.0f} MB"
            yield Concern(
                "disk", grade, f"The disk has {free} left.", "Make room: a run that cannot write stops."
            )


def looked(run: Run, key: str) -> bool:
    """Whether the run can tell that a concern of this key is over."""
    subject = key.partition("/")[0]
    by_step: dict[str, StepName] = {"content": "publish", "guard": "check", "state": "pull"}
    if subject in by_step:
        return run.step(by_step[subject]) is not None
    known = {
        "source": run.sources,
        "held": run.sources,
        "token": run.tokens,
        "campaign": run.messages,
        "disk": run.sizes,
    }
    return known[subject] is not None if subject in known else True


def _of_token(token: Expiring, now: datetime, *, refused: bool) -> Concern | None:
    whose = f'The token of "{token.label}" ({token.source})'
    key, act = f"token/{token.source}", _sentence(token.renewal[:1].upper() + token.renewal[1:])
    if token.is_missing:
        return Concern(key, 3, f"{whose} is missing.", act)
    if refused:
        return Concern(key, 3, f"{whose} is not accepted any more.", act)
    if token.ends is None or token.ends - now > WARN:
        return None
    day = f"{token.ends:%Y-%m-%d}"
    if token.ends <= now:
        return Concern(key, 3, f"{whose} ended on {day}.", act, token.ends)
    return Concern(key, 2 if token.ends - now <= URGENT else 1, f"{whose} ends on {day}.", act)


def _of_source(each: Health, *, has_no_key: bool, is_told: bool) -> Iterator[Concern]:
    who = f'"{each.label}" ({each.name})'
    if each.alarm:
        yield Concern(f"held/{each.name}", 1, f"{who} is held: {_sentence(each.alarm)}", "")
    # For want of a token it is told of that alone; yet what was told before is not over by it.
    if not each.error or (has_no_key and not is_told):
        return
    is_locked = each.cause in _LOCKED and not has_no_key
    act = "Give it a new credential." if is_locked else "See: invoke status. Its last posts stay on the site."
    yield Concern(
        f"source/{each.name}", 2 if is_locked else 1, f"{who} cannot be read: {_sentence(each.error)}", act,
        each.fresh, timedelta(0) if is_locked else PATIENCE,
    )  # fmt: skip


def _of_guard(objections: tuple[str, ...]) -> Concern:
    more = f" (and {len(objections) - 1} more)" if len(objections) > 1 else ""
    return Concern(
        "guard", 1, f"The new site was refused and the old one stays: {objections[0]}{more}",
        "Mend that, or look at it with invoke check and publish with --force and the name of what it overrides.",
    )  # fmt: skip


def _of_ways(run: Run, streak: Streak) -> Iterator[Concern]:
    if streak.stopped >= TIMES:
        failed = next((step for step in run.steps if step.outcome == "failed"), None)
        why = f" at {failed.name}: {_sentence(failed.said)}" if failed and failed.said else "."
        yield Concern(
            "run", 1, f"Runs stop before anything is published{why}",
            "Mend that; what they say is in the log. The site stays as it is.",
        )  # fmt: skip
    if streak.unpublished >= TIMES:
        step = run.step("publish")
        why = f": {_sentence(step.said)}" if step and step.said else "."
        yield Concern(
            "publish", 1, f"The site could not be published, several runs in a row{why}",
            "See that the target answers and its credential is good; the next run goes on from there.",
        )  # fmt: skip
    if streak.unkept >= TIMES:
        yield Concern(
            "push", 1, "The state could not be kept elsewhere, several runs in a row.",
            "See: invoke state push. Until then it is on this machine alone.",
        )  # fmt: skip
    if streak.waiting:
        yield Concern(
            "waiting", 1, "New posts wait, and nothing was published.", "See: invoke refresh.",
            streak.waiting, PATIENCE,
        )  # fmt: skip


def _of_campaigns(run: Run) -> Iterator[Concern]:
    amiss: dict[str, list[str]] = {}
    for each in run.messages.amiss if run.messages else ():
        if each.verdict in _WRONG:
            amiss.setdefault(each.campaign, []).append(_sentence(each.sentence))
    for campaign, sentences in amiss.items():
        more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
        what = f"Campaign {campaign}: {sentences[0]}{more}"
        yield Concern(f"campaign/{campaign}", len(sentences), what, "See: invoke ledger.")


def _sentence(said: str) -> str:
    """With a full stop, as what it stands among."""
    said = said.strip()
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."
