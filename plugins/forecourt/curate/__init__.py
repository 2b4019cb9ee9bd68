"""What becomes of a post and where it stands. Pure functions, no store and no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from forecourt.curate import facts
from forecourt.curate.judging import Judge, Ruling
from forecourt.desk import Campaign, Pick, Promise
from forecourt.model import Decision, Kind, Post
from forecourt.text import slug

STREAM = "stream"

RULES_VERSION = 3
"""Raise it when posts are judged or placed differently, so that stored ones are judged anew."""

LEAD = timedelta(days=14)
"""Before a campaign begins, from which on posts with its hashtags are of this year's and not of the last one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What was said about one source, and where to read it.

    ``hold`` keeps its posts back until an editor lets them out; ``place`` is the
    file and line that says so. ``alarm`` is why all that is new of it is held, "" where nothing is odd,
    and ``odd`` the ids of what is: the posts that came since.
    """

    network: str
    hold: bool
    place: str
    store: str = ""
    """The local store that it belongs to."""
    alarm: str = ""
    odd: frozenset[str] = frozenset()
    judge: Judge | None = None
    campaigns: tuple[Campaign, ...] = ()
    picks: Mapping[str, tuple[Pick, ...]] = field(default_factory=dict)
    """What editors said about its posts, by their ids."""


def decide(
    post: Post, rules: Rules, published: datetime | None = None, now: datetime | None = None
) -> Decision:
    """The decision on one post, with reasons a person can read.

    ``published`` is when the hub says that it was, where its origin does not. An editor's word on the post goes
    before the rules, and those before what its account says of all its posts.
    """
    when = published or post.published or now
    picks = rules.picks.get(post.id, ())
    for pick in picks:
        if pick.hide:
            return Decision("hidden", (f"{pick.place}: hide",))
    approved = next((pick for pick in picks if pick.approve), None)
    leaves: list[tuple[datetime, str]] = []
    said = f'"{post.source}" publishes without review'
    if approved:
        said = f"{approved.place}: approve"
    elif rules.alarm and post.id in rules.odd:
        return Decision("held", (rules.alarm,))
    else:
        ruling = rules.judge.ruling(post, when, now or when) if rules.judge and when else Ruling()
        if ruling.status in ("held", "rejected"):
            return Decision(ruling.status, (ruling.reason,))
        if ruling.status is None and rules.hold:
            return Decision("held", (f'{rules.place}: moderation = "hold"',))
        said = ruling.reason or said
        leaves += [(ruling.leaves, ruling.leaving)] if ruling.leaves else []
    if post.kind is Kind.REPLY:
        return Decision("published", ("a reply stays with the post it answers, on no listing of its own",))
    of_campaigns = [*_campaigns(post, rules, picks, when)]
    leaves += ends_with(post, [campaign for campaign, _ in of_campaigns], when)
    found = listings(post, rules, [tag for pick in picks for tag in pick.tags])
    reasons = [said, *(reason for _, reason in of_campaigns), *(reason for _, reason in leaves)]
    return Decision(
        "published",
        tuple(dict.fromkeys(reasons)),
        (*found, *(campaign_listing(campaign.slug) for campaign, _ in of_campaigns)),
        min((moment for moment, _ in leaves), default=None),
    )


def _campaigns(
    post: Post, rules: Rules, picks: Iterable[Pick], when: datetime | None
) -> Iterator[tuple[Campaign, str]]:
    """The campaigns that a post belongs to, each with the reason."""
    tags = {_slug(tag) for tag in post.tags} if rules.campaigns else set()
    for campaign in rules.campaigns:
        named = next((pick for pick in picks if pick.campaign == campaign.slug), None)
        shared = next((tag for tag in campaign.hashtags if _slug(tag) in tags), None)
        if named:
            yield campaign, f'{named.place}: campaign "{campaign.slug}"'
        elif shared and when and campaign.start - LEAD <= when < campaign.end:
            yield campaign, f'{campaign.place}: #{shared} makes it a post of "{campaign.title}"'


def ends_with(post: Post, campaigns: Iterable[Campaign], when: datetime | None) -> list[tuple[datetime, str]]:
    """When a post is over with campaigns that it belongs to, each with the reason: it states their offers."""
    found = []
    for campaign in campaigns:
        if when and (offer := _offer(campaign.promise, post, when)):
            over = f'leaves when "{campaign.title}" ends, since it states its offer ({offer})'
            found.append((campaign.end, f"{campaign.place}: it {over}"))
    return found


def _offer(promise: Promise, post: Post, when: datetime) -> str:
    """What of a campaign's offer a post states: its code, a reduction, a price; "" where it states none.

    Another reduction than the campaign's is an offer that ends with it, too, and a mistake beside (``message_ledger``).
    """
    if not (promise.code or promise.percent or promise.price):
        return ""
    words = f"{post.title}\n{post.text}"
    if promise.code and re.search(rf"(?<!\w){re.escape(promise.code)}(?!\w)", words, re.IGNORECASE):
        return f"the code {promise.code}"
    said = facts.found(words, post.lang, when)
    if promise.percent and said.percents:
        return " and ".join(f"{percent:f} %" for percent in sorted(said.percents))
    if promise.price and said.prices:
        return " and ".join(f"{amount:f} {currency}".strip() for amount, currency in sorted(said.prices))
    return ""


def listings(post: Post, rules: Rules, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The listings a published post stands on; ``more`` are tags that editors gave it."""
    tags = dict.fromkeys(tag_listing(tag) for tag in (*post.tags, *more))
    kind = [] if post.kind is Kind.NOTE else [kind_listing(post.kind)]  # what is of no kind of its own
    store = [store_listing(rules.store)] if rules.store else []
    return (STREAM, f"source/{post.source}", f"network/{rules.network}", *kind, *store, *tags)


def kind_listing(kind: str) -> str:
    """The listing of all that is of a kind, on whichever network it was published."""
    return f"kind/{kind}"


def store_listing(store: str) -> str:
    """The listing of a local store."""
    return f"store/{slug(store)}"


def campaign_listing(campaign: str) -> str:
    """The listing of a campaign's posts."""
    return f"campaign/{campaign}"


def tag_listing(tag: str) -> str:
    """The listing of a tag; different spellings of one tag share it."""
    return f"tag/{_slug(tag)}"


_slug = lru_cache(maxsize=8192)(slug)  # the same few thousand stand in a hundred thousand posts
