"""Runs as the tests of what is known of them want them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from forecourt.knowing.records import Expiring, Health, Held, Messages, Published, Run, Sizes, Step
from tests.conftest import NOW

HOSTILE = (
    'A|b <img src=x onerror=alert(1)> "q" \\ `c` [x](javascript:y) @everyone\n# EOF\r\n::error::z ##[error]'
)
CANARY = "canary-token-0123456789"


def health(
    name: str = "larkwood-blog", now: datetime = NOW, **changed: Any
) -> Health:  # Any: fields of Health
    values = {
        "label": name.title(),
        "network": "feed",
        "status": "new",
        "posts": 20,
        "fresh": now,
        "newest": now,
    }
    return Health(name=name, **{**values, **changed})


def token(source: str = "larkwood-insta", ends: datetime | None = None, **changed: Any) -> Expiring:
    return Expiring(
        source, source.title(), ends, "make a new one at https://platform.example/tokens", **changed
    )


def run(now: datetime = NOW, **changed: Any) -> Run:  # Any: fields of Run
    """A run that went well and ended ``now``."""
    steps = ("pull", "fetch", "build", "check", "publish")
    values: dict[str, Any] = {
        "id": f"{now:%Y%m%dT%H%M%SZ}",
        "program": "0.1.0",
        "site": "https://hub.example",
        "begun": now - timedelta(seconds=12),
        "ended": now,
        "exit": 0,
        "steps": tuple(Step(name, "done", 1.25) for name in steps),  # type: ignore[arg-type]  # names of steps
        "sources": (health(now=now),),
        "tokens": (),
        "held": Held(0),
        "messages": Messages(""),
        "sizes": Sizes(2**20, 2**24, 2**22, 400, 2**36),
        "published": Published(f"{now:%Y%m%dT%H%M%SZ}-1a2b3c4d", now, 3, 1, 4096, 2),
    }
    return Run(**{**values, **changed})


def hostile(now: datetime = NOW) -> Run:
    """A run in which strangers wrote every text."""
    return run(
        now,
        sources=(health(label=HOSTILE, network=HOSTILE, error=HOSTILE, alarm=HOSTILE, silent=HOSTILE),),
        tokens=(Expiring("larkwood-insta", HOSTILE, now, HOSTILE),),
        objections=(HOSTILE,),
        fell_back=HOSTILE,
        site=HOSTILE,
        messages=Messages(HOSTILE),
        steps=(Step("publish", "failed", 1, HOSTILE),),
    )
