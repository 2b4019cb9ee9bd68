"""Building from a task: without Pelican where the editors' files are as they were, with it where not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from forecourt.accounts import Account
from forecourt.report import BuildReport, Listener
from forecourt.site.build import begun
from forecourt.site.look import Asked
from forecourt.store.ledger import Ledger


def refresh(
    asked: Asked, linked: Sequence[Account], now: datetime, *, dry: bool = False, told: Listener = Listener()
) -> BuildReport | None:
    """Build from what Pelican read before and the linked accounts; None where it has to read anew.

    Raises ThemeError, Busy, StoreError, OutputError.
    """
    there = Ledger.existing(asked.output)
    if there is None:
        return None
    there.close()
    accounts = [account for account in linked if account.enabled]
    with begun(asked, accounts, now, dry=dry, told=told) as build:
        return None if build.needs_pelican else build.run(None)
