"""One build: what it works with, and what it did."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
from jinja2 import Environment, Template, TemplateError, TemplateSyntaxError

from forecourt import text
from forecourt.accounts import Account, link, settle
from forecourt.config import Config, load
from forecourt.curate import STREAM
from forecourt.errors import ContentError, ThemeError
from forecourt.policy import CSP
from forecourt.report import BuildReport
from forecourt.site import addresses, frontmatter
from forecourt.site.addresses import Addresses
from forecourt.site.editorial import due, editorial
from forecourt.site.frame import Frame
from forecourt.site.inventory import Context, Inventory
from forecourt.site.listings import FEED, Listings
from forecourt.site.present import Presenter
from forecourt.site.syndication import Syndication
from forecourt.site.writer import Output
from forecourt.store import Store


class Build:
    """A build from the settings to the last file.

    It begins with what Pelican was set to; ``prepare`` is called when Pelican has
    read the editors' files, ``pages`` writes everything that is not an article or
    a page of theirs, ``finish`` cleans up.
    """

    def __init__(self, settings: dict[str, Any], environ: Any, now: datetime, *, dry: bool = False) -> None:
        """Read the configuration and look at the content.

        Raises SettingsError or ContentError with all that is wrong.
        """
        self._started = monotonic()
        self.is_done = False
        content = Path(settings["PATH"])
        # Pelican makes these paths absolute; plugins/ stands beside the settings file, as the layout has it.
        root = Path(next(iter(settings["PLUGIN_PATHS"]), content)).parent
        self.now = now
        self.config: Config = load(settings, root, environ)
        linked = link(self.config, environ, secrets=False)
        self.accounts: Sequence[Account] = [account for account in linked if account.enabled]
        folders = dict.fromkeys(settings["ARTICLE_PATHS"], True) | dict.fromkeys(
            settings["PAGE_PATHS"], False
        )
        checked = frontmatter.check(content, folders)
        if checked.problems:
            raise ContentError(checked.problems)
        self.unreadable = checked.unreadable
        self.warnings = [*checked.warnings]
        self.notes: list[str] = []
        self.where = Addresses(self.config.site_url)
        self.theme = Path(settings["THEME"])
        where = self.config.store, self.config.timezone
        with ExitStack() as opened:
            self.store = opened.enter_context(Store.trial(*where) if dry else Store.run(*where, "build", now))
            self.warnings += filter(None, [self.store.mended])
            settle(self.store, self.accounts)
            self.output = Output(Path(settings["OUTPUT_PATH"]), dry=dry)
            opened.callback(self.output.discard)
            self._opened = opened.pop_all()

    def due(self, contents: Sequence[Any]) -> list[Any]:
        """What of these may be shown now; of the rest the report says until when it waits."""
        zone = self.config.timezone
        now_due = list(due(contents, self.now, zone))
        for content in contents:
            if content not in now_due:
                when = content.date.astimezone(zone)
                self.notes.append(f"waits until {when:%Y-%m-%d %H:%M}: {self._file(content)}")
        return now_due

    def remember_drafts(self, drafts: Sequence[Any]) -> None:
        """Say of each draft where it can be seen."""
        for draft in drafts:
            where = f"; see {self.where.absolute(draft.url)}" if draft.save_as else ""
            self.notes.append(f"is a draft{where}: {self._file(draft)}")

    def _file(self, content: Any) -> str:
        return f"{self.config.content.name}/{content.relative_source_path}"

    def prepare(self, articles: Sequence[Any], pages: Sequence[Any]) -> None:
        """Take what Pelican read; from here on every page can be made."""
        content, zone = self.config.content, self.config.timezone
        self.editorial = {id(each): editorial(each, content, zone) for each in (*articles, *pages)}
        written = [self.editorial[id(article)] for article in articles]
        self.pages_of_editors = [self.editorial[id(page)] for page in pages]
        self.listings = Listings(self.store, written, self.now, zone)
        self.present = Presenter(self.config, self.accounts, self.store, self.listings, self.where)
        self.frame = Frame(self.config, self.accounts, self.listings, self.pages_of_editors, self.where)
        self.syndication = Syndication(
            self.config.brand, self.accounts, self.present, self.where, self.config.language
        )
        self.articles = written

    def of_content(self, content: Any, *, listed: bool = True) -> Context:
        """What the template of an article or a page of the editors is given."""
        item = self.editorial.get(id(content)) or editorial(
            content, self.config.content, self.config.timezone
        )
        card = self.present.card(item)
        head = self.frame.page(
            item.title,
            item.path,
            description=item.summary,
            lang=item.lang,
            dir=item.dir,
            robots="" if listed else "noindex",
            image=self.present.image(card),
        )
        return {**self.common(), "page": head, "hub": self.frame.hub(item.path), "card": card}

    def common(self) -> Context:
        """What every template is given."""
        page = self.frame.page("", "")
        return {"brand": self.frame.brand, "csp": CSP, "lang": page.lang, "dir": page.dir}

    def pages(self, templates: Environment) -> None:
        """Write every page that is not the editors', the feeds, and what programs read."""
        inventory = Inventory(
            self.config, self.store, self.listings, self.present, self.frame, self.now,
            tuple(article for article in self.articles if article.pinned),
        )  # fmt: skip
        common = self.common()
        listed = [item.path for item in (*self.articles, *self.pages_of_editors)]
        for page in inventory.pages():
            html = render(templates.get_template(page.template), {**common, **page.context()})
            self.output.write(addresses.file(page.path), html.encode(), f"the page /{page.path}")
            if page.listed:
                listed.append(page.path)
        for listing in (STREAM, *inventory.fronts()):
            self._feeds(listing)
        self._write(addresses.ACCOUNTS, self.syndication.opml())
        for name, data in self.syndication.sitemaps(listed).items():
            self._write(name, data)
        self._write("robots.txt", self.syndication.robots())

    def files(self, static: Sequence[Any]) -> None:
        """Copy the theme's files, the editors' files and the pictures that any page shows."""
        folder = self.theme / "static"
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.output.copy(addresses.THEME + path.relative_to(folder).as_posix(), path, "the theme")
        self._write(
            addresses.BRAND,
            _brand_css(self.config.brand.colours, self.config.brand.fonts, self.config.brand.radius),
        )
        for each in static:
            self.output.copy(each.save_as, Path(each.source_path), f"the file {each.source_path}")
        for name in sorted(self.present.shown):
            source = self.config.pictures / name
            self.output.copy(addresses.PICTURES + name, source, "a picture of a post", named_by_content=True)

    def finish(self, heard: Heard) -> BuildReport:
        """Put everything in place, remove what no page claims any more, and say what was done and heard."""
        self.is_done = True
        states = self.store.sources.all()
        self.output.sweep()
        skipped = [
            f"Could not process {Path(path).relative_to(self.config.content.name)}"
            for path in self.unreadable
        ]
        if self.accounts and not any(state.fresh for state in states.values()):
            self.warnings.append("no linked account has given a post yet; invoke status says how they fare")
        errors = [self._shown(error) for error in heard.errors if error not in skipped]
        warnings = [self._shown(warning) for warning in heard.warnings]
        report = BuildReport(
            written=len(self.output.written),
            same=self.output.same,
            removed=len(self.output.removed),
            posts=self.listings.count(STREAM),
            problems=tuple(dict.fromkeys([*self.unreadable.values(), *errors])),
            notes=tuple(dict.fromkeys(self.notes)),
            warnings=tuple(dict.fromkeys([*self.warnings, *warnings])),
            seconds=round(monotonic() - self._started, 3),
        )
        self.store.reports.save("build", msgspec.json.encode(report).decode(), self.now)
        self._opened.close()
        return report

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Go on, or end the build and let others at the store: Pelican may sit and wait for a mended file."""
        try:
            yield
        except BaseException:
            self.is_done = True
            self._opened.__exit__(*sys.exc_info())
            raise

    def _shown(self, message: str) -> str:
        """What Pelican says, on one line and without the path of this machine."""
        return text.line(message.replace(f"{self.config.root}/", ""))

    def _feeds(self, listing: str) -> None:
        items = [item for item in self.listings.newest(listing, FEED) if self.syndication.may_syndicate(item)]
        title = self.config.brand.name if listing == STREAM else self.frame.title(listing)
        self._write(addresses.feed(listing, "xml"), self.syndication.atom(title, listing, items))
        self._write(addresses.feed(listing, "json"), self.syndication.json_feed(title, listing, items))

    def _write(self, path: str, data: bytes) -> None:
        self.output.write(path, data, f"the file /{path}")


def render(template: Template, context: Context) -> str:
    """Render a template. Raises ThemeError with the file and line where it goes wrong."""
    try:
        return template.render(context)
    except TemplateError as error:
        raise ThemeError(f"{_where_in_theme(error)}: {error.message or error}") from error


def _where_in_theme(error: TemplateError) -> str:
    if isinstance(error, TemplateSyntaxError):
        return f"theme/templates/{error.name} line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inner = next(frame for frame in reversed(frames) if frame.filename.endswith(".html"))
    return f"theme/templates/{inner.filename.partition('/templates/')[2]} line {inner.lineno}"


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


def _brand_css(colours: Any, fonts: Any, radius: str) -> bytes:
    """The brand's tokens over the theme's; config.py let only colours, font names and a length through."""
    tokens = dict(colours) | {f"font-{name}": value for name, value in fonts.items()}
    tokens |= {"radius": radius} if radius else {}
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f":root {{\n{lines}}}\n".encode()
