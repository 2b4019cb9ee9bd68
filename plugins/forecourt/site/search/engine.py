"""Pagefind at work: records go in by its standard input, and files come out by its standard output.

By its protocol and not by its Python package, which takes one answer in a tenth of a second:
100 records take it 10 s, and so they take 0.1 s (measured with 1.5.2). The process is given no
environment, and an empty folder in which it finds no settings; it opens no connection (traced with strace).
It is not asked to write: it says that it has written before the last bytes are on the disk (1 of 101,000 files
was left empty).
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Thread, Timer
from typing import IO, Any

from forecourt.site.search.records import Record

PATIENCE, PATIENCE_EACH = 30.0, 0.03
"""Seconds that it may take, and as many more for each record: 30 times what it does take."""

_SEGMENTED = {"ja", "th", "zh"}
"""Languages of which Pagefind's larger edition cuts words by itself; ours are cut (records.py)."""

_Message = dict[str, Any]  # Any: JSON


@cache
def edition() -> str:
    """The version of Pagefind that is installed."""
    return version("pagefind")


def stemming(language: str) -> str:
    """What Pagefind shall take all words for in a hub of this language (en-GB): one that it may know the stems of."""
    primary = language.partition("-")[0].lower()
    return "und" if primary in _SEGMENTED or not primary.isalpha() else primary


def index(folder: Path, records: Sequence[Record], language: str) -> tuple[dict[str, bytes], str]:
    """The files of an index of the records, by their paths; and what went wrong, "" if nothing did.

    ``folder`` is an empty one.
    """
    from pagefind.service import get_executable  # noqa: PLC0415 - seldom needed, and a build is quick

    program = get_executable()
    if program is None:
        return {}, "there is no program of that name; pip install 'pagefind[bin]'"
    try:
        process = subprocess.Popen(
            [program, "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={}, cwd=folder,
        )  # fmt: skip
    except OSError as error:
        return {}, f"it does not start: {error.strerror or error}"
    messages = (record.message(language) for record in records)
    late = Timer(PATIENCE + PATIENCE_EACH * len(records), process.kill)
    late.start()
    try:
        return _talk(process, messages, len(records))
    except (OSError, EOFError, ValueError, LookupError, TypeError):
        is_late = not late.is_alive()
        why = (
            "it took too long" if is_late else "it ended before it was done, or said what nobody understands"
        )
        return {}, why
    finally:
        late.cancel()
        process.kill()
        with suppress(OSError):  # of what was never read
            process.communicate()


def _talk(
    process: subprocess.Popen[bytes], messages: Iterable[_Message], number: int
) -> tuple[dict[str, bytes], str]:
    assert process.stdin is not None
    assert process.stdout is not None
    answers = _answers(process.stdout)
    _say(process.stdin, {"type": "NewIndex", "config": {}})
    index_id = next(answers)["index_id"]
    # Fed while it answers: neither pipe may fill up. It answers in any order, so all must be in before it is asked.
    feeding = Thread(target=_feed, args=(process.stdin, index_id, messages), daemon=True)
    feeding.start()
    heard = [next(answers) for _ in range(number)]
    feeding.join()
    _say(process.stdin, {"type": "GetFiles", "index_id": index_id})
    heard.append(next(answers))
    problem = next((str(each["message"]) for each in heard if each["type"] == "Error"), "")
    files = [] if problem else heard[-1]["files"]
    return {each["path"]: base64.b64decode(each["content"]) for each in files}, problem


def _feed(into: IO[bytes], index_id: int, messages: Iterable[_Message]) -> None:
    with suppress(OSError):  # it ended, of which its answers tell
        for message in messages:
            _say(into, {**message, "index_id": index_id})


def _say(into: IO[bytes], message: _Message) -> None:
    """As it is spoken to: JSON in base64, with a comma behind it."""
    said = json.dumps({"message_id": 0, "payload": message})
    into.write(base64.b64encode(said.encode()) + b",")
    into.flush()


def _answers(out: IO[bytes]) -> Iterator[_Message]:
    """All that it answers. Raises EOFError when it ends."""
    parts: list[bytes] = []
    while some := out.read1(1 << 16):  # type: ignore[attr-defined] # it is buffered, which its type does not say
        *ends, rest = some.split(b",")
        for end in ends:
            yield json.loads(base64.b64decode(b"".join([*parts, end])))["payload"]
            parts = []
        parts.append(rest)
    raise EOFError
