"""Places that keep files for us and outlive this machine: a bucket, a folder, a server, a branch.

A place is small on purpose: whole files by name, and one promise that everything else rests on: a write
can be made to depend on nobody having written since. Two runs that meet there cannot overwrite each other.

One module each, found by its name: ``places/s3.py`` is what ``{"place": "s3", …}`` asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

ABSENT: Final = ""
"""For ``Place.write(over=…)``: only where there is no file of that name."""


class Kept(NamedTuple):
    """A file of a place, and the token of this very content of it (an ETag, a digest, a commit)."""

    body: bytes
    token: str


class Place(Protocol):
    """Whole files by name. Names are relative, with ``/``, of letters, digits, ``.``, ``-`` and ``_``.

    Every method raises PlaceError with a sentence that names the place, what failed, and what to do. What does not
    answer is tried again with growing pauses, and given up within a minute or so.
    """

    def read(self, name: str) -> Kept | None:
        """The file, None where there is none."""

    def fetch(self, name: str, into: Path) -> bool:
        """The same for a large file, written to ``into`` without holding it in memory; False where there is none."""

    def write(self, name: str, body: bytes | Path, *, over: str | None = None) -> str:
        """Write the file whole, and give its token. Never seen half written.

        ``over`` is the token that the file must still have, ABSENT where there must be none; None writes whatever is
        there. Raises Overtaken where it is another, and then nothing was written.
        """

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names of the files that begin with ``prefix``, sorted."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; what is not there is no error."""
