"""How long an editor waits between a save and the browser that reloads: `invoke bench saves`.

The demo brand's hub is fetched from its own networks on this machine and shown by `invoke livereload`; a client as the
browser's script is one waits for the word to reload while an article and a campaign are saved, time after time. Told
are seconds by the clock, and the processor seconds that the server and its children took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench.cost import ROOT, invoke
from demo import DEFAULT_PORT, DemoNetworks, secrets
from forecourt.config import surroundings
from forecourt.console import say

SAVES = 10
MOST_SECONDS = 1.0
_PATIENCE = 120.0
_NOW = "2026-11-22T09:00:00+00:00"
_TIMES = slice(11, 15)
"""Of what stands in /proc/PID/stat behind the name: ticks in the program and the system, of children, too."""


@contextmanager
def livereload(folder: Path) -> Iterator[tuple[int, int]]:
    """The demo's hub in that folder, shown: the server's process and port."""
    shutil.copytree(ROOT / "content", folder / "content")
    environ = {
        "PATH": surroundings()[0].get("PATH", ""),
        "HOME": str(folder),
        "HUB_SOURCES": str(folder / "content/sources.toml"),
        "HUB_STATE": str(folder / "state"),
        "HUB_ALLOW_PRIVATE": "127.0.0.0/8",
        "HUB_NOW": _NOW,
        **secrets(),
    }
    with DemoNetworks(port=0) as networks:
        sources = folder / "content/sources.toml"
        said = sources.read_text(encoding="utf-8")
        sources.write_text(said.replace(f"http://127.0.0.1:{DEFAULT_PORT}", networks.url), encoding="utf-8")
        cost = invoke("fetch", "--", str(folder / "content"), environ=environ)
    if cost.code:
        raise RuntimeError(f"invoke fetch ended with {cost.code}: {cost.err}")
    with _server(folder, environ) as served:
        yield served


@contextmanager
def _server(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("livereload", "--port", str(port), "--", str(folder / "content"), "-o", str(folder / "output"))
    with subprocess.Popen(
        [sys.executable, "-m", "invoke", *words], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process.pid, port
        finally:
            process.terminate()


async def saves(pid: int, port: int, path: Path, output: Path, times: int) -> list[tuple[float, float]]:
    """Save a file so often: seconds until the browser is told and its page says so, and processor seconds, of each."""
    found = []
    browser = await _connected(port)
    text = _text(path)
    for number in range(times + 1):
        await asyncio.sleep(1)  # nobody saves while the last save is made; what it costs is told by itself
        cpu, start, word = _cpu(pid), time.monotonic(), f"savednumber{number}of{path.stem}"
        _save(path, f"{text}\n\n{word}\n")
        async with asyncio.timeout(_PATIENCE):
            while not await _reloaded(browser) or not _is_shown(word, output):
                pass
        found.append((time.monotonic() - start, _cpu(pid) - cpu))
    browser.close()
    return found[1:]  # the first fills what the server keeps in memory


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _is_shown(word: str, output: Path) -> bool:
    return any(word in page.read_text(encoding="utf-8") for page in output.glob("*/index.html"))


async def _connected(port: int) -> WebSocketClientConnection:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            browser = await websocket_connect(f"ws://localhost:{port}/livereload")
        except (OSError, HTTPClientError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)  # it is making the site for the first time
        else:
            for said in ({"command": "hello"}, {"command": "info", "url": f"http://localhost:{port}/"}):
                await browser.write_message(json.dumps(said))
            return browser


async def _reloaded(browser: WebSocketClientConnection) -> bool:
    said = await browser.read_message()
    if said is None:
        raise ConnectionError("the server closed the connection")
    return bool(json.loads(said).get("command") == "reload")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.saves", description=__doc__)
    parser.add_argument("--saves", type=int, default=SAVES, help="of each file")
    times = parser.parse_args(arguments).saves
    worst = 0.0
    with tempfile.TemporaryDirectory() as name, livereload(Path(name)) as (pid, port):
        for kind in ("news", "campaigns"):
            path = max(Path(name, "content", kind).glob("*[!.][!f][!r].md"))
            found = asyncio.run(saves(pid, port, path, Path(name, "output", kind), times))
            seconds, cpu = ([*column] for column in zip(*found, strict=True))
            worst = max(worst, statistics.median(cpu))
            say(
                f"{kind:<10} {times} saves: {statistics.median(seconds):.2f} s at the median, {max(seconds):.2f} at "
                f"worst; {statistics.median(cpu):.2f} CPU s, {max(cpu):.2f} at worst"
            )
    return int(worst > MOST_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
