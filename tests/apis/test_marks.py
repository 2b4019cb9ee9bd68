from __future__ import annotations

import pytest

from forecourt.apis import Mark, addresses, marked


def test_marks_become_links_and_all_else_is_escaped() -> None:
    plain = "See <us> & @inge at 🏠 x\ny\n\nz"

    assert marked(plain, [Mark(11, 16, "https://x.example/?a=1&b=2"), Mark(20, 21, tag="b")]) == (
        '<p>See &lt;us&gt; &amp; <a href="https://x.example/?a=1&amp;b=2">@inge</a> at <b>🏠</b> x<br>y</p><p>z</p>'
    )


@pytest.mark.parametrize(
    "mark", [Mark(-1, 2, "u"), Mark(2, 1, "u"), Mark(1, 1, "u"), Mark(0, 99, "u"), Mark(50, 60, "u")]
)
def test_a_mark_outside_the_text_is_left_out(mark: Mark) -> None:
    assert marked("abc", [mark]) == "<p>abc</p>"


def test_of_marks_that_overlap_the_first_counts() -> None:
    assert marked("abcdef", [Mark(2, 5, "two"), Mark(0, 3, "one")]) == '<p><a href="one">abc</a>def</p>'


def test_other_words_may_stand_in_a_marks_place() -> None:
    assert marked("t.co/1", [Mark(0, 6, "https://t.co/1", "larkwood.example/…")]) == (
        '<p><a href="https://t.co/1">larkwood.example/…</a></p>'
    )
    assert marked("x t.co/1", [Mark(1, 8, shown="")]) == "<p>x</p>"


@pytest.mark.parametrize(
    ("plain", "found"),
    [
        ("Look: https://larkwood.example/a.", ["https://larkwood.example/a"]),
        ("(https://larkwood.example/a)", ["https://larkwood.example/a"]),
        ("https://wiki.example/Lamp_(light), yes", ["https://wiki.example/Lamp_(light)"]),
        (
            "HTTPS://A.example and http://b.example?x=1&y=2!",
            ["HTTPS://A.example", "http://b.example?x=1&y=2"],
        ),
        ("no address, ftp://c.example", []),
    ],
)
def test_addresses_are_found_without_what_follows_them(plain: str, found: list[str]) -> None:
    assert [mark.href for mark in addresses(plain)] == found
    assert [plain[mark.start : mark.end] for mark in addresses(plain)] == found
