"""The wall: no holes, the order of the page, the same spans for the same cards, nearly so beside a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from bench.wall import BARE, some_cards
from forecourt.site import wall
from forecourt.site.views import Card, Picture
from forecourt.site.wall import COLUMNS, Span, Wall
from tests.site.visitor import careful_browser

WIDTHS = {1280: 4, 1100: 4, 1099: 3, 700: 3, 699: 2, 390: 2, 320: 2}
FORMS = (
    *("note", "photo", "gallery", "video", "episode", "review"),
    *("event", "product", "article", "quote", "question"),
)

LANDSCAPE, UPRIGHT = Picture("/p/1.webp", 1280, 720), Picture("/p/2.webp", 720, 1280)


def any_card() -> st.SearchStrategy[Card]:
    sizes = st.integers(1, 10_000)
    pictures = st.builds(Picture, st.just("/p/1.webp"), sizes, sizes)
    return st.builds(
        replace,
        st.just(BARE),
        form=st.sampled_from([*FORMS, "of-another-theme"]),
        url=st.text(max_size=20),
        title=st.text(max_size=200),
        excerpt=st.text(max_size=300),
        pictures=st.lists(pictures, max_size=2).map(tuple),
    )


def corners(spans: Sequence[Span], columns: int) -> list[tuple[int, int]]:
    """Row and column of each, as CSS Grid's sparse row flow places them: at the cursor or further on, never back."""
    taken: set[tuple[int, int]] = set()
    found = []
    row = column = 0
    for span in spans:
        while column + span.width > columns or taken & cells((row, column), span):
            row, column = (row + 1, 0) if column + span.width >= columns else (row, column + 1)
        taken |= cells((row, column), span)
        found.append((row, column))
    return found


def cells(corner: tuple[int, int], span: Span) -> set[tuple[int, int]]:
    row, column = corner
    return {
        (each, other)
        for each in range(row, row + span.height)
        for other in range(column, column + span.width)
    }


def holes(spans: Sequence[Span], columns: int) -> set[tuple[int, int]]:
    """Cells that stay empty. Fewer cards than columns may stand in one line that ends early."""
    at = corners(spans, columns)
    taken = set[tuple[int, int]]().union(*map(cells, at, spans))
    high = max((row for row, _ in taken), default=-1) + 1
    wide = columns
    if len(spans) < columns and columns > 2 and {row for row, _ in at} == {0}:
        wide = sum(span.width for span in spans)
    return {(row, column) for row in range(high) for column in range(wide)} - taken


@settings(max_examples=40, deadline=None)
@given(cards=st.lists(any_card(), max_size=130))
def test_whatever_the_cards_nothing_is_left_empty_and_the_order_stays(cards: list[Card]) -> None:
    for columns in COLUMNS:
        spans = wall.spans(cards, columns)
        at = corners(spans, columns)
        assert len(spans) == len(cards)
        assert holes(spans, columns) == set()
        assert at == sorted(at)


@settings(max_examples=20, deadline=None)
@given(cards=st.lists(any_card(), max_size=30))
def test_a_wall_depends_on_its_cards_alone(cards: list[Card]) -> None:
    first = wall.lay(cards)
    wall.lay(cards[::-1])
    assert wall.lay([replace(card) for card in cards]) == first


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 7, 23])
def test_cards_all_alike_fill_a_wall(form: str, count: int) -> None:
    for pictures in ((), (LANDSCAPE,), (UPRIGHT,)):
        cards = [
            replace(BARE, form=form, excerpt="Yes.", pictures=pictures, url=f"/{n}/") for n in range(count)
        ]
        for columns in COLUMNS:
            assert holes(wall.spans(cards, columns), columns) == set()


def test_few_cards_stand_side_by_side_and_alike_in_height() -> None:
    for count in (1, 2, 3):
        cards = [
            replace(BARE, form="video", url=f"/{n}/", pictures=(UPRIGHT,), title="Look") for n in range(count)
        ]
        spans = wall.spans(cards, 4)
        assert {span.width for span in spans} == {1}, "an upright film is not blown up to fill a line"
        assert len({span.height for span in spans}) == 1


def test_walls_are_varied() -> None:
    cards = some_cards(Random(7), 120)
    for columns in (4, 3):
        used = {span: wall.spans(cards, columns).count(span) for span in set(wall.spans(cards, columns))}
        assert len(used) >= 6
        assert max(used.values()) < 60


def test_pictures_keep_most_of_their_shape() -> None:
    cards = [
        replace(card, form="photo", pictures=((UPRIGHT if n % 3 else LANDSCAPE),))
        for n, card in enumerate(some_cards(Random(1), 90))
    ]
    spans = wall.spans(cards, 4)
    wide = [span.width for card, span in zip(cards, spans, strict=True) if card.pictures[0] is UPRIGHT]
    assert wide.count(1) / len(wide) > 0.9
    lying = [span for card, span in zip(cards, spans, strict=True) if card.pictures[0] is LANDSCAPE]
    assert sum(span.width == 2 for span in lying) / len(lying) > 0.6


def test_words_have_the_width_of_a_phone_and_upright_pictures_share_it() -> None:
    words = [replace(card, form="note", pictures=()) for card in some_cards(Random(2), 30)]
    assert {span.width for span in wall.spans(words, 2)} == {2}
    upright = [replace(card, form="photo", pictures=(UPRIGHT,)) for card in some_cards(Random(3), 30)]
    assert [span.width for span in wall.spans(upright, 2)].count(1) >= 20


def test_the_more_words_the_more_room() -> None:
    def area(excerpt: str) -> float:
        cards = [replace(BARE, excerpt=excerpt, url=f"/{n}/") for n in range(200)]
        return mean(span.width * span.height for span in wall.spans(cards, 4))

    assert area("Back at noon.") < area("word " * 25) < area("word " * 55)
    assert area("\u4eca\u65e5\u306f" * 25) > area("abc" * 25), "letters twice as wide"


@pytest.mark.parametrize(("columns", "least"), [(4, 0.75), (3, 0.75), (2, 0.95)])
def test_cards_keep_their_spans_when_one_is_added_and_the_oldest_goes(columns: int, least: float) -> None:
    kept = []
    for seed in range(30):
        cards = some_cards(Random(seed), 25)
        before, after = wall.spans(cards[1:], columns), wall.spans(cards[:-1], columns)
        kept.append(mean(one == other for one, other in zip(before[:-1], after[1:], strict=True)))
    assert mean(kept) >= least


def test_far_from_what_changed_nothing_changes() -> None:
    cards = some_cards(Random(5), 121)
    for columns in COLUMNS:
        before, after = wall.spans(cards[1:], columns), wall.spans(cards[:-1], columns)
        assert before[30:-30] == after[31:-29]


def test_templates_are_given_cells_with_classes_and_sizes() -> None:
    cards = some_cards(Random(4), 24)
    laid = Wall(cards)
    cells = list(laid)
    spans = [wall.spans(cards, columns) for columns in COLUMNS]
    assert [cell.card for cell in cells] == cards == list(laid.cards)
    assert [cell.classes for cell in cells] == [
        f"a{a.width}{a.height} b{b.width}{b.height} c{c.width}{c.height}"
        for a, b, c in zip(*spans, strict=True)
    ]
    assert [cell.eager for cell in cells] == [True] + [False] * 23
    assert len(laid) == 24
    assert list(laid) == cells
    assert not Wall([])


def test_pictures_are_as_wide_as_their_place_and_where_they_are_cut_wider() -> None:
    lying = replace(BARE, form="photo", pictures=(LANDSCAPE,))
    [place] = wall.lay([lying])
    assert place.classes == "a23 b23 c22"
    assert place.whole == "(min-width: 1100px) 40rem, (min-width: 700px) 67vw, 100vw"
    places = wall.lay(
        [replace(card, form="photo", pictures=(LANDSCAPE,)) for card in some_cards(Random(6), 200)]
    )
    narrow = {place.whole.split(", ")[0] for place in places if place.classes.startswith("a13")}
    assert narrow == {"(min-width: 1100px) 40rem"}, "its height needs more than its width"
    mixed = wall.lay(some_cards(Random(6), 500))
    assert len({place.whole for place in mixed} | {place.part for place in mixed}) <= 27


# The same in a browser.

STYLE = """
body { margin: 0 }
.wall { display: grid; grid-auto-flow: row; gap: 1rem; margin: 0; padding: 0 1rem; list-style: none;
  grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-rows: 5.5rem }
.cell { grid-column: span var(--w); grid-row: span var(--h) }
@media (min-width: 700px) { .wall { grid-template-columns: repeat(3, minmax(0, 1fr)) } }
@media (min-width: 1100px) { .wall { grid-template-columns: repeat(4, minmax(0, 1fr)) } }
"""
BOXES = """
() => [...document.querySelectorAll('.cell')].map(cell => {
  const box = cell.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
})
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with careful_browser() as browser:
        yield browser


@pytest.mark.parametrize("count", [1, 3, 24, 60])
def test_a_browser_puts_cards_where_they_were_meant_to_be(browser: Browser, count: int) -> None:
    cards = some_cards(Random(count), count)
    for width, columns in WIDTHS.items():
        shown = _boxes(browser, cards, width)
        spans = wall.spans(cards, columns)
        column = (width - 32 - 16 * (columns - 1)) / columns
        meant = [
            (16 + at * (column + 16), row * 104, span.width * (column + 16) - 16, span.height * 104 - 16)
            for (row, at), span in zip(corners(spans, columns), spans, strict=True)
        ]
        assert shown == [pytest.approx(box, abs=0.1) for box in meant], width
        order = [(round(y), round(x)) for x, y, _, _ in shown]
        assert order == sorted(order), "seen in the order of the page"


def _boxes(browser: Browser, cards: Sequence[Card], width: int) -> list[tuple[float, ...]]:
    items = "".join(f'<li class="cell {cell.classes}"></li>' for cell in Wall(cards))
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_content(f"<!doctype html><style>{STYLE}{_spans()}</style><ul class=wall>{items}</ul>")
    found = [tuple(box) for box in page.evaluate(BOXES)]
    page.close()
    return found


def _spans() -> str:
    def rules(name: str) -> str:
        return "".join(
            f".{name}{width}{height} {{ --w: {width}; --h: {height} }}"
            for width in (1, 2)
            for height in (2, 3, 4, 5)
        )

    return (
        f"{rules('c')} @media (min-width: 700px) {{{rules('b')}}} @media (min-width: 1100px) {{{rules('a')}}}"
    )
