"""S3 and CloudFront on loopback: moto's server, and before it what the real ones refuse and moto lets pass."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any, NamedTuple, Self

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Of the environment, so that boto3 asks neither this machine nor the cloud who it is."""

_READS = {"GET", "HEAD"}
_SAFE = re.compile(r"/[A-Za-z0-9/$_.+!*'(),%-]*")  # of RFC 1738

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]  # Any: as WSGI has it


class Asked(NamedTuple):
    """A request that the server was asked."""

    method: str
    path: str
    query: str


class Refusal(NamedTuple):
    """What is answered in place of what was asked."""

    status: str
    code: str


Hook = Callable[[Asked], Refusal | None]


class _Quiet(MotoRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing."""


class Amazon:
    """The server. ``asked`` is all that it was asked; ``before`` may refuse, or do something, before it is done."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.before: Hook | None = None
        self._moto: Wsgi = DomainDispatcherApplication(create_backend_app)
        self._lock = Lock()
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet
        )
        self._thread = Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def written(self) -> list[Asked]:
        """All that could change something."""
        return [asked for asked in self.asked if asked.method not in _READS]

    def _answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # Any: as WSGI has it
        path = environ["PATH_INFO"].encode("latin-1").decode()  # PEP 3333
        asked = Asked(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"])
        self.asked.append(asked)
        refusal = self.before(asked) if self.before else None
        if refusal is None:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = io.BytesIO(body)
            refusal = _refused(asked, environ, body, length)
        if refusal:
            text = f"<Error><Code>{refusal.code}</Code><Message>{refusal.code}</Message></Error>".encode()
            start(refusal.status, [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
            return [text]
        if asked.method in _READS:
            return self._moto(environ, start)
        with self._lock:  # moto looks at the condition of a write first, and writes then
            return [*self._moto(environ, start)]


def _refused(asked: Asked, environ: Mapping[str, Any], body: bytes, length: int) -> Refusal | None:
    """What the real ones refuse and moto does not."""
    if len(body) < length:
        return Refusal("400 Bad Request", "IncompleteBody")
    said = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    if said and said != base64.b64encode(hashlib.sha256(body).digest()).decode():
        return Refusal("400 Bad Request", "BadDigest")
    if environ.get("HTTP_IF_NONE_MATCH", "*") != "*" and asked.method == "PUT":
        return Refusal("501 Not Implemented", "NotImplemented")
    if asked.path.endswith("/invalidation") and asked.method == "POST":
        paths = re.findall(r"<Path>([^<]*)</Path>", body.decode())
        stars = sum("*" in path for path in paths)
        wrong = [path for path in paths if not _SAFE.fullmatch(path) or "*" in path[:-1]]
        if wrong or len(paths) > 3000 or stars > 15 or len(set(paths)) < len(paths):
            return Refusal("400 Bad Request", "InvalidArgument")
    return None


class Object(NamedTuple):
    """An object as a visitor gets it."""

    digest: str
    type: str
    cache: str


@dataclass
class Bucket:
    """A bucket that is new, and a distribution before it."""

    amazon: Amazon
    name: str
    distribution: str
    client: Any  # Any: boto3 makes its classes when it runs
    edges: Any
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> dict[str, Any]:
        """The options of the target, of the bucket alone."""
        return {"bucket": self.name, "endpoint": self.amazon.url, "region": "us-east-1", "threads": 8}

    def tree(self, prefix: str = "site/") -> dict[str, Object]:
        """What stands below a prefix."""
        found = {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for each in page.get("Contents", ()):
                got = self.client.get_object(Bucket=self.name, Key=each["Key"])
                body = got["Body"].read()
                digest = hashlib.sha256(body).hexdigest()
                found[each["Key"].removeprefix(prefix)] = Object(
                    digest, got["ContentType"], got.get("CacheControl", "")
                )
        return found

    def sent(self) -> list[str]:
        """The objects of the site that were put, by their paths."""
        before = f"/{self.name}/site/"
        return sorted(
            asked.path.removeprefix(before)
            for asked in self.amazon.asked
            if asked.method == "PUT" and asked.path.startswith(before)
        )

    def invalidated(self) -> list[tuple[str, ...]]:
        """The paths that the distribution was told of, an invalidation each, the first first."""
        listed = self.edges.list_invalidations(DistributionId=self.distribution)["InvalidationList"]
        ids = [each["Id"] for each in listed.get("Items", ())]
        got = [
            self.edges.get_invalidation(DistributionId=self.distribution, Id=one)["Invalidation"]
            for one in ids
        ]
        return [
            tuple(each["InvalidationBatch"]["Paths"]["Items"])
            for each in sorted(got, key=lambda one: ids.index(one["Id"]))
        ]


@pytest.fixture(scope="session")
def running_amazon() -> Iterator[Amazon]:
    with Amazon() as amazon:
        yield amazon


@pytest.fixture
def amazon(running_amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    """S3 and CloudFront for one test, with credentials for them in the environment."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    running_amazon.asked.clear()
    yield running_amazon
    running_amazon.before = None


@pytest.fixture
def new_bucket(amazon: Amazon, request: pytest.FixtureRequest) -> Callable[[], Bucket]:
    """Makes buckets."""
    made: list[int] = []
    s3 = boto3.session.Session().client("s3", endpoint_url=amazon.url)
    edges = boto3.session.Session().client("cloudfront", endpoint_url=amazon.url)

    def make() -> Bucket:
        made.append(1)
        name = f"b{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]}-{len(made)}"
        s3.create_bucket(Bucket=name)
        s3.put_bucket_policy(Bucket=name, Policy=_policy(name))
        distribution = edges.create_distribution(DistributionConfig=_distribution(name))["Distribution"]["Id"]
        amazon.asked.clear()
        return Bucket(amazon, name, distribution, s3, edges)

    return make


@pytest.fixture
def bucket(new_bucket: Callable[[], Bucket]) -> Bucket:
    """A bucket that is empty."""
    return new_bucket()


@pytest.fixture
def s3_place(new_bucket: Callable[[], Bucket]) -> Callable[[], dict[str, object]]:
    """Gives the options of a place that is an empty bucket."""
    return lambda: {"bucket": (made := new_bucket()).name, "endpoint": made.amazon.url, "prefix": "kept"}


def _policy(bucket: str) -> str:
    """Whoever comes may read the site, and nothing else."""
    said = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/site/*",
    }
    listed = {**said, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    return json.dumps({"Version": "2012-10-17", "Statement": [said, listed]})


def _distribution(bucket: str) -> dict[str, Any]:
    origin = {
        "Id": "bucket",
        "DomainName": f"{bucket}.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    return {
        "CallerReference": bucket,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "redirect-to-https"},
        "Comment": "",
        "Enabled": True,
    }
