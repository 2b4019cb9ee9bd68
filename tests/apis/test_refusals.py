from __future__ import annotations

from datetime import timedelta

import pytest

from forecourt import apis
from forecourt.errors import Cause, PlatformError
from tests.connectors.talks import NOW, answer

LATER = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, Cause.BAD_DATA), (401, Cause.AUTH_EXPIRED), (403, Cause.PERMISSION), (404, Cause.NOT_FOUND),
        (410, Cause.NOT_FOUND), (408, Cause.TRANSIENT), (429, Cause.RATE_LIMITED), (500, Cause.TRANSIENT),
        (503, Cause.TRANSIENT), (418, Cause.BAD_DATA),
    ],
)  # fmt: skip
def test_where_the_body_says_nothing_the_status_tells_the_cause(status: int, cause: Cause) -> None:
    refused = apis.refusal(answer(b"", status=status), "The club")

    assert (refused.cause, str(refused)) == (cause, f"The club says: status {status}")


def test_the_platforms_own_words_are_cut_and_cleaned() -> None:
    said = apis.refusal(answer(b"", status=403), "The club", said="<b>No</b>\n\x1b[31m entry " + "x" * 500)

    assert str(said).startswith("The club says: No [31m entry xxx")
    assert len(str(said)) < 250


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "300"},
        {"retry-after": "Sun, 22 Nov 2026 09:05:00 GMT"},
        {"x-rate-limit-reset": str(int(LATER.timestamp()))},
        {"ratelimit-reset": str(int(LATER.timestamp()))},
        {"x-ratelimit-reset": "2026-11-22T09:05:00.000Z"},
        {"ratelimit-resettime": "2026-11-22T09:05:00+00:00"},
        {"x-ratelimit-reset": "300.0"},
        {"retry-after": "nonsense", "x-ratelimit-reset": "300"},
    ],
)
def test_the_moment_to_come_back_is_read_however_it_is_written(headers: dict[str, str]) -> None:
    assert apis.retry_at(answer(b"", status=429, headers=headers)) == LATER


@pytest.mark.parametrize("said", ["", "0", "-5", "nan", "inf", "1e999", "2020-01-01T00:00:00Z", "soon"])
def test_a_moment_that_is_none_or_past_is_not_waited_for(said: str) -> None:
    assert apis.retry_at(answer(b"", status=429, headers={"retry-after": said})) is None


def test_nobody_makes_us_wait_for_longer_than_a_day() -> None:
    assert apis.retry_at(answer(b"", status=429, headers={"retry-after": "99999999"})) == NOW + timedelta(
        hours=25
    )


def test_only_an_error_is_refused_and_its_body_need_not_be_json() -> None:
    assert apis.refused(answer(b"{}")) is None
    assert apis.refused(answer(b'{"error": "x"}', status=400)).text("error") == "x"  # type: ignore[union-attr]  # it is there
    assert not apis.refused(answer(b"Bad Gateway", status=502))
    assert not apis.refused(answer(b"<html>Bad Gateway</html>", status=502))


@pytest.mark.parametrize("status", [403, 429])
def test_a_challenge_for_people_is_no_matter_of_permission(status: int) -> None:
    with pytest.raises(PlatformError) as refused:
        apis.refused(answer(b"<html><title>Just a moment</title></html>", status=status))
    assert refused.value.cause is Cause.BLOCKED
