"""What a connector is, and where to find one.

A connector is a frozen dataclass in a module of its own in this package; the
module's name is what ``connector = "…"`` in sources.toml says, and its last
line is ``CONNECTOR: type[Connector] = ItsClass``. Its fields are its options.
It does no I/O: ``poll`` is a conversation that yields requests, is sent the
answers, and returns a batch, so that a test drives it with recorded answers
and ``ingest`` with real ones. The same answers give the same batch.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from forecourt.model import Post, Terms


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the origin.

    ``headers`` are sent to the host of ``url`` only, and are dropped when a
    redirect leads to another.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer with status 200, decompressed.

    ``url`` is where it came from after redirects; the keys of ``headers`` are
    lower case.
    """

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought.

    ``posts`` newest first as the origin has them; ``gone`` ids that the origin
    says it deleted; ``rejected`` one sentence for each item that could not
    become a post; ``notes`` sentences for the report; ``since`` what to hand to
    the next poll, JSON text of the connector's own. ``whole`` says that the posts
    are all that the origin shows now, so that none at all is a fault where there
    were some; an API asked for what is new rightly says nothing.
    """

    posts: tuple[Post, ...]
    gone: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    since: str = ""
    whole: bool = False


Conversation = Generator[Request, Response, Batch]


class Connector(Protocol):
    """One linked account on one platform."""

    terms: ClassVar[Terms]

    @property
    def network(self) -> str:
        """The platform as visitors know it, lower case; a page of the hub gathers its posts."""
        ...

    def poll(self, source: str, since: str) -> Conversation:
        """Ask the origin for what is new.

        ``source`` is the source's name, which every post carries; ``since`` what
        the last batch said, empty at first. Raises BadData when an answer cannot
        be read.
        """


def names() -> list[str]:
    """Every connector there is, by name, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Connector]:
    """The connector class of that name. Raises ModuleNotFoundError if there is none."""
    module = importlib.import_module(f"{__name__}.{name}")
    connector: type[Connector] = module.CONNECTOR
    return connector


def advance(connector: Connector, source: str, since: str, answers: tuple[Response, ...]) -> Request | Batch:
    """What a conversation says after these answers: its next request, or its batch.

    A connector is pure, so a conversation can be replayed from its answers; that
    is how one step of it runs in a worker process. Raises BadData.
    """
    conversation = connector.poll(source, since)
    try:
        request = next(conversation)
        for answer in answers:
            request = conversation.send(answer)
    except StopIteration as done:
        batch: Batch = done.value
        return batch
    return request
