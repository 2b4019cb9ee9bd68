"""The two programs, as a task runs them: a fetch and a build."""

from __future__ import annotations

import contextlib
import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from forecourt import config
from forecourt.commands.given import (
    FAULTY,
    LOCKED_OUT,
    STALE,
    asked_of,
    leave,
    linked,
    pelican_arguments,
    read_settings,
    rest,
)
from forecourt.console import print_built, print_json, told
from forecourt.errors import SettingsError
from forecourt.report import BuildReport, Listener, Report
from forecourt.store import Store, alone

if TYPE_CHECKING:
    from forecourt.accounts import Account

Surroundings = tuple[Mapping[str, str], datetime]
"""The environment and the moment."""

WROTE_NOTHING = "Nothing was written (--dry-run)."


def fetch_sources(
    only: Sequence[str] = (),
    *,
    dry: bool = False,
    quiet: bool = False,
    insist: bool = False,
    settings: str = "pelicanconf.py",
    heard: Listener | None = None,
    surroundings: Surroundings | None = None,
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Ask the sources and take up their pictures, with progress on a terminal.

    ``insist`` asks those too that are left alone for now; ``heard`` hears of it in place
    of the terminal; ``surroundings`` are those of a run that this is a part of; ``defaults``
    are for what the environment does not name.
    """
    import asyncio

    from forecourt.terminal import progress

    environ, now = surroundings or config.surroundings()
    found, accounts = linked({**defaults, **environ}, settings)
    names = [account.name for account in accounts]
    if unknown := [name for name in only if name not in names]:
        raise SettingsError(
            [f'--only: no source is called "{name}"; {config.nearest(name, names)}' for name in unknown]
        )
    where = found.store, found.timezone
    opened: contextlib.AbstractContextManager[Store] = (
        Store.trial(*where) if dry else Store.run(*where, "fetch", now, keep=True)
    )
    bars = contextlib.nullcontext(heard) if heard else progress(len(only) or len(accounts), quiet=quiet)
    with opened as store, bars as listener:
        from forecourt import ingest  # 0.6 s, with all that speaks to the outside: only for who is let in

        asking = ingest.fetch(
            found, accounts, store, now, only=only, told=listener, pictures=not dry, insist=insist
        )
        report = asyncio.run(asking)
        warnings = (*filter(None, [store.mended]), *report.warnings)
        report = replace(report, warnings=warnings, campaigns=said_of_campaigns(store, accounts, found, now))
        store.reports.save("fetch", jsonlib.dumps(report.as_json()), now)
    return report


def said_of_campaigns(store: Store, accounts: Sequence[Account], found: config.Config, now: datetime) -> str:
    """Who said the messages of the campaigns, in a line; "" where there are none."""
    from forecourt import campaigns
    from forecourt.curate import message_ledger
    from forecourt.settling import settle

    enabled = [account for account in accounts if account.enabled]
    curator = settle(store, enabled, found, now)
    if not curator.campaigns:
        return ""
    return message_ledger.summary(campaigns.ledger(store, enabled, curator, now))


def fared(report: Report) -> int:
    """The exit code of a fetch: whether a credential is missing, or a source could not be read."""
    return LOCKED_OUT if report.locked_out else STALE if report.stale else 0


def build_site(
    settings: str,
    *,
    full: bool = False,
    dry: bool = False,
    quiet: bool = False,
    surroundings: Surroundings | None = None,
) -> BuildReport:
    """Build what changed: nothing, without Pelican what came from the networks, with it what the editors wrote."""
    from forecourt.site import look

    environ, now = surroundings or config.surroundings()
    _, others = pelican_arguments()
    found = config.load(read_settings(settings), Path.cwd(), environ)
    asked = asked_of(found, settings)
    is_plain = not (full or others or found.problems)
    if is_plain and (said := look.unchanged(asked, now, dry=dry)):
        if not dry:
            look.note(found.state, now)
        return replace(said, written=0, removed=0, made=0, same=said.same + said.written, seconds=0.0)
    from forecourt.accounts import link
    from forecourt.terminal import making

    accounts = link(found, environ, secrets=False)  # says what is wrong better than Pelican would
    held = contextlib.nullcontext() if dry else alone(found.state, "build", now)
    with held, making(quiet=quiet) as heard:
        if is_plain:
            from forecourt.site.refresh import refresh

            if report := refresh(asked, accounts, now, dry=dry, told=heard):
                return report
        from forecourt.site.run import build as pelican_build  # 0.4 s

        arguments = ["-s", settings, *rest()]
        return pelican_build(arguments, "" if others else asked.settings, dry=dry, full=full, told=heard)


def make(
    settings: str,
    *,
    full: bool = False,
    json: bool = False,
    dry_run: bool = False,
    debug: bool = False,
) -> None:
    """Build, say how it went, and end with 1 if something could not be read."""
    with told(debug=debug):
        report = build_site(settings, full=full, dry=dry_run, quiet=json)
    if json:
        print_json(asdict(report))
    else:
        print_built(report)
    leave(
        FAULTY if report.problems else 0, "" if json else WROTE_NOTHING if dry_run else "Next: invoke serve"
    )
