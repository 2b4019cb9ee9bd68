"""The message ledger: which channel said a campaign's message, when, and whether it said it right.

Pure: no clock, no store. Moments are compared as moments (in UTC), so that an hour that a clock skips or shows
twice is neither.
"""

from __future__ import annotations

from forecourt.curate.message_ledger.belonging import ENOUGH, LEAD, TAIL
from forecourt.curate.message_ledger.deciding import GRACE, ledger
from forecourt.curate.message_ledger.entries import Entry, Finding, Ledger, Page, Quiet, Said, Verdict
from forecourt.curate.message_ledger.rhythm import NEWEST, QUIET_AFTER
from forecourt.curate.message_ledger.showing import as_json, lines, summary

__all__ = [
    "ENOUGH", "GRACE", "LEAD", "NEWEST", "QUIET_AFTER", "TAIL", "Entry", "Finding", "Ledger", "Page", "Quiet",
    "Said", "Verdict", "as_json", "ledger", "lines", "summary",
]  # fmt: skip
