"""A clock that jumps, and machines that live elsewhere: nothing is lost, and no byte is another."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.conftest import NOW, ROOT, Hub, Networks, file_server
from tests.site.test_build import files

YEAR = timedelta(days=365)
LATER = NOW + timedelta(hours=3)

ELSEWHERE = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
    {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8"},
    {"TZ": "Pacific/Pago_Pago", "LANG": "ar_EG.UTF-8"},
    {"TZ": "Australia/Lord_Howe", "LC_ALL": "POSIX"},
    {"TZ": "", "LANG": ""},
    {"TZ": "nowhere", "LC_ALL": "de_DE"},
    {"TZ": "Europe/Dublin", "PYTHONHASHSEED": "2"},
)


class Feed:
    """A feed whose entries have dates, lack them, or are still to come."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "feed.json"
        self._entries: list[dict[str, str]] = []
        for number in range(6):
            self.add(number)

    def add(self, number: int) -> None:
        entry = {
            "id": f"urn:{number}",
            "title": f"The {number}. table",
            "content_html": "<p>It is made of oak.</p>",
        }
        if number % 3:
            entry["date_published"] = (NOW - timedelta(days=60 * number)).isoformat()
        if number == 5:
            entry["date_published"] = (NOW + timedelta(days=3)).isoformat()
        self._entries.insert(0, entry)
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Oak", "items": self._entries}
        self._path.write_text(json.dumps(feed), encoding="utf-8")
        os.utime(self._path, (NOW.timestamp() + number, NOW.timestamp() + number))


@pytest.fixture
def networks_of_files(tmp_path: Path) -> Iterator[tuple[Feed, str]]:
    folder = tmp_path / "feeds"
    folder.mkdir()
    with file_server(folder) as address:
        yield (
            Feed(folder),
            f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{address}/feed.json"\nlabel = "Blog"\n',
        )


def a_hub(folder: Path, sources: str, languages: str = "") -> Hub:
    folder.mkdir()
    hub = Hub(folder, languages)
    hub.link(sources)
    return hub


def work(hub: Hub, when: datetime, **environ: str) -> dict[str, bytes]:
    """Fetch and build at a moment; the site."""
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output), HUB_NOW=when.isoformat(), **environ)
    assert done.returncode == 0, done.stderr
    return files(hub.output)


@pytest.mark.promise(48)
def test_a_clock_that_jumps_a_year_ahead_and_back_changes_nothing(
    networks_of_files: tuple[Feed, str],
    tmp_path: Path,
    draw: Callable[[Hub], Hub],
    figure: Callable[[str], None],
) -> None:
    feed, sources = networks_of_files
    steady, jumping = (draw(a_hub(tmp_path / name, sources, "en")) for name in ("steady", "jumping"))
    first = work(steady, NOW)
    for when in (NOW, NOW + YEAR, NOW - YEAR):
        work(jumping, when)
    returned = work(jumping, NOW)
    feed.add(7)

    assert returned == first
    later = work(jumping, LATER)
    assert later == work(steady, LATER) != first, "what is new comes, with no year of waiting"
    figure(f"a year ahead, a year back: {len(later)} files, 0 differ")


@pytest.mark.promise(48)
def test_the_whole_demo_comes_through_a_clock_that_jumps(
    tmp_path: Path, networks: Networks, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    """Posts that may be kept for a day only, calendars, tokens that end: two hours later all is as it would be."""
    if not scale(0, 1):
        pytest.skip("with --thorough")
    sources = (ROOT / "content/sources.toml").read_text(encoding="utf-8")
    sources = sources.replace("http://127.0.0.1:8473", networks.url)
    steady, jumping = a_hub(tmp_path / "steady", sources), a_hub(tmp_path / "jumping", sources)
    work(steady, NOW)
    for when in (NOW, NOW + YEAR, NOW - YEAR, NOW):
        work(jumping, when)

    site = work(jumping, LATER)
    assert site == work(steady, LATER)
    figure(f"the demo: {len(site)} files, 0 differ")


@pytest.mark.promise(48, 49)
def test_the_same_moment_gives_the_same_bytes_wherever_the_machine_is(
    networks_of_files: tuple[Feed, str],
    tmp_path: Path,
    figure: Callable[[str], None],
    scale: Callable[[int, int], int],
) -> None:
    _, sources = networks_of_files
    places = ELSEWHERE[: scale(1, len(ELSEWHERE))]
    here = work(a_hub(tmp_path / "here", sources), NOW)
    same = 0
    for number, place in enumerate(places):
        moment = NOW.astimezone(timezone(timedelta(hours=number - 4)))  # the same, written otherwise
        same += work(a_hub(tmp_path / str(number), sources), moment, **place) == here

    assert same == len(places)
    figure(f"{same} of {len(places)} zones and locales, {len(here)} files each: 0 differ")
