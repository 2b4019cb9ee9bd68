"""A branch of a git repository as a place, for those who publish to one and have nothing else.

    {"place": "git", "url": "https://github.com/larkwood/hub-state"}

The branch has one commit, which each write replaces, so that nothing grows but what is kept. It must be a
repository that only those may read who may read all that is kept. STATE_TOKEN of the environment lets us in at an
``https`` address, and GITHUB_TOKEN at one of GitHub's; without them git finds its own way in. Hosts refuse large
files: a larger one stands there in several. A git command that takes longer than ``patience`` seconds (120) is ended,
and the run says so: 64 MB need 4.5 Mbit/s for that.

A write depends on the branch being as it was read: where another run came first, it is looked at anew whether
that changed the very file.
"""

from __future__ import annotations

import re
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TypeVar

import stamina

from forecourt.errors import Overtaken, PlaceError
from forecourt.places import Kept
from forecourt.places.folder import checked, overtaken
from forecourt.shell import TRIES, finished, last_line, too_long

_T = TypeVar("_T")
_PART = re.compile(r"(.+)~\d{4}")
_FINAL = (
    "Authentication failed", "Permission denied", "could not read Username", "not found", "does not exist",
    "does not appear to be a git repository", "Host key verification failed", "denied to", "protected branch",
    "pre-receive hook declined", "error: 403",
)  # fmt: skip
"""What git says where another try will not help."""


class _Failed(Exception):
    """Git failed as it may when a network does: worth another try."""


class _Refused(Exception):
    """Git failed as it would again."""


class _Beaten(Exception):
    """Another run wrote the branch between our look at it and our write."""


@dataclass(frozen=True)
class Git:
    """A place that is a branch; it is made where it is missing."""

    url: str = field(repr=False)
    branch: str = "forecourt-state"
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    largest: int = 95 * 2**20
    """Bytes of a file that the host takes: GitHub refuses 100 MB."""
    patience: float = 120.0
    """Seconds that a git command may take."""

    def __str__(self) -> str:
        return f"{re.sub('//[^/]*@', '//', self.url)} ({self.branch})"

    def read(self, name: str) -> Kept | None:
        """See Place."""

        def told(copy: _Copy) -> Kept | None:
            blobs = copy.files.get(checked(name))
            return Kept(b"".join(map(copy.blob, blobs)), _token(blobs)) if blobs else None

        return self._done(told)

    def fetch(self, name: str, into: Path) -> bool:
        """See Place."""

        def told(copy: _Copy) -> bool:
            blobs = copy.files.get(checked(name), ())
            if blobs:
                with into.open("wb") as written:
                    for blob in blobs:
                        copy.git("cat-file", "blob", blob, out=written)
            return bool(blobs)

        return self._done(told)

    def write(self, name: str, body: bytes | Path, *, over: str | None = None) -> str:
        """See Place."""
        checked(name)
        unheard = False

        def told(copy: _Copy) -> str:
            nonlocal unheard
            blobs = list(copy.added(body, self.largest))
            is_there = copy.files.get(name, ())
            # Of a try whose answer was lost on the way we meet our own file.
            if unheard and _token(is_there) == _token(blobs):
                return _token(blobs)
            if over is not None and over != _token(is_there):
                raise Overtaken(overtaken(self, name))
            unheard = True
            try:
                copy.replace({**copy.files, name: blobs})
            except _Beaten:
                unheard = False
                raise
            return _token(blobs)

        return self._done(told)

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Place."""
        yield from sorted(name for name in self._done(lambda copy: copy.files) if name.startswith(prefix))

    def remove(self, names: Iterable[str]) -> None:
        """See Place."""
        going = set(map(checked, names))

        def told(copy: _Copy) -> None:
            if going & copy.files.keys():
                copy.replace({name: blobs for name, blobs in copy.files.items() if name not in going})

        if going:
            self._done(told)

    def _done(self, told: Callable[[_Copy], _T]) -> _T:
        """What comes of it with a copy of the branch as it is; again with a new copy where it was in vain."""
        try:
            for attempt in stamina.retry_context(
                on=(_Failed, _Beaten), attempts=2 * TRIES, timeout=60, wait_initial=0.1, wait_max=15
            ):
                with attempt, TemporaryDirectory(prefix="forecourt-") as folder:
                    return told(_Copy(Path(folder), self))
        except (_Failed, _Beaten, _Refused) as error:
            said = str(error).replace(self.url, str(self))
            raise PlaceError(f"{self} cannot be read or written: {said}; mend that and run again") from None
        except OSError as error:
            raise PlaceError(
                f"{self}: {error.filename}: {error.strerror}; mend that and run again"
            ) from error
        raise AssertionError  # stamina gives an attempt or raises


class _Copy:
    """The branch as it is now, without its large bytes: those come when they are asked for."""

    def __init__(self, folder: Path, place: Git) -> None:
        self._folder, self._branch, self._patience = folder, f"refs/heads/{place.branch}", place.patience
        self.git("init", "--quiet", "--bare", ".")
        with (folder / "config").open("a", encoding="utf-8") as config:  # where no list of processes shows it
            config.write(_settings(place))
        tip = self.git("ls-remote", "origin", self._branch).decode().split()
        self._tip = tip[0] if tip else ""
        self.files: Mapping[str, Sequence[str]] = self._listed() if self._tip else {}
        """The blobs of each file, in their order."""

    def git(self, *words: str, sent: bytes = b"", out: IO[bytes] | None = None) -> bytes:
        """Run git, and give what it says."""
        try:
            done = finished(
                ["git", f"--git-dir={self._folder}", *words],
                self._patience,
                sent=sent,
                out=out,
                cwd=self._folder,
            )
        except FileNotFoundError as error:
            raise _Refused("git is not installed here") from error
        except subprocess.TimeoutExpired as error:
            raise _Refused(f"git {words[0]}: {too_long(error)}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace")
            why = next(
                (last_line(line) for line in said.splitlines() if line.startswith(("fatal:", "error:"))), ""
            )
            refused = any(final in said for final in _FINAL)
            if "[rejected]" in said or "cannot lock ref" in said:
                raise _Beaten("other runs write there all the time")
            raise (_Refused if refused else _Failed)(why or last_line(said))
        return done.stdout

    def blob(self, name: str) -> bytes:
        """The bytes of a blob."""
        return self.git("cat-file", "blob", name)

    def added(self, body: bytes | Path, largest: int) -> Iterator[str]:
        """Write what is to be kept into the copy; its blobs."""
        with BytesIO(body) if isinstance(body, bytes) else body.open("rb") as read:
            part = read.read(largest)
            while True:
                yield self.git("hash-object", "-w", "--stdin", sent=part).decode().strip()
                part = read.read(largest)
                if not part:
                    return

    def replace(self, files: Mapping[str, Sequence[str]]) -> None:
        """Have one commit with these files, where the branch is still as it was."""
        lines = []
        for name, blobs in files.items():
            names = [name] if len(blobs) == 1 else [f"{name}~{number:04}" for number in range(len(blobs))]
            lines += [f"100644 {blob}\t{path}\n" for blob, path in zip(blobs, names, strict=True)]
        self.git("update-index", "--index-info", sent="".join(lines).encode())
        tree = self.git("write-tree", "--missing-ok").decode().strip()
        commit = self.git("commit-tree", "-m", "What is kept", tree).decode().strip()
        self.git(
            "push",
            "--quiet",
            f"--force-with-lease={self._branch}:{self._tip}",
            "origin",
            f"{commit}:{self._branch}",
        )

    def _listed(self) -> dict[str, list[str]]:
        self.git("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", self._tip)
        files: dict[str, list[str]] = {}
        for line in self.git("ls-tree", "-r", "-z", self._tip).decode().split("\0")[:-1]:
            how, _, name = line.partition("\t")
            part = _PART.fullmatch(name)
            files.setdefault(part[1] if part else name, []).append(how.split()[2])
        return files


def _settings(place: Git) -> str:
    """Where the branch is, and how we get in."""
    lines = [
        '[remote "origin"]',
        f"url = {_quoted(place.url)}",
        "[user]",
        "name = Forecourt",
        "email = forecourt@localhost",
    ]
    lines += ["[gc]", "auto = 0", "[commit]", "gpgSign = false"]
    # Stripped: a safe of CI keeps the end of the line that was pasted into it.
    token = place.environ.get("STATE_TOKEN", "").strip()
    if place.url.startswith("https://github.com/"):
        token = token or place.environ.get("GITHUB_TOKEN", "").strip()
    if token and place.url.startswith("https://"):
        word = b64encode(f"x-access-token:{token}".encode()).decode()
        lines += ["[http]", f"extraHeader = {_quoted(f'Authorization: Basic {word}')}"]
    return "\n".join([*lines, ""])


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _token(blobs: Sequence[str]) -> str:
    return "-".join(blobs)


PLACE = Git
