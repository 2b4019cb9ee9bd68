"""The rules of HTTP that a good server keeps, as functions of headers alone."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from demo.brand import Validators
from demo.site import Resource


@lru_cache(maxsize=256)
def squeezed(body: bytes) -> bytes:
    """Compress the body; no time stamp, so the same bytes always."""
    return gzip.compress(body, mtime=0)


def wants_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the request accepts gzip (RFC 9110, section 12.5.3)."""
    for offer in headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in {"gzip", "x-gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def validator_headers(resource: Resource, *, gzipped: bool) -> dict[str, str]:
    """Name the validators that this account sends.

    A strong ETag stands for one representation, so gzip has its own.
    """
    headers = {}
    if resource.validators in {Validators.BOTH, Validators.ETAG, Validators.IGNORED}:
        headers["ETag"] = resource.etag[:-1] + '-gzip"' if gzipped else resource.etag
    if resource.validators in {Validators.BOTH, Validators.MODIFIED, Validators.IGNORED}:
        headers["Last-Modified"] = http_date(resource.changed)
    return headers


def not_modified(resource: Resource, sent: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """Whether 304 is the answer: If-None-Match decides alone where it is given (RFC 9110, section 13.2.2)."""
    if resource.validators is Validators.IGNORED:
        return False
    if "If-None-Match" in sent and "ETag" in ours:
        return _matches(sent["If-None-Match"], ours["ETag"])
    if "If-None-Match" not in sent and "Last-Modified" in ours:
        return _unchanged_since(sent.get("If-Modified-Since", ""), resource.changed)
    return False


def http_date(moment: datetime) -> str:
    """Write a date as HTTP does."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


@dataclass(slots=True)
class Limit:
    """So many requests in so many seconds, for one account."""

    requests: int
    seconds: float
    _since: float = field(default=-math.inf)
    _used: int = 0

    def wait(self, now: float) -> int:
        """Count one request; 0, or after how many seconds the next is welcome."""
        if now - self._since >= self.seconds:
            self._since, self._used = now, 0
        self._used += 1
        if self._used <= self.requests:
            return 0
        return max(1, math.ceil(self.seconds - (now - self._since)))


def _matches(wanted: str, etag: str) -> bool:
    """Weak comparison, as If-None-Match asks for."""
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return "*" in tags or etag in tags


def _unchanged_since(text: str, changed: datetime) -> bool:
    try:
        since = parsedate_to_datetime(text)
    except ValueError:
        return False  # RFC 9110, section 13.1.3: an invalid date is ignored
    if since.tzinfo is None:
        return False
    return changed.astimezone(UTC).replace(microsecond=0) <= since
