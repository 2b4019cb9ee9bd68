"""Where people are told: HUB_ALERTS, a webhook and addresses of mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecourt.config import nearest
from forecourt.model import Secret

WEBHOOK, MAIL = "webhook", "mail"

_KEYS = ("webhook", "mail", "from", "sendmail")
_VARIABLE = re.compile(r"env:([A-Z][A-Z0-9_]*)")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Channels:
    """Where people are told. ``variable`` is the name of the one in the environment that holds the webhook's address.

    ``sendmail`` is the program that mail is handed to; without one it is written into a file, for others to send.
    """

    variable: str = ""
    mail: tuple[str, ...] = ()
    sender: str = ""
    sendmail: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the channels that there are."""
        return (*([WEBHOOK] if self.variable else []), *([MAIL] if self.mail else []))

    def webhook(self, environ: Mapping[str, str]) -> Secret | None:
        """The webhook's address; None where the environment does not have it."""
        address = environ.get(self.variable, "").strip() if self.variable else ""
        return Secret(address) if address else None


def read_alerts(value: Mapping[str, Any], problems: list[str]) -> Channels:  # Any: what a settings file holds
    """The channels of HUB_ALERTS. What is wrong goes to ``problems``, and never repeats what may be a secret."""
    problems += [
        f'HUB_ALERTS: "{name}" is not known; {nearest(str(name), _KEYS)}'
        for name in value
        if name not in _KEYS
    ]
    named = _VARIABLE.fullmatch(str(value.get("webhook") or ""))
    if value.get("webhook") and not named:
        problems.append(
            "HUB_ALERTS: webhook must name a variable of the environment in capitals, as in "
            '"env:ALERT_WEBHOOK"; whoever knows its address can write to your people'
        )
    mail = _addresses("mail", value.get("mail"), problems)
    sender = _addresses("from", value.get("from"), problems)
    if len(sender) > 1:
        problems.append("HUB_ALERTS: from must be one address")
    sendmail = str(value.get("sendmail") or "")
    if sendmail and not sendmail.startswith("/"):
        problems.append('HUB_ALERTS: sendmail must be a whole path, such as "/usr/sbin/sendmail"')
        sendmail = ""
    if (sender or sendmail) and not value.get("mail"):
        problems.append('HUB_ALERTS: mail is missing, whom to write to, such as "team@larkwood.example"')
    return Channels(named[1] if named else "", mail, (sender or mail or ("",))[0], sendmail)


def _addresses(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    words = [str(each) for each in value] if isinstance(value, list | tuple) else str(value or "").split(",")
    found = [word.strip(" ") for word in words if word.strip(" ")]
    wrong = [word for word in found if not _ADDRESS.fullmatch(word)]
    problems += [
        f"HUB_ALERTS: {word!r} of {name} is not an address; write it as team@larkwood.example"
        for word in wrong
    ]
    return tuple(word for word in found if word not in wrong)
