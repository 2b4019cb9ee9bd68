"""Events as iCalendar files (RFC 5545): one for each event, one for all of them, for one's own calendar.

Times are written in UTC. None of the events repeats, so that each is one moment, and a moment in UTC is the same
in every program, without a VTIMEZONE that changes with the time-zone data of the machine it is made on; programs
show it in their reader's own zone. What lasts whole days is written as dates, which have no zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo

import icalendar

from forecourt import text, urls
from forecourt.model import Event

_PROGRAM = "-//Forecourt//Forecourt//EN"
_AGAIN = timedelta(hours=6)
"""How often those who subscribe are asked to look again (RFC 7986 section 5.7)."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - an onset in VTIMEZONE is written without a zone


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it stands in a calendar.

    ``uid`` is unique and never changes: programs know by it what they have already. ``description`` is plain text,
    ``url`` the event's page. ``updated`` carries a zone; None where nobody knows.
    """

    uid: str
    title: str
    event: Event
    url: str = ""
    place: str = ""
    description: str = ""
    cancelled: bool = False
    updated: datetime | None = None


def ics(name: str, events: Sequence[Entry], zone: tzinfo, stamp: datetime) -> bytes:
    """A calendar of this name; the same for the same events, in whatever order they come.

    ``zone`` is where the hub lives: an event that lasts from midnight to 23:59 there, or in the zone that it
    carries itself, is one of whole days. ``stamp`` stands for the time of the last change where an entry has none.
    A calendar without events is one that programs can subscribe to all the same.
    """
    calendar = icalendar.Calendar()
    calendar.add("PRODID", _PROGRAM)
    calendar.add("VERSION", "2.0")
    called = icalendar.vText(text.line(name))  # of itself, icalendar escapes only what is in RFC 5545
    calendar.add("NAME", called)  # RFC 7986 section 5.1, ...
    calendar.add("X-WR-CALNAME", called)  # ... and as most programs still read it
    if key := getattr(zone, "key", ""):
        calendar.add("X-WR-TIMEZONE", key)
    calendar.add("REFRESH-INTERVAL", _AGAIN, parameters={"VALUE": "DURATION"})
    for entry in sorted(events, key=lambda one: (one.event.start.astimezone(UTC), one.uid)):
        calendar.add_component(_component(entry, zone, stamp))
    if not events:
        calendar.add_component(_utc())
    return bytes(calendar.to_ical(sorted=False))  # icalendar says it is Any


def _component(entry: Entry, zone: tzinfo, stamp: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("UID", text.line(entry.uid))
    event.add("DTSTAMP", _utc_of(entry.updated or stamp))
    days = _days(entry.event, entry.event.start.tzinfo) or _days(entry.event, zone)
    if days:
        event.add("DTSTART", days[0])
        event.add("DTEND", days[1])
    else:
        event.add("DTSTART", _utc_of(entry.event.start))
        end = None if _is_endless(entry.event) else entry.event.end
        if end and _utc_of(end) > _utc_of(entry.event.start):  # it must be later (section 3.8.2.2)
            event.add("DTEND", _utc_of(end))
    event.add("SUMMARY", text.line(entry.title))
    if said := text.lines(entry.description):
        event.add("DESCRIPTION", said)
    if place := text.line(entry.place or entry.event.place):
        event.add("LOCATION", place)
    if url := urls.absolute(entry.url):
        event.add("URL", url)
    event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.updated:
        event.add("LAST-MODIFIED", _utc_of(entry.updated))
    return event


def _days(event: Event, zone: tzinfo | None) -> tuple[date, date] | None:
    """The first day of an event of whole days and the day after its last (section 3.6.1), None of others."""
    if event.end is None or _is_endless(event):
        return None
    start, end = event.start.astimezone(zone), event.end.astimezone(zone)
    after = end + timedelta(minutes=1) if (end.hour, end.minute) == (23, 59) else end
    if (start.hour, start.minute, after.hour, after.minute) != (0, 0, 0, 0) or after.date() <= start.date():
        return None
    return start.date(), after.date()


def _is_endless(event: Event) -> bool:
    """Whether it ends in the last year that there is: some networks say so of what goes on."""
    return event.end is not None and event.end.year == MAXYEAR


def _utc_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _utc() -> icalendar.Timezone:
    """The zone of what is written here. A calendar must hold something (section 3.6)."""
    zone, standard = icalendar.Timezone(), icalendar.TimezoneStandard()
    zone.add("TZID", "Etc/UTC")
    standard.add("DTSTART", _EPOCH)
    standard.add("TZNAME", "UTC")
    standard.add("TZOFFSETFROM", timedelta())
    standard.add("TZOFFSETTO", timedelta())
    zone.add_component(standard)
    return zone
