"""What is shown: the built hub as a web server would give it out, and a page of each kind that is in it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from threading import Thread

from forecourt.policy import HEADERS

LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]+)?")
"""Of folders, that of all pages in a language which is not the first."""

_TAG = re.compile(r"<([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>")
_CLASS = re.compile(r'\sclass="([^"]*)"')
_UNPUBLISHED = ("drafts/", "pagefind/")
_PACKED = ("text/", "application/json", "application/manifest", "image/svg", "application/xml")
_TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".js": "text/javascript",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class Showing:
    """A hub that can be visited; ``pages`` are the paths of one page of each kind."""

    folder: Path
    address: str
    pages: tuple[str, ...]

    def file(self, path: str) -> Path:
        """The file of a page's path."""
        return self.folder / (f"{path}index.html" if path.endswith("/") else path).lstrip("/")


@contextmanager
def showing(folder: Path) -> Iterator[Showing]:
    """Serve a hub as its public gets it: packed, with the headers that operators are told to send."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Published, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Showing(folder, f"http://127.0.0.1:{server.server_address[1]}", kinds(folder))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kinds(folder: Path) -> tuple[str, ...]:
    """Paths of the fewest pages that show all there is to see, as far as markup tells.

    That is the richest page of each folder of pages, and then others until every element, with every one of its
    classes, that stands anywhere in the hub stands on one of them: a card of each form, and what only one page has.
    """
    features = {page: _features(folder / page) for page in _all(folder)}
    chosen = [
        max(group, key=lambda page: len(features[page]))
        for _, group in groupby(sorted(features, key=_shape), key=_shape)
    ]
    wanted = set[str]().union(*features.values())
    seen = _seen(features, chosen)
    while seen != wanted:
        page = max(features, key=lambda page: len(features[page] - seen))
        chosen.append(page)
        seen |= features[page]
    return tuple(f"/{page.removesuffix('index.html')}" for page in chosen)


def _all(folder: Path) -> list[str]:
    """All pages, those of other languages last: of two alike the first stands for both."""
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    shown = [page for page in pages if not page.startswith(_UNPUBLISHED)]
    return sorted(shown, key=lambda page: bool(LANGUAGE.fullmatch(page.partition("/")[0])))


def _shape(page: str) -> tuple[str, int]:
    """The folder that a page stands in, and whether it is that folder's own page or one of those in it.

    Pages of another language are like those of the first, but for its home.
    """
    parts = page.removesuffix("index.html").strip("/").split("/")
    if len(parts) > 1 and LANGUAGE.fullmatch(parts[0]):
        parts = parts[1:]
    return parts[0], min(len(parts), 2)


def _seen(features: Mapping[str, frozenset[str]], pages: Iterable[str]) -> set[str]:
    return set().union(*(features[page] for page in pages))


def _features(path: Path) -> frozenset[str]:
    """Each element that stands on a page, once with each of its classes."""
    found = set()
    for name, attributes in set(_TAG.findall(path.read_text(encoding="utf-8"))):
        classes = _CLASS.search(attributes)
        found |= {f"{name}.{one}" for one in classes[1].split()} if classes else {name}
    return frozenset(found)


class _Published(SimpleHTTPRequestHandler):
    """Files as a host for static sites serves them: packed with gzip, and its own page for what is not there."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def guess_type(self, path: str | Path) -> str:  # type: ignore[override]  # paths of our own folder are text
        return _TYPES.get(Path(path).suffix) or super().guess_type(path)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        status = HTTPStatus.OK if found or path.name == "404.html" else HTTPStatus.NOT_FOUND
        path = path if found else Path(self.directory) / "404.html"
        kind = self.guess_type(path)
        packed = kind.startswith(_PACKED)
        body = _packed(path) if packed else path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if packed else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@cache
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6, mtime=0)
