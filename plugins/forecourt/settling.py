"""The store brought in line with what people wrote: sources.toml, and the editors' campaigns, rules and picks.

It asks nobody. What is decided as before costs nothing but a look, so that a word changed in
rules.toml rebuilds the pages of the posts that it concerns and no others. A file of the editors
that cannot be used as it is now still says what it said before: what was hidden stays hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import blake2b
from itertools import chain

from forecourt import messages, watching
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import RULES_VERSION, Rules, campaign_listing, decide, tag_listing
from forecourt.curate.judging import Judge, with_any
from forecourt.desk import Campaign, Pick, kept
from forecourt.desk.kept import Files, Said
from forecourt.desk.rules import Rulebook
from forecourt.messages import Wishes
from forecourt.model import Curation, Decision, Post
from forecourt.store import SourceState, Store, Stored
from forecourt.vigilance import Alarm


@dataclass(frozen=True, slots=True)
class Curator:
    """Judges posts by all that people wrote, as it was at ``now``.

    ``problems`` are sentences on what the editors' files say and cannot be done.
    """

    campaigns: tuple[Campaign, ...]
    picks: Mapping[str, tuple[Pick, ...]]
    """By the keys of the posts that they are about."""
    rulebook: Rulebook
    now: datetime
    of_source: Mapping[str, Mapping[str, tuple[Pick, ...]]] = field(default_factory=dict)
    """The same by the name of the source and the id of the post."""
    stores: Mapping[str, str] = field(default_factory=dict)
    """The local stores of accounts that a store's own file names, by the names of those."""
    alarms: dict[str, Alarm] = field(default_factory=dict)
    """Why sources are held, by their names; who asks them adds to it."""
    problems: tuple[str, ...] = ()

    def rules(self, account: Account, store: Store, new: Collection[str] = ()) -> Rules:
        """How the posts of an account are judged; ``new`` are the ids of those that are not stored yet."""
        rulebook = self.rulebook.of(account.name, account.connector.network)
        judge = Judge(rulebook, account.name, account.connector.network, store.timezone)
        alarm = self.alarms.get(account.name)
        return replace(
            account.rules,
            store=account.source.store or self.stores.get(account.name, ""),
            alarm=watching.held_by(account, alarm) if alarm else "",
            odd=store.posts.came_since(account.name, alarm.since) | {*new} if alarm else frozenset(),
            judge=judge if rulebook.rules else None,
            campaigns=self.campaigns,
            picks=self.of_source.get(account.name, {}),
        )

    def judged(
        self,
        account: Account,
        store: Store,
        posts: Iterable[tuple[Post, datetime]],
        new: Collection[str] = (),
    ) -> list[tuple[Post, Decision]]:
        """The decisions on posts of an account, each with the moment that the hub says it was published at.

        A rule that lets so many a day through counts all posts of the days that these are of. ``new`` are the ids
        of those that are not stored yet.
        """
        rules = self.rules(account, store, new)
        found = [(post, when, decide(post, rules, when, self.now)) for post, when in posts]
        if rules.judge is None or all(each.per_day is None for each in self.rulebook.rules):
            return [(post, decision) for post, _, decision in found]
        return [*self._limited(account, store, rules, rules.judge, found)]

    def _limited(
        self, account: Account, store: Store, rules: Rules, judge: Judge,
        found: Sequence[tuple[Post, datetime, Decision]],
    ) -> Iterator[tuple[Post, Decision]]:  # fmt: skip
        new = {post.id for post, _, _ in found}
        days: dict[date, list[tuple[Post, datetime]]] = defaultdict(list)
        for post, when, decision in found:
            if decision.status == "published" and not _is_approved(rules, post):
                days[when.astimezone(store.timezone).date()].append((post, when))
        for day, of_day in days.items():
            of_day.extend(
                (stored.post, stored.published)
                for stored in store.posts.of_day(account.name, day)
                if stored.post.id not in new and not _is_approved(rules, stored.post)
            )
        over = {
            post_id: why
            for of_day in days.values()
            for post_id, why in judge.over_the_day(of_day, self.now).items()
        }
        for post, _, decision in found:
            yield post, Decision("held", (over[post.id],)) if post.id in over else decision
        for post in (post for of_day in days.values() for post, _ in of_day if post.id in over.keys() - new):
            yield post, Decision("held", (over[post.id],))  # an earlier one of its day came

    def all(
        self, account: Account, store: Store, words: Collection[str] | None = None
    ) -> list[tuple[Post, Decision]]:
        """The decisions on all that is stored of an account; or on what has one of these words."""
        stored = ((each.post, each.published) for each in store.posts.each_of(account.name))
        if words is not None:
            has_any = with_any(words)
            stored = (each for each in stored if has_any(each[0]))
        return self.judged(account, store, stored)


def _is_approved(rules: Rules, post: Post) -> bool:
    return any(pick.approve for pick in rules.picks.get(post.id, ()))


def is_settled(store: Store, accounts: Sequence[Account], config: Config, now: datetime) -> bool:
    """Whether the store is in line with what people wrote, as ``settle`` leaves it."""
    files = store.curations.files()
    if not kept.is_read(files, config, store.curations.found) or not messages.is_gathered(store, now):
        return False
    return not any(_unsettled(store, accounts, kept.rulebook(files), kept.stores(files)))


def settle(store: Store, accounts: Sequence[Account], config: Config, now: datetime) -> Curator:
    """Bring the store in line with what people wrote, and give who judges what comes next.

    Posts of accounts that are no longer linked (or switched off) leave the listings; those of accounts whose rules
    changed, and those that a changed pick or campaign is about, are judged anew. What a person said of sources that
    are held is done.
    """
    before = store.curations.files()
    found = store.curations.found
    files: Files = before if kept.is_read(before, config, found) else kept.read(before, config, found)
    curator = _curator(store, files, now)
    unlinked, changed = _unsettled(store, accounts, curator.rulebook, curator.stores)
    touched = _touched(store, before, files) if files is not before else set()
    if not (unlinked or changed or files is not before) and messages.is_gathered(store, now):
        return curator
    states = store.sources.all()
    with store.transaction():
        store.curations.keep(files)
        for state in unlinked:
            store.posts.unplace(state.name)
            store.sources.save(replace(state, settled=""))
        for account in changed:
            state = watching.obeyed(store, account, states.get(account.name, SourceState(account.name)), now)
            if not state.alarm:
                curator.alarms.pop(account.name, None)
            settled = _settled(account, store, curator.rulebook, curator.stores, state)
            words = _words_alone(store, account, state, before, files)
            store.posts.settle(account.name, curator.all(account, store, words), anew=not state.settled)
            store.sources.save(replace(state, settled=settled))
        again(
            store, accounts, curator, {*touched, *curator.picks}
        )  # what a pick is about may have come just now
        _let_in(store, accounts, curator, messages.since(store))
        merged = messages.gather(store, accounts, _wishes(store, files), now, touched)
        files = _said_again(store, files, now)
        curator = _curator(store, files, now)  # an editor's word on a post is on its new copies, too
        before_those = store.posts.counter()
        again(store, accounts, curator, {*merged, *curator.picks})
        if _let_in(store, accounts, curator, before_those):
            messages.gather(store, accounts, _wishes(store, files), now)
        if (after := _hiding(store, files)) != store.curations.files():
            store.curations.keep(after)
        store.curations.curate(_curations(store, curator))
        messages.settled(store, now)
    return curator


def again(store: Store, accounts: Sequence[Account], curator: Curator, keys: Iterable[str]) -> None:
    """Judge these posts again, within a transaction."""
    of_source: dict[str, list[Stored]] = defaultdict(list)
    for key in sorted(keys):
        for stored in store.posts.alone(key):
            of_source[stored.post.source].append(stored)
    for account in accounts:
        if posts := of_source.get(account.name):
            judged = curator.judged(account, store, ((each.post, each.published) for each in posts))
            store.posts.settle(account.name, judged)


def _let_in(store: Store, accounts: Sequence[Account], curator: Curator, since: int) -> bool:
    """Judge again what a limit a day holds, where an earlier post of the day went since; say whether there was any."""
    of_limits = [
        account.name
        for account in accounts
        if any(
            rule.per_day is not None
            for rule in curator.rulebook.of(account.name, account.connector.network).rules
        )
    ]
    keys = {key for name in of_limits for key in store.posts.freed(name, since)}
    again(store, accounts, curator, keys)
    return bool(keys)


def _curator(store: Store, files: Files, now: datetime) -> Curator:
    said = kept.said(files, store.curations.found)
    hid = _hid(store, files)
    picks: dict[str, list[Pick]] = defaultdict(list)
    for pick in kept.of(files, Pick):
        for key in hid[pick.post] if pick.hide else store.curations.found(pick.post):
            picks[key].append(pick)
    of_source: dict[str, dict[str, tuple[Pick, ...]]] = defaultdict(dict)
    for key, (source, post_id) in store.curations.ids(picks).items():
        of_source[source][post_id] = tuple(picks[key])
    return Curator(
        tuple(kept.of(files, Campaign)), {key: tuple(each) for key, each in picks.items()}, kept.rulebook(files), now,
        of_source, kept.stores(files), watching.alarms(store), (*said.problems, *said.warnings),
    )  # fmt: skip


def _hid(store: Store, files: Files) -> dict[str, list[str]]:
    """The posts that picks hide, by the addresses at which these name them: what is there, and all that says the same.

    Where none is there any more, its copies stay hidden: to delete a post at its origin is not to show the others.
    """
    before, hidden = kept.hid(files), {}
    for pick in kept.of(files, Pick):
        if pick.hide:
            keys = store.curations.found(pick.post)
            if not any(store.posts.alone(key) for key in keys):
                keys = [*keys, *before.get(pick.post, ())]
            hidden[pick.post] = sorted({copy for key in keys for copy in store.messages.copies(key)})
    return hidden


def _hiding(store: Store, files: Files) -> Files:
    """The files with what their picks hide now, and what each of these posts is known again by once it is gone."""
    hidden = _hid(store, files)
    known = {key: veil for posts in kept.hid(files).values() for key, veil in posts.items()}
    veils = messages.veils(store, {key for keys in hidden.values() for key in keys}, known)
    return kept.hiding(
        files, {address: {key: veils.get(key, "") for key in keys} for address, keys in hidden.items()}
    )


def _said_again(store: Store, files: Files, now: datetime) -> Files:
    """The files, their picks hiding what was written anew, too, of what they hid and is gone."""
    hidden = kept.hid(files)
    gone = {
        key: veil for posts in hidden.values() for key, veil in posts.items() if not store.posts.alone(key)
    }
    anew = messages.said_again(store, gone, now)
    if not anew:
        return files
    return kept.hiding(
        files,
        {
            address: {**posts} | {key: "" for key, was in anew.items() if was in posts}
            for address, posts in hidden.items()
        },
    )


def said(store: Store) -> Said:
    """What is wrong with the editors' files, as the store was brought in line with them."""
    return kept.said(store.curations.files(), store.curations.found)


def _wishes(store: Store, files: Files) -> Wishes:
    """What editors said of posts that say the same, and of those that do not."""
    same: dict[frozenset[str], str] = {}
    apart: dict[frozenset[str], str] = {}
    for pick in kept.of(files, Pick):
        for addresses, pairs in ((pick.same, same), (pick.apart, apart)):
            others = [key for address in addresses for key in store.curations.found(address)]
            for key in store.curations.found(pick.post):
                pairs.update((frozenset((key, other)), pick.place) for other in others if other != key)
    return Wishes(same, apart)


def _touched(store: Store, before: Files, files: Files) -> set[str]:
    """The posts that a campaign or a pick is about which is not what it was."""
    changed = [place for place in {*before, *files} if before.get(place) != files.get(place)]
    both = [{place: each[place] for place in changed if place in each} for each in (before, files)]
    found: set[str] = set()
    for campaign in chain.from_iterable(kept.of(each, Campaign) for each in both):
        for listing in (campaign_listing(campaign.slug), *map(tag_listing, campaign.hashtags)):
            found.update(store.posts.standing(listing))
    for pick in chain.from_iterable(kept.of(each, Pick) for each in both):
        found.update(kept.hid(before).get(pick.post, ()))
        for address in (pick.post, *pick.same, *pick.apart):
            found.update(store.curations.found(address))
    return {other for key in found for other in store.messages.copies(key)}


def _curations(store: Store, curator: Curator) -> dict[str, Curation]:
    """How the posts are shown that editors said something about, by the keys at whose addresses they stand."""
    found: dict[str, Curation] = {}
    for key, picks in sorted(curator.picks.items()):
        for pick in picks:
            said = Curation(
                pick.place, pick.pin, pick.feature_until, pick.caption, pick.lang, pick.alts, pick.tags
            )
            if said != Curation(pick.place):
                found[store.messages.lead(key)] = said
    return found


def _unsettled(
    store: Store, accounts: Sequence[Account], rulebook: Rulebook, stores: Mapping[str, str]
) -> tuple[list[SourceState], list[Account]]:
    """Sources that are no longer linked and still placed, and accounts whose rules changed or that were answered."""
    states = store.sources.all()
    linked = {account.name for account in accounts}
    unlinked = [state for name, state in states.items() if name not in linked and state.settled]
    changed = []
    for account in accounts:
        state = states.get(account.name, SourceState(account.name))
        is_answered = watching.answered(state.alarm, account.source, store.timezone) is not None
        if is_answered or state.settled != _settled(account, store, rulebook, stores, state):
            changed.append(account)
    return unlinked, changed


def _words_alone(
    store: Store, account: Account, state: SourceState, before: Files, files: Files
) -> frozenset[str] | None:
    """The words by which alone the rules of an account are not what they were: other posts need not be judged.

    None where anything else is another thing, too.
    """
    was, now = kept.rulebook(before), kept.rulebook(files)
    if state.settled != _settled(account, store, was, kept.stores(files), state):
        return None
    name, network = account.name, account.connector.network
    return now.of(name, network).words_unlike(was.of(name, network))


def _settled(
    account: Account, store: Store, rulebook: Rulebook, stores: Mapping[str, str], state: SourceState
) -> str:
    """A fingerprint of what all posts of an account are decided and placed by."""
    source, network = account.source, account.connector.network
    said = (
        network,
        source.moderation,
        source.store or stores.get(account.name, ""),
        store.timezone.key,
        rulebook.of(account.name, network).digest(),
        state.alarm,
    )
    return blake2b(repr((RULES_VERSION, *said)).encode(), digest_size=12).hexdigest()
