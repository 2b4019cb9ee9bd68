"""A bucket with nginx before it, as a CDN stands there, and a visitor who never stops while the site changes."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from forecourt.deploy import cloudfront
from forecourt.deploy.leases import LONG
from forecourt.deploy.records import Release
from forecourt.deploy.targets.s3 import S3
from forecourt.errors import PublishError
from tests.buckets import KEYS, Asked, Bucket, Object, Refusal
from tests.conftest import ROOT
from tests.deploy.edge import edge
from tests.deploy.sites import Site, page
from tests.deploy.visits import Visits, visitor

STEP = timedelta(minutes=10)
GRACE = timedelta(hours=3)


@pytest.fixture
def client(bucket: Bucket, tmp_path: Path) -> Iterator[httpx.Client]:
    """What a visitor has: the site through the edge, which finds a page's file as CloudFront's function does."""
    server = f"""
      location / {{
        rewrite ^/(.*)/$ /{bucket.name}/site/$1/index.html break;
        rewrite ^/$ /{bucket.name}/site/index.html break;
        rewrite ^/(.*)$ /{bucket.name}/site/$1 break;
        proxy_pass {bucket.amazon.url};
      }}"""
    with edge(tmp_path, server) as client:
        yield client


def live(target: S3, now: datetime) -> Release:
    with target.opened(now) as remote:
        assert remote.live
        return remote.live


def is_exact(bucket: Bucket, release: Release) -> bool:
    return bucket.tree() == {file.path: Object(file.digest, file.type, file.cache) for file in release.files}


def test_a_visitor_meets_nothing_that_is_missing_or_half_while_the_site_is_published_again_and_again(
    bucket: Bucket, site: Site, now: datetime, client: httpx.Client, scale: Callable[[int, int], int]
) -> None:
    times = scale(8, 50)
    target = S3(**bucket.target, distribution=bucket.distribution)
    site.build(0)
    site.publish(target, now, grace=GRACE)
    with visitor(client) as visits:
        for number in range(1, times + 1):
            site.build(number)
            done = site.publish(target, now + STEP * number, grace=GRACE)
            assert done.sent > 3
    assert visits.wrong == []
    assert len(visits.homes) > times // 4  # it saw many of the sites, and many halves of them
    release = live(target, now + STEP * times)
    assert is_exact(bucket, release)
    assert {file.path for file in site.scan()} | release.leaving.keys() == {
        file.path for file in release.files
    }
    assert any(path.startswith("posts/") for path in release.leaving)


def test_a_publisher_that_is_killed_anywhere_leaves_a_site_that_is_whole_and_the_next_goes_on(
    bucket: Bucket, site: Site, now: datetime, client: httpx.Client, scale: Callable[[int, int], int]
) -> None:
    wanted, kills, number = scale(6, 30), 0, 0
    chance = random.Random(8)
    options = {**bucket.target, "distribution": bucket.distribution}
    target = S3(**options)
    site.build(0)
    site.publish(target, now, grace=GRACE)
    with visitor(client) as visits:
        while kills < wanted:
            number += 1
            site.build(number)
            kills += killed(bucket, site, options, now + STEP * number, chance)
            if chance.random() < 0.5:  # what was built meanwhile is another site
                number += 1
                site.build(number)
            if chance.random() < 0.7:
                site.publish(target, now + STEP * number, grace=GRACE)
                assert is_exact(bucket, live(target, now + STEP * number))
    site.publish(target, now + STEP * number, grace=GRACE)
    assert visits.wrong == []
    assert len(visits.homes) > 2
    release = live(target, now + STEP * number)
    assert is_exact(bucket, release)
    assert {file.path for file in site.scan()} | release.leaving.keys() == {
        file.path for file in release.files
    }
    assert "lease" not in bucket.tree(".forecourt/")


def killed(
    bucket: Bucket, site: Site, target: dict[str, object], moment: datetime, chance: random.Random
) -> bool:
    """Publish in a process of its own that is killed at one of its requests; whether it was."""
    said = {
        "output": str(site.output), "memory": str(site.memory), "target": target,
        "now": moment.isoformat(), "grace": GRACE.total_seconds() / 3600,
    }  # fmt: skip
    left, is_done = chance.randint(1, 22), chance.random() < 0.5
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.publisher", json.dumps(said)],
        cwd=ROOT, env={**os.environ, **KEYS}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def kill(asked: Asked) -> Refusal | None:
        nonlocal left
        if asked.method in {"GET", "HEAD"}:
            return None
        left -= 1
        if left == 0:
            process.send_signal(signal.SIGKILL)
            return None if is_done else Refusal("500 Internal Server Error", "InternalError")
        return None

    bucket.amazon.before = kill
    try:
        _, said_last = process.communicate(timeout=120)
    finally:
        bucket.amazon.before = None
    assert process.returncode in {0, -signal.SIGKILL}, said_last
    return process.returncode != 0


def test_whichever_request_fails_the_site_is_whole_and_the_next_publish_completes_it(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**{**bucket.target, "threads": 1}, distribution=bucket.distribution)
    site.have(tiny(0))
    site.publish(target, now)
    failing = 0
    refused: list[Asked] = []
    while len(refused) == failing:
        failing += 1
        site.have(tiny(failing))
        left = failing

        def refuse(asked: Asked) -> Refusal | None:
            nonlocal left
            left -= asked.method not in {"GET", "HEAD"}
            if left == 0 and asked.method not in {"GET", "HEAD"}:
                left = -1
                refused.append(asked)
                return Refusal("403 Forbidden", "AccessDenied")
            return None

        bucket.amazon.before = refuse
        try:
            site.publish(target, now + STEP * failing)
            failed = False
        except PublishError:
            failed = True
        bucket.amazon.before = None
        if len(refused) == failing:  # what is only let go of at the end is no reason to fail
            assert failed or refused[-1].query == "delete"
        assert walked(bucket) == []
        later = now + STEP * failing + LONG * 1.5  # a lease that could not be given back has ended
        site.publish(target, later)
        assert is_exact(bucket, live(target, later))
        assert site.publish(target, later).is_nothing
    assert len(refused) > 10
    told = {path for said in bucket.invalidated() for path in said}
    assert "/index.html" in told


def tiny(number: int) -> dict[str, bytes]:
    """A home page that leads to a post, with a picture of each time."""
    part, post = f"pictures/{number:024x}.webp", f"posts/{number // 2}/"
    return {
        part: b"%d" % number,
        f"{post}index.html": page(f"post {number}", [part], [""]),
        "index.html": page(f"home {number}", [part], [post]),
    }


def walked(bucket: Bucket) -> list[str]:
    """What is wrong with the site as it stands in the bucket."""
    visits = Visits()

    def get(address: str) -> tuple[int, str]:
        key = f"site{address}index.html" if address.endswith("/") else f"site{address}"
        try:
            got = bucket.client.get_object(Bucket=bucket.name, Key=key)
        except bucket.client.exceptions.NoSuchKey:
            return 404, ""
        return 200, got["Body"].read().decode()

    visits.walk(get)
    return visits.wrong


def test_the_function_of_cloudfront_finds_the_file_of_a_page() -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("no node here; CI must install one")
        pytest.skip("no node here")
    asked = {
        "/": {}, "/news/x/": {}, "/tags/%C3%A9/": {}, "/a.css": {}, "/tags/v2.0/": {}, "//evil.example": {},
        "/news": {"a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}, "b": {"value": ""}},
    }  # fmt: skip
    program = f"""{cloudfront.FUNCTION}
    const asked = {json.dumps(asked)};
    console.log(JSON.stringify(Object.keys(asked).map((uri) =>
      handler({{ request: {{ uri, querystring: asked[uri], headers: {{}} }} }}))));
    """
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, timeout=60, check=True)
    answers = dict(zip(asked, json.loads(done.stdout), strict=True))
    assert {uri: answer.get("uri") for uri, answer in answers.items()} == {
        "/": "/index.html", "/news/x/": "/news/x/index.html", "/tags/%C3%A9/": "/tags/%C3%A9/index.html",
        "/a.css": "/a.css", "/tags/v2.0/": "/tags/v2.0/index.html", "//evil.example": "//evil.example", "/news": None,
    }  # fmt: skip
    assert answers["/news"]["statusCode"] == 301
    assert answers["/news"]["headers"]["location"]["value"] == "/news/?a=1&a=2&b"
