"""The demo's WordPress refuses what WordPress refuses, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo import DemoNetworks


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks_played:
        yield networks_played


def ask(played: DemoNetworks, path: str, **query: str | int) -> httpx.Response:
    return httpx.get(f"{played.url}/wordpress{path}", params=query, trust_env=False)


def code(response: httpx.Response) -> tuple[int, str]:
    said: dict[str, Any] = response.json()
    return response.status_code, said["code"]


def test_its_front_page_says_where_the_api_is(played: DemoNetworks) -> None:
    page = ask(played, "/")

    assert page.headers["link"] == f'<{played.url}/wordpress/wp-json/>; rel="https://api.w.org/"'
    assert page.headers["content-type"].startswith("text/html")


def test_posts_come_in_pages_with_their_number_in_headers(played: DemoNetworks) -> None:
    page = ask(played, "/wp-json/wp/v2/posts", per_page=4, page=3)

    assert (page.headers["x-wp-total"], page.headers["x-wp-totalpages"], len(page.json())) == ("11", "3", 3)
    assert "_embedded" not in page.json()[0]
    plain = httpx.get(f"{played.url}/wordpress/?rest_route=/wp/v2/posts&_embed=author", trust_env=False)
    assert plain.json()[1]["title"]["rendered"] == "Benches &#038; winter hours"
    assert plain.json()[1]["_embedded"]["author"][0]["name"] == "Idris Vaughan"


def test_posts_are_filtered_by_number_and_by_what_changed(played: DemoNetworks) -> None:
    (term,) = ask(played, "/wp-json/wp/v2/categories", slug="repairs").json()
    found = ask(played, "/wp-json/wp/v2/posts", categories=term["id"]).json()
    late = ask(
        played, "/wp-json/wp/v2/posts", modified_after="2026-11-16T12:00:00Z", orderby="modified", order="asc"
    )

    assert [post["id"] for post in found] == [918, 881, 833]
    assert [post["id"] for post in late.json()] == [911, 918]
    new = ask(played, "/wp-json/wp/v2/posts", after="2026-11-16T08:20:00Z")
    assert [post["id"] for post in new.json()] == [918]


def test_it_refuses_what_wordpress_refuses(played: DemoNetworks) -> None:
    posts = "/wp-json/wp/v2/posts"

    assert code(ask(played, posts, page=9)) == (400, "rest_post_invalid_page_number")
    assert code(ask(played, posts, per_page=101)) == (400, "rest_invalid_param")
    assert code(ask(played, posts, page=0)) == (400, "rest_invalid_param")
    assert code(ask(played, posts, orderby="likes")) == (400, "rest_invalid_param")
    assert code(ask(played, posts, modified_after="yesterday")) == (400, "rest_invalid_param")
    assert code(ask(played, posts, after="soon")) == (400, "rest_invalid_param")
    assert code(ask(played, "/wp-json/wp/v2/nothing")) == (404, "rest_no_route")
    assert code(ask(played, "/nothing")) == (404, "rest_no_route")
    assert code(httpx.post(f"{played.url}/wordpress{posts}", trust_env=False)) == (404, "rest_no_route")


def test_comments_are_those_of_the_posts_that_are_named(played: DemoNetworks) -> None:
    assert [one["id"] for one in ask(played, "/wp-json/wp/v2/comments", post="918,904").json()] == [
        2208,
        2207,
    ]
    assert ask(played, "/wp-json/wp/v2/comments", post="904").json() == []
