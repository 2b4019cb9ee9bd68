"""Gets the program of the editor in the browser from npm, and makes it ask nobody for fonts and for its words.

`invoke admin --install` runs it. Packages are unpacked and not run; each is the one that was looked at, by its SHA-512.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forecourt.config import surroundings
from forecourt.desk.cms import VERSION
from forecourt.site.admin import PROGRAM

_MINUTES = 10 * 60
_FACE = re.compile(
    r"\n  /\* https://fontsource\.org/fonts/(?P<font>[a-z0-9-]+)/cdn \*/\n  @font-face \{[^}]*\}"
)
_ICONS = "material-symbols-outlined"
_FONTS = ("source-sans-3", "noto-mono", _ICONS)
_OWN_FACE = (
    "\n  @font-face {font-family:'Material Symbols Outlined';font-display:block;"
    "src:url(icons.woff2) format('woff2');}"
)
_WORDS = re.compile(r"`\$\{\w+\}@\$\{\w+\}/locales`")
"""Where its words in other languages than English are; it hangs where it may not ask there."""

_MAP = re.compile(r"\n//# sourceMappingURL=\S+\s*$")


class PackageError(Exception):
    """What is missing or other than expected, and what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm, with the SHA-512 of its archive as npm states it, and the path of its licence in it."""

    name: str
    version: str
    sha512: str
    licence: str


CMS = Package(
    "@sveltia/cms",
    VERSION,
    "J+Qoik9kGMk2L7vNpOQrnDmFRi+NB6vwJ0f657YtsxWH0P8WYSYRRSRC2pQ/jGGbVlM//Pg/WIgmkpswqoo3gQ==",
    "LICENSE.txt",
)
YAML = Package(
    "js-yaml",
    "5.5.0",
    "paNr4LFIFPjeeSmwNYdrb8FafLLG/Cr2Af3GjbsHJ5CxIjH4r0c2emlmRdAtpPAieP1gRVzk6buBbVP5gBMGAg==",
    "LICENSE",
)
ICONS = Package(
    "@fontsource/material-symbols-outlined",
    "5.3.8",
    "HpYZX5B3zfy70PX4xYYaGI9CCDRCjJcMumcshJDZbG3vtQBQPrBi7QIqaduCjDryo9Z8jNQFjj4378MMAWCkWw==",
    "LICENSE",
)
_LOCALE = re.compile(r"locales/[A-Za-z-]+\.json")
_TAKEN = {
    CMS: "dist/sveltia-cms.mjs",
    YAML: "dist/browser/js-yaml.esm.min.mjs",
    ICONS: f"files/{_ICONS}-latin-400-normal.woff2",
}
"""What is taken out of each."""


def install(folder: Path) -> bool:
    """Put the program into ``folder``, unless it is there; tells whether it was put there now.

    Raises PackageError, after which the folder is as before.
    """
    if all((folder / name).is_file() for name in PROGRAM):
        return False
    npm = shutil.which("npm")
    if npm is None:
        raise PackageError("npm is missing; install Node.js 20, which brings it")
    with tempfile.TemporaryDirectory(prefix="forecourt-admin-") as there:
        found = {package: _unpacked(package, _archive(npm, package, Path(there))) for package in _TAKEN}
        ready = Path(there) / "ready"
        (ready / "locales").mkdir(parents=True)
        for name, content in _program(found).items():
            (ready / name).write_bytes(content)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(ready, folder)
    return True


def _archive(npm: str, package: Package, there: Path) -> bytes:
    """A package as npm sends it. Raises PackageError where it is another one than was looked at."""
    folder = there / package.name.replace("/", "-")
    folder.mkdir()
    command = [npm, "pack", "--ignore-scripts", "--loglevel=error", f"--pack-destination={folder}"]
    try:
        subprocess.run(
            [*command, f"{package.name}@{package.version}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_MINUTES,
            env=surroundings()[0],
        )
        [path] = folder.glob("*.tgz")
    except subprocess.CalledProcessError as error:
        raise PackageError(f"npm did not give {package.name}: {error.stderr.strip()}") from error
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise PackageError(f"npm did not give {package.name}; try again") from error
    content = path.read_bytes()
    check(package, content)
    return content


def check(package: Package, archive: bytes) -> None:
    """See that an archive is the one that was looked at. Raises PackageError."""
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != package.sha512:
        raise PackageError(
            f"{package.name} {package.version} is not the archive that was looked at (its SHA-512 is another); "
            "nothing was installed"
        )


def _unpacked(package: Package, archive: bytes) -> dict[str, bytes]:
    """What is taken out of a package, by its path there: a file, its licence, and words."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        found = {member.name.removeprefix("package/"): member for member in tar if member.isfile()}
        wanted = [
            name for name in found if name in (_TAKEN[package], package.licence) or _LOCALE.fullmatch(name)
        ]
        return {name: content.read() for name in wanted if (content := tar.extractfile(found[name]))}


def _program(found: Mapping[Package, Mapping[str, bytes]]) -> dict[str, bytes]:
    """What the page of the editor loads, by name."""
    main = {package: content[_TAKEN[package]] for package, content in found.items()}
    licences = "\n\n".join(
        f"{package.name} {package.version}\n\n{content[package.licence].decode().strip()}"
        for package, content in found.items()
    )
    return {
        "cms.js": patched(main[CMS].decode()).encode(),
        "yaml.js": _MAP.sub("\n", main[YAML].decode()).encode(),
        "icons.woff2": main[ICONS],
        "LICENCES.txt": f"{licences}\n".encode(),
        **{name: content for name, content in found[CMS].items() if _LOCALE.fullmatch(name)},
    }


def patched(program: str) -> str:
    """The editor with its icons and words from beside it, and text in the fonts of the reader's system.

    Raises PackageError where it names other fonts than are known, or has its words from elsewhere.
    """
    named = tuple(face["font"] for face in _FACE.finditer(program))
    if named != _FONTS:
        raise PackageError(
            f"the editor loads the fonts {', '.join(named) or 'none'}, not {', '.join(_FONTS)}"
        )
    if len(_WORDS.findall(program)) != 1:
        raise PackageError("the editor does not load its words from where it did")
    program = _FACE.sub(lambda face: _OWN_FACE if face["font"] == _ICONS else "", program)
    return _MAP.sub("\n", _WORDS.sub("`locales`", program))


def main() -> None:
    """Install from the command line."""
    parser = argparse.ArgumentParser(prog="invoke admin --install")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        print(f"The editor is in {folder}." if install(folder) else f"The editor is in {folder} already.")
    except PackageError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
