"""The demo's Yelp refuses what Yelp refuses, and gives no more than Yelp gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "yelp")
REVIEWS = f"/businesses/{ACCOUNT.handle}/reviews"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def get(
    played: DemoNetworks, path: str, authorization: str = f"Bearer {ACCOUNT.token}", **query: str
) -> httpx.Response:
    headers = {"authorization": authorization} if authorization else {}
    return httpx.get(f"{played.url}/yelp/v3{path}", params=query, headers=headers, trust_env=False)


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_nobody_reads_without_a_good_key(played: DemoNetworks) -> None:
    assert refusal(get(played, REVIEWS, "")) == (401, "TOKEN_MISSING")
    assert refusal(get(played, REVIEWS, ACCOUNT.token)) == (401, "TOKEN_INVALID")
    assert refusal(get(played, REVIEWS, "Bearer demo-yelp-wrong")) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    "query", [{"sort_by": "rating"}, {"limit": "51"}, {"limit": "all"}, {"fields": "text"}]
)
def test_what_yelp_does_not_know_is_refused(played: DemoNetworks, query: dict[str, str]) -> None:
    assert refusal(get(played, REVIEWS, **query)) == (400, "VALIDATION_ERROR")


def test_nobody_reads_another_business(played: DemoNetworks) -> None:
    assert refusal(get(played, "/businesses/nobody")) == (404, "BUSINESS_NOT_FOUND")
    assert refusal(get(played, "/businesses/nobody/reviews")) == (404, "BUSINESS_NOT_FOUND")
    assert refusal(get(played, "/events")) == (404, "NOT_FOUND")


def test_there_are_three_reviews_at_the_most_and_of_each_the_beginning(played: DemoNetworks) -> None:
    page = get(played, REVIEWS, sort_by="newest").json()

    assert (len(page["reviews"]), page["total"]) == (3, len(ACCOUNT.posts))
    assert all(len(review["text"]) <= 160 for review in page["reviews"])
    assert [review["id"] for review in page["reviews"]] == [post.id for post in ACCOUNT.posts[:3]]
    assert page["reviews"][0]["text"].endswith("...")


def test_times_name_no_zone_and_are_of_california(played: DemoNetworks) -> None:
    said = get(played, REVIEWS).json()["reviews"][0]["time_created"]

    assert datetime.fromisoformat(said).tzinfo is None
    assert said == "2026-11-20 11:42:00"


def test_a_business_is_known_by_its_id_and_by_its_alias(played: DemoNetworks) -> None:
    assert get(played, f"/businesses/{ACCOUNT.handle}").json()["id"] == ACCOUNT.id
    assert get(played, f"/businesses/{ACCOUNT.id}").json()["alias"] == ACCOUNT.handle
    assert len(get(played, f"/businesses/{ACCOUNT.id}/reviews", locale="en_GB").json()["reviews"]) == 3


def test_who_asks_too_often_is_told_when_the_day_ends(played: DemoNetworks) -> None:
    played.limit("yelp", 0, seconds=60)
    busy = get(played, REVIEWS)

    assert refusal(busy) == (429, "ACCESS_LIMIT_REACHED")
    assert datetime.fromisoformat(busy.headers["ratelimit-resettime"]).tzinfo
