"""The demo's TikTok refuses what TikTok refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import Account, accounts

ACCOUNT: Account = next(account for account in accounts() if account.name == "tiktok")
LIST = "/video/list/?fields=id,create_time,cover_image_url"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def ask(
    played: DemoNetworks, path: str, body: Any = None, token: str = ACCOUNT.token, method: str = "POST"
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.request(
        method,
        f"{played.url}/tiktok/v2{path}",
        headers=headers,
        json=body if method == "POST" else None,
        trust_env=False,
    )


def renew(played: DemoNetworks, refresh: str, **others: str) -> httpx.Response:
    said = {
        "client_key": ACCOUNT.client_id,
        "client_secret": ACCOUNT.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": refresh,
    }
    return httpx.post(f"{played.url}/tiktok/v2/oauth/token/", data=said | others, trust_env=False)


def test_nobody_reads_without_a_good_token(played: DemoNetworks) -> None:
    refused = ask(played, LIST, {}, "demo-tiktok-token-wrong")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "access_token_invalid")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LIST, {"max_count": 21}),
        (LIST, {"max_count": 0}),
        (LIST, {"cursor": "yesterday"}),
        ("/video/list/", {}),
        ("/video/list/?fields=id,video_url", {}),
        ("/video/query/?fields=id", {"filters": {"video_ids": []}}),
        ("/video/query/?fields=id", {"filters": {"video_ids": ["1"] * 21}}),
    ],
)
def test_what_tiktok_does_not_know_is_refused(played: DemoNetworks, path: str, body: Any) -> None:
    refused = ask(played, path, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_params")


def test_the_list_is_posted_for_and_its_address_ends_with_a_slash(played: DemoNetworks) -> None:
    assert ask(played, LIST, method="GET").status_code == 404
    assert ask(played, LIST.replace("/?", "?"), {}).status_code == 404


def test_pages_go_back_in_time_and_success_is_an_error_that_is_ok(played: DemoNetworks) -> None:
    first = ask(played, LIST, {"max_count": 6}).json()
    rest = ask(played, LIST, {"max_count": 6, "cursor": first["data"]["cursor"]}).json()

    assert first["error"]["code"] == "ok"
    assert (first["data"]["has_more"], rest["data"]["has_more"]) == (True, False)
    videos = first["data"]["videos"] + rest["data"]["videos"]
    assert [video["id"] for video in videos] == [post.id for post in ACCOUNT.posts]
    assert set(videos[0]) == {"id", "create_time", "cover_image_url"}


def test_pictures_are_signed_anew_and_are_there(played: DemoNetworks) -> None:
    before = ask(played, LIST, {}).json()["data"]["videos"][0]["cover_image_url"]
    token = renew(played, ACCOUNT.refresh_token).json()["access_token"]
    after = ask(played, LIST, {}, token).json()["data"]["videos"][0]["cover_image_url"]

    assert before != after
    assert before.partition("?")[0] == after.partition("?")[0]
    assert httpx.get(after, trust_env=False).status_code == 200


def test_videos_can_be_asked_for_by_id(played: DemoNetworks) -> None:
    wanted = {"filters": {"video_ids": [ACCOUNT.posts[0].id, "1"]}}
    found = ask(played, "/video/query/?fields=id", wanted).json()
    assert found["data"]["videos"] == [{"id": ACCOUNT.posts[0].id}]


def test_the_profile_is_of_another_scope_than_the_name(played: DemoNetworks) -> None:
    named = ask(played, "/user/info/?fields=open_id,display_name", method="GET").json()
    assert named["data"]["user"]["display_name"] == "Larkwood"
    refused = ask(played, "/user/info/?fields=profile_deep_link", method="GET")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "scope_not_authorized")


def test_a_refresh_token_gives_a_token_and_a_wrong_one_none(played: DemoNetworks) -> None:
    first = renew(played, ACCOUNT.refresh_token).json()
    assert (first["expires_in"], first["refresh_expires_in"]) == (86_400, 31_536_000)
    again = renew(played, "nonsense")
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert renew(played, first["refresh_token"], client_key="wrong").json()["error"] == "invalid_client"


def test_a_token_that_ended_is_refused(played: DemoNetworks) -> None:
    played.expire("tiktok")
    assert ask(played, LIST, {}).status_code == 401
