"""Which addresses may be connected to.

``ipaddress.is_global`` is no guard: on Python 3.11 it lets NAT64, 6to4 and
other ways of writing a private IPv4 address through (126 of 435 spellings,
hostile-world.md section 1). So the list is our own, made from the IANA
special-purpose address registries of IPv4 and IPv6.

An address is judged three times, each closing what the one before cannot see:
``Guard.judge`` reads the URL, ``Resolver`` the answers of the name server, and
``Guard.open_socket`` the very address that is about to be connected to.
"""

from __future__ import annotations

import asyncio
import functools
import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType

from forecourt.errors import NotAllowed, Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})
"""The ports of the public web. On an allowed network any port will do."""

# https://www.iana.org/assignments/iana-ipv4-special-registry and …/ipv6-special-registry.
# The words complete "… is ", in the message of a refusal.
_FORBIDDEN: dict[Network, str] = {
    ip_network(network): reason
    for network, reason in {
        "0.0.0.0/8": "no address of a host",
        "10.0.0.0/8": "in a private network",
        "100.64.0.0/10": "in a provider's internal network",
        "127.0.0.0/8": "this machine itself",
        "168.63.129.16/32": "the control service of a cloud provider (Azure)",
        "169.254.0.0/16": "the control service of a cloud provider, or a link-local address",
        "172.16.0.0/12": "in a private network",
        "192.0.0.0/24": "reserved for protocols",
        "192.0.2.0/24": "reserved for documentation",
        "192.88.99.0/24": "a former 6to4 relay",
        "192.168.0.0/16": "in a private network",
        "198.18.0.0/15": "reserved for measurements",
        "198.51.100.0/24": "reserved for documentation",
        "203.0.113.0/24": "reserved for documentation",
        "224.0.0.0/4": "a multicast address",
        "240.0.0.0/4": "reserved",
        # Public IPv6 is 2000::/3, and nothing outside it. Outside lie loopback, IPv4 in its mapped,
        # compatible and translated forms, 64:ff9b:1::/48, 100::/64, 5f00::/16 (segment routing),
        # fc00::/7 (private), fe80::/10, fec0::/10 (link and site) and ff00::/8 (multicast).
        "::1/128": "this machine itself",
        "::/3": "not a public address",
        "4000::/2": "not a public address",
        "8000::/1": "a private, link-local or multicast address",
        # And within it:
        "2001::/23": "reserved for protocols (Teredo, ORCHID, measurements)",
        "2001:db8::/32": "reserved for documentation",
        "2002::/16": "an IPv4 address in disguise (6to4)",
        "3fff::/20": "reserved for documentation",
    }.items()
}

# Where a network speaks IPv6 only, its name server writes every public IPv4 address like this
# (RFC 6147), so the address inside is judged. All other disguises are refused with the table.
_NAT64 = IPv6Network("64:ff9b::/96")

_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
# "The last part is a number": what a browser (WHATWG URL, "ends in a number") or inet_aton(3) takes
# for an IPv4 address, in decimal, octal or hexadecimal, in one to four parts.
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0[xX][0-9a-fA-F]*)\.?")
_LOOKUPS = 64
_ALLOW = "If the source really is there, allow its network in HUB_ALLOW_PRIVATE."
_TELL = "Nobody linked that address; tell the owner of what leads there."


class Guard:
    """Says which addresses may be connected to.

    ``allow`` are networks in which sources may live though they are private
    (``HUB_ALLOW_PRIVATE``); an address there may be asked on any port. ``strangers``
    is for addresses that no operator wrote, and changes what a refusal advises.
    """

    def __init__(self, allow: Iterable[Network] = (), *, strangers: bool = False) -> None:
        self._allow = tuple(allow)
        self._refused, self._advice = (Refused, _TELL) if strangers else (NotAllowed, _ALLOW)

    def of_strangers(self) -> Guard:
        """The guard for where strangers lead: what the operator allowed is for addresses that the operator wrote."""
        return Guard(strangers=True)

    def allows(self, address: str | Address) -> bool:
        """Whether the address lies in a network that was allowed by name."""
        address = _read(address)
        return any(address in network for network in self._allow)

    def permits(self, address: str | Address, port: int = 443) -> bool:
        """Whether this address may be connected to on this port."""
        return not self._objection(_read(address), port)

    def judge(self, url: str) -> httpx.URL:
        """Read a URL as it will be asked for, and judge it as far as one can without a name server.

        Raises Refused for anything but http and https, for a user name or
        password, for a host that is neither a plain name nor an address in its
        plain spelling, and for a forbidden address or port.
        """
        parsed = _parse(url)
        host = parsed.raw_host.decode("ascii")
        if parsed.scheme not in {"http", "https"} or not host:
            raise Refused(
                f"{_shown(url)} cannot be fetched: write an address that begins with https:// or http://."
            )
        if parsed.userinfo:
            raise Refused(
                f"The address of {host} holds a user name or password: give the source a token instead."
            )
        address = _literal(host)
        if address is not None:
            self.check(str(address), address, _port(parsed))
        elif not self._allow:
            self._check_port(host, _port(parsed))
        return parsed

    def check(self, host: str, address: str | Address, port: int) -> None:
        """Raise Refused unless ``host``, which leads to this address, may be asked on this port."""
        objection = self._objection(_read(address), port)
        if objection:
            raise self._refused(self._refusal(host, str(address), objection))

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """Open a socket for an address: the last look, at the address that is connected to.

        Raises PermissionError. aiohttp calls it for every connection, whether a
        name or an address stood in the URL, and expects nothing but an OSError.
        """
        family, kind, protocol, _, (host, port, *_rest) = info
        if not self.permits(str(host), int(port)):
            raise PermissionError(f"{host} is not an address to connect to")
        return socket.socket(family=family, type=kind, proto=protocol)

    def _check_port(self, host: str, port: int) -> None:
        if port not in PORTS:
            raise self._refused(self._refusal(host, host, f"asked on port {port}, where no web site is"))

    def _refusal(self, host: str, address: str, reason: str) -> str:
        subject = host if host == address else f"{host} leads to {address}, which"
        return f"{subject} is {reason}, so it is not asked. {self._advice}"

    def _objection(self, address: Address, port: int) -> str:
        if self.allows(address):
            return ""
        if address in _NAT64:
            address = IPv4Address(int(address) & 0xFFFFFFFF)
        for network, reason in _FORBIDDEN.items():
            if address in network:
                return reason
        return "" if port in PORTS else f"asked on port {port}, where no web site is"


class Resolver(AbstractResolver):
    """Looks names up, and refuses a name of which any answer is forbidden.

    One forbidden answer among good ones is how a name is made to change sides
    between check and connection. ``allowed`` gathers the names that lead into
    allowed networks only. Look-ups have threads of their own: the loop's
    default of six would let ten names that hang keep all others waiting.
    """

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner or _SystemResolver()
        self.allowed: set[str] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look up the addresses of a host. Raises Refused, or OSError when the name is unknown."""
        answers = await self._inner.resolve(host, port, family)
        for answer in answers:
            self._guard.check(host, answer["host"].partition("%")[0], port)
        if all(self._guard.allows(answer["host"].partition("%")[0]) for answer in answers):
            self.allowed.add(host)
        return answers

    async def close(self) -> None:
        """Let go of the threads; look-ups that hang are not waited for."""
        await self._inner.close()


class _SystemResolver(AbstractResolver):
    """The operating system's name look-up, in threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="forecourt-lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = functools.partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        infos = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _parse(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(f"{_shown(url)} is no web address: check its spelling.") from error


def _shown(url: str) -> str:
    """Name an address that cannot be read: its start, without query or credentials."""
    start = re.split(r"[?#]", url, maxsplit=1)[0].rpartition("@")[2][:60]
    return f"“{''.join(sign for sign in start if sign.isprintable())}”"


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


@functools.lru_cache(maxsize=256)
def _read(address: str | Address) -> Address:
    """The address in its plain spelling. Each is judged several times a request. Raises ValueError."""
    return ip_address(address)


def _literal(host: str) -> Address | None:
    """Read the address that is written as the host, None where a name is.

    aiohttp does not ask the resolver about addresses, so every spelling that
    the socket layer accepts ends here: in its plain form or not at all.
    """
    try:
        return _read(host)
    except ValueError:
        if not _HOST.fullmatch(host) or _NUMERIC.fullmatch(host):
            raise Refused(
                f"“{host[:60]}” is neither a name nor an address in its usual spelling: check the address."
            ) from None
        return None
