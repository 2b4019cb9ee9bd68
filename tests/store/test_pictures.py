from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from forecourt.model import Author, Decision, Kind, Media, Post
from forecourt.store import Store, StoredPicture
from forecourt.store.pictures import TRIES

URL = "https://blog.example/a.jpg"
PICTURE = StoredPicture("ab/abc", 800, 600, "1: 320 800", (320, 800), "#a0b0c0", "data:image/webp;base64,AA")
PUBLISHED = Decision("published", ("it is fine",), ("stream",))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        store.pictures.want([URL], 1)
        yield store


def post(name: str, *pictures: str, face: str = "") -> Post:
    media = tuple(Media("image", url) for url in pictures)
    return Post(
        name, "blog", Kind.NOTE, f"https://blog.example/{name}", media=media, author=Author(avatar=face)
    )


def save(store: Store, now: datetime, *posts: Post) -> None:
    with store.transaction():
        store.posts.save("blog", [(each, PUBLISHED) for each in posts], now)
        store.pictures.want([url for each in posts for url in each.pictures()], store.posts.counter())


def known(store: Store, urls: str) -> str:
    """Those of the addresses, a letter each, that the store knows after it forgot what is not wanted."""
    store.pictures.forget()
    return "".join(url for url in urls if store.pictures.get(url))


def have(store: Store, urls: str) -> None:
    for url in urls:
        store.pictures.have(url, replace(PICTURE, name=f"ab/{url}"))


def test_a_wanted_picture_is_missing_until_we_have_it(store: Store, now: datetime) -> None:
    assert [url for url, _ in store.pictures.missing(now)] == [URL]

    store.pictures.have(URL, PICTURE)

    assert store.pictures.missing(now) == []
    assert store.pictures.get(URL) == PICTURE


def test_a_picture_has_a_file_for_each_width_and_one_alone_of_an_older_program() -> None:
    assert PICTURE.files == ["ab/abc-320.avif", "ab/abc-320.webp", "ab/abc-800.avif", "ab/abc-800.webp"]
    assert PICTURE.largest == "ab/abc-800.webp"
    assert StoredPicture("ab/abc.webp", 800, 600).files == ["ab/abc.webp"]


def test_a_picture_that_fails_is_tried_again_later_and_later(store: Store, now: datetime) -> None:
    waits = []
    for _ in range(9):
        store.pictures.failed(URL, "it is not there", now)
        waits.append(
            next(hours for hours in range(100) if store.pictures.missing(now + timedelta(hours=hours)))
        )

    assert waits == [1, 2, 4, 8, 16, 32, 64, 72, 72]


def test_a_picture_that_never_comes_is_given_up(store: Store, now: datetime) -> None:
    for _ in range(TRIES):
        assert [url for url, _ in store.pictures.missing(now)] == [URL]
        store.pictures.failed(URL, "it is not there", now)
        now += timedelta(days=3)

    assert store.pictures.missing(now) == []
    assert store.pictures.missing(now + timedelta(days=3650)) == []


def test_a_clock_that_ran_ahead_puts_no_picture_off(store: Store, now: datetime) -> None:
    store.pictures.failed(URL, "it is not there", now + timedelta(days=365))

    assert [url for url, _ in store.pictures.missing(now)] == [URL]


def test_wanting_a_picture_again_keeps_what_is_known(store: Store) -> None:
    store.pictures.have(URL, PICTURE)
    store.pictures.want([URL], 2)

    assert store.pictures.get(URL) == PICTURE


def test_a_picture_is_forgotten_with_the_last_post_that_shows_it(store: Store, now: datetime) -> None:
    save(store, now, post("1", "a", "b", face="f"), post("2", "b", face="f"))
    have(store, "abf")
    store.posts.remove("blog", ["1"])
    assert known(store, "abf") == "bf"
    store.posts.remove("blog", ["2"])
    assert known(store, "abf") == ""
    assert store.pictures.litter() == ["ab/a", "ab/b", "ab/f"]


def test_a_post_that_was_edited_shows_its_old_picture_no_more(store: Store, now: datetime) -> None:
    save(store, now, post("1", "a", face="f"))
    have(store, "af")
    save(store, now, post("1", "b", face="f"))
    have(store, "b")

    assert known(store, "abf") == "bf"


def test_a_picture_that_moves_to_another_post_stays(store: Store, now: datetime) -> None:
    save(store, now, post("1", "a"))
    have(store, "a")
    save(store, now, post("1"), post("2", "a"))

    assert known(store, "a") == "a"


def test_files_that_several_pictures_share_are_no_litter_while_one_is_known(
    store: Store, now: datetime
) -> None:
    save(store, now, post("1", "a"), post("2", "b"))
    for url in "ab":
        store.pictures.have(url, PICTURE)
    store.posts.remove("blog", ["1"])
    store.pictures.forget()
    assert store.pictures.litter() == []
    store.pictures.swept()
    store.posts.remove("blog", ["2"])
    store.pictures.forget()

    assert store.pictures.litter() == [PICTURE.name]


def test_what_was_begun_is_litter_until_we_have_it(store: Store) -> None:
    store.pictures.making(PICTURE.name)
    assert store.pictures.litter() == [PICTURE.name]
    store.pictures.have(URL, PICTURE)
    assert store.pictures.litter() == []


def test_pictures_made_in_another_way_are_found(store: Store) -> None:
    store.pictures.have(URL, PICTURE)

    assert store.pictures.outdated("1: 320 800") == {}
    assert store.pictures.outdated("1: 320 640") == {URL: PICTURE}
    assert store.pictures.outdated("2: 320 800") == {URL: PICTURE}


@pytest.mark.promise(60)
def test_looking_for_pictures_reads_only_those_to_be_had(
    store: Store, now: datetime, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    """An unchanged run asks these; each must find nothing by an index, however many pictures there are."""
    count = scale(300, 30_000)
    save(store, now, *(post(str(number), str(number)) for number in range(count)))
    for number in range(count):
        store.pictures.have(str(number), replace(PICTURE, name=f"ab/{number}"))
    store.pictures.have(URL, PICTURE)
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    store._connection.set_progress_handler(step, 1)
    assert store.pictures.missing(now) == []
    assert store.pictures.outdated(PICTURE.recipe) == {}
    store.pictures.forget()
    assert store.pictures.litter() == []
    store._connection.set_progress_handler(None, 1)

    assert steps < 500
    figure(f"{steps} steps of SQLite to find nothing to do among {count:,} pictures")
