"""The generators that are compared: what each is given, how it is run, where it puts its pages."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from bench.corpus import NEWEST, Corpus, Entry
from bench.cost import ROOT

THEMES = ROOT / "bench/themes"
FULL, NOTHING, ONE = "full", "nothing new", "one new"


@dataclass
class Tool(ABC):
    """One generator with a site of its own: ``folder`` holds what it reads, ``out`` is what it writes.

    ``corpus`` is what the site shows at first, ``now`` the moment at which it is built. ``most`` is the
    number of posts above which the generator is not asked, ``steps`` is what is measured.
    """

    corpus: Corpus
    folder: Path
    out: Path
    now: datetime = field(default=NEWEST, kw_only=True)
    name: ClassVar[str]
    most: ClassVar[int] = 100_000
    steps: ClassVar[Sequence[str]] = (FULL, NOTHING, ONE)

    @property
    def home(self) -> Path:
        """Where its command is run."""
        return self.folder

    @abstractmethod
    def write(self) -> None:
        """Lay out the whole site."""

    @abstractmethod
    def add(self, entry: Entry) -> None:
        """Put in one post more."""

    @property
    @abstractmethod
    def command(self) -> Sequence[str]:
        """What is run to bring the site up to date."""

    @property
    def first(self) -> Sequence[str]:
        """What is run to make all of it."""
        return self.command

    @property
    def environ(self) -> Mapping[str, str]:
        """What it is run with, beside PATH."""
        return {"HOME": str(self.folder), "TZ": "UTC", "LANG": "C.UTF-8"}

    def clear(self) -> None:
        """Take away what it wrote, so that the next run is a first one."""
        shutil.rmtree(self.out, ignore_errors=True)


@dataclass
class FromFiles(Tool):
    """A generator that reads a file for each post, in ``posts``, below a head of its own."""

    program: Sequence[str] = field(kw_only=True)
    theme: ClassVar[str]
    parts: ClassVar[str]
    """Where in its folder the markup belongs that all themes share."""
    posts: ClassVar[str]
    suffix: ClassVar[str] = "md"

    @abstractmethod
    def head(self, entry: Entry) -> str:
        """What stands above the text in a post's file."""

    def body(self, entry: Entry) -> str:
        """The text as it stands in a post's file."""
        return entry.markdown

    def write(self) -> None:
        """Copy the theme and write a file for each post."""
        shutil.copytree(THEMES / self.theme, self.folder, dirs_exist_ok=True)
        shutil.copytree(THEMES / "parts", self.folder / self.parts, dirs_exist_ok=True)
        (self.folder / self.posts).mkdir(parents=True, exist_ok=True)
        for entry in self.corpus:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Write its file."""
        path = self.folder / self.posts / f"{entry.slug}.{self.suffix}"
        path.write_text(f"{self.head(entry)}\n{self.body(entry)}\n", encoding="utf-8")


class Pelican(FromFiles):
    """Pelican as its quick start sets it up, with the Markdown articles that it is made for."""

    name = "Pelican"
    theme, parts, posts = "pelican", "templates", "content"
    most = 10_000  # some of its steps grow with the square: minutes at 100,000
    settings: ClassVar[Mapping[str, object]] = {
        "SITENAME": "Larkwood",
        "SITEURL": "https://hub.larkwood.example",
        "TIMEZONE": "UTC",
        "DEFAULT_DATE_FORMAT": "%-d %B %Y",
        "THEME": ".",
        "THEME_STATIC_PATHS": [],
        "DIRECT_TEMPLATES": ["index"],
        "DEFAULT_PAGINATION": 50,
        "PAGINATED_TEMPLATES": {"index": None, "tag": None, "author": None},
        "PAGINATION_PATTERNS": [
            (1, "{url}", "{save_as}"),
            (2, "{base_name}/page/{number}/", "{base_name}/page/{number}/index.html"),
        ],
        "ARTICLE_URL": "posts/{slug}/",
        "ARTICLE_SAVE_AS": "posts/{slug}/index.html",
        "TAG_URL": "tags/{slug}/",
        "TAG_SAVE_AS": "tags/{slug}/index.html",
        "AUTHOR_URL": "sources/{slug}/",
        "AUTHOR_SAVE_AS": "sources/{slug}/index.html",
        "CATEGORY_SAVE_AS": "",
        "FEED_MAX_ITEMS": 50,
        "FEED_ALL_ATOM": "feed.xml",
        "TAG_FEED_ATOM": "tags/{slug}/feed.xml",
        "AUTHOR_FEED_ATOM": "sources/{slug}/feed.xml",
        "AUTHOR_FEED_RSS": None,
        "CATEGORY_FEED_ATOM": None,
        "TRANSLATION_FEED_ATOM": None,
        "FORMATTED_FIELDS": [],  # the summary is plain text
    }

    def write(self) -> None:
        """Its settings, too."""
        super().write()
        lines = (f"{name} = {value!r}\n" for name, value in self.settings.items())
        (self.folder / "pelicanconf.py").write_text("".join(lines), encoding="utf-8")

    def head(self, entry: Entry) -> str:
        """Its own metadata, of which an author is the source."""
        tags = f"Tags: {', '.join(entry.tags)}\n" if entry.tags else ""
        return (
            f"Title: {entry.title}\nDate: {entry.published:%Y-%m-%d %H:%M:%S}\nSlug: {entry.slug}\n"
            f"Author: {entry.source}\n{tags}Summary: {entry.summary}\n"
        )

    @property
    def command(self) -> Sequence[str]:
        """Pelican's own command."""
        return [*self.program, "content", "-s", "pelicanconf.py", "-o", str(self.out)]


class Hugo(FromFiles):
    """Hugo with Markdown."""

    name = "Hugo"
    theme, parts, posts = "hugo", "layouts/_partials", "content/posts"

    def head(self, entry: Entry) -> str:
        """YAML, with two taxonomies."""
        return (
            f'---\ntitle: "{entry.title}"\ndate: {entry.published.isoformat()}\nsources: [{entry.source}]\n'
            f'tags: [{", ".join(entry.tags)}]\nsummary: "{entry.summary}"\n---'
        )

    @property
    def command(self) -> Sequence[str]:
        """A plain build."""
        wanted = ["--destination", str(self.out), "--cacheDir", str(self.folder / "cache")]
        return [*self.program, "--quiet", "--buildFuture", "--noBuildLock", *wanted]

    def clear(self) -> None:
        """Its caches, too."""
        super().clear()
        shutil.rmtree(self.folder / "cache", ignore_errors=True)
        shutil.rmtree(self.folder / "resources", ignore_errors=True)


class HugoFromHtml(Hugo):
    """Hugo spared all Markdown: its posts are HTML, as those of our store are."""

    name = "Hugo, HTML posts"
    suffix = "html"
    most = 10_000  # what Markdown costs, two sizes tell

    def body(self, entry: Entry) -> str:
        """It as a web page has it."""
        return entry.html


class Eleventy(FromFiles):
    """Eleventy with Markdown and Nunjucks."""

    name = "Eleventy"
    theme, parts, posts = "eleventy", "src/_includes", "src/posts"
    most = 10_000

    def head(self, entry: Entry) -> str:
        """YAML; its own ``tags`` would make collections that nobody reads."""
        return (
            f'---\ntitle: "{entry.title}"\ndate: {entry.published.isoformat()}\nsource: {entry.source}\n'
            f'topics: [{", ".join(entry.tags)}]\nsummary: "{entry.summary}"\n---'
        )

    @property
    def command(self) -> Sequence[str]:
        """A plain build."""
        return [*self.program, "--quiet", f"--output={self.out}"]
