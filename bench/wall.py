"""What laying a wall costs: CPU time for 24, 60 and 120 cards at all three column counts, the first time and again.

And how many cards keep their spans when one is added in front and the oldest goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from statistics import mean, median
from time import process_time

from markupsafe import Markup

from forecourt.console import say
from forecourt.site import wall
from forecourt.site.views import AuthorView, Card, ListingLink, Picture, SourceView

_SIZES = (24, 60, 120)
_WORDS = (
    "the",
    "cat",
    "under",
    "a",
    "warm",
    "lamp",
    "while",
    "gifts",
    "were",
    "wrapped",
    "in",
    "brown",
    "paper",
    "and",
)
_WIDE, _TALL, _EVEN = ((3, 2), (16, 9), (4, 3)), ((3, 4), (9, 16), (4, 5)), ((1, 1),)
_SHARES = {
    "note": 26, "photo": 18, "video": 12, "review": 10, "product": 8, "article": 8,
    "gallery": 6, "event": 5, "question": 3, "episode": 2, "quote": 2,
}  # fmt: skip
_TITLED = frozenset({"article", "event", "product", "video", "episode", "question"})
_PICTURED = {"photo": 1.0, "gallery": 1.0, "video": 1.0, "product": 1.0, "article": 0.8, "episode": 0.7,
    "event": 0.4, "note": 0.2}  # fmt: skip


def some_cards(random: Random, count: int) -> list[Card]:
    """So many cards as a hub may show: of every form, with and without pictures, of few words and many."""
    return [_card(random) for _ in range(count)]


BARE = Card(
    kind="note",
    form="note",
    url="/posts/bare/",
    permalink="",
    title="",
    excerpt="",
    html=Markup(),
    lang="en",
    dir="ltr",
    author=AuthorView(),
    network=ListingLink("mastodon", "Mastodon", "/networks/mastodon/"),
    source=SourceView("Larkwood", "/sources/larkwood/"),
    published=datetime(2026, 11, 22, tzinfo=UTC),
)
"""A card with nothing on it."""


def _card(random: Random) -> Card:
    form = random.choices([*_SHARES], [*_SHARES.values()])[0]
    words = 60 if form == "product" else random.choice((40, 80, 120, 180, 260))
    return replace(
        BARE,
        form=form,
        url=f"/posts/{random.getrandbits(60):x}/",
        title=_text(random, random.choice((20, 40, 60))) if form in _TITLED else "",
        excerpt=_text(random, words),
        pictures=_pictures(random, form),
    )


def _text(random: Random, letters: int) -> str:
    return " ".join(random.choices(_WORDS, k=letters // 5))


def _pictures(random: Random, form: str) -> tuple[Picture, ...]:
    if random.random() >= _PICTURED.get(form, 0):
        return ()
    shapes = random.choice((_WIDE, _WIDE, _TALL, _EVEN)) if form in _PICTURED else _WIDE
    wide, high = random.choice(shapes)
    return (Picture("/pictures/one.webp", 80 * wide, 80 * high),)


def _milliseconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return (process_time() - start) * 1000


def _kept(cards: Sequence[Card], columns: int) -> float:
    before, after = wall.spans(cards[1:], columns), wall.spans(cards[:-1], columns)
    return mean(one == other for one, other in zip(before[:-1], after[1:], strict=True))


def main() -> None:
    """Measure and say what was measured."""
    first = _milliseconds(lambda: wall.lay(some_cards(Random(0), 60)))
    say(f"60 cards, the first call of all: {first:.1f} ms of CPU time")
    for count in _SIZES:
        new, again = [], []
        for seed in range(30):
            cards = some_cards(Random(seed), count)
            new.append(_milliseconds(partial(wall.lay, cards)))
            again.append(_milliseconds(partial(wall.lay, cards)))
        say(
            f"{count} cards: {median(new):.1f} ms, {median(new) / count:.3f} a card; "
            f"of cards seen before {median(again):.1f} ms, {median(again) / count:.3f} a card"
        )
    for count in _SIZES:
        shares = [
            mean(_kept(some_cards(Random(seed), count + 1), columns) for seed in range(60))
            for columns in wall.COLUMNS
        ]
        said = ", ".join(
            f"{share:.3f} at {columns} columns" for share, columns in zip(shares, wall.COLUMNS, strict=True)
        )
        say(f"{count} cards, share that keep their spans when one is added and the oldest goes: {said}")


if __name__ == "__main__":
    main()
