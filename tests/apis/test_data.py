from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forecourt.apis import Data, listed, read
from forecourt.connectors import Response
from forecourt.errors import BadData, Cause, PlatformError

ITEM = Data(
    {"id": 7, "user": {"name": "Ada", "tags": ["a", 1, None, {}]}, "none": None, "zero": 0, "empty": ""}
)


@pytest.mark.parametrize(
    ("path", "text"),
    [(("user", "name"), "Ada"), (("id",), "7"), (("user", "tags", 0), "a"), (("user", "tags", -4), "a")],
)
def test_a_value_is_found_by_its_path(path: tuple[str | int, ...], text: str) -> None:
    assert ITEM.text(*path) == text


@pytest.mark.parametrize(
    "path", [("x",), ("id", "x"), ("user", 0), ("user", "tags", 9), ("user", "name", 0), ("none", "x")]
)
def test_what_is_not_there_is_unknown(path: tuple[str | int, ...]) -> None:
    found = ITEM.at(*path)

    assert (found.text(), found.count(), found.number(), found.moment(), found.web()) == (
        "",
        None,
        None,
        None,
        "",
    )
    assert (found.each(), found.texts(), list(found.pairs()), found.flag(), found.has()) == (
        [],
        [],
        [],
        False,
        False,
    )
    assert not found


def test_there_is_a_difference_between_nothing_and_zero() -> None:
    assert (ITEM.has("zero"), ITEM.has("empty"), ITEM.has("none")) == (True, True, False)
    assert ITEM.count("zero") == 0


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (3, 3),
        ("3", 3),
        (0, 0),
        (-1, None),
        (True, None),
        (3.0, None),
        ("3.0", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_a_count_is_a_whole_number_that_is_not_negative(value: Any, count: int | None) -> None:
    assert Data(value).count() == count


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        ("3.5", 3.5),
        (True, None),
        ("x", None),
        ("nan", None),
        ("1e400", None),
        (10**400, None),
        ([], None),
    ],
)
def test_a_number_is_finite(value: Any, number: float | None) -> None:
    assert Data(value).number() == number


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T09:00:00Z",
        "2026-11-22T10:00:00+0100",
        "2026-11-22T09:00:00.000Z",
        1795338000,
        1795338000000,
        1795338000.0,
        "1795338000",
    ],
)
def test_a_moment_is_read_however_a_platform_writes_it(value: Any) -> None:
    assert Data(value).moment() == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_half_a_surrogate_pair_can_be_kept() -> None:
    found = Data("a\ud800b").text()

    assert found.encode()
    assert found == "a?b"


def test_what_an_item_cannot_be_without_is_named() -> None:
    with pytest.raises(BadData, match="it has no name"):
        Data({"user": {"name": " "}}).need("user", "name")


def test_a_list_of_items_loses_only_the_bad_one() -> None:
    def make(item: Data) -> str | None:
        return None if item.text("id") == "2" else item.need("text")

    items = [Data({"id": "1", "text": "a"}), Data({"id": "2"}), Data({"id": "3"}), Data("x")]

    assert listed(items, make, "post") == (["a"], ["post 3: it has no text", "post 4: it has no text"])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "broken"),
        (b"{", "broken"),
        (b"\xff\xfe", "broken"),
        (b"[" * 100_000, "nested beyond all reason"),
    ],
)
def test_what_is_no_json_is_bad_data(body: bytes, why: str) -> None:
    with pytest.raises(BadData, match=f"api.example sent JSON that is {why}"):
        read(Response("https://api.example/x?token=hush", body))


def test_a_web_page_instead_of_data_means_that_we_are_taken_for_a_robot() -> None:
    with pytest.raises(PlatformError) as refused:
        read(Response("https://api.example/", b"<!-- hello --> <!DOCTYPE html><title>Prove it</title>"))
    assert refused.value.cause is Cause.BLOCKED


def test_numbers_that_are_none_are_nothing_and_endless_ones_text() -> None:
    found = read(Response("https://api.example/", b'{"a": NaN, "b": ' + b"9" * 5000 + b"}"))

    assert found.number("a") is None
    assert found.text("b") == "9" * 5000
