"""Who may ask now: so many connections in all, few to each host, and a pause between polls.

Waiting costs no task and no timer beyond the caller's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Hashable


class Turns:
    """Hands out turns: ``connections`` at once in all, so many at once to one place."""

    def __init__(self, connections: int) -> None:
        self._all = asyncio.Semaphore(connections)
        self._places: dict[Hashable, _Place] = {}

    @contextlib.asynccontextmanager
    async def at(self, place_name: Hashable, at_once: int, gap: float = 0) -> AsyncIterator[None]:
        """Wait for a turn at a place, and hold it.

        ``at_once`` turns are held there at the same time; the first who asks decides.
        ``gap`` is the least number of seconds since the last turn at this place
        that asked for a gap, counted from start to start; 0 waits for none.
        """
        place = self._places.setdefault(place_name, _Place(at_once))
        async with place.free:
            await self._start(place, gap)
            try:
                yield
            finally:
                self._all.release()

    async def _start(self, place: _Place, gap: float) -> None:
        # The pause is slept through without holding a connection, and looked at again when one is
        # free: starts that waited for the same connection would else follow one another at once.
        now = asyncio.get_running_loop().time
        while True:
            if gap:
                await asyncio.sleep(max(0.0, place.next_start - now()))
            await self._all.acquire()
            if not gap or now() >= place.next_start:
                break
            self._all.release()
        if gap:
            place.next_start = now() + gap


class _Place:
    """One place, a host mostly: its free connections, and the earliest next start by the loop's clock."""

    def __init__(self, connections: int) -> None:
        self.free = asyncio.Semaphore(connections)
        self.next_start = 0.0
