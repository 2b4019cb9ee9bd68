"""The theme's templates: found once, rendered often, and told apart by all that each is made of."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
)
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.runtime import Context
from jinja2.utils import missing

from forecourt.errors import ThemeError
from forecourt.site.language import Language

_REMEMBERED = 1500
"""Makings of one fragment kept in memory, some 2 KB each."""

_INCLUDE = re.compile(
    r"""\{\#.*?\#\} | \{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw | \{%\s*include\s+"(?P<name>[^"]+)"\s*%\}""",
    re.DOTALL | re.VERBOSE,
)
_OWN_BLOCKS = re.compile(r"\{%-?\s*(?:extends|block)\b")

_PLAIN = (str, int, float, type(None))  # str: Markup, too


class Templates:
    """The templates of a theme.

    ``static`` gives the address of a file of the theme. ``kept`` are patterns of the names of
    fragments that many pages include, such as ``cards/*.html``: rendered once for
    each set of values that they read, and then included as they are.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        static: Callable[[str], str],
        more: Mapping[str, Callable[..., Any]],
        language: Language,
        kept: Sequence[str] = (),
        reads: Mapping[str, Sequence[str]] | None = None,
        cache: Path | None = None,
    ) -> None:
        """``reads`` is what ``self.reads`` said of the same templates; ``cache`` a folder to keep compiled ones in."""
        if cache:
            cache.mkdir(parents=True, exist_ok=True)
        self._plain = _environment(folders, static, more, language)
        """The templates one by one, as they are written."""
        self._kept = [
            name
            for name in sorted(self._names)
            if any(fnmatchcase(name, pattern) for pattern in kept)
            and not _OWN_BLOCKS.search(self._plain.source(name))  # that is no fragment
        ]
        compiled = FileSystemBytecodeCache(str(cache)) if cache else None
        self._environment = _environment(
            folders, static, more, language, extensions=[_Whole], bytecode_cache=compiled
        )
        self._environment.reads = self.reads() if reads is None else {**reads}

    def render(self, name: str, context: Mapping[str, Any]) -> bytes:
        """Render a template. Raises ThemeError with the file and line where it goes wrong."""
        try:
            return self._environment.get_template(name).render(context).encode()
        except TemplateNotFound as error:
            raise ThemeError(
                f"the theme has no template {error.name}; add theme/templates/{error.name}"
            ) from error
        except TemplateError as error:
            found = self._found_again(name, context) or error
            raise ThemeError(f"{where_in_theme(found)}: {found.message or found}") from error
        except (
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:  # of a filter
            raise ThemeError(f"{where_in_theme(error)}: {error}") from error

    def _found_again(self, name: str, context: Mapping[str, Any]) -> TemplateError | None:
        """The error, found where it is written: in templates that were made whole, lines are counted otherwise."""
        try:
            self._plain.get_template(name).render(context)
        except TemplateError as error:
            return error
        return None

    def has(self, name: str) -> bool:
        """Whether the theme has a template."""
        return name in self._names

    def first(self, *names: str) -> str:
        """The first of these templates that the theme has; the last where it has none."""
        return next((name for name in names if name in self._names), names[-1])

    def load(self) -> None:
        """Compile every template, for processes that begin as a copy of this one."""
        for name in self._environment.list_templates(["html"]):
            with suppress(TemplateError):  # rendering says so, with file and line
                self._environment.get_template(name)

    def digests(self) -> dict[str, str]:
        """A digest of each template, with all that it extends, includes and imports."""
        parts = {name: each.parts for name, each in self._parsed.items()}
        sources = {name: each.source for name, each in self._parsed.items()}
        return {name: _digest(sources, _closure(name, parts)) for name in sources}

    def reads(self) -> dict[str, list[str]]:
        """The names of the values that each fragment to be kept reads, with all that it includes."""
        parts = {name: each.parts for name, each in self._parsed.items()}
        found = {
            name: set().union(*(self._parsed[each].reads for each in _closure(name, parts)))
            for name in self._kept
        }
        return {name: sorted(reads - self._environment.globals.keys()) for name, reads in found.items()}

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._plain.list_templates(["html"]))

    @cached_property
    def _parsed(self) -> dict[str, _Parsed]:
        there = self._plain.list_templates()  # an icon that is included is one, too
        sources = {name: self._plain.source(name) for name in there}
        return {name: _parsed(self._plain, source, there) for name, source in sources.items()}


class _Template(Template):
    """A template whose macros are made once: Jinja makes sure at each import that no other globals are about."""

    def _get_default_module(self, _: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class _Environment(Environment):
    """Jinja's environment for templates that do not change while it is there: what it looks up, it looks up once."""

    reads: Mapping[str, Sequence[str]] = MappingProxyType({})
    template_class = _Template

    def __init__(self, **options: Any) -> None:  # Any: as Jinja takes them
        super().__init__(**options)
        self._templates: dict[str, Any] = {}  # Any: a Template, or what stands for one

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        more: MutableMapping[str, Any] | None = None,
    ) -> Template:
        if isinstance(name, Template):
            return name
        if name not in self._templates:
            found: Any = super().get_template(name, parent, more)
            if name in self.reads:
                found = _Kept(found, self.reads[name])
            self._templates[name] = found
        return self._templates[name]  # type: ignore[no-any-return]  # a _Kept is no Template, and does as one

    def select_template(
        self,
        names: Iterable[str | Template],
        parent: str | None = None,
        more: MutableMapping[str, Any] | None = None,
    ) -> Template:
        for name in names:
            try:
                return self.get_template(name, parent, more)
            except TemplateNotFound:
                continue
        return super().select_template(names, parent, more)

    def source(self, name: str) -> str:
        """What a template says. Raises TemplateNotFound."""
        assert self.loader is not None
        try:
            return self.loader.get_source(self, name)[0]
        except UnicodeDecodeError:
            return ""  # no text, and so no template

    def make_globals(self, given: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One mapping for all: Jinja would lay one over another for each template, and look through both."""
        return super().make_globals(given) if given else self.globals


def _environment(
    folders: Sequence[Path],
    static: Callable[[str], str],
    more: Mapping[str, Callable[..., Any]],
    language: Language,
    extensions: Sequence[type[Extension]] = (),
    **options: Any,  # as Jinja takes them
) -> _Environment:
    made = _Environment(
        loader=FileSystemLoader(folders, "utf-8-sig"),  # editors on Windows begin files with a mark
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", *extensions],
        **options,
    )
    made.filters.update(more)
    language.install(made)
    made.globals["static"] = lru_cache(static)
    return made


class _Whole(Extension):
    """Puts the text of a fragment where it is included, in a scope of its own.

    Jinja makes a context for each include, fifteen for the page of a post: half of what it
    takes. Fragments that are kept, or that have blocks, stay includes.
    """

    environment: _Environment

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja gives it
        """The template with its fragments. Comments and what is raw stay as they are."""
        return self._whole(source, (name,))

    def _whole(self, source: str, within: tuple[str | None, ...]) -> str:
        def whole(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None or name in within or name in self.environment.reads:
                return found[0]
            try:
                text = self.environment.source(name)
            except TemplateNotFound:
                return found[0]  # rendering says so
            if _OWN_BLOCKS.search(text):
                return found[0]
            return f"{{% with %}}{self._whole(text.removesuffix(chr(10)), (*within, name))}{{% endwith %}}"

        return _INCLUDE.sub(whole, source)


class _Parsed(NamedTuple):
    """A template's text, the templates it names, and the values it reads itself."""

    source: str
    parts: AbstractSet[str]
    reads: AbstractSet[str]


def _parsed(environment: Environment, source: str, there: Iterable[str]) -> _Parsed:
    """Of a name that a template puts together, all templates count that begin alike."""
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError:
        return _Parsed(source, frozenset(), frozenset())  # rendering says so, with file and line
    parts = {name for name in meta.find_referenced_templates(tree) if name}
    for beginning in _put_together(tree):
        parts |= {name for name in there if name.startswith(beginning)}
    return _Parsed(source, parts & {*there}, meta.find_undeclared_variables(tree))


class _Kept:
    """A fragment that is rendered once for each set of values it reads.

    It stands where Jinja expects a template: an include asks it for a context and
    then for the text. What is equal is so for good: text, numbers and frozen objects.
    """

    def __init__(self, template: Template, reads: Sequence[str]) -> None:
        self._template = template
        self._reads = reads
        self._found: dict[tuple[Any, ...], tuple[Any, str]] = {}

    def new_context(
        self,
        values: dict[str, Any] | None = None,
        _: bool = False,
        own: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """What the text is made of, for ``root_render_func``: the values about, and the including template's own."""
        return values or {}, own or {}

    def root_render_func(self, given: tuple[dict[str, Any], Mapping[str, Any]]) -> Iterator[str]:
        """The text, as Jinja takes it."""
        values, own = given
        read = []
        for name in self._reads:
            value = own.get(name, missing)
            read.append(values.get(name, missing) if value is missing else value)
        key = tuple([(type(value), value if isinstance(value, _PLAIN) else id(value)) for value in read])
        found = self._found.get(key)
        if found is None:
            context: Context = self._template.new_context(values, True, own)
            found = read, "".join(self._template.root_render_func(context))
            if all(map(_stays, read)):
                if len(self._found) == _REMEMBERED:
                    self._found.clear()
                # With what it was made of, so that no other object gets the place of that in memory.
                self._found[key] = found
        yield found[1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)


def _stays(value: object) -> bool:
    """Whether a value can never be another one."""
    frozen = getattr(getattr(value, "__dataclass_params__", None), "frozen", False)
    return bool(frozen) or isinstance(value, _PLAIN) or value is missing


def _put_together(tree: nodes.Template) -> set[str]:
    """The constant beginnings of names that a template puts together where it includes, "" where there is none."""
    found: set[str] = set()
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
            name = node.template
            each = name.items if isinstance(name, nodes.Tuple | nodes.List) else [name]
            found |= {_beginning(one) for one in each if not isinstance(one, nodes.Const)}
    return found


def _beginning(name: nodes.Node) -> str:
    first = name.nodes[0] if isinstance(name, nodes.Concat) else name
    return str(first.value) if isinstance(first, nodes.Const) else ""


def _closure(name: str, parts: Mapping[str, AbstractSet[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parts.get(one, ())
    return found


def _digest(sources: Mapping[str, str], names: Iterable[str]) -> str:
    digest = blake2b(digest_size=12)
    for name in sorted(names):
        digest.update(f"{name}\0{sources[name]}\0".encode())
    return digest.hexdigest()


def where_in_theme(error: Exception) -> str:
    """The file and line of the theme where rendering went wrong."""
    if isinstance(error, TemplateSyntaxError):
        return f"theme/templates/{error.name} line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inner = next(frame for frame in reversed(frames) if frame.filename.endswith(".html"))
    return f"theme/templates/{inner.filename.partition('/templates/')[2]} line {inner.lineno}"
