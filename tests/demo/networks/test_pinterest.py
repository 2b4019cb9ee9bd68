"""The demo's Pinterest refuses what Pinterest refuses, and its RSS stays open to all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "pinterest")
PINS = f"/boards/{ACCOUNT.id}/pins"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


@pytest.fixture
def token(played: DemoNetworks) -> str:
    said: dict[str, str] = renew(played, ACCOUNT.refresh_token).json()
    return said["access_token"]


def get(played: DemoNetworks, path: str, token: str, **query: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{played.url}/pinterest/v5{path}", params=query, headers=headers, trust_env=False)


def renew(played: DemoNetworks, refresh: str, **others: str) -> httpx.Response:
    said = {"grant_type": "refresh_token", "refresh_token": refresh, "continuous_refresh": "true"} | others
    basic = (ACCOUNT.client_id, ACCOUNT.client_secret)
    return httpx.post(f"{played.url}/pinterest/v5/oauth/token", data=said, auth=basic, trust_env=False)


def test_nobody_reads_the_api_without_a_good_token_and_everybody_the_rss(played: DemoNetworks) -> None:
    refused = get(played, PINS, "demo-pinterest-token-wrong")

    assert (refused.status_code, refused.json()) == (401, {"code": 2, "message": "Authentication failed."})
    assert httpx.get(played.url + ACCOUNT.path, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"page_size": 0}, {"page_size": 251}, {"page_size": "all"}, {"limit": 5}, {"pin_filter": "mine"}],
)
def test_what_pinterest_does_not_know_is_refused(
    played: DemoNetworks, token: str, query: dict[str, Any]
) -> None:
    refused = get(played, "/pins", token, **query)
    assert (refused.status_code, refused.json()["code"]) == (400, 1)


def test_pages_follow_the_bookmark_which_is_null_at_the_end(played: DemoNetworks, token: str) -> None:
    first = get(played, PINS, token, page_size=10).json()
    rest = get(played, PINS, token, page_size=10, bookmark=first["bookmark"]).json()

    assert [pin["id"] for pin in first["items"] + rest["items"]] == [post.id for post in ACCOUNT.posts]
    assert rest["bookmark"] is None
    assert "pin_metrics" not in first["items"][0]


def test_counts_are_told_when_asked_for(played: DemoNetworks, token: str) -> None:
    (pin,) = get(played, PINS, token, page_size=1, pin_metrics="true").json()["items"]
    assert pin["pin_metrics"]["lifetime_metrics"]["reaction"] == ACCOUNT.posts[0].likes


def test_the_board_is_listed_and_no_other_is_known(played: DemoNetworks, token: str) -> None:
    (board,) = get(played, "/boards", token).json()["items"]
    assert (board["id"], board["name"]) == (ACCOUNT.id, "Slow homes")
    refused = get(played, "/boards/1/pins", token)
    assert (refused.status_code, refused.json()["code"]) == (404, 40)


def test_a_refresh_token_must_be_a_continuous_one_and_gives_another(played: DemoNetworks) -> None:
    legacy = renew(played, ACCOUNT.refresh_token, continuous_refresh="false")
    assert legacy.status_code == 400
    first = renew(played, ACCOUNT.refresh_token).json()
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (2_592_000, 5_184_000)
    assert renew(played, "nonsense").status_code == 401
    assert renew(played, first["refresh_token"]).status_code == 200


def test_a_token_that_ended_is_refused(played: DemoNetworks, token: str) -> None:
    assert get(played, PINS, token).status_code == 200
    played.expire("pinterest")
    assert get(played, PINS, token).status_code == 401
