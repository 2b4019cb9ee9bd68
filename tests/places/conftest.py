from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.buckets import amazon, bucket, new_bucket, running_amazon, s3_place
from tests.sshd import Sshd, sshd

__all__ = ["amazon", "bucket", "new_bucket", "running_amazon", "s3_place"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running
