"""Every Markdown file of the editors looked at: what is wrong with it, and what its head says.

All that is wrong is found in one look, a line each, with file, line and what would be right. A file that is
wrong costs itself and no other.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from forecourt.config import near, nearest
from forecourt.desk import heads, strays, values
from forecourt.desk.heads import Said
from forecourt.desk.schema import CAMPAIGNS, EVENTS, NEWS, PAGES, STATUSES, Field, Kind
from forecourt.desk.strays import Stray
from forecourt.desk.values import PICTURES, Known

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
            "events",
            "follow",
        ),
        *(
            "happening",
            "index",
            "kind",
            "listing",
            "network",
            "pagination",
            "period_archives",
            "post",
            "search",
        ),
        *("source", "store", "stores", "tag", "tags", "translations"),
    }
)
"""Templates that show something else."""

_LARGEST = 1_000_000
"""Bytes of a file. A long book has fewer; what has more is seldom text."""

_MOST = 20
"""What is said of one file: of what is no head at all everything is wrong."""

_LONGEST = 150
"""Letters of a title: its address is made of it, and a file's name has an end."""

_OWN_LINK = re.compile(r"\{(?:static|filename|attach)\}(?P<path>[^\s\"'<>)]+)")
_BARE_LINK = re.compile(r"\]\((?P<path>(?![a-z][a-z0-9+.-]*:|[/#{<])[^\s)]{1,500})\)", re.IGNORECASE)
_FOREIGN_PICTURE = re.compile(
    r"(?:!\[[^\]]{0,500}\]\(|<img\b[^>]{0,500}\ssrc=[\"']?)(?P<url>https?://[^\s\"'<>)]+)"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file, ``shown`` as people call it ("content/news/winter.md"), and what its head says.

    ``said`` is what stands there, ``values`` what of it can be read; ``problems`` must be mended before it is shown,
    ``warnings`` need not be. Both are whole sentences with file and line.
    """

    kind: Kind
    shown: str
    said: Mapping[str, Said]
    values: Mapping[str, Any]  # Any: what the types of fields hold
    body: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    is_drawn_back: bool = False
    """Whether it may be meant not to show any more: its ``Status`` says so, or cannot be read."""

    def value(self, name: str, otherwise: Any = "") -> Any:
        """What a field holds, or what is said of one that is not there."""
        return self.values.get(name, otherwise)

    def where(self, name: str) -> str:
        """File and line of a field, or of the head where it is not there."""
        return f"{self.shown} line {self.said[name].line if name in self.said else 1}"


def sheets(kind: Kind, folder: Path, known: Known) -> Iterator[Sheet]:
    """Every file of a kind, by their names."""
    for path in sorted(folder.rglob("*.md")):
        yield _sheet(kind, path, known)


def _sheet(kind: Kind, path: Path, known: Known) -> Sheet:
    shown = path.relative_to(known.content.parent).as_posix()
    try:
        text = _read(path)
    except OSError as error:
        return _unread(kind, shown, f"is skipped: {_why_not(error)}")
    except ValueError as error:
        return _unread(kind, shown, str(error))
    first = kind.fields[0]
    try:
        said = heads.fields(text, f"{first.name.capitalize()}: {first.example}")
    except ValueError as error:
        return _unread(kind, shown, str(error), is_drawn_back=strays.draws_back(kind, text))
    lost = strays.found(kind, text)
    found: dict[str, Any] = {}
    warnings: list[str] = []
    problems = [*_of_fields(kind, said, known, found, warnings, lost), *_of_kind(kind, said, found, known)]
    problems += [*_of_text(kind, text, lost), *_dead_links(text, path, known.content)]
    warnings += [*_foreign_pictures(text), *_mute_picture(said)]
    is_drawn_back = (
        found["status"] != STATUSES[0]
        if "status" in found
        else bool(problems) and strays.draws_back(kind, text)
    )
    return Sheet(
        kind, shown, said, found, heads.body(text),
        (*(f"{shown} {problem}" for problem in problems[:_MOST]), *_and_more(shown, problems)),
        tuple(f"{shown} {warning}" for warning in warnings),
        is_drawn_back,
    )  # fmt: skip


def _unread(kind: Kind, shown: str, problem: str, *, is_drawn_back: bool = False) -> Sheet:
    name = shown.encode(errors="replace").decode()  # one that is not UTF-8 could not be printed
    return Sheet(kind, shown, {}, {}, "", (f"{name} {problem}",), is_drawn_back=is_drawn_back)


def _read(path: Path) -> str:
    """The text of a file, its lines as all systems end them. Raises OSError, and ValueError with a sentence."""
    if re.search("[\ud800-\udfff]", path.name):
        raise ValueError("is skipped: its name is not UTF-8; give it a name of plain letters")
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(
            f"is skipped: it has more than {_LARGEST // 1_000_000} MB; keep pictures in files of their own"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is skipped: it is not UTF-8 text; save it again as UTF-8") from None
    if "\0" in text:
        raise ValueError("is skipped: it is not text; save it again as UTF-8")
    return heads.unified(text)


def _why_not(error: OSError) -> str:
    if error.errno == errno.EISDIR:
        return "it is a folder; take the .md off its name"
    if error.errno == errno.ELOOP:
        return "it is a link that leads to itself; put the file in its place"
    if error.errno == errno.ENOENT:
        return "it is a link to a file that is not there; put the file in its place"
    if error.errno == errno.EACCES:
        return "it may not be read; give the one who builds the hub the right to"
    return f"it cannot be read ({error.strerror or error}); save it again"


def _and_more(shown: str, problems: Sequence[str]) -> Iterator[str]:
    if len(problems) > _MOST:
        yield f"{shown} and {len(problems) - _MOST} more in this file"


def _of_fields(
    kind: Kind, said: Mapping[str, Said], known: Known, found: dict[str, Any], warnings: list[str],
    lost: Sequence[Stray],
) -> Iterator[str]:  # fmt: skip
    """What is wrong with single fields; what of them can be read goes to ``found``. ``lost`` are named elsewhere.

    That what they name is not there goes to ``warnings``: an account may be unlinked, and no campaign is wrong for it.
    """
    there = kind.names
    mixed = {stray.above for stray in lost}  # what is read of these is not all their own
    for name, entry in said.items():
        if name in mixed:
            continue
        if name not in there:
            if problem := _unknown(kind, name):
                yield f"line {entry.line}: {problem}"
        elif entry.value.strip():
            try:
                found[name] = values.read(there[name], entry.value, known)
            except values.Elsewhere as error:
                found[name] = error.value
                warnings.append(f"line {entry.line}: {error}")
            except ValueError as error:
                yield f"line {entry.line}: {' '.join(str(error).split())}"
        elif there[name].type in ("switch", "choice"):
            yield (
                f"line {entry.line}: {name} is empty; write {name.capitalize()}: {there[name].example}, "
                "or take the line out"
            )
    yield from _missing(kind, said, lost)


def _missing(kind: Kind, said: Mapping[str, Said], lost: Sequence[Stray]) -> Iterator[str]:
    written = {*said, *(stray.name for stray in lost)}
    for field in kind.fields:
        if field.required and (
            field.name not in written or (field.name in said and not said[field.name].value.strip())
        ):
            yield f"line 1: {_article(field)} {field.name} is missing; write {field.name.capitalize()}: {field.example}"


def _unknown(kind: Kind, name: str) -> str:
    """What is wrong with a field that the kind does not have; "" where it may be one of the editors' own."""
    hint = near(name, kind.names)
    if hint:
        return f'"{name}" is not a field; did you mean "{hint}"?'
    if kind in (NEWS, PAGES):
        return ""
    return f'"{name}" is not a field of {_a(kind.one)}; there are {", ".join(kind.names)}'


def _article(field: Field) -> str:
    return "an" if field.name[0] in "aeiou" else "a"


def _a(one: str) -> str:
    return f"{'an' if one[0] in 'aeiou' else 'a'} {one}"


def _of_kind(kind: Kind, said: Mapping[str, Said], found: Mapping[str, Any], known: Known) -> Iterator[str]:
    """What is wrong with fields together."""
    title = said.get("title")
    if title and title.value.strip() and "slug" not in said and not any(map(str.isalnum, title.value)):
        yield f"line {title.line}: a title without letters gives no address; add a line Slug: winter-lights"
    if title and len(title.value) > _LONGEST:
        long = len(title.value)
        yield f"line {title.line}: the title has {long} letters, and {_LONGEST} fit; say the rest in Summary"
    for name in ("save_as", "url"):
        if found.get(name, "").startswith("/") or ".." in Path(found.get(name, "")).parts:
            yield f"line {said[name].line}: {name} leads out of the site; write it as {kind.names[name].example}"
    if kind in (NEWS, PAGES):
        yield from _template(said, known)
    if kind in (CAMPAIGNS, EVENTS) and {"start", "end"} <= found.keys():
        start, end = values.in_utc(found["start"].at), values.in_utc(values.ends(found["end"]))
        if end <= start:
            yield (
                f"line {said['end'].line}: it ends ({said['end'].value}) before it begins ({said['start'].value}); "
                "write the later one at End"
            )


def _template(said: Mapping[str, Said], known: Known) -> Iterator[str]:
    """What is wrong with the template that a file names: it is not there, or not for what editors write."""
    if known.templates is None or "template" not in said:
        return
    entry, ours = said["template"], {*known.templates} - _OTHERS
    name = entry.value.strip()
    if name not in ours:
        hint = nearest(name, ours & _EDITORS or ours)
        yield f'line {entry.line}: the theme has no template "{name}" for articles and pages; {hint}'
    elif name == "campaign" and not ("tags" in said and said["tags"].value.strip(" []")):
        yield f"line {entry.line}: a campaign gathers the posts of its first tag; add a line Tags: gathering table"


def _of_text(kind: Kind, text: str, lost: Sequence[Stray]) -> Iterator[str]:
    """What stands below the head and does not belong there."""
    yield from (stray.problem for stray in lost if stray.problem)
    if not (kind.has_text or lost) and heads.body(text).strip():
        lines = heads.unified(text).split("\n")
        number = next(at for at in range(heads.end(text), len(lines)) if lines[at].strip()) + 1
        yield f"line {number}: {_a(kind.one)} has no text; take it out, or write it behind the name of a field"


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
            name = unquote(bare["path"].partition("#")[0].partition("?")[0])
            if hint := _meant(bare["path"]):
                near_by = (content / _below_content(name), path.parent / name)
                is_there = "@" in name or any(target.is_file() for target in near_by)
                nowhere = (
                    f"leads nowhere on the site; write {hint}"
                    if is_there
                    else f"leads to no file in {content.name}/"
                )
                yield f"line {number}: {bare['path']} {nowhere}"


def _below_content(path: str) -> str:
    return path.removeprefix("../").removeprefix("./")


def _meant(path: str) -> str:
    name = _below_content(path)
    if "@" in name:
        return f"mailto:{name}"
    if name.endswith(".md"):
        return f"{{filename}}/{name}" if "/" in name else f"{{filename}}{name}"
    return f"{{static}}/{name}" if Path(name).suffix.lower() in PICTURES else ""


def _foreign_pictures(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), start=1):
        for picture in _FOREIGN_PICTURE.finditer(line):
            yield (
                f"line {number}: the picture {picture['url']} is on another server and is not shown; "
                "save it under content/images/"
            )


def _mute_picture(said: Mapping[str, Said]) -> Iterator[str]:
    if "picture" in said and not ("alt" in said and said["alt"].value):
        yield f"line {said['picture'].line}: the picture has no Alt, the words for those who cannot see it"


def problems(found: Iterable[Sheet]) -> list[str]:
    """All that is wrong, in the order of the files."""
    return [problem for sheet in found for problem in sheet.problems]
