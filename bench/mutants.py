"""A million damaged documents through the step that reads feeds: each gives posts or one sentence.

    python -m bench.mutants --seed 1 --count 1000000 --processes 2

Document 4711 of seed 1 is the same on every machine that has the same documents
to begin with: ours, and those in ``../shared`` when that lies beside the
checkout. A run that was stopped goes on with ``--start``. What went wrong is
printed with its seed and number, and the document kept (``--keep``, a folder).
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import msgspec

from forecourt.connectors import Batch, Request, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.errors import BadData

ROOT = Path(__file__).parents[1]
OURS = (ROOT / "tests/feeds/fixtures", ROOT / "tests/connectors/fixtures/feed")
SHARED = tuple(
    ROOT.parent / "shared" / name for name in ("feeds/real", "hostile/bombs/xml", "hostile/bombs/json")
)

LONGEST = 3 * 1024
"""Bytes of a document: a larger one shows nothing that a small one does not, and a million take hours."""

SECONDS = 5.0
"""Of CPU that a document may take."""

STEP = 500
"""Documents that a process does at a time."""

URL = "https://larkwood.example/feed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A document that gave neither posts nor a sentence, by its number, and what it gave."""

    number: int
    said: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row of documents; ``slowest`` is the CPU seconds of one."""

    read: int
    refused: int
    findings: tuple[Finding, ...]
    slowest: float
    memory: int
    """Bytes, at most, that the process took."""


class TooSlow(BaseException):
    """Not an Exception, or whoever reads documents of strangers would catch it."""


def run(seed: int, numbers: range, processes: int = 1) -> Iterator[tuple[int, Outcome]]:
    """Read the documents of a seed with these numbers; gives after each step how many are done.

    ``processes`` 1 is this one.
    """
    steps = [numbers[start : start + STEP] for start in range(0, len(numbers), STEP)]
    done = 0
    if processes == 1:
        for step in steps:
            done += len(step)
            yield done, read(seed, step)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for step, outcome in zip(steps, pool.map(read, [seed] * len(steps), steps), strict=True):
            done += len(step)
            yield done, outcome


def read(seed: int, numbers: range) -> Outcome:
    """Read these documents here."""
    said: Counter[str] = Counter()
    findings: list[Finding] = []
    slowest = 0.0
    with _Alarm():
        for number in numbers:
            document, content_type = mutant(seed, number)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            started = time.process_time()
            fault = ""
            try:
                said[_poll(document, content_type)] += 1
            except (Exception, TooSlow) as error:  # noqa: BLE001 - this is what is looked for
                fault = f"{type(error).__name__}: {error}"
            signal.setitimer(signal.ITIMER_PROF, 0)
            spent = time.process_time() - started
            slowest = max(slowest, spent)
            if fault or spent > SECONDS:
                findings.append(Finding(number, fault or f"{spent:.1f} s of CPU", document))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Outcome(said["read"], said["refused"], tuple(findings), slowest, memory)


def mutant(seed: int, number: int) -> tuple[bytes, str]:
    """The document of that number, and the media type that it is sent with."""
    chance = random.Random(f"{seed}:{number}")
    document = chance.choice(_documents())
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        document = chance.choice(_MUTATIONS)(document, chance)[:LONGEST]
    return document, chance.choice(_CONTENT_TYPES)


class _Alarm:
    """Raises TooSlow in a document that takes too long."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGPROF, self._ring)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGPROF, self._before)

    @staticmethod
    def _ring(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {SECONDS:g} s of CPU")


def _poll(document: bytes, content_type: str) -> str:
    """Read one document as a run does, up to the bytes that the store would write."""
    headers = {"content-type": content_type} if content_type else {}
    try:
        said = advance(Feed(URL), "mutant", "", (Response(URL, document, headers),))
    except BadData as error:
        str(error).encode()
        return "refused"
    if isinstance(said, Request):  # a page that names a feed
        said.url.encode("ascii")
        return "refused"
    _keep(said)
    return "read"


def _keep(batch: Batch) -> None:
    msgspec.json.encode(batch.posts)
    "".join((*batch.rejected, *batch.notes, *(post.id for post in batch.posts))).encode()
    if len({post.id for post in batch.posts}) != len(batch.posts):
        raise AssertionError("two posts have one id")


# Documents to begin with.


@lru_cache(maxsize=1)
def _documents() -> tuple[bytes, ...]:
    files = (path for folder in (*OURS, *SHARED) for path in sorted(folder.glob("*")) if path.is_file())
    return tuple(_small(path.read_bytes()) for path in files)


def _small(document: bytes) -> bytes:
    """The beginning and the end of a document that is too large."""
    half = LONGEST // 2
    return document if len(document) <= LONGEST else document[:half] + document[-half:]


# Ways to damage one.

_TAG = b"<"
_ENTITIES = (
    *(b"&amp;", b"&nbsp;", b"&#0;", b"&#xD800;", b"&#x110000;", b"&#99999999999;", b"&#-1;", b"&#x;", b"&;"),
    *(b"&lt;script&gt;", b"&#8238;", b"&bogus;", b"&amp;amp;lt;", b"&", b"&#1114112;", b"&#xFFFF;"),
)
_JUNK = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[31m", b"\x80\x81", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!", b"<?", b"?>", b"</", b"/>", b"<![if ", b"<!DOCTYPE x ["),
    *(b'<!ENTITY e "\\1">', b"<!ENTITY e SYSTEM 'file:///etc/passwd'>", b"&e;", b"%e;", b"]>", b"\xc2\x85"),
    *(
        b'"',
        b"'",
        b"=",
        b">",
        b"\\",
        b"\\g<9>",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"1e999",
        b"NaN",
    ),
    *(
        b"\\ud800",
        b"\\u0000",
        b"http://[",
        b"http://[::1%",
        b"//",
        b"javascript:",
        b"data:",
        b"http://\xe2\x84\x80",
    ),
    *(
        b"99999999999999999999",
        b"-1",
        b"0001-01-01",
        b"31 Feb 99999 99:99:99 +9999",
        b"9999-12-31T23:59:60-23:59",
    ),
    *(b'<georss:point xmlns:georss="http://www.georss.org/georss">x</georss:point>', b"<div><table><svg>"),
    *(
        b'<gml:Point xmlns:gml="http://www.opengis.net/gml" srsName="x:y"><gml:pos>',
        b'<base href="http://[">',
    ),
    *(b'<media:group xmlns:media="http://search.yahoo.com/mrss/"><media:content/>', b"<itunes:duration>:"),
    *(b'<content type="application/xml" mode="base64">', b'<content type="xhtml">', b'xml:base="http://[" '),
    *(b'<enclosure length="x" url="&#9;"/>', b"<textInput>", b"<image>", b"<cloud/>", b"<source><item>"),
)
_ENCODINGS = (
    *(
        b"utf-7",
        b"utf-8",
        b"utf-16",
        b"utf-32",
        b"utf-16-be",
        b"idna",
        b"punycode",
        b"base64",
        b"hex",
        b"zip",
    ),
    *(
        b"rot13",
        b"cp037",
        b"iso-2022-jp",
        b"hz",
        b"big5",
        b"undefined",
        b"unicode_escape",
        b"raw_unicode_escape",
    ),
    *(b"mbcs", b"none-such", b"", b"\0", b"latin-1", b"x-user-defined", b"bz2", b"uu", b"quopri"),
)
_CONTENT_TYPES = (
    *("", "", "", "text/xml", "application/rss+xml; charset=utf-8", "text/html; charset=iso-8859-1"),
    *(
        "application/xml; charset=none-such",
        "text/plain",
        "application/feed+json",
        "text/xml; charset=utf-16",
    ),
    *("text/xml; charset=", "text/xml; charset=idna", "application/atom+xml;charset=base64", "\0"),
)
_Mutation = Callable[[bytes, random.Random], bytes]


def _flipped(document: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(document)
    for _ in range(min(len(damaged), chance.choice((1, 2, 8, 40)))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _overwritten(document: bytes, chance: random.Random) -> bytes:
    at = _place(document, chance)
    return document[:at] + chance.randbytes(chance.choice((1, 4, 32))) + document[at + 4 :]


def _cut(document: bytes, chance: random.Random) -> bytes:
    return document[: _place(document, chance)]


def _beheaded(document: bytes, chance: random.Random) -> bytes:
    return document[_place(document, chance) :]


def _without_a_piece(document: bytes, chance: random.Random) -> bytes:
    start, end = _piece(document, chance)
    return document[:start] + document[end:]


def _with_a_piece_twice(document: bytes, chance: random.Random) -> bytes:
    start, end = _piece(document, chance)
    return document[:end] + document[start:end] * chance.choice((1, 2, 30)) + document[end:]


def _with_tags_swapped(document: bytes, chance: random.Random) -> bytes:
    parts = document.split(_TAG)
    for _ in range(chance.choice((1, 3, 10))):
        one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        parts[one], parts[other] = parts[other], parts[one]
    return _TAG.join(parts)


def _with_a_tag_renamed(document: bytes, chance: random.Random) -> bytes:
    names = [part.split(b">")[0].split(b" ")[0].strip(b"/") for part in document.split(_TAG)[1:]]
    if not names:
        return document
    return document.replace(chance.choice(names), chance.choice(names), chance.choice((1, 2, -1)))


def _with_an_entity(document: bytes, chance: random.Random) -> bytes:
    return _inserted(document, chance, chance.choice(_ENTITIES))


def _with_junk(document: bytes, chance: random.Random) -> bytes:
    return _inserted(document, chance, chance.choice(_JUNK) * chance.choice((1, 1, 1, 50)))


def _mislabelled(document: bytes, chance: random.Random) -> bytes:
    label = chance.choice(_ENCODINGS)
    _, mark, rest = document.partition(b"?>")
    return b'<?xml version="1.0" encoding="' + label + b'"?>' + (rest if mark else document)


def _in_another_encoding(document: bytes, chance: random.Random) -> bytes:
    encoding = chance.choice(("utf-16", "utf-32", "utf-16-le", "utf-7", "cp037", "cp1252", "shift_jis"))
    return document.decode("utf-8", "replace").encode(encoding, "replace")


def _spliced(document: bytes, chance: random.Random) -> bytes:
    other = chance.choice(_documents())
    return document[: _place(document, chance)] + other[_place(other, chance) :]


def _nested(document: bytes, chance: random.Random) -> bytes:
    tag = chance.choice((b"<div>", b"<item>", b"<b>", b"<entry>", b"[", b'{"a":', b"<a:b>", b"<x y='"))
    return _inserted(document, chance, tag * chance.choice((10, 300, 1000)))


_MUTATIONS: Sequence[_Mutation] = (
    *(_flipped, _overwritten, _cut, _beheaded, _without_a_piece, _with_a_piece_twice, _with_tags_swapped),
    *(
        _with_a_tag_renamed,
        _with_an_entity,
        _with_junk,
        _mislabelled,
        _in_another_encoding,
        _spliced,
        _nested,
    ),
)


def _place(document: bytes, chance: random.Random) -> int:
    """Somewhere in the document, as often as not where a tag begins."""
    somewhere = chance.randrange(len(document) + 1)
    tag = document.find(_TAG, somewhere) if chance.random() < 1 / 2 else -1
    return somewhere if tag < 0 else tag


def _piece(document: bytes, chance: random.Random) -> tuple[int, int]:
    start, end = sorted((_place(document, chance), _place(document, chance)))
    return start, end


def _inserted(document: bytes, chance: random.Random, what: bytes) -> bytes:
    at = _place(document, chance)
    return document[:at] + what + document[at:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code is 1 when anything was found."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _end)
    numbers = range(options.start, options.start + options.count)
    started = time.monotonic()
    totals: Counter[str] = Counter()
    slowest, memory = 0.0, 0
    for done, outcome in run(options.seed, numbers, options.processes):
        totals.update(read=outcome.read, refused=outcome.refused, found=len(outcome.findings))
        slowest, memory = max(slowest, outcome.slowest), max(memory, outcome.memory)
        for finding in outcome.findings:
            print(f"seed {options.seed}, number {finding.number}: {finding.said}", flush=True)
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{options.seed}-{finding.number}").write_bytes(finding.document)
        if done % options.every == 0 or done == options.count:
            rate = done / (time.monotonic() - started)
            print(
                f"{options.start + done:,}: {totals['read']:,} read, {totals['refused']:,} refused, "
                f"{totals['found']} found; {rate:,.0f} a second, slowest {slowest:.2f} s of CPU, "
                f"{memory / 1024**2:.0f} MB",
                flush=True,
            )
    return 1 if totals["found"] else 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)  # so that the pool ends its processes, which a plain end would leave behind


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.mutants", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the number of the first document")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--every", type=int, default=20 * STEP, help="documents from one line of progress to the next"
    )
    parser.add_argument("--keep", type=Path, default=Path(".hub/mutants"), help="folder for what went wrong")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
