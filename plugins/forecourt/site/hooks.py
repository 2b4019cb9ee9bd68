"""What is hung on Pelican's signals.

Pelican reads the editors' Markdown and writes their articles and pages; one
generator of ours writes the rest, and one writer leaves unchanged files alone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any

from jinja2 import StrictUndefined, Template
from pelican import Pelican, signals
from pelican.generators import ArticlesGenerator, Generator, PagesGenerator
from pelican.writers import Writer

from forecourt.config import surroundings
from forecourt.errors import ForecourtError
from forecourt.site import filters
from forecourt.site.build import Build, Heard, render
from forecourt.site.inventory import Context

BUILD, HEARD, REPORT = "FORECOURT", "FORECOURT_HEARD", "FORECOURT_REPORT"
"""Where the build, the errors and the report stand among Pelican's settings, which reach everything."""

DRY = "FORECOURT_DRY"
"""The setting that makes a build write nothing."""

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
    signals.article_generator_context.connect(as_text)
    signals.page_generator_context.connect(as_text)
    signals.article_generator_pretaxonomy.connect(hold_future)
    signals.article_generator_finalized.connect(leave_taxonomy)
    signals.page_generator_finalized.connect(hold_future_pages)
    signals.all_generators_finalized.connect(prepare)
    signals.get_generators.connect(our_generator)
    signals.get_writer.connect(our_writer)
    signals.finalized.connect(finish)


def begin(pelican: Pelican) -> None:
    """Check everything before anything is written, and set what templates need."""
    settings = pelican.settings
    settings.update(_OURS)
    settings["JINJA_ENVIRONMENT"] = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    settings["JINJA_FILTERS"] = {**settings["JINJA_FILTERS"], **filters.FILTERS}
    settings["JINJA_GLOBALS"] = {
        **settings["JINJA_GLOBALS"],
        "static": lambda path: settings[BUILD].where.link(f"theme/{path}"),
    }
    try:
        _new_build(settings)
    except ForecourtError as error:
        print(error, file=sys.stderr)  # noqa: T201 - Pelican would print a traceback
        raise SystemExit(error.exitcode) from None


def _new_build(settings: dict[str, Any]) -> None:
    environ, now = surroundings()
    settings[BUILD] = Build(settings, environ, now, dry=bool(settings.get(DRY)))
    settings[HEARD] = Heard()
    logging.getLogger("pelican").addHandler(settings[HEARD])


def hold_future(generator: ArticlesGenerator) -> None:
    """Leave out what is not due yet; Pelican's own way would put it under drafts/ for all to find."""
    _hold(generator, "articles", "translations", "hidden_articles", "hidden_translations")


def _hold(generator: Generator, *lists: str) -> None:
    build: Build = generator.settings[BUILD]
    for name in lists:
        setattr(generator, name, build.due(getattr(generator, name)))
    build.remember_drafts([*getattr(generator, "drafts", ()), *getattr(generator, "draft_pages", ())])


def hold_future_pages(generator: PagesGenerator) -> None:
    """Leave out pages that have a date and are not due yet."""
    _hold(generator, "pages", "translations", "hidden_pages", "hidden_translations")
    generator.context["pages"] = generator.pages


def as_text(_: Generator, metadata: dict[str, Any]) -> None:
    """Write YAML's ``translation: true`` as Pelican reads it; it would fail at a truth value."""
    if "translation" in metadata:
        metadata["translation"] = str(metadata["translation"]).lower()


def leave_taxonomy(generator: ArticlesGenerator) -> None:
    """Keep Pelican from writing tags, categories and authors: ours gather the posts too.

    An empty CATEGORY_SAVE_AS would do it, but then Pelican 4.12 fails at a draft without a category.
    """
    generator.tags, generator.categories, generator.authors = {}, [], []


def prepare(generators: Sequence[Generator]) -> None:
    """Give the build what Pelican read."""
    articles = next(each for each in generators if isinstance(each, ArticlesGenerator))
    pages = next(each for each in generators if isinstance(each, PagesGenerator))
    build: Build = articles.settings[BUILD]
    articles.context["localsiteurl"] = build.where.root
    build.prepare([*articles.articles, *articles.translations], [*pages.pages, *pages.translations])


def our_generator(pelican: Pelican) -> type[Generator]:
    """The generator of everything that is not Markdown.

    Pelican asks for it at the start of each run; with ``--autoreload`` it runs
    many times, and each is a build of its own.
    """
    if pelican.settings[BUILD].is_done:
        _new_build(pelican.settings)
    return HubGenerator


def our_writer(_: Pelican) -> type[Writer]:
    """The writer that compares before it writes."""
    return HubWriter


def finish(pelican: Pelican) -> None:
    """Clean up; the report stays in the settings for whoever started the build."""
    heard: Heard = pelican.settings[HEARD]
    logging.getLogger("pelican").removeHandler(heard)
    pelican.settings[REPORT] = pelican.settings[BUILD].finish(heard)


class HubGenerator(Generator):  # type: ignore[misc]  # Pelican ships no types
    """Writes the hub's own pages, and all files, through our writer."""

    def generate_output(self, _: Writer) -> None:
        """Write them; what is left for Pelican's own copying is nothing."""
        build: Build = self.settings[BUILD]
        self.env.auto_reload = (
            False  # it looked at the file of every include of every page: a fifth of a build
        )
        with build.unless_it_fails():
            build.pages(self.env)
            build.files(self.context["staticfiles"])
        self.context["staticfiles"] = []


class HubWriter(Writer):  # type: ignore[misc]  # Pelican ships no types
    """Writes what Pelican's generators make: the editors' articles and pages."""

    def write_file(
        self, name: str, template: Template, context: dict[str, Any], *_: Any, **values: Any
    ) -> None:
        """Render and write one file, unless it is there with these bytes."""
        if not name:
            return
        build: Build = self.settings[BUILD]
        content = values.get("article") or values.get("page")
        with build.unless_it_fails():
            if content is None:  # TEMPLATE_PAGES of the operator's own
                shown: Context = {**context, **values, **build.common(), "output_file": name}
            else:
                shown = build.of_content(content, listed=content.status == "published")
            html = render(template, shown)
            owner = getattr(content, "relative_source_path", name)
            build.output.write(name, html.encode(), str(owner))
