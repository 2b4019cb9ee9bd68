"""What Forecourt promises about a hostile world, and the tests that hold it to it.

A test that holds a promise is marked ``@pytest.mark.promise(7)`` and says what it
reached with the fixture ``figure``. ``invoke promises`` runs the marked tests at
full scale and writes docs/promises.md from what they say; ``test_promises.py``
sees to it that the page names the tests there are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs/promises.md"

_ROW = re.compile(r"^\| *(\d*) \| .*? \| \[`(\w+)`\]\(\.\./([\w/.]+)\) \| (.*) \|$", re.MULTILINE)

GROUPS: Mapping[str, Mapping[int, str]] = {
    "Fetching: load held, faults survived": {
        1: "No source costs more than its deadline, from the name look-up to the last byte, redirects included",
        2: "Nothing larger than the limit is ever held, counted as unpacked",
        3: "A declared length over the limit is refused unread",
        4: "Five redirects at most, none in a circle, each judged anew, their bodies unread",
        5: "A body that is cut, corrupt or mislabelled never passes as whole",
        6: "HTTP that is none ends in one error of ours, never in a traceback",
        7: "One retry after a lost connection or a 5xx, none after a 4xx",
        8: "Requests are conditional, byte for byte; what did not change costs no reading and no writing",
        9: "Retry-After is obeyed from run to run, for a day at most; junk is ignored",
        10: "A source that fails is left alone longer and longer, is read at once when it answers, and is shown",
        11: "410 ends the asking and keeps what there was; a permanent move is recorded",
        12: "One connection to a host, a second between starts, an hour between polls of a feed; max-age obeyed; "
        "no cookies, no referrer",
        13: "TLS is always verified, and https never leads down to http",
        14: "A source that hangs holds no other up",
    },
    "Nobody let in: addresses": {
        15: "No connection to an address that is not public, however it is spelled",
        16: "Public addresses are asked",
        17: "The address that was checked is the one that is connected to, and every answer of the name server counts",
        18: "A redirect reaches nothing that a plain address does not",
        19: "http and https alone, on ports 80, 443, 8080 and 8443 unless a network is allowed, no user name in an "
        "address",
        20: "Tokens and cookies never follow to another host",
    },
    "Bad input tried: parsing": {
        21: "No document raises out of the parser step",
        22: "A document costs five seconds and 300 MB at most, or is dropped and named",
        23: "No entity is expanded, nothing external is fetched, no file is read",
        24: "feedparser's own expectations hold for every field we use",
        25: "Real feeds come out whole",
        26: "JSON Feed 1.0 and 1.1 are read like the others",
        27: "A date is the right moment or none, and nothing comes from the future",
        28: "Every encoding is read: declared, in the header, by its mark, or lied about",
        29: "An empty answer, a page, a parked domain or a feed without entries removes nothing",
        30: "An entry stays the same post through new ids, reordering, http to https and a trailing slash",
    },
    "Nobody let in: content": {
        31: "No vector runs in a browser, whatever field it came in",
        32: "Were nothing cleaned, our Content-Security-Policy would still hold",
        33: "Every address on a page is http, https or mailto, without control characters",
        34: "What is honest survives the cleaning, and embeds become links",
        35: "The cost of cleaning is bounded",
        36: "Text of strangers means nothing to Pelican, Jinja and Markdown",
        37: "Nothing is written outside the output folder, and names are safe on every system",
        38: "Who reads the site asks no third party for anything",
        39: "Marks that turn, stack or break text disturb neither neighbours nor logs",
    },
    "Pictures": {
        40: "Bombs and lies are refused before they are decoded",
        41: "Only pixels that we encoded are published, upright, without a byte of metadata",
        42: "SVG of strangers is never served",
    },
    "Nothing lost": {
        43: "Killed at any moment, a run leaves each file old or new and no post lost, and the next one mends it",
        44: "A full disk or a folder that may not be written is named, and the old site stays",
        45: "A damaged store is noticed, set aside and restored from the last good generation",
        46: "A source that dies or empties keeps what it had",
        47: "Of two runs at once the second leaves at once and says so",
        48: "Clock jumps and time zones change nothing",
        49: "The same input gives the same bytes; where nothing changed, nothing is written",
        50: "The state of every earlier release is read",
    },
    "Secrets and running": {
        57: "A secret reaches neither site nor state nor log nor error",
        58: "Every run says what happened to each source, in a sentence that says what to do",
        59: "Dependencies are pinned with their hashes and import from a clean install",
        60: "Memory and time grow with what changed, not with the archive",
    },
}


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A promise and a test that holds it; ``test`` is its pytest id without parameters."""

    promise: int
    test: str


def marked(folder: Path = HERE) -> list[Held]:
    """Every promise that a test below the folder is marked with, in order."""
    found = [held for path in sorted(folder.rglob("test_*.py")) for held in _marks(path)]
    return sorted(found)


def _marks(path: Path) -> Iterator[Held]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
                    test = f"{path.relative_to(HERE.parent).as_posix()}::{node.name}"
                    yield from (Held(ast.literal_eval(number), test) for number in mark.args)


def rows(page: str) -> list[tuple[Held, str]]:
    """What a page says: each promise with a test that holds it, and what that reached."""
    found = []
    promise = 0
    for number, name, file, reached in _ROW.findall(page):
        promise = int(number or promise)
        found.append((Held(promise, f"{file}::{name}"), reached))
    return found


def page(held: Iterable[Held], figures: Mapping[str, str]) -> str:
    """docs/promises.md: for each promise its tests, and what they said they reached."""
    tests: dict[int, list[str]] = {}
    for one in sorted(held):
        tests.setdefault(one.promise, []).append(one.test)
    lines = [
        "# Promises",
        "",
        "What Forecourt promises about a hostile world, the tests that hold it to it, and what they reached when they",
        "were last run for this page, on two cores. `invoke promises` runs them at full scale and writes it; `make",
        "test` runs the same tests at a smaller scale.",
    ]
    for group, promises in GROUPS.items():
        lines += ["", f"## {group}", "", "| # | promise | held by | reached |", "|--:|---|---|---|"]
        for number, promise in promises.items():
            for position, test in enumerate(tests.get(number, [""])):
                first = position == 0
                file, _, name = test.partition("::")
                link = f"[`{name}`](../{file})" if name else ""
                reached = figures.get(test, "not run yet")
                lines.append(
                    f"| {number if first else ''} | {promise if first else ''} | {link} | {reached} |"
                )
    return "\n".join(lines) + "\n"
