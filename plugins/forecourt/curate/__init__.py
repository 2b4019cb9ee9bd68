"""What becomes of a post and where it stands. Pure functions, no store and no clock."""

from __future__ import annotations

from dataclasses import dataclass

from forecourt.model import Decision, Kind, Post
from forecourt.text import slug

STREAM = "stream"

RULES_VERSION = 1
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


def decide(post: Post, rules: Rules) -> Decision:
    """The decision on one post, with reasons a person can read."""
    if rules.hold:
        return Decision("held", (f'{rules.place}: moderation = "hold"',))
    if post.kind is Kind.REPLY:
        return Decision("published", ("a reply stays with the post it answers, on no listing of its own",))
    return Decision(
        "published", (f'"{post.source}" publishes without review',), listings(post, rules.network)
    )


def listings(post: Post, network: str) -> tuple[str, ...]:
    """The listings a published post stands on."""
    tags = dict.fromkeys(tag_listing(tag) for tag in post.tags)
    return (STREAM, f"source/{post.source}", f"network/{network}", *tags)


def tag_listing(tag: str) -> str:
    """The listing of a tag; different spellings of one tag share it."""
    return f"tag/{slug(tag)}"
