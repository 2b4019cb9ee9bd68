"""The share pictures of pages: which each has, and where it is served from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from forecourt.config import Config
from forecourt.errors import OutputError
from forecourt.site import addresses, share
from forecourt.site.addresses import Addresses
from forecourt.site.share import Shares

SHARE = "share"
"""The folder of these among the pictures."""


class Portraits:
    """Gives pages their share pictures, drawn when a page shows one that is not there yet."""

    def __init__(self, config: Config, where: Addresses, language: str, *, draws: bool) -> None:
        """With ``draws`` off nothing is drawn; pages name the picture that they would have."""
        self._shares = Shares(config.brand.spoken(language), config.content)
        self._folder = config.pictures / SHARE
        self._where = where
        self._draws = draws

    @property
    def look(self) -> str:
        """What differs when all of them do."""
        return self._shares.look

    def sweep(self, shown: Iterable[str]) -> None:
        """Remove all but these, which are as the ledger knows them."""
        share.sweep(self._folder, (self._folder / use.removeprefix(f"{SHARE}/") for use in shown))

    def of(self, title: str, kicker: str = "", picture: Path | None = None) -> tuple[str, dict[str, Any]]:
        """The picture that shows this, as the ledger knows it, and what the head of a page says of it."""
        if self._draws:
            try:
                name = self._shares.kept(self._folder, title, kicker, picture).name
            except OSError as error:
                why = error.strerror or str(error)
                raise OutputError(
                    f"{self._folder} cannot be written: {why}; mend that and build again"
                ) from error
        else:
            name = f"{self._shares.key(title, kicker, picture)}.jpg"
        use = f"{SHARE}/{name}"
        return use, {
            "image": self._where.origin + self._where.link(addresses.PICTURES + use),
            "image_width": share.WIDTH,
            "image_height": share.HEIGHT,
            "image_alt": title,
        }
