"""Sources that die, empty, shrink or change hands: for as long as it lasts, what they had is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from demo import DemoNetworks
from tests.fetched import Desk, by_name

ATOM = b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>%s</feed>'
ENTRY = b"<entry><id>urn:%s:%d</id><title>%s %d</title><updated>2026-11-%02dT00:00:00Z</updated></entry>"
HAD = 12

FATES: Mapping[str, dict[str, Any]] = MappingProxyType(  # Any: what a fault of the demo takes
    {
        "breaks": {"status": 500},
        "is-overloaded": {"status": 503, "retry_after": 3600},
        "vanishes": {"status": 404},
        "ends": {"status": 410},
        "locks-us-out": {"status": 403},
        "falls-silent": {"status": 200, "body": b""},
        "empties": {"status": 200, "body": ATOM % b""},
        "is-parked": {
            "status": 200,
            "body": b"<html><body><h1>This domain is for sale</h1></body></html>",
            "content_type": "text/html",
        },
        "is-cut": {"status": 200, "truncate": 200},
        "speaks-nonsense": {"status": 200, "body": bytes(range(256)) * 8},
        "shrinks": {"status": 200, "body": ATOM % (ENTRY % (b"shrinks", HAD, b"shrinks", HAD, HAD))},
    }
)
"""What becomes of each source, after its first good answer."""


def a_feed(name: str) -> bytes:
    return ATOM % b"".join(ENTRY % (name.encode(), day, name.encode(), day, day) for day in range(1, HAD + 1))


@pytest.mark.promise(46)
def test_sources_that_die_empty_or_shrink_keep_what_they_had(
    tmp_path: Path, now: datetime, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    days = scale(3, 60)
    with DemoNetworks(port=0) as demo:
        desk = Desk(tmp_path, demo.url, now, **{name: f"/{name}" for name in FATES})
        for name in FATES:
            demo.misbehave(f"/{name}", status=200, body=a_feed(name), content_type="application/atom+xml")
        desk.fetch()
        before = sorted(desk.store.posts.days(now))
        for name, fate in FATES.items():
            demo.misbehave(f"/{name}", **fate)
        asked = 0
        for day in range(1, days + 1):
            report = desk.fetch(hours=24 * day)
            asked += sum(source.status != "waiting" for source in report.sources)
            assert sorted(desk.store.posts.days(now)) == before
        sick = {name for name, source in by_name(report).items() if source.status in {"failed", "waiting"}}

        demo.behave()
        for name in FATES:
            demo.misbehave(f"/{name}", status=200, body=a_feed(name), content_type="application/atom+xml")
        well = by_name(desk.fetch(hours=24 * days + 100, insist=True))
        desk.store.close()

    assert sick == FATES.keys() - {"shrinks"}
    assert {name for name, source in well.items() if source.error} == set()
    assert all(source.same == HAD for source in well.values())
    shown = sum(number for listing, _, number in before if listing == "stream")
    assert shown == HAD * len(FATES)
    figure(
        f"{shown} posts of {len(FATES)} sick sources, {days} days, asked {asked} times: none lost, none changed"
    )
