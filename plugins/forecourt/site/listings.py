"""Listings: posts of the store and articles of the editors, side by side, newest first.

A listing's front page shows the newest; months (and days, where a month is
large) hold all, at addresses that stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.site.editorial import Editorial
from forecourt.store import Store, Stored

Item = Stored | Editorial

FRONT = 24
"""Posts on a front page."""

FEED = 50
"""Entries in a feed."""

MONTH = 120
"""Posts above which a month is shown day by day."""


class Listings:
    """What every listing shows at ``now``."""

    def __init__(
        self, store: Store, articles: Sequence[Editorial], now: datetime, timezone: ZoneInfo
    ) -> None:
        self._store = store
        self._now = now
        self._articles: dict[str, dict[str, list[Editorial]]] = defaultdict(lambda: defaultdict(list))
        self._days: dict[str, Counter[str]] = defaultdict(Counter)
        for listing, days in store.posts.days(now).items():
            self._days[listing].update(days)
        for article in articles:
            day = article.published.astimezone(timezone).date().isoformat()
            for listing in article.listings:
                self._articles[listing][day].append(article)
                self._days[listing][day] += 1

    def names(self, kind: str) -> list[str]:
        """The listings of a kind ("tag", "source" …) that show anything, in order of name."""
        return sorted(name for name in self._days if name.partition("/")[0] == kind)

    def count(self, listing: str) -> int:
        """How many posts and articles a listing shows."""
        return self._days[listing].total() if listing in self._days else 0

    def newest(self, listing: str, limit: int) -> list[Item]:
        """The newest of a listing."""
        posts: list[Item] = [*self._store.posts.newest(listing, self._now, limit)]
        articles = (article for day in self._articles.get(listing, {}).values() for article in day)
        return _ordered([*posts, *articles])[:limit]

    def months(self, listing: str) -> dict[str, int]:
        """How many a listing shows in each month (2026-11), oldest month first."""
        months: Counter[str] = Counter()
        for day, count in self._days.get(listing, {}).items():
            months[day[:7]] += count
        return dict(sorted(months.items()))

    def days(self, listing: str, month: str) -> dict[str, int]:
        """How many a listing shows on each day of a month, oldest day first."""
        days = self._days.get(listing) or Counter[str]()
        return {day: days[day] for day in sorted(days) if day.startswith(month)}

    def of_period(self, listing: str, period: str) -> list[Item]:
        """All of a month or a day, newest first."""
        posts: list[Item] = [*self._store.posts.of_period(listing, period, self._now)]
        days = self._articles.get(listing, {})
        articles = (article for day in days if day.startswith(period) for article in days[day])
        return _ordered([*posts, *articles])


def _ordered(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (-item.published.timestamp(), item.key))
