"""How an answer is read: within its limits, whole or not at all."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from forecourt.errors import Answered, TooLarge, Unreadable
from forecourt.fetch.exchange import Limits, Validators

_MAGIC = b"\x1f\x8b"
# Gzip is all we ask for; deflate is sent unasked by some, and zlib reads it as well. The others are
# refused: 1 KB of brotli, unpacked chunk by chunk, took 2.5 GB (hostile-world.md section 1).
_WINDOW_BITS = {"gzip": zlib.MAX_WBITS + 16, "x-gzip": zlib.MAX_WBITS + 16, "deflate": zlib.MAX_WBITS}
_LONGEST_PAUSE = timedelta(hours=24)
_SENTENCES = {
    401: "wants a login (status 401): give the source a token, or check the one it has.",
    403: "refuses us (status 403), as a robot or for want of rights: ask its owner.",
    404: "does not exist (status 404): correct its address in the linked accounts.",
    410: "is gone for good (status 410): remove the source, or give its new address.",
    429: "wants to be left alone for now (status 429).",
    503: "wants to be left alone for now (status 503).",
}


def place(url: httpx.URL) -> str:
    """Host and path, for a message: never the query, in which tokens stand.

    The path as it is sent, so that no line break in it reaches a log.
    """
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    return f"{name(url)}{path}".rstrip("/")[:120]


def name(url: httpx.URL) -> str:
    """The host, for a message: as it is asked for, since letters of other alphabets can look like ours."""
    return url.raw_host.decode("ascii")


def check_head(url: httpx.URL, response: httpx.Response, limits: Limits) -> None:
    """Raise TooLarge when the headers together are over the limit."""
    size = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
    if size > limits.header_size:
        raise TooLarge(f"{place(url)} sends {size:,} bytes of headers: tell its owner.")


def refusal(url: httpx.URL, response: httpx.Response, now: datetime) -> Answered | None:
    """What every status but 200 means, with the moment the server names for the next try."""
    status = response.status_code
    if status == httpx.codes.OK:
        return None
    retry_at = _retry_at(header(response, b"retry-after"), now)
    return Answered(_sentence(url, status), status, retry_at)


async def read_body(url: httpx.URL, response: httpx.Response, limits: Limits) -> bytes:
    """Read the whole body and unpack it. Raises TooLarge, or Unreadable when it is cut or corrupt."""
    length = header(response, b"content-length")
    if length.isdecimal() and int(length) > limits.size:
        raise _too_large(url, limits)
    coding = header(response, b"content-encoding").strip().lower()
    chunks = _counted(url, response, limits)
    if coding in {"", "identity"}:
        return b"".join([chunk async for chunk in chunks])
    if coding not in _WINDOW_BITS:
        raise Unreadable(
            f"{place(url)} is packed in a way that was not asked for ({coding[:40]}): tell its owner."
        )
    try:
        return await _unpacked(url, chunks, zlib.decompressobj(_WINDOW_BITS[coding]), limits)
    except zlib.error as error:
        raise Unreadable(f"{place(url)} came damaged ({coding}).") from error


def validators(response: httpx.Response) -> Validators:
    """Find what to send with the next request.

    What is not plain ASCII cannot be sent back unchanged, and so not at all.
    """
    return Validators(_verbatim(response, b"etag"), _verbatim(response, b"last-modified"))


def header(response: httpx.Response, name: bytes) -> str:
    """Give a header as text, UTF-8 where it is that; several of one name are joined by commas."""
    value = b", ".join(value for key, value in response.headers.raw if key.lower() == name)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _counted(url: httpx.URL, response: httpx.Response, limits: Limits) -> AsyncIterator[bytes]:
    sent = 0
    async for chunk in response.aiter_raw():
        sent += len(chunk)
        if sent > limits.size:
            raise _too_large(url, limits)
        yield chunk


async def _unpacked(
    url: httpx.URL, chunks: AsyncIterator[bytes], unpacker: zlib._Decompress, limits: Limits
) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += unpacker.decompress(chunk, limits.size - len(body) + 1)
        if len(body) > limits.size:
            raise _too_large(url, limits)
    # httpx and requests take a gzip body that is cut in the middle for whole; the end mark tells.
    # A second member (RFC 1952 section 2.2) is content that would be lost; other trailing bytes are not.
    if not unpacker.eof or unpacker.unused_data.startswith(_MAGIC):
        raise Unreadable(f"{place(url)} came in part only.")
    return bytes(body)


def _too_large(url: httpx.URL, limits: Limits) -> TooLarge:
    return TooLarge(
        f"{place(url)} is larger than {limits.size / 1024**2:.3g} MiB, so it was not read: check the address."
    )


def _verbatim(response: httpx.Response, name: bytes) -> str:
    values = [value for key, value in response.headers.raw if key.lower() == name]
    return values[0].decode() if len(values) == 1 and values[0].isascii() else ""


def _retry_at(text: str, now: datetime) -> datetime | None:
    """When Retry-After lets us come back, 24 hours at most; None if it says nothing of use."""
    moment = _moment(text.strip(), now)
    return min(moment, now + _LONGEST_PAUSE) if moment and moment > now else None


def _moment(text: str, now: datetime) -> datetime | None:
    if text.isdecimal() and text.isascii():
        return now + timedelta(seconds=min(float(text), _LONGEST_PAUSE.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sentence(url: httpx.URL, status: int) -> str:
    said = _SENTENCES.get(status)
    if said is None and status >= httpx.codes.INTERNAL_SERVER_ERROR:
        said = "is out of order (status {status})."
    said = said or "answered with status {status} and no content for us: check the address."
    return f"{place(url)} {said.format(status=status)}"
