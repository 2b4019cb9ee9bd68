"""Pictures as strangers send them, all of our own making: honest, odd, telling too much, or lying."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image, PngImagePlugin

SECRETS = (b"52.0907", b"hidden-place", b"SN-4711", b"hidden-script", b"hidden-tail", b"hidden-profile")
"""What metadata of ours say; none of it may be read in what is published."""

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 40), (30, 40, 220), (245, 245, 245)

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52.0907" '
    b'note="hidden-place"/></rdf:RDF></x:xmpmeta>'
)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scene(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Something smooth that has every brightness."""
    light = Image.linear_gradient("L")
    layers = (light, light.rotate(90), Image.radial_gradient("L"))
    return Image.merge("RGB", [layer.resize(size) for layer in layers])


def quarters(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Red and green above, blue and white below: so that one sees which way it stands."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize(size, Image.Resampling.NEAREST)


def exif(orientation: int = 1) -> Image.Exif:
    """Who took it, where, and which way up."""
    said = Image.Exif()
    said[0x0112] = orientation
    said[0x010E] = "hidden-place"
    said.get_ifd(0x8769)[0xA431] = "SN-4711"
    said.get_ifd(0x8825).update({1: "N", 2: (52.0, 5.0, 26.52), 3: "E", 4: (5.0, 7.0, 0.0), 29: "52.0907"})
    return said


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def png(
    width: int, height: int, pixels: bytes, *, depth: int = 8, colours: int = 2, extra: bytes = b""
) -> bytes:
    """A PNG whose header says what we want it to say."""
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + extra
        + chunk(b"IDAT", zlib.compress(pixels, 1))
        + chunk(b"IEND", b"")
    )


def gif(width: int, height: int) -> bytes:
    """A GIF of that size, as its header says, with next to nothing in it."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + (b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00;")
    )


def talkative(size: tuple[int, int] = (400, 300)) -> dict[str, bytes]:
    """Pictures that carry more than pixels, in every way a file can."""
    image = scene(size)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "<script>hidden-script</script>")
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    text.add_text("Place", "hidden-place 52.0907", zip=True)
    profile = wide_gamut(b"hidden-profile")
    jpeg = encoded(image, "JPEG", exif=exif(), xmp=XMP, comment=b"hidden-script", icc_profile=profile)
    plain = encoded(image)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("hidden-tail.html", "<script>hidden-script</script>")
    return {
        "jpeg": jpeg,
        "jpeg with a tail": jpeg + b"<html>hidden-tail</html>",
        "png": encoded(image, pnginfo=text, exif=exif(), icc_profile=profile),
        "png with an archive": plain + archive.getvalue(),
        "webp": encoded(image, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile),
        "avif": encoded(image, "AVIF", speed=10, exif=exif(), xmp=XMP, icc_profile=profile),
        "gif": encoded(image.quantize(16), "GIF", comment=b"hidden-script") + b"hidden-tail",
    }


def odd(size: tuple[int, int] = (400, 300)) -> dict[str, bytes]:
    """Every way of keeping pixels that a browser shows, of ``scene``."""
    image = scene(size)
    grey = image.convert("L")
    deep = Image.frombytes("I;16", grey.size, b"".join(struct.pack("<H", v * 257) for v in grey.tobytes()))
    clear = image.copy()
    clear.putalpha(Image.new("L", image.size, 255))
    return {
        "jpeg": encoded(image, "JPEG", quality=95),
        "progressive jpeg": encoded(image, "JPEG", quality=95, progressive=True),
        "cmyk jpeg": encoded(image.convert("CMYK"), "JPEG", quality=95),
        "grey jpeg": encoded(grey, "JPEG", quality=95),
        "png": encoded(image),
        "palette": encoded(image.quantize(256)),
        "16 bits of grey": encoded(deep),
        "grey with alpha": encoded(clear.convert("LA")),
        "webp": encoded(image, "WEBP", quality=95),
        "lossless webp": encoded(image, "WEBP", lossless=True),
        "avif": encoded(image, "AVIF", quality=90, speed=10),
        "gif": encoded(image.quantize(256), "GIF"),
        "damaged exif": encoded(image, "JPEG", quality=95, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"),
        "damaged profile": encoded(image, icc_profile=b"\0" * 200),
        "a profile of another kind": encoded(grey, icc_profile=wide_gamut()),
    }


def moving(kind: str, **options: Any) -> bytes:
    """Ten frames, the first red and the others green."""
    first, then = Image.new("RGB", (160, 120), RED), Image.new("RGB", (160, 120), GREEN)
    return encoded(first, kind, save_all=True, append_images=[then] * 9, duration=80, **options)


def bombs() -> dict[str, bytes]:
    """Small files that would be large, or say they were."""
    return {
        "30,000 x 30,000 of one bit": png(30_000, 30_000, bytes(3751 * 100), depth=1, colours=0),
        "8,000 x 8,000": png(8_000, 8_000, bytes(24_001 * 10)),
        "header alone": png(50_000, 50_000, b""),
        "a gif of 60,000 x 60,000": gif(60_000, 60_000),
        "a profile of 60 MB": png(
            64, 64, bytes(193 * 64), extra=chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(60 * 2**20)))
        ),
        "texts of 60 MB": png(
            64, 64, bytes(193 * 64), extra=chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(60 * 2**20))) * 4
        ),
    }


def broken() -> dict[str, bytes]:
    """What is no picture, no whole one, or none to look at."""
    image = scene((64, 48))
    whole = encoded(image)
    spoilt = bytearray(whole)
    spoilt[-20] ^= 1
    return {
        "nothing": b"",
        "text": b"not a picture at all",
        "html": b"<!doctype html><script>alert(1)</script>",
        "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj trailer<<>>",
        "script that begins as a gif": b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)",
        "half a jpeg": encoded(image, "JPEG")[:500],
        "head of a jpeg": encoded(image, "JPEG")[:20],
        "half a png": whole[: len(whole) // 2],
        "a checksum that is wrong": bytes(spoilt),
        "no width": png(0, 0, b""),
        "half a webp": encoded(image, "WEBP")[:200],
        "half an avif": encoded(image, "AVIF", speed=10)[:300],
        "counter": encoded(Image.new("RGB", (1, 1)), "GIF"),
        "hair": encoded(Image.new("L", (20_000, 1))),
        "thread": encoded(Image.new("L", (1, 20_000))),
        "tiff": encoded(image, "TIFF"),
        "bmp": encoded(image, "BMP"),
        "ico": encoded(image, "ICO"),
    }


def drawn() -> dict[str, bytes]:
    """SVG and what hides it."""
    svgs = {
        "script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "handler": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>',
        "foreign": b'<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><iframe/></foreignObject></svg>',
        "external": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/canary"/></svg>',
        "harmless": b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><circle r="9"/></svg>',
        "entities": b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        "laughs": b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;&b;&b;</svg>',
        "prologue": b'\xef\xbb\xbf<?xml version="1.0"?><!-- --><svg xmlns="http://www.w3.org/2000/svg"/>',
        "utf-16": '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'.encode("utf-16"),
    }
    return {
        **svgs,
        "packed": gzip.compress(svgs["script"]),
        "behind a gif's mark": b"GIF89a" + svgs["script"],
    }


# Of Display P3, as ICC.1 gives them for D50; its curve is sRGB's.
_P3: Mapping[bytes, tuple[float, float, float]] = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
    b"wtpt": (0.96420, 1.0, 0.82491),
}


def wide_gamut(name: bytes = b"wide") -> bytes:
    """A colour profile with Display P3's colours, by hand: Pillow makes none (ICC.1:2010)."""
    curve = b"para\0\0\0\0\0\x03\0\0" + b"".join(
        map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    )
    tags = {tag: b"XYZ \0\0\0\0" + b"".join(map(_fixed, value)) for tag, value in _P3.items()}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve, b"cprt": b"text\0\0\0\0" + name + b"\0"}
    tags[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0" + bytes(78)
    body, table = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x04000000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 11, 22, 0, 0, 0, b"acsp") + bytes(28)
    head += b"".join(map(_fixed, _P3[b"wtpt"]))
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def tells(data: bytes) -> bool:
    """Whether a file holds anything beside what its pixels need, or has a tail."""
    if any(secret in data for secret in SECRETS):
        return True
    if data[:4] == b"RIFF":
        return not set(_riff(data)) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
    # AVIF: items of pixels, and of transparency, are av01; colours are said in numbers (nclx), never in a profile.
    return any(
        mark in data for mark in (b"Exif", b"mime", b"uri ", b"prof", b"rICC", b"xmp", b"XMP", b"uuid")
    )


def _riff(data: bytes) -> list[bytes]:
    assert int.from_bytes(data[4:8], "little") + 8 == len(data), "a tail"
    kinds, at = [], 12
    while at < len(data):
        kinds.append(data[at : at + 4])
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return kinds
