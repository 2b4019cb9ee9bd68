"""One request on its way: where it stands, and what is left of its limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import httpx

from forecourt import urls
from forecourt.connectors import Request
from forecourt.errors import Answered, Lost, Refused, TooSlow, Unreadable
from forecourt.fetch.exchange import Answer, Limits, Validators
from forecourt.fetch.reading import header, name, place, read_body, refusal, validators

LEADS_ON = frozenset({301, 302, 303, 307, 308})
"""The statuses of redirects."""

BREATH = 0.5
"""Seconds before a second try, and as much again by chance."""

_PERMANENT = frozenset({301, 308})


class Trip:
    """A request and the redirects it has followed.

    ``sent`` are the validators that go with it, ``limits`` its own, ``now`` is the moment of the run.
    ``is_astray`` is whether strangers named the address: they did from the start, or a redirect led to another site.
    """

    def __init__(
        self, request: Request, sent: Validators, limits: Limits, now: datetime, *, is_astray: bool
    ) -> None:
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
        self._is_first_try = True
        self.is_astray = is_astray
        self._has_left = False

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
                f"{name(url)} did not answer in full within {self._limits.deadline:g} seconds."
            ) from error
        finally:
            self._seconds_left -= loop.time() - started

    def is_new_at(self, url: httpx.URL) -> bool:
        """Whether this is the first request of the trip to this host, as far as one can tell."""
        return not self._passed or self._passed[-1].host != url.host

    def is_worth_another(self, error: Exception) -> bool:
        """Whether a second try is due: one a trip, of what changes nothing, while there is time."""
        is_due = self._deserves_another(error) and self._seconds_left > 2 * BREATH
        self._is_first_try = self._is_first_try and not is_due
        return is_due

    def _deserves_another(self, error: Exception | None) -> bool:
        if self.method != "GET" or not self._is_first_try:
            return False
        if isinstance(error, Answered):
            return error.status >= httpx.codes.INTERNAL_SERVER_ERROR and error.retry_at is None
        return isinstance(error, Lost)

    def headers(self) -> dict[str, str]:
        """Give the headers to send now: the request's own to the site they are for, validators to all."""
        headers = {} if self._has_left else dict(self._headers)
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
        self._has_left = self._has_left or _site(self._passed[0]) != _site(target)
        self.is_astray = self.is_astray or self._has_left

    def _turn(self, url: httpx.URL, target: httpx.URL, status: int) -> None:
        # RFC 9110 section 15.4: 303 asks for a GET, and 301 and 302 make a POST one in practice.
        if status == httpx.codes.SEE_OTHER or (self.method == "POST" and status in {301, 302}):
            self.method, self.body = "GET", b""
        if self.body and _site(url) != _site(target):
            raise Refused(f"{place(url)} would send our data on to {name(target)}: check the address.")

    async def arrive(self, url: httpx.URL, response: httpx.Response, *, private: bool) -> Answer:
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
            return Answer(304, str(url), b"", headers, kept, self._moved_to, private)
        refused = refusal(url, response, self._now)
        if refused and (not self._hears_errors or self._deserves_another(refused)):
            raise refused
        body = await read_body(url, response, self._limits)
        return Answer(response.status_code, str(url), body, headers, theirs, self._moved_to, private)


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
