from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.errors import StoreError
from forecourt.store import Store
from forecourt.store.schema import MIGRATIONS

FIXTURES = Path(__file__).parent / "fixtures"
UTC = ZoneInfo("UTC")


@pytest.mark.promise(50)
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("version-*.sql")), ids=lambda path: path.stem)
def test_a_store_of_every_earlier_version_is_read(
    path: Path, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Each release leaves a dump of its store; today's program brings it up and shows its posts."""
    file = tmp_path / "store.sqlite"
    with sqlite3.connect(file) as old:
        old.executescript(path.read_text(encoding="utf-8"))
    old.close()

    with Store(file, UTC) as store:
        assert [post.title for post in store.posts.of_source("blog")] == ["The winter table"]
        assert store.sources.all()["blog"].etag == '"v1"'
        assert store.pictures.get("https://blog.example/a.jpg") is not None
        figure(f"{path.stem} read")


def test_there_is_a_dump_of_every_version() -> None:
    versions = {f"version-{number}" for number in range(1, len(MIGRATIONS) + 1)}

    assert {path.stem for path in FIXTURES.glob("version-*.sql")} == versions


def test_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    with sqlite3.connect(file) as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()

    with pytest.raises(StoreError, match="newer Forecourt"):
        Store(file, UTC)


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    file.write_bytes(b"This is not a database, but it is long enough to look like one. " * 64)

    with pytest.raises(StoreError, match=r"store\.sqlite is damaged"):
        Store(file, UTC)


def test_a_migration_that_breaks_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.sqlite"
    Store(file, UTC).close()
    broken = "CREATE TABLE half (x); CREATE TABLE half (x);"
    monkeypatch.setattr("forecourt.store.schema.MIGRATIONS", (*MIGRATIONS, broken))

    with pytest.raises(StoreError):
        Store(file, UTC)

    with sqlite3.connect(file) as after:
        assert after.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert after.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    after.close()
