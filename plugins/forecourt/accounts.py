"""The linked accounts: what the operator wrote, the connector that asks, the rules that judge."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from typing import Any, get_args, get_type_hints

from forecourt import connectors
from forecourt.config import COMMON_KEYS, NAME, Config, Source, near, nearest
from forecourt.connectors import Connector
from forecourt.curate import Rules
from forecourt.errors import SettingsError
from forecourt.model import Secret

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_QUOTES = "'\"`"
_PARSER_VERSION = 2
"""Raise it when connectors read documents differently, so that unchanged ones are read again."""


@dataclass(frozen=True, slots=True)
class Account:
    """One linked account, ready to be asked and to be shown."""

    source: Source
    connector: Connector
    missing: tuple[str, ...] = ()
    """Variables of the environment that it needs and that are not there."""

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def rules(self) -> Rules:
        """How its posts are judged, by what sources.toml says."""
        held = self.source.moderation == "hold"
        return Rules(self.connector.network, held, self.source.place("moderation"), self.source.store)

    @property
    def enabled(self) -> bool:
        """Whether it is asked and shown: as the operator says, otherwise as the platform's terms do."""
        said = self.source.enabled
        return self.connector.terms.enabled if said is None else said

    def variables(self) -> tuple[str, ...]:
        """The variables of the environment that hold its secrets."""
        options = _hints(type(self.connector))
        secrets = (name for name, hint in options.items() if Secret in (hint, *get_args(hint)))
        named = (str(self.source.options[name]) for name in secrets if name in self.source.options)
        return tuple(name.partition(":")[2] for name in named)

    @property
    def renewal(self) -> str:
        """What a person does to give it a new token."""
        what = (
            "it there"
            if self.missing
            else f"a new one into {' and '.join(self.variables()) or 'its options'}"
        )
        return f"put {what} (docs/networks.md#{self.source.connector} says where to get it)"

    def asked(self) -> str:
        """A fingerprint of what is asked and how the answer is read; no secret is in it."""
        return _fingerprint(_PARSER_VERSION, self.source.connector, _open_options(self.connector))


def link(config: Config, environ: Mapping[str, str], *, secrets: bool = True) -> tuple[Account, ...]:
    """The accounts of sources.toml with their connectors.

    A build passes ``secrets=False``: it asks nobody and needs no token. One whose
    token is not in the environment says so in ``Account.missing``: that costs its
    freshness and not the others'. Raises SettingsError with everything else that is
    wrong in any of them.
    """
    problems = [*config.problems]
    known = connectors.names()
    accounts = [_account(source, known, environ, problems, secrets=secrets) for source in config.sources]
    if problems:
        raise SettingsError(problems)
    return tuple(account for account in accounts if account)


def _account(
    source: Source, known: Sequence[str], environ: Mapping[str, str], problems: list[str], *, secrets: bool
) -> Account | None:
    if source.connector not in known:
        problems.append(_no_connector(source, known))
        return None
    connector = connectors.load(source.connector)
    missing: list[str] = []
    options = _options(source, connector, environ, problems, missing)
    if options is None:
        return None
    try:
        account = Account(source, connector(**options), tuple(missing) if secrets else ())
    except ValueError as error:  # what a connector's __post_init__ says of its options
        key = str(error).partition(" ")[0]
        problems.append(f"{source.place(key)}: {error}")
        return None
    if not NAME.fullmatch(account.connector.network):
        problems.append(
            f'{source.place("network")}: network "{account.connector.network}" must be small letters, digits and '
            'hyphens, such as "mastodon"; it is part of the address'
        )
    return account


def _no_connector(source: Source, known: Sequence[str]) -> str:
    if source.connector:
        place = source.place("connector")
        return f'{place}: connector "{source.connector}" is not known; {nearest(source.connector, known)}'
    if misspelt := near("connector", source.options):
        return f'{source.place(misspelt)}: "{misspelt}" is not known; did you mean "connector"?'
    return f'{source.place()}: "{source.name}" needs a connector; {nearest("", known)}'


def _options(
    source: Source,
    connector: type[Connector],
    environ: Mapping[str, str],
    problems: list[str],
    missing: list[str],
) -> dict[str, Any] | None:
    hints = _hints(connector)
    options = {each.name: each for each in dataclasses.fields(connector)}
    found = len(problems)
    values: dict[str, Any] = {}
    for name, value in source.options.items():
        if name not in options:
            hint = nearest(name, {*options, *COMMON_KEYS})
            problems.append(f'{source.place(name)}: "{name}" is not an option of {source.connector}; {hint}')
        elif Secret in (hints[name], *get_args(hints[name])):
            values[name] = _secret(source, name, str(value), environ, problems, missing)
        elif not isinstance(value, hints[name]):
            problems.append(f"{source.place(name)}: {name} must be {_plain_type(hints[name])}")
        else:
            values[name] = value
    for name, option in options.items():
        if option.default is dataclasses.MISSING and name not in source.options:
            problems.append(
                f'{source.place()}: "{source.name}" needs {name} = "…" for connector {source.connector}'
            )
    return values if len(problems) == found else None


def _secret(
    source: Source,
    name: str,
    value: str,
    environ: Mapping[str, str],
    problems: list[str],
    missing: list[str],
) -> Secret | None:
    """The secret that the option names. What was written in its place is not repeated: it may be the secret itself."""
    scheme, _, variable = value.partition(":")
    if scheme != "env" or not _VARIABLE.fullmatch(variable):
        problems.append(
            f"{source.place(name)}: {name} must name a variable of the environment in capitals, as in "
            f'{name} = "env:MY_TOKEN"; a secret is never written here'
        )
        return None
    secret = environ.get(variable, "").strip()
    if not secret:
        missing.append(variable)
    elif not (secret.isascii() and secret.isprintable()) or secret[0] in _QUOTES:
        missing.append(f"{variable} that is a token: quotes, blanks or letters came along when it was copied")
        return Secret("")
    return Secret(secret)


@cache
def _hints(connector: type[Connector]) -> dict[str, Any]:
    """The types of a connector's options, worked out once for all its accounts."""
    return get_type_hints(connector)


def _plain_type(hint: type) -> str:
    names: dict[Any, str] = {
        str: 'text in quotes, such as "blog"',
        int: "a whole number",
        bool: "true or false",
        date: "a day, such as 2027-01-31, without quotes",
    }
    return names.get(hint, str(hint))


def _open_options(connector: Connector) -> list[tuple[str, Any]]:
    options = dataclasses.asdict(connector)
    return sorted((name, value) for name, value in options.items() if not isinstance(value, Secret))


def _fingerprint(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()
