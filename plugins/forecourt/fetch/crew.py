"""Many things to do, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

T = TypeVar("T")


async def each(items: Collection[T], work: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """Do the work for each item, ``at_once`` at a time: that many tasks, however many items.

    The first error that the work lets through ends it for all and is raised.
    """
    queue = iter(items)

    async def one_hand() -> None:
        for item in queue:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(one_hand())
    except BaseExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None
