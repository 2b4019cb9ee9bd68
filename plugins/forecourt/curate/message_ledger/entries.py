"""What the ledger holds: posts that say a message, verdicts and findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.desk import Campaign


@dataclass(frozen=True, slots=True)
class Said:
    """A post as the ledger reads it: ``text`` is plain, ``tags`` are without their sign, ``published`` has a zone.

    ``source`` is the name of its channel, ``key`` what the store calls it, ``lang`` a language tag or "".
    """

    source: str
    key: str
    permalink: str
    published: datetime
    text: str
    lang: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    title: str = ""


class Verdict(StrEnum):
    """What became of a message on a channel."""

    CONTRADICTS = "contradicts"  # a post says it otherwise than the campaign
    STILL_RUNNING = "still running"  # a post offers it after the end
    MISSING = "missing"  # it runs, the grace is over, and nothing was said
    LATE = "late"  # first said after the grace
    SAID = "said"
    DUE = "due"  # it runs, and there is still time
    WAITING = "waiting"  # it has not begun
    NEVER = "never said"  # it is over


DEAD_LINK = "dead link"
"""The kind of a finding on a link that leads nowhere."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: ``kind`` of fact, ``short`` "20 % and 25 %", a ``sentence``, the ``post``'s address.

    ``kind`` is one of the facts' ("percent", "price", "day", "time", "code", "link"), ``DEAD_LINK``, or the verdict.
    """

    kind: str
    short: str
    sentence: str
    post: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A campaign on a channel. ``verdicts`` stand in the order of ``Verdict``, one at least.

    ``posts`` are those that say it, the oldest first, and ``reasons`` why each belongs to it. ``newest`` is how
    long, while it ran until now, one of them was among the channel's newest. A channel that is not ``expected``
    has an entry where it said something of the campaign. ``lacks`` are facts that none of the posts states ("no 20 %").
    """

    campaign: str
    channel: str
    verdicts: tuple[Verdict, ...]
    posts: tuple[Said, ...] = ()
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    newest: timedelta = timedelta(0)
    expected: bool = True
    lacks: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is to be mended on the channel."""
        lacks = (f"{self.channel} says it incomplete: {', '.join(self.lacks)}",) if self.lacks else ()
        return (*(finding.sentence for finding in self.findings), *lacks)


@dataclass(frozen=True, slots=True)
class Page:
    """A campaign in the ledger: its entries by channel, and what is wrong with the campaign itself.

    ``ran`` is for how long it has run until now.
    """

    campaign: Campaign
    state: str  # "waiting", "running" or "over"
    ran: timedelta
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to mend: of what is over, only that it goes on being offered."""
        if any(Verdict.STILL_RUNNING in entry.verdicts for entry in self.entries):
            return False
        if self.state == "over":
            return True
        wrong = {Verdict.CONTRADICTS, Verdict.MISSING, Verdict.LATE}
        return not self.findings and not any(wrong & {*entry.verdicts} for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A channel that has said nothing since ``newest``, ``silent`` for many times its ``usual`` gap."""

    channel: str
    newest: datetime
    silent: timedelta
    usual: timedelta


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every campaign at the moment ``now``, in the order of their beginnings, and the channels gone quiet."""

    now: datetime
    pages: tuple[Page, ...]
    quiet: tuple[Quiet, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, campaign by campaign."""
        return tuple(entry for page in self.pages for entry in page.entries)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to mend; a quiet channel alone is no fault of a campaign's."""
        return all(page.is_clean for page in self.pages)
