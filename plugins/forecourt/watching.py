"""Sources beside what is usual of them: which are held, what a person said to that, and which have gone silent.

What ``vigilance`` finds odd is kept with the source. From then on all that is new of it is held
and nothing that it had is changed or lost, until a person writes a day into sources.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from forecourt.accounts import Account
from forecourt.config import Source
from forecourt.model import Kind, Post
from forecourt.store import SourceState, Store
from forecourt.vigilance import Alarm, Habits, Seen, Silence, alarm, domain, learnt, repeats, silence
from forecourt.vigilance.habits import READ
from forecourt.vigilance.signs import REISSUED
from forecourt.vigilance.silence import FEWEST, SHORTEST, TIMES

_TICK = timedelta(milliseconds=1)  # of the store

_TELLING = 120
"""Newest posts of a source by which its rhythm is told: ten occasions of a dozen photos each."""


def alarms(store: Store) -> dict[str, Alarm]:
    """Why each source is held, by its name; those that are not are not in it."""
    return {name: msgspec.json.decode(said, type=Alarm) for name, said in store.sources.alarms().items()}


def held_by(account: Account, alarm: Alarm) -> str:
    """Why its new posts are held, and what lets them out, in a sentence."""
    day = f"{alarm.since:%Y-%m-%d}"
    return (
        f"held since {day}, as it may have been taken over: {'; '.join(alarm.reasons)}. "
        f'If all is well, write trust = "{day}" for it into {account.source.place("trust")}'
    )


# What a person said.


def answered(said: str, source: Source, zone: ZoneInfo) -> bool | None:
    """Whether a person said that what is odd is fine, or that it is not; None while nobody did, or nothing is.

    ``said`` is the alarm as the store keeps it, ``zone`` that of the hub: it is its days that a person means.
    """
    if not said:
        return None
    day = msgspec.json.decode(said, type=Alarm).since.astimezone(zone).date()
    if source.trust and source.trust >= day:
        return True
    return False if source.distrust and source.distrust >= day else None


def obeyed(store: Store, account: Account, state: SourceState, now: datetime) -> SourceState:
    """Do what a person said, within a transaction; the state after it, in which nothing is odd any more.

    Where all was well, what is stored is what is usual from now on. Where it was not, what came since is
    buried, and the next look begins anew: what of that was good comes in again.
    """
    answer = answered(state.alarm, account.source, store.timezone)
    if answer is None:
        return state
    state = replace(state, alarm="")
    if answer:
        _learn_anew(store, account, Seen(), now)
        return state
    store.posts.disown(account.name, alarms(store)[account.name].since)
    return replace(state, since="", url="", etag="", last_modified="", digest=b"", reread=None, missing=())


# What a look brought.


def seen(store: Store, account: Account, posts: Sequence[Post], title: str, host: str) -> Seen:
    """What a look brought, beside what is stored; ``title`` and ``host`` as ``Seen`` has them."""
    new = store.posts.new(account.name, posts)
    is_much = len(new) >= REISSUED and store.sources.habits(account.name)
    reissued = repeats(new, store.posts.of_source(account.name)) if is_much else 0
    return Seen(title, host, new, len(posts) - len(new), reissued)


def judged(
    store: Store,
    account: Account,
    look: Seen,
    written: Iterable[str],
    now: datetime,
    hidden: Callable[[str], str],
) -> Alarm | None:
    """Why a look is held; None where it is as usual, or where a person said that today all is well.

    ``written`` are the hosts that the operator wrote: an answer from there is from nowhere else. ``hidden``
    takes our secrets out of a sentence.
    """
    if _is_trusted(store, account, now):
        return None
    own = {domain(host) for host in written}
    found = alarm(_habits(store, account), replace(look, host="") if domain(look.host) in own else look, now)
    if found is None:
        return None
    # Whatever the clock does: what was there before is not what came since.
    last = store.posts.last_came(account.name)
    since = max(now, last + _TICK) if last else now
    return Alarm(since, tuple(map(hidden, found.reasons)))


def learn(store: Store, account: Account, look: Seen, now: datetime) -> None:
    """Keep what is usual of a source, after a look that was, within a transaction and with its posts stored."""
    known = _habits(store, account)
    if known.looked is None or _is_trusted(store, account, now):
        _learn_anew(store, account, look, now)
    else:
        _keep(store, account, learnt(known, look, now))


def as_before(
    store: Store, account: Account, posts: Sequence[Post], new: Collection[str], alarm: Alarm
) -> list[Post]:
    """The posts of a source that is held: those that came since, and the others as they were.

    No stranger's edit is shown, nor does a post leave because its time is over that is still read: platforms'
    terms end it otherwise.
    """
    since = store.posts.came_since(account.name, alarm.since) | {*new}
    before = store.posts.some(account.name, [post.id for post in posts if post.id not in since])
    return [
        post if post.id in since else _for_longer(before[post.id], post)
        for post in posts
        if post.id in since or post.id in before
    ]


def silent(
    store: Store, account: Account, now: datetime, newest: Sequence[datetime] | None = None
) -> Silence | None:
    """That a source says nothing any more that had a rhythm; a shop or a calendar has none.

    ``newest`` are the moments of its last posts, the newest first and ``FEWEST`` at the least if it has as many,
    where they are known: mostly they tell that it is not.
    """
    if newest is not None and not _may_be_silent(newest, now):
        return None
    found = silence(store.sources.posted(account.name, now, _TELLING), now)
    if found is None:
        return None
    last = store.posts.newest(f"source/{account.name}", now, 1)
    return None if any(each.post.kind in {Kind.PRODUCT, Kind.EVENT} for each in last) else found


def _may_be_silent(newest: Sequence[datetime], now: datetime) -> bool:
    """Whether it is longer ago than what lies between any two of its last posts, once aside."""
    if len(newest) < FEWEST or now - newest[0] <= TIMES * SHORTEST:
        return False
    gaps = sorted(after - before for after, before in pairwise(newest))
    return now - newest[0] > gaps[-2]


def _learn_anew(store: Store, account: Account, look: Seen, now: datetime) -> None:
    """Of all that is stored, shown or not; how it differed from what was before is forgotten."""
    stored = replace(look, posts=store.posts.latest(account.name, READ), reissued=0)
    _keep(store, account, replace(learnt(Habits(), stored, now), lately=()))


def _is_trusted(store: Store, account: Account, now: datetime) -> bool:
    day = account.source.trust
    return day is not None and now.astimezone(store.timezone).date() <= day


def _habits(store: Store, account: Account) -> Habits:
    said = store.sources.habits(account.name)
    return msgspec.json.decode(said, type=Habits) if said else Habits()


def _keep(store: Store, account: Account, habits: Habits) -> None:
    store.sources.keep_habits(account.name, msgspec.json.encode(habits).decode())


def _for_longer(before: Post, post: Post) -> Post:
    """The post as it was, for as long as either says that it may be shown."""
    if before.display_until is None or post.display_until is None:
        return before
    return replace(before, display_until=max(before.display_until, post.display_until))
