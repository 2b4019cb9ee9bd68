"""A folder of releases behind a real nginx: what visitors meet while it is published to."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from forecourt.deploy.headers import IMMUTABLE, PAGES, SITE
from forecourt.deploy.targets.directory import NGINX, NGINX_SERVER, Directory
from tests.deploy.sites import Site, is_whole, led_to, shown
from tests.sshd import free_port, program, until_it_listens

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEXT = "<!doctype html><p>Hello from the till. " + " ".join(map(str, range(500)))


@contextmanager
def nginx(base: Path, prefix: Path) -> Iterator[str]:
    """Serve the live release as the documentation says; gives the address."""
    (prefix / "parts").mkdir(parents=True)
    port = free_port()
    (prefix / "nginx.conf").write_text(
        ("user root;\n" if os.geteuid() == 0 else "")
        + f"daemon off;\nmaster_process off;\npid {prefix}/pid;\nerror_log {prefix}/errors;\nevents {{}}\nhttp {{\n"
        f"access_log off;\nclient_body_temp_path {prefix}/parts;\nproxy_temp_path {prefix}/parts;\n"
        f"fastcgi_temp_path {prefix}/parts;\nuwsgi_temp_path {prefix}/parts;\nscgi_temp_path {prefix}/parts;\n"
        f"include {base}/{NGINX};\n"
        f"server {{ listen 127.0.0.1:{port}; root {base}/current; absolute_redirect off; "
        f"include {base}/{NGINX_SERVER}; }}\n}}\n"
    )
    process = subprocess.Popen(
        [program("nginx"), "-p", str(prefix), "-c", str(prefix / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    try:
        until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


class Visitor(threading.Thread):
    """Opens the home page, what it shows and where it leads, in a loop; remembers what was wrong."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._ending = threading.Event()
        self.wrong: list[str] = []
        self.opened = 0

    def run(self) -> None:
        with httpx.Client(base_url=self._address, trust_env=False) as client:
            while not self._ending.is_set():
                home = self._page(client, "/")
                for link in led_to(home):
                    self._page(client, link)

    def end(self) -> None:
        self._ending.set()
        self.join()

    def _page(self, client: httpx.Client, path: str) -> str:
        answer = client.get(path)
        self.opened += 1
        if answer.status_code != 200 or not is_whole(answer.text):
            self.wrong.append(f"{path}: {answer.status_code}, {answer.text[:80]!r}")
            return ""
        for part in shown(answer.text):
            body = client.get(part)
            name = part.rpartition("/")[2].partition(".")[0]
            by_content = "pictures" not in part or hashlib.sha256(body.content).hexdigest()[:24] == name
            if body.status_code != 200 or not by_content:
                self.wrong.append(f"{part} of {path}: {body.status_code}")
        return answer.text


def test_a_visitor_meets_no_missing_page_no_half_page_and_no_page_without_its_parts(
    site: Site, tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    target = Directory(str(tmp_path / "hub"))
    site.build(0)
    site.publish(target, BEGIN)
    with nginx(tmp_path / "hub", tmp_path / "nginx") as address:
        visitor = Visitor(address)
        visitor.start()
        try:
            for number in range(1, scale(10, 50) + 1):
                site.build(number)
                site.publish(target, BEGIN + number * timedelta(minutes=15))
        finally:
            visitor.end()
    assert visitor.wrong == []
    assert visitor.opened > 10


def test_nginx_sends_packed_files_types_and_headers_as_the_settings_beside_the_releases_say(
    site: Site, tmp_path: Path
) -> None:
    picture = "pictures/1c/1c95bd79a6d476b26669bab1-800.avif"
    site.have({"index.html": TEXT.encode(), picture: b"avif", "feed.xml": b"<feed/>"})
    site.publish(Directory(str(tmp_path / "hub")), BEGIN)
    with (
        nginx(tmp_path / "hub", tmp_path / "nginx") as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        with client.stream("GET", "/", headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
            home = answer.headers
        plain = client.get("/", headers={"Accept-Encoding": "identity"})
        shown_picture = client.get(f"/{picture}").headers
        assert client.get("/nowhere/").status_code == 404
    assert home["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == plain.text == TEXT
    assert home["vary"] == "Accept-Encoding"
    assert home["content-type"] == "text/html; charset=utf-8"
    assert home["cache-control"] == PAGES
    assert {name: home.get(name) for name in SITE} == dict(SITE)
    assert shown_picture["content-type"] == "image/avif"
    assert shown_picture["cache-control"] == IMMUTABLE
