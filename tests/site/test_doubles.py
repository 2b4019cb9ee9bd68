"""Which events of networks and calendars the editors announce themselves, and which only look like those."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from forecourt.model import Event
from forecourt.site.doubles import Doubles, Told, addresses

PARIS = ZoneInfo("Europe/Paris")
EVENING = datetime(2026, 12, 3, 18, tzinfo=PARIS)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORES = {"lyon": "lyon Larkwood Lyon Lyon", "lille": "lille Larkwood Lille Lille"}


def told(
    title: str, start: datetime = EVENING, end: datetime | None = None, place: str = "", store: str = "",
    link: str = "", html: str = "",
) -> Told:  # fmt: skip
    return Told(title, Event(start, end, place), store, addresses(link, html=html))


def is_same(own: Told, other: Told, *, more: tuple[Told, ...] = ()) -> bool:
    return Doubles([own, *more], STORES, PARIS).among([other])[0]


OPEN = told("Open evening", place="Larkwood Lyon, 12 rue Mercière", store="lyon")
MIDNIGHT = EVENING.replace(hour=0)


@pytest.mark.parametrize(
    "other",
    [
        told("Open evening"),
        told("OPEN EVENING!", EVENING.astimezone(ZoneInfo("America/New_York"))),
        told("Open evening", store="lyon", place="At the repair bench"),
        told("Open evening | Larkwood Lyon", store="lyon"),
        told("“Open Evening” at Lyon", store="lyon", place="elsewhere"),
        told("Lyon: open evening", place="12 rue Mercière"),
        told("Open evening", MIDNIGHT, store="lyon"),
        told("Open evening", MIDNIGHT, MIDNIGHT + DAY, store="lyon"),
    ],
)
def test_what_says_the_same_is_the_same(other: Told) -> None:
    assert is_same(OPEN, other)


@pytest.mark.parametrize(
    "other",
    [
        told("Open evening", store="lille"),
        told("Open evening", place="Larkwood Lille"),
        told("Open evening", place="7 place du Marché, Lille"),
        told("Open evening", place="12 rue Mercière, Lille"),
        told("Open evening", EVENING + HOUR, store="lyon"),
        told("Open evening", EVENING + DAY, store="lyon"),
        told("Open evening", EVENING + timedelta(minutes=30)),
        told("Open evening", MIDNIGHT),  # no hour and no place: too little
        told("Open evening", MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, store="lyon"),
        told("Open evening for children", store="lyon"),
        told("Late evening", store="lyon"),
        told("Open evening 2", store="lyon"),
        told("", store="lyon"),
        told("Larkwood Lyon", store="lyon"),
    ],
)
def test_what_only_looks_alike_stays_two(other: Told) -> None:
    assert not is_same(OPEN, other)


@pytest.mark.parametrize(("one", "other"), [("Workshop 1", "Workshop 2"), ("Day 1 in Lyon", "Day 2 in Lyon")])
def test_a_number_in_a_title_counts(one: str, other: str) -> None:
    assert not is_same(told(one, store="lyon"), told(other, store="lyon"))


def test_what_ends_an_evening_at_midnight_has_an_hour() -> None:
    late = told("Open evening", EVENING + 3 * HOUR, MIDNIGHT + DAY, store="lyon")
    assert not is_same(OPEN, late)


@pytest.mark.parametrize(
    "other",
    [
        told("Something else", EVENING + 5 * DAY, link="http://www.tickets.example/open/?utm_source=x"),
        told("Moved", EVENING + HOUR, html='<p><a href="https://tickets.example/open">Tickets</a></p>'),
    ],
)
def test_a_link_of_one_event_alone_says_that_it_is_the_same(other: Told) -> None:
    assert is_same(told("Open evening", link="https://tickets.example/open"), other)


def test_a_link_that_several_share_says_nothing() -> None:
    link = "https://tickets.example/"
    series = [told("Course", EVENING + week * 7 * DAY, link=link) for week in range(3)]
    announced = told("Open evening", link=link)
    assert Doubles([announced], STORES, PARIS).among(series) == [False, False, False]
    assert not is_same(announced, told("Course", EVENING + DAY, link=link), more=(told("Late", link=link),))


def test_of_a_series_the_announced_date_is_the_same() -> None:
    series = [told("Open evening", EVENING + week * 7 * DAY, store="lyon") for week in range(-1, 2)]
    assert Doubles([OPEN], STORES, PARIS).among(series) == [False, True, False]
