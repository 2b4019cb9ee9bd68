from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from forecourt.store import Store, StoredPicture

URL = "https://blog.example/a.jpg"


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", ZoneInfo("UTC")) as store:
        store.pictures.want([URL], 1)
        yield store


def test_a_wanted_picture_is_missing_until_we_have_it(store: Store, now: datetime) -> None:
    assert store.pictures.missing(now) == [URL]

    store.pictures.have(URL, StoredPicture("ab/abc.webp", 800, 600))

    assert store.pictures.missing(now) == []
    assert store.pictures.get(URL) == StoredPicture("ab/abc.webp", 800, 600)


def test_a_picture_that_fails_is_tried_again_later_and_later(store: Store, now: datetime) -> None:
    waits = []
    for _ in range(9):
        store.pictures.failed(URL, "it is not there", now)
        waits.append(
            next(hours for hours in range(100) if store.pictures.missing(now + timedelta(hours=hours)))
        )

    assert waits == [1, 2, 4, 8, 16, 32, 64, 72, 72]


def test_wanting_a_picture_again_keeps_what_is_known(store: Store, now: datetime) -> None:
    store.pictures.have(URL, StoredPicture("ab/abc.webp", 800, 600))
    store.pictures.want([URL], 2)

    assert store.pictures.get(URL) is not None
