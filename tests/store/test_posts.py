from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.curate import Rules, decide
from forecourt.model import Author, Decision, Engagement, Event, Kind, Media, Post, Rating
from forecourt.store import Saved, Store
from forecourt.store.posts import UNDATED, key_of

PARIS = ZoneInfo("Europe/Paris")
RULES = Rules("blog", hold=False, place="sources.toml line 1")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", PARIS) as store:
        yield store


def a_post(post_id: str = "1", **changes: object) -> Post:
    post = Post(
        id=post_id,
        source="blog",
        kind=Kind.NOTE,
        permalink=f"https://blog.example/{post_id}",
        text="Hello",
        published=datetime(2026, 11, 1, 12, tzinfo=UTC),
    )
    return replace(post, **changes)  # type: ignore[arg-type]  # fields by name


def save(store: Store, posts: list[Post], now: datetime, *, hold: bool = False) -> Saved:
    rules = replace(RULES, hold=hold)
    with store.transaction():
        return store.posts.save("blog", [(post, decide(post, rules)) for post in posts], now)


def shown(store: Store, now: datetime, listing: str = "stream") -> list[str]:
    return [stored.post.id for stored in store.posts.newest(listing, now, 100)]


def test_a_whole_post_comes_back_as_it_was_saved(store: Store, now: datetime) -> None:
    post = a_post(
        title="Title",
        html="<p>Hello</p>",
        lang="ar",
        dir="rtl",
        author=Author("Mia", "@mia", "https://mia.example", "https://mia.example/me.jpg"),
        updated=datetime(2026, 11, 2, tzinfo=PARIS),
        media=(
            Media("image", "https://blog.example/a.jpg", "a vase", 4, 3),
            Media("audio", "https://x.example/a.mp3"),
        ),
        engagement=Engagement(likes=3),
        rating=Rating(4.5),
        event=Event(datetime(2026, 12, 1, 18, tzinfo=PARIS), place="Lyon"),
        tags=("Makers", "قهوة"),
        display_until=datetime(2027, 1, 1, tzinfo=UTC),
    )
    save(store, [post], now)

    (stored,) = store.posts.newest("stream", now, 1)

    assert stored.post == post
    assert stored.published == post.published
    assert store.posts.get(stored.key) == stored


def test_saving_counts_new_changed_and_same(store: Store, now: datetime) -> None:
    assert save(store, [a_post("1"), a_post("2")], now) == Saved(new=2)
    assert save(store, [a_post("1", text="Hello again"), a_post("2"), a_post("3")], now) == Saved(1, 1, 1)


def test_nothing_new_leaves_the_change_counter_alone(store: Store, now: datetime) -> None:
    save(store, [a_post()], now)
    before = store.posts.counter()
    save(store, [a_post()], now + timedelta(hours=1))

    assert store.posts.counter() == before
    save(store, [a_post(text="Other")], now)
    assert store.posts.counter() == before + 1
    assert store.posts.newest("stream", now, 1)[0].changed == before + 1


def test_a_new_time_of_change_alone_is_no_change(store: Store, now: datetime) -> None:
    save(store, [a_post(updated=now)], now)

    assert save(store, [a_post(updated=now + timedelta(hours=1))], now) == Saved(same=1)


def test_history_stays_when_the_feed_shortens(store: Store, now: datetime) -> None:
    save(store, [a_post(str(number)) for number in range(30)], now)
    save(store, [a_post("30")], now)

    assert len(shown(store, now)) == 31


def test_undated_posts_get_the_time_they_were_first_seen_and_keep_it(store: Store, now: datetime) -> None:
    undated = [a_post("b", published=None), a_post("a", published=None)]
    save(store, undated, now)
    save(store, [replace(post, text="Edited") for post in undated], now + timedelta(days=1))

    newest = store.posts.newest("stream", now + timedelta(days=2), 5)
    assert [stored.post.id for stored in newest] == ["b", "a"], "in the order of the feed"
    assert newest[0].published == now - UNDATED, "they were there when we came: no news"


def test_an_undated_post_that_comes_later_is_news(store: Store, now: datetime) -> None:
    save(store, [a_post("old", published=None), a_post("dated")], now)
    later = now + timedelta(days=1)
    save(store, [a_post("new", published=None), a_post("old", published=None)], later)

    assert shown(store, later) == ["new", "dated", "old"]
    assert store.posts.newest("stream", later, 1)[0].published == later


def test_a_post_from_the_future_is_held_until_its_time_comes(store: Store, now: datetime) -> None:
    save(store, [a_post("soon", published=now + timedelta(hours=2)), a_post("past")], now)

    assert shown(store, now) == ["past"]
    assert shown(store, now + timedelta(hours=3)) == ["soon", "past"]


def test_a_post_leaves_when_its_terms_end(store: Store, now: datetime) -> None:
    save(store, [a_post(display_until=now + timedelta(hours=24))], now)

    assert shown(store, now) == ["1"]
    assert shown(store, now + timedelta(hours=25)) == []
    assert [*store.posts.days(now + timedelta(hours=25))] == []


def test_a_held_post_stands_nowhere(store: Store, now: datetime) -> None:
    save(store, [a_post(tags=("makers",))], now, hold=True)

    assert [*store.posts.days(now)] == []
    assert store.posts.count("blog") == 1


def test_a_post_stands_on_its_listings_and_leaves_those_it_lost(store: Store, now: datetime) -> None:
    save(store, [a_post(tags=("Makers", "makers", "Winter Sale"))], now)
    assert sorted(listing for listing, _, _ in store.posts.days(now)) == [
        "network/blog",
        "source/blog",
        "stream",
        "tag/makers",
        "tag/winter-sale",
    ]

    save(store, [a_post(tags=("makers",))], now)
    assert "tag/winter-sale" not in [listing for listing, _, _ in store.posts.days(now)]


def test_days_are_those_of_the_hubs_time_zone(store: Store, now: datetime) -> None:
    save(store, [a_post(published=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))], now)

    assert ("stream", "2026-11-01", 1) in store.posts.days(now)
    assert [stored.post.id for stored in store.posts.of_period("stream", "2026-11", now)] == ["1"]
    assert store.posts.of_period("stream", "2026-10", now) == []


def test_a_post_that_its_origin_deleted_leaves_and_comes_back_if_it_does(store: Store, now: datetime) -> None:
    save(store, [a_post("1"), a_post("2")], now)
    with store.transaction():
        assert store.posts.remove("blog", ["1", "unknown"]) == 1
    assert shown(store, now) == ["2"]

    assert save(store, [a_post("1")], now) == Saved(changed=1)
    assert shown(store, now) == ["1", "2"]


def test_ids_of_two_sources_do_not_meet(store: Store, now: datetime) -> None:
    save(store, [a_post("1")], now)
    with store.transaction():
        store.posts.save(
            "other", [(a_post("1", source="other"), Decision("published", (), ("stream",)))], now
        )

    assert len({stored.key for stored in store.posts.newest("stream", now, 5)}) == 2


def test_a_transaction_that_breaks_keeps_nothing(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path, PARIS) as store, pytest.raises(RuntimeError), store.transaction():
        store.posts.save("blog", [(a_post(), decide(a_post(), RULES))], now)
        raise RuntimeError

    with Store(path, PARIS) as store:
        assert shown(store, now) == []


def test_of_a_deleted_post_and_its_answers_no_word_is_left(store: Store, now: datetime) -> None:
    post = a_post(id="1", permalink="https://blog.example/1", text="Something to forget")
    answer = a_post(
        id="2", kind=Kind.REPLY, permalink="https://x.example/2", text="So will I", in_reply_to=post.permalink
    )
    save(store, [post, answer, a_post(id="3", permalink="https://blog.example/3")], now)

    assert store.posts.remove("blog", ["1"]) == 2
    left = "".join(store._connection.iterdump())
    assert "forget" not in left
    assert "So will I" not in left
    assert [one.id for one in store.posts.of_source("blog")] == ["3"]
    save(store, [post], now)
    assert store.posts.get(key_of("blog", "1")).post == post, "its origin shows it again"


def test_what_may_not_be_kept_is_not(store: Store, now: datetime) -> None:
    save(
        store,
        [a_post(id="1", text="For a day", display_until=now + timedelta(hours=24)), a_post(id="2")],
        now,
    )

    assert store.posts.expire(now + timedelta(hours=23)) == 0
    assert store.posts.expire(now + timedelta(hours=24)) == 1
    assert "For a day" not in "".join(store._connection.iterdump())


def test_a_post_that_was_read_again_is_shown_for_longer_and_has_not_changed(
    store: Store, now: datetime
) -> None:
    day = timedelta(hours=24)
    save(store, [a_post(display_until=now + day)], now)
    counter = store.posts.counter()
    save(store, [a_post(display_until=now + 2 * day)], now + day / 2)

    assert store.posts.counter() == counter
    assert len(store.posts.newest("stream", now + 1.5 * day, 10)) == 1
    assert store.posts.expire(now + 1.5 * day) == 0
