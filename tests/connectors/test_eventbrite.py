from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.eventbrite import Eventbrite
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Event, Kind, Media, Post, Price, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Page, Refusal, Samples, Talk, answer

LARKWOOD = Eventbrite(organization="4102", token=Secret("private-token-0001"))
API = "https://www.eventbriteapi.com/v3/organizations/4102/events/"
FIRST = answer("eventbrite/events-1.json", API)
SECOND = answer("eventbrite/events-2.json", API)
NEWEST = "2026-11-18T15:00:00+00:00"
SINCE = json.dumps({"seen": NEWEST})
PARIS = ZoneInfo("Europe/Paris")
QUERY = (
    "status=live%2Cstarted%2Cended%2Ccompleted%2Ccanceled&order_by=created_desc"
    "&expand=venue%2Clogo%2Corganizer%2Cticket_availability"
)

TALKS = (Talk(LARKWOOD, (FIRST, SECOND)), Talk(LARKWOOD, (FIRST,), since=SINCE))


def test_an_event_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="1042000000008",
        source="source",
        kind=Kind.EVENT,
        permalink="https://tickets.example/e/1042000000008",
        title="Wreath night: the second evening",
        html="<p>Twelve stools, <strong>moss</strong> to the elbows. #WreathNights</p>",
        text="Twelve stools, moss to the elbows. #WreathNights",
        lang="en-GB",
        author=Author(
            "Larkwood",
            "",
            "https://tickets.example/o/larkwood-71",
            "https://files.tickets.example/larkwood.png",
        ),
        published=datetime(2026, 11, 2, 10, 30, tzinfo=UTC),
        updated=datetime(2026, 11, 18, 15, tzinfo=UTC),
        media=(Media("image", "https://files.tickets.example/wreath.jpg", width=2160, height=1080),),
        event=Event(
            datetime(2026, 12, 2, 18, 30, tzinfo=PARIS),
            datetime(2026, 12, 2, 21, tzinfo=PARIS),
            "Larkwood Lyon, 12 Rue Mercière, 69002 Lyon",
        ),
        price=Price(Decimal("24.00"), "EUR", available=False),
        tags=("WreathNights",),
    )


def test_an_event_online_may_hide_its_end_and_name_no_zone_that_there_is() -> None:
    talk = TALKS[0].batch().posts[1]

    assert talk.event == Event(datetime(2026, 12, 3, 7, 30, tzinfo=UTC), None, "Online")
    assert talk.text == "Oona Brackley & forty elbows. https://larkwood.example/elbows/"
    assert '<a href="https://larkwood.example/elbows/"' in talk.html
    assert (talk.media, talk.price) == ((), Price(Decimal(0), "EUR"))


def test_an_event_that_is_over_stays() -> None:
    opening = TALKS[0].batch().posts[2]

    assert opening.event
    assert (opening.title, opening.event.place) == ("Larkwood Lyon turns the key", "Lyon")
    assert opening.media == (Media("image", "https://files.tickets.example/store.jpg"),)


def test_what_is_cancelled_or_not_listed_is_gone() -> None:
    batch = TALKS[0].batch()

    assert batch.gone == ("1042000000002", "1042000000003")
    assert batch.rejected == ("event 1042000000001: it has no start",)
    assert len(batch.posts) == 3


def test_pages_are_turned_by_their_continuation() -> None:
    assert [request.url for request in TALKS[0].requests()] == [
        f"{API}?{QUERY}", f"{API}?{QUERY}&continuation=eyJwYWdlIjogMn0"
    ]  # fmt: skip
    assert TALKS[0].batch().window == EVER
    assert json.loads(TALKS[0].batch().since) == {"seen": NEWEST}


def test_a_quiet_organisation_costs_one_request() -> None:
    quiet = TALKS[1]

    assert [request.url for request in quiet.requests()] == [f"{API}?{QUERY}"]
    assert (quiet.batch().posts, quiet.batch().gone, quiet.batch().since, quiet.batch().window) == (
        (), (), SINCE, None
    )  # fmt: skip


def test_an_event_that_changed_is_read_again_and_one_that_was_cancelled_is_gone() -> None:
    document = json.loads(FIRST.body)
    document["events"][1]["changed"] = document["events"][2]["changed"] = "2026-11-20T10:00:00Z"
    batch = Talk(LARKWOOD, (replace(FIRST, body=json.dumps(document).encode()),), SINCE).batch()

    assert ([post.id for post in batch.posts], batch.gone) == (["1042000000009"], ("1042000000002",))
    assert json.loads(batch.since) == {"seen": "2026-11-20T10:00:00+00:00"}


def test_of_a_list_that_goes_on_and_on_nothing_is_known_to_be_missing() -> None:
    document = json.loads(FIRST.body)
    pages = []
    for number in range(5):
        document["pagination"]["continuation"] = f"token-{number}"
        pages.append(replace(FIRST, body=json.dumps(document).encode()))

    assert Talk(LARKWOOD, tuple(pages)).batch().window is None


@pytest.mark.parametrize(
    ("tickets", "price"),
    [
        ({"minimum_ticket_price": {"major_value": "9.5", "currency": "GBP"}}, Price(Decimal("9.5"), "GBP")),
        ({"minimum_ticket_price": {"major_value": "1e9999", "currency": "GBP"}}, None),
        ({"minimum_ticket_price": {"major_value": "5", "currency": "pounds"}}, Price(Decimal(5))),
        ({"minimum_ticket_price": None, "has_available_tickets": True}, None),
        (None, None),
    ],
)
def test_a_price_is_the_lowest_where_there_is_one(tickets: object, price: Price | None) -> None:
    document = json.loads(FIRST.body)
    document["pagination"]["has_more_items"] = False
    document["events"] = [document["events"][0] | {"ticket_availability": tickets}]

    (post,) = Talk(LARKWOOD, (replace(FIRST, body=json.dumps(document).encode()),)).batch().posts
    assert post.price == price


def test_a_change_that_is_still_to_come_hides_nothing_after_it() -> None:
    document = json.loads(SECOND.body)
    document["events"][0]["changed"] = "2098-01-01T00:00:00Z"
    batch = Talk(LARKWOOD, (replace(SECOND, body=json.dumps(document).encode()),)).batch()

    assert json.loads(batch.since) == {"seen": NOW.isoformat()}


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, "NO_AUTH", Cause.AUTH_DEAD),
        (400, "INVALID_AUTH_HEADER", Cause.AUTH_DEAD),
        (403, "NOT_AUTHORIZED", Cause.PERMISSION),
        (404, "NOT_FOUND", Cause.NOT_FOUND),
        (400, "ARGUMENTS_ERROR", Cause.BAD_DATA),
        (429, "HIT_RATE_LIMIT", Cause.RATE_LIMITED),
        (500, "INTERNAL_ERROR", Cause.TRANSIENT),
        (401, "SOMETHING_NEW", Cause.AUTH_DEAD),
    ],
)
def test_the_error_tells_what_is_wrong(status: int, code: str, cause: Cause) -> None:
    body = json.dumps({"status_code": status, "error": code, "error_description": "No."}).encode()

    with pytest.raises(PlatformError, match="Eventbrite says: No") as refused:
        advance(LARKWOOD, "source", "", (answer(body, API, status),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"pagination": {}}', "no list of events"),
        (b'{"events": [], "pagination": {"has_more_items": true}}', "and not where"),
    ],
)
def test_an_answer_that_is_not_whole_is_no_answer(body: bytes, words: str) -> None:
    with pytest.raises(BadData, match=words):
        advance(LARKWOOD, "source", "", (answer(body, API),))


@pytest.mark.parametrize("wrong", [{"organization": "o/larkwood"}, {"server": "x"}])
def test_options_that_cannot_be_right_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Eventbrite(**{"organization": "1", "token": Secret("t")} | wrong)  # type: ignore[arg-type]  # one of them is


SAMPLES: Samples = {
    "eventbrite/error-401.json": Refusal(LARKWOOD, 401, Cause.AUTH_DEAD),
    "eventbrite/events.json": Page(LARKWOOD, 1),
}


def link(live: Live) -> None:
    live.link(
        "larkwood-eventbrite", connector='"eventbrite"', server=f'"{live.demo.url}/eventbrite"',
        organization='"4102000000001"', token='"env:LARKWOOD_EVENTBRITE_TOKEN"',
    )  # fmt: skip


EVENTS = "GET /eventbrite/v3/organizations/4102000000001/events/"


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 11, ())
    assert live.asked == [f"{EVENTS} 200"] * 3
    assert all(post.event and post.event.place and post.price for post in live.posts)
    assert live.fetch(hours=1).status == "same"
    assert live.asked == [f"{EVENTS} 200"]


def test_an_event_that_is_cancelled_is_gone_at_the_next_poll(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "eventbrite")
    first, *rest = account.posts
    cancelled = replace(first, extra=first.extra | {"status": "canceled"}, updated=NOW)
    live.demo.show(replace(account, posts=(cancelled, *rest)))

    assert live.fetch(hours=1).gone == 1
    assert first.id not in {post.id for post in live.posts}


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "eventbrite")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_token_that_is_taken_away_is_for_a_person_to_replace(live: Live) -> None:
    link(live)
    live.demo.expire("eventbrite")
    dead = live.fetch()

    assert dead.cause == Cause.AUTH_DEAD
    assert dead.error is not None
    assert "LARKWOOD_EVENTBRITE_TOKEN" in dead.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("eventbrite", 1, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
