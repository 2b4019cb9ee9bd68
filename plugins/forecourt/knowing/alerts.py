"""What people are told of what needs them: once when it begins, again when it gets worse, once when it is over.

Pure: a run and what is remembered give what is remembered then, and what to say. What was to be said and could not
be sent waits in ``Memory.unsent``, so that it is neither lost nor said twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

import msgspec

from forecourt.knowing.concerns import Concern, Streak, concerns, looked
from forecourt.knowing.records import Run

REMINDER = timedelta(days=7)
"""After so long, what is still open is said again."""

MOST_UNSENT = 500
"""Messages that wait for a channel; of more, the oldest go. Each subject has a few, so that is weeks of trouble."""

Kind = Literal["new", "worse", "reminder", "over"]

_PREFIX = {"new": "", "worse": "Worse: ", "reminder": "Still: ", "over": "All clear. It was: "}


class Message(msgspec.Struct, frozen=True):
    """Something to tell. ``id`` is the same however often it is sent."""

    id: str
    kind: Kind
    key: str
    text: str
    """What, since when, what to do."""
    at: datetime


class Open(msgspec.Struct, frozen=True):
    """A concern that is not over. ``told`` is None while nobody needs to know; ``grade`` is the worst that was told."""

    since: datetime
    what: str
    grade: int = 0
    told: datetime | None = None


class Totals(msgspec.Struct, frozen=True):
    """Counted since the memory began."""

    runs: int = 0
    failed: int = 0
    sent: int = 0
    bytes: int = 0
    success: datetime | None = None
    """When a run last ended well, be it with some sources stale."""


class Memory(msgspec.Struct, frozen=True):
    """What is remembered from run to run. It travels with the state."""

    open: dict[str, Open] = {}
    unsent: dict[str, list[Message]] = {}
    """By the name of the channel, in the order in which they arose."""
    stopped: int = 0
    """Runs in a row that did not get so far as to publish, though nothing was refused."""
    unpublished: int = 0
    """Runs in a row that could not publish."""
    unkept: int = 0
    """Runs in a row that could not keep the state elsewhere."""
    waiting: datetime | None = None
    """Since when new posts wait to be published."""
    totals: Totals = Totals()
    run: str = ""
    """The last run that was judged."""
    is_push_counted: bool = False
    """Whether its last step was known then: it comes after people were told."""


_INTERRUPTED = 130  # by a person, who knows
_WELL = frozenset({0, 3, 4})
"""Exit codes of runs that did all they could: the site is as new as its sources."""


def judged(run: Run, memory: Memory, channels: Sequence[str] = ()) -> tuple[Memory, tuple[Message, ...]]:
    """What is remembered after a run, and what is to be told.

    The same run a second time has nothing more to tell; only how its push ended is noted.
    What is to be told waits for each of ``channels`` in the memory that comes back.
    """
    if run.id == memory.run:
        return _pushed(run, memory), ()
    memory = _pushed(run, msgspec.structs.replace(_counted(run, memory), run=run.id, is_push_counted=False))
    streak = Streak(memory.stopped, memory.unpublished, memory.unkept, memory.waiting)
    known = {key for key, each in memory.open.items() if each.told}
    found = {each.key: each for each in concerns(run, streak, known)}
    still: dict[str, Open] = {}
    messages: list[Message] = []
    for key, concern in found.items():
        still[key], kind = _met(concern, memory.open.get(key), run.ended)
        if kind:
            since = still[key].since
            messages.append(_message(run, kind, key, _text(kind, concern.what, since, concern.act)))
    for key, each in memory.open.items():
        if key in found:
            continue
        if not looked(run, key):
            still[key] = each
        elif each.told:
            messages.append(_message(run, "over", key, _text("over", each.what, each.since, "")))
    told = {each.key for each in messages}
    # Whoever reads a channel that was not there yet has heard nothing.
    before = [
        _message(run, "new", key, _text("new", each.what, each.since, found[key].act if key in found else ""))
        for key, each in still.items()
        if each.told and key not in told
    ]
    unsent = {
        channel: [*memory.unsent.get(channel, before), *messages][-MOST_UNSENT:] for channel in channels
    }
    return msgspec.structs.replace(memory, open=still, unsent=unsent), tuple(messages)


def sent(memory: Memory, channel: str, ids: Sequence[str]) -> Memory:
    """What is remembered after these messages arrived."""
    left = [each for each in memory.unsent.get(channel, ()) if each.id not in ids]
    return msgspec.structs.replace(memory, unsent=memory.unsent | {channel: left})


def key(messages: Sequence[Message]) -> str:
    """What tells these messages from others, however often they are sent."""
    said = "\n".join(each.id for each in messages)
    return blake2b(said.encode(), digest_size=16, person=b"forecourt alert").hexdigest()


def known(memory: Memory) -> list[tuple[str, Open]]:
    """What people were told of and is not over, with its key, the oldest first."""
    told = [(key, each) for key, each in memory.open.items() if each.told]
    return sorted(told, key=lambda one: (one[1].since, one[0]))


def told(memory: Memory) -> list[Open]:
    """The same without the keys."""
    return [each for _, each in known(memory)]


def _counted(run: Run, memory: Memory) -> Memory:
    publish = run.step("publish")
    arrived = publish is not None and publish.outcome in {"done", "same"}
    waiting = None if arrived else memory.waiting or (run.ended if run.came else None)
    shipped = run.published if publish and publish.outcome == "done" else None
    before, well = memory.totals, run.exit in _WELL
    is_stopped = not (well or publish or run.objections)
    totals = Totals(
        before.runs + 1,
        before.failed + (not well),
        before.sent + (shipped.sent if shipped else 0),
        before.bytes + (shipped.bytes if shipped else 0),
        run.ended if well else before.success,
    )
    return msgspec.structs.replace(
        memory,
        stopped=memory.stopped if run.exit == _INTERRUPTED else memory.stopped + 1 if is_stopped else 0,
        unpublished=0
        if arrived
        else memory.unpublished + (publish is not None and publish.outcome == "failed"),
        waiting=waiting,
        totals=totals,
    )


def _pushed(run: Run, memory: Memory) -> Memory:
    push = run.step("push")
    if push is None or memory.is_push_counted:
        return memory
    unkept = memory.unkept + 1 if push.outcome == "failed" else 0
    return msgspec.structs.replace(memory, unkept=unkept, is_push_counted=True)


def _met(concern: Concern, before: Open | None, now: datetime) -> tuple[Open, Kind | None]:
    """A concern as it is remembered, and what to call it where it is to be told."""
    since = concern.since or (before.since if before else now)
    worst = max(concern.grade, before.grade) if before else concern.grade
    kind: Kind | None = None
    if before is None or before.told is None:
        if now - since < concern.patience:
            return Open(since, concern.what), None
        kind = "new"
    elif concern.grade > before.grade:
        kind = "worse"
    elif now - before.told >= REMINDER:
        kind = "reminder"
    return Open(since, concern.what, worst, now if kind or before is None else before.told), kind


def _text(kind: Kind, what: str, since: datetime, act: str) -> str:
    when = f"(Since {since:%Y-%m-%d %H:%M} UTC.)"
    return " ".join(filter(None, [f"{_PREFIX[kind]}{what}", when, act]))


def _message(run: Run, kind: Kind, key: str, text: str) -> Message:
    return Message(f"{run.id}:{kind}:{key}", kind, key, text, run.ended)
