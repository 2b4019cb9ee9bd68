"""Cloudflare Pages, through wrangler: it sends what Cloudflare lacks, and the deployment becomes live as a whole.

CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are of the environment. What was published
and how to bring it back is asked of the API. Every deployment has an address of its own
(``url``), where its files stay; from there come the record of the live release and the
files that are leaving. wrangler sends a folder, so they have to be in it.

See https://developers.cloudflare.com/pages/get-started/direct-upload/
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from pathlib import Path
from urllib.parse import quote

import msgspec
import stamina

from forecourt.deploy import headers, hosted, redirects
from forecourt.deploy.hosted import RECORD, Api, Record
from forecourt.deploy.records import File, Release
from forecourt.deploy.targets import Heard, Remote, Shipment
from forecourt.errors import Busy, PublishError
from forecourt.shell import finished

LARGEST_FILE = 25 * 2**20

_OURS = 3  # the record, _headers, _redirects
_PAGE = 25
_PAGES = 10
_WORK = ".forecourt-pages"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TOKENS = "dash.cloudflare.com/profile/api-tokens (permission: Account, Cloudflare Pages, Edit)"
_REFUSED = f"CLOUDFLARE_API_TOKEN ended or may not do this; make a new one at {_TOKENS}"
# What node and npm need, and none of the secrets of the accounts.
_PASSED_ON = re.compile(
    r"(?i:PATH|HOME|LANG|TMPDIR|SYSTEMROOT|APPDATA|https_proxy|NODE_EXTRA_CA_CERTS|npm_config_\w+)"
)


class _Stage(msgspec.Struct):
    name: str
    status: str


class _Metadata(msgspec.Struct):
    commit_message: str | None = None


class _Trigger(msgspec.Struct):
    metadata: _Metadata | None = None


class _Deployment(msgspec.Struct):
    id: str
    url: str
    latest_stage: _Stage | None = None
    deployment_trigger: _Trigger | None = None

    @property
    def release(self) -> Release | None:
        """The release that it was made of, where it was made by us and became whole."""
        metadata = self.deployment_trigger.metadata if self.deployment_trigger else None
        is_whole = self.latest_stage is not None and self.latest_stage.status == "success"
        return hosted.from_title(metadata.commit_message) if metadata and is_whole else None


class _Project(msgspec.Struct):
    production_branch: str = "main"
    canonical_deployment: _Deployment | None = None


class _ProjectAnswer(msgspec.Struct):
    result: _Project


class _DeploymentsAnswer(msgspec.Struct):
    result: Sequence[_Deployment]


class _NotYet(Exception):
    """Cloudflare does not show a deployment yet."""


@dataclass(frozen=True)
class CloudflarePages:
    """A project of Cloudflare Pages that is uploaded to."""

    project: str
    environ: Mapping[str, str] = field(repr=False)
    history: int = 100
    """Releases that can be brought back. Older deployments of ours are deleted: each has an address of its own."""
    files: int = 20_000
    """Files that the plan takes at the most: 20,000 of the free one, more of those that are paid."""
    command: str = "npx --yes wrangler@4"
    """How wrangler is called."""
    patience: int = 1800
    """Seconds for wrangler to finish in."""
    server: str = "https://api.cloudflare.com/client/v4"

    def __post_init__(self) -> None:
        hosted.see_history(self.history)

    @property
    def limits(self) -> Sequence[tuple[str, int]]:
        """What Cloudflare refuses, with room for our own files."""
        return (("files", self.files - _OURS), ("bytes of a file", LARGEST_FILE))

    @contextmanager
    def opened(self, now: datetime) -> Iterator[Remote]:
        """Read what is live. Nobody is kept away: who comes second is told so, before anything changes."""
        token = hosted.secret(self.environ, "CLOUDFLARE_API_TOKEN", _TOKENS)
        account = hosted.secret(self.environ, "CLOUDFLARE_ACCOUNT_ID", "dash.cloudflare.com (Account ID)")
        wrong = f"look whether the project {self.project} is there, and CLOUDFLARE_ACCOUNT_ID is that of its account"
        refusals = {400: _REFUSED, 401: _REFUSED, 403: _REFUSED, 404: wrong}
        with (
            hosted.connection(self.server, token, self.environ) as client,
            hosted.connection("", "", self.environ) as visitor,
        ):
            api = Api("Cloudflare", client, [token, account], refusals)
            shown = Api("Cloudflare Pages", visitor, [], {})
            yield _Remote(
                self, api, shown, f"/accounts/{quote(account)}/pages/projects/{quote(self.project)}"
            )


class _Remote:
    """The project for the time of one publish."""

    unsure: frozenset[str] = frozenset()
    owes = False

    def __init__(self, target: CloudflarePages, api: Api, shown: Api, address: str) -> None:
        self._target, self._api, self._shown, self._address = target, api, shown, address
        project = self._project()
        self._branch = project.production_branch
        self._published = project.canonical_deployment
        self._record = self._record_of(self._published) if self._published else None
        self.live = self._record.release if self._record else None

    def releases(self) -> Sequence[Release]:
        """Those of our deployments that became whole, newest first, without their files."""
        return hosted.listed((release for _, release in self._ours()), self.live)

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """Have wrangler publish the release."""
        if hosted.is_done(self.live, shipment.release, self._target.history):
            return
        release = hosted.without(shipment.release, hosted.in_the_way(shipment.release), "Cloudflare Pages")
        here, leaving = hosted.parted(release)
        staged = shipment.output.parent / _WORK / "site"
        leaving.sort(key=lambda file: shipment.release.leaving[file.path], reverse=True)
        kept = self._kept(leaving, staged, self._target.files - _OURS - len(here))
        release = hosted.without(release, {file.path for file in leaving} - {*kept}, "Cloudflare Pages")
        record = hosted.packed(Record(release))
        moved = redirects.netlify(redirects.moved(shipment.output, here))
        made = {RECORD: record, **hosted.joined(shipment.output, "_headers", headers.netlify(release.files))}
        made |= hosted.joined(shipment.output, "_redirects", moved)
        hosted.stage(staged, here, shipment.output, {**kept, **made})
        if self._now_published() != (self._published.id if self._published else ""):
            raise self._overtaken()
        self._wrangle(staged, release, record)
        self._await(release.id)
        self.live = release
        heard(shipment.plan.sent, shipment.plan.size)
        hosted.let_go(self._ours(), self._target.history, release.id, lambda one: self._delete(one.id))

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """Have Cloudflare show a former deployment again."""
        found = next((deployment for deployment, release in self._ours() if release.id == name), None)
        if found is None:
            raise PublishError(
                f"Cloudflare has no deployment of {name} any more; invoke releases lists those it has"
            )
        record = self._record_of(found)
        if record is None:
            raise PublishError(
                f"the deployment of {name} at {found.url} has no record; bring another release back"
            )
        if found.id != self._now_published():
            self._api.ask(f"bringing {name} back", "POST", f"{self._address}/deployments/{found.id}/rollback")
        self._await(name)
        return record.release

    def _delete(self, name: str) -> None:
        path = f"{self._address}/deployments/{name}?force=true"
        self._api.ask("deleting an old deployment", "DELETE", path, accepted=[404])

    def _project(self) -> _Project:
        return self._api.get("looking at the project", self._address, _ProjectAnswer).result

    def _now_published(self) -> str:
        found = self._project().canonical_deployment
        return found.id if found else ""

    def _ours(self) -> Iterator[tuple[_Deployment, Release]]:
        for page in range(1, _PAGES + 1):
            path = f"{self._address}/deployments?env=production&page={page}&per_page={_PAGE}"
            found = self._api.get("listing its deployments", path, _DeploymentsAnswer).result
            for deployment in found:
                if release := deployment.release:
                    yield deployment, release
            if len(found) < _PAGE:
                return

    def _record_of(self, deployment: _Deployment) -> Record | None:
        data = self._file(deployment, RECORD)
        if data is None or data.lstrip()[:1] == b"<":  # a site without 404.html shows its home page instead
            return None
        return hosted.read(data, deployment.url)

    def _file(self, deployment: _Deployment, path: str) -> bytes | None:
        """A file as visitors get it from the deployment's own address."""
        shown = path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path
        address = f"{deployment.url.rstrip('/')}/{quote(shown)}"
        answer = self._shown.ask(f"reading {path}", "GET", address, accepted=[301, 302, 307, 308, 404])
        return answer.content if answer.is_success else None

    def _kept(self, leaving: Sequence[File], staged: Path, room: int) -> dict[str, bytes]:
        """The bytes of files that are leaving: as they were staged the last time, else from the live deployment."""
        found: dict[str, bytes] = {}
        for file in leaving[: max(room, 0)]:
            data = _read(staged / file.path)
            if (data is None or not hosted.is_whole(file, data)) and self._published:
                data = self._file(self._published, file.path)
            if data is not None and hosted.is_whole(file, data):
                found[file.path] = data
        return found

    def _wrangle(self, staged: Path, release: Release, record: bytes) -> None:
        target = self._target
        words = ["pages", "deploy", str(staged.resolve()), "--project-name", target.project]
        words += ["--branch", self._branch, "--commit-message", hosted.title(release), "--commit-dirty=true"]
        words += ["--commit-hash", sha1(record, usedforsecurity=False).hexdigest()]
        environ = {name: value for name, value in target.environ.items() if _PASSED_ON.fullmatch(name)} | {
            "CLOUDFLARE_API_TOKEN": target.environ["CLOUDFLARE_API_TOKEN"].strip(),
            "CLOUDFLARE_ACCOUNT_ID": target.environ["CLOUDFLARE_ACCOUNT_ID"].strip(),
            "CLOUDFLARE_API_BASE_URL": target.server,
            "CI": "1",  # no questions
            "NO_COLOR": "1",
            "WRANGLER_SEND_METRICS": "false",
            "WRANGLER_LOG_PATH": str(staged.with_name("wrangler.log").resolve()),
        }
        command = [*shlex.split(target.command), *words]
        secrets = [environ["CLOUDFLARE_API_TOKEN"], environ["CLOUDFLARE_ACCOUNT_ID"]]
        try:
            # Where there is nothing that it would take for a part of the site, as functions.
            done = finished(command, target.patience, cwd=staged.parent, environ=environ)
        except subprocess.TimeoutExpired:
            raise PublishError(
                f"wrangler did not finish in {target.patience} s; the next run goes on"
            ) from None
        except OSError as error:
            raise PublishError(
                f"{command[0]} cannot be run: {error.strerror}; install Node.js 22.12 or newer, "
                "or name another wrangler in the option command"
            ) from error
        if done.returncode:
            said = _COLOUR.sub("", (done.stdout + done.stderr).decode("utf-8", "replace"))
            said = said.strip() or f"it ended with {done.returncode}"
            raise PublishError(
                f"wrangler could not publish to {target.project}: {hosted.cleaned(_told(said), secrets)}; "
                "what it sent is kept there, and the next run goes on"
            )

    def _await(self, name: str) -> None:
        """Wait until the release of this id is the one that Cloudflare shows."""
        try:
            for attempt in stamina.retry_context(
                on=_NotYet, attempts=12, timeout=120, wait_initial=0.25, wait_jitter=0.1
            ):
                with attempt:
                    self._see_that_it_shows(name)
        except _NotYet:
            raise self._overtaken() from None

    def _see_that_it_shows(self, name: str) -> None:
        shown = self._project().canonical_deployment
        release = shown.release if shown else None
        if release is None or release.id != name:
            raise _NotYet

    def _overtaken(self) -> Busy:
        return Busy(
            f"somebody else published to {self._target.project} on Cloudflare Pages meanwhile, or it shows the "
            "deployment late; run again"
        )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _told(said: str) -> str:
    """What went wrong, in wrangler's words: from its first line that says so."""
    _, mark, error = said.partition("[ERROR]")
    return error if mark else said[-300:]


TARGET = CloudflarePages
