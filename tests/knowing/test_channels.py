"""HUB_ALERTS as it is read."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.knowing.channels import Channels, read_alerts
from forecourt.model import Secret


def test_channels_are_read() -> None:
    problems: list[str] = []
    found = read_alerts(
        {
            "webhook": "env:ALERT_WEBHOOK",
            "mail": "team@larkwood.example, second@larkwood.example",
            "from": "hub@larkwood.example",
            "sendmail": "/usr/sbin/sendmail",
        },
        problems,
    )
    assert problems == []
    assert found == Channels(
        "ALERT_WEBHOOK", ("team@larkwood.example", "second@larkwood.example"), "hub@larkwood.example",
        "/usr/sbin/sendmail",
    )  # fmt: skip
    assert found.names == ("webhook", "mail")
    assert found.webhook({"ALERT_WEBHOOK": " https://hooks.example/1 "}) == Secret("https://hooks.example/1")
    assert found.webhook({}) is None


def test_mail_is_from_whom_it_is_to_where_nobody_says_otherwise() -> None:
    assert read_alerts({"mail": ["team@larkwood.example"]}, []).sender == "team@larkwood.example"


def test_without_any_nobody_is_told() -> None:
    assert read_alerts({}, []) == Channels()
    assert Channels().names == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"webhok": "env:A"}, 'HUB_ALERTS: "webhok" is not known; did you mean "webhook"?'),
        (
            {"webhook": "https://hooks.example/secret"},
            (
                "HUB_ALERTS: webhook must name a variable of the environment in capitals, as in "
                '"env:ALERT_WEBHOOK"; whoever knows its address can write to your people'
            ),
        ),
        ({"mail": "team"}, "HUB_ALERTS: 'team' of mail is not an address; write it as team@larkwood.example"),
        (
            {"mail": "a@b.example\r\nBcc: c@d.example"},
            (
                "HUB_ALERTS: 'a@b.example\\r\\nBcc: c@d.example' of mail is not an address; "
                "write it as team@larkwood.example"
            ),
        ),
        ({"mail": "a@b.example", "from": "a@b.example,c@d.example"}, "HUB_ALERTS: from must be one address"),
        (
            {"mail": "a@b.example", "sendmail": "sendmail"},
            'HUB_ALERTS: sendmail must be a whole path, such as "/usr/sbin/sendmail"',
        ),
        (
            {"sendmail": "/usr/sbin/sendmail"},
            'HUB_ALERTS: mail is missing, whom to write to, such as "team@larkwood.example"',
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(value: Any, problem: str) -> None:  # Any: as above
    problems: list[str] = []
    read_alerts(value, problems)
    assert problems == [problem]
