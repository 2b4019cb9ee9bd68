"""How large each card stands on a wall: without holes, in the order of the page, alike on every build.

A wall has four, three or two columns, as wide as the window allows, and rows of one height. A browser
puts each card where the last one ended or further on, never back (CSS Grid's sparse row flow), so what
stands first on the page is seen first. No cell stays empty if every card fits exactly where the
first empty one is, and if the last cards end at one height.

What is free below the cards laid so far is a skyline: how far each column is ahead of the shortest.
There are a few hundred of them, and which card leads from which to which never changes. So the best
way through the cards is found from the last to the first: what follows a skyline does not depend on what
led to it, and a new card in front changes but those after it until a skyline is met again. It is met
soon, as some cards, told by their addresses, would rather stand at a certain one. The share of
cards that keep their shape then is held by tests/site/test_wall.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from itertools import product
from math import ceil, log
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple
from unicodedata import category

from forecourt.site.views import Card, Cell


class Span(NamedTuple):
    """How many columns and rows a card fills."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """What a card's cell on a wall is told: its classes, and how wide a picture stands in it.

    ``classes`` are its spans: "a24 b13 c22" is 2 columns and 4 rows of four columns, 1 and 3 of three, 2 and 2 of
    two. ``whole`` are the ``sizes`` of a picture over all of the card, ``part`` of one above or beside its words.
    """

    classes: str
    whole: str
    part: str


class Wall:
    """Cards on a wall, as templates are given them: iterated, it gives their cells, which are laid the first time.

    Those who lay out by themselves take ``cards``.
    """

    def __init__(self, cards: Sequence[Card]) -> None:
        self.cards = tuple(cards)

    def __len__(self) -> int:
        return len(self.cards)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells)

    @cached_property
    def _cells(self) -> tuple[Cell, ...]:
        laid = zip(self.cards, lay(self.cards), strict=True)
        return tuple(
            Cell(card, place.classes, place.whole, place.part, at == 0)
            for at, (card, place) in enumerate(laid)
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    """A wall of so many columns, in rem. Words must fit the narrowest column; pictures are cut for the usual one.

    ``sizes`` are the widths of one, one and a half, and two columns.
    """

    columns: int
    name: str
    narrow: float
    usual: float
    sizes: tuple[str, str, str]
    window: str


_WALLS = MappingProxyType(
    {
        4: _Columns(4, "a", 16, 19, ("20rem", "30rem", "40rem"), "(min-width: 1100px) "),
        3: _Columns(3, "b", 14.5, 17, ("34vw", "50vw", "67vw"), "(min-width: 700px) "),
        2: _Columns(2, "c", 9.75, 10.75, ("50vw", "75vw", "100vw"), ""),
    }
)
COLUMNS = tuple(_WALLS)
"""How many columns a wall may have: from 1100 pixels, from 700, and below."""

_GAP = 1.0
_ROW = 5.5
_BESIDE = 27.0
"""Rem from which on a card has its picture beside its words, and larger letters."""

_NARROW = tuple(Span(1, height) for height in (2, 3, 4, 5))
_WIDE = tuple(Span(2, height) for height in (2, 3, 4))
_SPANS = (*_NARROW, *_WIDE)


def lay(cards: Sequence[Card]) -> tuple[Place, ...]:
    """A place for each of the cards of a wall, in their order."""
    return _laid(tuple(map(_Traits.of, cards)))


def spans(cards: Sequence[Card], columns: int) -> list[Span]:
    """How much each card fills of a wall of 4, 3 or 2 columns."""
    return _spans([_Traits.of(card) for card in cards], _WALLS[columns])


@lru_cache(maxsize=8)  # the same wall comes again in the next language
def _laid(cards: tuple[_Traits, ...]) -> tuple[Place, ...]:
    found = zip(*(_spans(cards, wall) for wall in _WALLS.values()), strict=True)
    return tuple(_place(card, spans) for card, spans in zip(cards, found, strict=True))


# What a card is like, as far as its size is concerned.


@dataclass(frozen=True, slots=True)
class _Words:
    """How a form sets its words, in rem: what stands around them, the size of their letters.

    ``lines`` of the excerpt are enough; ``aside`` is lost at their side.
    """

    around: float
    size: float = 0.94
    lines: int = 4
    title: float = 1.3
    aside: float = 0


_SAID = _Words(around=7.6, lines=9)
_FORMS = MappingProxyType(
    {
        "note": _SAID,
        "question": _SAID,
        "photo": _SAID,
        "gallery": _SAID,
        "video": _SAID,
        "episode": _Words(around=8.5),
        "review": _Words(around=8, size=1.2, lines=7, title=0.94),
        "quote": _Words(around=5, size=1.4, lines=7, title=0.94),
        "event": _Words(around=8.4, lines=2, aside=4.5),
        "product": _Words(around=5, lines=1, title=0.94),
        "article": _Words(around=4.6, title=1.5),
    }
)
_OVER = frozenset({"photo", "gallery", "video"})  # the picture is all of the card
_BARE = frozenset({"review", "question", "quote"})  # words alone, whatever pictures there are
_NARROW_TOO = frozenset({"product"})  # says so little that half a phone is enough
_BRIEF, _BRIEF_SIZE = 90, 1.2
"""Up to so many letters without a title stand larger."""

_PHONE = 2
_LINE = 1.45
_TITLE_LINE = 1.2
_LETTER = 0.5  # of its size, on average
_SIDES = 2.3  # rem at both sides of words
_DOUBLE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U0001f300-\U0001faff]"
)


@dataclass(frozen=True, slots=True)
class _Traits:
    """What of a card decides how large it stands."""

    form: str
    title: int
    excerpt: tuple[int, ...]
    """How many letters each paragraph has."""
    ratio: float
    """Width by height of its picture, 0 where it shows none."""
    mark: bytes
    """Something of the card's own, to be compared with others'."""
    tastes: bytes
    """What makes one card prefer this span, another like it that one: a byte for each."""

    @classmethod
    def of(cls, card: Card) -> _Traits:
        form = card.form if card.form in _FORMS else "note"
        shown = card.pictures and form not in _BARE
        ratio = card.pictures[0].width / card.pictures[0].height if shown else 0
        own = blake2b(_own(card.url).encode("utf-8", "replace"), digest_size=16).digest()
        return cls(
            form,
            _letters(card.title),
            tuple(map(_letters, card.excerpt.split("\n"))) if card.excerpt else (),
            min(max(ratio, 0.5), 2.4) if shown else 0,
            own[: -len(_SPANS)],
            own[-len(_SPANS) :],
        )


def _own(url: str) -> str:
    """The part of a card's address that is the same in each of the hub's languages."""
    return "/".join(url.rstrip("/").rsplit("/", 2)[1:])


def _letters(text: str) -> int:
    """How many letters wide a text is: those of East Asia, and emoji, are twice as wide."""
    if text.isascii():
        return len(text)
    seen = sum(
        category(each)[0] not in "MC" for each in text
    )  # marks stand over letters, and controls nowhere
    return seen + len(_DOUBLE.findall(text))


# What a span costs a card: the more, the worse it looks in it. Some 20 make no difference to the eye, 100 do.

_STEEP = 600
"""One that looks bad is worse than several that look not quite as good."""
_TASTE = 12
_LARGE = 8
"""What it costs to be two columns wide, where there are more: most cards are not."""
_SMALL = MappingProxyType({Span(1, 2): 45, Span(2, 2): 60, Span(2, 4): 10})
"""Pictures with words on them: bands, where the words hide most of it; and not all of them large."""
_SMALL_ON_PHONES = MappingProxyType({Span(1, 2): 6, Span(2, 3): 6, Span(2, 4): 14})
_HALF_A_PHONE = 120
_LEAST = 7.0
"""Rem of a picture above words, below which it is a strip."""


@lru_cache(maxsize=4096)  # in a full build, a card stands on some six walls
def _costs(card: _Traits, columns: int) -> tuple[int, ...]:
    """What each of the spans costs a card."""
    wall = _WALLS[columns]
    if card.ratio and card.form in _OVER:
        look = _filled
    elif card.ratio:
        look = _illustrated
    else:
        look = _said
    large = _LARGE if columns > _PHONE else 0
    costs = (*look(card, wall, _NARROW), *[cost + large for cost in look(card, wall, _WIDE)])
    return tuple(
        round(cost + cost * cost / _STEEP) + taste * _TASTE // 256
        for cost, taste in zip(costs, card.tastes, strict=True)
    )


def _filled(card: _Traits, wall: _Columns, spans: Sequence[Span]) -> list[float]:
    """The picture is all of the card, with words on it."""
    width = _width(wall.usual, spans[0])
    small = _SMALL if wall.columns > _PHONE else _SMALL_ON_PHONES
    return [150 * _cut(width / _height(span), card.ratio) + small.get(span, 0) for span in spans]


def _illustrated(card: _Traits, wall: _Columns, spans: Sequence[Span]) -> list[float]:
    """The picture stands above the words in a narrow card, beside them in a wide one."""
    words, width = _width(wall.narrow, spans[0]), _width(wall.usual, spans[0])
    rooms = [_height(span) - _FORMS[card.form].around for span in spans]
    if words >= _BESIDE:
        text = _wanted(card, words / 2 - _SIDES, 1.25)
        return [
            80 * _cut(width / 2 / _height(span), card.ratio) + _fit(text, room) / 2
            for span, room in zip(spans, rooms, strict=True)
        ]
    text = _wanted(card, words - _SIDES, 1, 2)
    squeezed = _squeezed(wall, spans[0], card.form)
    return [
        80 * _cut(width / max(room - text, _LEAST), card.ratio)
        + 15 * max(0.0, _LEAST - room + text)
        + squeezed
        for room in rooms
    ]


def _said(card: _Traits, wall: _Columns, spans: Sequence[Span]) -> list[float]:
    """Nothing but words."""
    words = _width(wall.narrow, spans[0])
    text = _wanted(card, words - _SIDES, 1.25 if words >= _BESIDE else 1)
    squeezed = _squeezed(wall, spans[0], card.form)
    return [_fit(text, _height(span) - _FORMS[card.form].around) + squeezed for span in spans]


def _squeezed(wall: _Columns, span: Span, form: str) -> float:
    """Words want the whole width of a phone."""
    return _HALF_A_PHONE if wall.columns == _PHONE and span.width == 1 and form != "product" else 0


def _wanted(card: _Traits, width: float, larger: float, most: int = 99) -> float:
    """How high the words of a card would like to be, in rem."""
    words = _FORMS[card.form]
    size, title = words.size * larger, words.title * larger
    if sum(card.excerpt) <= _BRIEF and not card.title and words is _SAID:
        size *= _BRIEF_SIZE
    in_title = ceil(card.title * title * _LETTER / max(width - words.aside, 4))
    lines = sum(max(1, ceil(letters * size * _LETTER / width)) for letters in card.excerpt[:12])
    return min(in_title, 4) * title * _TITLE_LINE + min(lines, words.lines, most) * size * _LINE


def _fit(wanted: float, room: float) -> float:
    """What it costs that words have less room than they want, or so much more that the card looks empty."""
    if wanted > room:
        return 170 * min(1.0, (wanted - room) / wanted) ** 2 + 20 * max(0.0, 2.5 - room)
    spare = room - wanted
    return 2 * spare + 11 * max(0.0, spare - 4)


def _width(column: float, span: Span) -> float:
    """How wide a span is of columns so wide, in rem."""
    return span.width * (column + _GAP) - _GAP


def _height(span: Span) -> float:
    """How high a span is, in rem."""
    return span.height * (_ROW + _GAP) - _GAP


def _cut(box: float, picture: float) -> float:
    """How much of a picture is lost where it fills a box of another shape."""
    return log(box / picture) ** 2


# The way through the skylines.

_NEVER = 10**9
_FLAT = 0
_FAR = 110
"""What a span may cost more than the best of a card, to be looked at first; nearly always that is enough."""
_HEIGHTS = 3
"""Different ones in a skyline: with four, what fits next is a matter of luck."""
_STEPS: Mapping[int, Sequence[tuple[int, ...]]] = MappingProxyType(
    {4: ((0, 0, 0, 0), (2, 2, 0, 0), (0, 0, 2, 2)), 3: ((0, 0, 0), (2, 2, 0)), 2: ((0, 0),)}
)
"""The skylines at which the ways meet: not only flat ones, or lines would go through all of the wall."""
_MEETS = ((1, 220), (2, 300))
"""What it is worth that one of them is met by the card whose mark is the greatest among those so near to it.

Such cards are three to five apart, more evenly so than if their own marks alone said it.
"""
_EMPTY = 14
"""What a column costs that the only line of a wall leaves empty."""


_Costs = Sequence[int]
"""What is known of skylines, by their numbers."""


@dataclass(frozen=True, slots=True)
class _Skylines:
    """The skylines of a wall of so many columns, by number; 0 is flat. The first ones have room for two columns.

    ``leads`` says for each span to which skyline one leads, for those that have room for it: ``many`` where that would
    be a ragged one. ``reads`` picks what is known of those.
    """

    many: int
    steps: Sequence[int]
    leads: Sequence[Sequence[int]]
    reads: Sequence[Callable[[_Costs], _Costs]]


@cache
def _skylines(columns: int) -> _Skylines:
    known = [(0,) * columns]
    for skyline in known:
        following = (_after(skyline, span) for span in _SPANS)
        known += dict.fromkeys(
            each for each in following if each and each not in known and len(set(each)) <= _HEIGHTS
        )
    known.sort(key=lambda skyline: (_after(skyline, _WIDE[0]) is None, skyline))
    number = {skyline: which for which, skyline in enumerate(known)}
    many = len(known)
    leads = [
        [number.get(after, many) for skyline in known if (after := _after(skyline, span))] for span in _SPANS
    ]
    steps = [number[each] for each in _STEPS[columns]]
    return _Skylines(many, steps, leads, [_reader(to) for to in leads])


def _reader(numbers: Sequence[int]) -> Callable[[_Costs], _Costs]:
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return lambda known: [known[number] for number in numbers]  # itemgetter makes no tuple of one


def _after(skyline: tuple[int, ...], span: Span) -> tuple[int, ...] | None:
    """The skyline with a card at its first empty place, None where it does not fit in there."""
    first = skyline.index(0)
    last = first + span.width
    if skyline[first:last] != (0,) * span.width:
        return None
    heights = (*skyline[:first], *(span.height,) * span.width, *skyline[last:])
    lowest = min(heights)
    return tuple(height - lowest for height in heights)


def _spans(cards: Sequence[_Traits], wall: _Columns) -> list[Span]:
    costs = [_costs(card, wall.columns) for card in cards]
    few = len(cards) < wall.columns
    meets = [(_FLAT, 0)] * len(cards) if few or wall.columns == _PHONE else _meets(cards, wall.columns)
    for far in (_FAR, _NEVER):
        choices = [
            [(which, cost) for which, cost in enumerate(own) if cost <= min(own) + far] for own in costs
        ]
        cost, found = _best(choices, meets, wall.columns)
        if cost < _NEVER // 2:
            break
    if few and wall.columns > _PHONE:
        line_cost, line = _line(costs, wall.columns)
        return line if line_cost < cost else found
    return found


def _best(
    choices: Sequence[Sequence[tuple[int, int]]], meets: Sequence[tuple[int, int]], columns: int
) -> tuple[int, list[Span]]:
    """The best spans that leave nothing empty, and what they cost: some _NEVER where there are none.

    ``choices`` are the spans open to each card with their costs, ``meets`` as ``_meets`` says.
    """
    skylines = _skylines(columns)
    best = [_NEVER] * (skylines.many + 1)
    best[_FLAT] = 0
    table = [best]
    for own, (step, worth) in zip(reversed(choices), reversed(meets), strict=True):
        before = [_NEVER] * (skylines.many + 1)
        for span, cost in own:
            rest = skylines.reads[span](best)
            before[: len(rest)] = [
                known if known < (found := each + cost) else found
                for known, each in zip(before, rest, strict=False)  # the roomy ones alone
            ]
        before[step] -= worth
        best = before
        table.append(best)
    return best[_FLAT], [*_way(skylines, choices, table[::-1])]


def _meets(cards: Sequence[_Traits], columns: int) -> list[tuple[int, int]]:
    """At which skyline each card would rather stand, and what that is worth."""
    steps = _skylines(columns).steps
    marks = [card.mark for card in cards]
    return [
        (
            steps[mark[-1] % len(steps)],
            sum(worth for near, worth in _MEETS if mark == max(marks[max(0, at - near) : at + near + 1])),
        )
        for at, mark in enumerate(marks)
    ]


def _way(
    skylines: _Skylines, choices: Sequence[Sequence[tuple[int, int]]], table: Sequence[Sequence[int]]
) -> Iterator[Span]:
    """The spans by which the best is reached; ``table`` is what is best from each skyline before each card."""
    at = _FLAT
    for own, after in zip(choices, table[1:], strict=True):
        fitting = [
            (cost + after[leads[at]], span) for span, cost in own if at < len(leads := skylines.leads[span])
        ]
        _, span = min(fitting, default=(_NEVER, 0))
        at = skylines.leads[span][at]
        yield _SPANS[span]


def _line(costs: Sequence[Sequence[int]], columns: int) -> tuple[int, list[Span]]:
    """The best spans of a few cards in one line, which need not fill it."""
    cost_of = [dict(zip(_SPANS, cost, strict=True)) for cost in costs]
    lines = (
        [Span(width, height) for width in widths]
        for height in {span.height for span in _WIDE}
        for widths in product((1, 2), repeat=len(costs))
        if sum(widths) <= columns
    )
    tall = [Span(1, _NARROW[-1].height)] * len(costs)
    return min(
        (
            sum(of[span] for of, span in zip(cost_of, line, strict=True))
            + _EMPTY * (columns - sum(s.width for s in line)),
            line,
        )
        for line in (*lines, tall)
    )


# How wide pictures stand.

_NEARLY = 1.2
"""Columns that one column's picture is wide enough for, without being seen to be short."""


def _place(card: _Traits, found: Sequence[Span]) -> Place:
    walls = list(zip(_WALLS.values(), found, strict=True))
    return Place(
        " ".join([f"{wall.name}{span.width}{span.height}" for wall, span in walls]),
        _sizes(*[_reach(card, wall, span, over=True) for wall, span in walls]),
        _sizes(*[_reach(card, wall, span, over=False) for wall, span in walls]),
    )


@cache
def _sizes(*which: int) -> str:
    return ", ".join(
        wall.window + wall.sizes[each] for wall, each in zip(_WALLS.values(), which, strict=True)
    )


def _reach(card: _Traits, wall: _Columns, span: Span, *, over: bool) -> int:
    """Which of the wall's sizes a picture needs to fill its place, which cuts it where their shapes differ."""
    width, height = _width(wall.usual, span), _height(span)
    if not over:
        width, height = (
            (width / 2, height) if width >= _BESIDE else (width, height - _FORMS[card.form].around)
        )
    columns = max(width, height * card.ratio) / wall.usual
    return (columns > _NEARLY) + (columns > _NEARLY + 0.5)
