from __future__ import annotations

from datetime import timedelta

import pytest

from forecourt import apis
from forecourt.connectors import Grant, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Secret
from tests.connectors.talks import NOW, answer

ASKED = apis.form("https://club.example/token", {"grant_type": "refresh_token"})
OLD = Grant(Secret("old"), NOW, Secret("refresh"), NOW + timedelta(days=30))


def renewed(response: Response, grant: Grant | None = OLD) -> Grant:
    conversation = apis.renewed(ASKED, "The club", grant)
    assert next(conversation) == ASKED
    with pytest.raises(StopIteration) as done:
        conversation.send(response)
    result: Grant = done.value.value
    return result


def test_what_is_granted_anew_counts_and_what_is_not_said_stays() -> None:
    assert renewed(answer(b'{"access_token": "new", "expires_in": 7200}')) == Grant(
        Secret("new"), NOW + timedelta(hours=2), OLD.refresh, OLD.refresh_expires
    )


def test_a_new_refresh_token_takes_the_place_of_the_old() -> None:
    body = b'{"access_token": "new", "expires_in": "60", "refresh_token": "next", "refresh_token_expires_in": 3600}'

    assert renewed(answer(body)) == Grant(
        Secret("new"), NOW + timedelta(minutes=1), Secret("next"), NOW + timedelta(hours=1)
    )
    assert renewed(answer(b'{"access_token": "n", "refresh_token": "x"}')).refresh_expires is None


@pytest.mark.parametrize("token", [b'""', b"null", b"7.5", b'"two words"', b'"line\\nbreak"', b'"\\u00e9"'])
def test_a_token_that_cannot_go_into_a_header_is_none(token: bytes) -> None:
    with pytest.raises(BadData, match="gave no token"):
        apis.granted(apis.read(answer(b'{"access_token": ' + token + b"}")), answer(b""), None)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (400, b'{"error": "invalid_grant", "error_description": "Token was revoked"}', Cause.AUTH_DEAD),
        (200, b'{"error": "invalid_grant", "error_description": "x"}', Cause.AUTH_DEAD),
        (401, b"{}", Cause.AUTH_DEAD),
        (429, b"{}", Cause.RATE_LIMITED),
        (503, b"out of order", Cause.TRANSIENT),
    ],
)
def test_only_a_person_can_help_when_the_refresh_token_is_refused(
    status: int, body: bytes, cause: Cause
) -> None:
    conversation = apis.renewed(ASKED, "The club", OLD)
    next(conversation)
    with pytest.raises(PlatformError) as refused:
        conversation.send(answer(body, status=status))
    assert refused.value.cause is cause
