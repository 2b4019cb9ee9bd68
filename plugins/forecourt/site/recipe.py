"""All that pages are made from, in one object that can be handed to another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.site import addresses
from forecourt.site.addresses import Addresses
from forecourt.site.agenda import Agenda
from forecourt.site.editions import Editions
from forecourt.site.editorial import Editorial, Writings
from forecourt.site.figures import Figures
from forecourt.site.frame import Frame
from forecourt.site.inventory import EVENTS, SEARCH, Inventory
from forecourt.site.language import Language, load
from forecourt.site.listings import Listings
from forecourt.site.portraits import Portraits
from forecourt.site.present import Presenter
from forecourt.site.structured import Publisher
from forecourt.site.syndication import Syndication
from forecourt.site.templates import Templates
from forecourt.store import Store
from forecourt.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Recipe:
    """What every page is made from, but the store and the ledger.

    ``functions`` are the operator's own filters for templates; ``editorials`` what the editors wrote and may
    be shown at ``now``; ``hero`` is the size of the brand's picture in pixels, ``stale`` says of accounts that
    cannot be reached when they last were.
    """

    config: Config
    accounts: Sequence[Account]
    theme: Path
    functions: Mapping[str, Any]
    editorials: Sequence[Editorial]
    hero: tuple[int, int] | None
    stale: Mapping[str, datetime]
    now: datetime
    reads: Mapping[str, Sequence[str]] | None = None
    """What is known of the fragments that are kept (``Templates.reads``)."""
    compiled: Path | None = None
    """A folder for compiled templates."""
    draws: bool = True
    """Whether share pictures may be drawn that are not there yet."""

    def languages(self) -> dict[str, Language]:
        """The hub's languages by the folders of their pages, "" for the first. Raises ThemeError."""
        folders = {"" if tag == self.config.language else tag: tag for tag in self.config.languages}
        return {folder: load(tag, [self.theme]) for folder, tag in folders.items()}

    def templates(self) -> dict[str, Templates]:
        """The theme's templates in each language, by its folder."""
        found: dict[str, Templates] = {}
        reads = self.reads
        for folder, language in self.languages().items():
            found[folder] = self._templates(language, reads)
            reads = reads or found[folder].reads()  # the same in each: all templates are parsed for it once
        return found

    def _templates(self, language: Language, reads: Mapping[str, Sequence[str]] | None) -> Templates:
        where = Addresses(self.config.site_url)
        return Templates(
            [self.theme / "templates"],
            lambda path: where.link(addresses.THEME + path),
            self.functions,
            language,
            self.config.theme.kept,
            reads,
            self.compiled,
        )

    def listings(self, store: Store, ledger: Ledger) -> Listings:
        """What every listing shows, in the hub's first language."""
        return Listings(store, ledger, self.writings(self.config.language), self.now, self.config.timezone)

    def writings(self, language: str) -> Writings:
        """What the editors wrote, as the edition in this language shows it."""
        return Writings(self.editorials, self.config.language, language)

    def editions(
        self, store: Store, ledger: Ledger, templates: Mapping[str, Templates] | None = None
    ) -> Editions:
        """Every page in every language, made by templates that are there already, or by the theme's."""
        languages = self.languages()
        ready = templates or self.templates()
        return Editions(
            {folder: self._edition(store, ledger, folder, languages, ready[folder]) for folder in languages}
        )

    def _edition(
        self,
        store: Store,
        ledger: Ledger,
        folder: str,
        languages: Mapping[str, Language],
        templates: Templates,
    ) -> Inventory:
        config, language = self.config, languages[folder]
        where = Addresses(config.site_url, folder)
        writings = self.writings(language.tag)
        listings = Listings(store, ledger, writings, self.now, config.timezone)
        figures = Figures(config, draws=self.draws)
        present = Presenter(config, self.accounts, store, listings, where, language, figures)
        shown = [writings.shown(each) for each in writings.leads() if each.in_menu]
        agenda = Agenda(config, store, writings, present, where, language, self.now)
        frame = Frame(
            config, self.accounts, listings, shown, writings.stores(), where, language, languages, self.hero,
            present, campaigns=writings.campaigns(), has_search=templates.has(SEARCH),
            has_events=templates.has(EVENTS) and bool(agenda.events), stale=self.stale,
        )  # fmt: skip
        syndication = Syndication(config.brand, self.accounts, present, where, config.language)
        own = (account.source for account in self.accounts if not account.source.store)
        profiles = [source.profile for source in own if source.profile]
        portraits = Portraits(config, where, language.tag, draws=self.draws) if config.theme.share else None
        return Inventory(
            config, store, listings, present, frame, syndication, templates, writings, agenda, portraits,
            Publisher(frame.brand, profiles, where, language.tag), language.tag, self.now,
        )  # fmt: skip
