"""The demo's Flickr refuses what Flickr refuses, inside a 200."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

(ACCOUNT,) = (account for account in accounts() if account.name == "flickr")
PHOTOS = "flickr.people.getPublicPhotos"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks:
        yield networks


def asked(played: DemoNetworks, method: str, **query: object) -> httpx.Response:
    known = {"api_key": ACCOUNT.token, "user_id": ACCOUNT.id, "format": "json", "nojsoncallback": "1"}
    values = {name: str(value) for name, value in (known | query).items()}
    return httpx.get(
        f"{played.url}/flickr/services/rest/", params={"method": method, **values}, trust_env=False
    )


def said(played: DemoNetworks, method: str, **query: object) -> Any:  # Any: JSON
    answer = asked(played, method, **query)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("method", "query", "code", "message"),
    [
        (PHOTOS, {"api_key": ""}, 100, "Invalid API Key (Key has invalid format)"),
        (PHOTOS, {"api_key": "another"}, 100, "Invalid API Key (Key has invalid format)"),
        (PHOTOS, {"user_id": "larkwood"}, 1, "User not found"),
        ("flickr.photos.comments.getList", {"photo_id": "1"}, 1, "Photo not found"),
        ("flickr.photos.make", {}, 112, 'Method "flickr.photos.make" not found'),
    ],
)
def test_what_is_wrong_is_said_inside_a_200(
    played: DemoNetworks, method: str, query: dict[str, str], code: int, message: str
) -> None:
    assert said(played, method, **query) == {"stat": "fail", "code": code, "message": message}


def test_a_photo_has_the_extras_that_were_asked_for_and_no_others(played: DemoNetworks) -> None:
    bare = said(played, PHOTOS)["photos"]["photo"][0]
    full = said(played, PHOTOS, extras="description,path_alias,url_o,bananas")["photos"]["photo"][0]

    assert set(full) - set(bare) == {"description", "pathalias", "url_o", "width_o", "height_o"}
    assert full["pathalias"] == "larkwood"


def test_photos_come_in_pages(played: DemoNetworks) -> None:
    pages = [said(played, PHOTOS, per_page=10, page=number)["photos"] for number in (1, 2)]

    assert [(page["page"], page["pages"], page["total"], len(page["photo"])) for page in pages] == [
        (1, 2, 16, 10), (2, 2, 16, 6)
    ]  # fmt: skip
    assert said(played, PHOTOS, per_page=9999)["photos"]["perpage"] == 500


def test_json_must_be_asked_for_twice(played: DemoNetworks) -> None:
    assert asked(played, PHOTOS, format="rest").text.startswith("<?xml")
    assert asked(played, PHOTOS, nojsoncallback="0").text.startswith("jsonFlickrApi({")


def test_a_photo_without_comments_has_no_list_of_them(played: DemoNetworks) -> None:
    first, second = (
        said(played, "flickr.photos.comments.getList", photo_id=post.id)["comments"]
        for post in ACCOUNT.posts[:2]
    )

    assert "comment" not in first
    assert len(second["comment"]) == 2


def test_the_feed_is_open_and_of_one_account(played: DemoNetworks) -> None:
    feed = f"{played.url}/flickr/services/feeds/photos_public.gne"

    assert httpx.get(f"{feed}?id={ACCOUNT.id}&format=rss_200_enc", trust_env=False).text.startswith("<?xml")
    assert httpx.get(f"{feed}?id=1@N00&format=rss_200_enc", trust_env=False).status_code == 404


def test_one_who_asks_too_often_is_told_in_plain_text(played: DemoNetworks) -> None:
    played.limit("flickr", 0, seconds=60)
    answer = asked(played, PHOTOS)

    assert (answer.status_code, answer.text) == (429, "Too Many Requests")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
