"""Stands in for `wrangler pages deploy`: the requests of wrangler 4.60, in its order, with Python's own means.

WRANGLER_DIES_AT ends it before the request of this number, as a kill would.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

SPECIAL = {"_headers", "_redirects"}
LARGEST = 25 * 2**20

asked = 0


def ask(method: str, path: str, token: str, body: bytes | None = None, form: str = "application/json") -> Any:
    global asked  # noqa: PLW0603 - a program of one page
    asked += 1
    if asked == int(os.environ.get("WRANGLER_DIES_AT", "0")):
        os._exit(9)
    headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": form} if body is not None else {})
    url = os.environ["CLOUDFLARE_API_BASE_URL"] + path
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, body, headers, method=method), timeout=20
        ) as answer:
            return json.load(answer)["result"]
    except urllib.error.HTTPError as error:
        said = json.load(error)["errors"][0]
        fail(
            f"A request to the Cloudflare API ({path}) failed.\n\n  {said['message']} [code: {said['code']}]"
        )


def fail(why: str) -> None:
    print(f"\x1b[31m✘ \x1b[41;31m[\x1b[41;97mERROR\x1b[41;31m]\x1b[0m \x1b[1m{why}\x1b[0m\n", file=sys.stderr)
    sys.exit(1)


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("pages")
    words.add_argument("deploy")
    words.add_argument("folder", type=Path)
    for name in ("project-name", "branch", "commit-hash", "commit-message", "commit-dirty"):
        words.add_argument(f"--{name}", required=True)
    given = words.parse_args()
    token, account = os.environ["CLOUDFLARE_API_TOKEN"], os.environ["CLOUDFLARE_ACCOUNT_ID"]
    project = f"/accounts/{account}/pages/projects/{given.project_name}"
    ask("GET", project, token)
    ask("GET", project, token)
    jwt = ask("GET", f"{project}/upload-token", token)["jwt"]
    files = {}
    for path in sorted(given.folder.rglob("*")):
        name = path.relative_to(given.folder).as_posix()
        if path.is_file() and not path.is_symlink() and name not in SPECIAL:
            if path.stat().st_size > LARGEST:
                fail(f"Error: Pages only supports files up to 25 MiB in size\n{name}")
            files[name] = path.read_bytes()
    hashes = {
        name: sha256(data + Path(name).suffix.encode()).hexdigest()[:32] for name, data in files.items()
    }
    listed = json.dumps({"hashes": [*hashes.values()]}).encode()
    missing = set(ask("POST", "/pages/assets/check-missing", jwt, listed))
    payload = {
        digest: {
            "key": digest,
            "value": base64.b64encode(files[name]).decode(),
            "metadata": {"contentType": "text/html"},
            "base64": True,
        }
        for name, digest in hashes.items()
        if digest in missing
    }
    for one in payload.values():
        ask("POST", "/pages/assets/upload", jwt, json.dumps([one]).encode())
    ask("POST", "/pages/assets/upsert-hashes", jwt, listed)
    fields = {
        "manifest": json.dumps({f"/{name}": digest for name, digest in hashes.items()}).encode(),
        "branch": given.branch.encode(),
        "commit_message": given.commit_message.encode(),
        "commit_hash": given.commit_hash.encode(),
        "commit_dirty": given.commit_dirty.encode(),
    }
    fields |= {name: path.read_bytes() for name in SPECIAL if (path := given.folder / name).exists()}
    edge = uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in fields.items()
    ]
    body = b"".join(parts) + f"--{edge}--\r\n".encode()
    made = ask("POST", f"{project}/deployments", token, body, f"multipart/form-data; boundary={edge}")
    ask("GET", f"{project}/deployments/{made['id']}", token)


main()
