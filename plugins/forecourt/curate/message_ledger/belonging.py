"""Which posts say a campaign's message."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from forecourt.curate.facts import Facts, found, shown_code, shown_link
from forecourt.curate.facts.words import folded
from forecourt.curate.message_ledger.entries import Said
from forecourt.desk import Campaign

LEAD = timedelta(days=14)
"""How long before its start a post may speak of a campaign."""

TAIL = timedelta(days=30)
"""How long after its end a post with its hashtag still counts as the campaign's, not as that of another year."""

ENOUGH = 0.6
"""Share of the words of a message, those of four letters and more, that a post must have to say it."""

FEWEST = 4
"""Words that it must have at least: three are in common by chance."""

_KEPT = 4096  # readings of posts that several campaigns ask for
_WORD = re.compile(r"[^\W_]{4,40}")
_HASHTAG = re.compile(r"#(\w{1,200})")
_ADDRESS = re.compile(r"https?://\S+|[@#]\w+")


@dataclass(frozen=True, slots=True)
class Message:
    """A campaign as posts are held against it: ``facts`` are what it states, ``texts`` its message by language."""

    campaign: Campaign
    facts: Facts
    texts: tuple[tuple[str, str], ...]
    placed: Collection[str] = ()
    """Keys of posts that an editor placed there."""

    @property
    def start(self) -> datetime:
        """When it begins, in UTC: moments of one zone compare by the clock on the wall, which shows hours twice."""
        return self.campaign.start.astimezone(UTC)

    @property
    def end(self) -> datetime:
        """When it ends, in UTC."""
        return self.campaign.end.astimezone(UTC)

    def runs(self, moment: datetime) -> bool:
        """Whether it is on."""
        return self.start <= moment.astimezone(UTC) < self.end


def reason(post: Said, message: Message) -> str:
    """Why a post belongs to a campaign, "" if it does not."""
    campaign = message.campaign
    if post.key in message.placed:
        return "an editor placed it there"
    if not message.start - LEAD <= post.published.astimezone(UTC) < message.end + TAIL:
        return ""
    mine = _tags(campaign.hashtags) & (_tags(post.tags) | _tags(tuple(_HASHTAG.findall(post.text))))
    if mine:
        return f"it has #{min(mine)}"
    text = f"{post.title} {post.text}"
    code = shown_code(campaign.promise.code)
    if code and has_code(post, code):
        return f"it has the code {code}"
    # A front page is everybody's.
    link = _shown_link(campaign.promise.link) if campaign.promise.link else ""
    if "/" in link and _may_lead_to(post, link) and link in facts_of(post, campaign.lang).links:
        return f"it leads to {link}"
    has_begun = post.published.astimezone(UTC) >= message.start  # before, words alone are a coincidence
    is_said = has_begun and any(says(text, one) for _, one in message.texts)
    return "it says the message in its words" if is_said else ""


def _may_lead_to(post: Said, link: str) -> bool:
    """Whether a post has the host of a link at all: most have not, and need not be read."""
    host = link.partition("/")[0]
    return any(host in text.lower() for text in (post.text, post.title, *post.links))


def has_code(post: Said, code: str) -> bool:
    """Whether a code (as ``shown_code`` gives it) stands in a post, with or without the word for one before it."""
    text = _folded(f"{post.title} {post.text}")
    return code in text and re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", text) is not None


def says(text: str, message: str) -> bool:
    """Whether a text has enough of a message's words."""
    wanted = _words(message)
    common = wanted & _words(text)
    return len(common) >= FEWEST and len(common) >= ENOUGH * len(wanted)


def chosen(posts: Sequence[Said], message: Message, others: Sequence[Message]) -> Iterator[tuple[Said, str]]:
    """The posts that belong to a campaign, each with the reason.

    One from before its start or after its end is not its own when another campaign that runs just then claims it
    by more than words: yearly sales share a hashtag.
    """
    for post in posts:
        why = reason(post, message)
        if not why:
            continue
        is_own = message.runs(post.published) or post.key in message.placed
        if is_own or not any(other.runs(post.published) and reason(post, other) for other in others):
            yield post, why


_shown_link = lru_cache(maxsize=_KEPT)(shown_link)


@lru_cache(maxsize=_KEPT)
def _tags(tags: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(tag).lstrip("#").casefold() for tag in tags)


@lru_cache(maxsize=_KEPT)
def _folded(text: str) -> str:
    return folded(text)


@lru_cache(maxsize=_KEPT)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_ADDRESS.sub(" ", _folded(text)).casefold()))


@lru_cache(maxsize=_KEPT)
def facts_of(post: Said, lang: str) -> Facts:
    """What a post states, read in its own language or, where it names none, in that one."""
    return found(f"{post.title}\n{post.text}", post.lang or lang, post.published, post.links)
