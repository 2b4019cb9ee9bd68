"""The brand's colours: whatever they are, what the theme sets in them can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.config import Brand
from forecourt.config.brand import COLOURS, ROLES, read_brand
from forecourt.site import brandsheet, colours
from forecourt.site.addresses import Addresses
from forecourt.site.brandsheet import DEFAULTS, GROUNDS, PAIRS
from forecourt.site.colours import contrast, hexed, oklch
from tests.site.brands import EXAMPLES, Example
from tests.site.visitor import careful_browser

ROOT = Path(__file__).parents[2]
LARKWOOD = {"brand": "#1f3d33", "brand-2": "#2f5a4b", "accent": "#a83f24", "sun": "#e9bd5c"}
WHERE = Addresses("https://hub.example/shop")

hexes = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
brands = st.dictionaries(st.sampled_from(COLOURS), hexes)


def unread(scheme: brandsheet.Scheme) -> list[str]:
    """The pairs of a scheme that fail, with what they have."""
    return [
        f"{tone}: {pair} has {ratio}"
        for tone, tokens in scheme._asdict().items()
        for pair in PAIRS
        if (ratio := contrast(tokens[pair.text], tokens[pair.ground])) < pair.ratio
    ]


# Colours


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#0000ff", 2.15),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ff0000", (0.628, 0.2577, 29.23)),
        ("#00ff00", (0.8664, 0.2948, 142.5)),
        ("#0000ff", (0.452, 0.3132, 264.05)),
        ("#ffffff", (1, 0, None)),
    ],
)
def test_oklch_is_that_of_css(colour: str, expected: tuple[float, float, float | None]) -> None:
    found = oklch(colour)

    assert found[:2] == pytest.approx(expected[:2], abs=5e-4)
    if expected[2] is not None:  # white has no hue
        assert found.hue == pytest.approx(expected[2], abs=0.05)


@settings(deadline=None)
@given(hexes)
def test_a_colour_comes_back_as_it_went(colour: str) -> None:
    assert hexed(oklch(colour)) == colour


def test_a_colour_that_no_screen_shows_loses_chroma_and_keeps_its_hue() -> None:
    shown = oklch(hexed(colours.Oklch(0.9, 0.3, 264)))

    assert shown.lightness == pytest.approx(0.9, abs=0.005)
    assert shown.hue == pytest.approx(264, abs=3)
    assert shown.chroma < 0.06


@settings(deadline=None)
@given(hexes, hexes)
def test_the_nearest_that_passes_passes(colour: str, ground: str) -> None:
    assert contrast(colours.nearest(colour, [ground], 4.5), ground) >= 4.5


@settings(deadline=None)
@given(hexes)
@example("#ffd500")
def test_the_nearest_moves_lightness_just_far_enough(colour: str) -> None:
    found = colours.nearest(colour, ["#ffffff"], 4.5)

    if contrast(colour, "#ffffff") >= 4.5:
        assert found == colour
    else:
        assert contrast(found, "#ffffff") < 4.6
        assert oklch(found).chroma <= oklch(colour).chroma + 0.005


def test_on_a_ground_between_black_and_white_the_nearer_way_is_taken() -> None:
    assert oklch(colours.nearest("#8a8a8a", ["#303030"], 4.5)).lightness > oklch("#8a8a8a").lightness
    assert oklch(colours.nearest("#5a5a5a", ["#d0d0d0"], 4.5)).lightness < oklch("#5a5a5a").lightness


# What can be read


@settings(max_examples=300, deadline=None)
@given(brands)
@example(dict.fromkeys(COLOURS, "#777777"))
@example(dict.fromkeys(COLOURS, "#ffffff"))
@example(dict.fromkeys(COLOURS, "#000000"))
@example({"brand": "#00f", "sun": "#0FF"})
def test_whatever_its_colours_a_brand_can_be_read(chosen: Mapping[str, str]) -> None:
    assert unread(brandsheet.scheme(Brand(colours=chosen))) == []


@settings(max_examples=100, deadline=None)
@given(brands)
def test_light_is_light_and_dark_is_dark(chosen: Mapping[str, str]) -> None:
    light, dark = brandsheet.scheme(Brand(colours=chosen))

    assert all(
        oklch(light[ground]).lightness > 0.9 and oklch(dark[ground]).lightness < 0.35 for ground in GROUNDS
    )


@settings(max_examples=100, deadline=None)
@given(brands)
def test_the_brands_own_colours_stay_as_they_are(chosen: Mapping[str, str]) -> None:
    light, dark = brandsheet.scheme(Brand(colours=chosen))

    for name, colour in chosen.items():
        assert light[name] == dark[name] == colour


def test_what_a_brand_does_not_name_follows_from_its_first_colour() -> None:
    light = brandsheet.scheme(Brand(colours={"brand": "#0a4fb3"})).light

    assert light["accent"] == "#0a4fb3"
    assert {name: round(oklch(light[name]).hue / 15) for name in ("brand-2", "sun")} == {
        "brand-2": 17,
        "sun": 17,
    }
    assert brandsheet.scheme(Brand()).light.items() >= DEFAULTS.items()


def test_a_pale_brand_has_pale_buttons_and_one_that_is_not_seen_has_not() -> None:
    pale = brandsheet.scheme(EXAMPLES["toys"].lay(Path()))
    unseen = brandsheet.scheme(Brand(colours={"brand": "#fffdf9"}))

    assert pale.light["button"] == pale.dark["button"] == "#ffb3c7"
    assert unseen.light["button"] == unseen.light["link"]
    assert unseen.dark["button"] == "#fffdf9"


@pytest.mark.parametrize("name", ["hardware", "perfume"])
def test_in_the_dark_a_black_brand_has_buttons_of_its_accent(name: str, tmp_path: Path) -> None:
    brand = EXAMPLES[name].lay(tmp_path)
    light, dark = brandsheet.scheme(brand)

    assert (light["button"], dark["button"]) == (light["brand"], light["accent"])


@given(st.one_of(st.none(), st.integers(0, 40)), st.sampled_from(["px", "rem", "em"]))
def test_buttons_are_round_unless_the_brand_is_angular(size: int | None, unit: str) -> None:
    css = brandsheet.css(Brand(radius="" if size is None else f"{size}{unit}"), WHERE).decode()
    angular = size == 0 or (size is not None and unit == "px" and size < 8)

    assert f"--pill:{f'{size}{unit}' if angular else '99px'};" in css


# What is said


@pytest.mark.parametrize("chosen", [{}, LARKWOOD, {"brand": "#0a4fb3"}], ids=["none", "larkwood", "one"])
def test_colours_that_can_be_read_as_they_are_are_not_spoken_of(chosen: Mapping[str, str]) -> None:
    assert brandsheet.warnings(Brand(colours=chosen)) == []


def test_a_colour_that_cannot_be_read_is_named_with_the_nearest_that_can() -> None:
    (said,) = brandsheet.warnings(Brand(colours={**LARKWOOD, "accent": "#FFD500"}))

    assert said == (
        'HUB_BRAND: accent "#FFD500" has 1.3:1 on the page\'s background, words need 4.5; '
        'the nearest that passes is "#7d6800", which the hub uses there'
    )


def test_one_that_can_be_read_on_the_page_alone_is_said_to_fail_where_it_does() -> None:
    (said,) = brandsheet.warnings(Brand(colours={**LARKWOOD, "brand": "#6f6f6f"}))

    assert 'brand "#6f6f6f" has 4.2:1 on badges, questions and code, links need 4.5' in said


@settings(max_examples=100, deadline=None)
@given(brands)
def test_what_is_recommended_is_not_warned_of(chosen: Mapping[str, str]) -> None:
    said = brandsheet.warnings(Brand(colours=chosen))
    better = dict(re.findall(r'HUB_BRAND: (\S+) .* nearest that passes is "(.+?)"', "\n".join(said)))

    assert len(said) == len(better)
    if "brand" not in better:  # the grounds have its hue, and follow it a little
        assert brandsheet.warnings(Brand(colours={**chosen, **better})) == []


# The stylesheet


@pytest.fixture(params=[*EXAMPLES, "larkwood", "none"])
def brand(request: pytest.FixtureRequest, tmp_path: Path) -> Brand:
    if isinstance(found := EXAMPLES.get(request.param), Example):
        return found.lay(tmp_path)
    return Brand(colours=LARKWOOD) if request.param == "larkwood" else Brand()


def test_the_stylesheet_is_small_and_the_same_each_time(brand: Brand) -> None:
    css = brandsheet.css(brand, WHERE)

    assert css == brandsheet.css(brand, WHERE)
    assert len(css) < 2500


def test_a_browser_takes_every_token_as_it_is_meant(brand: Brand) -> None:
    page_of = "<!doctype html><style>:root{{color-scheme:light dark}}{}</style>{}"
    names = list(brandsheet.scheme(brand).light)
    probes = "".join(f'<i style="color:var(--{name})">{name}</i>' for name in names)
    read = """[...document.querySelectorAll('i')].map(each => getComputedStyle(each).color.match(/\\d+/g)
      .map(value => Number(value).toString(16).padStart(2, '0')).join(''))"""

    light, dark = brandsheet.scheme(brand)
    with careful_browser() as browser:
        page = browser.new_page(color_scheme="light")
        page.set_content(page_of.format(brandsheet.css(brand, WHERE).decode(), probes))
        assert dict(zip(names, page.evaluate(read), strict=True)) == {name: light[name][1:] for name in names}
        page.emulate_media(color_scheme="dark")
        assert dict(zip(names, page.evaluate(read), strict=True)) == {name: dark[name][1:] for name in names}


def theme() -> str:
    css = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "theme/static/css").glob("*.css")))
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def test_every_token_that_the_theme_uses_is_given() -> None:
    given = set(re.findall(r"--([\w-]+)\s*:", theme() + brandsheet.css(Brand(), WHERE).decode()))

    assert set(re.findall(r"var\(--([\w-]+)\)", theme())) - given == set()


def test_the_theme_sets_words_in_no_colours_but_the_pairs() -> None:
    known = {(pair.text, pair.ground) for pair in PAIRS}
    tokens = brandsheet.scheme(Brand()).light
    set_together = [
        (text[1], ground[1])
        for rule in re.findall(r"\{([^{}]*)\}", theme())
        if (text := re.search(r"(?<![\w-])color:\s*var\(--([\w-]+)\)", rule))
        and (ground := re.search(r"background(?:-color)?:\s*var\(--([\w-]+)\)", rule))
    ]

    assert set_together
    assert [pair for pair in set_together if pair[1] in tokens and pair not in known] == []


def test_fonts_of_the_hubs_own_come_first(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts/our (own).woff2").write_bytes(b"wOF2 and more")
    problems: list[str] = []
    brand = read_brand(
        {"font_files": {"head": "fonts/our (own).woff2"}, "fonts": {"head": "Georgia, serif"}},
        tmp_path,
        problems,
    )
    css = brandsheet.css(brand, WHERE).decode()

    assert problems == []
    assert (
        '@font-face{font-family:"hub-head";src:url("/shop/fonts/our%20%28own%29.woff2") format("woff2");'
        "font-weight:100 900;font-display:swap}" in css
    )
    assert '--font-head:"hub-head",Georgia, serif;' in css
    assert "hub-body" not in css


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"font_files": {"head": "a.ttf"}},
            'head of font_files "a.ttf" must end in .woff2, which browsers take',
        ),
        ({"font_files": {"body": "no.woff2"}}, 'body of font_files "no.woff2" is not a file in content/'),
        ({"font_files": {"head": "../a.woff2"}}, 'head of font_files "../a.woff2" is not a file in content/'),
        (
            {"font_files": {"head": "renamed.woff2"}},
            'head of font_files "renamed.woff2" is no WOFF2 font; convert it, a new name does not',
        ),
        (
            {"font_files": {"heading": "a.woff2"}},
            '"heading" is not one of the font_files; did you mean "head"?',
        ),
        ({"font_files": "a.woff2"}, 'font_files must be a table, such as {"head": "…"}'),
        ({"share_font": "renamed.woff2"}, 'share_font "renamed.woff2" is neither a .ttf nor an .otf font'),
        ({"share_font": "none.ttf"}, 'share_font "none.ttf" is not a file in content/'),
        ({"logo": "/etc/hostname"}, 'logo "/etc/hostname" is not a file in content/'),
        (
            {"fonts": {"head": 'Georgia", serif'}},
            'head of fonts cannot be "Georgia", serif"; write it as "Georgia, serif"',
        ),
        (
            {"colours": {"sun": "rgb(1 2 3)"}},
            'sun of colours cannot be "rgb(1 2 3)"; write it as "#1f3d33"',
        ),
    ],
)
def test_what_is_wrong_with_a_brand_is_said(tmp_path: Path, said: Mapping[str, object], problem: str) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (tmp_path / "a.woff2").write_bytes(b"wOF2")
    (content / "a.woff2").write_bytes(b"wOF2")
    (content / "a.ttf").write_bytes(b"\x00\x01\x00\x00")
    (content / "renamed.woff2").write_bytes(b"<html>")
    problems: list[str] = []
    read_brand(said, content, problems)

    assert problems == [f"HUB_BRAND: {problem}"]


def test_both_roles_of_fonts_have_a_stack_of_their_own() -> None:
    assert brandsheet.FONTS.keys() == set(ROLES)
