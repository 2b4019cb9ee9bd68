"""What a Door is given beside the request, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may cost.

    ``deadline`` is seconds from the name look-up to the last byte, redirects
    included, waiting for one's turn not. ``size`` is bytes, as sent and as
    unpacked alike. ``redirects`` is how often one may be led on. ``header_lines``
    and ``header_size`` (bytes) bound the head of an answer, ``connections`` and
    ``per_host`` the connections at once; these hold for a whole Door. Pictures of one
    host are asked for ``pictures_per_host`` at once, as a browser asks for them.
    """

    deadline: float = 30.0
    size: int = 10 * 1024 * 1024
    redirects: int = 5
    header_lines: int = 64
    header_size: int = 32 * 1024
    connections: int = 48  # a hundred servers that hang cost three deadlines: 91 s; with 32, four: 120 s
    per_host: int = 1
    pictures_per_host: int = 4


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave to know its answer again by, byte for byte; empty if it gave nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, unpacked.

    ``status`` is 200, or 304 with an empty ``body``: nothing changed; another one
    only where the request hears errors. ``url``
    is where it came from; the keys of ``headers`` are lower case.
    ``validators`` are for the next request. ``moved_to`` is the URL to remember
    instead of the one asked for, empty unless every redirect was permanent.
    ``private`` is whether it came from a network that was allowed by name. Printed, it
    shows nothing in which a token may stand.
    """

    status: int
    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    validators: Validators = field(default=Validators(), repr=False)
    moved_to: str = field(default="", repr=False)
    private: bool = False
