"""The theme is one as Pelican's users know them: pelican-themes takes it, and it has the templates they expect."""

from __future__ import annotations

import sys
from pathlib import Path

import pelican
import pytest
from pelican.tools import pelican_themes

from tests.conftest import ROOT

THEME = ROOT / "theme"


@pytest.fixture
def themes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed themes."""
    monkeypatch.setattr(pelican_themes, "_THEMES_PATH", str(tmp_path))
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["pelican-themes", *words])
    pelican_themes.main()


def test_pelican_themes_installs_it(
    themes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--install", str(THEME))
    run(monkeypatch, "--list")

    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [THEME.name]
    assert names(themes / THEME.name) == names(THEME)


def test_pelican_themes_links_and_removes_it(
    themes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--symlink", str(THEME))
    assert names(themes / THEME.name) == names(THEME)

    run(monkeypatch, "--remove", THEME.name)
    assert capsys.readouterr().err == ""
    assert list(themes.iterdir()) == []
    assert THEME.is_dir()


def test_it_has_every_template_of_pelicans_own_theme() -> None:
    simple = Path(pelican.__file__).parent / "themes/simple/templates"

    assert {path.name for path in simple.glob("*.html")} - {
        path.name for path in (THEME / "templates").glob("*.html")
    } == set()


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
