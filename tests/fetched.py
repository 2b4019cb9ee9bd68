"""A store and its accounts, fetched at moments of a test's choice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from forecourt import config
from forecourt.accounts import link
from forecourt.ingest import fetch
from forecourt.report import Report, SourceReport
from forecourt.store import Store


class Desk:
    """A store and its accounts, fetched at a moment of the test's choice."""

    def __init__(self, folder: Path, address: str, now: datetime, **paths: str) -> None:
        self.folder = folder
        self.address = address
        self.now = now
        self.store = Store(folder / "store.sqlite", ZoneInfo("UTC"))
        self.link(**paths)

    def link(self, extra: str = "", **paths: str) -> None:
        sources = [
            f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{self.address}{path}"\n{extra}\n'
            for name, path in paths.items()
        ]
        (self.folder / "sources.toml").write_text("\n".join(sources), encoding="utf-8")

    def fetch(
        self,
        hours: float = 0,
        only: tuple[str, ...] = (),
        environ: Mapping[str, str] = MappingProxyType({}),
        *,
        pictures: bool = False,
        **options: Any,
    ) -> Report:
        """An update; without pictures, which take most of the time, where the test is not about them."""
        settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": ".", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
        found = config.load(settings, self.folder, {})
        now = self.now + timedelta(hours=hours)
        return asyncio.run(
            fetch(found, link(found, environ), self.store, now, only=only, pictures=pictures, **options)
        )

    def shown(self, listing: str = "stream") -> list[str]:
        return [stored.post.title for stored in self.store.posts.newest(listing, self.now, 1000)]


def by_name(report: Report) -> dict[str, SourceReport]:
    return {source.name: source for source in report.sources}
