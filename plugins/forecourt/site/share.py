"""Share pictures: what a network shows beside a link to a page, in the brand's colours, named by content.

What is drawn is drawn once: a picture is kept under a name that everything it shows
decides, so that a build draws those that are new. Pillow is loaded when there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import PIL

from forecourt.config import Brand
from forecourt.site import brandsheet
from forecourt.text import excerpt

if TYPE_CHECKING:
    from forecourt.site.drawing import Easel

WIDTH, HEIGHT = 1200, 630
"""The size that networks ask for, in pixels."""

MOST = 160
"""Characters of a title that are looked at; more would not be read on a picture."""

_VERSION = 1  # of how they are drawn
_COLOURS = ("brand", "on-brand", "brand-shade", "sun", "on-sun", "surface")


@dataclass(frozen=True)
class Shares:
    """The share pictures of one brand; ``content`` is the folder of its logo and fonts."""

    brand: Brand
    content: Path

    def key(self, title: str, kicker: str = "", picture: Path | None = None) -> str:
        """The name of the picture that shows this, without drawing it."""
        shown = (excerpt(title, MOST), excerpt(kicker, MOST))
        return _digest(self._look.encode(), repr(shown).encode(), _read(picture))

    def picture(self, title: str, kicker: str = "", picture: Path | None = None) -> bytes:
        """The picture, as JPEG.

        Words that the font has no letters for are left out, never drawn as boxes; so is a
        ``picture`` or logo that cannot be read, or is an SVG.
        """
        return self._easel.draw(excerpt(title, MOST), excerpt(kicker, MOST), picture)

    def kept(self, folder: Path, title: str, kicker: str = "", picture: Path | None = None) -> Path:
        """The file of the picture, drawn if it is not in the folder yet. Raises OSError."""
        path = folder / f"{self.key(title, kicker, picture)}.jpg"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.stem}.{os.getpid()}")  # others may draw the same at the same time
            part.write_bytes(self.picture(title, kicker, picture))
            part.replace(path)
        return path

    @property
    def look(self) -> str:
        """What differs when all pictures of the brand do."""
        return _digest(self._look.encode())

    @cached_property
    def _look(self) -> str:
        """What all pictures of the brand have in common; another Pillow draws letters otherwise."""
        files = (_digest(_read(each)) for each in (self._logo, *self._fonts))
        said = (self.brand.name, self._colours, *files, PIL.__version__, _VERSION)
        return repr(said)

    @cached_property
    def _easel(self) -> Easel:
        from forecourt.site.drawing import Easel  # noqa: PLC0415 - all of Pillow, for what is seldom drawn

        return Easel(self.brand.name, self._colours, self._logo, self._fonts)

    @cached_property
    def _colours(self) -> dict[str, str]:
        light = brandsheet.scheme(self.brand).light
        return {name: light[name] for name in _COLOURS}

    @property
    def _logo(self) -> Path | None:
        return self.content / self.brand.logo if self.brand.logo else None

    @property
    def _fonts(self) -> list[Path]:
        """What words may be drawn in, the best first: one given for it, that of headings."""
        given = (self.brand.share_font, self.brand.font_files.get("head", ""))
        return [self.content / path for path in given if path]


def sweep(folder: Path, used: Iterable[Path]) -> None:
    """Remove the pictures that are no longer shown, and what a build that was ended left of others."""
    kept = {path.name for path in used}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _read(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else b""
    except OSError:
        return b""  # and is not drawn either
