"""Where posts stand: each by itself, and those that say the same as one card, at the address of one of them."""

from __future__ import annotations

import json
import sqlite3
from zoneinfo import ZoneInfo

from forecourt.store.changes import Changes
from forecourt.store.times import moment

_OF_MESSAGE = (
    "SELECT post.key, published, until, leaves, stands FROM member JOIN post USING (key) "
    "WHERE message = (SELECT message FROM member WHERE key = ?) AND status = 'published' AND stands != '[]' "
    "ORDER BY rank"
)
_ALONE = "SELECT key, published, until, leaves, stands FROM post WHERE key = ? AND status = 'published'"

Stand = tuple[str, str, int, int | None]
"""Listing, day, moment, and until when."""


def place(
    connection: sqlite3.Connection, changes: Changes, timezone: ZoneInfo, key: str, turn: int | None
) -> None:
    """Have a post on its listings, or the message that it is a version of.

    Of a message one post stands there for all, on every listing that any of its versions is for, as long as the
    version that is shown may be. With ``turn`` it is noted that its listings and its page show something else.
    """
    row = connection.execute("SELECT message FROM member WHERE key = ?", (key,)).fetchone()
    if row is None:
        rows = connection.execute(_ALONE, (key,)).fetchall()
        _stand(connection, changes, key, _wanted(rows, key, timezone), turn)
        return
    message: str = row[0]
    rows = connection.execute(_OF_MESSAGE, (key,)).fetchall()
    lead = message if any(each[0] == message for each in rows) else (rows[0][0] if rows else "")
    for each in members(connection, message):
        _stand(connection, changes, each, _wanted(rows, lead, timezone) if each == lead else [], turn)
    if turn and lead and lead != key:
        connection.execute("UPDATE post SET changed = ? WHERE key = ?", (turn, lead))


def members(connection: sqlite3.Connection, message: str) -> list[str]:
    """The posts that are versions of a message."""
    rows = connection.execute("SELECT key FROM member WHERE message = ? ORDER BY rank, key", (message,))
    return [row[0] for row in rows]


def versions(connection: sqlite3.Connection, message: str) -> list[str]:
    """What stands in the rows of a message's versions that may be shown, the one that is shown first."""
    rows = connection.execute(
        "SELECT data FROM member JOIN post USING (key) WHERE message = ? AND status = 'published' AND stands != '[]' "
        "ORDER BY rank, key",
        (message,),
    )
    return [row[0] for row in rows]


def _wanted(
    rows: list[tuple[str, int, int | None, int | None, str]], lead: str, timezone: ZoneInfo
) -> list[Stand]:
    if not rows:
        return []
    published = next(row[1] for row in rows if row[0] == lead)
    day = moment(published).astimezone(timezone).date().isoformat()
    ends = [end for end in (rows[0][2], rows[0][3]) if end is not None]
    listings = dict.fromkeys(listing for row in rows for listing in json.loads(row[4]))
    return [(listing, day, published, min(ends, default=None)) for listing in listings]


def _stand(
    connection: sqlite3.Connection, changes: Changes, key: str, wanted: list[Stand], turn: int | None
) -> None:
    before = connection.execute(
        "SELECT listing, day, published, until FROM placement WHERE key = ?", (key,)
    ).fetchall()
    if turn:
        changes.touch(key, turn)
    if {*before} != {*wanted}:
        connection.execute("DELETE FROM placement WHERE key = ?", (key,))
        connection.executemany(
            "INSERT INTO placement (listing, day, published, until, key) VALUES (?, ?, ?, ?, ?)",
            ((*stand, key) for stand in wanted),
        )
        if turn:
            changes.touch(key, turn)
