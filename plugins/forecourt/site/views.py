"""What templates are given: small frozen objects, ready to print.

Templates choose and arrange; every address, count and excerpt is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from forecourt.model import Direction, Event, Price, Rating


class Later:
    """Text that is made when a template prints it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def __html__(self) -> str:
        return self._make()

    def __repr__(self) -> str:
        return self._make()


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words; ``current`` where it leads to the page it stands on."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Tongue:
    """The same page in one of the hub's languages, by that language's own name."""

    label: str
    url: str
    lang: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class ListingLink:
    """A link to a listing, with how many posts it shows."""

    id: str
    label: str
    url: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed of ours; ``type`` is its media type."""

    title: str
    url: str
    type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture served from the hub, at its largest; its size is in pixels.

    ``srcset`` and ``avif`` are its files as browsers choose among them, "" where there is but the one.
    ``tone`` names the classes that colour its place until it is there; ``placeholder`` is a tiny
    picture as a ``data:`` address.
    """

    url: str
    width: int
    height: int
    alt: str = ""
    srcset: str = ""
    avif: str = ""
    tone: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class AuthorView:
    """Who wrote a post, as shown."""

    name: str = ""
    handle: str = ""
    url: str = ""
    avatar: Picture | None = None


@dataclass(frozen=True, slots=True)
class SourceView:
    """The linked account a post came through; ``credit`` is what its platform's terms ask us to print."""

    label: str
    url: str
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Where the same message was said: the network, the account, the post there, and what came of it."""

    network: ListingLink
    source: SourceView
    url: str
    origin: str
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Venue:
    """The local store that an event is at. ``url`` is "" where it has no page of the editors'."""

    title: str
    url: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a campaign of the editors' states while it runs; what it does not is "" or None."""

    message: str = ""
    percent: Decimal | None = None
    price: Price | None = None
    day: date | None = None
    code: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A post, or an article of the brand's own, as shown on a card or on its page.

    Where its origin gives no date, ``dated`` is False and ``published`` only a place
    among the others.
    """

    kind: str
    form: str
    """The name of the card that shows it: its kind, or what it looks like: a gallery, a quote."""
    url: str
    permalink: str
    title: str
    excerpt: str
    html: Markup
    lang: str
    dir: Direction
    author: AuthorView
    network: ListingLink
    source: SourceView
    published: datetime
    dated: bool = True
    updated: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    duration: int | None = None
    playable: str = ""
    player: str = ""
    """The address of a player that watches its visitors least, "" where there is none."""
    recording: str = ""
    """The file of a film or a recording, where a browser can play it from there; "" elsewhere."""
    answers: str = ""
    """The address of what it answers."""
    quotes: str = ""
    """The address of what it quotes."""
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None
    rating: Rating | None = None
    event: Event | None = None
    price: Price | None = None
    tags: tuple[Link, ...] = ()
    pinned: bool = False
    editorial: bool = False
    origin: str = ""
    """The host of ``permalink``, to say where that link goes."""
    caption: str = ""
    """The editors' own words beside it."""
    caption_lang: str = ""
    caption_dir: Direction = "ltr"
    doors: tuple[Door, ...] = ()
    """Where the same was said, none where that was in one place."""
    until: datetime | None = None
    """When a campaign of the editors' is over."""
    calendar: str = ""
    """The address of an event's own calendar file."""
    cancelled: bool = False
    signup: str = ""
    """Where one signs up for an event of the editors'."""
    venue: Venue | None = None
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class HoursView:
    """Runs of days of the week, Monday is 0, and when a store is open on them: never where there are no spans."""

    runs: tuple[tuple[int, int], ...]
    spans: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShopView:
    """A local store, as the editors wrote about it. ``opening`` is what schema.org calls openingHours."""

    id: str
    title: str
    url: str
    html: Markup
    lang: str
    dir: Direction
    pictures: tuple[Picture, ...] = ()
    address: str = ""
    town: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    hours: tuple[HoursView, ...] = ()
    opening: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None

    @property
    def town_name(self) -> str:
        """The town without its postal code."""
        return " ".join(word for word in self.town.split() if not any(map(str.isdigit, word))) or self.town


@dataclass(frozen=True, slots=True)
class Cell:
    """A card in its place on a wall.

    ``classes`` are its spans at four, three and two columns; ``whole`` and ``part`` how wide a picture over
    all of it, or beside its words, stands on the page (the ``sizes`` of a picture). ``eager`` are those that
    are seen first.
    """

    card: Card
    classes: str
    whole: str
    part: str
    eager: bool


@dataclass(frozen=True, slots=True)
class PeriodLink:
    """A link to a year or month of a listing's archive, with how many posts it holds."""

    label: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    """The period that an archive page shows, in words; ``granularity`` is year, month or day."""

    label: str
    granularity: str


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing, as the head of its pages shows it. ``kind`` is that of its name, such as source.

    ``count`` is how much it shows and ``as_of`` when something last came, which its front page alone is told: its
    archive would change with each post. ``stale_since`` is when an account was last reached that cannot be now.
    """

    kind: str
    title: str
    label: str
    description: str
    url: str
    count: int | None
    profile: str = ""
    as_of: datetime | None = None
    stale_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountFeeds:
    """The addresses of a listing's feeds."""

    atom: str
    rss: str
    json: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """A linked account on the page that says where to follow the brand, which stays as it is while it posts."""

    label: str
    network: ListingLink
    profile: str
    url: str
    feeds: AccountFeeds
    store: str = ""
    stale_since: datetime | None = None
    """When it was last reached, where it cannot be now."""


@dataclass(frozen=True, slots=True)
class BrandView:
    """The brand, with its pictures as the hub serves them."""

    name: str
    tagline: str
    description: str
    hashtag: str
    logo: str
    hero: Picture | None
    hero_credit: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class HubView:
    """What every page knows of the hub.

    When something last came and how much there is knows the home page alone: every
    other page would be another one with each new post.
    """

    home: str
    nav: tuple[Link, ...]
    networks: tuple[ListingLink, ...]
    kinds: tuple[ListingLink, ...]
    stores: tuple[ListingLink, ...]
    follow_url: str
    archive_url: str
    topics_url: str
    search_url: str
    feeds: tuple[FeedLink, ...]
    stores_url: str = ""
    """The list of local stores, "" where the editors wrote about none."""
    events_url: str = ""
    as_of: datetime | None = None
    total: int = 0
    stale: tuple[Link, ...] = ()
    """Accounts that cannot be reached."""


@dataclass(frozen=True, slots=True)
class SearchView:
    """What the search page needs: the address of the list of what it searches in, and campaigns to choose from.

    ``topics`` are those of pages that gather the posts of a topic as a campaign does.
    """

    index: str
    campaigns: tuple[ListingLink, ...] = ()
    topics: tuple[ListingLink, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """The page itself: what stands in its head."""

    title: str
    lang: str
    dir: Direction = "ltr"
    locale: str = ""
    """The language of what stands round it, as Open Graph calls it."""
    description: str = ""
    canonical: str = ""
    address: str = ""
    """Its own whole address, where its original is elsewhere, too."""
    kind: str = "website"
    image: str = ""
    image_width: int = 0
    image_height: int = 0
    image_alt: str = ""
    robots: str = ""
    feeds: tuple[FeedLink, ...] = ()
    me: tuple[str, ...] = ()
    data: Later | str = ""
    """What programs read of it, as JSON-LD."""
    languages: tuple[Tongue, ...] = ()
    """The same page in the languages of the hub, none where it has but one."""
    alternates: tuple[tuple[str, str], ...] = ()
    """Language and whole address of each of them, for search engines."""
