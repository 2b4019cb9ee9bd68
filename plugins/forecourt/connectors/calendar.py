"""Any calendar of events: Google, Outlook, Apple, Nextcloud, Meetup; everything that gives an iCalendar address (.ics).

You need the address of the calendar in iCalendar form. Google: Settings, the calendar's name,
Access permissions: make it public, then Integrate calendar, "Public address in iCal format"
(never the secret one: addresses are no secrets here). Outlook: Settings, Shared calendars,
Publish, ICS. Apple: share as a public calendar; its webcal:// address will do. Nextcloud: Share
link, Copy subscription link. Meetup: https://www.meetup.com/GROUP/events/ical/. A CalDAV server
that asks for a password (Radicale, Nextcloud) is given ``account`` and ``password``, another one
a ``token``; both are sent to its own host only.

You get the events from 31 days ago to 400 days ahead, each date of a repeated one as a post of
its own: title, text, place, pictures, categories, and when it was cancelled or moved. A single
event appears when it was entered, a repeated one two weeks before each of its dates, so that
a weekly evening does not fill the hub. Days without a time begin at midnight and end at 23:59,
where the calendar lives.

You do not get events that are marked as private, who was invited, or anybody's mail address.
What ended more than 31 days ago leaves the hub.

    [[source]]
    name = "larkwood-calendar"
    connector = "calendar"
    url = "https://larkwood.example/events.ics"
    # network = "events"                   # how visitors know it; the default
    # timezone = "Europe/Paris"            # of days and hours without a zone, if the calendar does not say it
    # lang = "en"                          # in which language it is; most calendars do not say it
    # account = "larkwood"                 # for a CalDAV server that wants a password
    # password = "env:LARKWOOD_CALENDAR_PASSWORD"
    # token = "env:LARKWOOD_CALENDAR_TOKEN"  # for a server that wants a token
"""

from __future__ import annotations

import math
import re
import warnings
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from hashlib import blake2b
from itertools import chain
from typing import Any, ClassVar

import icalendar
import recurring_ical_events
from icalendar.timezone import tzp

from forecourt import apis, feeds, text, urls
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData
from forecourt.model import Author, Event, Kind, Media, Post, Secret, Terms
from forecourt.talk import Rejection

BACK = timedelta(days=31)
AHEAD = timedelta(days=400)
ANNOUNCED = timedelta(days=14)
"""How long before a date of a repeated event its post appears."""

MOST_DATES = 100  # of one event, the nearest ones
MOST_POSTS = 2_000  # the nearest ones
MOST_STEPS = 100_000  # of one rule; dateutil makes half a million a second
MOST_STEPS_IN_ALL = 700_000

_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_TOO_OFTEN = ("HOURLY", "MINUTELY", "SECONDLY")
_BY_DAY = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH")
_NOT_FOR_ALL = ("PRIVATE", "CONFIDENTIAL")
_BY_TIME = ("BYHOUR", "BYMINUTE", "BYSECOND")

_EVENT = re.compile(
    r"^BEGIN:VEVENT[ \t]*\r?\n.*?^END:VEVENT[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_REPEATED = re.compile(r"^(?:RRULE|RDATE|RECURRENCE-ID)[;:]", re.MULTILINE | re.IGNORECASE)
_YEAR = re.compile(r"^DT(?:START|END)[^:]*:(\d{4})\d{4}", re.MULTILINE | re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:p|br|b|i|u|a|ul|ol|li|div|span|strong|em|h[1-6]|html)\b[^<>]*>", re.IGNORECASE)
_BROKEN_LINES = re.compile(r"<(?:p|br|div|li|tr)\b", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
# What icalendar, recurring_ical_events and dateutil raise over values that are not what they should be; a zone is
# looked up as a file, whose name can be too long.
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError, OSError)

Moment = date | datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar, at one address."""

    url: str
    network: str = "events"
    timezone: str = ""
    lang: str = ""
    account: str = ""
    password: Secret | None = None
    token: Secret | None = None
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not urls.absolute(self._address()):
            raise ValueError(
                "url must be the full address of a calendar, beginning with https:// or webcal://"
            )
        if self.timezone and _zone_of(self.timezone) is None:
            raise ValueError("timezone must be written as Europe/Paris")
        if self.lang and not text.language(self.lang):
            raise ValueError(f'lang "{self.lang}" is not a language; write it as en, fr or pt-BR')
        if bool(self.account) != bool(self.password):
            raise ValueError("account and password go together: give both or neither")
        if self.token and self.account:
            raise ValueError("token stands alone: give it, or account and password")

    def poll(self, source: str, since: str) -> Conversation:  # a calendar comes whole every time
        """Ask for the calendar, and write out its dates from ``BACK`` to ``AHEAD`` of this moment.

        The dates move on with every day, though the calendar stays the same: so it is read
        anew every day (``Terms.recheck``), and left alone between as long as it is unchanged.
        """
        response = yield Request(self._address(), headers=self._headers())
        return _read(response, source, self.timezone, text.language(self.lang))

    def _address(self) -> str:
        return re.sub(r"^webcals?://", "https://", self.url.strip(), flags=re.IGNORECASE)

    def _headers(self) -> dict[str, str]:
        headers = {"accept": "text/calendar, */*;q=0.5"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token.reveal()}"
        elif self.password:
            said = f"{self.account}:{self.password.reveal()}".encode()
            headers["authorization"] = "Basic " + b64encode(said).decode()
        return headers


def _read(response: Response, source: str, zone: str, lang: str) -> Batch:
    """The batch in a calendar's text."""
    written = _text(response)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of guessed zones, and of rules that have an end twice; we want both
        tzp.use_default()  # zones that another calendar defined are not this one's
        book = _Book(response.at, _zone(_frame(written), zone), lang)
        blocks = _EVENT.findall(written)
        book.read(blocks)
        posts, gone = book.posts(source)
    return Batch(
        posts,
        gone=gone,
        rejected=tuple(book.rejected),
        notes=tuple(book.notes),
        whole=not blocks,  # one whose events are all over is well; one that lost them all is not
        window=EVER,
        is_empty=bool(blocks),
    )


def _text(response: Response) -> str:
    """The whole text. Raises BadData when it is no calendar, or the beginning of one."""
    where = urls.host(response.url)
    if feeds.is_page(response.body):
        raise BadData(
            f"{where} sent a web page; give the address of the calendar itself, mostly one with .ics"
        )
    try:
        written = response.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = response.body.decode("cp1252", "replace")
    said = written.strip().upper()
    if not said.startswith("BEGIN:VCALENDAR"):
        raise BadData(
            f"{where} sent no calendar; give the address of an iCalendar file, mostly one with .ics"
        )
    if not said.endswith("END:VCALENDAR"):
        raise BadData(f"{where} sent only the beginning of the calendar; it is read again at the next run")
    return written


def _frame(written: str) -> Any:  # Any: icalendar's classes say little about what they hold
    """The first calendar in the text, without its events; its zones are known from now on."""
    try:
        return icalendar.Calendar.from_ical(_EVENT.sub("", written), multiple=True)[0]
    except _FAULTS as error:
        raise BadData("the calendar is not written as iCalendar wants it") from error


def _zone(frame: Any, said: str) -> tzinfo:
    """Where the calendar lives: as the operator says, as it says, or as its only zone does; otherwise UTC."""
    zones = [str(each.get("TZID", "")) for each in frame.walk("VTIMEZONE")]
    only = zones[0] if len(zones) == 1 else ""
    names = (said, str(frame.get("X-WR-TIMEZONE", "")), only)
    return next((zone for name in names if (zone := _zone_of(name))), UTC)


def _zone_of(name: str) -> tzinfo | None:
    try:
        return tzp.timezone(name) if name else None
    except _FAULTS:
        return None


@dataclass(slots=True)
class _Date:
    """One date of one event; ``occurrence`` makes the event as it stands on that date, which costs a copy."""

    occurrence: Any
    start: datetime
    end: datetime | None
    repeated: bool


@dataclass(slots=True)
class _Book:
    """What is read from one calendar."""

    now: datetime
    zone: tzinfo
    lang: str
    dates: list[_Date] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: int = 0

    def read(self, blocks: Iterable[str]) -> None:
        """Read the events, each by itself: a broken one loses only itself."""
        series: dict[str, list[Any]] = {}
        for number, block in enumerate(blocks, start=1):
            if self._is_long_over(block):
                continue
            try:
                event = icalendar.Event.from_ical(block)
                key = text.line(str(event.get("UID", ""))) or _digest(block)
                event["UID"] = key
            except _FAULTS:
                self.rejected.append(f"event {number}: it is not written as iCalendar wants it")
            else:
                series.setdefault(key, []).append(event)
        for events in series.values():
            try:
                self.dates += self._dated(events)
            except BadData as error:
                self.rejected.append(_rejected(events[0], str(error)))
            except _FAULTS:
                self.rejected.append(
                    _rejected(events[0], "its dates are not written as iCalendar wants them")
                )

    def posts(self, source: str) -> tuple[tuple[Post, ...], tuple[str, ...]]:
        """The posts, the latest date first, and the keys of what was cancelled."""
        nearest = sorted(self.dates, key=lambda one: abs(one.start - self.now))
        if len(nearest) > MOST_POSTS:
            self.notes.append(f"it has {len(nearest)} dates; the nearest {MOST_POSTS} are taken")
        made: dict[str, Post] = {}
        gone: list[str] = []
        for one in sorted(nearest[:MOST_POSTS], key=lambda one: one.start, reverse=True):
            try:
                event = one.occurrence.as_component(keep_recurrence_attributes=False)
                key = self._key(event, repeated=one.repeated)
                if _word(event, "STATUS") == "CANCELLED" or _word(event, "CLASS") in _NOT_FOR_ALL:
                    gone.append(key)
                else:
                    made.setdefault(key, _post(key, event, one, source, self))
            except BadData as error:
                self.rejected.append(_rejected(event, str(error)))
            except _FAULTS:
                self.rejected.append(
                    f"an event of {one.start:%Y-%m-%d}: it is not written as iCalendar wants it"
                )
        return tuple(made.values()), tuple(key for key in gone if key not in made)

    def _is_long_over(self, block: str) -> bool:
        """Whether a single event ended in a year long before: calendars of fifteen years are common."""
        years = [int(year) for year in _YEAR.findall(block)]
        return bool(years) and max(years) < (self.now - BACK).year - 1 and not _REPEATED.search(block)

    def _dated(self, events: list[Any]) -> list[_Date]:
        """The dates of one event, with all that was changed of single ones."""
        repeated = any(name in event for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
        for event in events:
            if "DTSTART" not in event:
                raise BadData("it has no start")
            self._bound(event)
        calendar = icalendar.Calendar()
        for event in events:
            calendar.add_component(event)
        first, last = self.now - BACK, self.now + AHEAD
        day = timedelta(days=1)  # hours without a zone are only placed below
        query = recurring_ical_events.of(calendar, components=["VEVENT"])
        found = chain.from_iterable(each.between(first - day, last + day) for each in query.series)
        placed = [(self._placed(one.start), self._last(one.start, one.end), one) for one in found]
        inside = [one for one in placed if (one[1] or one[0]) >= first and one[0] <= last]
        if len(inside) > MOST_DATES:
            self.notes.append(
                f"{_name(events[0])} has {len(inside)} dates; the nearest {MOST_DATES} are taken"
            )
            inside = sorted(inside, key=lambda one: abs(one[0] - self.now))[:MOST_DATES]
        return [_Date(one, start, end, repeated) for start, end, one in inside]

    def _bound(self, event: Any) -> None:
        """Let no rule of the event run on for ever, nor for longer than it may. Raises BadData."""
        start = event["DTSTART"].dt
        for rule in _each(event, "RRULE"):  # a broken one is refused where it is followed
            last = self.now + AHEAD + BACK
            until = next(iter(rule.get("UNTIL", ())), None)
            if until is not None and self._placed(until) <= last:
                last = self._placed(until)
            else:
                rule["UNTIL"] = [_alike(last, start)]
            steps = _steps(rule, self._placed(start), last)
            self.steps += steps
            if steps > MOST_STEPS or self.steps > MOST_STEPS_IN_ALL:
                raise BadData("it is repeated too often to be written out")

    def _placed(self, moment: Moment) -> datetime:
        """The moment with an offset; a day is its midnight, hours without a zone are the calendar's."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        offset = moment.utcoffset() or timedelta()
        return moment.replace(tzinfo=timezone(offset) if offset else UTC)

    def _last(self, start: Moment, end: Moment) -> datetime | None:
        """When it ends, None if it does not say so; days end a minute before the next one begins."""
        if end == start:
            return None
        if isinstance(end, datetime):
            return self._placed(end)
        return self._placed(datetime.combine(end, time()) - timedelta(minutes=1))

    def _key(self, event: Any, *, repeated: bool) -> str:
        """What the date is known by: the event's own id, with what was its date before it was moved."""
        uid = str(event["UID"])
        if not repeated:
            return uid
        moment = event["RECURRENCE-ID"].dt
        if not isinstance(moment, datetime):
            return f"{uid} {moment:%Y%m%d}"
        return f"{uid} {self._placed(moment).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _steps(rule: Any, start: datetime, last: datetime) -> int:
    """How many dates a rule makes at the most until then. Raises BadData when it is none that we follow."""
    often = str(rule["FREQ"][0]).upper()
    every = int(rule.get("INTERVAL", [1])[0])
    if often in _TOO_OFTEN:
        raise BadData("it is repeated too often to be written out")
    if often not in _DAYS or every < 1 or (often == "DAILY" and _may_be_never(rule, every)):
        raise BadData("its rule of repetition cannot be followed")
    periods = max(last - start, timedelta()) / timedelta(days=_DAYS[often] * every) + 1
    days = _DAYS[often] if any(name in rule for name in _BY_DAY) else 1
    if often == "WEEKLY" and "BYDAY" in rule:
        days = len(rule["BYDAY"])
    times = math.prod(max(len(rule.get(name, ())), 1) for name in _BY_TIME)
    return math.ceil(periods * days * times)


def _may_be_never(rule: Any, every: int) -> bool:
    """Whether a daily rule may have no date at all: dateutil looks for one until the year 9999, for 8 seconds."""
    odd = any(name in rule for name in ("BYSETPOS", "BYYEARDAY", "BYWEEKNO"))
    return odd or ("BYMONTH" in rule and "BYMONTHDAY" in rule) or ("BYDAY" in rule and every % 7 == 0)


def _alike(moment: datetime, start: Moment) -> Moment:
    """A moment in the form that a rule must have it in: that of the start (RFC 5545 section 3.3.10)."""
    if not isinstance(start, datetime):
        return moment.date()
    return moment.astimezone(UTC) if start.tzinfo else moment.astimezone(UTC).replace(tzinfo=None)


def _post(key: str, event: Any, one: _Date, source: str, book: _Book) -> Post:
    html, body = _body(event)
    title = text.line(str(event.get("SUMMARY", "")))
    if not (title or body):
        raise BadData("it has neither title nor text")
    lang = next(
        (found for name in ("SUMMARY", "DESCRIPTION") if (found := _language(event.get(name)))), book.lang
    )
    return Post(
        id=key,
        source=source,
        kind=Kind.EVENT,
        permalink=urls.absolute(str(next(iter(_each(event, "URL")), ""))),
        title=title,
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(f"{title} {body}", lang),
        author=_author(event),
        published=_published(event, one, book.now),
        updated=_moment(event, "LAST-MODIFIED"),
        media=tuple(dict.fromkeys(_pictures(event))),
        event=Event(one.start, one.end, _place(event)),
        tags=_tags(event),
    )


def _published(event: Any, one: _Date, now: datetime) -> datetime | None:
    """When it was entered; a date of a repeated event not before it is near."""
    entered = _moment(event, "CREATED")
    entered = min(entered, now) if entered else None
    if not one.repeated:
        return entered
    near = one.start - ANNOUNCED
    return max(entered, near) if entered else near


def _body(event: Any) -> tuple[str, str]:
    """The description as HTML and as text: some calendars send both, some HTML as if it were text."""
    for name in ("STYLED-DESCRIPTION", "X-ALT-DESC"):
        for styled in _each(event, name):
            if _word(styled.params, "FMTTYPE") == "TEXT/HTML":
                return apis.written(_unescaped(str(styled)), "")
    said = str(next(iter(_each(event, "DESCRIPTION")), ""))
    if not _MARKUP.search(said):
        return apis.written(apis.marked(said, apis.addresses(said)), "")
    return apis.written(said if _BROKEN_LINES.search(said) else said.replace("\n", "<br>"), "")


def _unescaped(value: str) -> str:
    """Of names that it does not know, icalendar leaves the value as it is written (RFC 5545 section 3.3.11)."""
    return re.sub(r"\\([\\;,nN])", lambda sign: "\n" if sign[1] in "nN" else sign[1], value)


def _author(event: Any) -> Author:
    """Who invites, by name. A mail address is nobody's business."""
    said = next(iter(_each(event, "ORGANIZER")), None)
    name = text.line(str(said.params.get("CN", ""))) if said is not None else ""
    return Author("" if "@" in name else name, url=urls.absolute(str(said)) if said is not None else "")


def _place(event: Any) -> str:
    """Where it is; where only coordinates say it, these."""
    said = text.line(", ".join(str(next(iter(_each(event, "LOCATION")), "")).splitlines()))
    if said:
        return said
    geo = event.get("GEO")
    return f"{geo.latitude:.5f}, {geo.longitude:.5f}" if isinstance(geo, icalendar.vGeo) else ""


def _pictures(event: Any) -> Iterator[Media]:
    for found in chain(_each(event, "IMAGE"), _each(event, "ATTACH")):
        url = urls.absolute(str(found)) if isinstance(found, str) else ""
        kind = _word(found.params, "FMTTYPE")
        if url and (kind.startswith("IMAGE/") or (not kind and _PICTURE.search(url.partition("?")[0]))):
            yield Media("image", url)


def _tags(event: Any) -> tuple[str, ...]:
    once: dict[str, str] = {}
    for found in _each(event, "CATEGORIES"):
        for name in getattr(found, "cats", ()):
            tag = text.line(str(name)).lstrip("#").strip()
            once.setdefault(tag.casefold(), tag)
    return tuple(filter(None, once.values()))


def _language(value: Any) -> str:
    return text.language(str(value.params.get("LANGUAGE", ""))) if value is not None else ""


def _moment(event: Any, name: str) -> datetime | None:
    found = getattr(next(iter(_each(event, name)), None), "dt", None)
    if not isinstance(found, datetime):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _each(event: Any, name: str) -> list[Any]:
    """The values of a property, which icalendar gives bare when there is one; broken ones are left out."""
    found = event.get(name, [])
    values = found if isinstance(found, list) else [found]
    return [value for value in values if not isinstance(value, icalendar.vBroken)]


def _word(values: Any, name: str) -> str:
    return str(values.get(name, "")).strip().upper()


def _rejected(event: Any, why: str) -> Rejection:  # Any: icalendar's
    """What is said of an event that could not be read; it is there all the same, by its UID."""
    return Rejection(f"{_name(event)}: {why}", [text.line(str(event.get("UID", "")))])


def _name(event: Any) -> str:
    """The event as its editor knows it."""
    said = text.line(str(event.get("SUMMARY", ""))) or str(event.get("UID", ""))
    return f"event “{text.excerpt(said, 60)}”"


def _digest(block: str) -> str:
    return blake2b(block.encode("utf-8", "replace"), digest_size=12).hexdigest()


CONNECTOR: type[Connector] = Calendar
