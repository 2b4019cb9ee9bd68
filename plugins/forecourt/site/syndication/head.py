"""What stands at the head of a feed, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Head:
    """A feed but its entries: legal in XML, every address whole.

    ``home`` is the page that shows the same, ``site`` the hub's; ``logo`` is "" where the brand has none.
    ``changed`` is when any entry was, the beginning of 1970 where there is none.
    """

    title: str
    subtitle: str
    home: str
    site: str
    language: str
    author: str
    logo: str
    changed: datetime
