from __future__ import annotations

import builtins
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from forecourt.deploy import manifest
from forecourt.deploy.headers import IMMUTABLE, PAGES
from forecourt.deploy.records import File
from forecourt.errors import PublishError
from tests.deploy.sites import Site

LONG_AGO = 1_700_000_000 * 10**9


def aged(site: Site) -> None:
    """Let all files be as old as what an earlier build wrote."""
    for path in site.output.rglob("*"):
        os.utime(path, ns=(LONG_AGO, LONG_AGO))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose bytes were asked for."""
    asked: list[str] = []
    opened = builtins.open

    def watched(file: Any, *words: Any, **options: Any) -> Any:  # Any: as open has it
        asked.append(Path(file).name)
        return opened(file, *words, **options)

    monkeypatch.setattr(builtins, "open", watched)
    return asked


def test_a_scan_names_every_file_of_the_site_sorted_with_its_digest_and_headers(site: Site) -> None:
    name = "pictures/ab/abcdef0123456789abcdef01-320.webp"
    site.have({"index.html": b"home", name: b"picture", "b/index.html": b""})
    assert site.scan() == (
        File("b/index.html", hashlib.sha256(b"").hexdigest(), 0, "text/html; charset=utf-8", PAGES),
        File("index.html", hashlib.sha256(b"home").hexdigest(), 4, "text/html; charset=utf-8", PAGES),
        File(name, hashlib.sha256(b"picture").hexdigest(), 7, "image/webp", IMMUTABLE),
    )


def test_what_a_build_keeps_for_itself_is_no_part_of_the_site(site: Site) -> None:
    site.have({
        ".forecourt": b"memory", ".forecourt-new/index.html": b"half", "a/.DS_Store": b"x",
        ".nojekyll": b"", ".well-known/security.txt": b"us", "index.html": b"",
    })  # fmt: skip
    assert [file.path for file in site.scan()] == [".nojekyll", ".well-known/security.txt", "index.html"]


def test_a_second_scan_reads_only_what_was_written_since(site: Site, read: list[str]) -> None:
    site.have({"index.html": b"home", "a.txt": b"a", "b.txt": b"b"})
    aged(site)
    first = site.scan()
    assert sorted(read) == ["a.txt", "b.txt", "index.html"]
    read.clear()
    assert site.scan() == first
    assert read == []
    (site.output / "a.txt").write_bytes(b"A")
    assert site.scan() != first
    assert read == ["a.txt"]


def test_a_file_that_was_written_just_now_is_read_again(site: Site, read: list[str]) -> None:
    site.have({"a.txt": b"a"})
    site.scan()
    site.scan()
    assert read == ["a.txt", "a.txt"]


def test_a_file_that_took_the_place_of_another_with_its_size_and_time_is_read(
    site: Site, read: list[str]
) -> None:
    site.have({"a.txt": b"a"})
    aged(site)
    site.scan()
    other = site.output / "a.new"
    other.write_bytes(b"b")
    os.utime(other, ns=(LONG_AGO, LONG_AGO))
    other.replace(site.output / "a.txt")
    assert site.scan()[0].digest == hashlib.sha256(b"b").hexdigest()


@pytest.mark.parametrize("body", [b"", b"\x81", b"not ours"])
def test_a_memory_that_is_damaged_costs_a_reading_and_nothing_else(site: Site, body: bytes) -> None:
    site.have({"a.txt": b"a"})
    aged(site)
    first = site.scan()
    site.memory.write_bytes(body)
    assert site.scan() == first
    assert site.memory.read_bytes() != body
    assert [path.name for path in site.memory.parent.iterdir()] == [site.memory.name]


def test_a_large_file_has_the_digest_of_all_its_bytes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_LARGE", 10)
    site.have({"film.mp4": b"x" * 100_000})
    assert site.scan()[0].digest == hashlib.sha256(b"x" * 100_000).hexdigest()
    assert site.scan()[0].size == 100_000


def test_a_site_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="output is not there; build the site"):
        manifest.scan(tmp_path / "output", tmp_path / "memory")


def test_what_is_neither_file_nor_folder_is_named(site: Site) -> None:
    (site.output / "loop").symlink_to(site.output)
    with pytest.raises(PublishError, match="loop is neither a file nor a folder"):
        site.scan()


@pytest.mark.parametrize("name", ["Preisliste M\udcfcnchen.pdf", "two\nlines.pdf", "a\x7f.txt"])
def test_a_name_that_no_address_can_have_is_said(site: Site, name: str) -> None:
    site.have({"index.html": b"home", f"files/{name}": b"x"})
    with pytest.raises(PublishError, match="no address can have this name") as caught:
        site.scan()
    assert str(caught.value).isascii()


@pytest.mark.parametrize(
    "name", ["50% off #1?.pdf", "naïve \u2013 日本語 .txt", "\u202f\u0627.txt", 'it\'s "it".txt']
)
def test_an_odd_name_is_a_name(site: Site, name: str) -> None:
    site.have({f"files/{name}": b"x"})
    assert [file.path for file in site.scan()] == [f"files/{name}"]
