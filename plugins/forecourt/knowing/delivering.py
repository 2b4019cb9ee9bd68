"""Seeing to it that each message arrives once: what could not be sent waits for the next run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forecourt import text
from forecourt.errors import FetchError
from forecourt.knowing import alerts, keeping, mailing
from forecourt.knowing.alerts import Memory, Message
from forecourt.knowing.channels import MAIL, WEBHOOK, Channels

if TYPE_CHECKING:
    from forecourt.fetch import Door, Guard

_LONGEST = 80  # characters of what the hub calls itself


def deliver(
    folder: Path,
    channels: Channels,
    environ: Mapping[str, str],
    now: datetime,
    *,
    title: str = "The hub",
    agent: str = "Forecourt",
    guard: Guard | None = None,
    wait: float = 1.0,
) -> list[str]:
    """Send what waits to be told; gives a sentence for each channel that could not be reached.

    What could not be sent waits for the next run. ``title`` is what the hub calls itself; ``wait`` is seconds
    before a second try. Raises StoreError.
    """
    memory = keeping.remembered(folder)
    title = text.line(title)[:_LONGEST] or "The hub"
    problems = []
    if channels.mail:
        memory, problem = _mail(folder, channels, memory, now, title)
        problems += [problem] if problem else []
    else:
        (folder / keeping.MAIL).unlink(missing_ok=True)
    if channels.variable and memory.unsent.get(WEBHOOK):
        address = channels.webhook(environ)
        if address is None:
            problems.append(f"Alerts wait, as the environment has no {channels.variable}: give it to the run")
        else:
            from forecourt.fetch import Door, Guard  # noqa: PLC0415 - half a second, for what is seldom to be said

            door = Door(agent, guard or Guard())
            problem = asyncio.run(_post(folder, door, address.reveal(), memory, now, title, wait))
            problems += [problem] if problem else []
    run = keeping.last(folder)
    if run:
        keeping.show(folder, run, keeping.remembered(folder))
    return problems


async def _post(
    folder: Path, door: Door, address: str, memory: Memory, now: datetime, title: str, wait: float
) -> str:
    from forecourt.knowing import sending  # noqa: PLC0415 - as Door
    from forecourt.secrecy import Secrecy  # noqa: PLC0415 - as Door

    async with door:
        for batch in sending.batches(memory.unsent[WEBHOOK]):
            try:
                await sending.post(door, address, title, batch, now, wait)
            except FetchError as error:
                # The address is a secret, and so is each part of its path.
                secrecy = Secrecy.of([address, *address.split("/")[3:]])
                return f"Alerts wait for the next run, as the webhook did not take them: {secrecy.hidden(str(error))}"
            memory = _sent(folder, memory, WEBHOOK, batch)
    return ""


def _mail(folder: Path, channels: Channels, memory: Memory, now: datetime, title: str) -> tuple[Memory, str]:
    path = folder / keeping.MAIL
    waiting = memory.unsent.get(MAIL, [])
    if not waiting:
        path.unlink(missing_ok=True)  # whoever sends it would send it again
        return memory, ""
    message = mailing.mail(channels, title, waiting, now)
    keeping.save(path, message)
    problem = mailing.hand_over(channels.sendmail, message) if channels.sendmail else ""
    if problem:
        return memory, f"Alerts wait for the next run, as mail was not taken: {problem}"
    return _sent(folder, memory, MAIL, waiting), ""


def _sent(folder: Path, memory: Memory, channel: str, messages: Sequence[Message]) -> Memory:
    memory = alerts.sent(memory, channel, [each.id for each in messages])
    keeping.remember(folder, memory)
    return memory
