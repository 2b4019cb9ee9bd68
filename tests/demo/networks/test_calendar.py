"""The demo's calendar speaks as Radicale does."""

from __future__ import annotations

from base64 import b64encode

import icalendar
import pytest

from demo.brand import accounts
from demo.networks._api import Call, Memory, Reply
from demo.networks.calendar import answer, too_many

(ACCOUNT,) = (account for account in accounts() if account.name == "calendar")
RIGHT = "Basic " + b64encode(f"larkwood:{ACCOUNT.token}".encode()).decode()


def ask(path: str = "/week-by-week.ics", authorization: str = RIGHT, method: str = "GET") -> Reply:
    headers = {"authorization": authorization} if authorization else {}
    base = "http://demo.example"
    return answer(ACCOUNT, Call(method, path, {}, headers, b"", base, base + ACCOUNT.api, Memory.of(ACCOUNT)))


@pytest.mark.parametrize(
    "wrong", ["", "Bearer x", f"Bearer {ACCOUNT.token}", "Basic " + b64encode(b"larkwood:no").decode()]
)
def test_without_name_and_password_it_asks_for_them(wrong: str) -> None:
    refused = ask(authorization=wrong)

    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic realm=")


def test_another_calendar_is_not_found_and_nothing_can_be_written() -> None:
    assert ask("/other.ics").status == 404
    assert ask(method="PUT").status == 405
    assert (too_many(ACCOUNT, 30).status, too_many(ACCOUNT, 30).headers["retry-after"]) == (429, "30")


def test_it_names_validators() -> None:
    reply = ask()

    assert (reply.status, reply.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert reply.headers["etag"].startswith('"')
    assert reply.headers["last-modified"] == "Wed, 18 Nov 2026 16:00:00 GMT"


def test_every_line_is_short_and_every_event_can_be_read() -> None:
    body = ask().body
    events = icalendar.Calendar.from_ical(body).walk("VEVENT")

    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert [event.errors for event in events] == [[]] * len(events)
    assert {str(event["UID"]) for event in events} == {
        f"{post.id}@larkwood.example" for post in ACCOUNT.posts
    }
    assert len(events) == len(ACCOUNT.posts) + 2  # dates of the bench that were changed
