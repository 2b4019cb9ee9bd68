from pathlib import Path

import pytest

from forecourt import feeds
from forecourt.feeds import discovery

PAGE = (Path(__file__).parent / "fixtures" / "page.html").read_bytes()
URL = "https://larkwood.example/"


def test_feeds_are_found_in_the_order_of_the_page_below_its_base() -> None:
    assert discovery.find(PAGE, "text/html", URL) == [
        "https://larkwood.example/fr/journal.xml",
        "https://larkwood.example/atom.xml",
        "https://larkwood.example/feed.json",
    ]


def test_the_page_itself_is_no_feed() -> None:
    assert feeds.is_page(PAGE)


def test_a_page_in_another_encoding_is_read_in_it() -> None:
    html = '<meta charset="shift_jis"><link rel=alternate type=application/rss+xml href="/表.xml">'
    expected = ["https://larkwood.example/%E8%A1%A8.xml"]
    assert discovery.find(html.encode("shift_jis"), "", URL) == expected
    assert discovery.find(html.encode("utf-16"), "text/html; charset=utf-16", URL) == expected


@pytest.mark.parametrize(
    "html", [b"", b"<", b"<link rel=alternate>", b"\xff\xfe\0", b"<base href='http://['><a>", b"<![x"]
)
def test_a_broken_page_names_no_feed(html: bytes) -> None:
    assert discovery.find(html, "text/html; charset=none-such", URL) == []


def test_a_section_of_a_word_processor_does_not_hide_what_follows() -> None:
    html = b"<![CDmple[ ]]><![if !IE]><link rel=alternate type=application/rss+xml href=/feed.xml>"
    assert discovery.find(html, "", URL) == ["https://larkwood.example/feed.xml"]
