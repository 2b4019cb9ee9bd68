from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from forecourt.errors import ContentError, OutputError
from forecourt.site.writer import STAGE, Output


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "output"

    def write(self, *, dry: bool = False, **files: str) -> list[str]:
        """Write pages and put them in place; those that were not there like this."""
        output = Output(self.folder, dry=dry)
        output.clear()
        written = [name for name, text in files.items() if output.write(f"{name}/index.html", text.encode())]
        output.place()
        return written

    def pages(self) -> dict[str, str]:
        """Every file there is."""
        found = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_text() for path in found}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_unchanged_bytes_are_left_alone(site: Site) -> None:
    site.write(a="one", b="two")
    os.utime(site.folder / "a/index.html", ns=(1, 1))

    assert site.write(a="one", b="changed") == ["b"]
    assert (site.folder / "a/index.html").stat().st_mtime_ns == 1


def test_what_is_removed_goes_with_the_folder_that_it_leaves_empty(site: Site) -> None:
    site.write(a="one", b="two", c="three")
    (site.folder / "b/theirs.html").write_text("theirs")

    assert Output(site.folder).remove(["a/index.html", "b/index.html", "d/index.html"]) == 2
    assert site.pages() == {"c/index.html": "three", "b/theirs.html": "theirs"}
    assert not (site.folder / "a").exists()


def test_a_new_folder_takes_its_place_beside_what_is_there(site: Site) -> None:
    (site.folder / "posts/x").mkdir(parents=True)
    (site.folder / "posts/x/mine.txt").write_text("mine")
    output = Output(site.folder)
    for name in ("posts/x/index.html", "posts/y/index.html", "tags/z/index.html"):
        output.write(name, b"new")
    output.place()

    new = dict.fromkeys(["posts/x/index.html", "posts/y/index.html", "tags/z/index.html"], "new")
    assert site.pages() == {"posts/x/mine.txt": "mine", **new}


def test_a_dry_run_tells_and_touches_nothing(site: Site) -> None:
    site.write(a="one", b="two")

    assert site.write(dry=True, a="changed", c="new", b="two") == ["a", "c"]
    assert Output(site.folder, dry=True).remove(["b/index.html"]) == 1
    assert site.pages() == {"a/index.html": "one", "b/index.html": "two"}


def test_a_build_that_broke_off_leaves_the_old_site_and_nothing_beside_it(site: Site) -> None:
    site.write(a="one")
    broken = Output(site.folder)
    broken.write("a/index.html", b"half done")
    broken.write("c/index.html", b"half done")
    del broken  # nothing was put in place: it was killed here

    waiting = dict.fromkeys([f"{STAGE}/a/index.html", f"{STAGE}/c/index.html"], "half done")
    assert site.pages() == {"a/index.html": "one", **waiting}
    assert site.write(a="one") == []
    assert site.pages() == {"a/index.html": "one"}


def test_a_file_that_was_cut_off_is_written_again(site: Site) -> None:
    site.write(a="one two three")
    (site.folder / "a/index.html").write_text("one t")

    assert site.write(a="one two three") == ["a"]


def test_a_copy_is_made_again_when_its_source_changed(site: Site, tmp_path: Path) -> None:
    source = tmp_path / "picture"
    written = []
    for text in ("one", "one", "two", "longer"):
        source.write_text(text)
        os.utime(source, (1, 1))  # as a backup that was put back has it
        output = Output(site.folder)
        written.append(output.copy("picture", source))
        output.place()

    assert written == [True, False, True, True]
    assert (site.folder / "picture").read_text() == "longer"


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x", ""])
def test_nothing_is_written_outside_the_output(site: Site, name: str) -> None:
    with pytest.raises(ContentError, match="not inside the output"):
        Output(site.folder).write(name, b"x")


def test_what_cannot_be_written_is_named(site: Site) -> None:
    (site.folder / "a/index.html").mkdir(parents=True)
    output = Output(site.folder)
    output.write("a/index.html", b"x")
    with pytest.raises(OutputError, match=r"a/index\.html cannot be written: Is a directory"):
        output.place()

    (site.folder / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Output(site.folder / "file").clear()


def test_a_film_is_compared_without_being_held_in_memory(site: Site, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(64 * 2**20)
    output = Output(site.folder)
    assert output.copy("film.mp4", film)
    output.place()
    tracemalloc.start()
    try:
        assert not output.copy("film.mp4", film)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
    with film.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\1")
    assert output.copy("film.mp4", film)
