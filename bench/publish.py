"""What a publish costs us: finding what differs among 100,000 files, and how much of a first publish is ours.

    invoke bench publish
    invoke bench publish -- --objects 20000 --sent 500

The difference is found in a process of its own, whose processor time and memory are measured: with nothing
remembered, with all remembered, and with a hundred new posts. The live release is read as it lies in a bucket.
A first publish to moto on loopback stands beside a bare loop of boto3 that puts the same files with as many threads.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.config import Config

from forecourt.deploy import manifest
from forecourt.deploy.history import Entry, History, Record
from forecourt.deploy.planning import plan
from forecourt.deploy.publishing import publish
from forecourt.deploy.targets.s3 import S3
from forecourt.places.folder import Folder

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECONDS, MEGABYTES = 5, 200
"""What the difference may cost, of processor time and of memory."""

SLOWER = 1.3
"""How many times as long as a bare loop a first publish may take."""

_LONG_AGO = 1_700_000_000
_KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}


def write(output: Path, objects: int) -> None:
    """A site of so many files, old enough to be remembered: pages of posts, and pictures named by content."""
    chance = random.Random(8)
    for number in range(objects):
        body = chance.randbytes(chance.randint(500, 6000))
        digest = hashlib.sha256(body).hexdigest()[:24]
        picture = f"pictures/{digest[:2]}/{digest}-320.webp"
        path = output / (picture if number % 2 else f"posts/{digest[:8]}/index.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (_LONG_AGO, _LONG_AGO))


def difference(output: Path, state: Path) -> None:
    """Find what differs from the live release, and say what it cost: run in a process of its own."""
    history = History.at(Folder(str(state / "bucket")))
    record = history.record
    live = history.load(record.releases[0].id) if record.releases else None
    files = manifest.scan(output, state / "digests")
    _, todo = plan(files, live, (), NOW)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024, "sent": todo.sent}
    print(json.dumps({**cost, "files": len(files)}))


def measure(output: Path, state: Path) -> dict[str, float]:
    """The same, from without."""
    command = [sys.executable, "-m", "bench.publish", "--difference", str(output), str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


def remember(output: Path, state: Path) -> int:
    """Have the site live in a place; how many bytes its release takes there."""
    files = manifest.scan(output, state / "digests")
    history = History.at(Folder(str(state / "bucket")))
    release, _ = plan(files, None, (), NOW - timedelta(days=1))
    history.save(release)
    history.write(Record(releases=(Entry(release.id, release.at),)))
    (state / "digests").unlink()
    return (state / "bucket/releases" / release.id).stat().st_size


def differences(folder: Path, objects: int) -> bool:
    """Print what the difference costs; whether it keeps to the goal."""
    output, state = folder / "output", folder / "state"
    output.mkdir()
    state.mkdir()
    write(output, objects)
    size = remember(output, state)
    print(f"{objects:,} files; the release takes {size / 2**20:.1f} MB in the bucket")
    kept = True
    for name, new in (("nothing remembered", 0), ("all remembered", 0), ("100 new posts", 100)):
        for number in range(new):
            page = output / f"posts/new{number}/index.html"
            page.parent.mkdir()
            page.write_text(f"new {number}")
        cost = measure(output, state)
        kept &= cost["cpu"] < SECONDS and cost["mb"] < MEGABYTES and cost["sent"] == new
        print(f"  {name:20} {cost['cpu']:5.2f} CPU s  {cost['mb']:4.0f} MB  {cost['sent']:.0f} to send")
    return kept


@contextmanager
def bucket(name: str) -> Iterator[str]:
    """A bucket of moto, in a process of its own; gives the address of the server."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket=name)
        try:
            yield url
        finally:
            server.terminate()


_SERVER = """
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


def bare(url: str, output: Path, threads: int) -> tuple[float, float]:
    """Put every file as a loop of boto3 does that knows nothing; seconds, and those of the processor."""
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", config=Config(max_pool_connections=threads)
    )
    paths = sorted(path for path in output.rglob("*") if path.is_file())
    began, used = time.perf_counter(), time.process_time()

    def put(path: Path) -> None:
        key = f"bare/{path.relative_to(output).as_posix()}"
        client.put_object(Bucket="bench", Key=key, Body=path.read_bytes())

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(put, paths))
    return time.perf_counter() - began, time.process_time() - used


def ours(url: str, output: Path, state: Path, threads: int) -> tuple[float, float]:
    """Publish it for the first time; the same."""
    target = S3("bench", region="us-east-1", endpoint=url, threads=threads)
    _ = target.site.client  # boto3 loads its tables: neither counts that
    began, used = time.perf_counter(), time.process_time()
    publish(target, output, manifest.scan(output, state / "digests"), {}, NOW)
    return time.perf_counter() - began, time.process_time() - used


def rates(folder: Path, objects: int) -> int:
    """Print how fast a first publish is beside a bare loop; 1 where it is much slower. Run with keys for moto."""
    output, state = folder / "small", folder / "small-state"
    output.mkdir()
    state.mkdir()
    write(output, objects)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    print(f"a first publish of {objects:,} files, {size / 2**20:.1f} MB, to moto on loopback:")
    with bucket("bench") as url:
        found = {"a bare loop": bare(url, output, 8), "publish": ours(url, output, state, 8)}
    for name, (seconds, used) in found.items():
        rate = f"{objects / seconds:5.0f} files/s  {size / 2**20 / seconds:5.2f} MB/s"
        print(f"  {name:20} {seconds:6.2f} s  {rate}  {1000 * used / objects:.2f} CPU ms of ours for a file")
    return int(found["publish"][0] > SLOWER * found["a bare loop"][0])


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--sent", type=int, default=2000, help="files of the first publish")
    parser.add_argument("--difference", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rates", type=Path, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.difference:
        difference(*said.difference)
        return 0
    if said.rates:
        return rates(said.rates, said.sent)
    with TemporaryDirectory() as folder:
        kept = differences(Path(folder), said.objects)
        sys.stdout.flush()
        command = [sys.executable, "-m", "bench.publish", "--rates", folder, "--sent", str(said.sent)]
        slow = subprocess.run(command, env=_KEYS, check=False).returncode
    return slow if kept else 1


if __name__ == "__main__":
    sys.exit(main())
