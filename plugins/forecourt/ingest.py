"""One update: ask every linked account, judge what is new, keep it, say what happened."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from time import monotonic
from urllib.parse import urlsplit

import msgspec

from forecourt import linkchecks, patience, urls, watching
from forecourt.accounts import Account
from forecourt.config import VERSION, Config
from forecourt.connectors import Rechecking, Request, advance
from forecourt.conversations import Conversations, Talk, advice, learnt, sites
from forecourt.errors import (
    BadData,
    Cause,
    FetchError,
    ForecourtError,
    Gone,
    PlatformError,
    Refused,
    StoreError,
    TooSlow,
    Unreachable,
)
from forecourt.fetch import Door, Guard, Workers, each
from forecourt.media.taking import Taken, drop, take_up
from forecourt.model import Post
from forecourt.report import Listener, Outcome, Report, SourceReport
from forecourt.secrecy import Secrecy
from forecourt.settling import Curator, settle
from forecourt.store import SourceState, Store
from forecourt.talk import Batch, Rejection
from forecourt.tokens import Tokens, fingerprint, secrets_of
from forecourt.vigilance import Alarm, Seen

log = logging.getLogger(__name__)

AT_ONCE = 48
"""Sources asked at the same time; a task each, never one for every source."""

SUSPECT_AFTER = 2
"""Accounts in a row for which a host did not answer, before it gets less time for each of its others."""

HURRIED_DEADLINE = 8.0
"""Seconds that an account at such a host may take: enough for one that answers."""

LOST_AFTER = 10
"""Accounts in a row for which a host did not answer, before the rest of them is not asked in this run."""

SOURCE_DEADLINE = 120.0
"""Seconds that one source may take in all, with its pages and its turn at a busy host."""

TOGETHER = 100
"""Sources in which nothing changed that are kept in one transaction; what a kill loses asks them once more."""

_MANY = 3
"""Sources that cannot be reached, from which on it may be our own network that is down."""

_JUMP = timedelta(days=1)
"""Since the last run; after more, what is over its time is not shown, and buried by the run after this one."""


async def fetch(
    config: Config,
    accounts: Sequence[Account],
    store: Store,
    now: datetime,
    *,
    only: Sequence[str] = (),
    told: Listener = Listener(),
    pictures: bool = True,
    insist: bool = False,
) -> Report:
    """Ask the accounts, or the named ones, for news, and take up the pictures that posts want.

    ``insist`` asks those as well that are left alone for now, unless their server wished it.
    """
    started = monotonic()
    agent = f"Forecourt/{VERSION}" + (f" (+{config.address})" if config.address else "")
    async with Door(agent, Guard(config.allow_private), root=config.root) as door:
        with Workers() as workers:
            talks = Conversations(door, workers, Tokens(config.state), now)
            secrets = frozenset(one for each in accounts for one in secrets_of(each.connector).values())
            update = Update(config, store, talks, now, told, secrets, insist or bool(only))
            with _left_to_itself():
                sources = await update.run(accounts, only)
                if not only:
                    await linkchecks.ask(
                        door, store, config, update.curator.campaigns, now, is_online=update.reached
                    )
            taken = Taken()
            if pictures:
                drop(store, config.pictures)
                widths = config.theme.made
                taken = await take_up(
                    store, config.pictures, widths, _Written(accounts), door, workers, now, told
                )
    return Report(
        sources, taken.new, taken.failed, taken.waiting, taken.notes, round(monotonic() - started, 3),
        tuple(update.warnings),
    )  # fmt: skip


@dataclass(slots=True)
class Update:
    """What an update works with."""

    config: Config
    store: Store
    talks: Conversations
    now: datetime
    told: Listener
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """Those of all accounts, as the environment has them."""
    insist: bool = False
    unreached: dict[str, SourceState] = field(default_factory=dict)
    """The states, as they are kept, of sources that could not be reached."""
    calm: list[SourceState] = field(default_factory=list)
    """The states of sources that were as before, not kept yet."""
    reached: bool = False
    """Whether any server answered, well or not."""
    warnings: list[str] = field(default_factory=list)
    """On the run as a whole."""
    silent: dict[str, str] = field(default_factory=dict)
    """What is said of sources that answer well and have nothing to say, by their names."""
    curator: Curator = field(init=False, repr=False)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the accounts."""
        return self.talks.tokens

    async def run(self, accounts: Sequence[Account], only: Iterable[str] = ()) -> tuple[SourceReport, ...]:
        """Ask the accounts, or only the named ones. Never raises for what a source does; raises StoreError."""
        enabled = [account for account in accounts if account.enabled]
        self.curator = settle(self.store, enabled, self.config, self.now)
        chosen = set(only) or {account.name for account in accounts}
        states = self.store.sources.all()
        asked = [account for account in enabled if account.name in chosen]
        # Those that failed come last at their host: it may hang for them again.
        asked.sort(key=lambda account: states[account.name].failures if account.name in states else 0)
        hosts = _by_host(asked)
        off = [account for account in accounts if not account.enabled and account.name in chosen]
        reports = {account.name: _off(account) for account in off}
        for report in reports.values():
            self.told.source(report)

        async def visit(host: _Host) -> None:
            while host.accounts:
                account = host.accounts.popleft()
                state = states.get(account.name, SourceState(account.name))
                reports[account.name] = await self._one(account, state, host)
                self.told.source(reports[account.name])

        with self.store.transaction():
            self._expire()
        try:
            await each(hosts, visit, AT_ONCE)  # a host is asked for one account after the other
        finally:
            self._keep_calm()
        after = settle(
            self.store, enabled, self.config, self.now
        )  # what says the same as something else, above all
        self.warnings += after.problems
        await self.talks.close()
        if self.unreached and not self.reached:
            self._forgive()
        return tuple(reports[account.name] for account in accounts if account.name in reports)

    async def _one(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        started = monotonic()
        state = _fitting(state, account.asked())
        if account.missing:
            report = self._failed(account, state, _not_given(account))
        elif _has_new_token(account, state):
            report = await self._asked(account, state, host)
        elif patience.is_left_alone(state, self.now, insist=self.insist):
            report = self._waiting(account, state)
        elif host.silent >= LOST_AFTER:
            report = self._unasked(account)
        else:
            report = await self._asked(account, state, host)
        return replace(self._watched(account, report), seconds=round(monotonic() - started, 3))

    def _watched(self, account: Account, report: SourceReport) -> SourceReport:
        """The report, with what a person must know of a source that is not what it was."""
        if alarm := self.curator.alarms.get(account.name):
            notes = (watching.held_by(account, alarm), *report.notes)
            return replace(report, alarm=alarm.reasons, notes=notes)
        if silent := self.silent.get(account.name):
            return replace(report, notes=(*report.notes, silent))
        return report

    async def _asked(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        deadline = SOURCE_DEADLINE if host.silent < SUSPECT_AFTER else HURRIED_DEADLINE
        try:
            async with asyncio.timeout(deadline):
                talk = await self._with_older(account, await self.talks.hold(account, state))
            host.silent = 0
            self.reached = self.reached or any(
                not answer.url.startswith(urls.FOLDER) for answer in talk.answers
            )
            return self._keep(account, state, talk)
        except TimeoutError:
            host.silent += 1
            late = f"{host.name} was not done after {deadline:g} seconds."
            return self._failed(account, state, TooSlow(late))
        except StoreError:
            raise
        except ForecourtError as error:
            host.silent = host.silent + 1 if isinstance(error, TooSlow | Unreachable) else 0
            return self._failed(account, state, error)
        except Exception as error:  # a fault of ours costs one source its freshness, not the run
            log.debug("%s", account.name, exc_info=True)
            fault = f"a fault in Forecourt: {type(error).__name__}; please report it (--debug tells more)"
            return self._failed(account, state, ForecourtError(fault))

    async def _with_older(self, account: Account, talk: Talk) -> Talk:
        """The talk, and what became of posts that lie further back than it looked."""
        batch, connector = talk.batch, account.connector
        if batch is None or not talk.anew or not isinstance(connector, Rechecking):
            return talk
        seen = {post.id for post in batch.posts}
        ids = self.store.posts.longest_unseen(account.name, seen, connector.rechecked, batch.window)
        if not ids:
            return talk
        try:
            older = await self.talks.recheck(account, ids)
        except (FetchError, BadData) as error:
            note = f"what became of older posts cannot be asked: {error}"
            return replace(talk, batch=replace(batch, notes=(*batch.notes, note)))
        both = replace(
            batch,
            posts=(*batch.posts, *(post for post in older.posts if post.id not in seen)),
            rejected=batch.rejected + older.rejected,
        )
        return replace(talk, batch=both, lost=older.gone)

    def _keep(self, account: Account, state: SourceState, talk: Talk) -> SourceReport:
        """One transaction: the posts, the pictures they want, what the next run needs to know."""
        stored = self.store.posts.count(account.name)
        if talk.batch is None:
            self.calm.append(self._learnt(account, state, talk))
            if len(self.calm) >= TOGETHER:
                self._keep_calm()
            moved = tuple(map(self._hide, advice(state, talk)))
            return SourceReport(account.name, account.source.label, "same", same=stored, notes=moved)
        batch = talk.batch
        looked = batch.whole or batch.window is not None
        if looked and stored and not batch.posts and (batch.rejected or not batch.is_empty):
            why = f" ({self._hide(batch.rejected[0])})" if batch.rejected else ""
            raise BadData(
                f"it answers with no entries at all{why}, where there were {stored} posts; they are kept"
            )
        posts, leaking = self._secrecy().parted(_plausible(batch.posts, self.now))
        posts = self._with_pictures_that_we_have(account, posts)
        until = self.now + account.connector.terms.keep if account.connector.terms.keep else None
        posts = [_shown_until(post, until) for post in posts]
        seen, alarm = self._looked_at(account, talk, batch, posts)
        new = [post.id for post in seen.posts]
        missing = self._missing(account, talk)
        if alarm:  # whoever took it over does not say what of the rest is gone
            posts = watching.as_before(self.store, account, posts, new, alarm)
            missing &= self.store.posts.came_since(account.name, alarm.since)
            state = replace(state, missing=tuple(missing.intersection(state.missing)))
        undated = [post.id for post in posts if post.published is None]
        known = self.store.posts.published(account.name, undated)
        dated = [(post, post.published or known.get(post.id, self.now)) for post in posts]
        judged = self.curator.judged(account, self.store, dated, new)
        vanished = sorted(missing & set(state.missing))
        looked_back = talk.anew or batch.window is not None
        unsure = tuple(sorted((missing if looked_back else missing | set(state.missing)) - set(vanished)))
        with self.store.transaction():
            came = max(self.now, alarm.since) if alarm else self.now  # the clock may have gone back since
            saved = self.store.posts.save(account.name, judged, came)
            gone = self.store.posts.remove(account.name, [*batch.gone, *vanished])
            if account.connector.terms.pictures:
                wanted = dict.fromkeys(url for post in posts for url in post.pictures())
                self.store.pictures.want(wanted, self.store.posts.counter())
            said = msgspec.json.encode(alarm).decode() if alarm else ""
            self.store.sources.save(self._learnt(account, replace(state, missing=unsure, alarm=said), talk))
            if alarm is None:
                watching.learn(self.store, account, seen, self.now)
        if batch.token_expires:
            self.tokens.told(account.name, account.connector, batch.token_expires)
        status: Outcome = "new" if saved.new else "changed" if saved.changed or gone else "same"
        ending = self.tokens.warning(account.name, account.connector, self.now)
        doubts = (_doubt(len(unsure)),) if unsure and unsure != state.missing else ()
        return SourceReport(
            account.name, account.source.label, status, saved.new, saved.changed, saved.same, gone,
            rejected=(*map(self._hide, batch.rejected), *leaking),
            notes=(
                *map(self._hide, batch.notes + talk.notes + advice(state, talk)), *doubts,
                *((f"{ending}; {account.renewal}",) if ending else ()),
            ),
        )  # fmt: skip

    def _looked_at(
        self, account: Account, talk: Talk, batch: Batch, posts: Sequence[Post]
    ) -> tuple[Seen, Alarm | None]:
        """What a look brought, and why it is held, now or since an earlier one."""
        title = "" if self._secrecy().is_told_by(batch.title) else batch.title
        host = urls.host(talk.answers[-1].url) if talk.answers and not talk.is_api else ""
        seen = watching.seen(self.store, account, posts, title, host)
        if account.name not in self.curator.alarms:
            written = {host for host, _ in sites(account)}
            alarm = watching.judged(self.store, account, seen, written, self.now, self._hide)
            if alarm:
                self.curator.alarms[account.name] = alarm
        return seen, self.curator.alarms.get(account.name)

    def _keep_calm(self) -> None:
        """Keep what was learnt of sources in which nothing changed, many in one transaction."""
        if self.calm:
            with self.store.transaction():
                for state in self.calm:
                    self.store.sources.save(state)
            self.calm.clear()

    def _with_pictures_that_we_have(self, account: Account, posts: list[Post]) -> list[Post]:
        """The posts, naming pictures that we have by the address that we had them from.

        Networks that sign addresses sign anew at each answer: the same picture would
        be another one at every poll, and its post changed.
        """
        signed = [post for post in posts if any(urls.unsigned(url) != url for _, url in _addresses(post))]
        before = self.store.posts.some(account.name, [post.id for post in signed])
        ours = {
            (post.id, urls.unsigned(url)): url
            for post in before.values()
            for shown, url in _addresses(post)
            if shown and self.store.pictures.get(shown)
        }

        def known(post: Post, url: str) -> str:
            return ours.get((post.id, urls.unsigned(url)), url)

        return [
            replace(
                post,
                author=replace(post.author, avatar=known(post, post.author.avatar)),
                media=tuple(
                    replace(media, url=known(post, media.url), poster=known(post, media.poster))
                    for media in post.media
                ),
            )
            if post.id in before
            else post
            for post in posts
        ]

    def _missing(self, account: Account, talk: Talk) -> set[str]:
        """The ids of stored posts that this look should have seen, and did not."""
        batch = talk.batch
        if batch is None or not all(isinstance(one, Rejection) for one in batch.rejected):
            return set()  # among what could not be read may be any of them
        silent = [post.permalink for post in batch.posts if post.engagement.comments == 0]
        missing = self.store.posts.replies(account.name, [*batch.threads, *silent]) | set(talk.lost)
        if batch.window:
            missing |= self.store.posts.ids(account.name, batch.window)
        missing -= {post.id for post in batch.posts}
        unread = [one for one in batch.rejected if isinstance(one, Rejection)]
        return {one for one in missing if not any(rejection.may_be(one) for rejection in unread)}

    def _learnt(self, account: Account, state: SourceState, talk: Talk) -> SourceState:
        """What was learnt from a talk, without what repeats a secret, as some servers' addresses and validators do."""
        posted = self.store.sources.posted(account.name, self.now, patience.RECENT)
        if silence := watching.silent(self.store, account, self.now, posted):
            self.silent[account.name] = silence.said
        state = learnt(state, talk, self.now, posted, account.connector.terms.recheck)
        secrecy = self._secrecy()
        if not secrecy.looks:
            return state

        def unless_telling(said: str) -> str:
            return "" if secrecy.is_told_by(said) else said

        return replace(
            state, since=unless_telling(state.since), etag=unless_telling(state.etag),
            last_modified=unless_telling(state.last_modified), moved_to=unless_telling(state.moved_to),
        )  # fmt: skip

    def _secrecy(self) -> Secrecy:
        """What must not be read anywhere: the secrets of the environment, and those that platforms gave since."""
        return Secrecy.of((*self.secrets, *self.tokens.secrets()))

    def _hide(self, said: str) -> str:
        return self._secrecy().hidden(said)

    def _failed(self, account: Account, state: SourceState, error: ForecourtError) -> SourceReport:
        state = replace(state, moved_seen=0)  # it may be well again where it was
        if error.cause is Cause.NOT_FOUND:
            state = replace(state, since="")  # what was found may have gone: begin anew
        state = state if account.missing else patience.after_failure(state, error, self.now)
        said = f"{self._hide(str(error)).rstrip('. ')}; {_what_to_do(error, account, state)}"
        sick = replace(
            state, checked=self.now, error=said,
            cause=error.cause.value, secrets=fingerprint(account.connector),
        )  # fmt: skip
        if isinstance(error, Unreachable | TooSlow):
            self.unreached[account.name] = sick
        elif not account.missing and not isinstance(error, Refused):
            self.reached = True
        with self.store.transaction():
            self.store.sources.save(sick)
        kept = self.store.posts.count(account.name)
        return SourceReport(
            account.name, account.source.label, "failed", same=kept, error=said, cause=error.cause.value
        )

    def _waiting(self, account: Account, state: SourceState) -> SourceReport:
        kept = self.store.posts.count(account.name)
        report = SourceReport(account.name, account.source.label, "waiting", same=kept, cause=state.cause)
        # In these two nothing will change before a person does something.
        if state.cause == Cause.AUTH_DEAD or state.pause == patience.Pause.ENDED:
            return replace(report, status="failed", error=state.error)
        until = _again(state)
        match state.pause:
            case patience.Pause.RESTING:
                note = f"read a short while ago; asked again from {until} on"
                return replace(report, status="resting", notes=(note,))
            case patience.Pause.FAILING:
                often = "once" if state.failures == 1 else f"{state.failures} times in a row"
                return replace(report, notes=(f"it failed {often}: {state.error}",))
            case _:
                return replace(report, notes=(f"its server asked to be left alone until {until}",))

    def _expire(self) -> None:
        """Bury what is over its time, unless the clock has jumped: then the next run decides."""
        last = self.store.reports.last("fetch")
        if last is None or self.now - last[0] <= _JUMP:
            self.store.posts.expire(self.now)

    def _unasked(self, account: Account) -> SourceReport:
        kept = self.store.posts.count(account.name)
        note = (
            f"its host did not answer for {LOST_AFTER} of its accounts in a row; asked again at the next run"
        )
        return SourceReport(account.name, account.source.label, "waiting", same=kept, notes=(note,))

    def _forgive(self) -> None:
        """Blame no source for long where no server answered at all: it may be this machine that has no network."""
        several = len(self.unreached) >= _MANY
        if several:
            self.warnings.append(
                "No source could be reached: is this machine online? All are asked again at the next run."
            )
        with self.store.transaction():
            for state in self.unreached.values():
                kept = (
                    replace(state, failures=state.failures - 1, not_before=None, pause="")
                    if several
                    else replace(state, failures=1, not_before=self.now + patience.FIRST_WAIT)
                )
                self.store.sources.save(kept)


@contextmanager
def _left_to_itself() -> Iterator[None]:
    """Keep the garbage collector from what is there already: thousands of accounts stay until the end.

    It would look at each of them again and again, a twentieth of what 5,000 unchanged sources cost.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _off(account: Account) -> SourceReport:
    terms = account.connector.terms
    why = "" if account.source.enabled is False or terms.enabled else terms.note
    note = f"it is switched off; enabled = true in sources.toml switches it on. {why}".rstrip()
    return SourceReport(account.name, account.source.label, "off", notes=(note,))


def _doubt(count: int) -> str:
    posts = "a post is" if count == 1 else f"{count} posts are"
    return f"{posts} missing; what the next look at everything does not see either is gone"


def _not_given(account: Account) -> PlatformError:
    names = " and ".join(account.missing)
    return PlatformError(f"the environment has no {names}", Cause.AUTH_DEAD)


def _again(state: SourceState) -> str:
    """When the source is asked again, for people."""
    return f"{state.not_before:%Y-%m-%d %H:%M} UTC" if state.not_before else "the next run"


def _what_to_do(error: ForecourtError, account: Account, state: SourceState) -> str:
    """What a person can do about it, or that nothing is to be done."""
    kept = f"asked again from {_again(state)} on"
    if isinstance(error, Gone):
        return f"its posts are kept, and it is not asked again until {account.source.place()} has another address"
    if not isinstance(error, PlatformError) and not (error.cause is Cause.AUTH_DEAD and account.variables()):
        return kept
    manual = f"the token may not read this: docs/networks.md#{account.source.connector} says what it must be allowed"
    return {
        Cause.AUTH_EXPIRED: account.renewal,
        Cause.AUTH_DEAD: account.renewal,
        Cause.PERMISSION: manual if account.variables() else kept,
        Cause.NOT_FOUND: f"check how the account is named in {account.source.place()}",
        Cause.BLOCKED: "we are taken for a robot; it is asked again in a few hours",
        Cause.BAD_DATA: f"its posts are kept; check its options in {account.source.place()}",
    }.get(error.cause, kept)


class _Written:
    """The sites that the operator wrote, found out when a picture is asked for: most runs take up none."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = accounts

    @cached_property
    def _sites(self) -> frozenset[tuple[str, int | None]]:
        return frozenset().union(*map(sites, self._accounts))

    def __contains__(self, site: object) -> bool:
        return site in self._sites


@dataclass(slots=True)
class _Host:
    """The accounts at one host, and how many in a row it did not answer for."""

    name: str
    accounts: deque[Account] = field(default_factory=deque)
    silent: int = 0


def _by_host(accounts: Iterable[Account]) -> list[_Host]:
    """The accounts by the host that their first request goes to."""
    hosts: dict[str, _Host] = {}
    for account in accounts:
        said = advance(account.connector, account.name, "", ())
        name = urlsplit(said.url).netloc if isinstance(said, Request) else ""
        name = name or account.name
        hosts.setdefault(name, _Host(name)).accounts.append(account)
    return list(hosts.values())


def _has_new_token(account: Account, state: SourceState) -> bool:
    """Whether it was locked out, and its secrets are others since."""
    return state.cause == Cause.AUTH_DEAD and state.secrets != fingerprint(account.connector)


def _fitting(state: SourceState, asked: str) -> SourceState:
    """The state, without what an account with other options had learnt."""
    if state.asked == asked:
        return state
    return SourceState(state.name, asked=asked, fresh=state.fresh, settled=state.settled, alarm=state.alarm)


def _plausible(posts: Iterable[Post], now: datetime) -> Iterator[Post]:
    """The posts, without changes that are still to come: one of 2097 would lead every feed for ever."""
    for post in posts:
        yield replace(post, updated=None) if post.updated and post.updated > now else post


def _shown_until(post: Post, until: datetime | None) -> Post:
    both = [moment for moment in (post.display_until, until) if moment]
    return replace(post, display_until=min(both)) if both else post


def _addresses(post: Post) -> list[tuple[str, str]]:
    """Where its pictures and films are, each after the picture that is shown for it."""
    found = [(post.author.avatar, post.author.avatar)]
    for media in post.media:
        shown = media.url if media.type == "image" else media.poster
        found += [(shown, media.url), (shown, media.poster)]
    return found
