"""What a text states as facts: amounts, days, times, codes and links, in English, French, German, Spanish and Arabic.

In any other language only what needs none is read: "20 %", "24 €", "2026-11-28", "21:00", a code after its
English name. Pure: no clock, no store.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from forecourt.curate.facts.comparing import Conflict, conflicts, shown_slip
from forecourt.curate.facts.reading import read, shown_code, shown_link
from forecourt.curate.facts.stated import Facts

__all__ = ["Conflict", "Facts", "conflicts", "found", "shown_code", "shown_link", "shown_slip"]


def found(text: str, lang: str, said: datetime, links: Iterable[str] = ()) -> Facts:
    """What a text of that language (BCP 47, "" if unknown) states, with the links that it carries.

    A day without a year is the first that lies less than three months before ``said``. The first
    ``reading.LONGEST`` characters are read; nothing raises.
    """
    one = read(text, lang, said, links)
    return Facts(
        frozenset(one.percents),
        frozenset(one.prices),
        frozenset(one.days),
        frozenset(one.weekdays),
        frozenset(one.times),
        frozenset(one.codes),
        frozenset(one.links),
        frozenset(one.spans),
        frozenset(one.slips),
    )
