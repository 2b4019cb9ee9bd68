"""One publish at a time at a place that has no lock of its own: a file that says who is at work, and until when.

Whoever holds it writes it anew while he works. One that ended, or whose process on this very machine is no more,
is taken over by a write that depends on nobody else having done so first.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from forecourt.errors import Busy, Overtaken, PublishError
from forecourt.garbled import GARBLED
from forecourt.places import ABSENT, Place

LONG = timedelta(minutes=5)
"""How long a lease lasts when it is not renewed: longer than one request with all its tries."""

_RENEWED = LONG / 5


class _Note(msgspec.Struct, frozen=True):
    holder: str
    machine: str
    process: int
    started: str
    until: datetime


class Lease:
    """A lease on ``name`` at a place, which is held once ``take`` was called."""

    def __init__(self, place: Place, name: str, now: datetime) -> None:
        self._place, self._name, self._now = place, name, now
        self._began = self._renewed = time.monotonic()
        self._token = ""

    @property
    def is_held(self) -> bool:
        """Whether it was taken, and not given back or lost."""
        return bool(self._token)

    def look(self) -> str:
        """Raise Busy where another publish is at work; gives the token of what is there and has ended, or ABSENT."""
        kept = self._place.read(self._name)
        if kept is None:
            return ABSENT
        try:
            note = msgspec.json.decode(kept.body, type=_Note)
        except GARBLED:
            return kept.token  # nobody wrote that who holds to what we hold to
        if note.until <= self._moment() or _is_dead(note):
            return kept.token
        raise Busy(
            f"another publish is at work on this site ({note.holder}, until {note.until:%Y-%m-%d %H:%M:%S} UTC at "
            "the latest); nothing was sent, run this again after that"
        )

    def take(self, *, first: bool = False) -> None:
        """Take it. Raises Busy where another was first.

        On the ``first`` time at a place it is tried whether that keeps to conditions, else PublishError is raised.
        """
        token = self.look()
        try:
            self._token = self._place.write(self._name, self._note(), over=token)
        except Overtaken as error:
            raise Busy(
                "another publish of this site began at the same moment; nothing was sent, run this again when "
                "that has ended"
            ) from error
        if first:
            self._try_conditions()

    def renew(self) -> None:
        """Hold it longer, where it is time for that. Raises PublishError where another has taken it over."""
        if time.monotonic() - self._renewed < _RENEWED.total_seconds():
            return
        try:
            self._token = self._place.write(self._name, self._note(), over=self._token)
        except Overtaken as error:
            self._token = ""
            raise PublishError(
                "this publish took so long that another has begun, which goes on from here; nothing is lost"
            ) from error
        self._renewed = time.monotonic()

    def let_go(self) -> None:
        """Give it back, where it is held: what another has taken over since is his."""
        token, self._token = self._token, ""
        kept = self._place.read(self._name) if token else None
        if kept and kept.token == token:
            self._place.remove([self._name])

    def _try_conditions(self) -> None:
        """Raise PublishError where the service takes a condition and does not keep to it: nothing would be safe."""
        try:
            self._token = self._place.write(self._name, self._note(), over=ABSENT)
        except Overtaken:
            return
        self.let_go()
        raise PublishError(
            "this service writes over a file on the condition that there is none, so two publishes could not be "
            "kept apart; use one that knows conditional writes (If-None-Match)"
        )

    def _moment(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def _note(self) -> bytes:
        process = os.getpid()
        holder = (
            f"{socket.gethostname()}, process {process}, since {self._now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
        until = (self._moment() + LONG).astimezone(UTC)
        note = _Note(holder, _machine(), process, _started(process), until)
        return msgspec.json.encode(note)


def _is_dead(note: _Note) -> bool:
    """Whether the process that holds it was one of this machine, and is no more."""
    return note.machine == _machine() and _started(note.process) != note.started


def _machine() -> str:
    """What tells this machine, since it was started, from all others; containers are machines of their own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no telling whose processes are alive here: the lease has to end by itself
        return uuid.uuid4().hex


def _started(process: int) -> str:
    """When a process of this machine began, as the kernel counts: a number is given to another in time."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
