"""A publish as a process of its own, which a test may kill."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from forecourt.deploy.targets.s3 import S3
from tests.deploy.sites import Site


def main() -> None:
    """Publish the site that the arguments name."""
    said = json.loads(sys.argv[1])
    site = Site(Path(said["output"]), Path(said["memory"]))
    site.publish(
        S3(**said["target"]), datetime.fromisoformat(said["now"]), grace=timedelta(hours=said["grace"])
    )


if __name__ == "__main__":
    main()
