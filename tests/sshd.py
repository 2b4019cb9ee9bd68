"""A real server of ssh on loopback, as an ordinary process with keys and settings of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin")  # of programs that are not for every account


def program(name: str) -> str:
    """Where a program is; a test that needs it is skipped without it, but fails in CI."""
    path = shutil.which(name) or next(filter(None, (shutil.which(name, path=one) for one in PLACES)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"no {name} here; CI must install it")
        pytest.skip(f"no {name} here")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was started takes connections."""
    deadline = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the server ended at once"
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.02)


@dataclass(frozen=True)
class Sshd:
    port: int
    identity: str
    known_hosts: str

    @property
    def options(self) -> dict[str, Any]:  # Any: options of every type, as a setting gives them
        return {
            "host": f"{getpass.getuser()}@127.0.0.1",
            "port": self.port,
            "identity": self.identity,
            "known_hosts": self.known_hosts,
        }


def _key(path: Path) -> str:
    words = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(words, check=True, capture_output=True)
    return path.with_suffix(".pub").read_text()


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    for needed in ("ssh", "flock", "sha256sum"):
        program(needed)
    host, own = _key(folder / "host"), _key(folder / "own")
    port = free_port()
    (folder / "authorized_keys").write_text(own)
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin yes\nMaxStartups 100\nLogLevel ERROR\n"
    )
    # Its parts want a folder that the system makes when its own server starts.
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program("sshd"), "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        until_it_listens(port, process)
        yield Sshd(port, str(folder / "own"), str(folder / "known_hosts"))
    finally:
        process.terminate()
        process.wait()
