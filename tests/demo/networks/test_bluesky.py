from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from demo import DemoNetworks

FEED = "app.bsky.feed.getAuthorFeed"
SEARCH = "app.bsky.feed.searchPosts"
NAMED = {"identifier": "larkwood.example", "password": "demo-bluesky-secret-mend-it-once-more"}


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def ask(played: DemoNetworks, method: str, token: str = "", **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{played.url}/bluesky/xrpc/{method}", params=query, headers=headers, trust_env=False)


def tell(played: DemoNetworks, method: str, token: str = "", body: object = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{played.url}/bluesky/xrpc/com.atproto.server.{method}"
    return httpx.post(url, json=body, headers=headers, trust_env=False)


def session(played: DemoNetworks) -> Mapping[str, Any]:
    answer = tell(played, "createSession", body=NAMED)
    assert answer.status_code == 200
    found: Mapping[str, Any] = answer.json()
    return found


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    said = answer.json()
    return answer.status_code, said["error"], said["message"]


def test_the_feed_is_paged_by_a_cursor_and_ends_without_one(played: DemoNetworks) -> None:
    first = ask(played, FEED, actor="larkwood.example", limit="10").json()
    second = ask(played, FEED, actor="larkwood.example", limit="10", cursor=first["cursor"]).json()

    assert (len(first["feed"]), len(second["feed"])) == (10, 5)
    assert "cursor" not in second


def test_facets_count_bytes(played: DemoNetworks) -> None:
    feed = ask(played, FEED, actor="did:plc:larkwoodhomeandhands2222").json()["feed"]
    records = [item["post"]["record"] for item in feed]
    shown = [
        record["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for record in records
        for facet in record.get("facets", ())
    ]

    assert {"#Lyon", "#Reparieren", "@larkwood.example", "https://larkwood.example/cargo-bikes/"} <= set(
        shown
    )


def test_a_post_that_is_not_there_is_left_out_of_what_was_asked_for(played: DemoNetworks) -> None:
    missing = "at://did:plc:larkwoodhomeandhands2222/app.bsky.feed.post/3aaaaaaaaaaaa"

    assert ask(played, "app.bsky.feed.getPosts", uris=missing).json() == {"posts": []}
    assert refusal(ask(played, "app.bsky.feed.getPostThread", uri=missing)) == (
        400, "NotFound", f"Post not found: {missing}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "query", "said"),
    [
        (FEED, {}, f'Invalid {FEED} params: Missing required key "actor"'),
        (
            FEED,
            {"actor": "x", "limit": "500"},
            f"Invalid {FEED} params: integer too big (maximum 100, got 500)",
        ),
        (FEED, {"actor": "nobody.example"}, "Profile not found"),
        ("com.atproto.identity.resolveHandle", {"handle": "nobody.example"}, "Unable to resolve handle"),
        ("com.atproto.server.createSession", {}, "Incorrect HTTP method (GET) expected POST"),
    ],
)
def test_a_wrong_question_is_refused_in_its_words(
    played: DemoNetworks, method: str, query: dict[str, str], said: str
) -> None:
    assert refusal(ask(played, method, **query)) == (400, "InvalidRequest", said)


def test_an_unknown_method_is_not_implemented(played: DemoNetworks) -> None:
    assert refusal(ask(played, "app.bsky.feed.getEverything"))[:2] == (501, "MethodNotImplemented")


def test_only_those_who_have_logged_in_may_search(played: DemoNetworks) -> None:
    token = session(played)["accessJwt"]

    assert ask(played, SEARCH, q="#Larkwood").status_code == 403
    found = ask(played, SEARCH, token, q="#Larkwood", tag="Larkwood").json()
    assert len(found["posts"]) == found["hitsTotal"] == 3
    mentions = ask(played, SEARCH, token, q="@larkwood.example", mentions="did:plc:larkwoodhomeandhands2222")
    assert len(mentions.json()["posts"]) == 2


def test_a_token_that_ended_is_400_and_one_that_never_was_is_400_too(played: DemoNetworks) -> None:
    token = session(played)["accessJwt"]
    played.expire("bluesky")

    assert refusal(ask(played, FEED, token, actor="x")) == (400, "ExpiredToken", "Token has expired")
    assert refusal(ask(played, FEED, "x", actor="x")) == (400, "InvalidToken", "Token could not be verified")


def test_a_session_goes_on_once_with_each_refresh_token_and_without_a_body(played: DemoNetworks) -> None:
    refresh = session(played)["refreshJwt"]

    assert refusal(tell(played, "refreshSession", refresh, {}))[1] == "InvalidRequest"
    assert tell(played, "refreshSession", refresh).json()["refreshJwt"] != refresh
    assert refusal(tell(played, "refreshSession", refresh))[:2] == (400, "ExpiredToken")
    assert refusal(tell(played, "refreshSession"))[:2] == (401, "AuthMissing")
    assert refusal(tell(played, "refreshSession", "x"))[:2] == (400, "InvalidToken")


def test_a_wrong_password_is_refused(played: DemoNetworks) -> None:
    wrong = tell(played, "createSession", body={**NAMED, "password": "x"})

    assert refusal(wrong) == (401, "AuthenticationRequired", "Invalid identifier or password")


def test_one_who_asks_too_often_is_told_when_to_come_again(played: DemoNetworks) -> None:
    played.limit("bluesky", 0, seconds=60)
    busy = ask(played, FEED, actor="larkwood.example")

    assert refusal(busy) == (429, "RateLimitExceeded", "Rate Limit Exceeded")
    assert busy.headers["retry-after"] == "60"
