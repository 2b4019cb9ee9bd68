"""How a picture looks: the same in every size and file, and unlike any other."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from forecourt.curate.likeness import NEAR
from forecourt.media.looks import alike, looks

PICTURES = sorted((Path(__file__).parents[2] / "demo/pictures").glob("*.jpg"))
CUTTINGS = {frozenset({"coast.jpg", "coast-tall.jpg"})}
"""Two cuttings of one picture: a person calls them the same, too."""


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def encoded(image: Image.Image, kind: str, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, kind, quality=quality)
    return Image.open(out)


def cut(image: Image.Image, part: float) -> Image.Image:
    across, down = int(image.width * part), int(image.height * part)
    return image.crop((across, down, image.width - across, image.height - down))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.resize((image.width // 2, image.height // 2)),
        lambda image: image.resize((160, 160 * image.height // image.width)),
        lambda image: image.resize((image.width * 2, image.height * 2)),
        lambda image: encoded(image, "JPEG", 30),
        lambda image: encoded(image, "WEBP", 30),
        lambda image: ImageEnhance.Brightness(image).enhance(1.15),
        lambda image: ImageEnhance.Color(image).enhance(1.5),
        lambda image: image.convert("P"),
        lambda image: image.convert("CMYK"),
        lambda image: image.convert("RGBA"),
    ],
    ids=["half", "tiny", "twice", "JPEG", "WebP", "bright", "gaudy", "palette", "CMYK", "with alpha"],
)
def test_a_picture_is_alike_in_every_size_and_file(change: Callable[[Image.Image], Image.Image]) -> None:
    differing = [
        path.name for path in PICTURES if not alike(looks(opened(path)), looks(change(opened(path))))
    ]
    assert differing == []


def test_most_pictures_are_alike_when_a_fiftieth_is_cut_off_all_round() -> None:
    same = [alike(looks(opened(path)), looks(cut(opened(path), 0.02))) for path in PICTURES]
    assert sum(same) / len(same) > 0.95


def test_two_pictures_are_not_alike() -> None:
    seen = {path.name: looks(opened(path)) for path in PICTURES}
    found = {frozenset(two) for two in combinations(seen, 2) if alike(seen[two[0]], seen[two[1]])}
    assert found == CUTTINGS


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16", "YCbCr", "HSV"]
)
def test_a_plain_picture_says_nothing_and_is_like_no_other(mode: str) -> None:
    plain = looks(Image.new(mode, (300, 200)))
    assert plain == 0
    assert not alike(plain, plain)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (31, 33), (5000, 40)])
def test_every_size_has_looks_of_64_bits(size: tuple[int, int]) -> None:
    assert 0 <= looks(Image.radial_gradient("L").resize(size)) < 2**64


def test_sixteen_bits_of_grey_look_as_eight_do() -> None:
    grey = opened(PICTURES[0]).convert("L")
    deep = grey.convert("I").point(lambda value: value * 256)
    assert alike(looks(deep), looks(grey))


def test_what_is_transparent_is_white() -> None:
    picture = opened(PICTURES[0])
    mask = Image.radial_gradient("L").resize(picture.size)
    clear = picture.copy()
    clear.putalpha(mask)
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=mask)
    assert alike(looks(clear), looks(white))


def test_alike_ends_at_its_bound() -> None:
    one = 0xFEDC_BA98_7654_3210
    assert alike(one, one ^ ((1 << NEAR) - 1))
    assert not alike(one, one ^ ((1 << NEAR + 1) - 1))
