"""What is wrong with the editors' files is said by the very next build, and no longer than it is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Hub
from tests.test_desk_tasks import invoke, key
from tests.test_tasks import NO_PICTURES

__all__ = ["key"]

GOOD = '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n'


@pytest.fixture
def rules(hub: Hub) -> Path:
    """The rules of a hub that was built and is in order."""
    news = hub.folder / "content/news"
    news.mkdir(parents=True)
    (news / "a.md").write_text("Title: A\nDate: 2026-11-01\n\nText.\n", encoding="utf-8")
    path = hub.folder / "content/rules.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert built(hub) == (0, [], [])
    return path


def built(hub: Hub) -> tuple[int, list[str], list[str]]:
    """Build: the exit code, what is wrong, what is odd."""
    done = hub.invoke(
        "build", "--json", "--", str(hub.folder / "content"), "-o", str(hub.output), HUB_BRAND=NO_PICTURES
    )
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    return done.returncode, said["problems"], said["warnings"]


def test_a_build_says_how_many_posts_wait(hub: Hub, key: str) -> None:
    (hub.folder / "content/rules.toml").write_text(GOOD, encoding="utf-8")
    done = invoke(hub, "build", "--json")

    assert "1 post waits for one of you: invoke queue" in json.loads(done.stdout)["notes"]
    assert invoke(hub, "pick", key, "--approve").returncode == 0
    assert "waits" not in str(json.loads(invoke(hub, "build", "--json").stdout)["notes"])


def test_rules_that_break_by_themselves_are_said_at_once_and_mended_ones_no_more(
    hub: Hub, rules: Path
) -> None:
    for broken, problem in (
        (GOOD.replace('"hold"', '"hold'), "line 2: a closing quote is missing"),
        (GOOD.replace("hold", "hodl"), 'line 2: do "hodl" is not known; did you mean "hold"?'),
        (GOOD.replace("words", "wrods"), 'line 3: "wrods" is not a key of a rule; did you mean "words"?'),
    ):
        rules.write_text(broken, encoding="utf-8")
        for _ in range(2):
            code, problems, _warnings = built(hub)
            assert code == 1
            assert problems[0] == f"content/rules.toml {problem}"
    rules.write_text(GOOD, encoding="utf-8")
    assert built(hub) == (0, [], [])

    rules.unlink()
    code, problems, warnings = built(hub)
    assert (code, problems) == (0, [])
    assert warnings[0].startswith("content/rules.toml is gone, and its rules still hold")
