"""Servers for one's desk: one that shows the site, one that also reloads it when it was made again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from livereload import Server
from livereload.handlers import ForceReloadHandler, LiveReloadHandler, LiveReloadJSHandler, StaticFileHandler
from livereload.server import LiveScriptInjector
from livereload.watcher import Watcher
from tornado.ioloop import PeriodicCallback
from tornado.web import Application, RequestHandler

from forecourt.policy import ADMIN_HEADERS, HEADERS


@dataclass(frozen=True, slots=True)
class Told:
    """What a build says of the editors' files: what has to be mended, and what should be known, in sentences."""

    problems: Sequence[str] = ()
    warnings: Sequence[str] = ()


def serve(folder: Path, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve ``folder`` until Ctrl-C; ``ready`` is called when it can be asked.

    Raises OSError or OverflowError when the port cannot be used.
    """
    with ThreadingHTTPServer((host, port), partial(_Pages, directory=str(folder))) as server:
        ready()
        server.serve_forever()


def serve_reloading(folder: Path, watched: Sequence[str], remake: Callable[[], Told], port: int) -> None:
    """Call ``remake``, and again when a file of ``watched`` changes; serve ``folder`` on localhost until Ctrl-C.

    ``watched`` are patterns of paths. ``remake`` gives what is to be said: every page shows it until it is mended.
    Raises OSError when the port cannot be used.
    """

    def made() -> None:
        _Problems.told = remake()
        _Injector.made += 1

    LiveReloadHandler.DEFAULT_RELOAD_TIME = 0  # else what is saved twice within three seconds is shown once
    server = _Server(watcher=_Watcher())
    for pattern in watched:
        server.watch(pattern, made)
    server.watcher.examine()  # what is saved from here on, while the site is made for the first time too, is a change
    made()
    server.serve(root=str(folder), port=port, host="localhost")


_POLL = 100  # ms between two looks at the files


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
        for name, value in (ADMIN_HEADERS if self.path.startswith("/admin/") else HEADERS).items():
            self.send_header(name, value)
        super().end_headers()


class _Watcher(Watcher):  # type: ignore[misc]  # livereload ships no types
    """Looks at the files more often than livereload does by itself, so that a save is seen within a second."""

    def start(self, callback: Callable[[], None]) -> bool:
        """Begin."""
        PeriodicCallback(callback, _POLL).start()
        return True


class _Injector(LiveScriptInjector):  # type: ignore[misc]  # livereload ships no types
    """Adds scripts of our own host; livereload's is in line, which the policy of our pages stops."""

    made = 0  # how often the site was made: each page is told which of them it is from

    @property
    def script(self) -> bytes:
        """What goes into the head of a page that is served now."""
        ours = f'<script src="/livereload-problems.js?made={self.made}" defer></script>'
        return ours.encode() + b'<script src="/livereload.js" defer></script>'


class _Waiting(LiveReloadHandler):  # type: ignore[misc]  # livereload ships no types
    """A page that waits to be told that the site was made again."""

    def on_message(self, message: str | bytes) -> None:
        """A page from before the site was made again, which was not there yet to be told, is told when it comes."""
        super().on_message(message)
        ours = json.loads(message).get("plugins", {}).get("made")  # a browser's own extension has none
        if ours and ours["made"] != _Injector.made:
            self.send_message({"command": "reload", "path": "*"})


class _Problems(RequestHandler):
    """A script that says on the page what is wrong with the editors' files."""

    told = Told()

    def get(self) -> None:
        """The script, as of now."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        told = {name: [*sentences] for name, sentences in asdict(self.told).items()}
        self.write(_MADE)
        if any(told.values()):
            self.write(_PROBLEMS.replace("{}", json.dumps(told), 1))


# livereload.js lets each plugin say something of the page when it begins to wait (ours: which making it is from) and
# do what is to be done when a file changes.
_MADE = """const made = Number(new URL(document.currentScript.src).searchParams.get("made"));
window.LiveReloadPluginMade = class {
  static identifier = "made";
  static version = "1";
  analyze() { return { made }; }
  reload() {  // the whole page: pictures and styles have other names there than the file that changed
    location.reload();
    return true;
  }
};
"""
_PROBLEMS = """const told = {};
const panel = document.createElement("section");
panel.setAttribute("role", "alert");
panel.id = "livereload-problems";
panel.lang = "en";
panel.dir = "ltr";
const isWrong = told.problems.length > 0;
Object.assign(panel.style, {
  position: "sticky", insetBlockStart: "0", zIndex: "99", padding: "1rem", font: "1rem/1.5 system-ui",
  background: isWrong ? "#fff3f0" : "#fff8e1", color: isWrong ? "#5c1200" : "#3d2f00",
  borderBlockEnd: `4px solid ${isWrong ? "#b3261e" : "#b58900"}`, maxBlockSize: "50vh", overflow: "auto",
  overflowWrap: "anywhere", textAlign: "start",
});
const say = (words, sentences) => {
  if (!sentences.length) return;
  const head = document.createElement("strong");
  head.textContent = words;
  const list = document.createElement("ul");
  Object.assign(list.style, {
    margin: "0 0 .5rem", paddingInlineStart: "1.5rem", listStyle: "disc outside", maxInlineSize: "none",
  });
  for (const sentence of sentences) list.appendChild(document.createElement("li")).textContent = sentence;
  panel.append(head, list);
};
say(told.problems.length === 1
  ? "One thing to mend. Until then what was there stays as it was, and what is new does not show:"
  : `${told.problems.length} things to mend. Until then what was there stays as it was, and what is new does not show:`,
  told.problems);
say("To know:", told.warnings);
document.body.prepend(panel);
"""


class _Server(Server):  # type: ignore[misc]  # livereload ships no types
    def application(self, port: int, host: str, *_: Any, **__: Any) -> None:  # Any: options we do not use
        """As livereload's own, but with our injector, which it has no option for."""
        LiveReloadHandler.watcher = self.watcher
        handlers: list[Any] = [  # Any: tuples of two and of three
            (r"/livereload", _Waiting),
            (r"/forcereload", ForceReloadHandler),
            (r"/livereload.js", LiveReloadJSHandler),
            (r"/livereload-problems.js", _Problems),
            (r"/(.*)", StaticFileHandler, {"path": self.root, "default_filename": "index.html"}),
        ]
        Application(handlers=handlers, transforms=[_Injector]).listen(port, address=host)
