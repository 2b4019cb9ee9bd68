"""What a target remembers of its releases, in files at a place: which is live, and what is needed to go back.

``record`` is small, and all hangs on it: it is written only over what was read, so that of two who think they
publish one cannot. A release stands whole in a file of its own, which is there before the record names it.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from forecourt.deploy.records import Release
from forecourt.errors import Overtaken, PublishError
from forecourt.garbled import GARBLED
from forecourt.places import ABSENT, Place

_RECORD = "record"
_QUICK = 3  # of zlib: half the time of its usual 6, and 3 % more bytes
_T = TypeVar("_T")


class Entry(msgspec.Struct, frozen=True):
    """A release as the record names it."""

    id: str
    at: datetime
    counts: Mapping[str, int] = {}
    changed: tuple[int, int, int] = (0, 0, 0)
    kept: tuple[str, ...] = ()
    """Digests of what the release after it wrote over or removed, and which is kept."""


class Record(msgspec.Struct, frozen=True):
    """What is live, and what was begun and not ended."""

    releases: tuple[Entry, ...] = ()
    """Those that can be brought back, the live one first."""
    begun: str = ""
    """The id of a release that is being sent, "" where none is."""
    touched: tuple[str, ...] = ()
    """Paths that it writes or removes, and those of others that were broken off before it."""
    stale: tuple[str, ...] = ()
    """Paths that the edges have yet to be told of."""
    site: str = ""
    """The folder of the site, "" where an earlier version of this program wrote the record."""


@dataclass
class History:
    """The record and the releases at a place."""

    place: Place
    record: Record
    token: str

    @classmethod
    def at(cls, place: Place) -> History:
        """As it stands."""
        kept = place.read(_RECORD)
        if kept is None:
            return cls(place, Record(), ABSENT)
        return cls(place, _unpacked(kept.body, Record, _RECORD), kept.token)

    def write(self, record: Record) -> None:
        """Write the record over the one that was read. Raises PublishError where another has done so."""
        try:
            self.token = self.place.write(_RECORD, _packed(record), over=self.token)
        except Overtaken as error:
            raise PublishError(
                "another publish of this site has ended meanwhile; run this again to go on from there"
            ) from error
        self.record = record

    def load(self, name: str) -> Release:
        """A release, whole. Raises PublishError where it is not there."""
        kept = self.place.read(_file(name))
        if kept is None:
            is_live = name == self.record.releases[0].id
            advice = (
                f"delete all of {self.place}, and the next publish sends the site whole"
                if is_live
                else "choose another"
            )
            raise PublishError(f"what release {name} consisted of is not kept any more; {advice}")
        return _unpacked(kept.body, Release, _file(name))

    def own_up(self, touched: Collection[str]) -> None:
        """Have the next publish look at these paths, where another took over while we may have written them."""
        while touched:
            there = History.at(self.place)
            if there.token == self.token:
                return
            known = tuple(sorted({*there.record.touched, *touched}))
            with contextlib.suppress(PublishError):  # once more, over what was written meanwhile
                there.write(msgspec.structs.replace(there.record, touched=known))
                return

    def save(self, release: Release) -> None:
        """Lay a release down; the record does not name it yet."""
        self.place.write(_file(release.id), _packed(release))

    def sweep(self) -> None:
        """Remove all releases that the record does not name: one that was killed may not have come to it."""
        named = {_file(entry.id) for entry in self.record.releases}
        self.place.remove([*set(self.place.names(_file(""))).difference(named)])

    def forget(self, names: list[str]) -> None:
        """Remove releases that the record does not name."""
        self.place.remove(map(_file, names))


def _file(name: str) -> str:
    return f"releases/{name}"


def _packed(value: Any) -> bytes:  # Any: whatever msgspec knows
    return zlib.compress(msgspec.msgpack.encode(value), _QUICK)


def _unpacked(body: bytes, kind: type[_T], name: str) -> _T:
    try:
        return msgspec.msgpack.decode(zlib.decompress(body), type=kind)
    except (zlib.error, *GARBLED) as error:
        raise PublishError(
            f"{name}, in which the releases of the site are written down, is damaged; put a former version of it back, "
            "or delete what is kept beside the site, and the next publish sends all of it"
        ) from error
