"""Whether two posts say the same message, so that one card can stand for both. Pure: no store and no clock.

What a post states itself counts for certain: its copies (``rel=syndication``), one permalink or one id in two
sources, a link from its text to the other. Else they have to be alike, within ``WINDOW``, in their words, in where
they lead or in their pictures; the longer they lie apart, the more alike (``evidence``). Two facts that differ, two
stores, two dates of an event, or one name changed in an otherwise equal text part them for good.

``marks`` finds the few posts with which it is worth comparing one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from forecourt.curate.facts import conflicts
from forecourt.curate.likeness.evidence import How, Likeness, is_template
from forecourt.curate.likeness.marks import lasting, marks
from forecourt.curate.likeness.pictures import NEAR, alike
from forecourt.curate.likeness.traits import Traits, traits
from forecourt.curate.likeness.words import is_cut
from forecourt.model import Kind, Post

__all__ = [
    "NEAR", "WINDOW", "Traits", "Verdict", "alike", "compare", "lasting", "marks", "richness", "traits",
]  # fmt: skip

WINDOW = timedelta(days=5)
"""Posts further apart are never the same by similarity. Less than a week: what is said weekly is said anew."""

_DIGEST = 3
"""Links above which a post sums up others."""

_NOTICE = 80
"""Words above which a text that links to another post tells something of its own."""

_LONG = 2000  # characters; what is longer is no richer for it
_STEP = 80


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two posts are one message, ``how`` that was told ("" where they are not), and why, for people."""

    same: bool
    how: How
    reason: str


def compare(one: Traits, other: Traits) -> Verdict:
    """Judge two posts. Which is the first makes no difference."""
    one, other = sorted((one, other), key=lambda post: (post.at, post.source, post.permalink))
    if one.source == other.source:
        return _no("both are of one account")
    if one.permalink in other.about or other.permalink in one.about:
        return _no("one quotes or answers the other")
    if stated := _stated(one, other):
        return Verdict(True, "stated", stated)
    if apart := next(_apart(one, other), ""):
        return _no(apart)
    return _likely(one, other)


def richness(post: Post) -> tuple[int, ...]:
    """How much a post shows of its message: of several versions, the one with the largest is shown.

    A text that is not cut off goes before one that is, then what has the longest text, in steps of ``_STEP`` characters
    so that an emoji does not decide, then the most pictures and films, a title, and descriptions of its pictures.
    """
    text = post.text.rstrip()
    return (
        int(not is_cut(text)),
        int(bool(text or post.title)),
        min(len(text), _LONG) // _STEP,
        len(post.media),
        int(bool(post.title)),
        sum(bool(media.alt) for media in post.media),
        min(len(text), _LONG),
    )


def _no(reason: str) -> Verdict:
    return Verdict(False, "", reason)


def _stated(one: Traits, other: Traits) -> str:
    """How the posts themselves say that they are one, "" where they don't."""
    if one.permalink in other.syndicated or other.permalink in one.syndicated:
        return "one names the other as its copy (rel=syndication)"
    shared = sorted({*one.stated} & {*other.stated})
    return f"both are {shared[0]}" if shared else ""


def _apart(one: Traits, other: Traits) -> Iterator[str]:
    """What parts two posts however alike they are."""
    if abs(one.at - other.at) > WINDOW:
        yield f"published more than {WINDOW.days} days apart"
    if one.answers or other.answers:
        yield "one is an answer"
    if Kind.REVIEW in {one.kind, other.kind}:
        yield "one is a review"
    if one.store and other.store and one.store != other.store:
        yield f"of two stores, {one.store} and {other.store}"
    if one.start and other.start and one.start != other.start:
        yield "two dates of an event"
    if one.where and other.where and not one.where & other.where:
        yield "two places of an event"
    if one.price and other.price and one.price != other.price:
        yield f"two prices, {one.price} and {other.price}"
    for conflict in conflicts(one.facts, other.facts):
        if conflict.name != "link":  # two networks may well be given two pages
            yield f"the facts differ: {conflict.sentence}"


def _likely(one: Traits, other: Traits) -> Verdict:
    """Judge two posts by what they link to, say and show."""
    if target := _linked(one, other):
        return Verdict(True, "link", f"links to {target}")
    likeness = Likeness.of(one, other)
    how, reason = likeness.judged()
    if how and likeness.one_language and is_template(one, other):
        return _no("the same text with another name or thing in it")
    return Verdict(bool(how), how, reason)


def _linked(one: Traits, other: Traits) -> str:
    """The address of one to which the text of the other leads, "" where none does. A digest leads to many."""
    for post, target in ((one, other.permalink), (other, one.permalink)):
        if target and target in post.links and len(post.links) <= _DIGEST and len(post.words) <= _NOTICE:
            return f"https://{target}"
    return ""
