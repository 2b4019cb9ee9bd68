"""What a feed document may cost: told at a look, before a parser has to find out.

A worker is stopped after five seconds of CPU, and its document lost. What would
take as long is refused or cut short here, which takes milliseconds.
"""

from __future__ import annotations

import re
from itertools import islice

from forecourt.errors import BadData

MOST = 2000
"""Entries of a document that are read: the first, which are the newest by custom; a thousand take half a second."""

_MOST_ATTRIBUTES = 1000
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:channel|feed|rdf)\s*>", re.IGNORECASE)
_LONG = re.compile(rb"<[^<]{8000}")
_TAG = re.compile(rb"""<[^<>"']*+(?:"[^<"]*+"[^<>"']*+|'[^<']*+'[^<>"']*+)*+""")


def refuse(body: bytes, where: str) -> None:
    """Raise BadData for a tag of a thousand attributes: feedparser's time grows with their square."""
    for match in _LONG.finditer(body):
        tag = _TAG.match(body, match.start())
        if tag and tag[0].count(b"=") > _MOST_ATTRIBUTES:
            raise BadData(
                f"{where} sent a tag with more than {_MOST_ATTRIBUTES:,} attributes, which no feed has; "
                "ask its owner what went wrong there."
            )


def cut(body: bytes) -> tuple[bytes, int]:
    """Take away all entries of an XML document beyond ``MOST``, and say how many it had.

    In UTF-16, where nothing is found, it stays whole.
    """
    first = next(islice(_ENTRY.finditer(body), MOST, None), None)
    if first is None:
        return body, 0
    more = sum(1 for _ in _ENTRY.finditer(body, first.end()))
    end = max((match.start() for match in _END.finditer(body, first.end())), default=len(body))
    return body[: first.start()] + body[end:], MOST + 1 + more


def entries(body: bytes) -> int:
    """How many entries an XML document seems to have; 0 in UTF-16."""
    return sum(1 for _ in _ENTRY.finditer(body))


def note(number: int) -> tuple[str, ...]:
    """The sentence on a document that had more entries than are read."""
    return (f"it has {number:,} entries; the first {MOST:,} are read",) if number > MOST else ()
