"""A bucket of S3, or of any service that speaks as S3 does, as a place.

    {"place": "s3", "bucket": "larkwood-hub", "prefix": "state", "region": "eu-west-2"}

``endpoint`` is the address of a service other than AWS.

Credentials are found as all programs of AWS find theirs: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a role of the
machine, a profile. A write that depends on another is a conditional one of S3's (If-Match, If-None-Match), of which S3
itself says who was first: so the service must know those, as AWS, R2, MinIO and Ceph do.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from forecourt.errors import Overtaken, PlaceError
from forecourt.places import ABSENT, Kept
from forecourt.places.folder import checked, overtaken

THREADS = 32
"""Requests that are under way at once, at the most."""

_TRIES = 4
_PATIENCE = 15  # seconds for an answer to begin
_CHUNK = 2**20
_BATCH = 1000  # objects that one request may remove
_WRITE = "forecourt-write"
_MISSING = {"NoSuchKey", "404", "NotFound"}
_OVERTAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", *_MISSING}

_SENTENCES = {
    "NoSuchBucket": "there is no bucket {bucket}; create it, or name another",
    "AccessDenied": (
        "the credentials may not {doing} in bucket {bucket}; give them the rights that docs/publishing.md lists"
    ),
    "PermanentRedirect": "bucket {bucket} is in another region than {region}; name its own",
    "AuthorizationHeaderMalformed": "bucket {bucket} is in another region than {region}; name its own",
    "RequestTimeTooSkewed": "the clock of this machine is wrong, and bucket {bucket} refuses it; set the clock",
    "InvalidAccessKeyId": "bucket {bucket} does not know AWS_ACCESS_KEY_ID; make a new key",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not the secret of AWS_ACCESS_KEY_ID; set both again",
    "ExpiredToken": "the credentials for bucket {bucket} have expired; make new ones",
    "NotImplemented": "the service of bucket {bucket} cannot {doing}; it must know conditional writes",
}
_BROKEN = "AWS_SESSION_TOKEN or AWS_ACCESS_KEY_ID has a line break in it; set it again without"
_SENTENCES["403"] = _SENTENCES["Forbidden"] = _SENTENCES["AccessDenied"]
_SENTENCES["301"] = _SENTENCES["IllegalLocationConstraintException"] = _SENTENCES["PermanentRedirect"]


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what is below a ``prefix`` of it. ``endpoint`` is the address of a service other than AWS."""

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key('')}"

    @cached_property
    def client(self) -> Any:  # Any: boto3 makes its classes when it runs
        """What speaks to the service; any number of threads may use it at once."""
        return client("s3", self.region, self.endpoint)

    def key(self, name: str) -> str:
        """The key of an object in the bucket."""
        prefix = self.prefix.strip("/")
        return f"{prefix}/{name}" if prefix else name

    def read(self, name: str) -> Kept | None:
        """As Place.read."""
        with self.named(f"read {self.key(name)}"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=self.key(checked(name)))
            except self.client.exceptions.NoSuchKey:
                return None
            with contextlib.closing(found["Body"]) as body:
                return Kept(body.read(), found["ETag"])

    def fetch(self, name: str, into: Path) -> bool:
        """As Place.fetch."""
        partial = into.with_name(f"{into.name}.new")
        with self.named(f"read {self.key(name)}"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=self.key(checked(name)))
            except self.client.exceptions.NoSuchKey:
                return False
            try:
                with contextlib.closing(found["Body"]) as body, partial.open("wb") as file:
                    for chunk in body.iter_chunks(_CHUNK):
                        file.write(chunk)
                partial.replace(into)
            finally:
                partial.unlink(missing_ok=True)
        return True

    def write(self, name: str, body: bytes | Path, *, over: str | None = None) -> str:
        """As Place.write."""
        condition = {} if over is None else {"IfNoneMatch": "*"} if over == ABSENT else {"IfMatch": over}
        mark = uuid.uuid4().hex
        what = {"Bucket": self.bucket, "Key": self.key(checked(name))}
        with self.named(f"write {self.key(name)}"), _opened(body) as data:
            try:
                done = self.client.put_object(**what, **condition, Body=data, Metadata={_WRITE: mark})
            except self.client.exceptions.ClientError as error:
                if not condition or _code(error) not in _OVERTAKEN:
                    raise
                mine = self._written(what, mark)  # the answer to a first try may have been lost on its way
                if mine:
                    return mine
                raise Overtaken(overtaken(self, name)) from error
        return str(done["ETag"])

    def _written(self, what: dict[str, str], mark: str) -> str:
        """The token of an object that this very write has put there, "" where another did."""
        try:
            found = self.client.head_object(**what)
        except self.client.exceptions.ClientError as error:
            if _code(error) in _MISSING:
                return ""
            raise
        return str(found["ETag"]) if found["Metadata"].get(_WRITE) == mark else ""

    def names(self, prefix: str = "") -> Iterator[str]:
        """As Place.names."""
        cut = len(self.key(""))
        with self.named("list what is there"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.key(prefix)
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"][cut:]

    def remove(self, names: Iterable[str]) -> None:
        """As Place.remove."""
        keys = map(self.key, names)
        with self.named("remove objects"):
            while batch := [{"Key": key} for key in islice(keys, _BATCH)]:
                done = self.client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True}
                )
                for failed in done.get("Errors", ()):
                    raise PlaceError(
                        f"{failed['Key']} could not be removed from bucket {self.bucket}: "
                        f"{failed.get('Message') or failed.get('Code')}; run this again"
                    )

    @contextmanager
    def named(self, doing: str) -> Iterator[None]:
        """Make a PlaceError of what boto3 raises, in a sentence; ``doing`` is what failed."""
        from botocore.exceptions import (  # noqa: PLC0415 - boto3 takes 0.3 s to load, and only this place needs it
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )

        try:
            yield
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise PlaceError(
                f"there are no credentials for bucket {self.bucket}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ) from error
        except ClientError as error:
            raise PlaceError(self._sentence(error, doing)) from error
        except (BotoCoreError, OSError) as error:
            if "Invalid header value" in str(error):  # which says the value
                raise PlaceError(_BROKEN) from None
            raise PlaceError(f"could not {doing} in bucket {self.bucket}: {error}; run this again") from error

    def _sentence(self, error: Any, doing: str) -> str:  # Any: see client
        sentence = _SENTENCES.get(_code(error))
        if sentence:
            return sentence.format(
                bucket=self.bucket, doing=doing, region=self.region or "the one it was asked in"
            )
        said = error.response.get("Error", {}).get("Message") or _code(error)
        return (
            f"could not {doing} in bucket {self.bucket}: {said.rstrip('.')} ({_code(error)}); run this again"
        )


def client(service: str, region: str, endpoint: str) -> Any:  # Any: see Bucket.client
    """One of AWS's services. What does not answer is tried again with growing pauses, for about a minute."""
    try:
        import boto3  # noqa: PLC0415 - an extra, and slow to load
        from botocore.config import Config  # noqa: PLC0415 - as boto3
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as boto3
    except ModuleNotFoundError as error:
        raise PlaceError(
            "boto3 is not installed, which buckets need; run: pip install forecourt[s3]"
        ) from error
    config = Config(
        max_pool_connections=THREADS,
        connect_timeout=5,
        read_timeout=_PATIENCE,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        # Other services than AWS know no sums but those that they are asked for.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        return boto3.session.Session().client(
            service, region_name=region or None, endpoint_url=endpoint or None, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise PlaceError(f"{service} cannot be reached: {error}") from error


def _code(error: Any) -> str:  # Any: see Bucket.client
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _opened(body: bytes | Path) -> Iterator[Any]:  # Any: bytes, or a file of them
    if isinstance(body, bytes):
        yield body
    else:
        with body.open("rb") as file:
            yield file


NEEDS = "boto3"
PLACE = Bucket
