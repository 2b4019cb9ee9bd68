"""What is hung on Pelican's signals.

Pelican reads the editors' Markdown; its other generators may write files of their
own. Every page of the hub is made by ours, the last to write, from what those read.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from pelican import Pelican, signals
from pelican.generators import ArticlesGenerator, Generator, PagesGenerator
from pelican.writers import Writer

from forecourt.config import surroundings
from forecourt.errors import ForecourtError
from forecourt.site.session import ASKED, FUNCTIONS, Session

SESSION = "FORECOURT"
"""Where what is going on stands among Pelican's settings, which reach everything."""

_OURS: dict[str, Any] = {
    "DIRECT_TEMPLATES": [],
    "FEED_ALL_ATOM": None,
    "CATEGORY_FEED_ATOM": None,
    "TRANSLATION_FEED_ATOM": None,
    "AUTHOR_FEED_ATOM": None,
    "AUTHOR_FEED_RSS": None,
    "THEME_STATIC_PATHS": [],
    "DEFAULT_DATE": None,  # the file's own time would differ on every machine
    "WITH_FUTURE_DATES": True,  # we hold them ourselves: Pelican would write them to drafts/
}
"""Settings of Pelican's that the hub does itself, whatever pelicanconf.py says."""


def connect() -> None:
    """Hang the functions below on Pelican's signals, which hold them weakly."""
    signals.initialized.connect(begin)
    signals.generator_init.connect(speak)
    signals.article_generator_context.connect(as_text)
    signals.page_generator_context.connect(as_text)
    signals.article_generator_pretaxonomy.connect(take_articles)
    signals.article_generator_finalized.connect(leave_taxonomy)
    signals.page_generator_finalized.connect(take_pages)
    signals.all_generators_finalized.connect(read)
    signals.get_generators.connect(our_generator)
    signals.get_writer.connect(our_writer)
    signals.finalized.connect(finish)


_KINDS = ("campaigns", "events", "stores")
"""Folders of what Pelican takes for pages, whatever PAGE_PATHS says."""


def begin(pelican: Pelican) -> None:
    """Check everything before anything is written, and set what templates need."""
    settings = pelican.settings
    settings.update(_OURS)
    settings["PAGE_PATHS"] = [*dict.fromkeys([*settings["PAGE_PATHS"], *_KINDS])]
    settings["JINJA_ENVIRONMENT"] = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": ["jinja2.ext.i18n"],
    }
    settings[FUNCTIONS] = settings["JINJA_FILTERS"]
    settings["JINJA_GLOBALS"] = {
        **settings["JINJA_GLOBALS"],
        "static": lambda path: settings[SESSION].where.link(f"theme/{path}"),
    }
    with _told():
        _new_session(settings)


def speak(generator: Generator) -> None:
    """Let the templates of Pelican's own generators print words, dates and numbers as ours do.

    Their readers are handed no file in which something is wrong.
    """
    if hasattr(generator, "env"):
        _session(generator).language.install(generator.env)
    if hasattr(generator, "readers"):
        for reader in generator.readers.readers.values():
            reader.read = _session(generator).sifting(reader.read)


@contextmanager
def _told() -> Iterator[None]:
    """End with our own sentence on what is wrong; Pelican would print a traceback."""
    try:
        yield
    except ForecourtError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for who started Pelican by hand
        raise SystemExit(error.exitcode) from None


def _new_session(settings: dict[str, Any]) -> None:
    settings[SESSION] = Session(settings, *surroundings())
    logging.getLogger("pelican").addHandler(settings[SESSION].heard)


def take_articles(generator: ArticlesGenerator) -> None:
    """Take the articles, and leave Pelican those that are due; its own way would put the rest under drafts/."""
    _take(generator, True, ("articles", "translations", "hidden_articles", "hidden_translations"))
    _session(generator).take([*generator.drafts, *generator.drafts_translations], articles=True)


def take_pages(generator: PagesGenerator) -> None:
    """Take the pages, and leave Pelican those that have no date or are due."""
    _take(generator, False, ("pages", "translations", "hidden_pages", "hidden_translations"))
    _session(generator).take([*generator.draft_pages, *generator.draft_translations], articles=False)
    generator.context["pages"] = generator.pages


def _take(generator: Generator, articles: bool, lists: Sequence[str]) -> None:
    session = _session(generator)
    for name in lists:
        session.take(getattr(generator, name), articles=articles)
        setattr(generator, name, session.due(getattr(generator, name)))


def _session(generator: Generator) -> Session:
    session: Session = generator.settings[SESSION]
    return session


def as_text(_: Generator, metadata: dict[str, Any]) -> None:
    """Write YAML's ``translation: true`` as Pelican reads it; it would fail at a truth value."""
    if "translation" in metadata:
        metadata["translation"] = str(metadata["translation"]).lower()


def leave_taxonomy(generator: ArticlesGenerator) -> None:
    """Keep Pelican from writing tags, categories and authors: ours gather the posts too.

    An empty CATEGORY_SAVE_AS would do it, but then Pelican 4.12 fails at a draft without a category.
    """
    generator.tags, generator.categories, generator.authors = {}, [], []


def read(generators: Sequence[Generator]) -> None:
    """Read what was taken, now that every link leads somewhere."""
    session = _session(generators[0])
    generators[0].context["localsiteurl"] = ""  # the hub's own path is put before all links alike
    session.read()


def our_generator(pelican: Pelican) -> type[Generator]:
    """The generator that keeps Pelican from copying files.

    Pelican asks for it at the start of each run; with ``--autoreload`` it runs
    many times, and each is a session of its own.
    """
    if pelican.settings[SESSION].is_over:
        logging.getLogger("pelican").removeHandler(pelican.settings[SESSION].heard)
        _new_session(pelican.settings)
    return HubGenerator


def our_writer(_: Pelican) -> type[Writer]:
    """The writer that leaves writing to the build."""
    return HubWriter


def finish(pelican: Pelican) -> None:
    """Build; the report stays with the session for whoever started it."""
    session: Session = pelican.settings[SESSION]
    logging.getLogger("pelican").removeHandler(session.heard)
    with nullcontext() if ASKED in pelican.settings else _told():  # a task tells it itself
        session.build()


class HubGenerator(Generator):  # type: ignore[misc]  # Pelican ships no types
    """Leaves Pelican no file to copy: the build does it, where one differs."""

    def generate_output(self, _: Writer) -> None:
        """Take the files."""
        _session(self).static = {each.save_as: Path(each.source_path) for each in self.context["staticfiles"]}
        self.context["staticfiles"] = []


class HubWriter(Writer):  # type: ignore[misc]  # Pelican ships no types
    """Takes what Pelican's generators make. The editors' articles and pages the build makes itself."""

    def write_file(
        self, name: str, template: Template, context: dict[str, Any], *_: Any, **values: Any
    ) -> None:
        """Take one file."""
        session: Session = self.settings[SESSION]
        if name and "article" not in values and "page" not in values:
            session.write(name, template, {**context, **values})
