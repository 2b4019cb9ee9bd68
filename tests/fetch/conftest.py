"""A site on loopback that answers with the very bytes a test gives it."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

HANG = b""
FAULTSERVER = Path(__file__).parents[2].parent / "shared/tools/faultserver.py"


class Names(AbstractResolver):
    """A name server that knows what a test tells it."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self._answers = answers

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._answers[host]
        ]

    async def close(self) -> None:
        pass


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


_STEPS = 5  # of an event loop, and more than it takes from a connection that is let in to the function that serves it


@dataclass
class Site:
    """Answers on 127.0.0.1 and 127.0.0.2, in a thread of its own.

    ``routes`` maps a path with its query to the bytes of an answer, or to a
    function of the request that gives them; ``HANG`` never answers.
    """

    routes: dict[str, bytes | Callable[[Asked], bytes]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    delay: float = 0
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._conversations: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        first = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = first.sockets[0].getsockname()[1]
        self._servers = [first, await asyncio.start_server(self._meet, "127.0.0.2", self.port)]

    async def _stop(self) -> None:
        # Let nobody in any more, and meet who was let in just now: a server that is closed before leaves
        # the sockets of those to the collector.
        for server in self._servers:
            for listening in server.sockets:
                self._loop.remove_reader(listening.fileno())
        for _ in range(_STEPS):
            await asyncio.sleep(0)
        met = {**self._conversations}
        for writer, conversation in met.items():
            conversation.cancel()
            writer.transport.abort()
        await asyncio.gather(*met.values(), return_exceptions=True)
        for server in self._servers:
            server.close()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations[writer] = asyncio.create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._conversations.pop(writer, None)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked = await _read(reader)
            self.asked.append(asked)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(self.delay)
            self.at_once -= 1
            route = self.routes[asked.path]
            reply = route if isinstance(route, bytes) else route(asked)
            if reply == HANG:
                await asyncio.sleep(3600)
            writer.write(reply)
            await writer.drain()
            if b"connection: close" in reply.lower():
                writer.close()
                await writer.wait_closed()
                return


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, body, time.monotonic())


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture(scope="session")
def faultserver() -> ModuleType:
    """The misbehaving server that founders share; tests that need it are skipped without it."""
    if not FAULTSERVER.exists():
        pytest.skip("the fault server is not here")
    spec = importlib.util.spec_from_file_location("faultserver", FAULTSERVER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["faultserver"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@contextmanager
def fault_server(module: ModuleType, **limits: float) -> Iterator[Any]:  # Any: the module is not ours to type
    """Run the shared server. A try of its own that found a port taken it leaves to the collector, which is no fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        server = module.FaultServer(**limits)
        server.__enter__()
        gc.collect()
    try:
        yield server
    finally:
        server.__exit__(None, None, None)
