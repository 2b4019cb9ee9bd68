"""A hub whose every part a test can change, built in this process; and all that can happen to one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from forecourt import config
from forecourt.accounts import Account, link
from forecourt.curate import decide
from forecourt.model import Author, Kind, Media, Post
from forecourt.report import BuildReport
from forecourt.site import inventory, listings, look, periods
from forecourt.site.build import Written, begun
from forecourt.site.editorial import Editorial
from forecourt.site.writer import Output
from forecourt.store import SourceState, Store, StoredPicture
from forecourt.store.ledger import LEDGER, Ledger
from tests.conftest import NOW

SOURCES = ("north", "south", "east")
TAGS = ("Oak", "oak", "Linen", "Glass", "Winter Sale")

# Everything that a template is given, in words: a page differs whenever anything does that it could show.
TEMPLATES = {
    "base.html": "<title>{{ page }}</title>{{ brand }}{{ csp }}{{ lang }}{{ dir }}{% include 'parts/frame.html' %}"
    "{% block main %}{% endblock %}",
    "parts/frame.html": "{{ hub.nav }}{{ hub.networks }}{{ hub.feeds }}{{ static('a.css') }}",
    "parts/wall.html": "{% for card in wall.cards %}{% set first = loop.first %}"
    "{% include ['cards/' ~ card.kind ~ '.html', 'cards/note.html'] %}{% endfor %}"
    "{% for cell in wall %}{{ cell.classes }}{{ cell.whole }}{{ cell.part }}{{ cell.eager }}{% endfor %}",
    "cards/note.html": "{{ card }}{{ first }}",
    "cards/article.html": "<b>{{ card }}</b>{{ first }}",
    "index.html": "{% extends 'base.html' %}{% block main %}{{ hub }}{{ pinned }}{% include 'parts/wall.html' %}"
    "{% endblock %}",
    "archives.html": "{% extends 'base.html' %}{% block main %}{{ listing }}{{ years }}{% endblock %}",
    "listing.html": "{% extends 'base.html' %}{% block main %}{{ listing }}{{ years }}"
    "{% include 'parts/wall.html' %}{% endblock %}",
    "period_archives.html": "{% extends 'base.html' %}{% block main %}{{ listing }}{{ period }}{{ parts }}{{ up }}"
    "{{ older }}{{ newer }}"
    "{% include 'parts/wall.html' %}{% endblock %}",
    "post.html": "{% extends 'base.html' %}{% block main %}{{ card }}{% endblock %}",
    "article.html": "{% extends 'base.html' %}{% block main %}{{ card }}{% endblock %}",
    "page.html": "{% extends 'base.html' %}{% block main %}{{ card }}{% endblock %}",
    "store.html": "{% extends 'base.html' %}{% block main %}{{ listing }}{{ accounts }}{{ years }}"
    "{% include 'parts/wall.html' %}{% endblock %}",
    "campaign.html": "{% extends 'base.html' %}{% block main %}{{ card }}{{ listing }}"
    "{% include 'parts/wall.html' %}{% endblock %}",
    "tags.html": "{% extends 'base.html' %}{% block main %}{{ tags }}{% endblock %}",
    "follow.html": "{% extends 'base.html' %}{% block main %}{{ groups }}{{ opml_url }}{% endblock %}",
    "404.html": "{% extends 'base.html' %}{% block main %}{% endblock %}",
}


SEARCH = "{% extends 'base.html' %}{% block main %}{{ search }}{% endblock %}"
"""The template of a hub that can be searched; making its index takes most of the time of a small build."""


class Killed(BaseException):
    """A build was ended from outside."""


class Workbench:
    """A hub in a folder: its accounts, its store, its theme, what its editors wrote, and the moment."""

    def __init__(self, folder: Path, *, search: bool = False) -> None:
        self.folder = folder
        self.output = folder / "output"
        self.now = NOW
        self.accounts: dict[str, dict[str, str]] = {
            name: {"label": name.title(), "moderation": "publish"} for name in SOURCES
        }
        self.languages = ["en"]
        self.site_url = "https://hub.example"
        self.brand: dict[str, Any] = {"name": "Larkwood", "tagline": "Homes"}
        self.posts: dict[str, Post] = {}
        self.editorials: dict[str, Editorial] = {}
        for name, text in TEMPLATES.items():
            self.template(name, text)
        if search:
            self.template("search.html", SEARCH)
        (folder / "theme/static").mkdir(parents=True)
        (folder / "theme/static/a.css").write_text("a { color: red }")
        (folder / "theme/theme.toml").write_text('[fragments]\nkept = ["cards/*.html", "parts/frame.html"]\n')
        (folder / "content").mkdir()
        (folder / "plugins").mkdir()
        self.write_editorials()

    # What there is

    def template(self, name: str, text: str) -> None:
        path = self.folder / "theme/templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def retouch(self, name: str, text: str) -> None:
        """Change a template so that what it makes is different."""
        own = TEMPLATES[name]
        inside = own.replace("{% endblock %}", f"{text}{{% endblock %}}") if "extends" in own else own + text
        self.template(name, inside)

    def write_editorials(self) -> None:
        (self.folder / "content/written.json").write_bytes(msgspec.json.encode([*self.editorials.values()]))

    def settings(self) -> tuple[config.Config, tuple[Account, ...]]:
        lines = []
        for name, said in self.accounts.items():
            feed = {} if "connector" in said else {"connector": "feed", "url": f"https://{name}.example/feed"}
            options = {"name": name, **feed, **said}
            lines.append(
                "[[source]]\n" + "".join(f'{option} = "{value}"\n' for option, value in options.items())
            )
        sources = self.folder / "content/sources.toml"
        if not sources.exists() or sources.read_text() != "\n".join(lines):
            sources.write_text("\n".join(lines))
        found = config.load(
            {
                "PATH": "content",
                "THEME": "theme",
                "SITEURL": self.site_url,
                "HUB_BRAND": self.brand,
                "HUB_LANGUAGES": self.languages,
            },
            self.folder,
            {},
        )
        accounts = link(found, {}, secrets=False)
        return found, tuple(account for account in accounts if account.enabled)

    @contextmanager
    def stored(self) -> Iterator[tuple[Store, dict[str, Account]]]:
        found, accounts = self.settings()
        with Store.run(found.store, found.timezone, "fetch", self.now) as store, store.transaction():
            yield store, {account.name: account for account in accounts}

    # What happens

    def say(self, post: Post) -> None:
        """A post comes, or comes again."""
        with self.stored() as (store, accounts):
            if post.source in accounts:
                store.posts.save(post.source, [(post, decide(post, accounts[post.source].rules))], self.now)
                self.posts[post.id] = post

    def take_back(self, post: Post) -> None:
        with self.stored() as (store, _):
            store.posts.remove(post.source, [post.id])

    def reach(self, source: str, days: int) -> None:
        """An account answers, or was asked in vain for so many days."""
        with self.stored() as (store, _):
            fresh = self.now - timedelta(days=days)
            state = store.sources.all().get(source, SourceState(source))
            error = "it does not answer" if days else ""
            store.sources.save(replace(state, fresh=fresh, checked=self.now, error=error))

    def bury(self) -> None:
        with self.stored() as (store, _):
            store.posts.expire(self.now)

    def picture(self, url: str, name: str) -> None:
        """A picture comes, or another in its place."""
        picture = StoredPicture(name, 640, 480, "r", (320, 640), "#a0b0c0")
        for file in picture.files:
            path = self.folder / ".hub/pictures" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.encode())  # named by its content
        with self.stored() as (store, _):
            store.pictures.want([url], store.posts.counter())
            store.pictures.have(url, picture)

    def edit(self, article: Editorial) -> None:
        self.editorials[article.source] = article
        self.write_editorials()

    # What is made of it

    def build(self, *, output: Path | None = None, full: bool = False, cores: int = 1) -> BuildReport:
        """As `invoke build` does, with what the editors wrote read from one file."""
        found, accounts = self.settings()
        asked = look.Asked(
            replace(found, cores=cores),
            found.content,
            self.folder / "theme",
            output or self.output,
            "settings",
            {},
            (self.folder / "plugins",),
        )
        if not full and (said := look.unchanged(asked, self.now)):
            return replace(said, written=0, removed=0, made=0)
        with begun(asked, accounts, self.now, full=full) as build:
            written = Written([*self.editorials.values()]) if build.needs_pelican else None
            return build.run(written)

    def files(self, output: Path | None = None) -> dict[str, bytes]:
        folder = output or self.output
        paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(LEDGER))
        found = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
        # Pagefind makes other files of the same posts each time: see ``indexed``.
        return {name: data for name, data in found.items() if not name.startswith("search/index/")}

    def indexed(self, output: Path | None = None) -> dict[str, str]:
        """A digest of what is searched in, by shard."""
        ledger = Ledger.existing(output or self.output)
        assert ledger
        with ledger:
            said = json.loads(ledger.facts().get("search") or '{"shards": {}}')
        return {name: shard["digest"] for name, shard in said["shards"].items()}

    def check(self) -> BuildReport:
        """Build what changed, and see that it is what a build from nothing makes, byte for byte."""
        report = self.build()
        whole = self.folder / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        self.build(output=whole, full=True)
        here, there = self.files(), self.files(whole)
        assert here.keys() == there.keys()
        assert [name for name in here if here[name] != there[name]] == []
        assert self.indexed() == self.indexed(whole)
        again = self.build(full=True)
        assert (again.written, again.removed) == (0, 0)
        lying = (path for path in self.output.rglob("*") if path.is_file())
        assert again.same == sum(not path.name.startswith(LEDGER) for path in lying), (
            "files are counted right"
        )
        return report


def post(number: int, source: str, **values: Any) -> Post:
    """The post of that number."""
    said = f"What we made of it, {number}"
    return Post(
        **{
            "id": f"{source}:{number}",
            "source": source,
            "kind": Kind.NOTE,
            "permalink": f"https://{source}.example/{number}",
            "title": f"Number {number}",
            "html": f"<p>{said}</p>",
            "text": said,
            "lang": "en",
            "author": Author(source),
            "published": NOW - timedelta(days=number % 70),
            **values,
        }
    )


def pictured(url: str) -> tuple[Media, ...]:
    return (Media(type="image", url=url),)


def article(number: int, **values: Any) -> Editorial:
    """The article of that number."""
    path = f"news/{number}/"
    return Editorial(
        **{
            "source": f"news/{number}.md",
            "path": path,
            "file": f"{path}index.html",
            "template": "article",
            "is_article": True,
            "status": "published",
            "title": f"News {number}",
            "summary": "In short",
            "html": "<p>News</p>",
            "lang": "en",
            "dir": "ltr",
            "published": NOW - timedelta(days=number),
            "updated": None,
            "author": "Ann",
            "tags": (),
            "figure": None,
            "pinned": False,
            **values,
            **(
                {"template": f"{values['template']}.html"}
                if "template" in values
                else {"template": "article.html"}
            ),
        }
    )


@contextmanager
def small_pages() -> Iterator[None]:
    """Listings that have an archive, and months that are shown by day, with a handful of posts."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (listings, inventory, periods):
            for name, size in (("FRONT", 3), ("FEED", 4), ("LARGE", 4)):
                if hasattr(module, name):
                    patch.setattr(module, name, size)
        yield


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """End a build at that step of those that touch anything: a file laid down, moved or removed, a transaction."""
    left = step

    def then(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real(*arguments, **named)

        return called

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Output, "write", then(Output.write))
        patch.setattr(Output, "remove", then(Output.remove))
        patch.setattr(Output, "discard", lambda _: None)  # who is killed leaves what lies about
        patch.setattr(Ledger, "transaction", then(Ledger.transaction))
        patch.setattr(os, "replace", then(os.replace))
        patch.setattr(os, "rename", then(os.rename))
        yield
