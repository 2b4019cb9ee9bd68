"""What is published, as data: a file of the site, a release, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec


class File(msgspec.Struct, frozen=True, array_like=True):
    """A file of the site, as a visitor gets it."""

    path: str
    """Below the root of the site, with ``/``: ``news/spring/index.html``."""
    digest: str
    """SHA-256 of its bytes as they stand in the output, in hexadecimal."""
    size: int
    """Bytes."""
    type: str
    """Content-Type, with its charset where it is text."""
    cache: str
    """Cache-Control."""


class Release(msgspec.Struct, frozen=True):
    """A site as it was published, whole: enough to know what is there, and to bring it back."""

    id: str
    """When, and what: ``20261123T101500Z-1a2b3c4d``, so that names sort by age."""
    at: datetime
    files: tuple[File, ...]
    """All that a visitor can ask for, sorted by path: the site's, and those that are leaving."""
    leaving: Mapping[str, datetime] = {}
    """Paths that the site no longer has, and since when: they stay for those who opened a page before."""
    counts: Mapping[str, int] = {}
    """What the guard compares: ``pages``, ``posts``, ``network/mastodon`` …"""
    changed: tuple[int, int, int] = (0, 0, 0)
    """Files that are new, differ, and left, against the release before."""


class Plan(msgspec.Struct, frozen=True):
    """What has to be done so that a new release takes the place of the live one."""

    stages: tuple[tuple[File, ...], ...]
    """What is sent: each stage is there whole before the next begins, so that nobody meets a page without its parts.

    What pages show; pages that are new; pages that differ; entry pages, feeds and what lists the rest.
    """
    going: tuple[str, ...]
    """Paths to remove: they left the site longer ago than the grace."""
    stale: tuple[str, ...]
    """Paths whose copies at the edges of a CDN are no longer right: those that differ, and those that go."""
    same: int
    """How many files are there already."""

    @property
    def sent(self) -> int:
        """How many files are sent."""
        return sum(map(len, self.stages))

    @property
    def size(self) -> int:
        """How many bytes are sent, before any compression."""
        return sum(file.size for stage in self.stages for file in stage)

    @property
    def is_empty(self) -> bool:
        """Whether the site is as it should be: nothing to send, nothing to remove."""
        return not (self.sent or self.going)
