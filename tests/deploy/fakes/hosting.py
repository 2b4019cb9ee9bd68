"""What the fakes of hosts share: a server on loopback that notes what it is asked, and small sites to publish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from threading import RLock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest

from forecourt.deploy import manifest, publishing
from forecourt.deploy.hosted import RECORD
from forecourt.deploy.publishing import Published
from forecourt.deploy.targets import Target

OURS = {RECORD, "_headers", "_redirects", ".nojekyll", "CNAME"}
CANARY = "canary-0c1f9e-token"


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


class Said(NamedTuple):
    """An answer."""

    status: int
    body: Any = None  # bytes as they are, anything else as JSON
    headers: Mapping[str, str] = {}


class Host:
    """A host; what it answers is for the fakes to say."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.moods: list[Said | None] = []
        """What the next requests are answered in the place of what is right; None leaves one as it is."""
        self.url = ""
        self.lock = RLock()

    def hear(self, asked: Asked) -> Said:
        with self.lock:
            self.asked.append(asked)
            mood = self.moods.pop(0) if self.moods else None
            return mood or self.answer(asked)

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def forget(self) -> None:
        self.asked.clear()

    @contextmanager
    def serving(self) -> Iterator[None]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _do(self) -> None:
                self.connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # an answer is written in two parts
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(parts.query))
                said = host.hear(Asked(self.command, unquote(parts.path), query, headers, body))
                data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - http.server's names

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Small:
    """A small site in a folder."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output"
        self._memory = folder / "memory"

    def write(self, files: Mapping[str, str]) -> None:
        """Have these files alone."""
        shutil.rmtree(self.output, ignore_errors=True)
        for path, text in files.items():
            target = self.output / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def publish(self, target: Target, now: datetime) -> Published:
        return publishing.publish(
            target, self.output, manifest.scan(self.output, self._memory), {"pages": 3}, now
        )


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """What visitors get, by its digests; without what is only there for the host."""
    return {path: sha256(data).hexdigest() for path, data in sorted(files.items()) if path not in OURS}


def of(files: Mapping[str, str]) -> dict[str, str]:
    """The digests of a small site."""
    return digests({path: text.encode() for path, text in files.items()})


class Killed(BaseException):
    """The process is gone."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int, *, answered: bool) -> None:
    """From the request of this number on nothing goes out; that one may still arrive, and its answer be lost."""
    send = httpx.Client.send
    count = 0
    lock = RLock()

    def counted(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        nonlocal count
        with lock:
            count += 1
            number = count
        if number > step or (number == step and not answered):
            raise Killed
        answer = send(self, request, **options)
        if number == step:
            raise Killed
        return answer

    monkeypatch.setattr(httpx.Client, "send", counted)
