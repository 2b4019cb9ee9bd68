"""The demo refuses what LinkedIn refuses, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

(ACCOUNT,) = (account for account in accounts() if account.name == "linkedin")
GOOD = {
    "Authorization": f"Bearer {ACCOUNT.token}",
    "LinkedIn-Version": "202610",
    "X-Restli-Protocol-Version": "2.0.0",
    "X-RestLi-Method": "FINDER",
}
BATCH = {"X-RestLi-Method": "BATCH_GET"}
AUTHOR = "q=author&author=urn%3Ali%3Aorganization%3A2414183"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks:
        yield networks


def ask(played: DemoNetworks, path: str, **changed: str) -> httpx.Response:
    """A good question, with these headers in place of its own; an empty one is left out."""
    headers = GOOD | {name.replace("_", "-"): value for name, value in changed.items()}
    sent = {name: value for name, value in headers.items() if value}
    return httpx.get(f"{played.url}/linkedin/rest/{path}", headers=sent, trust_env=False)


def refusal(response: httpx.Response) -> tuple[int, object, str]:
    said: dict[str, Any] = response.json()
    assert said["status"] == response.status_code
    return response.status_code, said.get("serviceErrorCode"), said["code"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": ""}, (401, 65604, "EMPTY_ACCESS_TOKEN")),
        ({"Authorization": "Bearer wrong"}, (401, 65600, "INVALID_ACCESS_TOKEN")),
        ({"LinkedIn-Version": ""}, (400, None, "VERSION_MISSING")),
        ({"LinkedIn-Version": "202410"}, (426, None, "NONEXISTENT_VERSION")),
        ({"X-Restli-Protocol-Version": ""}, (400, None, "ILLEGAL_ARGUMENT")),
        ({"X-RestLi-Method": ""}, (400, None, "ILLEGAL_ARGUMENT")),
    ],
)
def test_every_header_is_wanted(
    played: DemoNetworks, headers: dict[str, str], expected: tuple[int, object, str]
) -> None:
    assert refusal(ask(played, f"posts?{AUTHOR}", **headers)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"{AUTHOR}&limit=5", (403, 100, "ACCESS_DENIED")),
        (f"{AUTHOR}&count=101", (400, None, "PARAM_INVALID")),
        ("q=author&author=urn%3Ali%3Aorganization%3A1", (403, 100, "ACCESS_DENIED")),
        ("author=urn%3Ali%3Aorganization%3A2414183", (400, None, "ILLEGAL_ARGUMENT")),
    ],
)
def test_a_question_must_be_right(
    played: DemoNetworks, query: str, expected: tuple[int, object, str]
) -> None:
    assert refusal(ask(played, f"posts?{query}")) == expected


def test_a_token_ends_or_is_taken_back(played: DemoNetworks) -> None:
    played.expire("linkedin")
    ended = refusal(ask(played, f"posts?{AUTHOR}"))
    played.revoke("linkedin")

    assert ended == (401, 65602, "EXPIRED_ACCESS_TOKEN")
    assert refusal(ask(played, f"posts?{AUTHOR}")) == (401, 65601, "REVOKED_ACCESS_TOKEN")


def test_a_refresh_token_gives_a_new_token_to_its_own_client(played: DemoNetworks) -> None:
    def token(**changed: str) -> httpx.Response:
        form = {
            "grant_type": "refresh_token", "refresh_token": ACCOUNT.refresh_token,
            "client_id": ACCOUNT.client_id, "client_secret": ACCOUNT.client_secret,
        }  # fmt: skip
        return httpx.post(f"{played.url}/linkedin/oauth/v2/accessToken", data=form | changed, trust_env=False)

    given = token().json()

    assert ask(played, f"posts?{AUTHOR}", Authorization=f"Bearer {given['access_token']}").status_code == 200
    assert given["refresh_token"] == ACCOUNT.refresh_token
    assert token(client_secret="wrong").json()["error"] == "invalid_client"
    assert token(refresh_token="wrong").status_code == 400
    assert token(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_pages_name_the_next_until_the_last(played: DemoNetworks) -> None:
    first = ask(played, f"posts?{AUTHOR}&count=10").json()
    last = ask(played, f"posts?{AUTHOR}&count=10&start=10").json()

    assert [link["rel"] for link in first["paging"]["links"]] == ["next"]
    assert last["paging"]["links"] == []
    assert len(first["elements"]) + len(last["elements"]) == len(ACCOUNT.posts)


def test_words_are_little_text_and_pictures_urns(played: DemoNetworks) -> None:
    elements = {each["id"]: each for each in ask(played, f"posts?{AUTHOR}&count=100").json()["elements"]}
    table = elements["urn:li:share:7526577025843201816"]

    assert r"\(seven countries, no batteries\)" in table["commentary"]
    assert "@[Odell & Moss](urn:li:organization:2414200)" in table["commentary"]
    assert r"{hashtag|\#|Makers}" in table["commentary"]
    assert all(image["id"].startswith("urn:li:image:") for image in table["content"]["multiImage"]["images"])


def test_files_come_in_bulk_each_time_with_another_signature(played: DemoNetworks) -> None:
    path = "images?ids=List(urn%3Ali%3Aimage%3AC4D0BAQlogo,urn%3Ali%3Aimage%3Anone)"
    first, second = (ask(played, path, **BATCH).json() for _ in range(2))
    before, after = (each["results"]["urn:li:image:C4D0BAQlogo"]["downloadUrl"] for each in (first, second))

    assert set(first["errors"]) == {"urn:li:image:none"}
    assert before != after
    assert before.partition("?")[0] == after.partition("?")[0]
    assert refusal(ask(played, "images?ids=urn%3Ali%3Aimage%3AC4D0BAQlogo", **BATCH))[0] == 400


def test_one_who_asks_too_often_is_not_told_until_when(played: DemoNetworks) -> None:
    played.limit("linkedin", 1)
    ask(played, f"posts?{AUTHOR}")
    refused = ask(played, f"posts?{AUTHOR}")

    assert refusal(refused) == (429, 101, "TOO_MANY_REQUESTS")
    assert "retry-after" not in refused.headers
