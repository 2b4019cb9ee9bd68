"""Pictures that nobody described: found and listed for who looks after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.accounts import Account, link
from forecourt.config import load
from forecourt.curate import decide
from forecourt.editors import Described, Undescribed, described, mute
from forecourt.model import Kind, Media, Post
from forecourt.store import Store
from tests.conftest import NOW, ROOT

SOURCES = """
[[source]]
name = "lyon"
connector = "feed"
url = "https://lyon.example/feed"
owner = "The Lyon shop"

[[source]]
name = "blog"
connector = "feed"
url = "https://blog.example/feed"

[[source]]
name = "held"
connector = "feed"
url = "https://held.example/feed"
moderation = "hold"
"""


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        yield store


@pytest.fixture
def accounts(tmp_path: Path) -> tuple[Account, ...]:
    (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
    config = load({"HUB_SOURCES": str(tmp_path / "sources.toml"), "THEME": str(ROOT / "theme")}, tmp_path, {})
    return link(config, {})


def a_post(name: str, source: str = "lyon", days: int = 0, *media: Media, html: str = "") -> Post:
    return Post(
        id=name,
        source=source,
        kind=Kind.PHOTO,
        permalink=f"https://{source}.example/{name}",
        title=name,
        html=html,
        published=NOW - timedelta(days=days),
        media=media,
    )


def save(store: Store, accounts: tuple[Account, ...], *posts: Post, now: datetime = NOW) -> None:
    rules = {account.name: account.rules for account in accounts}
    for source in {post.source for post in posts}:
        own = [(post, decide(post, rules[source])) for post in posts if post.source == source]
        store.posts.save(source, own, now)


def picture(name: str, alt: str = "") -> Media:
    return Media("image", f"https://pictures.example/{name}.jpg", alt)


def names(found: Described) -> list[str]:
    return [each.title for each in found.newest]


def test_pictures_without_a_description_are_counted_by_account_and_named_with_their_owner(
    store: Store, accounts: tuple[Account, ...]
) -> None:
    save(
        store,
        accounts,
        a_post("a vase", "lyon", 1, picture("vase"), picture("shelf", "Vases on a shelf")),
        a_post("all told", "lyon", 2, picture("door", "A green door")),
        a_post("without pictures", "lyon", 3),
        a_post("a bench", "blog", 0, picture("bench", "A bench")),
    )

    lyon, blog = described(store, accounts, NOW)

    assert (lyon.account.name, lyon.owner, lyon.pictures, lyon.undescribed) == ("lyon", "The Lyon shop", 3, 1)
    (post,) = lyon.newest
    assert post == Undescribed(
        store.posts.newest("source/lyon", NOW, 1)[0].key,
        "https://lyon.example/a vase",
        NOW - timedelta(days=1),
        "a vase",
        1,
    )
    assert (blog.owner, blog.pictures, blog.undescribed, blog.newest) == ("", 1, 0, ())


def test_who_has_most_to_do_comes_first_and_the_newest_posts_are_named(
    store: Store, accounts: tuple[Account, ...]
) -> None:
    posts = [a_post(f"{day} days ago", "blog", day, picture(f"b{day}")) for day in range(0, 70, 10)]
    posts.append(a_post("told", "blog", 80, picture("told", "A kiln")))
    save(store, accounts, a_post("one", "lyon", 0, picture("one"), picture("two", "A door")), *posts)

    blog, lyon = described(store, accounts, NOW)

    assert (blog.account.name, blog.undescribed, lyon.undescribed) == ("blog", 7, 1)
    assert names(blog) == ["0 days ago", "10 days ago", "20 days ago", "30 days ago", "40 days ago"]


def test_an_account_of_which_nothing_is_described_comes_last_for_its_network_may_hand_nothing_out(
    store: Store, accounts: tuple[Account, ...]
) -> None:
    some = a_post("some", "lyon", 0, picture("one"), picture("two", "A door"))
    save(store, accounts, some, a_post("none", "blog", 0, picture("b1"), picture("b2")))

    found = described(store, accounts, NOW)

    assert [(each.account.name, each.silent) for each in found] == [("lyon", False), ("blog", True)]


def test_only_posts_that_visitors_see_count(store: Store, accounts: tuple[Account, ...]) -> None:
    gone = a_post("gone", "lyon", 1, picture("gone"))
    save(
        store,
        accounts,
        gone,
        a_post("held", "held", 0, picture("held")),
        a_post("to come", "lyon", -3, picture("later")),
        replace(a_post("expired", "lyon", 9, picture("old")), display_until=NOW - timedelta(hours=1)),
    )
    store.posts.remove("lyon", [gone.id])

    assert described(store, accounts, NOW) == ()


def test_a_picture_in_the_text_and_beside_it_is_one_and_a_films_poster_is_none(
    store: Store, accounts: tuple[Account, ...]
) -> None:
    film = Media("video", "https://lyon.example/film.mp4", poster="https://pictures.example/still.jpg")
    html = (
        '<p><img src="https://pictures.example/vase-300x200.jpg" alt="A vase"></p>'
        '<img src="https://x.example/2.png" alt=" ">'
    )
    save(store, accounts, a_post("both", "lyon", 0, picture("vase"), film, html=html))

    (lyon,) = described(store, accounts, NOW)

    assert (lyon.pictures, lyon.undescribed) == (2, 1)


def test_an_owner_is_plain_text_on_one_line(tmp_path: Path) -> None:
    for owner, problem in (
        ("7", 'owner must be text in quotes, such as "lyon"'),
        (r'"a\nb"', "label, store and owner must be plain text on one line"),
    ):
        one = SOURCES.partition('[[source]]\nname = "blog"')[0].replace('"The Lyon shop"', owner)
        (tmp_path / "sources.toml").write_text(one, encoding="utf-8")
        settings = {"HUB_SOURCES": str(tmp_path / "sources.toml"), "THEME": str(ROOT / "theme")}
        (said,) = load(settings, tmp_path, {}).problems
        assert said.endswith(problem)


def test_pictures_of_our_own_articles_are_found_with_file_and_line(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "kiln.md").write_text(
        "Title: x\n\n![](../images/kiln.jpg) and ![ ](door.png)\n![A pot](pot.jpg)\n"
        "<img src='a.jpg' alt=''> <img alt=\"A jug\" src=\"jug.jpg\">\n"
        "`![](code.jpg)`\n```\n![](fenced.jpg)\n```\n",
        encoding="utf-8",
    )

    assert list(mute(news.glob("*.md"), tmp_path)) == [
        "news/kiln.md line 3: ../images/kiln.jpg has no description; write it as ![what it shows](../images/kiln.jpg)",
        "news/kiln.md line 3: door.png has no description; write it as ![what it shows](door.png)",
        "news/kiln.md line 5: a.jpg has no description; write it as ![what it shows](a.jpg)",
    ]


def test_our_own_articles_describe_all_their_pictures() -> None:
    assert list(mute((ROOT / "content").rglob("*.md"), ROOT)) == []
