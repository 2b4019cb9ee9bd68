"""The platforms that the demo can play: one module each, found by itself.

A module's name is the name of its network, and its last line is
``NETWORK = Network(…)``. Modules that begin with an underscore are helpers.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from demo.brand import Account
from demo.networks._api import Call, Reply


def no_links(_account: Account, _base: str) -> tuple[str, ...]:
    """Most platforms send no ``Link`` header."""
    return ()


@dataclass(frozen=True, slots=True)
class Network:
    """One platform: what it speaks, and how an account looks in it.

    ``render`` writes the feed of an account: it is given the account and the address
    of the demo (no slash at its end), and returns the feed's bytes. ``alternate`` is
    the media type by which pages name the feed, whatever its server calls it.
    ``links`` are values of the Link header.

    ``answer`` plays the API of an account, as strict as the platform is: it refuses
    what that refuses, in its words. ``too_many`` is its answer to one who asks too
    often and should wait so many seconds.
    """

    speaks: str
    media_type: str = ""
    render: Callable[[Account, str], bytes] | None = None
    alternate: str = "application/rss+xml"
    links: Callable[[Account, str], tuple[str, ...]] = no_links
    answer: Callable[[Account, Call], Reply] | None = None
    too_many: Callable[[Account, int], Reply] | None = None


@cache
def networks() -> dict[str, Network]:
    """Every network by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_")
    return {name: _network(name) for name in names}


def _network(name: str) -> Network:
    network = import_module(f"{__name__}.{name}").NETWORK
    if not isinstance(network, Network):
        raise TypeError(f"demo/networks/{name}.py: NETWORK is not a Network")
    return network
