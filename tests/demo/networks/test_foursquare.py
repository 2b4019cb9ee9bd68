"""The demo's Foursquare refuses what Foursquare refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "foursquare")
KEY, VERSION = f"Bearer {ACCOUNT.token}", "2025-06-17"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def get(
    played: DemoNetworks, place: str = ACCOUNT.id, key: str = KEY, version: str = VERSION, **query: Any
) -> httpx.Response:
    headers = {"authorization": key, "x-places-api-version": version}
    sent = {name: value for name, value in headers.items() if value}
    address = f"{played.url}/foursquare/places/{place}/tips"
    return httpx.get(address, params={k: str(v) for k, v in query.items()}, headers=sent, trust_env=False)


@pytest.mark.parametrize("key", ["", ACCOUNT.token, "Bearer demo-foursquare-wrong"])
def test_nobody_reads_without_a_service_key_as_a_bearer(played: DemoNetworks, key: str) -> None:
    refused = get(played, key=key)

    assert (refused.status_code, refused.json()) == (401, {"message": "Invalid request token."})


@pytest.mark.parametrize("version", ["", "2024-01-01"])
def test_nobody_reads_without_the_version(played: DemoNetworks, version: str) -> None:
    refused = get(played, version=version)

    assert refused.status_code == 400
    assert "X-Places-Api-Version" in refused.json()["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 51},
        {"limit": 0},
        {"limit": "x"},
        {"fields": "fsq_tip_id,author"},
        {"sort": "RECENT"},
        {"page": 2},
    ],
)
def test_what_foursquare_does_not_know_is_refused(played: DemoNetworks, query: dict[str, Any]) -> None:
    assert get(played, **query).status_code == 400


def test_another_place_is_not_found(played: DemoNetworks) -> None:
    refused = get(played, place="nowhere")

    assert (refused.status_code, refused.json()) == (404, {"message": "Invalid place specified"})


def test_the_answer_is_a_bare_array_of_the_fields_that_were_asked_for(played: DemoNetworks) -> None:
    assert get(played, limit=50, sort="NEWEST", fields="fsq_tip_id").json() == [
        {"fsq_tip_id": post.id} for post in ACCOUNT.posts
    ]
    assert set(get(played).json()[0]) == {"fsq_tip_id", "created_at", "text"}
    assert "photo" in get(played, sort="NEWEST", fields="photo,url").json()[1]
    assert get(played, fields="agree_count,lang,disagree_count").json()[0]["agree_count"] == 12


def test_dates_come_in_two_forms(played: DemoNetworks) -> None:
    dates = [tip["created_at"] for tip in get(played, sort="NEWEST").json()]

    assert {type(date) for date in dates} == {str, int}


def test_who_asks_too_often_is_not_told_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("foursquare", 0)
    busy = get(played)

    assert (busy.status_code, "retry-after" in busy.headers) == (429, False)
