"""A month of the schedule on a clock of its own: sources fail, a token ends, the state is lost, two runs collide."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path
from threading import Thread

import pytest

from forecourt.commands.course import Course
from forecourt.commands.given import linked
from forecourt.errors import Busy
from forecourt.knowing import Run
from forecourt.store import alone
from forecourt.tokens import Tokens
from tests.conftest import ROOT
from tests.fetch.conftest import Asked, Site

BEGIN = datetime(2027, 3, 1, 0, 7, tzinfo=UTC)  # in Paris the clocks go forward on the 28th
DAYS = 30
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


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Site() as site:
        yield _made(World(tmp_path, site), monkeypatch)


def _made(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    folder, site = world.folder, world.site
    (folder / "content/news").mkdir(parents=True)
    (folder / "content/pages").mkdir()
    (folder / "content/pages/about.md").write_text("Title: About us\n\nWe mend benches.\n", encoding="utf-8")
    for name in ("theme", "plugins"):
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


def test_a_month_of_the_schedule(world: World, request: pytest.FixtureRequest) -> None:
    """Nothing is lost, people are told of each trouble once, and the site is never worse than the day before."""
    every = timedelta(minutes=15) if request.config.getoption("--thorough") else timedelta(hours=12)
    before: set[str] = set()
    while world.now < BEGIN + timedelta(days=DAYS):
        day = (world.now - BEGIN) / timedelta(days=1)
        world.failing = {"news"} if 3 <= day < 6 else set()
        world.broken = {"shop"} if 10 <= day < 11 else set()
        _accidents(world, day, every)
        world.run()
        shown = world.shown()
        assert before <= shown
        before = shown
        if world.now - BEGIN < every:
            _tell_when_the_token_ends(world)
        world.now += every

    said = {title for name in SAYS for title, _ in world.titles(name, world.now - every)}
    assert said - before == set()
    assert {*world.codes} == {0, 3, 4}
    _told_once(world.told)


def _tell_when_the_token_ends(world: World) -> None:
    """As a platform does that says so with its answers."""
    found, accounts = linked(world.environ("one"), "publishconf.py")
    [account] = [each for each in accounts if each.name == "toots"]
    Tokens(found.state).told("toots", account.connector, ENDS)


def _accidents(world: World, day: float, every: timedelta) -> None:
    step = every / timedelta(days=1)
    if day <= 8 < day + step:
        _collide(world)
    if day <= 14 < day + step:  # a new machine, and the newest state at the place is cut off
        world.lose("one")
        newest = max((world.folder / "kept/packs").iterdir())
        newest.write_bytes(newest.read_bytes()[:100])
    if day <= 18 < day + step:  # a new machine, and the place has lost its head
        world.lose("one")
        (world.folder / "kept/state.json").unlink()


def _collide(world: World) -> None:
    """A second machine runs at the same time, and a second process on the same one."""
    with alone(world.folder / "one/state", "refresh", world.now), pytest.raises(Busy, match="at work"):
        _elsewhere(world)
    other = world.course("two")
    with alone(world.folder / "two/state", "refresh", world.now):
        other._pull()
        other._fetch()
        world.run()
        other._send()
        other._push()
    assert other.code == 5
    assert "does not grow from" in other.steps[-1].said
    world.lose("two")


def _elsewhere(world: World) -> None:
    """A run in another thread, which meets the lock as another process does."""
    raised: list[BaseException] = []

    def attempt() -> None:
        try:
            world.course().run()
        except BaseException as error:  # noqa: BLE001 - told by the test
            raised.append(error)

    thread = Thread(target=attempt)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def _told_once(told: list[str]) -> None:
    """Each trouble once, again where it became worse or after a week, and once when it is over."""
    troubles = {
        "is not read": '"news" (news) cannot be read',
        "is no feed": '"shop" (shop) cannot be read',
        "ends": 'The token of "toots" (toots) ends on 2027-03-23',
        "ended": 'The token of "toots" (toots) is not accepted',
        "cut off": "is damaged",
        "lost its head": "state.json is missing",
    }
    begun = [one for one in told if not one.startswith(("All clear.", "Still:"))]
    assert {name: len([one for one in begun if said in one]) for name, said in troubles.items()} == {
        "is not read": 1, "is no feed": 1, "ends": 2, "ended": 1, "cut off": 1, "lost its head": 1,
    }  # fmt: skip
    assert len([one for one in told if one.startswith("All clear.")]) == 4  # the token is still to be given
    assert len(told) == len({*told})
    assert not [one for one in told if TOKEN in one]
