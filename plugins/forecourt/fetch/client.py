"""Connections to the outside, all under one guard: aiohttp's, with httpx's addresses and answers on top.

5,000 conditional requests cost 11.3 CPU seconds with httpx's own pool, and 3.2 with its
client over aiohttp (hostile-world.md section 7), half of which that client took. What it
does beside, cookies, redirects, passwords, a log of every address, we do ourselves or
want nobody to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from forecourt.fetch.exchange import Limits
from forecourt.fetch.guard import Guard, Resolver

IDLE = 64
"""Hosts to which a connection is kept open while nothing is asked of them."""


class Client:
    """Connections under one guard. To be made where a loop runs, and closed.

    ``resolver`` and ``tls`` stand in for the system's name look-up and trusted certificates.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        guard: Guard,
        limits: Limits,
        resolver: AbstractResolver | None,
        tls: ssl.SSLContext,
    ) -> None:
        self.guard = guard
        self._resolver = Resolver(guard, resolver)
        self._session = aiohttp.ClientSession(
            # Without limits of its own: those who wait do so in Turns, outside the deadline.
            connector=_Connections(
                resolver=self._resolver, socket_factory=guard.open_socket, ssl=tls, limit=0
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),  # the deadline is round everything, in Trip.clock
            max_line_size=limits.header_size,
            max_field_size=limits.header_size,
            max_headers=limits.header_lines,
        )
        self._session._retry_connection = False  # noqa: SLF001 - it tries again what Door does; no public switch
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "keep-alive",
        }

    @contextlib.asynccontextmanager
    async def send(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[httpx.Response]:
        """Send one request and give the answer with its body unread, which the end of the block drops.

        Whoever sends sees to the deadline, and to where a redirect leads.
        """
        given = {name.lower() for name in headers}
        ours = {name: value for name, value in self._headers.items() if name.lower() not in given}
        async with self._session.request(
            method,
            URL(
                str(url), encoded=True
            ),  # to the letter: its own spelling of %2F breaks addresses that are signed
            headers={**ours, **headers},
            data=body or None,
            allow_redirects=False,
        ) as answer:
            yield httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer.content))

    def is_allowed(self, url: httpx.URL) -> bool:
        """Whether the URL leads to a network that was allowed by name, as far as one knows yet."""
        try:
            return self.guard.allows(url.host)
        except ValueError:
            return url.host in self._resolver.allowed

    async def close(self) -> None:
        """Close the connections; look-ups that hang are not waited for."""
        await self._session.close()
        # A turn of the loop, in which the connections that were let go of close (aiohttp's manual).
        await asyncio.sleep(0)
        await self._resolver.close()


class _Body(httpx.AsyncByteStream):
    """What comes behind the head of an answer, as it comes."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._content.iter_any():
            yield chunk


class _Connections(aiohttp.TCPConnector):
    """aiohttp's connections, of which few stay open unused.

    It keeps each for 15 seconds. 5,000 hosts that are asked once in that time would be
    as many open files, where most systems allow a program 1,024.
    """

    # There is no public switch; should the two names ever change, the test of open connections says so.
    def _release(self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        super()._release(key, protocol, should_close=should_close)
        while len(self._conns) > IDLE:
            for idle, _ in self._conns.pop(next(iter(self._conns))):  # those unused for the longest time
                idle.close()
