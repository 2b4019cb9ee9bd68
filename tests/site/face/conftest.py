"""The demo hub as its public gets it, and a browser to look at it with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bench.showing import Showing, showing
from tests.conftest import Hub
from tests.site.visitor import careful_browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with careful_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def shown(larkwood: Hub) -> Iterator[Showing]:
    with showing(larkwood.output) as shown:
        yield shown
