"""What one run did and found, as data: what the status file, its page, the metrics and the alerts are made from.

The JSON of a ``Run`` is for other people's programs, too (docs/operating.md): a field that is there stays and means
what it means. ``version`` grows when that cannot be kept. Moments are ISO 8601 in UTC, lengths of time are seconds,
sizes are bytes. What a run did not look at is null, which is not the same as "there was nothing".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec

VERSION = 1
"""Of the shape of the JSON."""

StepName = Literal["pull", "fetch", "build", "check", "publish", "push"]
"""What a run consists of, in this order."""

StepOutcome = Literal["done", "same", "failed", "refused"]
"""``same``: there was nothing to do. What a run did not get to has no step."""


class Step(msgspec.Struct, frozen=True):
    """A part of a run, how it ended, and how long it took."""

    name: StepName
    outcome: StepOutcome
    seconds: float
    said: str = ""
    """What it comes to, or why it failed: a sentence for a person."""


class Health(msgspec.Struct, frozen=True):
    """How one linked account fares."""

    name: str
    label: str
    network: str
    status: str
    """How it fared in this run, as in ``report.SourceReport``; "" where it was not part of it."""
    posts: int = 0
    held: int = 0
    fresh: datetime | None = None
    """When it last answered well."""
    newest: datetime | None = None
    """When its newest post was published."""
    error: str = ""
    cause: str = ""
    next: datetime | None = None
    """When it is asked again; None: at the next run."""
    alarm: str = ""
    """Why it is held, and what lets it out, in a sentence."""
    silent: str = ""
    """That it says nothing any more, in a sentence."""

    @property
    def is_up(self) -> bool:
        """Whether it answers, and nothing is odd about it."""
        return not (self.error or self.alarm)


class Expiring(msgspec.Struct, frozen=True):
    """A token that an account needs. ``ends`` is None where its platform names no end."""

    source: str
    label: str
    ends: datetime | None
    renewal: str
    """What to do, as in "make a new one at …"."""
    is_missing: bool = False


class Held(msgspec.Struct, frozen=True):
    """Posts that wait for an editor."""

    posts: int
    oldest: datetime | None = None


class Amiss(msgspec.Struct, frozen=True):
    """What is wrong with a campaign on a channel; ``verdict`` as in the message ledger."""

    campaign: str
    title: str
    channel: str
    verdict: str
    sentence: str


class Messages(msgspec.Struct, frozen=True):
    """The message ledger in short."""

    summary: str
    amiss: tuple[Amiss, ...] = ()


class Sizes(msgspec.Struct, frozen=True):
    """How large things are: bytes, and the number of files in the output. ``free`` is what the disk still takes."""

    store: int
    pictures: int
    output: int
    files: int
    free: int


class Published(msgspec.Struct, frozen=True):
    """What was sent. ``release`` is live since ``at``; paths were removed, copies at the edge made invalid."""

    release: str
    at: datetime
    sent: int
    removed: int
    bytes: int
    invalidated: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did, and how everything is at its end."""

    version: int = VERSION
    id: str
    """What tells it from all other runs."""
    program: str
    """The version of Forecourt."""
    site: str = ""
    begun: datetime
    ended: datetime
    exit: int
    """The exit code: 0 is well, 3 some sources are stale, see docs/operating.md."""
    steps: tuple[Step, ...] = ()
    sources: tuple[Health, ...] | None = None
    tokens: tuple[Expiring, ...] | None = None
    held: Held | None = None
    messages: Messages | None = None
    sizes: Sizes | None = None
    published: Published | None = None
    """What is live: of this run where it sent something, else as the last one left it; None where nobody knows."""
    came: int = 0
    """Posts that are new or changed since the run before."""
    objections: tuple[str, ...] = ()
    """Why the guard refused."""
    fell_back: str = ""
    """That the state was lost or damaged and an older one taken, in a sentence."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.begun).total_seconds()

    def step(self, name: StepName) -> Step | None:
        """A part of the run, None where it did not get so far."""
        return next((step for step in self.steps if step.name == name), None)


def as_json(run: Run) -> dict[str, Any]:  # Any: JSON
    """The run in plain values, as ``status.json`` holds it."""
    said: dict[str, Any] = msgspec.json.decode(encoded(run))
    return said


def encoded(run: Run) -> bytes:
    """The text of ``status.json``."""
    return msgspec.json.format(msgspec.json.encode(in_utc(run)), indent=1) + b"\n"


def decoded(body: bytes) -> Run:
    """The run that a ``status.json`` tells of. Raises msgspec.MsgspecError where it is none."""
    return msgspec.json.decode(body, type=Run)


def line(run: Run) -> bytes:
    """The run in a line of its history."""
    first = {"id": run.id, "begun": run.begun.astimezone(UTC), "seconds": run.seconds, "exit": run.exit}
    counts = {"came": run.came, "stale": sum(not each.is_up for each in run.sources or ())}
    sent = run.published if (step := run.step("publish")) and step.outcome == "done" else None
    there = {"sent": sent.sent if sent else 0, "bytes": sent.bytes if sent else 0}
    steps = {step.name: step.outcome for step in run.steps}
    return msgspec.json.encode(first | counts | there | {"steps": steps})


_OURS = frozenset({"name", "label", "network", "status", "cause", "source", "id", "program"})
"""Texts that operators wrote for everybody, or that we did: of thousands of accounts, none is looked through."""


def in_utc(run: Run) -> Run:
    """The same with every moment in UTC."""
    changed: Run = _changed(
        run, lambda value: value.astimezone(UTC) if isinstance(value, datetime) else value
    )
    return changed


def told_by(run: Run, hidden: Callable[[str], str]) -> Run:
    """The same with each of its sentences as ``hidden`` gives it back, such as ``Secrecy.hidden``."""
    once = cache(hidden)  # many accounts fail for the same reason
    changed: Run = _changed(
        run, lambda value: once(value) if value and isinstance(value, str) else value, _OURS
    )
    return changed


def _changed(value: Any, change: Callable[[Any], Any], spared: Collection[str] = ()) -> Any:  # Any: a field's
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if name not in spared]
        new = {name: _changed(getattr(value, name), change, spared) for name in names}
        return msgspec.structs.replace(value, **new)
    if isinstance(value, tuple):
        return tuple(_changed(each, change, spared) for each in value)
    return change(value)
