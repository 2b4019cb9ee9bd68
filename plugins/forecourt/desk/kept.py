"""What the editors' files say, as the store keeps it: the last word that could be understood of each.

A file that cannot be used as it is now still says what it said before, so that what was hidden stays hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

import msgspec

from forecourt.config import Config
from forecourt.desk import Campaign, Pick, Shop, reading
from forecourt.desk.rules import Rulebook

_DIGEST, _RULES, _SAID, _LOST, _HID = "digest", "rules", "said", "lost", "hid"
"""Kinds of rows that are no file's own."""

_VERSION = 4
"""Of what these rows hold; those of another are written anew."""

Files = Mapping[str, tuple[str, str]]
"""Each file by its place: of which kind it is, and what it says. Some rows are no file's own."""

Found = Callable[[str], Collection[str]]
"""The keys of the posts at an address."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """What is wrong with the editors' files, and what of them may stay as it is but should be known: sentences."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def is_read(files: Files, config: Config, found: Found) -> bool:
    """Whether ``files`` are what the editors wrote, as the store would have it: a post that was missed may be there."""
    if files.get(_DIGEST, ("", ""))[1] != _digest(config):
        return False
    lost = msgspec.json.decode(files[_LOST][1], type=list[str]) if _LOST in files else []
    return not any(found(address) for address in lost)


def read(before: Files, config: Config, found: Found) -> dict[str, tuple[str, str]]:
    """What the editors' files say now; of those that cannot be used, what they said before."""
    desk = reading.read(config)
    files = {place: before[place] for place in desk.broken if place in before}
    problems, warnings, lost = [*desk.problems], [*desk.warnings], []
    still = {campaign.slug for campaign in of(files, Campaign)}  # its translation is no campaign beside it
    campaigns = [each for each in desk.campaigns if each.slug not in still]
    written: list[Campaign | Pick | Shop] = [*campaigns, *desk.picks, *desk.shops]
    for each in written:
        if isinstance(each, Pick) and (was := _strayed(before, each, found)):
            files[each.place] = before[each.place]
            problems.append(f"{_unmet(each)}; until then it is about {was.post}, as before")
            lost.append(each.post)
        else:
            files[each.place] = (type(each).__name__, msgspec.json.encode(each).decode())
    files[_RULES] = (_RULES, msgspec.json.encode(desk.rulebook).decode())
    rules = f"{config.content.name}/{reading.RULES}"
    is_gone = bool(rulebook(before).rules) and not (config.content / reading.RULES).exists()
    if _RULES in before and (is_gone or rules in desk.broken):
        files[_RULES] = before[_RULES]
    if is_gone:
        warnings.append(
            f"{rules} is gone, and its rules still hold; to end them save it with a line: # no rules"
        )
    warnings += _shown_again(before, files, found)
    files[_DIGEST] = (_DIGEST, _digest(config))
    files[_SAID] = (_SAID, msgspec.json.encode(Said(tuple(problems), tuple(warnings))).decode())
    files[_LOST] = (_LOST, msgspec.json.encode(lost).decode())
    return hiding(files, hid(before))


Hid = Mapping[str, Mapping[str, str]]
"""What picks hide, by the addresses that they name: each post by its key, with what it is known again by."""


def hid(files: Files) -> Hid:
    """What picks hid when the store was last brought in line."""
    return msgspec.json.decode(files[_HID][1], type=dict[str, dict[str, str]]) if _HID in files else {}


def hiding(files: Files, posts: Hid) -> dict[str, tuple[str, str]]:
    """The files, with what their picks hide."""
    return {**files, _HID: (_HID, msgspec.json.encode(posts, order="sorted").decode())}


def _strayed(before: Files, pick: Pick, found: Found) -> Pick | None:
    """What a pick was that named a post and names none any more, most likely for a slip of the pen."""
    was = next(iter(of({pick.place: before.get(pick.place, ("", ""))}, Pick)), None)
    if was is None or found(pick.post) or not found(was.post):
        return None
    return was


def _shown_again(before: Files, files: Files, found: Found) -> Iterator[str]:
    """Of picks that hid a post and are gone, a sentence each, unless another hides it."""
    hidden = {key for pick in of(files, Pick) if pick.hide for key in found(pick.post)}
    for pick in of(before, Pick):
        keys = {*found(pick.post)} if pick.hide and pick.place not in files else set()
        if keys - hidden:
            yield f"{pick.place} is gone, so the post at {pick.post} is hidden no more"


def said(files: Files, found: Found) -> Said:
    """What is wrong with the editors' files."""
    kept = msgspec.json.decode(files[_SAID][1], type=Said) if _SAID in files else Said()
    return replace(kept, warnings=(*kept.warnings, *unmet(files, found), *_at_odds(files, found)))


def _at_odds(files: Files, found: Found) -> Iterator[str]:
    """Of posts that one pick hides and another puts first, a sentence each."""
    hiding = {key: pick.place for pick in of(files, Pick) if pick.hide for key in found(pick.post)}
    for pick in of(files, Pick) if hiding else ():
        first = next((hiding[key] for key in found(pick.post) if key in hiding), "")
        if first and (pick.pin or pick.approve or pick.feature_until):
            what = "lets out" if pick.approve else "puts first"
            yield f"{pick.place} {what} a post that {first} hides, and it stays hidden; take one of them back"


def _digest(config: Config) -> str:
    names = [(source.name, source.store) for source in config.sources]
    return blake2b(
        repr(
            (_VERSION, reading.digest(config.content), names, config.timezone.key, config.language)
        ).encode(),
        digest_size=12,
    ).hexdigest()


def rulebook(files: Files) -> Rulebook:
    """The rules of what is published."""
    if _RULES not in files:
        return Rulebook()
    return msgspec.json.decode(files[_RULES][1], type=Rulebook)


def of(files: Files, kind: type[T]) -> list[T]:
    """The files of a kind, in order."""
    return [msgspec.json.decode(data, type=kind) for name, data in files.values() if name == kind.__name__]


def unmet(files: Files, found: Found) -> list[str]:
    """What picks say of posts that are not there, a sentence each."""
    return [_unmet(pick) for pick in of(files, Pick) if not found(pick.post)]


def _unmet(pick: Pick) -> str:
    return (
        f"{pick.place} line {pick.line}: no post is at {pick.post}; copy the address of its page on the hub"
    )


def stores(files: Files) -> dict[str, str]:
    """The slug of the local store of each account that a store's own file names."""
    return {name: shop.slug for shop in of(files, Shop) for name in shop.accounts}
