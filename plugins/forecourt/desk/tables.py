"""The tables of a TOML file that editors write, and where they stand: tomllib keeps no lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CURLY = frozenset("\u201c\u201d\u2018\u2019\u201e")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its values, not checked yet, and the line of each key, that of its head under ""."""

    values: Mapping[str, Any]  # Any: TOML values
    lines: Mapping[str, int]

    def line(self, key: str = "") -> int:
        """Where a key stands, or the head of the table."""
        return self.lines.get(key, self.lines.get("", 1))


def heads_of(lines: Sequence[str], *names: str) -> dict[str, list[dict[str, int]]]:
    """For each table of these names, once or again, the line of its head (under "") and of each key."""
    head_of = re.compile(rf"\s*\[{{1,2}}\s*({'|'.join(names)})\s*\]{{1,2}}\s*(?:#|$)")
    found: dict[str, list[dict[str, int]]] = {name: [] for name in names}
    inside: dict[str, int] | None = None
    for number, line in enumerate(lines, start=1):
        if head := head_of.match(line):
            inside = {"": number}
            found[head[1]].append(inside)
        elif inside is not None and (key := _KEY.match(line)):
            inside.setdefault(key[1], number)
    return found


def line_of_key(lines: Sequence[str], name: str) -> int:
    """The line at which a name of the top of the file stands, as a head or as a key."""
    wanted = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[\].=]""")
    return next((number for number, line in enumerate(lines, start=1) if wanted.match(line)), 1)


def toml_problem(file: str, message: str, text: str) -> str:
    """What tomllib said of a file, for people: with its line, and what would be right."""
    found = re.fullmatch(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", message)
    if not found:
        return f"{file}: {message}"
    lines = text.rstrip().split("\n")
    number = min(int(found["line"] or len(lines)), len(lines))
    if open_ := _left_open(found["what"], lines[:number]):
        return f"{file} {open_}"
    line = lines[number - 1]
    if hint := _hint(line) or _twice(found["what"], line):
        return f"{file} line {number}: {hint}"
    where = f" line {number}" if found["line"] else ""  # what is open at the end was begun anywhere
    return f"{file}{where}: {found['what']}{_QUOTED}"


def _left_open(what: str, lines: Sequence[str]) -> str:
    """Which quote or bracket is missing, and on which line, the last or one above it; "" where neither is."""
    if what == "Unclosed array":
        bare = [re.sub(r""""[^"]*"|'[^']*'|#.*""", "", line) for line in lines]
        begun = [at for at, line in enumerate(bare, start=1) if line.count("[") > line.count("]")]
        if begun:
            return f'line {begun[-1]}: a closing bracket is missing, as in words = ["giveaway"]'
        return f'line {len(lines)}: a comma is missing between two texts, as in words = ["giveaway", "prize"]'
    if what in ("Unterminated string", r"Illegal character '\n'") or what == 'Expected "\'"':
        sign = "'" if "Expected" in what else '"'
        odd = [at for at, line in enumerate(lines, start=1) if line.partition("#")[0].count(sign) % 2]
        if odd and not _CURLY & set(lines[odd[-1] - 1]):
            return f"line {odd[-1]}: a closing quote is missing"
    return ""


_QUOTED = '; text stands in quotes, as in do = "hold"'


def _hint(line: str) -> str:
    if _CURLY & set(line):
        return 'the quotes are curly; use straight ones, as in do = "hold"'
    if "\\" in line and "regex" in line:
        return "a pattern stands in single quotes, as in regex = '\\bwin a\\b'"
    return ""


def _twice(message: str, line: str) -> str:
    if not message.startswith("Cannot"):
        return ""
    if re.match(r"\s*\[+\s*rule\b", line):
        return "write [[rule]] with two brackets, once for each rule"
    what = line.partition("=")[0].strip()
    return f"{what} stands there twice; keep one"
