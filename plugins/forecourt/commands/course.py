"""One run of the schedule: the state is taken, the accounts are asked, the site is made, judged, sent, the state kept.

A step that fails costs what depends on it and no more. Whatever happens, the run says so: in the status file, to the
people whom HUB_ALERTS names, and by its exit code.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from _thread import interrupt_main
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from forecourt import config, keeping, knowing, places
from forecourt.accounts import Account
from forecourt.commands import facts, runs
from forecourt.commands.given import asked_of, linked
from forecourt.commands.outgoing import FOLDER, Outgoing
from forecourt.config import Config
from forecourt.console import say
from forecourt.errors import Busy, ForecourtError, PlaceError, PublishError, SettingsError, Unsafe
from forecourt.fetch import Guard
from forecourt.keeping import Pushed
from forecourt.knowing import Channels, Log, Published, Run, Step
from forecourt.knowing.logs import Level
from forecourt.knowing.records import StepName, StepOutcome
from forecourt.places import Place
from forecourt.places.choosing import choose
from forecourt.report import Report
from forecourt.secrecy import Secrecy
from forecourt.store import Store, alone
from forecourt.tokens import Tokens, secrets_of

TRAVELS = (FOLDER, "status")
"""Folders of HUB_STATE that are kept with the store and the pictures."""

_ORDER = (1, 6, 5, 4, 3)  # of exit codes: what a person must see to first
_AT_LEAST = timedelta(hours=6)
"""How often a state is kept in which nothing has changed but when its sources were asked."""


class Late(ForecourtError):
    """The run took longer than it may."""

    exitcode = 5


class _Stop(Exception):
    """A step failed on which all others rest."""


@dataclass
class Course:
    """A run as it goes on. ``quiet`` shows no bars; ``force`` names checks of the guard that do not count."""

    environ: Mapping[str, str]
    now: datetime
    minutes: float = 10.0
    force: Collection[str] = ()
    settings: str = "publishconf.py"
    steps: list[Step] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    report: Report | None = None
    published: Published | None = None
    objections: tuple[str, ...] = ()
    fell_back: str = ""
    is_same: bool = False
    """Whether the site is what it was, and was published."""

    def run(self) -> Run:
        """Do it all. Raises SettingsError before anything is done; Busy where another run is at work."""
        self._check()
        began = time.monotonic()
        with alone(self.found.state, "refresh", self.now):
            with contextlib.suppress(_Stop), self._limited():
                self._pull()
                self._fetch()
                self._send()
            ended = self.now + timedelta(seconds=time.monotonic() - began)
            run = self._told(ended)
            if self._push():
                self._told(ended, again=True)
            return msgspec.structs.replace(run, steps=tuple(self.steps), exit=self.code)

    @property
    def code(self) -> int:
        """The exit code: what a person must see to first."""
        return next((code for code in _ORDER if code in self.codes), 0)

    @cached_property
    def found(self) -> Config:
        """The configuration of publishconf.py."""
        return self._linked[0]

    @cached_property
    def log(self) -> Log:
        """Where the run says what it does."""
        is_github = self.environ.get("GITHUB_ACTIONS") == "true"
        return Log(say, self.now, self._secrecy.hidden, self.found.log, is_github=is_github)

    @cached_property
    def place(self) -> Place | None:
        """Where the state is kept beyond this machine, None where it stays here."""
        options = {name: value for name, value in self.found.keep.items() if name not in {"tokens", "states"}}
        chosen: Place | None = choose("HUB_KEEP", places, options, self.environ) if options else None
        return chosen

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

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        named = [one for each in self._linked[1] for one in secrets_of(each.connector).values()]
        known = [self.environ.get(name, "") for name in _SECRETS]
        return tuple(filter(None, [*named, *known, *Tokens(self.found.state).secrets()]))

    @property
    def _secrecy(self) -> Secrecy:
        return Secrecy.of(self._secrets)

    def _check(self) -> None:
        """Find all that is wrong with the settings before anything is done."""
        problems: list[str] = []
        knowing.read_alerts(self.found.alerts, problems)
        for look in (lambda: self.outgoing.target, lambda: self.outgoing.rules, lambda: self.place):
            try:
                look()
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(problems)

    def kept(self, place: Place) -> Pushed:
        """Keep the state at the place. Raises PlaceError, Overtaken, Busy."""
        keep = self.found.keep
        return keeping.push(
            place, self.found.state, self.now, names=TRAVELS, tokens=bool(keep.get("tokens", False)),
            keep=int(keep.get("states", 5)), by=socket.gethostname(),
        )  # fmt: skip

    # The steps

    def _pull(self) -> None:
        if self.place is None:
            return
        with self._step("pull") as told:
            try:
                pulled = keeping.pull(self.place, self.found.state, self.now)
            except PlaceError as error:
                if not self.found.store.exists():
                    raise
                told.said, told.outcome = (
                    f"{error} This run goes on with the state of this machine.",
                    "failed",
                )
                self.codes.append(error.exitcode)
                return
            self.fell_back = "; ".join(pulled.said)
            told.said = self.fell_back or f"state {pulled.number}"
            told.outcome = "done" if pulled.taken else "same"

    def _fetch(self) -> None:
        with self._step("fetch") as told:
            self.report = runs.fetch_sources(
                settings=self.settings, surroundings=(self.environ, self.now), heard=self.log
            )
            self.codes.append(runs.fared(self.report))
            told.said = _came(self.report)

    def _send(self) -> None:
        """Make the site, judge it, and send what differs, unless all is as it was."""
        if mark := self.outgoing.is_published():
            self.is_same = True
            self.steps += [Step(name, "same", 0.0) for name in ("build", "check", "publish")]
            self.log.event("info", "publish", f"nothing changed since {mark.release}; nothing was sent")
            return
        with self._step("build") as told:
            built = runs.build_site(self.settings, quiet=True, surroundings=(self.environ, self.now))
            told.said = f"{built.written} files written, {built.removed} removed"
            told.outcome = "done" if built.written or built.removed else "same"
            if built.problems:
                told.said = " ".join(built.problems)
                self.codes.append(1)
        with self._step("check") as told:
            counts = self.outgoing.looked.counts
            told.said = f"{counts.get('pages', 0)} pages, {counts.get('posts', 0)} posts"
        with self._step("publish") as told:
            try:
                done = self.outgoing.publish(self.force)
            except Unsafe as error:
                self.objections = error.problems
                told.said, told.outcome = "; ".join(error.problems), "refused"
                self.codes.append(error.exitcode)
                return
            told.outcome = "same" if done.is_nothing else "done"
            told.said = f"{done.sent} files sent, {done.removed} removed, release {done.release.id}"
            release = done.release
            self.published = Published(release.id, release.at, done.sent, done.removed, done.size, done.stale)

    def _push(self) -> bool:
        """Keep the state; whether there was anything to do."""
        if self.place is None or not self._is_to_keep():
            return False
        with contextlib.suppress(_Stop), self._step("push") as told:
            _save(self._kept_mark, self._worth)  # before, since it travels, too
            try:
                pushed = self.kept(self.place)
            except ForecourtError:
                self._kept_mark.unlink()
                raise
            told.said = f"state {pushed.number}: {pushed.sent} files, {pushed.size:,} bytes"
            told.outcome = "done" if pushed.sent else "same"
        return True

    def _is_to_keep(self) -> bool:
        """Whether anything is worth keeping: a run that found nothing new is kept every few hours alone."""
        last = knowing.last(knowing.folder_of(self.found.state))
        is_quiet = (
            self.is_same and self.report is not None and not self.report.stale and not self.codes_of_weight
        )
        kept = _read(self._kept_mark)
        if not is_quiet or last is None or {**kept, "at": ""} != {**self._worth, "at": ""}:
            return True
        return self.now - datetime.fromisoformat(kept["at"]) >= _AT_LEAST

    @property
    def codes_of_weight(self) -> list[int]:
        """Exit codes that are not 0."""
        return [code for code in self.codes if code]

    @property
    def _kept_mark(self) -> Path:
        return self.found.state / FOLDER / "kept.json"

    @property
    def _worth(self) -> dict[str, str]:
        """What must not be lost though nothing new came: renewed tokens, and what people were told."""
        path = self.found.state / "tokens.json"
        tokens = sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        told = knowing.told(knowing.folder_of(self.found.state))
        return {"at": self.now.isoformat(), "tokens": tokens, "told": told}

    # What is told

    @contextmanager
    def _step(self, name: StepName) -> Iterator[_Told]:
        """Measure a step; what fails is told, and stops what rests on it."""
        told, began = _Told(), time.monotonic()
        try:
            yield told
        except KeyboardInterrupt:
            if not self._is_late:
                raise
            told.said = (
                f"the run took longer than {self.minutes:g} minutes; what was begun is gone on with next time"
            )
            self._failed(told, Late.exitcode)
            raise _Stop from None
        except Busy as error:
            told.said = str(error)
            self._failed(told, error.exitcode)
            raise _Stop from error
        except ForecourtError as error:
            told.said = str(error)
            self._failed(
                told, PublishError.exitcode if name in {"pull", "push", "publish"} else error.exitcode
            )
            raise _Stop from error
        finally:
            seconds = round(time.monotonic() - began, 3)
            self.steps.append(Step(name, told.outcome, seconds, told.said))
            level: Level = "info" if told.outcome in {"done", "same"} else "error"
            self.log.event(level, name, f"{name}: {told.said or told.outcome}", seconds=seconds)

    def _failed(self, told: _Told, code: int) -> None:
        told.outcome = "failed"
        self.codes.append(code)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """End what takes too long as Ctrl-C would: every step can be ended at any moment."""
        self._is_late = False

        def end() -> None:
            self._is_late = True
            if hasattr(signal, "pthread_kill"):  # which also wakes a main thread that waits for an answer
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            else:
                interrupt_main()

        timer = threading.Timer(self.minutes * 60, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _told(self, ended: datetime, *, again: bool = False) -> Run:
        """Write down what the run did, and tell people what they must know."""
        folder = knowing.folder_of(self.found.state)
        run = self._summed_up(ended, knowing.last(folder))
        for sentence in knowing.note(folder, run, self._secrecy.hidden, self.channels):
            self.log.event("warning", "alert", sentence)
        if not again:
            guard = Guard(self.found.allow_private)
            title = self.found.brand.name
            for problem in knowing.deliver(
                folder, self.channels, self.environ, self.now, title=title, guard=guard
            ):
                self.log.event("warning", "alert", problem)
        return run

    def _summed_up(self, ended: datetime, last: Run | None) -> Run:
        accounts = self._linked[1]
        run = Run(
            id=f"{self.now:%Y%m%dT%H%M%SZ}", program=config.VERSION, site=self.found.address,
            begun=self.now, ended=ended, exit=self.code, steps=tuple(self.steps),
            published=self.published or (last.published if last else None), objections=self.objections,
            came=sum(each.new + each.changed for each in self.report.sources) if self.report else 0,
            fell_back=self.fell_back,
        )  # fmt: skip
        if not self.found.store.exists():
            return run
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


@dataclass
class _Told:
    outcome: StepOutcome = "done"
    said: str = ""


_SECRETS = (
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "NETLIFY_AUTH_TOKEN", "CLOUDFLARE_API_TOKEN", "GITHUB_TOKEN",
)  # fmt: skip
"""Variables of the environment that targets and places read by themselves."""


def _came(report: Report) -> str:
    new = sum(source.new for source in report.sources)
    changed = sum(source.changed for source in report.sources)
    failed = [source.name for source in report.sources if source.status == "failed"]
    stale = f"; could not be read: {', '.join(failed)}" if failed else ""
    return f"{new} new posts, {changed} changed{stale}"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return {}
    return found


def _save(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(msgspec.json.encode(value))
    new.replace(path)
