"""The demo's Google refuses what Google refuses, in the form of google.rpc.Status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "google")
LOCATION = ACCOUNT.extra["location"]
REVIEWS = f"/v4/accounts/{ACCOUNT.id}/locations/{LOCATION}/reviews"
GOOD = {
    "grant_type": "refresh_token",
    "refresh_token": ACCOUNT.refresh_token,
    "client_id": ACCOUNT.client_id,
    "client_secret": ACCOUNT.client_secret,
}


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def get(played: DemoNetworks, path: str, token: str = ACCOUNT.token, **query: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    asked = {name: str(value) for name, value in query.items()}
    return httpx.get(f"{played.url}/google{path}", params=asked, headers=headers, trust_env=False)


def renew(played: DemoNetworks, **said: str) -> httpx.Response:
    return httpx.post(f"{played.url}/google/token", data=GOOD | said, trust_env=False)


def refusal(response: httpx.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["code"] == response.status_code
    return response.status_code, error["status"]


def test_nobody_reads_without_a_good_token(played: DemoNetworks) -> None:
    assert refusal(get(played, REVIEWS, "demo-google-wrong")) == (401, "UNAUTHENTICATED")
    played.expire("google")
    ended = get(played, REVIEWS)
    assert refusal(ended) == (401, "UNAUTHENTICATED")
    assert ended.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


@pytest.mark.parametrize(
    "query", [{"pageSize": 51}, {"pageSize": 0}, {"pageToken": "x"}, {"orderBy": "createTime"}, {"limit": 5}]
)
def test_what_google_does_not_know_is_refused(played: DemoNetworks, query: dict[str, Any]) -> None:
    assert refusal(get(played, REVIEWS, **query)) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("query", [{}, {"readMask": "title,reviews"}, {"readMask": "title", "fields": "x"}])
def test_a_place_is_read_by_a_mask_of_its_fields(played: DemoNetworks, query: dict[str, Any]) -> None:
    assert refusal(get(played, f"/v1/locations/{LOCATION}", **query)) == (400, "INVALID_ARGUMENT")
    assert get(played, f"/v1/locations/{LOCATION}", readMask="title").json() == {"title": ACCOUNT.title}


def test_nobody_reads_the_places_of_another(played: DemoNetworks) -> None:
    assert refusal(get(played, "/v4/accounts/1/locations/2/reviews")) == (403, "PERMISSION_DENIED")
    assert refusal(get(played, f"/v4/accounts/{ACCOUNT.id}/locations/2/reviews")) == (404, "NOT_FOUND")
    assert refusal(get(played, "/v1/locations/2", readMask="title")) == (404, "NOT_FOUND")


def test_pages_are_turned_by_a_token_until_there_is_none(played: DemoNetworks) -> None:
    token, seen = "", []
    while True:
        page = get(played, REVIEWS, pageSize=50, pageToken=token).json()
        seen += page["reviews"]
        token = page.get("nextPageToken", "")
        if not token:
            break

    assert len(seen) == page["totalReviewCount"] == len(ACCOUNT.posts)
    updated = [review["updateTime"] for review in seen]
    assert updated == sorted(updated, reverse=True)
    assert get(played, REVIEWS, orderBy="rating").json()["reviews"][0]["starRating"] == "ONE"


def test_keys_are_absent_where_there_is_nothing(played: DemoNetworks) -> None:
    reviews = get(played, REVIEWS, pageToken="reviews-from-5").json()["reviews"]
    anonymous = next(review for review in reviews if review["reviewer"] == {"isAnonymous": True})

    assert set(anonymous) == {"name", "reviewId", "reviewer", "starRating", "createTime", "updateTime"}


def test_a_token_is_given_for_a_good_refresh_token_which_stays(played: DemoNetworks) -> None:
    first, second = renew(played), renew(played)

    assert first.status_code == second.status_code == 200
    assert "refresh_token" not in first.json()
    assert get(played, REVIEWS, second.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        ({"refresh_token": "demo-google-refresh-wrong"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_renewal_is_refused(
    played: DemoNetworks, said: dict[str, str], status: int, error: str
) -> None:
    refused = renew(played, **said)

    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_a_revoked_refresh_token_is_refused_and_so_is_a_get(played: DemoNetworks) -> None:
    played.revoke("google")

    assert renew(played).json()["error"] == "invalid_grant"
    assert get(played, "/token").status_code == 405


def test_who_asks_too_often_is_told_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("google", 0, seconds=60)
    busy = get(played, REVIEWS)

    assert refusal(busy) == (429, "RESOURCE_EXHAUSTED")
    assert busy.json()["error"]["details"][0]["retryDelay"].endswith("s")
