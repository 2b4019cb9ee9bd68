"""The head of a Markdown file: the fields it has, as they are written, and the lines they stand on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_YAML_HEAD = re.compile(
    r"\s*^---(?P<behind>[ \t]*)$(?P<head>.*?)^(?:---|\.\.\.)(?P<after>[ \t]*)$", re.MULTILINE | re.DOTALL
)
_FIELD = re.compile(r"^ {0,3}(?P<name>[A-Za-z0-9_-]+):\s*(?P<value>.*)")
_GOES_ON = ("    ", "\t")
"""A line that begins so goes on with the value above it."""

_SPACE_COLON = re.compile(r"^[^\w\s]{0,3}(?P<name>[A-Za-z0-9_-]{2,20})\s+:")
UNSEEN = re.compile("[\u00a0\u00ad\u200b-\u200f\u202f\u2060\ufeff]")
"""Signs that a word processor or a web page leaves in what is copied, and nobody sees."""

_OTHER_COLON = re.compile(r"^\W{0,3}[A-Za-z0-9_ -]{2,20}\s*[\uff1a\ufe55\u2236;=]")
_NOTE = re.compile(r"[ \t]*(?P<note>#\w+)")
_DEEPEST = 3
"""How much may stand in one another in YAML: the fields, the list of a field, and facts in it."""

_CURLY = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"


@dataclass(frozen=True, slots=True)
class Said:
    """What stands behind a field's name, and the line of the file that it stands on.

    What goes on over several lines has them in ``value``, each without its indent.
    """

    value: str
    line: int


def fields(text: str, first: str = "Title: Winter in the shops") -> dict[str, Said]:
    """The fields at the head of a file by their names in small letters, in YAML or as ``Name: value`` lines.

    ``first`` is an example of the line that it begins with. Raises ValueError with the line and what is wrong.
    """
    text = unified(text)
    if head := _YAML_HEAD.match(text):
        for hyphens in ("behind", "after"):
            if head[hyphens]:  # Pelican would not take it for YAML
                line = text[: head.start(hyphens)].count("\n") + 1
                raise ValueError(f'line {line}: behind the "---" stands a blank; take it out')
        return _yaml_fields(head["head"], text[: head.start("head")].count("\n"))
    if text.lstrip().startswith("---"):
        raise ValueError('line 1: the "---" that ends the head is missing')
    if not text.strip():
        raise ValueError(f"line 1: the file is empty; it begins with a line such as {first}")
    if not text.split("\n", maxsplit=1)[0].strip():
        raise ValueError("line 1: it is blank; the head begins on the first line")
    return _plain_fields(text)


def body(text: str) -> str:
    """What stands below the head."""
    return "\n".join(unified(text).split("\n")[end(text) :]).strip("\n")


def is_yaml(text: str) -> bool:
    """Whether the head is written in YAML, between two lines of three hyphens."""
    return _YAML_HEAD.match(unified(text)) is not None


def end(text: str) -> int:
    """How many lines the head has, with the hyphens round it and the lines that go on with a value."""
    text = unified(text)
    if head := _YAML_HEAD.match(text):
        return text[: head.end()].count("\n") + 1
    lines = text.split("\n")
    is_field = False
    for number, line in enumerate(lines):
        goes_on = is_field and bool(line.strip()) and line.startswith(_GOES_ON)
        is_field = is_field or bool(name_of(line))
        if not (goes_on or name_of(line)):
            return number
    return len(lines)


def name_of(line: str) -> str:
    """The name of the field that a line of a plain head begins, "" where it begins none."""
    field = _FIELD.match(line)
    return field["name"].lower().replace("-", "_") if field else ""


def unified(text: str) -> str:
    """A text with the line ends of one system, whoever wrote it: lines are counted as editors count them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unquoted(value: str) -> str:
    """A value without the quotes that a word processor put round it."""
    return value.strip().strip(_CURLY + "\"'").strip()


def _plain_fields(text: str) -> dict[str, Said]:
    found: dict[str, Said] = {}
    more: dict[str, list[str]] = {}
    name = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            break
        if field := _FIELD.match(line):
            name = name_of(line)
            _once(name, number, found)
            found[name] = Said(field["value"].strip(), number)
            more[name] = [found[name].value]
        elif name and line.startswith(_GOES_ON):
            more[name].append(line.strip())
        elif slip := _slip(line):
            raise ValueError(f"line {number}: {slip}")
        else:
            break
    return {name: Said("\n".join(more[name]).strip("\n"), said.line) for name, said in found.items()}


def _slip(line: str) -> str:
    """What is wrong with a line that is no field and looks like one; "" where it does not."""
    if field := _SPACE_COLON.match(line):
        return f"a blank stands before the colon; write {field['name']}:"
    if _OTHER_COLON.match(line):
        return "between a field's name and its value stands a colon, as in Title: Winter"
    if field := _FIELD.match(unicodedata.normalize("NFKC", UNSEEN.sub("", line))):
        return f"a sign that does not belong there stands in or before {field['name']}; type the name anew"
    return ""


def _once(name: str, line: int, found: dict[str, Said]) -> None:
    if name in found:
        raise ValueError(
            f"line {line}: {name} stands on line {found[name].line} already; take one of them out"
        )


def _yaml_fields(head: str, above: int) -> dict[str, Said]:
    try:
        _only_text(head, above)
        node = yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 + above if error.problem_mark else 1
        hint = "use spaces, not tabs" if "\\t" in str(error.problem) else "put the text in quotes"
        if error.problem_mark and set(_CURLY) & set(head.split("\n")[error.problem_mark.line]):
            hint = "the quotes are curly; use straight ones"
        raise ValueError(f"line {line}: {error.problem}; {hint}") from error
    except yaml.YAMLError as error:
        raise ValueError(
            f"line 1: the head holds a sign that YAML cannot read: {_first_line(error)}"
        ) from error
    if not isinstance(node, yaml.MappingNode):
        raise ValueError('line 1: between the "---" lines stands "name: value", a line each')  # noqa: TRY004 - a file is wrong
    found: dict[str, Said] = {}
    for name, line, value in _pairs(node, above):
        _once(name, line, found)
        found[name] = Said(value, line)
    return found


def _only_text(head: str, above: int) -> None:
    """Raise ValueError for what YAML has beside text and lists of it: it is seldom meant, and can grow without end."""
    depth = 0
    for event in yaml.parse(head, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        what = _beside_text(event) or ("a list stands in a list" if depth > _DEEPEST else "")
        if what and event.start_mark:
            raise ValueError(f"line {event.start_mark.line + 1 + above}: {what}; put the text in quotes")


def _beside_text(event: yaml.Event) -> str:
    """What YAML takes for something else than text, "" where it does not."""
    if isinstance(event, yaml.AliasEvent):
        return f'YAML takes "*{event.anchor}" for another field'
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        return f'YAML takes "&{event.anchor}" for a name'
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
        return 'YAML takes "!" for an order'
    end = event.end_mark
    if isinstance(event, yaml.ScalarEvent) and not event.style and end:
        behind = _NOTE.match(end.buffer or "", end.pointer)
        return f'YAML takes "{behind["note"]}" for a note' if behind else ""
    return ""


def _pairs(node: yaml.MappingNode, above: int) -> Iterator[tuple[str, int, str]]:
    for key, value in node.value:
        line = key.start_mark.line + 1 + above
        yield str(key.value).lower().replace("-", "_"), line, _yaml_value(value)


def _yaml_value(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "\n".join(_yaml_value(item) for item in node.value)
    if isinstance(node, yaml.MappingNode):
        return "\n".join(f"{key.value}: {_yaml_value(value)}" for key, value in node.value)
    return str(node.value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
