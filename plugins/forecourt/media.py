"""Pictures: taken up once, checked by decoding, made small, named by content.

A visitor's browser talks to nobody but the hub, so every picture a post shows
is kept here. What cannot be had is tried again later; the post is shown without.
"""

from __future__ import annotations

import asyncio
import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from PIL import Image, ImageOps

from forecourt.connectors import Request
from forecourt.errors import BadData, ForecourtError
from forecourt.fetch import Door, Limits, Workers
from forecourt.store import Store, StoredPicture

WIDEST = 1280
"""Pixels a picture is wide at the most; the widest place a card or post has."""

MOST_PIXELS = 40_000_000
MOST_BYTES = 8 * 2**20
SMALLEST = 8
"""Pixels below which a picture is a counter, not something to look at."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_AT_ONCE = 8
_LIMITS = Limits(size=MOST_BYTES)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many pictures were taken up, and how many could not be had."""

    new: int = 0
    failed: int = 0
    notes: tuple[str, ...] = ()


async def take_up(
    store: Store,
    folder: Path,
    door: Door,
    workers: Workers,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Taken:
    """Fetch every picture that posts want and we lack, into ``folder``.

    ``told`` hears how many of how many are done. Never raises for what a server
    or a picture does.
    """
    missing = store.pictures.missing(now)
    queue = iter(missing)
    new, notes = 0, []

    async def work() -> None:
        nonlocal new
        for url in queue:
            try:
                picture = await _one(url, folder, door, workers, now)
            except ForecourtError as error:
                store.pictures.failed(url, str(error), now)
                notes.append(str(error))
            else:
                store.pictures.have(url, picture)
                new += 1
            told(new + len(notes), len(missing))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, len(missing))):
            group.create_task(work())
    return Taken(new, len(notes), tuple(dict.fromkeys(notes)))


async def _one(url: str, folder: Path, door: Door, workers: Workers, now: datetime) -> StoredPicture:
    answer = await door.ask(Request(url), now=now, limits=_LIMITS, polite=False)
    return await workers.run(keep, answer.body, folder)


def keep(body: bytes, folder: Path) -> StoredPicture:
    """Decode a picture, make it upright, small and free of metadata, and file it by content.

    Runs in a worker. Raises BadData when it is no picture we show.
    """
    image = _decoded(body)
    image.thumbnail((WIDEST, WIDEST * 4))
    image.info = {}  # Pillow would write colour profiles and comments back
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=4)
    name = _named(out.getvalue())
    path = folder / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(out.getvalue())
        partial.replace(path)  # whole or not at all, also when the worker is stopped here
    return StoredPicture(name, image.width, image.height)


def _decoded(body: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            image = Image.open(io.BytesIO(body), formats=_FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise BadData(f"a picture of {image.width} x {image.height} pixels is too large")
            if image.width < SMALLEST or image.height < SMALLEST:
                raise BadData("a picture is too small to be one")
            image.load()
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except Image.DecompressionBombError as error:
        raise BadData("a picture is too large") from error
    except (OSError, ValueError, SyntaxError, TypeError) as error:
        # All that Pillow raises on damaged files (measured over 254 of them).
        raise BadData(
            "a picture cannot be read; it is cut off, damaged, or of a kind we do not show"
        ) from error


def _named(data: bytes) -> str:
    digest = blake2b(data, digest_size=12).hexdigest()
    return f"{digest[:2]}/{digest}.webp"
