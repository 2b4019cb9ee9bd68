"""The ledger for machines, for a terminal, and in a line for the report of a fetch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forecourt.curate.message_ledger.entries import DEAD_LINK, Entry, Ledger, Page, Said, Verdict

_SHORT = {Verdict.STILL_RUNNING: "still on", Verdict.NEVER: "never"}
_NOTHING = "·"
_SPOKEN = frozenset({Verdict.SAID, Verdict.LATE})


def as_json(ledger: Ledger) -> dict[str, Any]:  # what json takes
    """The ledger in plain values, always in the same order: moments as ISO 8601, lengths of time in seconds."""
    return {
        "now": ledger.now.isoformat(),
        "clean": ledger.is_clean,
        "campaigns": [_page(page) for page in ledger.pages],
        "quiet": [
            {
                "channel": one.channel,
                "newest": one.newest.isoformat(),
                "silent": int(one.silent.total_seconds()),
                "usual": int(one.usual.total_seconds()),
            }
            for one in ledger.quiet
        ],
    }


def _page(page: Page) -> dict[str, Any]:
    campaign = page.campaign
    return {
        "campaign": campaign.slug,
        "title": campaign.title,
        "place": campaign.place,
        "owner": campaign.owner,
        "start": campaign.start.isoformat(),
        "end": campaign.end.isoformat(),
        "state": page.state,
        "ran": int(page.ran.total_seconds()),
        "clean": page.is_clean,
        "findings": [finding.sentence for finding in page.findings],
        "channels": [_entry(entry) for entry in page.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "channel": entry.channel,
        "expected": entry.expected,
        "verdicts": [str(verdict) for verdict in entry.verdicts],
        "newest": int(entry.newest.total_seconds()),
        "lacks": [*entry.lacks],
        "posts": [_post(post, why) for post, why in zip(entry.posts, entry.reasons, strict=True)],
        "findings": [
            {"kind": str(one.kind), "short": one.short, "sentence": one.sentence, "post": one.post}
            for one in entry.findings
        ],
    }


def _post(post: Said, why: str) -> dict[str, Any]:
    return {
        "key": post.key,
        "permalink": post.permalink,
        "published": post.published.isoformat(),
        "title": post.title,
        "why": why,
    }


def lines(ledger: Ledger) -> tuple[str, ...]:
    """The ledger for a terminal: a line for each channel, a column for each campaign, and the findings below."""
    if not ledger.pages:
        return ("No campaigns.", *_quiet(ledger))
    channels = [*dict.fromkeys(entry.channel for entry in ledger.entries)]
    cells = {(entry.channel, entry.campaign): _cell(entry) for entry in ledger.entries}
    slugs = [page.campaign.slug for page in ledger.pages]
    rows = [
        ["channel", *slugs],
        ["", *(page.state for page in ledger.pages)],
        *([channel, *(cells.get((channel, slug), _NOTHING) for slug in slugs)] for channel in channels),
    ]
    return (*_table(rows), *_findings(ledger), *_quiet(ledger))


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _cell(entry: Entry) -> str:
    """The verdicts in a few letters; that it was said goes without saying where something else is to be said."""
    told: list[Verdict] = [verdict for verdict in entry.verdicts if verdict != Verdict.SAID] or list(
        entry.verdicts
    )
    if Verdict.STILL_RUNNING in told:
        told = [verdict for verdict in told if verdict != Verdict.NEVER]
    return ", ".join(_SHORT.get(verdict, str(verdict)) for verdict in told)


def _findings(ledger: Ledger) -> list[str]:
    found = []
    for page in ledger.pages:
        sentences = [finding.sentence for finding in page.findings]
        sentences += [sentence for entry in page.entries for sentence in entry.sentences]
        if sentences:
            found += [
                "",
                f"{page.campaign.title} ({page.campaign.slug}):",
                *(f"- {one}" for one in sentences),
            ]
    return found


def _quiet(ledger: Ledger) -> list[str]:
    if not ledger.quiet:
        return []
    found = ["", "Gone quiet:"]
    return [
        *found,
        *(f"- {one.channel} has said nothing since {one.newest:%Y-%m-%d}" for one in ledger.quiet),
    ]


def summary(ledger: Ledger) -> str:
    """The ledger in a line, campaign by campaign: those that run, and those with something left to mend."""
    told = [page for page in ledger.pages if page.state == "running" or not page.is_clean]
    return "; ".join(_sentence(page) for page in told)


def _sentence(page: Page) -> str:
    expected = [entry for entry in page.entries if entry.expected]
    spoken = sum(1 for entry in expected or page.entries if _SPOKEN & {*entry.verdicts})
    among = f"{spoken} of {len(expected)} channels" if expected else f"{spoken} channel{'s'[: spoken != 1]}"
    parts = [f"said on {among}"] if page.state == "running" else []
    for verdict in (Verdict.LATE, Verdict.MISSING):
        names = [entry.channel for entry in page.entries if verdict in entry.verdicts]
        if names:
            parts.append(f"{verdict} on {', '.join(names)}")
    for verdict in (Verdict.CONTRADICTS, Verdict.STILL_RUNNING):
        parts += [_told(verdict, entry) for entry in page.entries if verdict in entry.verdicts]
    parts += [
        f"its link is dead ({one.short})" if one.kind == DEAD_LINK else f"contradicts itself ({one.short})"
        for one in page.findings
    ]
    return f"Campaign {page.campaign.slug}: {', '.join(parts)}"


def _told(verdict: Verdict, entry: Entry) -> str:
    mine = [
        one
        for one in entry.findings
        if (one.kind == Verdict.STILL_RUNNING) == (verdict == Verdict.STILL_RUNNING)
    ]
    short = dict.fromkeys(one.short for one in mine if one.kind not in (Verdict.LATE, Verdict.MISSING))
    return f"{verdict} on {entry.channel} ({', '.join(short)})"
