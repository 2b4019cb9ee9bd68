"""One run of Pelican's: what it is asked for, what it reads for us, and the build that follows."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError

from forecourt import text
from forecourt.accounts import link
from forecourt.config import load
from forecourt.desk import Shop, reading
from forecourt.desk.checking import Sheet, sheets
from forecourt.desk.schema import BY_FOLDER, NEWS, PAGES
from forecourt.errors import ContentError, ThemeError
from forecourt.report import BuildReport, Listener
from forecourt.site import look
from forecourt.site.addresses import Addresses
from forecourt.site.build import Written, begun
from forecourt.site.editorial import Editorial
from forecourt.site.inventory import Context
from forecourt.site.language import load as load_language
from forecourt.site.look import Asked
from forecourt.site.reading import editorial, is_due
from forecourt.site.templates import where_in_theme

DRY, FULL, ASKED = "FORECOURT_DRY", "FORECOURT_FULL", "FORECOURT_ASKED"
"""Settings that a task sets: to write nothing; to make every page; the digest of what the settings file says."""

FUNCTIONS = "FORECOURT_FUNCTIONS"
"""The setting that keeps the operator's own JINJA_FILTERS, without ours."""

TOLD = "FORECOURT_TOLD"
"""The setting with the Listener of a task."""


class Session:
    """From Pelican's settings to the report of the build."""

    def __init__(self, settings: Mapping[str, Any], environ: Mapping[str, str], now: datetime) -> None:
        """Look at all that the editors wrote before any of it is read. Raises SettingsError with all that is wrong."""
        content = Path(settings["PATH"])
        # Pelican makes these paths absolute; plugins/ stands beside the settings file, as the layout has it.
        root = Path(next(iter(settings["PLUGIN_PATHS"]), content)).parent
        config = load(settings, root, environ)
        linked = link(config, environ, secrets=False)
        self._accounts = [account for account in linked if account.enabled]
        self._asked = Asked(
            config, content, Path(settings["THEME"]),
            Path(settings["OUTPUT_PATH"]).resolve(),  # as the tasks ask for it: Pelican's own default is relative
            str(settings.get(ASKED, "")), settings[FUNCTIONS], look.plugin_folders(settings, root),
        )  # fmt: skip
        self._inputs = look.gather(
            self._asked
        )  # before Pelican reads: what is edited meanwhile is noticed next time
        self._dry, self._full = bool(settings.get(DRY)), bool(settings.get(FULL))
        self._told: Listener = settings.get(TOLD) or Listener()
        self._now = now
        folders = dict.fromkeys(settings["ARTICLE_PATHS"], NEWS)
        folders |= {folder: BY_FOLDER.get(folder, PAGES) for folder in settings["PAGE_PATHS"]}
        there = reading.known(
            config, (path.stem for path in (self._asked.theme / "templates").glob("*.html"))
        )
        self._sheets: dict[str, Sheet] = {
            sheet.shown: sheet
            for folder, kind in folders.items()
            for sheet in sheets(kind, content / folder, there)
        }
        self.where = Addresses(config.site_url)
        self.language = load_language(config.language, [self._asked.theme])
        self.heard = Heard()
        self.report: BuildReport | None = None
        self.pages: dict[str, Callable[[Context], bytes]] = {}
        self.static: dict[str, Path] = {}
        self._contents: list[
            tuple[Any, bool]
        ] = []  # Any: Pelican's Article or Page; whether it is an article
        self._editorials: list[Editorial] = []
        self._doubles: list[str] = []
        self.is_over = False

    def take(self, contents: Sequence[Any], *, articles: bool) -> None:
        """Remember what Pelican read, whether or not it may be shown yet."""
        self._contents += ((content, articles) for content in contents)

    def sifting(self, read: Callable[[str], Any]) -> Callable[[str], Any]:
        """A reader's ``read`` that is handed no file in which something is wrong, and adds what its kind means.

        Pelican logs that the file could not be processed and goes on; the report says what is wrong with it.
        """

        def sifted(path: str) -> Any:
            sheet = self._sheet(Path(path))
            if sheet and sheet.problems:
                raise ContentError(sheet.problems)
            content, metadata = read(path)
            return content, {
                **metadata,
                **(reading.metadata(sheet, self._asked.config.language) if sheet else {}),
            }

        return sifted

    def _sheet(self, path: Path) -> Sheet | None:
        content = self._asked.content
        name = path.relative_to(content.parent).as_posix() if path.is_relative_to(content.parent) else ""
        return self._sheets.get(name)

    def due(self, contents: Sequence[Any]) -> list[Any]:
        """What of these may be shown now."""
        return [content for content in contents if is_due(content, self._now, self._asked.config.timezone)]

    def read(self) -> None:
        """Make of what was read what we show; all links between the editors' files are known by now."""
        folder, zone = self._asked.content, self._asked.config.timezone
        found = (
            editorial(content, self._sheet(Path(content.source_path)), folder, zone, is_article=is_article)
            for content, is_article in self._contents
        )
        self._editorials = [*self._at_stores([*self._without_doubles(found)])]

    def _at_stores(self, editorials: Sequence[Editorial]) -> Iterator[Editorial]:
        """The same, events with the local store that they name, in their own language where it is there in that."""
        shops = {
            text.slug(each.store): Shop(text.slug(each.store), "", each.store)
            for each in self._asked.config.sources
            if each.store
        }
        of_language: dict[tuple[str, str], Shop] = {}
        for each in editorials:
            if each.shop and each.listed:
                of_language[each.shop.slug, each.lang] = each.shop
                if each.lang == self._asked.config.language or not shops.get(each.shop.slug, each.shop).place:
                    shops[each.shop.slug] = each.shop
        for each in editorials:
            happening = each.happening
            if happening and happening.store:
                shop = of_language.get((happening.store, each.lang), shops.get(happening.store))
                yield replace(each, happening=replace(happening, shop=shop))
            else:
                yield each

    def write(self, name: str, template: Template, values: Mapping[str, Any]) -> None:
        """Have a file of another generator than ours made, when what every page shows is known."""

        def made(common: Context) -> bytes:
            try:
                return template.render({**values, **common, "output_file": name}).encode()
            except TemplateError as error:
                raise ThemeError(f"{where_in_theme(error)}: {error.message or error}") from error

        self.pages[name] = made

    def build(self) -> BuildReport:
        """Make the site. Raises as ``begun`` and ``Build.run``."""
        self.is_over = True
        how = {"dry": self._dry, "full": self._full}
        with begun(
            self._asked, self._accounts, self._now, **how, told=self._told, inputs=self._inputs
        ) as build:
            self.report = build.run(self._written())
        return self.report

    def _written(self) -> Written:
        name = self._asked.content.name
        broken = {shown: sheet for shown, sheet in self._sheets.items() if sheet.problems}
        skipped = [f"Could not process {Path(path).relative_to(name)}" for path in broken]
        errors = [self._shown(error) for error in self.heard.errors if not error.startswith(tuple(skipped))]
        own = [
            sheet for sheet in self._sheets.values() if sheet.kind in (NEWS, PAGES)
        ]  # the desk says the rest
        problems = [problem for sheet in own for problem in sheet.problems]
        warnings = [warning for sheet in own for warning in sheet.warnings]
        unnamed = [
            each
            for each in map(self._shown, self.heard.warnings)
            if not (_is_of(each, broken) or _DOUBLE.match(each))
        ]
        return Written(
            self._editorials, self.pages, self.static,
            problems=tuple(dict.fromkeys([*problems, *self._doubles, *errors])),
            warnings=tuple(dict.fromkeys([*warnings, *unnamed, *self._unserved(), *self._unseen()])),
            broken=frozenset(
                shown.removeprefix(f"{name}/") for shown, sheet in broken.items() if not sheet.is_drawn_back
            ),
        )  # fmt: skip

    def _unserved(self) -> Iterator[str]:
        """Files of the brand that no visitor would get."""
        brand = self._asked.config.brand
        for path in filter(None, (brand.logo, brand.hero, *brand.font_files.values())):
            if path not in self.static:
                folder = path.partition("/")[0]
                yield f'HUB_BRAND: "{path}" is not copied to the site; add "{folder}" to STATIC_PATHS'

    def _unseen(self) -> Iterator[str]:
        """Pictures of the editors' files that cannot be read, so that nobody sees them."""
        name = self._asked.content.name
        for each in self._editorials:
            sheet = self._sheets.get(f"{name}/{each.source}")
            if sheet and not each.figure and (path := sheet.value("picture")):
                where = sheet.where("picture")
                yield f'{where}: the picture "{path}" cannot be read; save it anew, as a smaller JPEG or PNG'

    def _shown(self, message: str) -> str:
        """What Pelican says, on one line and without the path of this machine."""
        return text.line(message.replace(f"{self._asked.config.root}/", ""))

    def _without_doubles(self, editorials: Iterable[Editorial]) -> Iterator[Editorial]:
        """Those that have a file of their own: of two that would become one the first by name."""
        found: dict[str, str] = {}
        for each in sorted(editorials, key=lambda each: each.source):
            source = f"{self._asked.content.name}/{each.source}"
            other = found.setdefault(each.file, source) if each.file else source
            if other == source:
                yield each
            else:
                self._doubles.append(
                    f"{source} and {other} would both be {each.file}; give one of them another Slug"
                )


def _is_of(message: str, broken: Iterable[str]) -> bool:
    """Whether Pelican says something of a file that is left out, or of a link to one."""
    return any(shown.partition("/")[2] in message for shown in broken)


_DOUBLE = re.compile(r"There are \d+ items? ")
"""How Pelican begins what it says of files with one slug; we say which of them is shown."""


class Heard(logging.Handler):
    """Keeps what Pelican logs, so that a dropped article does not pass in silence."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        kept = self.errors if record.levelno >= logging.ERROR else self.warnings
        kept.append(record.getMessage())
