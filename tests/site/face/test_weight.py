"""What the first view of the home page weighs on a phone, as a server sends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from bench.showing import Showing
from tests.site.face.reader import PHONE, Mode, reading

KB = 1000
ALL, SCRIPT, STYLES = 100 * KB, 5 * KB, 12 * KB
DENSITIES = (1.5, 1.75, 2)  # of the target; of the phone that Lighthouse measures with; of a good one


@pytest.mark.parametrize("density", DENSITIES)
def test_home_is_light_on_a_phone(
    chromium: Browser, shown: Showing, density: float, figure: Callable[[str], None]
) -> None:
    """All that is sent before a reader moves: the page, styles, script, and the pictures in and near the window."""
    kinds: dict[str, str] = {}
    weights: Counter[str] = Counter()  # with headers
    bodies: Counter[str] = Counter()
    heads: dict[str, float] = {}

    def answered(event: dict[str, Any]) -> None:  # Any: what the protocol says
        kinds[event["requestId"]] = event["type"]
        heads[event["requestId"]] = event["response"]["encodedDataLength"]

    def ended(event: dict[str, Any]) -> None:  # Any: what the protocol says
        kind, size = kinds[event["requestId"]], event["encodedDataLength"]
        weights[kind] += size
        bodies[kind] += size - heads[event["requestId"]]

    with reading(chromium, shown, Mode(PHONE, density=density)) as reader:
        reader.devtools.on("Network.responseReceived", answered)
        reader.devtools.on("Network.loadingFinished", ended)
        reader.devtools.send("Network.enable")
        reader.open("/")
        reader.page.wait_for_load_state("networkidle")

    said = ", ".join(f"{kind} {weight / KB:.1f}" for kind, weight in sorted(weights.items()))
    figure(f"{sum(weights.values()) / KB:.0f} KB at {density} ({said})")
    over = [
        f"{what} of {weight / KB:.1f} KB"
        for what, weight, most in (
            ("styles", bodies["Stylesheet"], STYLES),
            ("script", bodies["Script"], SCRIPT),
            ("all", sum(weights.values()), ALL),
        )
        if weight > most
    ]
    assert not over, said
