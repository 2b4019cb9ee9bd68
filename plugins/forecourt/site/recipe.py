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
from forecourt.site.editorial import Editorial
from forecourt.site.frame import Frame
from forecourt.site.inventory import Inventory
from forecourt.site.listings import Listings
from forecourt.site.present import Presenter
from forecourt.site.syndication import Syndication
from forecourt.site.templates import Templates
from forecourt.store import Store
from forecourt.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Recipe:
    """What every page is made from, but the store and the ledger.

    ``functions`` are the operator's own filters for templates; ``editorials`` what the editors wrote and may
    be shown at ``now``; ``hero`` is the size of the brand's picture in pixels.
    """

    config: Config
    accounts: Sequence[Account]
    theme: Path
    functions: Mapping[str, Any]
    editorials: Sequence[Editorial]
    hero: tuple[int, int] | None
    now: datetime
    reads: Mapping[str, Sequence[str]] | None = None
    """What is known of the fragments that are kept (``Templates.reads``)."""
    compiled: Path | None = None
    """A folder for compiled templates."""

    @property
    def where(self) -> Addresses:
        """Where everything stands on the site."""
        return Addresses(self.config.site_url)

    def templates(self) -> Templates:
        """The theme's templates."""
        where = self.where
        return Templates(
            [self.theme / "templates"],
            lambda path: where.link(addresses.THEME + path),
            self.functions,
            self.config.theme.kept,
            self.reads,
            self.compiled,
        )

    def listings(self, store: Store, ledger: Ledger) -> Listings:
        """What every listing shows."""
        return Listings(store, ledger, self.editorials, self.now, self.config.timezone)

    def inventory(self, store: Store, ledger: Ledger, templates: Templates | None = None) -> Inventory:
        """Every page, made by templates that are there already, or by the theme's."""
        config, where = self.config, self.where
        listings = self.listings(store, ledger)
        present = Presenter(config, self.accounts, store, listings, where)
        pages = [each for each in self.editorials if each.listed and not each.is_article]
        frame = Frame(config, self.accounts, listings, pages, where, self.hero)
        syndication = Syndication(config.brand, self.accounts, present, where, config.language)
        editorials = {each.file: each for each in self.editorials if each.file}
        return Inventory(
            config,
            store,
            listings,
            present,
            frame,
            syndication,
            templates or self.templates(),
            editorials,
            self.now,
        )
