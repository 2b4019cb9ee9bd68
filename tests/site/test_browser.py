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
SIZES = {"phone": (390, 844), "narrow": (320, 700), "desktop": (1280, 900)}


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


def test_a_visitors_browser_talks_to_the_hub_alone(page: Page, address: str, paths: list[str]) -> None:
    elsewhere: list[str] = []
    said: list[str] = []
    page.on(
        "request", lambda request: None if request.url.startswith(address) else elsewhere.append(request.url)
    )
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in paths:
        page.goto(address + path, wait_until="networkidle")

    assert elsewhere == []
    assert said == [], "no error, and nothing that the policy had to stop"


def test_every_picture_is_shown(page: Page, address: str, paths: list[str]) -> None:
    for path in paths:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
        page.wait_for_load_state("networkidle")
        broken = page.evaluate(
            "[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src)"
        )
        assert broken == [], path


@pytest.mark.parametrize("size", SIZES)
def test_no_page_scrolls_sideways(browser: Browser, address: str, paths: list[str], size: str) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    for path in paths:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


def test_the_keyboard_reaches_the_content_first(page: Page, address: str) -> None:
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_everything_is_there_without_script(browser: Browser, address: str, paths: list[str]) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    for path in paths:
        page.goto(address + path)
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_page(browser: Browser, address: str, scheme: str) -> None:
    page = browser.new_page(color_scheme="light" if scheme == "light" else "dark")
    page.goto(address + "/")
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        ".map(colour => { const c = document.createElement('canvas').getContext('2d');"
        " c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3) })"
    )
    page.close()
    assert _contrast(ink, paper) >= 7


def _contrast(one: list[int], other: list[int]) -> float:
    """Contrast as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: list[int]) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
