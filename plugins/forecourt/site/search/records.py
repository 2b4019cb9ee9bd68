"""What the search knows of a post or a page: its words, what it can be filtered by, and its card.

Pagefind makes words of all that it is told of a record but of its address. So what
only the card shows stands behind the address, as JSON: a picture's file name is nobody's word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from forecourt.curate import tag_listing
from forecourt.model import Direction
from forecourt.site.views import Card, Picture

FORMAT = 4
"""Raise it when records are written in another way, so that all are indexed anew."""

LONGEST = 20_000
"""Characters of a text that are indexed; a story of ten pages has as many."""

JOINT = "\u2060"
"""Begins a word that is written without a space before it: the index passes over it, the page takes the space away."""

# French and Italian write "l'atelier", and nobody looks for that; Chinese and Japanese write no spaces at all.
_ELIDED = re.compile(
    r"(?<![\w'\u2019])((?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|(?:d|n|s|qu)?ell|d?all|sull|un)['\u2019])(?=[^\W\d_])",
    re.IGNORECASE,
)
_UNSPACED = re.compile(
    "(?<=[^\\s\u2060])(?=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
    "|(?<=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])(?=[^\\s\u2060])"
)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture at the size of a result."""

    url: str
    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A post or a page that can be found.

    ``path`` is its address below the hub's own, and ``everywhere`` says that it has one in each of the hub's
    languages. ``published`` is as in ISO 8601, "" where it is not known; ``year`` what it is filtered by.
    ``campaigns`` are what those are called that it belongs to; ``tags`` are names of listings, each with what is
    written on it; ``credit`` must stand beside it. ``networks`` and ``stores`` are others that said the same.
    """

    path: str
    title: str
    text: str
    lang: str = ""
    dir: Direction = "ltr"
    published: str = ""
    year: str = ""
    kind: str = ""
    network: str = ""
    store: str = ""
    campaigns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    author: str = ""
    origin: str = ""
    credit: str = ""
    picture: Thumbnail | None = None
    everywhere: bool = False
    networks: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    def message(self, language: str) -> dict[str, Any]:  # Any: JSON
        """What the index is told, in a language that it stems all words by."""
        words = {
            "title": spaced(self.title),
            "author": spaced(self.author),
            "tags": spaced(" ".join(self._labels)),
        }
        filters = {
            "network": [self.network, *self.networks], "kind": [self.kind], "year": [self.year],
            "store": [self.store, *self.stores],
            "campaign": self.campaigns, "tag": [tag for tag, _ in self.tags],
        }  # fmt: skip
        return {
            "type": "AddRecord",
            "url": f"{self.path} {self._card()}",
            "content": spaced(self._text[:LONGEST]),
            "language": language,
            "meta": {name: said for name, said in words.items() if said},
            "filters": {name: [*filter(None, values)] for name, values in filters.items() if any(values)},
            "sort": None,
        }

    @property
    def can_be_found(self) -> bool:
        """Whether it has a word: Pagefind leaves out what has none."""
        return _has_words(self._text)

    @property
    def _text(self) -> str:
        return self.text if _has_words(self.text) else self.title

    @property
    def _labels(self) -> list[str]:
        return [label for _, label in self.tags]

    def _card(self) -> str:
        """What the card of a result shows besides, by one letter each; what is empty is left out."""
        picture = self.picture
        said = {
            "l": self.lang,
            "r": self.dir == "rtl",
            "d": self.published,
            "k": self.kind,
            "n": self.network,
            "o": self.origin,
            "c": self.credit,
            "t": self.tags,
            "p": picture and (picture.url, picture.width, picture.height, picture.alt),
            "e": self.everywhere,
        }
        return msgspec.json.encode({name: value for name, value in said.items() if value}).decode()


PAGE = "page"
"""The kind of an editors' page, which no post has."""


def record(
    card: Card, path: str, text: str, *, networks: Iterable[str] = (), stores: Iterable[str] = (),
    campaigns: tuple[str, ...] = (), everywhere: bool = False, is_page: bool = False,
) -> Record:  # fmt: skip
    """The record of what a card shows. ``text`` is all that it says; ``campaigns`` and ``stores`` it belongs to.

    ``networks`` are all that it was said on. An editors' page (``is_page``) is of no day and of no network.
    """
    network = "" if is_page else card.network.id
    store, *others = dict.fromkeys(stores) or [""]
    moment = card.published.replace(microsecond=0).isoformat() if card.dated and not is_page else ""
    return Record(
        path=path,
        title=card.title,
        text=text,
        lang=card.lang,
        dir=card.dir,
        published=moment,
        year=moment[:4],
        kind=PAGE if is_page else card.kind,
        network=network,
        store=store,
        campaigns=campaigns,
        tags=tuple((tag_listing(tag.label).partition("/")[2], tag.label) for tag in card.tags),
        author=card.author.name,
        origin=card.origin,
        credit=card.source.credit,
        picture=_smallest(card.pictures),
        everywhere=everywhere,
        networks=tuple(each for each in dict.fromkeys(networks) if each != network),
        stores=tuple(others),
    )


def spaced(text: str) -> str:
    """A text with a space before every word, those that are written without one marked."""
    return _UNSPACED.sub(f" {JOINT}", _ELIDED.sub(rf"\1 {JOINT}", text)) if text else ""


def _has_words(text: str) -> bool:
    return any(letter.isalpha() or letter.isdecimal() for letter in text)


def _smallest(pictures: Iterable[Picture]) -> Thumbnail | None:
    """The first picture in the least of its widths."""
    first = next(iter(pictures), None)
    if first is None:
        return None
    if not first.srcset:
        return Thumbnail(first.url, first.width, first.height, first.alt)
    url, _, said = first.srcset.partition(",")[0].partition(" ")
    width = int(said.removesuffix("w"))
    return Thumbnail(url, width, max(1, round(first.height * width / first.width)), first.alt)
