"""What search engines read of a page: schema.org as JSON-LD, for the page's ``<script type="application/ld+json">``.

Nothing is claimed that the page does not show, and nothing that is not ours to claim:

* A review that was written elsewhere is a posting without its stars. Google's rules for reviews ask for those of
  the site's own visitors, and forbid marking up ratings taken from other sites, above all of the business that the
  site belongs to; the page shows them, with their origin beside them. There is no aggregateRating anywhere.
* A product is marked up only with a price in a known currency: without an offer there is no result that it could
  be. The offer leads to where it is sold. The price before a sale is left out: nobody here can vouch for it.
* An event needs a place, and a film a picture and a player on this page; without them they are postings.
* A home page without a search that works without script has no SearchAction.

What is not known is left out, and never made up; 0 is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from forecourt.model import Event, Price
from forecourt.site import addresses
from forecourt.site.addresses import Addresses
from forecourt.site.views import AccountView, BrandView, Card, Link, ListingView, Picture, ShopView

Data = Mapping[str, Any]  # Any: what JSON can hold

_CONTEXT = "https://schema.org"
_CURRENCY = re.compile(r"[A-Z]{3}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
_TYPES = {"article": "BlogPosting", "episode": "PodcastEpisode"}
_UNSAFE = [(character, f"\\u{ord(character):04x}") for character in "<>&\u2028\u2029"]

_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the hub: the brand, where it is on the web elsewhere, and where the hub stands.

    ``profiles`` are the addresses of its own accounts, not of its local stores'.
    """

    brand: BrandView
    profiles: Sequence[str]
    where: Addresses
    language: str

    @property
    def home(self) -> str:
        """The whole address of the hub's first page."""
        return self.where.absolute(addresses.HOME)

    def whole(self, link: str) -> str:
        """The whole address of a link as pages have it; that of another site is whole already, or "" if it is none."""
        if link.startswith("/") and not link.startswith("//"):
            return self.where.origin + link
        return link if link.startswith(("https://", "http://")) else ""


def text(data: Data) -> Markup:
    """The data as text that is safe inside a script element: no tag, no entity and no line of another's begins there.

    The same data give the same text. What is empty is left out; "" for nothing.
    """
    said = _object(data)
    if not said:
        return Markup()
    try:
        written = _encode(said).decode()
    except UnicodeEncodeError:  # a lone surrogate, which no page can hold
        written = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        written = written.encode("utf-8", "ignore").decode()
    for character, escape in _UNSAFE:
        written = written.replace(character, escape)
    return Markup(written)  # noqa: S704 - nothing of HTML is left in it


def home(by: Publisher) -> Data:
    """The home page: the organisation, and the web site that it publishes."""
    organisation = {
        **_organisation(by),
        "@id": f"{by.home}#organization",
        "description": by.brand.description,
        "slogan": by.brand.tagline,
        "sameAs": _webs(by, by.profiles),
    }
    site = {
        "@id": f"{by.home}#website",
        "@type": "WebSite",
        "description": by.brand.description or by.brand.tagline,
        "inLanguage": by.language,
        "name": by.brand.name,
        "publisher": {"@id": f"{by.home}#organization"},
        "url": by.home,
    }
    return {"@context": _CONTEXT, "@graph": [organisation, site]}


def listing(by: Publisher, view: ListingView, trail: Sequence[Link]) -> Data:
    """A page that shows several posts; ``trail`` leads there from below the home page, the page itself at its end."""
    return {"@context": _CONTEXT, "@graph": [_collection(by, view, trail), _breadcrumbs(by, trail)]}


def store(
    by: Publisher, view: ListingView, accounts: Sequence[AccountView], trail: Sequence[Link],
    written: ShopView | None = None,
) -> Data:  # fmt: skip
    """The page of a local store: as ``listing``, and the store with its own accounts, and what the editors wrote."""
    url = by.whole(view.url)
    shop = {
        **(_shop(by, written) if written else {}),
        "@id": f"{url}#store",
        "@type": "Store",
        "name": view.title,
        "parentOrganization": _organisation(by),
        "sameAs": _webs(by, [account.profile for account in accounts]),
        "url": url,
    }
    page = {**_collection(by, view, trail), "about": {"@id": shop["@id"]}}
    return {"@context": _CONTEXT, "@graph": [page, shop, _breadcrumbs(by, trail)]}


def _shop(by: Publisher, shop: ShopView) -> Data:
    """Where a store is, and when it is open."""
    address = {
        "addressCountry": shop.country,
        "addressLocality": shop.town_name,
        "streetAddress": shop.address,
    }
    said = {
        **address,
        "postalCode": " ".join(word for word in shop.town.split() if word not in shop.town_name.split()),
    }
    return {
        "address": {"@type": "PostalAddress", **said} if any(address.values()) else None,
        "email": shop.email,
        "geo": {"@type": "GeoCoordinates", "latitude": shop.latitude, "longitude": shop.longitude}
        if shop.latitude is not None
        else None,
        "image": [by.whole(picture.url) for picture in shop.pictures],
        "openingHours": [*shop.opening],
        "telephone": shop.phone,
    }


def post(by: Publisher, card: Card) -> Data:
    """The page of a post."""
    if card.kind == "event" and card.event and (card.event.place or card.venue):
        return {"@context": _CONTEXT, **_event(by, card, card.event)}
    if card.kind == "product" and card.price and _is_offer(card.price):
        return {"@context": _CONTEXT, **_product(by, card, card.price)}
    return {"@context": _CONTEXT, **_posting(by, card)}


def article(by: Publisher, card: Card) -> Data:
    """The page of an article that the editors wrote."""
    return {
        "@context": _CONTEXT,
        **_work(by, card),
        "@type": "NewsArticle",
        "author": _author(by, card),
        "description": card.excerpt,
        "headline": card.title,
        "image": _images(by, card.pictures),
        "mainEntityOfPage": by.whole(card.url),
        "publisher": _organisation(by),
    }


def page(by: Publisher, card: Card) -> Data:
    """A page that the editors wrote, a campaign's or an event's among them."""
    trail = [Link(card.title, card.url)]
    said = {
        "@type": "WebPage",
        "dateModified": _moment(card.updated or card.published),
        "description": card.excerpt,
        "image": _images(by, card.pictures),
        "inLanguage": _language(card),
        "isPartOf": _site(by),
        "name": card.title,
        "publisher": _organisation(by),
        "url": by.whole(card.url),
    }
    about = [_event(by, card, card.event)] if card.event and (card.event.place or card.venue) else []
    return {"@context": _CONTEXT, "@graph": [said, *about, _breadcrumbs(by, trail)]}


# What pages are of


def _collection(by: Publisher, view: ListingView, trail: Sequence[Link]) -> Data:
    here = trail[-1] if trail else Link(view.title, view.url)
    return {
        "@id": by.whole(here.url),
        "@type": "CollectionPage",
        "description": view.description,
        "inLanguage": by.language,
        "isPartOf": _site(by),
        "name": here.label if here.url == view.url else f"{view.title}, {here.label}",
        "sameAs": by.whole(view.profile),
        "url": by.whole(here.url),
    }


def _breadcrumbs(by: Publisher, trail: Sequence[Link]) -> Data:
    """The way to a page; Google shows none of one step."""
    steps = [Link(by.brand.name, by.where.page(addresses.HOME)), *trail]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "item": by.whole(step.url), "name": step.label, "position": place}
            for place, step in enumerate(steps, start=1)
        ],
    }


def _posting(by: Publisher, card: Card) -> Data:
    """What somebody posted; without the stars of a review (see above)."""
    return {
        **_work(by, card),
        "@type": _TYPES.get(card.kind, "SocialMediaPosting"),
        "author": _author(by, card),
        "associatedMedia": _recording(by, card),
        "creditText": card.source.credit,
        "headline": card.title,
        "image": _images(by, card.pictures),
        "interactionStatistic": _interactions(card),
        "isBasedOn": by.whole(card.permalink),
        "sharedContent": {"@type": "WebPage", "url": by.whole(card.quotes)},
        "text": card.excerpt,
        "video": _video(by, card),
    }


def _product(by: Publisher, card: Card, price: Price) -> Data:
    schema = "https://schema.org/"
    stock = {True: f"{schema}InStock", False: f"{schema}OutOfStock", None: ""}
    return {
        "@type": "Product",
        "description": card.excerpt,
        "image": _images(by, card.pictures),
        "name": card.title or card.excerpt,
        "offers": {
            "@type": "Offer",
            "availability": stock[price.available],
            "price": f"{price.amount:f}",
            "priceCurrency": price.currency,
            "url": by.whole(card.permalink),
        },
        "url": by.whole(card.url),
    }


def _is_offer(price: Price) -> bool:
    return price.amount.is_finite() and price.amount >= 0 and _CURRENCY.fullmatch(price.currency) is not None


def _event(by: Publisher, card: Card, event: Event) -> Data:
    """An event. One of a network that is called off is taken down there; those of the editors' say so."""
    is_online = event.place.startswith(("https://", "http://"))
    mode = "OnlineEventAttendanceMode" if is_online else "OfflineEventAttendanceMode"
    place = {"@type": "Place", "address": event.place, "name": event.place}
    if is_online:
        place = {"@type": "VirtualLocation", "url": event.place}
    elif card.venue:
        address = card.venue.address or card.venue.title
        place = {
            "@type": "Place",
            "address": address,
            "name": card.venue.title,
            "url": by.whole(card.venue.url),
        }
    return {
        "@type": "Event",
        "description": card.excerpt,
        "endDate": _moment(event.end),
        "eventAttendanceMode": f"https://schema.org/{mode}",
        "eventStatus": f"https://schema.org/{'EventCancelled' if card.cancelled else 'EventScheduled'}",
        "image": _images(by, card.pictures),
        "inLanguage": _language(card),
        "location": place,
        "name": card.title or card.excerpt or _named(card),
        "organizer": {"@type": "Organization", "name": _named(card), "url": by.whole(card.author.url)},
        "sameAs": by.whole(card.permalink),
        "startDate": _moment(event.start),
        "url": by.whole(card.url),
    }


def _work(by: Publisher, card: Card) -> dict[str, Any]:
    return {
        "dateModified": _moment(card.updated),
        "datePublished": _moment(card.published) if card.dated else "",
        "inLanguage": _language(card),
        "keywords": [tag.label for tag in card.tags],
        "url": by.whole(card.url),
    }


# Of what they are made


def _organisation(by: Publisher) -> dict[str, Any]:
    logo = by.whole(by.brand.logo)
    return {"@type": "Organization", "logo": logo, "name": by.brand.name, "url": by.home}


def _site(by: Publisher) -> Data:
    return {"@id": f"{by.home}#website", "@type": "WebSite", "name": by.brand.name, "url": by.home}


def _author(by: Publisher, card: Card) -> Data:
    """Who wrote it: the brand where it bears its name or is one of its accounts, otherwise a person."""
    name, url = _named(card), by.whole(card.author.url)
    is_ours = name.casefold() == by.brand.name.casefold() or (url and url in by.profiles)
    if card.editorial and is_ours:
        return _organisation(by)
    return {
        "@type": "Organization" if is_ours else "Person",
        "alternateName": card.author.handle if card.author.handle != name else "",
        "image": by.whole(card.author.avatar.url) if card.author.avatar else "",
        "name": name,
        "url": url,
    }


def _named(card: Card) -> str:
    return card.author.name or card.author.handle or card.source.label


def _images(by: Publisher, pictures: Sequence[Picture]) -> list[Data]:
    return [
        {
            "@type": "ImageObject",
            "caption": picture.alt,
            "height": picture.height,
            "url": by.whole(picture.url),
            "width": picture.width,
        }
        for picture in pictures
    ]


def _video(by: Publisher, card: Card) -> Data:
    """The film of a post, where it can be watched on its page."""
    is_here = card.playable == "video" and (card.player or card.recording)
    if not (is_here and card.pictures and card.dated):
        return {}
    return {
        "@type": "VideoObject",
        "contentUrl": by.whole(card.recording),
        "description": card.excerpt,
        "duration": _duration(card.duration),
        "embedUrl": by.whole(card.player),
        "name": card.title or card.excerpt or _named(card),
        "thumbnailUrl": by.whole(card.pictures[0].url),
        "uploadDate": _moment(card.published),
    }


def _recording(by: Publisher, card: Card) -> Data:
    """The recording of a post, where it can be heard on its page."""
    if card.playable != "audio" or not card.recording:
        return {}
    return {
        "@type": "AudioObject",
        "contentUrl": by.whole(card.recording),
        "duration": _duration(card.duration),
    }


def _interactions(card: Card) -> list[Data]:
    counts = {
        "LikeAction": card.likes,
        "CommentAction": card.comments,
        "ShareAction": card.shares,
        "WatchAction" if card.playable == "video" else "ViewAction": card.views,
    }
    return [
        {
            "@type": "InteractionCounter",
            "interactionType": f"https://schema.org/{action}",
            "userInteractionCount": count,
        }
        for action, count in counts.items()
        if count is not None
    ]


def _webs(by: Publisher, links: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(by.whole, links))))


def _language(card: Card) -> str:
    return card.lang if _LANGUAGE.fullmatch(card.lang) else ""


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _duration(seconds: int | None) -> str:
    """As ISO 8601 writes it: PT1H2M3S."""
    if not seconds or seconds < 0:
        return ""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


def _object(said: Data) -> Data:
    """An object without what is empty: "", None, a list of nothing; nothing of one that says but its type.

    By the very types, and in loops: it is done for every part of every page, and took ten times as long.
    """
    kept = {}
    for name, value in said.items():
        filled = _filled(value)
        if filled is not None:
            kept[name] = filled
    return kept if len(kept) > ("@type" in kept) + ("@context" in kept) else {}


def _filled(value: Any) -> Any:  # Any: what JSON can hold
    """What is left of a value, None where it is empty."""
    kind = type(value)
    if kind is str:
        return value.strip() or None
    if kind is dict:
        return _object(value) or None
    if kind is list:
        return [filled for filled in map(_filled, value) if filled is not None] or None
    return _filled(str(value)) if isinstance(value, str) else value  # Markup, and words of an Enum
