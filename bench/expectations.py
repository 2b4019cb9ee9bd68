"""feedparser's own test suite, judged by what our reading makes of its documents.

    pip download feedparser==6.0.14 --no-deps --no-binary :all:
    tar xzf feedparser-6.0.14.tar.gz
    python -m bench.expectations feedparser-6.0.14/tests

Each document of the suite says in a comment what it expects of feedparser:
``feed['title'] == 'Example feed'``. Of every part of it that is about a field
that we use, we ask whether our ``Feed`` says the same to a reader: titles and
texts as they are read, addresses in full, dates as moments. What is not asked is
counted with its reason.
"""

from __future__ import annotations

import argparse
import ast
import codecs
import html as entities
import re
import sys
from calendar import timegm
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forecourt import feeds, text, urls
from forecourt.errors import BadData
from forecourt.feeds import Entry, Feed

ENOUGH = 0.99
"""Of what is asked must hold."""

URL = "http://127.0.0.1:8097/feed.xml"

_EXPECTED = re.compile(rb"Description:\s*(.*?)\s*Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(rb"^Header:\s*Content-type:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_CODEC = re.compile(rb"SkipUnless:.*?lookup\('([^']*)'\)")
_CLEANED = "cleaned: what feedparser's sanitiser leaves; ours has its own tests"
_RESOLVED = "resolved: relative addresses, which we resolve against the entry's link"
_UNUSED = "a field that we do not use"
_FORM = "no comparison of a field with a value"
_CODECS = "in an encoding that this Python does not have"
_CDF = "CDF, which nobody writes since 1999 and we do not read"
_ASIDE = {"sanitize": _CLEANED, "base": _RESOLVED, "cdf": _CDF}
_OTHERWISE = {
    "headers_content_location-relative.xml": _RESOLVED,
    "http_content_language.xml": "the language that a header names; the document itself knows better",
    "entry_category_term.xml": "the term of a category that has a label, which is what people read",
    "entry_category_term_non_ascii.xml": "the term of a category that has a label, which is what people read",
    "item_description_and_summary.xml": "the second of two texts; a post has one",
    "item_summary_and_description.xml": "the second of two texts; a post has one",
}
"""Documents of which we make something else, and why."""

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one part of an expectation: it holds, it does not, or it is not asked and why."""

    name: str
    part: str
    holds: bool
    aside: str = ""
    got: object = ""


def judge(folder: Path) -> Iterator[Verdict]:
    """Judge every document below the folder that expects something."""
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        expected = _EXPECTED.search(body)
        if expected is None:
            continue
        header = _HEADER.search(body)
        content_type = header[1].decode("latin-1") if header else ""
        aside = _OTHERWISE.get(path.name) or _ASIDE.get(path.parent.name, "")
        if (codec := _CODEC.search(body)) and not _has(codec[1].decode("ascii")):
            aside = _CODECS
        name = path.relative_to(folder).as_posix()
        yield from of(name, body, content_type, expected[2].decode("utf-8"), aside)


def _has(codec: str) -> bool:
    try:
        codecs.lookup(codec)
    except LookupError:
        return False
    return True


def of(name: str, body: bytes, content_type: str, expectation: str, aside: str = "") -> Iterator[Verdict]:
    """Judge one document by what is expected of it, a verdict for each part."""
    for part in _parts(expectation):
        comparison = _comparison(part)
        said = ast.unparse(part)
        if said in {"not bozo", "bozo"}:
            continue  # whether feedparser thinks well of the document, of which we make no use
        if comparison is None:
            yield Verdict(name, said, holds=True, aside=_FORM)
            continue
        asked = _FIELDS.get(_general(comparison[0]))
        if asked is None or aside:
            yield Verdict(name, said, holds=True, aside=aside or _UNUSED)
            continue
        try:
            got = asked.ours(feeds.parse(body, content_type, URL), comparison[0])
        except (BadData, IndexError) as error:
            got = error
        yield Verdict(name, said, holds=got in asked.expected(comparison[1]), got=got)


def _parts(expectation: str) -> list[ast.expr]:
    try:
        body = ast.parse(expectation, mode="eval").body
    except (SyntaxError, ValueError):
        return [ast.Constant(expectation)]
    return body.values if isinstance(body, ast.BoolOp) and isinstance(body.op, ast.And) else [body]


def _comparison(part: ast.expr) -> tuple[_Path, Any] | None:
    if not isinstance(part, ast.Compare) or len(part.ops) != 1 or not isinstance(part.ops[0], ast.Eq):
        return None
    path = _path(part.left)
    try:
        return (path, ast.literal_eval(part.comparators[0])) if path else None
    except ValueError:
        return None


def _path(part: ast.expr) -> _Path:
    """``entries[0]['links'][1].href`` as names and numbers; () for anything else."""
    if isinstance(part, ast.Name):
        return (part.id,)
    if isinstance(part, ast.Attribute):
        front: _Path = _path(part.value)
        return (*front, part.attr) if front else ()
    if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant):
        front, step = _path(part.value), part.slice.value
        return (*front, step) if front and isinstance(step, str | int) else ()
    return ()


def _general(path: _Path) -> str:
    return ".".join("#" if isinstance(step, int) else str(step) for step in path)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of feedparser's: what we make of it, and what is as good as what is expected of it."""

    ours: Callable[[Feed, _Path], object]
    expected: Callable[[Any], Sequence[object]]


def _of_entry(value: Callable[[Entry], Any], *, listed: bool = False) -> Callable[[Feed, _Path], object]:
    def ours(feed: Feed, path: _Path) -> object:
        found = value(feed.entries[int(path[1])])
        return found[int(path[3])] if listed else found

    return ours


def _words(said: str) -> Sequence[str]:
    """As a reader reads it: feedparser gives markup, or plain text, and does not always say which."""
    return text.line(text.plain(said)), text.line(entities.unescape(said)), text.line(said)


def _name(said: str) -> Sequence[str]:
    """Without an address of mail, which we never publish."""
    return (text.line(_MAIL.sub("", said)),)


def _line(said: str) -> Sequence[str]:
    return (text.line(said),)


def _address(said: str) -> Sequence[str]:
    return (urls.absolute(said, URL),)


def _moment(said: tuple[int, ...]) -> Sequence[datetime | None]:
    return (datetime.fromtimestamp(timegm(said), UTC) if said else None,)


def _text_of(entry: Entry) -> str:
    return text.line(text.plain(text.clean(entry.html, entry.base)))


_MAIL = re.compile(r"\s*\(\S+@\S+\)")
_TITLE = _Field(_of_entry(lambda entry: entry.title), _words)
_TEXT = _Field(_of_entry(_text_of), _words)
_LINK = _Field(_of_entry(lambda entry: entry.link), _address)
_ID = _Field(_of_entry(lambda entry: entry.id), _line)
_AUTHOR = _Field(_of_entry(lambda entry: ", ".join(author.name for author in entry.authors)), _name)
_ABOUT = _Field(lambda feed, _: feed.description, _words)
_NAME = _Field(lambda feed, _: feed.title, _words)

_FIELDS = {
    "feed.title": _NAME,
    "feed.title_detail.value": _NAME,
    "feed.link": _Field(lambda feed, _: feed.link, _address),
    "feed.language": _Field(lambda feed, _: feed.lang, lambda said: (text.language(said),)),
    "feed.subtitle": _ABOUT,
    "feed.subtitle_detail.value": _ABOUT,
    "feed.tagline": _ABOUT,
    "feed.tagline_detail.value": _ABOUT,
    "feed.description": _ABOUT,
    "entries.#.title": _TITLE,
    "entries.#.title_detail.value": _TITLE,
    "entries.#.description": _TEXT,
    "entries.#.summary": _TEXT,
    "entries.#.summary_detail.value": _TEXT,
    "entries.#.content.0.value": _TEXT,
    "entries.#.content.#.value": _TEXT,
    "entries.#.link": _LINK,
    "entries.#.id": _ID,
    "entries.#.guid": _ID,
    "entries.#.author": _AUTHOR,
    "entries.#.author_detail.name": _AUTHOR,
    "entries.#.authors.#.name": _Field(
        _of_entry(lambda entry: [author.name for author in entry.authors], listed=True), _line
    ),
    "entries.#.published_parsed": _Field(_of_entry(lambda entry: entry.published), _moment),
    "entries.#.updated_parsed": _Field(_of_entry(lambda entry: entry.updated), _moment),
    "entries.#.tags.#.term": _Field(_of_entry(lambda entry: entry.categories, listed=True), _line),
    "entries.#.category": _Field(_of_entry(lambda entry: entry.categories[0]), _line),
    "entries.#.enclosures.#.href": _Field(
        _of_entry(lambda entry: [one.url for one in entry.enclosures], listed=True), _address
    ),
    "entries.#.enclosures.#.type": _Field(
        _of_entry(lambda entry: [one.type for one in entry.enclosures], listed=True),
        lambda said: (said.lower(),),
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code is 1 below 99 %."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.expectations", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="the folder tests of feedparser's source distribution")
    verdicts = list(judge(parser.parse_args(arguments).folder))
    judged = [one for one in verdicts if not one.aside]
    failed = [one for one in judged if not one.holds]
    for one in failed:
        print(f"{one.name}: {one.part}\n    but we say {one.got!r}")
    for aside, number in Counter(one.aside for one in verdicts if one.aside).most_common():
        print(f"{number:5} not asked: {aside}")
    share = 1 - len(failed) / len(judged) if judged else 0.0
    print(f"{len(judged) - len(failed):,} of {len(judged):,} hold ({share:.2%})")
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
