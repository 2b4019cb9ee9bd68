"""What the guarded door costs: conditional requests through it, beside the bare transports below it.

5,000 requests that are answered with 304, over 250 addresses: at most 1.5 times the processor
time of httpx over aiohttp's connections. The ways take turns, so that what else the machine
does falls on all of them, and the median of each is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from statistics import median

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bench.cost import ROOT
from bench.hosts import Hosts
from forecourt.connectors import Request
from forecourt.console import say
from forecourt.fetch import Door, Guard, Validators, each

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AT_ONCE = 48
"""Requests on their way at the same time, in each of the ways."""

Asking = Callable[[Sequence[str], str], Coroutine[None, None, None]]


async def through_the_door(urls: Sequence[str], etag: str) -> None:
    """As ingest asks: limits, guard, one deadline round everything."""
    known = Validators(etag)
    guard = Guard([ipaddress.ip_network("127.0.0.0/8")])
    async with Door("bench", guard) as door:

        async def one(url: str) -> None:
            answer = await door.ask(Request(url), known, now=NOW)
            _check(answer.status)

        await each(urls, one, AT_ONCE)


async def over_httpx(urls: Sequence[str], etag: str) -> None:
    """The transport that the door uses, with nothing around it."""
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)
    headers = {"If-None-Match": etag}
    async with httpx.AsyncClient(transport=AiohttpTransport(client=session), timeout=None) as client:  # noqa: S113 - no limit is part of what is compared

        async def one(url: str) -> None:
            async with client.stream("GET", url, headers=headers) as response:
                await response.aread()
                _check(response.status_code)

        await each(urls, one, AT_ONCE)


async def over_aiohttp(urls: Sequence[str], etag: str) -> None:
    """The connections below that."""
    headers = {"If-None-Match": etag}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

        async def one(url: str) -> None:
            async with session.get(url, headers=headers) as response:
                await response.read()
                _check(response.status)

        await each(urls, one, AT_ONCE)


def _check(status: int) -> None:
    if status != httpx.codes.NOT_MODIFIED:
        raise RuntimeError(f"the server answered with {status}")


WAYS: tuple[Asking, ...] = (through_the_door, over_httpx, over_aiohttp)


def seconds(requests: int, addresses: int, rounds: int) -> dict[str, list[float]]:
    """Processor seconds of each way in each round, by its name."""
    found: dict[str, list[float]] = {way.__name__: [] for way in WAYS}
    with Hosts(addresses, entries=1) as hosts:
        for _ in range(rounds):
            for name, times in found.items():
                times.append(_alone(name, requests, hosts))
    return found


def _alone(way: str, requests: int, hosts: Hosts) -> float:
    """What one way takes in a process of its own, so that neither the sites nor another way weigh on it."""
    command = [sys.executable, "-m", "bench.door", "--way", way, "--requests", str(requests)]
    said = json.dumps({"etag": hosts.etag, "urls": [*hosts.urls]})
    done = subprocess.run(command, cwd=ROOT, input=said, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _taken(name: str, requests: int) -> float:
    """In that process: read where to ask, ask, and say what it took."""
    way = next(way for way in WAYS if way.__name__ == name)
    said = json.load(sys.stdin)
    urls = [said["urls"][number % len(said["urls"])] for number in range(requests)]
    started = time.process_time()
    asyncio.run(way(urls, said["etag"]))
    return time.process_time() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.door", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--addresses", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.way:
        sys.stdout.write(f"{_taken(chosen.way, chosen.requests)}\n")
        return
    found = seconds(chosen.requests, chosen.addresses, chosen.rounds)
    bare = median(found[over_httpx.__name__])
    for name, times in found.items():
        share = median(times) / bare
        say(
            f"{name}: {median(times):.2f} s ({min(times):.2f} to {max(times):.2f}), {share:.2f} of bare httpx"
        )


if __name__ == "__main__":
    main()
