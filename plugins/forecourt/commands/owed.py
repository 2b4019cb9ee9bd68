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


def forgotten(folder: Path, now: datetime) -> None:
    """Note that a post is about to be forgotten."""
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "withdrawn.json", {"at": now.astimezone(UTC).isoformat()})


def is_owed(folder: Path, where: str) -> bool:
    """Whether a place has not let go of its past since a post was forgotten. ``where`` is what tells it from others."""
    at = read(folder / "withdrawn.json").get("at", "")
    return bool(at) and read(folder / "honoured.json").get(_key(where)) != at


def honoured(folder: Path, where: str) -> None:
    """Note that it has."""
    at = read(folder / "withdrawn.json").get("at", "")
    if at:
        save(folder / "honoured.json", {**read(folder / "honoured.json"), _key(where): at})


def read(path: Path) -> dict[str, str]:
    """A small file of words by their names; {} where it is not there, or not what was written."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}


def save(path: Path, value: Mapping[str, Any]) -> None:
    """Write such a file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(msgspec.json.encode(value))
    new.replace(path)


def _key(where: str) -> str:
    return sha256(where.encode()).hexdigest()[:16]
