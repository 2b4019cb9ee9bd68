"""What is done for every connector that speaks to an API, seen with Mastodon's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from demo.brand import Account, accounts
from demo.networks._api import Memory
from forecourt.errors import Cause
from tests.connectors.conftest import Live

NAME = "larkwood-mastodon"
STATUSES = "/mastodon/api/v1/accounts/109200001/statuses"


@pytest.fixture
def larkwood(live: Live) -> Account:
    live.link(NAME)
    live.fetch()
    return next(account for account in accounts() if account.name == "mastodon")


def test_what_vanished_is_seen_at_the_next_whole_look_and_comes_back_if_it_does(
    live: Live, larkwood: Account
) -> None:
    live.demo.show(replace(larkwood, posts=larkwood.posts[2:]))
    assert live.fetch(hours=23).gone == 0
    first = live.fetch(hours=24)
    assert first.gone == 0
    assert "2 posts are missing; what the next look at everything does not see either is gone" in first.notes
    assert live.fetch(hours=24.5).gone == 0, "the second look comes an hour later"
    assert live.fetch(hours=25).gone == 4, "one of them had two answers"
    live.demo.show(larkwood)

    assert live.fetch(hours=48).status == "changed"
    assert len(live.posts) == 43


def test_an_account_that_comes_to_its_senses_loses_nothing(live: Live, larkwood: Account) -> None:
    live.demo.show(replace(larkwood, posts=larkwood.posts[:5]))
    live.fetch(hours=24)
    live.demo.show(larkwood)

    assert (live.fetch(hours=25).gone, len(live.posts)) == (0, 43)
    assert (live.fetch(hours=25.5).gone, live.asked) == (0, [f"GET {STATUSES} 200"])


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"error": "x"}'])
def test_an_account_that_is_suddenly_empty_is_never_believed(
    live: Live, larkwood: Account, body: bytes
) -> None:
    live.demo.misbehave(STATUSES, body=body, content_type="application/json")
    reports = [live.fetch(hours=hours) for hours in (24, 26, 50, 76)]

    assert [(report.status, report.gone) for report in reports] == [("failed", 0)] * 4
    assert len(live.posts) == 43


def test_what_was_answered_is_gone_when_no_answer_is_left(live: Live, larkwood: Account) -> None:
    silent = tuple(replace(post, answers=(), comments=0) for post in larkwood.posts)
    live.demo.show(replace(larkwood, posts=silent))

    assert live.look_twice(hours=24).gone == 2
    assert len(live.posts) == 41


def test_an_edit_is_seen_at_the_next_whole_look(live: Live, larkwood: Account) -> None:
    first, *rest = larkwood.posts
    live.demo.show(replace(larkwood, posts=(replace(first, text="The bench is closed."), *rest)))

    assert live.fetch(hours=25).changed == 1
    assert "The bench is closed." in {post.text for post in live.posts}


def test_a_server_that_is_out_of_order_is_asked_twice_and_then_after_an_hour(
    live: Live, larkwood: Account
) -> None:
    live.demo.misbehave(STATUSES, status=503, times=2)
    failed = live.fetch(hours=1)

    assert (failed.status, failed.cause, failed.same) == ("failed", Cause.TRANSIENT, 43)
    assert failed.error == ("Mastodon says: status 503; asked again from 2026-11-22 11:00 UTC on")
    assert live.fetch(hours=1.25).status == "waiting"
    assert live.fetch(hours=2).status == "same"


def test_a_wrong_token_is_not_tried_again_before_a_new_one_is_given(live: Live) -> None:
    live.link(NAME, token='"env:BROWSER"')
    live.environ = {"BROWSER": "a-token-of-nobody"}
    failed = live.fetch()

    assert (failed.status, failed.cause) == ("failed", Cause.AUTH_DEAD)
    assert failed.error == (
        "Mastodon says: The access token is invalid; put a new one into BROWSER "
        "(docs/networks.md#mastodon says where to get it)"
    )
    assert (live.fetch(hours=1).error, live.asked) == (failed.error, [])
    live.environ = {"BROWSER": "another-token-of-nobody"}
    assert live.fetch(hours=1).cause == Cause.AUTH_DEAD
    assert len(live.asked) == 1


def test_an_account_whose_token_is_not_there_says_so_and_asks_nobody(live: Live) -> None:
    live.link(NAME, token='"env:NOT_THERE"')
    failed = live.fetch()

    assert (failed.cause, live.asked) == (Cause.AUTH_DEAD, [])
    assert failed.error == (
        "the environment has no NOT_THERE; put it there (docs/networks.md#mastodon says where to get it)"
    )
    live.link(NAME)
    assert live.fetch(hours=1).status == "new"


def test_a_page_that_leads_to_itself_is_not_followed_for_ever(live: Live) -> None:
    live.link(NAME)
    circle = f'<{live.demo.url}{STATUSES}?limit=40&exclude_replies=true&exclude_reblogs=true>; rel="next"'
    live.demo.misbehave(STATUSES, headers={"link": circle})

    assert "leads to itself" in live.fetch().error
    assert len(live.asked) == 2


def test_an_account_that_is_switched_off_is_not_asked_and_leaves_the_hub(
    live: Live, larkwood: Account
) -> None:
    live.link(NAME, enabled="false")
    report = live.fetch(hours=1)

    assert (report.status, live.asked) == ("off", [])
    live.link(NAME)
    assert live.fetch(hours=2).status == "same"


def test_a_post_that_holds_our_token_is_not_kept(live: Live) -> None:
    live.link(NAME, token='"env:LEAK"')
    live.environ = {"LEAK": "beeswax-and-wet-scarves"}
    live.demo._memories["mastodon"].tokens.add("beeswax-and-wet-scarves")
    larkwood = next(account for account in accounts() if account.name == "mastodon")
    first, *rest = larkwood.posts
    live.demo.show(
        replace(larkwood, posts=(replace(first, text="See ?token=beeswax-and-wet-scarves"), *rest))
    )
    report = live.fetch()

    assert (report.new, report.rejected) == (42, ("a post holds the account's own token and is not kept",))
    assert not any("beeswax-and" in repr(post) for post in live.posts)


def test_a_post_that_can_no_longer_be_read_is_not_taken_for_deleted(live: Live, larkwood: Account) -> None:
    first, *rest = larkwood.posts
    live.demo.show(replace(larkwood, posts=(replace(first, text="", pictures=()), *rest)))
    report = live.fetch(hours=25)

    assert report.rejected == (f"status {first.id}: it has neither text nor picture",)
    assert (report.gone, len(live.posts)) == (0, 43)


@pytest.mark.parametrize("token", ["EAAGm0PX4ZCpsBA" * 16, "Zz9/plant+ed==token&here"])
@pytest.mark.parametrize("repeated", [str, lambda token: quote(token, safe=""), quote_plus])
def test_a_token_that_a_platform_repeats_is_hidden_whole_or_cut_or_quoted(
    live: Live, token: str, repeated: Callable[[str], str]
) -> None:
    live.link(NAME, token='"env:LEAK"')
    live.environ = {"LEAK": token}
    body = json.dumps({"error": f"Malformed access token {repeated(token)}"}).encode()
    live.demo.misbehave(
        "/mastodon/api/v1/accounts/lookup", status=401, body=body, content_type="application/json"
    )
    failed = live.fetch()

    assert failed.error.startswith("Mastodon says: Malformed access token •••")
    kept = b"".join(path.read_bytes() for path in (live.folder / "state").iterdir())
    for beginning in (token[:8], repeated(token)[:8]):
        assert beginning not in repr(failed)
        assert beginning.encode() not in kept


def test_two_accounts_with_one_token_that_is_good_once_are_both_let_in(live: Live) -> None:
    """X gives posts and mentions to two sources; its refresh token is spent by whichever comes first."""
    secrets = {"refresh_token": '"env:LARKWOOD_X_REFRESH"', "client_secret": '"env:LARKWOOD_X_SECRET"'}
    live.link("larkwood-x", token=None, client_id='"bGFya3dvb2Q6MTpjaQ"', **secrets)
    text = (live.folder / "sources.toml").read_text(encoding="utf-8")
    other = text.replace('name = "larkwood-x"', 'name = "mentions-x"\nmentions = true')
    (live.folder / "sources.toml").write_text(f"{text}\n{other}", encoding="utf-8")

    assert [report.status for report in live.fetch_all()] == ["new", "same"]
    live.demo.expire("x")
    assert [report.cause for report in live.fetch_all(hours=3)] == ["", ""]


def test_a_hub_is_known_again_by_a_demo_that_began_anew(live: Live) -> None:
    """`make hub` plays the networks each time from the beginning; the hub keeps its renewed tokens."""
    live.link("larkwood-pinterest")
    live.fetch()
    live.demo._memories = {account.name: Memory.of(account) for account in accounts()}

    assert live.fetch(hours=1).status == "same"
