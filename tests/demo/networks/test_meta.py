"""The demo's Facebook, Instagram and Threads refuse what Meta refuses, in its words."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

TOKENS = {account.name: account.token for account in accounts()}
FACEBOOK = next(account for account in accounts() if account.name == "facebook")
PROOF = hmac.new(FACEBOOK.client_secret.encode(), FACEBOOK.token.encode(), hashlib.sha256).hexdigest()
POSTS = {
    "facebook": "/facebook/v26.0/me/published_posts",
    "instagram": "/instagram/v26.0/me/media",
    "threads": "/threads/v1.0/me/threads",
}
NAMES = tuple(POSTS)


@pytest.fixture
def own() -> Iterator[DemoNetworks]:
    with DemoNetworks() as played:
        yield played


def get(played: DemoNetworks, name: str, path: str = "", **query: object) -> httpx.Response:
    """Ask one of the three with its token; None takes a parameter away."""
    asked: dict[str, Any] = {"access_token": TOKENS[name]} | (
        {"appsecret_proof": PROOF} if name == "facebook" else {}
    )
    asked |= query
    sent = {key: value for key, value in asked.items() if value is not None}
    return httpx.get(f"{played.url}{path or POSTS[name]}", params=sent, trust_env=False)


def error(response: httpx.Response) -> tuple[int, int, int | None, str]:
    said = response.json()["error"]
    assert said["fbtrace_id"]
    return response.status_code, said["code"], said.get("error_subcode"), said["message"]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_good_token_nothing_is_told(own: DemoNetworks, name: str) -> None:
    assert error(get(own, name, access_token=None))[:2] == (400, 104)
    assert error(get(own, name, access_token="wrong"))[:3] == (400, 190, None)
    own.expire(name)
    status, code, subcode, message = error(get(own, name))
    assert (status, code, subcode) == (400, 190, 463)
    assert "Session has expired" in message


@pytest.mark.parametrize("name", NAMES)
def test_a_token_in_the_header_is_as_good(own: DemoNetworks, name: str) -> None:
    proof = {"appsecret_proof": PROOF} if name == "facebook" else {}
    headers = {"authorization": f"Bearer {TOKENS[name]}"}
    answer = httpx.get(own.url + POSTS[name], params=proof, headers=headers, trust_env=False)

    assert answer.status_code == 200
    assert json.loads(answer.headers["x-app-usage"])["call_count"] < 80


@pytest.mark.parametrize("name", NAMES)
def test_unknown_fields_parameters_and_limits_are_refused(own: DemoNetworks, name: str) -> None:
    assert "nonexisting field (stars)" in error(get(own, name, fields="id,stars"))[3]
    assert "Unknown parameter: sort" in error(get(own, name, sort="new"))[3]
    assert error(get(own, name, limit=101))[:2] == (400, 100)
    assert error(get(own, name, after="not a cursor"))[:2] == (400, 100)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_and_what_may_not_be_done_is_not_told_apart(own: DemoNetworks, name: str) -> None:
    version = POSTS[name].split("/")[2]
    assert error(get(own, name, f"/{name}/{version}/12345/comments"))[1:3] == (100, 33)
    assert error(get(own, name, f"/{name}/v1.5/me"))[1] == 2500
    posted = httpx.post(own.url + POSTS[name], trust_env=False)
    assert error(posted)[1:3] == (100, 33)


def test_each_of_the_three_names_its_own_kind_of_error(own: DemoNetworks) -> None:
    kinds = {name: get(own, name, limit=101).json()["error"]["type"] for name in NAMES}

    assert kinds == {"facebook": "OAuthException", "instagram": "IGApiException", "threads": "THApiException"}


@pytest.mark.parametrize("name", NAMES)
def test_pages_have_cursors_and_the_next_address_holds_the_token(own: DemoNetworks, name: str) -> None:
    first = get(own, name, limit=5).json()
    assert set(first["data"][0]) == {"id"}  # nobody asked for more
    assert f"access_token={TOKENS[name]}" in first["paging"]["next"]

    second = get(own, name, limit=5, after=first["paging"]["cursors"]["after"]).json()
    assert httpx.get(first["paging"]["next"], trust_env=False).json()["data"] == second["data"]
    last = get(own, name, limit=100).json()
    assert "next" not in last["paging"]
    assert [one["id"] for one in last["data"][:10]] == [one["id"] for one in first["data"] + second["data"]]
    assert get(own, name, since=1900000000).json() == {"data": []}


@pytest.mark.parametrize("name", NAMES)
def test_who_asks_too_often_is_told_how_many_minutes_to_wait(own: DemoNetworks, name: str) -> None:
    own.limit(name, 1, seconds=300)
    get(own, name)
    refused = get(own, name)

    assert error(refused)[:2] == (400, {"facebook": 32, "instagram": 80002, "threads": 4}[name])
    (usages,) = json.loads(refused.headers["x-business-use-case-usage"]).values()
    assert usages[0]["estimated_time_to_regain_access"] == 5
    assert "retry-after" not in refused.headers


@pytest.mark.parametrize(
    ("name", "grant"), [("instagram", "ig_refresh_token"), ("threads", "th_refresh_token")]
)
def test_a_token_that_lives_is_renewed_and_one_that_ended_is_not(
    own: DemoNetworks, name: str, grant: str
) -> None:
    path = f"/{name}/refresh_access_token"
    assert error(get(own, name, path, grant_type="refresh_token"))[1] == 100
    renewed = get(own, name, path, grant_type=grant).json()
    assert (renewed["token_type"], renewed["expires_in"] > 5_000_000) == ("bearer", True)
    assert get(own, name, access_token=renewed["access_token"]).status_code == 200
    own.expire(name)
    assert error(get(own, name, path, grant_type=grant, access_token=renewed["access_token"]))[2] == 463
