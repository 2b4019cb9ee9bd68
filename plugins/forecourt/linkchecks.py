"""Whether the links of campaigns lead anywhere: each is asked about once a day while its campaign runs.

Only what is certain is told: that a page is not there (404, 410), or that its host is not. A server in trouble, one
that refuses robots or wants to be left alone says nothing of the page, and is asked again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import msgspec

from forecourt import urls
from forecourt.config import Config
from forecourt.connectors import Request
from forecourt.desk import Campaign
from forecourt.errors import Answered, FetchError, TooLarge, UnknownHost
from forecourt.fetch import Door, Limits
from forecourt.fetch import each as at_once
from forecourt.store import Store

SOON = timedelta(days=3)
"""How long before its start a campaign's link is asked about: until then its page may well not be there."""

DAILY = timedelta(hours=23)
"""Between two looks: a run of every day that begins a minute early asks again."""

AGAIN = timedelta(minutes=50)
"""After a look that told nothing; hosts that refuse robots are not asked at every run."""

_LIMITS = Limits(deadline=15, size=64 * 1024)
_AT_ONCE = 8
_REPORT = "links"
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_RESERVED = (
    ".example",
    ".invalid",
    ".test",
)  # RFC 2606: names that lead nowhere, and stand in what shows how
_PLAIN = {"Accept-Encoding": "identity"}  # what is packed strangely is there, too


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a link: when to ask ``again``; since when it is ``dead``, if it is, and what ``said`` so."""

    again: datetime
    dead: datetime | None = None
    said: str = ""


def dead(store: Store) -> dict[str, str]:
    """The links that lead nowhere, each with what was answered and since when: "it answers 404 since 2026-11-22 …"."""
    return {
        link: f"{look.said} since {look.dead.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        for link, look in _known(store).items()
        if look.dead
    }


async def ask(
    door: Door, store: Store, config: Config, campaigns: Collection[Campaign], now: datetime,
    *, is_online: bool,
) -> None:  # fmt: skip
    """Ask about the links of campaigns that run or soon will, as far as it is time, and remember what was answered.

    Those of no such campaign are forgotten. ``is_online`` is whether any server answered just now: without, a host
    that cannot be found says more about this machine. Raises StoreError, and nothing for what a server does.
    """
    before = _known(store)
    links = _wanted(campaigns, now)
    found = {link: before.get(link, Look(now)) for link in links}
    due = [link for link, look in found.items() if look.again <= now]

    async def one(link: str) -> None:
        found[link] = await _asked(door, link, found[link], now, is_online=is_online)

    own = {link: slug for link in due if (slug := _own_campaign(link, config))}
    for link, slug in own.items():
        there = any(each.slug == slug and now < each.end for each in campaigns)
        found[link] = _told(found[link], "" if there else f"the hub has no campaign {slug}", now)
    await at_once([link for link in due if link not in own], one, _AT_ONCE)
    if found != before:
        with store.transaction():
            store.reports.save(_REPORT, msgspec.json.encode(found).decode(), now)


def _known(store: Store) -> dict[str, Look]:
    last = store.reports.last(_REPORT)
    return msgspec.json.decode(last[1], type=dict[str, Look]) if last else {}


def _wanted(campaigns: Collection[Campaign], now: datetime) -> list[str]:
    """The links to ask about; those of names that are reserved for showing how lead nowhere by design."""
    links = {
        urls.absolute(each.promise.link)
        for each in campaigns
        if each.promise.link and each.start - SOON <= now < each.end
    }
    return sorted(link for link in links if link and not f".{urls.host(link)}".endswith(_RESERVED))


def _own_campaign(link: str, config: Config) -> str:
    """The campaign on whose page on the hub a link leads, "" where it leads elsewhere.

    It may be on nobody's server yet: only the next publishing puts it there.
    """
    for own in filter(None, (config.address, config.site_url)):
        ours, theirs = urlsplit(own), urlsplit(link)
        root = ours.path.rstrip("/") + "/"
        if theirs.netloc == ours.netloc and theirs.path.startswith(root):
            folders = unquote(theirs.path.removeprefix(root)).split("/")
            tail = folders[1:] if folders[0] in config.languages else folders
            return tail[1] if tail[:1] == ["campaigns"] and len(tail) > 1 else ""
    return ""


async def _asked(door: Door, link: str, before: Look, now: datetime, *, is_online: bool) -> Look:
    try:
        await door.ask(Request(link, headers=_PLAIN), now=now, limits=_LIMITS)
    except FetchError as error:
        said = _verdict(error, link, is_online=is_online)
        if said is None:
            return replace(before, again=max(now + AGAIN, error.retry_at or now))
        return _told(before, said, now)
    return _told(before, "", now)


def _verdict(error: FetchError, link: str, *, is_online: bool) -> str | None:
    """Why a link leads nowhere, "" where it leads somewhere, and None where what happened says neither."""
    if isinstance(error, UnknownHost):
        return f"{urls.host(link)} cannot be found" if is_online else None
    if isinstance(error, Answered) and error.status in _GONE:
        return f"it answers {error.status}"
    is_there = (
        isinstance(error, Answered) and error.status < HTTPStatus.MULTIPLE_CHOICES
    )  # 204: nothing to say
    return "" if is_there or isinstance(error, TooLarge) else None


def _told(before: Look, said: str, now: datetime) -> Look:
    """What is known after an answer that is certain: ``said`` is why it leads nowhere, "" where it does not."""
    return Look(now + DAILY, (before.dead or now) if said else None, said)
