"""The demo's Instagram refuses what Instagram refuses; what the three of Meta share is in test_meta.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo import DemoNetworks
from tests.demo.networks.test_meta import error, get


@pytest.fixture
def own() -> Iterator[DemoNetworks]:
    with DemoNetworks() as played:
        yield played


def test_instagrams_parts_have_no_address_and_its_tags_and_hashtags_want_facebook_login(
    own: DemoNetworks,
) -> None:
    assert "(permalink)" in error(get(own, "instagram", fields="id,children{id,permalink}"))[3]
    assert error(get(own, "instagram", "/instagram/v26.0/17841400000000001/tags"))[1:3] == (100, 33)
    below = "/instagram/facebook/v26.0"
    assert (
        "(username)"
        in error(
            get(
                own,
                "instagram",
                f"{below}/17843800000000077/recent_media",
                user_id="17841400000000001",
                fields="username",
            )
        )[3]
    )
    assert (
        error(get(own, "instagram", f"{below}/ig_hashtag_search", user_id="17841400000000001", q="war"))[1]
        == 24
    )
    assert error(get(own, "instagram", f"{below}/ig_hashtag_search", q="slowhomes"))[1] == 100
    assert error(get(own, "instagram", f"{below}/me/media"))[1:3] == (100, 33)
    tags = f"{below}/17841400000000001/tags"
    assert error(get(own, "instagram", tags, limit=51))[1] == 100
