"""How many connections stay open, and what becomes of what is sent beside."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from datetime import datetime

import pytest
from aiohttp.connector import AddrInfoType

from bench.hosts import Hosts
from forecourt.connectors import Request
from forecourt.fetch import Door, Guard
from forecourt.fetch.client import IDLE
from tests.fetch.conftest import Site
from tests.fetch.test_door import reply

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
MORE = 20
"""Hosts beyond those to which a connection stays open."""


class Watching(Guard):
    """A guard that remembers the sockets it opened."""

    def __init__(self) -> None:
        super().__init__([LOOPBACK])
        self.opened: list[socket.socket] = []

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        self.opened.append(super().open_socket(info))
        return self.opened[-1]

    @property
    def still_open(self) -> list[bool]:
        return [one.fileno() != -1 for one in self.opened]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_connections_to_few_hosts_stay_open_the_latest(now: datetime) -> None:
    guard = Watching()

    async def ask(urls: list[str]) -> list[bool]:
        async with Door("test", guard) as door:
            for url in urls:
                await door.ask(Request(url), now=now)
            await asyncio.sleep(0)  # what is closed is closed when the loop comes round
            return guard.still_open

    with Hosts(IDLE + MORE, entries=1) as hosts:
        still_open = asyncio.run(ask([*hosts.urls]))

    assert still_open == [*[False] * MORE, *[True] * IDLE]


def test_a_host_is_asked_again_over_the_same_connection(site: Site, now: datetime) -> None:
    guard = Watching()
    site.routes |= {f"/{number}": reply(b"well") for number in range(3)}

    async def ask() -> None:
        async with Door("test", guard) as door:
            for path in site.routes:
                await door.ask(Request(site.url(path)), now=now)

    asyncio.run(ask())
    assert len(site.asked) == 3
    assert len(guard.opened) == 1


def test_a_header_of_a_request_takes_the_place_of_ours_however_it_is_spelled(
    site: Site, now: datetime
) -> None:
    site.routes["/"] = reply(b"well")

    async def ask() -> None:
        async with Door("test", Guard([LOOPBACK])) as door:
            await door.ask(Request(site.url(), headers={"accept": "application/json"}), now=now)

    asyncio.run(ask())
    assert site.asked[0].headers["accept"] == "application/json"
    assert site.asked[0].headers["user-agent"] == "test"


@pytest.mark.parametrize("path", ["/p%7Eq/%2Fx%20y?sig=a%2Bb%2F&z=%7e+1", "/a;b=1/%C3%A9?x='"])
def test_an_address_is_asked_to_the_letter(site: Site, now: datetime, path: str) -> None:
    """Some are signed: another spelling of them is another address."""
    site.routes[path] = reply(b"well")

    async def ask() -> bytes:
        async with Door("test", Guard([LOOPBACK])) as door:
            return (await door.ask(Request(site.url(path)), now=now)).body

    assert asyncio.run(ask()) == b"well"
