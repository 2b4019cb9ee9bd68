"""What the demo's APIs share: calls and replies, tokens that end, pages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from demo.brand import Account


class Given(set[str]):
    """Tokens that are good. Those that an earlier play of the demo gave out are, too, until they are ended.

    A hub keeps what it was given from one `make hub` to the next; the demo keeps nothing.
    """

    def __init__(self, first: str, earlier: str) -> None:
        super().__init__({first} - {""})
        self._earlier = re.compile(earlier)
        self._ended: set[str] = set()
        self._all_ended = False

    def __contains__(self, token: object) -> bool:
        was_given = not self._all_ended and token not in self._ended and self._earlier.fullmatch(str(token))
        return super().__contains__(token) or bool(was_given)

    def remove(self, token: str) -> None:
        """End one of them."""
        self.discard(token)
        self._ended.add(token)

    def clear(self) -> None:
        """End all of them."""
        super().clear()
        self._all_ended = True


@dataclass(slots=True)
class Memory:
    """What a platform remembers of an account while the demo runs: which tokens are good."""

    tokens: Given
    refreshes: Given
    expired: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    issued: int = 0

    @classmethod
    def of(cls, account: Account) -> Memory:
        """What it knows before the first call."""
        tokens = Given(account.token, rf"demo-{account.name}-token-\d{{4}}-renewed")
        return cls(tokens, Given(account.refresh_token, rf"demo-{account.name}-refresh-\d{{4}}-rotated"))

    def expire(self) -> None:
        """End every token that is good now; what renews them stays."""
        self.expired |= self.tokens
        self.tokens.clear()

    def issue(self, name: str) -> str:
        """A new token that is good from now on."""
        self.issued += 1
        token = f"demo-{name}-token-{self.issued:04}-renewed"
        self.tokens.add(token)
        return token

    def exchange(self, refresh: str, name: str, *, once: bool = False) -> str:
        """A new refresh token for an old one, which is good ``once`` only or on; "" when that was not good."""
        if refresh not in self.refreshes:
            return ""
        if once:
            self.refreshes.remove(refresh)
            self.used.add(refresh)
        new = f"demo-{name}-refresh-{self.issued:04}-rotated"
        self.refreshes.add(new)
        return new


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an account's API.

    ``path`` is below the account's ``api``; ``base`` is the demo's address and
    ``api`` the API's, both without a slash at their end. Header names are lower
    case. ``query`` has each name once, the last value of it.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    api: str
    memory: Memory

    @property
    def bearer(self) -> str:
        """The token in the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    @property
    def basic(self) -> tuple[str, str]:
        """The user and password in the Authorization header."""
        scheme, _, said = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        user, _, password = base64.b64decode(said).decode().partition(":")
        return user, password

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was posted."""
        return dict(parse_qsl(self.body.decode()))

    def unknown(self, *known: str) -> list[str]:
        """The parameters that no vendor knows by these names."""
        return sorted(set(self.query) - set(known))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answers."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def after(seconds: float) -> datetime:
    """The moment that one who asks too often is told to wait for; a server has a clock."""
    return datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - the one place; a server has a clock


def reply(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer in JSON."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Reply(body, status, {"content-type": "application/json; charset=utf-8", **(headers or {})})
