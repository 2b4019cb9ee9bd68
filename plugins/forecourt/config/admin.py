"""Where the editor in the browser finds the files: HUB_ADMIN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from forecourt.config.words import nearest

Backend = Literal["local", "github", "gitlab", "gitea"]

_BACKENDS: Mapping[str, Backend] = MappingProxyType(
    {"github": "github", "gitlab": "gitlab", "gitea": "gitea"}
)
_KNOWN: Mapping[str, Backend] = MappingProxyType(
    {
        "https://github.com": "github",
        "https://gitlab.com": "gitlab",
        "https://gitea.com": "gitea",
        "https://codeberg.org": "gitea",
    }
)
_LOOPBACK = ("localhost", "127.0.0.1")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+")
_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?")
_RIGHT = "write it as https://github.com/larkwood/hub, or local"


@dataclass(frozen=True, slots=True)
class Host:
    """Where the repository lives: a ``backend`` at the origin ``address``, such as "https://github.com".

    ``repository`` is "larkwood/hub". The "local" one is a folder of the editor's own machine, and has neither.
    """

    backend: Backend = "local"
    address: str = ""
    repository: str = ""
    branch: str = "main"


def read_host(value: Any, problems: list[str]) -> Host | None:
    """The host of HUB_ADMIN, None where the editor is off. What is wrong goes to ``problems``.

    The value is "local", or the repository's address with ``#branch`` behind it where that is not main, and
    "gitlab" or "gitea" and a space before it where its host is one's own.
    """
    text = str(value or "").strip()
    if not text:
        return None
    if text == "local":
        return Host()
    named, _, address = text.rpartition(" ")
    address, _, branch = address.partition("#")
    parts = _parts(address)
    repository = parts[1].strip("/").removesuffix(".git")
    if not (parts[0] and _REPOSITORY.fullmatch(repository) and _BRANCH.fullmatch(branch or "main")):
        problems.append(f'HUB_ADMIN: "{text}" is not the address of a repository; {_RIGHT}')
        return None
    backend = _KNOWN.get(parts[0]) or _BACKENDS.get(named.strip())
    if backend is None:
        hint = nearest(named.strip(), _BACKENDS) if named else f"write it as gitea {address}"
        problems.append(f"HUB_ADMIN does not say what {parts[0]} runs; {hint}")
        return None
    return Host(backend, parts[0], repository, branch or "main")


def _parts(address: str) -> tuple[str, str]:
    """Origin and path of an address; the origin is "" where it is none that a token may be sent to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or parts.query or not _HOST.fullmatch(parts.netloc):
        return "", ""
    return f"{parts.scheme}://{parts.netloc.lower()}", parts.path
