"""Posts' pictures on the pages: in the right size, from the hub, in a place of their colour."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markupsafe import Markup
from PIL import Image

from demo import DemoNetworks
from demo.brand import PICTURES
from forecourt.site.present import _in_text
from forecourt.site.views import Picture
from tests.conftest import ROOT, Hub
from tests.media.drawing import tells

_PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


def pages(hub: Hub) -> Iterator[str]:
    for path in hub.output.rglob("*.html"):
        yield path.read_text(encoding="utf-8")


def image(picture: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(picture.partition("<img")[2]))


def source(picture: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(picture.partition("<img")[0]))


def candidates(srcset: str) -> dict[str, int]:
    pairs = (one.split() for one in srcset.split(", "))
    return {address: int(width.removesuffix("w")) for address, width in pairs}


def of_posts(hub: Hub) -> set[str]:
    """Every picture of a post or its author, as the pages show it."""
    found = {picture for page in pages(hub) for picture in _PICTURE.findall(page)}
    notes = (hub.folder / "state/pictures/own").glob("*.json")
    own = [json.loads(note.read_text(encoding="utf-8"))["name"] for note in notes]  # of the editors
    return {
        picture
        for picture in found
        if image(picture)["src"].startswith("/pictures/") and not any(name in picture for name in own)
    }


def test_every_picture_is_offered_as_avif_and_webp_of_the_width_that_is_said(larkwood: Hub) -> None:
    pictures = of_posts(larkwood)
    assert len(pictures) > 50
    for picture in pictures:
        shown, avif = image(picture), source(picture)
        assert avif["type"] == "image/avif"
        assert avif.get("sizes") == shown.get("sizes", avif["sizes"])
        offered = candidates(avif["srcset"]) | candidates(
            shown.get("srcset") or f"{shown['src']} {shown['width']}w"
        )
        for address, width in offered.items():
            with Image.open(larkwood.output / address.removeprefix("/")) as file:
                assert file.width == width
                assert file.format == ("AVIF" if address.endswith("avif") else "WEBP")
        assert (shown["src"], int(shown["width"])) in offered.items(), "the largest is the one without choice"


def test_a_face_is_one_small_file(larkwood: Hub) -> None:
    faces = [picture for picture in of_posts(larkwood) if "av" in image(picture)["class"].split()]

    assert faces
    assert {image(face)["width"] for face in faces} == {"160"}
    assert not any("srcset" in image(face) for face in faces)


@pytest.mark.promise(41, 42)
def test_what_is_published_as_a_picture_is_of_our_making(
    larkwood: Hub, figure: Callable[[str], None]
) -> None:
    published = [path for path in (larkwood.output / "pictures").rglob("*") if path.is_file()]
    telling = [path.name for path in published if tells(path.read_bytes())]
    shares = {path.suffix for path in published if path.parent.name == "share"}

    assert {path.suffix for path in published if path.parent.name != "share"} == {".avif", ".webp"}
    assert shares == {".jpg"}
    assert telling == []
    figure(f"a whole site: 0 of {len(published)} files hold metadata, none is SVG")


def test_no_more_is_published_than_pages_offer(larkwood: Hub) -> None:
    offered = {
        address.removeprefix("/")
        for page in pages(larkwood)
        for address in re.findall(r"/pictures/(?:[0-9a-f]{2}|share)/[\w-]+\.(?:avif|webp|jpg)", page)
    }
    published = {
        path.relative_to(larkwood.output).as_posix()
        for path in (larkwood.output / "pictures").rglob("*")
        if path.is_file()
    }

    assert published == offered


def test_a_place_has_a_colour_that_the_stylesheet_knows(larkwood: Hub) -> None:
    style = (larkwood.output / "theme/css/hub.css").read_text(encoding="utf-8")
    tones = {
        tone
        for picture in of_posts(larkwood)
        for tone in re.findall(r"\b[rgb][0-9a-f]\b", image(picture)["class"])
    }

    assert tones
    for tone in tones:
        assert f".{tone} {{ --{tone[0]}: {int(tone[1], 16) * 17} }}" in style


def test_other_programs_are_given_one_address_in_full(larkwood: Hub) -> None:
    feed = json.loads((larkwood.output / "feed.json").read_text(encoding="utf-8"))
    shown = [item["content_html"] for item in feed["items"] if "<img" in item["content_html"]]
    images = [item["image"] for item in feed["items"] if item.get("image")]

    assert images
    assert all(re.fullmatch(r"http://localhost:8000/(?:pictures|images)/.+", one) for one in images)
    assert not any("<picture" in html or "srcset" in html for html in shown)


def test_a_shared_link_has_a_picture(larkwood: Hub) -> None:
    post = next(page for page in pages(larkwood) if 'class="gallery' in page and "/posts/" in page)
    (told,) = re.findall(r'<meta property="og:image" content="([^"]*)">', post)

    assert re.fullmatch(r"http://localhost:8000/(?:pictures/.+\.webp|images/.+)", told)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub of one account, none of whose pictures can be had."""
    hub = Hub(tmp_path_factory.mktemp("bare"))
    with DemoNetworks(port=0) as demo:
        for path in PICTURES.glob("*.jpg"):
            demo.misbehave(f"/pictures/{path.name}", status=404)
        address = f"{demo.url}/blog/feed.xml"
        hub.link(f'[[source]]\nname = "blog"\nconnector = "feed"\nurl = "{address}"\n')
        for done in (hub.invoke("fetch"), hub.build()):
            assert done.returncode == 0, done.stderr
    return hub


def test_posts_whose_pictures_cannot_be_had_are_shown_without_a_gap(bare: Hub) -> None:
    posts = [path.read_text(encoding="utf-8") for path in (bare.output / "posts").rglob("*.html")]

    assert len(posts) > 20
    assert of_posts(bare) == set()
    for page in (*posts, (bare.output / "index.html").read_text(encoding="utf-8")):
        cards = page.partition("<main")[2]
        assert "illustrated" not in re.sub(r"card article.*?From Larkwood", "", cards, flags=re.DOTALL)
        assert 'class="gallery' not in cards
        assert not re.search(r"<(figure|p|li|ul)>\s*(<figcaption>|</\1>)", cards), "a frame without a picture"
        assert not re.search(r'<img[^>]+src="http', page)


def test_a_picture_s_words_cannot_leave_its_markup() -> None:
    hostile = Picture("/a.webp", 1, 1, '"><script>alert(1)</script>', "/a.webp 1w", "/a.avif 1w")
    html = _in_text(hostile)

    assert isinstance(html, Markup)
    assert "<script" not in html


def test_the_theme_asks_for_its_widths() -> None:
    assert "widths = [320, 640, 1280]" in (ROOT / "theme/theme.toml").read_text(encoding="utf-8")


def test_an_output_has_no_folder_of_unfinished_files(larkwood: Hub) -> None:
    assert not [path for path in (larkwood.folder / "state/pictures/new").glob("*") if path.is_file()]
    assert not Path(larkwood.output / "pictures/new").exists()
