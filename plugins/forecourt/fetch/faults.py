"""Turns what aiohttp, httpx and the socket layer raise into errors of our own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import aiohttp
import httpx
from aiohttp.http_exceptions import LineTooLong

from forecourt.errors import FetchError, Lost, TooLarge, UnknownHost, Unreachable, Unreadable, Untrusted
from forecourt.fetch.reading import name

# First match wins.
_FAULTS: tuple[tuple[type[Exception], type[FetchError], str], ...] = (
    (
        aiohttp.ClientConnectorCertificateError,
        Untrusted,
        "{host} shows a certificate that cannot be trusted, so nothing was read: tell its owner.",
    ),
    (
        aiohttp.ClientSSLError,
        Untrusted,
        "{host} offers no secure connection that works: check the address, or tell its owner.",
    ),
    (
        aiohttp.ClientConnectorDNSError,
        UnknownHost,
        "{host} cannot be found: check the spelling of the address.",
    ),
    (
        aiohttp.ClientConnectorError,
        Unreachable,
        "{host} cannot be reached.",
    ),
    (
        aiohttp.ClientPayloadError,
        Lost,
        "{host} broke off in the middle of its answer.",
    ),
    (
        aiohttp.ClientConnectionError,
        Lost,
        "{host} closed the connection without an answer.",
    ),
    (
        OSError,
        Lost,
        "{host} broke the connection.",
    ),
)
_FLOOD = "{host} sends more headers, or longer ones, than any page needs: tell its owner."
_LEADS_NOWHERE = "{host} leads to something that is no web address: tell its owner."
_NOT_HTTP = (
    "{host} answered with something that is not a web page or feed: check the address, or tell its owner."
)


@contextlib.contextmanager
def translated(url: httpx.URL) -> Iterator[None]:
    """Raise every failure of the connection or of the protocol as a FetchError that names the host."""
    try:
        yield
    except (httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        raise _fault(name(url), error) from error


def _fault(host: str, origin: BaseException) -> FetchError:
    for kind, ours, sentence in _FAULTS:
        if isinstance(origin, kind):
            return ours(sentence.format(host=host))
    if _is_flood(origin):
        return TooLarge(_FLOOD.format(host=host))
    # aiohttp has errors of its own for bad HTTP; this httpx raises while it reads a Location.
    sentence = _LEADS_NOWHERE if isinstance(origin, httpx.InvalidURL) else _NOT_HTTP
    return Unreadable(sentence.format(host=host))


def _is_flood(origin: BaseException) -> bool:
    """Whether headers are too many or too long; aiohttp has a type for the one, and words for the other."""
    while origin.__cause__ is not None:
        origin = origin.__cause__
    return isinstance(origin, LineTooLong) or "Too many headers" in str(origin)
