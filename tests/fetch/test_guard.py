"""Which addresses may be connected to, in every spelling."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from forecourt.connectors import Request
from forecourt.errors import NotAllowed, Refused, Unreachable
from forecourt.fetch import Answer, Door, Limits
from forecourt.fetch.guard import Guard, Resolver
from tests.fetch.conftest import Names

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHARED = Path(__file__).parents[2].parent / "shared"
CORPUS = SHARED / "hostile/ssrf/urls.jsonl"
LOOPBACK = ip_network("127.0.0.0/8")
PRIVATE = "10.0.0.1"
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "168.63.129.16",
            "169.254.169.254",
        ),
        *("172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
        *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::7f00:1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8"),
        *("64:ff9b::10.0.0.1", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:10::1", "2001:db8::1"),
        *(
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ),
    ],
)
def test_special_purpose_addresses_are_refused(address: str) -> None:
    assert not Guard().permits(address)


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255"),
        *("172.15.255.255", "172.32.0.1", "192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255"),
        *("2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "64:ff9b::8.8.8.8"),
    ],
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert Guard().permits(address)


def test_an_allowed_network_is_open_on_every_port_and_its_neighbours_stay_shut() -> None:
    guard = Guard([ip_network("10.20.0.0/16"), ip_network("fd12::/16")])
    assert guard.permits("10.20.3.4", 9000)
    assert guard.permits("fd12::1")
    assert not guard.permits("10.21.0.1")


def test_an_allowed_address_is_not_allowed_in_disguise() -> None:
    guard = Guard([LOOPBACK])
    disguises = ["::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1", "::127.0.0.1"]
    assert not any(guard.permits(address) for address in disguises)


@pytest.mark.parametrize("port", [22, 25, 3306, 6379, 9200])
def test_only_web_ports_of_public_addresses_are_asked(port: int) -> None:
    assert not Guard().permits(PUBLIC, port)
    with pytest.raises(Refused, match=f"port {port}"):
        Guard().judge(f"http://blog.example:{port}/feed")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.1/",
        ),
        *(
            "http://0x7f.0.0.1/",
            "http://127.0.0.1./",
            "http://4294967297/",
            "http://1.2.3.4.5/",
            "http://0x/",
            "http://a..example/",
        ),
        *("http://%31%32%37.0.0.1/", "http://127.0.0.1%00.blog.example/", "http://[fe80::1%25eth0]/"),
        *(
            "http://①②⑦.⓪.⓪.①/",
            "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
            "http://bl og.example/",
            "http://blog.example\\@x.example/",
        ),
    ],
)
def test_an_unusual_spelling_is_refused_even_where_its_address_is_allowed(url: str) -> None:
    with pytest.raises(Refused):
        Guard([LOOPBACK]).judge(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://blog.example/",
        "//blog.example/",
        "feed:http://blog.example/",
        "http:///x",
        "",
    ],
)
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(Refused, match=r"https://|spelling"):
        Guard([LOOPBACK]).judge(url)


def test_a_refusal_shows_neither_credentials_nor_query() -> None:
    for url in [
        "https://me:hunter2@blog.example/?key=hunter2",
        "gopher://me:hunter2@x/?hunter2",
        "http://[?hunter2",
    ]:
        with pytest.raises(Refused) as caught:
            Guard().judge(url)
        assert "hunter2" not in str(caught.value)


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(Refused) as caught:
        Guard().judge("http://192.168.1.7/feed")
    assert str(caught.value) == (
        "192.168.1.7 is in a private network, so it is not asked. "
        "If the source really is there, allow its network in HUB_ALLOW_PRIVATE."
    )


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "::1"], [PUBLIC, "10.0.0.1"], ["fe80::1%eth0"]])
def test_one_forbidden_answer_refuses_the_name(answers: list[str]) -> None:
    with pytest.raises(Refused, match=r"blog\.example leads to"):
        asyncio.run(Resolver(Guard(), Names({"blog.example": answers})).resolve("blog.example", 443))


def test_a_name_that_changes_sides_is_judged_at_every_look_up() -> None:
    answers = {"rebind.example": [PUBLIC]}
    resolver = Resolver(Guard(), Names(answers))
    assert [answer["host"] for answer in asyncio.run(resolver.resolve("rebind.example", 443))] == [PUBLIC]
    answers["rebind.example"] = ["127.0.0.1"]
    with pytest.raises(Refused):
        asyncio.run(resolver.resolve("rebind.example", 443))


def test_only_names_that_lead_nowhere_else_count_as_allowed() -> None:
    resolver = Resolver(
        Guard([LOOPBACK]), Names({"mixed.example": ["127.0.0.1", PUBLIC], "shop.internal": ["127.0.0.1"]})
    )
    asyncio.run(resolver.resolve("mixed.example", 443))
    asyncio.run(resolver.resolve("shop.internal", 8000))
    assert resolver.allowed == {"shop.internal"}


def test_no_socket_is_opened_for_a_forbidden_address() -> None:
    with pytest.raises(PermissionError):
        Guard().open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443)))


class OutOfReach:
    """Stands before every connection of the process: what is not loopback is refused, and written down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[str] = []
        real = socket.socket.connect

        def connect(sock: socket.socket, address: Any) -> None:  # Any: as the socket layer has it
            if not str(address[0]).startswith("127."):
                self.tried.append(str(address[0]))
                raise ConnectionRefusedError(errno.ECONNREFUSED, "out of reach")
            real(sock, address)

        monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def beyond(monkeypatch: pytest.MonkeyPatch) -> OutOfReach:
    return OutOfReach(monkeypatch)


class Alternating(AbstractResolver):
    """Leads to a public and to a private address by turns, or to both at once."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = [[PUBLIC], [PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC]][self.asked % 4]
        self.asked += 1
        return await Names({host: addresses}).resolve(host, port, family)

    async def close(self) -> None:
        pass


def _ask(urls: Iterable[str], resolver: AbstractResolver) -> list[Answer | BaseException]:
    """What becomes of requests to these through a door that allows nothing."""

    async def ask_all() -> list[Answer | BaseException]:
        async with Door("test", Guard(), Limits(deadline=5), resolver=resolver) as door:
            return [
                outcome
                for url in urls
                for outcome in await asyncio.gather(
                    door.ask(Request(url), now=NOW, polite=False), return_exceptions=True
                )
            ]

    return asyncio.run(ask_all())


@pytest.mark.promise(17)
def test_a_name_that_changes_sides_never_leads_to_a_private_address(
    beyond: OutOfReach, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    number = scale(400, 10_000)
    outcomes = _ask((f"http://{i}.example/" for i in range(number)), Alternating())

    assert {type(outcome) for outcome in outcomes} == {NotAllowed, Unreachable}
    assert set(beyond.tried) == {PUBLIC}, "the public one was tried, the private one never"
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == number * 3 // 4
    figure(f"{sum(address == PRIVATE for address in beyond.tried)} private connections in {number:,}")


SPELLINGS = [
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
    *("http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[2002:7f00:1::]/", "http://0/", "http://0.0.0.0/", "http://10.0.0.1/", "http://192.168.1.1/"),
    *("http://169.254.169.254/", "http://100.100.100.200/", "http://[fd00:ec2::254]/", "http://[fe80::1]/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://[::]/"),
    *("http://inside.example/", "http://good.example:6379/", "http://me:secret@good.example/"),
    *("file:///etc/passwd", "ftp://good.example/", "gopher://good.example/", "//good.example/", "http:///x"),
]


@pytest.mark.promise(15, 19)
def test_no_spelling_of_an_address_that_is_not_public_is_connected_to(
    beyond: OutOfReach, figure: Callable[[str], None]
) -> None:
    # Redirects say nothing of the first address; test_door.py follows them.
    denied = [row["url"] for row in _rows() if row["expect"] == "deny" and row["cls"] != "redirect"]
    urls = SPELLINGS + [url for url in denied if url not in _BESIDE]
    names = {host: [PUBLIC, PRIVATE] for row in _rows() if _leads_astray(row) for host in _host(row["url"])}
    answers = {"inside.example": [PRIVATE], **{f"{name}": [PUBLIC] for name in ("good.example",)}, **names}
    outcomes = dict(zip(urls, _ask(urls, Names(answers)), strict=True))
    let_through = [url for url, outcome in outcomes.items() if not isinstance(outcome, Refused)]

    assert let_through == []
    assert beyond.tried == []
    figure(
        f"{len(outcomes) - len(let_through)} of {len(outcomes)} refused, {len(beyond.tried)} connections tried"
    )


@pytest.mark.promise(16)
def test_public_addresses_are_connected_to(beyond: OutOfReach, figure: Callable[[str], None]) -> None:
    urls = ["http://good.example/", "https://good.example:8443/a?u=http://127.0.0.1/", f"https://{PUBLIC}/"]
    urls += [row["url"] for row in _rows() if row["expect"] == "allow"]
    hosts = {host: [PUBLIC] for url in urls for host in _host(url)}
    outcomes = _ask(urls, Names(hosts))

    assert all(isinstance(outcome, Unreachable) for outcome in outcomes)
    assert len(beyond.tried) == len(urls)
    figure(f"{len(beyond.tried)} of {len(urls)} asked")


def _host(url: str) -> list[str]:
    try:
        return [Guard().judge(url).raw_host.decode("ascii")]
    except Refused:
        return []


def _rows() -> Iterator[dict[str, str]]:
    if CORPUS.exists():
        yield from map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())


# 1.1.1.1 is public: the row is the start of an upstream URL that was cut at a blank.
_BESIDE = {"http://1.1.1.1"}


def _leads_astray(row: dict[str, str]) -> bool:
    """Whether the row is a name that is denied for what it leads to; all else is denied for itself."""
    return row["expect"] == "deny" and row["cls"] in {
        "name-to-private",
        "dns-rebind",
        "dns-multi",
        "upstream",
    }
