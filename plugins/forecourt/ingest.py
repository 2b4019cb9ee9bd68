"""One update: ask every linked account, judge what is new, keep it, say what happened."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import quote, quote_plus, urlsplit

from forecourt import urls
from forecourt.accounts import Account, settle
from forecourt.config import VERSION, Config
from forecourt.connectors import Rechecking, Request, advance
from forecourt.conversations import Conversations, Talk, advice, learnt
from forecourt.curate import decide
from forecourt.errors import (
    BadData,
    Cause,
    FetchError,
    ForecourtError,
    PlatformError,
    StoreError,
    TooSlow,
    Unreachable,
)
from forecourt.fetch import Door, Guard, Limits, Workers, each
from forecourt.media import Taken, drop, take_up
from forecourt.model import Post
from forecourt.report import Listener, Outcome, Report, SourceReport
from forecourt.store import SourceState, Store
from forecourt.talk import Rejection
from forecourt.tokens import Tokens, fingerprint, secrets_of

log = logging.getLogger(__name__)

AT_ONCE = 48
"""Sources asked at the same time; a task each, never one for every source."""

PER_HOST = Limits().per_host

SUSPECT_AFTER = 2
"""Accounts in a row for which a host did not answer, before it gets less time for each of its others."""

HURRIED_DEADLINE = 8.0
"""Seconds that an account at such a host may take: enough for one that answers."""

SOURCE_DEADLINE = 120.0
"""Seconds that one source may take in all, with its pages and its turn at a busy host."""

_SHORTEST_SECRET = 8
"""Characters from which a text can be looked for without finding it by chance."""

_PAUSES = {
    Cause.RATE_LIMITED: timedelta(minutes=15),  # where the platform does not say
    Cause.BLOCKED: timedelta(hours=3),
    Cause.AUTH_DEAD: timedelta(days=1),
}
"""How long a source is left alone that failed for this reason."""


async def fetch(
    config: Config,
    accounts: Sequence[Account],
    store: Store,
    now: datetime,
    *,
    only: Sequence[str] = (),
    told: Listener = Listener(),
    pictures: bool = True,
) -> Report:
    """Ask the accounts, or the named ones, for news, and take up the pictures that posts want."""
    started = monotonic()
    agent = f"Forecourt/{VERSION}" + (f" (+{config.address})" if config.address else "")
    async with Door(agent, Guard(config.allow_private), root=config.root) as door:
        with Workers() as workers:
            talks = Conversations(door, workers, Tokens(config.state), now)
            secrets = frozenset(one for each in accounts for one in secrets_of(each.connector).values())
            sources = await Update(store, talks, now, told, secrets).run(accounts, only)
            if pictures:
                drop(store, config.pictures)
            taken = await take_up(store, config.pictures, door, workers, now, told) if pictures else Taken()
    return Report(
        sources, taken.new, taken.failed, taken.waiting, taken.notes, round(monotonic() - started, 3)
    )


@dataclass(slots=True)
class Update:
    """What an update works with."""

    store: Store
    talks: Conversations
    now: datetime
    told: Listener
    secrets: frozenset[str] = frozenset()
    """Those of all accounts, as the environment has them."""

    @property
    def tokens(self) -> Tokens:
        """The tokens of the accounts."""
        return self.talks.tokens

    async def run(self, accounts: Sequence[Account], only: Iterable[str] = ()) -> tuple[SourceReport, ...]:
        """Ask the accounts, or only the named ones. Never raises for what a source does; raises StoreError."""
        enabled = [account for account in accounts if account.enabled]
        settle(self.store, enabled)
        chosen = set(only) or {account.name for account in accounts}
        states = self.store.sources.all()
        hosts = _by_host([account for account in enabled if account.name in chosen])
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

        # As many hands for a host as it takes connections: the rest of its accounts wait without a hand.
        hands = [host for number in range(PER_HOST) for host in hosts if len(host.accounts) > number]
        with self.store.transaction():
            self.store.posts.expire(self.now)
        await each(hands, visit, AT_ONCE)
        await self.talks.close()
        return tuple(reports[account.name] for account in accounts if account.name in reports)

    async def _one(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        started = monotonic()
        secrets = fingerprint(account.connector)
        state = _fitting(state, account.asked())
        if account.missing:
            report = self._failed(account, state, _not_given(account))
        elif state.cause == Cause.AUTH_DEAD and state.secrets != secrets:  # a new token was given
            report = await self._asked(account, state, host)
        elif state.not_before and state.not_before > self.now:
            report = self._waiting(account, state)
        else:
            report = await self._asked(account, state, host)
        return replace(report, seconds=round(monotonic() - started, 3))

    async def _asked(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        deadline = SOURCE_DEADLINE if host.silent < SUSPECT_AFTER else HURRIED_DEADLINE
        try:
            async with asyncio.timeout(deadline):
                talk = await self._with_older(account, await self.talks.hold(account, state))
            host.silent = 0
            return self._keep(account, state, talk)
        except TimeoutError:
            host.silent += 1
            late = f"it was not done after {deadline:g} seconds; it is asked again at the next run"
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
            with self.store.transaction():
                self.store.sources.save(learnt(state, talk, self.now))
            return SourceReport(
                account.name, account.source.label, "same", same=stored, notes=advice(state, talk)
            )
        batch = talk.batch
        looked = batch.whole or batch.window is not None
        if looked and stored and not batch.posts and (batch.rejected or not batch.is_empty):
            why = f" ({self._hide(batch.rejected[0])})" if batch.rejected else ""
            raise BadData(
                f"it answers with no entries at all{why}, where there were {stored} posts; they are kept"
            )
        posts, leaking = _without(self._secrets(), _plausible(batch.posts, self.now))
        posts = self._with_pictures_that_we_have(account, posts)
        until = self.now + account.connector.terms.keep if account.connector.terms.keep else None
        judged = [(_shown_until(post, until), decide(post, account.rules)) for post in posts]
        missing = self._missing(account, talk)
        vanished = sorted(missing & set(state.missing))
        looked_back = talk.anew or batch.window is not None
        unsure = tuple(sorted((missing if looked_back else missing | set(state.missing)) - set(vanished)))
        with self.store.transaction():
            saved = self.store.posts.save(account.name, judged, self.now)
            gone = self.store.posts.remove(account.name, [*batch.gone, *vanished])
            if account.connector.terms.pictures:
                self.store.pictures.want(_pictures(posts), self.store.posts.counter())
            self.store.sources.save(replace(learnt(state, talk, self.now), missing=unsure))
        if batch.token_expires:
            self.tokens.told(account.name, account.connector, batch.token_expires)
        status: Outcome = "new" if saved.new else "changed" if saved.changed or gone else "same"
        ending = self.tokens.warning(account.name, account.connector, self.now)
        doubts = (_doubt(len(unsure)),) if unsure and unsure != state.missing else ()
        return SourceReport(
            account.name, account.source.label, status, saved.new, saved.changed, saved.same, gone,
            rejected=(*map(self._hide, batch.rejected), *leaking),
            notes=(
                *map(self._hide, batch.notes + talk.notes), *doubts, *advice(state, talk),
                *((f"{ending}; {account.renewal}",) if ending else ()),
            ),
        )  # fmt: skip

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

    def _secrets(self) -> set[str]:
        """Everything that must not be read anywhere, as it is and as it stands in an address."""
        known = {one for one in (*self.secrets, *self.tokens.secrets()) if len(one) >= _SHORTEST_SECRET}
        return known | {quote(one, safe="") for one in known} | {quote_plus(one) for one in known}

    def _hide(self, said: str) -> str:
        """Put dots for secrets and their beginnings: some platforms repeat a token when they refuse it."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            beginning = secret[:_SHORTEST_SECRET]
            while (at := said.find(beginning)) >= 0:
                end = at + _alike(said[at:], secret)
                said = said[:at] + "•••" + said[end:]
        return said

    def _failed(self, account: Account, state: SourceState, error: ForecourtError) -> SourceReport:
        retry_at = error.retry_at if isinstance(error, FetchError) else None
        if (
            retry_at is None
            and isinstance(error, PlatformError)
            and not account.missing
            and error.cause in _PAUSES
        ):
            retry_at = self.now + _PAUSES[error.cause]
        if error.cause is Cause.NOT_FOUND:
            state = replace(state, since="", moved_seen=0)  # what was found may have gone: begin anew
        said = self._hide(str(error))
        if isinstance(error, PlatformError) or (error.cause is Cause.AUTH_DEAD and account.variables()):
            said = f"{said.rstrip('. ')}; {_what_to_do(error, account)}"
        sick = replace(
            state, checked=self.now, error=said, failures=state.failures + 1, not_before=retry_at,
            cause=error.cause.value, secrets=fingerprint(account.connector),
        )  # fmt: skip
        with self.store.transaction():
            self.store.sources.save(sick)
        kept = self.store.posts.count(account.name)
        return SourceReport(
            account.name, account.source.label, "failed", same=kept, error=said, cause=error.cause.value
        )

    def _waiting(self, account: Account, state: SourceState) -> SourceReport:
        kept = self.store.posts.count(account.name)
        if state.cause == Cause.AUTH_DEAD:  # nothing will change before a person gives a new token
            return SourceReport(
                account.name, account.source.label, "failed", same=kept, error=state.error, cause=state.cause
            )
        until = f"{state.not_before:%Y-%m-%d %H:%M} UTC" if state.not_before else ""
        note = f"its server asked to be left alone until {until}"
        return SourceReport(
            account.name, account.source.label, "waiting", same=kept, cause=state.cause, notes=(note,)
        )


def _off(account: Account) -> SourceReport:
    terms = account.connector.terms
    why = "" if account.source.enabled is False or terms.enabled else terms.note
    note = f"it is switched off; enabled = true in sources.toml switches it on. {why}".rstrip()
    return SourceReport(account.name, account.source.label, "off", notes=(note,))


def _alike(said: str, secret: str) -> int:
    """How many characters they begin with that are the same."""
    pairs = enumerate(zip(said, secret, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(said), len(secret)))


def _doubt(count: int) -> str:
    posts = "a post is" if count == 1 else f"{count} posts are"
    return f"{posts} missing; what the next look at everything does not see either is gone"


def _not_given(account: Account) -> PlatformError:
    names = " and ".join(account.missing)
    return PlatformError(f"the environment has no {names}", Cause.AUTH_DEAD)


def _what_to_do(error: ForecourtError, account: Account) -> str:
    """What a person can do about it, or that nothing is to be done."""
    retry_at = error.retry_at if isinstance(error, FetchError) else None
    then = f"{retry_at:%Y-%m-%d %H:%M} UTC" if retry_at else "the next run"
    kept = f"its posts are kept, and it is asked again from {then} on"
    manual = f"the token may not read this: docs/networks.md#{account.source.connector} says what it must be allowed"
    return {
        Cause.AUTH_EXPIRED: account.renewal,
        Cause.AUTH_DEAD: account.renewal,
        Cause.PERMISSION: manual if account.variables() else kept,
        Cause.NOT_FOUND: f"check how the account is named in {account.source.place()}",
        Cause.BLOCKED: "we are taken for a robot; it is asked again in a few hours",
        Cause.BAD_DATA: f"its posts are kept; check its options in {account.source.place()}",
    }.get(error.cause, kept)


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


def _fitting(state: SourceState, asked: str) -> SourceState:
    """The state, without what an account with other options had learnt."""
    if state.asked == asked:
        return state
    return SourceState(state.name, asked=asked, fresh=state.fresh, settled=state.settled)


def _plausible(posts: Iterable[Post], now: datetime) -> Iterator[Post]:
    """The posts, without changes that are still to come: one of 2097 would lead every feed for ever."""
    for post in posts:
        yield replace(post, updated=None) if post.updated and post.updated > now else post


def _without(secrets: set[str], posts: Iterable[Post]) -> tuple[list[Post], list[str]]:
    """The posts, those aside that hold a secret of ours: some platforms put tokens into addresses."""
    kept: list[Post] = []
    rejected: list[str] = []
    for post in posts:
        said = repr(post) if secrets else ""
        if any(secret in said for secret in secrets):
            rejected.append("a post holds the account's own token and is not kept")
        else:
            kept.append(post)
    return kept, rejected


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


def _pictures(posts: Iterable[Post]) -> list[str]:
    """Every picture that the pages of these posts show."""
    shown = []
    for post in posts:
        shown += [media.url if media.type == "image" else media.poster for media in post.media]
        shown.append(post.author.avatar)
    return list(dict.fromkeys(filter(None, shown)))
