"""What can be searched for: the records of posts, articles and pages, as the first edition shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from forecourt import text
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import STREAM, store_listing
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
        """The records of the editors' pages and of their stores', which are of no day."""
        written = self._inventory.writings.by_file.values()
        pages = (self._editorial(each) for each in written if each.listed and not each.is_article)
        return [*pages, *self._shops()]

    def _post(self, stored: Stored) -> Iterator[Record]:
        if not self._accounts[stored.post.source].connector.terms.index:
            return
        said = dict.fromkeys(each.source for each in (stored.post, *stored.copies))
        stores = self._inventory.agenda.stores
        yield search.record(
            self._inventory.present.card(stored), addresses.post(stored.key), stored.post.text,
            networks=[self._accounts[name].connector.network for name in said if name in self._accounts],
            stores=[stores[name] for name in said if name in stores],
            campaigns=self._campaigns.get(stored.key, ()), everywhere=True,
        )  # fmt: skip

    def _shops(self) -> Iterator[Record]:
        """The page of each local store, in each language that the editors wrote about it in."""
        of_slug: dict[str, dict[str, Editorial]] = {}
        for each in self._inventory.writings.shops:
            if each.shop and each.listed:
                of_slug.setdefault(each.shop.slug, {}).setdefault(each.lang, each)
        for slug, there in sorted(of_slug.items()):
            shown: dict[str, tuple[str, Editorial]] = {}
            for folder, language in self._inventory.frame.languages.items():
                first = there.get(self._inventory.language) or next(iter(there.values()))
                each = there.get(language.tag, first)
                shown.setdefault(each.source, (folder, each))
            for folder, each in shown.values():
                path = addresses.spoken(addresses.listing(store_listing(slug)), folder)
                yield search.record(
                    self._inventory.present.card(each), path, _of_shop(each), stores=[slug],
                    everywhere=len(shown) == 1, is_page=True,
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


def _of_shop(written: Editorial) -> str:
    """All that is said about a store, where it is at the end."""
    shop = written.shop
    facts = [f"{what}: {how}" for what, how in shop.facts] if shop else []
    where = [shop.address, shop.town, shop.country] if shop else []
    return "\n".join(filter(None, (text.plain(written.html), *facts, *where)))


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
