"""Brands that have nothing in common, so that nothing of the hub is one brand's alone. All are invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from forecourt.config import Brand
from forecourt.config.brand import read_brand

Painter = Callable[[Path], None]


class Example(NamedTuple):
    """What stands in HUB_BRAND, and what paints the pictures it names, by their paths below content/."""

    settings: Mapping[str, Any]  # Any: as in pelicanconf.py
    pictures: Mapping[str, Painter]

    def lay(self, content: Path) -> Brand:
        """The brand as it is read, its pictures in the folder."""
        for name, paint in self.pictures.items():
            (content / name).parent.mkdir(parents=True, exist_ok=True)
            paint(content / name)
        problems: list[str] = []
        brand = read_brand(self.settings, content, problems)
        assert problems == []
        return brand


def _bolt(path: Path) -> None:
    logo = Image.new("RGBA", (512, 512))
    bolt = [(300, 20), (90, 290), (240, 290), (200, 492), (420, 200), (270, 200)]
    ImageDraw.Draw(logo).polygon(bolt, fill="#111111")
    logo.save(path)


def _workshop(path: Path) -> None:
    hero = Image.new("RGB", (1600, 1100), "#2a2a2a")
    pen = ImageDraw.Draw(hero)
    for x in range(-1100, 1600, 220):
        pen.polygon([(x, 1100), (x + 110, 1100), (x + 1210, 0), (x + 1100, 0)], fill="#ffd500")
    hero.save(path, quality=80)


def _bottle(path: Path) -> None:
    hero = Image.radial_gradient("L").resize((1600, 1100))
    scene = Image.merge(
        "RGB", [hero.point([max(0, strength - value) for value in range(256)]) for strength in _AMBER]
    )
    pen = ImageDraw.Draw(scene)
    pen.rounded_rectangle((640, 420, 960, 980), 40, fill="#3b2a17", outline="#c9a24b", width=8)
    pen.rectangle((750, 300, 850, 420), fill="#c9a24b")
    scene.save(path, quality=80)


_AMBER = (150, 104, 52)


def _drop(path: Path) -> None:
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        '<path fill="#c9a24b" d="M32 4c12 18 18 26 18 36a18 18 0 0 1-36 0c0-10 6-18 18-36Z"/></svg>',
        encoding="utf-8",
    )


HARDWARE = Example(
    {
        "name": "Voltkram",
        "tagline": "Tools that outlive the job",
        "description": "What builders, menders and tinkerers make with what we sell.",
        "hashtag": "#BuiltWithVoltkram",
        "logo": "images/bolt.png",
        "hero": "images/workshop.jpg",
        "hero_alt": "Yellow stripes on a dark floor",
        "colours": {"brand": "#111", "brand-2": "#000", "accent": "#FFD500", "sun": "#ffd500"},
        "fonts": {"head": "Impact, 'Arial Narrow Bold', sans-serif", "body": "Arial, Helvetica, sans-serif"},
        "radius": "0px",
        "links": [("Shop", "https://voltkram.example")],
    },
    {"images/bolt.png": _bolt, "images/workshop.jpg": _workshop},
)
"""Stark: black, one yellow that is read on nothing light, no round corner, a logo of pixels."""

TOYS = Example(
    {
        "name": "Pip & Pommel",
        "tagline": "Small things for small hands",
        "hashtag": "#PipAndPommel",
        "colours": {"brand": "#ffb3c7", "brand-2": "#cdeaff", "accent": "#8fe3cf", "sun": "#fff3a8"},
        "fonts": {"head": "'Trebuchet MS', 'Comic Neue', sans-serif"},
        "radius": "28px",
    },
    {},
)
"""Pastel: no colour of it can be read on white, and there is neither logo nor picture."""

PERFUME = Example(
    {
        "name": "دار العود",
        "tagline": "عطور تحكي حكاية",
        "description": "حكايات من زوارنا عن العود والورد والعنبر.",
        "logo": "images/drop.svg",
        "hero": "images/bottle.jpg",
        "hero_alt": "قارورة عطر ذهبية",
        "colours": {"brand": "#17120f", "brand-2": "#0b0908", "accent": "#c9a24b", "sun": "#c9a24b"},
        "fonts": {
            "head": "'Noto Naskh Arabic', 'Geeza Pro', serif",
            "body": "'Noto Sans Arabic', Tahoma, sans-serif",
        },
        "radius": "4px",
        "links": [("المتجر", "https://daraloud.example")],
    },
    {"images/drop.svg": _drop, "images/bottle.jpg": _bottle},
)
"""Dark and gold, in Arabic, which nearly no font that is built into anything can write."""

EXAMPLES = {"hardware": HARDWARE, "toys": TOYS, "perfume": PERFUME}
