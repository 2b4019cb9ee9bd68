"""The brand's stylesheet: its own tokens, and those of meaning that follow from them, light and dark.

The hue is the brand's and the lightness ours: whatever colours a brand has, every text of
the theme can be read on its ground. Where the brand's own colour can be, it is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from forecourt.config import Brand
from forecourt.site.addresses import Addresses
from forecourt.site.colours import BLACK, WHITE, Oklch, contrast, full, hexed, least, nearest, oklch, tint

TEXT = 4.5
"""The contrast that words need (WCAG 2.2, 1.4.3), of any size, so that a theme may choose sizes freely."""

SHAPE = 3.0
"""The contrast that needs what is no word but says something (1.4.11)."""

DEFAULTS = {"brand": "#2b4453", "brand-2": "#1f3340", "accent": "#a8442a", "sun": "#e8bf6a"}
"""The colours of a brand that names none."""

FONTS = {
    "head": '"Iowan Old Style","Palatino Linotype","URW Palladio L",P052,"Book Antiqua",serif',
    "body": 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif',
}
RADIUS = "18px"

_ROUND = 8  # pixels of a corner from which on a brand is a round one
_REM = 16  # pixels of a rem, and about those of an em


class Pair(NamedTuple):
    """What is read on what, by the names of their tokens; how much contrast that takes; and where it stands."""

    text: str
    ground: str
    ratio: float
    use: str


GROUNDS = {
    "bg": "the page's background",
    "surface": "cards",
    "sunk": "badges, questions and code",
    "warm": "cards of reviews",
    "cool": "cards of events",
}
"""What words stand on that is not the brand's own colour."""

_WORDS = {"ink": "words", "soft": "lesser words", "link": "links", "hot": "dates, prices and marks"}
_SHAPES = {"star": "stars of ratings", "ring": "the focus", "edge": "frames of fields"}

PAIRS = (
    *(
        Pair(text, ground, TEXT, f"{what} on {where}")
        for text, what in _WORDS.items()
        for ground, where in GROUNDS.items()
    ),
    *(
        Pair(shape, ground, SHAPE, f"{what} on {where}")
        for shape, what in _SHAPES.items()
        for ground, where in GROUNDS.items()
    ),
    Pair("bg", "ink", TEXT, "the link that skips to the content"),
    Pair("on-link", "link", TEXT, "chosen chips"),
    Pair("on-button", "button", TEXT, "buttons"),
    Pair("on-brand", "brand", TEXT, "the strip, episodes, the mark of a brand without a logo"),
    Pair("on-brand", "brand-shade", TEXT, "badges and lit corners on the brand's colour"),
    Pair("on-brand-2", "brand-2", TEXT, "the foot of the page"),
    Pair("on-accent", "accent", TEXT, "initials, the head of a calendar's leaf"),
    Pair("on-sun", "sun", TEXT, "pins, short posts as posters, chosen text"),
    Pair("on-sun", "sun-shade", TEXT, "badges on short posts"),
)
"""Every pair of colours that the theme sets words or shapes in."""

Tokens = dict[str, str]

_STEP = 0.09  # in lightness, from a colour of the brand's to its shade
_WHITISH = 0.97
_GREY = 0.025  # the chroma below which a colour is taken for a grey
_SEEN = 1.25  # the least contrast of a button with a light page: yellow on it has 1.3, and still is a button
_NEARLY_WHITE = {"brand": (0.965, 0.008), "brand-2": (0.9, 0.01), "accent": (0.99, 0.01), "sun": (0.99, 0.04)}
"""How light the words on each of the brand's colours are, and how colourful at most."""


class Scheme(NamedTuple):
    """The colours of all tokens in the light and in the dark, each as hex."""

    light: Tokens
    dark: Tokens


def scheme(brand: Brand) -> Scheme:
    """What the theme's colours are for this brand."""
    own = _own(brand)
    fixed = _on_own(own)
    return Scheme(fixed | _light(own), fixed | _dark(own))


def css(brand: Brand, where: Addresses) -> bytes:
    """The stylesheet; config.py let only colours, font names, a length and paths of fonts through.

    It is of the theme's own layer of tokens, so that what the theme says for print and for
    readers who want more contrast still comes after it.
    """
    light, dark = scheme(brand)
    tokens = {name: _both(light[name], dark[name]) for name in light}
    tokens["line"] = _both(f"{light['ink']}24", f"{dark['ink']}24")  # at 14 %: it parts, and says nothing
    tokens |= {f"font-{role}": _stack(brand, role) for role in FONTS}
    tokens["radius"] = brand.radius or RADIUS
    tokens["pill"] = _pill(tokens["radius"])
    faces = "".join(_face(role, where.link(path)) for role, path in brand.font_files.items())
    lines = "".join(f"--{name}:{value};\n" for name, value in tokens.items())
    return f"{faces}@layer tokens{{:root{{\n{lines}}}}}\n".encode()


def warnings(brand: Brand) -> list[str]:
    """The brand's colours that cannot be read where they would stand as they are, a sentence each.

    Text on a colour of the brand's is never among them: black or white can be read on any.
    """
    light = _light(own := _own(brand))
    said = []
    for name, token, use in (("brand", "link", "links"), ("accent", "hot", "words")):
        if name in brand.colours and own[name] != light[token]:
            ratios = {ground: contrast(own[name], light[ground]) for ground in GROUNDS}
            first = next(ground for ground, ratio in ratios.items() if ratio < TEXT)  # the page, if there
            said.append(
                f'HUB_BRAND: {name} "{brand.colours[name]}" has {_rounded(ratios[first])}:1 '
                f"on {GROUNDS[first]}, {use} need {TEXT}; "
                f'the nearest that passes is "{light[token]}", which the hub uses there'
            )
    return said


def _rounded(ratio: float) -> str:
    """Down, so that what fails by a little does not read as if it passed."""
    return f"{int(ratio * 10) / 10}"


def _both(light: str, dark: str) -> str:
    return light if light == dark else f"light-dark({light},{dark})"


def _stack(brand: Brand, role: str) -> str:
    families = brand.fonts.get(role) or FONTS[role]
    return f'"hub-{role}",{families}' if role in brand.font_files else families


def _pill(radius: str) -> str:
    """How round buttons and chips are: wholly, but with a brand that has hardly a round corner."""
    size, unit = float(radius.rstrip("pxrem")), radius.lstrip("0123456789.")
    return radius if size * (1 if unit == "px" else _REM) < _ROUND else "99px"


def _face(role: str, link: str) -> str:
    """All weights are the file's: a variable font has them, another is shown in its one, never smeared."""
    return (
        f'@font-face{{font-family:"hub-{role}";src:url("{link}") format("woff2");'
        "font-weight:100 900;font-display:swap}\n"
    )


def _own(brand: Brand) -> Tokens:
    """The brand's four colours; what it does not name follows from its first, where it names that."""
    own = {name: full(colour) for name, colour in brand.colours.items()}
    if "brand" in own:
        lightness, chroma, hue = oklch(own["brand"])
        own.setdefault("brand-2", hexed(Oklch(lightness * 0.8, chroma, hue)))
        own.setdefault("accent", own["brand"])
        own.setdefault("sun", hexed(Oklch(0.85, min(chroma, 0.1), hue)))
    return DEFAULTS | own


def _on_own(own: Tokens) -> Tokens:
    """The brand's colours and what is read on them, the same in the light and in the dark."""
    tokens = own | {f"on-{name}": _on(own, name) for name in own}
    for name in ("brand", "sun"):
        tokens[f"{name}-shade"] = _shade(own[name], tokens[f"on-{name}"])
    return tokens


def _on(own: Tokens, name: str) -> str:
    """Nearly white or nearly black, with a breath of the ground's hue where that can still be read."""
    ground, (light, chroma) = own[name], _NEARLY_WHITE[name]
    for tried in (tint(ground, light, chroma), tint(ground, 0.18, chroma), WHITE, BLACK):
        if contrast(tried, ground) >= TEXT:
            return tried
    raise AssertionError(ground)  # the better of black and white has 4.58 on any colour


def _shade(ground: str, text: str) -> str:
    """A step lighter than the ground, or where that is white or takes too much from its text, darker."""
    lightness, chroma, hue = oklch(ground)
    lighter, darker = (hexed(Oklch(lightness + step, chroma, hue)) for step in (_STEP, -_STEP))
    return lighter if lightness + _STEP < _WHITISH and contrast(lighter, text) >= TEXT else darker


def _light(own: Tokens) -> Tokens:
    brand, sun = own["brand"], own["sun"]
    tokens = {
        "bg": tint(sun, 0.974, 0.011),
        "surface": tint(sun, 0.993, 0.005),
        "sunk": tint(sun, 0.94, 0.024),
        "warm": tint(sun, 0.943, 0.032),
        "cool": tint(brand, 0.935, 0.012),
    }
    wanted = {
        "ink": tint(brand, 0.245, 0.014),
        "soft": tint(brand, 0.43, 0.014),
        "link": brand,
        "hot": own["accent"],
        "star": "#a66300",
        "ring": "#0b57d0",
        "edge": tint(brand, 0.6, 0.02),
    }
    return _with_button(own, _read(tokens, wanted, lambda _: WHITE), _SEEN)


def _dark(own: Tokens) -> Tokens:
    brand, sun = own["brand"], own["sun"]
    tokens = {
        "bg": tint(brand, 0.2, 0.014),
        "surface": tint(brand, 0.245, 0.018),
        "sunk": tint(brand, 0.29, 0.022),
        "warm": tint(sun, 0.285, 0.022),
        "cool": tint(brand, 0.295, 0.032),
    }
    grounds = list(tokens.values())
    wanted = {
        "ink": tint(sun, 0.95, 0.015),
        "soft": tint(brand, 0.79, 0.016),
        "link": _glowing(brand, 0.84, grounds),
        "hot": _glowing(own["accent"], 0.8, grounds),
        "star": "#f3c04f",
        "ring": "#8ab4ff",
        "edge": tint(brand, 0.6, 0.02),
    }
    return _with_button(own, _read(tokens, wanted, lambda link: tint(link, 0.22, 0.04)), SHAPE)


def _read(grounds: Tokens, wanted: Mapping[str, str], on_link: Callable[[str], str]) -> Tokens:
    """The grounds and what is read on them, moved where it could not be."""
    on = list(grounds.values())
    read = {name: nearest(colour, on, TEXT if name in _WORDS else SHAPE) for name, colour in wanted.items()}
    read["on-link"] = nearest(on_link(read["link"]), [read["link"]], TEXT)
    return grounds | read


def _with_button(own: Tokens, tokens: Tokens, seen: float) -> Tokens:
    """Buttons are of the brand's own colour where they stand out from the page.

    Else they are of its accent, where the brand is a grey or black and the accent what it
    is known by, or of the links'.
    """
    page = [tokens["bg"], tokens["surface"]]
    for name in ("brand", "accent"):
        if least(own[name], page) >= seen:
            return tokens | {"button": own[name], "on-button": _on(own, name)}
        if oklch(own[name]).chroma >= _GREY:
            break
    return tokens | {"button": tokens["link"], "on-button": tokens["on-link"]}


def _glowing(colour: str, lightness: float, grounds: list[str]) -> str:
    """The colour for words in the dark: as it is where it can be read, else as a pale light of its hue.

    Just light enough to pass, a deep colour would be a dim one.
    """
    if least(colour, grounds) >= TEXT:
        return colour
    _, chroma, hue = oklch(colour)
    return hexed(Oklch(lightness, min(chroma * 1.6, 0.1), hue))
