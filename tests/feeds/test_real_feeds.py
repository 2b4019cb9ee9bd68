"""Real feeds, which are not ours to publish: run where they lie beside the checkout."""

import json
import time
from pathlib import Path

import feedparser
import pytest

from forecourt.connectors import Batch, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.errors import BadData

SHARED = Path(__file__).parents[2].parent / "shared"
DOCUMENTS = sorted((SHARED / "feeds" / "real").glob("s*"))
BOMBS = sorted(path for kind in ("xml", "json") for path in (SHARED / "hostile" / "bombs" / kind).glob("*"))


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


@pytest.mark.skipif(not DOCUMENTS, reason="needs ../shared/feeds/real beside the checkout")
def test_real_feeds_come_out_whole(capsys: pytest.CaptureFixture[str]) -> None:
    entries = {document.name: number_of_entries(document) for document in DOCUMENTS}
    started = time.process_time()
    batches = {document.name: poll(document) for document in DOCUMENTS}
    spent = time.process_time() - started

    posts = [post for batch in batches.values() for post in batch.posts]
    complete = [post for post in posts if post.permalink and (post.title or post.text)]
    dated = [post for post in posts if post.published]
    total = sum(entries.values())
    with capsys.disabled():
        print(
            f"\n{len(DOCUMENTS)} real feeds, {total} entries: {len(posts)} posts, {len(complete) / total:.2%} with "
            f"permalink and title or text, {len(dated) / total:.1%} dated, {spent:.2f} CPU s"
        )
    assert [name for name, batch in batches.items() if entries[name] and not batch.posts] == []
    assert len(complete) / total >= 0.995
    assert all(post.published is None or post.published.tzinfo for post in posts)
    assert all(len({post.id for post in batch.posts}) == len(batch.posts) for batch in batches.values())


@pytest.mark.parametrize("document", BOMBS, ids=lambda path: path.name)
def test_a_hostile_document_gives_posts_or_a_sentence(document: Path) -> None:
    said = ""
    try:
        said = repr(poll(document))
    except BadData as error:
        said = f"{error}"
    assert said
    assert "root:" not in said
