"""The demo's Discourse refuses what Discourse refuses, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from demo import DemoNetworks
from demo.brand import accounts

ACCOUNT = next(account for account in accounts() if account.name == "discourse")


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks_played:
        yield networks_played


def ask(played: DemoNetworks, path: str, key: str = "", user: str = "hub") -> httpx.Response:
    headers = {"Api-Key": key, "Api-Username": user} if key else {}
    return httpx.get(f"{played.url}/discourse{path}", headers=headers, trust_env=False)


def test_lists_hold_the_newest_topics_first(played: DemoNetworks) -> None:
    for path in ("/latest.json?order=created", "/c/long-bench/5.json?order=created"):
        topics = ask(played, path).json()["topic_list"]["topics"]
        assert [topic["id"] for topic in topics][:2] == [412, 408]
    tagged = ask(played, "/tag/shops.json").json()["topic_list"]
    assert [topic["id"] for topic in tagged["topics"]] == [408, 364]
    assert "more_topics_url" not in tagged


def test_long_lists_name_their_next_page(played: DemoNetworks) -> None:
    many = tuple(replace(ACCOUNT.posts[0], id=str(number)) for number in range(1000, 1035))
    played.show(replace(ACCOUNT, posts=many))

    assert ask(played, "/latest.json").json()["topic_list"]["more_topics_url"] == "/latest?page=1"
    assert len(ask(played, "/latest.json?page=1").json()["topic_list"]["topics"]) == 5


def test_a_topic_holds_its_answers_in_order(played: DemoNetworks) -> None:
    topic = ask(played, "/t/412.json").json()
    posts = topic["post_stream"]["posts"]

    assert [post["post_number"] for post in posts] == [1, 2, 3]
    assert [post["reply_to_post_number"] for post in posts] == [None, None, 2]
    assert topic["post_stream"]["stream"] == [1412, 2950, 2951]
    assert 'class="emoji" alt=":wrench:"' in posts[0]["cooked"]
    assert ask(played, "/t/which-glue/412").headers["content-type"].startswith("text/html")


def test_a_wrong_key_is_worse_than_none(played: DemoNetworks) -> None:
    assert ask(played, "/latest.json").status_code == 200
    assert ask(played, "/latest.json", ACCOUNT.token).status_code == 200
    for refused in (ask(played, "/latest.json", "wrong"), ask(played, "/latest.json", ACCOUNT.token, "")):
        assert (refused.status_code, refused.json()["error_type"]) == (403, "invalid_access")


def test_a_closed_forum_wants_a_key(played: DemoNetworks) -> None:
    played.show(replace(ACCOUNT, extra={"login_required": True}))

    assert ask(played, "/latest.json").json()["error_type"] == "not_logged_in"
    assert ask(played, "/latest.json", ACCOUNT.token).status_code == 200


def test_it_refuses_what_discourse_refuses(played: DemoNetworks) -> None:
    for path in ("/t/1.json", "/tag/nothing.json", "/c/other/6.json"):
        missing = ask(played, path)
        assert (missing.status_code, missing.json()["error_type"]) == (404, "not_found")
    posted = httpx.post(f"{played.url}/discourse/latest.json", trust_env=False)
    assert (posted.status_code, posted.json()) == (403, ["BAD CSRF"])


def test_one_who_asks_too_often_is_told_twice_how_long_to_wait(played: DemoNetworks) -> None:
    played.limit("discourse", 0, seconds=30)
    busy = ask(played, "/latest.json")

    assert (busy.status_code, busy.json()["error_type"]) == (429, "rate_limit")
    assert int(busy.headers["retry-after"]) == busy.json()["extras"]["wait_seconds"] <= 30
