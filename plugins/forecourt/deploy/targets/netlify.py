"""Netlify, by its API of file digests: it is told the digest of every file, and sent what it does not have.

A deploy becomes live as a whole, once its last file is there. That is the record of the
release, and it is sent when all others are and when nobody published in between. So a
publish that is killed changes nothing, and of two at once the second says so.

The token is NETLIFY_AUTH_TOKEN of the environment.
See https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha1
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec
import stamina

from forecourt.deploy import headers, hosted, redirects
from forecourt.deploy.hosted import RECORD, Api, Record
from forecourt.deploy.records import Release
from forecourt.deploy.targets import Heard, Remote, Shipment
from forecourt.errors import Busy, ForecourtError, PublishError

_RAW = "application/vnd.bitballoon.v1.raw"  # the file itself, not what is known about it
_BYTES = "application/octet-stream"
_AT_ONCE = 8
_PAGE = 100
_PAGES = 10
_SHOWN_IN = 60.0
_PREPARED = frozenset({"prepared", "uploading", "uploaded", "processing", "ready"})

_TOKENS = "app.netlify.com/user/applications"
_T = TypeVar("_T")
_Sources = dict[str, Callable[[], bytes]]  # by path; what is sent is read when it is

_REFUSED = f"NETLIFY_AUTH_TOKEN ended or may not do this; make a new one at {_TOKENS}"


class _Deploy(msgspec.Struct):
    id: str
    state: str = ""
    title: str | None = None
    context: str | None = None
    error_message: str | None = None
    required: Sequence[str] | None = None


class _Site(msgspec.Struct):
    id: str
    published_deploy: _Deploy | None = None


class _Named(msgspec.Struct):
    """A file as Netlify lists it."""

    sha: str


class _NotYet(Exception):
    """A deploy is not as far as it should be."""


def _had(found: _T | None) -> _T:
    if not found:
        raise _NotYet
    return found


@dataclass(frozen=True)
class Netlify:
    """A site on Netlify."""

    site: str
    """Its id, or its address on netlify.app."""
    environ: Mapping[str, str] = field(repr=False)
    history: int = 100
    """Releases that can be brought back. Older deploys of ours are deleted: each has an address of its own."""
    patience: int = 900
    """Seconds in which a deploy has to be ready after its files were sent."""
    server: str = "https://api.netlify.com"
    limits: Sequence[tuple[str, int]] = field(default=(), init=False)

    def __post_init__(self) -> None:
        hosted.see_history(self.history)

    @contextmanager
    def opened(self, now: datetime) -> Iterator[Remote]:
        """Read what is live. Nobody is kept away: who comes second is told so, before anything changes."""
        token = hosted.secret(self.environ, "NETLIFY_AUTH_TOKEN", _TOKENS)
        refusals = {
            401: _REFUSED,
            403: _REFUSED,
            404: f"look whether the site {self.site} is right, and whether NETLIFY_AUTH_TOKEN may see it",
            422: "it did not take what it was sent; nothing changed, run again",
        }
        with hosted.connection(f"{self.server}/api/v1", token, self.environ) as client:
            yield _Remote(self, Api("Netlify", client, [token], refusals))


class _Remote:
    """The site for the time of one publish."""

    unsure: frozenset[str] = frozenset()
    owes = False

    def __init__(self, target: Netlify, api: Api) -> None:
        self._target, self._api = target, api
        self._address = f"/sites/{quote(target.site, safe='')}"
        self._published = self._now_published()
        self._record = self._live_record() if self._published else None
        self.live = self._record.release if self._record else None

    def releases(self) -> Sequence[Release]:
        """Those of our deploys that were ready, newest first, without their files."""
        return hosted.listed((release for _, release in self._ours()), self.live)

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """Make a deploy of the release, send what Netlify lacks, and wait until it is live."""
        if hosted.is_done(self.live, shipment.release, self._target.history):
            return
        release, names = self._with_names(shipment.release)
        while lost := self._deploy(release, names, shipment.output, heard):
            release = hosted.without(release, lost, "Netlify")
        self.live = release
        hosted.let_go(self._ours(), self._target.history, release.id, lambda one: self._delete(one.id))

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """Have Netlify publish the deploy of a former release again."""
        deploy = next((deploy for deploy, release in self._ours() if release.id == name), None)
        if deploy is None:
            raise PublishError(
                f"Netlify has no deploy of {name} any more; invoke releases lists those it has"
            )
        self._api.ask(f"bringing {name} back", "POST", f"{self._address}/deploys/{deploy.id}/restore")
        self._await_publishing(deploy.id)
        record = self._live_record()
        if record is None or record.release.id != name:
            raise PublishError(f"Netlify took {name}, but shows another release; look at its dashboard")
        return record.release

    def _ours(self) -> Iterator[tuple[_Deploy, Release]]:
        for page in range(1, _PAGES + 1):
            path = f"{self._address}/deploys?page={page}&per_page={_PAGE}"
            deploys = self._api.get("listing its deploys", path, list[_Deploy])
            for deploy in deploys:
                release = hosted.from_title(deploy.title)
                if release and deploy.state == "ready" and deploy.context in {None, "production"}:
                    yield deploy, release
            if len(deploys) < _PAGE:
                return

    def _now_published(self) -> str:
        site = self._api.get("looking at the site", self._address, _Site)
        return site.published_deploy.id if site.published_deploy else ""

    def _live_record(self) -> Record | None:
        data = self._live_file(RECORD)
        return None if data is None else hosted.read(data, f"the site {self._target.site} on Netlify")

    def _live_file(self, path: str) -> bytes | None:
        answer = self._api.ask(f"reading {path}", "GET", self._file(path), form=_RAW, accepted=[404])
        return answer.content if answer.is_success else None

    def _file(self, path: str) -> str:
        return f"{self._address}/files/{quote(path)}"

    def _with_names(self, release: Release) -> tuple[Release, dict[str, str]]:
        """The release, and by what digests Netlify knows the files that are leaving, which are no longer here."""
        known = self._record.names if self._record else {}
        here, leaving = hosted.parted(release)
        taken = {file.path.lower() for file in here}
        names, lost = {}, set()
        for file in leaving:
            is_taken = file.path.lower() in taken  # to Netlify it is the same file
            name = "" if is_taken else known.get(file.path) or self._name(file.path)
            if name:
                names[file.path] = name
            else:
                lost.add(file.path)
        return hosted.without(release, lost, "Netlify"), names

    def _name(self, path: str) -> str:
        answer = self._api.ask(f"looking at {path}", "GET", self._file(path), accepted=[404])
        return self._api.understood(answer, _Named).sha if answer.is_success else ""

    def _deploy(
        self, release: Release, names: Mapping[str, str], output: Path, heard: Heard
    ) -> frozenset[str]:
        """Publish; or, with nothing published, give the leaving files of which Netlify has lost the bytes."""
        here, leaving = hosted.parted(release)
        odd = next((file.path for file in here if set(file.path) & {"#", "?"}), None)
        if odd:
            raise PublishError(f"Netlify takes no file with # or ? in its name: {odd}; give it another Slug")
        by_name: dict[str, str] = {}
        for file in here:
            other = by_name.setdefault(file.path.lower(), file.path)
            if other != file.path:
                raise PublishError(
                    f"to Netlify {other} and {file.path} are one name, and visitors would get either; rename one"
                )
        sources: _Sources = {file.path: partial(_read, output / file.path) for file in here}
        digests = {path: _sha1(source()) for path, source in sources.items()}
        digests |= {file.path: names[file.path] for file in leaving}
        record = hosted.packed(Record(release, names={file.path: names[file.path] for file in leaving}))
        made = {RECORD: record, **self._rules(release, output)}
        sources |= {path: partial(bytes, data) for path, data in made.items()}
        digests |= {path: _sha1(data) for path, data in made.items()}
        deploy = self._begun(release, digests)
        try:
            missing = _first_of(digests, frozenset(deploy.required or ()))
            lost = self._fetched([path for path in missing if path in names], names, sources)
            if lost:
                self._cancel(deploy)
                return lost
            last = [path for path in missing if path == RECORD]
            sent = self._upload(deploy, [path for path in missing if path != RECORD], sources, (0, 0), heard)
            self._see_that_nobody_published()
            self._upload(deploy, last, sources, sent, heard)
            self._await(deploy, frozenset({"ready"}))
            self._await_publishing(deploy.id)
        except BaseException:
            with contextlib.suppress(ForecourtError):
                self._cancel(deploy)
            raise
        return frozenset()

    def _rules(self, release: Release, output: Path) -> dict[str, bytes]:
        """What Netlify reads from files of the site: headers, and what leads on."""
        moved = redirects.netlify(redirects.moved(output, hosted.parted(release)[0]), forced=True)
        said = hosted.joined(output, "_headers", headers.netlify(release.files))
        return said | hosted.joined(output, "_redirects", moved)

    def _begun(self, release: Release, digests: Mapping[str, str]) -> _Deploy:
        # To look through many files takes longer than a request may.
        body = {"files": {f"/{path}": digest for path, digest in digests.items()}, "async": True}
        answer = self._api.ask(
            "beginning a deploy",
            "POST",
            f"{self._address}/deploys?title={quote(hosted.title(release))}",
            content=msgspec.json.encode(body),
            form="application/json",
        )
        return self._await(self._api.understood(answer, _Deploy), _PREPARED)

    def _fetched(self, paths: Sequence[str], names: Mapping[str, str], sources: _Sources) -> frozenset[str]:
        """See that there is something to send for leaving files that Netlify asks for; gives those it lacks itself."""
        lost = set()
        for path in paths:
            data = self._live_file(path)
            if data is None or _sha1(data) != names[path]:
                lost |= {one for one, name in names.items() if name == names[path]}
            else:
                sources[path] = partial(bytes, data)
        return frozenset(lost)

    def _upload(
        self,
        deploy: _Deploy,
        paths: Sequence[str],
        sources: _Sources,
        sent: tuple[int, int],
        heard: Heard,
    ) -> tuple[int, int]:
        """Send files, several at a time; how many files and bytes are sent by now."""

        def put(path: str) -> int:
            data = sources[path]()
            address = f"/deploys/{deploy.id}/files/{quote(path)}"
            self._api.ask(f"sending {path}", "PUT", address, content=data, form=_BYTES)
            return len(data)

        files, size = sent
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                for done in as_completed([pool.submit(put, path) for path in paths]):
                    files, size = files + 1, size + done.result()
                    heard(files, size)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return files, size

    def _see_that_nobody_published(self) -> None:
        if self._now_published() != self._published:
            raise Busy(
                f"somebody else published to {self._target.site} on Netlify meanwhile: "
                "nothing of this run became live; run again"
            )

    def _await(self, deploy: _Deploy, states: frozenset[str]) -> _Deploy:
        """The deploy when it is in one of the states."""
        return self._until(
            lambda: self._looked_at(deploy.id, states),
            f"Netlify has not finished with the deploy {deploy.id} in {self._target.patience} s; "
            "run again, and look at netlifystatus.com if it stays",
        )

    def _looked_at(self, deploy: str, states: frozenset[str]) -> _Deploy | None:
        found = self._api.get("waiting for the deploy", f"/deploys/{deploy}", _Deploy)
        if found.state in {"error", "rejected"}:
            why = hosted.cleaned(found.error_message or found.state, self._api.secrets)
            raise PublishError(f"Netlify could not make the deploy: {why}; the site is as it was, run again")
        return found if found.state in states else None

    def _await_publishing(self, deploy: str) -> None:
        self._until(
            lambda: self._now_published() == deploy,
            f"Netlify has the deploy {deploy} but does not show it: somebody published after us, or "
            "its dashboard says that publishing is locked; look there, and run again",
            _SHOWN_IN,
        )

    def _until(self, look: Callable[[], _T | None], otherwise: str, patience: float = 0) -> _T:
        """What a look gives at last. Raises PublishError, which says ``otherwise``."""
        try:
            for attempt in stamina.retry_context(
                on=_NotYet,
                attempts=None,
                timeout=patience or self._target.patience,
                wait_initial=0.25,
                wait_max=10,
                wait_jitter=0.1,
            ):
                with attempt:
                    return _had(look())
        except _NotYet:
            raise PublishError(otherwise) from None
        raise AssertionError  # stamina tries at least once

    def _delete(self, deploy: str) -> None:
        self._api.ask("deleting an old deploy", "DELETE", f"/deploys/{deploy}", accepted=[404, 422])

    def _cancel(self, deploy: _Deploy) -> None:
        self._api.ask("letting go of a deploy", "POST", f"/deploys/{deploy.id}/cancel", accepted=[404, 422])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PublishError(f"{path} cannot be read: {error.strerror}; build and publish again") from error


def _first_of(digests: Mapping[str, str], required: frozenset[str]) -> list[str]:
    """One path for each digest that is required: a file that is there twice is sent once."""
    first = {digest: path for path, digest in reversed([*digests.items()]) if digest in required}
    return sorted(first.values())


def _sha1(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()


TARGET = Netlify
