"""Conversations with an origin: requests out, answers in, with a token that is good."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus

from forecourt import patience, urls
from forecourt.accounts import Account
from forecourt.connectors import Batch, Connector, Grant, Renewable, Request, Response, advance
from forecourt.errors import Answered, BadData, Cause, ForecourtError, Gone, PlatformError, StoreError
from forecourt.fetch import Answer, Door, Validators, Workers
from forecourt.store import SourceState
from forecourt.tokens import Tokens

MOST_REQUESTS = 30
"""Requests that one conversation may make."""

SECOND_LOOK = timedelta(hours=1)
"""After a look that lacked posts, the next one comes so soon; what it lacks as well is gone."""

MOVED_AFTER = 3
"""Runs that must see the same permanent redirect before it is followed unasked."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A finished conversation: its batch (None when nothing changed), its answers, where the last was asked.

    ``anew`` is whether the account was read as a whole. An API's address is our own
    business and may hold a key: where it moved is not remembered.
    """

    batch: Batch | None
    answers: list[Answer]
    address: str = field(repr=False)
    anew: bool = False
    is_api: bool = False
    lost: tuple[str, ...] = ()
    """Ids that the platform was asked for by name, and does not know any more."""
    notes: tuple[str, ...] = ()

    @property
    def moved_to(self) -> str:
        """Where a permanent redirect led, "" where none did."""
        return self.answers[0].moved_to if self.answers and not self.is_api else ""


@dataclass(frozen=True, slots=True)
class Conversations:
    """What it takes to talk with the accounts of a hub in one run."""

    door: Door
    workers: Workers
    tokens: Tokens
    now: datetime
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    renewals: set[asyncio.Future[Connector]] = field(default_factory=set)

    async def hold(self, account: Account, state: SourceState) -> Talk:
        """Talk with a token that is good, and once more with a new one when the platform says that it ended."""
        connector = self.tokens.let_in(account.name, account.connector, self.now)
        notes: tuple[str, ...] = ()
        renewed = False
        if self.tokens.is_due(account.name, account.connector, self.now):
            connector, notes = await self._renewed_in_time(account, connector)
            renewed = not notes
        try:
            talk = await self._talk(account, connector, state)
        except PlatformError as error:
            if error.cause is not Cause.AUTH_EXPIRED:
                raise
            if renewed or not isinstance(connector, Renewable) or not connector.renews:
                raise PlatformError(str(error), Cause.AUTH_DEAD) from error
            talk = await self._talk_again(account, await self._renewed(account, connector), state)
        return replace(talk, notes=talk.notes + notes)

    async def _talk_again(self, account: Account, connector: Connector, state: SourceState) -> Talk:
        """Talk with a token that was renewed just now: that it has ended, too, is beyond a machine."""
        try:
            return await self._talk(account, connector, state)
        except PlatformError as error:
            if error.cause is Cause.AUTH_EXPIRED:
                raise PlatformError(str(error), Cause.AUTH_DEAD) from error
            raise

    async def _renewed_in_time(
        self, account: Account, connector: Connector
    ) -> tuple[Connector, tuple[str, ...]]:
        """The connector with a new token; with the old one and a note where that one still lives."""
        try:
            return await self._renewed(account, connector), ()
        except ForecourtError as error:
            grant = self.tokens.grant(account.name, account.connector)
            if isinstance(error, StoreError) or grant is None:
                raise
            if grant.expires and grant.expires <= self.now:
                raise
            return connector, (f"its token could not be renewed yet: {error}",)

    async def _renewed(self, account: Account, connector: Connector) -> Connector:
        """The connector with a new token. That is asked for, and kept, whatever becomes of the rest of the run."""
        asking = asyncio.ensure_future(self._renewal(account, connector))
        self.renewals.add(asking)
        asking.add_done_callback(self.renewals.discard)
        return await asyncio.shield(asking)

    async def _renewal(self, account: Account, connector: Connector) -> Connector:
        """Ask the platform for a new token, write it down, and only then use it.

        One after the other: two accounts may share what is good for one use.
        """
        if not isinstance(connector, Renewable):
            raise TypeError(f"{type(connector).__name__} cannot renew its token")
        async with self.turn:
            self.tokens.refresh()
            last = self.tokens.grant(account.name, account.connector)
            used = connector.token.reveal() if connector.token else ""
            is_new = last is not None and last.token.reveal() != used
            if is_new and not self.tokens.is_due(account.name, account.connector, self.now):
                assert last is not None  # mypy cannot see that is_new says so
                return replace(connector, token=last.token)
            conversation = connector.renew(last)
            try:
                request = next(conversation)
                while True:
                    request = conversation.send(_heard(await self.door.ask(request, now=self.now), self.now))
            except StopIteration as done:
                grant: Grant = done.value
            self.tokens.keep(account.name, account.connector, grant, self.now)
            return replace(connector, token=grant.token)

    async def close(self) -> None:
        """Let renewals end that are still on their way: a token that came and was not kept is lost."""
        await asyncio.gather(*self.renewals, return_exceptions=True)

    async def recheck(self, account: Account, ids: tuple[str, ...]) -> Batch:
        """Ask what became of these posts."""
        connector = self.tokens.let_in(account.name, account.connector, self.now)
        answers: list[Response] = []
        said = advance(connector, account.name, "", (), ids)
        while isinstance(said, Request):
            if len(answers) == MOST_REQUESTS:
                raise BadData(f"it asks more than {MOST_REQUESTS} times what became of posts")
            answers.append(_heard(await self.door.ask(said, now=self.now), self.now))
            said = await self.workers.run(advance, connector, account.name, "", tuple(answers), ids)
        return said

    async def _talk(self, account: Account, connector: Connector, state: SourceState) -> Talk:
        """Carry requests out and answers in until the connector has its batch."""
        terms = connector.terms
        anew = _is_to_be_reread(state, terms.recheck, self.now)
        since = "" if anew else state.since
        said = advance(connector, account.name, since, ())
        own = said.url if isinstance(said, Request) and not since else ""
        answers: list[Answer] = []
        address = ""
        asked_before: set[tuple[str, str, bytes]] = set()
        is_api = False
        while isinstance(said, Request):
            if len(answers) == MOST_REQUESTS:
                raise BadData(f"it asks for more than {MOST_REQUESTS} pages in one run")
            first = not answers
            asked = _moved(said, state) if first else said
            mark = (asked.method, asked.url, asked.body)
            if mark in asked_before:
                raise BadData(f"{urls.place(asked.url)} leads to itself, page after page")
            asked_before.add(mark)
            is_api = is_api or asked.hears_errors
            known = (
                first and not (anew or state.missing) and terms.keep is None and _mark(asked.url) == state.url
            )
            validators = Validators(state.etag, state.last_modified) if known else None
            try:
                astray = asked.url != own and urls.site(asked.url) not in sites(account)
                answer = await self.door.ask(asked, validators, now=self.now, astray=astray)
            except Answered as error:
                if error.status == HTTPStatus.GONE and asked.url == own:
                    raise Gone(str(error), error.status) from error
                raise
            if known and _unchanged(answer, state):
                return Talk(None, [answer], asked.url)
            address = asked.url
            answers.append(answer)
            heard = tuple(_heard(each, self.now) for each in answers)
            said = await self.workers.run(advance, connector, account.name, since, heard)
        return Talk(said, answers, address, anew=anew, is_api=is_api)


def learnt(
    state: SourceState, talk: Talk, now: datetime, posted: Sequence[datetime], recheck: timedelta | None
) -> SourceState:
    """The state of a source after a talk with it went well.

    ``posted`` are the moments of its newest posts, ``recheck`` is how often it is read as a whole.
    """
    state = replace(
        state, checked=now, fresh=now, error="", cause="", secrets="", failures=0, not_before=None, pause=""
    )
    if talk.anew:
        state = replace(state, reread=now)
    if moved_to := talk.moved_to:
        agreed = moved_to == state.moved_to
        state = replace(state, moved_to=moved_to, moved_seen=state.moved_seen + 1 if agreed else 1)
    elif state.moved_to and state.moved_seen < MOVED_AFTER:
        state = replace(state, moved_to="", moved_seen=0)
    if talk.batch is not None:
        wish = talk.batch.wish.total_seconds() if talk.batch.wish else 0
        state = replace(state, since=talk.batch.since, wish=int(wish))
    if not talk.answers:
        return state
    if not talk.address.startswith(urls.FOLDER):
        own = min(patience.pace(posted, now), _until_whole_look(state, recheck, now))
        state = patience.after_reading(state, talk.answers[-1], now, own, is_api=talk.is_api)
    if talk.batch is None:
        return state
    # Should the next conversation begin where this one ended, as with a feed that a page named, these
    # tell whether anything changed. One that begins elsewhere does not meet them.
    answer = talk.answers[-1]
    validators = answer.validators
    return replace(
        state,
        url=_mark(talk.address),
        etag=validators.etag,
        last_modified=validators.last_modified,
        digest=_digest(answer.body),
    )


def advice(state: SourceState, talk: Talk) -> tuple[str, ...]:
    """What the operator may want to write into sources.toml after a talk."""
    moved_to = talk.moved_to or (state.moved_to if state.moved_seen >= MOVED_AFTER else "")
    if not moved_to:
        return ()
    return (f"it has moved for good to {urls.place(moved_to)}; write that into sources.toml",)


def _is_to_be_reread(state: SourceState, every: timedelta | None, now: datetime) -> bool:
    """Whether its time has come; sooner where a look lacked posts, since a second one decides."""
    return _until_whole_look(state, every, now) <= timedelta(0)


def _until_whole_look(state: SourceState, every: timedelta | None, now: datetime) -> timedelta:
    """How long it is until the account is to be read as a whole, less than nothing when that is overdue."""
    if every is None:
        return timedelta.max
    if state.reread is None or state.reread > now:  # the clock was ahead then
        return timedelta(0)
    return (min(every, SECOND_LOOK) if state.missing else every) - (now - state.reread)


def _heard(answer: Answer, now: datetime) -> Response:
    return Response(answer.url, answer.body, answer.headers, answer.status, now)


def sites(account: Account) -> frozenset[tuple[str, int | None]]:
    """Whose addresses the operator wrote: those among the options, and where the account is asked first.

    What strangers name, the feed of a page, where one has moved to, a picture, may be anywhere.
    """
    first = advance(account.connector, account.name, "", ())
    addresses = [str(value) for value in account.source.options.values()]
    found = {urls.site(one) for one in addresses if "://" in one}
    return frozenset(found | ({urls.site(first.url)} if isinstance(first, Request) else set()))


def _moved(request: Request, state: SourceState) -> Request:
    """The request, where several runs agreed that it has moved to; its headers are for its own site."""
    if not state.moved_to or state.moved_seen < MOVED_AFTER:
        return request
    stays = urls.site(request.url) == urls.site(state.moved_to)
    return replace(request, url=state.moved_to, headers=request.headers if stays else {})


def _unchanged(answer: Answer, state: SourceState) -> bool:
    """Whether the answer is the one we have: some servers know neither ETag nor Last-Modified."""
    return answer.status == HTTPStatus.NOT_MODIFIED or (
        answer.status == HTTPStatus.OK and _digest(answer.body) == state.digest
    )


def _mark(url: str) -> str:
    """What an address is known again by."""
    return _digest(url.encode()).hex()


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
