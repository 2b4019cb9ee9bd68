"""What visitors search in: every post and page as a record, in shards that are indexed only when they change.

``renew`` is all that a build calls; docs/search.md tells the whole story.
"""

from __future__ import annotations

from forecourt.site.search.records import Record, Thumbnail, record
from forecourt.site.search.renewal import ANYTHING, SHARDS, Bundle, Renewal, renew
from forecourt.site.search.shards import Shard, plan

__all__ = [
    "ANYTHING",
    "SHARDS",
    "Bundle",
    "Record",
    "Renewal",
    "Shard",
    "Thumbnail",
    "plan",
    "record",
    "renew",
]
