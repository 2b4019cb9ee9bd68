"""One run of the schedule: the state is taken, the accounts are asked, the site is made, judged, sent, the state kept.

A step that fails costs what depends on it and no more. Whatever happens, the run says so: in the status file, to the
people whom HUB_ALERTS names, and by its exit code.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from forecourt import config, keeping, knowing, places
from forecourt.accounts import Account
from forecourt.commands import facts, owed, runs
from forecourt.commands.given import asked_of, linked
from forecourt.commands.outgoing import FOLDER, Outgoing
from forecourt.commands.steps import Steps
from forecourt.config import Config
from forecourt.console import say
from forecourt.deploy import guard
from forecourt.errors import PlaceError, SettingsError, StoreError, Unsafe
from forecourt.fetch import Guard
from forecourt.keeping import Pushed
from forecourt.knowing import Channels, Log, Published, Run
from forecourt.knowing.logs import Level
from forecourt.places import Place
from forecourt.places.choosing import choose
from forecourt.report import Report
from forecourt.secrecy import Secrecy
from forecourt.store import Store, alone
from forecourt.tokens import Tokens, secrets_of

TRAVELS = (FOLDER, "status")
"""Folders of HUB_STATE that are kept with the store and the pictures."""

_KEEPING = 5.0
"""Minutes that keeping the state may take, when all else is over."""

_AT_LEAST = timedelta(hours=6)
"""How often a state is kept in which nothing has changed but when its sources were asked."""


@dataclass
class Course:
    """A run as it goes on. ``force`` names checks of the guard that do not count."""

    environ: Mapping[str, str]
    now: datetime
    minutes: float = 10.0
    force: Collection[str] = ()
    settings: str = "publishconf.py"
    report: Report | None = None
    published: Published | None = None
    objections: tuple[str, ...] = ()
    fell_back: str = ""
    is_faulty: bool = False
    """Whether a file of the editors is broken, which is said by each run until it is mended."""
    is_same: bool = False
    """Whether the site is what it was, and was published."""

    def run(self) -> Run:
        """Do it all. Raises SettingsError before anything is done; Busy where another run is at work."""
        self.check()
        began = time.monotonic()
        with alone(self.found.state, "refresh", self.now):
            with self.steps.limited(self.minutes):
                self._pull()
                self._learn_secrets()
                self._fetch()
                self._learn_secrets()
                self._send()
            ended = self.now + timedelta(seconds=time.monotonic() - began)
            run = self._told(ended)
            with self.steps.limited(min(self.minutes, _KEEPING)):
                self._push()
            if len(self.steps.done) > len(run.steps):
                self._told(ended, again=True)
            return msgspec.structs.replace(run, steps=tuple(self.steps.done), exit=self.steps.code)

    @cached_property
    def steps(self) -> Steps:
        """What was done so far."""

        def heard(level: Level, name: str, said: str, seconds: float) -> None:
            self.log.event(level, name, f"{name}: {said}", seconds=seconds)

        return Steps(heard, self._hidden)

    @cached_property
    def found(self) -> Config:
        """The configuration of publishconf.py."""
        return self._linked[0]

    @cached_property
    def log(self) -> Log:
        """Where the run says what it does."""
        is_github = self.environ.get("GITHUB_ACTIONS") == "true"
        return Log(say, self.now, self._hidden, self.found.log, is_github=is_github)

    @cached_property
    def place(self) -> Place | None:
        """Where the state is kept beyond this machine, None where it stays here. Raises SettingsError."""
        options = {
            name: value for name, value in self.found.keep.items() if name not in _Keep.__struct_fields__
        }
        chosen: Place | None = choose("HUB_KEEP", places, options, self.environ) if options else None
        return chosen

    @cached_property
    def keep(self) -> _Keep:
        """What of the state is kept. Raises SettingsError."""
        given = {name: value for name, value in self.found.keep.items() if name in _Keep.__struct_fields__}
        try:
            return msgspec.convert(given, _Keep, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsError(
                [f"HUB_KEEP: {error}; states is a number from 1 on, tokens is true or false"]
            ) from error

    @cached_property
    def channels(self) -> Channels:
        """Whom to tell."""
        return knowing.read_alerts(self.found.alerts, [])

    @cached_property
    def outgoing(self) -> Outgoing:
        """The site and where it goes."""
        return Outgoing(
            self.found, asked_of(self.found, self.settings), self.environ, self.now, self._secrets
        )

    @cached_property
    def _linked(self) -> tuple[Config, tuple[Account, ...]]:
        return linked(self.environ, self.settings)

    def _secrets(self) -> tuple[str, ...]:
        """All that nobody may read, as it is now: a fetch renews tokens."""
        named = [one for each in self._linked[1] for one in secrets_of(each.connector).values()]
        webhook = self.channels.webhook(self.environ)
        known = [webhook.reveal() if webhook else "", *(self.environ.get(name, "") for name in _SECRETS)]
        return tuple(filter(None, [*named, *known, *Tokens(self.found.state).secrets()]))

    def _hidden(self, said: str) -> str:
        return self._secrecy.hidden(said)

    @cached_property
    def _secrecy(self) -> Secrecy:
        return Secrecy.of(self._secrets())

    def _learn_secrets(self) -> None:
        """Know those, too, that came with the state or were renewed."""
        self._secrecy = Secrecy.of(self._secrets())

    def check(self) -> None:
        """Find all that is wrong with the settings before anything is done. Raises SettingsError."""
        problems: list[str] = []
        knowing.read_alerts(self.found.alerts, problems)
        for look in (
            lambda: self.outgoing.target,
            lambda: self.outgoing.rules,
            lambda: self.place,
            lambda: self.keep,
        ):
            try:
                look()
            except SettingsError as error:
                problems += error.problems
        try:
            guard.remaining((), self.force)
        except SettingsError as error:
            problems += error.problems
        if problems:
            raise SettingsError(problems)

    def kept(self, place: Place) -> Pushed:
        """Keep the state at the place. Raises PlaceError, Overtaken, Busy."""
        # What was forgotten is owed until a push has succeeded: only then is it noted here.
        is_owed = owed.read(self._kept_here).get("withdrawn", "") != owed.withdrawn(self._published)
        return keeping.push(
            place, self.found.state, self.now, names=TRAVELS, tokens=self.keep.tokens, keep=self.keep.states,
            by=socket.gethostname(), withdrawn=is_owed,
        )  # fmt: skip

    def note_faults(self) -> None:
        """See that the next run says again what is wrong with a file, though nothing changed."""
        if self.is_faulty:
            self.outgoing.forget()

    # The steps

    def _pull(self) -> None:
        if self.place is None:
            return
        with self.steps.step("pull") as told:
            try:
                pulled = keeping.pull(self.place, self.found.state, self.now)
            except PlaceError as error:
                if not self.found.store.exists():
                    raise
                told.said, told.outcome = (
                    f"{error} This run goes on with the state of this machine.",
                    "failed",
                )
                self.steps.codes.append(error.exitcode)
                return
            self.fell_back = "; ".join(pulled.said)
            beside = f"; the store that was here was set aside as {pulled.aside}" if pulled.aside else ""
            told.said = self.fell_back or (f"state {pulled.number}{beside}" if pulled.number else "none yet")
            told.outcome = "done" if pulled.taken else "same"
            if pulled.taken:
                owed.save(self._kept_here, owed.read(self._kept_mark))

    def _fetch(self) -> None:
        with self.steps.step("fetch") as told:
            self.report = runs.fetch_sources(
                settings=self.settings, surroundings=(self.environ, self.now), heard=self.log
            )
            self.steps.codes.append(runs.fared(self.report))
            told.said = _came(self.report)

    def _send(self) -> None:
        """Make the site, judge it, and send what differs, unless all is as it was."""
        if mark := self.outgoing.is_published():
            self.is_same = True
            self.steps.same("build", "check", "publish")
            self.log.event("info", "publish", f"nothing changed since {mark.release}; nothing was sent")
            return
        with self.steps.step("build") as told:
            built = runs.build_site(self.settings, quiet=True, surroundings=(self.environ, self.now))
            told.said = f"{built.written} files written, {built.removed} removed"
            told.outcome = "done" if built.written or built.removed else "same"
            if built.problems:
                told.said = "; ".join(built.problems)
                self.steps.codes.append(1)
                told.outcome, self.is_faulty = "failed", True
        with self.steps.step("check") as told:
            counts = self.outgoing.looked.counts
            told.said = f"{counts.get('pages', 0)} pages, {counts.get('posts', 0)} posts"
        with self.steps.step("publish") as told:
            try:
                done = self.outgoing.publish(self.force)
            except Unsafe as error:
                self.objections = error.problems
                told.said, told.outcome = "; ".join(error.problems), "refused"
                self.steps.codes.append(error.exitcode)
                return
            self.note_faults()
            told.outcome = "same" if done.is_nothing else "done"
            told.said = f"{done.sent} files sent, {done.removed} removed, release {done.release.id}"
            release = done.release
            self.published = Published(release.id, release.at, done.sent, done.removed, done.size, done.stale)

    def _push(self) -> None:
        """Keep the state, if there is anything to keep."""
        # Without a store there is nothing to keep, and what the place has must stay what it is.
        if self.place is None or not self.found.store.exists() or not self._is_to_keep():
            return
        with self.steps.step("push") as told:
            owed.save(self._kept_mark, self._worth)  # before, since it travels, too
            pushed = self.kept(self.place)
            owed.save(self._kept_here, owed.read(self._kept_mark))
            told.said = f"state {pushed.number}: {pushed.sent} files, {pushed.size:,} bytes"
            told.outcome = "done" if pushed.sent else "same"

    def _is_to_keep(self) -> bool:
        """Whether anything is worth keeping: a run that found nothing new is kept every few hours alone."""
        kept, worth = owed.read(self._kept_here), self._worth
        if not self.is_same or {**kept, "at": ""} != {**worth, "at": ""}:
            return True
        try:
            return self.now - datetime.fromisoformat(kept["at"]) >= _AT_LEAST
        except ValueError:
            return True

    @property
    def _published(self) -> Path:
        return self.found.state / FOLDER

    @property
    def _kept_mark(self) -> Path:
        """What is worth keeping, as it was when it was to be kept: this travels."""
        return self._published / "kept.json"

    @property
    def _kept_here(self) -> Path:
        """The same, once it was kept: this does not, so that a push that is killed is begun again."""
        return self.found.state / "kept.json"

    @property
    def _worth(self) -> dict[str, str]:
        """What must not be lost though nothing new came: tokens, what was told, what was withdrawn, who is ill."""
        path = self.found.state / "tokens.json"
        tokens = sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        told = knowing.told(knowing.folder_of(self.found.state))
        sources = self.report.sources if self.report else ()
        ill = " ".join(sorted(each.name for each in sources if each.status == "failed"))
        return {
            "at": self.now.isoformat(),
            "tokens": tokens,
            "told": told,
            "withdrawn": owed.withdrawn(self._published),
            "ill": ill,
        }

    # What is told

    def _told(self, ended: datetime, *, again: bool = False) -> Run:
        """Write down what the run did, and tell people what they must know."""
        folder = knowing.folder_of(self.found.state)
        run = self._summed_up(ended, knowing.last(folder))
        for sentence in knowing.note(folder, run, self._hidden, self.channels):
            self.log.event("warning", "alert", sentence)
        if not again:
            door = Guard(self.found.allow_private)
            title = self.found.brand.name
            for problem in knowing.deliver(
                folder, self.channels, self.environ, self.now, title=title, guard=door
            ):
                self.log.event("warning", "alert", problem)
        return run

    def _summed_up(self, ended: datetime, last: Run | None) -> Run:
        accounts = self._linked[1]
        run = Run(
            id=f"{self.now:%Y%m%dT%H%M%SZ}", program=config.VERSION, site=self.found.address,
            begun=self.now, ended=ended, exit=self.steps.code, steps=tuple(self.steps.done),
            published=self._live(last), objections=self.objections,
            came=sum(each.new + each.changed for each in self.report.sources) if self.report else 0,
            fell_back=self.fell_back,
        )  # fmt: skip
        if not self.found.store.exists():
            return run
        try:
            return self._with_facts(run, accounts)
        except StoreError:
            return run  # the step that met it says what is wrong

    def _live(self, last: Run | None) -> Published | None:
        known = last.published if last else None
        is_same = self.published and known and self.published.release == known.release
        return known if is_same else self.published or known

    def _with_facts(self, run: Run, accounts: Sequence[Account]) -> Run:
        with Store.trial(self.found.store, self.found.timezone) as store:
            enabled = [account for account in accounts if account.enabled]
            return msgspec.structs.replace(
                run,
                sources=facts.health(store, accounts, self.report, self.now),
                tokens=tuple(facts.expiring(accounts, Tokens(self.found.state), self.now)),
                held=facts.held(store),
                messages=facts.messages(store, enabled, self.found, self.now),
                sizes=facts.sizes(self.found, self.outgoing.asked.output),
            )


class _Keep(msgspec.Struct):
    """What HUB_KEEP says beside the place and its options."""

    tokens: bool = False
    states: Annotated[int, msgspec.Meta(ge=1)] = 5


_SECRETS = (
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "NETLIFY_AUTH_TOKEN", "CLOUDFLARE_API_TOKEN", "GITHUB_TOKEN",
    "GH_TOKEN", "STATE_TOKEN", "PING_URL",
)  # fmt: skip
"""Variables of the environment that targets and places read by themselves."""


def _came(report: Report) -> str:
    new = sum(source.new for source in report.sources)
    changed = sum(source.changed for source in report.sources)
    failed = [source.name for source in report.sources if source.status == "failed"]
    stale = f"; could not be read: {', '.join(failed)}" if failed else ""
    return f"{new} new posts, {changed} changed{stale}"
