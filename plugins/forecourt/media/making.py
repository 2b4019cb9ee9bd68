"""One picture made ready: decoded within limits, upright, in sRGB, bare of metadata, in several widths.

All of it runs in a worker, on bytes that strangers sent. What is published is pixels
that we encoded: nothing of a file goes through.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from PIL import AvifImagePlugin, Image, ImageCms, JpegImagePlugin

from forecourt.errors import BadData, OutputError
from forecourt.media.looks import looks
from forecourt.store import StoredPicture

MOST_PIXELS = 40_000_000
SMALLEST = 8
"""Pixels below which a picture is a counter, not something to look at."""

WORKSHOP = "new"
"""The folder among the pictures in which files are written before they get their names."""

_VERSION = 1  # of how they are made; pictures by another are made anew
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_TALLEST = 4  # times as tall as the theme's widest is wide
_WORTH = 0.75  # of its own width: a file that is hardly narrower saves nothing
_GAP = 1.5  # times as large as needed is enough to scale from
_STRIP = 256  # rows that are scaled down at once
_PLACEHOLDER = 200  # bytes

# Measured on photographs 1,280 pixels wide: AVIF at 55 is nearer to the original than WebP at 75, in as many
# bytes; speed 6 would take three times as long for a twentieth less. Method 2 takes half of WebP's usual time.
_AVIF = {"quality": 55, "speed": 8, "max_threads": 1}
_WEBP = {"quality": 75, "method": 2}
_TINY = {"quality": 20, "method": 6}

# All that Pillow raises on damaged files, as 20,000 of them showed and its parts may.
_DAMAGED = (
    OSError, ValueError, SyntaxError, TypeError, RuntimeError, EOFError, ArithmeticError, LookupError,
    struct.error, zlib.error,
)  # fmt: skip

_ORIENTATION = 0x0112  # of Exif
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}  # width and height change places

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each takes 70 MB of the address space that a worker may have


def recipe(widths: Sequence[int]) -> str:
    """How pictures of these widths are made; one made in another way is made anew."""
    return f"{_VERSION}: {' '.join(map(str, widths))}"


def named(body: bytes, widths: Sequence[int]) -> str:
    """The name of the files that ``make`` makes of these bytes, before it has made them."""
    digest = blake2b(body, digest_size=12, key=recipe(widths).encode()[: blake2b.MAX_KEY_SIZE]).hexdigest()
    return f"{digest[:2]}/{digest}"


def make(body: bytes, widths: Sequence[int], folder: Path) -> StoredPicture:
    """Make a picture's files, each as AVIF and as WebP: in those of the widths that it has, and in its own.

    Raises BadData when it is no picture we show, OutputError when the files cannot be
    written; then there are none.
    """
    with _understood(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged Exif, of sizes over Pillow's limit: ours is lower
        image = _ready(body, max(widths))
        made = StoredPicture(
            named(body, widths), *image.size, recipe(widths), _worthwhile(image.width, widths),
            _colour(image), _placeholder(image), looks(image),
        )  # fmt: skip
        files: dict[str, bytes] = {}
        for width in made.widths:
            one = _resized(image, width)
            files[made.file(width, "avif")] = _encoded(one, "AVIF", _AVIF)
            files[made.file(width, "webp")] = _encoded(one, "WEBP", _WEBP)
    _put(files, folder)
    return made


@contextmanager
def _understood() -> Iterator[None]:
    """What Pillow raises, as our errors."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise BadData("a picture is too large") from error
    except MemoryError as error:
        raise BadData("a picture takes more memory to read than one may") from error
    except _DAMAGED as error:
        raise BadData(
            "a picture cannot be read; it is cut off, damaged, or of a kind we do not show"
        ) from error


def _ready(body: bytes, widest: int) -> Image.Image:
    """The picture as its largest file shows it."""
    image = Image.open(io.BytesIO(body), formats=_FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise BadData(f"a picture of {image.width} x {image.height} pixels is too large")
    if image.width < SMALLEST or image.height < SMALLEST:
        raise BadData("a picture is too small to be one")
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        image.load()  # before we look for its Exif, which may stand behind its pixels
    turned = _turned(image)
    size = _fitting(image.size, widest, sideways=turned in _SIDEWAYS)
    image.draft(None, (round(size[0] * _GAP), round(size[1] * _GAP)))  # a JPEG is decoded smaller
    image.load()
    profile = image.info.get("icc_profile")
    ready = _in_srgb(_reduced(image, size), profile).resize(size, Image.Resampling.LANCZOS)
    ready.info = {}  # Pillow would write colour profiles and comments back
    return ready.transpose(_UPRIGHT[turned]) if turned in _UPRIGHT else ready


def _turned(image: Image.Image) -> int:
    """The orientation by Exif or XMP; 1 where neither says anything that can be read."""
    try:
        turned = image.getexif().get(_ORIENTATION)
    except _DAMAGED:
        return 1
    return turned if isinstance(turned, int) else 1


def _fitting(size: tuple[int, int], widest: int, *, sideways: bool) -> tuple[int, int]:
    """The size to scale to, lying as the picture is stored."""
    width, height = reversed(size) if sideways else size
    scale = min(1, widest / width, widest * _TALLEST / height)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _reduced(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture scaled down by a whole number, not below ``_GAP`` times the size.

    Strip by strip: as a whole it is in memory once, in the way it is stored.
    """
    factor = max(1, int(min(image.width / size[0], image.height / size[1]) / _GAP))
    rows = max(1, _STRIP // factor) * factor
    reduced: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        if reduced is None:
            reduced = Image.new(strip.mode, (strip.width, -(-image.height // factor)))
        reduced.paste(strip, (0, top // factor))
    assert reduced is not None  # it has rows
    return reduced


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode in which colours can be mixed: L, LA, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow would cut them off at 255
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in {"L", "1"}:
        return image.convert("LA" if image.has_transparency_data else "L")
    if image.mode in {"LA", "CMYK"}:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as RGB, with transparency if any of it is transparent, its colours as every screen takes them."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    if profile:
        colours = _converted(colours, profile)
    ready = colours.convert("RGB")
    if alpha and alpha.getextrema() != (255, 255):
        ready.putalpha(alpha)
    return ready


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_DAMAGED):
        return image  # a profile that is damaged, or of another kind of picture, says nothing
    return converted or image


def _worthwhile(own: int, widths: Sequence[int]) -> tuple[int, ...]:
    return (*sorted(width for width in widths if width <= own * _WORTH), own)


def _resized(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2)


def _colour(image: Image.Image) -> str:
    """The colour on average; "" where the page shines through, which has its own."""
    if image.mode != "RGB":
        return ""
    return "#{:02x}{:02x}{:02x}".format(*image.resize((1, 1), Image.Resampling.BOX).tobytes())


def _placeholder(image: Image.Image) -> str:
    """A tiny picture as an address, "" where none is small enough."""
    for width in (16, 8, 4):
        data = _encoded(_resized(image, width), "WEBP", _TINY)
        if len(data) <= _PLACEHOLDER:
            return f"data:image/webp;base64,{b64encode(data).decode()}"
    return ""


def _encoded(image: Image.Image, kind: str, options: Mapping[str, int]) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _put(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files, each whole or not at all also when the worker is stopped here."""
    workshop = folder / WORKSHOP
    written: dict[str, Path] = {}
    try:
        workshop.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            written[name] = workshop / f"{os.getpid()}-{Path(name).name}"
            written[name].write_bytes(data)
        for name, path in written.items():
            (folder / name).parent.mkdir(exist_ok=True)
            path.replace(folder / name)
    except OSError as error:
        for path in written.values():
            path.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise OutputError(f"{folder} cannot be written: {why}; mend that and fetch again") from error
