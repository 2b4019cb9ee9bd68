"""Larkwood's whole hub, built by the real Pelican with the real theme."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from forecourt.deploy.guard import Looked, Rules, look
from forecourt.deploy.records import File
from tests.conftest import Hub
from tests.deploy.guard.test_markup import both

DESK = "http://localhost:8000"


@pytest.fixture(scope="module")
def looked(larkwood: Hub, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    return _look(larkwood, DESK, tmp_path_factory.mktemp("memory"))


def _look(hub: Hub, address: str, memory: Path) -> Looked:
    files = []
    for path in sorted(
        path for path in hub.output.rglob("*") if path.is_file() and path.name != ".forecourt"
    ):
        data = path.read_bytes()
        name = path.relative_to(hub.output).as_posix()
        files.append(File(name, hashlib.sha256(data).hexdigest(), len(data), "", ""))
    secrets = [
        said for name, said in hub.environ.items() if "TOKEN" in name or "SECRET" in name or "KEY" in name
    ]
    return look(hub.output, files, memory, Rules(address=address, languages=("fr",)), secrets)


def test_the_demo_has_nothing_that_is_wrong_but_its_drafts(looked: Looked) -> None:
    assert [one for one in looked.found if one.check != "draft"] == []
    assert {one.path for one in looked.found} == {"drafts/bench-on-tour/index.html"}


def test_a_site_that_was_built_for_the_desk_is_not_for_the_public(larkwood: Hub, tmp_path: Path) -> None:
    found = _look(larkwood, "https://hub.larkwood.example", tmp_path).found
    assert {"feed.xml", "sitemap.xml", "robots.txt", "index.html"} <= {
        one.path for one in found if one.check == "local-address"
    }


def test_posts_are_counted_as_the_pages_say(larkwood: Hub, looked: Looked) -> None:
    for name in ("mastodon", "events", "linkedin"):
        said = (larkwood.output / f"networks/{name}/index.html").read_text(encoding="utf-8")
        assert f"<span>{looked.counts[f'network/{name}']} posts</span>" in said


def test_every_page_of_the_demo_is_read_as_python_reads_it(larkwood: Hub) -> None:
    pages = sorted(larkwood.output.rglob("*.html"))
    for path in pages[::40]:
        quick, slow = both(path.read_text(encoding="utf-8"))
        assert quick == slow, path
