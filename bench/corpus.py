"""The posts that every tool is given: seeded, so that the same number is the same post everywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

NETWORKS = (
    "blog", "bluesky", "flickr", "instagram", "journal", "mastodon", "pinterest", "threads", "tumblr", "youtube",
)  # fmt: skip
NEWEST = datetime(2026, 10, 1, 9, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
_SOURCES = 200
_TAGS = 100
_WORDS = (
    "oak", "linen", "glaze", "harbour", "lantern", "kettle", "thistle", "walnut", "copper", "meadow",
    "clay", "table", "garden", "kitchen", "light", "repair", "spring", "winter", "bench", "shelf", "basket",
    "candle", "wool", "thread", "needle", "brush", "colour", "paint", "plaster", "brick", "stone", "gravel",
    "path", "hedge", "seed", "bulb", "pot", "vase", "olive", "fig", "apple", "bread", "jam", "honey",
    "salt", "pepper", "pan", "oven", "fire", "smoke", "autumn", "summer", "rain", "morning", "evening",
    "neighbour", "friend", "market", "street", "corner", "window", "door", "handle", "hinge", "screw",
    "plank", "board", "frame", "mirror", "and", "with", "from", "under", "over", "before", "after", "we",
    "made", "found", "kept", "mended", "shared", "this", "that", "every", "small", "large", "old", "new",
)  # fmt: skip

SYLLABLES = (
    "ka",
    "mo",
    "re",
    "ti",
    "su",
    "na",
    "lo",
    "vi",
    "der",
    "en",
    "ta",
    "li",
    "mar",
    "gor",
    "ben",
    "is",
    "ul",
)
"""What made-up words are made of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One post, in the forms that the tools want it in. the higher ``number``, the newer it is."""

    number: int
    source: str
    network: str
    title: str
    published: datetime
    tags: tuple[str, ...]
    paragraphs: tuple[tuple[str, ...], ...]
    """Of each paragraph its pieces: words, and in every second place a link's."""

    @property
    def slug(self) -> str:
        """Its name in addresses and file names."""
        return f"post-{self.number}"

    @property
    def summary(self) -> str:
        """What stands on a card; it is given to all tools, so that none has to cut it."""
        return f"{' '.join(self.text.split()[:30])} …"

    @property
    def text(self) -> str:
        """Its words."""
        return "\n\n".join(" ".join(pieces) for pieces in self.paragraphs)

    @property
    def html(self) -> str:
        """It as a web page has it, and as our store does."""
        link = '<a href="{1}">{0}</a>'
        return "\n".join(f"<p>{self._joined(link, pieces)}</p>" for pieces in self.paragraphs)

    @property
    def markdown(self) -> str:
        """It as an author would write it for a generator of sites."""
        return "\n\n".join(self._joined("[{0}]({1})", pieces) for pieces in self.paragraphs)

    def _joined(self, link: str, pieces: tuple[str, ...]) -> str:
        return " ".join(
            link.format(piece, f"https://shop.example/{piece.replace(' ', '-')}") if place % 2 else piece
            for place, piece in enumerate(pieces)
        )


@dataclass(frozen=True)
class Corpus:
    """So many posts over three years; those numbered from ``posts`` on are what comes in later."""

    posts: int
    seed: int = 5

    @cached_property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """The names of the sources, each with its network."""
        number = max(1, min(_SOURCES, self.posts // 10))
        return tuple((f"source-{place}", NETWORKS[place % len(NETWORKS)]) for place in range(number))

    def __iter__(self) -> Iterator[Entry]:
        """All that are there at first, the oldest first."""
        return map(self.entry, range(self.posts))

    def entry(self, number: int) -> Entry:
        """The post of that number."""
        rng = random.Random(f"{self.seed}:{number}")
        source, network = rng.choice(self.sources)
        return Entry(
            number=number,
            source=source,
            network=network,
            title=f"{_some(rng, rng.randint(3, 7)).capitalize()} {number}",
            published=self._moment(number),
            tags=tuple(dict.fromkeys(rng.choices(_TAG_NAMES, _TAG_WEIGHTS, k=rng.choice((0, 1, 1, 2))))),
            paragraphs=tuple(_paragraphs(rng)),
        )

    def _moment(self, number: int) -> datetime:
        later = number - self.posts + 1
        return NEWEST + (timedelta(minutes=later) if later > 0 else SPAN * later / self.posts)


_TAG_NAMES = tuple(f"topic-{place}" for place in range(_TAGS))
_TAG_WEIGHTS = tuple(1 / (place + 1) for place in range(_TAGS))  # as everywhere: a few are on very many posts


def _paragraphs(rng: random.Random) -> Iterator[tuple[str, ...]]:
    """60 to 200 words, a link or so to every forty."""
    words = rng.randint(60, 200)
    while words > 0:
        length = min(words, 40)
        words -= length
        if length < len(("a", "link", "and", "what", "surrounds", "it")):
            yield (_some(rng, length),)
        else:
            at = rng.randint(1, length - 4)
            yield (_some(rng, at), _some(rng, 2), _some(rng, length - at - 2))


def _some(rng: random.Random, number: int) -> str:
    return " ".join(rng.choices(_WORDS, k=number))
