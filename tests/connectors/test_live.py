"""What is done for every connector that speaks to an API, seen with Mastodon's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.brand import Account, accounts
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
    assert live.fetch(hours=24).gone == 4, "one of them had two answers"
    live.demo.show(larkwood)

    assert live.fetch(hours=48).status == "changed"
    assert len(live.posts) == 43


def test_an_account_that_is_suddenly_empty_keeps_its_posts_until_it_says_so_twice(
    live: Live, larkwood: Account
) -> None:
    live.demo.show(replace(larkwood, posts=larkwood.posts[:5]))
    first = live.fetch(hours=24)

    assert first.gone == 0
    assert "36 posts are missing at once; they are kept until the next run says the same" in first.notes
    assert live.fetch(hours=24.25).gone == 36


def test_an_account_that_comes_to_its_senses_loses_nothing(live: Live, larkwood: Account) -> None:
    live.demo.show(replace(larkwood, posts=larkwood.posts[:5]))
    live.fetch(hours=24)
    live.demo.show(larkwood)

    assert (live.fetch(hours=24.25).gone, len(live.posts)) == (0, 43)
    assert (live.fetch(hours=24.5).gone, live.asked) == (0, [f"GET {STATUSES} 200"])


def test_an_edit_is_seen_at_the_next_whole_look(live: Live, larkwood: Account) -> None:
    first, *rest = larkwood.posts
    live.demo.show(replace(larkwood, posts=(replace(first, text="The bench is closed."), *rest)))

    assert live.fetch(hours=25).changed == 1
    assert "The bench is closed." in {post.text for post in live.posts}


def test_a_server_that_is_out_of_order_is_asked_again_at_the_next_run(live: Live, larkwood: Account) -> None:
    live.demo.misbehave(STATUSES, status=503, times=1)
    failed = live.fetch(hours=1)

    assert (failed.status, failed.cause, failed.same) == ("failed", Cause.TRANSIENT, 43)
    assert failed.error == (
        "Mastodon says: status 503; its posts are kept, and it is asked again from the next run on"
    )
    assert live.fetch(hours=1.25).status == "same"


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
