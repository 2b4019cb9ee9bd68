"""Which pages may differ from what stands in the output: those of what changed, and those beside them.

A page too many costs its rendering; one too few shows what is no more. So where it is
not certain that a page stays as it is, it is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from forecourt.curate import STREAM, store_listing
from forecourt.site import names
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Listings, Recount, archive, stands
from forecourt.store import Store
from forecourt.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as it was.

    Posts after the change number ``since``; what came and went between ``then`` and ``now``; accounts and
    templates by name; ``health`` names the accounts that can or cannot be reached as they could or could not
    before, ``stores`` the listings of the stores of each; what the editors wrote that was shown then, and is
    now, by file.
    """

    since: int
    then: datetime
    now: datetime
    accounts: AbstractSet[str]
    health: AbstractSet[str]
    stores: Mapping[str, Sequence[str]]
    templates: AbstractSet[str]
    was: Mapping[str, Editorial]
    shown: Mapping[str, Editorial]


class Stale(NamedTuple):
    """The names of pages that may differ, and the days on which anything did that the hub shows."""

    pages: set[str]
    days: set[str]


def found(change: Change, store: Store, ledger: Ledger, shown: Listings, timezone: ZoneInfo) -> Stale:
    """What may differ. What listings show is counted again in the ledger."""
    pending = (name for name in ledger.pending() if names.name(name).kind != names.MAP)
    pages = {*names.SINGLES, *pending, *ledger.of_templates(change.templates)}
    due = store.changes.due(change.then, change.now)
    of_accounts = [key for name in sorted(change.accounts) for key in store.changes.naming(name)]
    pages.update(map(names.post, (*store.changes.posts_since(change.since), *due, *of_accounts)))
    touched = {*store.changes.stands_since(change.since), *store.changes.stands((*due, *of_accounts))}
    stores = ledger.owners("front store/")
    for file in _changed_files(change):
        pages.add(names.editorial(file))
        of_file = [each[file] for each in (change.was, change.shown) if file in each]
        pages.update(_of_kinds(of_file, stores))
        touched.update(stand for each in of_file for stand in stands(each, timezone))
    has_new_tags = False
    for recount in shown.recount(touched):
        pages.update(_of_listing(recount))
        has_new_tags = has_new_tags or bool(recount.before) != bool(recount.after)
    for name in change.accounts:
        listing = f"source/{name}"
        pages.update(names.front(listing), (names.period(listing, when) for when in shown.archive(listing)))
    if change.accounts:
        pages.update(stores)  # also that of the one that an account was of before
    for name in change.accounts | change.health:
        pages.update(f"front {listing}" for listing in (f"source/{name}", *change.stores.get(name, ())))
    pages.update(map(names.editorial, _gathering(change, {stand.listing for stand in touched})))
    if has_new_tags:  # those of a draft are links only where others have them
        pages.update(names.editorial(file) for file, each in change.shown.items() if not each.listings)
    return Stale(pages, {stand.day for stand in touched if stand.listing == STREAM})


def _changed_files(change: Change) -> set[str]:
    """The files of what the editors changed, and of the same in other languages, which lead to it."""
    found: set[str] = set()
    for file in {*change.was, *change.shown}:
        was, is_now = change.was.get(file), change.shown.get(file)
        if was != is_now:
            found.update((file, *(was.translations if was else ()), *(is_now.translations if is_now else ())))
    return found


def _of_kinds(editorials: Iterable[Editorial], stores: Sequence[str]) -> Iterator[str]:
    """Pages beside its own that go by what the editors wrote: those of a campaign's posts, of a store.

    ``stores`` are the pages of all stores.
    """
    for each in editorials:
        if each.campaign:
            yield from names.front(each.gathers)
        if each.shop:
            yield from names.front(store_listing(each.shop.slug))
            yield from stores  # one of which may have had its accounts
        if each.happening and each.happening.store:
            yield from names.front(store_listing(each.happening.store))


def _gathering(change: Change, listings: AbstractSet[str]) -> Iterator[str]:
    """The editors' pages that show what came or went on one of these listings."""
    return (file for file, each in change.shown.items() if each.gathers in listings)


def _of_listing(recount: Recount) -> Iterator[str]:
    """The pages of a listing that show one of the days counted again, or lead to a page that came or went."""
    yield from names.front(recount.listing)
    before, after = archive(recount.listing, recount.before), archive(recount.listing, recount.after)
    for when in {**before, **after}:
        period = after.get(when)
        shows = period and not period.parts and any(day.startswith(when) for day in recount.days)
        if shows or recount.is_renamed or period != before.get(when):
            yield names.period(recount.listing, when)
