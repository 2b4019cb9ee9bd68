"""Secrets in what is published: our own in every way that they may be written, and keys of well-known services.

Nearly all that a page holds stands on others, too, and a secret is one long run of signs. So the runs of a file are
taken out, those that were seen are left out, and only the rest is searched.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from hashlib import blake2b

from forecourt.secrecy import SHORTEST
from forecourt.tokens import looks

_SEEN = 50_000
_MOST = 2**26
_RUN = re.compile(rb"[\w+/=.%~|&;:-]{16,}+")

_BEFORE, _BEHIND = rb"(?<![\w+/-])", rb"(?![\w+/=-])"
_KEYS = {
    "AWS": rb"(?<![A-Za-z0-9])A(?:KIA|SIA)(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}(?![A-Za-z0-9])",
    "GitHub": rb"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,}",
    "GitLab": rb"glpat-[\w-]{20,}",
    "Slack": rb"xox[abeoprs]-[\w-]{12,}|xapp-\d-[\w-]{20,}",
    "Google": _BEFORE + rb"AIza[\w-]{35}" + _BEHIND + rb"|ya29\.[\w-]{30,}",
    "Stripe": rb"[rs]k_live_[A-Za-z0-9]{16,}",
    "Shopify": rb"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "Meta": _BEFORE + rb"EAA[A-Za-z0-9]{90,}" + _BEHIND,
    "Netlify": rb"nfp_[A-Za-z0-9]{36,}",
    "SendGrid": rb"SG\.[\w-]{22}\.[\w-]{43}",
}
_KEY = re.compile(b"|".join(b"(?P<%s>%s)" % (name.encode(), shape) for name, shape in _KEYS.items()))
_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\[nr])*+[A-Za-z0-9+/=]{40}")


class Leaks:
    """What is looked for in every file."""

    def __init__(self, secrets: Sequence[str]) -> None:
        found = {look.encode() for one in secrets if len(one) >= SHORTEST for look in looks(one)}
        self._runs = [one for one in found if _RUN.fullmatch(one)]
        self._others = [one for one in found if not _RUN.fullmatch(one)]
        self._seen: set[bytes] = set()

    def tells(self, path: str, data: bytes) -> bool:
        """Whether a secret of ours stands in a file or its name: quicker than ``within`` for one or two secrets."""
        data = _whole(path, data)
        return any(one in data for one in self._runs) or any(one in data for one in self._others)

    def within(self, path: str, data: bytes) -> tuple[bool, str]:
        """Whether a secret of ours stands in a file or its name, and the service whose key seems to, "" for none."""
        data = _whole(path, data)
        fresh = {*_RUN.findall(data)} - self._seen
        words = b"\n".join(fresh)
        is_told = any(one in words for one in self._runs) or any(one in data for one in self._others)
        service = "private" if _BLOCK.search(data) else _service(words)
        if not is_told and not service and len(self._seen) < _SEEN:
            self._seen |= fresh
        return is_told, service


def fingerprint(secret: str) -> str:
    """What tells whether a secret was looked for before."""
    return blake2b(secret.encode(), digest_size=16, person=b"forecourt guard").hexdigest()


def _whole(path: str, data: bytes) -> bytes:
    """A file with its name; what is packed by gzip unpacked, up to 64 MB; UTF-16, as Windows writes it, as UTF-8."""
    name = path.encode() + b"\n"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return name + data + data.decode("utf-16", "replace").encode()
    if not data.startswith(b"\x1f\x8b"):
        return name + data
    try:
        return name + zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, _MOST)
    except zlib.error:
        return name + data


def _service(words: bytes) -> str:
    found = _KEY.search(words)
    return found.lastgroup or "" if found else ""
