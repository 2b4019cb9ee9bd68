"""The demo's Tumblr wants a key, gives twenty posts at most, and writes them in either format."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

(ACCOUNT,) = (account for account in accounts() if account.name == "tumblr")


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks:
        yield networks


def asked(played: DemoNetworks, blog: str = "askthebench", **query: object) -> httpx.Response:
    values = {name: str(value) for name, value in ({"api_key": ACCOUNT.token} | query).items()}
    return httpx.get(f"{played.url}/tumblr/v2/blog/{blog}/posts", params=values, trust_env=False)


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ({"api_key": ""}, 401, "Unable to authorize"),
        ({"api_key": "another"}, 401, "Unable to authorize"),
        ({"blog": "larkwood"}, 404, "Not Found"),
        ({"limit": 21}, 400, "limit must be between 1 and 20"),
        ({"limit": 0}, 400, "limit must be between 1 and 20"),
        ({"before": "yesterday"}, 400, "before must be a timestamp"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(
    played: DemoNetworks, query: dict[str, object], status: int, detail: str
) -> None:
    answer = asked(played, **query)  # type: ignore[arg-type]  # the name of the blog is a text

    assert answer.status_code == answer.json()["meta"]["status"] == status
    assert answer.json()["errors"][0]["detail"] == detail


def test_a_blog_is_known_by_any_of_its_names(played: DemoNetworks) -> None:
    for name in ("askthebench", "askthebench.tumblr.com", ACCOUNT.id):
        assert asked(played, name).json()["response"]["blog"]["title"] == "Ask the Bench"


def test_posts_come_in_pages_by_their_moment(played: DemoNetworks) -> None:
    first = asked(played, limit=10).json()["response"]
    params = first["_links"]["next"]["query_params"]
    second = asked(played, **params).json()["response"]

    assert [len(page["posts"]) for page in (first, second)] == [10, 4]
    assert "_links" not in second
    assert "api_key" not in params


def test_the_new_format_has_blocks_and_says_which_of_them_ask(played: DemoNetworks) -> None:
    first, *rest = asked(played, npf="true").json()["response"]["posts"]
    (steps,) = (post for post in rest if post["id_string"] == "799120440012")

    assert first["content"][0]["text"] == "Hot mug, oak table, white ring. Is it over?"
    assert first["layout"][0]["attribution"]["blog"]["name"] == "white-ring-of-shame"
    (mark,) = first["content"][1]["formatting"]
    assert (first["content"][1]["text"][mark["start"] : mark["end"]], mark["type"]) == ("black", "italic")
    assert [block.get("subtype") for block in steps["content"][1:]] == ["ordered-list-item"] * 3


def test_the_old_format_is_html(played: DemoNetworks) -> None:
    first = asked(played).json()["response"]["posts"][0]

    assert (first["type"], first["asking_name"]) == ("answer", "white-ring-of-shame")
    assert first["answer"].startswith("<p>No!")
    assert "content" not in first


def test_notes_come_only_with_those_who_ask_for_them(played: DemoNetworks) -> None:
    with_notes = asked(played, notes_info="true", tag="Water Marks").json()["response"]["posts"]

    assert [len(post["notes"]) for post in with_notes] == [2]
    assert with_notes[0]["note_count"] == 254
    assert "notes" not in asked(played).json()["response"]["posts"][0]
