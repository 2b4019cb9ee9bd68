"""Every real and official payload that we have: it parses, or is refused for the right reason.

They stand beside the project, not in it; where they are not, there is nothing to test.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt import connectors
from forecourt.connectors import Batch, Response, advance
from forecourt.errors import BadData, PlatformError
from tests.connectors.talks import NOW, SAMPLES_FOLDER, Aside, Page, Refusal, Sample, Samples, Unreadable

# Of platforms that have no connector of their own.
OTHERS: Samples = {
    "SOURCES.md": Aside("says where the samples come from"),
    "jsonfeed/feedbin-feed.json": Aside("read by tests/feeds/test_real_feeds.py"),
    "rss/microposts.xml": Aside("read by tests/feeds/test_real_feeds.py"),
    "meetup/USER_JSON.json": Aside("a person; Meetup's free door is its calendar"),
    "twitch/error-401.json": Aside("Twitch has no connector"),
    "twitch/videos.json": Aside("Twitch has no connector"),
    "vimeo/README.txt": Aside("says that there is none"),
}

pytestmark = pytest.mark.skipif(
    not SAMPLES_FOLDER.is_dir(), reason="the samples are not beside this checkout"
)


def samples() -> Iterator[tuple[str, Sample]]:
    yield from OTHERS.items()
    for name in connectors.names():
        if (Path(__file__).parent / f"test_{name}.py").is_file():
            module = importlib.import_module(f"tests.connectors.test_{name}")
            yield from getattr(module, "SAMPLES", {}).items()


ALL = dict(samples())
PAGES = {name: each for name, each in ALL.items() if isinstance(each, Page)}
REFUSALS = {name: each for name, each in ALL.items() if isinstance(each, Refusal)}
UNREADABLE = {name: each for name, each in ALL.items() if isinstance(each, Unreadable)}


def test_every_sample_is_somebodys() -> None:
    files = {str(path.relative_to(SAMPLES_FOLDER)) for path in SAMPLES_FOLDER.rglob("*") if path.is_file()}

    assert set(ALL) == files


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_posts_parses_and_what_is_rejected_is_named(name: str) -> None:
    page = PAGES[name]
    body = page.body((SAMPLES_FOLDER / name).read_bytes())
    answers = (*page.before, Response(page.url, body, page.headers, 200, NOW), *page.after)
    batch = advance(page.connector, "source", page.since, answers)

    assert isinstance(batch, Batch), f"it goes on to ask {batch.url}"
    assert batch.rejected == page.rejected
    assert len(batch.posts) == page.posts
    assert all(post.permalink for post in batch.posts)


@pytest.mark.parametrize("name", REFUSALS)
def test_an_error_is_given_its_cause(name: str) -> None:
    sample = REFUSALS[name]
    body = sample.body((SAMPLES_FOLDER / name).read_bytes())
    response = Response("https://origin.example/", body, sample.headers, sample.status, NOW)

    with pytest.raises(PlatformError) as refused:
        advance(sample.connector, "source", sample.since, (*sample.before, response))
    assert refused.value.cause is sample.cause


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_said_so(name: str) -> None:
    sample = UNREADABLE[name]
    response = Response("https://origin.example/", (SAMPLES_FOLDER / name).read_bytes(), {}, 200, NOW)

    with pytest.raises(BadData, match=sample.why):
        advance(sample.connector, "source", "", (*sample.before, response))
