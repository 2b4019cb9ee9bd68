"""Yelp: what guests wrote about one business.

You need an API key: at yelp.com/developers, "Manage App", make an application and
take a plan with reviews (Base has none). The key does not end. ``business`` is the
last part of the address of its page, yelp.com/biz/larkwood-bristol, or Yelp's own id.

You get the newest reviews, as many as your plan gives (three at the most): stars,
the first 160 characters, who wrote them, and a link to the whole of each. Every
fetch costs one request of your day's allowance.

You do not get whole texts, pictures of reviews, or what the owner answered. A
review leaves the hub a day after it was last read, so fetch and publish more often
than once a day; and the average of all reviews is not shown, since Yelp wants it
mixed with no other.

    [[source]]
    name = "larkwood-yelp"
    connector = "yelp"
    business = "larkwood-bristol"
    token = "env:LARKWOOD_YELP_TOKEN"    # the API key
    # locale = "en_GB"                   # reviews in this language only
    # server = "https://api.yelp.com"
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Post, Rating, Secret, Terms

_ZONE = ZoneInfo("America/Los_Angeles")  # of its times, which name none; from memory, to be checked
_KEEP = timedelta(hours=24)  # from memory, to be checked
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?", re.ASCII)
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_BREATH = timedelta(minutes=1)  # after too many requests in a second
_BEST = 5
_CAUSES = {
    "TOKEN_INVALID": Cause.AUTH_DEAD,
    "TOKEN_MISSING": Cause.AUTH_DEAD,
    "VALIDATION_ERROR": Cause.BAD_DATA,
    "BUSINESS_NOT_FOUND": Cause.NOT_FOUND,
    "BUSINESS_UNAVAILABLE": Cause.NOT_FOUND,  # 403, but no other key would find it
    "ACCESS_LIMIT_REACHED": Cause.RATE_LIMITED,
    "TOO_MANY_REQUESTS_PER_SECOND": Cause.RATE_LIMITED,
}


@dataclass(frozen=True, slots=True)
class Yelp:
    """The newest reviews of one business."""

    business: str
    token: Secret
    locale: str = ""
    server: str = "https://api.yelp.com"
    network: ClassVar[str] = "yelp"
    # Every poll reads all that there is, so there is nothing to read anew besides (recheck).
    terms: ClassVar[Terms] = Terms(
        keep=_KEEP,
        recheck=None,
        syndicate=False,
        index=False,
        pictures=False,
        credit="Review from Yelp",
        note=(
            "Yelp wants its reviews unchanged, with a link to each, its ratings mixed with no others, and "
            "nothing kept for longer than 24 hours: publish more often than once a day."
        ),
    )

    def __post_init__(self) -> None:
        if not self.business or "/" in self.business:
            raise ValueError("business must be the last part of its page's address, such as larkwood-bristol")
        if self.locale and not _LOCALE.fullmatch(self.locale):
            raise ValueError("locale must be a language and a country, such as en_GB")
        if not urls.absolute(self.server):
            raise ValueError("server must be the full address of a server, such as https://api.yelp.com")

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the newest reviews, whatever was read before: each may be shown a day from now.

        ``since`` is ``{"id": …}``, so that a renamed business is still found. Yelp lets
        ids be kept for ever, and of a business we keep nothing else.
        """
        identity = json.loads(since)["id"] if since else (yield from self._look_up())
        response = yield self._ask(f"{identity}/reviews", sort_by="newest", locale=self.locale or None)
        page = _checked(response)
        if not isinstance(page.at("reviews").value, list):
            raise BadData("Yelp sent no list of reviews")
        lang = text.language(self.locale) or _only(page.texts("possible_languages"))
        posts, rejected = apis.listed(page.each("reviews"), lambda item: _post(item, source, lang), "review")
        return Batch(
            tuple(posts),
            rejected=tuple(rejected),
            since=json.dumps({"id": identity}),
            window=_window(page, posts),
        )

    def _look_up(self) -> Generator[Request, Response, str]:
        response = yield self._ask(quote(self.business, safe=""))
        identity = _checked(response).need("id")
        if not _ID.fullmatch(identity):  # it is to be part of an address
            raise BadData("Yelp gives the business an id that is none")
        return identity

    def _ask(self, path: str, **query: object) -> Request:
        return apis.get(f"{self.server.rstrip('/')}/v3/businesses/{path}", query, token=self.token)


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"error": {"code": …, "description": …}}``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    code = said.text("error", "code")
    cause = _CAUSES.get(code) or (Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None)
    refusal = apis.refusal(response, "Yelp", cause, said.text("error", "description") or code)
    refusal.retry_at = _retry_at(code, response, refusal)
    raise refusal


def _retry_at(code: str, response: Response, refusal: PlatformError) -> datetime | None:
    """The moment to wait for. Every answer names the end of the day's allowance, whatever was exceeded."""
    if code == "TOO_MANY_REQUESTS_PER_SECOND":
        return response.at + _BREATH
    if code == "ACCESS_LIMIT_REACHED" and refusal.retry_at is None:
        midnight = response.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1)
    return refusal.retry_at


def _window(page: Data, posts: list[Post]) -> datetime | None:
    """Back to when we see everything. What is older is not gone, but ends when its day is over."""
    total = page.count("total")
    if total is not None and total <= len(page.each("reviews")):
        return EVER
    return min((post.published for post in posts if post.published), default=None)


def _post(item: Data, source: str, lang: str) -> Post:
    permalink = item.web("url")
    if not permalink:
        raise BadData("it has no url")
    stars = item.number("rating") or 0
    plain = item.text("text").strip()
    if not (plain or 0 < stars <= _BEST):
        raise BadData("it has neither stars nor text")
    html, body = apis.written(apis.marked(plain, apis.addresses(plain)), permalink)
    user = item.at("user")
    return Post(
        id=item.need("id"),
        source=source,
        kind=Kind.REVIEW,
        permalink=permalink,  # with Yelp's own parameters: its terms want the link as it is
        html=html,
        text=body,
        lang=lang,
        dir=text.direction(body, lang),
        author=Author(text.line(user.text("name")), "", user.web("profile_url"), user.web("image_url")),
        published=_published(item),
        rating=Rating(stars, _BEST) if 0 < stars <= _BEST else None,
    )  # without tags: the text is cut off, and so may the last one be


def _published(item: Data) -> datetime | None:
    found = item.moment("time_created")
    if found and _NAIVE.fullmatch(item.text("time_created").strip()):
        return found.replace(tzinfo=_ZONE)
    return found


def _only(languages: list[str]) -> str:
    """The language of all reviews, where they have but one."""
    return text.language(languages[0]) if len(languages) == 1 else ""


CONNECTOR: type[Connector] = Yelp
