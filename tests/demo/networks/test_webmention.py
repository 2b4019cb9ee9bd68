from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from demo import DemoNetworks

TOKEN = "demo-webmention-token-Q7wreath0moss5wire"


@pytest.fixture
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as demo:
        yield demo


def ask(
    played: DemoNetworks, path: str = "mentions.jf2", token: str = TOKEN, **query: object
) -> httpx.Response:
    params = {name.replace("_", "-"): str(value) for name, value in query.items()}
    params |= {"token": token} if token else {}
    return httpx.get(f"{played.url}/webmention/api/{path}", params=params, trust_env=False)


def test_pages_count_from_nought_and_say_how_many_there_are(played: DemoNetworks) -> None:
    first, last = ask(played, per_page=5).json(), ask(played, per_page=5, page=2).json()

    assert (len(first["children"]), len(last["children"])) == (5, 2)
    assert first["paging"] == {"per-page": 5, "page": 0, "total": 12, "total-pages": 3}
    assert ask(played, per_page=5, page=3).json()["children"] == []


def test_the_newest_come_first_and_since_an_id_only_what_is_above_it(played: DemoNetworks) -> None:
    every = [one["wm-id"] for one in ask(played).json()["children"]]
    url = f"{played.url}/webmention/api/mentions.jf2?since_id={every[2]}&token={TOKEN}"
    newer = httpx.get(url, trust_env=False).json()["children"]

    assert every == sorted(every, reverse=True)
    assert [one["wm-id"] for one in newer] == every[:2]


def test_a_mention_names_what_it_is_to_its_target(played: DemoNetworks) -> None:
    mentions = ask(played).json()["children"]

    assert all(one.get(one["wm-property"]) in {one["wm-target"], "yes"} for one in mentions)
    assert {one["wm-property"] for one in mentions} == {
        "in-reply-to", "like-of", "mention-of", "bookmark-of", "repost-of", "rsvp",
    }  # fmt: skip
    assert sum(one["wm-private"] for one in mentions) == 1


def test_another_s_domain_has_no_mentions(played: DemoNetworks) -> None:
    assert ask(played, domain="another.example").json()["children"] == []


def test_a_key_may_come_in_the_address_or_in_a_header(played: DemoNetworks) -> None:
    url = f"{played.url}/webmention/api/mentions.jf2"

    assert httpx.get(url, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("token", "status", "error"),
    [
        ("", 400, ("invalid_input", "Either a token or a target URL is required")),
        ("x", 401, ("forbidden", "Access token was not valid")),
    ],
)
def test_nobody_reads_them_without_the_key(
    played: DemoNetworks, token: str, status: int, error: tuple[str, str]
) -> None:
    answer = ask(played, token=token)

    assert (answer.status_code, tuple(answer.json().values())) == (status, error)


def test_what_was_deleted_has_a_list_of_its_own(played: DemoNetworks) -> None:
    assert ask(played, "deleted.jf2").json() == {
        "type": "feed", "name": "Deleted webmentions", "children": [],
    }  # fmt: skip
    assert ask(played, "else.jf2").status_code == 404


def test_one_who_asks_too_often_is_told_when_to_come_again(played: DemoNetworks) -> None:
    played.limit("webmention", 0, seconds=60)

    assert (ask(played).status_code, ask(played).headers["retry-after"]) == (429, "60")
