"""What is hidden stays hidden, in whatever order things happen to it; and no version of a message outlives its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forecourt import messages
from forecourt.model import Kind, Post, Rating
from tests.conftest import NOW
from tests.newsroom import Newsroom, a_post, a_text

SAID = a_text("what an editor hides")
FIRST = a_post("first", text=SAID)
COPY = a_post("copy", "facebook", text=SAID, published=NOW - timedelta(hours=22))
THIRD = a_post("third", "blog", text=SAID, published=NOW - timedelta(hours=23))
ANEW = replace(
    FIRST, id="anew", permalink="https://mastodon.example/anew", published=NOW - timedelta(hours=20)
)


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def by_page(room: Newsroom) -> str:
    return f"/posts/{room.key('first')}/"


def by_origin(_: Newsroom) -> str:
    return FIRST.permalink


def hide(room: Newsroom, address: str) -> None:
    room.write("picks/no.md", f"Post: {address}\nHide: yes\n")
    room.settle()


def lose(room: Newsroom, post: Post) -> None:
    with room.store.transaction():
        room.store.posts.remove(post.source, [post.id])
    room.settle()


def test_a_pick_that_is_there_before_the_posts_hides_all_that_come(room: Newsroom) -> None:
    hide(room, FIRST.permalink)
    room.bring(FIRST, replace(COPY, published=NOW - timedelta(days=2)), THIRD)

    assert room.on() == []


@pytest.mark.parametrize("named", [by_page, by_origin])
def test_copies_stay_hidden_when_the_post_is_deleted_at_its_origin(
    room: Newsroom, named: Callable[[Newsroom], str]
) -> None:
    room.bring(FIRST, COPY, THIRD)
    hide(room, named(room))
    lose(room, FIRST)
    room.bring(COPY, THIRD)
    assert room.on() == []

    room.remove("picks/no.md")
    room.settle()
    assert len(room.on()) == 1, "what is taken back is taken back"


def test_copies_stay_hidden_when_the_terms_of_a_network_end_the_post(room: Newsroom) -> None:
    room.bring(replace(FIRST, display_until=NOW + timedelta(hours=20)), COPY, THIRD)
    hide(room, by_page(room))
    room.now += timedelta(days=1)
    with room.store.transaction():
        room.store.posts.expire(room.now)
    room.settle()
    room.bring(COPY, THIRD)

    assert room.on() == []


@pytest.mark.parametrize("named", [by_page, by_origin])
@pytest.mark.parametrize("again", [ANEW, COPY])
@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_hidden_and_deleted_stays_hidden_when_it_is_said_again(
    room: Newsroom, named: Callable[[Newsroom], str], again: Post, *, is_late: bool
) -> None:
    room.bring(FIRST, a_post("other", "blog"))
    hide(room, named(room))
    if is_late:
        lose(room, FIRST)
    room.bring(again)
    if not is_late:
        lose(room, FIRST)
    for _ in range(2):
        room.now += timedelta(days=9)
        room.bring(again)

    assert room.on() == ["other"]
    room.remove("picks/no.md")
    room.settle()
    assert {*room.on()} == {"other", again.id}


def test_a_post_stays_hidden_when_its_origin_gives_it_another_address(room: Newsroom) -> None:
    room.bring(FIRST)
    hide(room, FIRST.permalink)
    for _ in range(3):
        room.bring(replace(FIRST, permalink="https://mastodon.example/2026/another-slug"))

    assert room.on() == []


def test_a_copy_that_is_parted_shows_and_is_hidden_again_when_it_is_not(room: Newsroom) -> None:
    room.bring(FIRST, COPY)
    hide(room, by_page(room))
    room.write("picks/apart.md", f"Post: {FIRST.permalink}\nApart: {COPY.permalink}\n")
    room.settle()
    assert room.on() == ["copy"]

    room.remove("picks/apart.md")
    room.settle()
    assert room.on() == []


def test_of_one_account_all_that_say_it_again_stay_hidden(room: Newsroom) -> None:
    room.bring(FIRST)
    hide(room, by_page(room))
    early = NOW - timedelta(days=2)
    for number in range(3):
        many = (
            replace(COPY, id=f"{number}{at}", permalink=f"https://f.example/{number}{at}") for at in "abcdef"
        )
        room.bring(*(replace(each, published=early - timedelta(hours=number)) for each in many))

    assert room.on() == []


def test_a_review_that_is_written_again_stays_hidden(room: Newsroom) -> None:
    room.bring(replace(FIRST, kind=Kind.REVIEW, rating=Rating(1)))
    hide(room, by_page(room))
    room.bring(replace(ANEW, kind=Kind.REVIEW, rating=Rating(1)))

    assert room.on() == []


def test_a_few_words_that_were_hidden_or_forgotten_do_not_come_back(room: Newsroom) -> None:
    words = "Anna Müller 0171 2345678"
    room.bring(replace(FIRST, text=words))
    hide(room, by_page(room))
    room.bring(replace(COPY, text=words))
    assert room.on() == []

    with room.store.transaction():
        messages.forget(room.store, [room.key("first")])
    room.remove("picks/no.md")
    room.settle()
    room.bring(replace(ANEW, text=words), replace(THIRD, text=words))
    assert room.on() == []


def test_what_is_thrown_away_of_a_source_leaves_what_was_hidden(room: Newsroom) -> None:
    room.bring(FIRST)
    hide(room, by_page(room))
    with room.store.transaction():
        room.store.posts.disown("mastodon", NOW - timedelta(days=9))
    room.settle()
    room.bring(FIRST)

    assert room.on() == []


LONG = f"{a_text('a')} {a_text('b')}"
"""A text that is shown rather than a short one."""


@pytest.mark.parametrize("first", ["facebook", "mastodon"], ids=["the_short_leads", "the_long_leads"])
@pytest.mark.parametrize("ends", ["offer", "terms", "rule"])
def test_a_version_whose_time_is_over_is_shown_nowhere(room: Newsroom, first: str, ends: str) -> None:
    hours = {"mastodon": 30, "facebook": 29} if first == "mastodon" else {"mastodon": 29, "facebook": 30}
    short = a_post("short", "facebook", text="20 % off with the code LAMP20", tags=("Light",))
    short = replace(short, published=NOW - timedelta(hours=hours["facebook"]))
    if ends == "terms":
        short = replace(short, display_until=NOW + timedelta(hours=1))
    if ends == "rule":
        room.write("rules.toml", '[[rule]]\ndo = "reject"\nsources = ["facebook"]\nolder_than_days = 2\n')
    end = NOW + timedelta(hours=1 if ends == "offer" else 9999)
    room.write(
        "campaigns/light.md",
        f"Title: Light\nStart: 2026-11-01\nEnd: {end:%Y-%m-%d %H:%M}Z\nHashtags: Light\nCode: LAMP20\n",
    )
    long = a_post("long", text=LONG, syndicated=(short.permalink,))
    room.bring(short, replace(long, published=NOW - timedelta(hours=hours["mastodon"])))
    (card,) = room.store.posts.newest("source/facebook", room.now, 9)
    assert {post.id for post in card.copies} == {"short", "long"}

    room.now += timedelta(days=2)
    room.settle()
    assert room.on("source/facebook") == []
    (card,) = room.store.posts.newest("stream", room.now, 9)
    assert (card.post.id, card.copies) == ("long", ())
    before = room.store.posts.counter()
    room.settle()
    assert room.store.posts.counter() == before, "it is over once"
