"""Listings: posts of the store and articles of the editors, side by side, newest first.

A listing's front page shows the newest; its archive (``periods``) holds all, at addresses
that stay. How many a listing shows on each day stands in the ledger, so that nobody
has to count the archive.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.curate import STREAM, tag_listing
from forecourt.site.editorial import Editorial, Writings
from forecourt.site.periods import Days, Period, outline
from forecourt.store import Store, Stored
from forecourt.store.changes import Stand
from forecourt.store.ledger import Ledger

Item = Stored | Editorial

FRONT = 24
"""Posts on a front page."""

FEED = 50
"""Entries in a feed."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What a listing showed and shows on all its days, of which some were counted again."""

    listing: str
    days: AbstractSet[str]
    before: Days
    after: Days
    is_renamed: bool


class Listings:
    """What every listing shows at ``now``."""

    def __init__(
        self, store: Store, ledger: Ledger, writings: Writings, now: datetime, timezone: ZoneInfo
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._now = now
        self._timezone = timezone
        self._writings = writings
        self._articles: dict[str, dict[str, list[Editorial]]] = defaultdict(lambda: defaultdict(list))
        for article in writings.leads():
            for stand in stands(article, timezone):
                self._articles[stand.listing][stand.day].append(article)
        self._known: dict[str, tuple[int, str]] = {}
        self._archives: dict[str, dict[str, Period]] = {}

    def counts(self, kind: str) -> dict[str, int]:
        """How many each listing of a kind ("tag", "source" …) shows, in order of name; those that show anything."""
        return self._ledger.counts(f"{kind}/")

    def titles(self, kind: str) -> dict[str, str]:
        """What the listings of a kind are called, as far as their posts say."""
        return self._ledger.titles(f"{kind}/")

    def count(self, listing: str) -> int:
        """How many posts and articles a listing shows."""
        return self._listing(listing)[0]

    def title(self, listing: str) -> str:
        """What a listing is called, where its posts say so."""
        return self._listing(listing)[1]

    def archive(self, listing: str) -> dict[str, Period]:
        """The pages of a listing's archive, by their period."""
        if listing not in self._archives:
            self._archives[listing] = archive(listing, self._ledger.days(listing))
        return self._archives[listing]

    def newest(self, listing: str, limit: int) -> list[Item]:
        """The newest of a listing."""
        posts: list[Item] = [*self._store.posts.newest(listing, self._now, limit)]
        articles = (article for day in self._articles.get(listing, {}).values() for article in day)
        return self._shown(_ordered([*posts, *articles])[:limit])

    def of_period(self, listing: str, period: str) -> list[Item]:
        """All of a month or a day, newest first."""
        posts: list[Item] = [*self._store.posts.of_period(listing, period, self._now)]
        days = self._articles.get(listing, {})
        articles = (article for day in days if day.startswith(period) for article in days[day])
        return self._shown(_ordered([*posts, *articles]))

    def recount(self, touched: Iterable[Stand]) -> Iterator[Recount]:
        """Count again what days of listings show, and say what it was and is."""
        of_listings: dict[str, set[str]] = defaultdict(set)
        for listing, day in touched:
            of_listings[listing].add(day)
        for listing, days in sorted(of_listings.items()):
            before = self._ledger.days(listing)
            for day in days:
                articles = len(self._articles[listing][day])
                posts = self._store.posts.count_shown(listing, day, self._now)
                self._ledger.count_day(listing, day, posts + articles)
            after = self._ledger.days(listing)
            was, title = self._ledger.listing(listing)[1], self._spelling(listing)
            self._ledger.keep_listing(listing, sum(after.values()), title)
            yield Recount(listing, days, before, after, title != was)
        self._forget()

    def count_all(self) -> None:
        """Count what all listings show, from nothing."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for listing, day, shown in self._store.posts.days(self._now):
            found[listing][day] = shown
        for listing, days in self._articles.items():
            found[listing].update({day: len(articles) for day, articles in days.items()})
        self._ledger.count_days(
            (listing, day, shown) for listing, days in found.items() for day, shown in days.items() if shown
        )
        for listing, counts in found.items():
            self._ledger.keep_listing(listing, counts.total(), self._spelling(listing))
        self._forget()

    def _shown(self, items: Iterable[Item]) -> list[Item]:
        return [self._writings.shown(item) if isinstance(item, Editorial) else item for item in items]

    def _forget(self) -> None:
        self._known.clear()
        self._archives.clear()

    def _listing(self, listing: str) -> tuple[int, str]:
        if listing not in self._known:
            self._known[listing] = self._ledger.listing(listing)
        return self._known[listing]

    def _spelling(self, listing: str) -> str:
        """A tag as its oldest post writes it, which newer ones do not change; "" for other listings."""
        if not listing.startswith("tag/"):
            return ""
        items: list[Item] = [*self._store.posts.oldest(listing, self._now)]
        items += (article for day in self._articles.get(listing, {}).values() for article in day)
        if not items:
            return ""
        oldest = _ordered(items)[-1]
        tags = oldest.tags if isinstance(oldest, Editorial) else oldest.post.tags
        return next((tag for tag in tags if tag_listing(tag) == listing), "")


def stands(article: Editorial, timezone: ZoneInfo) -> list[Stand]:
    """Where an article stands among the posts."""
    day = article.published.astimezone(timezone).date().isoformat()
    return [Stand(listing, day) for listing in article.listings]


def archive(listing: str, days: Days) -> dict[str, Period]:
    """The pages of the archive of a listing that shows this; none where its front page shows all there is."""
    is_long = listing == STREAM or sum(days.values()) > FRONT
    return outline(days) if is_long else {}


def _ordered(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (-item.published.timestamp(), item.key))
