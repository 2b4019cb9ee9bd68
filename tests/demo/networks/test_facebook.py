"""The demo's Facebook refuses what Facebook refuses; what the three of Meta share is in test_meta.py."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks
from tests.demo.networks.test_meta import FACEBOOK, error, get


@pytest.fixture
def own() -> Iterator[DemoNetworks]:
    with DemoNetworks() as played:
        yield played


def test_facebook_wants_the_apps_proof(own: DemoNetworks) -> None:
    assert "require an appsecret_proof" in error(get(own, "facebook", appsecret_proof=None))[3]
    assert "Invalid appsecret_proof" in error(get(own, "facebook", appsecret_proof="0" * 64))[3]


def test_facebook_tells_the_app_about_a_token_and_nobody_else(own: DemoNetworks) -> None:
    app = f"{FACEBOOK.client_id}|{FACEBOOK.client_secret}"
    path, asked = f"{own.url}/facebook/v26.0/debug_token", {"input_token": FACEBOOK.token}
    told = httpx.get(path, params=asked, headers={"authorization": f"Bearer {app}"}, trust_env=False).json()
    assert (told["data"]["is_valid"], told["data"]["expires_at"]) == (True, 0)
    refused = httpx.get(
        path, params=asked, headers={"authorization": f"Bearer {FACEBOOK.token}"}, trust_env=False
    )
    assert error(refused)[1] == 100


def test_facebook_leaves_out_the_keys_of_what_is_not_there(own: DemoNetworks) -> None:
    fields = "id,message,shares,attachments{media_type,subattachments.limit(20){media_type}}"
    posts = get(own, "facebook", fields=fields).json()["data"]

    assert any("shares" not in post for post in posts)
    assert any("attachments" not in post for post in posts)
    assert {attached["media_type"] for post in posts for attached in post.get("attachments", {}).get("data", [])} == {
        "photo", "album", "video", "link",
    }  # fmt: skip
