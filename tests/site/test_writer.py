from __future__ import annotations

import os
from pathlib import Path

import pytest

from forecourt.errors import ContentError, OutputError
from forecourt.site.writer import CLAIMS, STAGE, Output


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "output"

    def write(self, *, dry: bool = False, **files: str) -> Output:
        output = Output(self.folder, dry=dry)
        for name, text in files.items():
            output.write(f"{name}/index.html", text.encode(), name)
        output.sweep()
        return output

    def pages(self) -> dict[str, str]:
        """Every file there is but the list of them."""
        found = [path for path in self.folder.rglob("*") if path.is_file() and path.name != CLAIMS]
        return {str(path.relative_to(self.folder)): path.read_text() for path in found}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_unchanged_bytes_are_left_alone(site: Site) -> None:
    site.write(a="one", b="two")
    os.utime(site.folder / "a/index.html", ns=(1, 1))
    output = site.write(a="one", b="changed")

    assert (output.written, output.same) == (["b/index.html"], 1)
    assert (site.folder / "a/index.html").stat().st_mtime_ns == 1


def test_what_is_no_longer_claimed_goes_with_its_folder(site: Site) -> None:
    site.write(a="one", b="two")
    output = site.write(a="one")

    assert output.removed == ["b/index.html"]
    assert not (site.folder / "b").exists()


def test_files_of_others_stay(site: Site) -> None:
    site.write(a="one", b="two")
    (site.folder / "b/theirs.html").write_text("theirs")
    (site.folder / "CNAME").write_text("hub.example")
    site.write(a="one")

    assert site.pages() == {"a/index.html": "one", "b/theirs.html": "theirs", "CNAME": "hub.example"}


def test_a_dry_run_counts_and_touches_nothing(site: Site) -> None:
    site.write(a="one", b="two")
    output = site.write(dry=True, a="changed", c="new")

    assert (output.written, output.removed) == (["a/index.html", "c/index.html"], ["b/index.html"])
    assert site.pages() == {"a/index.html": "one", "b/index.html": "two"}


def test_a_build_that_broke_off_leaves_the_old_site_and_nothing_beside_it(site: Site) -> None:
    site.write(a="one")
    broken = Output(site.folder)
    broken.write("a/index.html", b"half done", "a")
    broken.write("c/index.html", b"half done", "c")
    del broken  # no sweep: it was killed here

    assert site.pages() == {"a/index.html": "one", f"{STAGE}/0": "half done", f"{STAGE}/1": "half done"}
    assert site.write(a="one").written == []
    assert site.pages() == {"a/index.html": "one"}


def test_a_build_that_broke_off_while_files_took_their_places_leaves_no_orphan(site: Site) -> None:
    site.write(a="one")
    (site.folder / "d/index.html").mkdir(parents=True)
    broken = Output(site.folder)
    broken.write("c/index.html", b"new", "c")
    broken.write("d/index.html", b"new", "d")
    with pytest.raises(OutputError):
        broken.sweep()

    assert site.pages() == {"a/index.html": "one", "c/index.html": "new", f"{STAGE}/1": "new"}
    assert site.write(a="one").removed == ["c/index.html"]
    assert site.pages() == {"a/index.html": "one"}


def test_a_file_that_was_cut_off_is_written_again(site: Site) -> None:
    site.write(a="one two three")
    (site.folder / "a/index.html").write_text("one t")

    assert site.write(a="one two three").written == ["a/index.html"]


def test_two_pages_of_one_name_are_an_error_that_names_both(site: Site) -> None:
    output = Output(site.folder)
    output.write("a/index.html", b"one", "news/one.md")

    with pytest.raises(ContentError, match=r"news/two\.md and news/one\.md would both be a/index\.html"):
        output.write("a/index.html", b"two", "news/two.md")
    output.sweep()


def test_a_copy_is_made_again_when_its_source_changed(site: Site, tmp_path: Path) -> None:
    source = tmp_path / "picture"
    written = []
    for text in ("one", "one", "two", "longer"):
        source.write_text(text)
        os.utime(source, (1, 1))  # as a backup that was put back has it
        output = Output(site.folder)
        output.copy("picture", source, "a picture")
        output.sweep()
        written.append(len(output.written))

    assert written == [1, 0, 1, 1]
    assert (site.folder / "picture").read_text() == "longer"


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x", ""])
def test_nothing_is_written_outside_the_output(site: Site, name: str) -> None:
    output = Output(site.folder)
    with pytest.raises(ContentError, match="not inside the output"):
        output.write(name, b"x", "a network")
    output.sweep()


def test_what_cannot_be_written_is_named(site: Site) -> None:
    (site.folder / "a/index.html").mkdir(parents=True)
    output = Output(site.folder)
    output.write("a/index.html", b"x", "a")
    with pytest.raises(OutputError, match=r"a/index\.html cannot be written: Is a directory"):
        output.sweep()

    (site.folder / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Output(site.folder / "file")
