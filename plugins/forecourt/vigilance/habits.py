"""What is usual of a source: learnt from each look that was good, and how a post differs from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from forecourt import text
from forecourt.model import Kind, Post
from forecourt.vigilance.reading import EVERYBODYS, Reading, domain, read

ACQUAINTED = 8
"""Posts of a source that are known before one can be unlike them: fewer show no habit."""

USED_TO = 0.3
"""Share of posts that are so, from which on it is a habit: who links to new sites with every third post, does that."""

FEW = 3
"""Times that a site, or a script, is new to a source: what crept in by one post at a time is counted then."""

STRANGE_WORDS = 1 / 3
"""Share of familiar words in a text, of the usual one, below which it is in another language.

In a source's own language 0.2 to 0.45 of all words are among the short ones that it always uses; in another one
0.00 to 0.06, in a near one (Dutch beside English, Portuguese beside Spanish) up to 0.1.
"""

FEWEST_WORDS = 8
"""Words of a post, from which on they tell its language."""

HABITUAL = 0.15
"""Usual share of familiar words below which they tell nothing: lists of names, many languages at once."""

RARE = 0.02
"""Share of posts in a script, below which one in it is strange: fewer than one of fifty."""

KIN = 5
"""Letters of a name, from which on a longer one that holds it is its kin and no chance: larkwood-sale.example."""

FADES = timedelta(days=90)
"""In which the busiest day counts half: a campaign of last year excuses nothing today."""

DAY = timedelta(days=1)
"""Within which posts are counted; also what dates may be wrong by that were written without a zone."""

READ = 60
"""Posts that are read of a look, the newest: the thousands of an archive tell no more."""

_LEARNT_WORDS = 60  # words, without which their share is a guess: three posts
_TOLD = 4  # posts, without which what they link to is one
_SITES, _WORDS, _FAMILIAR = 40, 120, 60  # kept
_READ_WORDS = 3000  # counted half then: a source may come to write in another language
_SHORT = range(2, 5)  # letters of the, und, que, для: they make a language, and tell of nobody
_LATELY = 8
_MOMENTS = 200  # more within a day than any flood counts
_MEMORY = 0.97  # of a share, from post to post: of the last thirty or so
_TITLE = 200
_NO_NAMES = frozenset(site.partition(".")[0] for site in EVERYBODYS)  # who posts there is not them


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; what was long ago counts less."""

    part: float = 0.0
    of: float = 0.0

    @property
    def value(self) -> float:
        """0 to 1; 0 while nothing is known."""
        return self.part / self.of if self.of else 0.0

    def after(self, part: float, of: float = 1) -> Share:
        """The share after so many more."""
        return Share(round(self.part * _MEMORY + part, 3), round(self.of * _MEMORY + of, 3))


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual of a source, as far as it is known; as JSON one or two KB.

    ``posts`` is how many were learnt; ``since`` and ``looked`` when the first and the last time. ``busiest`` is how
    many it published within a day at the most, ``moments`` when it did of late, in seconds since 1970. ``title`` is
    its document's. ``hosts`` are the domains that it answered from, ``homes`` those of its permalinks, ``linked``
    those that it links to; ``languages`` what it says that it writes in, ``scripts`` what it does, ``words`` the
    short ones that it uses: each with how often. ``familiar`` is how much of a new post those words are, ``novel``
    how many posts link to a domain that was new, ``mixed`` how many are by another author than the one before,
    ``repeated`` how many say what was said. ``lately`` is how its last posts differed, as ``marks`` says, the
    newest last.
    """

    posts: int = 0
    since: datetime | None = None
    looked: datetime | None = None
    busiest: float = 0.0
    moments: tuple[int, ...] = ()
    title: str = ""
    hosts: Mapping[str, int] = field(default_factory=dict)
    homes: Mapping[str, int] = field(default_factory=dict)
    linked: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    scripts: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    familiar: Share = Share()
    novel: Share = Share()
    mixed: Share = Share()
    repeated: Share = Share()
    lately: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look brought.

    ``title`` is the document's and ``host`` is where it came from in the end; "" where there is none, as with an
    API. ``posts`` are the new ones; ``known`` is how many others of the batch are stored, and ``reissued`` how many
    new ones say what stored ones say under other ids (``repeats`` counts them).
    """

    title: str = ""
    host: str = ""
    posts: Sequence[Post] = ()
    known: int = 0
    reissued: int = 0


def learnt(habits: Habits, seen: Seen, now: datetime) -> Habits:
    """The habits after a look that was good; from ``Habits()`` they are learnt anew."""
    posts = own(seen.posts)
    spoke = moments(habits, posts, now)
    habits = replace(habits, posts=habits.posts + max(len(posts) - READ, 0))
    faded = habits.busiest
    if habits.looked and habits.looked < now:
        faded *= 0.5 ** ((now - habits.looked) / FADES)
    author = ""
    for place, post in enumerate(posts[-READ:]):
        repeated = habits.repeated.after(place < seen.reissued)
        habits = replace(_with(habits, post, author), repeated=repeated)
        author = _author(post)
    return replace(
        habits,
        since=habits.since or now,
        looked=now,
        title=text.line(seen.title)[:_TITLE] or habits.title,
        hosts=_counted(habits.hosts, [domain(seen.host)]),
        busiest=round(max(faded, busiest(spoke)), 4),
        moments=tuple(moment for moment in spoke if moment > (now - DAY).timestamp()),
    )


def own(posts: Iterable[Post]) -> list[Post]:
    """The posts that the source wrote itself, the oldest first; replies are by anyone."""
    mine = [post for post in posts if post.kind is not Kind.REPLY]
    return sorted(mine, key=lambda post: post.published.timestamp() if post.published else float("inf"))


def moments(habits: Habits, posts: Iterable[Post], now: datetime) -> list[int]:
    """When the source published of late, with these new posts, in seconds since 1970 and in order.

    Not what was published before the last look, an archive; nor what a shop or a calendar has, which come by the
    hundred.
    """
    late = (habits.looked - DAY).timestamp() if habits.looked else 0
    came = [
        min(post.published or now, now).timestamp()
        for post in posts
        if post.kind not in {Kind.PRODUCT, Kind.EVENT}
    ]
    return sorted([*habits.moments, *(int(moment) for moment in came if moment > late)])[-_MOMENTS:]


def busiest(moments: Sequence[int]) -> int:
    """The most of these moments, in order, that lie within a day."""
    first = most = 0
    for place, moment in enumerate(moments):
        while moment - moments[first] >= DAY.total_seconds():
            first += 1
        most = max(most, place - first + 1)
    return most


def marks(habits: Habits, post: Reading) -> str:
    """How the post differs: "t" in a strange tongue, "l" with links to strange sites, "tl" both, "" as usual."""
    if habits.posts < ACQUAINTED:
        return ""
    return ("t" if _is_strange(habits, post) else "") + ("l" if strange_sites(habits, post) else "")


def strange_sites(habits: Habits, post: Reading) -> frozenset[str]:
    """The domains that the post links to and the source hardly did before; none where it always links to new ones."""
    if habits.novel.value > USED_TO or habits.novel.of < _TOLD:
        return frozenset()
    return _new_sites(habits, post)


def is_kin(site: str, habits: Habits) -> bool:
    """Whether a domain has the name of one that the source is at or often links to: larkwood-sale.example."""
    often = (site for site, times in habits.linked.items() if times > FEW)
    names = {one.partition(".")[0] for one in (*habits.hosts, *habits.homes, *often)} - _NO_NAMES
    name = site.partition(".")[0]
    return any(one == name or (len(one) >= KIN and one in name) for one in names)


def _with(habits: Habits, post: Post, author: str) -> Habits:
    """The habits with a post more; ``author`` wrote the one before, "" is unknown."""
    said = read(post)
    familiar = habits.familiar
    if sum(habits.words.values()) >= _LEARNT_WORDS // 2:
        familiar = familiar.after(_count_familiar(habits, said.words), len(said.words))
    writer = _author(post)
    return replace(
        habits,
        posts=habits.posts + 1,
        homes=_counted(habits.homes, [said.home]),
        linked=_counted(habits.linked, said.sites),
        languages=_counted(habits.languages, [post.lang.partition("-")[0]]),
        scripts=_counted(habits.scripts, [said.script]),
        words=_halved(_counted(habits.words, (word for word in said.words if len(word) in _SHORT), _WORDS)),
        familiar=familiar,
        novel=habits.novel.after(bool(_new_sites(habits, said))) if habits.posts >= FEW else habits.novel,
        mixed=habits.mixed.after(writer != author) if writer and author else habits.mixed,
        lately=(*habits.lately, marks(habits, said))[-_LATELY:],
    )


def _is_strange(habits: Habits, post: Reading) -> bool:
    """Whether the post is in a language that the source does not write.

    Told by its script and its words. What a post says of its language does not count:
    many programs say that all is English.
    """
    if post.script and habits.scripts.get(post.script, 0) < max(FEW, RARE * sum(habits.scripts.values())):
        return True
    words, usual = post.words, habits.familiar
    if len(words) < FEWEST_WORDS or usual.of < _LEARNT_WORDS or usual.value < HABITUAL:
        return False
    return _count_familiar(habits, words) < len(words) * usual.value * STRANGE_WORDS


def _new_sites(habits: Habits, post: Reading) -> frozenset[str]:
    known = {site for site, times in habits.linked.items() if times >= FEW} | {*habits.homes, *habits.hosts}
    return frozenset(site for site in post.sites - known if not is_kin(site, habits))


def _count_familiar(habits: Habits, words: Iterable[str]) -> int:
    """How many of the words are among the short ones that the source uses most."""
    known = {*islice(habits.words, _FAMILIAR)}  # the highest stand first
    return sum(word in known for word in words)


def _author(post: Post) -> str:
    return post.author.handle or post.author.url or post.author.name


def _counted(counts: Mapping[str, int], more: Iterable[str], most: int = _SITES) -> Mapping[str, int]:
    """The counts with those more, of which "" is none; the highest are kept, and stand first."""
    more = [one for one in more if one]
    if not more:
        return counts
    found = Counter(counts)
    found.update(more)
    return dict(found.most_common(most))


def _halved(words: Mapping[str, int]) -> Mapping[str, int]:
    if sum(words.values()) < _READ_WORDS:
        return words
    return {word: times // 2 for word, times in words.items() if times > 1}
