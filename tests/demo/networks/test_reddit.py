"""The demo's Reddit wants to know who asks, gives tokens to its application only, and pages by names of things."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

(ACCOUNT,) = (account for account in accounts() if account.name == "reddit")
AGENT = {"user-agent": "web:forecourt:v1.0 (by /u/larkwood_home)"}
CLIENT = (ACCOUNT.client_id, ACCOUNT.client_secret)


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks:
        yield networks


def token(
    played: DemoNetworks, client: tuple[str, str] = CLIENT, grant: str = "client_credentials"
) -> httpx.Response:
    return httpx.post(
        f"{played.url}/reddit/api/v1/access_token",
        data={"grant_type": grant}, auth=client, headers=AGENT, trust_env=False,
    )  # fmt: skip


@pytest.fixture
def bearer(played: DemoNetworks) -> dict[str, str]:
    return {**AGENT, "authorization": f"Bearer {token(played).json()['access_token']}"}


def asked(played: DemoNetworks, path: str, headers: dict[str, str], **query: object) -> httpx.Response:
    values = {name: str(value) for name, value in ({"raw_json": 1} | query).items()}
    return httpx.get(f"{played.url}/reddit/{path}", params=values, headers=headers, trust_env=False)


def names(answer: httpx.Response) -> list[str]:
    return [thing["data"]["name"] for thing in answer.json()["data"]["children"]]


def test_a_token_is_for_the_application_and_lives_a_day(played: DemoNetworks) -> None:
    assert token(played).json()["expires_in"] == 86400
    assert token(played, (ACCOUNT.client_id, "wrong")).json() == {"message": "Unauthorized", "error": 401}
    assert token(played, grant="password").json() == {"error": "unsupported_grant_type"}


def test_whoever_does_not_say_who_asks_is_slowed_down(played: DemoNetworks, bearer: dict[str, str]) -> None:
    anonymous = bearer | {"user-agent": "python-httpx/0.28"}

    assert asked(played, "r/larkwood/new", anonymous).status_code == 429
    assert asked(played, "r/larkwood/new", bearer).status_code == 200


def test_without_a_token_nothing_is_told(played: DemoNetworks, bearer: dict[str, str]) -> None:
    assert asked(played, "r/larkwood/new", AGENT).json() == {"message": "Unauthorized", "error": 401}
    played.expire("reddit")
    assert asked(played, "r/larkwood/new", bearer).status_code == 401


def test_pages_lead_to_older_posts_and_to_newer_ones(played: DemoNetworks, bearer: dict[str, str]) -> None:
    first = asked(played, "r/larkwood/new", bearer, limit=4)
    second = asked(played, "r/larkwood/new", bearer, limit=4, after=first.json()["data"]["after"])
    newer = asked(played, "r/larkwood/new", bearer, limit=2, before=names(second)[0])

    assert names(first) + names(second) == [f"t3_{post.id}" for post in ACCOUNT.posts[:8]]
    assert names(newer) == names(first)[2:]
    assert newer.json()["data"]["before"] == names(first)[2]
    assert (first.json()["data"]["before"], names(asked(played, "r/larkwood/new", bearer, before="t3_gone"))) == (
        None, []
    )  # fmt: skip


def test_texts_are_escaped_for_those_who_do_not_ask_for_raw_ones(
    played: DemoNetworks, bearer: dict[str, str]
) -> None:
    first = asked(played, "r/larkwood/new", bearer, raw_json=0).json()["data"]["children"][0]["data"]

    assert first["selftext_html"].startswith("&lt;!-- SC_OFF --&gt;&lt;div")


def test_comments_are_nested_below_their_post(played: DemoNetworks, bearer: dict[str, str]) -> None:
    _, comments = asked(played, "comments/1p3wk7c", bearer).json()
    first, second = comments["data"]["children"]

    assert first["data"]["replies"]["data"]["children"][0]["data"]["parent_id"] == "t1_nq8a001"
    assert second["data"]["replies"] == ""


def test_a_search_finds_words_and_an_account_its_own_posts(
    played: DemoNetworks, bearer: dict[str, str]
) -> None:
    assert names(asked(played, "r/larkwood/search", bearer, q="winter hours")) == ["t3_1p0tz4m"]
    assert names(asked(played, "user/idris_planes/submitted", bearer)) == ["t3_1kq1s5b"]


def test_a_community_that_is_none_leads_to_a_search(played: DemoNetworks, bearer: dict[str, str]) -> None:
    lost = asked(played, "r/larkwod/new", bearer)

    assert (lost.status_code, lost.headers["location"]) == (
        302, f"{played.url}/reddit/subreddits/search?q=larkwod"
    )  # fmt: skip
    assert asked(played, "comments/nothing", bearer).status_code == 404


def test_one_who_asks_too_often_is_told_how_many_seconds_are_left(
    played: DemoNetworks, bearer: dict[str, str]
) -> None:
    played.limit("reddit", 0, seconds=240)
    answer = asked(played, "r/larkwood/new", bearer)

    assert answer.status_code == 429
    assert answer.headers["x-ratelimit-remaining"] == "0.0"
    assert 1 <= int(answer.headers["x-ratelimit-reset"]) <= 240
