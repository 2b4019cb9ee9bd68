from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest

from forecourt.deploy.compressing import pack, packed, pays
from forecourt.deploy.headers import media_type
from forecourt.deploy.records import File


def file(path: str, size: int = 5000) -> File:
    return File(path, "", size, media_type(path), "")


def test_packed_is_what_was_packed_and_the_same_each_time() -> None:
    body = b"Hello from the till. " * 200
    made = packed(body)
    assert gzip.decompress(made[".gz"]) == brotli.decompress(made[".br"]) == body
    assert made[".gz"][4:8] == b"\0\0\0\0"  # no time
    assert packed(body) == made


def test_what_does_not_get_smaller_is_not_kept() -> None:
    assert packed(os.urandom(2000)) == {}


@pytest.mark.parametrize(
    ("path", "is_worth"),
    [
        ("index.html", True), ("feed.xml", True), ("feed.json", True), ("site.webmanifest", True), ("a.svg", True),
        ("a.css", True), ("a.ics", True), ("a.woff2", False), ("a.webp", False), ("a.mp4", False), ("a.bin", False),
    ],
)  # fmt: skip
def test_text_is_worth_packing_and_pictures_are_not(path: str, is_worth: bool) -> None:
    assert pays(file(path)) is is_worth
    assert not pays(file(path, 1023))


def test_a_name_that_is_taken_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"x" * 5000)
    (tmp_path / "made").mkdir()
    made = list(pack([file("a.xml"), file("b.webp")], tmp_path, tmp_path / "made", {"a.xml", "a.xml.gz"}))
    assert made == ["a.xml.br"]
    assert [path.name for path in (tmp_path / "made").iterdir()] == made
