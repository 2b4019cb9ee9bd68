"""GitHub Pages, or any host that shows a branch of a git repository; through ghp-import.

Each publish is a commit on the branch, so it becomes live as a whole. The push says
which commit it takes the place of: what somebody else pushed meanwhile is never lost,
and of two publishes at once the second says so. git sends what the other side lacks.

A site that is published every quarter of an hour makes 35,000 commits a year. When the
branch holds twice as many as ``history``, it is written anew with the newest ones alone.

The host sets the headers, which nobody else can. The pages say their policy themselves.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from forecourt.deploy import hosted
from forecourt.deploy.hosted import RECORD, Record
from forecourt.deploy.records import File, Release
from forecourt.deploy.targets import Heard, Remote, Shipment
from forecourt.errors import Busy, PublishError

_LIVE = "refs/forecourt/live"
_NEW = "forecourt-publishing"
_DOMAIN = "CNAME"
_OVERTAKEN = ("stale info", "fetch first", "non-fast-forward", "cannot lock ref")


@dataclass(frozen=True)
class GitHubPages:
    """A branch of a git repository that is shown as a site."""

    environ: Mapping[str, str] = field(repr=False)
    repository: str = "."
    """A clone on this machine: what may push from there may publish."""
    remote: str = "origin"
    """Where to push: its name in that clone, or an address."""
    branch: str = "gh-pages"
    cname: str = ""
    """The site's own domain, if it has one."""
    history: int = 100
    """Releases that can be brought back at the least."""
    patience: int = 900
    """Seconds for one command of git."""
    limits: Sequence[tuple[str, int]] = field(
        default=(("bytes of a file", 100 * 2**20), ("bytes", 10**9)), init=False
    )

    def __post_init__(self) -> None:
        hosted.see_history(self.history)

    @contextmanager
    def opened(self, now: datetime) -> Iterator[Remote]:
        """Keep others on this machine away, and read what the branch holds."""
        git = _Git(self)
        folder = Path(self.repository, git.line("rev-parse", "--git-common-dir"))
        try:
            with FileLock(folder / "forecourt.lock", timeout=0):
                yield _Remote(self, git, folder / "forecourt-site")
        except Timeout:
            raise Busy(
                f"another run publishes from {self.repository}; it does what this one would have done"
            ) from None


class _Remote:
    """The branch for the time of one publish."""

    unsure: frozenset[str] = frozenset()

    def __init__(self, target: GitHubPages, git: _Git, folder: Path) -> None:
        self._target, self._git, self._folder = target, git, folder
        self._is_shallow = git.line("rev-parse", "--is-shallow-repository") == "true"
        self._tip = self._fetched(1) if self._there() else ""
        data = git.file(self._tip, RECORD) if self._tip else None
        self._record = None if data is None else hosted.read(data, f"the branch {target.branch}")
        self.live = self._record.release if self._record else None
        self._domain = git.file(self._tip, _DOMAIN) if self._tip else None
        self.owes = (
            bool(target.cname and self.live) and (self._domain or b"").strip() != target.cname.encode()
        )

    def releases(self) -> Sequence[Release]:
        """Those that the branch holds, newest first, without their files."""
        return hosted.listed((release for _, release in self._ours()), self.live)

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """Commit the release and push it."""
        if hosted.is_done(self.live, shipment.release, self._target.history) and not self.owes:
            return
        release = hosted.without(shipment.release, hosted.in_the_way(shipment.release), "the branch")
        here, leaving = hosted.parted(release)
        kept = self._git.files(self._tip, leaving) if leaving else {}
        release = hosted.without(release, {file.path for file in leaving} - {*kept}, "the branch")
        number = self._record.number + 1 if self._record else 1
        is_long = number >= 2 * self._target.history
        record = hosted.written(Record(release, self._target.history if is_long else number))
        hosted.stage(self._folder, here, shipment.output, {**kept, **self._named(here), RECORD: record})
        commit = self._committed(release)
        self._push(self._shortened(commit) if is_long else commit)
        self.live = release
        heard(shipment.plan.sent, shipment.plan.size)

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """Commit what a former release held on top of what is there."""
        found = next((commit for commit, release in self._ours() if release.id == name), None)
        data = self._git.file(found, RECORD) if found else None
        if not found or data is None:
            raise PublishError(
                f"the branch {self._target.branch} does not hold {name} any more; invoke releases lists those it does"
            )
        release = hosted.read(data, f"{name} on the branch {self._target.branch}").release
        self._push(
            self._git.commit(f"{found}^{{tree}}", self._tip, hosted.title(release), int(now.timestamp()))
        )
        return release

    def _named(self, here: Sequence[File]) -> dict[str, bytes]:
        """The file of the site's own domain, where somebody named that in GitHub's settings: GitHub commits it itself.

        Without it the site would be off its domain.
        """
        if self._domain is None or self._target.cname or any(file.path == _DOMAIN for file in here):
            return {}
        return {_DOMAIN: self._domain}

    def _there(self) -> bool:
        """Whether the branch is there."""
        return bool(self._git.line("ls-remote", self._target.remote, f"refs/heads/{self._target.branch}"))

    def _fetched(self, depth: int) -> str:
        """The newest commit of the branch, with so many before it where the clone holds no history itself."""
        deep = [f"--depth={depth}"] if self._is_shallow else []
        ref = f"+refs/heads/{self._target.branch}:{_LIVE}"
        self._git("fetch", "--quiet", "--no-tags", *deep, self._target.remote, ref)
        return self._git.line("rev-parse", _LIVE)

    def _ours(self) -> list[tuple[str, Release]]:
        """The commits of the branch that are releases, newest first."""
        if not self._tip:
            return []
        if self._is_shallow:
            self._fetched(2 * self._target.history)
        lines = self._git("log", "--first-parent", "--format=%H %s", self._tip).decode().splitlines()
        named = ((line[:40], hosted.from_title(line[41:])) for line in lines)
        return [(commit, release) for commit, release in named if release]

    def _committed(self, release: Release) -> str:
        """A commit of the staged folder on top of the branch."""
        target = self._target
        if self._tip:
            self._git("update-ref", f"refs/heads/{_NEW}", self._tip)
        else:
            self._git("update-ref", "-d", f"refs/heads/{_NEW}")
        words = ["-n", "-b", _NEW, "-r", target.remote, "-m", hosted.title(release)]
        words += ["-c", target.cname] if target.cname else []
        command = [sys.executable, "-m", "ghp_import", *words, str(self._folder.resolve())]
        self._git.run(command, GIT_COMMITTER_DATE=f"{release.at:%a, %d %b %Y %H:%M:%S %z}")
        return self._git.line("rev-parse", f"refs/heads/{_NEW}")

    def _shortened(self, commit: str) -> str:
        """The newest commits alone, as a history of their own."""
        if self._is_shallow:
            self._fetched(self._target.history)
        lines = (
            self._git("log", "--first-parent", f"-{self._target.history}", "--format=%T %ct %s", commit)
            .decode()
            .splitlines()
        )
        parent = ""
        for line in reversed(lines):
            tree, at, words = line.split(" ", 2)
            parent = self._git.commit(tree, parent, words, int(at))
        return parent

    def _push(self, commit: str) -> None:
        """Have the branch point there, if it still is where it was."""
        branch = f"refs/heads/{self._target.branch}"
        self._git(
            "push",
            "--porcelain",
            f"--force-with-lease={branch}:{self._tip}",
            self._target.remote,
            f"{commit}:{branch}",
        )
        self._git("update-ref", _LIVE, commit)
        self._git("update-ref", "-d", f"refs/heads/{_NEW}")
        self._tip = commit


class _Git:
    """git in the clone, with the environment of the run."""

    def __init__(self, target: GitHubPages) -> None:
        self._target = target
        self._environ = {
            "GIT_AUTHOR_NAME": "Forecourt",
            "GIT_AUTHOR_EMAIL": "forecourt@localhost",
            "GIT_COMMITTER_NAME": "Forecourt",
            "GIT_COMMITTER_EMAIL": "forecourt@localhost",
            **target.environ,
            "GIT_TERMINAL_PROMPT": "0",  # a question would wait for ever
            "LC_ALL": "C",
        }

    def __call__(self, *words: str, told: bytes = b"", **environ: str) -> bytes:
        """What a command of git prints. Raises Busy where somebody else pushed meanwhile, or PublishError."""
        return self.run(["git", *words], told, **environ)

    def line(self, *words: str) -> str:
        return self(*words).decode().strip()

    def run(self, command: Sequence[str], told: bytes = b"", **environ: str) -> bytes:
        """What a command prints that works in the clone."""
        try:
            done = subprocess.run(
                command,
                cwd=self._target.repository,
                env=self._environ | environ,
                input=told,
                capture_output=True,
                timeout=self._target.patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PublishError(
                f"git did not finish in {self._target.patience} s; "
                f"look whether {self._name} can be reached, and run again"
            ) from None
        except OSError as error:
            raise PublishError(
                f"git cannot be run in {self._target.repository}: {error.strerror}; "
                "look whether it is installed, and whether the option repository is right"
            ) from error
        if done.returncode:
            raise self._failure(command, (done.stdout + done.stderr).decode("utf-8", "replace"))
        return done.stdout

    def file(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file of a commit, None where it has none."""
        return self._blobs([f"{commit}:{path}"])[0]

    def files(self, commit: str, files: Sequence[File]) -> dict[str, bytes]:
        """Those of the files that the commit has, with the same bytes."""
        blobs = self._blobs([f"{commit}:{file.path}" for file in files])
        return {
            file.path: data
            for file, data in zip(files, blobs, strict=True)
            if data is not None and hosted.is_whole(file, data)
        }

    def commit(self, tree: str, parent: str, words: str, at: int) -> str:
        """A new commit, of a moment in seconds since 1970."""
        after = ["-p", parent] if parent else []
        moment = f"{at} +0000"
        made = self(
            "commit-tree",
            tree,
            *after,
            told=words.encode(),
            GIT_AUTHOR_DATE=moment,
            GIT_COMMITTER_DATE=moment,
        )
        return made.decode().strip()

    def _blobs(self, names: Sequence[str]) -> list[bytes | None]:
        printed = self("cat-file", "--batch", told="".join(f"{name}\n" for name in names).encode())
        found: list[bytes | None] = []
        place = 0
        for _ in names:
            end = printed.index(b"\n", place)
            head, place = printed[place:end], end + 1
            if head.endswith(b" missing"):
                found.append(None)
                continue
            size = int(head.rpartition(b" ")[2])
            found.append(printed[place : place + size])
            place += size + 1
        return found

    @property
    def _name(self) -> str:
        return hosted.cleaned(self._target.remote, ())

    def _failure(self, command: Sequence[str], said: str) -> PublishError | Busy:
        if "push" in command and any(sign in said for sign in _OVERTAKEN):
            return Busy(
                f"somebody else pushed to {self._target.branch} of {self._name} meanwhile: nothing of theirs was "
                "written over, and nothing of this run became live; run again"
            )
        step = command[1] if command[0] == "git" else "ghp-import"
        return PublishError(
            f"{step} failed for {self._target.branch} of {self._name}: {hosted.cleaned(said, ())}; "
            "look whether this machine may push there, and run again"
        )


TARGET = GitHubPages
