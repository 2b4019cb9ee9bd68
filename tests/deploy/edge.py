"""nginx on a socket of its own: an edge before a bucket, or a server of a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_CONFIG = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; {user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {http}
  server {{ listen unix:{socket}; {server} }}
}}
"""


@contextmanager
def edge(folder: Path, server: str, http: str = "") -> Iterator[httpx.Client]:
    """nginx with these settings for its server; gives a client of it."""
    nginx = shutil.which("nginx")
    if nginx is None:
        if os.environ.get("CI"):
            pytest.fail("no nginx here; CI must install one")
        pytest.skip("no nginx here")
    folder = folder / "edge"
    folder.mkdir()
    socket = folder / "socket"
    if len(str(socket)) > 100:
        pytest.fail("the temporary folder has too long a name for a socket")
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, socket=socket, user=user, http=http, server=server))
    process = subprocess.Popen(
        [nginx, "-e", str(folder / "error.log"), "-c", str(config)], stderr=subprocess.PIPE
    )
    try:
        transport = httpx.HTTPTransport(uds=str(socket), retries=8)  # it takes a moment to listen
        with httpx.Client(transport=transport, base_url="http://hub.example", timeout=30) as client:
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=30)
