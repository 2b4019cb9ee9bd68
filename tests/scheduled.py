"""A small hub on a clock of its own: three feeds and an account, played on loopback, and what runs the schedule."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path

import pytest

from forecourt.commands.course import Course
from forecourt.knowing import Run
from tests.conftest import ROOT
from tests.fetch.conftest import Asked, Site

BEGIN = datetime(2027, 3, 1, 0, 7, tzinfo=UTC)  # in Paris the clocks go forward on the 28th
SAYS = {"blog": 7, "news": 11, "shop": 13}  # hours between two posts
TOKEN = "Zq3vX8-of-the-month"
ENDS = BEGIN + timedelta(days=22)

PUBLISHCONF = """
from pathlib import Path
SITENAME = "Larkwood"
SITEURL = HUB_ADDRESS = "https://hub.larkwood.example"
TIMEZONE = "Europe/Paris"
DEFAULT_LANG = "en"
PATH = "content"
ARTICLE_PATHS = ["news"]
PAGE_PATHS = ["pages"]
PAGE_URL = "{slug}/"
PAGE_SAVE_AS = "{slug}/index.html"
THEME = "theme"
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["forecourt", "yaml_metadata"]
HUB_SOURCES = "sources.toml"
HUB_BRAND = {"name": "Larkwood"}
"""


@dataclass
class World:
    """The networks as they are at ``now``, on loopback; who is told of it; and the machines that run the schedule."""

    folder: Path
    site: Site
    now: datetime = BEGIN
    failing: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def titles(self, name: str, until: datetime) -> Iterator[tuple[str, datetime]]:
        """All that a source ever said, the oldest first."""
        moment, number = BEGIN - timedelta(days=3), 0
        while moment <= until:
            number += 1
            yield f"{name.title()} says {number:04}", moment
            moment += timedelta(hours=SAYS[name])

    def feed(self, name: str, _: Asked) -> bytes:
        """The newest twelve as RSS; what is older has fallen out of it."""
        if name in self.failing:
            return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
        items = "".join(
            f"<item><guid>{name}-{title[-4:]}</guid><title>{escape(title)}</title>"
            f"<link>https://{name}.example/{title[-4:]}</link><pubDate>{format_datetime(when)}</pubDate></item>"
            for title, when in [*self.titles(name, self.now)][-12:]
        )
        body = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode()
        return answered(b"<html>We will be back soon" if name in self.broken else body)

    def mastodon(self, _: Asked) -> bytes:
        """An account that has an id and no posts; its token ends."""
        if self.now >= ENDS:
            return (
                b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            )
        return answered(b"[]", "application/json")

    def hook(self, asked: Asked) -> bytes:
        """Where people are told."""
        self.told += [line[2:] for line in json.loads(asked.body)["text"].splitlines()[1:]]
        return answered(b"ok", "text/plain")

    def environ(self, machine: str) -> dict[str, str]:
        return {
            "HUB_STATE": str(self.folder / machine / "state"),
            "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
            "HUB_DEPLOY": json.dumps(
                {"target": "directory", "path": str(self.folder / "live"), "keep": 3, "compress": False}
            ),
            "HUB_KEEP": json.dumps({"place": "folder", "path": str(self.folder / "kept"), "tokens": True}),
            "HUB_ALERTS": json.dumps({"webhook": "env:ALERT_WEBHOOK"}),
            "ALERT_WEBHOOK": self.site.url("/hook"),
            "MASTODON_TOKEN": TOKEN,
            "HUB_NOW": self.now.isoformat(),
        }

    def course(self, machine: str = "one") -> Course:
        """A run of the schedule on a machine, now."""
        os.environ.update(self.environ(machine))
        sys.argv = ["invoke", "refresh", "--", "-o", str(self.folder / machine / "output")]
        return Course({**os.environ}, self.now)

    def run(self, machine: str = "one") -> Run:
        run = self.course(machine).run()
        self.codes.append(run.exit)
        return run

    def invoke(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A task, as a person runs it on the first machine."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = [sys.executable, "-m", "invoke", *words, "--", "-o", str(self.folder / "one/output")]
        return subprocess.run(
            command, cwd=self.folder, env={**kept, **self.environ("one"), **environ}, capture_output=True, text=True,
            encoding="utf-8", timeout=240, check=False,
        )  # fmt: skip

    def shown(self) -> set[str]:
        """What visitors find: the titles of the posts that have a page."""
        current = self.folder / "live/current"
        assert (current / "index.html").stat().st_size > 1000
        pages = (path.read_text(encoding="utf-8") for path in current.glob("posts/*/index.html"))
        return {found[0] for page in pages if (found := re.search(r"\w+ says \d{4}", page))}

    def lose(self, machine: str) -> None:
        """Take a machine away, with all that it kept."""
        shutil.rmtree(self.folder / machine)


def answered(body: bytes, kind: str = "application/rss+xml") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@contextmanager
def played(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A hub in ``folder``, in which this process then is, with its networks."""
    with Site() as site:
        yield _made(World(folder, site), monkeypatch)


def _made(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    folder, site = world.folder, world.site
    (folder / "content/news").mkdir(parents=True)
    (folder / "content/pages").mkdir()
    (folder / "content/pages/about.md").write_text("Title: About us\n\nWe mend benches.\n", encoding="utf-8")
    for name in ("theme", "plugins", "demo", "tasks.py"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("pelicanconf.py", "publishconf.py"):
        (folder / name).write_text(PUBLISHCONF, encoding="utf-8")
    feeds = [
        f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{site.url("/" + name)}"\n' for name in SAYS
    ]
    account = (
        f'[[source]]\nname = "toots"\nconnector = "mastodon"\nserver = "{site.url("/m")}"\naccount = "larkwood"\n'
        'token = "env:MASTODON_TOKEN"\n'
    )
    (folder / "sources.toml").write_text("\n".join([*feeds, account]), encoding="utf-8")
    routes = {f"/{name}": partial(world.feed, name) for name in SAYS}
    site.routes = Routes({**routes, "/hook": world.hook, "*": world.mastodon})
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["invoke"])
    for name in world.environ("one"):
        monkeypatch.setenv(name, "")
    return world


class Routes(dict[str, bytes | Callable[[Asked], bytes]]):
    """Whatever has no route of its own is Mastodon's."""

    def __missing__(self, path: str) -> bytes | Callable[[Asked], bytes]:
        if "/accounts/lookup" in path:
            return lambda _: answered(
                b'{"id": "1", "acct": "larkwood", "url": "https://toots.example/@larkwood"}',
                "application/json",
            )
        return self["*"]
