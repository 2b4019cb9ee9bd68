from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from demo import secrets
from demo.brand import Account, accounts
from forecourt.connectors import EVER, Batch, Response, advance
from forecourt.connectors.calendar import MOST_DATES, MOST_POSTS, Calendar
from forecourt.errors import BadData
from forecourt.model import Author, Event, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import FIXTURES, NOW, Page, Samples, Talk, answer

ADDRESS = "https://larkwood.example/events.ics"
LARKWOOD = Calendar(ADDRESS)
ICS = {"content-type": "text/calendar; charset=utf-8"}
EVENTS = answer("calendar/events.ics", ADDRESS, headers=ICS)
REL = 'rel="nofollow ugc noopener"'
PARIS = timezone(timedelta(hours=1))

TALKS = (
    Talk(LARKWOOD, (EVENTS,)),
    Talk(
        Calendar(
            "webcal://larkwood.example/events.ics", timezone="Asia/Dubai", token=Secret("a-token-of-ours")
        ),
        (EVENTS,),
    ),
    Talk(Calendar(ADDRESS, account="larkwood", password=Secret("moss-and-wire")), (EVENTS,)),
)

SAMPLES: Samples = {"ics/recorded-radicale/events.ics": Page(LARKWOOD, 4)}


def read(*events: str, frame: str = "", connector: Calendar = LARKWOOD, at: datetime = NOW) -> Batch:
    """What comes of a calendar with these events, each given by its lines."""
    blocks = (f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n".replace(" / ", "\r\n") for event in events)
    body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{frame}{''.join(blocks)}END:VCALENDAR\r\n"
    return asked(body.encode(), connector, at)


def asked(body: bytes, connector: Calendar = LARKWOOD, at: datetime = NOW) -> Batch:
    batch = advance(connector, "source", "", (Response(ADDRESS, body, ICS, 200, at),))
    assert isinstance(batch, Batch)
    return batch


def starts(batch: Batch) -> list[str]:
    return sorted(post.event.start.isoformat() for post in batch.posts if post.event)


def test_an_event_becomes_a_post() -> None:
    (post,) = (post for post in TALKS[0].batch().posts if post.id == "wreaths-bristol@larkwood.example")

    assert post == Post(
        id="wreaths-bristol@larkwood.example",
        source="source",
        kind=Kind.EVENT,
        permalink="https://larkwood.example/wreaths/bristol/",
        title="Wreath night in Bristol; bring scissors",
        html=(
            "<p>Moss, wire and rosehip are on the table.</p>"
            f'<p>Places: <a href="https://larkwood.example/wreaths/" {REL}>https://larkwood.example/wreaths/</a></p>'
        ),
        text="Moss, wire and rosehip are on the table.\n\nPlaces: https://larkwood.example/wreaths/",
        lang="en",
        author=Author("Marguerite Odell"),
        published=datetime(2026, 11, 2, 9, 5, tzinfo=UTC),
        updated=datetime(2026, 11, 10, 7, tzinfo=UTC),
        media=(
            Media("image", "https://files.larkwood.example/moss.png"),
            Media("image", "https://files.larkwood.example/wreath.jpg"),
        ),
        event=Event(
            datetime(2026, 12, 1, 18, tzinfo=UTC),
            datetime(2026, 12, 1, 20, 30, tzinfo=UTC),
            "Larkwood Bristol, Corn Lane",
        ),
        tags=("Workshop", "Bristol"),
    )  # fmt: skip


def test_a_batch_is_all_that_there_is_and_says_what_is_off() -> None:
    batch = TALKS[0].batch()

    assert [(post.title, post.event and f"{post.event.start:%m-%d}") for post in batch.posts] == [
        ("Closed for Christmas", "12-25"),
        ("Repair bench", "12-23"),
        ("Repair bench", "12-17"),
        ("Repair bench, in the morning", "12-04"),
        ("Wreath night in Bristol; bring scissors", "12-01"),
        ("Repair bench", "11-26"),
        ("Staff breakfast, open to all", "11-24"),
        ("Repair bench", "11-12"),
        ("Repair bench", "11-05"),
        ("Repair bench", "10-29"),
        ("Repair bench", "10-22"),
    ]
    assert sorted(batch.gone) == [
        "bench@larkwood.example 20261210T160000Z", "called-off@larkwood.example", "private@larkwood.example",
    ]  # fmt: skip
    assert batch.rejected == (
        "event “A date that nobody can read”: its dates are not written as iCalendar wants them",
        "event “The clock ticks”: it is repeated too often to be written out",
    )
    assert (batch.window, batch.whole, batch.since, batch.notes) == (EVER, False, "", ())


def test_a_repeated_event_keeps_its_hour_when_the_clocks_change() -> None:
    bench = [post.event for post in TALKS[0].batch().posts if post.title == "Repair bench"]

    assert [f"{event.start:%d %H:%M %z}" for event in bench if event][-3:] == [
        "05 17:00 +0100", "29 17:00 +0100", "22 17:00 +0200",
    ]  # fmt: skip


def test_a_date_that_is_moved_stays_the_same_post() -> None:
    (moved,) = (post for post in TALKS[0].batch().posts if post.title.endswith("in the morning"))

    assert moved.id == "bench@larkwood.example 20261203T160000Z"
    assert moved.event == Event(
        datetime(2026, 12, 4, 10, tzinfo=PARIS), datetime(2026, 12, 4, 12, tzinfo=PARIS)
    )


def test_a_date_of_a_repeated_event_appears_two_weeks_before_and_never_before_it_was_entered() -> None:
    published = {post.id: post.published for post in TALKS[0].batch().posts}

    assert published["bench@larkwood.example 20261217T160000Z"] == datetime(2026, 12, 3, 17, tzinfo=PARIS)
    assert published["bench@larkwood.example 20261203T160000Z"] == datetime(2026, 11, 20, 10, tzinfo=PARIS)
    assert read(
        "UID:1 / SUMMARY:x / DTSTART:20261123T100000Z / RRULE:FREQ=WEEKLY;COUNT=1 / CREATED:20261121T100000Z"
    ).posts[0].published == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_days_begin_at_midnight_where_the_calendar_lives_and_end_at_one_minute_to() -> None:
    (closed,) = (post for post in TALKS[0].batch().posts if post.title == "Closed for Christmas")
    assert closed.event == Event(
        datetime(2026, 12, 25, tzinfo=PARIS), datetime(2026, 12, 26, 23, 59, tzinfo=PARIS)
    )
    assert closed.text == "Both days, all shops."

    assert starts(read("UID:1 / SUMMARY:x / DTSTART;VALUE=DATE:20261225")) == ["2026-12-25T00:00:00+00:00"]


def test_hours_without_a_zone_are_the_operators_or_the_calendars() -> None:
    floating = "UID:1 / SUMMARY:x / DTSTART:20261225T100000"
    zone = "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nEND:VTIMEZONE\r\n"

    assert starts(read(floating)) == ["2026-12-25T10:00:00+00:00"]
    assert starts(read(floating, frame=zone)) == ["2026-12-25T10:00:00-05:00"]
    assert starts(read(floating, frame=f"X-WR-TIMEZONE:Asia/Tokyo\r\n{zone}")) == [
        "2026-12-25T10:00:00+09:00"
    ]
    dubai = Calendar(ADDRESS, timezone="Asia/Dubai")
    assert starts(read(floating, frame=zone, connector=dubai)) == ["2026-12-25T10:00:00+04:00"]


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Europe/Paris", "+01:00"),
        ('"Europe/Paris"', "+01:00"),
        ("W. Europe Standard Time", "+01:00"),
        ("/freeassociation.sourceforge.net/Europe/Paris", "+01:00"),
        ("Nowhere", "+00:00"),
    ],
)
def test_odd_names_of_zones_are_understood(zone: str, offset: str) -> None:
    assert starts(read(f"UID:1 / SUMMARY:x / DTSTART;TZID={zone}:20261225T100000")) == [
        f"2026-12-25T10:00:00{offset}"
    ]


def test_a_name_of_a_zone_that_is_too_long_for_a_file_costs_its_event() -> None:
    long = "Europe/" + "x" * 300
    good = "UID:a / SUMMARY:Good / DTSTART:20261201T100000Z"
    batch = read(f"UID:b / SUMMARY:Long / DTSTART;TZID={long}:20261201T100000", good)

    assert [post.title for post in batch.posts if post.title == "Good"] == ["Good"]
    assert len(batch.posts) + len(batch.rejected) == 2
    assert starts(read(good, frame=f"X-WR-TIMEZONE:{long}\r\n")) == ["2026-12-01T10:00:00+00:00"]


def test_the_zone_of_one_calendar_is_not_the_next_ones() -> None:
    theirs = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0700\r\n"
        "TZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    event = "UID:1 / SUMMARY:x / DTSTART;TZID=Ours:20261225T100000"

    assert starts(read(event, frame=theirs)) == ["2026-12-25T10:00:00+07:00"]
    assert starts(read(event)) == ["2026-12-25T10:00:00+00:00"]


def test_the_window_moves_with_the_days() -> None:
    weekly = "UID:1 / SUMMARY:x / DTSTART:20200106T100000Z / RRULE:FREQ=WEEKLY"
    first, last = starts(read(weekly))[0], starts(read(weekly))[-1]
    assert (first, last) == ("2026-10-26T10:00:00+00:00", "2027-12-20T10:00:00+00:00")

    later = starts(read(weekly, at=NOW + timedelta(days=7)))
    assert (later[0], later[-1]) == ("2026-11-02T10:00:00+00:00", "2027-12-27T10:00:00+00:00")


def test_the_newest_of_two_versions_counts() -> None:
    batch = read(
        "UID:1 / SUMMARY:Old / SEQUENCE:1 / DTSTART:20261225T100000Z",
        "UID:1 / SUMMARY:New / SEQUENCE:2 / DTSTART:20261226T100000Z",
    )
    assert [(post.id, post.title) for post in batch.posts] == [("1", "New")]


def test_an_event_without_an_id_is_known_by_what_it_says() -> None:
    first, second = (read("SUMMARY:x / DTSTART:20261225T100000Z").posts[0].id for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=FOO", "COUNT=3",
        "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;INTERVAL=100000000000000000000",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_costs_its_event(rule: str) -> None:
    batch = read(
        f"UID:1 / SUMMARY:Tick / DTSTART:20260101T000000Z / RRULE:{rule}",
        "UID:2 / SUMMARY:Well / DTSTART:20261225T100000Z",
    )
    assert [post.title for post in batch.posts] == ["Well"]
    assert len(batch.rejected) == 1
    assert batch.rejected[0].startswith("event “Tick”: ")


def test_so_many_dates_of_one_event_and_of_a_calendar_are_taken_and_no_more() -> None:
    daily = "UID:{0} / SUMMARY:Daily / DTSTART:20260101T100000Z / RRULE:FREQ=DAILY"
    one = read(daily.format(1))
    assert len(one.posts) == MOST_DATES
    assert one.notes == ("event “Daily” has 431 dates; the nearest 100 are taken",)
    assert starts(one)[0] == "2026-10-22T10:00:00+00:00"

    many = read(*(daily.format(number) for number in range(25)))
    assert len(many.posts) == MOST_POSTS
    assert "it has 2500 dates; the nearest 2000 are taken" in many.notes


def test_many_events_that_never_end_are_read_in_a_workers_time() -> None:
    weekly = (
        "UID:{0} / SUMMARY:Weekly / DTSTART;TZID=Europe/Paris:20100104T100000 / RRULE:FREQ=WEEKLY;BYDAY=MO,WE"
    )
    batch = read(*(weekly.format(number) for number in range(200)))
    assert len(batch.posts) == MOST_POSTS


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html><html><body>Sign in</body></html>", "larkwood.example sent a web page"),
        (b'{"error":"no"}', "larkwood.example sent no calendar"),
        (b"", "larkwood.example sent no calendar"),
        ((FIXTURES / "calendar/events.ics").read_bytes()[:3000], "only the beginning of the calendar"),
        (
            b"BEGIN:VCALENDAR\r\nno such line\r\nBEGIN:VTIMEZONE\r\nEND:VCALENDAR\r\n",
            "not written as iCalendar wants",
        ),
    ],
)
def test_what_is_no_whole_calendar_is_refused_in_a_sentence(body: bytes, why: str) -> None:
    with pytest.raises(BadData, match=why):
        asked(body)


def test_a_calendar_in_the_windows_encoding_with_bare_line_ends_is_read() -> None:
    event = "BEGIN:VEVENT\nUID:1\nSUMMARY:Café „Abend“\nDTSTART:20261225T100000Z\nEND:VEVENT"
    body = f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR"
    assert [post.title for post in asked(body.encode("cp1252")).posts] == ["Café „Abend“"]
    assert [post.title for post in asked(b"\xef\xbb\xbf" + body.encode()).posts] == ["Café „Abend“"]


def test_an_empty_calendar_is_a_fault_where_there_were_events_and_one_that_is_over_is_none() -> None:
    assert read().whole
    assert not read("UID:1 / SUMMARY:Over / DTSTART:20200101T100000Z").whole


def test_the_language_is_what_the_event_says_or_the_operator() -> None:
    german = Calendar(ADDRESS, lang="de")
    events = (
        "UID:1 / SUMMARY:Suppe / DTSTART:20261225T100000Z",
        "UID:2 / SUMMARY;LANGUAGE=fr:Soupe / DTSTART:20261224T100000Z",
    )

    assert [post.lang for post in read(*events, connector=german).posts] == ["de", "fr"]


def test_a_mail_address_is_nobodys_business() -> None:
    (post,) = read(
        "UID:1 / SUMMARY:x / DTSTART:20261225T100000Z / ORGANIZER;CN=ada@home.example:mailto:ada@home.example"
        " / ATTENDEE;CN=Bo:mailto:bo@home.example"
    ).posts
    assert post.author == Author()
    assert "home.example" not in repr(post)


def test_the_token_or_the_password_goes_with_the_question() -> None:
    (bearer,), (basic,) = TALKS[1].requests(), TALKS[2].requests()

    assert (bearer.url, bearer.headers["authorization"]) == (ADDRESS, "Bearer a-token-of-ours")
    assert basic.headers["authorization"] == "Basic " + b64encode(b"larkwood:moss-and-wire").decode()
    assert "authorization" not in TALKS[0].requests()[0].headers


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"url": "events.ics"}, "url must"),
        ({"timezone": "Paris"}, "timezone must"),
        ({"lang": "English language"}, 'lang "English language" is not'),
        ({"account": "larkwood"}, "account and password"),
        ({"account": "a", "password": Secret("b"), "token": Secret("c")}, "token stands alone"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Calendar(**{"url": ADDRESS, **options})


def link(live: Live, **options: object) -> None:
    address = f'"{live.demo.url}/calendars/larkwood/week-by-week.ics"'
    said = {"account": '"larkwood"', "password": '"env:LARKWOOD_CALENDAR_TOKEN"'} | options
    live.link("larkwood-calendar", connector='"calendar"', url=address, **said)


def played() -> Account:
    (account,) = (account for account in accounts() if account.name == "calendar")
    return account


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 33, (), ())
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /calendars/larkwood/week-by-week.ics 200"]


def test_an_unchanged_calendar_is_left_alone_for_a_day_and_then_written_out_anew(live: Live) -> None:
    link(live)
    live.fetch()
    before = {post.id for post in live.posts}

    assert live.fetch(hours=23).gone == 0
    assert {post.id for post in live.posts} == before
    # The soup of 4 November is 31 days old on 5 December; the New Year of 2028 is 400 days ahead on 27 November.
    assert live.fetch(hours=24 * 14).new == 1
    assert live.fetch(hours=24 * 14 + 1).gone == 4
    assert "suppe-freiburg@larkwood.example 20261104T110000Z" in before - {post.id for post in live.posts}
    assert "new-year@larkwood.example 20280101" in {post.id for post in live.posts} - before


def test_what_is_taken_out_of_the_calendar_is_gone_at_the_next_fetch(live: Live) -> None:
    link(live)
    live.fetch()
    account = played()
    live.demo.show(replace(account, posts=tuple(post for post in account.posts if post.id != "stocktaking")))

    assert live.look_twice(hours=1).gone == 1
    assert "stocktaking@larkwood.example" not in {post.id for post in live.posts}


def test_an_event_that_is_called_off_is_gone(live: Live) -> None:
    link(live)
    live.fetch()
    account = played()
    off = tuple(
        replace(post, extra={"status": "CANCELLED"}) if post.id == "stocktaking" else post
        for post in account.posts
    )
    live.demo.show(replace(account, posts=off))

    assert live.fetch(hours=1).gone == 1


def test_a_wrong_password_is_said_and_costs_no_event(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.revoke("calendar")
    refused = live.fetch(hours=1)

    assert (refused.status, refused.same) == ("failed", 33)
    assert "wants a login (status 401)" in refused.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("calendar", 1, seconds=600)
    live.fetch()

    assert live.fetch(hours=1).status == "failed"
    assert live.fetch(hours=1.1).status == "waiting"


def test_an_event_that_can_no_longer_be_read_stays_and_the_others_may_go(live: Live) -> None:
    link(live)
    live.fetch()
    before = {post.id for post in live.posts}
    path = "/calendars/larkwood/week-by-week.ics"
    with httpx.Client(
        base_url=live.demo.url, auth=("larkwood", secrets()["LARKWOOD_CALENDAR_TOKEN"])
    ) as client:
        whole = client.get(path).raise_for_status().text
    blocks = re.split(r"(?=BEGIN:VEVENT)", whole)
    broken = [
        re.sub(r"DTSTART[^\r\n]*", "DTSTART:nonsense", block) if "UID:new-year" in block else block
        for block in blocks
        if "UID:stocktaking" not in block
    ]
    live.demo.misbehave(path, status=200, body="".join(broken).encode(), content_type="text/calendar")
    report = live.look_twice(hours=1)

    assert report.gone == 1
    gone = before - {post.id for post in live.posts}
    assert {one.partition("@")[0] for one in gone} == {"stocktaking"}
