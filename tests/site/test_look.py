"""Before a build imports anything, it looks whether there is anything to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forecourt.report import BuildReport
from forecourt.site import look
from forecourt.store import Store
from forecourt.store.ledger import LEDGER, Ledger
from tests.conftest import NOW
from tests.site.workbench import Workbench, article, post

ARTICLE = "content/written.json"


@pytest.fixture
def work(tmp_path: Path) -> Workbench:
    """A hub that was built, of files that are older than the clock of any file system is coarse."""
    work = Workbench(tmp_path)
    work.settings()
    work.say(post(1, "north", tags=("Oak",)))
    work.edit(article(1))
    for path in tmp_path.rglob("*"):
        if path.is_file() and ".hub" not in path.parts:
            os.utime(path, ns=(10**18, 10**18))
    work.build()
    settle(work)
    return work


def settle(work: Workbench) -> None:
    """See that nothing is left to be done, and that the next look need not read a file."""
    assert looked(work)


def looked(work: Workbench, **config: object) -> BuildReport | None:
    found, _ = work.settings()
    asked = look.Asked(
        replace(found, cores=1, **config),  # type: ignore[arg-type]  # values of Config's own fields
        found.content,
        work.folder / "theme",
        work.output,
        "settings",
        {},
        (work.folder / "plugins",),
    )
    return look.unchanged(asked, work.now)


def test_nothing_changed_is_seen_at_a_look(work: Workbench) -> None:
    report = looked(work)

    assert report
    assert report.posts == 2


def edited(path: Path) -> None:
    """In the same second, to the same length, with its time put back."""
    stat = path.stat()
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def moved(path: Path) -> None:
    path.rename(path.with_name(f"other{path.suffix}"))


@pytest.mark.parametrize("change", [edited, Path.unlink, moved], ids=["edited", "deleted", "renamed"])
@pytest.mark.parametrize(
    "name", [ARTICLE, "theme/templates/period_archives.html", "theme/static/a.css", "plugins/mine.py"]
)
def test_a_file_that_was_changed_is_noticed(
    work: Workbench, name: str, change: Callable[[Path], None]
) -> None:
    path = work.folder / name
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_text("x = 1\n")
        work.build()
        settle(work)
    change(path)

    assert looked(work) is None


def test_a_new_file_is_noticed_and_a_hidden_one_is_not(work: Workbench) -> None:
    (work.folder / "content/.swp").write_text("an editor's own")
    assert looked(work)

    (work.folder / "content/new.md").write_text("Title: New")
    assert looked(work) is None


def test_a_file_that_was_touched_and_is_the_same_is_no_change(work: Workbench) -> None:
    path = work.folder / "theme/templates/period_archives.html"
    path.touch()
    assert looked(work)

    shutil.copy(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    assert looked(work)


def test_an_edit_within_the_tick_of_a_coarse_clock_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file system counts whole seconds and no changes, a file just written tells nothing by its time."""

    def coarse(path: Path) -> str:
        stat = path.stat()
        return f"{stat.st_size} {stat.st_mtime_ns // 10**9}"

    monkeypatch.setattr(look, "_stamp", coarse)
    work = Workbench(tmp_path)
    work.settings()
    work.build()
    edited(work.folder / "theme/templates/period_archives.html")

    assert looked(work) is None


def test_only_what_may_have_changed_is_read(work: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "_UNSETTLED", 0)
    work.say(post(3, "north"))
    work.build()
    looked(work)
    read: list[Path] = []
    real = look._digest

    def digest(path: Path) -> str:
        read.append(path)
        return real(path)

    monkeypatch.setattr(look, "_digest", digest)
    looked(work)
    assert read == []

    (work.folder / "theme/templates/period_archives.html").touch()
    looked(work)
    assert [path.name for path in read] == ["period_archives.html"]


def test_links_that_lead_round_are_walked_once(work: Workbench) -> None:
    (work.folder / "content/again").symlink_to(work.folder / "content")

    assert looked(work)


def test_settings_and_the_environment_are_noticed(work: Workbench) -> None:
    assert looked(work, site_url="https://other.example") is None
    assert looked(work, index_posts=True) is None
    work.brand["tagline"] = "Other"
    assert looked(work) is None


def test_the_store_is_noticed(work: Workbench) -> None:
    work.say(post(1, "north", tags=("Oak",)))
    assert looked(work), "the same post again is no change"

    work.say(post(1, "north", tags=("Linen",)))
    assert looked(work) is None


def test_time_is_noticed_when_something_is_due(work: Workbench) -> None:
    work.say(post(2, "north", published=NOW + timedelta(hours=5), display_until=NOW + timedelta(hours=9)))
    work.edit(article(2, published=NOW + timedelta(hours=20)))
    made = []
    for hours in range(24):
        work.now = NOW + timedelta(hours=hours)
        if looked(work) is None:
            work.build()
            made.append(hours)

    assert made == [0, 5, 9, 20]
    work.now = NOW
    assert looked(work) is None, "a clock that was put back"


def test_the_home_page_is_looked_at(work: Workbench) -> None:
    (work.output / "index.html").unlink()
    assert looked(work) is None

    work.build()
    assert (work.output / "index.html").is_file()


def test_an_output_that_is_gone_is_made_anew(work: Workbench) -> None:
    before = work.files()
    shutil.rmtree(work.output)
    assert looked(work) is None

    work.build()
    assert work.files() == before


def test_pages_that_were_under_way_are_noticed(work: Workbench) -> None:
    with Ledger.open(work.output) as ledger, ledger.transaction():
        ledger.begin(["home"])

    assert looked(work) is None
    work.build()
    assert looked(work)


def test_a_store_that_was_put_back_and_went_on_is_no_continuation(work: Workbench) -> None:
    """A copy counts through the same numbers again, with other posts."""
    store = work.folder / ".hub/store.sqlite"
    copy = store.with_suffix(".copy")
    shutil.copy(store, copy)
    work.say(post(2, "north"))
    work.build()
    number = reached(work)
    copy.replace(store)
    shutil.rmtree(work.folder / ".hub/generations")
    work.say(post(3, "north"))

    assert reached(work) == number
    assert looked(work) is None
    work.check()


def reached(work: Workbench) -> int:
    with Store(work.folder / ".hub/store.sqlite", work.settings()[0].timezone) as store:
        return store.changes.number()


def test_a_ledger_that_cannot_be_read_costs_a_whole_build(work: Workbench) -> None:
    before = work.files()
    (work.output / LEDGER).write_bytes(b"SQLite format 3\0 and then nothing" * 300)
    assert looked(work) is None

    report = work.build()
    assert report.made > 20
    assert work.files() == before
    assert looked(work)


def test_pages_of_a_forecourt_before_ledgers_leave(work: Workbench) -> None:
    gone = work.output / "old/index.html"
    gone.parent.mkdir()
    gone.write_text("old")
    mine = work.output / "mine.html"
    mine.write_text("mine")
    (work.output / LEDGER).write_text("old/index.html\nindex.html\n")
    work.build()

    assert not gone.exists()
    assert mine.exists()


def test_the_ledger_holds_nothing_that_is_not_published(work: Workbench) -> None:
    work.edit(article(7, title="Nobody knows yet", published=NOW + timedelta(days=9)))
    work.edit(article(8, title="Only a draft", status="draft", file="", path="drafts/secret-name/"))
    work.build()
    ledger = (work.output / LEDGER).read_bytes()

    assert b"Nobody" not in ledger
    assert b"news/7" not in ledger
    assert b"secret-name" not in ledger
    assert str(work.folder).encode() not in ledger
