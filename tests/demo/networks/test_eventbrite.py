"""The demo's Eventbrite refuses what Eventbrite refuses."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "eventbrite")
EVENTS = f"/organizations/{ACCOUNT.id}/events/"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def ask(
    played: DemoNetworks, path: str = EVENTS, token: str = ACCOUNT.token, method: str = "GET", **query: str
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    address = f"{played.url}/eventbrite/v3{path}"
    return httpx.request(method, address, params=query, headers=headers, trust_env=False)


def refusal(response: httpx.Response) -> tuple[int, str]:
    said = response.json()
    assert said["status_code"] == response.status_code
    assert said["error_description"]
    return response.status_code, said["error"]


def test_nobody_reads_without_a_good_token(played: DemoNetworks) -> None:
    assert refusal(ask(played, token="")) == (401, "NO_AUTH")
    assert refusal(ask(played, token="demo-eventbrite-wrong")) == (401, "INVALID_AUTH")


@pytest.mark.parametrize(
    "query",
    [{"status": "live,over"}, {"expand": "venue,tickets"}, {"order_by": "changed_desc"}, {"limit": "5"}],
)
def test_what_eventbrite_does_not_know_is_refused(played: DemoNetworks, query: dict[str, str]) -> None:
    refused = ask(played, **query)

    assert refusal(refused) == (400, "ARGUMENTS_ERROR")
    assert next(iter(query)) in refused.json()["error_description"]


def test_only_members_read_and_nobody_writes(played: DemoNetworks) -> None:
    assert refusal(ask(played, "/organizations/1/events/")) == (403, "NOT_AUTHORIZED")
    assert refusal(ask(played, "/events/search/")) == (404, "NOT_FOUND")
    assert refusal(ask(played, method="POST")) == (405, "METHOD_NOT_ALLOWED")


def test_pages_are_turned_by_their_continuation(played: DemoNetworks) -> None:
    page = ask(played, status="all", order_by="created_desc").json()
    seen = page["events"]
    while page["pagination"]["has_more_items"]:
        page = ask(
            played, status="all", order_by="created_desc", continuation=page["pagination"]["continuation"]
        ).json()
        seen += page["events"]

    assert [event["id"] for event in seen] == [post.id for post in ACCOUNT.posts]
    assert "continuation" not in page["pagination"]
    assert refusal(ask(played, continuation="nonsense")) == (400, "BAD_CONTINUATION_TOKEN")


def test_what_is_to_come_along_must_be_asked_for(played: DemoNetworks) -> None:
    bare = ask(played, order_by="created_desc").json()["events"][0]
    whole = ask(played, order_by="created_desc", expand="venue,organizer,ticket_availability").json()[
        "events"
    ][0]

    assert {"venue", "organizer", "ticket_availability"}.isdisjoint(bare)
    assert whole["venue"]["name"] == "Larkwood Bristol"
    assert whole["ticket_availability"]["minimum_ticket_price"]["major_value"] == "6.00"
    assert whole["start"] == {
        "timezone": "Europe/London", "local": "2027-01-14T18:00:00", "utc": "2027-01-14T18:00:00Z"
    }  # fmt: skip


def test_events_are_told_apart_by_their_status(played: DemoNetworks) -> None:
    (cancelled,) = ask(played, status="canceled").json()["events"]

    assert cancelled["status"] == "canceled"
    assert {event["status"] for event in ask(played, status="live,started").json()["events"]} == {"live"}


def test_who_asks_too_often_is_not_told_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("eventbrite", 0)
    busy = ask(played)

    assert refusal(busy) == (429, "HIT_RATE_LIMIT")
    assert "retry-after" not in busy.headers
