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
from dataclasses import Field
from datetime import timedelta
from typing import Any, ClassVar, Protocol, runtime_checkable

from forecourt.model import Secret, Terms
from forecourt.talk import EVER, Batch, Conversation, Grant, Renewal, Request, Response
from forecourt.urls import FOLDER
from forecourt.washing import Washing

__all__ = [
    "EVER", "Batch", "Connector", "Conversation", "Grant", "Rechecking", "Renewable", "Renewal", "Request",
    "Response", "advance", "load", "names",
]  # fmt: skip


class Connector(Protocol):
    """One linked account on one platform."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # Any: an option is of whatever type it wants
    terms: ClassVar[Terms]

    @property
    def network(self) -> str:
        """The platform as visitors know it, lower case; a page of the hub gathers its posts."""
        ...

    def poll(self, source: str, since: str) -> Conversation:
        """Ask the origin for what is new.

        ``source`` is the source's name, which every post carries; ``since`` what
        the last batch said, empty at first and when everything is to be read again,
        edits and deletions too (``Terms.recheck``). Raises BadData when an answer
        cannot be read, PlatformError when the platform refuses.
        """


@runtime_checkable
class Renewable(Protocol):
    """A connector whose token a machine can renew, beside being one.

    ``token`` is an option; it is replaced by the renewed one, which is kept in
    HUB_STATE. ``renew_every`` is the age at which a token is renewed though it
    still lives; None renews it when it ends. ``token_life`` is how long a token
    lives from when we first see it, as far as nobody tells; it may be a property,
    and a connector that is not renewable may have it, too. ``renews`` is whether its options hold what
    renewal takes.
    """

    token: Secret | None
    renew_every: ClassVar[timedelta | None]
    token_life: ClassVar[timedelta | None]

    @property
    def renews(self) -> bool:
        """Whether it has what a renewal takes."""
        ...

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a new token; ``grant`` is the last one, None before the first.

        Raises PlatformError: AUTH_DEAD when only a person can help.
        """


@runtime_checkable
class Rechecking(Protocol):
    """A connector that can ask what became of posts that lie further back than ``poll`` looks, beside being one.

    ``rechecked`` is of how many at each whole look; those that were not seen for the
    longest time come first.
    """

    rechecked: ClassVar[int]

    def recheck(self, source: str, ids: tuple[str, ...]) -> Conversation:
        """Ask for posts by their ids: those that are there are posts of the batch, those deleted are gone."""
        ...


def names() -> list[str]:
    """Every connector there is, by name, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Connector]:
    """The connector class of that name. Raises ModuleNotFoundError if there is none."""
    module = importlib.import_module(f"{__name__}.{name}")
    connector: type[Connector] = module.CONNECTOR
    return connector


def advance(
    connector: Connector, source: str, since: str, answers: tuple[Response, ...], ids: tuple[str, ...] = ()
) -> Request | Batch:
    """What a conversation says after these answers: its next request, or its batch, washed.

    With ``ids`` it is the one about these posts.

    A connector is pure, so a conversation can be replayed from its answers; that
    is how one step of it runs in a worker process. Raises BadData and PlatformError.
    """
    if ids and isinstance(connector, Rechecking):
        conversation = connector.recheck(source, ids)
    else:
        conversation = connector.poll(source, since)
    own = ""
    try:
        request = next(conversation)
        own = request.url if request.url.startswith(FOLDER) else ""
        for answer in answers:
            request = conversation.send(answer)
    except StopIteration as done:
        return Washing(own).batch(done.value)
    return request
