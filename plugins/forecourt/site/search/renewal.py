"""The search brought up to date: what changed is indexed, and the rest stays as it is.

A shard goes by a digest of its records. Equal digest: nothing runs and nothing is
written, and Pagefind, which names some of its files anew each time, cannot make another
thing of the same. Browsers know a shard by a digest of what was made, since they keep what names those files.
What it made is kept in one archive per shard beside the store, so that a build from
nothing has the same bytes. When it fails, what it last made stays, unless that holds what is gone.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

import msgspec

from forecourt.garbled import GARBLED
from forecourt.site.search import engine
from forecourt.site.search.records import FORMAT, Record
from forecourt.site.search.shards import Shard, plan

FOLDER = "search"
"""Where the archives are, in the folder of the store."""

SHARDS = "shards.json"
"""The file, among those of the search, that names all shards."""

PAGES = "pages"
"""The shard of pages, which are of no day."""

ANYTHING = None
"""Days of which nobody knows what changed on them."""

_PATHS = "paths"  # in an archive: the addresses of its records
_NEW = "new-"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOTHING = Record("", "", "nothing")
"""The one record of the engine's own index, which the page passes over: an index without a word is none."""

Reader = Callable[[Shard], Iterable[Record]]


class _Known(msgspec.Struct, frozen=True):
    """A shard as a build left it: digests of its records and of its archive; ``late`` where it should be another."""

    digest: str
    count: int
    made: str = ""
    late: bool = False


class _Fact(msgspec.Struct, frozen=True):
    """All of them, and the engine they are of, with a digest of its archive."""

    engine: str = ""
    made: str = ""
    shards: dict[str, _Known] = {}


class _Listed(msgspec.Struct, frozen=True):
    """A shard as the page hears of it; ``digest`` is of its archive, and so of the names of its files."""

    name: str
    digest: str
    count: int
    first: str = ""
    last: str = ""


class _List(msgspec.Struct, frozen=True):
    engine: str
    made: str
    years: list[str]
    shards: list[_Listed]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a shard, or of the engine, by a name of letters and digits."""

    name: str
    archive: Path

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each with its path below the folder of the search."""
        with zipfile.ZipFile(self.archive) as archive:
            for path in archive.namelist():
                if path != _PATHS:
                    yield f"{self.name}/{path}", archive.read(path)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to be done: write the files of ``bundles``, keep those of ``kept``, remove those of ``gone``.

    ``listing`` is what SHARDS shall hold, ``fact`` what to give back next time; ``ran`` are the shards that
    Pagefind was run for.
    """

    bundles: list[Bundle] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    listing: bytes = b""
    fact: str = ""
    warnings: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)


def renew(
    state: Path, was: str, days: Mapping[str, int], touched: Collection[str] | None,
    read: Reader, pages: Sequence[Record], language: str, *, anew: bool = False,
) -> Renewal:  # fmt: skip
    """Bring the search up to date.

    ``was`` is the fact of the last build of this output, "" where there is none; ``days`` how many posts and
    articles are shown on each day; ``touched`` the days on which anything changed since, ANYTHING for all.
    ``read`` gives the records of a shard: those of its days for whose addresses ``shard.holds``. ``pages``
    are records of no day, ``language`` is the hub's. With ``anew`` all files are put in place again.
    """
    renewing = _Renewing(state / FOLDER, _fact(was), engine.stemming(language), anew=anew)
    return renewing.run(days, ANYTHING if anew else touched, read, pages)


class _Renewing:
    """A renewal under way."""

    def __init__(self, folder: Path, was: _Fact, language: str, *, anew: bool) -> None:
        self._folder = folder
        self._language = language
        self._anew = anew
        self._engine = f"engine{_digest(f'{engine.edition()} {language} {FORMAT}', ())}"
        self._made = ""
        self._was = was
        self._before = was.shards if was.engine == self._engine else {}
        self._now: dict[str, _Known] = {}
        self._problem = ""
        self._done = Renewal()

    def run(
        self, days: Mapping[str, int], touched: Collection[str] | None, read: Reader, pages: Sequence[Record]
    ) -> Renewal:
        shards = {shard.name: shard for shard in plan(days)}
        self._have_engine()
        self._take(PAGES, pages)
        for name, shard in shards.items():
            before = self._before.get(name)
            if before and not before.late and touched is not None and not shard.holds_any(touched):
                self._keep(name, before)
            else:
                self._take(name, read(shard))
        there = {self._engine} | {name for name, known in self._now.items() if known.count}
        self._done.gone.extend(sorted({self._was.engine, *self._was.shards} - there - {""}))
        self._forget()
        return replace(
            self._done,
            listing=self._listing(shards, sorted({day[:4] for day in days}, reverse=True)),
            fact=msgspec.json.encode(_Fact(self._engine, self._made, self._now)).decode(),
        )

    def _have_engine(self) -> None:
        """Have what every search needs, the one before where there cannot be another."""
        if self._was.engine == self._engine and not self._anew:
            self._done.kept.append(self._engine)
            self._made = self._was.made
        elif self._make(self._engine, self._engine, [_NOTHING]):
            self._warn("finds what it found before" if self._was.engine else "finds nothing")
            self._engine, self._made, self._before = self._was.engine, self._was.made, self._was.shards
            self._done.kept.extend(filter(None, [self._engine]))
        else:
            self._done.bundles.append(Bundle(self._engine, self._archive(self._engine)))
            self._made = self._digest_of(self._engine)

    def _take(self, name: str, found: Iterable[Record]) -> None:
        """Have a shard with these records."""
        records = [record for record in found if record.can_be_found]
        before = self._before.get(name)
        known = _Known(_digest(self._engine + name, records), len(records))
        if not records:
            self._keep(name, known)
        elif before and before.digest == known.digest and not self._anew:
            self._keep(name, msgspec.structs.replace(known, made=before.made))
        elif self._make(known.digest, name, records):
            is_good = before is not None and self._paths(before.digest) <= {record.path for record in records}
            count = before.count if before and is_good else 0
            digest, made = (before.digest, before.made) if before else ("", "")
            self._keep(name, _Known(digest, count, made, late=True))
            self._warn(f"finds {'what it found before' if count else 'nothing'} of {_said(name)}")
        else:
            self._now[name] = msgspec.structs.replace(known, made=self._digest_of(known.digest))
            self._done.bundles.append(Bundle(name, self._archive(known.digest)))

    def _warn(self, what: str) -> None:
        self._done.warnings.append(
            f"the search {what}: Pagefind made nothing, {self._problem}; mend that and build again"
        )

    def _keep(self, name: str, known: _Known) -> None:
        self._now[name] = known
        if known.count:
            self._done.kept.append(name)

    def _make(self, digest: str, name: str, records: Sequence[Record]) -> bool:
        """Have the archive of that digest; whether that failed. What failed once in a build is not tried again."""
        archive = self._archive(digest)
        if zipfile.is_zipfile(archive):
            return False
        if not self._problem:
            self._done.ran.append(name)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=self._folder, prefix=_NEW) as folder:
                    self._problem = self._run(Path(folder), archive, name, records)
            except OSError as error:
                self._problem = f"{self._folder} cannot be written: {error.strerror or error}"
        return bool(self._problem)

    def _run(self, folder: Path, archive: Path, name: str, records: Sequence[Record]) -> str:
        """Have an archive made, by way of an empty folder; what went wrong, "" if nothing did."""
        is_engine = name == self._engine
        # The shard's name is a part of the language, and so of the names of all records: the page then knows
        # of a result which shard it is from.
        language = self._language if is_engine else f"{self._language}-{name}"
        files, problem = engine.index(folder, records, language)
        if not problem:
            wanted = _engine_files if is_engine else _shard_files
            _pack(folder / "packed", {path: files[path] for path in filter(wanted, sorted(files))}, records)
            (folder / "packed").replace(archive)
        return problem

    def _paths(self, digest: str) -> set[str]:
        """The addresses of what an archive finds, one that nothing has where it is not there."""
        try:
            with zipfile.ZipFile(self._archive(digest)) as archive:
                return set(archive.read(_PATHS).decode().splitlines())
        except (OSError, KeyError, zipfile.BadZipFile):
            return {""}

    def _digest_of(self, digest: str) -> str:
        """A digest of an archive that is there, and so of the names of all that is in it."""
        return blake2b(self._archive(digest).read_bytes(), digest_size=8).hexdigest()

    def _archive(self, digest: str) -> Path:
        return self._folder / f"{digest}.zip"

    def _forget(self) -> None:
        """Let go of the archives of what is no more."""
        there = {self._engine, *(known.digest for known in self._now.values())}
        with suppress(OSError):
            for path in self._folder.glob("*.zip"):
                if path.stem not in there:
                    path.unlink(missing_ok=True)
            for left in self._folder.glob(f"{_NEW}*"):  # of a build that was killed
                shutil.rmtree(left, ignore_errors=True)

    def _listing(self, shards: Mapping[str, Shard], years: list[str]) -> bytes:
        """What the page is told: the shards that hold anything, pages and then the newest first."""
        listed = []
        for name in (PAGES, *reversed([*shards])):
            known, shard = self._now.get(name), shards.get(name)
            if known and known.count:
                days = (shard.first, shard.last) if shard else ("", "")
                listed.append(_Listed(name, known.made, known.count, *days))
        return msgspec.json.encode(_List(self._engine, self._made, years, listed)) + b"\n"


def _fact(said: str) -> _Fact:
    try:
        return msgspec.json.decode(said, type=_Fact)
    except GARBLED:
        return _Fact()


def _digest(key: str, records: Iterable[Record]) -> str:
    digest = blake2b(key.encode(), digest_size=8)
    for record in records:
        digest.update(msgspec.json.encode(record))
    return digest.hexdigest()


def _pack(target: Path, files: Mapping[str, bytes], records: Iterable[Record]) -> None:
    """Put files into an archive. Pagefind has compressed them."""
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_PATHS, _EPOCH), "\n".join(record.path for record in records))
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), data)


def _shard_files(path: str) -> bool:
    """Whether a file is of a shard alone: the program is there once, and of its own pages none."""
    return path.startswith(("index/", "filter/", "fragment/")) or path.endswith(
        (".pf_meta", "pagefind-entry.json")
    )


def _engine_files(path: str) -> bool:
    return (
        _shard_files(path)
        or path == "pagefind.js"
        or (path.startswith("wasm.") and path.endswith(".pagefind"))
    )


def _said(name: str) -> str:
    """A shard in words."""
    if name == PAGES:
        return "the pages"
    first, last = (f"{day[:4]}-{day[4:6]}-{day[6:8]}" for day in (name[:8], name[8:16]))
    return f"{first} to {last}"
