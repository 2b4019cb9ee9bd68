"""A hub whose accounts are the demo's, fetched as often as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo import DemoNetworks, secrets
from forecourt import config
from forecourt.accounts import link
from forecourt.ingest import fetch
from forecourt.model import Post
from forecourt.report import SourceReport
from forecourt.store import Store
from tests.connectors.talks import NOW


class Live:
    """One account of the demo, linked and fetched as a hub does; pictures are left where they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: Mapping[str, str] = secrets()
        self.demo = DemoNetworks(port=0)

    def link(self, name: str, **options: object) -> None:
        """Link the account that ``content/sources.toml`` links under this name, or one with these options.

        Values in ``options`` are TOML; a None takes an option away.
        """
        text = (Path(__file__).parents[2] / "content/sources.toml").read_text(encoding="utf-8")
        found = [table for table in text.split("[[source]]") if f'name = "{name}"' in table]
        lines = found[0].strip().splitlines() if found else [f'name = "{name}"']
        keys = {
            line.partition("=")[0].strip(): line for line in lines if "=" in line and not line.startswith("#")
        }
        keys |= {key: "" if value is None else f"{key} = {value}" for key, value in options.items()}
        toml = "\n".join(["[[source]]", *filter(None, keys.values())])
        self.name = name
        (self.folder / "sources.toml").write_text(
            toml.replace("http://127.0.0.1:8473", self.demo.url), encoding="utf-8"
        )

    def fetch(self, hours: float = 0) -> SourceReport:
        """Ask the account, so many hours after ``NOW``. ``demo.requests`` is emptied before."""
        (report,) = self.fetch_all(hours)
        return report

    def fetch_all(self, hours: float = 0) -> tuple[SourceReport, ...]:
        """The same where more than one account is linked."""
        settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
        found = config.load(settings, self.folder, {})
        self.demo.requests.clear()
        with Store(found.store, ZoneInfo("UTC")) as store:
            asked = fetch(
                found, link(found, self.environ), store, NOW + timedelta(hours=hours), pictures=False
            )
            return asyncio.run(asked).sources

    def look_twice(self, hours: float) -> SourceReport:
        """Ask it twice, an hour apart: what both looks at everything lack is gone. Gives the second report."""
        self.fetch(hours)
        return self.fetch(hours + 1)

    @property
    def asked(self) -> list[str]:
        """What the last fetch asked the demo: method, path and status."""
        return [f"{request.method} {request.path} {request.status}" for request in self.demo.requests]

    @property
    def posts(self) -> list[Post]:
        """Every post that is kept, replies too."""
        with Store(self.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
            return store.posts.of_source(self.name)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path)
    with live.demo:
        yield live
