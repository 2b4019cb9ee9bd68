"""The demo's Threads refuses what Threads refuses; what the three of Meta share is in test_meta.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo import DemoNetworks
from tests.demo.networks.test_meta import error, get


@pytest.fixture
def own() -> Iterator[DemoNetworks]:
    with DemoNetworks() as played:
        yield played


def test_threads_has_no_counts_and_searches_as_it_is_told(own: DemoNetworks) -> None:
    assert "(like_count)" in error(get(own, "threads", fields="id,like_count"))[3]
    search = "/threads/v1.0/keyword_search"
    assert error(get(own, "threads", search, q="repair", search_type="NEW"))[1] == 100
    assert error(get(own, "threads", search))[1] == 100
    assert len(get(own, "threads", search, q="repair").json()["data"]) == 1
