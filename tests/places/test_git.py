"""What is peculiar to a branch as a place: it does not grow, and its token is not told."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from forecourt.errors import PlaceError
from forecourt.places.git import Git, _settings
from tests.sshd import program

TOKEN = {"STATE_TOKEN": "s3cr3t-t0ken", "GITHUB_TOKEN": "g1thub-t0ken"}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    subprocess.run([program("git"), "init", "--quiet", "--bare", tmp_path / "bare.git"], check=True)
    return tmp_path / "bare.git"


def said(bare: Path, *words: str) -> list[str]:
    done = subprocess.run(["git", f"--git-dir={bare}", *words], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_the_branch_has_one_commit_and_other_branches_stay_as_they_are(bare: Path) -> None:
    other = Git(str(bare), branch="gh-pages")
    other.write("index.html", b"site")
    before = said(bare, "rev-parse", "gh-pages")
    place = Git(str(bare))
    for number in range(3):
        place.write("state.json", b"%d" % number)
    assert said(bare, "rev-list", "--count", "forecourt-state") == ["1"]
    assert said(bare, "show", "forecourt-state:state.json") == ["2"]
    assert said(bare, "rev-parse", "gh-pages") == before


def test_a_file_larger_than_the_host_takes_stands_there_in_several(bare: Path) -> None:
    place = Git(str(bare), largest=10)
    place.write("pack", b"0123456789abcdefghijXYZ")
    assert said(bare, "ls-tree", "--name-only", "forecourt-state") == ["pack~0000", "pack~0001", "pack~0002"]
    place.write("pack", b"short")
    assert said(bare, "ls-tree", "--name-only", "forecourt-state") == ["pack"]


def test_a_repository_that_is_not_there_is_named_without_what_lets_us_in(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="does not appear to be a git repository") as error:
        Git(str(tmp_path / "nowhere.git"), environ=TOKEN).read("state.json")
    assert "s3cr3t" not in str(error.value) + repr(Git("x", environ=TOKEN))
    assert str(Git("https://me:s3cr3t@git.example/hub")) == "https://git.example/hub (forecourt-state)"
    assert "s3cr3t" not in repr(Git("https://me:s3cr3t@git.example/hub"))


def test_what_lets_us_in_is_sent_over_tls_alone_and_githubs_to_github_alone() -> None:
    def word(url: str, **environ: str) -> str:
        said = _settings(Git(url, environ=environ)).partition("Authorization: Basic ")[2].partition('"')[0]
        return b64decode(said).decode()

    assert word("https://github.com/a/b", GITHUB_TOKEN="g") == "x-access-token:g"
    assert word("https://github.com/a/b", **TOKEN) == "x-access-token:s3cr3t-t0ken"
    assert word("https://x.example/b", STATE_TOKEN="pasted\r\n") == "x-access-token:pasted"
    assert word("https://git.example/a/b", GITHUB_TOKEN="g") == ""
    assert word("http://git.example/a/b", **TOKEN) == ""
    assert word("git@github.com:a/b", **TOKEN) == ""
