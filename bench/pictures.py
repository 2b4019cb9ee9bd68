"""Pictures of the built site for docs/look.md: a page of each kind, on a phone and on a desk."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from bench.audit import FLAGS, browser_path
from bench.showing import LANGUAGE, Showing

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
MOST = 150_000
"""Bytes of one picture."""

_LONG = 2  # windows of a page that are in its picture
_ALIKE = 3  # pages of one kind, such as posts, that are in pictures
_QUALITIES = (75, 60, 45, 30, 15)
_SHOW_ALL = """
async () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { content-visibility: visible !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  for (const image of document.images) image.loading = 'eager';
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
}
"""
_PAGE = """\
# How it looks

The demo hub: a page of each kind, on a phone (390 pixels wide) and on a desk (1280). `invoke audit --screenshots` takes
the pictures and writes this page from what is in `output/`. `invoke audit` holds the same pages to the Nu HTML checker
and to Lighthouse; `tests/site/face/` holds them to axe, and to what can be measured of the keyboard, of contrast,
motion, weight and policy.

| page | phone | desktop |
|---|---|---|
"""


def take(shown: Showing, docs: Path) -> None:
    """Write look.md and all its pictures: in light colours, and home in dark ones, too."""
    folder = docs / "pictures/look"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = named(shown.pages)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=[*FLAGS])
        for size in SIZES:
            _take(browser, shown, size, "light", names, folder)
            _take(browser, shown, size, "dark", {"home-dark": "/"}, folder)
        browser.close()
    (docs / "look.md").write_text(
        _PAGE + "".join(_rows({"home": "/", "home-dark": "/"} | names)), encoding="utf-8"
    )


def named(pages: Sequence[str]) -> dict[str, str]:
    """A name for each page's picture: by its kind, with a number where there are several."""
    found: dict[str, str] = {}
    for path in pages:
        parts = path.removesuffix(".html").strip("/").split("/")
        parts = parts[1:] if len(parts) > 1 and LANGUAGE.fullmatch(parts[0]) else parts
        kind = "home" if path == "/" else parts[0] if len(parts) == 1 else f"{parts[0]}-one"
        free = (f"{kind}-{number}" if number > 1 else kind for number in range(1, _ALIKE + 1))
        name = next((name for name in free if name not in found), None)
        if name:
            found[name] = path
    return found


def _rows(names: Mapping[str, str]) -> Iterator[str]:
    for name, path in names.items():
        said = f"`{path}`, dark" if name.endswith("-dark") else f"`{path}`"
        phone, desktop = (f"![{name} on a {size}](pictures/look/{name}-{size}.webp)" for size in SIZES)
        yield f"| {said} | {phone} | {desktop} |\n"


def _take(
    browser: Browser,
    shown: Showing,
    size: str,
    scheme: Literal["light", "dark"],
    names: Mapping[str, str],
    folder: Path,
) -> None:
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    for name, path in names.items():
        page.goto(f"{shown.address}{path}")
        (folder / f"{name}-{size}.webp").write_bytes(_small(_seen(page, width, height * _LONG)))
    page.close()


def _seen(page: Page, width: int, height: int) -> Image.Image:
    page.evaluate(_SHOW_ALL)
    whole = page.evaluate("document.documentElement.scrollHeight")
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(whole, height)}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip, animations="disabled")))


def _small(picture: Image.Image) -> bytes:
    """As WebP, as good as there is room for."""
    data = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "WEBP", quality=quality, method=6)
        data = out.getvalue()
        if len(data) <= MOST:
            break
    return data
