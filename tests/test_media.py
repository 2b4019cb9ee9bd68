from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from forecourt.errors import BadData
from forecourt.media import WIDEST, keep


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (1600, 900), **options: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_picture_is_kept_at_a_sensible_size(tmp_path: Path, kind: str) -> None:
    stored = keep(a_picture(kind), tmp_path)

    assert (stored.width, stored.height) == (WIDEST, 720)
    with Image.open(tmp_path / stored.name) as kept:
        assert (kept.format, kept.size) == ("WEBP", (WIDEST, 720))


def test_a_small_picture_is_not_made_larger(tmp_path: Path) -> None:
    stored = keep(a_picture(size=(300, 200)), tmp_path)

    assert (stored.width, stored.height) == (300, 200)


def test_equal_pictures_share_a_file_named_by_content(tmp_path: Path) -> None:
    assert keep(a_picture("PNG"), tmp_path) == keep(a_picture("PNG"), tmp_path)
    assert keep(a_picture(size=(300, 200)), tmp_path) != keep(a_picture(size=(200, 300)), tmp_path)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3


def test_a_picture_stands_upright_and_keeps_nothing_that_tells_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "Taken at home"
    stored = keep(a_picture(size=(400, 200), exif=exif, comment=b"secret place"), tmp_path)
    body = (tmp_path / stored.name).read_bytes()

    assert (stored.width, stored.height) == (200, 400)
    assert b"Taken at home" not in body
    assert b"secret" not in body
    assert b"EXIF" not in body


def test_transparency_stays(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(out, "PNG")
    stored = keep(out.getvalue(), tmp_path)

    with Image.open(tmp_path / stored.name) as kept:
        assert kept.mode == "RGBA"


def huge_png() -> bytes:
    """A PNG of 8,000 x 8,000 pixels that says so in its first bytes and is short itself."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    size = (8_000).to_bytes(4)
    head = size + size + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (huge_png(), "8000 x 8000 pixels is too large"),
        (a_picture(size=(1, 1)), "too small"),
        (a_picture()[:2000], "cannot be read"),
        (b"", "cannot be read"),
        (b"<html>not a picture</html>", "cannot be read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "cannot be read"),
        (a_picture("TIFF"), "cannot be read"),
    ],
)
def test_what_is_no_picture_to_show_is_refused_in_a_sentence(tmp_path: Path, body: bytes, why: str) -> None:
    with pytest.raises(BadData, match=why):
        keep(body, tmp_path)

    assert not list(tmp_path.rglob("*.webp"))
