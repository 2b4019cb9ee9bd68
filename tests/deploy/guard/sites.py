"""A small site that nothing is wrong with, of which a test can change any file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from forecourt.deploy.guard import Looked, Objection, Rules, counts, look, objections
from forecourt.deploy.records import File, Release
from tests.conftest import NOW

ADDRESS = "https://hub.example"
RULES = Rules(address=ADDRESS, languages=("fr",))

_HEAD = (
    '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>{title} · Larkwood</title>'
    '<link rel="canonical" href="{address}/{url}"><meta property="og:url" content="{address}/{url}">'
    '<meta property="og:image" content="{address}/pictures/a-800.webp">'
    '<link rel="alternate" type="application/atom+xml" href="/feed.xml"><link rel="manifest" href="/hub.webmanifest">'
    '<link rel="icon" href="/theme/icons.svg"><link rel="me" href="https://social.example/@larkwood">'
    '<link rel="stylesheet" href="/theme/hub.css"><script type="module" src="/theme/hub.js"></script>'
    '<script type="application/ld+json">{{"@id":"{address}/#organization","url":"{address}/"}}</script></head>'
    '<body><a href="#main">Skip</a><nav><a href="/">Home</a><a href="/fr/">Français</a><a href="/search/">Search</a>'
    '<a href="/networks/mastodon/">Mastodon</a><a href="/networks/blog/">Blog</a></nav><main id="main">'
)
_FOOT = "</main></body></html>\n"
_PICTURE = (
    '<picture><source srcset="/pictures/a-320.avif 320w, /pictures/a-800.avif 800w">'
    '<img src="/pictures/a-800.webp" alt="None" loading="lazy"></picture>'
)


def page(url: str, inside: str, title: str = "A page") -> str:
    """A page at an address below the site's own."""
    return _HEAD.format(title=title, address=ADDRESS, url=url) + inside + _FOOT


def wall(keys: Sequence[str]) -> str:
    return "".join(
        f'<article class="h-entry"><a href="/posts/{key}/">{key}</a>{_PICTURE}</article>' for key in keys
    )


class Site:
    """A site in a folder, and the memory that the guard has of it."""

    def __init__(self, folder: Path, posts: int = 4) -> None:
        self.folder = folder
        self.output = folder / "output"
        tooted, written = ([f"{network}{n}" for n in range(posts)] for network in ("m", "b"))
        for name, keys in (("mastodon", tooted), ("blog", written)):
            self.write(f"networks/{name}/index.html", page(f"networks/{name}/", wall(keys), name.title()))
            for key in keys:
                self.post(key)
        self.write("posts/merged/index.html", _moved(f"/posts/{tooted[0]}/"))
        self.write("index.html", page("", f'<video poster="/pictures/a-800.webp"></video>{wall(tooted[:2])}'))
        self.write("fr/index.html", page("fr/", f'<a href="/networks/blog/#main">Blog</a>{_PICTURE}'))
        self.write("404.html", page("404.html", '<form action="/search/"></form>'))
        self.write("search/index.html", page("search/", '<a href="/search/#q=oak">Oak</a>'))
        self._parts()
        self._feeds(tooted)

    def post(self, key: str, words: str = "A long winter.") -> None:
        said = f'<div class="e-content" lang="en" dir="ltr"><p>{words}</p></div>'
        inside = f'<article class="post h-entry">{said}{_PICTURE}</article>'
        self.write(f"posts/{key}/index.html", page(f"posts/{key}/", inside, key))

    def write(self, path: str, content: str | bytes) -> None:
        file = self.output / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def add(self, path: str, words: str, before: str = "</main>") -> None:
        """Put something into a file that is there."""
        self.change(path, before, words + before)

    def change(self, path: str, old: str, new: str) -> None:
        said = (self.output / path).read_text(encoding="utf-8")
        assert old in said, f"{path} has no {old}"
        self.write(path, said.replace(old, new))

    def remove(self, path: str) -> None:
        (self.output / path).unlink()

    def move_below(self, folder: str) -> None:
        """Have the whole site stand below a folder of its host."""
        for file in self.files:
            data = (self.output / file.path).read_bytes()
            data = re.sub(rb"(?<![\w/<:.>])/(?=[\w\"])", f"/{folder}/".encode(), data)
            self.write(file.path, data.replace(ADDRESS.encode(), f"{ADDRESS}/{folder}".encode()))

    @property
    def files(self) -> tuple[File, ...]:
        found = []
        for path in sorted(file for file in self.output.rglob("*") if file.is_file()):
            data = path.read_bytes()
            name = path.relative_to(self.output).as_posix()
            found.append(File(name, hashlib.sha256(data).hexdigest(), len(data), "", ""))
        return tuple(found)

    def look(self, secrets: Sequence[str] = (), **rules: Any) -> Looked:
        changed = msgspec.structs.replace(RULES, **rules)
        return look(self.output, self.files, self.folder / "memory", changed, secrets)

    def release(self) -> Release:
        return Release("20261123T101500Z-1a2b3c4d", NOW, self.files, counts=counts(self.look()))

    def objections(
        self, live: Release | None = None, secrets: Sequence[str] = (), **rules: Any
    ) -> tuple[Objection, ...]:
        looked = self.look(secrets, **rules)
        release = Release("20261123T103000Z-5e6f7a8b", NOW, self.files, counts=counts(looked))
        return objections(looked, release, live, msgspec.structs.replace(RULES, **rules))

    def _parts(self) -> None:
        self.write(
            "theme/hub.css",
            "@import '/theme/more.css'; body { background: url(paper.png) } use { fill: url(#a) }",
        )
        self.write(
            "theme/more.css",
            "/* url(https://gone.example/x) */ b { background: url('data:image/png;base64,AA') }",
        )
        self.write("theme/paper.png", b"\x89PNG\r\n\x1a\n" + bytes(200))
        self.write("theme/hub.js", "const words = '{{ none of ours }}';\n")
        self.write(
            "theme/icons.svg",
            '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="menu"/><use href="#menu"/></svg>',
        )
        for name in ("a-320.avif", "a-800.avif", "a-800.webp"):
            self.write(f"pictures/{name}", b"RIFF" + name.encode() + bytes(300))
        self.write(
            "hub.webmanifest",
            '{"name": "Larkwood", "start_url": "/", "icons": [{"src": "/theme/icons.svg"}]}',
        )

    def _feeds(self, keys: Sequence[str]) -> None:
        entries = "".join(
            f'<entry><link rel="alternate" href="{ADDRESS}/posts/{key}/"/><content type="html">&lt;p&gt;&lt;img src="'
            f'{ADDRESS}/pictures/a-800.webp"&gt;&lt;/p&gt;</content></entry>'
            for key in keys
        )
        self.write(
            "feed.xml",
            '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Larkwood</title>'
            f'<link rel="self" href="{ADDRESS}/feed.xml"/><link rel="alternate" href="{ADDRESS}/"/>{entries}</feed>',
        )
        self.write(
            "rss.xml",
            f'<rss version="2.0"><channel><link>{ADDRESS}/</link><item><link>{ADDRESS}/posts/{keys[0]}/</link>'
            f'<enclosure url="{ADDRESS}/pictures/a-800.webp" type="image/webp" length="300"/></item></channel></rss>',
        )
        item = {
            "url": f"{ADDRESS}/posts/{keys[0]}/",
            "content_html": f'<img src="{ADDRESS}/pictures/a-800.webp">',
        }
        self.write("feed.json", msgspec.json.encode({"feed_url": f"{ADDRESS}/feed.json", "items": [item]}))
        self.write(
            "sitemap.xml",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            f"<url><loc>{ADDRESS}/</loc></url><url><loc>{ADDRESS}/fr/</loc></url></urlset>",
        )
        self.write("robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {ADDRESS}/sitemap.xml\n")
        self.write(
            "events.ics",
            f"BEGIN:VEVENT\r\nURL:{ADDRESS}/posts/{keys[0][0]}\r\n {keys[0][1:]}/\r\nEND:VEVENT\r\n",
        )


def _moved(to: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><title>Moved</title>'
        f'<meta http-equiv="refresh" content="0; url={to}"><link rel="canonical" href="{ADDRESS}{to}"></head>'
        f'<body><a href="{to}">Moved</a></body></html>'
    )
