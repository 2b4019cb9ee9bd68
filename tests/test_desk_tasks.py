"""What editors ask and decide in a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt import config
from forecourt.accounts import link
from forecourt.desk import heads, writing
from forecourt.desk.schema import KINDS
from forecourt.settling import settle
from forecourt.store import Store
from tests.conftest import NOW, ROOT, Hub
from tests.newsroom import a_post
from tests.test_tasks import NO_PICTURES

SOURCE = '[[source]]\nname = "blog"\nconnector = "feed"\nurl = "https://blog.example/"\n'


@pytest.fixture
def key(hub: Hub) -> str:
    """The key of the one post of a hub of its own."""
    hub.link(SOURCE)
    (hub.folder / "content").mkdir()
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "TIMEZONE": "Europe/Paris"}
    found = config.load(settings, hub.folder, {})
    accounts = link(found, {})
    post = a_post("1", "blog", text="Win a giveaway today")
    with Store.run(found.store, found.timezone, "fetch", NOW) as store:
        curator = settle(store, accounts, found, NOW)
        with store.transaction():
            judged = curator.judged(accounts[0], store, [(post, post.published or NOW)])
            store.posts.save("blog", judged, NOW)
        (stored,) = store.posts.each_of("blog")
    return stored.key


def asked(hub: Hub, *words: str) -> list[str]:
    return [sys.executable, "-m", "invoke", *words, "--", str(hub.folder / "content"), "-o", str(hub.output)]


def invoke(hub: Hub, *words: str) -> subprocess.CompletedProcess[str]:
    """A task, asked by a script: there is nobody at a terminal."""
    return subprocess.run(
        asked(hub, *words), cwd=ROOT, env={**hub.environ, "HUB_BRAND": NO_PICTURES}, capture_output=True,
        text=True, stdin=subprocess.DEVNULL, check=False, timeout=240,
    )  # fmt: skip


def answered(hub: Hub, answer: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    """A task, asked by somebody at a terminal who types this."""
    master, terminal = pty.openpty()
    try:
        os.write(master, answer)
        return subprocess.run(
            asked(hub, *words), cwd=ROOT, env={**hub.environ, "HUB_BRAND": NO_PICTURES}, capture_output=True,
            stdin=terminal, check=False, timeout=240,
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(terminal)


def is_there(hub: Hub, key: str) -> bool:
    return "published:" in invoke(hub, "why", key).stderr


def test_a_script_has_to_say_that_it_is_sure_to_forget(hub: Hub, key: str) -> None:
    done = invoke(hub, "forget", key)
    looked = invoke(hub, "forget", key, "--dry-run")

    assert done.returncode == 2
    assert "say --yes to do it, or --dry-run to look" in done.stderr
    assert (looked.returncode, "Would forget: https://blog.example/1" in looked.stderr) == (0, True)
    assert is_there(hub, key)


def test_somebody_at_a_terminal_is_asked_before_a_post_is_forgotten(hub: Hub, key: str) -> None:
    for answer in (b"\n", b"n\n"):
        done = answered(hub, answer, "forget", key)
        assert done.returncode == 0
        assert b"Nothing was forgotten." in done.stderr
    assert is_there(hub, key)

    done = answered(hub, b"y\n", "forget", key)

    assert done.returncode == 0, done.stderr
    assert not is_there(hub, key)


def test_no_page_for_editors_quotes_what_was_forgotten(hub: Hub, key: str) -> None:
    (hub.folder / "content/rules.toml").write_text(
        '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n', encoding="utf-8"
    )
    page = hub.folder / "state/desk/queue.html"
    assert invoke(hub, "queue").returncode == 0
    (held,) = json.loads(invoke(hub, "queue", "--json").stdout)["held"]
    assert (held["key"], held["reasons"]) == (key, ['content/rules.toml line 1: holds posts with "giveaway"'])
    assert invoke(hub, "pick", key, "--approve").returncode == 0
    assert "giveaway" in page.read_text(encoding="utf-8")

    done = invoke(hub, "forget", key, "--yes")

    assert done.returncode == 0, done.stderr
    assert not [path for path in (hub.folder / "state/desk").iterdir() if b"giveaway" in path.read_bytes()]
    assert f"picks/{key}.md may still name it: delete that file" in done.stderr


def test_moments_are_told_in_the_zone_of_the_hub_and_picks_in_words(hub: Hub, key: str) -> None:
    (hub.folder / "content/picks").mkdir()
    (hub.folder / "content/picks/one.md").write_text(
        f"Post: /posts/{key}/\nPin: yes\nFeature_until: 2026-12-01 09:00\nCaption: Well done\n",
        encoding="utf-8",
    )
    said = invoke(hub, "why", key).stderr

    local = NOW.astimezone(config.load({"TIMEZONE": "Europe/Paris"}, hub.folder, {}).timezone)
    assert f"first seen {local:%Y-%m-%d %H:%M} CET" in said
    assert (
        'picked in content/picks/one.md: pinned, kept first until 2026-12-01 09:00 CET, with the caption "Well done"'
        in said
    )


def test_a_new_file_names_what_it_may_say_behind_a_sign(hub: Hub) -> None:
    (hub.folder / "content").mkdir()
    assert invoke(hub, "new", "campaign", "Winter sale").returncode == 0
    lines = Path(hub.folder / "content/campaigns/winter-sale.md").read_text(encoding="utf-8").splitlines()

    for name in ("status", "slug", "lang", "translation", "hashtags", "code"):
        assert any(line.startswith(f"# {name}: ") for line in lines), name


@pytest.mark.parametrize(("kind", "folder"), [("article", "news"), ("page", "pages")])
def test_a_new_article_or_page_is_a_draft_until_somebody_says_otherwise(kind: str, folder: str) -> None:
    """Its words are an example, and the schedule would publish them within a quarter of an hour."""
    kinds = {each.one: each for each in KINDS}
    name, text = writing.new(kinds[kind], "Hello there", NOW, ZoneInfo("Europe/Paris"))

    assert name == f"{folder}/hello-there.md"
    assert heads.fields(text)["status"].value.split()[0] == "draft"
