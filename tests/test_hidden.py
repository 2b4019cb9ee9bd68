"""Held, hidden and forgotten: in no file of the site, whatever brings it back. Real fetches, real builds."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable

import pytest

from tests.conftest import ROOT, Hub, everything


class Desk:
    """Larkwood's hub with a content folder of its own, in which nothing is said of any post yet."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.content = hub.folder / "content"

    def invoke(self, *words: str) -> str:
        done = self.hub.invoke(*words, "--", str(self.content), "-o", str(self.hub.output))
        assert done.returncode in (0, 3, 4), done.stderr
        return done.stderr

    def post(self) -> tuple[str, str, str, list[str]]:
        """Source and key of a post with a picture that nobody else shows, words of it, and the picture's name."""
        store = sqlite3.connect(self.hub.folder / "state/store.sqlite")
        rows = store.execute(
            "SELECT source, post.key, json_extract(data, '$.text'), picture.name "
            "FROM post JOIN shows ON shows.key = post.key JOIN picture USING (url) "
            "WHERE picture.name != '' AND status = 'published' AND post.key NOT IN (SELECT key FROM member) "
            "AND (SELECT count(DISTINCT shows.key) FROM shows JOIN picture AS same USING (url) "
            "     WHERE same.name = picture.name) = 1 "
            "AND length(json_extract(data, '$.text')) > 40 ORDER BY post.key",
        ).fetchall()
        store.close()
        source, key, text, name = rows[0]
        return source, key, text[:40], [name]

    def shown(self, words: str, pictures: list[str]) -> list[str]:
        """The files of the site in which any of this stands."""
        return [
            path for path, text in everything(self.hub.output)
            if words in text or any(name in text or name in path for name in pictures)
        ]  # fmt: skip


@pytest.fixture(scope="module")
def furnished(larkwood: Hub, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Larkwood's hub, built with that folder; in English alone, for posts are the same in each language."""
    hub = Hub(tmp_path_factory.mktemp("hidden") / "hub", "en")
    shutil.copytree(larkwood.folder, hub.folder)
    shutil.copytree(ROOT / "content/images", hub.folder / "content/images")
    Desk(hub).invoke("build")
    return hub


@pytest.fixture
def desk(furnished: Hub, copy_of: Callable[[Hub], Hub]) -> Desk:
    return Desk(copy_of(furnished))


def test_a_hidden_post_is_in_no_file_and_stays_out_when_it_is_fetched_again(desk: Desk) -> None:
    source, key, words, pictures = desk.post()
    desk.invoke("build")
    assert desk.shown(words, pictures)

    desk.invoke("pick", key, "--hide")
    desk.invoke("build")
    assert desk.shown(words, pictures) == []

    desk.invoke("fetch", "--only", source)
    desk.invoke("build")
    assert desk.shown(words, pictures) == []
    assert "hidden" in desk.invoke("why", key)

    desk.invoke("pick", key, "--show")
    desk.invoke("build")
    assert desk.shown(words, pictures)


def test_a_held_post_is_in_the_queue_and_in_no_file_of_the_site(desk: Desk) -> None:
    _, key, words, pictures = desk.post()
    word = max(words.split(), key=len).strip(".,")
    (desk.content / "rules.toml").write_text(f'[[rule]]\ndo = "hold"\nwords = ["{word}"]\n', encoding="utf-8")
    desk.invoke("build")

    assert desk.shown(words, pictures) == []
    assert key in desk.invoke("queue")
    page = (desk.hub.folder / "state/desk/queue.html").read_text(encoding="utf-8")
    assert f"invoke pick {key} --approve" in page
    desk.invoke("pick", key, "--approve")
    desk.invoke("build")
    assert desk.shown(words, pictures)
    assert key not in desk.invoke("queue")


def test_a_forgotten_post_is_nowhere_and_does_not_come_back(desk: Desk) -> None:
    source, key, words, pictures = desk.post()
    desk.invoke("build")
    files = [
        path for path in (desk.hub.folder / "state/pictures").rglob("*") if pictures[0] in path.as_posix()
    ]
    assert files

    desk.invoke("forget", key, "--yes")
    for again in (False, True):
        if again:
            desk.invoke("fetch", "--only", source)
            desk.invoke("build")
        assert desk.shown(words, pictures) == []
        assert not [path for path in files if path.exists()]
        kept = [
            path
            for path in (desk.hub.folder / "state").rglob("*.sqlite*")
            if words.encode() in path.read_bytes()
        ]
        assert kept == []
