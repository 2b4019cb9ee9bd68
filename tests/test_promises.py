"""docs/promises.md names the tests there are, and each promise has one."""

from __future__ import annotations

from tests.promises import GROUPS, PAGE, marked, rows


def test_every_promise_is_held_by_a_test() -> None:
    promises = {number for group in GROUPS.values() for number in group}

    assert {held.promise for held in marked()} == promises


def test_every_promise_was_measured() -> None:
    found = rows(PAGE.read_text("utf-8"))
    measured = {held.promise for held, reached in found if any(digit in reached for digit in "0123456789")}

    assert {held.test for held, reached in found if reached == "not run yet"} == set()
    assert {held.promise for held, _ in found} - measured == set(), "a promise without a figure"


def test_the_page_names_the_tests_there_are() -> None:
    named = [held for held, _ in rows(PAGE.read_text("utf-8"))]

    assert named == marked(), "docs/promises.md is not of these tests. Next: invoke promises"
