"""Whether a source is still whose it was: what is usual of it, and what of it is so odd that a person must look.

A lapsed domain fills with a casino's posts, an account that was broken into posts sixty
times in an hour, a new program issues an archive under new ids. Brands do odd things
too: ten photos of one event, a post in French, a campaign with a domain of its own.
So each sign has a weight, and a source is held from ``ENOUGH`` on: by one sign that
nothing harmless gives, or by two of which each may be harmless.

Pure: no store, no clock. Kept of a source are numbers, names of sites and the short
words of its language, never what a post said.
"""

from __future__ import annotations

from forecourt.vigilance.habits import Habits, Seen, Share, learnt
from forecourt.vigilance.reading import domain, repeats
from forecourt.vigilance.signs import ENOUGH, Alarm, alarm
from forecourt.vigilance.silence import Silence, silence

__all__ = [
    "ENOUGH", "Alarm", "Habits", "Seen", "Share", "Silence", "alarm", "domain", "learnt", "repeats", "silence",
]  # fmt: skip
