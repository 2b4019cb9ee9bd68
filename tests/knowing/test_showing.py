"""The page and the Markdown of a run."""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown import markdown

from forecourt import knowing
from forecourt.knowing import alerts
from forecourt.knowing.alerts import Memory
from forecourt.knowing.page import page
from forecourt.knowing.records import Amiss, Held, Messages, as_json
from forecourt.knowing.showing import age, size
from forecourt.knowing.summary import MOST, escaped, summary
from tests.conftest import NOW
from tests.knowing.runs import HOSTILE, health, hostile, run, token


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_says_how_everything_is() -> None:
    failing = health(
        "north", fresh=NOW - timedelta(days=3), error="It is out of order.", next=NOW + timedelta(hours=1)
    )
    made = run(
        sources=(health(), failing),
        tokens=(token(ends=NOW + timedelta(days=5)),),
        held=Held(3, NOW - timedelta(days=2)),
        messages=Messages(
            "Campaign winter: missing on north", (Amiss("winter", "Winter", "north", "missing", "Nothing."),)
        ),
        exit=3,
    )
    memory, _ = alerts.judged(made, Memory())

    said = "\n".join(Elements(page(made, alerts.told(memory))).words)

    for words in (
        "done, some sources are stale (exit code 3)", "It is out of order.", "3 d", "2026-11-22 10:00 UTC",
        "missing on north", "3, the oldest since 2026-11-20 09:00 UTC", "2026-11-27 09:00 UTC", "400 files, 4 MB",
        "fetch", "1.2 s",
        'The token of "Larkwood-Insta" (larkwood-insta) ends on 2026-11-27. (Since 2026-11-22 09:00 UTC.)',
    ):  # fmt: skip
        assert words in said


@pytest.mark.parametrize("made", [run(), hostile()], ids=["well", "hostile"])
def test_the_page_runs_nothing_and_asks_nobody(made: object) -> None:
    html = page(made)  # type: ignore[arg-type]  # both are runs
    elements = Elements(html).seen
    assert {tag for tag, _ in elements} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "strong", "ul", "li", "table",
        "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert {name for _, attrs in elements for name in attrs} <= {
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "scope",
    }
    assert "default-src 'none'" in unescape(html)
    assert "color-scheme:light dark" in html
    assert sum(tag == "table" for tag, _ in elements) == sum(tag == "caption" for tag, _ in elements) >= 3


def test_what_strangers_wrote_stands_on_the_page_as_they_wrote_it() -> None:
    assert escape(HOSTILE) in page(hostile())


def test_markdown_shows_what_strangers_wrote_letter_by_letter() -> None:
    words = "a|b <img> & `c` [x](http://e.example) **d** _e_ # f ~~g~~ ![h](i) @team www.j.example \\ {k}"
    html = markdown(escaped(words))
    assert Elements(html).seen == [("p", {})]
    assert "".join(Elements(html).words) == words


def test_nothing_that_strangers_wrote_breaks_the_summary() -> None:
    said = summary(hostile())
    lines = said.split("\n")
    assert not re.search(r"<(?!/?(?:details|summary)>)", said)
    assert "\r" not in said
    rows = [line for line in lines if line.startswith("|")]
    widths = {line.count("|") for line in rows}
    assert widths <= {5, 4, 11}, "as many cells as headings"
    assert not [line for line in lines if line.lstrip().startswith(("# EOF", "::"))]
    assert "](" not in said
    assert "://" not in said


def test_the_summary_is_short_and_begins_with_what_matters() -> None:
    many = tuple(
        health(f"source-{number:03}", error="no", fresh=NOW - timedelta(days=2)) for number in range(300)
    )
    made = run(
        sources=(health(), *many),
        tokens=tuple(token(each.name, NOW) for each in many),
        messages=Messages("", tuple(Amiss("w", "W", each.name, "missing", "no") for each in many)),
    )
    memory, _ = alerts.judged(made, Memory())

    lines = summary(made, alerts.told(memory)).splitlines()

    assert len(lines) <= MOST
    assert lines[0] == "## Hub: well (exit code 0)"
    assert lines[2] == "### What needs a person"
    assert lines.count("</details>") == sum(line.startswith("<details>") for line in lines) == 3
    assert "… and 241 more; status.json has all." in lines
    assert "larkwood-blog" not in "\n".join(lines), "those that are well come last"


def test_lengths_and_sizes_are_said_for_people() -> None:
    assert [age(NOW - timedelta(minutes=each), NOW) for each in (0, 3, 119, 120, 3000, -5)] == [
        "now", "3 min", "119 min", "2 h", "2 d", "now",
    ]  # fmt: skip
    assert [size(each) for each in (0, 1023, 1024, 5 * 2**20, 3 * 2**30)] == [
        "0 B",
        "1023 B",
        "1 kB",
        "5 MB",
        "3.0 GB",
    ]


def test_a_terminal_is_told_of_the_last_run_and_of_what_needs_a_person(tmp_path: Path) -> None:
    assert knowing.known(tmp_path) == {"run": None, "open": []}
    assert knowing.lines(tmp_path) == []
    made = run(exit=4, tokens=(token(is_missing=True),))
    knowing.note(tmp_path, made, str)

    found = knowing.known(tmp_path)

    assert found["run"] == as_json(made)
    (need,) = found["open"]
    assert need == {
        "key": "token/larkwood-insta", "since": "2026-11-22T09:00:00Z",
        "what": 'The token of "Larkwood-Insta" (larkwood-insta) is missing.',
    }  # fmt: skip
    assert knowing.lines(tmp_path) == [
        "Last run: done, a credential is wanted (exit code 4)",
        '! The token of "Larkwood-Insta" (larkwood-insta) is missing. (Since 2026-11-22 09:00 UTC.)',
        "Run: 2026-11-22 08:59 UTC, 12.0 s, Forecourt 0.1.0",
        "Site: https://hub.example",
        "Live: 20261122T090000Z-1a2b3c4d, since 2026-11-22 09:00 UTC",
        "Sent last: 3 files, 4 kB; 1 removed, 2 invalidated",
        "Held posts: 0",
        "Output: 400 files, 4 MB",
        "State: store 1 MB, pictures 16 MB; the disk has 64.0 GB left",
    ]
