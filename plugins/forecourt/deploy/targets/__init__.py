"""Where a site can be published to: one module each, found by its name in HUB_DEPLOY.

A module here has a frozen dataclass whose fields are its options, and ends with ``TARGET = ThatClass``. Its
docstring is its documentation. To add one: the module, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from forecourt.deploy.records import Plan, Release

Heard = Callable[[int, int], None]
"""Told after each file that was sent: how many files, how many bytes so far."""


class Shipment(NamedTuple):
    """What a remote is given to send."""

    release: Release
    """The site as it is to be."""
    plan: Plan
    """How it differs from what is there."""
    output: Path
    """The folder of the site that was built. What is leaving is not in it: that is at the target already."""


class Remote(Protocol):
    """A target that is ours for the time of one publish."""

    live: Release | None
    """The release that was last published whole, as the target remembers it, after ``send`` the one that was sent; None
    where there never was one."""
    unsure: frozenset[str]
    """Paths that a publish which was broken off may have written or not: they are sent again."""
    owes: bool
    """Whether something of an earlier publish is still to do though no file differs: then an empty plan is sent."""

    def releases(self) -> Sequence[Release]:
        """Those that can be brought back and the live one, newest first. Their ``files`` may be empty."""

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """Make the site what the release says, and remember it.

        May be killed at any moment: visitors meet the old site or the new one, page by page whole with all its parts,
        and the next publish goes on. Raises PublishError.
        """

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """Make the site what the release of this id was, byte for byte; gives the release that is live now.

        Raises PublishError, also where it is not kept any more.
        """


class Target(Protocol):
    """One place that a site is published to."""

    @property
    def limits(self) -> Sequence[tuple[str, int]]:
        """What the host refuses, such as ``("files", 20_000)`` and ``("bytes of a file", 25 * 2**20)``."""

    def opened(self, now: datetime) -> AbstractContextManager[Remote]:
        """Keep other publishes away, and read what is live. Raises Busy where another is at work, or PublishError."""
