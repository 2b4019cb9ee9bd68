"""No token is ever in a log, an error, the store, or the site: those of the demo are looked for everywhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo import DemoNetworks, secrets
from demo.brand import accounts
from forecourt import config
from forecourt.accounts import link
from forecourt.ingest import fetch
from forecourt.store import Store
from tests.conftest import NOW, ROOT, Hub

KEPT = "tokens.json"  # the one place where they may be, for its owner alone


def leaks(text: bytes) -> set[str]:
    """The secrets in it: those that were planted, and those that the demo's platforms gave in their place."""
    found = {name for name, secret in secrets().items() if secret.encode() in text}
    return found | {mark for mark in ("-renewed", "-rotated") if mark.encode() in text}


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file() and path.name != KEPT)


def test_the_secrets_of_the_demo_are_many_and_can_be_looked_for() -> None:
    assert len(secrets()) >= 12
    assert all(len(secret) >= 16 for secret in secrets().values())
    assert leaks(b"x " + next(iter(secrets().values())).encode())


def test_nothing_that_a_hub_leaves_behind_holds_a_secret(larkwood: Hub) -> None:
    for path in files(larkwood.folder):
        assert leaks(path.read_bytes()) == set(), path


@pytest.mark.parametrize("spoilt", ["", "expired", "revoked", "repeated"])
def test_no_log_error_or_report_holds_a_secret_whatever_the_platforms_do(tmp_path: Path, spoilt: str) -> None:
    """With every logger at its loudest; platforms end tokens, or repeat them in their errors."""
    log = tmp_path / "everything.log"
    handler = logging.FileHandler(log)
    loggers = [logging.getLogger(), logging.getLogger("httpx"), logging.getLogger("aiohttp.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    try:
        said = run(tmp_path, spoilt)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)

    assert leaks(said.encode()) == set()
    assert len([*files(tmp_path)]) >= 3
    for path in files(tmp_path):
        assert leaks(path.read_bytes()) == set(), path


def run(folder: Path, spoilt: str) -> str:
    """Two fetches of everything, the second while the platforms misbehave; gives all that was reported."""
    with DemoNetworks(port=0) as demo:
        toml = (ROOT / "content/sources.toml").read_text("utf-8").replace("http://127.0.0.1:8473", demo.url)
        (folder / "sources.toml").write_text(toml, encoding="utf-8")
        settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
        found = config.load(settings, folder, {})
        said = ""
        for now in (NOW, NOW + timedelta(hours=25)):
            with Store(found.store, ZoneInfo("UTC")) as store:
                asked = fetch(found, link(found, secrets()), store, now, pictures=False)
                said += repr(asyncio.run(asked).as_json())
            for account in accounts():
                if spoilt == "expired":
                    demo.expire(account.name)
                elif spoilt == "revoked":
                    demo.revoke(account.name)
                elif spoilt == "repeated" and account.api:
                    body = f'{{"error": "bad token {" ".join(account.secrets.values())}"}}'.encode()
                    for request in [*demo.requests]:
                        if request.path.startswith(account.api):
                            demo.misbehave(
                                request.path, status=401, body=body, content_type="application/json"
                            )
        return said
