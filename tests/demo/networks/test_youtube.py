"""The demo refuses what YouTube's Data API refuses, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

(ACCOUNT,) = (account for account in accounts() if account.name == "youtube")
UPLOADS = "UU" + ACCOUNT.id.removeprefix("UC")


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks:
        yield networks


def ask(played: DemoNetworks, what: str, key: str = ACCOUNT.token, **query: str | int) -> httpx.Response:
    url = f"{played.url}/youtube/youtube/v3/{what}"
    sent = {name: str(value) for name, value in query.items()}
    return httpx.get(url, params=sent, headers={"X-Goog-Api-Key": key} if key else {}, trust_env=False)


def error(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["error"]
    assert found["code"] == response.status_code
    return found


def test_a_key_is_wanted_and_must_be_good(played: DemoNetworks) -> None:
    nobody = error(ask(played, "channels", "", part="id", id=ACCOUNT.id))
    wrong = error(ask(played, "channels", "wrong", part="id", id=ACCOUNT.id))
    played.expire("youtube")
    old = error(ask(played, "channels", part="id", id=ACCOUNT.id))

    assert (nobody["code"], nobody["status"]) == (403, "PERMISSION_DENIED")
    assert (wrong["code"], wrong["details"][0]["reason"]) == (400, "API_KEY_INVALID")
    assert old["message"] == "API key expired. Please renew the API key."


def test_a_key_may_only_read(played: DemoNetworks) -> None:
    response = httpx.post(
        f"{played.url}/youtube/youtube/v3/videos", headers={"X-Goog-Api-Key": ACCOUNT.token}, trust_env=False
    )

    assert error(response)["status"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"part": "contentDetails", "playlistId": UPLOADS, "limit": 5}, "badRequest"),
        ({"playlistId": UPLOADS}, "missingRequiredParameter"),
        ({"part": "contentDetails,pictures", "playlistId": UPLOADS}, "unknownPart"),
        ({"part": "contentDetails", "playlistId": UPLOADS, "maxResults": 51}, "invalidParameter"),
        ({"part": "contentDetails", "playlistId": UPLOADS, "pageToken": "mine"}, "invalidPageToken"),
        ({"part": "contentDetails", "playlistId": "PLnobody"}, "playlistNotFound"),
    ],
)
def test_a_question_must_be_right(played: DemoNetworks, query: dict[str, Any], reason: str) -> None:
    assert error(ask(played, "playlistItems", **query))["errors"][0]["reason"] == reason


def test_films_come_page_after_page_and_a_last_page_names_no_next(played: DemoNetworks) -> None:
    def page(**query: str) -> dict[str, Any]:
        found: dict[str, Any] = ask(
            played, "playlistItems", part="contentDetails", playlistId=UPLOADS, maxResults=10, **query
        ).json()
        return found

    first = page()
    last = page(pageToken=first["nextPageToken"])
    ids = [item["contentDetails"]["videoId"] for item in (*first["items"], *last["items"])]

    assert ids == [post.id for post in ACCOUNT.posts]
    assert "nextPageToken" not in last
    assert first["pageInfo"] == {"totalResults": len(ids), "resultsPerPage": 10}


def test_numbers_are_texts_and_only_the_parts_that_were_asked_for_come(played: DemoNetworks) -> None:
    (video,) = ask(played, "videos", part="statistics,contentDetails", id="lkWindow26x").json()["items"]

    assert set(video) == {"kind", "etag", "id", "statistics", "contentDetails"}
    assert video["statistics"] == {
        "viewCount": "77120", "likeCount": "4102", "favoriteCount": "0", "commentCount": "2",
    }  # fmt: skip
    assert video["contentDetails"]["duration"] == "PT3M8S"


def test_a_film_may_have_its_comments_switched_off(played: DemoNetworks) -> None:
    refused = error(ask(played, "commentThreads", part="snippet", videoId="lkFenHandle"))

    assert (refused["code"], refused["errors"][0]["reason"]) == (403, "commentsDisabled")


def test_comments_are_html_unless_plain_text_is_asked_for(played: DemoNetworks) -> None:
    (thread,) = ask(
        played, "commentThreads", part="snippet,replies", videoId="lkWindow26x", textFormat="plainText"
    ).json()["items"]

    assert thread["snippet"]["topLevelComment"]["snippet"]["textDisplay"] == "Who held the ladder?"
    assert thread["snippet"]["totalReplyCount"] == len(thread["replies"]["comments"]) == 1


def test_an_unknown_channel_gives_a_list_without_items(played: DemoNetworks) -> None:
    assert "items" not in ask(played, "channels", part="id", id="UCnobody").json()


def test_a_spent_quota_is_a_403_without_a_word_about_when(played: DemoNetworks) -> None:
    played.limit("youtube", 1)
    ask(played, "channels", part="id", id=ACCOUNT.id)
    refused = ask(played, "channels", part="id", id=ACCOUNT.id)

    assert error(refused)["errors"][0]["reason"] == "quotaExceeded"
    assert refused.status_code == 403
    assert "retry-after" not in refused.headers
