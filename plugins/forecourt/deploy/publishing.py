"""One publish, from the files of the site to what a target remembers of it; the list of releases; the way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from forecourt.deploy.planning import GRACE, plan
from forecourt.deploy.records import File, Plan, Release
from forecourt.deploy.targets import Heard, Remote, Shipment, Target
from forecourt.errors import PublishError, Unsafe

Guard = Callable[[Release, Release | None, Remote], None]
"""Looks at the release that is to come, the live one, and what the target holds. Raises Unsafe where it must not."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """What one publish did."""

    release: Release
    former: str
    """The id of the release before, "" where there was none."""
    sent: int
    """Files."""
    size: int
    """Bytes of these."""
    removed: int
    same: int
    """Files that were there already."""
    stale: int
    """Addresses whose copies at the edges were to be let go of."""
    seconds: float

    @property
    def is_nothing(self) -> bool:
        """Whether the site was as it should be, and nothing was done."""
        return self.release.id == self.former

    def as_json(self) -> Mapping[str, object]:
        """The same for machines."""
        return {
            "release": self.release.id,
            "former": self.former,
            "sent": self.sent,
            "bytes": self.size,
            "removed": self.removed,
            "same": self.same,
            "leaving": len(self.release.leaving),
            "stale": self.stale,
            "seconds": round(self.seconds, 3),
        }


def silent(files: int, size: int) -> None:
    """Hears of each file that was sent, and says nothing."""


def publish(
    target: Target,
    output: Path,
    files: Sequence[File],
    counts: Mapping[str, int],
    now: datetime,
    *,
    guard: Guard | None = None,
    grace: timedelta = GRACE,
    insist: bool = False,
    heard: Heard = silent,
) -> Published:
    """Make the site at the target what is in ``output``, of which ``files`` is the scan.

    Where nothing differs nothing is written there, unless we ``insist``, so that the target lets go of what it shall
    not keep. ``counts`` is what the guard compares next time. Raises Unsafe before the first byte is sent, Busy
    where another publish is at work, PublishError.
    """
    began = time.monotonic()
    _refuse(target, files)
    with target.opened(now) as remote:
        release, todo = plan(files, remote.live, remote.unsure, now, grace, counts)
        former = remote.live.id if remote.live else ""
        if guard:
            guard(release, remote.live, remote)
        if insist or _is_to_do(release, todo, remote):
            remote.send(Shipment(release, todo, output), heard)
        release = remote.live or release
    return Published(
        release=release, former=former, sent=todo.sent, size=todo.size, removed=len(todo.going),
        same=todo.same, stale=len(todo.stale), seconds=time.monotonic() - began,
    )  # fmt: skip


def _is_to_do(release: Release, todo: Plan, remote: Remote) -> bool:
    """Whether the target has anything to do or to remember.

    Without a file to send there may be one that has just left, or edges that an earlier publish could not reach
    (a remote that ``owes``).
    """
    if not todo.is_empty or remote.owes:
        return True
    return remote.live is None or release.leaving != remote.live.leaving


def releases(target: Target, now: datetime) -> Sequence[Release]:
    """The live one, then those that can be brought back as ``rollback`` counts them. Raises Busy, PublishError."""
    with target.opened(now) as remote:
        found = remote.releases()
        live = remote.live.id if remote.live else ""
        at = next((number for number, release in enumerate(found) if release.id == live), 0)
        return [*found[at:], *found[:at]]


def rollback(target: Target, which: str, now: datetime, *, heard: Heard = silent) -> Release:
    """Put a former release back; gives the one that is live now.

    ``which`` is how many publishes to go back, or the id of a release. Raises Busy, PublishError.
    """
    with target.opened(now) as remote:
        live = remote.live.id if remote.live else ""
        kept = [release.id for release in remote.releases()]
        at = kept.index(live) if live in kept else 0
        # What came after it, where a host put an old one back or a clock was set back, is counted last.
        former = [name for name in [*kept[at:], *kept[:at]] if name != live]
        if which.isascii() and which.isdecimal() and len(which) < len("20261123"):
            back = int(which)
            if not 1 <= back <= len(former):
                raise PublishError(f"{len(former)} former releases are kept; `invoke releases` lists them")
            name = former[back - 1]
        elif which in kept:
            name = which
        else:
            raise PublishError(f"there is no release {which}; `invoke releases` lists those that are kept")
        return remote.bring_back(name, now, heard)


def _refuse(target: Target, files: Sequence[File]) -> None:
    """Raise Unsafe where the host would refuse the site half way."""
    limits = dict(target.limits)
    problems = []
    most, largest = limits.get("files"), limits.get("bytes of a file")
    if most is not None and len(files) > most:
        problems.append(f"the site has {len(files):,} files, and its host takes {most:,} at the most")
    if largest is not None:
        problems += [
            f"{file.path} has {file.size:,} bytes, and the host of the site takes files of {largest:,} at the most"
            for file in files
            if file.size > largest
        ]
    if problems:
        raise Unsafe(problems)
