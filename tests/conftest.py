"""What all tests share: a moment, the demo networks, a hub of their own in a temporary folder."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import MappingProxyType
from typing import Any

import pytest
from filelock import FileLock

from demo import DemoNetworks, secrets

pytest_plugins = ["tests.reached"]

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@dataclass(frozen=True)
class Networks:
    """Where the demo networks are, for tests that only read them."""

    url: str


_NETWORKS = pytest.StashKey[DemoNetworks]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # Any: xdist's, which has no types
    """Let the process that hands out the tests play the networks: what one of the others fetched, all can use."""
    demo = node.config.stash.get(_NETWORKS, None)
    if demo is None:
        demo = node.config.stash[_NETWORKS] = DemoNetworks(port=0).__enter__()
    node.workerinput["networks"] = demo.url


def pytest_unconfigure(config: pytest.Config) -> None:
    demo = config.stash.get(_NETWORKS, None)
    if demo is not None:
        demo.__exit__()


@pytest.fixture(scope="session")
def networks(request: pytest.FixtureRequest) -> Iterator[Networks]:
    """The demo networks, the same for all processes of a run."""
    if hasattr(request.config, "workerinput"):
        yield Networks(request.config.workerinput["networks"])
    else:
        with DemoNetworks(port=0) as demo:
            yield Networks(demo.url)


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
    languages: str = ""
    """Those of its pages; the demo's where none are said, for which a build takes twice as long."""

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
            **({"HUB_LANGUAGES": self.languages} if self.languages else {}),
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
def once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Fill a folder once for all processes of a run; it is only read then."""

    def filled(name: str, fill: Callable[[Path], object]) -> Path:
        everybodys = tmp_path_factory.getbasetemp()
        if hasattr(request.config, "workerinput"):
            everybodys = everybodys.parent
        folder = everybodys / f"once-{name}"
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                with TemporaryDirectory(dir=everybodys) as begun:
                    (Path(begun) / name).mkdir()
                    fill(Path(begun) / name)
                    (Path(begun) / name).rename(folder)
        return folder

    return filled


@pytest.fixture(scope="session")
def larkwood(
    once: Callable[[str, Callable[[Path], object]], Path],
    tmp_path_factory: pytest.TempPathFactory,
    networks: Networks,
) -> Hub:
    """Larkwood's hub, fetched and built once for all processes of a run; tests that change it take a copy.

    Each process has its own: whoever reads a store or a ledger leaves files beside it for a moment.
    """

    def make(folder: Path) -> None:
        hub = Hub(folder)
        sources = (ROOT / "content/sources.toml").read_text(encoding="utf-8")
        hub.link(sources.replace("http://127.0.0.1:8473", networks.url))
        for done in (hub.invoke("fetch"), hub.build()):
            assert done.returncode == 0, done.stderr

    return _copy(Hub(once("larkwood", make)), tmp_path_factory.mktemp("larkwood") / "hub")


@pytest.fixture(scope="session")
def corner(
    once: Callable[[str, Callable[[Path], object]], Path],
    larkwood: Hub,
    tmp_path_factory: pytest.TempPathFactory,
) -> Hub:
    """Larkwood's hub in one language and with two of its accounts, for what takes a whole build of its own."""

    def make(folder: Path) -> None:
        hub = Hub(folder, "en")
        shutil.copytree(larkwood.folder / "state", folder / "state", copy_function=shutil.copy2)
        said = (larkwood.folder / "sources.toml").read_text(encoding="utf-8")
        accounts = re.split(r"^(?=\[\[source\]\])", said, flags=re.MULTILINE)
        hub.link(
            "".join(
                each
                for each in accounts
                if re.search(r'^name = "larkwood-(blog|newsroom)"', each, re.MULTILINE)
            )
        )
        done = hub.build()
        assert done.returncode == 0, done.stderr

    return _copy(Hub(once("corner", make), "en"), tmp_path_factory.mktemp("corner") / "hub")


@pytest.fixture(scope="session")
def draw(once: Callable[[str, Callable[[Path], object]], Path]) -> Callable[[Hub], Hub]:
    """Give a hub that was not built yet the demo's own pictures: to draw them is half of the work of a small build."""

    def make(folder: Path) -> None:
        hub = Hub(folder)
        hub.link("")
        done = hub.build()
        assert done.returncode == 0, done.stderr

    def drawn(hub: Hub) -> Hub:
        shutil.copytree(once("empty", make) / "state/pictures", hub.folder / "state/pictures")
        return hub

    return drawn


@pytest.fixture
def drawn(hub: Hub, draw: Callable[[Hub], Hub]) -> None:
    """The hub has the demo's own pictures, for tests that are not about them."""
    draw(hub)


def _copy(hub: Hub, folder: Path) -> Hub:
    shutil.copytree(hub.folder, folder, copy_function=shutil.copy2)
    return replace(hub, folder=folder)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Hub], Hub]:
    return lambda hub: _copy(hub, tmp_path / "copy")
