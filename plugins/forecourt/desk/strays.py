"""Lines that were meant for the head of a file and do not count there: a colon, or a blank line too many.

The head of a Markdown file ends at the first line that is no field. So a forgotten colon makes text of all that
follows, and a ``Hide: yes`` that is only text hides nothing. What looks like a field just below the head is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile

from forecourt.config import near
from forecourt.desk import heads
from forecourt.desk.schema import Field, Kind
from forecourt.desk.values import NO, YES

_LIKE = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]{1,19})(?P<colon>\s*[:=])?(?P<value>.*)")
_MOST = 100
"""Lines near a head; it has fewer fields."""

_LEADING = re.compile(r"^\W{0,3}")


@dataclass(frozen=True, slots=True)
class Stray:
    """A line that looks like a field and is none: the field that is meant, and what is wrong, with the line.

    ``problem`` is "" where it is wrong only for what stands above it; ``above`` is the field that took it for its own.
    """

    name: str
    problem: str
    above: str = ""


def found(kind: Kind, text: str) -> list[Stray]:
    """The strays of a file, in order; what can be told of it, where its head cannot be read."""
    lines = heads.unified(text).split("\n")
    end = heads.end(text)
    is_yaml = heads.is_yaml(text)
    head = [] if is_yaml else lines[:end]  # YAML says itself what is wrong with an indent
    return [*_swallowed(kind, head), *_below(kind, lines, end, is_yaml=is_yaml)]


def draws_back(kind: Kind, text: str) -> bool:
    """Whether something in the head or just below it may be meant for ``Status``, whatever is wrong with it."""
    lines = heads.unified(text).split("\n")
    end = heads.end(text)
    touching = takewhile(str.strip, lines[end:])
    return any(_meant(kind, line) == "status" for line in islice(chain(lines[:end], touching), _MOST)) or any(
        stray.name == "status" for stray in found(kind, text)
    )


def _meant(kind: Kind, line: str) -> str:
    """The field that a line begins with, well written or not; "" where with none."""
    like = _LIKE.match(_LEADING.sub("", _plain(line)))
    return near(like["name"], kind.names) if like else ""


def _swallowed(kind: Kind, head: Sequence[str]) -> Iterator[Stray]:
    """Fields that are indented, so that they go on with the value above them."""
    above = ""
    for number, line in enumerate(head, start=1):
        if name := heads.name_of(line):
            above = name
        elif (name := heads.name_of(line.lstrip())) in kind.names:
            if above in kind.names and kind.names[above].type == "lines":
                continue  # of these each has a name of its own, as in "Parking: behind the house"
            yield Stray(name, f"line {number}: {_indented(line, name)}", above)


def _indented(line: str, name: str) -> str:
    what = "a tab stands" if "\t" in line[: len(line) - len(line.lstrip())] else "blanks stand"
    return f"{what} before {name.capitalize()}; begin the line with it"


def _below(kind: Kind, lines: Sequence[str], end: int, *, is_yaml: bool) -> Iterator[Stray]:
    touches = not is_yaml and any(line.strip() for line in lines[end : end + 1])
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*lines[end:], ""], start=end + 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield from _touching(kind, block) if touches else _parted(kind, block, is_yaml=is_yaml)
            if not (touches and all(_loose(kind, line) for _, line in block)):
                return
            block, touches = [], False


def _touching(kind: Kind, block: Sequence[tuple[int, str]]) -> Iterator[Stray]:
    """The strays of the lines that no blank one parts from the head."""
    is_said = False  # of what stands below a slip nothing need be said
    for number, line in block:
        loose = _loose(kind, line)
        if loose and loose.has_colon:
            where = (
                _indented(line, loose.name)
                if line[:1].isspace()
                else f"{loose} stands below text; move it above"
            )
            problem = f"line {number}: {where}"
            yield Stray(loose.name, "" if is_said else problem)
        elif loose:
            prose = "" if _fits(kind.names[loose.name], loose.value) else "; text begins below a blank line"
            yield Stray(loose.name, f"line {number}: the colon is missing; write {loose}{prose}")
        is_said = is_said or loose is not None


def _parted(kind: Kind, block: Sequence[tuple[int, str]], *, is_yaml: bool) -> Iterator[Stray]:
    """The strays of the first lines of the text."""
    how = 'move it above the "---"' if is_yaml else "take the blank line above it out"
    for at, (number, line) in enumerate(block):
        loose = _loose(kind, line)
        if not loose or not (loose.has_colon or _fits(kind.names[loose.name], loose.value)):
            return
        problem = f"line {number}: {loose} stands below the head, so it is only text; {how}"
        yield Stray(loose.name, "" if at else problem)


@dataclass(frozen=True, slots=True)
class _Loose:
    """A line that is meant for a field."""

    name: str
    value: str
    has_colon: bool

    def __str__(self) -> str:
        return f"{self.name.capitalize()}: {self.value}".strip()


def _loose(kind: Kind, line: str) -> _Loose | None:
    """The field that a line is meant for, None where it is no such line."""
    like = _LIKE.match(_plain(line))
    if not like or not (like["colon"] or like["value"][:1].isspace()):
        return None
    value, name = like["value"].strip(), like["name"].lower().replace("-", "_")
    if name not in kind.names:
        name = near(name, kind.names)
        if not (name and _fits(kind.names[name], value)):
            return None
    return _Loose(name, value, bool(like["colon"]))


def _fits(field: Field, value: str) -> bool:
    """Whether a word or two can be nothing but a value of the field."""
    return value.lower() in (*YES, *NO) if field.type == "switch" else value.lower() in field.choices


def _plain(line: str) -> str:
    """A line without its indent and what nobody sees, one spelling for each sign."""
    return unicodedata.normalize("NFKC", heads.UNSEEN.sub("", line)).strip()
