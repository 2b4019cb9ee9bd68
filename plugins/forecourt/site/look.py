"""A look at what the site is made from, and whether any of it changed since the last build.

It comes before everything else and often ends the run, so it imports neither
Pelican nor Jinja, and reads no file whose time and size are as they were.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from forecourt.config import Config
from forecourt.errors import StoreError
from forecourt.report import BuildReport
from forecourt.site import memory
from forecourt.site.memory import Input, Memory
from forecourt.store import Revision, Store
from forecourt.store.ledger import Ledger

CONTENT, THEME, PROGRAM, SETTINGS, PACKAGES = "content", "theme", "program", "settings", "packages"
"""Groups of inputs; the path of each begins with its group."""

_UNSETTLED = 2 * 10**9  # nanoseconds: the coarsest clock of a file system we know of (FAT)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Asked:
    """What a build is asked to make: from which settings and folders, into which.

    ``settings`` is a digest of what the settings file says, "" where nobody can tell.
    """

    config: Config
    content: Path
    theme: Path
    output: Path
    settings: str
    functions: Mapping[str, Any]
    """JINJA_FILTERS of the settings."""
    plugins: tuple[Path, ...] = ()
    """PLUGIN_PATHS of the settings."""

    @property
    def folders(self) -> dict[str, Path]:
        """The folders that are read, by their group."""
        numbered = {f"{PROGRAM}/{number}": folder for number, folder in enumerate(self.plugins)}
        return {CONTENT: self.content, THEME: self.theme, **numbered}


def asked(config: Config, settings: Mapping[str, Any], output: Path) -> Asked:
    """What a settings file asks for, as ``config.read_settings`` read it."""
    return Asked(
        config,
        config.content,
        config.root / str(settings.get("THEME") or "theme"),
        output,
        _digest_of_values(settings),
        settings.get("JINJA_FILTERS") or {},
        plugin_folders(settings, config.root),
    )


def plugin_folders(settings: Mapping[str, Any], root: Path) -> tuple[Path, ...]:
    """The folders from which Pelican takes plugins, ours among them."""
    return tuple(dict.fromkeys(root / str(each) for each in settings.get("PLUGIN_PATHS") or ()))


def unchanged(asked: Asked, now: datetime, *, dry: bool = False) -> BuildReport | None:
    """The report of the last build, if a build at ``now`` would make the same files; else None.

    With ``dry`` nothing is touched, else new stamps of the same files are kept.
    """
    ledger = Ledger.existing(asked.output)
    if ledger is None:
        return None
    with ledger:
        facts = ledger.facts()
        if not _stands(asked, facts, ledger, now):
            return None
    state = asked.config.state
    last = memory.recall(state, asked.output, lot(facts))
    if last is None or any(due <= now for due in last.waits):
        return None
    found = gather(asked, last)
    if digests(found) != digests(last.inputs):
        return None
    if (
        found != last.inputs and not dry
    ):  # written again and the same, or not yet old enough to be told by its time
        memory.keep(state, asked.output, replace(last, inputs=found))
    return last.report


@dataclass(frozen=True, slots=True)
class Made:
    """What a site was made from, apart from any folder it stands in, so that another machine can tell, too."""

    facts: Mapping[str, str]
    inputs: Mapping[str, str]
    """A digest of each file that was read, by its path."""
    waits: list[datetime]


def made(asked: Asked) -> Made | None:
    """What the site in the output was made from, None where nobody knows, or where it is not whole."""
    ledger = Ledger.existing(asked.output)
    if ledger is None:
        return None
    with ledger:
        facts = ledger.facts()
        is_whole = facts.get("whole") == "yes" and not ledger.pending()
    last = memory.recall(asked.config.state, asked.output, lot(facts))
    kept = {name: facts.get(name, "") for name in ("settings", "config", "now", "revision")}
    return Made(kept, digests(last.inputs), last.waits) if last and is_whole else None


def would_be(asked: Asked, made: Made, now: datetime) -> bool:
    """Whether a build at ``now``, into whatever folder, would make the very site that was ``made``."""
    if any(due <= now for due in made.waits) or not _is_same_world(asked, made.facts, now):
        return False
    return digests(inputs(asked, (), marker(asked.config.state))) == made.inputs


def _stands(asked: Asked, facts: Mapping[str, str], ledger: Ledger, now: datetime) -> bool:
    """Whether all but the files that were read is as it was: the store, the settings, the clock, the output."""
    if facts.get("whole") != "yes" or ledger.pending() or facts.get("front") != front(asked.output):
        return False
    return _is_same_world(asked, facts, now)


def _is_same_world(asked: Asked, facts: Mapping[str, str], now: datetime) -> bool:
    """Whether the store, the settings and the clock are as they were, as far as they change a page."""
    if facts.get("settings") != asked.settings or not asked.settings:
        return False
    if facts.get("config") != config_digest(asked.config):
        return False
    then = datetime.fromisoformat(facts["now"])
    if now < then:
        return False
    try:
        with Store.glance(asked.config.store) as changes:
            return changes is not None and changes.newest() == revision(facts) and not changes.due(then, now)
    except StoreError:
        return False  # the build says what is wrong, and mends it


def gather(asked: Asked, last: Memory | None = None) -> list[Input]:
    """All that a build reads, as it is now; what has the stamp that it had at the last build is not read."""
    if last is None and (ledger := Ledger.existing(asked.output)):
        with ledger:
            last = memory.recall(asked.config.state, asked.output, lot(ledger.facts()))
    return inputs(asked, last.inputs if last else (), marker(asked.config.state))


def lot(facts: Mapping[str, str]) -> str:
    """What tells one build from all others; "" where there was none."""
    return facts.get("lot", "")


def revision(facts: Mapping[str, str]) -> Revision:
    """The revision of the store that was built from."""
    number, _, token = facts["revision"].partition(" ")
    return Revision(int(number), token)


def config_digest(config: Config) -> str:
    """What tells one configuration from another, secrets aside: it holds none."""
    return blake2b(repr(config).encode(), digest_size=12).hexdigest()


def digests(found: Iterable[Input], *groups: str) -> dict[str, str]:
    """What the files of these groups hold, by path; of all where none is named."""
    return {each.path: each.digest for each in found if not groups or each.path.partition("/")[0] in groups}


def marker(state: Path) -> int:
    """The time of this run by the clock of the file system, in nanoseconds; 0 where it cannot be had.

    It is that of a file which a run writes when it begins.
    """
    try:
        return (state / "lock.holder").stat().st_mtime_ns
    except OSError:
        return 0


def inputs(asked: Asked, before: Iterable[Input], since: int) -> list[Input]:
    """All that a build reads, but the store, each with its stamp and its digest.

    What has the stamp it had ``before`` is not read. A file that was written shortly before
    ``since``, or later, could be written again within the same tick of the clock: it gets no stamp.
    """
    found = []
    of_before = {each.path: each for each in before}
    for path, file in _files(asked):
        stamp = _stamp(file)
        known = of_before.get(path)
        if known and stamp and known.stamp == stamp:
            found.append(known)
            continue
        try:
            digest = _digest(file)
        except OSError:
            continue  # it went away meanwhile
        found.append(Input(path, stamp if stamp and _age(file) < since - _UNSETTLED else "", digest))
    return found


def _files(asked: Asked) -> Iterator[tuple[str, Path]]:
    for group, folder in asked.folders.items():
        yield from ((f"{group}/{name}", path) for name, path in below(folder, group))
    for path in sorted(asked.config.root.glob("*.py")):
        yield f"{SETTINGS}/{path.name}", path
    packages = find_spec("jinja2")
    if packages and packages.origin:
        yield PACKAGES, Path(packages.origin).parents[1]


def below(folder: Path, group: str) -> Iterator[tuple[str, Path]]:
    """Every file below the folder, in order, through links, too; hidden ones where they are of the site: in a theme."""
    yield from _below(folder, ("__pycache__",) if group == THEME else ("__pycache__", "."), frozenset(), "")


def _below(
    folder: Path, ignored: tuple[str, ...], above: frozenset[tuple[int, int]], prefix: str
) -> Iterator[tuple[str, Path]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        stat = folder.stat()
    except OSError:
        return
    if (stat.st_dev, stat.st_ino) in above:  # a link that leads round
        return
    for entry in entries:
        if entry.name.startswith(ignored):
            continue
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
            entry.name.encode()
        except (
            OSError,
            UnicodeEncodeError,
        ):  # leads to itself, or has a name of another century; its reader says so
            continue
        if is_folder:
            within = above | {(stat.st_dev, stat.st_ino)}
            yield from _below(Path(entry.path), ignored, within, f"{prefix}{entry.name}/")
        elif is_file:
            yield f"{prefix}{entry.name}", Path(entry.path)


def _stamp(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def _age(path: Path) -> int:
    stat = path.stat()
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


def note(state: Path, now: datetime) -> None:
    """Note when the site was last seen to be what it shall be, for ``last_built``."""
    with suppress(OSError):  # a nicety
        (state / "built").write_text(now.astimezone(UTC).isoformat(), encoding="ascii")


def last_built(state: Path) -> datetime | None:
    """When a build last ended well, whether or not it found anything to do."""
    try:
        return datetime.fromisoformat((state / "built").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def front(output: Path) -> str:
    """What tells whether the home page is the file that the last build left."""
    return " ".join(_stamp(output / "index.html").split()[:2])  # size and time: a copied site is the same


def _digest(path: Path) -> str:
    digest = blake2b(digest_size=12)
    if path.is_dir():  # where packages are installed: their names say their versions
        installed = sorted(each.name for each in os.scandir(path) if each.name.endswith(".dist-info"))
        digest.update("\n".join([sys.version, *installed]).encode())
        return digest.hexdigest()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _digest_of_values(settings: Mapping[str, Any]) -> str:
    values = "\n".join(f"{name} = {_written(value)}" for name, value in sorted(settings.items()))
    return blake2b(values.encode(), digest_size=12).hexdigest()


def _written(value: Any) -> str:
    """A setting as text: the same for the same value in every process."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_written(each)}' for key, each in value.items())}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_written, value)))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return _ADDRESS.sub("", repr(value))
