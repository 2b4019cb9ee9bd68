"""What can be searched for: the records of posts, articles and pages, as the first edition shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from forecourt import text
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import STREAM
from forecourt.site import addresses, search
from forecourt.site.claims import INDEX, Claims
from forecourt.site.editorial import Editorial
from forecourt.site.inventory import Inventory
from forecourt.site.search import Record, Renewal, Shard
from forecourt.site.writer import Output
from forecourt.store import Stored
from forecourt.store.ledger import File, Ledger


class Finding:
    """Gives the search its records: of what is shown, has a page, and may be searched by its platform's terms."""

    def __init__(self, inventory: Inventory, accounts: Sequence[Account], days: Mapping[str, int]) -> None:
        """``days`` is how many posts and articles the hub shows on each."""
        self._inventory = inventory
        self._accounts = {account.name: account for account in accounts}
        self.days = days

    def of_shard(self, shard: Shard) -> Iterator[Record]:
        """The records of a stretch of days."""
        for day in self.days:
            if shard.first <= day <= shard.last:
                for item in self._inventory.listings.of_period(STREAM, day):
                    found = self._post(item) if isinstance(item, Stored) else self._family(item)
                    yield from (record for record in found if shard.holds(record.path))

    def pages(self) -> list[Record]:
        """The records of the editors' pages, which are of no day."""
        written = self._inventory.writings.by_file.values()
        return [self._editorial(each) for each in written if each.listed and not each.is_article]

    def _post(self, stored: Stored) -> Iterator[Record]:
        account = self._accounts[stored.post.source]
        if account.connector.terms.index:
            card, path = self._inventory.present.card(stored), addresses.post(stored.key)
            yield search.record(
                card, path, stored.post.text, store=account.source.store, everywhere=True,
                campaigns=self._campaigns.get(stored.key, ()),
            )  # fmt: skip

    def _family(self, item: Editorial) -> Iterator[Record]:
        """An article in each language it is there in."""
        return map(self._editorial, self._inventory.writings.family(item))

    def _editorial(self, item: Editorial) -> Record:
        card = self._inventory.present.card(item)
        own = (item.campaign.slug,) if item.campaign else ()
        return search.record(
            card, item.path, text.plain(item.html), campaigns=own, is_page=not item.is_article
        )

    @cached_property
    def _campaigns(self) -> dict[str, tuple[str, ...]]:
        """The campaigns that posts belong to, by their keys; whether one runs does not matter, as of topics."""
        found: dict[str, tuple[str, ...]] = {}
        for listing in sorted(self._inventory.listings.counts("campaign")):
            for key in self._inventory.store.posts.standing(listing):
                found[key] = (*found.get(key, ()), listing.partition("/")[2])
        return found


def bring(
    records: Finding, config: Config, ledger: Ledger, claims: Claims, output: Output,
    *, was: str, touched: Collection[str] | None,
) -> Renewal:  # fmt: skip
    """Bring the search in line with what is shown.

    ``was`` is the fact of the last build, ``touched`` the days on which anything changed since, None for all.
    """
    done = search.renew(
        config.state, was, records.days, touched, records.of_shard, records.pages(), config.language,
        anew=touched is None,
    )  # fmt: skip
    _put(done, ledger, claims, output)
    return done


def _put(done: Renewal, ledger: Ledger, claims: Claims, output: Output) -> None:
    """Have the files of the search in the output, and those no more that are of none of its parts."""
    for bundle in done.bundles:
        _have(bundle.name, bundle.files(), claims, output)
    _have(search.SHARDS, [(search.SHARDS, done.listing)], claims, output)
    there = {*done.kept, *(bundle.name for bundle in done.bundles), search.SHARDS}
    for owner in ledger.owners(f"{INDEX} "):
        if owner.partition(" ")[2] not in there:
            claims.only(owner, ())


def leave(ledger: Ledger, claims: Claims) -> None:
    """Have no search any more."""
    for owner in ledger.owners(f"{INDEX} "):
        claims.only(owner, ())


def _have(name: str, files: Iterable[tuple[str, bytes]], claims: Claims, output: Output) -> None:
    owner, paths = f"{INDEX} {name}", set()
    for file, data in files:
        path = addresses.INDEX + file
        paths.add(path)
        claims.add(File(path, owner), is_new=output.write(path, data))
    claims.only(owner, paths)
