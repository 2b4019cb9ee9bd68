"""Connections to the outside, all under one guard: httpx over aiohttp's.

5,000 conditional requests cost 3.2 CPU seconds that way and 11.3 with httpx's own
pool (hostile-world.md section 7).
"""

from __future__ import annotations

import logging
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from forecourt.fetch.exchange import Limits
from forecourt.fetch.guard import Guard, Resolver

# httpx logs every URL in full, and a token may stand in a URL. A level would not do: whoever wants to see
# more in a log sets another.
logging.getLogger("httpx").disabled = True


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
        session = aiohttp.ClientSession(
            # Without limits of its own: those who wait do so in Turns, outside the deadline.
            connector=aiohttp.TCPConnector(
                resolver=self._resolver, socket_factory=guard.open_socket, ssl=tls, limit=0
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=limits.header_size,
            max_field_size=limits.header_size,
            max_headers=limits.header_lines,
        )
        session._retry_connection = False  # noqa: SLF001 - it tries again what Door does; no public switch
        self.http = httpx.AsyncClient(
            transport=AiohttpTransport(verify=tls, client=session),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            timeout=None,  # noqa: S113 - the deadline is round everything, in Trip.clock
        )

    def is_allowed(self, url: httpx.URL) -> bool:
        """Whether the URL leads to a network that was allowed by name, as far as one knows yet."""
        try:
            return self.guard.allows(url.host)
        except ValueError:
            return url.host in self._resolver.allowed

    async def close(self) -> None:
        """Close the connections; look-ups that hang are not waited for."""
        await self.http.aclose()
        await self._resolver.close()
