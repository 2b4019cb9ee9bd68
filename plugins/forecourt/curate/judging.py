"""A post judged by the editors' rules. Pure: no store, no clock, no file.

Rules are tried in their order, and the first decides whose conditions the post meets, all of them. What a rule
says of all posts of a source is worked out once, when its judge is made.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from forecourt.desk.patterns import LONGEST_TEXT, Pattern, spelled
from forecourt.desk.rules import MOST_STARS, Rule, Rulebook
from forecourt.desk.wording import Words, folded
from forecourt.model import Kind, Post
from forecourt.text import line

Verdict = Literal["published", "held", "rejected"]

_VERDICTS: Mapping[str, Verdict] = {"publish": "published", "hold": "held", "reject": "rejected"}
_DOES = {"publish": "publishes", "hold": "holds", "reject": "rejects"}
_MEDIA = {"picture": "image", "video": "video", "audio": "audio"}
_MEDIA_SAID = {
    "none": "without picture or film",
    "picture": "with a picture",
    "video": "with a film",
    "audio": "with sound",
}
_PART = " \x00 "  # between two texts of a post; no word reaches across it
_SHOWN = 60  # characters of what a pattern found, in a reason


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of a post.

    ``status`` None leaves it to its source's ``moderation``; ``reason`` is then "". ``leaves`` is the moment at
    which a rule by age ends its showing, in UTC, and ``leaving`` what that rule says; None and "" where none will.
    """

    status: Verdict | None = None
    reason: str = ""
    leaves: datetime | None = None
    leaving: str = ""


@dataclass(slots=True)
class _Seen:
    """A post as the rules look at it; what none of them asks for is left empty."""

    post: Post
    lang: str
    found: frozenset[str] | set[str]  # of the words of all rules those that stand in it
    plain: str  # where patterns look
    in_one_spelling: str  # the same
    author: tuple[str, ...]


_Check = Callable[[_Seen], bool]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule with its conditions as a function, save its age and its number a day."""

    rule: Rule
    fits: _Check
    words: frozenset[str]
    age: timedelta | None


class Judge:
    """The rules for one source. Make it once, and ask it about each of the source's posts."""

    def __init__(self, rulebook: Rulebook, source: str, network: str, timezone: ZoneInfo) -> None:
        """``timezone`` is the hub's, in which its days begin and end."""
        self._source = source
        self._timezone = timezone
        self._rules = [_ready(rule) for rule in rulebook.of(source, network).rules]
        self._words = Words(word for ready in self._rules for word in sorted(ready.words))
        self._has_words = any(ready.words for ready in self._rules)
        self._has_authors = any(ready.rule.authors for ready in self._rules)
        self._has_patterns = any(ready.rule.regex for ready in self._rules)

    def ruling(self, post: Post, published: datetime, now: datetime) -> Ruling:
        """What the rules say of a post at this moment; limits a day aside, which one post cannot tell.

        ``published`` is the store's moment for it, that has a zone like ``now``.
        """
        seen = self._seen(post)
        ends: list[tuple[datetime, _Ready]] = []
        for ready in self._rules:
            if ready.rule.per_day is not None or not ready.fits(seen):
                continue
            if ready.age is not None and (end := published.astimezone(UTC) + ready.age) > now:
                ends.append((end, ready))
                continue
            status = _VERDICTS[ready.rule.do]
            if status != "published":
                return Ruling(status, self._reason(ready, seen))
            return self._until(ends, seen, Ruling(status, self._reason(ready, seen)))
        return self._until(ends, seen, Ruling())

    def over_the_day(self, day_posts: Sequence[tuple[Post, datetime]], now: datetime) -> dict[str, str]:
        """The posts over a limit a day, each with the reason it is held for, by id.

        ``day_posts`` are all that the source published on one day in the hub's zone, with their moments. The
        first of the day stay. What an earlier rule decides neither counts nor is named here, so that a
        post named here is held whatever ``ruling`` says of it.
        """
        counts: Counter[int] = Counter()
        over: dict[str, str] = {}
        limits = [ready.rule.per_day for ready in self._rules if ready.rule.per_day is not None]
        if not limits or len(day_posts) <= min(limits):
            return over
        for post, published in sorted(day_posts, key=lambda each: (each[1], each[0].id)):
            seen = self._seen(post)
            for place, ready in self._reached(seen, published, now):
                if ready.rule.per_day is None:
                    break
                counts[place] += 1
                if counts[place] > ready.rule.per_day:
                    day = published.astimezone(self._timezone).date()
                    over[post.id] = self._reason(ready, seen, f", of {day.isoformat()}")
                    break
        return over

    def _reached(self, seen: _Seen, published: datetime, now: datetime) -> Iterator[tuple[int, _Ready]]:
        """The rules that a post meets, with their places."""
        for place, ready in enumerate(self._rules):
            is_young = ready.age is not None and published.astimezone(UTC) + ready.age > now
            if not is_young and ready.fits(seen):
                yield place, ready

    def _until(self, ends: Sequence[tuple[datetime, _Ready]], seen: _Seen, ruling: Ruling) -> Ruling:
        """The ruling on a post that may be shown, with the first of the moments at which a rule ends that."""
        if not ends:
            return ruling
        end, ready = min(ends, key=lambda each: each[0])  # of equals the first, which is then tried first
        return Ruling(ruling.status, ruling.reason, end, self._reason(ready, seen))

    def _seen(self, post: Post) -> _Seen:
        author, plain = post.author, ""
        if self._has_patterns:
            plain = f"{post.title}\n{post.text}"[:LONGEST_TEXT]
            plain = plain if plain.isascii() else unicodedata.normalize("NFC", plain)
        return _Seen(
            post,
            post.lang.lower(),
            self._words.within(folded(_wording(post))) if self._has_words else frozenset(),
            plain,
            spelled(plain),
            (_folded(author.handle), _folded(author.name)) if self._has_authors else (),
        )

    def _reason(self, ready: _Ready, seen: _Seen, behind: str = "") -> str:
        rule = ready.rule
        met = " ".join(_said(ready, seen))
        said = f"posts {met}" if met else f'all posts of "{self._source}"'
        why = f" ({rule.why})" if rule.why else ""
        return f"{rule.place}: {_DOES[rule.do]} {said}{behind}{why}"


def _ready(rule: Rule) -> _Ready:
    """A rule made ready; its quick conditions come first."""
    words = frozenset(map(folded, rule.words))
    age = None if rule.older_than_days is None else timedelta(days=rule.older_than_days)
    return _Ready(rule, _all(*_checks(rule, words)), words, age)


def _all(*checks: _Check) -> _Check:
    if len(checks) == 1:  # as most rules have; it is asked a hundred thousand times
        return checks[0]
    return lambda seen: all(check(seen) for check in checks)


def _checks(rule: Rule, words: frozenset[str]) -> Iterator[_Check]:
    if words:
        yield lambda seen: not words.isdisjoint(seen.found)
    if rule.kinds:
        kinds = frozenset(rule.kinds)
        yield lambda seen: seen.post.kind in kinds
    elif rule.media or rule.per_day is not None:
        yield (
            lambda seen: seen.post.kind is not Kind.REPLY
        )  # they stand below another post, mostly without a picture
    if rule.rating_below is not None:
        stars = rule.rating_below
        yield lambda seen: _stars(seen.post) < stars
    if rule.media:
        yield _media_check(rule.media)
    if rule.languages:
        exact = frozenset(language.lower() for language in rule.languages)
        begun = tuple(f"{language}-" for language in sorted(exact))
        yield lambda seen: seen.lang in exact or seen.lang.startswith(begun)
    if rule.authors:
        yield _author_check(rule.authors)
    if rule.regex:
        pattern = Pattern(rule.regex)
        yield lambda seen: pattern.search(seen.plain, seen.in_one_spelling) is not None


def _media_check(wanted: str) -> _Check:
    if wanted == "none":
        return lambda seen: not seen.post.media
    return lambda seen: any(media.type == _MEDIA[wanted] for media in seen.post.media)


def _author_check(authors: Sequence[str]) -> _Check:
    """Whether its author is one of these: by name, or by handle, with the @ before it or without."""
    spelled = [folded(author) for author in authors]
    whole = frozenset(name for name in spelled if "*" not in name)
    whole |= {f"@{name}" for name in whole}
    cut = [(start, end) for start, star, end in (name.partition("*") for name in spelled) if star]

    def check(seen: _Seen) -> bool:
        if not whole.isdisjoint(seen.author):
            return True
        for start, end in cut:  # no generator: it is asked a million times
            for name in seen.author:
                if (
                    name.startswith(start)
                    and name.endswith(end)
                    and len(name) >= max(len(start) + len(end), 1)
                ):
                    return True
        return False

    return check


_folded = lru_cache(maxsize=8192)(folded)  # people write more than one post


def with_any(words: Collection[str]) -> Callable[[Post], bool]:
    """Whether one of these words, ``folded`` as they are, stands in a post."""
    looked_for = Words(sorted(words))
    return lambda post: bool(looked_for.within(folded(_wording(post))))


def _wording(post: Post) -> str:
    """All of a post that a visitor can read: its title, text, tags, descriptions of pictures, and its author's name."""
    alts = (media.alt for media in post.media if media.alt)
    return _PART.join((post.title, post.text, *post.tags, *alts, post.author.name))


def _stars(post: Post) -> float:
    """Its stars, of five; more than there are where it has none."""
    if post.rating is None or post.rating.best <= 0:
        return MOST_STARS + 1
    return post.rating.value / post.rating.best * MOST_STARS


def _said(ready: _Ready, seen: _Seen) -> Iterator[str]:
    """The conditions of a rule in words, with what in the post met them."""
    rule, post = ready.rule, seen.post
    if rule.kinds:
        yield f'of kind "{post.kind}"'
    if rule.languages:
        yield f'in "{post.lang}"'
    if ready.words:
        yield f'with "{next(word for word in rule.words if folded(word) in seen.found)}"'
    if rule.regex and (found := Pattern(rule.regex).search(seen.plain, seen.in_one_spelling)):
        yield f'with "{line(found[0])[:_SHOWN]}", which its regex finds'
    if rule.authors:
        yield f'by "{line(post.author.handle or post.author.name)}"'
    if rule.media:
        yield _MEDIA_SAID[rule.media]
    if rule.rating_below is not None:
        yield f"below {rule.rating_below:g} stars"
    if rule.older_than_days is not None:
        yield f"older than {rule.older_than_days} days"
    if rule.per_day is not None:
        yield f"over {rule.per_day} a day"
