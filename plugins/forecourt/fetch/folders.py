"""Folders of the hub, asked like an origin: what a person drops there for an account without a door.

``folder:content/files/nextdoor`` answers with all that its files say, as JSON:
``{"files": {name: text}, "pictures": {name: mark}}``; the mark changes with the picture.
``folder:content/files/nextdoor/pot.jpg`` answers with that picture. No address from
outside can be one of these: ``urls.absolute`` knows only http and https.
"""

from __future__ import annotations

import codecs
import json
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from forecourt.errors import Answered, Refused, TooLarge, Unreadable
from forecourt.fetch.exchange import Answer, Limits
from forecourt.urls import FOLDER

TEXTS = frozenset({".csv", ".tsv", ".md", ".markdown"})
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"})
MOST_FILES = 1000

_NOT_FOUND = 404
_LONGEST = 400  # characters of an address; a name has 255 bytes on most systems
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def answer(root: Path | None, address: str, limits: Limits) -> Answer:
    """What a ``folder:`` address below ``root`` holds.

    Raises Refused for one that leads elsewhere, or to what is hidden or neither text nor
    picture; Answered (404) when nothing is there; TooLarge; Unreadable.
    """
    place = unquote(address.removeprefix(FOLDER).partition("#")[0])
    path = _below(root, place)
    if path.is_dir():
        return Answer(200, address, _folder(path, place, limits), {"content-type": "application/json"})
    if not path.exists():
        raise Answered(f"{place} does not exist: make the folder, or correct its name.", _NOT_FOUND)
    if not path.is_file() or path.suffix.lower() not in PICTURES:
        raise Refused(f"{place} is neither a folder nor a picture.")
    return Answer(200, address, _bytes(path, place, limits.size))


def _below(root: Path | None, place: str) -> Path:
    """The path of a place in the hub. Raises Refused when it is not below the root, or hidden."""
    strange = not place.isprintable() or "\\" in place or ":" in place or len(place) > _LONGEST
    if root is None or strange or not _are_plain(PurePosixPath(place).parts):
        raise Refused(f"“{place[:60]}” is no folder of the hub: write it as content/files/nextdoor.")
    try:
        root, path = root.resolve(), (root / place).resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead round in a circle
        raise Refused(f"{place} cannot be looked at.") from error
    if not path.is_relative_to(root) or not _are_plain(path.relative_to(root).parts):
        raise Refused(f"{place} leads out of the hub, or to what is hidden there.")
    return path


def _are_plain(parts: tuple[str, ...]) -> bool:
    """Whether it goes down only, and into nothing hidden: secrets live in .env, the store in .hub."""
    return bool(parts) and not any(part.startswith((".", "/")) for part in parts)


def _folder(folder: Path, place: str, limits: Limits) -> bytes:
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~")))
    except OSError as error:
        raise Unreadable(f"{place} cannot be read: {error.strerror}.") from error
    if len(found) > MOST_FILES:
        raise TooLarge(f"{place} has more than {MOST_FILES} files: move the oldest ones elsewhere.")
    texts: dict[str, str] = {}
    pictures: dict[str, str] = {}
    left = limits.size
    for path in found:
        shown = f"{place}/{path.name}"
        if path.is_symlink() or not path.is_file() or not path.name.isprintable():
            continue
        if path.suffix.lower() in PICTURES:
            pictures[path.name] = _mark(path, shown)
        elif path.suffix.lower() in TEXTS:
            body = _bytes(path, shown, left)
            left -= len(body)
            texts[path.name] = _decoded(body)
    return json.dumps({"files": texts, "pictures": pictures}, ensure_ascii=False).encode("utf-8", "replace")


def _bytes(path: Path, shown: str, most: int) -> bytes:
    """A whole file. Raises Answered, TooLarge or Unreadable."""
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except FileNotFoundError as error:
        raise Answered(f"{shown} does not exist.", _NOT_FOUND) from error
    except OSError as error:
        raise Unreadable(f"{shown} cannot be read: {error.strerror}.") from error
    if len(body) > most:
        raise TooLarge(
            f"{shown} is too large: all that one folder says may be {most / 1024**2:.3g} MiB more."
        )
    return body


def _mark(path: Path, shown: str) -> str:
    """What changes when another picture is put there under the same name; not its date, which a checkout changes."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()[:12]
    except OSError as error:
        raise Unreadable(f"{shown} cannot be read: {error.strerror}.") from error


def _decoded(body: bytes) -> str:
    """The text, as office programs encode it: UTF-8 or UTF-16 with a mark, UTF-8 without, or Windows' own."""
    for bom, encoding in _BOMS.items():
        if body.startswith(bom):
            return body.decode(encoding, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
