"""What the hosts have in common that take a site as a whole: a record within it, and an API that is asked.

The record is the release, as a file of the site that it describes. So it changes with
the site in one step, comes back with it, and every machine plans against what is
really live. It holds what anybody can see who reads the site: paths, sizes, digests.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import stamina
import stamina.instrumentation

from forecourt.deploy.records import File, Release
from forecourt.errors import Keyless, PublishError, SettingsError
from forecourt.garbled import GARBLED

stamina.instrumentation.set_on_retry_hooks([])  # it would log each second try as a warning

RECORD = ".well-known/forecourt.release"
"""Where a site holds its release. Hosts leave out what begins with a dot, but not this folder (RFC 8615)."""

LONGEST_WAIT = 300.0
"""Seconds that are waited at the most because a host asks for it; then the publish is left to the next run."""

_LARGEST = 2**28
_TRIES = 6
_LINE = 300
ALONE = 1
"""The ``history`` of a target that keeps nothing but what is live: the rest may show what was forgotten."""

_AT_A_TIME = 10
_TITLE = re.compile(r"Forecourt (\d{8}T\d{6}Z-[0-9a-zA-Z]+): (\d+) new, (\d+) changed, (\d+) gone", re.ASCII)
_USER = re.compile(r"(?<=://)[^/@\s]+(?=@)")

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Record(msgspec.Struct, frozen=True):
    """What a published site says about itself."""

    release: Release
    number: int = 1
    """How many releases lie on the branch, where the host keeps them on one."""
    names: Mapping[str, str] = {}
    """What the host calls the bytes of those files that are leaving, by path."""


_decode = msgspec.json.Decoder(Record).decode


def written(record: Record) -> bytes:
    """A record as the bytes of its file: JSON with a line for each file, so that git keeps only what differs."""
    # Within a text each quotation mark is escaped.
    return msgspec.json.encode(record).replace(b'],["', b'],\n["')


def packed(record: Record) -> bytes:
    """A record for where every byte is sent each time."""
    return zlib.compress(written(record), 9)


def read(data: bytes, where: str) -> Record:
    """A record, packed or not. Raises PublishError, which names ``where`` it lies."""
    try:
        return _decode(zlib.decompressobj().decompress(data, _LARGEST) if data[:1] == b"\x78" else data)
    except (zlib.error, *GARBLED) as error:
        raise PublishError(
            f"{RECORD} of {where} cannot be read: it is damaged, or of a newer Forecourt; "
            "put an earlier release back there, or remove that file from the site, and publish again"
        ) from error


def title(release: Release) -> str:
    """A release in a line, for the lists that hosts show."""
    new, changed, gone = release.changed
    return f"Forecourt {release.id}: {new} new, {changed} changed, {gone} gone"


def from_title(text: str | None) -> Release | None:
    """The release that a line names, without its files; None where it is not of ours."""
    found = _TITLE.fullmatch((text or "").strip())
    if not found:
        return None
    at = datetime.strptime(found[1].partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return Release(found[1], at, (), changed=(int(found[2]), int(found[3]), int(found[4])))


def is_done(live: Release | None, release: Release, history: int) -> bool:
    """Whether the live site is what the release says, and nothing of the past has to go."""
    is_same = live is not None and (live.files, live.leaving) == (release.files, release.leaving)
    return is_same and history > ALONE


def listed(found: Iterable[Release], live: Release | None) -> list[Release]:
    """Each release once, newest first; the live one with its files."""
    by_id = {release.id: release for release in found}
    if live and live.id in by_id:
        by_id[live.id] = live
    return [by_id[name] for name in sorted(by_id, reverse=True)]


def let_go(
    found: Iterable[tuple[_T, Release]], history: int, live: str, delete: Callable[[_T], object]
) -> None:
    """Delete what is older than so many releases, a few at a time; what fails is left to the next publish.

    Of those that shall be ALONE all but the ``live`` one go now, which a host may not list yet. Raises PublishError
    where one does not.
    """
    former = (one for one, release in found if release.id != live)
    if history <= ALONE:
        for one in [*former]:
            delete(one)
        return
    with contextlib.suppress(PublishError):
        for one in [*islice(former, history - 1, history - 1 + _AT_A_TIME)]:
            delete(one)


def see_history(history: int) -> None:
    """Raise SettingsError where not even the live release would be kept."""
    if history < ALONE:
        raise SettingsError([f"history is {history}, and must be {ALONE} or more"])


def parted(release: Release) -> tuple[list[File], list[File]]:
    """The files that the site has, and those that it only still shows."""
    here = [file for file in release.files if file.path not in release.leaving]
    return here, [file for file in release.files if file.path in release.leaving]


def in_the_way(release: Release) -> set[str]:
    """What is leaving and stands where the site has a folder now, or below what is a file of it now."""
    here, leaving = parted(release)
    files = {file.path for file in here}
    folders = {folder for path in files for folder in _folders(path)}
    return {
        file.path for file in leaving if file.path in folders or not files.isdisjoint(_folders(file.path))
    }


def _folders(path: str) -> Iterator[str]:
    return (path[: found.start()] for found in re.finditer("/", path))


def joined(output: Path, path: str, made: str) -> dict[str, bytes]:
    """A file that the host reads for itself: what we say, and below it what the site brings of that name."""
    own = output / path
    theirs = own.read_bytes() if own.is_file() else b""
    return {path: made.encode() + theirs} if made or theirs else {}


def without(release: Release, lost: Collection[str], host: str) -> Release:
    """The release without files that are leaving and cannot be had any more; says so in the log."""
    if not lost:
        return release
    _log.warning(
        "%s cannot keep %d files that left the site a short while ago, such as %s: "
        "whoever opened a page before may miss them",
        host,
        len(lost),
        min(lost),
    )
    return msgspec.structs.replace(
        release,
        files=tuple(file for file in release.files if file.path not in lost),
        leaving={path: since for path, since in release.leaving.items() if path not in lost},
    )


def is_whole(file: File, data: bytes) -> bool:
    """Whether these are the bytes of the file."""
    return len(data) == file.size and sha256(data).hexdigest() == file.digest


def stage(folder: Path, files: Sequence[File], output: Path, others: Mapping[str, bytes]) -> None:
    """Have a folder hold files of the output, as links where the disk allows, and others by path; nothing else.

    What it holds already stays: to remove and link 3,000 pages anew took 10 s on a busy disk. Raises PublishError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        linked = [file.path for file in files if file.path not in others]
        _clear(folder, {*linked})
        for path in linked:
            _link(output / path, folder / path)
        for path, data in others.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except OSError as error:
        raise PublishError(
            f"{error.filename or folder} cannot be made ready for publishing: {error.strerror}; "
            "mend that, and build and publish again"
        ) from error


def _clear(folder: Path, wanted: Collection[str]) -> None:
    """Remove what is not wanted. That is first: to write into a link would be to write into the output."""
    for root, folders, names in os.walk(folder, topdown=False):
        below = Path(root)
        for name in names:
            if (below / name).relative_to(folder).as_posix() not in wanted:
                (below / name).unlink()
        for name in folders:
            with contextlib.suppress(OSError):  # it is not empty
                (below / name).rmdir()


def _link(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if target.samefile(source):
            return
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def secret(environ: Mapping[str, str], name: str, where: str) -> str:
    """A secret from the environment. Raises PublishError, which says where to get it."""
    value = environ.get(name, "").strip()
    if not value:
        raise Keyless(
            f"{name} is not set in the environment; get it at {where} and put it there, then publish again"
        )
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise Keyless(f"{name} in the environment has characters that none has; get it at {where} again")
    return value


def cleaned(text: str, secrets: Iterable[str]) -> str:
    """What a host or a program said, on one line that is not long, without secrets."""
    for one in secrets:
        text = text.replace(one, "…")
    text = " ".join(_USER.sub("…", text).split())
    return text if len(text) <= _LINE else f"{text[:_LINE]}…"


@dataclass(frozen=True)
class Api:
    """A host's API: asked again where it fails in passing, its refusals as sentences."""

    host: str
    client: httpx.Client
    secrets: Sequence[str] = field(repr=False)
    refusals: Mapping[int, str] = field(repr=False)
    """What a person can do about a status, as the second half of a sentence."""

    def ask(
        self,
        what: str,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        form: str = "",
        accepted: Collection[int] = (),
    ) -> httpx.Response:
        """Ask for something, ``what`` in words; ``form`` is the media type of the request.

        Gives the answer where it is good or its status is ``accepted``. Raises PublishError.
        """
        headers = {"Content-Type": form} if form else {}
        try:
            for attempt in stamina.retry_context(
                on=_pause, attempts=_TRIES, timeout=LONGEST_WAIT, wait_initial=0.5, wait_max=30
            ):
                with attempt:
                    answer = _settled(self.client.request(method, path, content=content, headers=headers))
        except _Later as later:
            answer = later.answer
        except httpx.HTTPError as error:
            raise PublishError(
                f"{self.host} cannot be reached ({self._clean(str(error)) or type(error).__name__}): {what} failed; "
                "the site is as it was, and the next run goes on"
            ) from error
        if answer.is_success or answer.status_code in accepted:
            return answer
        raise self._refusal(what, answer)

    def get(self, what: str, path: str, shape: type[_T]) -> _T:
        """Ask for something that comes as JSON."""
        return self.understood(self.ask(what, "GET", path), shape)

    def understood(self, answer: httpx.Response, shape: type[_T]) -> _T:
        """An answer as data. Raises PublishError where it is something else."""
        try:
            return msgspec.json.decode(answer.content, type=shape)
        except GARBLED as error:
            raise PublishError(
                f"{self.host} answered what its API does not ({error}); "
                "look whether the option server is right, and run again"
            ) from error

    def _refusal(self, what: str, answer: httpx.Response) -> PublishError:
        status = answer.status_code
        said = self._clean(_said(answer))
        advice = self.refusals.get(status) or (
            "it asks to be left alone for a while; the next run goes on"
            if status == HTTPStatus.TOO_MANY_REQUESTS
            else "run again, and look at the status page of the host if it stays"
        )
        return PublishError(
            f"{self.host} answered {status} ({said or answer.reason_phrase}) when {what}: {advice}"
        )

    def _clean(self, text: str) -> str:
        return cleaned(text, self.secrets)


def connection(base: str, token: str, environ: Mapping[str, str]) -> httpx.Client:
    """A client of an API, with the proxy that the environment names; as anybody where there is no token."""
    return httpx.Client(
        base_url=base,
        headers={"User-Agent": "Forecourt"} | ({"Authorization": f"Bearer {token}"} if token else {}),
        timeout=60,
        trust_env=False,
        proxy=environ.get("HTTPS_PROXY") or environ.get("https_proxy") or None,
    )


class _Later(Exception):
    """A host that fails in passing."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        super().__init__(str(answer.status_code))


def _settled(answer: httpx.Response) -> httpx.Response:
    """An answer that would be the same again. Raises _Later for another."""
    status = answer.status_code
    if (
        status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        raise _Later(answer)
    return answer


def _pause(error: Exception) -> bool | float:
    """Whether to ask again, or in how many seconds."""
    if not isinstance(error, _Later):
        return isinstance(error, httpx.TransportError)
    wait = _asked_for(error.answer)
    return wait if wait and wait <= LONGEST_WAIT else not wait


def _asked_for(answer: httpx.Response) -> float:
    """The seconds that a host asks for, reckoned by its own clock; 0 where it names none."""
    plain, until = answer.headers.get("Retry-After", ""), answer.headers.get("X-RateLimit-Reset", "")
    if plain.isdecimal():
        return float(plain)
    if not until.isdecimal():
        return 0.0
    try:
        sent = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return 0.0
    return max(float(until) - sent, 0.0) + 1.0  # moments are whole seconds


def _said(answer: httpx.Response) -> str:
    """What a host says in an answer, in its own words."""
    try:
        body = answer.json()
        errors = body.get("errors") or [body]
        return str(errors[0].get("message", "") if isinstance(errors[0], dict) else errors[0])
    except (ValueError, AttributeError, LookupError, TypeError):
        return ""
