"""Marks by which the posts are found that may say the same: two of one message have one in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from forecourt.curate.likeness.pictures import bands
from forecourt.curate.likeness.traits import Traits
from forecourt.curate.likeness.words import length

_DAY = 86_400  # seconds
_PHRASES = 16  # of those that begin a text: what it is about is said first
_TAGS = 6
_WORDS = 4
_SKETCH = 8
_LOOKS = 3


def marks(traits: Traits) -> frozenset[int]:
    """Signed numbers of 64 bits, for an index: some fifty for a post.

    Those of ``lasting``, and each link; of the hashes of its pairs of words the least, by which two nearly equal
    texts meet. With its day and the next, what the cross-posts of a morning have in common: hashtags, the phrases
    that it begins with, its longest names and words, and parts of what its pictures look like. All but the lasting
    ones are of use for ``WINDOW`` only: a page of the brand's may be linked to by thousands of posts.
    """
    return lasting(traits) | _numbers(_passing(traits))


def lasting(traits: Traits) -> frozenset[int]:
    """Those of its marks that find a post however long ago it was: its ids, its permalink, its copies."""
    return _numbers(f"@{address}" for address in (*traits.stated, *traits.syndicated))


def _numbers(names: Iterable[str]) -> frozenset[int]:
    digests = (blake2b(name.encode(), digest_size=8).digest() for name in names)
    return frozenset(int.from_bytes(digest, "big", signed=True) for digest in digests)


def _passing(traits: Traits) -> Iterator[str]:
    yield from (f"@{address}" for address in traits.links)
    yield from (f"={joint}" for joint in sorted(traits.joint)[:_SKETCH])
    day = int(traits.at.timestamp()) // _DAY
    said = {*traits.tags[:_TAGS], *traits.joint[:_PHRASES], *_longest(traits.heads), *_longest(traits.words)}
    for date in (day, day + 1):
        yield from (f"{date}:{number}" for number in said)
        yield from (f"{date}#{place}:{band}" for place, band in bands(traits.looks[:_LOOKS]))


def _longest(words: Iterable[int]) -> list[int]:
    return sorted({*words}, key=lambda word: (-length(word), word))[:_WORDS]
