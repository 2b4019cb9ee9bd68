"""The editions of a hub: its pages in each of its languages, beside one set of feeds, pictures and styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forecourt.site import names
from forecourt.site.inventory import Inventory, Page
from forecourt.site.templates import Templates


@dataclass(frozen=True, slots=True)
class Editions:
    """Every page of the hub, in every language. ``inventories`` are those of the editions by their folders."""

    inventories: Mapping[str, Inventory]

    @property
    def first(self) -> Inventory:
        """The edition in the hub's first language, which has all that is there once."""
        return self.inventories[""]

    @property
    def templates(self) -> dict[str, Templates]:
        """The templates of each edition."""
        return {folder: each.templates for folder, each in self.inventories.items()}

    def page(self, text: str) -> Page | None:
        """The page of that name, None where there is none now."""
        edition = self._of(text)
        return edition.page(names.name(text)) if edition else None

    def uses(self, text: str) -> frozenset[str]:
        """The pictures that a page shows which nobody else may: those of its post."""
        edition = self._of(text)
        return edition.uses(names.name(text)) if edition else frozenset()

    def lost(self) -> frozenset[str]:
        """The addresses of pictures whose files were not there since this was last asked."""
        found: set[str] = set()
        for each in self.inventories.values():
            found |= each.present.lost
            each.present.lost.clear()
        return frozenset(found)

    def all(self) -> Iterator[list[str]]:
        """The names of all pages, in batches of what shows the same posts, in an order that does not change."""
        return (self.spoken(batch) for batch in self.first.all())

    def spoken(self, texts: list[str]) -> list[str]:
        """These pages of the first edition, and the same in the others."""
        others = [folder for folder in self.inventories if folder]
        return [*names.spoken(texts, others)]

    def fingerprint(self) -> str:
        """What stands round every page of each, as text that differs when any of it does."""
        return repr(
            [
                (folder, each.frame.fingerprint(), each.portraits and each.portraits.look)
                for folder, each in self.inventories.items()
            ]
        )

    def _of(self, text: str) -> Inventory | None:
        """The edition that a page is of: one of the editors' is of that in whose language it is written."""
        name = names.name(text)
        item = self.first.writings.by_file.get(name.of) if name.kind == "editorial" else None
        if item is None:
            return self.inventories.get(name.language)
        return next((each for each in self.inventories.values() if each.language == item.lang), self.first)
