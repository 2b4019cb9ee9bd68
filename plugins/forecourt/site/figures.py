"""The editors' own pictures, made ready as those of posts are: in the widths that the theme shows, as AVIF and WebP."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

import msgspec

from forecourt.config import VERSION, Config
from forecourt.errors import BadData, OutputError
from forecourt.garbled import GARBLED
from forecourt.store import StoredPicture

NOTES = "own"
"""The folder among the pictures with a note on each of these, by what it was made from."""


class Figures:
    """Gives the pictures below ``content/`` in all their widths. Each is made once and kept with those of posts."""

    def __init__(self, config: Config, *, draws: bool) -> None:
        """With ``draws`` off only those are given that were made before."""
        self._content = config.content
        self._folder = config.pictures
        self._widths = config.theme.widths
        self._draws = draws
        self.of = cache(self._of)

    def _of(self, path: str) -> StoredPicture | None:
        """The picture at this path, None where it is none that can be made smaller, such as an SVG.

        Raises OutputError.
        """
        try:
            body = (self._content / path).read_bytes()
        except OSError:
            return None
        asked = f"{VERSION} {self._widths}".encode()
        note = self._folder / NOTES / f"{blake2b(body, digest_size=12, key=asked).hexdigest()}.json"
        known = self._noted(note)
        if known or not self._draws:
            return known
        from forecourt.media.making import make  # noqa: PLC0415 - all of Pillow, for what seldom changes

        try:
            made = make(body, self._widths, self._folder)
        except BadData:
            return None
        try:
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_bytes(msgspec.json.encode(made))
        except OSError as error:
            why = error.strerror or str(error)
            raise OutputError(f"{note} cannot be written: {why}; mend that and build again") from error
        return made

    def _noted(self, note: Path) -> StoredPicture | None:
        """What is known of a picture that was made before, whose files are all there."""
        try:
            known = msgspec.json.decode(note.read_bytes(), type=StoredPicture)
        except (OSError, *GARBLED):
            return None
        return known if all((self._folder / file).is_file() for file in known.files) else None
