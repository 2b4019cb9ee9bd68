"""The loopback server that plays the networks, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Self

from aiohttp import web

from demo.brand import Account, accounts
from demo.faults import Fault, Faults
from demo.manners import Limit, not_modified, squeezed, validator_headers, wants_gzip
from demo.networks import networks
from demo.networks._api import Call, Memory
from demo.site import Resource, of_account, resources

DEFAULT_PORT = 8473
LIMIT = 600
WINDOW = 60.0
NOTHING = MappingProxyType[str, str]({})


class PortTakenError(Exception):
    """Somebody else listens on the port already."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in. Header names are in lower case; a hanging answer has the status 0."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    query: str = ""


class DemoNetworks:
    """Larkwood's networks on 127.0.0.1; use it as a context manager.

    With ``port=0`` any free port is taken; ``url`` says which. ``limit`` and
    ``window`` are how many requests an account takes in how many seconds.
    """

    def __init__(self, port: int = 0, *, limit: int = LIMIT, window: float = WINDOW) -> None:
        self._port = port
        self.requests: list[Request] = []
        """Every request so far, the oldest first; clear it as you like."""
        self._faults = Faults()
        self._limit, self._window = limit, window
        self._limits: dict[str, Limit] = {}
        self._lock = Lock()
        self._resources: dict[str, Resource] = {}
        self._accounts = {account.name: account for account in accounts()}
        self._memories = {account.name: Memory.of(account) for account in accounts()}
        self._url = ""

    def __enter__(self) -> Self:
        self._socket = _listen(self._port)
        self._url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._resources = resources(self._url)
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._run, name="demo-networks", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the demo listens, without a slash at the end."""
        return self._url

    def misbehave(
        self,
        path: str,
        *,
        times: int | None = None,
        status: int | None = None,
        retry_after: int | str | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] = NOTHING,
        truncate: int | None = None,
        delay: float = 0,
        hang: bool = False,
    ) -> None:
        """Let an address go wrong, ``times`` times or until ``behave``; see ``Fault`` for the ways."""
        fault = Fault(
            times=times,
            status=status,
            retry_after=retry_after,
            body=body,
            content_type=content_type,
            headers=tuple(headers.items()),
            truncate=truncate,
            delay=delay,
            hang=hang,
        )
        self._faults.add(path, fault)

    def behave(self) -> None:
        """Let every address be good again."""
        self._faults.clear()

    def show(self, account: Account) -> None:
        """Serve the account as it is given from now on: with a post more, or less, or changed.

        >>> demo.show(replace(account, posts=account.posts[1:]))
        """
        self._resources = self._resources | of_account(account, self._url)
        self._accounts = self._accounts | {account.name: account}

    def expire(self, account: str) -> None:
        """End the tokens that an account's platform has given out, as after an hour or sixty days."""
        self._memories[account].expire()

    def revoke(self, account: str) -> None:
        """End all that an account's platform has given out: only a person can get in again."""
        self._memories[account].expire()
        self._memories[account].refreshes.clear()

    def limit(self, account: str, requests: int, *, seconds: float = WINDOW) -> None:
        """Take only so many requests for an account (by its name) in so many seconds."""
        with self._lock:
            self._limits[account] = Limit(requests, seconds)

    def _run(self) -> None:
        try:
            with contextlib.closing(self._loop):
                self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()  # whoever waits must not wait for ever when starting failed

    async def _serve(self) -> None:
        server = web.Server(self._handle, access_log=None)
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        fault = self._faults.take(request.path)
        body = await request.read()
        if fault is None:
            return self._recorded(request, self._answer(request, body))
        if fault.hang:
            return await self._hang(request)
        await asyncio.sleep(fault.delay)
        response = _spoilt(self._answer(request, body), fault)
        if fault.truncate is None:
            return self._recorded(request, response)
        return await _cut_short(request, self._recorded(request, response), fault.truncate)

    def _recorded(self, request: web.BaseRequest, response: web.Response) -> web.Response:
        self._record(request, response.status)
        return response

    def _record(self, request: web.BaseRequest, status: int) -> None:
        headers = MappingProxyType({name.lower(): value for name, value in request.headers.items()})
        self.requests.append(Request(request.method, request.path, status, headers, request.query_string))

    async def _hang(self, request: web.BaseRequest) -> web.Response:
        self._record(request, 0)
        await self._stop.wait()
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _answer(self, request: web.BaseRequest, body: bytes) -> web.Response:
        resource = self._resources.get(request.path)
        if resource is None:
            return self._of_api(request, body)
        if request.method not in {"GET", "HEAD"}:
            return _refusal(request, HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        if wait := self._wait(resource.account):
            return _refusal(request, HTTPStatus.TOO_MANY_REQUESTS, **{"Retry-After": str(wait)})
        if not _may_read(request, resource):
            challenge = 'Bearer realm="larkwood", error="invalid_token"'
            return _refusal(request, HTTPStatus.UNAUTHORIZED, **{"WWW-Authenticate": challenge})
        if resource.moved_to:
            return _moved(resource)
        return _content(request, resource)

    def _of_api(self, request: web.BaseRequest, body: bytes) -> web.Response:
        account = next((one for one in self._accounts.values() if _is_below(request.path, one.api)), None)
        network = networks()[account.network] if account else None
        if account is None or network is None or network.answer is None:
            return _refusal(request, HTTPStatus.NOT_FOUND)
        call = Call(
            method=request.method,
            path=request.path.removeprefix(account.api),
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            base=self._url,
            api=self._url + account.api,
            memory=self._memories[account.name],
        )
        wait = self._wait(account.name)
        if wait and network.too_many is None:
            return _refusal(request, HTTPStatus.TOO_MANY_REQUESTS, **{"Retry-After": str(wait)})
        said = network.too_many(account, wait) if wait and network.too_many else network.answer(account, call)
        return web.Response(status=said.status, body=said.body, headers=said.headers)

    def _wait(self, account: str) -> int:
        """How long the account asks to wait; pictures come from a CDN that has no limit."""
        if not account:
            return 0
        with self._lock:
            limit = self._limits.setdefault(account, Limit(self._limit, self._window))
            return limit.wait(time.monotonic())


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTakenError(
            f"Port {port} on 127.0.0.1 is taken; choose another one with --port, or 0 for any."
        ) from error


def _is_below(path: str, api: str) -> bool:
    return bool(api) and (path == api or path.startswith(f"{api}/"))


def _may_read(request: web.BaseRequest, resource: Resource) -> bool:
    sent = request.headers.get("Authorization", "").encode()
    return not resource.token or hmac.compare_digest(sent, f"Bearer {resource.token}".encode())


def _moved(resource: Resource) -> web.Response:
    return web.Response(
        status=HTTPStatus.MOVED_PERMANENTLY,
        body=resource.body,
        headers={"Location": resource.moved_to, "Content-Type": resource.media_type},
    )


def _content(request: web.BaseRequest, resource: Resource) -> web.Response:
    gzipped = resource.compressible and wants_gzip(request.headers)
    validators = validator_headers(resource, gzipped=gzipped)
    response = web.Response(headers={**validators, "Cache-Control": resource.cache_control})
    if resource.compressible:
        response.headers["Vary"] = "Accept-Encoding"
    for link in resource.links:
        response.headers.add("Link", link)
    if not_modified(resource, request.headers, validators):
        response.set_status(HTTPStatus.NOT_MODIFIED)
        return response
    response.headers["Content-Type"] = resource.media_type
    if gzipped:
        response.headers["Content-Encoding"] = "gzip"
    response.body = squeezed(resource.body) if gzipped else resource.body
    return response


def _refusal(request: web.BaseRequest, status: HTTPStatus, **headers: str) -> web.Response:
    """Refuse, in JSON where the address looks like an API's and as a small page elsewhere."""
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        body, media_type = json.dumps({"error": status.phrase}), "application/json; charset=utf-8"
    else:
        page = f"<!DOCTYPE html>\n<title>{status.phrase}</title>\n<h1>{status.value} {status.phrase}</h1>\n"
        body, media_type = page, "text/html; charset=utf-8"
    return web.Response(status=status, body=body.encode(), headers={"Content-Type": media_type, **headers})


def _spoilt(response: web.Response, fault: Fault) -> web.Response:
    """Change the answer as the fault would have it."""
    headers = response.headers.copy()
    body = response.body if isinstance(response.body, bytes) else b""
    status = fault.status or (response.status if fault.body is None else HTTPStatus.OK)
    if fault.body is not None or status >= HTTPStatus.BAD_REQUEST:
        for name in ("Content-Encoding", "ETag", "Last-Modified"):
            headers.pop(name, None)
        body = fault.body if fault.body is not None else f"{status}\n".encode()
        headers["Content-Type"] = "text/html; charset=utf-8" if fault.status else headers["Content-Type"]
    if fault.content_type is not None:
        headers["Content-Type"] = fault.content_type
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    headers.update(fault.headers)
    return web.Response(status=status, body=body, headers=headers)


async def _cut_short(request: web.BaseRequest, whole: web.Response, at: int) -> web.StreamResponse:
    """Promise the whole body, send the beginning, and drop the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[:at])
    if request.transport is not None:
        request.transport.close()
    return response
