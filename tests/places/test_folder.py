from __future__ import annotations

from pathlib import Path

import pytest

from forecourt.errors import PlaceError
from forecourt.places import Kept
from forecourt.places.folder import Folder


def test_what_a_write_that_was_killed_left_is_no_file_of_the_place(tmp_path: Path) -> None:
    place = Folder(str(tmp_path))
    token = place.write("state.json", b"whole")
    (tmp_path / "~new").write_bytes(b"hal")
    assert list(place.names()) == ["state.json"]
    assert place.read("state.json") == Kept(b"whole", token)
    place.write("state.json", b"new", over=token)
    assert not (tmp_path / "~new").exists()


def test_a_folder_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    place = Folder(str(tmp_path / "file"))
    with pytest.raises(
        PlaceError, match=r"/file: state\.json cannot be read or written: .*; mend that and run again"
    ):
        place.write("state.json", b"")
