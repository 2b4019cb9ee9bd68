"""One message, one card: which posts of the store say the same, found anew for whatever changed.

What is asked of each post is what it shares marks with, so that the cost follows what changed and not what is
there. A message keeps the address that it has; of its versions the richest is shown. What an editor hid or had
forgotten is known again on any network, and goes the same way before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b

import msgspec

from forecourt.accounts import Account
from forecourt.curate import likeness
from forecourt.curate.facts import Facts
from forecourt.curate.likeness import Traits
from forecourt.curate.likeness.pictures import bands
from forecourt.model import Kind
from forecourt.store import Store
from forecourt.store.messages import Told, Version

_GATHERED = "messages"
"""The report that says up to which change the messages were gathered."""

_SKETCH = 8
"""Of the pairs of words of a text the least, by which nearly equal texts meet whenever they are published."""

_NEAREST = 100
"""Posts with which one is compared: those that share the most marks."""

_BEGINNING, _END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What editors said of posts that say the same, and of those that do not, with the file that says so."""

    same: Mapping[frozenset[str], str]
    apart: Mapping[frozenset[str], str]


NOTHING = Wishes({}, {})


def is_gathered(store: Store, now: datetime) -> bool:
    """Whether nothing changed since messages were gathered, and no version's time is over."""
    return since(store) == store.posts.counter() and not store.messages.over(now)


def gather(
    store: Store, accounts: Sequence[Account], wishes: Wishes, now: datetime, also: Iterable[str] = ()
) -> set[str]:
    """Find what says the same as any post that changed since the last time, within a transaction.

    ``also`` are keys of posts to be looked at again. The keys of posts are given whose message is another one now.
    """
    keys = {*store.changes.posts_since(since(store)), *store.messages.over(now), *also}
    told = {each.key: each for each in store.messages.posts(sorted(keys), now)}
    left = [other for key in sorted(keys - told.keys()) for other in store.messages.part(key)]
    told |= {each.key: each for each in store.messages.posts(left, now)}
    look = _Look(store, {account.name: account.source.store for account in accounts}, wishes, now)
    for each in told.values():
        look.mark(each)
    gone = [each.key for each in told.values() if look.is_forgotten(each)]
    for key in gone:
        del told[key]
    store.posts.forget(gone)
    changed: set[str] = set()
    for group in look.groups(told.values()):
        changed |= look.keep(group)
    return changed


def settled(store: Store, now: datetime) -> None:
    """Note that messages are gathered up to now."""
    store.reports.save(_GATHERED, str(store.posts.counter()), now)


def forget(store: Store, keys: Iterable[str]) -> None:
    """Bury posts for good, within a transaction: all that says the same goes too, and none of it comes back."""
    look = _Look(store, {}, NOTHING, _END)
    doomed = sorted({copy for key in keys for copy in store.messages.copies(key)})
    for told in store.messages.posts(doomed):
        traits = look.traits(told)
        store.messages.forget(_undated(traits), _veil(traits))
    store.posts.forget(doomed)


def veils(store: Store, keys: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """What these posts are known again by, without a word of theirs; ``known`` is what it was of them before."""
    look = _Look(store, {}, NOTHING, _END)
    changed = {*store.changes.posts_since(since(store))}
    wanted = sorted(key for key in keys if key in changed or not known.get(key))
    there = {told.key: _veil(look.traits(told)) for told in store.messages.posts(wanted)}
    return {**known, **there}


def said_again(store: Store, gone: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Of the posts that changed since messages were gathered, those that say what one said that is gone, with its key.

    ``gone`` are such posts by their keys, with what each is known again by.
    """
    before = {key: msgspec.json.decode(veil, type=Traits) for key, veil in gone.items() if veil}
    if not before:
        return {}
    look = _Look(store, {}, NOTHING, now)
    found = {}
    for told in store.messages.posts(store.changes.posts_since(since(store)), now):
        traits = look.traits(told)
        was = next((key for key, one in before.items() if _is_again(one, traits)), "")
        if was:
            found[told.key] = was
    return found


def since(store: Store) -> int:
    """The number of the change up to which messages were gathered; 0 where they never were."""
    last = store.reports.last(_GATHERED)
    return int(last[1]) if last else 0


class _Look:
    """One look at posts and what says the same."""

    def __init__(self, store: Store, stores: Mapping[str, str], wishes: Wishes, now: datetime) -> None:
        self._store = store
        self._now = now
        self._stores = stores
        self._wishes = wishes
        self._traits: dict[str, Traits] = {}
        self._told: dict[str, Told] = {}

    @cached_property
    def _has_forgotten(self) -> bool:
        return self._store.messages.any_forgotten()

    @cached_property
    def _has_hidden(self) -> bool:  # looks at every post where none is: only for who needs it
        return self._store.messages.any_hidden()

    def traits(self, told: Told) -> Traits:
        """The traits of a post, made once."""
        if told.key not in self._traits:
            self._told[told.key] = told
            store = self._stores.get(told.post.source, "")
            self._traits[told.key] = likeness.traits(told.post, told.published, store, told.looks)
        return self._traits[told.key]

    def mark(self, told: Told) -> None:
        """Keep the marks by which a post is found; one that is hidden whenever it comes again."""
        traits = self.traits(told)
        marks = likeness.marks(traits) | (_undated(traits) if told.is_hidden else frozenset())
        self._store.messages.mark(told.key, told.published, marks)

    def is_forgotten(self, told: Told) -> bool:
        """Whether it says what may never come back."""
        if not self._has_forgotten:
            return False
        traits = self.traits(told)
        known = self._store.messages.forgotten(_undated(traits))
        return any(_is_again(msgspec.json.decode(data, type=Traits), traits) for data in known)

    def groups(self, told: Iterable[Told]) -> Iterator[list[Told]]:
        """The posts that may say the same as these, in groups that have nothing in common with one another."""
        seen: set[str] = set()
        for each in sorted(told, key=lambda each: (each.published, each.key)):
            if each.key not in seen:
                group = self._near(each)
                seen |= {one.key for one in group}
                yield group

    def _near(self, first: Told) -> list[Told]:
        """A post, and all that is or was told to say the same, directly or by way of another."""
        found: dict[str, Told] = {first.key: first}
        waiting = [first.key]
        while waiting:
            key = waiting.pop()
            near = {*self._store.messages.copies(key), *self._wished(key)}
            if (
                key == first.key or not found[key].is_hidden
            ):  # what is hidden a hundred times is looked for once
                near |= self._candidates(key)
            candidates = near - found.keys()
            for other in self._store.messages.posts(sorted(candidates), self._now):
                self.traits(other)
                is_member = self._store.messages.lead(other.key) == self._store.messages.lead(key)
                if is_member or self._verdict(key, other.key):
                    found[other.key] = other
                    waiting.append(other.key)
        return sorted(found.values(), key=lambda each: (each.published, each.key))

    def _candidates(self, key: str) -> set[str]:
        traits, sharing = self._traits[key], self._store.messages.sharing
        near = sharing(likeness.marks(traits), traits.at - likeness.WINDOW, traits.at + likeness.WINDOW)
        whenever = likeness.lasting(traits) | (_undated(traits) if self._has_hidden else frozenset())
        near += sharing(whenever, _BEGINNING, _END)
        del near[key]
        nearest = sorted(near.items(), key=lambda each: (-each[1], each[0]))[:_NEAREST]
        return {other for other, _ in nearest}

    def _wished(self, key: str) -> set[str]:
        return {other for pair in self._wishes.same if key in pair for other in pair if other != key}

    def _verdict(self, one: str, other: str) -> str:
        """Why two posts say the same, "" where they don't. What an editor says goes first."""
        pair = frozenset((one, other))
        if pair in self._wishes.apart:
            return ""
        if pair in self._wishes.same:
            return f"{self._wishes.same[pair]} says that it is the same"
        traits, others = self._traits[one], self._traits[other]
        if (
            self._told[one].is_hidden or self._told[other].is_hidden
        ):  # it is the same on its own account, too, or later
            others = replace(others, source=f"{others.source}?", at=traits.at, kind=Kind.NOTE)
            traits = replace(traits, kind=Kind.NOTE)  # a review that is written again is the same, too
        verdict = likeness.compare(traits, others)
        return verdict.reason if verdict.same else ""

    def keep(self, group: Sequence[Told]) -> set[str]:
        """Have the messages of these posts; the keys of those are given whose message is another one now."""
        before = {each.key: self._store.messages.lead(each.key) for each in group}
        taken: set[str] = set()
        for message in self._messages(group):
            keys = {each.key for each in message}
            leads = [before[each.key] for each in message if before[each.key] in keys - taken]
            known = [lead for lead in leads if len(self._store.messages.copies(lead)) > 1]
            oldest = min(message, key=lambda each: (each.first_seen, each.published, each.key))
            lead = known[0] if known else oldest.key  # an address that is out already stays
            taken.add(lead)
            self._store.messages.gather(lead, self._versions(message))
        return {key for key, lead in before.items() if self._store.messages.lead(key) != lead}

    def _messages(self, group: Sequence[Told]) -> list[list[Told]]:
        """The posts in messages: each joins the one of which most say the same, none of them of its own account.

        What is hidden comes first: all that say the same join it, of one account as well.
        """
        messages: list[list[Told]] = []
        for each in sorted(group, key=lambda each: not each.is_hidden):
            best, most = None, 0
            for message in messages:
                pairs = [frozenset((each.key, other.key)) for other in message]
                if any(pair in self._wishes.apart for pair in pairs):
                    continue
                hidden = [other for other in message if other.is_hidden]
                if hidden:  # one is enough: a hundred of one account say nothing of one another
                    agreeing = len(message) * any(self._verdict(each.key, other.key) for other in hidden)
                elif any(other.post.source == each.post.source for other in message):
                    continue
                else:
                    agreeing = sum(bool(self._verdict(each.key, other.key)) for other in message)
                if agreeing > most and 2 * agreeing >= len(message):
                    best, most = message, agreeing
            if best is None:
                messages.append([each])
            else:
                best.append(each)
        return messages

    def _versions(self, message: Sequence[Told]) -> list[Version]:
        ranked = sorted(message, key=lambda each: likeness.richness(each.post), reverse=True)
        return [Version(each.key, rank, self._reason(each, message)) for rank, each in enumerate(ranked)]

    def _reason(self, told: Told, message: Sequence[Told]) -> str:
        others = (other for other in message if other.key != told.key)
        reasons = ((other, self._verdict(told.key, other.key)) for other in others)
        return next((f"{other.post.source}: {reason}" for other, reason in reasons if reason), "")


def _is_again(before: Traits, traits: Traits) -> bool:
    """Whether a post says what another said, of which no more is left than what it is known again by."""
    veiled = _veiled(traits)
    return likeness.compare(replace(before, at=veiled.at, source=""), replace(veiled, source="again")).same


def _veil(traits: Traits) -> str:
    return msgspec.json.encode(_veiled(traits)).decode()


def _veiled(traits: Traits) -> Traits:
    """What a post is known again by, without a word or an address of it."""

    def veil(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(blake2b(word.encode(), digest_size=12).hexdigest() for word in words if word)

    permalink = "".join(veil([traits.permalink]))
    return replace(
        traits, source="", store="", facts=Facts(), permalink=permalink, stated=veil(traits.stated),
        syndicated=veil(traits.syndicated), about=(), links=(), where=frozenset(), price="", start=None, answers=False,
        kind=Kind.NOTE,
    )  # fmt: skip


def _undated(traits: Traits) -> frozenset[int]:
    """Marks that find a post whenever it is published again."""
    words = (f"={joint}" for joint in sorted(traits.joint)[:_SKETCH])
    pictures = (f"#{place}:{band}" for place, band in bands(traits.looks))
    short = [f"~{' '.join(map(str, traits.words))}"] if traits.words else []
    digests = (blake2b(word.encode(), digest_size=8).digest() for word in (*words, *pictures, *short))
    return likeness.lasting(traits) | {int.from_bytes(digest, "big", signed=True) for digest in digests}
