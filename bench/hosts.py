"""Many small web sites on loopback, an address each, in a thread of their own: what benches ask.

Each serves Atom feeds with an ETag. Some hang: they take the connection and never say a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from threading import Event, Thread
from typing import Self

_FIRST = IPv4Address("127.1.0.1")
_NEWEST = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_WORDS = (
    "oak", "linen", "glaze", "harbour", "lantern", "kettle", "thistle", "walnut", "copper", "meadow", "clay",
)  # fmt: skip


def feed(name: str, entries: int, first: int = 0) -> bytes:
    """An Atom feed of so many entries, the newest first; ``first`` is how many are newer than those."""
    body = "".join(_entry(name, number) for number in range(entries + first - 1, first - 1, -1))
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{name}</title><id>urn:{name}</id>{body}</feed>"
    ).encode()


def _entry(name: str, number: int) -> str:
    when = (_NEWEST - timedelta(hours=400) + timedelta(hours=number)).isoformat()
    words = " ".join(_WORDS[(number + step) % len(_WORDS)] for step in range(60))
    return (
        f"<entry><id>urn:{name}:{number}</id><title>{words[:40]} {number}</title>"
        f'<link href="https://{name}.example/{number}"/><updated>{when}</updated>'
        f"<author><name>{name}</name></author>"
        f'<content type="html">&lt;p&gt;{words} &lt;b&gt;{number}&lt;/b&gt;&lt;/p&gt;</content></entry>'
    )


class Hosts:
    """A context manager; ``urls`` are the feeds' addresses, the hanging ones spread evenly among them.

    ``feeds`` is how many each address has, ``entries`` how many each feed has, ``delay`` how many
    seconds an answer takes. ``etag`` is theirs as of the last ``show``.
    """

    def __init__(
        self, number: int, *, hanging: int = 0, entries: int = 20, feeds: int = 1, delay: float = 0
    ) -> None:
        self.asked = 0
        """Requests so far that had an answer."""
        self.read = 0
        """Of those, how many were answered with a document."""
        self.delay = delay
        self._addresses = [str(_FIRST + offset) for offset in range(number)]
        every = number // hanging if hanging else number + 1
        self._silent = {
            address for place, address in enumerate(self._addresses) if place % every == every - 1
        }
        self._port = 0
        self._paths = [f"/{number}.xml" for number in range(feeds)] if feeds > 1 else ["/feed.xml"]
        self._served: dict[str, tuple[bytes, bytes]] = {}
        self._sockets: list[socket.socket] = []
        self._open: set[asyncio.StreamWriter] = set()
        self.show(entries)

    @property
    def urls(self) -> Sequence[str]:
        """Where the feeds are."""
        return [self._url(address, path) for address in self._addresses for path in self._paths]

    @property
    def hanging(self) -> int:
        """How many of them hang."""
        return len(self._silent)

    def show(self, entries: int, first: int = 0, *, only: str = "") -> None:
        """Serve other entries from now on, at all addresses or at one of ``urls`` only."""
        self.etag = f'"{entries}-{first}"'
        for address in self._addresses:
            for path in self._paths:
                if only in {"", self._url(address, path)}:
                    name = f"host-{address.replace('.', '-')}{path.removesuffix('.xml').replace('/', '-')}"
                    self._served[address + path] = (self.etag.encode(), feed(name, entries, first))

    def _url(self, address: str, path: str) -> str:
        return f"http://{address}:{self._port}{path}"

    def __enter__(self) -> Self:
        for address in self._addresses:
            self._sockets.append(socket.create_server((address, self._port)))
            self._port = self._sockets[0].getsockname()[1]
        ready = Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=[self._serve(ready)], daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self, ready: Event) -> None:
        servers = [await asyncio.start_server(self._answer, sock=each) for each in self._sockets]
        ready.set()
        await self._stop.wait()
        for server in servers:
            server.close()
        for writer in tuple(self._open):
            writer.close()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        await asyncio.sleep(0)  # a turn of the loop, in which the connections close

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, request after request. aiohttp's server would cost as much as what is measured."""
        address = writer.get_extra_info("sockname")[0]
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if address in self._silent:
                    await self._stop.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                self.asked += 1
                writer.write(b"".join(self._said(address, head)))
                await writer.drain()
        self._open.discard(writer)
        writer.close()

    def _said(self, address: str, head: bytes) -> Iterator[bytes]:
        etag, body = self._served[address + head.split(maxsplit=2)[1].decode("ascii")]
        if etag in head:
            yield b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n"
            return
        self.read += 1
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nETag: " + etag
        yield b"\r\nContent-Length: %d\r\n\r\n" % len(body)
        yield body
