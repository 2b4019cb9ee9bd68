"""The site in a real browser: what it loads, and what it looks like to those who use it otherwise."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Hub, file_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# As root in a container there is no sandbox to be had; the other flags keep Chromium from calling home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here; CI must install one")
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(larkwood: Hub) -> Iterator[str]:
    with file_server(larkwood.output) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def a_post(larkwood: Hub, words: str) -> str:
    for page in sorted((larkwood.output / "posts").rglob("index.html")):
        if words in page.read_text(encoding="utf-8"):
            return f"/posts/{page.parent.name}/"
    raise AssertionError(words)


@pytest.fixture(scope="module")
def paths(larkwood: Hub) -> list[str]:
    """A page of every kind."""
    return [
        "/",
        a_post(larkwood, "Found pencilled on the wall"),
        "/archive/",
        "/archive/2026/11/",
        "/tags/",
        "/tags/lyon/",
        "/networks/mastodon/",
        "/sources/larkwood-dubai/",
        "/news/",
        "/news/gathering-table/",
        "/about/",
        "/follow/",
        "/404.html",
    ]


def test_every_picture_is_shown(page: Page, address: str, paths: list[str]) -> None:
    for path in paths:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
        page.wait_for_load_state("networkidle")
        broken = page.evaluate(
            "[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src)"
        )
        assert broken == [], path


def test_the_keyboard_reaches_the_content_first(page: Page, address: str) -> None:
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
