"""An entry stays the same post, whatever its origin does to its id and address."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt import feeds
from forecourt.feeds import Entry
from forecourt.model import Decision, Kind, Post
from forecourt.store import Saved, Store
from forecourt.store.identity import bare
from forecourt.store.posts import key_of
from forecourt.store.schema import MIGRATIONS
from tests.conftest import NOW, SHARED

SITE = "larkwood.example"
SHOWN = Decision("published", listings=("stream",))


@dataclass(frozen=True)
class Blog:
    """How a blog writes its feed."""

    guids: str = "number"
    scheme: str = "http"
    slash: bool = False
    is_dated: bool = True
    edition: int = 0

    def document(self, numbers: list[int]) -> bytes:
        items = "".join(map(self.item, numbers))
        return f'<rss version="2.0"><channel><title>Blog</title>{items}</channel></rss>'.encode()

    def item(self, number: int) -> str:
        link = f"{self.scheme}://{SITE}/posts/{number}{'/' if self.slash else ''}"
        guid = {
            "none": "",
            "number": f"<guid>{number}</guid>",
            "link": f"<guid>{link}</guid>",
            "query": f"<guid>{self.scheme}://{SITE}/?p={number}</guid>",
            "edition": f"<guid>{self.edition}-{number}</guid>",
            "one for all": "<guid>blog</guid>",
        }[self.guids]
        date = NOW - timedelta(days=100) + timedelta(minutes=number)
        dated = f"<pubDate>{date.isoformat()}</pubDate>" if self.is_dated else ""
        title = f"Post {number}" if self.edition == 0 or not self.is_dated else f"Post {number}, revised"
        return (
            f"<item><title>{title}</title><link>{escape(link)}</link>{guid}{dated}"
            f"<description>This is entry {number} of the blog.</description></item>"
        )


def read(store: Store, document: bytes, now: datetime) -> Saved:
    posts, rejected = feeds.as_posts(feeds.parse(document, "", f"https://{SITE}/feed"), "blog", at=now)
    assert rejected == ()
    with store.transaction():
        return store.posts.save("blog", [(post, SHOWN) for post in posts], now)


def stored(store: Store) -> list[tuple[str, str, datetime]]:
    """Of every post its text, its key, and its date."""
    later = NOW + timedelta(days=400)
    found = [store.posts.get(key) for _, key in store.posts.keys("stream", "", later)]
    return [(one.post.text, one.key, one.published) for one in found]


@dataclass(frozen=True)
class Change:
    """What happened to a feed from one poll to the next."""

    new: int
    window: int
    order: Random
    guids: str
    scheme: str
    slash: bool
    edition: int

    def blog(self, *, is_dated: bool) -> Blog:
        return Blog(self.guids, self.scheme, self.slash, is_dated, self.edition)


CHANGES = st.builds(
    Change,
    new=st.integers(0, 3),
    window=st.integers(3, 12),
    order=st.randoms(use_true_random=False),
    guids=st.sampled_from(["number", "link", "query", "edition", "none"]),
    scheme=st.sampled_from(["http", "https"]),
    slash=st.booleans(),
    edition=st.integers(0, 2),
)


@pytest.mark.promise(30)
def test_whatever_happens_to_a_feed_each_entry_is_one_post(
    scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    polls = entries = duplicates = lost = 0

    @settings(
        max_examples=scale(25, 1000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.booleans(), st.lists(CHANGES, min_size=2, max_size=8))
    def live(is_dated: bool, history: list[Change]) -> None:
        nonlocal polls, entries, duplicates, lost
        number = 1
        ever: set[int] = set()
        before: set[tuple[str, str, datetime]] = set()
        with Store(":memory:", ZoneInfo("UTC")) as store:
            for turn, change in enumerate(history):
                number += change.new
                here = list(range(number))[-change.window :]
                change.order.shuffle(here)
                read(store, change.blog(is_dated=is_dated).document(here), NOW + timedelta(hours=turn))
                ever |= set(here)
                now = set(stored(store))
                texts = {text for text, _, _ in now}
                duplicates += len(now) - len(texts)
                lost += len(ever) - len(texts)
                assert len(now) == len(texts) == len(ever)
                assert before <= now, "each under its key and date"
                before = now
                polls += 1
            entries += len(ever)

    live()
    figure(f"{duplicates} duplicates, {lost} lost of {entries:,} entries in {polls:,} polls")


@pytest.mark.promise(30)
@pytest.mark.parametrize(
    "after",
    [
        Blog(guids="edition", edition=1),
        Blog(scheme="https"),
        Blog(guids="link", scheme="https", slash=True),
        Blog(guids="none"),
        Blog(guids="query", scheme="https", edition=1),
        Blog(guids="one for all"),
    ],
    ids=lambda blog: f"{blog.guids}-{blog.scheme}",
)
def test_a_blog_that_moves_keeps_its_posts(after: Blog) -> None:
    numbers = list(range(20))
    with Store(":memory:", ZoneInfo("UTC")) as store:
        read(store, Blog().document(numbers), NOW)
        before = stored(store)
        saved = read(store, after.document(numbers[::-1]), NOW + timedelta(hours=1))
        assert saved.new == 0
        assert stored(store) == before
        again = read(store, after.document(numbers[::-1]), NOW + timedelta(hours=2))
        assert again == Saved(same=20), "it is known under its new id from then on"
        assert store.posts.remove("blog", [post.id for post in store.posts.of_source("blog")[:5]]) == 5


def test_entries_with_one_guid_stay_as_many(scale: Callable[[int, int], int]) -> None:
    number = scale(100, 1000)
    with Store(":memory:", ZoneInfo("UTC")) as store:
        assert read(store, Blog(guids="one for all").document(list(range(number))), NOW).new == number
        again = list(range(number + 1))[::-1]
        assert read(store, Blog(guids="one for all").document(again), NOW) == Saved(new=1, same=number)


def a_post(post_id: str, link: str = "https://larkwood.example/deal", days: int = 0) -> Post:
    return Post(
        id=post_id, source="blog", kind=Kind.NOTE, permalink=link, title="The deal of the day", html="", text=post_id,
        published=NOW - timedelta(days=days),
    )  # fmt: skip


def save(store: Store, *posts: Post) -> Saved:
    with store.transaction():
        return store.posts.save("blog", [(post, SHOWN) for post in posts], NOW)


def test_posts_that_follow_one_another_at_one_address_stay_two() -> None:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        assert save(store, a_post("monday", days=1)).new == 1
        assert save(store, a_post("tuesday")).new == 1


def test_an_address_that_several_share_identifies_none() -> None:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        save(store, a_post("a"), a_post("b"))
        assert save(store, a_post("c")).new == 1
        assert (
            save(
                store, a_post("d", "https://larkwood.example/x"), a_post("e", "https://larkwood.example/x")
            ).new
            == 2
        )


def test_an_id_that_another_post_had_once_makes_a_post_of_its_own() -> None:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        save(store, a_post("1", "https://larkwood.example/first", 3))
        save(store, a_post("2", "https://larkwood.example/first", 3))
        assert save(store, a_post("1", "https://larkwood.example/second")).new == 1
        assert {text for text, _, _ in stored(store)} == {"1", "2"}
        assert store.posts.get(key_of("blog", "1")).post.id == "2", "who came first keeps the address"


def moved(entry: Entry, number: int) -> Entry:
    """As it is in the feed of another program, after a move to https."""
    link = entry.link.replace("http://", "https://")
    return replace(entry, id=f"tag:moved,2026:{number}" if entry.link else entry.id, link=link)


@pytest.mark.promise(30)
@pytest.mark.skipif(
    not (SHARED / "feeds/real").is_dir(), reason="needs ../shared/feeds/real beside the checkout"
)
def test_real_feeds_that_move_bring_hardly_a_post_twice(
    scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    """The second snapshot has new ids and https, one entry more at its beginning and one less at its end."""
    entries = twice = 0
    for path in sorted((SHARED / "feeds/real").iterdir())[:: scale(5, 1)]:
        if path.suffix not in {".xml", ".json"}:
            continue
        feed = feeds.parse(path.read_bytes(), "", f"https://{SITE}/feed")
        others = tuple(moved(entry, number) for number, entry in enumerate(feed.entries))
        posts, _ = feeds.as_posts(replace(feed, entries=feed.entries[1:]), "blog")
        later, _ = feeds.as_posts(replace(feed, entries=others[:-1]), "blog")
        if len(feed.entries) > 2:
            with Store(":memory:", ZoneInfo("UTC")) as store:
                save(store, *posts)
                twice += save(store, *later).new - 1
            entries += len(later) - 1
    figure(f"{twice} of {entries:,} entries of real feeds twice after new ids and a move to https")
    assert twice <= 0.01 * entries


def test_the_links_of_an_older_store_are_those_that_entries_are_known_again_by() -> None:
    addresses = ["https://a.example/x/", "http://a.example", "https://web.example/http://a.example//", ""]
    connection = sqlite3.connect(":memory:")
    connection.executescript("".join(MIGRATIONS[:2]))
    for number, address in enumerate(addresses):
        data = json.dumps({"permalink": address})
        connection.execute(
            "INSERT INTO post (key, source, id, published, first_seen, last_seen, changed, status, reasons, "
            "digest, data) VALUES (?, 'blog', ?, 0, 0, 0, 0, 'published', '[]', x'', ?)",
            (str(number), str(number), data),
        )
    connection.executescript(MIGRATIONS[2])
    links = [row[0] for row in connection.execute("SELECT link FROM post ORDER BY key")]
    connection.close()
    assert links == [bare(address) for address in addresses]
