"""Which targets and places still hold a post that was forgotten: each lets go of its past once, with its next publish.

Both files travel with the state. The moment of the last `invoke forget` is written before anything is forgotten, so
that a run that is killed owes too much rather than too little.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from forecourt.garbled import GARBLED
from forecourt.knowing import keeping


def forgotten(folder: Path, now: datetime) -> None:
    """Note that a post is about to be forgotten."""
    save(folder / "withdrawn.json", {"at": now.astimezone(UTC).isoformat()})


def withdrawn(folder: Path) -> str:
    """What tells the last `invoke forget` from those before; "" where there was none.

    Where the note of it is damaged there was one, as far as we know.
    """
    path = folder / "withdrawn.json"
    at = read(path).get("at", "")
    return at if at or not path.exists() else sha256(path.read_bytes()).hexdigest()


def is_owed(folder: Path, where: str) -> bool:
    """Whether a place has not let go of its past since a post was forgotten. ``where`` is what tells it from others."""
    at = withdrawn(folder)
    return bool(at) and read(folder / "honoured.json").get(_key(where)) != at


def honoured(folder: Path, where: str) -> None:
    """Note that it has."""
    at = withdrawn(folder)
    if at:
        save(folder / "honoured.json", {**read(folder / "honoured.json"), _key(where): at})


def read(path: Path) -> dict[str, str]:
    """A small file of words by their names; {} where it is not there, or not what was written."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, *GARBLED):
        return {}


def save(path: Path, value: Mapping[str, Any]) -> None:
    """Write such a file whole. Raises StoreError."""
    keeping.save(path, msgspec.json.encode(value))


def _key(where: str) -> str:
    return sha256(where.encode()).hexdigest()[:16]
