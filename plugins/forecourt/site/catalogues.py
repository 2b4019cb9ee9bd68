"""The catalogues of a theme's translations: kept in step with its templates, and checked against them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2 import TemplateSyntaxError

from forecourt import connectors, text
from forecourt.errors import ThemeError
from forecourt.site.language import FILE, FOLDER, later, read

_PROGRAM = Path(__file__).parents[2]
_PAGES = "forecourt/site"
"""Where this program has words for pages."""

_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_said": None,
    "gettext": None,
    "later": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
"""What marks a message in templates and in Python, with the places of its words where there are more than one."""

_AS_WE_SET_JINJA = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
_ARABIC = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)
"""As CLDR and other tools have it; in Babel 2.18 the last two change places."""

_NOTES = ("For translators:",)
"""How a comment begins that goes into the catalogues: {# For translators: a button #}."""

NETWORKS = (
    later("Blog"),
    later("Events"),
    later("Journal"),
    later("Newsroom"),
    later("Podcast"),
    later("Reviews"),
    later("Webmentions"),
)
"""Networks whose names are words; their module stands below this one and marks none."""


def update(theme: Path) -> list[Path]:
    """Write every catalogue of a theme as its templates are now, and return those that changed.

    What is new comes without a translation, what changed a little with the old one, marked as fuzzy;
    what no template says any more goes. To begin a language, add an empty file for it.
    """
    source = messages(theme)
    changed = []
    for path in _files(theme):
        catalogue = read(path)
        if not len(catalogue) and path.parents[1].name.startswith("ar"):
            catalogue.mime_headers = [("Plural-Forms", _ARABIC)]
        catalogue.update(source)
        new = written(catalogue)
        if new != path.read_bytes():
            path.write_bytes(new)
            changed.append(path)
    return changed


def check(theme: Path) -> list[str]:
    """What is wrong with a theme's translations, a sentence each."""
    source = messages(theme)
    return [problem for path in _files(theme) for problem in _problems(path, source)]


def messages(theme: Path) -> Catalog:
    """Every message of a theme's templates and of this program's pages, in the order of their files.

    Raises ThemeError where a template cannot be read.
    """
    found = Catalog()
    for path in sorted((theme / "templates").rglob("*.html")):
        _take(found, path, path.relative_to(theme).as_posix(), "jinja2.ext:babel_extract")
    for path in sorted((_PROGRAM / _PAGES).glob("*.py")):
        _take(found, path, path.relative_to(_PROGRAM).as_posix(), "python")
    for name in connectors.names():
        if credit := connectors.load(name).terms.credit:
            found.add(credit, locations=[(f"forecourt/connectors/{name}.py", 0)])
    return found


def _take(found: Catalog, path: Path, name: str, method: str) -> None:
    try:
        with path.open("rb") as file:
            taken = [*extract(method, file, _KEYWORDS, _NOTES, _AS_WE_SET_JINJA)]
    except TemplateSyntaxError as error:
        raise ThemeError(f"theme/{name} line {error.lineno}: {error.message}") from error
    for _, words, notes, context in taken:
        found.add(words, locations=[(name, 0)], auto_comments=notes, context=context)


def _files(theme: Path) -> list[Path]:
    return sorted((theme / FOLDER).glob(f"*/{FILE}"))


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a file that is the same for the same words: without dates, names or line numbers."""
    body = BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, ignore_obsolete=True, include_lineno=False)
    head = (
        'msgid ""',
        'msgstr ""',
        f'"Language: {catalogue.locale_identifier or ""}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {catalogue.plural_forms}\\n"',
    )
    return "\n".join([*head, "", ""]).encode() + body.getvalue().rstrip() + b"\n"


def _problems(path: Path, source: Catalog) -> Iterator[str]:
    try:
        catalogue = read(path)
    except ThemeError as error:
        yield str(error)
        return
    where = f"theme/{'/'.join(path.parts[-4:])}"
    for message in _real(source):
        there = catalogue.get(message.id, message.context)
        if there is None or not all(_forms(there)):
            yield f"{where}: {_shown(message)} is not translated"
        elif there.fuzzy:
            yield f"{where}: {_shown(message)} changed; look at its translation and take the line with fuzzy out"
    for message in _real(catalogue):
        if source.get(message.id, message.context) is None:
            yield f"{where}: {_shown(message)} is said nowhere any more; next: invoke translations"


def _real(catalogue: Catalog) -> Iterable[Message]:
    return (message for message in catalogue if message.id)


def _forms(message: Message) -> Iterable[str]:
    return [message.string or ""] if isinstance(message.string, str | None) else message.string


def _shown(message: Message) -> str:
    """A message, cut short, and where it is said first."""
    words = message.id if isinstance(message.id, str) else message.id[0]
    place = f" ({message.locations[0][0]})" if message.locations else ""
    return f'"{text.excerpt(words, 60)}"{place}'
