"""The objects of a site in a bucket: put, copied inside it, looked at, several at once.

Each has in its metadata the digest that the manifest knows it by: an ETag is none, once a bucket encrypts.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from forecourt.deploy.leases import Lease
from forecourt.deploy.records import File
from forecourt.errors import PublishError
from forecourt.places.s3 import THREADS, Bucket

_DIGEST = "forecourt-digest"
_T = TypeVar("_T")
_U = TypeVar("_U")
_A_WHILE = 5.0  # seconds that are waited for one file before the lease is looked after
_AHEAD = 4 * THREADS  # requests that wait for a thread: the site is never in memory as a whole


@dataclass(frozen=True)
class Objects:
    """Those of the site, which ``threads`` work on while the lease is held."""

    site: Bucket
    lease: Lease
    threads: ThreadPoolExecutor

    def put(self, output: Path, file: File) -> None:
        """Send a file of the output. Raises PublishError where it is no longer what was scanned."""
        changed = (
            f"{file.path} was changed while it was published; see that no build is at work, and publish again"
        )
        try:
            body = (output / file.path).read_bytes()
        except OSError as error:
            raise PublishError(changed) from error
        digest = hashlib.sha256(body)
        if digest.hexdigest() != file.digest:
            raise PublishError(changed)
        with self.site.named(f"write {self.site.key(file.path)}"):
            self.site.client.put_object(
                Bucket=self.site.bucket,
                Key=self.site.key(file.path),
                Body=body,
                ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                **_described(file),
            )

    def copy(self, source: str, key: str, file: File) -> None:
        """Copy an object of the bucket, both by their keys, as ``file`` is to be served."""
        with self.site.named(f"copy {source} to {key}"):
            self.site.client.copy_object(
                Bucket=self.site.bucket,
                Key=key,
                CopySource={"Bucket": self.site.bucket, "Key": source},
                MetadataDirective="REPLACE",
                **_described(file),
            )

    def look(self, path: str) -> File | None:
        """A file as visitors get it now, None where there is none."""
        with self.site.named(f"look at {self.site.key(path)}"):
            try:
                found = self.site.client.head_object(Bucket=self.site.bucket, Key=self.site.key(path))
            except self.site.client.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                    return None
                raise
        said = found["Metadata"].get(_DIGEST, "")
        return File(path, said, found["ContentLength"], found["ContentType"], found.get("CacheControl", ""))

    def each(self, work: Callable[[_T], _U], items: Iterable[_T]) -> Iterator[_U]:
        """Do something for each, several at once, and hold the lease meanwhile; what comes of them, in order."""
        waiting: deque[Future[_U]] = deque()
        for item in items:
            waiting.append(self.threads.submit(work, item))
            if len(waiting) >= _AHEAD:
                yield self._done(waiting.popleft())
        while waiting:
            yield self._done(waiting.popleft())

    def _done(self, work: Future[_U]) -> _U:
        """What comes of it, however long that takes: a film over a thin line takes longer than a lease lasts."""
        while not wait([work], _A_WHILE).done:
            self._renew()
        self._renew()
        return work.result()

    def _renew(self) -> None:
        """Hold the lease longer, once this publish has taken it."""
        if self.lease.is_held:
            self.lease.renew()


def _described(file: File) -> Mapping[str, object]:
    return {
        "ContentType": file.type,
        "CacheControl": file.cache,
        "Metadata": {_DIGEST: file.digest},
    }
