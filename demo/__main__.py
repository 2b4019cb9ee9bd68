"""``python -m demo``: play the networks until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from demo.brand import accounts
from demo.networks import networks
from demo.server import DEFAULT_PORT, DemoNetworks, PortTakenError


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the networks, and say what is played and where; ``arguments`` are those of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Play Larkwood's networks on loopback."
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes any free one (%(default)s)")
    port = parser.parse_args(arguments).port
    try:
        with suppress(KeyboardInterrupt), DemoNetworks(port) as demo:
            _say(_playbill(demo.url))
            Event().wait()
    except PortTakenError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _playbill(url: str) -> str:
    where = {account.name: url + (account.path or account.api) for account in accounts()}
    width = max(map(len, where.values()))
    lines = [
        f"  {where[account.name]:{width}}  {len(account.posts):3} posts  {networks()[account.network].speaks}"
        + ("  (needs a token)" if account.secrets else "")
        for account in accounts()
    ]
    return "\n".join([f"Larkwood's networks are played at {url} (Ctrl-C ends it):", *lines])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
