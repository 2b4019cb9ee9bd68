"""One update: ask every linked account, judge what is new, keep it, say what happened."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from time import monotonic
from urllib.parse import urlsplit

from forecourt import urls
from forecourt.accounts import Account, settle
from forecourt.config import VERSION, Config
from forecourt.connectors import Batch, Request, Response, advance
from forecourt.curate import decide
from forecourt.errors import Answered, BadData, ForecourtError, StoreError, TooSlow, Unreachable
from forecourt.fetch import Answer, Door, Guard, Limits, Validators, Workers, each
from forecourt.media import Taken, take_up
from forecourt.model import Post
from forecourt.report import Listener, Outcome, Report, SourceReport
from forecourt.store import SourceState, Store

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

MOST_REQUESTS = 20
"""Requests that one conversation may make."""

_NOT_THERE = (404, 410)

MOVED_AFTER = 3
"""Runs that must see the same permanent redirect before it is followed unasked."""


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
    async with Door(agent, Guard(config.allow_private)) as door:
        with Workers() as workers:
            sources = await Update(store, door, workers, now, told).run(accounts, only)
            taken = await take_up(store, config.pictures, door, workers, now, told) if pictures else Taken()
    return Report(
        sources, taken.new, taken.failed, taken.waiting, taken.notes, round(monotonic() - started, 3)
    )


@dataclass(slots=True)
class Update:
    """What an update works with."""

    store: Store
    door: Door
    workers: Workers
    now: datetime
    told: Listener

    async def run(self, accounts: Sequence[Account], only: Iterable[str] = ()) -> tuple[SourceReport, ...]:
        """Ask the accounts, or only the named ones. Never raises for what a source does; raises StoreError."""
        settle(self.store, accounts)
        chosen = set(only) or {account.name for account in accounts}
        states = self.store.sources.all()
        hosts = _by_host([account for account in accounts if account.name in chosen])
        reports: dict[str, SourceReport] = {}

        async def visit(host: _Host) -> None:
            while host.accounts:
                account = host.accounts.popleft()
                state = states.get(account.name, SourceState(account.name))
                reports[account.name] = await self._one(account, state, host)
                self.told.source(reports[account.name])

        # As many hands for a host as it takes connections: the rest of its accounts wait without a hand.
        hands = [host for number in range(PER_HOST) for host in hosts if len(host.accounts) > number]
        await each(hands, visit, AT_ONCE)
        return tuple(reports[account.name] for account in accounts if account.name in reports)

    async def _one(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        started = monotonic()
        if state.not_before and state.not_before > self.now:
            report = self._waiting(account, state)
        else:
            report = await self._asked(account, _fitting(state, account.asked()), host)
        return replace(report, seconds=round(monotonic() - started, 3))

    async def _asked(self, account: Account, state: SourceState, host: _Host) -> SourceReport:
        deadline = SOURCE_DEADLINE if host.silent < SUSPECT_AFTER else HURRIED_DEADLINE
        try:
            async with asyncio.timeout(deadline):
                talk = await self._converse(account, state)
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

    async def _converse(self, account: Account, state: SourceState) -> _Talk:
        """Carry requests out and answers in until the connector has its batch."""
        connector, since = account.connector, state.since
        said = advance(connector, account.name, since, ())
        answers: list[Answer] = []
        address = ""
        while isinstance(said, Request):
            if len(answers) == MOST_REQUESTS:
                raise BadData(f"it asks for more than {MOST_REQUESTS} pages in one run")
            first = not answers
            asked = _moved(said, state) if first else said
            validators = (
                Validators(state.etag, state.last_modified) if first and asked.url == state.url else None
            )
            answer = await self.door.ask(asked, validators, now=self.now)
            if first and asked.url == state.url and _unchanged(answer, state):
                return _Talk(None, [answer], asked.url)
            address = asked.url
            answers.append(answer)
            heard = tuple(Response(each.url, each.body, each.headers) for each in answers)
            said = await self.workers.run(advance, connector, account.name, since, heard)
        return _Talk(said, answers, address)

    def _keep(self, account: Account, state: SourceState, talk: _Talk) -> SourceReport:
        """One transaction: the posts, the pictures they want, what the next run needs to know."""
        batch = talk.batch
        stored = self.store.posts.count(account.name)
        if batch is None:
            with self.store.transaction():
                self.store.sources.save(_fresh(state, talk, self.now))
            return SourceReport(
                account.name, account.source.label, "same", same=stored, notes=_advice(state, talk)
            )
        if batch.whole and not batch.posts and stored:
            raise BadData(
                f"it answers with no entries at all, where there were {stored} posts; they are kept"
            )
        judged = [(post, decide(post, account.rules)) for post in _plausible(batch.posts, self.now)]
        with self.store.transaction():
            saved = self.store.posts.save(account.name, judged, self.now)
            gone = self.store.posts.remove(account.name, batch.gone)
            self.store.pictures.want(_pictures(batch.posts), self.store.posts.counter())
            self.store.sources.save(_fresh(state, talk, self.now))
        status: Outcome = "new" if saved.new else "changed" if saved.changed or gone else "same"
        return SourceReport(
            account.name, account.source.label, status, saved.new, saved.changed, saved.same, gone,
            rejected=batch.rejected, notes=batch.notes + _advice(state, talk),
        )  # fmt: skip

    def _failed(self, account: Account, state: SourceState, error: ForecourtError) -> SourceReport:
        retry_at = error.retry_at if isinstance(error, Answered) else None
        if isinstance(error, Answered) and error.status in _NOT_THERE:
            state = replace(state, since="", moved_seen=0)  # what was found may have gone: begin anew
        sick = replace(
            state, checked=self.now, error=str(error), failures=state.failures + 1, not_before=retry_at
        )
        with self.store.transaction():
            self.store.sources.save(sick)
        kept = self.store.posts.count(account.name)
        return SourceReport(account.name, account.source.label, "failed", same=kept, error=str(error))

    def _waiting(self, account: Account, state: SourceState) -> SourceReport:
        until = f"{state.not_before:%Y-%m-%d %H:%M} UTC" if state.not_before else ""
        note = f"its server asked to be left alone until {until}"
        kept = self.store.posts.count(account.name)
        return SourceReport(account.name, account.source.label, "waiting", same=kept, notes=(note,))


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
        name = urlsplit(said.url).netloc if isinstance(said, Request) else account.name
        hosts.setdefault(name, _Host(name)).accounts.append(account)
    return list(hosts.values())


@dataclass(frozen=True, slots=True)
class _Talk:
    """A finished conversation: its batch (None when nothing changed), its answers, where the last was asked."""

    batch: Batch | None
    answers: list[Answer]
    address: str

    @property
    def moved_to(self) -> str:
        """Where a permanent redirect led, "" where none did."""
        return self.answers[0].moved_to if self.answers else ""


def _fitting(state: SourceState, asked: str) -> SourceState:
    """The state, without what an account with other options had learnt."""
    if state.asked == asked:
        return state
    return SourceState(state.name, asked=asked, fresh=state.fresh, settled=state.settled)


def _moved(request: Request, state: SourceState) -> Request:
    if state.moved_to and state.moved_seen >= MOVED_AFTER:
        return replace(request, url=state.moved_to)
    return request


def _unchanged(answer: Answer, state: SourceState) -> bool:
    """Whether the answer is the one we have: some servers know neither ETag nor Last-Modified."""
    return answer.status == 304 or _digest(answer.body) == state.digest  # noqa: PLR2004 - Not Modified


def _fresh(state: SourceState, talk: _Talk, now: datetime) -> SourceState:
    state = replace(state, checked=now, fresh=now, error="", failures=0, not_before=None)
    if moved_to := talk.moved_to:
        agreed = moved_to == state.moved_to
        state = replace(state, moved_to=moved_to, moved_seen=state.moved_seen + 1 if agreed else 1)
    elif state.moved_seen < MOVED_AFTER:
        state = replace(state, moved_to="", moved_seen=0)
    if talk.batch is None:
        return state
    state = replace(state, since=talk.batch.since)
    if not talk.answers:
        return state
    # Should the next conversation begin where this one ended, as with a feed that a page named, these
    # tell whether anything changed. One that begins elsewhere does not meet them.
    answer = talk.answers[-1]
    validators = answer.validators
    return replace(
        state,
        url=talk.address,
        etag=validators.etag,
        last_modified=validators.last_modified,
        digest=_digest(answer.body),
    )


def _advice(state: SourceState, talk: _Talk) -> tuple[str, ...]:
    moved_to = talk.moved_to or (state.moved_to if state.moved_seen >= MOVED_AFTER else "")
    if not moved_to:
        return ()
    return (f"it has moved for good to {urls.place(moved_to)}; write that into sources.toml",)


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()


def _plausible(posts: Iterable[Post], now: datetime) -> Iterator[Post]:
    """The posts, without changes that are still to come: one of 2097 would lead every feed for ever."""
    for post in posts:
        yield replace(post, updated=None) if post.updated and post.updated > now else post


def _pictures(posts: Iterable[Post]) -> list[str]:
    """Every picture that the pages of these posts show."""
    shown = []
    for post in posts:
        shown += [media.url if media.type == "image" else media.poster for media in post.media]
        shown.append(post.author.avatar)
    return list(dict.fromkeys(filter(None, shown)))
