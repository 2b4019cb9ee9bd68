"""Pictures: taken up once, checked by decoding, made small, named by content.

A visitor's browser talks to nobody but the hub, so every picture a post shows
is kept here. What cannot be had is tried again later; the post is shown without.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from PIL import Image, ImageOps

from forecourt import urls
from forecourt.connectors import Request
from forecourt.errors import Answered, BadData, ForecourtError, TooSlow, Unreachable
from forecourt.fetch import Door, Limits, Workers, each
from forecourt.report import Listener
from forecourt.store import Store, StoredPicture

WIDEST = 1280
"""Pixels a picture is wide at the most; the widest place a card or post has."""

MOST_PIXELS = 40_000_000
MOST_BYTES = 8 * 2**20
SMALLEST = 8
"""Pixels below which a picture is a counter, not something to look at."""

RUN_DEADLINE = 120.0
"""Seconds that all pictures of a run may take; the rest waits for the next run."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_AT_ONCE = 16
_LIMITS = Limits(size=MOST_BYTES, deadline=20.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many pictures were taken up, could not be had, or wait for the next run; and from where."""

    new: int = 0
    failed: int = 0
    waiting: int = 0
    notes: tuple[str, ...] = ()


async def take_up(
    store: Store, folder: Path, door: Door, workers: Workers, now: datetime, told: Listener = Listener()
) -> Taken:
    """Fetch every picture that posts want and we lack, into ``folder``.

    A host that cannot be reached is left alone for the rest of the run, and after
    ``RUN_DEADLINE`` so is everything. Never raises for what a server or a picture
    does; raises StoreError.
    """
    missing = store.pictures.missing(now)
    take = _Take(store, folder, door, workers, now)

    async def one(url: str) -> None:
        await take.one(url)
        told.picture(take.new + take.failed.total(), len(missing))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RUN_DEADLINE):
            await each(missing, one, _AT_ONCE)
    notes = tuple(
        f"{count} of {host}, the first {take.why[host]}" for host, count in take.failed.most_common()
    )
    return Taken(take.new, take.failed.total(), len(missing) - take.new - take.failed.total(), notes)


def drop(store: Store, folder: Path) -> int:
    """Delete pictures that only posts showed which are gone; say how many files there were."""
    with store.transaction():
        names = store.pictures.forget(sorted(store.posts.left))
    store.posts.left.clear()
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return len(names)


@dataclass(slots=True)
class _Take:
    """One run's taking up. ``failed`` counts by host, ``why`` says of the first."""

    store: Store
    folder: Path
    door: Door
    workers: Workers
    now: datetime
    new: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    why: dict[str, str] = field(default_factory=dict)

    async def one(self, url: str) -> None:
        host = urls.host(url) or urls.place(url).rpartition("/")[0]
        if host in self.lost:
            return
        try:
            answer = await self.door.ask(Request(url), now=self.now, limits=_LIMITS, polite=False)
            picture = await self.workers.run(keep, answer.body, self.folder)
        except ForecourtError as error:
            if isinstance(error, Unreachable | TooSlow):
                self.lost.add(host)
            self.failed[host] += 1
            why = f"status {error.status}" if isinstance(error, Answered) else str(error)
            self.why.setdefault(host, f"at {urls.place(url)}: {why}")
            with self.store.transaction():
                self.store.pictures.failed(url, str(error), self.now)
        else:
            self.new += 1
            with self.store.transaction():
                self.store.pictures.have(url, picture)


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
