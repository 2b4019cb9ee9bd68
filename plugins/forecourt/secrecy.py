"""Secrets of ours in what strangers send: some repeat a token when they refuse it, or put it into addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

import msgspec

from forecourt import text
from forecourt.model import Post
from forecourt.tokens import looks

SHORTEST = 8
"""Characters from which a secret can be looked for without finding it by chance."""


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What must not be read anywhere, in every way that it may be written."""

    looks: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Self:
        """Whatever of these is long enough to be known again."""
        return cls(frozenset(look for one in secrets if len(one) >= SHORTEST for look in looks(one)))

    def is_told_by(self, said: str) -> bool:
        """Whether a secret stands in the text."""
        return any(look in said for look in self.looks)

    def hidden(self, said: str) -> str:
        """The text on one line, with dots for secrets and their beginnings: some repeat them cut off."""
        said = text.line(said)
        for look in sorted(self.looks, key=len, reverse=True):
            beginning = look[:SHORTEST]
            while (at := said.find(beginning)) >= 0:
                end = at + _alike(said[at:], look)
                said = said[:at] + "•••" + said[end:]
        return said

    def parted(self, posts: Iterable[Post]) -> tuple[list[Post], list[str]]:
        """The posts, and a sentence for each that tells a secret and is left out."""
        kept: list[Post] = []
        rejected: list[str] = []
        for post in posts:
            if self.looks and self.is_told_by("\0".join(_words(msgspec.to_builtins(post)))):
                rejected.append("a post holds the account's own token and is not kept")
            else:
                kept.append(post)
        return kept, rejected


def _alike(said: str, secret: str) -> int:
    """How many characters they begin with that are the same."""
    pairs = enumerate(zip(said, secret, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(said), len(secret)))


def _words(value: object) -> Iterator[str]:
    """Every text in what msgspec makes of a post; not its repr, which writes a backslash as two."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)
