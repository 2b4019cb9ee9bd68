"""One message, one card: what the store makes of posts that say the same, and of what may never come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forecourt import messages
from forecourt.model import Engagement, Post
from forecourt.store import Stored
from tests.conftest import NOW
from tests.newsroom import Newsroom, a_post

SAID = "The repair bench is open until eight tonight in every shop that has one. Mending is free, and you may watch."
LONGER = f"{SAID} Bring the lamp, the chair, the clock that stopped in March; bring your grandfather, too. #repairs"


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def same(*sources: str, text: str = SAID, after: int = 0) -> list[Post]:
    """One announcement on several networks, ten minutes apart."""
    return [
        a_post(
            f"{source}-1",
            source,
            text=text,
            published=NOW - timedelta(hours=5, minutes=-10 * (number + after)),
        )
        for number, source in enumerate(sources)
    ]


def card(room: Newsroom) -> Stored:
    (stored,) = room.store.posts.newest("stream", room.now, 10)
    return stored


def ids(posts: Iterable[Post]) -> set[str]:
    return {post.id for post in posts}


def test_the_same_on_three_networks_is_one_card_with_three_doors(room: Newsroom) -> None:
    mastodon, facebook, blog = same("mastodon", "facebook", "blog")
    facebook = replace(facebook, text=LONGER, tags=("repairs",), engagement=Engagement(likes=212))
    room.bring(mastodon, facebook, blog)

    stored = card(room)
    assert stored.key == room.key("mastodon-1"), "it stands at the address of the oldest"
    assert stored.post.id == "facebook-1", "the richest is shown"
    assert ids(stored.copies) == {"mastodon-1", "facebook-1", "blog-1"}
    for listing in ("source/mastodon", "source/facebook", "source/blog", "tag/repairs"):
        assert room.on(listing) == ["facebook-1"]


def test_a_merge_found_later_moves_no_address(room: Newsroom) -> None:
    mastodon, facebook, blog = same("mastodon", "facebook", "blog")
    room.bring(facebook)
    assert card(room).key == room.key("facebook-1")
    room.now += timedelta(minutes=15)
    room.bring(mastodon)
    assert card(room).key == room.key("facebook-1"), "though mastodon had it first"
    room.bring(blog)

    assert card(room).key == room.key("facebook-1")
    assert room.store.messages.lead(room.key("blog-1")) == room.key("facebook-1")


def test_a_version_that_goes_leaves_the_others_at_their_address(room: Newsroom) -> None:
    room.bring(*same("mastodon", "facebook", "blog"))
    lead = card(room).key
    with room.store.transaction():
        room.store.posts.remove("facebook", ["facebook-1"])
    room.settle()
    assert (card(room).key, ids(card(room).copies)) == (lead, {"mastodon-1", "blog-1"})

    with room.store.transaction():
        room.store.posts.remove("mastodon", ["mastodon-1"])
    room.settle()
    assert (card(room).key, card(room).post.id) == (room.key("blog-1"), "blog-1"), (
        "nobody else says it any more"
    )


def test_an_edit_that_says_another_thing_parts_them(room: Newsroom) -> None:
    mastodon, facebook = same("mastodon", "facebook")
    room.bring(mastodon, facebook)
    assert len(room.on()) == 1
    other = "Our candle supplier moved house last week, and forty boxes of beeswax are still on a boat near Bilbao."
    room.bring(replace(facebook, text=other))

    assert {*room.on()} == {"mastodon-1", "facebook-1"}


def test_an_editor_parts_what_was_told_to_be_the_same_and_joins_what_was_not(room: Newsroom) -> None:
    mastodon, facebook = same("mastodon", "facebook")
    other = a_post("blog-1", "blog", published=NOW - timedelta(hours=4))
    room.bring(mastodon, facebook, other)
    room.write(
        "picks/apart.md",
        f"Post: {mastodon.permalink}\nApart: {facebook.permalink}\nSame: {other.permalink}\n",
    )
    room.settle()

    assert len(room.on()) == 2
    assert room.store.messages.lead(room.key("blog-1")) == room.key("mastodon-1")
    assert room.store.messages.lead(room.key("facebook-1")) == room.key("facebook-1")
    reasons = {each.reason for each in room.store.messages.versions(room.key("mastodon-1"))}
    assert any("content/picks/apart.md says that it is the same" in reason for reason in reasons)
    room.remove("picks/apart.md")
    room.settle()
    assert room.store.messages.lead(room.key("facebook-1")) == room.key("mastodon-1")
    assert room.store.messages.lead(room.key("blog-1")) == room.key("blog-1")


def test_of_one_account_nothing_is_the_same(room: Newsroom) -> None:
    first, again = a_post("1", text=SAID), a_post("2", text=SAID, published=NOW - timedelta(hours=20))
    room.bring(first, again)

    assert {*room.on()} == {"1", "2"}


def test_hiding_one_hides_all_that_say_the_same_and_what_comes_later_on_another_network(
    room: Newsroom,
) -> None:
    mastodon, facebook, blog = same("mastodon", "facebook", "blog")
    room.bring(mastodon, facebook)
    room.write("picks/no.md", f"Post: {facebook.permalink}\nHide: yes\n")
    room.settle()
    assert room.on() == []

    room.bring(blog, replace(mastodon, id="mastodon-2", permalink="https://mastodon.example/again"))

    assert room.on() == []
    assert room.status("blog-1") == ("hidden", ("content/picks/no.md: hide",))
    room.remove("picks/no.md")
    room.settle()
    assert room.on()


def test_what_was_forgotten_never_comes_back(room: Newsroom) -> None:
    mastodon, facebook, blog = same("mastodon", "facebook", "blog")
    room.bring(mastodon, facebook, a_post("other"))
    with room.store.transaction():
        messages.forget(room.store, [room.key("facebook-1")])
    room.settle()
    assert room.on() == ["other"], "all that says the same went with it"

    before = room.store.posts.counter()
    room.bring(mastodon, facebook)
    assert room.store.posts.counter() == before, "fetched again as it was: nothing is done"
    later = NOW - timedelta(minutes=5)
    room.bring(
        blog,  # on another network
        replace(
            mastodon, id="mastodon-9", permalink="https://mastodon.example/9", published=later
        ),  # with a new id
        replace(
            facebook, id="facebook-9", permalink="https://cache.example/f?id=9", published=later
        ),  # from a cache
    )

    assert room.on() == ["other"]
    assert not [key for key in room.store.messages.all() if key != room.key("other")]


def test_of_what_was_forgotten_no_word_is_kept(room: Newsroom) -> None:
    (post,) = same("mastodon", text="Xylophonisten proben heute im Wintergarten, und zwar mit Handschuhen.")
    room.bring(post)
    with room.store.transaction():
        messages.forget(room.store, [room.key("mastodon-1")])

    kept = "\n".join(room.store._connection.iterdump())
    assert "Xylophonisten" not in kept
    assert "xylophonisten" not in kept
    assert "mastodon.example/mastodon-1" not in kept


def test_what_did_not_change_is_not_looked_at_again(room: Newsroom) -> None:
    room.bring(*same("mastodon", "facebook"), a_post("other", "blog"))
    before = room.store.posts.counter()
    room.settle()

    assert messages.is_gathered(room.store, room.now)
    assert room.store.posts.counter() == before


def test_an_account_that_is_unlinked_leaves_its_messages_to_the_others(room: Newsroom) -> None:
    room.bring(*same("mastodon", "facebook", "blog"))
    assert room.store.messages.lead(room.key("blog-1")) == room.key("mastodon-1")
    del room.sources["mastodon"]
    room.settle()

    assert ids(card(room).copies) == {"facebook-1", "blog-1"}
    assert card(room).key == room.store.messages.lead(room.key("blog-1")) == room.key("facebook-1")
