"""What the guard may object to, by its rules; and how that is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec

from forecourt.errors import SettingsError, Unsafe

CHECKS: Mapping[str, str] = {
    "fewer-posts": "the site has far fewer posts than the one that is live",
    "fewer-pages": "the site has far fewer pages than the one that is live",
    "empty-network": "a network that had posts has none",
    "missing-entry": "a page or file by which visitors and programs come in is missing",
    "broken-link": "a link, picture or file of ours leads to nothing",
    "too-heavy": "a page, or what it loads at once, is larger than its budget",
    "secret": "a secret of this hub can be read",
    "key": "something that looks like a key or token of a well-known service can be read",
    "third-party": "a page makes the browser ask another host",
    "template-error": "a page is empty, cut off, or shows a mistake of a template",
    "too-large": "the site is more than its host takes",
    "local-address": "the site was built for another address than the public one",
    "draft": "a draft would be published",
}
"""Every check by its name, which ``--force`` takes, with what it says."""

SHOWN = 5
"""Objections of one check that are shown in a terminal."""


class Objection(NamedTuple):
    """One reason not to publish the site."""

    check: str
    """Its name in ``CHECKS``."""
    path: str
    """The file of the site that it is about, "" where it is about the whole."""
    words: str
    """What is wrong, and what to do."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """By what a site is judged."""

    address: str
    """Where visitors find it: SITEURL, without a slash at its end."""
    languages: tuple[str, ...] = ()
    """Folders of the languages beside the first: ``fr``."""
    fall: float = 0.2
    """Share of the posts, and of the pages, that may be gone at once."""
    few: int = 5
    """Posts or pages that may be gone whatever share they are; never the last one."""
    page: int = 300_000
    """Bytes that the HTML of a page may have, unpacked."""
    view: int = 1_500_000
    """Bytes of all that a page loads at once: styles, scripts, signs, pictures that do not wait."""
    hosts: frozenset[str] = frozenset()
    """Other hosts that a page may load from: ``fonts.your-shop.example``."""
    limits: tuple[tuple[str, int], ...] = ()
    """What the host takes at the most, as ``Target.limits`` says it."""


def remaining(objections: Sequence[Objection], force: Collection[str]) -> tuple[Objection, ...]:
    """Those that ``force`` does not name. Raises SettingsError where it names a check that there is not."""
    unknown = sorted({*force} - {*CHECKS})
    if unknown:
        raise SettingsError([_unknown(name) for name in unknown])
    return tuple(one for one in objections if one.check not in force)


def refuse(objections: Sequence[Objection], force: Collection[str] = ()) -> None:
    """Raise Unsafe where anything remains that ``force`` does not name; SettingsError as ``remaining`` does."""
    if found := remaining(objections, force):
        names = sorted({one.check for one in found})
        hint = f"Nothing was published. If that is how it should be: {' '.join(f'--force {name}' for name in names)}"
        raise Unsafe([*lines(found), hint])


def lines(objections: Sequence[Objection]) -> Iterator[str]:
    """Objections for a terminal, check by check, the first few of each."""
    order = [*CHECKS]
    # Pages first: whoever looks for a fault finds it there sooner than in a feed.
    sorted_ = sorted(objections, key=lambda one: (order.index(one.check), not one.path.endswith(".html")))
    for check, group in groupby(sorted_, key=attrgetter("check")):
        found = [*group]
        yield f"{check}: {CHECKS[check]}"
        for one in found[:SHOWN]:
            yield f"  {one.path}: {one.words}" if one.path else f"  {one.words}"
        if len(found) > SHOWN:
            yield f"  and {len(found) - SHOWN:,} more of {check}"


def as_json(objections: Sequence[Objection]) -> list[dict[str, str]]:
    """All of them, for machines."""
    return [one._asdict() for one in objections]


def _unknown(name: str) -> str:
    near = get_close_matches(name, CHECKS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(CHECKS)}"
    return f"--force {name}: the guard has no such check; {hint}"
