"""A small hub of two accounts that say something new when a test wants it: quick to fetch and to build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from forecourt.store import Store
from tests.conftest import NOW, Hub, file_server

NAMES = ("blog", "shop")
PAUSE = timedelta(hours=3)
"""Between two things that are said: feeds are not asked at every minute."""


@dataclass
class Shop:
    """A small hub whose two accounts say something new when told to."""

    hub: Hub
    folder: Path
    said: int = 0

    @property
    def now(self) -> datetime:
        """Feeds are not asked at every minute, so time goes on with what is said."""
        return NOW + self.said * PAUSE

    @property
    def environ(self) -> dict[str, str]:
        return {**self.hub.environ, "HUB_NOW": self.now.isoformat()}

    def speak(self) -> None:
        self.said += 1
        for name in NAMES:
            path = self.folder / f"{name}.json"
            entries = [
                {
                    "id": f"{name}-{number}",
                    "url": f"https://{name}.example/{number}",
                    "title": f"The {number}. table",
                    "content_html": "<p>It is made of oak.</p>",
                    "date_published": (NOW + number * PAUSE - timedelta(days=3)).isoformat(),
                }
                for number in range(self.said)
            ]
            feed = {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": entries}
            path.write_text(json.dumps(feed), encoding="utf-8")
            os.utime(path, (self.now.timestamp(), self.now.timestamp()))  # its server goes by seconds

    def command(self, *tasks: str) -> list[str]:
        return [sys.executable, "-m", "invoke", *tasks, "--", "-o", str(self.hub.output)]

    def run(self, *tasks: str) -> subprocess.CompletedProcess[str]:
        """Run tasks, fetch and build if none is named, as a schedule does."""
        return self.hub.run(self.command(*tasks or ("fetch", "build")), environ=self.environ)

    def posts(self) -> int:
        """How many posts can be read, from each account the same."""
        with Store.trial(self.hub.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
            return min(len(store.posts.of_source(name)) for name in NAMES)


@contextmanager
def a_shop(hub: Hub) -> Iterator[Shop]:
    """Link the accounts in the hub and serve their feeds."""
    folder = hub.folder / "feeds"
    folder.mkdir()
    with file_server(folder) as address:
        hub.link(
            "".join(
                f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{address}/{name}.json"\nlabel = "{name}"\n'
                for name in NAMES
            )
        )
        yield Shop(hub, folder)
