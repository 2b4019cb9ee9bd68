"""Foursquare: links to the tips that visitors left for one place.

You need a service key: at foursquare.com/developers, in a project, "Generate service
API key". It does not end. ``place`` is the last part of the address of the place's
page. Every fetch is one call at the price of Premium; read your own agreement before
you write ``enabled = true``.

You get a link to each of the newest 50 tips, under a title of your own words, on the
day on which the hub first saw it.

You do not get words, pictures, dates or counts of the tips: Foursquare does not allow
them to be kept, and a page of a hub is kept.

    [[source]]
    name = "larkwood-foursquare"
    connector = "foursquare"
    enabled = true                              # your agreement allows it
    place = "5f3c1a90b27d4e1a6c0d9e21"
    token = "env:LARKWOOD_FOURSQUARE_TOKEN"     # the service key
    # title = "A tip on Foursquare"             # stands for the words that may not be kept
    # site = "https://foursquare.com"           # where its links lead
    # server = "https://places-api.foursquare.com"
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

from forecourt import apis, text, urls
from forecourt.apis import Data
from forecourt.connectors import EVER, Batch, Connector, Conversation, Response
from forecourt.errors import BadData, Cause
from forecourt.model import Kind, Post, Secret, Terms

VERSION = "2025-06-17"
"""``X-Places-Api-Version``: without it, or with another one, Foursquare answers nothing."""

_TIPS = 50  # the most that it gives; there is no second page
_PAGE_OF_A_TIP = "item"  # below the site; from memory, to be checked


@dataclass(frozen=True, slots=True)
class Foursquare:
    """Links to the tips for one place.

    Its usage guidelines (of 2026-02-12) let ids of places and of photos be cached
    without end, and of all else nothing on a server, by nobody: no text, no picture, no
    date, no count. So the tips' ids are all that we ask for, and all that a post holds
    is the id, without which there is no link, and the link. Whether even that is more
    than a tip's id may be used for is between an operator and Foursquare; hence the
    switch. ``published`` is the day on which the hub first saw the tip, which is ours.
    """

    place: str
    token: Secret
    title: str = "A tip on Foursquare"
    site: str = "https://foursquare.com"
    server: str = "https://places-api.foursquare.com"
    network: ClassVar[str] = "foursquare"
    # Every poll reads all that there is, so there is nothing to read anew besides (recheck).
    terms: ClassVar[Terms] = Terms(
        recheck=None,
        syndicate=False,
        index=False,
        pictures=False,
        credit="Powered by Foursquare",
        enabled=False,
        note=(
            "Foursquare forbids to keep what its tips say, so the hub links to them and keeps nothing but "
            "their ids; whether your agreement allows that is for you to say."
        ),
    )

    def __post_init__(self) -> None:
        if not self.place or "/" in self.place:
            raise ValueError("place must be the last part of its page's address on Foursquare")
        if not text.line(self.title):
            raise ValueError("title must be a few words: they stand for those that may not be kept")
        for name, address in (("site", self.site), ("server", self.server)):
            if not urls.absolute(address):
                raise ValueError(f"{name} must be a full address, such as https://foursquare.com")

    def poll(self, source: str, since: str) -> Conversation:  # there is nothing to be remembered
        """Ask for the ids of the newest tips: one request, whatever was read before."""
        response = yield apis.get(
            f"{self.server.rstrip('/')}/places/{quote(self.place, safe='')}/tips",
            {"limit": _TIPS, "sort": "NEWEST", "fields": "fsq_tip_id"},
            token=self.token,
            headers={"X-Places-Api-Version": VERSION},
        )
        page = _checked(response)
        if not isinstance(page.value, list):
            raise BadData("Foursquare sent no list of tips")
        posts, rejected = apis.listed(page.each(), lambda item: self._post(item, source), "tip")
        return Batch(
            tuple(posts), rejected=tuple(rejected), window=EVER if len(page.each()) < _TIPS else None
        )

    def _post(self, item: Data, source: str) -> Post:
        identity = item.need("fsq_tip_id")
        return Post(
            id=identity,
            source=source,
            kind=Kind.REVIEW,
            permalink=urls.absolute(f"{self.site.rstrip('/')}/{_PAGE_OF_A_TIP}/{quote(identity, safe='')}"),
            title=text.line(self.title),
        )


def _checked(response: Response) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{"message": …}``, and its status."""
    said = apis.refused(response)
    if said is not None:
        cause = Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None  # a key does not end
        raise apis.refusal(response, "Foursquare", cause, said.text("message"))
    return apis.read(response)


CONNECTOR: type[Connector] = Foursquare
