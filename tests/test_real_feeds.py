"""Real feed documents, served over HTTP on loopback as the sources of one hub."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import feedparser
import pytest

from forecourt import config, ingest
from forecourt.accounts import link
from forecourt.report import Report
from forecourt.store import Store
from tests.conftest import SHARED, Hub, file_server
from tests.site.test_build import times

FEEDS = SHARED / "feeds/real"

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the real feeds are not beside this checkout")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with file_server(FEEDS) as address:
        yield address


@pytest.fixture(scope="module")
def documents() -> dict[str, Path]:
    """Every document by the name of its source."""
    paths = sorted(path for path in FEEDS.iterdir() if path.suffix in {".xml", ".json"})
    return {re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-"): path for path in paths}


@pytest.fixture(scope="module")
def hub(
    tmp_path_factory: pytest.TempPathFactory,
    address: str,
    documents: dict[str, Path],
    draw: Callable[[Hub], Hub],
) -> Hub:
    hub = draw(Hub(tmp_path_factory.mktemp("real"), "en"))
    hub.link(
        "\n".join(
            f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{address}/{path.name}"\n'
            for name, path in documents.items()
        )
    )
    return hub


def fetch(hub: Hub, now: datetime) -> Report:
    """As `invoke fetch` does, but for the pictures: those are at real hosts."""
    settings = {
        "TIMEZONE": "Europe/Paris",
        "HUB_SOURCES": "sources.toml",
        "HUB_STATE": "state",
        "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
    }
    found = config.load(settings, hub.folder, {})
    with Store(found.store, found.timezone) as store:
        return asyncio.run(ingest.fetch(found, link(found, {}), store, now, pictures=False, insist=True))


def entries(path: Path) -> int:
    """How many entries a document has, by feedparser and by json."""
    body = path.read_bytes()
    if body.lstrip()[:1] == b"{":
        return len(json.loads(body).get("items", []))
    return len(feedparser.parse(io.BytesIO(body)).entries)


def test_real_feeds_become_whole_posts_and_a_site_that_stays_still(
    hub: Hub, documents: dict[str, Path], now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    first = fetch(hub, now)
    expected = {name: entries(path) for name, path in documents.items()}
    got = {source.name: source.new for source in first.sources}
    with sqlite3.connect(hub.folder / "state/store.sqlite") as store:
        rows = [
            json.loads(row[0]) | {"moment": row[1]}
            for row in store.execute("SELECT data, published FROM post")
        ]
    store.close()
    whole = sum(bool(row["permalink"] and (row["title"] or row["text"]) and row["moment"]) for row in rows)
    with capsys.disabled():
        print(
            f"\n{len(documents)} documents, {sum(expected.values())} entries, {len(rows)} posts, {whole} whole"
        )

    assert not [source for source in first.sources if source.status == "failed"]
    assert not [name for name, count in expected.items() if count and not got[name]]
    assert whole >= 0.97 * sum(expected.values())

    assert hub.build("--json").returncode in (0, 1)
    pages = [*(hub.output / "posts").iterdir()]
    assert len(pages) >= 0.97 * len(rows), "all but what is not due yet is on the site"
    before = times(hub.output)
    counter = _counter(hub)

    second = fetch(hub, now)
    again = json.loads(hub.build("--json").stdout)

    assert {source.status for source in second.sources} == {"same"}
    assert _counter(hub) == counter
    assert (again["written"], again["removed"]) == (0, 0)
    assert times(hub.output) == before


def _counter(hub: Hub) -> int:
    with sqlite3.connect(hub.folder / "state/store.sqlite") as store:
        value: int = store.execute("SELECT value FROM counter").fetchone()[0]
    store.close()
    return value
