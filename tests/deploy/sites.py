"""Small sites that change, whose pages say themselves whether they are whole."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from forecourt.deploy import manifest
from forecourt.deploy.planning import GRACE
from forecourt.deploy.publishing import Guard, Published, publish
from forecourt.deploy.records import File
from forecourt.deploy.targets import Target

_END = re.compile(r"<!--([0-9a-f]{64})-->$")
SHOWN = 4


@dataclass
class Site:
    """An output folder, and a place for what is remembered of it."""

    output: Path
    memory: Path

    def write(self, **texts: str) -> None:
        """Have files with these texts, and others no more. In their names ``__`` is a slash and ``_`` a dot."""
        self.have({name.replace("__", "/").replace("_", "."): text.encode() for name, text in texts.items()})

    def have(self, files: dict[str, bytes]) -> None:
        """Have these files, and no others."""
        for path in sorted(self.output.rglob("*"), reverse=True):
            if path.is_file() and path.relative_to(self.output).as_posix() not in files:
                path.unlink()
        for name, body in files.items():
            path = self.output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != body:
                partial = path.with_name(".new")
                partial.write_bytes(body)
                partial.replace(path)

    def build(self, number: int) -> None:
        """A site whose newest post is the one of this number: the oldest has left, with its picture."""
        self.have(site(number))

    def scan(self) -> tuple[File, ...]:
        return manifest.scan(self.output, self.memory)

    def publish(
        self, target: Target, now: datetime, guard: Guard | None = None, grace: timedelta = GRACE
    ) -> Published:
        return publish(target, self.output, self.scan(), {"pages": 1}, now, guard=guard, grace=grace)


def site(number: int) -> dict[str, bytes]:
    """The files of such a site."""
    posts = range(max(number - SHOWN, 0), number + 1)
    style = f"body {{ --version: {number // 3} }}".encode()
    sheet = _named(style, "pictures/css", "svg")  # any part that is named by its content
    files: dict[str, bytes] = {sheet: style, "theme/css/hub.css": style, "robots.txt": b"User-agent: *\n"}
    for post in posts:
        picture = f"picture {post} ".encode() * (40_000 if post % 4 == 0 else 1)
        name = _named(picture, "pictures/xx", "webp")
        files[name] = picture
        parts = [name, sheet, "theme/css/hub.css"]
        files[f"posts/{post}/index.html"] = page(f"post {post}", parts, [""])
    shown = [name for name in files if name.startswith("pictures/")]
    links = [f"posts/{post}/" for post in posts]
    files["news/é~ b/index.html"] = page(f"news {number}", shown, links)
    files["index.html"] = page(f"home {number}", shown, [*links, "news/é~ b/"])
    files["feed.xml"] = f"<feed>{number}</feed>".encode()
    return files


def page(words: str, parts: list[str], links: list[str]) -> bytes:
    """A page that shows parts and leads to others, with a digest of it all at its end."""
    shown = "".join(f'<img src="/{part}">' for part in parts)
    led = "".join(f'<a href="/{link}">on</a>' for link in links)
    text = f"<!doctype html><title>{words}</title>{shown}{led}"
    return f"{text}<!--{hashlib.sha256(text.encode()).hexdigest()}-->".encode()


def is_whole(text: str) -> bool:
    """Whether a page is as it was made."""
    end = _END.search(text)
    return bool(end) and hashlib.sha256(text[: end.start()].encode()).hexdigest() == end[1] if end else False


def shown(text: str) -> list[str]:
    return re.findall(r'src="([^"]+)"', text)


def led_to(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', text)


def _named(body: bytes, folder: str, ending: str) -> str:
    return f"{folder}/{hashlib.sha256(body).hexdigest()[:24]}.{ending}"
