"""What becomes of a post and where it stands. Pure functions, no store and no clock."""

from __future__ import annotations

from dataclasses import dataclass

from forecourt.model import Decision, Kind, Post
from forecourt.text import slug

STREAM = "stream"

RULES_VERSION = 2
"""Raise it when posts are judged or placed differently, so that stored ones are judged anew."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator said about one source, and where to read it.

    ``hold`` keeps its posts back until an editor lets them out; ``place`` is the
    file and line that says so.
    """

    network: str
    hold: bool
    place: str
    store: str = ""
    """The local store that it belongs to."""


def decide(post: Post, rules: Rules) -> Decision:
    """The decision on one post, with reasons a person can read."""
    if rules.hold:
        return Decision("held", (f'{rules.place}: moderation = "hold"',))
    if post.kind is Kind.REPLY:
        return Decision("published", ("a reply stays with the post it answers, on no listing of its own",))
    return Decision("published", (f'"{post.source}" publishes without review',), listings(post, rules))


def listings(post: Post, rules: Rules) -> tuple[str, ...]:
    """The listings a published post stands on."""
    tags = dict.fromkeys(tag_listing(tag) for tag in post.tags)
    kind = [] if post.kind is Kind.NOTE else [kind_listing(post.kind)]  # what is of no kind of its own
    store = [store_listing(rules.store)] if rules.store else []
    return (STREAM, f"source/{post.source}", f"network/{rules.network}", *kind, *store, *tags)


def kind_listing(kind: str) -> str:
    """The listing of all that is of a kind, on whichever network it was published."""
    return f"kind/{kind}"


def store_listing(store: str) -> str:
    """The listing of a local store."""
    return f"store/{slug(store)}"


def tag_listing(tag: str) -> str:
    """The listing of a tag; different spellings of one tag share it."""
    return f"tag/{slug(tag)}"
