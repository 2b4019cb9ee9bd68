"""A small server of faults: a user's clone has no other, and none of its faults needs more than a page.

Each address says what a careful client makes of it: ``ok`` is a feed, ``error`` a
sentence, ``limit`` a sentence after a limit of time or size, ``deny`` a refusal.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from tests.fetch.conftest import HANG, Asked, Site
from tests.fetch.test_door import redirect, reply

ITEM = b"<item><title>Entry</title><link>https://blog.example/1</link><guid>1</guid></item>"
FEED = b'<rss version="2.0"><channel><title>A blog</title>' + ITEM + b"</channel></rss>"
CLOSE = b"Connection: close\r\n"

Endpoint = tuple[str, bytes | Callable[[Asked], bytes]]


def endpoints(site: Site) -> dict[str, Endpoint]:
    """Path, kind and answer of every fault, for a site that is running."""
    canary = site.url("/__hit__", "127.0.0.2")
    reset = Reset()
    return {
        "/ok": ("ok", reply(FEED)),
        "/chunked": ("ok", _head(b"Transfer-Encoding: chunked") + _chunks(FEED) + b"0\r\n\r\n"),
        "/until-closed": ("ok", b"HTTP/1.0 200 OK\r\n" + CLOSE + b"\r\n" + FEED),
        "/type-junk": ("ok", reply(FEED, Content_Type="a/b/c; ???")),
        "/gzip": ("ok", reply(gzip.compress(FEED), Content_Encoding="gzip")),
        "/deflate": ("ok", reply(zlib.compress(FEED), Content_Encoding="deflate")),
        "/301": ("ok", redirect("/ok")),
        "/reset-then-ok": ("ok", Reset(reply(FEED))),
        "/500-then-ok": ("ok", Reset(reply(FEED), reply(b"", "500 Oh"))),
        "/404": ("error", reply(b"", "404 Not Found")),
        "/410": ("error", reply(b"", "410 Gone")),
        "/429": ("error", reply(b"", "429 Slow Down", Retry_After="120")),
        "/500": ("error", reply(b"", "500 Oh")),
        "/301-loop": ("error", redirect("/301-loop")),
        "/301-nowhere": ("error", reply(b"", "301 Moved")),
        "/301-inside": ("deny", redirect(canary)),
        "/301-decimal": ("deny", redirect(f"http://2130706433:{site.port}/__hit__")),
        "/301-mapped": ("deny", redirect(f"http://[::ffff:127.0.0.1]:{site.port}/__hit__")),
        "/301-file": ("deny", redirect("file:///etc/passwd")),
        "/301-password": ("deny", redirect(f"http://me:secret@127.0.0.1:{site.port}/__hit__")),
        "/empty": ("error", reply(b"")),
        "/page": ("error", reply(b"<!doctype html><title>For sale</title>", Content_Type="text/html")),
        "/garbage": ("error", reply(bytes(range(256)) * 4)),
        "/cut": ("error", _head(b"Content-Length: 9999", CLOSE.strip()) + FEED),
        "/chunk-cut": ("error", _head(b"Transfer-Encoding: chunked", CLOSE.strip()) + _chunks(FEED)),
        "/gzip-cut": ("error", reply(gzip.compress(FEED)[:-9], Content_Encoding="gzip")),
        "/gzip-none": ("error", reply(FEED, Content_Encoding="gzip")),
        "/two-lengths": ("error", _head(b"Content-Length: 1", b"Content-Length: 2", CLOSE.strip()) + FEED),
        "/no-http": ("error", b"SSH-2.0-OpenSSH_9.2 Connection: close\r\n"),
        "/many-headers": ("error", b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 500 + CLOSE + b"\r\n"),
        "/reset": ("error", reset),
        "/huge-length": ("limit", _head(b"Content-Length: 10995116277760")),
        "/big": ("limit", reply(b" " * (11 * 2**20))),
        "/gzip-bomb": ("limit", reply(gzip.compress(bytes(64 * 2**20)), Content_Encoding="gzip")),
        "/hang": ("limit", HANG),
    }  # fmt: skip


class Reset:
    """Breaks the first connection, or answers it badly; then answers well, if it can."""

    def __init__(self, then: bytes = b"", first: bytes = b"") -> None:
        self._then = then
        self._first = first
        self._asked = 0

    def __call__(self, _: Asked) -> bytes:
        self._asked += 1
        answer = self._first if self._asked == 1 else self._then
        if not answer:
            raise ConnectionResetError
        return answer


def _head(*lines: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def _chunks(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 7]), body[i : i + 7]) for i in range(0, len(body), 7))
