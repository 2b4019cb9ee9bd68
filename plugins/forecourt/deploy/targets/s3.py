"""A bucket of S3, or of a service that speaks as S3 does, with or without CloudFront before it.

    HUB_DEPLOY = {"target": "s3", "bucket": "larkwood-hub", "region": "eu-west-2", "distribution": "E2QWRUHAPOMQZL"}

``prefix`` is where the site stands in the bucket, and ``ours``, which must not be below it, what is kept for the next
publish and for the way back: nobody but us need read it. ``endpoint`` is the address of a service other than AWS.
``keep`` is how many releases can be brought back. ``paths`` is how many paths CloudFront is told of before whole
folders are named. Credentials are found as all programs of AWS find theirs.

Whatever a publish touches is written down before it does. One that was killed left those paths as they were or as
they were to be: the next one asks what each of them is now, and goes on from there. What is written over or removed
is copied aside before, inside the bucket, so that a rollback sends nothing.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec

from forecourt.deploy import cloudfront
from forecourt.deploy.headers import is_named_by_content
from forecourt.deploy.history import Entry, History, Record
from forecourt.deploy.leases import Lease
from forecourt.deploy.objects import Objects
from forecourt.deploy.planning import identify, plan
from forecourt.deploy.records import File, Plan, Release
from forecourt.deploy.targets import Heard, Shipment
from forecourt.errors import PlaceError, PublishError, SettingsError
from forecourt.places.s3 import THREADS, Bucket, client


@dataclass(frozen=True)
class S3:
    """The options; see the top of the module."""

    bucket: str
    region: str = ""
    endpoint: str = ""
    prefix: str = "site"
    ours: str = ".forecourt"
    distribution: str = ""
    keep: int = 10
    paths: int = cloudfront.MOST
    threads: int = THREADS
    limits: Sequence[tuple[str, int]] = field(default=(("bytes of a file", 5 * 2**30),), init=False)

    def __post_init__(self) -> None:
        site, ours = f"{self.prefix.strip('/')}/", f"{self.ours.strip('/')}/"
        problems = [
            f"{name} is {number:,}, and must be {least} or more"
            for name, number, least in (("keep", self.keep, 0), ("threads", self.threads, 1))
            if number < least
        ]
        if ours == "/" or site == "/" or ours.startswith(site) or site.startswith(ours):
            problems.append(
                f"prefix ({self.prefix!r}) and ours ({self.ours!r}) must be two folders, none below the other"
            )
        if problems:
            raise SettingsError(problems)

    @cached_property
    def site(self) -> Bucket:
        """Where visitors read."""
        return Bucket(self.bucket, self.prefix, self.region, self.endpoint)

    @cached_property
    def place(self) -> Bucket:
        """Where the next publish reads."""
        return Bucket(self.bucket, self.ours, self.region, self.endpoint)

    @cached_property
    def edges(self) -> Any:  # Any: boto3 makes its classes when it runs
        """What speaks to CloudFront."""
        return client("cloudfront", self.region or "us-east-1", self.endpoint)

    @contextmanager
    def opened(self, now: datetime) -> Iterator[_Bucketed]:
        """As Target.opened. Until something is sent the bucket is only read."""
        lease = Lease(self.place, "lease", now)
        with _published(), ThreadPoolExecutor(self.threads) as threads:
            lease.look()
            remote = _Bucketed(self, History.at(self.place), lease, now, threads)
            try:
                yield remote
            finally:
                threads.shutdown(cancel_futures=True)
                with contextlib.suppress(PlaceError, PublishError):  # what could not be done is said already
                    remote.own_up()
                with contextlib.suppress(PlaceError):  # it ends by itself
                    lease.let_go()


class _Bucketed:
    """The bucket, for the time of one publish."""

    def __init__(
        self, target: S3, history: History, lease: Lease, now: datetime, threads: ThreadPoolExecutor
    ) -> None:
        self._target, self._history, self._lease, self._now = target, history, lease, now
        self._site, self._objects = target.site, Objects(target.site, lease, threads)
        self._touched: Sequence[str] = ()
        record = history.record
        if record.site not in {"", self._site.key("")}:
            raise PublishError(
                f"what is kept in {target.place} is of the site below {record.site}, not of this one; "
                "put prefix back, or name another folder as ours"
            )
        self._recorded = history.load(record.releases[0].id) if record.releases else None
        self.unsure: frozenset[str] = frozenset()
        self.owes = bool(record.touched or record.stale or record.begun)
        self.live = self._looked(record.touched) if record.touched else self._recorded

    def releases(self) -> Sequence[Release]:
        """As Remote.releases; without their files."""
        return [
            Release(entry.id, entry.at, (), {}, entry.counts, entry.changed)
            for entry in self._history.record.releases
        ]

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """As Remote.send."""
        release, todo, output = shipment
        with _published():
            self._work(release, todo, lambda file: self._objects.put(output, file), heard)

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """As Remote.bring_back. What came after it is removed at once: a rollback is for what should not be seen."""
        with _published():
            former = self._history.load(name)
            _, todo = plan(former.files, self.live, (), now)
            there = {file.path: file for file in self.live.files} if self.live else {}
            wanted = {file.path for file in former.files}
            going = tuple(path for path in there if path not in wanted)
            stale = tuple(sorted({*todo.stale, *going}))
            sources = self._sources(todo, {file.digest: path for path, file in there.items()})

            def copy(file: File) -> None:
                self._objects.copy(sources[file.digest], self._site.key(file.path), file)

            changed = (todo.sent, 0, len(going))
            release = msgspec.structs.replace(former, id=identify(former.files, now), at=now, changed=changed)
            self._work(release, Plan(todo.stages, going, stale, todo.same), copy, heard)
        return release

    def own_up(self) -> None:
        """Where this publish did not come to its end, and another began meanwhile, name what we may have written."""
        self._history.own_up(self._touched)

    def _work(self, release: Release, todo: Plan, send: Callable[[File], None], heard: Heard) -> None:
        """All of a publish, with ``send`` for each of its files."""
        self._lease.take(first=not self._history.token)
        before = self._history.record
        written = [file.path for stage in todo.stages for file in stage]
        there = {file.path: file for file in self.live.files} if self.live else {}
        covered = [there[path] for path in (*written, *todo.going) if path in there]
        record = Record(
            releases=_keeping(before.releases, (file.digest for file in covered)),
            begun=release.id,
            touched=tuple(sorted({*before.touched, *written, *todo.going})),
            stale=self._stale(before, todo),
            site=self._site.key(""),
        )
        self._history.write(record)
        self._touched = record.touched
        if before.begun not in {"", *(entry.id for entry in before.releases)}:
            self._history.forget([before.begun])
        self._keep(covered)
        told = _Told(heard)
        for stage in todo.stages:
            for file, _ in zip(stage, self._objects.each(send, stage), strict=True):
                told.of(file)
        self._site.remove(todo.going)
        self._end(release, record)

    def _end(self, release: Release, record: Record) -> None:
        """Tell the edges, write down what is live now, and let go of what nothing needs any more."""
        failed = None
        try:
            self._invalidate(release, record)
            record = msgspec.structs.replace(record, stale=())
        except PlaceError as error:
            failed = error
        entries, live = record.releases, self._recorded
        if self._is_new(release):
            self._history.save(release)
            live = release
            entries = (Entry(release.id, release.at, release.counts, release.changed), *entries)
        kept, gone = entries[: self._target.keep + 1], entries[self._target.keep + 1 :]
        self._lease.renew()
        self._history.write(Record(releases=kept, stale=record.stale, site=record.site))
        self._touched, self.live = (), live
        if gone or not self._target.keep or self._is_first_of_the_day:
            self._history.sweep()
            needed = {f"kept/{digest}" for entry in kept for digest in entry.kept}
            self._target.place.remove([*set(self._target.place.names("kept/")).difference(needed)])
        if failed:
            raise PublishError(
                f"the site was sent, and CloudFront was not told of it: {failed}; edges show it within minutes, "
                "and the next publish tells CloudFront again"
            ) from failed

    @property
    def _is_first_of_the_day(self) -> bool:
        """Whether it is time to look for what a publish that was killed at its very end did not let go of."""
        return self._recorded is None or self._recorded.at.date() != self._now.date()

    def _is_new(self, release: Release) -> bool:
        was = self._recorded
        return was is None or release.files != was.files or release.leaving != was.leaving

    def _keep(self, covered: Iterable[File]) -> None:
        """Copy aside what is about to be written over or removed, each once."""
        wanted = {file.digest: file for file in covered}
        if not wanted:
            return
        there = {name.rpartition("/")[2] for name in self._target.place.names("kept/")}
        missing = [file for digest, file in wanted.items() if digest not in there]
        place = self._target.place

        def copy(file: File) -> None:
            self._objects.copy(self._site.key(file.path), place.key(f"kept/{file.digest}"), file)

        deque(self._objects.each(copy, missing), maxlen=0)

    def _sources(self, todo: Plan, live: Mapping[str, str]) -> Mapping[str, str]:
        """The key of an object with the bytes of each file that is to come back. Raises PublishError."""
        wanted = {file.digest: file.path for stage in todo.stages for file in stage}
        place = self._target.place
        kept = {name.rpartition("/")[2] for name in place.names("kept/")} if wanted else set()
        missing = sorted(path for digest, path in wanted.items() if digest not in kept and digest not in live)
        if missing:
            raise PublishError(
                f"{len(missing)} files of this release are not kept any more ({missing[0]}); choose another release"
            )
        return {
            digest: place.key(f"kept/{digest}") if digest in kept or self._is_covered(live[digest], todo)
            else self._site.key(live[digest])
            for digest in wanted
        }  # fmt: skip

    def _is_covered(self, path: str, todo: Plan) -> bool:
        return path in todo.stale

    def _looked(self, touched: Iterable[str]) -> Release:
        """What is live, where a publish was broken off: each path that it may have written is asked for."""
        was = self._recorded or Release("", self._now, ())
        files = {file.path: file for file in was.files}
        leaving = dict(was.leaving)
        paths = list(touched)
        for path, found in zip(paths, self._objects.each(self._objects.look, paths), strict=True):
            if found is None:
                files.pop(path, None)
                leaving.pop(path, None)
                continue
            if path not in files:
                leaving[path] = self._now  # if the site has no use for it
            files[path] = found
        return msgspec.structs.replace(
            was, files=tuple(sorted(files.values(), key=attrgetter("path"))), leaving=leaving
        )

    def _stale(self, before: Record, todo: Plan) -> tuple[str, ...]:
        """What the edges have to be told of; what is named by its content never differs there."""
        if not self._target.distribution:
            return ()
        going = set(todo.going)
        return tuple(
            sorted(
                {
                    *before.stale,
                    *(path for path in todo.stale if path in going or not is_named_by_content(path)),
                }
            )
        )

    def _invalidate(self, release: Release, record: Record) -> None:
        if not record.stale:
            return
        said = cloudfront.paths(record.stale, len(release.files), self._target.paths)
        with self._site.named(
            f"tell CloudFront's distribution {self._target.distribution}, which stands before it,"
        ):
            cloudfront.invalidate(self._target.edges, self._target.distribution, said, release.id)


class _Told:
    """Counts what was sent, for whoever shows it."""

    def __init__(self, heard: Heard) -> None:
        self._heard, self._files, self._size = heard, 0, 0

    def of(self, file: File) -> None:
        """One more."""
        self._files += 1
        self._size += file.size
        self._heard(self._files, self._size)


def _keeping(releases: tuple[Entry, ...], digests: Iterable[str]) -> tuple[Entry, ...]:
    """The releases, of which the live one needs these bytes, too, to be brought back."""
    if not releases:
        return ()
    live, *rest = releases
    return (msgspec.structs.replace(live, kept=tuple(sorted({*live.kept, *digests}))), *rest)


@contextmanager
def _published() -> Iterator[None]:
    """What goes wrong at the bucket goes wrong with the publish."""
    try:
        yield
    except PlaceError as error:
        raise PublishError(str(error)) from error


NEEDS = "boto3"
TARGET = S3
