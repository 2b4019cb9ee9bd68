from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from forecourt.deploy.publishing import publish, rollback
from forecourt.deploy.records import Release
from forecourt.deploy.targets import Heard, Remote, Shipment
from forecourt.errors import PublishError, Unsafe
from tests.deploy.sites import Site


@dataclass
class Memory:
    """A target that remembers what it was told to do, and does it at once."""

    limits: Sequence[tuple[str, int]] = ()
    live: Release | None = None
    unsure: frozenset[str] = frozenset()
    owes: bool = False
    sent: list[Shipment] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, now: datetime) -> Iterator[Remote]:
        yield self

    def releases(self) -> Sequence[Release]:
        return [shipment.release for shipment in reversed(self.sent)]

    def send(self, shipment: Shipment, heard: Heard) -> None:
        self.sent.append(shipment)
        self.live = shipment.release
        heard(shipment.plan.sent, shipment.plan.size)

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        self.brought.append(name)
        return next(release for release in self.releases() if release.id == name)


@pytest.fixture
def built(site: Site) -> Site:
    site.have({"index.html": b"home", "a/index.html": b"a"})
    return site


def test_a_publish_says_what_it_did(built: Site, now: datetime) -> None:
    target, told = Memory(), []
    done = publish(
        target, built.output, built.scan(), {"posts": 3}, now, heard=lambda *said: told.append(said)
    )
    assert told == [(2, 5)]
    assert target.sent[0].output == built.output
    assert done.release.counts == {"posts": 3}
    assert {**done.as_json(), "seconds": 0} == {
        "release": done.release.id, "former": "", "sent": 2, "bytes": 5, "removed": 0, "same": 0, "leaving": 0,
        "stale": 0, "seconds": 0,
    }  # fmt: skip
    assert not done.is_nothing


def test_nothing_is_sent_where_nothing_differs(built: Site, now: datetime) -> None:
    target = Memory()
    first = built.publish(target, now)
    again = built.publish(target, now + timedelta(hours=1))
    assert again.is_nothing
    assert again.release == first.release
    assert again.same == 2
    assert len(target.sent) == 1


def test_a_target_that_owes_something_is_called_though_nothing_differs(built: Site, now: datetime) -> None:
    target = Memory()
    built.publish(target, now)
    target.owes = True
    built.publish(target, now)
    assert [shipment.plan.is_empty for shipment in target.sent] == [False, True]


def test_that_a_file_has_left_is_remembered_before_it_is_removed(built: Site, now: datetime) -> None:
    target = Memory()
    built.publish(target, now)
    built.have({"index.html": b"home"})
    built.publish(target, now)
    assert target.sent[-1].plan.is_empty
    assert target.sent[-1].release.leaving == {"a/index.html": now}


def test_a_guard_that_refuses_keeps_every_byte_here(built: Site, now: datetime) -> None:
    target = Memory()
    asked = []

    def guard(release: Release, live: Release | None, remote: Remote) -> None:
        asked.append((len(release.files), live, remote))
        raise Unsafe(["half of the pages are gone"])

    with pytest.raises(Unsafe, match="half of the pages"):
        built.publish(target, now, guard)
    assert asked == [(2, None, target)]
    assert target.sent == []


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (("files", 1), "the site has 2 files, and its host takes 1 at the most"),
        (
            ("bytes of a file", 3),
            r"index\.html has 4 bytes, and the host of the site takes files of 3 at the most",
        ),
    ],
)
def test_what_a_host_would_refuse_half_way_is_refused_before(
    built: Site, now: datetime, limit: tuple[str, int], sentence: str
) -> None:
    target = Memory(limits=[limit])
    with pytest.raises(Unsafe, match=sentence):
        built.publish(target, now)
    assert target.sent == []


def test_a_rollback_goes_by_number_or_by_name(built: Site, now: datetime) -> None:
    target = Memory()
    names = []
    for number in range(3):
        built.have({"index.html": b"%d" % number})
        names.append(built.publish(target, now + timedelta(minutes=number)).release.id)
    rollback(target, "1", now)
    rollback(target, "2", now)
    rollback(target, names[0], now)
    assert target.brought == [names[1], names[0], names[0]]
    for wrong, sentence in (
        ("0", "2 former releases are kept"),
        ("3", "2 former"),
        ("20261122T", "there is no release"),
    ):
        with pytest.raises(PublishError, match=sentence):
            rollback(target, wrong, now)


def test_former_releases_are_counted_from_the_live_one_wherever_the_host_lists_it(
    built: Site, now: datetime
) -> None:
    target = Memory()
    names = []
    for number in range(3):
        built.have({"index.html": b"%d" % number})
        names.append(built.publish(target, now + timedelta(minutes=number)).release.id)
    target.live = target.sent[1].release  # as a host that puts the former one back itself
    rollback(target, "1", now)
    rollback(target, "2", now)
    assert target.brought == [names[0], names[2]]
