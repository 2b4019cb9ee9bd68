import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from forecourt import feeds
from forecourt.feeds import Enclosure, Entry, Feed
from forecourt.model import Author, Media

FIXTURES = Path(__file__).parent / "fixtures"
URL = "https://larkwood.example/feed.json"
CET = timezone(timedelta(hours=1))


def item(**fields: Any) -> Entry:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [fields]}
    return feeds.parse(json.dumps(document).encode(), "", URL).entries[0]


@pytest.mark.promise(26)
def test_version_1_1_is_read_whole() -> None:
    assert feeds.parse((FIXTURES / "feed-1.1.json").read_bytes(), "", URL) == Feed(
        title="Larkwood",
        link="https://larkwood.example/",
        description="News",
        lang="en",
        icon="https://larkwood.example/icon.png",
        hub="https://hub.example/",
        entries=(
            Entry(
                id="7",
                link="https://larkwood.example/boots",
                title="Boots – new",  # noqa: RUF001 - an en dash is wanted
                html="<p>Boots</p>",
                base="https://larkwood.example/boots",
                lang="de",
                authors=(Author("Ada"), Author("Bo")),
                published=datetime(2026, 11, 22, 9, 30, tzinfo=CET),
                updated=datetime(2026, 11, 22, 10, 30, tzinfo=CET),
                categories=("Boots", "Winter"),
                media=(
                    Media("image", "https://larkwood.example/boots.jpg"),
                    Media("audio", "https://larkwood.example/talk.mp3", duration=62),
                ),
                enclosures=(
                    Enclosure("https://larkwood.example/talk.mp3", "audio/mpeg"),
                    Enclosure("https://larkwood.example/list.pdf", "application/pdf"),
                ),
                episode=True,
            ),
            Entry(
                id="note",
                link="https://other.example/1",
                html="<p>a &lt; b<br>c</p>",
                base="https://other.example/1",
                authors=(
                    Author(
                        "Larkwood",
                        url="https://larkwood.example/about",
                        avatar="https://larkwood.example/a.png",
                    ),
                ),
            ),
        ),
    )


@pytest.mark.promise(26)
def test_version_1_0_has_one_author_and_may_have_ids_that_are_numbers() -> None:
    (entry,) = feeds.parse((FIXTURES / "feed-1.0.json").read_bytes(), "", URL).entries
    assert (entry.id, entry.authors) == ("1.5", (Author("Ada"),))
    assert entry.media == (Media("image", "https://larkwood.example/b.jpg"),)
    assert entry.published == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a\n b", "a b"), (7, "7"), (10**30, str(10**30)), (True, ""), (None, ""), ({"a": 1}, ""), (["x"], "")],
)
def test_ids_become_text(given: object, expected: str) -> None:
    assert item(id=given).id == expected


def test_a_number_too_long_for_python_is_text() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": %s}]}' % (b"9" * 5000)
    assert feeds.parse(body, "", URL).entries[0].id == "9" * 5000


@pytest.mark.promise(26)
def test_values_of_the_wrong_type_are_as_good_as_none() -> None:
    wrong = dict.fromkeys(
        (
            "url",
            "external_url",
            "title",
            "content_html",
            "content_text",
            "summary",
            "image",
            "date_published",
        ),
        7,
    )
    assert item(**wrong, authors={"name": 1}, author="x", tags="a", attachments=["x"], language=[]) == Entry(
        base=URL
    )


@pytest.mark.promise(26)
def test_an_item_that_is_no_object_loses_itself_only() -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [None, {"id": "1"}, "x"]}
    feed = feeds.parse(json.dumps(document).encode(), "", URL)
    assert [entry.id for entry in feed.entries] == ["1"]
    assert feed.rejected == ("entry 1 is not an object", "entry 3 is not an object")


def test_text_stands_in_for_markup_and_the_summary_for_text() -> None:
    assert item(content_html=" ", content_text="a\n\nb", summary="c").html == "<p>a</p><p>b</p>"
    assert item(summary="c").html == "<p>c</p>"


@pytest.mark.parametrize("length", ["NaN", "Infinity", "-1", "0", "true", '"62"', "1e300"])
def test_a_length_that_is_none_is_unknown(length: str) -> None:
    body = (
        '{"version": "https://jsonfeed.org/version/1", "items": [{"attachments": [{"url": "https://pod.example/1.mp3",'
        f' "mime_type": "audio/mpeg", "duration_in_seconds": {length}}}]}}]}}'
    )
    (entry,) = feeds.parse(body.encode(), "", URL).entries
    assert entry.media == (Media("audio", "https://pod.example/1.mp3"),)
    assert not entry.episode


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_are_read(encoding: str) -> None:
    body = '{"version": "https://jsonfeed.org/version/1", "title": "Café", "items": []}'
    assert feeds.parse(body.encode(encoding), "", URL).title == "Café"


def test_lone_surrogates_do_not_get_through() -> None:
    document = rb'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "a\ud800", "title": "\udfffx", "url": "https://larkwood.example/\ud800"}]}'
    (entry,) = feeds.parse(document, "", URL).entries
    assert (entry.id, entry.title, entry.link) == ("a", "x", "https://larkwood.example/")
