"""What is known of a run: a status file and its page, metrics, a summary, and alerts to people.

* ``records``: Run says what a run did, as data; ``keeping`` writes it below ``status/`` of HUB_STATE
* ``page``, ``summary`` and ``metrics`` say the same as HTML, Markdown and OpenMetrics; ``showing`` is their words
* ``concerns`` are what needs a person, ``alerts`` decides what of them is told
* ``channels`` are where (HUB_ALERTS), ``delivering`` sees to it that each message arrives once, ``sending`` is the way
* ``logs``: what a run says while it goes on

A run that is over calls ``note``, then ``deliver``, and then keeps its state elsewhere, since what was told must
travel with that.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from forecourt.knowing import alerts, keeping, records, showing
from forecourt.knowing.channels import Channels, read_alerts
from forecourt.knowing.delivering import deliver
from forecourt.knowing.keeping import folder_of, last
from forecourt.knowing.logs import Log
from forecourt.knowing.records import (
    Amiss,
    Expiring,
    Health,
    Held,
    Messages,
    Published,
    Run,
    Sizes,
    Step,
    as_json,
)

__all__ = [
    "Amiss", "Channels", "Expiring", "Health", "Held", "Log", "Messages", "Published", "Run", "Sizes", "Step",
    "as_json", "deliver", "folder_of", "known", "last", "lines", "note", "read_alerts", "told",
]  # fmt: skip

_NONE = Channels()


def note(folder: Path, run: Run, hidden: Callable[[str], str], channels: Channels = _NONE) -> list[str]:
    """Write all that is known of a run, and give the sentences that people are to be told now.

    ``folder`` is ``folder_of(state)``; ``hidden`` takes secrets out of a text, as ``Secrecy.hidden`` does. Called
    again with the same run, such as with a step more, it writes that and has nothing more to tell. Raises StoreError.
    """
    run = records.told_by(records.in_utc(run), hidden)
    memory, messages = alerts.judged(run, keeping.remembered(folder), channels.names)
    keeping.remember(folder, memory)  # first: what is to be told waits there
    keeping.write(folder, run)
    keeping.show(folder, run, memory)
    return [message.text for message in messages]


def known(folder: Path) -> dict[str, Any]:  # Any: JSON
    """The last run and what needs a person: ``{"run": {…} or None, "open": [{"key", "since", "what"}]}``."""
    run = last(folder)
    told = alerts.known(keeping.remembered(folder))
    needs = [
        {"key": key, "since": f"{each.since:%Y-%m-%dT%H:%M:%SZ}", "what": each.what} for key, each in told
    ]
    return {"run": as_json(run) if run else None, "open": needs}


def told(folder: Path) -> str:
    """A fingerprint of what people know and what waits to be told: a state in which it differs must be kept.

    Where it is not, the next machine tells them once more. What is counted at every run is not part of it.
    """
    memory = keeping.remembered(folder)
    known = {key: (each.since, each.grade, each.told) for key, each in memory.open.items()}
    waiting = {
        channel: [each.id for each in messages] for channel, messages in memory.unsent.items() if messages
    }
    said = msgspec.json.encode((known, waiting), order="sorted")
    return blake2b(said, digest_size=16, person=b"forecourt told").hexdigest()


def lines(folder: Path) -> list[str]:
    """The same for a terminal; nothing where there was no run."""
    run = last(folder)
    if run is None:
        return []
    needs = showing.people(run, alerts.told(keeping.remembered(folder)))
    facts = [f"{name}: {said}" for name, said in showing.facts(run)]
    return [f"Last run: {showing.verdict(run)}", *(f"! {each}" for each in needs), *facts]
