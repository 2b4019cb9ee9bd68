"""What the guard remembers of a site: of each file, by its digest, what it leads to and what is wrong in it.

One file, so that it is there whole or not at all. A site of 100,000 pages has fifteen million links, of which nearly
all stand in the frame of every page. So addresses are numbers, and the numbers that many pages share are kept once
for all pages that have the same of them. It may be thrown away: the next look reads every file.
"""

from __future__ import annotations

import contextlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec

from forecourt.deploy.guard.checks import Rules
from forecourt.deploy.guard.reading import Facts
from forecourt.errors import PublishError
from forecourt.garbled import GARBLED

_NAME = "guard.msgpack"
_OFTEN = 50
"""Files that lead to one address, from which on it is of those that are shared."""


class Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one file."""

    digest: bytes
    """The first half of its SHA-256; none where the file has to be read again."""
    kind: int
    shared: int
    own: bytes
    """Numbers of addresses that few others lead to."""
    view: int
    faults: tuple[tuple[str, str], ...]


class _Kept(msgspec.Struct, array_like=True, gc=False):
    by: str
    secrets: list[str]
    targets: list[str]
    common: list[int]
    sets: list[bytes]
    files: dict[str, Known]
    parts: dict[str, tuple[bytes, list[str]]]


_decoder = msgspec.msgpack.Decoder(_Kept)


class Memory:
    """The memory of one site during one look."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        """Read it. One that was learnt by other rules, or by another version of this program, is of no use."""
        self._path = folder / _NAME
        by = _learnt_by(rules)
        kept = self._read()
        self._kept = kept if kept and kept.by == by else _Kept(by, [], [""], [], [b""], {}, {})
        self._common = {*self._kept.common}
        self._often: Counter[int] = Counter()
        self._numbers: dict[str, int] = {}
        self._places: dict[bytes, int] = {}
        self._free: list[int] = []

    @property
    def files(self) -> Mapping[str, Known]:
        """What was known of each file after the last look."""
        return self._kept.files

    @property
    def secrets(self) -> frozenset[str]:
        """Fingerprints of the secrets that none of the files has."""
        return frozenset(self._kept.secrets)

    @property
    def targets(self) -> list[str]:
        """All that was ever led to, "" where a number is free; the first is none."""
        return self._kept.targets

    @property
    def parts(self) -> dict[str, tuple[bytes, list[str]]]:
        """The parts of those pages of which a link names one, with the page's digest."""
        return self._kept.parts

    def learn(self, digest: bytes, facts: Facts) -> Known:
        """Put into numbers what was read of a file."""
        if not self._numbers:
            self._numbers = {target: number for number, target in enumerate(self.targets) if target}
            self._places = {one: number for number, one in enumerate(self._kept.sets)}
            self._free = [number for number, target in enumerate(self.targets) if number and not target]
        numbers = sorted(map(self._number, facts.links))
        self._often.update(numbers)
        self._common.update(number for number in numbers if self._often[number] >= _OFTEN)
        shared = [number for number in numbers if number in self._common]
        own = [number for number in numbers if number not in self._common]
        view = sorted(map(self._number, facts.view))
        return Known(
            digest, facts.kind, self._set(shared), _packed(own), self._set(view), (*sorted(facts.faults),)
        )

    def links(self, known: Known) -> Iterable[int]:
        """The numbers of all that a file leads to."""
        yield from _unpacked(self._kept.sets[known.shared])
        yield from _unpacked(known.own)

    def view(self, number: int) -> array[int]:
        """The numbers of what is loaded at once."""
        return _unpacked(self._kept.sets[number])

    def leading(self, files: Mapping[str, Known], wanted: frozenset[int]) -> dict[int, list[str]]:
        """The files that lead to each of these numbers."""
        shared = {
            number: wanted.intersection(_unpacked(packed))
            for number, packed in enumerate(self._kept.sets)
            if packed
        }
        found: dict[int, list[str]] = {}
        for path, known in files.items():
            there = shared.get(known.shared, set()) | wanted.intersection(_unpacked(known.own))
            for number in there:
                found.setdefault(number, []).append(path)
        return found

    def forget(self, numbers: Iterable[int]) -> None:
        """Free the numbers of addresses that nothing leads to any more."""
        for number in numbers:
            self._kept.targets[number] = ""
            self._common.discard(number)

    def write(self, files: dict[str, Known], secrets: Iterable[str]) -> None:
        """Keep it, whole or not at all. Raises PublishError."""
        kept = self._kept
        used = {0} | {known.shared for known in files.values()} | {known.view for known in files.values()}
        kept.sets = [one if number in used else b"" for number, one in enumerate(kept.sets)]
        while kept.sets[-1:] == [b""] and len(kept.sets) > 1:
            kept.sets.pop()
        kept.files, kept.secrets, kept.common = files, sorted(secrets), sorted(self._common)
        partial = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(msgspec.msgpack.encode(kept))
            partial.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise PublishError(
                f"{self._path} cannot be written: {error.strerror}; mend that and run again"
            ) from error

    def _read(self) -> _Kept | None:
        try:
            return _decoder.decode(self._path.read_bytes())
        except (FileNotFoundError, *GARBLED):
            return None
        except OSError as error:
            raise PublishError(
                f"{self._path} cannot be read: {error.strerror}; mend that and run again"
            ) from error

    def _number(self, target: str) -> int:
        number = self._numbers.get(target)
        if number is None:
            number = self._free.pop() if self._free else len(self.targets)
            self.targets[number : number + 1] = [target]
            self._numbers[target] = number
        return number

    def _set(self, numbers: Iterable[int]) -> int:
        packed = _packed(numbers)
        place = self._places.get(packed)
        if place is None:
            place = self._places[packed] = len(self._kept.sets)
            self._kept.sets.append(packed)
        return place


def _packed(numbers: Iterable[int]) -> bytes:
    return array("I", numbers).tobytes()


def _unpacked(packed: bytes) -> array[int]:
    return array("I", packed)


def _learnt_by(rules: Rules) -> str:
    """What tells by which program and rules the files were read."""
    hashed = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        hashed.update(path.read_bytes())
    hashed.update(msgspec.json.encode([rules.address, sorted(rules.hosts)]))
    return hashed.hexdigest()
