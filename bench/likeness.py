"""One message, one card: how often two posts are rightly taken for one message, and what it costs to find out.

The labelled pairs of ``tests/curate/pairs.toml``, half of them held out from tuning. Beside our judgement stands the
baseline that commercial tools state: texts that are 90 % alike, whatever else. Then the cost of comparing, and of
finding what to compare in an archive that grows, with the marks of the last days kept in a sliding window.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import time
import tomllib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import Any

from PIL import Image

from forecourt.curate.likeness import WINDOW, Traits, compare, marks, traits
from forecourt.media.looks import looks
from forecourt.model import Event, Kind, Post, Price
from forecourt.text import paragraphs

ROOT = Path(__file__).parents[1]
PAIRS = ROOT / "tests/curate/pairs.toml"
PICTURES = ROOT / "demo/pictures"

BASELINE = 0.9
"""The part of two texts' characters that has to be alike for the baseline."""

_NEWEST = datetime(2026, 11, 20, 9, tzinfo=UTC)
_CROP = 50  # of a picture's width or height is cut off at each edge
_POSTS_PER_DAY = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """Two posts, and whether a person says that they are one message. ``held`` are not for tuning."""

    same: bool
    why: str
    one: Traits
    other: Traits
    texts: tuple[str, str]
    held: bool

    @property
    def told(self) -> str:
        """The pair to be read in a report."""
        return f"{self.why}: {self.texts[0][:70]!r} and {self.texts[1][:70]!r}"


@dataclass(frozen=True, slots=True)
class Score:
    """How many pairs were found to be one message, rightly and wrongly, and how many were not, wrongly."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The part of those found that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The part of those to find that was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


@cache
def pairs() -> tuple[Pair, ...]:
    """The labelled set."""
    found = tomllib.loads(PAIRS.read_text("utf-8"))["pairs"]
    return tuple(_pair(number, pair) for number, pair in enumerate(found))


def score(chosen: Sequence[Pair], judge: Callable[[Pair], bool]) -> Score:
    """Let one judge them all."""
    found = [(pair.same, judge(pair)) for pair in chosen]
    return Score(found.count((True, True)), found.count((False, True)), found.count((True, False)))


def ours(pair: Pair) -> bool:
    """As the product does it: two posts are compared only where they share a mark."""
    return not marks(pair.one).isdisjoint(marks(pair.other)) and compare(pair.one, pair.other).same


def baseline(pair: Pair) -> bool:
    """Texts that are 90 % alike."""
    one, other = (" ".join(text.casefold().split()) for text in pair.texts)
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= BASELINE


def archive(posts: int, seed: int = 7) -> Iterator[Post]:
    """Posts that have nothing to do with one another, oldest first, some thirty a day on twelve accounts.

    Their words follow Zipf's law without its head, as words do but for "the" and "and"; a third links, to one of
    400 pages, and half has a hashtag.
    """
    chance = random.Random(seed)
    syllables = [*map("".join, zip("bdfgklmnprst" * 5, "aeiouyaeiou" * 6, strict=False))]
    words = ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(12_000)]
    weights = [*accumulate(1 / (place + 30) for place in range(len(words)))]
    for number in range(posts):
        said = chance.choices(words, cum_weights=weights, k=chance.randint(8, 40))
        link = f" https://shop.example/page-{chance.randrange(400)}/" if number % 3 == 0 else ""
        tag = f" #{chance.choice(words[:200])}" if number % 2 == 0 else ""
        text = f"{' '.join(said).capitalize()}.{link}{tag}"
        yield Post(
            id=str(number),
            source=f"account-{chance.randrange(12)}",
            kind=Kind.NOTE,
            permalink=f"https://network.example/{number}",
            text=text,
            html=paragraphs(text),
            lang="en",
            published=_NEWEST - timedelta(days=(posts - number) / _POSTS_PER_DAY),
        )


class Window:
    """Marks of the last days, and which posts have them."""

    def __init__(self) -> None:
        self._posts: deque[tuple[Traits, frozenset[int]]] = deque()
        self._marked: defaultdict[int, list[Traits]] = defaultdict(list)

    def met(self, post: Traits) -> list[Traits]:
        """The posts of the window that it is worth comparing with, and it joins them."""
        while self._posts and post.at - self._posts[0][0].at > WINDOW:
            _, old = self._posts.popleft()
            for mark in old:
                del self._marked[mark][0]
        mine = marks(post)
        found = {other.permalink: other for mark in mine for other in self._marked.get(mark, ())}
        self._posts.append((post, mine))
        for mark in mine:
            self._marked[mark].append(post)
        return [other for other in found.values() if other.source != post.source]


@dataclass(frozen=True, slots=True)
class Archived:
    """What it costs to look for the message of each post of an archive: CPU seconds, and how many were compared."""

    posts: int
    reading: float
    finding: float
    compared: int
    same: int


def archived(posts: int) -> Archived:
    """Read an archive, and compare each of its posts with those of the days before."""
    window = Window()
    reading = finding = 0.0
    compared = same = 0
    for post in archive(posts):
        began = time.process_time()
        assert post.published is not None
        read = traits(post, post.published)
        between = time.process_time()
        met = window.met(read)
        same += sum(compare(read, other).same for other in met)
        compared += len(met)
        reading += between - began
        finding += time.process_time() - between
    return Archived(posts, reading, finding, compared, same)


@cache
def seen(name: str) -> int:
    """The looks of a picture of the demo; "dusk.jpg/small", "/jpeg" and "/crop" are what networks make of it."""
    file, _, change = name.partition("/")
    with Image.open(PICTURES / file) as opened:
        image: Image.Image = opened.convert("RGB")
    if change == "small":
        image = image.resize((image.width // 3, image.height // 3))
    if change == "crop":
        across, down = image.width // _CROP, image.height // _CROP
        image = image.crop((across, down, image.width - across, image.height - down))
    if change in {"crop", "jpeg"}:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=40)
        image = Image.open(out)
    return looks(image)


def _pair(number: int, pair: Mapping[str, Any]) -> Pair:  # Any: TOML
    one, other = pair["one"], pair["other"]
    texts = one.get("text", ""), other.get("text", "")
    digest = blake2b("\n".join(texts).encode(), digest_size=1).digest()
    return Pair(
        pair["same"],
        pair["why"],
        _traits(one, f"{number}-one"),
        _traits(other, f"{number}-other"),
        texts,
        bool(digest[0] & 1),
    )


def _traits(said: Mapping[str, Any], name: str) -> Traits:  # Any: TOML
    text, link, source = said.get("text", ""), said.get("link", ""), said["source"]
    start, price = said.get("start", ""), said.get("price", "")
    more = f'<p><a href="{link}">{re.sub("^https?://", "", link)}</a></p>' if link else ""
    post = Post(
        id=said.get("id", name),
        source=source,
        kind=Kind(said.get("kind", "note")),
        permalink=said.get("permalink", f"https://{source}.example/{name}"),
        title=said.get("title", ""),
        text=text,
        html=paragraphs(text) + more,
        lang=said.get("lang", ""),
        tags=tuple(said.get("tags", ())),
        quote_of=said.get("quotes", ""),
        in_reply_to=said.get("answers", ""),
        syndicated=tuple(said.get("syndicated", ())),
        event=Event(datetime.fromisoformat(start), place=said.get("place", "")) if start else None,
        price=Price(Decimal(price), "EUR") if price else None,
    )
    at = datetime.fromisoformat(said["at"])
    return traits(post, at, said.get("store", ""), [seen(picture) for picture in said.get("pictures", ())])


def _milliseconds(what: Callable[[], object], times: int) -> float:
    began = time.process_time()
    what()
    return (time.process_time() - began) * 1000 / times


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--posts", type=int, nargs="*", default=[10_000, 100_000], help="sizes of archives"
    )
    sizes: list[int] = arguments.parse_args().posts
    every = pairs()
    tuning, held = ([pair for pair in every if pair.held is which] for which in (False, True))
    alike = sum(pair.same for pair in every)
    print(f"{len(every)} labelled pairs, {alike} of them the same message")
    for name, chosen, judge in (
        ("ours", every, ours),
        ("ours, tuning half", tuning, ours),
        ("ours, held-out half", held, ours),
        ("baseline, 90 % alike", every, baseline),
    ):
        print(f"{name:22}{score(chosen, judge)}")
    cost = _milliseconds(lambda: [compare(pair.one, pair.other) for pair in every], len(every))
    print(f"\n{cost:.3f} ms for a comparison (CPU)")
    for posts in sizes:
        found = archived(posts)
        print(
            f"{posts:>7,} unrelated posts: {found.reading / posts * 1000:.2f} ms each for traits, "
            f"{found.finding / posts * 1000:.2f} ms for marks and comparing with {found.compared / posts:.1f} others; "
            f"{found.same} taken for one message; {found.reading + found.finding:.0f} CPU s in all"
        )


if __name__ == "__main__":
    main()
