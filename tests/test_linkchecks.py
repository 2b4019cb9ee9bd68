"""Whether the links of campaigns lead anywhere, asked of a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from forecourt import linkchecks
from forecourt.desk import Campaign, Promise
from forecourt.fetch import Door, Guard, Limits
from tests.conftest import NOW
from tests.fetch.conftest import HANG, Names, Site
from tests.newsroom import Newsroom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def answer(status: str, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", "Content-Length: 0", *headers)
    return "\r\n".join((*lines, "", "")).encode()


def campaign(
    url: str, slug: str = "winter", start: datetime = NOW - DAY, end: datetime = NOW + 9 * DAY
) -> Campaign:
    return Campaign(
        slug, f"content/campaigns/{slug}.md", "Winter", "en", start, end, promise=Promise(link=url)
    )


class Hub(Newsroom):
    """A hub that asks about links at moments of the test's choice."""

    def asked(self, *of: Campaign, after: timedelta = timedelta(0), is_online: bool = True) -> dict[str, str]:
        """What is known to lead nowhere after a look."""

        async def look() -> None:
            names = Names({"shop.test-net.org": ["127.0.0.1"]})
            guard = Guard([ip_network("127.0.0.0/8")])
            async with Door("Forecourt/test", guard, Limits(), resolver=names) as door:
                await linkchecks.ask(door, self.store, self.config, of, NOW + after, is_online=is_online)

        asyncio.run(look())
        return linkchecks.dead(self.store)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_page_that_is_not_there_is_dead_since_it_was_first_not_there(
    hub: Hub, site: Site, status: str
) -> None:
    site.routes["/sale"] = answer(status)
    one = campaign(site.url("/sale"))

    said = {site.url("/sale"): f"it answers {status[:3]} since {NOW:%Y-%m-%d %H:%M} UTC"}
    assert hub.asked(one) == said
    assert hub.asked(one, after=DAY) == said
    assert len(site.asked) == 2


def test_a_link_is_asked_about_once_a_day(hub: Hub, site: Site) -> None:
    site.routes["/sale"] = FINE
    for hours in (0, 1, 12, 22, 24, 30):
        assert hub.asked(campaign(site.url("/sale")), after=hours * HOUR) == {}
    assert [asked.method for asked in site.asked] == ["GET", "GET"]


@pytest.mark.parametrize(
    "reply",
    [
        answer("401 Unauthorized"),
        answer("403 Forbidden"),
        answer("429 Too Many Requests"),
        answer("500 Internal Server Error"),
        answer("503 Service Unavailable"),
        b"no HTTP at all\r\n\r\n",
        answer("302 Found", "Location: /sale"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nin part",
    ],
)
def test_what_says_nothing_of_the_page_is_never_dead_and_changes_nothing(
    hub: Hub, site: Site, reply: bytes
) -> None:
    one = campaign(site.url("/sale"))
    site.routes["/sale"] = reply
    assert hub.asked(one) == {}

    site.routes["/sale"] = answer("404 Not Found")
    known = hub.asked(one, after=HOUR)
    assert known == {site.url("/sale"): f"it answers 404 since {NOW + HOUR:%Y-%m-%d %H:%M} UTC"}

    site.routes["/sale"] = reply
    assert hub.asked(one, after=25 * HOUR) == known


def test_what_told_nothing_is_asked_again_soon_and_not_at_every_run(hub: Hub, site: Site) -> None:
    site.routes["/sale"] = answer("403 Forbidden")
    counts = []
    for minutes in (0, 15, 30, 60):
        hub.asked(campaign(site.url("/sale")), after=timedelta(minutes=minutes))
        counts.append(len(site.asked))
    assert counts == [1, 1, 1, 2]


def test_a_server_that_wishes_to_be_left_alone_is(hub: Hub, site: Site) -> None:
    site.routes["/sale"] = answer("429 Too Many Requests", "Retry-After: 7200")
    counts = []
    for hours in (0, 1, 3):
        hub.asked(campaign(site.url("/sale")), after=hours * HOUR)
        counts.append(len(site.asked))
    assert counts == [1, 1, 2]


def test_a_server_that_hangs_is_not_waited_for_and_not_dead(
    hub: Hub, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linkchecks, "_LIMITS", Limits(deadline=0.2))
    site.routes["/sale"] = HANG
    assert hub.asked(campaign(site.url("/sale"))) == {}


def test_a_page_that_is_back_is_not_dead(hub: Hub, site: Site) -> None:
    one = campaign(site.url("/sale"))
    site.routes["/sale"] = answer("404 Not Found")
    assert hub.asked(one)
    site.routes["/sale"] = FINE
    assert hub.asked(one, after=DAY) == {}
    site.routes["/sale"] = answer("404 Not Found")
    assert "2026-11-24" in hub.asked(one, after=2 * DAY)[site.url("/sale")]


def test_where_it_leads_on_to_is_what_counts(hub: Hub, site: Site) -> None:
    site.routes |= {
        "/old": answer("301 Moved Permanently", "Location: /new"),
        "/new": FINE,
        "/lost": answer("302 Found", "Location: /nowhere"),
        "/nowhere": answer("404 Not Found"),
    }
    assert [*hub.asked(campaign(site.url("/old")), campaign(site.url("/lost"), "lost"))] == [
        site.url("/lost")
    ]


@pytest.mark.parametrize(
    "reply",
    [
        answer("204 No Content"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000,
    ],
)
def test_a_page_that_is_empty_or_large_is_there(hub: Hub, site: Site, reply: bytes) -> None:
    one = campaign(site.url("/sale"))
    site.routes["/sale"] = answer("404 Not Found")
    assert hub.asked(one)
    site.routes["/sale"] = reply
    assert hub.asked(one, after=DAY) == {}


def test_a_host_that_is_gone_is_dead_unless_it_may_be_this_machine_that_is_offline(hub: Hub) -> None:
    one = campaign("https://gone.test-net.org/sale")
    assert hub.asked(one, is_online=False) == {}
    assert hub.asked(one, after=HOUR) == {
        "https://gone.test-net.org/sale": f"gone.test-net.org cannot be found since {NOW + HOUR:%Y-%m-%d %H:%M} UTC"
    }


def test_only_campaigns_that_run_or_soon_begin_are_asked_about(hub: Hub, site: Site) -> None:
    site.routes["/sale"] = answer("404 Not Found")
    later = campaign(site.url("/sale"), start=NOW + 4 * DAY)
    assert hub.asked(later) == {}
    assert hub.asked(later, after=DAY + HOUR) != {}
    assert hub.asked(later, after=10 * DAY) == {}, "it is over"
    assert len(site.asked) == 1


def test_a_private_address_that_nobody_allowed_is_not_asked(hub: Hub) -> None:
    assert hub.asked(campaign("http://10.0.0.7/sale"), campaign("http://169.254.169.254/", "other")) == {}


def test_names_that_show_how_are_not_asked(hub: Hub) -> None:
    assert hub.asked(campaign("https://larkwood.example/winter/")) == {}
    assert hub.store.reports.last("links") is None


@pytest.mark.parametrize("path", ["", "/", "/fr", "/fr/", "/en", "/campaigns", "/news/x"])
def test_any_other_page_of_the_hub_is_asked_about_as_all_are(
    hub: Hub, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = replace(hub.config, address="https://hub.test-net.org", languages=("en", "fr"))
    monkeypatch.setattr(Hub, "config", found)
    assert hub.asked(campaign(f"https://hub.test-net.org{path}"), is_online=False) == {}


def test_a_campaigns_page_on_the_hub_is_looked_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(hub.config, address="https://hub.test-net.org/site", languages=("en", "fr"))
    monkeypatch.setattr(Hub, "config", found)
    own = "https://hub.test-net.org/site"
    there = campaign(f"{own}/campaigns/winter/")
    assert hub.asked(
        there,
        campaign(f"{own}/fr/campaigns/winter/", "a"),
        campaign(f"{own}/campaigns/wintre/", "b"),
        campaign(f"{own}/campaigns/past/", "c"),
        campaign("", "past", end=NOW - HOUR),
    ) == {
        f"{own}/campaigns/wintre/": f"the hub has no campaign wintre since {NOW:%Y-%m-%d %H:%M} UTC",
        f"{own}/campaigns/past/": f"the hub has no campaign past since {NOW:%Y-%m-%d %H:%M} UTC",
    }
