"""Real feeds, which are not ours to publish: run where they lie beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest

from forecourt import feeds
from forecourt.connectors import Batch, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.model import Post
from tests.conftest import SHARED

OURS = Path(__file__).parent / "fixtures"
DOCUMENTS = sorted((SHARED / "feeds" / "real").glob("s*"))


def poll(document: Path) -> Batch:
    # "s055_blogger_larkwood.example.xml" came from larkwood.example.
    url = f"https://{document.stem.split('_', 2)[-1]}/feed"
    batch = advance(Feed(url), "real", "", (Response(url, document.read_bytes()),))
    assert isinstance(batch, Batch)
    return batch


def number_of_entries(document: Path) -> int:
    if document.suffix == ".json":
        return len(json.loads(document.read_bytes())["items"])
    with document.open("rb") as file:
        return len(feedparser.parse(file, sanitize_html=False, resolve_relative_uris=False).entries)


def is_whole(post: Post) -> bool:
    """Whether it has a title or text, and a link; without a date it gets the moment when it is first seen."""
    return bool(post.permalink and (post.title or post.text))


@pytest.mark.promise(25)
@pytest.mark.skipif(not DOCUMENTS, reason="needs ../shared/feeds/real beside the checkout")
def test_real_feeds_come_out_whole(figure: Callable[[str], None]) -> None:
    entries = {document.name: number_of_entries(document) for document in DOCUMENTS}
    batches = {document.name: poll(document) for document in DOCUMENTS}

    posts = [post for batch in batches.values() for post in batch.posts]
    whole = sum(map(is_whole, posts))
    dated = sum(post.published is not None for post in posts)
    total = sum(entries.values())
    with_entries = [name for name, batch in batches.items() if batch.posts or not entries[name]]
    figure(
        f"{len(with_entries)} of {len(DOCUMENTS)} real feeds, {len(posts):,} of {total:,} entries, "
        f"{whole / total:.1%} with title or text and link, {dated / total:.1%} dated by themselves"
    )
    assert with_entries == list(batches)
    assert len(posts) == total
    assert whole / total >= 0.995
    assert all(post.published is None or post.published.tzinfo for post in posts)
    assert all(len({post.id for post in batch.posts}) == len(batch.posts) for batch in batches.values())


@pytest.mark.promise(26)
@pytest.mark.skipif(not DOCUMENTS, reason="needs ../shared/feeds/real beside the checkout")
def test_real_feeds_in_json_come_out_whole(figure: Callable[[str], None]) -> None:
    documents = [document for document in DOCUMENTS if document.suffix == ".json"]
    whole = [
        document.name
        for document in documents
        if len(posts := poll(document).posts) == number_of_entries(document) and all(map(is_whole, posts))
    ]
    figure(f"{len(whole)} of {len(documents)} real ones whole")
    assert len(whole) == len(documents) > 0


@pytest.mark.promise(25)
def test_our_own_documents_come_out_whole(figure: Callable[[str], None]) -> None:
    read = {
        path.name: feeds.parse(path.read_bytes(), "", "https://larkwood.example/feed")
        for path in OURS.glob("*.*")
        if path.suffix != ".html"
    }
    made = {name: feeds.as_posts(feed, "ours") for name, feed in read.items()}
    entries = sum(len(feed.entries) for feed in read.values())
    posts = [post for some, _ in made.values() for post in some]
    figure(f"{len(posts)} of {entries} entries of {len(read)} documents of ours")
    assert len(posts) == entries >= 15
    assert [rejected for _, rejected in made.values() if rejected] == []
