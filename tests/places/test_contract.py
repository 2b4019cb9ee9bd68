"""What every place promises, asked of each that there is."""

from __future__ import annotations

import pkgutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from forecourt import places
from forecourt.errors import Overtaken
from forecourt.places import ABSENT, Place
from tests.sshd import program

FOUND = [import_module(module.name) for module in pkgutil.iter_modules(places.__path__, "forecourt.places.")]
MODULES = sorted(module.__name__.rpartition(".")[2] for module in FOUND if hasattr(module, "PLACE"))


def folder_options(request: pytest.FixtureRequest, folder: Path) -> dict[str, object]:
    return {"path": str(folder / "kept")}


def ssh_options(request: pytest.FixtureRequest, folder: Path) -> dict[str, object]:
    return {**request.getfixturevalue("server").options, "path": str(folder / "it's kept")}


def git_options(request: pytest.FixtureRequest, folder: Path) -> dict[str, object]:
    subprocess.run([program("git"), "init", "--quiet", "--bare", folder / "bare.git"], check=True)
    return {"url": str(folder / "bare.git"), "largest": 100_000}


def s3_options(request: pytest.FixtureRequest, folder: Path) -> dict[str, object]:
    options: Callable[[], dict[str, object]] = request.getfixturevalue("s3_place")
    return options()


OPTIONS = {"folder": folder_options, "ssh": ssh_options, "git": git_options, "s3": s3_options}
"""What an empty place of each kind is made with; a new module needs its own here."""


@pytest.fixture(params=MODULES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made = OPTIONS[request.param](request, tmp_path)
    place: Place = import_module(f"forecourt.places.{request.param}").PLACE(**made)
    return place


def test_what_is_written_is_read_and_what_never_was_is_none(place: Place) -> None:
    assert place.read("heads/1.json") is None
    assert list(place.names()) == []
    token = place.write("heads/1.json", b"one\n\0two")
    kept = place.read("heads/1.json")
    assert kept is not None
    assert kept == (b"one\n\0two", token)


def test_a_write_over_a_token_happens_only_while_it_is_right(place: Place) -> None:
    first = place.write("state.json", b"1", over=ABSENT)
    with pytest.raises(Overtaken, match=r"state\.json was written by another run"):
        place.write("state.json", b"1", over=ABSENT)
    second = place.write("state.json", b"2", over=first)
    assert second != first
    with pytest.raises(Overtaken):
        place.write("state.json", b"3", over=first)
    assert place.read("state.json") == (b"2", second)
    place.remove(["state.json"])
    with pytest.raises(Overtaken):
        place.write("state.json", b"3", over=second)
    assert place.read("state.json") is None


def test_of_many_that_write_at_once_over_the_same_one_wins(place: Place) -> None:
    token = place.write("state.json", b"start")

    def wrote(number: int) -> int | None:
        try:
            place.write("state.json", b"by %d" % number, over=token)
        except Overtaken:
            return None
        return number

    with ThreadPoolExecutor(4) as pool:
        winners = [number for number in pool.map(wrote, range(4)) if number is not None]
    assert len(winners) == 1
    kept = place.read("state.json")
    assert kept is not None
    assert kept.body == b"by %d" % winners[0]


def test_large_files_come_and_go_as_files(place: Place, tmp_path: Path) -> None:
    body = bytes(range(256)) * 1000  # more than the largest that the git host of these tests takes
    (tmp_path / "here").write_bytes(body)
    token = place.write("packs/1", tmp_path / "here")
    assert place.fetch("packs/1", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == body
    assert place.read("packs/1") == (body, token)
    assert not place.fetch("packs/2", tmp_path / "nowhere")
    place.write("packs/1", b"small")
    assert place.fetch("packs/1", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"small"
    assert list(place.names()) == ["packs/1"]


def test_names_are_sorted_and_begin_as_asked_and_removing_what_is_not_there_is_no_error(place: Place) -> None:
    for name in ("b", "a/2", "a/1", "a-b.c_d/x"):
        place.write(name, b"")
    assert list(place.names()) == ["a-b.c_d/x", "a/1", "a/2", "b"]
    assert list(place.names("a/")) == ["a/1", "a/2"]
    place.remove(["a/1", "never"])
    place.remove([])
    assert list(place.names("a/")) == ["a/2"]
    assert place.read("a/2") is not None


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a b", "a\nb", "a/", "."])
def test_a_name_that_leads_elsewhere_is_a_mistake(name: str, tmp_path: Path) -> None:
    for module in ("folder", "ssh", "git"):
        options = {"url": "nowhere"} if module == "git" else {"path": str(tmp_path)}
        options |= {"host": "nowhere"} if module == "ssh" else {}
        with pytest.raises(ValueError, match="is no name of a place's file"):
            import_module(f"forecourt.places.{module}").PLACE(**options).write(name, b"")
