"""A browser that looks at many pages at once, does to them what a visitor may do, and notes what runs and who is asked.

That a script ran is what V8 itself says: its debugger tells of everything that is
compiled in a page. It cannot be fooled by what a script does or does not do then. To
get nothing out of the machine, the browser knows no way but through a proxy that is not there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from tests.site.test_browser import BROWSERS, FLAGS

AT_ONCE = 40
"""Pages in one window, a frame each."""

# All but dialogs, which somebody would have to answer, and ways out of the frame.
_SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-downloads"
_NOWHERE = ("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1")

_COMPILED = "wasm://"  # by a script, which was told of itself

_BROWSERS_OWN = "chrome-error:"  # what it shows where a page may not be loaded

# What a visitor may do to the elements of each page; a link to elsewhere is not followed. Only an attribute or a
# script hears an event, so those with such an attribute get all there are. Then, what the pages hold: each address as
# it is written, and what could run.
_VISIT = """
() => {
  const everything = ['mouseover', 'focus', 'click'];
  const places = ['href', 'src', 'srcset', 'poster', 'cite', 'action', 'formaction', 'data', 'ping', 'background',
    'longdesc', 'manifest', 'xlink:href'];
  const address =
    /^(?:https?:\\/\\/[^\\/]|mailto:[^\\s]|tel:\\+?\\d|\\/(?!\\/)|#|data:image\\/webp;base64,)[\\x21-\\x7e]*$/;
  const sources = /^[\\x21-\\x7e]+ \\d+[wx](?:, [\\x21-\\x7e]+ \\d+[wx])*$/;
  const active = /^(?:script|iframe|object|embed|form|base|frame|frameset|math|template|style)$/i;
  // What the theme itself has of these; none of their attributes comes from a post.
  const ours = 'script[src^="/theme/js/"], script[type="application/ld+json"], template[data-player-dialog], ' +
    'template[data-choice], template[data-result], form[role="search"]';
  const found = { loaded: 0, elements: 0, addresses: 0, wrong: [], live: [] };
  for (const frame of document.querySelectorAll('iframe')) {
    let page = null;
    try { page = frame.contentDocument } catch { /* it went elsewhere, of which its requests tell */ }
    if (!page) continue;
    found.loaded += page.readyState === 'complete';
    const say = (list, words) => list.push(frame.name + ' ' + words.slice(0, 300));
    page.addEventListener('click', event => {
      const link = event.target.closest && event.target.closest('a[href], area[href]');
      if (link && /^(?:https?|mailto|tel):$/.test(link.protocol)) event.preventDefault();
    }, true);
    page.addEventListener('submit', event => event.preventDefault(), true);
    for (const element of page.querySelectorAll('*')) {
      const heard = element.getAttributeNames().filter(name => name.startsWith('on'));
      found.elements += 1;
      const is_live = active.test(element.localName) && !(element.matches(ours) && !element.closest('.card, .prose'));
      if (heard.length || is_live) say(found.live, element.outerHTML);
      for (const name of places) {
        const value = element.getAttribute(name);
        if (value === null) continue;
        found.addresses += 1;
        if (!(name === 'srcset' ? sources : address).test(value)) say(found.wrong, name + '=' + value);
      }
      for (const name of [...everything, ...heard.map(name => name.slice(2).toLowerCase())]) {
        try {
          element.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true }));
          frame.contentWindow.dispatchEvent(new Event(name));
        } catch { /* the page left under our hands */ }
      }
    }
  }
  return found;
}
"""

_ALL_THERE = """
() => [...document.querySelectorAll('iframe')].every(frame => {
  try { return !frame.contentDocument || frame.contentDocument.readyState === 'complete' } catch { return true }
})
"""

# A javascript: link is followed in its turn, after what is running.
_TURNS = "new Promise(done => setTimeout(() => setTimeout(done)))"


@dataclass
class Seen:
    """What was seen: names of pages in which a script ran, requests to others, and what the pages hold."""

    pages: int = 0
    loaded: int = 0
    ran: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    elements: int = 0
    addresses: int = 0
    wrong: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)


@contextmanager
def careful_browser() -> Iterator[Browser]:
    """Chromium, with no way out of this machine."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here; CI must install one")
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *_NOWHERE])
        yield browser
        browser.close()


def visit(browser: Browser, folder: Path, address: str, pages: Sequence[str]) -> Seen:
    """Look at pages that ``folder`` holds and ``address`` serves, by their paths."""
    seen = Seen(pages=len(pages))
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    names: dict[str, str] = {}
    running: set[str] = set()

    def parsed(event: dict[str, Any]) -> None:  # Any: what the protocol says
        if event["url"].startswith((f"{address}/theme/js/", f"{address}/search/index/", _COMPILED)):
            return  # the theme's own, and the search's; whatever else runs has the page's address, or another
        world = event.get("executionContextAuxData") or {}
        if world.get("isDefault") and not event["embedderName"].startswith(_BROWSERS_OWN):
            running.add(world["frameId"])

    def asked(url: str) -> None:
        if not url.startswith((f"{address}/", "data:", "blob:", "about:")):
            seen.asked.append(url)

    def named(frame: dict[str, Any]) -> None:
        names.setdefault(frame["id"], frame.get("name") or names.get(frame.get("parentId", ""), ""))

    context.on("request", lambda request: asked(request.url))
    context.on("page", lambda opened: seen.asked.append(f"a window of {opened.url}"))
    devtools.on("Page.frameNavigated", lambda event: named(event["frame"]))
    devtools.on("Debugger.scriptParsed", parsed)
    devtools.send("Page.enable")
    ours = devtools.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    devtools.send("Debugger.enable")
    window = folder / "visitor.html"
    for start in range(0, len(pages), AT_ONCE):
        group = pages[start : start + AT_ONCE]
        frames = "".join(
            f'<iframe sandbox="{_SANDBOX}" name="{each}" src="/{each}"></iframe>' for each in group
        )
        window.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{frames}", encoding="utf-8")
        with suppress(TooLate):  # of strangers' pages left as they are, some never end
            page.goto(f"{address}/visitor.html?{start}", wait_until="load")
            page.wait_for_function(_ALL_THERE)  # the window's load may come while a frame still loads
        found = page.evaluate(_VISIT)
        page.evaluate(_TURNS)
        seen.loaded += found["loaded"]
        seen.elements += found["elements"]
        seen.addresses += found["addresses"]
        seen.wrong += found["wrong"]
        seen.live += found["live"]
    window.unlink()
    context.close()
    seen.ran = {names.get(frame, frame) for frame in running - {ours}}
    return seen
