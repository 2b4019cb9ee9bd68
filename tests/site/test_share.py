"""Share pictures: the brand's, the same each time, with words only where there are letters for them."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat, features

from forecourt.config import Brand
from forecourt.site.share import HEIGHT, WIDTH, Shares, sweep
from tests.site.brands import EXAMPLES, HARDWARE, PERFUME

CONTENT = Path(__file__).parents[2] / "content"
LARKWOOD = Brand(
    name="Larkwood",
    logo="images/logo.svg",
    colours={"brand": "#1f3d33", "accent": "#a83f24", "sun": "#e9bd5c"},
)
SHARES = Shares(LARKWOOD, CONTENT)
PICTURE = CONTENT / "images/room.jpg"
ROOM = 72  # pixels round the words

needs_raqm = pytest.mark.skipif(not features.check("raqm"), reason="this Pillow cannot shape Arabic")

HOSTILE = {
    "nothing": "",
    "spaces": " \n\t\u00a0 ",
    "long": "Ten thousand characters " * 420,
    "one word": "x" * 90,
    "wide word": "W" * 160,
    "control": "\x00\x01 Bell \x07\x1b[31m and\r\n\u202eturned\u2066",
    "surrogate": "half \ud83d a pair",
    "zalgo": "Z" + "\u0310\u0311" * 400 + "algo",
    "emoji": "\U0001f389\U0001f469\u200d\U0001f373 1\ufe0f\u20e3",
    "japanese": "東京の新しい店舗がオープンしました。" * 9,
    "arabic": "افتتاح متجرنا الجديد في ليون " * 9,
    "hindi": "हमारी नई दुकान",
    "markup": "<script>alert(1)</script> & {{ hub }} %s",
}


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(image: Image.Image, box: tuple[int, int, int, int], colour: str, most: float = 12) -> bool:
    """Whether that part of a picture is of one colour, as far as JPEG keeps it."""
    part = ImageStat.Stat(image.crop(box))
    apart = [abs(mean - value) for mean, value in zip(part.mean, bytes.fromhex(colour[1:]), strict=True)]
    return max(*apart, *part.stddev) < most


def test_a_share_picture_is_of_the_size_networks_ask_for_and_says_nothing_of_itself() -> None:
    image = Image.open(io.BytesIO(SHARES.picture("Winter opening hours", "News", PICTURE)))

    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not image.getexif()


def test_it_is_the_same_in_another_process() -> None:
    script = (
        "from hashlib import blake2b; from tests.site.test_share import PICTURE, SHARES\n"
        "print(SHARES.key('A story', 'News', PICTURE), blake2b(SHARES.picture('A story', 'News', PICTURE)).hexdigest())"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CONTENT.parent,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": "plugins:.", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    SHARES.picture("Another one before", "News", None)

    assert said == [
        SHARES.key("A story", "News", PICTURE),
        blake2b(SHARES.picture("A story", "News", PICTURE)).hexdigest(),
    ]


@pytest.mark.parametrize("picture", [None, PICTURE], ids=["alone", "beside a picture"])
@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", EXAMPLES)
def test_whatever_the_title_its_words_stay_within_their_room(
    tmp_path: Path, name: str, title: str, picture: Path | None
) -> None:
    shares = Shares(EXAMPLES[name].lay(tmp_path), tmp_path)
    data = shares.picture(title, title, picture)
    wordless = Shares(Brand(colours=shares.brand.colours, name=""), tmp_path).picture("", "", picture)
    apart = ImageChops.difference(shown(data), shown(wordless))
    right = WIDTH - 500 if picture else WIDTH

    assert shown(data).size == (WIDTH, HEIGHT)
    assert len(data) < 100_000
    for margin in ((0, 0, ROOM - 16, HEIGHT), (right - ROOM + 16, 0, right, HEIGHT)):
        assert max(apart.crop(margin).convert("L").tobytes()) < 60  # JPEG's own doing


def test_what_the_font_lacks_no_title_is_drawn_with() -> None:
    alone = SHARES.picture("", "")

    assert SHARES.picture("Lyon, déjà un mois", "News") == alone
    assert SHARES.picture("東京", "News") == alone
    assert SHARES.picture("Lyon, a month on", "News") != alone


def test_a_kicker_is_left_out_alone() -> None:
    assert SHARES.picture("Lyon, a month on", "Événement") == SHARES.picture("Lyon, a month on", "")


def test_pictographs_go_and_the_words_stay() -> None:
    assert SHARES.picture("Glass \U0001f377\U0001f3fd is here \u2764\ufe0f", "") == SHARES.picture(
        "Glass is here", ""
    )


def test_dashes_and_spaces_that_fonts_lack_are_drawn_as_those_they_have() -> None:
    assert SHARES.picture("Open\u00a010\u201319 h", "") == SHARES.picture("Open 10-19 h", "")


def test_a_brand_whose_name_cannot_be_written_shows_its_colours_and_no_boxes(tmp_path: Path) -> None:
    brand = PERFUME.lay(tmp_path)
    unnamed = Shares(Brand(name="", colours=brand.colours), tmp_path)

    assert Shares(brand, tmp_path).picture("عطر", "") == unnamed.picture("", "")
    assert shown(unnamed.picture("", "")).getextrema() != shown(SHARES.picture("", "")).getextrema()


def test_a_picture_fills_its_side_and_one_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    Image.new("RGB", (300, 900), "#cc2200").save(red)
    damaged, bomb = tmp_path / "damaged.jpg", tmp_path / "bomb.png"
    damaged.write_bytes(PICTURE.read_bytes()[:900])
    bomb.write_bytes(red.read_bytes()[:16] + struct.pack(">II", 60_000, 60_000) + red.read_bytes()[24:])

    assert near(shown(SHARES.picture("Red", "", red)), (WIDTH - 490, 10, WIDTH, HEIGHT), "#cc2200")
    for path in (damaged, bomb, tmp_path / "none.jpg", CONTENT / "images/logo.svg", tmp_path):
        assert SHARES.picture("Red", "", path) == SHARES.picture("Red", "")


def test_what_shines_through_a_picture_is_the_page(tmp_path: Path) -> None:
    clear = tmp_path / "clear.png"
    Image.new("RGBA", (500, 630), "#cc220000").save(clear)

    assert near(shown(SHARES.picture("Clear", "", clear)), (WIDTH - 490, 10, WIDTH, HEIGHT), "#fefdf9")


def test_a_logo_of_pixels_is_drawn_and_an_svg_is_not(tmp_path: Path) -> None:
    brand = HARDWARE.lay(tmp_path)
    plain = Brand(name=brand.name, colours=brand.colours)
    drawn = shown(Shares(brand, tmp_path).picture("Drills", ""))
    initial = shown(Shares(plain, tmp_path).picture("Drills", ""))

    assert near(drawn, (80, 100, 90, 110), "#fefdf9")  # the ground of the logo
    assert near(initial, (80, 100, 90, 110), "#ffd500")
    assert SHARES.picture("Drills", "") == Shares(
        Brand(name="Larkwood", colours=LARKWOOD.colours), CONTENT
    ).picture("Drills", "")


# Fonts of the operator's own


def font(letters: str, *, boxed: bool = True) -> bytes:
    """A TrueType font in which each letter is a bar of its own length, and a missing one a box, or nothing."""
    letters = "".join(sorted(set(letters)))
    bars = [_bar(900) if boxed else b"", *(_bar(150 + 7 * number) for number in range(len(letters)))]
    count = len(bars)
    offsets = struct.pack(f">{count + 1}I", 0, *accumulate(map(len, bars)))
    groups = b"".join(
        struct.pack(">III", ord(each), ord(each), number + 1) for number, each in enumerate(letters)
    )
    cmap = struct.pack(">HHHHIHHIII", 0, 1, 3, 10, 12, 12, 0, 16 + len(groups), 0, len(letters)) + groups
    tables = {
        b"cmap": cmap,
        b"glyf": b"".join(bars),
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 0x10000, 0, 0, 0x5F0F3CF5, 3, 1000, 0, 0, 0, 0, 900, 800, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, 1000, 0, 0, 900, *[0] * 8, count),
        b"hmtx": struct.pack(">HH", 1000, 0) + struct.pack(">HH", 500, 50) * (count - 1),
        b"loca": offsets,
        b"maxp": struct.pack(">IH", 0x10000, count) + struct.pack(">13H", 4, 1, 0, 0, 1, *[0] * 8),
    }
    start = 12 + 16 * len(tables)
    places = accumulate((len(_padded(table)) for table in tables.values()), initial=start)
    entries = [
        struct.pack(">4sIII", tag, 0, place, len(table))
        for (tag, table), place in zip(tables.items(), places, strict=False)
    ]
    return b"".join(
        [struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 48), *entries, *map(_padded, tables.values())]
    )


def _bar(height: int) -> bytes:
    corners = [(50, 0), (450, 0), (450, height), (50, height)]
    steps = [(x - a, y - b) for (x, y), (a, b) in zip(corners, [(0, 0), *corners], strict=False)]
    across, up = zip(*steps, strict=True)
    return _padded(
        struct.pack(">hhhhhHH", 1, 50, 0, 450, height, 3, 0)
        + b"\x01" * 4
        + struct.pack(">4h4h", *across, *up)
    )


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def written_in(folder: Path, letters: str, *, boxed: bool = True, name: str = "ab") -> Shares:
    (folder / "own.ttf").write_bytes(font(letters, boxed=boxed))
    return Shares(Brand(name=name, share_font="own.ttf"), folder)


@pytest.mark.parametrize("boxed", [True, False], ids=["a box for what is missing", "nothing for it"])
def test_the_brands_own_font_is_drawn_with_and_its_gaps_are_found(tmp_path: Path, boxed: bool) -> None:
    shares = written_in(tmp_path, "ab ébc…-", boxed=boxed)
    alone = shares.picture("", "")

    assert shares.picture("bébé", "") not in {alone, SHARES.picture("bébé", "")}
    assert shares.picture("be\u0301be\u0301", "") == shares.picture("bébé", "")
    assert shares.picture("abx", "") == alone
    assert shares.picture("\U000f0000", "") == alone


@needs_raqm
def test_arabic_is_written_from_the_right(tmp_path: Path) -> None:
    shares = written_in(tmp_path, "ab عطر")
    image = shown(shares.picture("عطر", "", None))
    brand = shares._colours["brand"]
    title = (HEIGHT - 200, HEIGHT - 90)

    assert near(image, (400, title[0], 800, title[1]), brand)
    assert not near(image, (WIDTH - 400, title[0], WIDTH - ROOM, title[1]), brand)


def test_without_shaping_scripts_that_need_it_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    shares = written_in(tmp_path, "ab عطर\u093f\u0301")
    alone = shares.picture("", "")

    assert shares.picture("عط", "") == shares.picture("र\u093f", "") == shares.picture("a\u0301", "") == alone
    assert shares.picture("ba", "") != alone


def test_a_font_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "own.ttf").write_bytes(b"\x00\x01\x00\x00 and then nothing")

    found = Shares(Brand(name="Ours", share_font="own.ttf"), tmp_path)

    assert found.picture("Words", "") == Shares(Brand(name="Ours"), tmp_path).picture("Words", "")


# What is kept


def test_the_key_differs_when_what_is_shown_does(tmp_path: Path) -> None:
    other = tmp_path / "images/room.jpg"
    other.parent.mkdir()
    other.write_bytes(PICTURE.read_bytes() + b"\0")
    brands = [
        LARKWOOD,
        Brand(name="Larkwood Lyon", colours=LARKWOOD.colours),
        Brand(name="Larkwood", colours={**LARKWOOD.colours, "sun": "#ffffff"}),
        Brand(name="Larkwood", colours=LARKWOOD.colours, logo="images/hero.jpg"),
        Brand(name="Larkwood", colours=LARKWOOD.colours, share_font="images/hero.jpg"),
    ]
    keys: Sequence[str] = [
        *(Shares(brand, CONTENT).key("A story", "News", PICTURE) for brand in brands),
        SHARES.key("A story!", "News", PICTURE),
        SHARES.key("A story", "", PICTURE),
        SHARES.key("", "A story", PICTURE),
        SHARES.key("A story", "News", other),
        SHARES.key("A story", "News"),
    ]

    assert len(set(keys)) == len(keys)
    assert SHARES.key("A  story\n", "News", PICTURE) == keys[0]
    assert SHARES.key("A" * 10_000, "") == SHARES.key("A" * 9_000, "")


def test_a_picture_that_is_kept_is_not_drawn_again(tmp_path: Path) -> None:
    folder = tmp_path / "shares"
    path = SHARES.kept(folder, "A story", "News", PICTURE)
    drawn = path.read_bytes()
    path.write_bytes(b"as it was")

    assert drawn == SHARES.picture("A story", "News", PICTURE)
    assert SHARES.kept(folder, "A story", "News", PICTURE).read_bytes() == b"as it was"
    assert [each.name for each in folder.iterdir()] == [f"{SHARES.key('A story', 'News', PICTURE)}.jpg"]


def test_pictures_that_nobody_shows_are_swept(tmp_path: Path) -> None:
    one, two = (SHARES.kept(tmp_path, title) for title in ("One", "Two"))
    (tmp_path / "half.123").write_bytes(b"of a build that was ended")
    sweep(tmp_path, [two])
    sweep(tmp_path / "none", [])

    assert [each.name for each in tmp_path.iterdir()] == [two.name]
    assert not one.exists()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_share_picture_is_no_burden(tmp_path: Path, name: str) -> None:
    brand = EXAMPLES[name].lay(tmp_path)
    hero = tmp_path / brand.hero if brand.hero else None

    assert len(Shares(brand, tmp_path).picture("Tools that outlive the job", "News", hero)) < 60_000
