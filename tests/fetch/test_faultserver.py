"""Everything that a misbehaving server can do ends within the deadline, and in the right way."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from types import ModuleType
from typing import Any

import pytest

from forecourt.connectors import Request
from forecourt.errors import Answered, FetchError, Refused, TooSlow, Unreachable
from forecourt.fetch import Answer, Door, Guard, Limits
from tests.fetch.conftest import Names

DEADLINE = 3.0
# 32 so that all go at once: the test is of the answers, not of the politeness.
LIMITS = Limits(deadline=DEADLINE, per_host=32)
# localhost as most systems know it: with an address that is not allowed here.
NAMES = Names({"localhost": ["127.0.0.1", "::1"]})

# What is wrong with these is their content, which is the connector's to judge.
CONTENT = {
    "/empty",
    "/entities",
    "/garbage",
    "/html",
    "/html-as-xml",
    "/json-cut",
    "/meta-refresh",
    "/truncated-xml",
}
UNLIKE_THE_LIST = {
    "/301-huge-body": "followed, its body unread: what its text asks for",
    "/301-downgrade": "says nothing over http",
    "/301-other-host": "leads to localhost, which is forbidden here for /301-to-localhost",
    "/br": "not asked for",
    "/zstd": "not asked for",
    "/cookie-flood": "500 header lines",
    "/500-then-200": "there is no retry yet",
    "/reset-then-200": "there is no retry yet",
}
VARIANTS = {
    "/status/": "/status/503",
    "/301-chain/": "/301-chain/6",
    "/file/": "/file/none",
    "/slow": "/slow?ms=200",
}


@dataclass
class Verdict:
    path: str
    kind: str
    outcome: Answer | BaseException
    seconds: float


@pytest.fixture(scope="module")
def server(faultserver: ModuleType) -> Iterator[Any]:
    with faultserver.FaultServer(stream_s=20) as running:
        running.warm()
        yield running
    running.process.stdout.close()  # it does not do so itself


async def _ask(door: Door, url: str) -> tuple[Answer | BaseException, float]:
    started = time.monotonic()
    (outcome,) = await asyncio.gather(door.ask(Request(url), now=datetime.now(UTC)), return_exceptions=True)
    return outcome, time.monotonic() - started


def _ask_all(
    urls: list[str], tls: ssl.SSLContext | None = None
) -> list[tuple[Answer | BaseException, float]]:
    async def all_at_once() -> list[tuple[Answer | BaseException, float]]:
        async with Door("test", Guard([ip_network("127.0.0.1/32")]), LIMITS, resolver=NAMES, tls=tls) as door:
            return await asyncio.gather(*(_ask(door, url) for url in urls))

    return asyncio.run(all_at_once())


@pytest.fixture(scope="module")
def verdicts(server: Any) -> list[Verdict]:
    rows = [row for row in json.loads(server.control("/__endpoints")) if not row["path"].startswith("/__")]
    answers = _ask_all([server.url(VARIANTS.get(row["path"], row["path"])) for row in rows])
    return [
        Verdict(row["path"], row["kind"], outcome, seconds)
        for row, (outcome, seconds) in zip(rows, answers, strict=True)
    ]


def test_nothing_but_our_own_errors_comes_out(verdicts: list[Verdict]) -> None:
    assert len(verdicts) > 130
    assert [verdict for verdict in verdicts if not isinstance(verdict.outcome, Answer | FetchError)] == []


def test_everything_ends_by_the_deadline(verdicts: list[Verdict]) -> None:
    # Two seconds of grace (promise 1): those before were waiting for a connection, all share one core.
    assert [verdict for verdict in verdicts if verdict.seconds > 2 * DEADLINE + 2] == []


def test_every_endpoint_ends_as_it_should(verdicts: list[Verdict]) -> None:
    judged = [verdict for verdict in verdicts if verdict.path not in CONTENT | UNLIKE_THE_LIST.keys()]
    wrong = [
        verdict
        for verdict in judged
        if verdict.kind != "either" and isinstance(verdict.outcome, Answer) != (verdict.kind == "ok")
    ]
    assert wrong == []


def test_no_canary_was_reached(verdicts: list[Verdict], server: Any) -> None:
    assert verdicts
    assert server.hits() == {}


@pytest.mark.parametrize("port", ["https_expired", "https_wrong", "https_self", "tls_plain", "tls_reset"])
def test_a_connection_that_is_not_secure_is_not_used(server: Any, port: str) -> None:
    ((outcome, _),) = _ask_all(
        [server.url("/ok", port)], ssl.create_default_context(cafile=server.info["ca"])
    )
    assert isinstance(outcome, Unreachable)
    assert ("certificate" in str(outcome)) == port.startswith("https")


@pytest.mark.parametrize("port", ["tls_hang", "connect_hang"])
def test_a_connection_that_hangs_costs_the_deadline(server: Any, port: str) -> None:
    ((outcome, seconds),) = _ask_all([server.url("/ok", port)])
    assert isinstance(outcome, TooSlow)
    assert seconds < DEADLINE + 2


def test_a_good_certificate_is_trusted_and_nothing_leads_down_from_it(server: Any) -> None:
    tls = ssl.create_default_context(cafile=server.info["ca"])
    (good, _), (down, _) = _ask_all(
        [server.url(path, "https_good") for path in ("/ok", "/301-downgrade")], tls
    )
    assert isinstance(good, Answer)
    assert isinstance(down, Refused)
    assert "https to http" in str(down)


def test_a_pause_that_is_asked_for_ends_within_a_day(verdicts: list[Verdict]) -> None:
    pauses = {
        verdict.path: bool(verdict.outcome.retry_at)
        for verdict in verdicts
        if isinstance(verdict.outcome, Answered) and verdict.path.startswith(("/429", "/503"))
    }
    assert pauses == {
        "/429": True,
        "/429-date": True,
        "/429-huge": True,
        "/429-junk": False,
        "/503-retry-after": True,
    }


_PEAK = """
import asyncio, datetime, ipaddress, resource, sys
from forecourt.connectors import Request
from forecourt.fetch import Door, Guard, Limits

async def main():
    door = Door("test", Guard([ipaddress.ip_network("127.0.0.1/32")]), Limits(deadline=3))
    async with door:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for url in sys.argv[1:]:
            ask = door.ask(Request(url), now=datetime.datetime.now(datetime.UTC))
            await asyncio.gather(ask, return_exceptions=True)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_nothing_larger_than_the_limit_is_ever_held(server: Any) -> None:
    large = ["/big", "/infinite", "/infinite-chunked", "/chunked-huge-size", "/gzip-bomb", "/gzip-gzip-bomb"]
    large += ["/huge-length", "/endless-headers", "/huge-header", "/big-entries", "/1xx-flood"]
    command = [sys.executable, "-c", _PEAK, *map(server.url, large)]
    peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert peak < 40  # MiB (promise 2)
