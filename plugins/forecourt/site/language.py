"""The language of a page: its words, from the theme's catalogues, and its dates and numbers.

The words in the templates and in this program are English. A theme brings those of other
languages in ``translations/fr/LC_MESSAGES/hub.po``, as gettext keeps them: ``pt_BR`` for pt-BR,
which takes from ``pt`` what it lacks itself, and English words where neither has any.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po
from jinja2 import Environment, TemplateRuntimeError
from markupsafe import Markup

from forecourt import text
from forecourt.errors import ThemeError
from forecourt.model import Direction
from forecourt.site.filters import Filters, Formats

SOURCE = "en"
"""The language that templates and this program are written in."""

FOLDER, FILE = "translations", "LC_MESSAGES/hub.po"

_BRITISH = Locale("en", "GB")
"""Plain English writes dates and hours as most of the world does; en-US writes them its own way."""
_OPEN_GRAPH = {"ar": "ar_AR"}
"""What Open Graph calls a language without a country, where it does not name its most likely one."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%|(%)")
_LINE = re.compile(r'\s*|#.*|(?:msg(?:id|id_plural|ctxt|str(?:\[\d\])?)\s*)?"(?:[^"\\]|\\.)*"\s*')
_ALL_FORMS = 1001
"""Numbers that between them need every plural form of a language."""
_TAG = re.compile(r"<[^<>]*>|[<>]")
_COUNTS = frozenset({"n", "num", "count"})
"""Placeholders that a plural form may leave out: it may say "one" or "no" instead."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a catalogue has for one message: its forms, and which of them is for a number."""

    forms: tuple[str, ...]
    plural: Callable[[int], int]

    def of(self, number: int) -> str:
        """The form for a number."""
        return self.forms[self.plural(number)]


Words = Mapping[tuple[str, str], Said]
"""What catalogues have, by context ("" for none) and English words, the singular where there are two."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language, as pages are written in it.

    ``tag`` is as in BCP 47, ``name`` what those who speak it call it, and ``locale`` what Open Graph calls
    it, such as fr_FR. ``filters`` print dates and numbers, by the names that templates use.
    """

    tag: str
    dir: Direction
    name: str
    locale: str
    filters: Filters = field(repr=False)
    words: Words = field(repr=False)

    def gettext(self, message: str) -> str:
        """The message in this language; placeholders such as ``%(name)s`` stand in it for the caller to fill."""
        return self.pgettext("", message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The form of a message that goes with this number."""
        return self.npgettext("", one, many, number)

    def pgettext(self, context: str, message: str) -> str:
        """The message as it is said in this context, where one English word is several in other languages."""
        said = self.words.get((context, message))
        return said.forms[0] if said else message

    def npgettext(self, context: str, one: str, many: str, number: int) -> str:
        """The form of a message that goes with this number, as it is said in this context."""
        said = self.words.get((context, one))
        if said is None or len(said.forms) == 1:
            return one if number == 1 else many
        return said.of(number)

    def install(self, environment: Environment) -> None:
        """Let templates print in this language. The environment has the extension ``jinja2.ext.i18n``, and escapes."""
        environment.policies["ext.i18n.trimmed"] = True  # a message may be written on several lines
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
            self.gettext, self.ngettext, newstyle=True, pgettext=self.pgettext, npgettext=self.npgettext
        )
        environment.globals.update(_in_markup(self))
        environment.filters.update(self.filters)


def _in_markup(language: Language) -> dict[str, Callable[..., Markup]]:
    """What templates say messages with. Jinja's own do the same, and cost three times as much for a plain message."""
    plain: dict[str, Markup] = {}

    def gettext(message: str, /, **values: object) -> Markup:
        if values:
            return _filled(language.gettext(message), values)
        if message not in plain:
            plain[message] = _filled(language.gettext(message), {})
        return plain[message]

    def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
        return _filled(language.ngettext(one, many, number), {"num": number, **values})

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def _filled(message: str, values: Mapping[str, object]) -> Markup:
    """A message with its values, which are escaped; the message itself may have HTML."""
    try:
        return Markup(message) % values  # noqa: S704 - of the theme, as its templates are
    except KeyError as error:
        raise TemplateRuntimeError(f'"{message}" has no value for {error}') from error
    except (TypeError, ValueError) as error:
        raise TemplateRuntimeError(f'"{message}": {error}; write %% for a %') from error


def load(tag: str, themes: Sequence[Path] = ()) -> Language:
    """A language with the words of these themes, of which the first that has a message says it.

    Of a language that nobody knows, dates and numbers are English. Raises ThemeError with file and line
    where a catalogue is wrong.
    """
    tag = text.language(tag) or SOURCE
    words: dict[tuple[str, str], Said] = {}
    for catalogue in _catalogues(tag, themes):
        for key, said in _words(catalogue).items():
            words.setdefault(key, said)
    locale = _locale(tag)
    formats = _formats(_BRITISH if locale is None or str(locale) == SOURCE else locale)
    return Language(
        tag=tag,
        dir=text.direction("", tag),
        name=_name(tag, locale),
        locale=_open_graph(tag, locale),
        filters=formats.filters(),
        words=words,
    )


def later(message: str) -> str:
    """Mark a message that is translated where it is used: ``language.gettext`` of a variable says it then."""
    return message


def faults(message: Message, forms: int) -> Iterator[str]:
    """What is wrong with the translation of one message, in a language of so many plural forms."""
    ids, strings = _each(message.id), _each(message.string)
    if len(ids) > 1 and len(strings) != forms:
        yield f"{len(strings)} forms where the language has {forms}"
    wanted = set().union(*map(_placeholders, ids))
    for string in filter(None, strings):
        found = _placeholders(string)
        yield from (f'a "%{name}" that is no placeholder; write %% for a %' for name in found & {""})
        yield from (f'"%({name})s" is unknown{_known(wanted)}' for name in sorted(found - wanted - {""}))
        lacking = wanted - found - (_COUNTS if len(ids) > 1 else set())
        yield from (f'"%({name})s" is missing' for name in sorted(lacking))
        if not any(sorted(_TAG.findall(string)) == sorted(_TAG.findall(each)) for each in ids):
            yield "its HTML is not that of the English message"


def _known(wanted: set[str]) -> str:
    names = ", ".join(f'"%({name})s"' for name in sorted(wanted))
    return f"; it can be {names}" if names else ""


def _placeholders(string: str) -> set[str]:
    """The names of a message's placeholders; "" stands for a % that is part of none."""
    found = _PLACEHOLDER.finditer(string)
    return {each[1] or "" for each in found if each[1] or each[2]}


def _each(words: str | Sequence[str] | None) -> list[str]:
    return [words] if isinstance(words, str) else [*(words or ())]


def read(path: Path) -> Catalog:
    """A catalogue. Raises ThemeError with the line where it is wrong, in a translation's placeholders, too."""
    try:
        written = path.read_bytes().decode("utf-8-sig").split("\n")
        for number, line in enumerate(written, start=1):
            if not _LINE.fullmatch(line):
                raise _wrong(
                    path, number, 'not a line of a catalogue; texts stand in "…", a " in them as \\"'
                )
        catalogue = read_po(written, locale=_of(path), abort_invalid=True)
        _check_plurals(catalogue)
    except PoFileError as error:
        raise _wrong(path, error.lineno + 1, str(error).removesuffix(f" on {error.lineno}")) from error
    except (ArithmeticError, LookupError, ValueError) as error:
        raise _wrong(path, 1, f"{text.line(str(error))}; begin it as another catalogue, in UTF-8") from error
    for message in catalogue:
        if message.id and not message.fuzzy and any(_each(message.string)):
            for fault in faults(message, catalogue.num_plurals):
                raise _wrong(path, message.lineno or 1, f"{fault}, in the translation of {_shown(message)}")
    return catalogue


def _check_plurals(catalogue: Catalog) -> None:
    plural = gettext.c2py(catalogue.plural_expr)
    if not all(0 <= plural(number) < catalogue.num_plurals for number in range(_ALL_FORMS)):
        raise ValueError(f"Plural-Forms has {catalogue.num_plurals} forms and asks for others")


def _shown(message: Message) -> str:
    return f'"{text.excerpt(_each(message.id)[0], 60)}"'


def _wrong(path: Path, line: int, why: str) -> ThemeError:
    return ThemeError(f"theme/{'/'.join(path.parts[-4:])} line {line}: {why}")


def _of(path: Path) -> Locale | None:
    """The locale of a catalogue, by the folder it is in."""
    return _locale(path.parents[1].name.replace("_", "-"))


def _catalogues(tag: str, themes: Sequence[Path]) -> Iterator[Catalog]:
    """Every catalogue that has a say: those of the very tag before those of a shorter one."""
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        for theme in themes:
            path = theme / FOLDER / "_".join(parts[:length]) / FILE
            if path.is_file():
                yield read(path)


def _words(catalogue: Catalog) -> Words:
    plural = gettext.c2py(catalogue.plural_expr)
    return {
        (message.context or "", _each(message.id)[0]): Said(tuple(_each(message.string)), plural)
        for message in catalogue
        if message.id and not message.fuzzy and all(_each(message.string))
    }


@cache
def _formats(locale: Locale) -> Formats:
    """How a locale prints, for as long as the program runs: its data take 10 ms, and a build asks five times."""
    return Formats(locale)


def _locale(tag: str) -> Locale | None:
    """What is known of how a language writes; of one of its kin where that is all."""
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _name(tag: str, locale: Locale | None) -> str:
    name = locale.get_display_name() if locale else None
    return name[:1].title() + name[1:] if name else tag


def _open_graph(tag: str, locale: Locale | None) -> str:
    """A language and a country, which is the likely one where the tag names none."""
    if locale is None:
        return tag.replace("-", "_")
    if locale.territory:
        return f"{locale.language}_{locale.territory}"
    if locale.language == SOURCE:
        return str(_BRITISH)
    likely = get_global("likely_subtags")
    whole = likely.get(str(locale)) or likely.get(locale.language, "")
    return _OPEN_GRAPH.get(locale.language) or f"{locale.language}_{whole.rpartition('_')[2]}".rstrip("_")
