"""Recorded conversations, for the tests of connectors.

Every ``test_NAME.py`` here holds ``TALKS``: conversations with its connector that
``test_contract.py`` replays, mutates and judges. And ``SAMPLES``: what must come of
each file of ``shared/samples`` that is its platform's, for ``test_samples.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from forecourt.connectors import Batch, Connector, Request, Response, advance
from forecourt.errors import Cause

FIXTURES = Path(__file__).parent / "fixtures"
SAMPLES_FOLDER = Path(__file__).parents[3] / "shared/samples"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JSON: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


def answer(
    body: str | bytes,
    url: str = "https://origin.example/",
    status: int = 200,
    headers: Mapping[str, str] = JSON,
) -> Response:
    """An answer at ``NOW``. A text is the name of a file below ``fixtures/``, bytes are the body itself."""
    content = (FIXTURES / body).read_bytes() if isinstance(body, str) else body
    return Response(url, content, headers, status, NOW)


@dataclass(frozen=True)
class Talk:
    """A connector, what it was told before, and the answers that it gets, in their order."""

    connector: Connector
    answers: tuple[Response, ...]
    since: str = ""

    def batch(self) -> Batch:
        """What comes of it. The answers are as many as it asks for, no fewer and no more."""
        said = advance(self.connector, "source", self.since, self.answers)
        assert isinstance(said, Batch), f"it goes on to ask {said.url}"
        assert len(self.requests()) == len(self.answers)
        return said

    def requests(self) -> list[Request]:
        """What it asks."""
        conversation = self.connector.poll("source", self.since)
        asked: list[Request] = []
        try:
            asked.append(next(conversation))
            for response in self.answers:  # a comprehension would lose what was asked before the end
                asked.append(conversation.send(response))  # noqa: PERF401 - a comprehension would lose them at the end
        except StopIteration:
            pass
        return asked


@dataclass(frozen=True)
class Page:
    """A sample that is a page of posts: how many come of it, and what is rightly rejected.

    ``before`` are answers that the connector gets first; ``after`` those that it asks
    for then; ``body`` makes the page of the sample where that is one item, a
    cassette, or not in an envelope.
    """

    connector: Connector
    posts: int
    rejected: tuple[str, ...] = ()
    before: tuple[Response, ...] = ()
    after: tuple[Response, ...] = ()
    since: str = ""
    url: str = "https://origin.example/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[bytes], bytes] = bytes


@dataclass(frozen=True)
class Refusal:
    """A sample that is an error: its HTTP status, and the cause it must be given."""

    connector: Connector
    status: int
    cause: Cause
    before: tuple[Response, ...] = ()
    since: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[bytes], bytes] = bytes


@dataclass(frozen=True)
class Unreadable:
    """A sample that the connector cannot read, and a pattern of what it says of that."""

    connector: Connector
    why: str
    before: tuple[Response, ...] = ()


@dataclass(frozen=True)
class Aside:
    """A sample that no poll reads, and why."""

    why: str


Sample = Page | Refusal | Unreadable | Aside
Samples = Mapping[str, Sample]  # by path below shared/samples
