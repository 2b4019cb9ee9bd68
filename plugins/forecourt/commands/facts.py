"""What is known at the end of a run, gathered for the status file: accounts, tokens, held posts, campaigns, sizes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from forecourt import campaigns, watching
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import message_ledger
from forecourt.curate.message_ledger.entries import Verdict
from forecourt.knowing import Amiss, Expiring, Health, Held, Messages, Sizes
from forecourt.report import Report
from forecourt.settling import settle
from forecourt.store import Store
from forecourt.store.sources import SourceState
from forecourt.tokens import WARN, Tokens

_AMISS = (Verdict.LATE, Verdict.MISSING, Verdict.CONTRADICTS, Verdict.STILL_RUNNING)


def health(
    store: Store, accounts: Sequence[Account], report: Report | None, now: datetime
) -> tuple[Health, ...]:
    """How each linked account fares, and how it fared in this run."""
    states, alarms = store.sources.all(), watching.alarms(store)
    told = {source.name: source.status for source in report.sources} if report else {}
    found = []
    for account in accounts:
        state = states.get(account.name) or SourceState(account.name)
        alarm = watching.held_by(account, alarms[account.name]) if account.name in alarms else ""
        newest = store.sources.posted(account.name, now, 1)
        is_well = account.enabled and not (state.error or alarm)
        silence = watching.silent(store, account, now) if is_well else None
        found.append(
            Health(
                name=account.name,
                label=account.source.label,
                network=account.connector.network,
                status=told.get(account.name, "" if account.enabled else "off"),
                posts=store.posts.count(account.name),
                held=store.posts.count(account.name, "held"),
                fresh=state.fresh,
                newest=newest[0] if newest else None,
                error=state.error,
                cause=state.cause,
                next=state.not_before if state.not_before and state.not_before > now else None,
                alarm=alarm,
                silent=silence.said if silence else "",
            )
        )
    return tuple(found)


def expiring(accounts: Sequence[Account], tokens: Tokens, now: datetime) -> Iterator[Expiring]:
    """The tokens that are missing, and those that end soon."""
    for account in accounts:
        if not account.enabled:
            continue
        ends = tokens.ends(account.name, account.connector)
        if account.missing or (ends and ends - now <= WARN):
            renewal = account.renewal
            if account.missing:
                renewal = f"put it into {' and '.join(account.missing)}{renewal.removeprefix('put it there')}"
            yield Expiring(
                account.name, account.source.label, ends, renewal, is_missing=bool(account.missing)
            )


def held(store: Store) -> Held:
    """The posts that wait for an editor."""
    waiting = [each.published for each in store.review.with_status("held")]
    return Held(len(waiting), min(waiting, default=None))


def messages(store: Store, accounts: Sequence[Account], config: Config, now: datetime) -> Messages | None:
    """The message ledger in short; None where there are no campaigns."""
    curator = settle(store, accounts, config, now)
    if not curator.campaigns:
        return None
    found = campaigns.ledger(store, accounts, curator, now)
    amiss = [
        Amiss(
            page.campaign.slug,
            page.campaign.title,
            entry.channel,
            str(verdict),
            next((one.sentence for one in entry.findings), f"{entry.channel}: {verdict}"),
        )
        for page in found.pages
        for entry in page.entries
        for verdict in entry.verdicts
        if verdict in _AMISS and entry.expected
    ]
    return Messages(message_ledger.summary(found), tuple(amiss))


def sizes(config: Config, output: Path) -> Sizes:
    """How large everything is, and what the disk still takes."""
    store = config.store.stat().st_size if config.store.exists() else 0
    pictures, site = [*_lengths(config.pictures)], [*_lengths(output)]
    free = shutil.disk_usage(config.state).free
    return Sizes(store=store, pictures=sum(pictures), output=sum(site), files=len(site), free=free)


def _lengths(folder: Path) -> Iterator[int]:
    """The length of every file below, without a Path for each: there may be a hundred thousand."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # it went away, or is nobody's to read: the step that needs it says so
