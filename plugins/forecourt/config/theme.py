"""What the theme asks of the hub: its theme.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecourt.config.words import nearest

_TABLES = ("pictures", "fragments")
_KNOWN = ("widths", "avatars", "share")
_NARROWEST, _WIDEST = 16, 2560
_MOST = 6


@dataclass(frozen=True, slots=True)
class Theme:
    """The widths, in pixels, in which a theme wants posts' pictures, and the one for their authors'.

    ``share`` says whether each page is to have a picture that stands for it where it is shared.
    ``kept`` are patterns of the names of fragments that many pages include with the same values,
    and that are made once for them all.
    """

    widths: tuple[int, ...] = (320, 640, 1280)
    avatars: int = 160
    share: bool = False
    kept: tuple[str, ...] = ()

    @property
    def made(self) -> tuple[int, ...]:
        """Every width that a picture is made in, from the narrowest on."""
        return tuple(sorted({*self.widths, self.avatars}))


def read_theme(folder: Path, problems: list[str]) -> Theme:
    """What theme.toml in the theme's folder says, or what we take where there is none.

    What is wrong goes to ``problems``.
    """
    path = folder / "theme.toml"
    name = f"{folder.name}/{path.name}"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Theme()
    except (OSError, ValueError) as error:
        problems.append(f"{name}: {error}")
        return Theme()
    problems += [
        f'{name}: "{key}" is not known; {nearest(key, _TABLES)}' for key in said if key not in _TABLES
    ]
    pictures = said.get("pictures", {})
    if not isinstance(pictures, Mapping):
        problems.append(f"{name}: pictures is a table; begin it with [pictures]")
        return Theme()
    problems += [
        f'{name}: "{key}" is not known in [pictures]; {nearest(key, _KNOWN)}'
        for key in pictures
        if key not in _KNOWN
    ]
    kept = _kept(said.get("fragments", {}), name, problems)
    widths, avatars = _widths(pictures, name, problems), _avatars(pictures, name, problems)
    return Theme(widths, avatars, _share(pictures, name, problems), kept)


def _widths(pictures: Mapping[str, Any], name: str, problems: list[str]) -> tuple[int, ...]:
    widths = pictures.get("widths", list(Theme().widths))
    if isinstance(widths, list) and 0 < len(widths) <= _MOST and all(map(_is_width, widths)):
        return tuple(sorted(set(widths)))
    problems.append(
        f"{name}: widths must be up to {_MOST} numbers of pixels from {_NARROWEST} to {_WIDEST}, "
        "such as [320, 640, 1280]"
    )
    return Theme().widths


def _avatars(pictures: Mapping[str, Any], name: str, problems: list[str]) -> int:
    width = pictures.get("avatars", Theme().avatars)
    if _is_width(width):
        return int(width)
    problems.append(f"{name}: avatars must be a number of pixels from {_NARROWEST} to {_WIDEST}, such as 160")
    return Theme().avatars


def _share(pictures: Mapping[str, Any], name: str, problems: list[str]) -> bool:
    share = pictures.get("share", False)
    if not isinstance(share, bool):
        problems.append(f"{name}: share must be true or false, without quotes")
    return share is True


def _kept(fragments: Any, name: str, problems: list[str]) -> tuple[str, ...]:
    kept = fragments.get("kept", []) if isinstance(fragments, Mapping) else None
    if isinstance(kept, list) and all(isinstance(each, str) for each in kept) and {*fragments} <= {"kept"}:
        return tuple(kept)
    problems.append(f'{name}: [fragments] has kept alone, a list of names such as ["cards/*.html"]')
    return ()


def _is_width(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _NARROWEST <= value <= _WIDEST
