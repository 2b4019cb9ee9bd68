"""What a change costs: the pages that are made, the files that are written, the questions put to the stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forecourt.curate import decide
from tests.conftest import NOW
from tests.site.workbench import TAGS, Workbench, article, post, small_pages

MOST_FILES = 28
"""That one new post with two topics may write: each of its listings has three feeds."""


def changed(work: Workbench) -> set[str]:
    """Build, and name the files that differ from before."""
    before = work.files()
    report = work.build()
    after = work.files()
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert report.written + report.removed == len(differ)
    return differ


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workbench]:
    with small_pages():
        work = Workbench(tmp_path)
        for number in range(0, 60, 3):
            work.say(
                post(number, "north" if number % 2 else "south", tags=("Oak",) if number % 4 else ("Linen",))
            )
        for number in range(3):
            work.edit(article(number, tags=("Oak",)))
        work.build()
        yield work


def test_a_brand_colour_touches_one_file(work: Workbench) -> None:
    work.brand["colours"] = {"accent": "#a83f24"}

    assert changed(work) == {"theme/brand.css"}


def test_a_template_touches_the_pages_that_it_makes(work: Workbench) -> None:
    work.retouch("period_archives.html", "!")
    months = {name for name in work.files() if "/20" in name and name.endswith(".html")}
    assert changed(work) == months

    work.retouch("post.html", "!")
    assert changed(work) == {name for name in work.files() if name.startswith("posts/")}


def test_a_fragment_touches_the_pages_that_include_it(work: Workbench) -> None:
    work.retouch("cards/note.html", "!")
    differ = changed(work)

    assert "index.html" in differ
    assert "tags/linen/index.html" in differ
    assert not [name for name in differ if name.startswith(("posts/", "follow/", "404", "tags/index"))]


def test_a_brand_colour_touches_every_page_that_has_a_share_picture_in_it(work: Workbench) -> None:
    (work.folder / "theme/theme.toml").write_text("[pictures]\nshare = true\n")
    work.check()
    work.brand["colours"] = {"brand": "#401050"}
    work.check()


def test_what_stands_round_every_page_touches_all(work: Workbench) -> None:
    work.brand["hashtag"] = "#Other"

    assert changed(work) == {name for name in work.files() if name.endswith(".html")}


def test_an_article_touches_its_page_and_where_it_stands(work: Workbench) -> None:
    work.edit(article(1, tags=("Oak",), title="Other"))
    differ = changed(work)

    assert "news/1/index.html" in differ
    assert {"index.html", "news/index.html", "tags/oak/index.html", "feed.xml", "news/feed.json"} <= differ
    assert not [name for name in differ if name.startswith(("posts/", "sources/", "networks/", "tags/linen"))]


def test_the_name_of_an_account_touches_its_own(work: Workbench) -> None:
    work.accounts["south"]["label"] = "Southern"
    differ = changed(work)

    assert "sources/south/index.html" in differ
    assert "follow/index.html" in differ
    assert not [name for name in differ if name.startswith("sources/north")]


def test_one_new_post_leaves_the_archive_alone(work: Workbench) -> None:
    work.say(post(1, "north", tags=("Oak",), published=NOW))
    differ = changed(work)

    assert "index.html" in differ
    old = {name for name in differ if "/2026/0" in name or "/2026/10" in name}
    assert old == set(), "no page of months gone by"


@contextmanager
def counted(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is asked of the store and of the ledger."""
    asked: list[str] = []
    real = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **named)
        connection.set_trace_callback(asked.append)
        return connection

    with patch.context() as within:
        within.setattr(sqlite3, "connect", connect)
        yield asked


def grown(folder: Path, posts: int) -> Workbench:
    """A hub of that many posts over two months, as many on each day."""
    folder.mkdir()
    work = Workbench(folder)
    with work.stored() as (store, accounts):
        for source, account in accounts.items():
            batch = [
                post(number, source, tags=(TAGS[number % 4],), published=NOW - timedelta(hours=number % 1440))
                for number in range(posts // 3)
            ]
            store.posts.save(source, [(each, decide(each, account.rules)) for each in batch], NOW)
    work.build()
    return work


def test_one_new_post_costs_the_same_in_a_large_hub_as_in_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for posts in (900, 1800):
        work = grown(tmp_path / str(posts), posts)
        work.say(post(9999, "north", tags=("Oak", "Linen"), published=NOW))
        with counted(monkeypatch) as asked:
            report = work.build()
        costs.append((report.made, report.written, len(asked)))
        assert report.written <= MOST_FILES

    assert costs[0][:2] == costs[1][:2]
    assert costs[1][2] <= costs[0][2] * 1.2, "what is shown is read, and nothing else"


def test_nothing_new_asks_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = grown(tmp_path / "hub", 300)
    with counted(monkeypatch) as asked:
        report = work.build()

    assert (report.made, report.written) == (0, 0)
    assert len(asked) <= 20
