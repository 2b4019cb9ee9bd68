"""Which file of the site an address leads to, or which host it asks instead."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

INDEX = "index.html"

_LOST = re.compile(r"[\t\n\r]")
_SLASHES = re.compile(r"((?:https?|wss?):)?/{2,}", re.IGNORECASE)
_WITH_PARTS = (".html", ".htm", ".svg")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_LOOPBACK = re.compile(r"localhost|.+\.localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0")


class Place(NamedTuple):
    """Where an address leads."""

    target: str = ""
    """The file of the site, as far as its address tells: "" where it is none of ours. ``about`` may be a folder."""
    fragment: str = ""
    """The part of the page, "" for the whole, and for what only scripts read."""
    host: str = ""
    """The other host that is asked, "" for ours and for none."""
    here: bool = False
    """Whether the host is this very computer."""


NOWHERE = Place()


class Addresses:
    """The addresses of one site."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        parts = urlsplit(self.address)
        self._host = parts.netloc.lower()
        self._root = f"{parts.path}/"
        self._placed = lru_cache(maxsize=2**16)(self._place)

    def place(self, url: str, path: str) -> Place:
        """Where an address leads that stands in the file ``path``."""
        if url[:1] == "/" or _SCHEME.match(url):
            return self._placed(url)
        if url[:1] == "#":
            return Place(path, _fragment(url[1:]))
        return self._placed(urljoin(f"{self.address}/{quote(path)}", _browsers(url)))

    def is_ours(self, url: str) -> bool:
        """Whether an address is written in full, and below the site's own."""
        return url == self.address or url.startswith(f"{self.address}/")

    def _place(self, url: str) -> Place:
        try:
            parts = urlsplit(urljoin(f"{self.address}/", _browsers(url)))
            host = parts.hostname or ""
        except ValueError:  # an address that no browser follows either
            return NOWHERE
        if parts.scheme not in {"http", "https", "ws", "wss"}:
            return NOWHERE
        if parts.netloc.lower() != self._host:
            return Place(host=parts.netloc.lower(), here=bool(_LOOPBACK.fullmatch(host)))
        if f"{parts.path}/" == self._root:
            return Place(INDEX, _fragment(parts.fragment))
        if not parts.path.startswith(self._root):
            return NOWHERE  # another site on our host
        target = unquote(parts.path[len(self._root) :])
        target = f"{target}{INDEX}" if target[-1:] in {"", "/"} else target
        has_parts = target.endswith(_WITH_PARTS) or "." not in target.rpartition("/")[2]
        return Place(
            target, _fragment(parts.fragment) if has_parts else ""
        )  # of a PDF they are not for us to find


def _browsers(url: str) -> str:
    """An address as browsers take it (https://url.spec.whatwg.org/#concept-basic-url-parser)."""
    url = _LOST.sub("", url.strip()).replace("\\", "/")
    slashes = _SLASHES.match(url)
    return f"{slashes[1] or ''}//{url[slashes.end() :]}" if slashes else url


def _fragment(text: str) -> str:
    """The part that a fragment names; none for the top, for words to find, and for what scripts keep in it."""
    return "" if text.lower() == "top" or "=" in text or text.startswith(":~:") else unquote(text)
