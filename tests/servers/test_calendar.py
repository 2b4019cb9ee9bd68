"""The calendar connector against a real Radicale: events that come round while the clocks change."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from forecourt.connectors import Batch, Response, advance
from forecourt.connectors.calendar import Calendar
from forecourt.model import Secret
from forecourt.talk import Request
from tests.conftest import ROOT

pytestmark = pytest.mark.servers

VERSION = "3.9.0"
HOME = ROOT / ".servers/radicale"
NOW = datetime(2026, 10, 12, 9, tzinfo=UTC)  # Paris leaves summer time on 25 October, New York on 1 November
PATIENCE = 20.0  # seconds that the server has to begin, as one that is asked just after a start

# An event in UTC's disguise: hours of a wall clock, in two zones whose clocks change on different days.
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Larkwood//test//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261001T080000Z
CREATED:20261001T080000Z
DTSTART;TZID={zone}:20261015T180000
DTEND;TZID={zone}:20261015T200000
RRULE:FREQ=WEEKLY;COUNT=5
EXDATE;TZID={zone}:20261022T180000
SUMMARY:Repair bench\\, {uid}
LOCATION:Larkwood
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True)
class Server:
    """A Radicale that runs, with one calendar that one account may read and write."""

    url: str
    account: str = "larkwood"
    password: str = "moss-and-wire-2026"

    @property
    def calendar(self) -> str:
        return f"{self.url}/{self.account}/events/"

    def ask(self, method: str, address: str, content: str = "") -> httpx.Response:
        body = content.replace("\n", "\r\n").encode()
        headers = {"content-type": "text/calendar"} if content else {}
        said = httpx.request(
            method,
            address,
            content=body,
            headers=headers,
            auth=(self.account, self.password),
            trust_env=False,
        )
        assert said.status_code < 300, f"{method} {address}: {said.status_code}"
        return said

    def put(self, name: str, zone: str) -> None:
        self.ask("PUT", f"{self.calendar}{name}.ics", EVENT.format(uid=name, zone=zone))


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has Radicale, installed once."""
    python = HOME / "bin/python"
    installed = python.exists() and subprocess.run(
        [python, "-c", f"from importlib.metadata import version; assert version('radicale') == '{VERSION}'"],
        check=False, capture_output=True,
    ).returncode == 0  # fmt: skip
    if not installed:
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"radicale=={VERSION}"], check=True)
    return python


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("radicale")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}")
    (folder / "users").write_text(f"{server.account}:{server.password}\n", encoding="utf-8")
    settings = (
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n"
    )
    (folder / "config").write_text(settings, encoding="utf-8")
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [python, "-m", "radicale", "-C", folder / "config"],
            stdout=log, stderr=log, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )  # fmt: skip
        try:
            wait_for(port, running, folder / "log")
            server.ask("MKCALENDAR", server.calendar)
            server.put("paris", "Europe/Paris")
            server.put("new-york", "America/New_York")
            yield server
        finally:
            running.terminate()  # this very process, and nothing else by that name
            running.wait(10)


def wait_for(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert running.poll() is None, log.read_text(encoding="utf-8")
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(log.read_text(encoding="utf-8"))


def connector(server: Server) -> Calendar:
    return Calendar(server.calendar, account=server.account, password=Secret(server.password))


def read(server: Server) -> Batch:
    asking = connector(server).poll("source", "")
    request = next(asking)
    answered = httpx.get(request.url, headers=dict(request.headers), trust_env=False)
    assert answered.status_code == 200
    response = Response(request.url, answered.content, dict(answered.headers), 200, NOW)
    batch = advance(connector(server), "source", "", (response,))
    assert isinstance(batch, Batch)
    return batch


def starts(batch: Batch, uid: str) -> list[str]:
    found = [post.event.start for post in batch.posts if post.event and post.id.startswith(f"{uid} ")]
    return [f"{start:%m-%d %H:%M %z}" for start in sorted(found)]


def test_a_weekly_evening_stays_at_six_though_the_clocks_change(server: Server) -> None:
    batch = read(server)

    assert batch.rejected == ()
    assert starts(batch, "paris") == [
        "10-15 18:00 +0200",
        "10-29 18:00 +0100",
        "11-05 18:00 +0100",
        "11-12 18:00 +0100",
    ]
    assert starts(batch, "new-york") == [
        "10-15 18:00 -0400", "10-29 18:00 -0400", "11-05 18:00 -0500", "11-12 18:00 -0500",
    ]  # fmt: skip


def test_its_hours_in_utc_are_the_right_ones(server: Server) -> None:
    ids = {post.id for post in read(server).posts}

    assert {"paris 20261015T160000Z", "paris 20261029T170000Z"} <= ids
    assert {"new-york 20261029T220000Z", "new-york 20261105T230000Z"} <= ids
    lengths = {
        post.event.end - post.event.start for post in read(server).posts if post.event and post.event.end
    }
    assert lengths == {timedelta(hours=2)}


def test_an_event_that_is_deleted_or_cancelled_there_is_gone_here(server: Server) -> None:
    server.put("extra", "Europe/Paris")
    assert starts(read(server), "extra")
    off = EVENT.replace("LOCATION", "STATUS:CANCELLED\nLOCATION").format(uid="extra", zone="Europe/Paris")
    server.ask("PUT", f"{server.calendar}extra.ics", off)
    batch = read(server)
    assert starts(batch, "extra") == []
    assert "extra 20261015T160000Z" in batch.gone

    server.ask("DELETE", f"{server.calendar}extra.ics")
    assert not [post for post in read(server).posts if post.id.startswith("extra")]


def test_it_answers_in_full_though_nothing_changed(server: Server) -> None:
    """Why ingest compares bodies: Radicale names an ETag and does not honour it."""
    first = server.ask("GET", server.calendar)
    again = httpx.get(
        server.calendar,
        headers={"if-none-match": first.headers["etag"]},
        auth=(server.account, server.password),
        trust_env=False,
    )
    assert (again.status_code, again.content) == (200, first.content)


def test_without_the_password_it_lets_nobody_in(server: Server) -> None:
    request = next(Calendar(server.calendar).poll("source", ""))

    assert isinstance(request, Request)
    assert httpx.get(request.url, headers=dict(request.headers), trust_env=False).status_code == 401
