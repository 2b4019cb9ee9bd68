from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from forecourt.console import print_fetched, print_json, say
from forecourt.report import Report, SourceReport

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x00\u202e\u2066"


@pytest.mark.promise(39)
def test_what_a_server_said_moves_no_cursor_and_turns_no_line(
    capsys: pytest.CaptureFixture[str], figure: Callable[[str], None]
) -> None:
    source = SourceReport(
        "a", f"A{HOSTILE}", "failed", error=f"it said: {HOSTILE}", rejected=(HOSTILE,), notes=(HOSTILE,)
    )
    say(f"first{HOSTILE}\nsecond")
    print_fetched(Report((source,), pictures_failed=1, pictures_notes=(HOSTILE,)))
    shown = capsys.readouterr().err

    assert "first" in shown
    assert "\nsecond" in shown
    assert not [mark for mark in HOSTILE if mark in shown and not mark.isprintable()]
    figure(f"0 of {sum(not mark.isprintable() for mark in HOSTILE)} kinds reach the terminal")


def test_machines_get_every_character_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"said": HOSTILE})
    shown = capsys.readouterr().out

    assert json.loads(shown) == {"said": HOSTILE}
    assert not [mark for mark in shown if not mark.isprintable() and mark != "\n"]
