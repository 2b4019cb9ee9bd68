"""From the editors' files to what they mean: campaigns, events, stores and picks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from forecourt import text
from forecourt.config import Config, nearest
from forecourt.desk import Campaign, Happening, Pick, Promise, Shop, values
from forecourt.desk.checking import Sheet, sheets
from forecourt.desk.rules import Rulebook, read_rules
from forecourt.desk.schema import CAMPAIGNS, EVENTS, PICKS, STORES, Kind
from forecourt.desk.values import Amount, Known, Moment
from forecourt.model import Event

RULES = "rules.toml"

_KINDS = (CAMPAIGNS, EVENTS, STORES, PICKS)
"""Those that are read here; articles and pages are Pelican's."""

_ENDING = re.compile(r"(?!\.)(?:[^.]+|.*\.(?:(?!md$)(?i:md)|(?i:txt|text|markdown|mkd|rtf|docx?|odt)))")
_RULES_LIKE = re.compile(r"(?!rules\.toml$)(?i:rules(?:\.toml)?(?:\.txt)?)")
"""Names of files that are not read, though somebody may think so."""

_PLAIN = ("title", "lang", "slug", "status")
"""Fields that YAML or a word processor spoil for Pelican: ``lang: no`` is no truth value, “hidden” a status."""

LASTS = timedelta(hours=3)
"""An event of which nobody says when it ends."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that marketing wrote but articles and pages.

    ``broken`` are the files that cannot be used as they are now: what they said before still holds. ``problems``
    says of all of them what is wrong, a sentence each.
    """

    campaigns: tuple[Campaign, ...] = ()
    happenings: tuple[Happening, ...] = ()
    shops: tuple[Shop, ...] = ()
    picks: tuple[Pick, ...] = ()
    rulebook: Rulebook = field(default_factory=Rulebook)
    broken: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """On what may stay as it is, such as an account that is named and not linked any more."""


def digest(content: Path) -> str:
    """What tells whether anything on the desk changed, from the bytes of its files."""
    found = blake2b(digest_size=12)
    for path in _files(content):
        found.update(os.fsencode(path.relative_to(content)) + b"\0")
        try:
            data = path.read_bytes()
        except OSError:
            continue
        found.update(len(data).to_bytes(8) + data)
    return found.hexdigest()


def _files(content: Path) -> Iterator[Path]:
    for kind in _KINDS:
        yield from sorted((content / kind.folder).rglob("*.md"))
    if (content / RULES).is_file():
        yield content / RULES
    yield from _unread(content)


def _unread(content: Path) -> Iterator[Path]:
    """Files that were meant to be read and have another ending: editors add .txt, and hide it from who saves."""
    for kind in _KINDS:
        paths = sorted((content / kind.folder).rglob("*"))
        yield from (path for path in paths if _ENDING.fullmatch(path.name) and path.is_file())
    yield from (path for path in sorted(content.glob("[Rr]ules*")) if _RULES_LIKE.fullmatch(path.name))


def known(config: Config, templates: Iterable[str] | None = None) -> Known:
    """What the editors' files may name."""
    names = {source.name for source in config.sources}
    stores = {text.slug(source.store) for source in config.sources if source.store}
    bare = Known(
        config.content, config.timezone, names, templates=None if templates is None else {*templates}
    )
    stores |= {slug_of(sheet) for sheet in sheets(STORES, config.content / STORES.folder, bare)}
    campaigns = {slug_of(sheet) for sheet in sheets(CAMPAIGNS, config.content / CAMPAIGNS.folder, bare)}
    return replace(bare, stores=stores, campaigns=campaigns)


def slug_of(sheet: Sheet) -> str:
    """What a campaign, an event or a store is called in addresses and by others: as its file, or as it says."""
    return sheet.value("slug") or text.slug(sheet.shown.rpartition("/")[2].partition(".")[0])


def read(config: Config) -> Desk:
    """All that is on the desk. Never raises for what a file says."""
    looked = _Look(config, known(config))
    rulebook = looked.rules()
    looked.unread()
    desk = Desk(
        campaigns=tuple(_in_all_languages(family, config.language) for family in looked.families(CAMPAIGNS)),
        happenings=tuple(_happening(first) for first, *_ in looked.families(EVENTS)),
        shops=tuple(_shop(first) for first, *_ in looked.families(STORES)),
        picks=tuple(map(_pick, looked.good(PICKS))),
        rulebook=rulebook,
    )
    return replace(
        desk,
        broken=frozenset(looked.broken),
        problems=tuple(looked.problems),
        warnings=tuple(looked.warnings),
    )


class _Look:
    """A look at the desk, and what it found wrong."""

    def __init__(self, config: Config, names: Known) -> None:
        self._config = config
        self._names = names
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.broken: set[str] = set()

    def rules(self) -> Rulebook:
        """The rules of what is published."""
        content, wrong = self._config.content, len(self.problems)
        found = read_rules(content / RULES, content.parent, self.problems)
        if len(self.problems) > wrong:
            self.broken.add(f"{content.name}/{RULES}")
        for rule in found.rules:
            for name in sorted({*rule.sources} - {*self._names.sources}):
                hint = nearest(name, self._names.sources)
                self.warnings.append(f'{rule.place}: no account of sources.toml is called "{name}"; {hint}')
        return found

    def unread(self) -> None:
        """What is not read for the ending of its name."""
        content = self._config.content
        for path in _unread(content):
            shown = path.relative_to(content.parent).as_posix().encode(errors="replace").decode()
            name = RULES if path.parent == content else f"{path.name.partition('.')[0]}.md"
            self.warnings.append(f"{shown} is not read; name it {name}")

    def good(self, kind: Kind) -> Iterator[Sheet]:
        """The files of a kind in which nothing is wrong."""
        for sheet in sheets(kind, self._config.content / kind.folder, self._names):
            self.warnings += sheet.warnings
            if sheet.problems:
                self.broken.add(sheet.shown)
                self.problems += sheet.problems
            elif sheet.value("status", "published") in ("published", "hidden"):
                yield sheet

    def families(self, kind: Kind) -> Iterator[list[Sheet]]:
        """The files of each thing, one in each language: that in the hub's first, where there is one."""
        found: dict[str, list[Sheet]] = {}
        taken: dict[tuple[str, str], Sheet] = {}
        for sheet in self.good(kind):
            slug, lang = slug_of(sheet), sheet.value("lang", self._config.language)
            other = taken.setdefault((slug, lang), sheet)
            if other is not sheet:
                self.broken.add(sheet.shown)
                self.problems.append(
                    f'{sheet.where("slug")}: {other.shown} is the {kind.one} "{slug}" already; '
                    "give one of them another Slug"
                )
            else:
                family = found.setdefault(slug, [])
                family.insert(0 if lang == self._config.language else len(family), sheet)
        yield from found.values()


@dataclass(frozen=True, slots=True)
class OfKind:
    """What a file means beside its words: when it begins and ends to be shown, and what of it is of its kind."""

    begins: datetime | None = None
    ends: datetime | None = None
    banner: bool = False
    campaign: Campaign | None = None
    happening: Happening | None = None
    shop: Shop | None = None


def of_kind(sheet: Sheet) -> OfKind:
    """What a file in which nothing is wrong means beside its words."""
    if sheet.kind is CAMPAIGNS:
        campaign = _campaign(sheet)
        return OfKind(campaign.start, campaign.end, sheet.value("banner", True), campaign=campaign)
    if sheet.kind is EVENTS:
        happening = _happening(sheet)
        return OfKind(ends=over(happening.event), happening=happening)
    return OfKind(shop=_shop(sheet)) if sheet.kind is STORES else OfKind()


def over(event: Event) -> datetime:
    """When an event is past: where nobody says when it ends, some hours after it began."""
    return event.end or event.start + LASTS


def metadata(sheet: Sheet, language: str) -> dict[str, str]:
    """What Pelican is told of a file: what our readers read of it, and of kinds that it does not know what they mean.

    ``language`` is the hub's.
    """
    ours = {name: str(sheet.values[name]) for name in _PLAIN if name in sheet.values}
    if sheet.kind not in (CAMPAIGNS, EVENTS, STORES):
        return ours
    if sheet.value("status") == "draft":
        return {
            **ours,
            "slug": f"{sheet.kind.folder}-{slug_of(sheet)}",
        }
    slug, lang = slug_of(sheet), sheet.value("lang", language)
    place = f"{sheet.kind.folder}/{slug}/" + (f"{lang}/" if lang != language else "")
    return {
        **ours, "slug": f"{sheet.kind.folder}-{slug}", "url": place, "save_as": f"{place}index.html",
    }  # fmt: skip


def _campaign(sheet: Sheet, language: str = "") -> Campaign:
    price: Amount | None = sheet.value("price", None)
    promise = Promise(
        sheet.value("percent", None), price.amount if price else None, price.currency if price else "",
        sheet.value("day", None), sheet.value("code"), sheet.value("link"),
    )  # fmt: skip
    return Campaign(
        slug_of(sheet), sheet.shown, sheet.value("title"), sheet.value("lang", language),
        values.offset(sheet.value("start").at), values.offset(values.ends(sheet.value("end"))),
        tuple(tag.lstrip("#") for tag in sheet.value("hashtags", ())), sheet.value("message"), promise,
        sheet.value("channels", ()), sheet.value("owner"),
    )  # fmt: skip


def _in_all_languages(family: Sequence[Sheet], language: str) -> Campaign:
    """A campaign as its first file says it, with its message as the others do."""
    first, *others = family
    said = ((sheet.value("lang", language), sheet.value("message")) for sheet in others)
    return replace(_campaign(first, language), messages=tuple(pair for pair in said if pair[1]))


def _happening(sheet: Sheet) -> Happening:
    end: Moment | None = sheet.value("end", None)
    start: Moment = sheet.value("start")
    last = values.ends(end) if end else values.ends(start) if start.is_day else None
    event = Event(_utc(start), last and values.in_utc(last), sheet.value("place"))
    return Happening(
        slug_of(sheet), sheet.shown, sheet.value("title"), event, sheet.value("store"), sheet.value("link"),
        sheet.value("cancelled", False),
    )  # fmt: skip


def _shop(sheet: Sheet) -> Shop:
    facts = (line.partition(":")[::2] for line in sheet.value("facts", ()))
    return Shop(
        slug_of(sheet), sheet.shown, sheet.value("title"), sheet.value("address"), sheet.value("town"),
        sheet.value("country"), sheet.value("position", None), sheet.value("hours", ()), sheet.value("phone"),
        sheet.value("email"), sheet.value("accounts", ()),
        tuple((what.strip(), how.strip()) for what, how in facts if what.strip()),
    )  # fmt: skip


def _pick(sheet: Sheet) -> Pick:
    until: Moment | None = sheet.value("feature_until", None)
    return Pick(
        sheet.shown, sheet.value("post"), sheet.value("approve", False), sheet.value("hide", False),
        sheet.value("pin", False), values.in_utc(values.ends(until)) if until else None, sheet.value("caption"),
        sheet.value("lang"), sheet.value("alt", ()), sheet.value("tags", ()), sheet.value("campaign"),
        sheet.value("same", ()), sheet.value("apart", ()), sheet.said["post"].line,
    )  # fmt: skip


def _utc(moment: Moment) -> datetime:
    return values.in_utc(moment.at)
