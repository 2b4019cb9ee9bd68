"""The demo's X refuses what X refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "x")
TWEETS = f"/users/{ACCOUNT.id}/tweets"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def get(played: DemoNetworks, path: str, token: str = ACCOUNT.token, **query: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    asked = {name.replace("__", "."): value for name, value in query.items()}
    return httpx.get(f"{played.url}/x/2{path}", params=asked, headers=headers, trust_env=False)


def renew(played: DemoNetworks, refresh: str, secret: str = ACCOUNT.client_secret) -> httpx.Response:
    said = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": ACCOUNT.client_id}
    basic = (ACCOUNT.client_id, secret)
    return httpx.post(f"{played.url}/x/2/oauth2/token", data=said, auth=basic, trust_env=False)


@pytest.mark.parametrize("token", ["", "demo-x-token-wrong"])
def test_nobody_reads_without_a_good_token(played: DemoNetworks, token: str) -> None:
    refused = get(played, TWEETS, token)
    assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": 4},
        {"max_results": 101},
        {"tweet__fields": "created_at,full_text"},
        {"expansions": "author"},
        {"media__fields": "media_url"},
        {"user__fields": "screen_name"},
        {"exclude": "quotes"},
        {"count": 20},
    ],
)
def test_what_x_does_not_know_is_refused(played: DemoNetworks, query: dict[str, Any]) -> None:
    refused = get(played, TWEETS, **query)
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("/invalid-request")
    assert next(iter(query)).replace("__", ".") in refused.json()["errors"][0]["message"]


def test_a_search_wants_ten_at_least_and_a_query(played: DemoNetworks) -> None:
    assert get(played, "/tweets/search/recent", query="#Makers", max_results=9).status_code == 400
    assert get(played, "/tweets/search/recent").status_code == 400
    assert get(played, "/tweets/search/recent", query="#Makers").json()["meta"]["result_count"] == 1


def test_pages_follow_one_another_and_the_last_names_none(played: DemoNetworks) -> None:
    page = get(played, TWEETS, max_results=10).json()
    rest = get(played, TWEETS, max_results=10, pagination_token=page["meta"]["next_token"]).json()

    ids = [post["id"] for post in page["data"] + rest["data"]]
    assert ids == [post.id for post in ACCOUNT.posts]
    assert "next_token" not in rest["meta"]
    assert set(page["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert get(played, TWEETS, since_id=ids[0]).json() == {"meta": {"result_count": 0}}


def test_a_long_post_is_cut_beside_its_note(played: DemoNetworks) -> None:
    page = get(played, TWEETS, max_results=100, tweet__fields="note_tweet,entities").json()
    (long,) = (post for post in page["data"] if "note_tweet" in post)

    assert long["text"].endswith("…")
    assert "sign &amp; a fair price" in long["note_tweet"]["text"]


def test_a_lookup_names_what_is_gone_beside_what_is_there(played: DemoNetworks) -> None:
    found = get(played, "/tweets", ids=f"{ACCOUNT.posts[0].id},1").json()

    assert [post["id"] for post in found["data"]] == [ACCOUNT.posts[0].id]
    assert [error["resource_id"] for error in found["errors"]] == ["1"]
    assert get(played, "/tweets", ids="").status_code == 400


def test_an_unknown_name_is_an_error_inside_a_200(played: DemoNetworks) -> None:
    said = get(played, "/users/by/username/nobody")
    assert said.status_code == 200
    assert "data" not in said.json()


def test_a_refresh_token_is_good_for_one_use(played: DemoNetworks) -> None:
    first = renew(played, ACCOUNT.refresh_token)

    assert first.json()["expires_in"] == 7200
    assert get(played, TWEETS, first.json()["access_token"]).status_code == 200
    again = renew(played, ACCOUNT.refresh_token)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    assert renew(played, first.json()["refresh_token"]).status_code == 200
    assert renew(played, first.json()["refresh_token"], "wrong").status_code == 401


def test_a_token_that_ended_is_refused(played: DemoNetworks) -> None:
    played.expire("x")
    assert get(played, TWEETS).status_code == 401


def test_only_reading_is_played(played: DemoNetworks) -> None:
    posted = httpx.post(
        f"{played.url}/x/2/tweets",
        json={"text": "x"},
        headers={"authorization": f"Bearer {ACCOUNT.token}"},
        trust_env=False,
    )
    assert posted.status_code == 404
