from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Route

from tests.conftest import ROOT, Hub
from tests.site.test_browser import browser
from tests.test_tasks import NO_PICTURES, article

__all__ = ["browser"]


@pytest.fixture
def desk(hub: Hub) -> Iterator[tuple[str, Path]]:
    """`invoke livereload` over a content folder of its own: where it is, and its one article."""
    path = article(hub, "news.md", "Title: First\nDate: 2026-11-01\nSlug: news\n\nText")
    for _ in range(5):
        address, process = _begun(hub)
        try:
            if _answers(address, process):
                yield address, path
                return
        finally:
            process.terminate()
            process.wait()
    pytest.fail("it did not start")


def _begun(hub: Hub) -> tuple[str, subprocess.Popen[bytes]]:
    """The task at a port that is free now; somebody may take it before the task does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["livereload", "--port", str(port), "--", str(hub.folder / "content"), "-o", str(hub.output)]
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *words], cwd=ROOT, env={**hub.environ, "HUB_BRAND": NO_PICTURES},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return f"http://localhost:{port}", process


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether it comes to answer before it ends."""
    while process.poll() is None:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.1)  # it is starting; there is nothing to be told by
        else:
            return True
    return False


def test_a_saved_file_is_in_the_browser_without_a_click(desk: tuple[str, Path], browser: Browser) -> None:
    address, path = desk
    page = browser.new_page()
    stopped: list[str] = []
    page.on("console", lambda message: stopped.append(message.text) if "Security" in message.text else None)
    page.goto(f"{address}/news/news/")
    assert page.locator("h1").inner_text() == "First"
    path.write_text(path.read_text(encoding="utf-8").replace("First", "Second"), encoding="utf-8")
    page.locator("h1", has_text="Second").wait_for()
    with page.expect_event("load"):
        (path.parent / "shop.png").write_bytes(b"not one the page shows yet")
    page.close()
    assert stopped == [], "the page's policy lets the reloading through"


def test_a_page_that_was_still_loading_while_the_site_was_made_again_is_told_when_it_listens(
    desk: tuple[str, Path], browser: Browser
) -> None:
    address, path = desk
    page = browser.new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:  # Playwright takes no built-in method
        held.append(route)

    page.route("**/livereload.js", hold, times=1)
    page.goto(f"{address}/news/news/", wait_until="commit")
    page.locator("h1", has_text="First").wait_for()
    path.write_text(path.read_text(encoding="utf-8").replace("First", "Second"), encoding="utf-8")
    with httpx.Client(timeout=30) as other:
        while "Second" not in other.get(f"{address}/news/news/").text:
            time.sleep(0.1)  # it is being made; the server tells only who listens
    held[0].continue_()
    page.locator("h1", has_text="Second").wait_for()
    page.close()


def test_what_is_wrong_and_what_is_odd_stand_on_the_page_within_its_edges(
    desk: tuple[str, Path], browser: Browser
) -> None:
    address, path = desk
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.goto(f"{address}/news/news/")
    (path.parent / "new.md").write_text(
        "Title: New\nDate: 2026-11-01\nStaus: draft\n\n![x](https://far.example/a.jpg)\n", encoding="utf-8"
    )
    panel = page.locator("#livereload-problems")
    panel.get_by_text("did you mean").wait_for(timeout=30_000)
    said, odd = panel.locator("ul").nth(0), panel.locator("ul").nth(1)

    assert "what is new does not show" in panel.inner_text()
    assert 'new.md line 3: "staus" is not a field; did you mean "status"?' in said.inner_text()
    assert "is on another server and is not shown" in odd.inner_text()
    for each in (said, odd):
        box = each.bounding_box()
        padding = each.evaluate("each => parseFloat(getComputedStyle(each).paddingInlineStart)")
        assert box
        assert box["x"] >= 0
        assert padding >= 16, "there is room for the bullets"
        assert each.evaluate("each => each.scrollWidth <= each.clientWidth"), "nothing is cut"
    page.close()
