"""What has to be done so that a new site takes the place of the live one, and in which order. Pure.

What is new comes before what speaks of it: parts, then pages that are new, then pages that differ, and last the
home page, the feeds and what else lists the rest. What the site no longer has stays for a while: parts for a day,
since a page that was opened before may still ask for them; pages and feeds for an hour, for who was about to
click. No longer, for what was withdrawn at its source has to go.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from types import MappingProxyType

from forecourt.deploy.headers import is_list
from forecourt.deploy.records import File, Plan, Release

GRACE = timedelta(hours=24)
"""How long a part of pages stays after the site has let go of it."""

PAGES_GRACE = timedelta(hours=1)
"""How long a page or a feed stays, at the most."""

_STAGES = 4
_PARTS, _NEW, _PAGES, _LISTS = range(_STAGES)
_ROOT = "index.html"
_HOME = re.compile(r"[a-z]{2,3}(?:-\w+)?/index\.html")  # of one of the hub's languages
_DIRECTORY = re.compile(r"search/index/.*\.json")  # which names the other files of the search
_NOTHING: Mapping[str, int] = MappingProxyType({})


def plan(
    files: Sequence[File],
    live: Release | None,
    unsure: Collection[str],
    now: datetime,
    grace: timedelta = GRACE,
    counts: Mapping[str, int] = _NOTHING,
) -> tuple[Release, Plan]:
    """The release that ``files`` of the site become, and how to get there from the ``live`` one.

    ``files`` are sorted by path. What is ``unsure`` is sent again. ``now`` has a time zone.
    """
    was = {file.path: file for file in live.files} if live else {}
    left = live.leaving if live else {}
    stages: tuple[list[File], ...] = tuple([] for _ in range(_STAGES))
    stale: list[str] = []
    new = differing = 0
    for file in files:
        before = was.pop(file.path, None)
        if before == file and file.path not in unsure:
            continue
        stages[_stage(file.path, is_new=before is None, is_first=not (live and live.id))].append(file)
        is_new = before is None or file.path in left
        new, differing = new + is_new, differing + (not is_new)
        if before is not None or file.path in unsure:
            stale.append(file.path)
    kept, leaving, going, gone = _left(was, left, now, grace)
    going += sorted(path for path in set(unsure).difference(leaving, (file.path for file in files), going))
    whole = tuple(sorted([*files, *kept], key=attrgetter("path"))) if kept else tuple(files)
    made = Release(identify(whole, now), now, whole, leaving, dict(counts), (new, differing, gone))
    same = len(files) - sum(map(len, stages))
    return made, Plan(tuple(map(tuple, stages)), tuple(going), tuple(sorted([*stale, *going])), same)


def _left(
    was: Mapping[str, File], left: Mapping[str, datetime], now: datetime, grace: timedelta
) -> tuple[list[File], dict[str, datetime], list[str], int]:
    """Of what the site no longer has: what stays, and since when it is leaving; what goes; how much has just left."""
    kept, leaving, going = [], {}, []
    for path, file in was.items():
        since = min(left.get(path, now), now)
        if now - since >= _stays(path, grace):
            going.append(path)
        else:
            kept.append(file)
            leaving[path] = since
    return kept, leaving, going, sum(path not in left for path in was)


def due(leaving: Mapping[str, datetime], grace: timedelta = GRACE) -> datetime | None:
    """When the first of what is leaving goes; None where nothing is."""
    return min((since + _stays(path, grace) for path, since in leaving.items()), default=None)


def _stays(path: str, grace: timedelta) -> timedelta:
    return min(grace, PAGES_GRACE) if is_page(path) or is_list(path) else grace


def identify(files: Sequence[File], now: datetime) -> str:
    """The id of a release: its moment, and a digest of what it consists of."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.digest}\0{file.type}\0{file.cache}\n".encode())
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest.hexdigest()[:8]}"


def is_page(path: str) -> bool:
    """Whether a file is a page for people."""
    return path.endswith(".html")


def _stage(path: str, *, is_new: bool, is_first: bool) -> int:
    """When a file is sent.

    On a site that is live nobody knows of a new page or feed before a page or a list that differs has led there:
    both are sent before those, so that no link leads to what is not there yet.
    """
    if path == _ROOT or (_HOME.fullmatch(path) and (is_first or not is_new)):
        return _LISTS
    if is_page(path):
        return _NEW if is_new else _PAGES
    if is_list(path):
        return _NEW if is_new and not is_first else _LISTS
    return _LISTS if not is_new and _DIRECTORY.fullmatch(path) else _PARTS
