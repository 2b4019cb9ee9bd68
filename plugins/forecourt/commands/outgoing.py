"""The site on its way out, as a task sends it: what is published, by which rules, where to."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from forecourt.commands import owed
from forecourt.config import Config, nearest
from forecourt.console import say
from forecourt.deploy import guard, manifest, publishing, targets
from forecourt.deploy.guard import Looked, Objection, Rules
from forecourt.deploy.planning import GRACE, due, plan
from forecourt.deploy.publishing import Published
from forecourt.deploy.records import File, Plan, Release
from forecourt.deploy.targets import Heard, Remote, Target
from forecourt.errors import SettingsError, Unsafe
from forecourt.garbled import GARBLED
from forecourt.places.choosing import choose
from forecourt.site import look
from forecourt.site.look import Asked, Made

FOLDER = "published"
"""Below HUB_STATE: what is remembered of publishing."""

_REFUSED = (
    "Nothing was published, and what is live stays as it is. Mend this, or name what is meant: --force CHECK"
)
_LOOKED_AT = timedelta(days=1)  # after which the target is asked again though nothing changed here
_NO_TARGET = "HUB_DEPLOY: it says nothing; name where the site is published to (docs/publishing.md)"


class Mark(msgspec.Struct):
    """The last publish that left nothing to do, so that the next run can tell that there still is nothing."""

    made: Made
    target: str
    release: str
    at: datetime
    due: datetime
    """When a file that left has been kept for long enough, or the target is to be looked at again."""


@dataclass(frozen=True)
class Outgoing:
    """The built site, and where it goes."""

    config: Config
    asked: Asked
    environ: Mapping[str, str]
    now: datetime
    secrets: Callable[[], Sequence[str]] = tuple
    """What nobody may read, as it is when the site is looked at."""

    @cached_property
    def target(self) -> Target:
        """Where HUB_DEPLOY says. Raises SettingsError."""
        if not self.config.deploy:
            raise SettingsError([_NO_TARGET])
        chosen: Target = choose("HUB_DEPLOY", targets, self.config.deploy, self.environ)
        return chosen

    @cached_property
    def files(self) -> tuple[File, ...]:
        """All files of the site."""
        return manifest.scan(self.asked.output, self._folder / "digests")

    @cached_property
    def rules(self) -> Rules:
        """By what the guard judges. Raises SettingsError."""
        try:
            limits = tuple(tuple(limit) for limit in self.target.limits) if self.config.deploy else ()
        except SettingsError:
            limits = ()  # whoever asks for the target says so
        given = {
            name: [*value] if isinstance(value, set) else value for name, value in self.config.guard.items()
        }
        known = {"fall", "few", "page", "view", "hosts"}
        problems = [
            f'HUB_GUARD: "{name}" is not a rule; {nearest(name, known)}'
            for name in given
            if name not in known
        ]
        if not self.config.address:
            problems.append(
                "HUB_ADDRESS: it says nothing; write where visitors find the hub, such as https://hub.your-shop.example"
            )
        ours = {"address": self.config.address, "languages": self.config.languages[1:], "limits": limits}
        try:
            rules = msgspec.convert({**given, **ours}, Rules, strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"HUB_GUARD: {error}")
        if problems:
            raise SettingsError(problems)
        return rules

    @cached_property
    def looked(self) -> Looked:
        """What the guard saw in the site."""
        return guard.look(self.asked.output, self.files, self._folder, self.rules, self.secrets())

    def objections(self, release: Release, live: Release | None) -> tuple[Objection, ...]:
        """What speaks against this release."""
        return guard.objections(self.looked, release, live, self.rules)

    def planned(self) -> tuple[Release, Plan, Release | None]:
        """What would be published now, how, and what is live; without a target as if nothing were. Sends nothing."""
        if not self.config.deploy:
            return (*plan(self.files, None, (), self.now, counts=self.looked.counts), None)
        with self.target.opened(self.now) as remote:
            live, unsure = remote.live, remote.unsure
        return (*plan(self.files, live, unsure, self.now, counts=self.looked.counts), live)

    def refused(self) -> list[str]:
        """What the guard would refuse the site for, in lines; none where it would let it pass."""
        release, _, live = self.planned()
        return [*guard.lines(self.objections(release, live))]

    def publish(self, force: Collection[str] = (), heard: Heard = publishing.silent) -> Published:
        """Judge the site and send what differs. Raises Unsafe, Busy, PublishError."""

        def judge(release: Release, live: Release | None, _: Remote) -> None:
            found = self.objections(release, live)
            left = guard.remaining(found, force)
            for one in {one.check for one in found} - {one.check for one in left}:
                say(f"! {one} was overridden (--force {one})")
            if left:
                raise Unsafe([*guard.lines(left), _REFUSED])

        is_owed = owed.is_owed(self._folder, self._where)
        done = publishing.publish(
            _without_past(self.target) if is_owed else self.target,
            self.asked.output,
            self.files,
            self.looked.counts,
            self.now,
            guard=judge,
            grace=timedelta(0) if is_owed else GRACE,
            insist=is_owed,
            heard=heard,
        )
        self._remember(done.release)
        owed.honoured(self._folder, self._where)
        return done

    def is_published(self) -> Mark | None:
        """What the last publish left, where a build would make the same site and nothing at the target is due."""
        try:
            mark = msgspec.json.decode(self._mark.read_bytes(), type=Mark)
        except (OSError, *GARBLED):
            return None
        if mark.target != self._where or not mark.at <= self.now < mark.due:
            return None
        if owed.is_owed(self._folder, self._where):
            return None
        return mark if look.would_be(self.asked, mark.made, self.now) else None

    def forget(self) -> None:
        """Forget what was published last: the next run asks the target."""
        self._mark.unlink(missing_ok=True)

    def _remember(self, release: Release) -> None:
        made = look.made(self.asked)
        if made is None:
            self.forget()
            return
        again = self.now + _LOOKED_AT
        mark = Mark(made, self._where, release.id, self.now, min(again, due(release.leaving) or again))
        owed.save(self._mark, msgspec.to_builtins(mark))

    @property
    def _folder(self) -> Path:
        return self.config.state / FOLDER

    @property
    def _mark(self) -> Path:
        return self._folder / "mark.json"

    @property
    def _where(self) -> str:
        return json.dumps(self.config.deploy, sort_keys=True, default=str)


def _without_past(target: Target) -> Target:
    """The same target, which keeps nothing but what is live."""
    made: Any = target  # a dataclass, as every target
    names = {field.name for field in fields(made)}
    same: Target = replace(made, **({"keep": 0} if "keep" in names else {"history": 1}))
    return same
