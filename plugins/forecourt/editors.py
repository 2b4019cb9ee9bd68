"""What editors are to look after: pictures that nobody described. Nothing is invented in their place.

A post's pictures are described where they were published, by who looks after the account;
those of our own articles in the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from forecourt import text, urls
from forecourt.accounts import Account
from forecourt.model import Post
from forecourt.store import Store, Stored

NEWEST = 5
"""Posts of an account that are named; who mends these knows how."""

_TITLE = 60  # characters
_FIGURE = re.compile(r"picture:\s*[\"']?(?P<file>[^\s\"']+)", re.IGNORECASE)
_ALT = re.compile(r"alt:\s*[\"']?[^\s\"']", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_CODE = re.compile(r"`[^`]*`")
_MUTE = re.compile(r"!\[\s*\]\(\s*<?(?P<file>[^\s)>]+)")
_TAG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SAID = re.compile(r"""\balt\s*=\s*(?:"\s*[^"\s]|'\s*[^'\s]|[^\s"'>])""", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']?(?P<file>[^\s"'>]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Undescribed:
    """A post of which so many ``pictures`` have no description.

    ``key`` is its address on the hub, ``permalink`` that at the origin.
    """

    key: str
    permalink: str
    published: datetime
    title: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Described:
    """How many pictures the posts of an account show, how many nobody described, and the newest such posts."""

    account: Account
    pictures: int = 0
    undescribed: int = 0
    newest: tuple[Undescribed, ...] = ()

    @property
    def owner(self) -> str:
        """Who in the company looks after the account, "" where nobody is named."""
        return self.account.source.owner

    @property
    def silent(self) -> bool:
        """Whether not one picture is described: most likely its network hands no descriptions out."""
        return self.undescribed == self.pictures


def described(store: Store, accounts: Iterable[Account], now: datetime) -> tuple[Described, ...]:
    """For each account whose posts show pictures how they are described.

    Who has most to mend comes first, and last those where most likely nothing can be done.
    """
    found = (_of(account, store, now) for account in accounts)
    shown = [each for each in found if each.pictures]
    return tuple(sorted(shown, key=lambda each: (each.silent, -each.undescribed, each.account.name)))


def mute(files: Iterable[Path], root: Path) -> Iterator[str]:
    """Pictures in Markdown without a description: file, seen from ``root``, line, and which. Code is not looked at."""
    for file in sorted(files):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        yield from _figure(lines, file.relative_to(root))
        fenced = False
        for number, line in enumerate(lines, start=1):
            if _FENCE.match(line):
                fenced = not fenced
            elif not fenced:
                for picture in _pictures_without(_CODE.sub("", line)):
                    place = f"{file.relative_to(root)} line {number}"
                    yield f"{place}: {picture} has no description; write it as ![what it shows]({picture})"


def _figure(lines: Sequence[str], file: Path) -> Iterator[str]:
    """An article's own picture without a description: both stand in its head, each on a line."""
    head = lines[: next((at for at, line in enumerate(lines) if at and line.strip() in {"", "---"}), None)]
    if not any(map(_ALT.match, head)):
        for number, line in enumerate(head, start=1):
            if found := _FIGURE.match(line):
                yield f"{file} line {number}: {found['file']} has no description; add a line Alt: what it shows"


def _of(account: Account, store: Store, now: datetime) -> Described:
    pictures = undescribed = 0
    newest: list[Undescribed] = []
    for stored in _shown(store, f"source/{account.name}", now):
        alts = _alts(stored.post)
        lacking = sum(not alt for alt in alts)
        pictures += len(alts)
        undescribed += lacking
        if lacking and len(newest) < NEWEST:
            newest.append(_undescribed(stored, lacking))
    return Described(account, pictures, undescribed, tuple(newest))


def _shown(store: Store, listing: str, now: datetime) -> Iterator[Stored]:
    """All posts of a listing, newest first, a month of them in memory at a time."""
    for month in reversed(store.posts.months(listing, now)):
        yield from store.posts.of_period(listing, month, now)


def _undescribed(stored: Stored, pictures: int) -> Undescribed:
    post = stored.post
    title = text.excerpt(post.title or post.text, _TITLE)
    return Undescribed(stored.key, post.permalink, stored.published, title, pictures)


def _alts(post: Post) -> Sequence[str]:
    """The description of each picture beside the text or in it, once.

    A film's poster is none of them: what it stands for has a title, and no network lets it be described.
    """
    beside = [(media.url, media.alt) for media in post.media if media.type == "image"]
    inside = [(image.src, image.alt) for image in text.images(post.html)]
    found: dict[str, str] = {}
    for url, alt in (*beside, *inside):
        key = urls.picture(url)
        found[key] = found.get(key) or alt.strip()
    return list(found.values())


def _pictures_without(line: str) -> Iterator[str]:
    yield from (found["file"] for found in _MUTE.finditer(line))
    for tag in _TAG.findall(line):
        source = _SRC.search(tag)
        if source and not _SAID.search(tag):
            yield source["file"]
