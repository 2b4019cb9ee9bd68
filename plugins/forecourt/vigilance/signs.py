"""The signs that a source is no longer whose it was, and whether they are enough to hold what it brings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from forecourt import text
from forecourt.model import Post
from forecourt.vigilance import habits as usual
from forecourt.vigilance.habits import ACQUAINTED, DAY, READ, USED_TO, Habits, Seen
from forecourt.vigilance.reading import domain, home, read

ENOUGH = 2
"""Weight from which on a source is held."""

MANY, MANY_TIMES = 12, 4
"""Posts within a day that are many, weight 1, if also more than so many times those of its busiest day.

Ten photos of an event are not many; nor are twenty posts on Black Friday of who writes five on a good day.
"""

FLOOD, FLOOD_TIMES = 40, 8
"""The same for a flood, weight 2: nobody's people write a post every half an hour, day and night."""

VOICES, MIXED = 3, 0.5
"""How many times more that takes where more than such a share of posts is by another author than the one before.

A hashtag has its great day, too.
"""

SOME = 3
"""Posts that are in a strange language and link to strange sites, if half of those looked at are so: weight 2.

One in French that links to a paper in Paris is no sign; a casino writes three before noon.
"""

MOST, MOST_SHARE = 4, 0.8
"""Posts, and their share, that are in a strange language, or link to strange sites: weight 1 for each of the two.

A brand that opens in France is the one, a campaign with a domain of its own the other.
"""

LOOKED_AT = 6
"""Posts that are looked at, with some from before where fewer are new: who is asked often brings one at a time."""

MOVED_SHARE, HOME = 0.8, 0.6
"""Share of new permalinks that are elsewhere, where such a share was at one domain: link blogs have no home."""

REISSUED = 5
"""Posts that repeat stored ones under other ids, if they are half of the new ones: weight 2.

"We are hiring", every Monday, is one at a time; who always repeats (``USED_TO``) is let be.
"""

REPLACED = 5
"""Posts from before the last look, half of the new ones, where none that was there then is there: weight 1.

A feed made longer has old ones that are new to us, and those that we know as well.
"""

SAME_TITLE = 0.5
"""Likeness, 0 to 1, from which on two titles are one that was changed; so they are with a common word."""

_WORD = re.compile(r"\w{3,}")
_ANYBODYS = frozenset({
    "actualités", "aktuelles", "and", "archive", "blog", "comments", "feed", "for", "from", "home", "journal",
    "magazine", "news", "noticias", "official", "podcast", "posts", "rss", "shop", "site", "store", "the", "und",
    "updates", "your",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a source is held, and since when: sentences for people, each with what was usual and what is now."""

    since: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sign:
    weight: int
    said: str


def alarm(habits: Habits, seen: Seen, now: datetime) -> Alarm | None:
    """The reasons to hold what a look brought; None where it is as usual, or where nothing is known to compare with."""
    if habits.looked is None:
        return None
    posts = usual.own(seen.posts)
    signs = [*_of_its_house(habits, seen, posts), *_of_its_name(habits, seen)]
    signs += [*_of_what_was_there(habits, seen, posts)]
    if habits.posts >= ACQUAINTED and posts:
        signs += [*_of_tongue_and_links(habits, posts), *_of_their_number(habits, posts, now)]
    if sum(sign.weight for sign in signs) < ENOUGH:
        return None
    return Alarm(now, tuple(sign.said for sign in signs))


def _of_its_house(habits: Habits, seen: Seen, posts: Sequence[Post]) -> Iterator[_Sign]:
    """Where it answers from and where its posts are.

    Both elsewhere is weight 2, as where a domain was sold; 1 if most of the batch is known, as after a removal.
    One of them alone is 1: a service for feeds, a shop, a short address; its answer alone nothing, if most of
    the batch is known. A new domain that has the name of the old one is no sign.
    """
    is_continued = seen.known >= max(len(posts), 1)
    host = domain(seen.host)
    answers = bool(host and habits.hosts) and host not in habits.hosts and not usual.is_kin(host, habits)
    homes = [where for where in map(home, posts) if where]
    away = Counter(where for where in homes if where not in habits.homes and not usual.is_kin(where, habits))
    had_home = max(habits.homes.values(), default=0) >= HOME * sum(habits.homes.values()) > 0
    posted = had_home and away.total() >= max(SOME, MOVED_SHARE * len(homes))
    if posted:
        yield _Sign(1, f"its new posts are at {_named(away)}, until now they were at {_named(habits.homes)}")
    if answers and not is_continued:
        yield _Sign(1, f"it answers from {host}, until now it did from {_named(habits.hosts)}")


def _of_its_name(habits: Habits, seen: Seen) -> Iterator[_Sign]:
    """What its document calls itself, if nothing of that is as it was: weight 1, as brands rename their blogs."""
    before, now = _name(habits.title), _name(seen.title)
    if not (before and now) or {*before.split()} & {*now.split()}:
        return
    if SequenceMatcher(None, before, now, autojunk=False).ratio() < SAME_TITLE:
        yield _Sign(1, f"it calls itself “{text.line(seen.title)[:80]}”, until now “{habits.title[:80]}”")


def _name(title: str) -> str:
    """The words of a title that name somebody; all have "blog" and "news"."""
    words = _WORD.findall(text.line(title)[:200].casefold())
    return " ".join(word for word in words if word not in _ANYBODYS)


def _of_what_was_there(habits: Habits, seen: Seen, posts: Sequence[Post]) -> Iterator[_Sign]:
    """What comes again, and what is not there any more."""
    if seen.reissued >= max(REISSUED, len(posts) / 2) and habits.repeated.value < USED_TO:
        yield _Sign(
            2,
            f"{seen.reissued} of its {len(posts)} new posts say what stored ones say under other ids, "
            f"until now {habits.repeated.value:.0%} did",
        )
    if habits.looked is None or seen.known:
        return
    old = [post for post in posts if post.published and post.published < habits.looked - DAY]
    if len(old) >= max(REPLACED, len(posts) / 2):
        yield _Sign(
            1,
            f"no post is there that was there before, and {len(old)} are that were not, "
            f"though they are from before {habits.looked:%Y-%m-%d}, when it was last looked at",
        )


def _of_tongue_and_links(habits: Habits, posts: Sequence[Post]) -> Iterator[_Sign]:
    """The language of its posts and what they link to: of the new ones, with some from before where those are few."""
    latest = posts[-READ:]
    readings = [read(post) for post in latest]
    new = [usual.marks(habits, one) for one in readings]
    if not any(new):
        return
    marks = [*habits.lately, *new][-max(LOOKED_AT, len(new)) :]
    tongue, links = sum("t" in mark for mark in marks), sum("l" in mark for mark in marks)
    is_both = marks.count("tl") >= max(SOME, len(marks) / 2)
    most = max(MOST, MOST_SHARE * len(marks))
    if is_both or tongue >= most:
        said = Counter(post.lang.partition("-")[0] for post in latest)
        others = {
            one: times
            for one, times in said.items()
            if habits.languages and one and one not in habits.languages
        }
        yield _Sign(
            1,
            f"{tongue} of its last {len(marks)} posts are in another language{_in_brackets(others)} "
            f"than until now{_in_brackets(habits.languages)}",
        )
    if is_both or links >= most:
        strange = Counter(site for one in readings for site in usual.strange_sites(habits, one))
        yield _Sign(
            1,
            f"{links} of its last {len(marks)} posts link to sites that it hardly linked to{_in_brackets(strange)}, "
            f"until now {habits.novel.value:.0%} did",
        )


def _of_their_number(habits: Habits, posts: Sequence[Post], now: datetime) -> Iterator[_Sign]:
    """How many were published within a day; what was published while it could not be read lies on many days."""
    number = usual.busiest(usual.moments(habits, posts, now))
    times = VOICES if habits.mixed.value > MIXED else 1
    most = max(habits.busiest, 1)
    said = f"it published {number} posts within a day, until now {most:.0f} at the most"
    if number >= FLOOD * times and number > most * FLOOD_TIMES:
        yield _Sign(2, said)
    elif number >= MANY * times and number > most * MANY_TIMES:
        yield _Sign(1, said)


def _in_brackets(counts: Mapping[str, int]) -> str:
    return f" ({_named(counts)})" if counts else ""


def _named(counts: Mapping[str, int]) -> str:
    """The three that are most, for people."""
    return ", ".join(name for name, _ in Counter(counts).most_common(3))
