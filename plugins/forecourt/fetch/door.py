"""The one way out: every request to the outside goes through a Door.

What httpx leaves to its user is done here: one deadline round everything,
redirects judged one by one, and a second try where one is worth it.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import stamina.instrumentation
from aiohttp.abc import AbstractResolver

from forecourt import urls
from forecourt.connectors import Request
from forecourt.errors import FetchError
from forecourt.fetch import folders
from forecourt.fetch.client import Client
from forecourt.fetch.exchange import Answer, Limits, Validators
from forecourt.fetch.faults import translated
from forecourt.fetch.guard import Guard
from forecourt.fetch.reading import check_head
from forecourt.fetch.trip import BREATH, LEADS_ON, Trip
from forecourt.fetch.turns import Turns

stamina.instrumentation.set_on_retry_hooks([])  # it would log each second try as a warning

_LIMITS = Limits()
_GAP = 1.0  # seconds between polls of one public host


class Door:
    """Sends requests, within limits and to permitted addresses only.

    An async context manager; one Door serves one run. ``user_agent`` says who
    asks, with an address for complaints. ``root`` is the hub's own folder, where
    ``folder:`` addresses lead. ``resolver`` and ``tls`` stand in for the system's
    name look-up and trusted certificates. Private networks that ``guard`` allows are
    open to addresses that the operator wrote, and shut to those that strangers name.
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
        self._limits = limits
        self._root = root
        self._turns = Turns(limits.connections)
        self._guard = guard
        tls = tls or httpx.create_ssl_context()
        self._open = partial(Client, user_agent, limits=limits, resolver=resolver, tls=tls)

    async def __aenter__(self) -> Self:
        self._asked = self._open(guard=self._guard)
        self._astray = self._open(guard=self._guard.of_strangers())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._asked.close()
        await self._astray.close()

    async def ask(
        self,
        request: Request,
        validators: Validators | None = None,
        *,
        now: datetime,
        limits: Limits | None = None,
        polite: bool = True,
        astray: bool = False,
    ) -> Answer:
        """Send one request and read the whole answer.

        With ``validators`` the answer may be 304. ``now`` turns Retry-After into
        a moment. ``polite`` asks a host for one thing at a time, and leaves a second
        between the starts of two requests to a public one, as polls of sources must;
        of pictures a host is asked for several. ``astray`` says that strangers named the
        address, as a redirect to another site does. A GET whose connection broke, or that
        a server in trouble answered, is tried a second time, within the same deadline.
        Raises a FetchError of the kind that fits, and nothing else.
        """
        if request.url.startswith(urls.FOLDER):
            return await asyncio.to_thread(folders.answer, self._root, request.url, limits or self._limits)
        trip = Trip(request, validators or Validators(), limits or self._limits, now, is_astray=astray)
        answer = None
        while answer is None:
            try:
                answer = await self._go(trip, polite=polite)
            except FetchError as error:
                answer = await self._go_again(trip, error, polite=polite)
        return answer

    async def _go_again(self, trip: Trip, error: FetchError, *, polite: bool) -> Answer | None:
        """The second try, after a breath, where the trip is worth one; otherwise the error again.

        The first try is not stamina's, whose books cost 0.4 times what a request does (bench/door.py).
        """
        async for attempt in stamina.retry_context(
            trip.is_worth_another, attempts=2, timeout=None, wait_initial=BREATH, wait_jitter=BREATH
        ):
            with attempt:
                if attempt.num == 1:
                    raise error
                return await self._go(trip, polite=polite)
        raise error

    async def _go(self, trip: Trip, *, polite: bool) -> Answer | None:
        """Send one request of the trip when it is its turn: the answer, or None when it leads on."""
        client = self._astray if trip.is_astray else self._asked
        url = client.guard.judge(trip.url)
        at_once = self._limits.per_host if polite else self._limits.pictures_per_host
        gap = _GAP if polite and trip.is_new_at(url) and not client.is_allowed(url) else 0
        async with self._turns.at((url.netloc, polite), at_once, gap), trip.clock(url):
            return await self._send(trip, url, client)

    async def _send(self, trip: Trip, url: httpx.URL, client: Client) -> Answer | None:
        with translated(url):
            async with client.send(trip.method, url, trip.headers(), trip.body) as response:
                check_head(url, response, self._limits)
                if response.status_code in LEADS_ON:
                    trip.go_on(url, response)
                    return None
                return await trip.arrive(url, response, private=client.is_allowed(url))
