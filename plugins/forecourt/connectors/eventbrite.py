"""Eventbrite: the events of one organisation.

You need to be a member of the organisation, and a private token: eventbrite.com,
Account settings, Developer links, API keys. It does not end. ``organization`` is the
number in the address of its page "Manage events", or in the answer of
/v3/users/me/organizations/.

You get the public events, those that are over too: what, when in the zone of the place,
where, the picture, and from which price. One that is cancelled leaves the hub at once;
one that is deleted, made private, or sold out is seen once a day.

You do not get drafts, events that are not listed, or those for invited guests.

    [[source]]
    name = "larkwood-eventbrite"
    connector = "eventbrite"
    organization = "4102000000001"
    token = "env:LARKWOOD_EVENTBRITE_TOKEN"    # the private token
    # server = "https://www.eventbriteapi.com"
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import ClassVar
from zoneinfo import ZoneInfo

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause
from forecourt.model import Author, Event, Kind, Media, Post, Price, Secret, Terms

_PAGES = 5  # of 50 events
_PUBLIC = ("live", "started", "ended", "completed")  # the last two from memory, to be checked
_CANCELLED = "canceled"  # from memory, to be checked
_ORDER = "created_desc"
_EXPAND = "venue,logo,organizer,ticket_availability"
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,4})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"\w+", re.ASCII)
_CAUSES = {
    "NO_AUTH": Cause.AUTH_DEAD,
    "INVALID_AUTH": Cause.AUTH_DEAD,
    "INVALID_AUTH_HEADER": Cause.AUTH_DEAD,  # 400
    "NOT_AUTHORIZED": Cause.PERMISSION,
    "NOT_FOUND": Cause.NOT_FOUND,
    "HIT_RATE_LIMIT": Cause.RATE_LIMITED,
    "ARGUMENTS_ERROR": Cause.BAD_DATA,
    "BAD_CONTINUATION_TOKEN": Cause.BAD_DATA,
    "INTERNAL_ERROR": Cause.TRANSIENT,
}


@dataclass(frozen=True, slots=True)
class Eventbrite:
    """The events of one organisation."""

    organization: str
    token: Secret
    server: str = "https://www.eventbriteapi.com"
    network: ClassVar[str] = "eventbrite"
    terms: ClassVar[Terms] = Terms()

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.organization):
            raise ValueError("organization must be its number, such as 4102000000001")
        if not urls.absolute(self.server):
            raise ValueError("server must be a full address, such as https://www.eventbriteapi.com")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the events that changed since; without ``since``, for the last 250 that were made.

        ``since`` is ``{"seen": …}``, the newest change that we know. The list is ordered by
        when an event was made: of a quiet organisation one page is read, and on it what
        changed of the newest fifty is seen at once, of older ones once a day.
        """
        known = json.loads(since)["seen"] if since else ""
        seen = datetime.fromisoformat(known) if known else None
        items, ended, newest = yield from self._changed(seen)
        posts, rejected = apis.listed(filter(_is_public, items), lambda item: _post(item, source), "event")
        return Batch(
            tuple(posts),
            gone=tuple(item.need("id") for item in items if item.text("id").strip() and not _is_public(item)),
            rejected=tuple(rejected),
            since=json.dumps({"seen": newest.isoformat() if newest else ""}),
            # Only a list that came to its end tells what is missing: it is not in the order of publishing.
            window=EVER if ended and not since else None,
        )

    def _changed(self, seen: datetime | None) -> Generator[Request, Response, _Items]:
        """The events that changed after ``seen``, whether these are all, and the newest change."""
        address = f"{self.server.rstrip('/')}/v3/organizations/{self.organization}/events/"
        query = {"status": ",".join((*_PUBLIC, _CANCELLED)), "order_by": _ORDER, "expand": _EXPAND}
        items: list[Data] = []
        newest, following = seen, ""
        for _ in range(_PAGES):
            response = yield apis.get(address, query | {"continuation": following or None}, token=self.token)
            page = _checked(response)
            found = page.each("events")
            items += [item for item in found if seen is None or _touched(item) > seen]
            # Not later than now: a date of 2099 would hide all that comes after it.
            touched = [min(_touched(item), response.at) for item in found]
            newest = max((*touched, *filter(None, [newest])), default=None)
            more = page.flag("pagination", "has_more_items")
            following = page.text("pagination", "continuation") if more else ""
            if not more or (seen and any(_touched(item) <= seen for item in found)):
                return items, True, newest
            if not following:
                raise BadData("Eventbrite says that there is more, and not where")
        return items, False, newest


_Items = tuple[list[Data], bool, datetime | None]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"error": …, "error_description": …}``."""
    said = apis.refused(response)
    if said is None:
        page = apis.read(response)
        if not isinstance(page.at("events").value, list):
            raise BadData("Eventbrite sent no list of events")
        return page
    code = said.text("error")
    cause = _CAUSES.get(code) or (Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None)
    raise apis.refusal(response, "Eventbrite", cause, said.text("error_description") or code)


def _touched(item: Data) -> datetime:
    return item.moment("changed") or item.moment("created") or EVER


def _is_public(item: Data) -> bool:
    hidden = item.at("listed").value is False or item.flag("invite_only")
    return item.text("status") in _PUBLIC and not hidden


def _post(item: Data, source: str) -> Post:
    permalink = item.web("url")
    if not permalink:
        raise BadData("it has no url")
    html, body = _description(item, permalink)
    lang = text.language(item.text("locale"))
    title = text.line(item.text("name", "text")) or text.plain(item.text("name", "html"))
    organizer = item.at("organizer")
    return Post(
        id=item.need("id"),
        source=source,
        kind=Kind.EVENT,
        permalink=permalink,
        title=text.line(title),
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(body or title, lang),
        author=Author(
            text.line(organizer.text("name")), "", organizer.web("url"), organizer.web("logo", "url")
        ),
        published=item.moment("published") or item.moment("created"),
        updated=item.moment("changed"),
        media=_logo(item.at("logo")),
        event=_event(item),
        price=_price(item),
        tags=text.hashtags(body),
    )


def _description(item: Data, permalink: str) -> tuple[str, str]:
    markup = item.text("description", "html")
    plain = item.text("description", "text") or item.text("summary")
    return apis.written(markup or apis.marked(plain, apis.addresses(plain)), permalink)


def _event(item: Data) -> Event:
    start = _local(item.at("start"))
    if start is None:
        raise BadData("it has no start")
    end = None if item.flag("hide_end_date") else _local(item.at("end"))
    return Event(start, end if end and end >= start else None, _place(item))


def _local(when: Data) -> datetime | None:
    """The moment, as clocks at the place of the event show it."""
    moment = when.moment("utc")
    try:
        return moment and moment.astimezone(ZoneInfo(when.text("timezone")))
    except (KeyError, ValueError, OSError):  # no zone of that name, no name at all, or a folder of them
        return moment and moment.astimezone(UTC)


def _place(item: Data) -> str:
    venue = item.at("venue")
    name, address = (
        text.line(venue.text("name")),
        text.line(venue.text("address", "localized_address_display")),
    )
    if not (name or address):
        return "Online" if item.flag("online_event") else ""
    return address if name in address else name if address in name else f"{name}, {address}"


def _logo(logo: Data) -> tuple[Media, ...]:
    whole = logo.at("original")  # ``url`` itself is cut to the shape of their page
    url = whole.web("url") or logo.web("url")
    return (Media("image", url, width=whole.size("width"), height=whole.size("height")),) if url else ()


def _price(item: Data) -> Price | None:
    """The lowest price, and whether a ticket is left."""
    tickets = item.at("ticket_availability")
    cheapest = tickets.at("minimum_ticket_price")
    amount = "0" if item.flag("is_free") else cheapest.text("major_value")
    if not _AMOUNT.fullmatch(amount):
        return None
    currency = cheapest.text("currency") or item.text("currency")
    left = tickets.at("has_available_tickets").value
    return Price(
        Decimal(amount),
        currency if _CURRENCY.fullmatch(currency) else "",
        available=left if isinstance(left, bool) else None,
    )


CONNECTOR: type[Connector] = Eventbrite
