"""What Larkwood says: its accounts and their posts, read from ``demo/posts/*.toml``.

An account is one file. Its name is the file's name; its ``network`` chooses the
module in ``demo/networks`` that writes it. Dates are fixed in the data.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

POSTS = Path(__file__).parent / "posts"
PICTURES = Path(__file__).parent / "pictures"


class Validators(StrEnum):
    """How an account answers a conditional request; real servers do all of these."""

    BOTH = "both"
    ETAG = "etag"
    MODIFIED = "modified"
    IGNORED = "ignored"  # sent, and never honoured
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a post. An empty ``alt`` means that its author wrote none."""

    file: str
    alt: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return _size(self.file)

    @property
    def length(self) -> int:
        """The file's size in bytes."""
        return (PICTURES / self.file).stat().st_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody said to a post. ``answers`` is the id of another answer, where it is to that one."""

    id: str
    date: datetime
    author: str
    text: str
    handle: str = ""
    likes: int = 0
    answers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message, as its author wrote it. It has ``text`` or ``html``, never both.

    ``announcement`` names the message that other accounts announce too, in their
    own words; no feed shows it. ``product`` is what a review is about. ``handle``
    and ``avatar`` are of an author who is not the account's own. ``link`` is an
    address that stands beside the text, ``quotes`` that of a post. ``price`` and
    ``before`` are amounts such as "24.00". ``extra`` is what only this platform has.
    """

    id: str
    kind: str = ""
    date: datetime | None = None
    updated: datetime | None = None
    lang: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    html: str = ""
    author: str = ""
    pictures: tuple[Picture, ...] = ()
    tags: tuple[str, ...] = ()
    announcement: str = ""
    product: str = ""
    rating: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    place: str = ""
    duration: int | None = None
    season: int | None = None
    episode: int | None = None
    likes: int | None = None
    comments: int | None = None
    views: int | None = None
    shares: int | None = None
    answers: tuple[Answer, ...] = ()
    handle: str = ""
    avatar: str = ""
    link: str = ""
    quotes: str = ""
    price: str = ""
    before: str = ""
    available: bool = True
    extra: dict[str, Any] = field(default_factory=dict)  # Any: TOML

    @property
    def changed(self) -> datetime | None:
        """When it was last touched."""
        return self.updated or self.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the brand, with its posts (the newest first) and its server's manners.

    ``path`` is where its feed is, ``api`` below which address its API; it has one of
    them or both. ``moved_from`` answers 301 to ``path``, ``page`` is an HTML page that
    names it. ``media_type`` replaces the right one with what a careless server sends.
    ``permalink`` holds ``{id}``. ``id`` is the account's own, ``handle`` how it is
    called there. ``extra`` is what only this platform has.
    """

    network: str
    title: str
    description: str
    home: str
    permalink: str
    kind: str
    posts: tuple[Post, ...]
    path: str = ""
    api: str = ""
    id: str = ""
    handle: str = ""
    name: str = ""
    lang: str = "en"
    author: str = "Larkwood"
    avatar: str = "avatar-larkwood.jpg"
    validators: Validators = Validators.BOTH
    media_type: str = ""
    moved_from: str = ""
    page: str = ""
    token: str = ""
    refresh_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    extra: dict[str, Any] = field(default_factory=dict)  # Any: TOML

    @property
    def feed_token(self) -> str:
        """What its feed asks for; where there is an API, the token is for that."""
        return "" if self.api else self.token

    @property
    def secrets(self) -> dict[str, str]:
        """Its secrets, by the variables of the environment that Larkwood keeps them in."""
        name = self.name.upper().replace("-", "_")
        found = {"TOKEN": self.token, "REFRESH": self.refresh_token, "SECRET": self.client_secret}
        return {f"LARKWOOD_{name}_{kind}": secret for kind, secret in found.items() if secret}

    @property
    def changed(self) -> datetime:
        """When its newest change was made."""
        return max(post.changed for post in self.posts if post.changed).astimezone(UTC)

    def link(self, post: Post) -> str:
        """Return the address at which people read the post."""
        return self.permalink.format(id=post.id)


def secrets() -> dict[str, str]:
    """Every secret of the demo, as the environment of a run has them."""
    return {name: secret for account in accounts() for name, secret in account.secrets.items()}


@cache
def accounts() -> tuple[Account, ...]:
    """Every account of the brand, by name."""
    return tuple(_account(path) for path in sorted(POSTS.glob("*.toml")))


def _account(path: Path) -> Account:
    account = msgspec.convert(_table(path), Account, strict=True)
    posts = tuple(replace(p, kind=p.kind or account.kind, lang=p.lang or account.lang) for p in account.posts)
    return replace(account, name=path.stem, posts=tuple(sorted(posts, key=_newest_first)))


def _table(path: Path) -> dict[str, Any]:
    """Read the file's table; Any stands for what TOML can hold, msgspec judges it next."""
    return tomllib.loads(path.read_text("utf-8"))


def _newest_first(post: Post) -> tuple[float, str]:
    return (-post.date.timestamp() if post.date else 0.0, post.id)


@cache
def _size(file: str) -> tuple[int, int]:
    with Image.open(PICTURES / file) as picture:
        return picture.size
