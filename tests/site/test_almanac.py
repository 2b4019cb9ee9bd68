from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from forecourt.connectors import Batch, Response, advance
from forecourt.connectors.calendar import Calendar
from forecourt.model import Event
from forecourt.site.almanac import Entry, ics

PARIS, DUBAI = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Dubai")
STAMP = datetime(2026, 11, 1, 9, tzinfo=UTC)
EVENING = Event(
    datetime(2026, 11, 28, 18, tzinfo=PARIS),
    datetime(2026, 11, 28, 20, 30, tzinfo=PARIS),
    "Lyon, 3 rue des Mousses",
)
WREATHS = Entry(
    "wreaths@hub.larkwood.example",
    "Wreaths, moss & wire; an evening",
    EVENING,
    "https://hub.larkwood.example/event/wreaths/",
    description="Bring gloves;\nwe have moss, wire \\ and tea.\n\nUntil 20:30.",
    updated=datetime(2026, 11, 20, 12, 30, tzinfo=PARIS),
)


def made(*entries: Entry, name: str = "Larkwood", zone: ZoneInfo = PARIS) -> bytes:
    return ics(name, entries, zone, STAMP)


def read_back(written: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(written).walk("VEVENT"))


def lines(written: bytes) -> list[str]:
    """Without their folds."""
    return written.decode().replace("\r\n ", "").split("\r\n")


def by_the_connector(written: bytes) -> Batch:
    address = "https://hub.larkwood.example/events.ics"
    response = Response(address, written, {"content-type": "text/calendar"}, 200, STAMP)
    batch = advance(Calendar(address), "events", "", (response,))
    assert isinstance(batch, Batch)
    return batch


def test_an_event_is_written_line_by_line() -> None:
    assert lines(made(WREATHS)) == [
        "BEGIN:VCALENDAR",
        "PRODID:-//Forecourt//Forecourt//EN",
        "VERSION:2.0",
        "NAME:Larkwood",
        "X-WR-CALNAME:Larkwood",
        "X-WR-TIMEZONE:Europe/Paris",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "BEGIN:VEVENT",
        "UID:wreaths@hub.larkwood.example",
        "DTSTAMP:20261120T113000Z",
        "DTSTART:20261128T170000Z",
        "DTEND:20261128T193000Z",
        "SUMMARY:Wreaths\\, moss & wire\\; an evening",
        "DESCRIPTION:Bring gloves\\;\\nwe have moss\\, wire \\\\ and tea.\\n\\nUntil 20:30.",
        "LOCATION:Lyon\\, 3 rue des Mousses",
        "URL:https://hub.larkwood.example/event/wreaths/",
        "STATUS:CONFIRMED",
        "LAST-MODIFIED:20261120T113000Z",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_icalendar_reads_back_what_was_said() -> None:
    (event,) = read_back(made(WREATHS))
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (WREATHS.title, WREATHS.description)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (EVENING.start, EVENING.end)
    assert (str(event["LOCATION"]), str(event["URL"])) == (EVENING.place, WREATHS.url)


def test_the_hub_reads_its_own_calendar_without_loss() -> None:
    days = Entry(
        "fair@hub.larkwood.example",
        "Winter fair",
        Event(datetime(2026, 12, 5, tzinfo=PARIS), datetime(2026, 12, 6, 23, 59, tzinfo=PARIS)),
    )
    batch = by_the_connector(made(WREATHS, days))
    assert (batch.rejected, batch.notes) == ((), ())
    found = {post.id: (post.title, post.permalink, post.event) for post in batch.posts}
    assert found == {
        WREATHS.uid: (WREATHS.title, WREATHS.url, EVENING),
        days.uid: (days.title, "", days.event),
    }


def test_a_cancelled_event_says_so_and_the_hub_takes_it_away() -> None:
    written = made(replace(WREATHS, cancelled=True))
    assert "STATUS:CANCELLED" in lines(written)
    assert by_the_connector(written).gone == (WREATHS.uid,)


@pytest.mark.parametrize("change", [(2026, 3, 29), (2026, 10, 25)])
def test_an_event_over_the_change_of_the_clocks_keeps_its_moments(change: tuple[int, int, int]) -> None:
    start = datetime(*change, 1, 30, tzinfo=PARIS)
    end = datetime(*change, 3, 30, tzinfo=PARIS)
    (event,) = read_back(made(replace(WREATHS, event=Event(start, end))))
    written = event["DTEND"].dt - event["DTSTART"].dt
    assert written == end.astimezone(UTC) - start.astimezone(UTC)
    assert written != timedelta(hours=2)
    (found,) = recurring_ical_events.of(
        icalendar.Calendar.from_ical(made(replace(WREATHS, event=Event(start, end))))
    ).at(change)
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (start.astimezone(UTC), end.astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "start", "end", "first", "after"),
    [
        (PARIS, "2026-03-28T00:00", "2026-03-29T23:59", "2026-03-28", "2026-03-30"),
        (PARIS, "2026-03-28T00:00", "2026-03-29T00:00", "2026-03-28", "2026-03-29"),
        (DUBAI, "2026-03-28T00:00", "2026-03-28T23:59", "2026-03-28", "2026-03-29"),
        (
            UTC,
            "2026-03-27T23:00",
            "2026-03-28T22:59",
            "2026-03-28",
            "2026-03-29",
        ),  # a day where the hub lives
    ],
)
def test_whole_days_are_written_as_dates(zone: tzinfo, start: str, end: str, first: str, after: str) -> None:
    begins, ends = (datetime.fromisoformat(one).replace(tzinfo=zone) for one in (start, end))
    (event,) = read_back(made(replace(WREATHS, event=Event(begins, ends))))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date.fromisoformat(first), date.fromisoformat(after))


@pytest.mark.parametrize(
    "end", [None, EVENING.start, EVENING.start - timedelta(hours=1), datetime.max.replace(tzinfo=DUBAI)]
)
def test_an_event_without_a_sensible_end_has_none(end: datetime | None) -> None:
    (event,) = read_back(made(replace(WREATHS, event=replace(EVENING, end=end))))
    assert "DTEND" not in event


def test_an_event_in_the_hour_that_comes_twice_ends_after_it_begins() -> None:
    start = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    (event,) = read_back(made(replace(WREATHS, event=Event(start, start.replace(minute=10, fold=1)))))
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=40)


def test_a_midnight_without_an_end_is_a_moment_and_no_day() -> None:
    (event,) = read_back(made(replace(WREATHS, event=Event(datetime(2027, 1, 1, tzinfo=PARIS)))))
    assert event["DTSTART"].dt == datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_the_same_events_in_any_order_and_offset_are_the_same_bytes() -> None:
    other = replace(WREATHS, uid="candles@hub.larkwood.example")
    fixed = timezone(timedelta(hours=1))
    moved = Event(
        EVENING.start.astimezone(fixed), EVENING.end and EVENING.end.astimezone(fixed), EVENING.place
    )
    assert made(WREATHS, other) == made(other, replace(WREATHS, event=moved))


def test_an_entry_that_never_changed_is_stamped_with_what_is_given() -> None:
    written = lines(made(replace(WREATHS, updated=None)))
    assert "DTSTAMP:20261101T090000Z" in written
    assert not any(line.startswith("LAST-MODIFIED") for line in written)


def test_a_calendar_without_events_still_holds_something_and_is_read_as_empty() -> None:
    calendar = icalendar.Calendar.from_ical(made())
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]
    batch = by_the_connector(made())
    assert (batch.posts, batch.rejected, batch.whole) == ((), (), True)


def test_a_stranger_s_text_cannot_add_lines_of_its_own() -> None:
    planted = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\u2028\x85UID:planted\x00"
    hostile = Entry(
        planted, planted, replace(EVENING, place=planted), f"https://a.example/{planted}", "", planted
    )
    written = made(hostile, name=planted)
    assert len(read_back(written)) == 1
    assert [line for line in lines(written) if line.startswith(("BEGIN:", "UID:", "END:"))] == [
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:x END:VEVENT BEGIN:VEVENT UID:planted", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip


def test_an_address_that_is_none_is_left_out() -> None:
    assert "URL" not in read_back(made(replace(WREATHS, url="javascript:alert(1)")))[0]


@given(st.text(max_size=300), st.text(max_size=300))
def test_lines_are_folded_between_letters_and_end_as_the_standard_says(title: str, said: str) -> None:
    written = made(replace(WREATHS, title=title, description=said))
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert all(line.decode() is not None for line in written.split(b"\r\n"))  # no letter is cut in two
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\r" not in written.replace(b"\r\n", b"")


def test_the_name_of_a_calendar_may_have_any_signs() -> None:
    calendar = icalendar.Calendar.from_ical(made(WREATHS, name="Moss; wire, tea"))
    assert str(calendar["X-WR-CALNAME"]).replace("\\", "") == "Moss; wire, tea"
    assert "NAME:Moss\\; wire\\, tea" in lines(made(WREATHS, name="Moss; wire, tea"))
