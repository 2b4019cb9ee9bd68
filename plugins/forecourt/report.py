"""What a run did, for people and machines. Light to import, so that a task only loads what it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from forecourt.errors import Cause

Outcome = Literal["new", "changed", "same", "resting", "waiting", "failed", "off"]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How one source fared.

    ``seconds`` is wall time; ``error`` a sentence for a person;
    ``cause`` is one of ``forecourt.errors.Cause``, "" where nothing is wrong; ``alarm`` is what is odd of one that
    is held.
    """

    name: str
    label: str
    status: Outcome
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    error: str = ""
    cause: str = ""
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    alarm: tuple[str, ...] = ()
    seconds: float = 0.0


class Listener:
    """Hears how an update goes on; this one keeps it to itself."""

    def source(self, report: SourceReport) -> None:
        """A source is done."""

    def picture(self, done: int, of: int) -> None:
        """So many of the wanted pictures were tried."""

    def pages(self, made: int) -> None:
        """So many pages were made."""


@dataclass(frozen=True, slots=True)
class Report:
    """How an update went."""

    sources: tuple[SourceReport, ...]
    pictures_new: int = 0
    pictures_failed: int = 0
    pictures_waiting: int = 0
    pictures_notes: tuple[str, ...] = ()
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    campaigns: str = ""
    """Who said the messages of campaigns that run, or have anything to mend, in a line."""

    @property
    def stale(self) -> int:
        """How many sources show their last posts because they could not be read, or not yet again."""
        return sum(source.status in {"failed", "waiting"} for source in self.sources)

    @property
    def locked_out(self) -> int:
        """How many sources need a credential from a person."""
        return sum(source.cause in {Cause.AUTH_EXPIRED, Cause.AUTH_DEAD} for source in self.sources)

    @property
    def held(self) -> int:
        """How many sources are held, as they may have been taken over."""
        return sum(bool(source.alarm) for source in self.sources)

    def as_json(self) -> dict[str, Any]:  # Any: JSON
        """For machines: ``{"sources": [{"name", "status", "new", …}], …}``."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        # Not by asdict: it copies thousands of sources value by value.
        said["sources"] = [
            {name: getattr(source, name) for name in source.__dataclass_fields__} for source in self.sources
        ]
        return said | {"stale": self.stale, "locked_out": self.locked_out, "held": self.held}


@dataclass(frozen=True, slots=True)
class BuildReport:
    """How a build went.

    Files written, left alone and removed; posts and articles shown; pages made; sentences on
    what could not be read, on what one may want to mend, and on what is not shown
    yet; wall time in seconds.
    """

    written: int
    same: int
    removed: int
    posts: int
    made: int = 0
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
