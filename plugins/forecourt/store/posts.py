"""Posts, and the listings they stand on."""

from __future__ import annotations

import json
import sqlite3
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from forecourt.model import Curation, Decision, Kind, Post, Status
from forecourt.store import identity
from forecourt.store.changes import Changes
from forecourt.store.pictures import show
from forecourt.store.placing import place, versions
from forecourt.store.times import moment, stamp

UNDATED = timedelta(days=30)
"""How long ago posts without a date are taken to be from, that are there when an account is first read."""

_decode = msgspec.json.Decoder(Post).decode
_curation = msgspec.json.Decoder(Curation).decode
_encode = msgspec.json.Encoder().encode

_REMEMBERED = 1500
"""Posts kept in memory, some 3 KB each."""

_WHOLE = (
    "SELECT key, published, changed, data, (SELECT data FROM curation WHERE curation.key = post.key), "
    "EXISTS (SELECT 1 FROM member WHERE message = post.key) "
    "FROM post WHERE key IN ({}) ORDER BY published DESC, key"
)

_FORGOTTEN = '["forgotten"]'
"""The reasons of a post that may never come back."""

# What a visitor may see now: due, and not yet past what the platform's terms allow.
_SHOWN = "published <= :now AND (until IS NULL OR until > :now)"

# The same where an index of days is to be used: SQLite would read all of a listing up to now instead.
_SHOWN_OF_DAY = f"+{_SHOWN}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A post as the store keeps it.

    ``key`` is its address on the hub; ``published`` is the origin's date, or the
    time it was first seen; ``changed`` is the change counter at its last change.
    Where several posts say the same, ``post`` is the version that is shown, and ``copies`` are all of them.
    """

    key: str
    published: datetime
    changed: int
    post: Post
    curation: Curation | None = None
    copies: tuple[Post, ...] = ()

    def said_by(self, sources: AbstractSet[str]) -> Stored:
        """The version of one of these sources, where one of them said it, with the moment at which it did."""
        own = next((post for post in self.copies if post.source in sources), None)
        return replace(self, post=own, published=own.published or self.published) if own else self


@dataclass(frozen=True, slots=True)
class Saved:
    """How many posts of a batch were new, had changed, or were as before."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    key: str
    published: int
    first_seen: int
    digest: bytes
    status: str
    until: int | None
    link: str
    reasons: str
    stands: str
    leaves: int | None

    def is_judged(self, decision: Decision) -> bool:
        """Whether that is what was decided about it."""
        return (self.status, self.stands, self.leaves) == (
            decision.status, _list(decision.listings), _when(decision.leaves),
        )  # fmt: skip


class Posts:
    """The posts of a store."""

    def __init__(self, connection: sqlite3.Connection, timezone: ZoneInfo) -> None:
        self._connection = connection
        self._timezone = timezone
        self._changes = Changes(connection)
        self._read: dict[str, Stored] | None = None
        self.has_buried = False
        """Whether a post left for good, so that older copies of the store say what none may keep."""

    def save(self, source: str, judged: Sequence[tuple[Post, Decision]], now: datetime) -> Saved:
        """Keep a batch of one source, newest first, and say what it changed.

        A post without a date gets the moment it is first seen, a millisecond
        apart in the order of the batch, so that they stay in that order. One that was
        there when its account was read for the first time is no news, and gets a
        moment ``UNDATED`` before. One to which its origin gave another id stays the
        post that it was, under its key.
        """
        known = self._known(source)
        again = self._known_again([post for post, _ in judged], known)
        seen = now if known else now - UNDATED
        counts = {"new": 0, "changed": 0, "same": 0}
        turn: int | None = None
        for position, (post, decision) in enumerate(judged):
            before = known.get(again.get(post.id, post.id))
            digest = _digest(post)
            if before and before.reasons == _FORGOTTEN:
                counts["same"] += 1
                continue
            if before and before.digest == digest and before.is_judged(decision):
                counts["same"] += 1
                self._seen(before, post, stamp(now))
                continue
            turn = turn or self._changes.turn()
            counts["changed" if before else "new"] += 1
            key = before.key if before else self._new_key(source, post.id)
            when = _first(before, post, now, seen, position)
            self._write(key, post, decision, when, digest, turn, stamp(now))
        return Saved(**counts)

    def settle(self, source: str, judged: Iterable[tuple[Post, Decision]], *, anew: bool = False) -> int:
        """Keep what is decided now about posts of a source that are stored; say of how many it is not what it was.

        What is decided as before costs no page anything; with ``anew`` all are placed, as after the hub moved to
        another time zone.
        """
        known = self._known(source)
        turn: int | None = None
        changed = 0
        for post, decision in judged:
            before = known[post.id]
            reasons = _list(decision.reasons)
            if before.is_judged(decision) and not anew:
                if before.reasons != reasons:
                    self._connection.execute(
                        "UPDATE post SET reasons = ? WHERE key = ?", (reasons, before.key)
                    )
                continue
            turn = turn or self._changes.turn()
            changed += 1
            self._connection.execute(
                "UPDATE post SET status = ?, reasons = ?, stands = ?, leaves = ?, changed = ? WHERE key = ?",
                (
                    decision.status, reasons, _list(decision.listings), _when(decision.leaves), turn, before.key,
                ),
            )  # fmt: skip
            self._place(before.key, turn)
        return changed

    def remove(self, source: str, ids: Iterable[str]) -> int:
        """Bury posts that their origin deleted, and what was answered to them; say how many there were."""
        found = (
            self._connection.execute("SELECT key FROM post WHERE source = ? AND id = ?", (source, post_id))
            for post_id in ids
        )
        return self._bury([row[0] for rows in found for row in rows])

    def expire(self, now: datetime) -> int:
        """Bury posts that may be neither shown nor kept any more, and what was answered to them; say how many."""
        rows = self._connection.execute(
            "SELECT key FROM post WHERE until <= ? AND status != 'gone'", (stamp(now),)
        ).fetchall()
        return self._bury(row[0] for row in rows)

    def forget(self, keys: Iterable[str]) -> int:
        """Bury posts that no answer of their origin shall bring back; say how many."""
        found = [*keys]
        buried = self._bury(found)
        for key in found:
            self._connection.execute("UPDATE post SET reasons = ? WHERE key = ?", (_FORGOTTEN, key))
        return buried

    def disown(self, source: str, since: datetime) -> int:
        """Bury what was first seen at that moment or later and neither published nor hidden; say how many there were.

        Unlike what an origin deleted, it is new should it come again, as if it never had.
        """
        rows = self._connection.execute(
            "SELECT key FROM post WHERE source = ? AND first_seen >= ? AND status NOT IN ('published', 'hidden')",
            (source, stamp(since)),
        ).fetchall()
        buried = self._bury(row[0] for row in rows)
        self._connection.executemany("UPDATE post SET id = key || ' ' WHERE key = ?", rows)
        return buried

    def came_since(self, source: str, since: datetime) -> frozenset[str]:
        """The ids of posts that were first seen at that moment or later, those aside that are gone."""
        rows = self._connection.execute(
            "SELECT id FROM post WHERE source = ? AND first_seen >= ? AND status != 'gone'",
            (source, stamp(since)),
        )
        return frozenset(row[0] for row in rows)

    def last_came(self, source: str) -> datetime | None:
        """When a post of a source was first seen last, those included that are gone; None where there is none."""
        row = self._connection.execute(
            "SELECT max(first_seen) FROM post WHERE source = ?", (source,)
        ).fetchone()
        return moment(row[0]) if row[0] is not None else None

    def new(self, source: str, posts: Sequence[Post]) -> list[Post]:
        """Those of the posts that are not stored, under another id neither; what was buried is not new."""
        known = self._known(source)
        again = self._known_again(posts, known)
        return [post for post in posts if again.get(post.id, post.id) not in known]

    def latest(self, source: str, limit: int) -> list[Post]:
        """The newest posts that are stored of a source, shown or not, each as it is by itself."""
        rows = self._connection.execute(
            "SELECT data FROM post WHERE source = ? AND status != 'gone' ORDER BY published DESC, key LIMIT ?",
            (source, limit),
        )
        return [_decode(row[0]) for row in rows]

    def ids(self, source: str, since: datetime) -> set[str]:
        """The ids of posts from that moment on that were not deleted, those aside that are replies."""
        rows = self._connection.execute(
            "SELECT id FROM post WHERE source = ? AND published >= ? AND status != 'gone' AND reply_to = ''",
            (source, stamp(since)),
        )
        return {row[0] for row in rows}

    def longest_unseen(
        self, source: str, seen: set[str], limit: int, before: datetime | None
    ) -> tuple[str, ...]:
        """The ids of posts from ``before`` that moment and not among those seen, the longest unread first."""
        rows = self._connection.execute(
            "SELECT id FROM post WHERE source = ? AND status != 'gone' AND reply_to = '' AND published < ? "
            "ORDER BY last_seen, id",
            (source, stamp(before) if before else 1 << 62),
        )
        return tuple(islice((row[0] for row in rows if row[0] not in seen), limit))

    def replies(self, source: str, permalinks: Iterable[str]) -> set[str]:
        """The ids of replies to those posts that were not deleted."""
        found: set[str] = set()
        for permalink in permalinks:
            rows = self._connection.execute(
                "SELECT id FROM post WHERE source = ? AND reply_to = ? AND reply_to != '' AND status != 'gone'",
                (source, permalink),
            )
            found |= {row[0] for row in rows}
        return found

    def of_source(self, source: str) -> list[Post]:
        """Every post that is stored of a source, shown or not."""
        return [stored.post for stored in self.each_of(source)]

    def each_of(self, source: str) -> Iterator[Stored]:
        """Every post that is stored of a source, shown or not, as it is by itself."""
        rows = self._connection.execute(
            "SELECT key, published, changed, data FROM post WHERE source = ? AND status != 'gone' ORDER BY key",
            (source,),
        )
        return (
            Stored(key, moment(published), changed, _decode(data)) for key, published, changed, data in rows
        )

    def alone(self, key: str) -> list[Stored]:
        """A post as it is by itself, whatever else says the same; none where it is gone."""
        rows = self._connection.execute(
            "SELECT key, published, changed, data FROM post WHERE key = ? AND status != 'gone'", (key,)
        )
        return [Stored(row[0], moment(row[1]), row[2], _decode(row[3])) for row in rows]

    def of_day(self, source: str, day: date) -> list[Stored]:
        """The posts of a source that are published and of that day in the hub's zone, each as it is by itself."""
        begins = datetime.combine(day, time(), self._timezone)
        rows = self._connection.execute(
            "SELECT key, published, changed, data FROM post WHERE source = ? AND status = 'published' "
            "AND +published >= ? AND +published < ?",
            (source, stamp(begins), stamp(begins + timedelta(days=2))),
        )
        found = (Stored(key, moment(when), changed, _decode(data)) for key, when, changed, data in rows)
        return [each for each in found if each.published.astimezone(self._timezone).date() == day]

    def freed(self, source: str, since: int) -> list[str]:
        """The keys of held posts of a source, of days of which one changed after that number and is not published."""
        rows = self._connection.execute(
            "SELECT published FROM post WHERE source = ? AND changed > ? AND status != 'published'",
            (source, since),
        )
        days = {moment(row[0]).astimezone(self._timezone).date() for row in rows}
        if not days:
            return []
        held = self._connection.execute(
            "SELECT key, published FROM post WHERE source = ? AND status = 'held'", (source,)
        )
        return [key for key, when in held if moment(when).astimezone(self._timezone).date() in days]

    def standing(self, listing: str) -> list[str]:
        """The keys of all posts on a listing, due or not."""
        rows = self._connection.execute("SELECT key FROM placement WHERE listing = ?", (listing,))
        return [row[0] for row in rows]

    def some(self, source: str, ids: Iterable[str]) -> dict[str, Post]:
        """Those of the posts that are stored of a source, by id."""
        found: dict[str, Post] = {}
        for post_id in ids:
            row = self._connection.execute(
                "SELECT data FROM post WHERE source = ? AND id = ? AND status != 'gone'", (source, post_id)
            ).fetchone()
            if row:
                found[post_id] = _decode(row[0])
        return found

    def published(self, source: str, ids: Iterable[str]) -> dict[str, datetime]:
        """When those of these posts were published, as the store has it, that are stored."""
        found: dict[str, datetime] = {}
        for post_id in ids:
            row = self._connection.execute(
                "SELECT published FROM post WHERE source = ? AND id = ?", (source, post_id)
            ).fetchone()
            if row:
                found[post_id] = moment(row[0])
        return found

    def unplace(self, source: str) -> None:
        """Take the posts of a source off every listing; they stay in the store."""
        counter = self._changes.turn()
        for key in self._changes.of_source(source):
            self._changes.touch(key, counter)
            self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (counter, key))
            self._connection.execute("UPDATE post SET stands = '[]' WHERE key = ?", (key,))
            self._place(key, counter)

    def counter(self) -> int:
        """The change counter: it grows with every change of what can be seen."""
        return self._changes.number()

    def count(self, source: str, status: Status | None = None) -> int:
        """How many posts of a source are stored, those aside that are gone; or those of one status."""
        row = self._connection.execute(
            "SELECT count(*) FROM post WHERE source = ? AND "
            "CASE WHEN ? IS NULL THEN status != 'gone' ELSE status = ? END",
            (source, status, status),
        ).fetchone()
        value: int = row[0]
        return value

    def newest(self, listing: str, now: datetime, limit: int) -> list[Stored]:
        """The newest posts of a listing that may be shown now."""
        return self._stored(
            f"SELECT key FROM placement WHERE listing = :listing AND {_SHOWN} "
            "ORDER BY published DESC, key LIMIT :limit",
            {"listing": listing, "now": stamp(now), "limit": limit},
        )

    def of_period(self, listing: str, period: str, now: datetime) -> list[Stored]:
        """The posts of a listing in a month (2026-11) or on a day (2026-11-22), newest first."""
        return self._stored(
            f"SELECT key FROM placement WHERE listing = :listing AND day BETWEEN :first AND :last AND {_SHOWN_OF_DAY} "
            "ORDER BY published DESC, key",
            {"listing": listing, "first": period, "last": f"{period}~", "now": stamp(now)},
        )

    def oldest(self, listing: str, now: datetime) -> list[Stored]:
        """The oldest post of a listing that may be shown now; empty where there is none."""
        return self._stored(
            f"SELECT key FROM placement WHERE listing = :listing AND {_SHOWN} ORDER BY published, key DESC LIMIT 1",
            {"listing": listing, "now": stamp(now)},
        )

    def days(self, now: datetime) -> Iterator[tuple[str, str, int]]:
        """For each listing and each of its days, how many posts it shows."""
        yield from self._connection.execute(
            f"SELECT listing, day, count(*) FROM placement WHERE {_SHOWN} GROUP BY listing, day",
            {"now": stamp(now)},
        )

    def count_shown(self, listing: str, day: str, now: datetime) -> int:
        """How many posts a listing shows of a day."""
        row = self._connection.execute(
            f"SELECT count(*) FROM placement WHERE listing = :listing AND day = :day AND {_SHOWN_OF_DAY}",
            {"listing": listing, "day": day, "now": stamp(now)},
        ).fetchone()
        value: int = row[0]
        return value

    def keys(self, listing: str, period: str, now: datetime) -> list[tuple[str, str]]:
        """The posts that a listing shows in a month (2026-11), each with its day and its key, oldest first."""
        rows = self._connection.execute(
            "SELECT day, key FROM placement WHERE listing = :listing AND day BETWEEN :first AND :last "
            f"AND {_SHOWN_OF_DAY} ORDER BY published, key",
            {"listing": listing, "first": period, "last": f"{period}~", "now": stamp(now)},
        )
        return rows.fetchall()

    def months(self, listing: str, now: datetime) -> list[str]:
        """The months (2026-11) in which a listing shows a post now, oldest first."""
        rows = self._connection.execute(
            f"SELECT DISTINCT substr(day, 1, 7) FROM placement WHERE listing = :listing AND {_SHOWN} ORDER BY 1",
            {"listing": listing, "now": stamp(now)},
        )
        return [row[0] for row in rows]

    def is_shown(self, key: str, listing: str, now: datetime) -> bool:
        """Whether a listing shows the post now."""
        row = self._connection.execute(
            f"SELECT 1 FROM placement WHERE key = :key AND listing = :listing AND {_SHOWN}",
            {"key": key, "listing": listing, "now": stamp(now)},
        ).fetchone()
        return row is not None

    def newest_seen(self, now: datetime) -> datetime | None:
        """When a post last came that is published; None while there is none."""
        row = self._connection.execute(
            "SELECT first_seen FROM post WHERE first_seen <= ? AND status = 'published' AND reply_to = '' "
            "ORDER BY first_seen DESC LIMIT 1",
            (stamp(now),),
        ).fetchone()
        return moment(row[0]) if row else None

    def newest_seen_of(self, keys: Sequence[str]) -> datetime | None:
        """When the last of these posts came; None where there are none."""
        marks = ", ".join("?" * len(keys))
        row = self._connection.execute(
            f"SELECT max(first_seen) FROM post WHERE key IN ({marks})", [*keys]
        ).fetchone()
        return moment(row[0]) if row[0] is not None else None

    def get(self, key: str) -> Stored:
        """One post by its key. Raises KeyError when there is none."""
        if self._read is not None and key in self._read:
            return self._read[key]
        found = self._stored("SELECT :key", {"key": key})
        if not found:
            raise KeyError(key)
        return found[0]

    def remember(self) -> None:
        """Keep posts that were read, since nothing will be written here: a build shows each a dozen times."""
        self._read = {}

    def _stored(self, keys: str, values: dict[str, object]) -> list[Stored]:
        """The posts with the keys that a query finds, newest first."""
        if self._read is None:
            return [
                self._whole(row) for row in self._connection.execute(_WHOLE.format(keys), values).fetchall()
            ]
        rows = self._connection.execute(
            f"SELECT key FROM post WHERE key IN ({keys}) ORDER BY published DESC, key", values
        ).fetchall()
        return [self._one(row[0], self._read) for row in rows]

    def _one(self, key: str, read: dict[str, Stored]) -> Stored:
        if key not in read:
            if len(read) == _REMEMBERED:
                read.clear()
            (row,) = self._connection.execute(_WHOLE.format(":key"), {"key": key})
            read[key] = self._whole(row)
        return read[key]

    def _known(self, source: str) -> dict[str, _Known]:
        rows = self._connection.execute(
            "SELECT id, key, published, first_seen, digest, status, until, link, reasons, stands, leaves FROM post "
            "WHERE source = ?",
            (source,),
        )
        return {row[0]: _Known(*row[1:]) for row in rows}

    def _known_again(self, posts: Sequence[Post], known: Mapping[str, _Known]) -> dict[str, str]:
        links = {post_id: one.link for post_id, one in known.items()}
        return identity.known_again(posts, links, lambda post_id: self.get(known[post_id].key).post)

    def _new_key(self, source: str, post_id: str) -> str:
        """A key for the id; another one where a post has it that had this id once."""
        key = key_of(source, post_id)
        while self._connection.execute("SELECT 1 FROM post WHERE key = ?", (key,)).fetchone():
            key = key_of(source, key)
        return key

    def _bury(self, keys: Iterable[str]) -> int:
        """Leave of posts, and of the answers to them, that they were there, and not a word of what they said."""
        buried: set[str] = set()
        for key in keys:
            row = self._connection.execute(
                "SELECT source, data FROM post WHERE key = ? AND status != 'gone'", (key,)
            ).fetchone()
            if row:
                post = _decode(row[1])
                answers = self._connection.execute(
                    "SELECT key FROM post WHERE source = ? AND reply_to = ? AND reply_to != '' AND status != 'gone'",
                    (row[0], post.permalink),
                ).fetchall()
                buried |= {key, *(answer[0] for answer in answers)}
        counter = self._changes.turn() if buried else 0
        for key in sorted(buried):
            self._changes.touch(key, counter)
            self._connection.execute(
                "UPDATE post SET status = 'gone', changed = ?, digest = x'', reply_to = '', link = '', "
                "reasons = '[]', stands = '[]', leaves = NULL, "
                "data = json_object('id', id, 'source', source, 'kind', 'note', 'permalink', '') WHERE key = ?",
                (counter, key),
            )
            self._connection.execute("DELETE FROM mark WHERE key = ?", (key,))
            self._place(key, counter)
            self._connection.execute("DELETE FROM member WHERE key = ?", (key,))
            show(self._connection, key, ())
        if buried:
            self.has_buried = True
        return len(buried)

    def _seen(self, before: _Known, post: Post, now: int) -> None:
        """Note that a post is there as before; until when it may be shown can have moved."""
        until = _until(post)
        self._connection.execute(
            "UPDATE post SET last_seen = ?, until = ? WHERE key = ?", (now, until, before.key)
        )
        if until != before.until:
            is_back = any(
                end is not None and end <= now for end in (before.until, until)
            )  # seen again, or no more
            turn = self._changes.turn() if is_back else None
            if turn:
                self._connection.execute("UPDATE post SET changed = ? WHERE key = ?", (turn, before.key))
            self._place(before.key, turn)

    def _write(
        self,
        key: str,
        post: Post,
        decision: Decision,
        when: tuple[int, int],
        digest: bytes,
        counter: int,
        now: int,
    ) -> None:
        published, first_seen = when
        self._connection.execute(
            "REPLACE INTO post (key, source, id, published, first_seen, last_seen, changed, status, reasons, "
            "until, digest, data, reply_to, link, stands, leaves) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key, post.source, post.id, published, first_seen, now, counter, decision.status,
                _list(decision.reasons), _until(post), digest, _encode(post).decode(),
                post.in_reply_to if post.kind is Kind.REPLY else "", identity.bare(post.permalink),
                _list(decision.listings), _when(decision.leaves),
            ),
        )  # fmt: skip
        show(self._connection, key, post.pictures())
        self._place(key, counter)

    def _place(self, key: str, turn: int | None) -> None:
        """Have a post where it stands; ``turn`` notes that its listings show something else."""
        place(self._connection, self._changes, self._timezone, key, turn)

    def _whole(self, row: tuple[str, int, int, str, str | None, int]) -> Stored:
        """A post of a row of ``_WHOLE``; where others say the same, the version that is shown."""
        key, published, changed, data, curated, is_message = row
        curation = _curation(curated) if curated else None
        copies = tuple(map(_decode, versions(self._connection, key))) if is_message else ()
        post = copies[0] if copies else _decode(data)
        return Stored(key, moment(published), changed, post, curation, copies)


def key_of(source: str, post_id: str) -> str:
    """The key of a new post: 13 letters and digits. It keeps them, whatever becomes of its id."""
    digest = blake2b(f"{source}\0{post_id}".encode(), digest_size=8).digest()
    return b32encode(digest).decode().rstrip("=").lower()


def _first(
    before: _Known | None, post: Post, now: datetime, undated: datetime, position: int
) -> tuple[int, int]:
    """When the post was published and when it was first seen, in milliseconds."""
    first_seen = before.first_seen if before else stamp(now)
    if post.published:
        return stamp(post.published), first_seen
    return (before.published if before else stamp(undated) - position), first_seen


def _digest(post: Post) -> bytes:
    """What tells whether a post changed.

    Without ``updated``: some platforms move it at every answer (YouTube does). Nor
    is it a change that a post may be shown for longer, since it was read again.
    """
    return blake2b(_encode(replace(post, updated=None, display_until=None)), digest_size=16).digest()


def _until(post: Post) -> int | None:
    return _when(post.display_until)


def _when(when: datetime | None) -> int | None:
    return stamp(when) if when else None


def _list(words: Iterable[str]) -> str:
    return json.dumps([*words], ensure_ascii=False)
