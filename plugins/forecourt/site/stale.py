"""Which pages may differ from what stands in the output: those of what changed, and those beside them.

A page too many costs its rendering; one too few shows what is no more. So where
it is not certain that a page stays as it is, it is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.site import listings, names
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Days, Listings, Recount, is_long, months, of_month, stands
from forecourt.store import Store
from forecourt.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as it was.

    Posts after the change number ``since``; what came and went between ``then`` and ``now``; accounts and
    templates by name; what the editors wrote that was shown then, and is now, by file.
    """

    since: int
    then: datetime
    now: datetime
    accounts: AbstractSet[str]
    templates: AbstractSet[str]
    was: Mapping[str, Editorial]
    shown: Mapping[str, Editorial]


def pages(change: Change, store: Store, ledger: Ledger, shown: Listings, timezone: ZoneInfo) -> set[str]:
    """The names of the pages that may differ. What listings show is counted again in the ledger."""
    pending = (name for name in ledger.pending() if names.name(name).kind != names.MAP)
    found = {*names.SINGLES, *pending, *ledger.of_templates(change.templates)}
    due = store.changes.due(change.then, change.now)
    of_accounts = [key for name in sorted(change.accounts) for key in store.changes.of_source(name)]
    found.update(map(names.post, (*store.changes.posts_since(change.since), *due, *of_accounts)))
    touched = {*store.changes.stands_since(change.since), *store.changes.stands((*due, *of_accounts))}
    for file in {*change.was, *change.shown}:
        was, is_now = change.was.get(file), change.shown.get(file)
        if was != is_now:
            found.add(names.editorial(file))
            touched.update(stand for each in (was, is_now) if each for stand in stands(each, timezone))
    for name in change.accounts:
        found.update(names.front(f"source/{name}"))
    has_new_tags = False
    for recount in shown.recount(touched):
        found.update(_of_listing(recount))
        has_new_tags = has_new_tags or bool(recount.before) != bool(recount.after)
    if has_new_tags:  # those of a draft are links only where others have them
        found.update(names.editorial(file) for file, each in change.shown.items() if not each.listings)
    return found


def _of_listing(recount: Recount) -> Iterator[str]:
    yield from around(recount.listing, recount.days, recount.before, recount.after)
    if recount.is_renamed:
        yield from periods(recount.listing, recount.before)
        yield from periods(recount.listing, recount.after)


def around(listing: str, touched: AbstractSet[str], before: Days, after: Days) -> Iterator[str]:
    """The pages of a listing that show one of its touched days, or lead to a page that came or went."""
    yield from names.front(listing)
    was, now = is_long(listing, sum(before.values())), is_long(listing, sum(after.values()))
    if was != now:
        yield from periods(listing, before)
        yield from periods(listing, after)
        return
    if not now:
        return
    was_in, now_in = months(before), months(after)
    for month in sorted({day[:7] for day in touched}):
        yield names.period(listing, month)
        yield from _days(
            listing, month, touched, before, after, _is_large(was_in, month), _is_large(now_in, month)
        )
    for month in _beside([*was_in], [*now_in]):
        yield names.period(listing, month)


def periods(listing: str, days: Days) -> Iterator[str]:
    """Every page of a listing's archive."""
    if not is_long(listing, sum(days.values())):
        return
    found = months(days)
    for month in found:
        yield names.period(listing, month)
        if _is_large(found, month):
            yield from (names.period(listing, day) for day in of_month(days, month))


def _days(
    listing: str,
    month: str,
    touched: AbstractSet[str],
    before: Days,
    after: Days,
    was_large: bool,
    is_large: bool,
) -> Iterator[str]:
    """The pages of single days of a month that is, or was, shown day by day."""
    if not (was_large or is_large):
        return
    was_there, are_there = of_month(before, month), of_month(after, month)
    if was_large != is_large:
        shown = {*was_there, *are_there}
    else:
        shown = {*of_month(dict.fromkeys(touched, 1), month), *_beside(was_there, are_there)}
    yield from (names.period(listing, day) for day in sorted(shown))


def _beside(before: list[str], after: list[str]) -> set[str]:
    """Of pages that lead to the one before and the one after them: those that came or went, and their neighbours."""
    found: set[str] = set()
    differing = {*before} ^ {*after}
    for pages in (before, after):
        for place, page in enumerate(pages):
            if page in differing:
                found.update(pages[max(0, place - 1) : place + 2])
    return found


def _is_large(shown: dict[str, int], month: str) -> bool:
    return shown.get(month, 0) > listings.MONTH
