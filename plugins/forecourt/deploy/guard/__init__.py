"""Whether a site is fit to be seen: it is looked at whole, and compared with what is live.

``look`` reads what was built, as far as it changed, ``objections`` says what speaks against publishing it.
"""

from __future__ import annotations

from forecourt.deploy.guard.checks import CHECKS, Objection, Rules, as_json, lines, refuse, remaining
from forecourt.deploy.guard.judging import counts, objections
from forecourt.deploy.guard.looking import Looked, look

__all__ = [
    "CHECKS",
    "Looked",
    "Objection",
    "Rules",
    "as_json",
    "counts",
    "lines",
    "look",
    "objections",
    "refuse",
    "remaining",
]
