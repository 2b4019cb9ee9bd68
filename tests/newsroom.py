"""A hub's store and its editors' files, for tests of what becomes of posts: nothing is asked, and nothing is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from forecourt import config
from forecourt.accounts import Account, link
from forecourt.model import Kind, Post
from forecourt.settling import Curator, settle
from forecourt.store import Store
from tests.conftest import NOW

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
SOURCES = ("mastodon", "facebook", "blog")


class Newsroom:
    """A store in memory beside a content folder; ``now`` is the moment, which tests move."""

    def __init__(self, folder: Path, sources: Sequence[str] = SOURCES) -> None:
        self.folder = folder
        self.now = NOW
        self.sources = dict.fromkeys(sources, "")
        self.store = Store(":memory:", self.config.timezone)
        (folder / "content").mkdir(exist_ok=True)

    @property
    def config(self) -> config.Config:
        tables = (
            f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "https://{name}.example/feed"\n{more}\n'
            for name, more in self.sources.items()
        )
        (self.folder / "content").mkdir(exist_ok=True)
        (self.folder / "content/sources.toml").write_text("\n".join(tables), encoding="utf-8")
        return config.load({"TIMEZONE": "Europe/Paris", "HUB_BRAND": {"name": "Larkwood"}}, self.folder, {})

    @property
    def accounts(self) -> tuple[Account, ...]:
        return link(self.config, {})

    def write(self, name: str, text: str) -> None:
        path = self.folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self.folder / "content" / name).unlink()

    def settle(self) -> Curator:
        return settle(self.store, self.accounts, self.config, self.now)

    def bring(self, *posts: Post) -> None:
        """Have posts come, as a fetch does: judged, kept, and what says the same found."""
        curator = self.settle()
        for account in self.accounts:
            own = [(post, post.published or self.now) for post in posts if post.source == account.name]
            with self.store.transaction():
                self.store.posts.save(account.name, curator.judged(account, self.store, own), self.now)
        self.settle()

    def on(self, listing: str = "stream") -> list[str]:
        """The ids of the posts on a listing that are shown now; of a message the version that is shown."""
        return [stored.post.id for stored in self.store.posts.newest(listing, self.now, 1000)]

    def key(self, post_id: str) -> str:
        """The key of a post."""
        for account in self.accounts:
            for stored in self.store.posts.each_of(account.name):
                if stored.post.id == post_id:
                    return stored.key
        raise KeyError(post_id)

    def status(self, post_id: str) -> tuple[str, tuple[str, ...]]:
        """What was decided about a post, and why."""
        each = self.store.review.one(self.key(post_id))
        return each.status, each.reasons

    @contextmanager
    def nothing_else_changes(self, *ids: str) -> Iterator[None]:
        """Only these posts are other ones after what is done inside."""
        before = self.store.posts.counter()
        keys = {self.key(post_id) for post_id in ids}
        yield
        assert {*self.store.changes.posts_since(before)} == keys


def a_post(post_id: str, source: str = "mastodon", **changes: object) -> Post:
    post = Post(
        id=post_id,
        source=source,
        kind=Kind.NOTE,
        permalink=f"https://{source}.example/{post_id}",
        text=a_text(f"{source} {post_id}"),
        lang="en",
        published=NOW - timedelta(days=1),
    )
    return replace(post, **changes)  # type: ignore[arg-type]  # fields by name


def a_text(seed: str) -> str:
    """A text that says what no other says."""
    digest = blake2b(seed.encode(), digest_size=24).hexdigest()
    return " ".join(digest[at : at + 6].translate(_LETTERS) for at in range(0, 48, 6)).capitalize()


def moment(text: str) -> datetime:
    """A moment with its zone, such as 2026-11-27T09:00+01:00."""
    return datetime.fromisoformat(text)
