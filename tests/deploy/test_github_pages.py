"""GitHub Pages: a commit for each release on a branch that others may push to as well; against a bare repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from forecourt.deploy import manifest, planning, publishing
from forecourt.deploy.hosted import RECORD
from forecourt.deploy.records import Release
from forecourt.deploy.targets import Shipment, github_pages
from forecourt.errors import Busy, PublishError, SettingsError
from tests.deploy.fakes.hosting import CANARY, OURS, Killed, Small, digests, of

OLD = {"index.html": "<p>one", "news/a/index.html": "<p>a", "theme/main.11aa.css": "a{}"}
NEW = {"index.html": "<p>two", "news/a/index.html": "<p>a", "theme/main.22bb.css": "b{}"}

if shutil.which("git") is None and not os.environ.get("CI"):
    pytest.skip("git is not installed", allow_module_level=True)


class Repository:
    """A bare repository as the host has it, and a clone as this machine has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare, self.clone = folder / "bare.git", folder / "clone"
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        self.git("init", "--quiet", "--bare", str(self.bare), cwd=folder)
        self.cloned(self.clone)

    def cloned(self, to: Path, *options: str) -> None:
        self.git("clone", "--quiet", *options, self.bare.as_uri(), str(to), cwd=self.folder)

    def git(self, *words: str, cwd: Path | None = None, told: bytes = b"") -> bytes:
        author = {
            f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        return subprocess.run(
            ["git", *words],
            cwd=cwd or self.bare,
            env=self.environ | author,
            input=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        ).stdout

    def target(self, **options: object) -> github_pages.GitHubPages:
        given = {"repository": str(self.clone), "environ": self.environ}
        return github_pages.TARGET(**{**given, **options})  # type: ignore[arg-type]  # options as a setting gives them

    def tree(self, branch: str = "gh-pages") -> dict[str, bytes]:
        names = self.git("ls-tree", "-r", "-z", "--name-only", branch).decode().split("\0")[:-1]
        return {name: self.git("show", f"{branch}:{name}") for name in names}

    def commits(self) -> list[str]:
        return self.git("log", "--format=%s", "gh-pages").decode().splitlines()

    def push(self, path: str, text: str) -> str:
        """Push as somebody else would."""
        blob = self.git("hash-object", "-w", "--stdin", told=text.encode()).decode().strip()
        tree = self.git("mktree", told=f"100644 blob {blob}\t{path}\n".encode()).decode().strip()
        commit = self.git("commit-tree", tree, "-m", "by hand").decode().strip()
        self.git("update-ref", "refs/heads/gh-pages", commit)
        return commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    small = Small(tmp_path)
    small.write(OLD)
    return small


def shown(repository: Repository) -> Mapping[str, str]:
    return digests(repository.tree())


def test_the_first_publish_makes_the_branch(repository: Repository, small: Small, now: datetime) -> None:
    small.publish(repository.target(cname="hub.larkwood.example"), now)
    tree = repository.tree()
    assert digests(tree) == of(OLD)
    assert {path for path in tree if path in OURS} == {RECORD, ".nojekyll", "CNAME"}
    assert tree["CNAME"] == b"hub.larkwood.example"
    assert repository.git("log", "-1", "--format=%an %cI", "gh-pages").decode().split()[0] == "Forecourt"


def test_afterwards_exactly_what_differs_is_new_in_the_repository(
    repository: Repository, small: Small, now: datetime
) -> None:
    small.publish(repository.target(), now)
    small.write(OLD | {"index.html": "<p>with b", "news/b/index.html": "<p>b"})
    small.publish(repository.target(), now + timedelta(minutes=15))
    differ = repository.git("diff", "--name-only", "gh-pages~1", "gh-pages").decode().split()
    assert sorted(differ) == [RECORD, "index.html", "news/b/index.html"]
    lines = repository.git("diff", "--numstat", "gh-pages~1", "gh-pages", "--", RECORD).decode().split()
    assert int(lines[0]) <= 4, "of the record, too, only what differs is new"


def test_what_is_there_already_makes_no_commit(repository: Repository, small: Small, now: datetime) -> None:
    small.publish(repository.target(), now)
    assert small.publish(repository.target(), now + timedelta(minutes=15)).is_nothing
    assert len(repository.commits()) == 1


def test_what_left_the_site_stays_for_its_grace(repository: Repository, small: Small, now: datetime) -> None:
    small.publish(repository.target(), now)
    small.write(NEW)
    small.publish(repository.target(), now + timedelta(minutes=15))
    assert shown(repository) == of(OLD | NEW)
    small.publish(repository.target(), now + timedelta(days=2))
    assert shown(repository) == of(NEW)


def test_a_former_release_comes_back_byte_for_byte(
    repository: Repository, small: Small, now: datetime
) -> None:
    first = small.publish(repository.target(), now).release
    before = repository.tree()
    small.write(NEW)
    second = small.publish(repository.target(), now + timedelta(minutes=15)).release
    listed = publishing.releases(repository.target(), now)
    assert [(one.id, one.changed) for one in listed] == [(second.id, (1, 1, 1)), (first.id, (3, 0, 0))]
    assert publishing.rollback(repository.target(), "1", now + timedelta(hours=1)) == first
    assert repository.tree() == before
    assert len(repository.commits()) == 3, "what was published stays in the history"
    assert [one.id for one in publishing.releases(repository.target(), now)] == [first.id, second.id]
    assert publishing.rollback(repository.target(), second.id, now + timedelta(hours=2)) == second
    assert shown(repository) == of(OLD | NEW)


def test_what_somebody_else_pushed_meanwhile_is_not_written_over(
    repository: Repository, small: Small, now: datetime
) -> None:
    small.publish(repository.target(), now)
    small.write(NEW)
    with repository.target().opened(now) as remote:
        theirs = repository.push("index.html", "theirs")
        with pytest.raises(Busy, match="somebody else pushed to gh-pages of origin meanwhile"):
            remote.send(_shipment(small, remote.live, now + timedelta(minutes=15)), publishing.silent)
    assert repository.git("rev-parse", "gh-pages").decode().strip() == theirs
    small.publish(repository.target(), now + timedelta(minutes=30))
    assert shown(repository) == of(NEW), "the next publish takes its place on top"
    assert repository.commits()[1] == "by hand"


def test_a_branch_that_somebody_began_meanwhile_is_not_written_over(
    repository: Repository, small: Small, now: datetime
) -> None:
    with repository.target().opened(now) as remote:
        theirs = repository.push("index.html", "theirs")
        with pytest.raises(Busy, match="somebody else pushed"):
            remote.send(_shipment(small, remote.live, now), publishing.silent)
    assert repository.git("rev-parse", "gh-pages").decode().strip() == theirs


def _shipment(small: Small, live: Release | None, now: datetime) -> Shipment:
    files = manifest.scan(small.output, small.output.with_name("digests"))
    return Shipment(*planning.plan(files, live, (), now), small.output)


def test_two_at_once_from_one_clone_one_works_and_the_other_says_so(
    repository: Repository, small: Small, now: datetime
) -> None:
    with repository.target().opened(now), pytest.raises(Busy, match="another run publishes from"):
        small.publish(repository.target(), now)
    small.publish(repository.target(), now)


def test_killed_at_any_command_the_old_site_stays_whole_and_the_next_publish_completes(
    repository: Repository, small: Small, now: datetime
) -> None:
    small.publish(repository.target(), now)
    run = subprocess.run
    for step in range(1, 40):
        new = NEW | {"index.html": f"<p>{step}"}
        small.write(new)
        before = shown(repository)
        at = now + timedelta(days=3 * step)
        count = 0

        def counted(*words: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count >= step:  # noqa: B023 - it is called within this turn
                raise Killed
            return run(*words, **options)  # type: ignore[call-overload]  # handed through

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subprocess, "run", counted)
            try:
                small.publish(repository.target(), at)
                killed = False
            except Killed:
                killed = True
        if not killed:
            break
        assert shown(repository) == before or shown(repository)["index.html"] == of(new)["index.html"]
        small.publish(repository.target(), at + timedelta(minutes=15))
        assert shown(repository)["index.html"] == of(new)["index.html"]
    assert step > 8


@pytest.mark.parametrize("depth", [[], ["--depth=1"]])
def test_the_branch_does_not_grow_for_ever(
    repository: Repository, small: Small, now: datetime, tmp_path: Path, depth: list[str]
) -> None:
    repository.push("README", "by hand")
    repository.git("update-ref", "refs/heads/master", "refs/heads/gh-pages")
    clone = tmp_path / "ci"
    repository.cloned(clone, *depth, "--branch=master")
    target = repository.target(history=3, repository=str(clone))
    made = []
    for number in range(9):
        small.write(OLD | {"index.html": f"<p>{number}"})
        made.append(small.publish(target, now + timedelta(minutes=15 * number)).release)
        assert len(repository.commits()) <= 6 + 1
    listed = [one.id for one in publishing.releases(target, now)]
    assert listed == [one.id for one in made[::-1]][: len(listed)]
    assert len(listed) >= 3
    assert "by hand" not in repository.commits()
    when = repository.git("log", "-1", "--format=%ct", "gh-pages~1").decode()
    assert int(when) == int(made[-2].at.timestamp()), "a commit that was written anew keeps its moment"
    assert publishing.rollback(target, "2", now + timedelta(days=1)).id == made[-3].id
    assert repository.tree()["index.html"] == b"<p>6"
    small.publish(target, now + timedelta(days=1, minutes=15))
    assert repository.tree()["index.html"] == b"<p>8"


def test_the_clone_keeps_its_own_branches_and_files(
    repository: Repository, small: Small, now: datetime
) -> None:
    (repository.clone / "work.txt").write_text("mine")
    small.publish(repository.target(), now)
    assert repository.git("branch", "--list", cwd=repository.clone) == b""
    assert repository.git("status", "--short", cwd=repository.clone) == b"?? work.txt\n"


def test_an_address_may_be_named_instead_of_a_remote(
    repository: Repository, small: Small, now: datetime
) -> None:
    small.publish(repository.target(remote=repository.bare.as_uri(), branch="site"), now)
    assert digests(repository.tree("site")) == of(OLD)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"remote": "nowhere"},
            "ls-remote failed for gh-pages of nowhere: .*look whether this machine may push",
        ),
        ({"repository": "/nonexistent"}, "git cannot be run in /nonexistent: .*look whether it is installed"),
        ({"environ": {"PATH": "/nonexistent"}}, "git cannot be run"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    repository: Repository, small: Small, now: datetime, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(PublishError, match=sentence):
        small.publish(repository.target(**options), now)


def test_a_host_that_refuses_the_push_is_quoted(repository: Repository, small: Small, now: datetime) -> None:
    hook = repository.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho the branch is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(
        PublishError, match=r"push failed for gh-pages of origin: .*the branch is protected"
    ) as caught:
        small.publish(repository.target(), now)
    assert not isinstance(caught.value, Busy)
    hook.unlink()
    small.publish(repository.target(), now)
    assert shown(repository) == of(OLD)


def test_the_token_of_an_address_is_in_no_error(
    repository: Repository, small: Small, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    remote = f"http://x-access-token:{CANARY}@127.0.0.1:9/larkwood/hub.git"
    with pytest.raises(PublishError, match=r"127\.0\.0\.1:9/larkwood/hub\.git") as caught:
        small.publish(repository.target(remote=remote), now)
    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert CANARY not in said


def test_a_domain_that_was_named_in_the_hosts_settings_stays(
    repository: Repository, small: Small, now: datetime
) -> None:
    small.publish(repository.target(), now)
    blob = repository.git("hash-object", "-w", "--stdin", told=b"hub.larkwood.example").decode().strip()
    tree = repository.git("ls-tree", "gh-pages") + f"100644 blob {blob}\tCNAME\n".encode()
    made = repository.git("mktree", told=tree).decode().strip()
    commit = repository.git("commit-tree", made, "-p", "gh-pages", "-m", "Create CNAME").decode().strip()
    repository.git(
        "update-ref", "refs/heads/gh-pages", commit
    )  # as GitHub does, where somebody saves a domain there
    small.write(NEW)
    small.publish(repository.target(), now + timedelta(minutes=15))
    assert repository.tree()["CNAME"] == b"hub.larkwood.example"
    small.publish(repository.target(cname="other.example"), now + timedelta(minutes=30))
    assert repository.tree()["CNAME"] == b"other.example", "though nothing else differs"
    assert small.publish(repository.target(cname="other.example"), now + timedelta(minutes=45)).is_nothing


@pytest.mark.parametrize("history", [0, -1])
def test_a_history_of_nothing_is_refused_before_it_takes_the_branch_with_it(
    repository: Repository, small: Small, now: datetime, history: int
) -> None:
    small.publish(repository.target(), now)
    with pytest.raises(SettingsError, match=r"history.*1 or more"):
        repository.target(history=history)
    assert digests(repository.tree()) == of(OLD)
