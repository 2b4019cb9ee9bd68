"""Servers for one's desk: one that shows the site, one that also reloads it when it was made again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from livereload import Server
from livereload.handlers import ForceReloadHandler, LiveReloadHandler, LiveReloadJSHandler, StaticFileHandler
from livereload.server import LiveScriptInjector
from tornado.web import Application

from forecourt.policy import HEADERS


def serve(folder: Path, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve ``folder`` until Ctrl-C; ``ready`` is called when it can be asked.

    Raises OSError or OverflowError when the port cannot be used.
    """
    with ThreadingHTTPServer((host, port), partial(_Pages, directory=str(folder))) as server:
        ready()
        server.serve_forever()


def serve_reloading(folder: Path, watched: Sequence[str], remake: Callable[[], None], port: int) -> None:
    """Serve ``folder`` on localhost until Ctrl-C; call ``remake`` when a file of ``watched`` changes.

    ``watched`` are patterns of paths. Raises OSError when the port cannot be used.
    """
    server = _Server()
    for pattern in watched:
        server.watch(pattern, remake)
    server.serve(root=str(folder), port=port, host="localhost")


_TYPES = {".avif": "image/avif", ".webp": "image/webp"}  # which Python 3.11 learns from some systems only


class _Pages(SimpleHTTPRequestHandler):
    """Files as a static host serves them: with the site's own page for what is not there."""

    protocol_version = "HTTP/1.1"

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return _TYPES.get(Path(path).suffix) or super().guess_type(path)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # the next build is to be seen at once
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


class _Injector(LiveScriptInjector):  # type: ignore[misc]  # livereload ships no types
    """Adds a script of our own host; livereload's is in line, which the policy of our pages stops."""

    script = b'<script src="/livereload.js"></script>'


class _Server(Server):  # type: ignore[misc]  # livereload ships no types
    def application(self, port: int, host: str, *_: Any, **__: Any) -> None:  # Any: options we do not use
        """As livereload's own, but with our injector, which it has no option for."""
        LiveReloadHandler.watcher = self.watcher
        LiveReloadHandler.live_css = True
        handlers: list[Any] = [  # Any: tuples of two and of three
            (r"/livereload", LiveReloadHandler),
            (r"/forcereload", ForceReloadHandler),
            (r"/livereload.js", LiveReloadJSHandler),
            (r"/(.*)", StaticFileHandler, {"path": self.root, "default_filename": "index.html"}),
        ]
        Application(handlers=handlers, transforms=[_Injector]).listen(port, address=host)
