"""A server for one's desk that reloads the browser when the site was made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from livereload import Server
from livereload.handlers import ForceReloadHandler, LiveReloadHandler, LiveReloadJSHandler, StaticFileHandler
from livereload.server import LiveScriptInjector
from tornado.web import Application


def serve(folder: Path, watched: Sequence[str], remake: Callable[[], None], port: int) -> None:
    """Serve ``folder`` on localhost until Ctrl-C; call ``remake`` when a file of ``watched`` changes.

    ``watched`` are patterns of paths. Raises OSError when the port cannot be used.
    """
    server = _Server()
    for pattern in watched:
        server.watch(pattern, remake)
    server.serve(root=str(folder), port=port, host="localhost")


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
