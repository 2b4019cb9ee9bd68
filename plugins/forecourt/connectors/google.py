"""Google Business Profile: what customers wrote about one of your places, and what you answered.

You need to own or manage the verified profile, and a project in the Google Cloud
console to which Google has granted access to the Business Profile APIs (ask for it
with their form; before, every request is refused with a quota of 0). Enable "Google
My Business API" and "My Business Business Information API" there, make an OAuth
client (``client_id``, ``client_secret``), and let it in once, as the owner, with the
scope https://www.googleapis.com/auth/business.manage and access_type=offline: that
gives the refresh token. It lives until it is revoked or unused for six months, but for
seven days only while the consent screen is in "Testing". ``account`` and ``location``
are the numbers in accounts/…/locations/…

You get the reviews, up to the 500 that changed last: stars, text in the words of its
writer (Google's translation is left out), pictures, who wrote them, and your answers.

You do not get a link to each review, since Google has none: all lead to the place's
page, told apart by what stands after the #. Without ``place`` its address is looked up.

    [[source]]
    name = "larkwood-google"
    connector = "google"
    account = "104200000000000000001"
    location = "7300000000000000001"
    refresh_token = "env:LARKWOOD_GOOGLE_REFRESH"
    client_id = "104200000001-larkwood.apps.googleusercontent.com"
    client_secret = "env:LARKWOOD_GOOGLE_SECRET"
    # token = "env:LARKWOOD_GOOGLE_TOKEN"     # one of an hour, instead of the three above
    # place = "https://maps.google.com/maps?cid=1042"    # its page, if it cannot be looked up
    # replies = false                         # leave out what you answered
    # server = "https://mybusiness.googleapis.com"
    # information = "https://mybusinessbusinessinformation.googleapis.com"
    # login = "https://oauth2.googleapis.com"
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause
from forecourt.model import Author, Kind, Media, Post, Rating, Secret, Terms

_PAGE = 50  # reviews; the most that Google gives
_PAGES = 10  # what is not read again leaves the hub after _KEEP, so more than elsewhere
_KEEP = timedelta(days=30)  # from memory, to be checked
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_NOT_SHOWN = frozenset({"PENDING", "REJECTED"})  # states of an answer; from memory, to be checked
_NAMELESS = "A Google user"  # as Google itself calls them
# A comment in a foreign language holds the translation too, before or after it; from memory, to be checked.
_TRANSLATED = re.compile(r"\s*\(Translated by Google\)\s*")
_ORIGINAL = re.compile(r"\s*\(Original\)\s*")
_NUMBER = re.compile(r"[\w-]+", re.ASCII)
_CAUSES = {
    "UNAUTHENTICATED": Cause.AUTH_EXPIRED,
    "PERMISSION_DENIED": Cause.PERMISSION,
    "NOT_FOUND": Cause.NOT_FOUND,
    "RESOURCE_EXHAUSTED": Cause.RATE_LIMITED,
    "INVALID_ARGUMENT": Cause.BAD_DATA,
    "FAILED_PRECONDITION": Cause.BAD_DATA,
    "UNAVAILABLE": Cause.TRANSIENT,
    "INTERNAL": Cause.TRANSIENT,
    "DEADLINE_EXCEEDED": Cause.TRANSIENT,
}


@dataclass(frozen=True, slots=True)
class Google:
    """The reviews of one place, as its owner may read them."""

    account: str
    location: str
    place: str = ""
    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    replies: bool = True
    server: str = "https://mybusiness.googleapis.com"
    information: str = "https://mybusinessbusinessinformation.googleapis.com"
    login: str = "https://oauth2.googleapis.com"
    network: ClassVar[str] = "google"
    terms: ClassVar[Terms] = Terms(
        keep=_KEEP,
        credit="Review from Google",
        note="Google wants reviews shown as they are, with its name, and kept for no longer than 30 days.",
    )
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = None  # an hour, which Google tells with each

    def __post_init__(self) -> None:
        for name, said in (("account", self.account), ("location", self.location)):
            if not _NUMBER.fullmatch(said.removeprefix(f"{name}s/")):
                raise ValueError(f"{name} must be the number after {name}s/, such as 1042")
        if self.place and not urls.absolute(self.place):
            raise ValueError("place must be the full address of the place's page on Google Maps")
        for name, said in (("server", self.server), ("information", self.information), ("login", self.login)):
            if not urls.absolute(said):
                raise ValueError(f"{name} must be a full address, such as https://oauth2.googleapis.com")
        if self.token is None and not self.renews:
            raise ValueError("refresh_token must be given with client_id and client_secret, or else a token")

    @property
    def renews(self) -> bool:
        """Whether it can ask for a new token."""
        return bool(self.refresh_token and self.client_id and self.client_secret)

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for the token of the next hour; the refresh token stays the same."""
        refresh = (grant and grant.refresh) or self.refresh_token
        request = apis.form(
            f"{self.login.rstrip('/')}/token",
            {
                "grant_type": "refresh_token",
                "refresh_token": refresh.reveal() if refresh else "",
                "client_id": self.client_id,
                "client_secret": self.client_secret.reveal() if self.client_secret else "",
            },
        )
        # Google does not repeat the refresh token: kept in the grant, it says that the hour's end is no end.
        last = Grant(grant.token if grant else Secret(""), refresh=refresh)
        return (yield from apis.renewed(request, "Google", last))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the reviews that changed or were answered since; without ``since``, for the last 500.

        ``since`` is ``{"place": …, "name": …, "seen": …}``: where the place's page is, what
        the place is called, and the newest change that we know. The newest changes come
        first, so that a quiet place costs one request.
        """
        known = json.loads(since) if since else {}
        place, name = self.place or known.get("place", ""), known.get("name", "")
        if not place:
            place, name = yield from self._look_up()
        seen = datetime.fromisoformat(known["seen"]) if known.get("seen") else None
        items, window, newest = yield from self._changed(seen)
        reviews, rejected = apis.listed(items, lambda item: _review(item, source, place), "review")
        answered = [_answer(item, source, place, name) for item in items] if self.replies else []
        there = {post.permalink for post in reviews}
        return Batch(
            (*reviews, *(post for post in answered if post and post.in_reply_to in there)),
            rejected=tuple(rejected),
            since=json.dumps({"place": place, "name": name, "seen": newest.isoformat() if newest else ""}),
            window=None if since else window,
            threads=tuple(post.permalink for post in reviews) if self.replies else (),
        )

    def _look_up(self) -> Generator[Request, Response, tuple[str, str]]:
        """The address of the place's page on Google Maps, and its name."""
        location = self.location.removeprefix("locations/")
        response = yield apis.get(
            f"{self.information.rstrip('/')}/v1/locations/{location}",
            {"readMask": "title,metadata"},
            token=self.token,
        )
        found = _checked(response)
        page = found.web("metadata", "mapsUri")
        if not page:
            raise BadData("Google names no page on Maps for this location; say place = in sources.toml")
        return page, text.line(found.text("title"))

    def _changed(self, seen: datetime | None) -> Generator[Request, Response, _Items]:
        """The reviews that changed after ``seen``, back to when they are complete, and the newest change."""
        account, location = self.account.removeprefix("accounts/"), self.location.removeprefix("locations/")
        address = f"{self.server.rstrip('/')}/v4/accounts/{account}/locations/{location}/reviews"
        items: list[Data] = []
        newest, following = seen, ""
        for _ in range(_PAGES):
            query = {"pageSize": _PAGE, "orderBy": "updateTime desc", "pageToken": following or None}
            response = yield apis.get(address, query, token=self.token)
            page = _checked(response)
            # A place without any leaves them out, and all the rest mostly, too.
            is_none = page.value == {} or (page.has("totalReviewCount") and not page.has("reviews"))
            if not (is_none or isinstance(page.at("reviews").value, list)):
                raise BadData("Google sent no list of reviews")
            found = page.each("reviews")
            items += [item for item in found if seen is None or _touched(item) > seen]
            # Not later than now: a date of 2099 would hide all that comes after it.
            touched = [min(_touched(item), response.at) for item in found]
            newest = max((*touched, *filter(None, [newest])), default=None)
            following = page.text("nextPageToken")
            if not following or (seen and any(_updated(item) <= seen for item in found)):
                return items, EVER, newest
        # By change, not by date: one that is newer than the oldest change here cannot lie further back.
        return items, min(map(_updated, items), default=None), newest


_Items = tuple[list[Data], datetime | None, datetime | None]


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: google.rpc.Status in ``error``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    details = said.each("error", "details")
    cause = _CAUSES.get(said.text("error", "status"))
    if any(detail.text("metadata", "quota_limit_value") == "0" for detail in details):
        cause = Cause.PERMISSION  # no quota at all: the project has not been granted access
    refusal = apis.refusal(response, "Google", cause, said.text("error", "message"))
    if refusal.cause in {Cause.RATE_LIMITED, Cause.TRANSIENT} and refusal.retry_at is None:
        refusal.retry_at = _retry_at(details, response)
    raise refusal


def _retry_at(details: list[Data], response: Response) -> datetime | None:
    """The moment that google.rpc.RetryInfo names, as in ``{"retryDelay": "34s"}``."""
    delays = (detail.text("retryDelay") for detail in details)
    seconds = [Data(delay.removesuffix("s")).number() or 0 for delay in delays if delay.endswith("s")]
    longest = max(seconds, default=0)
    return response.at + timedelta(seconds=min(longest, 24 * 3600)) if longest > 0 else None


def _updated(item: Data) -> datetime:
    return item.moment("updateTime") or item.moment("createTime") or EVER


def _touched(item: Data) -> datetime:
    """When the review was changed or answered: an answer does not move the review's own date."""
    return max(_updated(item), item.moment("reviewReply", "updateTime") or EVER)


def _review(item: Data, source: str, place: str) -> Post:
    stars = _STARS.get(item.text("starRating"))
    html, body = _said(item.text("comment"), place)
    media = tuple(filter(None, map(_media, item.each("reviewMediaItems"))))
    if not (stars or body or media):
        raise BadData("it has neither stars nor text")
    published, updated = item.moment("createTime"), item.moment("updateTime")
    return Post(
        id=item.need("reviewId"),
        source=source,
        kind=Kind.REVIEW,
        permalink=_permalink(item, place),
        html=html,
        text=body,
        dir=text.direction(body),
        author=_reviewer(item.at("reviewer")),
        published=published,
        updated=updated if updated != published else None,
        media=media,
        rating=Rating(stars) if stars else None,
        tags=text.hashtags(body),
    )


def _answer(item: Data, source: str, place: str, name: str) -> Post | None:
    """What the owner answered; the API says not who of them it was."""
    said = item.at("reviewReply")
    html, body = _said(said.text("comment"), place)
    if not body or said.text("reviewReplyState") in _NOT_SHOWN:
        return None
    permalink = _permalink(item, place)
    return Post(
        id=f"{item.text('reviewId')}/reply",
        source=source,
        kind=Kind.REPLY,
        permalink=permalink,
        html=html,
        text=body,
        dir=text.direction(body),
        author=Author(name, "", place),
        published=said.moment("updateTime"),
        in_reply_to=permalink,
    )


def _permalink(item: Data, place: str) -> str:
    """The place's page, and after the # which review is meant.

    A browser shows the same page for all, and each still has an address of its own: by
    it the store knows which review an answer, or its absence, belongs to.
    """
    page = place.partition("#")[0]
    return urls.absolute(f"{page}#review-{quote(item.text('reviewId'), safe='')}")


def _said(comment: str, place: str) -> tuple[str, str]:
    plain = _original(comment)
    return apis.written(apis.marked(plain, apis.addresses(plain)), place)


def _original(comment: str) -> str:
    """The words of whoever wrote them, without Google's translation before or after."""
    before, mark, after = _parted(_TRANSLATED, comment)
    if not mark:
        return comment.strip()
    _, mark, original = _parted(_ORIGINAL, after)
    return (original if mark else before or after).strip()


def _parted(mark: re.Pattern[str], plain: str) -> tuple[str, bool, str]:
    found = mark.search(plain)
    return (plain[: found.start()], True, plain[found.end() :]) if found else (plain, False, "")


def _reviewer(reviewer: Data) -> Author:
    if reviewer.flag("isAnonymous"):
        return Author(_NAMELESS)
    return Author(
        text.line(reviewer.text("displayName")) or _NAMELESS, "", "", reviewer.web("profilePhotoUrl")
    )


def _media(item: Data) -> Media | None:
    film, picture = item.web("videoUrl"), item.web("thumbnailUrl")
    if film:
        return Media("video", film, poster=picture)
    return Media("image", picture) if picture else None


CONNECTOR: type[Connector] = Google
