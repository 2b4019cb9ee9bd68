"""The message ledger of the hub: the editors' campaigns held against what the store knows that each channel said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import unescape

from forecourt.accounts import Account
from forecourt.curate import campaign_listing, message_ledger
from forecourt.curate.message_ledger import LEAD, NEWEST, QUIET_AFTER, Ledger, Said
from forecourt.desk import Campaign
from forecourt.settling import Curator
from forecourt.store import Store
from forecourt.store.review import Reviewed

_LINK = re.compile(r'<a href="([^"]*)"')  # as cleaning writes it

_RHYTHM = timedelta(days=180)
"""Of posts by which the usual gap of a channel is told."""


def ledger(store: Store, accounts: Sequence[Account], curator: Curator, now: datetime) -> Ledger:
    """Which channel said each campaign's message, when, and whether it said it right."""
    campaigns = curator.campaigns
    since = min((one.start - LEAD for one in campaigns), default=now)
    posts = {account.name: [*map(_said, store.review.since(account.name, since))] for account in accounts}
    moments = {account.name: store.review.moments(account.name, now - _RHYTHM) for account in accounts}
    return message_ledger.ledger(
        campaigns, posts, now, placed=_placed(store, campaigns, curator), moments=moments, newest=NEWEST,
        quiet_after=QUIET_AFTER,
    )  # fmt: skip


def _placed(store: Store, campaigns: Iterable[Campaign], curator: Curator) -> dict[str, set[str]]:
    """The posts that editors gave to campaigns, with those that say the same."""
    found: dict[str, set[str]] = defaultdict(set)
    for key, picks in curator.picks.items():
        for pick in picks:
            if pick.campaign:
                found[pick.campaign].update(store.messages.copies(key))
    for campaign in campaigns:
        for lead in store.posts.standing(campaign_listing(campaign.slug)):
            found[campaign.slug].update(store.messages.copies(lead))
    return found


def _said(each: Reviewed) -> Said:
    post = each.post
    links = tuple(dict.fromkeys(map(unescape, _LINK.findall(post.html))))
    return Said(
        post.source,
        each.key,
        post.permalink,
        each.published,
        post.text,
        post.lang,
        post.tags,
        links,
        post.title,
    )
