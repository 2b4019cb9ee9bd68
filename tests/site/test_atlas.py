from __future__ import annotations

import random
import re
import time
from array import array
from base64 import b64decode
from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import atlas as making
from forecourt.config import Brand
from forecourt.desk import Position
from forecourt.site import earth
from forecourt.site.atlas import Place, Words, svg
from forecourt.site.brandsheet import scheme
from forecourt.site.earth import FINE, HEIGHT, WIDTH, View
from forecourt.site.lettering import MOST, Box, Mark, labelled

SVG = "{http://www.w3.org/2000/svg}"
ENGLISH = Words("Map of the stores", "en")
LYON = Place("Larkwood Lyon", Position(45.764, 4.8357), "/store/lyon/")
BILBAO = Place("Larkwood Bilbao", Position(43.263, -2.935))
DUBAI = Place("Larkwood Dubai", Position(25.2048, 55.2708))
SUVA = Place("Larkwood Suva", Position(-18.1416, 178.4419))
APIA = Place("Larkwood Apia", Position(-13.8333, -171.7667))
FRAME = Box(0, 0, WIDTH, HEIGHT)
ATLAS = Path(earth.__file__).with_name("atlas.json")


def drawn(*places: Place, words: Words = ENGLISH) -> ET.Element:
    return ET.fromstring(svg(places, words))


def texts(picture: ET.Element, kind: str = "name") -> list[str]:
    """What is written on the map, without the isolates."""
    found = (each for each in picture.iter(f"{SVG}text") if f"map-{kind}" in each.get("class", "").split())
    return [(each.text or "").strip("\u2068\u2069") for each in found]


def dots(picture: ET.Element) -> list[tuple[float, float]]:
    return [(float(each.get("cx", "")), float(each.get("cy", ""))) for each in picture.iter(f"{SVG}circle")]


def shapes(path: str) -> Iterator[list[tuple[float, float]]]:
    """The shapes of a path, in pixels."""
    for part in filter(None, path.split("M")):
        numbers = [int(each) for each in re.findall(r"-?\d+", part)]
        across, down = accumulate(numbers[::2]), accumulate(numbers[1::2])
        yield [(x / FINE, y / FINE) for x, y in zip(across, down, strict=True)]


def is_land(view: View, latitude: float, longitude: float) -> bool:
    x, y = view.point(Position(latitude, longitude))
    return sum(making.is_inside(x, y, [*shape, shape[0]]) for shape in shapes(earth.land(view))) % 2 == 1


def scattered(number: int) -> list[Place]:
    """Shops in Europe, the same each time."""
    chance = random.Random(4)
    spots = ((chance.uniform(36, 60), chance.uniform(-9, 30)) for _ in range(number))
    return [Place(f"Shop {at}", Position(*spot)) for at, spot in enumerate(spots)]


def test_a_map_is_one_picture_that_asks_nobody_for_anything() -> None:
    picture = drawn(LYON, BILBAO)
    assert (picture.get("viewBox"), picture.get("width"), picture.get("height")) == (
        "0 0 720 480",
        "720",
        "480",
    )
    used = {each.tag.removeprefix(SVG) for each in picture.iter()}
    assert used <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "circle", "a"}
    attributes = [value for each in picture.iter() for value in each.attrib.values()]
    assert not [value for value in attributes if "url(" in value or "://" in value]
    assert "://" not in svg([LYON], ENGLISH).decode().replace("http://www.w3.org/2000/svg", "")


def test_every_store_is_named_on_the_map_and_in_words() -> None:
    picture = drawn(LYON, BILBAO, DUBAI)
    assert sorted(texts(picture)) == ["Larkwood Bilbao", "Larkwood Dubai", "Larkwood Lyon"]
    assert picture.findtext(f"{SVG}title") == "Map of the stores" == picture.get("aria-label")
    assert picture.findtext(f"{SVG}desc") == "Larkwood Lyon; Larkwood Bilbao; Larkwood Dubai"


def test_one_store_is_in_the_middle_of_three_hundred_kilometres_around() -> None:
    view = View.of([LYON.position])
    assert view.point(LYON.position) == pytest.approx((WIDTH / 2, HEIGHT / 2))
    assert view.pixels(LYON.position.latitude) * 600 == pytest.approx(HEIGHT)
    _, y = view.point(Position(LYON.position.latitude + 250 / earth.KILOMETRES, LYON.position.longitude))
    assert 0 < y < HEIGHT / 8


@pytest.mark.parametrize(
    "places",
    [(LYON, BILBAO, DUBAI), (SUVA, APIA), (LYON, APIA, DUBAI, SUVA), (LYON, LYON), tuple(scattered(50))],
)
def test_all_stores_are_on_the_map_with_some_land_around(places: Sequence[Place]) -> None:
    view = View.of([place.position for place in places])
    points = [view.point(place.position) for place in places]
    assert all(20 < x < WIDTH - 20 and 20 < y < HEIGHT - 20 for x, y in points)


@given(st.lists(st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=8))
def test_stores_are_in_the_frame_wherever_on_earth_they_are(positions: list[Position]) -> None:
    view = View.of(positions)
    points = [view.point(each) for each in positions]
    assert all(-0.01 <= x <= WIDTH + 0.01 and -0.01 <= y <= HEIGHT + 0.01 for x, y in points)


def test_stores_on_both_sides_of_the_antimeridian_are_neighbours() -> None:
    view = View.of([SUVA.position, APIA.position])
    (west, _), (east, _) = view.point(SUVA.position), view.point(APIA.position)
    assert 0 < (east - west) / view.scale < 10
    assert "200 km" in texts(drawn(SUVA, APIA))


@pytest.mark.parametrize(
    ("around", "latitude", "longitude", "land"),
    [
        ((LYON, BILBAO, DUBAI), 48.8566, 2.3522, True),
        ((LYON, BILBAO, DUBAI), 40.4168, -3.7038, True),
        ((LYON, BILBAO, DUBAI), 38.0, 5.0, False),
        ((LYON, BILBAO, DUBAI), 43.0, 34.0, False),
        ((LYON,), 45.0, 3.0, True),
        ((LYON,), 43.2, 4.8, False),
        ((SUVA, APIA), -17.8, 178.0, True),
        ((SUVA, APIA), -16.0, -176.0, False),
        ((), 67.0, 179.9, True),  # the east of Russia, which goes on ...
        ((), 67.0, -179.5, True),  # ... on the other side
        ((), 70.0, -30.0, True),
        ((), 0.0, -30.0, False),
        ((), 75.0, 40.0, False),
    ],
)
def test_land_is_land_and_sea_is_sea(
    around: Sequence[Place], latitude: float, longitude: float, land: bool
) -> None:
    assert is_land(View.of([place.position for place in around]), latitude, longitude) is land


def test_no_shape_reaches_far_beyond_the_frame_nor_has_a_useless_point() -> None:
    for places in ((LYON,), (LYON, BILBAO, DUBAI), ()):
        view = View.of([place.position for place in places])
        for shape in shapes(earth.land(view)):
            assert all(-9 <= x <= WIDTH + 9 and -9 <= y <= HEIGHT + 9 for x, y in shape)
            assert len(shape) >= 3


def test_borders_between_countries_are_drawn() -> None:
    view = View.of([LYON.position])
    x, y = view.point(Position(45.83, 6.86))  # Mont Blanc, where France and Italy meet
    points = [point for line in shapes(earth.borders(view)) for point in line]
    assert min((x - to_x) ** 2 + (y - to_y) ** 2 for to_x, to_y in points) < 15**2


def test_countries_and_distances_are_written_in_the_language_of_the_page() -> None:
    for words, country, distance in (
        (ENGLISH, "Switzerland", "100 km"),
        (Words("Carte", "fr"), "Suisse", "100 km"),
        (Words("خريطة", "ar"), "سويسرا", "100 كم"),
        (Words("?", "no such language"), "Switzerland", "100 km"),
    ):
        picture = drawn(LYON, words=words)
        assert country in texts(picture, "country")
        assert distance in [
            " ".join(each.split()) for each in texts(picture)
        ]  # the space is one that does not break


def test_a_map_of_continents_has_no_scale_since_none_is_true_of_it() -> None:
    assert not any(name.endswith("km") for name in texts(drawn(LYON, BILBAO, DUBAI)))


def test_stores_in_one_town_share_a_mark_that_counts_and_names_them() -> None:
    picture = drawn(
        Place("Larkwood Bellecour", Position(45.757, 4.832), "/store/bellecour/"),
        Place("Larkwood Part-Dieu", Position(45.761, 4.857), "/store/part-dieu/"),
    )
    assert len(dots(picture)) == 1
    assert texts(picture, "count") == ["2"]
    links = {link.get("href"): "".join(link.itertext()) for link in picture.iter(f"{SVG}a")}
    assert links == {
        "/store/bellecour/": "\u2068Larkwood Bellecour\u2069",
        "/store/part-dieu/": "\u2068Larkwood Part-Dieu\u2069",
    }


def test_of_many_stores_in_one_place_three_are_named_and_the_others_counted() -> None:
    picture = drawn(*(Place(f"Larkwood {number}", LYON.position) for number in range(5)))
    assert texts(picture, "count") == ["5"]
    assert [name for name in texts(picture) if "km" not in name] == [
        "Larkwood 0",
        "Larkwood 1",
        "Larkwood 2",
        "+2",
    ]


MARKS = st.builds(
    Mark,
    st.floats(10, WIDTH - 10),
    st.floats(10, HEIGHT - 10),
    st.sampled_from([6.5, 11.0]),
    st.lists(st.text(alphabet="Larkwod mi東", min_size=1, max_size=40), min_size=1, max_size=5).map(tuple),
)


@given(st.lists(MARKS, max_size=60))
def test_names_cover_neither_one_another_nor_a_mark_and_stay_in_the_frame(marks: list[Mark]) -> None:
    taken = Box(10, HEIGHT - 60, 150, HEIGHT)
    labels = labelled(marks, FRAME, [taken])
    boxes = [label.box for label in labels.values()]
    assert len(boxes) <= MOST
    assert all(FRAME.holds(box) for box in boxes)
    assert not any(box.touches(taken) or any(box.touches(mark.box()) for mark in marks) for box in boxes)
    assert not any(one.touches(other) for one, other in combinations(boxes, 2))


def test_where_stores_are_not_crowded_nearly_all_are_named() -> None:
    picture = drawn(*scattered(20))
    assert len(texts(picture)) >= 0.9 * len(dots(picture)) >= 17


def test_beyond_forty_stores_are_only_dots() -> None:
    places = [Place("x", Position(40 + row * 1.5, column * 2.5)) for row in range(8) for column in range(9)]
    picture = drawn(*places)
    assert (len(dots(picture)), len(texts(picture))) == (72, MOST)


def test_without_stores_the_world_is_shown() -> None:
    picture = drawn()
    assert dots(picture) == []
    assert "Russia" in texts(picture, "country")


def test_the_same_stores_are_the_same_bytes() -> None:
    assert svg(scattered(30), ENGLISH) == svg(scattered(30), ENGLISH)


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>\"'&",
        "]]><a href='x'>",
        "a\x00b\x1bc\ud800",
        "\u202egnp.exe",
        "&#x3C;b&gt;",
        "",
    ],
)
def test_a_hostile_title_is_only_text(title: str) -> None:
    written = svg([Place(title, LYON.position, "/a/")], Words(title, "en"))
    used = {each.tag.removeprefix(SVG) for each in ET.fromstring(written).iter()}
    assert used <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "circle", "a"}
    assert b"<script" not in written
    assert "\u202e" not in written.decode()


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("/store/lyon/", "/store/lyon/"),
        ("#lyon", "#lyon"),
        ("../store/lyon/?a=b:c", "../store/lyon/?a=b:c"),
        ("https://larkwood.example/lyon", "https://larkwood.example/lyon"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt\n:alert(1)", None),
        ("data:text/html,x", None),
        ("//other.example/", None),
        ("\\\\other.example\\x", None),
        ("", None),
    ],
)
def test_only_pages_are_linked(url: str, link: str | None) -> None:
    picture = drawn(Place("Larkwood Lyon", LYON.position, url))
    assert [each.get("href") for each in picture.iter(f"{SVG}a")] == ([link] if link else [])
    assert picture.get("role") == ("group" if link else "img")


def test_the_colours_are_the_brand_s_in_the_light_and_in_the_dark() -> None:
    colours = scheme(Brand(colours={"brand": "#5b1f7a"}))
    written = svg([LYON], ENGLISH, colours).decode()
    style = ET.fromstring(written).findtext(f"{SVG}style") or ""
    assert (
        f'class="map-dot map-rim" fill="{colours.light["hot"]}" stroke="{colours.light["surface"]}"'
        in written
    )
    assert style.startswith("@media(prefers-color-scheme:dark){")
    assert f".map-dot{{fill:{colours.dark['hot']}}}" in style
    assert svg([LYON], ENGLISH) != svg([LYON], ENGLISH, colours)


def test_fifty_stores_are_drawn_within_fifty_milliseconds() -> None:
    places = scattered(50)
    svg(places, ENGLISH)  # reads the atlas, once
    spent = []
    for _ in range(5):
        before = time.process_time()
        svg(places, ENGLISH)
        spent.append(time.process_time() - before)
    assert min(spent) < 0.05


def test_the_atlas_is_small() -> None:
    assert ATLAS.stat().st_size < 150_000


def test_a_line_is_packed_into_steps_that_fit_into_bytes() -> None:
    line = [(1.0, 2.0), (1.5, 1.75), (40.0, -10.0), (40.01, -10.0)]
    x, y, packed = making.packed(line)
    moves = array("b", b64decode(packed))
    points = list(zip(accumulate(moves[::2], initial=x), accumulate(moves[1::2], initial=y), strict=True))
    assert (x, y) == (100, 200)
    assert {(150, 175), (4000, -1000), (4001, -1000)} <= {*points}
    assert all(
        abs((to_y - 175) * 3850 - (to_x - 150) * -1175) < 3850 for to_x, to_y in points[1:-1]
    )  # on the line


def test_a_line_keeps_its_ends_and_its_corners_when_it_is_made_simpler() -> None:
    straight = [(step / 100, 0.001 * (step % 2)) for step in range(100)]
    assert making.simplified([*straight, (1.0, 5.0)]) == [straight[0], straight[-1], (1.0, 5.0)]
    square = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert making.simplified(square) == [point for point in square if point != (0.5, 0.0)]


def test_a_line_over_the_antimeridian_is_not_torn() -> None:
    assert making.unturned([(179.0, 1.0), (-179.0, 2.0), (179.5, 3.0)]) == [
        (179.0, 1.0),
        (181.0, 2.0),
        (179.5, 3.0),
    ]
