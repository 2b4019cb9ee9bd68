"""Whether the site that was looked at may take the place of the one that is live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forecourt.deploy.guard.checks import Objection, Rules
from forecourt.deploy.guard.entries import always, entries
from forecourt.deploy.guard.looking import Looked
from forecourt.deploy.records import Release

_NETWORK = "network/"


def objections(looked: Looked, release: Release, live: Release | None, rules: Rules) -> tuple[Objection, ...]:
    """All that speaks against publishing ``release``, sorted by check; empty where it may go out."""
    found = [*looked.found, *_missing(looked, live, rules), *_too_large(release, rules)]
    if live:
        found += [*_fewer(looked.counts, live.counts, rules), *_emptied(looked.counts, live.counts)]
    return tuple(sorted({*found}))


def counts(looked: Looked) -> dict[str, int]:
    """What ``Release.counts`` remembers of the site."""
    return {**looked.counts}


def _fewer(now: Mapping[str, int], before: Mapping[str, int], rules: Rules) -> Iterator[Objection]:
    for what in ("posts", "pages"):
        had, has = before.get(what, 0), now.get(what, 0)
        fell = had - has
        if fell > max(rules.few, rules.fall * had) or (had and not has):
            words = (
                f"{has:,} {what}, where {had:,} are live: {fell / had:.0%} would be gone; see in the report of the "
                f"last fetch what failed. If they are to go: --force fewer-{what}"
            )
            yield Objection(f"fewer-{what}", "", words)


def _emptied(now: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Objection]:
    for name, had in sorted(before.items()):
        if name.startswith(_NETWORK) and had and not now.get(name):
            words = (
                f"{name.removeprefix(_NETWORK)} has no posts, where {had:,} are live; see in the report of the last "
                "fetch what failed. If it was unlinked: --force empty-network"
            )
            yield Objection("empty-network", "", words)


def _missing(looked: Looked, live: Release | None, rules: Rules) -> Iterator[Objection]:
    told = {one.path for one in looked.found if one.check == "missing-entry"}
    was = {file.path for file in live.files if file.path not in live.leaving} if live else set()
    for path in sorted((always(rules.languages) | entries(rules.languages) & was) - looked.paths - told):
        words = (
            f"is missing{', and is live' if path in was else ''}; see what the build said, and build again"
        )
        yield Objection("missing-entry", path, words)


def _too_large(release: Release, rules: Rules) -> Iterator[Objection]:
    limits = dict(rules.limits)
    most, whole, size = limits.get("files"), limits.get("bytes"), limits.get("bytes of a file")
    here = [
        file.size for file in release.files if file.path not in release.leaving
    ]  # what is leaving gives way
    for what, has, limit in (("files", len(here), most), ("bytes", sum(here), whole)):
        if limit is not None and has > limit:
            words = (
                f"{has:,} {what}, of {limit:,} that the host takes; "
                "let less of the past be shown, or publish elsewhere"
            )
            yield Objection("too-large", "", words)
    for file in release.files if size is not None else ():
        if size is not None and file.size > size:
            words = f"has {file.size:,} bytes, of {size:,} that the host takes; make it smaller, or publish elsewhere"
            yield Objection("too-large", file.path, words)
