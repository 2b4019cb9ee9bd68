"""Somebody who reads the hub in a window of their own, and what went wrong meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, Request, Response

from bench.showing import Showing

PHONE, DESKTOP, NARROW = (390, 844), (1280, 900), (320, 700)
Scheme = Literal["light", "dark"]

_HERE = Path(__file__).parent
_INSPECTOR = resources.files("axe_playwright_python") / "axe.min.js"
_STANDARDS = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_OF_COLOUR = ["color-contrast", "link-in-text-block"]
_RULES = {
    "all": {"runOnly": _STANDARDS},
    "colours": {"runOnly": {"type": "rule", "values": _OF_COLOUR}},
    "structure": {"runOnly": _STANDARDS, "rules": {rule: {"enabled": False} for rule in _OF_COLOUR}},
}
_FRAME = {"exclude": [["body > header"], ["body > footer"]]}
"""What stands around each page alike: its colours are looked at on the first."""

# What axe is to look at, and what it found in words. Frames are not ours, and the style sheets it would load are for
# rules that are on trial.
_AXE = """
async ([where, options]) => {
  const ours = {resultTypes: ['violations'], iframes: false, preload: false};
  const told = await axe.run(where ?? document, {...ours, ...options});
  return told.violations.map(rule => {
    const [first, ...others] = rule.nodes.map(node => node.target.join(' '));
    return `${rule.id} at ${first}` + (others.length ? ` and ${others.length} more` : '');
  });
}
"""
# Both are told of as they happen, before a page's own script runs.
_WATCH = """
window.__refused = [];
window.__shifted = {sum: 0, what: []};
document.addEventListener('securitypolicyviolation', event =>
  window.__refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
new PerformanceObserver(list => list.getEntries().forEach(shift => {
  window.__shifted.sum += shift.value;
  for (const {node, previousRect: from, currentRect: to} of shift.sources) {
    const moved = node?.localName ? node : node?.parentElement;
    window.__shifted.what.push(`${moved?.localName}.${moved?.className} from ${from.y} to ${to.y}`);
  }
})).observe({type: 'layout-shift', buffered: true});
"""


@dataclass(frozen=True)
class Mode:
    """How somebody reads: the size of their window, its colours, and whether scripts run."""

    size: tuple[int, int] = PHONE
    scheme: Scheme = "light"
    script: bool = True
    still: bool = True
    """Whether they asked their system for less movement."""
    density: float = 1

    def __str__(self) -> str:
        width, _ = self.size
        return f"{width}-{self.scheme}{'' if self.script else '-scriptless'}"


@dataclass
class Reader:
    """A window and what went wrong in it; ``faults`` has the pages on which each was seen, in order."""

    page: Page
    address: str
    mode: Mode
    devtools: CDPSession
    faults: dict[str, dict[str, None]] = field(default_factory=dict)
    path: str = ""
    _inspected: bool = False

    def open(self, path: str) -> None:
        """Go to a page of the hub."""
        self.path = path
        if not self.mode.script:
            self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": True})
        self.page.goto(self.address + path)

    def ask(self, script: str, argument: object = None) -> Any:  # Any: what a page's script says
        """Run one of the scripts beside this file in the page, and give what it says."""
        if not self.mode.script:  # ours; those of the page were not read
            self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": False})
        return self.page.evaluate((_HERE / f"{script}.js").read_text(encoding="utf-8"), argument)

    def conclude(self) -> None:
        """Fail with what went wrong, a line for each fault with the pages it is on, if anything did."""
        lines = []
        for fault, (first, *others) in self.faults.items():
            more = f" and {len(others)} other pages" if others else ""
            lines.append(f"{first}{more}: {fault}")
        if lines:
            pytest.fail("\n".join(lines), pytrace=False)

    def blame(self, *faults: str) -> None:
        """Note what is wrong with the page that is open."""
        for fault in faults:
            self.faults.setdefault(fault, {})[self.path] = None

    def inspect(self, rules: Literal["all", "colours", "structure"] = "all") -> None:
        """Look at the page that is open with axe, by WCAG 2.0 to 2.2 A and AA and best practice.

        Of its rules, those on ``colours`` or those on ``structure`` may be asked alone.
        """
        if not self.mode.script:
            self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": False})
        where = _FRAME if rules == "colours" and self._inspected else None
        self._inspected = True
        self.page.evaluate(_INSPECTOR.read_text(encoding="utf-8"))
        self.blame(*self.page.evaluate(_AXE, [where, _RULES[rules]]))

    def hear(self, page: Page) -> None:
        """Take note of what the page says, asks for and is refused from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.blame(f"error: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.blame(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.blame(f"asked {request.url}")

    def _answered(self, response: Response) -> None:
        if not response.ok and response.url != f"{self.address}{self.path}":
            self.blame(f"{response.status} for {response.url}")


@contextmanager
def reading(browser: Browser, shown: Showing, mode: Mode) -> Iterator[Reader]:
    """A reader with a new window, and nothing remembered."""
    width, height = mode.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=mode.scheme,
        reduced_motion="reduce" if mode.still else "no-preference",
        device_scale_factor=mode.density,
    )
    context.add_init_script(_WATCH)
    page = context.new_page()
    reader = Reader(page, shown.address, mode, context.new_cdp_session(page))
    reader.hear(page)
    try:
        yield reader
    finally:
        context.close()
