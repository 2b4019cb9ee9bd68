"""Who walks through a site while it is published, and writes down what is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx

from tests.deploy.sites import is_whole, led_to, shown

Get = Callable[[str], tuple[int, str]]
"""Asks for an address; gives the status and the text."""


@dataclass
class Visits:
    """What was seen."""

    pages: int = 0
    homes: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def walk(self, get: Get) -> None:
        """From the home page to every page that it leads to, with all that each shows."""
        seen: set[str] = set()
        ahead = ["/"]
        while ahead:
            address = ahead.pop()
            if address in seen:
                continue
            seen.add(address)
            status, text = get(address)
            self.pages += 1
            if status != 200 or not is_whole(text):
                self.wrong.append(f"{address}: {status}, {text[:80]!r}")
                continue
            if address == "/":
                self.homes.add(text)
            for part in shown(text):
                if part not in seen:
                    seen.add(part)
                    status, text_of_part = get(part)
                    if status != 200 or not text_of_part:
                        self.wrong.append(f"{part} of {address}: {status}")
            ahead += led_to(text)


@contextmanager
def visitor(client: httpx.Client) -> Iterator[Visits]:
    """Walks again and again, in a thread; afterwards the visits say what it saw."""
    visits, stop = Visits(), Event()

    def get(address: str) -> tuple[int, str]:
        got = client.get(address)
        return got.status_code, got.text

    def visit() -> None:
        try:
            while not stop.is_set():
                visits.walk(get)
        except httpx.HTTPError as error:
            visits.wrong.append(repr(error))

    thread = Thread(target=visit)
    thread.start()
    try:
        yield visits
    finally:
        stop.set()
        thread.join()
