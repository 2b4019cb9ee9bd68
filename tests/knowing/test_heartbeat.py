"""What the home page says of its own age, in a real browser: true when runs go on, and when they have stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import expect

from forecourt.policy import csp
from tests.conftest import NOW, ROOT, file_server
from tests.site.visitor import careful_browser

THEME = ROOT / "theme"
SAID = "22 November 2026, 09:00"


def hero(stale: tuple[object, ...] = ()) -> str:
    """The theme's own words, as a build writes them."""
    environment = Environment(
        loader=FileSystemLoader(THEME / "templates"), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # of the extension
    environment.filters |= {
        "datetime": lambda moment: f"{moment:%-d %B %Y, %H:%M}", "iso": lambda moment: moment.isoformat(),
        "number": str,
    }  # fmt: skip
    hub = SimpleNamespace(as_of=NOW, stale=stale, follow_url="/follow/")
    brand = SimpleNamespace(tagline="Homes", hero=None, description="", hashtag="")
    return environment.get_template("partials/hero.html").render(hub=hub, brand=brand)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    shutil.copytree(THEME / "static/js", tmp_path / "theme/js")
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="en"><meta http-equiv="Content-Security-Policy" content="{csp()}">'
        f'<link rel="icon" href="data:,"><script type="module" src="/theme/js/hub.js"></script>{hero()}',
        encoding="utf-8",
    )
    with file_server(tmp_path) as address:
        yield address


def test_the_page_says_when_it_was_updated_and_when_it_has_not_been(address: str) -> None:
    with careful_browser() as browser:
        context = browser.new_context(timezone_id="Europe/Paris")
        context.clock.install(time=NOW + timedelta(hours=3))
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        line = page.locator(".live")
        expect(line).to_have_text("Updated 3 hr. ago", use_inner_text=True)
        assert page.locator(".dot.partly:visible").count() == 0

        page.clock.run_for((20 * 60 + 59) * 60_000)
        expect(line).to_have_text("Updated 23 hr. ago", use_inner_text=True)
        page.clock.run_for(2 * 60_000)
        expect(line).to_have_text(f"Not updated since {SAID}", use_inner_text=True)
        assert page.locator("[aria-live] .live, [role=status] .live").count() == 0, "it is read out to nobody"
        page.clock.run_for(30 * 60_000)

        assert {url.removeprefix(address) for url in asked} <= {"/", "/theme/js/hub.js", "data:,"}
        context.close()

        late = browser.new_context(timezone_id="Europe/Paris")
        late.clock.install(time=NOW + timedelta(days=40))
        page = late.new_page()
        page.goto(address)
        expect(page.locator(".live")).to_have_text(f"Not updated since {SAID}", use_inner_text=True)
        late.close()

        without = browser.new_context(java_script_enabled=False)
        page = without.new_page()
        page.goto(address)
        expect(page.locator(".live")).to_have_text(f"Updated {SAID}", use_inner_text=True)
        without.close()
