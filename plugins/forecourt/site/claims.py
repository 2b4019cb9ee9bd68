"""What files the output shall hold: who claims each, and which nobody does any more."""

from __future__ import annotations

from collections.abc import Container, Mapping

from forecourt.errors import ContentError
from forecourt.site import names
from forecourt.store.ledger import File, Ledger

STATIC, THEME, PICTURE, PELICAN, INDEX = "static", "theme", "picture", "pelican", "index"
"""Why a file is there that is no page of ours; a blank and what it is of may follow."""

_DOOMED = ""
"""Why a file is there that is about to be removed."""


class Claims:
    """The claims of one build, which go straight into the ledger.

    ``number`` is that of the build. ``written`` are files whose bytes are new, ``parts`` those of the
    sitemap that list others than before, ``grown`` how many files more there are.
    """

    def __init__(self, ledger: Ledger, number: int) -> None:
        self._ledger = ledger
        self._is_anew = False
        self.number = number
        self._others: list[tuple[File, File]] = []
        self._gone: set[str] = set()
        self._only: dict[str, Container[str]] = {}
        self.written: set[str] = set()
        self.parts: set[str] = set()
        self.grown = 0

    def add(self, file: File, *, is_new: bool) -> None:
        """Claim a file."""
        before = self._ledger.file(file.path)
        if before is None or before.owner == _DOOMED:
            self.grown += before is None
        elif before.owner != file.owner:
            self._others.append((file, before))
        if before is None or before.part != file.part:
            self.parts |= {part for part in (before and before.part, file.part) if part}
        if is_new:
            self.written.add(file.path)
        self._ledger.claim(file, self.number)

    def leave(self, name: str) -> None:
        """There is no page of that name now."""
        self._gone.add(name)
        self.doom(name, names.name(name).file)

    def doom(self, owner: str, path: str) -> None:
        """Have a file removed at the end, if it is this owner's."""
        before = self._ledger.file(path)
        if before is None or before.owner != owner:
            return
        if before.part:
            self.parts.add(before.part)
        self._ledger.claim(before._replace(owner=_DOOMED, template="", part=None), self.number)

    def only(self, owner: str, paths: Container[str]) -> None:
        """Of one owner's files have only these."""
        self._only[owner] = paths
        for path in self._ledger.files(owner):
            if path not in paths:
                self.doom(owner, path)

    def end_anew(self) -> None:
        """Everything was claimed that shall be there."""
        self._is_anew = True
        for file in self._ledger.unclaimed(self.number):
            if names.name(file.owner).kind not in {names.MAP, INDEX}:  # made when all else is claimed
                self.doom(file.owner, file.path)
        self.parts |= {*self._ledger.parts()}

    def doomed(self) -> list[str]:
        """The files to be removed, also those that a build before this one did not get to."""
        return self._ledger.files(_DOOMED)

    def check(self, sources: Mapping[str, str]) -> None:
        """See that no file is claimed twice; ``sources`` are the editors' files by that which each becomes.

        Raises ContentError.
        """
        problems = []
        for file, before in self._others:
            is_left = (
                self._is_anew
                or before.owner in self._gone
                or (before.owner in self._only and file.path not in self._only[before.owner])
            )
            if before.build == self.number or not is_left:
                one, other = _said(file.owner, file.path, sources), _said(before.owner, file.path, sources)
                problems.append(f"{one} and {other} would both be {file.path}; give one of them another Slug")
        if problems:
            raise ContentError(problems)


def _said(owner: str, path: str, sources: Mapping[str, str]) -> str:
    kind, _, of = owner.partition(" ")
    if kind == "editorial":
        return sources.get(of, of)
    return (
        f"the file {of or path}"
        if kind in {STATIC, THEME, PELICAN}
        else f"the page /{path.removesuffix('index.html')}"
    )
