"""How many at once, and how soon again."""

from __future__ import annotations

import asyncio
import itertools
import time

from forecourt.fetch.turns import Turns


async def _starts(
    turns: Turns, hosts: list[str], gap: float, work: float = 0, at_once: int = 2
) -> list[float]:
    begun: list[float] = []

    async def one(host: str) -> None:
        async with turns.at(host, at_once, gap):
            begun.append(time.monotonic())
            await asyncio.sleep(work)

    await asyncio.gather(*(one(host) for host in hosts))
    return begun


def test_polls_of_one_host_start_a_gap_apart() -> None:
    begun = asyncio.run(_starts(Turns(32), ["a.example"] * 4, gap=0.1))
    assert all(later - earlier >= 0.099 for earlier, later in itertools.pairwise(begun))


def test_the_gap_holds_where_all_wait_for_the_same_connection() -> None:
    async def busy() -> list[float]:
        turns = Turns(1)
        async with turns.at("b.example", 2):
            waiting = asyncio.create_task(_starts(turns, ["a.example"] * 3, gap=0.1))
            await asyncio.sleep(0.3)
        return await waiting

    begun = asyncio.run(busy())
    assert all(later - earlier >= 0.099 for earlier, later in itertools.pairwise(begun))


def test_hosts_do_not_wait_for_one_another() -> None:
    begun = asyncio.run(_starts(Turns(32), [f"{i}.example" for i in range(30)], gap=5))
    assert max(begun) - min(begun) < 4


def test_without_a_gap_only_the_number_of_connections_counts() -> None:
    begun = asyncio.run(_starts(Turns(32), ["a.example"] * 6, gap=0, work=0.6))
    assert begun[1] - begun[0] < 0.5
    assert begun[2] - begun[0] >= 0.59
    assert begun[4] - begun[0] >= 1.19


def test_a_turn_given_up_while_waiting_is_there_for_the_next() -> None:
    async def impatient() -> bool:
        turns = Turns(1)
        async with turns.at("a.example", 1, 0.05):
            waiting = [asyncio.create_task(_starts(turns, ["a.example"], 0.05, at_once=1)) for _ in range(3)]
            await asyncio.sleep(0.02)
            for task in waiting[:2]:
                task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return not waiting[2].cancelled()

    assert asyncio.run(impatient())
