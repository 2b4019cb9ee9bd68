from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx

from forecourt.policy import HEADERS
from tests.conftest import ROOT

_SERVE = """
import sys
from pathlib import Path
from forecourt.serving import serve
serve(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), lambda: print("ready", flush=True))
"""


def test_the_policy_is_sent_with_every_file(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>x</p>", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _SERVE, str(tmp_path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        found = [
            httpx.get(f"http://127.0.0.1:{port}/{path}").headers for path in ("", "index.html", "missing")
        ]
        server.terminate()

    for headers in found:
        assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_for_operators_names_what_a_server_should_send() -> None:
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert not [name for name, value in HEADERS.items() if f"| `{name}` | `{value}` |" not in page]
