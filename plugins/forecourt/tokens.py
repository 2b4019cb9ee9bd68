"""The tokens that platforms gave us: renewed in time, and kept where only their owner can read.

``sources.toml`` names the variables of the environment in which an operator puts
the first token. What a platform gives in its place is kept in ``tokens.json`` of
HUB_STATE, written before the old one is used no more: some are good for one use.
When the operator puts another token into the environment, that one counts.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec
from filelock import FileLock

from forecourt.connectors import Connector, Grant, Renewable
from forecourt.errors import StoreError
from forecourt.garbled import GARBLED
from forecourt.model import Secret

MARGIN = timedelta(minutes=10)
"""Before it ends, a token is renewed: it must outlive the run."""

_SEEDS = frozenset({"token", "refresh_token", "password"})

WARN = timedelta(days=14)
"""Before a token ends for good, the operator is told."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of one account's token. ``root`` is a fingerprint of the secrets that it grew from.

    ``token`` is empty while the one of the environment is used; ``obtained`` is then
    when it was first seen.
    """

    root: str
    obtained: datetime
    token: str = field(default="", repr=False)
    expires: datetime | None = None
    refresh: str = field(default="", repr=False)
    refresh_expires: datetime | None = None


_decode = msgspec.json.Decoder(dict[str, _Kept]).decode


class Tokens:
    """The tokens of a hub's accounts, by the name of the source."""

    def __init__(self, state: Path) -> None:
        """Read them. What cannot be read is put aside: the environment's tokens are still there."""
        self._path = state / "tokens.json"
        self._kept: dict[str, _Kept] = {}
        try:
            self._kept = _decode(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except GARBLED:
            self._set_aside()
        except OSError as error:
            raise StoreError(f"{self._path} cannot be read: {error.strerror}") from error

    def let_in(self, name: str, connector: Connector, now: datetime) -> Connector:
        """The connector with the newest token that we have; notes when one is first seen."""
        if not secrets_of(connector):
            return connector
        kept = self._of(name, connector)
        if kept is None:
            self._keep(name, _Kept(_root(connector), now))
            return connector
        if not kept.token:
            return connector
        return dataclasses.replace(connector, token=Secret(kept.token))

    def grant(self, name: str, connector: Connector) -> Grant | None:
        """What the account was last granted, None when it has no token yet."""
        kept = self._of(name, connector)
        if kept and kept.token:
            refresh = Secret(kept.refresh) if kept.refresh else None
            return Grant(Secret(kept.token), kept.expires, refresh, kept.refresh_expires)
        token = getattr(connector, "token", None)
        return Grant(token) if isinstance(token, Secret) and token.reveal() else None

    def is_due(self, name: str, connector: Connector, now: datetime) -> bool:
        """Whether the account's token must be renewed before it is used."""
        # The first question is the quick one: a protocol is looked through name by name, for each account.
        if not (hasattr(connector, "renew") and isinstance(connector, Renewable) and connector.renews):
            return False
        kept = self._of(name, connector)
        if self.grant(name, connector) is None:
            return True
        if kept and kept.expires and now >= kept.expires - MARGIN:
            return True
        return bool(kept and connector.renew_every and now >= kept.obtained + connector.renew_every)

    def keep(self, name: str, connector: Connector, grant: Grant, now: datetime) -> None:
        """Write down what the platform granted. ``connector`` is the one with the environment's secrets.

        Raises StoreError.
        """
        refresh = grant.refresh.reveal() if grant.refresh else ""
        kept = _Kept(
            _root(connector), now, grant.token.reveal(), grant.expires, refresh, grant.refresh_expires
        )
        self._keep(name, kept)

    def told(self, name: str, connector: Connector, expires: datetime) -> None:
        """Write down when the platform says that the token ends."""
        kept = self._of(name, connector)
        if kept and kept.expires != expires:
            self._keep(name, dataclasses.replace(kept, expires=expires))

    def ends(self, name: str, connector: Connector) -> datetime | None:
        """When a person must give a new token at the latest; None when no end is known.

        It is known, too, to whoever has not the secrets in the environment.
        """
        kept = self._of(name, connector) if secrets_of(connector) else self._kept.get(name)
        if kept is None:
            return None
        if kept.refresh or _renews_by_more_than_its_token(connector):
            return kept.refresh_expires
        if kept.expires:
            return kept.expires
        life: timedelta | None = getattr(connector, "token_life", None)
        return kept.obtained + life if life else None

    def warning(self, name: str, connector: Connector, now: datetime) -> str:
        """A sentence from 14 days before a person must give a new token, until then ""."""
        ends = self.ends(name, connector)
        if ends is None or ends - now > WARN:
            return ""
        if ends <= now:
            return f"its token ended on {ends:%Y-%m-%d}"
        days = (ends - now).days
        when = "in a day" if days == 1 else f"in {days} days" if days else "today"
        return f"its token ends {when} ({ends:%Y-%m-%d})"

    def secrets(self) -> Iterator[str]:
        """Every secret that is kept, so that it can be looked for."""
        for kept in self._kept.values():
            yield from filter(None, (kept.token, kept.refresh))

    def _set_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".damaged"))
        except OSError as error:
            raise StoreError(
                f"{self._path} is damaged and cannot be put aside: {error.strerror}; move it away"
            ) from error

    def _of(self, name: str, connector: Connector) -> _Kept | None:
        """What was last granted for the same secrets: two sources may share a token that is good for one use."""
        root = _root(connector)
        grown = [kept for kept in self._kept.values() if kept.root == root and kept.token]
        own = self._kept.get(name)
        if grown:
            return max(grown, key=lambda kept: kept.obtained)
        return own if own and own.root == root else None

    def refresh(self) -> None:
        """Read what another run may have written since."""
        with contextlib.suppress(OSError, *GARBLED):
            for name, kept in _decode(self._path.read_bytes()).items():
                if name not in self._kept or kept.obtained > self._kept[name].obtained:
                    self._kept[name] = kept

    def _keep(self, name: str, kept: _Kept) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), mode=0o600):
                self.refresh()
                self._kept[name] = kept
                self._write()
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be written: {error.strerror}; mend that and fetch again"
            ) from error

    def _write(self) -> None:
        body = msgspec.json.format(msgspec.json.encode(self._kept), indent=1)
        new = self._path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            # Nobody else may read it, at no moment: so it is made with that mode and not changed to it.
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        finally:
            new.unlink(missing_ok=True)


def _renews_by_more_than_its_token(connector: Connector) -> bool:
    """Whether a machine can get a new token when the last one has ended, as Instagram's cannot be."""
    if not hasattr(connector, "renew"):
        return False
    more = (getattr(connector, name, None) for name in ("refresh_token", "password"))
    by_client = getattr(connector, "client_secret", None) and getattr(connector, "token", None) is None
    return bool(by_client) or any(isinstance(one, Secret) for one in more)


def _root(connector: Connector) -> str:
    """A fingerprint of the secrets that grants grow from. A client's secret may change without ending them."""
    known = secrets_of(connector)
    grown = {name: secret for name, secret in known.items() if name in _SEEDS} or known
    said = repr((type(connector).__name__, sorted(grown.items())))
    return blake2b(said.encode(), digest_size=16, person=b"forecourt tokens").hexdigest()


@cache
def looks(secret: str) -> frozenset[str]:
    """The secret as it is, as it stands in an address, in HTML, and in base64, whatever stands before and behind it."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), escape(secret), escape(secret, quote=False)}
    for shift in range(3):
        # A sign of base64 holds six bits: the first and the last may be of the neighbours, too.
        encoded = b64encode(b" " * shift + secret.encode()).decode()
        inner = encoded[-(-8 * shift // 6) : 8 * (shift + len(secret.encode())) // 6]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return frozenset(found)


def secrets_of(connector: Connector) -> Mapping[str, str]:
    """The secrets among a connector's options, by the option's name."""
    options = [option.name for option in dataclasses.fields(connector)]
    values = {name: getattr(connector, name) for name in options}
    return {
        name: value.reveal() for name, value in values.items() if isinstance(value, Secret) and value.reveal()
    }


def fingerprint(connector: Connector) -> str:
    """What tells whether an account's secrets are others than before."""
    said = repr(sorted(secrets_of(connector).items()))
    return blake2b(said.encode(), digest_size=16, person=b"forecourt tokens").hexdigest()
