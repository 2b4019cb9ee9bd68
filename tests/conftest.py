"""What all tests share: a moment, the demo networks, a hub of their own in a temporary folder."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType

import pytest

from demo import DemoNetworks, secrets

pytest_plugins = ["tests.reached"]

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def networks() -> Iterator[DemoNetworks]:
    """The demo networks, for tests that only read them."""
    with DemoNetworks(port=0) as demo:
        yield demo


class _Files(SimpleHTTPRequestHandler):
    """Python's own file server: Last-Modified, no ETag, media types by file name."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=os.fspath(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Hub:
    """A hub in a folder of its own, worked with as a person would: by its tasks."""

    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def environ(self) -> dict[str, str]:
        """An environment without this machine's, in which all of the hub lives in its folder."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "HUB_SOURCES": str(self.folder / "sources.toml"),
            "HUB_STATE": str(self.folder / "state"),
            "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
            "HUB_NOW": NOW.isoformat(),
            **secrets(),
        }

    def link(self, toml: str) -> None:
        """Write the linked accounts."""
        (self.folder / "sources.toml").write_text(toml, encoding="utf-8")

    def invoke(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run tasks; build tasks into the hub's own output folder."""
        return self.run([sys.executable, "-m", "invoke", *words], ROOT, environ)

    def build(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.invoke("build", *words, "--", "-o", str(self.output), **environ)

    def run(
        self, command: list[str], cwd: Path = ROOT, environ: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )


def everything(output: Path) -> Iterator[tuple[str, str]]:
    """All that a site holds, by its paths; what is packed unpacked."""
    for path in sorted(output.rglob("*")):
        if path.is_file() and ".forecourt" not in path.parts:
            data = path.read_bytes()
            data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
            yield path.relative_to(output).as_posix(), data.decode("utf-8", "replace")


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hub = Hub(tmp_path)
    hub.link("")
    return hub


@pytest.fixture(scope="session")
def larkwood(tmp_path_factory: pytest.TempPathFactory, networks: DemoNetworks) -> Hub:
    """Larkwood's hub, fetched and built once; tests that change it take a copy."""
    hub = Hub(tmp_path_factory.mktemp("larkwood"))
    sources = (ROOT / "content/sources.toml").read_text(encoding="utf-8")
    hub.link(sources.replace("http://127.0.0.1:8473", networks.url))
    for done in (hub.invoke("fetch"), hub.build()):
        assert done.returncode == 0, done.stderr
    return hub


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Hub], Hub]:
    def copy(hub: Hub) -> Hub:
        shutil.copytree(hub.folder, tmp_path / "copy", copy_function=shutil.copy2)
        return Hub(tmp_path / "copy")

    return copy
