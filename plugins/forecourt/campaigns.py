"""The message ledger of the hub: the editors' campaigns held against what the store knows that each channel said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape, unescape
from zoneinfo import ZoneInfo

from forecourt import linkchecks
from forecourt.accounts import Account
from forecourt.curate import campaign_listing, message_ledger
from forecourt.curate.message_ledger import LEAD, NEWEST, QUIET_AFTER, Entry, Ledger, Said
from forecourt.desk import Campaign
from forecourt.desk.writing import privately
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
        campaigns, posts, now, dead_links=linkchecks.dead(store), placed=_placed(store, campaigns, curator),
        messages={one.slug: one.messages for one in campaigns}, moments=moments, newest=NEWEST,
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


def page(found: Ledger, zone: ZoneInfo) -> str:
    """The ledger as a page for marketing: a table of channels and campaigns, what is to mend, who said it where.

    Moments are told in ``zone``, the hub's.
    """
    channels = [*dict.fromkeys(entry.channel for entry in found.entries)]
    cells = {(entry.channel, entry.campaign): entry for entry in found.entries}
    heads = "".join(
        f'<th scope="col">{escape(each.campaign.title)}<br>{each.state}</th>' for each in found.pages
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(channel)}</th>'
        + "".join(f"<td>{_cell(cells.get((channel, each.campaign.slug)), zone)}</td>" for each in found.pages)
        + "</tr>"
        for channel in channels
    )
    wrong = [
        *(finding.sentence for each in found.pages for finding in each.findings),
        *(sentence for entry in found.entries for sentence in entry.sentences),
        *(f"{each.channel} has said nothing since {each.newest:%Y-%m-%d}" for each in found.quiet),
    ]
    mend = "".join(f"<li>{escape(sentence)}</li>" for sentence in wrong) or "<li>Nothing.</li>"
    table = f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    shown = table if rows else "<p>No campaigns.</p>"
    return privately(
        f"Messages as of {found.now.astimezone(zone):%Y-%m-%d %H:%M %Z}",
        f"{shown}<h2>To mend</h2><ul>{mend}</ul>",
    )


def _cell(entry: Entry | None, zone: ZoneInfo) -> str:
    if entry is None:
        return ""
    posts = "".join(
        f'<br><a href="{escape(each.permalink)}" rel="noreferrer noopener">'
        f"{each.published.astimezone(zone):%Y-%m-%d %H:%M}</a>"
        for each in entry.posts
        if each.permalink.startswith(("https://", "http://"))
    )
    hours = round(entry.newest.total_seconds() / 3600)
    newest = f"<br>{hours} h among the newest" if hours else ""
    said = [*entry.verdicts, *(["incomplete"] if entry.lacks else [])]
    return f"{escape(', '.join(said))}{posts}{newest}"
