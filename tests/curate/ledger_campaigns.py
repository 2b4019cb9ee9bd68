"""A campaign and posts about it, for the tests of the message ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from forecourt.curate.message_ledger import Entry, Ledger, Said, ledger
from forecourt.desk import Campaign, Promise

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 12, 12, 10, tzinfo=PARIS)
END = datetime(2026, 12, 25, tzinfo=PARIS)
NOW = datetime(2026, 12, 16, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SALE = Campaign(
    slug="winter-sale",
    place="content/campaigns/winter-sale.md",
    title="Winter sale",
    lang="en",
    start=START,
    end=END,
    hashtags=("WinterLight",),
    message="20 % off every lamp made by hand in our own workshops, with the code LIGHT20",
    promise=Promise(percent=Decimal(20), code="LIGHT20", link="https://larkwood.example/winter/"),
    channels=("mastodon", "facebook"),
    owner="Ida Brandt",
)


def post(text: str, published: datetime = START + HOUR, source: str = "mastodon", **more: Any) -> Said:
    key = f"{source}/{published:%m%d%H%M%S}"
    return replace(Said(source, key, f"https://{source}.example/1", published, text), **more)


def kept(
    posts: Sequence[Said],
    now: datetime = NOW,
    campaign: Campaign = SALE,
    others: Sequence[Campaign] = (),
    **more: Any,
) -> Ledger:
    by_source: dict[str, list[Said]] = {"mastodon": [], "facebook": []}
    for one in posts:
        by_source.setdefault(one.source, []).append(one)
    return ledger([campaign, *others], by_source, now, **more)


def on(found: Ledger, channel: str = "mastodon", campaign: str = "winter-sale") -> Entry:
    return next(entry for entry in found.entries if (entry.channel, entry.campaign) == (channel, campaign))
