"""What is said between a connector and an origin: requests, responses, and what comes of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from forecourt.model import Post, Secret

EVER = datetime(1, 1, 1, tzinfo=UTC)
"""For ``Batch.window``: the account was read from its first post on."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the origin.

    ``headers`` are sent to the host of ``url`` only, and are dropped when a
    redirect leads to another. With ``hears_errors`` an answer with an error
    status comes back like any other, for a platform that says in its body what
    is wrong; without, it never reaches whoever asked. Printed, it shows nothing in
    which a token may stand; nor does a response.
    """

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    hears_errors: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, decompressed.

    ``url`` is where it came from after redirects; the keys of ``headers`` are
    lower case; ``at`` is the moment of the run. ``status`` is 200, or another one
    where the request hears errors.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int = 200
    at: datetime = EVER


class Rejection(str):
    """A sentence on an item that could not become a post.

    ``marks`` is every short value in it, so that a stored post is known again: what
    can no longer be read is there all the same.
    """

    __slots__ = ("marks",)
    marks: frozenset[str]

    def __new__(cls, sentence: str, marks: Iterable[str] = ()) -> Self:
        """The sentence with its marks."""
        rejection = super().__new__(cls, sentence)
        rejection.marks = frozenset(marks)
        return rejection

    def may_be(self, post_id: str) -> bool:
        """Whether it may be the post of that id: connectors write a word before some ids, a date behind others."""
        return any(
            post_id == mark or post_id.endswith((f":{mark}", f"_{mark}")) or post_id.startswith(f"{mark} ")
            for mark in self.marks
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought.

    ``posts`` newest first as the origin has them; ``gone`` ids that the origin
    says it deleted; ``rejected`` one sentence for each item that could not
    become a post; ``notes`` sentences for the report; ``since`` what to hand to
    the next poll, text of the connector's own. ``whole`` says that the posts
    are all that the origin shows now, so that none at all is a fault where there
    were some; an API asked for what is new rightly says nothing.

    What is missing is gone, where the connector knows that it looked: ``window``
    is the moment back to which the account was read without a gap, and
    ``threads`` are permalinks of posts of which every reply is here. None and
    nothing: what is missing means nothing. Nor does it where ``rejected`` holds a
    sentence that is no ``Rejection``. ``is_empty`` says that the origin rightly
    shows nothing any more.

    ``token_expires`` is when the token ends, where the platform told; ``wish`` is how
    long a document wants to be left alone; ``title`` is what it calls itself, "" for an API.
    """

    posts: tuple[Post, ...]
    gone: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    since: str = ""
    whole: bool = False
    window: datetime | None = None
    threads: tuple[str, ...] = ()
    is_empty: bool = False
    token_expires: datetime | None = None
    wish: timedelta | None = None
    title: str = ""


Conversation = Generator[Request, Response, Batch]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a platform lets us in with: a token, when it ends, and what renews it."""

    token: Secret
    expires: datetime | None = None
    refresh: Secret | None = None
    refresh_expires: datetime | None = None


Renewal = Generator[Request, Response, Grant]
