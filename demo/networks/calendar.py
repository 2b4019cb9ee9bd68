"""A calendar on a CalDAV server (Radicale 3), in iCalendar; it asks for a name and a password.

Like the real one it sends an ETag and a Last-Modified, and takes no notice of them when they come back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._api import Call, Reply
from demo.networks._html import picture_url

_LONGEST = 75  # octets of a line, then it is folded
_PLAIN = {"content-type": "text/plain; charset=utf-8"}
_ZONES = {
    "Europe/Paris": ("+0100", "+0200", "20001029T030000", "20000326T020000"),
    "Europe/London": ("+0000", "+0100", "20001029T020000", "20000326T010000"),
}


def answer(account: Account, call: Call) -> Reply:
    """Answer as Radicale does."""
    user, password = call.basic if "basic" in call.headers.get("authorization", "").lower() else ("", "")
    if user != account.handle or password not in call.memory.tokens:
        challenge = {"www-authenticate": 'Basic realm="Radicale - Password Required"'}
        return Reply(b"Access to the requested resource forbidden.", 401, _PLAIN | challenge)
    if call.path != f"/{account.id}.ics":
        return Reply(b"The requested resource could not be found.", 404, _PLAIN)
    if call.method not in {"GET", "HEAD"}:
        return Reply(b"The method is not allowed on the requested resource.", 405, _PLAIN)
    body = written(account, call.base)
    headers = {
        "content-type": "text/calendar; charset=utf-8",
        "etag": f'"{hashlib.sha256(body).hexdigest()}"',
        "last-modified": format_datetime(account.changed, usegmt=True),
    }
    return Reply(b"" if call.method == "HEAD" else body, 200, headers)


def too_many(_account: Account, seconds: int) -> Reply:
    """The proxy before it says when to come back."""
    return Reply(b"Too Many Requests", 429, _PLAIN | {"retry-after": str(seconds)})


def written(account: Account, base: str) -> bytes:
    """The whole calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//PYVOBJECT//NONSGML Version 0.9.9//EN"]
    lines += [f"X-WR-CALNAME:{_escaped(account.title)}", "X-WR-TIMEZONE:Europe/Paris"]
    for zone in _ZONES:
        lines += _zone(zone)
    for post in account.posts:
        lines += _event(account, post, base)
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _zone(name: str) -> Iterable[str]:
    winter, summer, autumn, spring = _ZONES[name]
    return (
        "BEGIN:VTIMEZONE", f"TZID:{name}",
        "BEGIN:STANDARD", f"DTSTART:{autumn}", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        f"TZOFFSETFROM:{summer}", f"TZOFFSETTO:{winter}", "END:STANDARD",
        "BEGIN:DAYLIGHT", f"DTSTART:{spring}", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        f"TZOFFSETFROM:{winter}", f"TZOFFSETTO:{summer}", "END:DAYLIGHT",
        "END:VTIMEZONE",
    )  # fmt: skip


def _event(account: Account, post: Post, base: str) -> Iterator[str]:
    """The event, and one more of the same id for each date of it that was changed."""
    yield "BEGIN:VEVENT"
    yield from _common(account, post)
    yield from _times(post, post.start, post.end)
    for name in ("RRULE", "EXDATE", "RDATE"):
        if value := post.extra.get(name.lower()):
            yield f"{name}:{value}" if name == "RRULE" else f"{name};TZID={_zone_of(post)}:{value}"
    yield f"SUMMARY;LANGUAGE={post.lang}:{_escaped(post.title)}"
    if post.html:
        yield f"X-ALT-DESC;FMTTYPE=text/html:{_escaped(post.html.strip())}"
    else:
        yield f"DESCRIPTION:{_escaped(post.text.strip())}"
    if post.tags:
        yield "CATEGORIES:" + ",".join(map(_escaped, post.tags))
    for picture in post.pictures:
        yield f"ATTACH;FMTTYPE=image/jpeg:{picture_url(base, picture)}"
    if status := post.extra.get("status"):
        yield f"STATUS:{status}"
    yield "END:VEVENT"
    for change in post.extra.get("changes", ()):
        yield "BEGIN:VEVENT"
        yield from _common(account, post)
        yield f"RECURRENCE-ID;TZID={_zone_of(post)}:{_local(change['date'], post)}"
        yield from _times(post, change.get("start", change["date"]), change.get("end"))
        yield f"SUMMARY;LANGUAGE={post.lang}:{_escaped(change.get('title', post.title))}"
        yield f"STATUS:{change.get('status', 'CONFIRMED')}"
        yield "END:VEVENT"


def _common(account: Account, post: Post) -> Iterator[str]:
    yield f"UID:{post.id}@larkwood.example"
    if post.changed:
        yield f"DTSTAMP:{_utc(post.changed)}"
        yield f"LAST-MODIFIED:{_utc(post.changed)}"
    if post.date:
        yield f"CREATED:{_utc(post.date)}"
    yield f"URL:{account.link(post)}"
    if post.place:
        yield f"LOCATION:{_escaped(post.place)}"
    yield f"ORGANIZER;CN={post.author or account.author}:mailto:events@larkwood.example"


def _times(post: Post, start: datetime | None, end: datetime | None) -> Iterator[str]:
    for name, moment in (("DTSTART", start), ("DTEND", end)):
        if moment and post.extra.get("days"):
            yield f"{name};VALUE=DATE:{moment.astimezone(ZoneInfo(_zone_of(post))):%Y%m%d}"
        elif moment:
            yield f"{name};TZID={_zone_of(post)}:{_local(moment, post)}"


def _zone_of(post: Post) -> str:
    zone: str = post.extra.get("zone", "Europe/Paris")
    return zone


def _local(moment: datetime, post: Post) -> str:
    return f"{moment.astimezone(ZoneInfo(_zone_of(post))):%Y%m%dT%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    marked = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return marked.replace("\n", "\\n")


def _folded(line: str) -> str:
    """RFC 5545 section 3.1: a line of more than 75 octets goes on after a space, between two letters."""
    lines, length = [""], 0
    for letter in line:
        size = len(letter.encode())
        if length + size > _LONGEST:
            lines.append(" ")
            length = 1
        lines[-1] += letter
        length += size
    return "\r\n".join(lines)


NETWORK = Network(speaks="iCalendar on a CalDAV server", answer=answer, too_many=too_many)
