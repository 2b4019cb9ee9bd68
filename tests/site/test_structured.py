"""What search engines are told of pages: true, in the form that they ask for, and harmless in a page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from forecourt.model import Event, Price, Rating
from forecourt.site import structured
from forecourt.site.addresses import Addresses
from forecourt.site.structured import Publisher
from forecourt.site.views import (
    AccountFeeds,
    AccountView,
    AuthorView,
    BrandView,
    Card,
    Link,
    ListingLink,
    ListingView,
    Picture,
    SourceView,
)

PARIS = timezone(timedelta(hours=1))
MASTODON = "https://social.example/@larkwood"
BRAND = BrandView(
    name="Larkwood",
    tagline="Homes with a story",
    description="What our community makes",
    hashtag="#LarkwoodHome",
    hero_credit="",
    logo="/hub/images/logo.svg",
    hero=None,
    links=(Link("Shop", "https://www.larkwood.example"),),
)
BY = Publisher(
    BRAND, (MASTODON, "https://photos.example/larkwood"), Addresses("https://hub.example/hub"), "en"
)
HERE = "https://hub.example/hub"
PICTURE = Picture("/hub/pictures/ab/one-1280.webp", 1280, 960, "Three vases")
CARD = Card(
    kind="note",
    form="note",
    url="/hub/posts/abc/",
    permalink="https://social.example/@ann/1",
    title="",
    excerpt="Look what I mended",
    html=Markup("<p>Look what I mended</p>"),
    lang="en-GB",
    dir="ltr",
    author=AuthorView("Ann", "@ann@social.example", "https://social.example/@ann"),
    network=ListingLink("mastodon", "Mastodon", "/hub/networks/mastodon/"),
    source=SourceView("Larkwood on Mastodon", "/hub/sources/larkwood-mastodon/"),
    published=datetime(2026, 11, 20, 9, 30, tzinfo=PARIS),
)
LISTING = ListingView("tag", "#oak", "Topic", "", "/hub/tags/oak/", 3)
TRAIL = [Link("Topics", "/hub/tags/"), Link("#oak", "/hub/tags/oak/")]
PRODUCT = replace(
    CARD,
    kind="product",
    title="Oak bench",
    price=Price(Decimal("1290.00"), "EUR", Decimal(1490), available=True),
)
EVENT = replace(
    CARD,
    kind="event",
    title="Repair day",
    event=Event(
        datetime(2026, 12, 5, 10, tzinfo=PARIS),
        datetime(2026, 12, 5, 17, tzinfo=PARIS),
        "Rue du Puits 4, Lyon",
    ),
)
FILM = replace(
    CARD, kind="video", title="A chair", playable="video", player="https://player.example/embed/1", pictures=(PICTURE,),
    duration=3725, views=9,
)  # fmt: skip
EVERYTHING = {
    "home": structured.home(BY),
    "listing": structured.listing(BY, LISTING, TRAIL),
    "store": structured.store(BY, replace(LISTING, kind="store", title="Lyon"), [], TRAIL),
    "post": structured.post(BY, CARD),
    "film": structured.post(BY, FILM),
    "product": structured.post(BY, PRODUCT),
    "event": structured.post(BY, EVENT),
    "article": structured.article(BY, CARD),
    "page": structured.page(BY, CARD),
}


def said(data: structured.Data) -> Any:
    """What a search engine reads."""
    return json.loads(structured.text(data))


def graph(data: structured.Data) -> dict[str, Any]:
    """The things that a page tells of, by their types."""
    return {each["@type"]: each for each in said(data)["@graph"]}


def post(card: Card) -> Any:
    return said(structured.post(BY, card))


# The text in the page

TURNING = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "&lt;/script&gt;",
    "a\u2028b\u2029c",
    '"},{"@type":"Review"',
    "back\\slash \\u003c",
    "null \x00 bell \x07",
]


class Scripts(HTMLParser):
    """The contents of a page's scripts, and how many other elements it has."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.others = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append("")
        else:
            self.others += 1

    def handle_data(self, data: str) -> None:
        if self.scripts:
            self.scripts[-1] += data


@pytest.mark.parametrize("words", TURNING)
def test_no_words_end_the_script_that_they_stand_in(words: str) -> None:
    author = AuthorView(words, words, f"https://a.example/{words}")
    card = replace(CARD, title=words, excerpt=words, author=author, tags=(Link(words, "/t/"),))
    text = structured.text(structured.post(BY, card))

    page = Scripts()
    page.feed(f'<script type="application/ld+json">{text}</script>')
    page.close()

    assert (len(page.scripts), page.others) == (1, 0)
    assert json.loads(page.scripts[0])["headline"] == words.strip()
    assert json.loads(page.scripts[0])["author"]["name"] == words.strip()


@given(st.text(max_size=40))
def test_any_text_is_read_back_as_it_was_and_holds_no_markup(words: str) -> None:
    text = structured.text({"@type": "Thing", "name": f"x{words}x"})

    assert not {*"<>&\u2028\u2029"} & {*text}
    assert json.loads(text)["name"] == f"x{words}x"


def test_lone_surrogates_reach_no_page() -> None:
    structured.text({"name": "a\ud800b"}).encode()
    assert said({"name": "a\ud800b"}) == {"name": "ab"}


def test_the_same_data_give_the_same_text_in_whatever_order_they_came() -> None:
    assert structured.text({"b": 1, "a": [{"d": 2, "c": 3}]}) == structured.text(
        {"a": [{"c": 3, "d": 2}], "b": 1}
    )


def test_what_is_empty_is_left_out_and_nothing_else() -> None:
    data = {
        "@type": "Thing", "a": "", "b": None, "c": [], "d": {"@type": "Place", "e": " "}, "f": 0, "g": [{}, "", "h"],
        "i": False, "j": Markup(" "), "k": Markup("&amp;"),
    }  # fmt: skip
    assert said(data) == {"@type": "Thing", "f": 0, "g": ["h"], "i": False, "k": "&amp;"}
    assert structured.text({"@type": "Thing", "@context": "https://schema.org"}) == ""


def addresses(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [
            address
            for name, value in data.items()
            for address in (
                [value]
                if name in {"url", "logo", "item", "@id", "contentUrl", "embedUrl", "thumbnailUrl"}
                and isinstance(value, str)
                else addresses(value)
            )
        ]
    return [address for each in data for address in addresses(each)] if isinstance(data, list) else []


@pytest.mark.parametrize("page", EVERYTHING)
def test_every_page_says_its_types_and_whole_addresses(page: str) -> None:
    data = said(EVERYTHING[page])

    assert data["@context"] == "https://schema.org"
    assert addresses(data)
    assert all(address.startswith(("https://hub.example/hub", "https://")) for address in addresses(data))
    for thing in data.get("@graph", [data]):
        assert thing["@type"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example/", "data:text/html,x", "ftp://a.example/"]
)
def test_an_address_that_is_none_of_the_web_is_left_out(address: str) -> None:
    card = replace(CARD, author=AuthorView("Ann", "", address), permalink=address, quotes=address)

    assert "url" not in post(card)["author"]
    assert not {"isBasedOn", "sharedContent"} & {*post(card)}


# The home page, listings, stores


def test_the_home_page_tells_of_the_brand_and_of_the_site() -> None:
    assert graph(structured.home(BY)) == {
        "Organization": {
            "@id": f"{HERE}/#organization",
            "@type": "Organization",
            "description": "What our community makes",
            "logo": "https://hub.example/hub/images/logo.svg",
            "name": "Larkwood",
            "sameAs": [MASTODON, "https://photos.example/larkwood"],
            "slogan": "Homes with a story",
            "url": f"{HERE}/",
        },
        "WebSite": {
            "@id": f"{HERE}/#website",
            "@type": "WebSite",
            "description": "What our community makes",
            "inLanguage": "en",
            "name": "Larkwood",
            "publisher": {"@id": f"{HERE}/#organization"},
            "url": f"{HERE}/",
        },
    }


def test_a_listing_says_the_way_to_it() -> None:
    told = graph(structured.listing(BY, LISTING, TRAIL))

    assert told["CollectionPage"]["name"] == "#oak"
    assert told["CollectionPage"]["url"] == f"{HERE}/tags/oak/"
    assert [
        (step["position"], step["name"], step["item"]) for step in told["BreadcrumbList"]["itemListElement"]
    ] == [(1, "Larkwood", f"{HERE}/"), (2, "Topics", f"{HERE}/tags/"), (3, "#oak", f"{HERE}/tags/oak/")]


def test_the_way_to_a_page_in_another_language_begins_at_its_home_page() -> None:
    by = replace(BY, where=replace(BY.where, language="fr"), language="fr")
    told = graph(structured.listing(by, LISTING, TRAIL))

    assert told["BreadcrumbList"]["itemListElement"][0]["item"] == f"{HERE}/fr/"
    assert told["CollectionPage"]["isPartOf"]["@id"] == f"{HERE}/#website"


def test_a_period_is_named_with_its_listing() -> None:
    month = Link("November 2026", "/hub/tags/oak/2026/11/")
    told = graph(structured.listing(BY, LISTING, [*TRAIL, Link("2026", "/hub/tags/oak/2026/"), month]))

    assert told["CollectionPage"]["name"] == "#oak, November 2026"
    assert told["CollectionPage"]["url"] == f"{HERE}/tags/oak/2026/11/"
    assert told["BreadcrumbList"]["itemListElement"][-1]["name"] == "November 2026"


def test_a_listing_says_nothing_that_changes_with_each_post() -> None:
    later = replace(LISTING, count=4, as_of=datetime(2026, 11, 22, tzinfo=UTC))

    assert structured.text(structured.listing(BY, LISTING, TRAIL)) == structured.text(
        structured.listing(BY, later, TRAIL)
    )


def test_a_store_is_part_of_the_brand_and_has_accounts_of_its_own() -> None:
    view = ListingView("store", "Lyon", "Store", "", "/hub/stores/lyon/", 3)
    network = ListingLink("mastodon", "Mastodon", "/hub/networks/mastodon/")
    feeds = AccountFeeds("/hub/a.xml", "/hub/rss.xml", "/hub/a.json")
    account = AccountView(
        "Larkwood Lyon", network, "https://social.example/@lyon", "/hub/sources/lyon/", feeds, "Lyon"
    )
    told = graph(structured.store(BY, view, [account], [Link("Lyon", view.url)]))

    assert told["Store"]["name"] == "Lyon"
    assert told["Store"]["parentOrganization"]["name"] == "Larkwood"
    assert told["Store"]["sameAs"] == ["https://social.example/@lyon"]
    assert told["CollectionPage"]["about"] == {"@id": told["Store"]["@id"]}


# Posts


def test_a_post_says_who_wrote_it_when_and_where_it_is_from() -> None:
    card = replace(
        CARD,
        likes=0,
        comments=3,
        quotes="https://social.example/@bo/2",
        updated=datetime(2026, 11, 21, tzinfo=UTC),
    )

    assert post(card) == {
        "@context": "https://schema.org",
        "@type": "SocialMediaPosting",
        "author": {
            "@type": "Person",
            "alternateName": "@ann@social.example",
            "name": "Ann",
            "url": "https://social.example/@ann",
        },
        "dateModified": "2026-11-21T00:00:00+00:00",
        "datePublished": "2026-11-20T09:30:00+01:00",
        "inLanguage": "en-GB",
        "interactionStatistic": [
            {
                "@type": "InteractionCounter",
                "interactionType": "https://schema.org/LikeAction",
                "userInteractionCount": 0,
            },
            {
                "@type": "InteractionCounter",
                "interactionType": "https://schema.org/CommentAction",
                "userInteractionCount": 3,
            },
        ],
        "isBasedOn": "https://social.example/@ann/1",
        "sharedContent": {"@type": "WebPage", "url": "https://social.example/@bo/2"},
        "text": "Look what I mended",
        "url": f"{HERE}/posts/abc/",
    }


def test_a_post_without_a_date_or_a_language_has_none() -> None:
    told = post(replace(CARD, dated=False, lang="not a language"))

    assert not {"datePublished", "inLanguage"} & {*told}


@pytest.mark.parametrize(
    ("author", "kind"),
    [
        (AuthorView("LARKWOOD"), "Organization"),
        (AuthorView("The hub's own", "", MASTODON), "Organization"),
        (AuthorView("Larkwood fan"), "Person"),
    ],
)
def test_the_brands_own_accounts_are_no_person(author: AuthorView, kind: str) -> None:
    assert post(replace(CARD, author=author))["author"]["@type"] == kind


def test_pictures_are_told_with_their_size_and_what_they_show() -> None:
    assert post(replace(CARD, pictures=(PICTURE,)))["image"] == [
        {
            "@type": "ImageObject",
            "caption": "Three vases",
            "height": 960,
            "url": f"{HERE}/pictures/ab/one-1280.webp",
            "width": 1280,
        }
    ]


def test_a_film_is_told_of_where_it_can_be_watched_on_the_page() -> None:
    film = post(FILM)

    assert film["video"] == {
        "@type": "VideoObject",
        "description": "Look what I mended",
        "duration": "PT1H2M5S",
        "embedUrl": "https://player.example/embed/1",
        "name": "A chair",
        "thumbnailUrl": f"{HERE}/pictures/ab/one-1280.webp",
        "uploadDate": "2026-11-20T09:30:00+01:00",
    }
    assert film["interactionStatistic"][0]["interactionType"] == "https://schema.org/WatchAction"


@pytest.mark.parametrize("lack", [{"player": ""}, {"pictures": ()}, {"dated": False}])
def test_a_film_that_lacks_what_is_asked_of_films_is_told_of_as_a_post(lack: dict[str, Any]) -> None:
    assert "video" not in post(replace(FILM, **lack))


def test_a_review_from_elsewhere_gives_no_stars() -> None:
    text = structured.text(structured.post(BY, replace(CARD, kind="review", rating=Rating(5))))

    assert json.loads(text)["@type"] == "SocialMediaPosting"
    assert "ating" not in text


def test_a_product_is_offered_where_it_is_sold() -> None:
    told = post(PRODUCT)

    assert told["@type"] == "Product"
    assert told["offers"] == {
        "@type": "Offer",
        "availability": "https://schema.org/InStock",
        "price": "1290.00",
        "priceCurrency": "EUR",
        "url": "https://social.example/@ann/1",
    }
    assert "1490" not in structured.text(structured.post(BY, PRODUCT))


def test_what_nobody_knows_of_the_stock_is_not_told() -> None:
    assert "availability" not in post(replace(PRODUCT, price=Price(Decimal(9), "EUR")))["offers"]
    sold_out = replace(PRODUCT, price=Price(Decimal(9), "EUR", available=False))
    assert post(sold_out)["offers"]["availability"] == "https://schema.org/OutOfStock"


@pytest.mark.parametrize(
    "price",
    [
        None,
        Price(Decimal(9)),
        Price(Decimal(9), "€"),
        Price(Decimal(-1), "EUR"),
        Price(Decimal("NaN"), "EUR"),
    ],
)
def test_a_product_without_a_price_that_can_be_told_is_a_post(price: Price | None) -> None:
    assert post(replace(PRODUCT, price=price))["@type"] == "SocialMediaPosting"


def test_an_event_says_when_and_where_with_the_zone() -> None:
    told = post(EVENT)

    assert told["@type"] == "Event"
    assert (told["startDate"], told["endDate"]) == ("2026-12-05T10:00:00+01:00", "2026-12-05T17:00:00+01:00")
    assert told["location"] == {
        "@type": "Place",
        "address": "Rue du Puits 4, Lyon",
        "name": "Rue du Puits 4, Lyon",
    }
    assert told["organizer"]["name"] == "Ann"
    assert told["eventStatus"] == "https://schema.org/EventScheduled"


def test_an_event_online_has_an_address_for_a_place() -> None:
    assert EVENT.event
    told = post(replace(EVENT, event=replace(EVENT.event, place="https://meet.example/1")))

    assert told["location"] == {"@type": "VirtualLocation", "url": "https://meet.example/1"}
    assert told["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"


def test_an_event_without_a_place_is_a_post() -> None:
    assert EVENT.event
    assert post(replace(EVENT, event=replace(EVENT.event, place="")))["@type"] == "SocialMediaPosting"


@pytest.mark.parametrize(("kind", "told"), [("article", "BlogPosting"), ("episode", "PodcastEpisode")])
def test_a_kind_that_has_a_word_of_its_own_is_called_by_it(kind: str, told: str) -> None:
    assert post(replace(CARD, kind=kind))["@type"] == told


def test_a_recording_that_is_heard_here_is_told_of() -> None:
    episode = replace(
        CARD, kind="episode", playable="audio", recording="https://pod.example/1.mp3", duration=61
    )

    assert post(episode)["associatedMedia"] == {
        "@type": "AudioObject",
        "contentUrl": "https://pod.example/1.mp3",
        "duration": "PT1M1S",
    }


# What the editors wrote


def test_an_article_of_the_editors_is_news_of_the_brand() -> None:
    author = AuthorView("Henrike Vos")
    card = replace(
        CARD, url="/hub/news/one/", permalink="", title="Winter hours", author=author, editorial=True
    )
    told = said(structured.article(BY, card))

    assert told["@type"] == "NewsArticle"
    assert told["headline"] == "Winter hours"
    assert told["author"] == {"@type": "Person", "name": "Henrike Vos"}
    assert told["publisher"] == {
        "@type": "Organization",
        "logo": "https://hub.example/hub/images/logo.svg",
        "name": "Larkwood",
        "url": f"{HERE}/",
    }
    assert told["mainEntityOfPage"] == f"{HERE}/news/one/"


def test_an_article_by_the_brand_is_by_the_brand() -> None:
    card = replace(CARD, title="Winter hours", author=AuthorView("Larkwood"), editorial=True)

    assert said(structured.article(BY, card))["author"]["@type"] == "Organization"


def test_a_page_is_a_page_of_the_site() -> None:
    card = replace(CARD, url="/hub/about/", title="About us", permalink="")
    told = graph(structured.page(BY, card))

    assert told["WebPage"]["url"] == f"{HERE}/about/"
    assert told["WebPage"]["isPartOf"]["@id"] == f"{HERE}/#website"
    assert [step["name"] for step in told["BreadcrumbList"]["itemListElement"]] == ["Larkwood", "About us"]
