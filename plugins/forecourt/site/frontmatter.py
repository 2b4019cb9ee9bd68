"""What stands at the head of the editors' Markdown files, checked before anything is built.

All that is wrong is found in one look, a line each, with file, line and what
would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import yaml

from forecourt.config import LANGUAGE, near, nearest

FIELDS = {
    "title": "what the page is called",
    "date": "when it is published, such as 2026-11-22 09:00",
    "modified": "when it was last changed",
    "summary": "one or two sentences for its card",
    "tags": "words that gather it with posts of the same topic, with commas between",
    "picture": "a picture below content/, such as images/winter.jpg",
    "alt": "what the picture shows, for those who cannot see it",
    "pinned": "yes keeps it first on the home page",
    "status": "published, draft, hidden or skip",
    "slug": "its name in the address",
    "lang": "its language, such as fr",
    "translation": "true where it is a translation",
    "author": "who wrote it",
    "authors": "who wrote it, if several",
    "category": "kept for Pelican; the hub shows tags",
    "keywords": "kept for Pelican",
    "description": "kept for Pelican",
    "template": "another template of the theme",
    "save_as": "another file name",
    "url": "another address",
}
"""Every field and what it means; docs/editing.md explains each."""

_YEAR_ONE = 1  # it has no day before it in another zone
_HOUR = re.compile(r"[ T_](\d)(?=:)")
_SWITCHES = ("yes", "no", "true", "false", "1", "0", "on", "off", "")
_EDITORS = frozenset({"article", "page", "campaign"})
"""Templates that a theme has for what editors write; it may have others."""
_OTHERS = frozenset(
    {
        *(
            "404",
            "archives",
            "author",
            "authors",
            "base",
            "categories",
            "category",
            "event",
            "follow",
            "index",
        ),
        *("kind", "listing", "network", "pagination", "period_archives", "post", "search", "source", "store"),
        *("tag", "tags", "translations"),
    }
)
"""Templates that show something else."""

_STATUSES = ("published", "draft", "hidden", "skip")
_YAML_HEAD = re.compile(r"\s*^---[ \t]*$(?P<head>.*?)^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"})
_OWN_LINK = re.compile(r"\{(?:static|filename|attach)\}(?P<path>[^\s\"'<>)]+)")
_BARE_LINK = re.compile(r"\]\((?P<path>(?![a-z][a-z0-9+.-]*:|[/#{<])[^\s)]+)\)", re.IGNORECASE)
_FOREIGN_PICTURE = re.compile(r"(?:!\[[^\]]*\]\(|<img\b[^>]*\ssrc=[\"']?)(?P<url>https?://[^\s\"'<>)]+)")
_FIELD = re.compile(r"^ {0,3}(?P<name>[A-Za-z0-9_-]+):\s*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as written, and the line it stands on."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look over the files found.

    ``problems`` must be mended before anything is built; ``warnings`` need not be;
    ``unreadable`` says of each file that is skipped why, by its path.
    """

    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    unreadable: dict[str, str]


def check(content: Path, folders: Mapping[str, bool], theme: Path | None = None) -> Checked:
    """Look at every Markdown file; ``folders`` says for each whether its files need a date.

    With the folder of a ``theme``, templates that they name are looked for there.
    """
    templates = {path.stem for path in (theme / "templates").glob("*.html")} if theme else None
    problems: list[str] = []
    warnings: list[str] = []
    unreadable: dict[str, str] = {}
    for folder, dated in folders.items():
        for path in sorted((content / folder).rglob("*.md")):
            shown = str(path.relative_to(content.parent))
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                unreadable[shown] = f"{shown} is skipped: it is not UTF-8 text; save it again as UTF-8"
            except OSError as error:
                unreadable[shown] = f"{shown} is skipped: {error.strerror or error}"
            else:
                problems += [f"{shown} {problem}" for problem in _problems(text, content, dated=dated)]
                problems += [f"{shown} {problem}" for problem in _template_problems(text, templates)]
                problems += [f"{shown} {problem}" for problem in _dead_links(text, path, content)]
                warnings += [
                    f"{shown} {warning}" for warning in (*_foreign_pictures(text), *_mute_picture(text))
                ]
    return Checked(tuple(problems), tuple(warnings), unreadable)


def fields(text: str) -> dict[str, Field]:
    """The fields at the head of a file, in YAML or as ``Name: value`` lines.

    Raises ValueError with the line and what is wrong.
    """
    if head := _YAML_HEAD.match(text):
        return _yaml_fields(head["head"])
    if text.lstrip().startswith("---"):
        raise ValueError('line 1: the "---" that ends the head is missing')
    if not text.split("\n", maxsplit=1)[0].strip():
        raise ValueError("line 1: it is blank; the head begins on the first line")
    return dict(_plain_fields(text))


def _problems(text: str, content: Path, *, dated: bool) -> Iterator[str]:
    try:
        found = fields(text)
    except ValueError as error:
        yield str(error)
        return
    for name, field in found.items():
        hint = "" if name in FIELDS else near(name, FIELDS)
        if hint:
            yield f'line {field.line}: "{name}" is not a field; did you mean "{hint}"?'
    missing = ("title", "date") if dated else ("title",)
    for name in missing:
        if not (name in found and found[name].value.strip()):
            example = "Title: Winter in the shops" if name == "title" else "Date: 2026-11-22 09:00"
            yield f"line 1: a {name} is missing; write {example}"
    yield from _value_problems(found, content)


def _template_problems(text: str, templates: AbstractSet[str] | None) -> Iterator[str]:
    """What is wrong with the template that a file names: it is not there, or not for what editors write."""
    try:
        found = fields(text)
    except ValueError:
        return
    if templates is None or "template" not in found:
        return
    field, ours = found["template"], templates - _OTHERS
    name = field.value.strip()
    if name not in ours:
        hint = nearest(name, ours & _EDITORS or ours)
        yield f'line {field.line}: the theme has no template "{name}" for articles and pages; {hint}'
    elif name == "campaign" and not ("tags" in found and found["tags"].value.strip(" []")):
        yield f"line {field.line}: a campaign gathers the posts of its first tag; add a line Tags: gathering table"


def _value_problems(found: Mapping[str, Field], content: Path) -> Iterator[str]:
    for name in ("date", "modified"):
        if name in found and found[name].value and not _is_date(found[name].value.strip()):
            field = found[name]
            wrong = f'the {name} "{field.value}" is none that can be read'
            yield f"line {field.line}: {wrong}; write it as 2026-11-22 09:00"
    title = found.get("title")
    if title and title.value.strip() and "slug" not in found and not any(map(str.isalnum, title.value)):
        yield f"line {title.line}: a title without letters gives no address; add a line Slug: winter-lights"
    if "status" in found and found["status"].value.lower() not in _STATUSES:
        field = found["status"]
        hint = near(field.value, _STATUSES)
        meant = f'did you mean "{hint}"?' if hint else f"it is one of {', '.join(_STATUSES)}"
        yield f'line {field.line}: the status "{field.value}" is not known; {meant}'
    if "pinned" in found and found["pinned"].value.lower() not in _SWITCHES:
        field = found["pinned"]
        yield f'line {field.line}: pinned is yes or no, not "{field.value}"'
    if "lang" in found and not LANGUAGE.fullmatch(found["lang"].value):
        field = found["lang"]
        yield f'line {field.line}: the language "{field.value}" is none; write it as en, fr or pt-BR'
    if "picture" in found:
        field = found["picture"]
        path = field.value.replace("{static}", "").lstrip("/")
        if path and not (content / path).is_file():
            yield f'line {field.line}: the picture "{path}" is not a file in {content.name}/'
        elif path and Path(path).suffix.lower() not in _PICTURES:
            yield f'line {field.line}: the picture "{path}" cannot be shown; save it as JPEG or PNG'


def _dead_links(text: str, path: Path, content: Path) -> Iterator[str]:
    """What a text links to and is not there.

    Of {static}, {filename} and {attach} Pelican only warns, and writes a link with
    the braces in it; a picture or a file named without them it leaves as it is.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        for link in _OWN_LINK.finditer(line):
            name = unquote(link["path"].partition("#")[0].partition("?")[0])
            target = content / name.lstrip("/") if name.startswith("/") else path.parent / name
            if not target.is_file():
                yield f"line {number}: {link[0]} leads to no file in {content.name}/"
        for bare in _BARE_LINK.finditer(line):
            if hint := _meant(bare["path"]):
                yield f"line {number}: {bare['path']} leads nowhere on the site; write {hint}"


def _meant(path: str) -> str:
    name = path.removeprefix("../").removeprefix("./")
    if "@" in name:
        return f"mailto:{name}"
    if name.endswith(".md"):
        return f"{{filename}}/{name}" if "/" in name else f"{{filename}}{name}"
    return f"{{static}}/{name}" if Path(name).suffix.lower() in _PICTURES else ""


def _foreign_pictures(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), start=1):
        for picture in _FOREIGN_PICTURE.finditer(line):
            yield (
                f"line {number}: the picture {picture['url']} is on another server and is not shown; "
                "save it under content/images/"
            )


def _mute_picture(text: str) -> Iterator[str]:
    try:
        found = fields(text)
    except ValueError:
        return
    if "picture" in found and not ("alt" in found and found["alt"].value):
        yield f"line {found['picture'].line}: the picture has no Alt, the words for those who cannot see it"


def _is_date(value: str) -> bool:
    """Whether it is an ISO 8601 date, with or without a time: 11/12/2026 is another day in every country."""
    try:
        return datetime.fromisoformat(_HOUR.sub(r" 0\1", value)).year > _YEAR_ONE
    except ValueError:
        return False


def _plain_fields(text: str) -> Iterator[tuple[str, Field]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            return
        if field := _FIELD.match(line):
            yield field["name"].lower(), Field(field["value"].strip(), number)
        elif not line.startswith("    "):  # a value goes on in lines that are indented by four
            return


def _yaml_fields(head: str) -> dict[str, Field]:
    try:
        node = yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = "use spaces, not tabs" if "\\t" in str(error.problem) else "put the text in quotes"
        raise ValueError(f"line {line}: {error.problem}; {hint}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ValueError('line 1: between the "---" lines stands "name: value", a line each')  # noqa: TRY004 - a file is wrong
    return {
        str(key.value).lower(): Field(_yaml_value(value), key.start_mark.line + 1)
        for key, value in node.value
    }


def _yaml_value(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return ", ".join(str(item.value) for item in node.value)
    return str(node.value)
