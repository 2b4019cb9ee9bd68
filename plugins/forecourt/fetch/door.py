"""The one way out: every request to the outside goes through a Door.

It is httpx over aiohttp's connections: 5,000 conditional requests cost 3.2 CPU
seconds that way and 11.3 with httpx's own pool (hostile-world.md section 7).
What httpx leaves to its user is done here: one deadline round everything, and
redirects judged one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from forecourt import urls
from forecourt.connectors import Request
from forecourt.errors import Refused, TooSlow, Unreadable
from forecourt.fetch import folders
from forecourt.fetch.exchange import Answer, Limits, Validators
from forecourt.fetch.faults import translated
from forecourt.fetch.guard import Guard, Resolver
from forecourt.fetch.reading import check_head, check_status, header, place, read_body, validators
from forecourt.fetch.turns import Turns

# httpx logs every URL in full, and a token may stand in a URL. A level would not do: whoever wants to see
# more in a log sets another.
logging.getLogger("httpx").disabled = True

_LEADS_ON = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_LIMITS = Limits()
_GAP = 1.0  # seconds between polls of one public host


class Door:
    """Sends requests, within limits and to permitted addresses only.

    An async context manager; one Door serves one run. ``user_agent`` says who
    asks, with an address for complaints. ``root`` is the hub's own folder, where
    ``folder:`` addresses lead. ``resolver`` and ``tls`` stand in for the system's
    name look-up and trusted certificates.
    """

    def __init__(
        self,
        user_agent: str,
        guard: Guard,
        limits: Limits = _LIMITS,
        *,
        root: Path | None = None,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._guard = guard
        self._limits = limits
        self._root = root
        self._resolver = Resolver(guard, resolver)
        self._tls = tls
        self._turns = Turns(limits.connections, limits.per_host)

    async def __aenter__(self) -> Self:
        self._client = self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()
        await self._resolver.close()

    async def ask(
        self,
        request: Request,
        validators: Validators | None = None,
        *,
        now: datetime,
        limits: Limits | None = None,
        polite: bool = True,
    ) -> Answer:
        """Send one request and read the whole answer.

        With ``validators`` the answer may be 304. ``now`` turns Retry-After into
        a moment. ``polite`` leaves a second between the starts of two requests to
        one public host, as polls of sources must; pictures need not wait. Raises
        a FetchError of the kind that fits, and nothing else.
        """
        if request.url.startswith(urls.FOLDER):
            return await asyncio.to_thread(folders.answer, self._root, request.url, limits or self._limits)
        trip = _Trip(request, validators or Validators(), limits or self._limits, now)
        while True:
            url = self._guard.judge(trip.url)
            gap = _GAP if polite and trip.is_new_at(url) and not self._is_allowed(url) else 0
            async with self._turns.at(url.netloc.decode(), gap), trip.clock(url):
                answer = await self._send(trip, url)
            if answer:
                return answer

    async def _send(self, trip: _Trip, url: httpx.URL) -> Answer | None:
        """Send one request of the trip: the answer, or None when it leads on."""
        with translated(url):
            async with self._client.stream(
                trip.method, url, headers=trip.headers_at(url), content=trip.body or None
            ) as response:
                check_head(url, response, self._limits)
                if response.status_code in _LEADS_ON:
                    trip.go_on(url, response)
                    return None
                return await trip.arrive(url, response)

    def _is_allowed(self, url: httpx.URL) -> bool:
        try:
            return self._guard.allows(url.host)
        except ValueError:
            return url.host in self._resolver.allowed

    def _open(self) -> httpx.AsyncClient:
        tls = self._tls or httpx.create_ssl_context()
        session = aiohttp.ClientSession(
            # Without limits of its own: those who wait do so in Turns, outside the deadline.
            connector=aiohttp.TCPConnector(
                resolver=self._resolver, socket_factory=self._guard.open_socket, ssl=tls, limit=0
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=self._limits.header_size,
            max_field_size=self._limits.header_size,
            max_headers=self._limits.header_lines,
        )
        return httpx.AsyncClient(
            transport=AiohttpTransport(verify=tls, client=session),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            timeout=None,  # noqa: S113 - the deadline is round everything, in _Trip.clock
        )


class _Trip:
    """One request on its way: where it stands, and what is left of its limits."""

    def __init__(self, request: Request, sent: Validators, limits: Limits, now: datetime) -> None:
        self.url = request.url
        self.method = request.method
        self.body = request.body
        self._hears_errors = request.hears_errors
        self._headers = request.headers
        self._sent = sent
        self._limits = limits
        self._now = now
        self._seconds_left = limits.deadline
        self._passed: list[httpx.URL] = []
        self._moved_to = ""
        self._for_good = True

    @contextlib.asynccontextmanager
    async def clock(self, url: httpx.URL) -> AsyncIterator[None]:
        """Let the deadline run while the body of the block does. Raises TooSlow when it passes."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self._seconds_left):
                yield
        except TimeoutError as error:
            raise TooSlow(
                f"{url.host} did not answer in full within {self._limits.deadline:g} seconds; "
                "it is asked again at the next run."
            ) from error
        finally:
            self._seconds_left -= loop.time() - started

    def is_new_at(self, url: httpx.URL) -> bool:
        """Whether this is the first request of the trip to this host, as far as one can tell."""
        return not self._passed or self._passed[-1].host != url.host

    def headers_at(self, url: httpx.URL) -> dict[str, str]:
        """Give the headers to send there: the request's own to the site they are for, validators to all."""
        is_home = not self._passed or _site(self._passed[0]) == _site(url)
        headers = dict(self._headers) if is_home else {}
        if self._sent.etag:
            headers["If-None-Match"] = self._sent.etag
        if self._sent.last_modified:
            headers["If-Modified-Since"] = self._sent.last_modified
        return headers

    def go_on(self, url: httpx.URL, response: httpx.Response) -> None:
        """Turn to where a redirect leads, its body unread. Raises Refused or Unreadable."""
        self._passed.append(url)
        target = _target(url, response)
        if len(self._passed) > self._limits.redirects:
            raise Refused(f"{place(url)} leads on and on: check the address, or tell its owner.")
        if target in self._passed:
            raise Refused(f"{place(url)} leads round in a circle: check the address, or tell its owner.")
        if url.scheme == "https" and target.scheme == "http":
            raise Refused(f"{place(url)} leads from https to http, which anyone could alter: tell its owner.")
        self._turn(url, target, response.status_code)
        self._for_good = self._for_good and response.status_code in _PERMANENT
        self._moved_to = str(target) if self._for_good else ""
        self.url = str(target)

    def _turn(self, url: httpx.URL, target: httpx.URL, status: int) -> None:
        # RFC 9110 section 15.4: 303 asks for a GET, and 301 and 302 make a POST one in practice.
        if status == httpx.codes.SEE_OTHER or (self.method == "POST" and status in {301, 302}):
            self.method, self.body = "GET", b""
        if self.body and _site(url) != _site(target):
            raise Refused(f"{place(url)} would send our data on to {target.host}: check the address.")

    async def arrive(self, url: httpx.URL, response: httpx.Response) -> Answer:
        """Read the answer at the end of the trip. Raises Answered, TooLarge or Unreadable."""
        theirs = validators(response)
        headers = dict(response.headers.items())
        if response.status_code == httpx.codes.NOT_MODIFIED:
            if self._sent == Validators():
                raise Unreadable(
                    f"{place(url)} says that nothing changed, but was not asked: tell its owner."
                )
            kept = Validators(
                theirs.etag or self._sent.etag, theirs.last_modified or self._sent.last_modified
            )
            return Answer(304, str(url), b"", headers, kept, self._moved_to)
        if not self._hears_errors:
            check_status(url, response, self._now)
        body = await read_body(url, response, self._limits)
        return Answer(response.status_code, str(url), body, headers, theirs, self._moved_to)


def _site(url: httpx.URL) -> tuple[str, int | None]:
    return (url.host, url.port)


def _target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = header(response, b"location").strip()
    if not location:
        raise Unreadable(f"{place(url)} leads on without saying where: check the address, or tell its owner.")
    target = urls.absolute(location, str(url))
    if not target:
        raise Refused(f"{place(url)} leads to something that is no web address: check it, or tell its owner.")
    return httpx.URL(target).copy_with(fragment=None)
