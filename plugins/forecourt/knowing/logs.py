"""What a run says while it goes on: a line for each event, for people or for machines, without secrets.

    2026-11-23T10:15:02Z info fetch larkwood-blog: 3 new, 0 changed, 17 same
    {"at":"2026-11-23T10:15:02Z","level":"info","event":"source","said":"…","source":"larkwood-blog"}

On GitHub's machines a warning and an error are said in a second line, in the form that puts them beside the job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Literal

import msgspec

from forecourt.report import Listener, SourceReport

Form = Literal["plain", "json"]
Level = Literal["info", "warning", "error"]

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


class Log(Listener):
    """Says events to ``say``, such as ``console.say``. It hears how an update goes on, too.

    ``begun`` is the moment at which the run began; what time has passed since is measured. ``hidden`` takes our
    secrets out of a text and puts it on one line, as ``Secrecy.hidden`` does. ``form`` is that of HUB_LOG,
    ``is_github`` whether GITHUB_ACTIONS of the environment is "true".
    """

    def __init__(
        self,
        say: Callable[[str], None],
        begun: datetime,
        hidden: Callable[[str], str],
        form: Form = "plain",
        *,
        is_github: bool = False,
        passed: Callable[[], float] = monotonic,
    ) -> None:
        self._say = say
        self._begun = begun.astimezone(UTC)
        self._hidden = hidden
        self._form = form
        self._is_github = is_github
        self._passed = passed
        self._start = passed()

    def event(self, level: Level, event: str, said: str, **facts: str | float) -> None:
        """Something happened: a word for what, a sentence, and facts for machines."""
        at = f"{self._begun + timedelta(seconds=self._passed() - self._start):%Y-%m-%dT%H:%M:%SZ}"
        said = self._hidden(said)
        if self._form == "json":
            safe = {
                name: self._hidden(each) if isinstance(each, str) else each for name, each in facts.items()
            }
            line = msgspec.json.encode(
                {"at": at, "level": level, "event": event, "said": said, **safe}
            ).decode()
        else:
            line = f"{at} {level} {event} {said}"
        # An older form of a runner's commands counts wherever it stands in a line.
        self._say(line.replace("##[", "## [") if self._is_github else line)
        if self._is_github and level != "info":
            self._say(command(level, said, title=f"Forecourt: {event}"))

    def source(self, report: SourceReport) -> None:
        """A source is done."""
        counts = {"new": report.new, "changed": report.changed, "same": report.same, "gone": report.gone}
        if report.status == "failed":
            said = report.error
        else:
            said = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name != "gone")
        self.event(
            "warning" if report.status == "failed" else "info", "source", f"{report.name}: {said}",
            source=report.name, status=report.status, cause=report.cause, seconds=report.seconds, **counts,
        )  # fmt: skip


def command(level: Level, said: str, **properties: str) -> str:
    """A command to GitHub's runner, which nothing that stands in the words can end or turn into another."""
    listed = ",".join(f"{name}={_escaped(each, _PROPERTY)}" for name, each in properties.items())
    return f"::{level}{f' {listed}' if listed else ''}::{_escaped(said, _DATA)}"


def _escaped(said: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(mark, mark) for mark in said)
