"""Drawing share pictures: a panel in the brand's colours with its mark, its name, a title, a picture beside it."""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import warnings
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, ImageOps, features

from forecourt.site.share import HEIGHT, WIDTH

_PICTURE = 500  # of the width, where there is one
_MARGIN = 72
_MARK = 84
_NAME = 40  # pixels that letters are high, as all sizes below
_KICKER = 28
_TITLE = 350  # pixels that a title may be high
_CHIP = 70  # pixels from the top of a kicker to that of the title below it
_SIZES = (104, 96, 88, 80, 72, 66, 60, 54, 48, 42)
_LEADING = 1.16
_LARGE = 50  # from which on thin letters get a stroke
_MEASURE = 64  # the size in which words are measured; at another they are as much wider as that is
_REMEMBERED = 5000  # words whose widths are
_SLACK = 0.97  # of the width: letters are fitted to whole pixels at each size
_SMOOTH = 4  # times as large shapes are drawn before they are scaled down, for their edges
_MOST_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITIES = (76, 60)  # the second where a picture is so lively that the first takes more than ...
_LARGEST = 60_000  # ... bytes

DAMAGED = (
    OSError, ValueError, SyntaxError, TypeError, RuntimeError, EOFError, ArithmeticError, LookupError,
    MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""All that Pillow raises on damaged files; see media/making.py."""

_NONE = "\U0010ffff"  # a noncharacter: no font has a glyph for it

# What fonts seldom have and a title says as much without; letters and figures are never left out.
_PICTOGRAPHS = re.compile(
    "[\u20e3\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_JOINERS = "\u200c\u200d"  # some scripts are written with them
_PLAIN = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
    }
)
"""Spaces and dashes as every font has them."""

# Scripts whose letters stand on, under and before one another; a font alone does not tell how.
_SHAPED = re.compile("[\u0590-\u08ff\u0900-\u109f\u1780-\u18af\ufb1d-\ufdff\ufe70-\ufeff]")
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"  # lines may break before and after each
_PIECES = re.compile(rf"(\s*)([{_WIDE}]|[^\s{_WIDE}]+)")


class Fitted(NamedTuple):
    """Text as it is drawn: its lines, the size of its letters in pixels."""

    lines: tuple[str, ...]
    size: int


class Easel:
    """What the share pictures of one brand have in common, made once."""

    def __init__(
        self, name: str, colours: Mapping[str, str], logo: Path | None, fonts: Sequence[Path]
    ) -> None:
        """``colours`` are those of the tokens brand, brand-shade, on-brand, sun, on-sun and surface."""
        self._colours = colours
        self._face = next(filter(None, map(_face, fonts)), None) or _built_in()
        self._name = self._face.drawable(name)
        self._logo = _logo(logo, colours["surface"]) if logo else None
        self._panels: dict[tuple[int, bool, bool], Image.Image] = {}

    def draw(self, title: str, kicker: str, picture: Path | None) -> bytes:
        """One share picture, as JPEG."""
        words = self._face.drawable(title)
        beside = _filling(picture, (_PICTURE, HEIGHT), self._colours["surface"]) if picture else None
        width = WIDTH - _PICTURE if beside else WIDTH
        rtl = _is_rtl(words or self._name)
        sheet = Image.new("RGB", (WIDTH, HEIGHT), self._colours["brand"])
        panel = self._panel(width, rtl=rtl, named=bool(words)).copy()
        if words:
            self._write(panel, words, self._face.drawable(kicker), rtl=rtl)
        sheet.paste(panel, (WIDTH - width if rtl else 0, 0))
        if beside:
            sheet.paste(beside, (0 if rtl else width, 0))
        return _encoded(sheet)

    def _panel(self, width: int, *, rtl: bool, named: bool) -> Image.Image:
        """All but title and kicker; without a title, the brand's name stands in its place."""
        key = (width, rtl, named)
        if key not in self._panels:
            panel = Image.new("RGB", (width, HEIGHT), self._colours["brand"])
            self._decorate(panel, rtl=rtl)
            if named or not self._name:
                self._sign(panel, _MARK if named else 3 * _MARK, rtl=rtl)
            else:
                self._announce(panel, rtl=rtl)
            self._panels[key] = panel
        return self._panels[key]

    def _decorate(self, panel: Image.Image, *, rtl: bool) -> None:
        """A leaf of the brand's shade that grows out of the corner, and a line of its sun along the foot."""
        size = 560
        leaf = _leaf(size)
        if rtl:
            leaf = ImageOps.mirror(leaf)
        left = -size // 3 if rtl else panel.width - size * 2 // 3
        panel.paste(self._colours["brand-shade"], (left, HEIGHT - size * 3 // 4), leaf)
        ImageDraw.Draw(panel).rectangle((0, HEIGHT - 12, panel.width, HEIGHT), fill=self._colours["sun"])

    def _sign(self, panel: Image.Image, size: int, *, rtl: bool) -> None:
        """The mark in its corner, with the name beside it if it is small."""
        x = panel.width - _MARGIN - size if rtl else _MARGIN
        y = _MARGIN - 8 if size == _MARK else (HEIGHT - size) // 2
        self._mark(panel, x, y, size)
        if size == _MARK and self._name:
            room = panel.width - 2 * _MARGIN - size - 24
            fitted = self._face.fitted(self._name, room, _NAME * 1.5, (_NAME, 32, 26))
            self._lines(panel, fitted, x - 24 if rtl else x + size + 24, y + size // 2, middle=True, rtl=rtl)

    def _announce(self, panel: Image.Image, *, rtl: bool) -> None:
        """The mark, and below it the name as large as a title."""
        room = panel.width - 2 * _MARGIN
        fitted = self._face.fitted(self._name, room, 240, (128, 112, 96, *_SIZES))
        mark = 2 * _MARK
        height = mark + 48 + _height(fitted)
        top = (HEIGHT - height) // 2
        self._mark(panel, panel.width - _MARGIN - mark if rtl else _MARGIN, top, mark)
        edge = panel.width - _MARGIN if rtl else _MARGIN
        self._lines(panel, fitted, edge, top + mark + 48, middle=False, rtl=rtl)

    def _mark(self, panel: Image.Image, x: int, y: int, size: int) -> None:
        """The logo on a round ground, otherwise the brand's initial on a leaf, as in the head of a page."""
        if self._logo:
            logo = self._logo.resize((size, size), Image.Resampling.LANCZOS)
            panel.paste(logo, (x, y), _round(size))
            return
        panel.paste(self._colours["sun"], (x, y), _leaf(size))
        if initial := self._name[:1].upper():
            font = self._face.at(size * 6 // 10)
            left, top, right, bottom = font.getbbox(initial)
            at = (x + (size - right - left) / 2, y + (size - bottom - top) / 2)
            ImageDraw.Draw(panel).text(at, initial, self._colours["on-sun"], font)

    def _write(self, panel: Image.Image, words: str, kicker: str, *, rtl: bool) -> None:
        """The title at the foot of the panel, the kicker on a chip above it."""
        room = panel.width - 2 * _MARGIN
        fitted = self._face.fitted(words, room, _TITLE - _CHIP if kicker else _TITLE, _SIZES)
        top = HEIGHT - _MARGIN - 8 - _height(fitted)
        edge = panel.width - _MARGIN if rtl else _MARGIN
        self._lines(panel, fitted, edge, top, middle=False, rtl=rtl)
        if kicker:
            self._chip(panel, kicker, edge, top - _CHIP, room, rtl=rtl)

    def _chip(self, panel: Image.Image, kicker: str, edge: int, top: int, room: int, *, rtl: bool) -> None:
        line = self._face.fitted(kicker, room - 40, _KICKER * 1.5, (_KICKER,))
        width = min(room, round(self._face.width(line.lines[0], _KICKER)) + 40)
        left = edge - width if rtl else edge
        panel.paste(self._colours["sun"], (left, top), _pill(width, 46))
        start = left + width - 20 if rtl else left + 20
        self._lines(panel, line, start, top + 23, middle=True, rtl=rtl, colour="on-sun")

    def _lines(
        self,
        panel: Image.Image,
        fitted: Fitted,
        x: int,
        y: int,
        *,
        middle: bool,
        rtl: bool,
        colour: str = "on-brand",
    ) -> None:
        """Lines of text from their beginning edge; ``middle`` of the first, or top of all, is at ``y``."""
        pen, font = ImageDraw.Draw(panel), self._face.at(fitted.size)
        anchor = ("r" if rtl else "l") + "m" if middle else ("r" if rtl else "l") + "s"
        baseline = y if middle else y + fitted.size
        direction, stroke = self._face.way(fitted.size, rtl=rtl)
        for line in fitted.lines:
            pen.text(
                (x, baseline),
                line,
                self._colours[colour],
                font,
                anchor,
                direction=direction,
                stroke_width=stroke,
            )
            baseline += round(fitted.size * _LEADING)


class _Face:
    """A font in every size, and what it can draw."""

    def __init__(self, data: bytes, *, thin: bool = False) -> None:
        """``thin`` are letters that want a stroke round them to be seen from afar."""
        self._data = data
        self._thin = thin
        self._sizes: dict[int, ImageFont.FreeTypeFont] = {}
        self._has: dict[str, bool] = {}
        self._widths: dict[str, float] = {}
        self._engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The font in a size."""
        if size not in self._sizes:
            self._sizes[size] = ImageFont.FreeTypeFont(
                io.BytesIO(self._data), size, layout_engine=self._engine
            )
        return self._sizes[size]

    def drawable(self, text: str) -> str:
        """The text as this font can draw it, "" where it lacks a letter or cannot shape the script."""
        text = _PICTOGRAPHS.sub(lambda found: found[0] if self._is_there(found[0]) else " ", text)
        plain = "".join(each if self._is_there(each) else each.translate(_PLAIN) for each in _composed(text))
        words = " ".join(plain.split())
        if self._engine is ImageFont.Layout.BASIC:
            if _SHAPED.search(words) or any(map(unicodedata.combining, words)):
                return ""
            words = words.translate(dict.fromkeys(map(ord, _JOINERS)))
        return words if all(map(self._is_there, set(words) - {" ", *_JOINERS})) else ""

    def way(self, size: int, *, rtl: bool) -> tuple[str | None, int]:
        """The direction, which Pillow takes only where it can follow it, and the stroke."""
        direction = "rtl" if rtl else "ltr"
        return direction if self._engine is ImageFont.Layout.RAQM else None, int(
            self._thin and size >= _LARGE
        )

    def width(self, text: str, size: int) -> float:
        """How wide text is, about."""
        if text not in self._widths:
            self._widths[text] = self.at(_MEASURE).getlength(text)
        return self._widths[text] * size / _MEASURE

    def fitted(self, text: str, width: float, height: float, sizes: Sequence[int]) -> Fitted:
        """The text in lines, in the largest of the sizes in which it fits, cut off where none is small enough."""
        if len(self._widths) > _REMEMBERED:
            self._widths.clear()
        pieces = [(bool(space), word) for space, word in _PIECES.findall(text)]
        room = width * _SLACK
        for size in sizes:
            lines = self._wrapped(pieces, room, size)
            most = max(1, int((height - size) / (size * _LEADING)) + 1)
            if len(lines) <= most and all(self.width(line, size) <= room for line in lines):
                return Fitted(tuple(lines), size)
        broken = [part for piece in pieces for part in self._broken(*piece, room, size)]
        lines = self._wrapped(broken, room, size)
        if len(lines) > most:
            lines = [*lines[: most - 1], self._cut(lines[most - 1], room, size)]
        return Fitted(tuple(lines), size)

    def _wrapped(self, pieces: Sequence[tuple[bool, str]], room: float, size: int) -> list[str]:
        lines = [""]
        for spaced, word in pieces:
            longer = f"{lines[-1]} {word}" if spaced and lines[-1] else lines[-1] + word
            if lines[-1] and self._about(longer, size) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def _broken(self, spaced: bool, word: str, room: float, size: int) -> list[tuple[bool, str]]:
        """A word in parts that each fit on a line."""
        if self.width(word, size) <= room:
            return [(spaced, word)]
        parts = [""]
        for character in word:
            if (
                parts[-1]
                and self._about(parts[-1] + character, size) > room
                and not unicodedata.combining(character)
            ):
                parts.append("")
            parts[-1] += character
        return [(spaced and not number, part) for number, part in enumerate(parts)]

    def _cut(self, line: str, room: float, size: int) -> str:
        """The line with an ellipsis, as much of it as fits."""
        ellipsis = "…" if self._is_there("…") else "..."
        while line and self._about(line + ellipsis, size) > room:
            line = line[:-1]
        return line.rstrip(" ,;:-") + ellipsis

    def _about(self, text: str, size: int) -> float:
        """The width of a text, mostly as the sum of its characters', which is quick and a little too much."""
        if not text.isascii() and _SHAPED.search(text):
            return self.width(text, size)
        return sum(self.width(character, size) for character in text)

    def _is_there(self, character: str) -> bool:
        """Whether the font has a glyph for it: what it has none for, FreeType draws as glyph 0."""
        if character not in self._has:
            self._has[character] = self._drawn(character) != self._missing
        return self._has[character]

    @cached_property
    def _missing(self) -> tuple[object, ...]:
        return self._drawn(_NONE)

    @cached_property
    def _single(self) -> ImageFont.FreeTypeFont:
        return ImageFont.FreeTypeFont(io.BytesIO(self._data), 48, layout_engine=ImageFont.Layout.BASIC)

    def _drawn(self, character: str) -> tuple[object, ...]:
        mask = self._single.getmask(character)
        return mask.size, bytes(mask)


def _face(path: Path) -> _Face | None:
    """The font in that file, None where it is none that FreeType reads."""
    try:
        face = _Face(path.read_bytes())
        face.at(_MEASURE).getlength("a")
    except DAMAGED:
        return None
    return face


def _built_in() -> _Face:
    """Pillow's own font: English letters and little else."""
    font = ImageFont.load_default(_MEASURE)
    assert isinstance(font, ImageFont.FreeTypeFont)  # every wheel of Pillow has FreeType
    return _Face(font.font_bytes, thin=True)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _encoded(sheet: Image.Image) -> bytes:
    for quality in _QUALITIES:
        out = io.BytesIO()
        sheet.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= _LARGEST:
            break
    return out.getvalue()


def _is_rtl(text: str) -> bool:
    """Whether the first letter that has a direction goes to the left."""
    ways = (unicodedata.bidirectional(each) for each in text)
    return next((way != "L" for way in ways if way in {"L", "R", "AL"}), False)


def _height(fitted: Fitted) -> int:
    """From the top of the first line to the descenders of the last, about."""
    return round(fitted.size * (1.2 + _LEADING * (len(fitted.lines) - 1)))


def _smooth(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    mask = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
    return mask, ImageDraw.Draw(mask)


def _leaf(size: int) -> Image.Image:
    """Round, but for its lower left corner."""
    mask, pen = _smooth((size, size))
    edge = size * _SMOOTH - 1
    pen.ellipse((0, 0, edge, edge), fill=255)
    corner = (False, False, False, True)
    pen.rounded_rectangle((0, edge // 2, edge // 2, edge), edge * 0.18, fill=255, corners=corner)
    return mask.resize((size, size), Image.Resampling.BOX)


def _round(size: int) -> Image.Image:
    mask, pen = _smooth((size, size))
    pen.ellipse((0, 0, size * _SMOOTH - 1, size * _SMOOTH - 1), fill=255)
    return mask.resize((size, size), Image.Resampling.BOX)


def _pill(width: int, height: int) -> Image.Image:
    mask, pen = _smooth((width, height))
    pen.rounded_rectangle((0, 0, width * _SMOOTH - 1, height * _SMOOTH - 1), height * _SMOOTH / 2, fill=255)
    return mask.resize((width, height), Image.Resampling.BOX)


def _logo(path: Path, ground: str) -> Image.Image | None:
    """The logo on a square ground, small enough for the circle in it; None where it cannot be drawn."""
    size = 3 * _MARK * 2
    image = _opened(path, (size, size))
    if image is None:
        return None
    sheet = Image.new("RGB", (size, size), ground)
    image.thumbnail((size * 2 // 3, size * 2 // 3), Image.Resampling.LANCZOS)
    at = ((size - image.width) // 2, (size - image.height) // 2)
    return _on(image, sheet, at)


def _filling(path: Path, size: tuple[int, int], ground: str) -> Image.Image | None:
    """The picture, as much of its middle as fills that size; None where it cannot be read."""
    image = _opened(path, size)
    if image is None:
        return None
    scale = min(image.width / size[0], image.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    middle = (left, top, left + width, top + height)
    fitted = image.resize(size, Image.Resampling.BICUBIC, middle, reducing_gap=2)
    return _on(fitted, Image.new("RGB", size, ground), (0, 0))


def _on(image: Image.Image, sheet: Image.Image, at: tuple[int, int]) -> Image.Image:
    """The sheet with the image on it."""
    sheet.paste(image, at, image if image.mode == "RGBA" else None)
    return sheet


def _opened(path: Path, size: tuple[int, int]) -> Image.Image | None:
    """A picture upright, as RGB, or RGBA if something shines through; None where it cannot be read."""
    try:
        # Of damaged Exif, of sizes over Pillow's limit: ours is lower.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            image.draft("RGB", size)  # a JPEG is decoded smaller
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except DAMAGED:
        return None
