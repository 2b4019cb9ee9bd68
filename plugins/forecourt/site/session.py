"""One run of Pelican's: what it is asked for, what it reads for us, and the build that follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError

from forecourt import text
from forecourt.accounts import link
from forecourt.config import load
from forecourt.errors import ContentError, ThemeError
from forecourt.report import BuildReport, Listener
from forecourt.site import frontmatter, look
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
        """Check everything before anything is written. Raises SettingsError or ContentError with all that is wrong."""
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
        folders = dict.fromkeys(settings["ARTICLE_PATHS"], True) | dict.fromkeys(
            settings["PAGE_PATHS"], False
        )
        self._checked = frontmatter.check(content, folders, self._asked.theme)
        if self._checked.problems:
            raise ContentError(self._checked.problems)
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
        self.is_over = False

    def take(self, contents: Sequence[Any], *, articles: bool) -> None:
        """Remember what Pelican read, whether or not it may be shown yet."""
        self._contents += ((content, articles) for content in contents)

    def due(self, contents: Sequence[Any]) -> list[Any]:
        """What of these may be shown now."""
        return [content for content in contents if is_due(content, self._now, self._asked.config.timezone)]

    def read(self) -> None:
        """Make of what was read what we show; all links between the editors' files are known by now."""
        folder, zone = self._asked.content, self._asked.config.timezone
        self._editorials = [
            editorial(content, folder, zone, is_article=is_article) for content, is_article in self._contents
        ]
        self._see_doubles()

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
        skipped = [f"Could not process {Path(path).relative_to(name)}" for path in self._checked.unreadable]
        errors = [self._shown(error) for error in self.heard.errors if error not in skipped]
        warnings = [*map(self._shown, self.heard.warnings), *self._unserved()]
        return Written(
            self._editorials, self.pages, self.static,
            problems=tuple(dict.fromkeys([*self._checked.unreadable.values(), *errors])),
            warnings=tuple(dict.fromkeys([*self._checked.warnings, *warnings])),
        )  # fmt: skip

    def _unserved(self) -> Iterator[str]:
        """Files of the brand that no visitor would get."""
        brand = self._asked.config.brand
        for path in filter(None, (brand.logo, brand.hero, *brand.font_files.values())):
            if path not in self.static:
                folder = path.partition("/")[0]
                yield f'HUB_BRAND: "{path}" is not copied to the site; add "{folder}" to STATIC_PATHS'

    def _shown(self, message: str) -> str:
        """What Pelican says, on one line and without the path of this machine."""
        return text.line(message.replace(f"{self._asked.config.root}/", ""))

    def _see_doubles(self) -> None:
        """Two files that would become one. Raises ContentError."""
        found: dict[str, str] = {}
        problems = []
        for each in self._editorials:
            source = f"{self._asked.content.name}/{each.source}"
            other = found.setdefault(each.file, source) if each.file else source
            if other != source:
                problems.append(
                    f"{source} and {other} would both be {each.file}; give one of them another Slug"
                )
        if problems:
            raise ContentError(problems)


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
