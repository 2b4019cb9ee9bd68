"""Messages posted to a webhook.

What arrived is noted at once, so that a run that is killed says nothing twice, unless it was killed between the two.
A webhook's answer that was lost is the same case: what it was sent comes again with the next run, under the same
``Idempotency-Key``, since a message twice is better than none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import stamina

from forecourt.errors import Answered, FetchError, Lost, Refused, TooSlow
from forecourt.fetch import Door, Limits
from forecourt.knowing.alerts import Message, key
from forecourt.talk import Request

LONGEST = 1_800
"""Characters of one post; Discord takes 2,000."""

_MOST = 600  # of one message
_TRIES = 3
_LIMITS = Limits(
    deadline=15, size=64 * 1024, redirects=0
)  # whoever is led on reads our messages, or nobody does
_TEAMS = (".logic.azure.com", ".api.powerplatform.com")
_DISCORD = ("discord.com", "discordapp.com")
_OK = range(200, 300)
_SERVER_ERROR = 500
_TOO_MANY = 429

# Marks by which chat programs call people, or make a name a link.
_QUIET = str.maketrans(
    {
        "@": "@\N{ZERO WIDTH SPACE}",
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)


def batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages in their order, as many together as one post takes."""
    batch: list[Message] = []
    for message in messages:
        if batch and sum(len(_line(each)) + 1 for each in [*batch, message]) > LONGEST:
            yield batch
            batch = []
        batch.append(message)
    if batch:
        yield batch


async def post(
    door: Door, address: str, title: str, batch: Sequence[Message], now: datetime, wait: float = 1.0
) -> None:
    """Post messages to a webhook: to Slack, Mattermost and what understands them, Discord or Teams.

    Tried again after ``wait`` seconds and more where it surely did not arrive. Raises FetchError.
    """
    request = Request(
        address,
        "POST",
        {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key(batch)},
        msgspec.json.encode(body(address, title, batch)),
        hears_errors=True,
    )
    async for attempt in stamina.retry_context(
        _surely_did_not_arrive,
        attempts=_TRIES,
        timeout=None,
        wait_initial=wait,
        wait_jitter=wait,
        wait_max=8 * wait,
    ):
        with attempt:
            answer = await door.ask(request, now=now, limits=_LIMITS)
            if answer.status not in _OK:
                raise Answered(f"It answered with status {answer.status}.", answer.status)


def body(address: str, title: str, batch: Sequence[Message]) -> dict[str, Any]:  # Any: JSON
    """What is posted, as the host of the address wants it. Nobody is called by name in it. Raises Refused."""
    text = "\n".join([title.translate(_QUIET), *map(_line, batch)])
    host = _host(address)
    if host in _DISCORD:
        return {"content": text, "allowed_mentions": {"parse": []}}
    if host.endswith(_TEAMS):  # its workflows take nothing but cards
        blocks = [{"type": "TextBlock", "text": line, "wrap": True} for line in text.split("\n")]
        card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
        return {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
        }
    return {"text": text}


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts.hostname
    except ValueError:  # https://[hooks.example
        pass
    raise Refused("It is no web address; write it whole, beginning with https://")


def _line(message: Message) -> str:
    said = message.text if len(message.text) <= _MOST else f"{message.text[:_MOST]}…"
    return f"• {said.translate(_QUIET)}"


def _surely_did_not_arrive(error: Exception) -> bool:
    if isinstance(error, Answered):
        return error.status >= _SERVER_ERROR or error.status == _TOO_MANY
    return isinstance(error, FetchError) and not isinstance(error, Lost | TooSlow | Refused)
