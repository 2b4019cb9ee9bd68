from __future__ import annotations

from pathlib import Path

import pytest

from tests.buckets import amazon, bucket, new_bucket, running_amazon, s3_place
from tests.deploy.sites import Site

__all__ = ["amazon", "bucket", "new_bucket", "running_amazon", "s3_place"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small site of one's own; its output is empty."""
    (tmp_path / "output").mkdir()
    return Site(tmp_path / "output", tmp_path / "state/digests")
