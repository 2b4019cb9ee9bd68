"""A folder behind a web server, on this machine or on a server over ssh and rsync.

::

    HUB_DEPLOY = {"target": "directory", "path": "/srv/hub", "host": "hub@server.example"}

``path`` holds the releases, and ``current``, a link to the live one, which is what the web server shows. Without
``host`` it is a folder of this machine; with it ``port``, ``identity`` (the file of a private key) and
``known_hosts`` are as ~/.ssh/config says where they are left out, and the server needs ``rsync``, ``flock`` and GNU's
``cp`` and ``mv``, as any Linux has. ``keep`` is how many releases stay (10). ``compress`` lays ``.gz`` and ``.br``
beside each file that pays.

What visitors see changes in one step, and a publish that is killed has changed nothing. A release takes the room of
what differs: all else is the same file on disk. ``forecourt.nginx`` and ``forecourt-server.nginx``
beside the releases hold settings for nginx.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec

from forecourt.deploy import compressing, headers
from forecourt.deploy.distant import distant
from forecourt.deploy.planning import plan
from forecourt.deploy.records import File, Release
from forecourt.deploy.targets import Heard, Remote, Shipment
from forecourt.deploy.trees import Trees, local
from forecourt.errors import PublishError
from forecourt.garbled import GARBLED
from forecourt.shell import Server

NGINX, NGINX_SERVER = "forecourt.nginx", "forecourt-server.nginx"

_STATIC = """gzip_static on;
gzip_vary on;
# brotli_static on;  # with ngx_brotli
"""


class _Head(Release, frozen=True):
    """The line of what can be listed: a release without its files."""

    number: int = 0
    """How many had been live before it: a clock may be set back."""


class _Record(msgspec.Struct, frozen=True):
    """What stands beside a release, below that line."""

    release: Release
    packed: bool
    """Whether what pays has its packed files beside it."""


_decode = msgspec.json.Decoder(_Record).decode
_head = msgspec.json.Decoder(_Head).decode
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Directory:
    """A folder of releases and the link to the live one."""

    path: str
    host: str = ""
    port: int = 0
    identity: str = ""
    known_hosts: str = ""
    keep: int = 10
    compress: bool = True

    limits: ClassVar[Sequence[tuple[str, int]]] = ()

    @contextmanager
    def opened(self, now: datetime) -> Iterator[Remote]:
        """See Target."""
        with self._trees(now) as trees:
            yield _Held(trees, self.keep, compress=self.compress)

    def _trees(self, now: datetime) -> AbstractContextManager[Trees]:
        if self.host:
            return distant(Server(self.host, self.port, self.identity, self.known_hosts), self.path, now)
        return local(Path(self.path).expanduser(), now)


class _Held:
    """The folder, ours for the time of one publish."""

    owes = False

    def __init__(self, trees: Trees, keep: int, *, compress: bool) -> None:
        self._trees, self._keep, self._compress = trees, keep, compress
        name = trees.live()
        self._live = self._record(name) if name else None
        self.live = self._live.release if self._live else None
        # What was not finished is not used. But somebody may have changed or removed a file by hand, which all
        # releases to come would have in common: by its size that is seen.
        sizes = trees.sizes(name) if name else {}
        files = self.live.files if self.live else ()
        self.unsure = frozenset(file.path for file in files if sizes.get(file.path) != file.size)

    def releases(self) -> Sequence[Release]:
        """See Remote."""
        live = self.live.id if self.live else ""
        return sorted(self._heads(), key=lambda head: (head.id == live, head.number, head.id), reverse=True)

    def send(self, shipment: Shipment, heard: Heard) -> None:
        """See Remote."""
        release, output = self._named(shipment.release), shipment.output
        sent = [file for stage in shipment.plan.stages for file in stage]
        site = {file.path for file in release.files}
        # Where the setting is another than it was, it is a matter of all files, not of those that differ.
        same = self._live is not None and self._live.packed == self._compress
        ours = sent if same else [file for file in release.files if file.path not in release.leaving]
        stale = set(_beside(file.path for file in ours)) | set(_beside(shipment.plan.going))

        self._trees.begin(release.id, self.live.id if self.live else "")
        self._trees.drop(release.id, sorted({*shipment.plan.going, *stale} - site))
        with self._trees.staging() as made:
            names = _staged(sent, output, Path(made))
            if self._compress:
                names += compressing.pack(ours, output, Path(made), site)
            done = size = 0
            for path, one in self._trees.put(release.id, Path(made), names):
                if path in site:
                    done, size = done + 1, size + one
                    heard(done, size)
        self._finish(_Record(release, self._compress))

    def bring_back(self, name: str, now: datetime, heard: Heard) -> Release:
        """See Remote. It becomes a release of its own, the newest."""
        if name not in self._trees.names():
            raise PublishError(f"release {name} is not kept any more; `invoke releases` lists those that are")
        former = self._record(name)
        was = former.release
        files = [file for file in was.files if file.path not in was.leaving]
        release, _ = plan(files, self.live, (), now, timedelta(0), was.counts)
        release = self._named(release)
        stays = {file.path for file in release.files}
        gone = [file.path for file in was.files if file.path not in stays]

        self._trees.begin(release.id, name)
        self._trees.drop(release.id, sorted({*gone, *_beside(gone)} - stays))
        self._finish(_Record(release, former.packed))
        heard(len(files), sum(file.size for file in files))
        return release

    def _finish(self, record: _Record) -> None:
        """Show the release, and let go of the oldest."""
        release = record.release
        numbers = {head.id: head.number for head in self._heads()}
        head = _Head(
            release.id,
            release.at,
            (),
            {},
            release.counts,
            release.changed,
            max(numbers.values(), default=0) + 1,
        )
        self._trees.write(NGINX, headers.nginx().encode())
        self._trees.write(NGINX_SERVER, f"{headers.nginx_server()}{_STATIC}".encode())
        self._trees.finish(release.id, _encode(head) + b"\n" + _encode(record) + b"\n")
        self._live, self.live = record, release
        others = [name for name in self._trees.names() if name != release.id]
        others.sort(key=lambda name: (numbers.get(name, -1), name), reverse=True)
        self._trees.forget(others[max(self._keep - 1, 0) :])

    def _heads(self) -> Iterator[_Head]:
        """The releases that can be brought back, without their files; not those whose record is damaged."""
        for line in self._trees.heads():
            with suppress(*GARBLED):
                yield _head(line)

    def _record(self, name: str) -> _Record:
        try:
            return _decode(self._trees.record(name).split(b"\n", 1)[1])
        except (*GARBLED, IndexError) as error:
            raise PublishError(
                f"what stands beside release {name} cannot be read; remove {name}.release and publish again"
            ) from error

    def _named(self, release: Release) -> Release:
        """The release with an id that no other has: the same site may come twice within a second."""
        taken = set(self._trees.names())
        ids = (f"{release.id}{f'-{number}' if number else ''}" for number in range(len(taken) + 1))
        return msgspec.structs.replace(release, id=next(name for name in ids if name not in taken))


def _staged(files: Iterable[File], output: Path, folder: Path) -> list[str]:
    """Have links to these files in a folder, so that they are sent in one go with those that are made; their paths."""
    paths = []
    for file in files:
        link = folder / file.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((output / file.path).absolute())
        paths.append(file.path)
    return paths


def _beside(paths: Iterable[str]) -> Iterator[str]:
    """Where packed files of these may lie."""
    return (f"{path}{ending}" for path in paths for ending in compressing.ENDINGS)


TARGET = Directory
