"""Posts and articles as templates show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup

from forecourt import networks, players, text, urls
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import store_listing, tag_listing
from forecourt.desk import Campaign, Shop
from forecourt.model import Author, Curation, Event, Kind, Media, Post, Price
from forecourt.site import addresses
from forecourt.site.addresses import NEWS, Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.figures import Figures
from forecourt.site.language import Language
from forecourt.site.listings import Item, Listings
from forecourt.site.views import (
    AuthorView,
    Card,
    Door,
    Link,
    ListingLink,
    Offer,
    Picture,
    SourceView,
    Venue,
)
from forecourt.store import Store, Stored, StoredPicture

EXCERPT = 280
"""Characters of text on a card."""

MOST_PICTURES = 20
"""Pictures that the page of one post shows."""

_REMEMBERED = 1000
"""Cards kept in memory, some 10 KB each: those of the pages that are made one after another."""

_SEVERAL = 2
_COLUMN = "42rem"  # of text, as wide as a picture in it may be
_HOLLOW = re.compile(
    r"<(figure|p|ul|li)(?: [a-z]+=\"[^\"]*\")*>\s*"
    r"(?:<figcaption(?: [a-z]+=\"[^\"]*\")*>(?:(?!</figcaption>).)*</figcaption>\s*)?</\1>",
    re.DOTALL,
)
# Of HTML that nh3 wrote: in a text that shows HTML, what looks so begins with an escape.
_OWN_ADDRESS = re.compile(r'(<[a-z]+(?: [a-z-]+="[^"]*")*? (?:href|src|cite)=")/')


class Presenter:
    """Makes cards.

    ``lost`` gathers the addresses of pictures whose files are not there any more.
    """

    def __init__(
        self,
        config: Config,
        accounts: Sequence[Account],
        store: Store,
        listings: Listings,
        where: Addresses,
        language: Language,
        figures: Figures,
    ) -> None:
        self._config = config
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._store = store
        self._listings = listings
        self._where = where
        self._language = language
        self._figures = figures
        self.lost: set[str] = set()
        self._there: set[str] = set()
        self._uses: set[str] = set()
        self._beside: tuple[str, frozenset[str]] = "", frozenset()
        self._made: dict[tuple[str, str, datetime], tuple[Card, frozenset[str]]] = {}
        self._written: dict[str, tuple[Card, frozenset[str]]] = {}
        # A post shows what thousands of others show, too.
        self._networks, self._sources, self._tag = cache(self.network), cache(self._source), cache(self._link)

    def card(self, item: Item) -> Card:
        """A post or an article, as its card shows it."""
        if isinstance(item, Editorial):
            return self._own(item)[0]
        return self._kept(item)[0]

    def uses(self, item: Item) -> frozenset[str]:
        """The pictures that it shows, as ``files`` takes them: on its card and, made before this, on its page.

        Of several versions that say the same, those of each: listings of accounts and networks show their own.
        """
        if isinstance(item, Editorial):
            return self._own(item)[1]
        key, beside = self._beside
        versions = [item, *(item.said_by({copy.source}) for copy in item.copies)]
        shown = frozenset().union(*(self._kept(version)[1] for version in versions))
        return shown | (beside if key == item.key else frozenset())

    def own(self, path: str, alt: str = "") -> tuple[Picture | None, frozenset[str]]:
        """A picture of the editors' below ``content/``, None where it is served as it is; and what it uses."""
        self._uses = set()
        picture = self._of_ours(path, alt)
        return picture, frozenset(self._uses)

    def _own(self, article: Editorial) -> tuple[Card, frozenset[str]]:
        """The card of an article or a page, and the pictures it uses."""
        if article.source not in self._written:
            self._uses = set()
            self._written[article.source] = self._article(article), frozenset(self._uses)
        return self._written[article.source]

    def _kept(self, stored: Stored) -> tuple[Card, frozenset[str]]:
        """A post's card, which stands on some thirteen pages and feeds, and the pictures it uses."""
        key = stored.key, stored.post.source, stored.published
        if key not in self._made:
            if len(self._made) == _REMEMBERED:
                self._made.clear()
            self._uses = set()
            self._made[key] = self._post(stored), frozenset(self._uses)
        return self._made[key]

    def said_on(self, listing: str, items: Iterable[Item]) -> list[Item]:
        """The items of a listing; on that of an account or a network, of several versions that said there."""
        kind, _, name = listing.partition("/")
        if kind not in ("source", "network"):
            return [*items]
        sources = {name} if kind == "source" else self._of_network(name)
        return [item.said_by(sources) if isinstance(item, Stored) else item for item in items]

    def _of_network(self, name: str) -> frozenset[str]:
        return frozenset(each.name for each in self._accounts.values() if each.connector.network == name)

    def whole(self, stored: Stored) -> Card:
        """A post as its own page shows it: a picture that stands in the text is not shown again."""
        inside = {
            urls.picture(image.src) for image in text.images(stored.post.html) if self.picture(image.src)
        }
        described = _described(stored.post.media, stored.curation.alts if stored.curation else ())
        beside = [media for media in described if urls.picture(media.url) not in inside]
        card = self.card(stored)
        self._uses = set()
        whole = replace(card, pictures=self._pictures(beside))
        self._beside = stored.key, frozenset(self._uses)
        return whole

    def cards(self, items: Iterable[Item]) -> list[Card]:
        """Several, in their order."""
        return [self.card(item) for item in items]

    def picture(self, url: str, alt: str = "") -> Picture | None:
        """A picture of a post as the hub serves it, None while we have it not."""
        stored = self._store.pictures.get(url) if url else None
        if stored is None:
            return None
        narrowest = self._config.theme.widths[0]
        widths = [width for width in stored.widths if width >= narrowest] or [stored.width]
        return self._served(url, stored, widths, alt)

    def avatar(self, url: str) -> Picture | None:
        """The picture of an author, in the one width that is enough; None while we have it not."""
        stored = self._store.pictures.get(url) if url else None
        if stored is None:
            return None
        enough = (width for width in stored.widths if width >= self._config.theme.avatars)
        return self._served(url, stored, [next(enough, stored.width)], "")

    def image(self, card: Card) -> dict[str, Any]:
        """The picture that stands for a card where its page is linked to, as its head says it; nothing without one."""
        if not card.pictures:
            return {}
        first = card.pictures[0]
        return {
            "image": self._where.origin + first.url,
            "image_width": first.width,
            "image_height": first.height,
            "image_alt": first.alt,
        }

    def plain(self, item: Item) -> Markup:
        """What a post or an article says, for programs that know little of HTML."""
        if isinstance(item, Editorial):
            return Markup(self._illustrated(self._below_root(item.html), _alone))  # noqa: S704 - cleaned in reading.py
        return self._body(item.post, _alone)

    def _served(self, url: str, stored: StoredPicture, widths: Sequence[int], alt: str) -> Picture | None:
        kinds = ("webp", "avif") if stored.widths else ("webp",)
        use = " ".join([stored.name, *map(str, widths if stored.widths else ())])
        if use not in self._there and not all(
            (self._config.pictures / file).is_file() for file in files(use)
        ):
            self.lost.add(url)
            return None
        self._there.add(use)
        self._uses.add(use)
        webp, *others = (
            [(self._where.link(addresses.PICTURES + stored.file(width, kind)), width) for width in widths]
            for kind in kinds
        )
        address, width = webp[-1]
        return Picture(
            address,
            width,
            max(1, round(stored.height * width / stored.width)),
            alt,
            srcset=_srcset(webp) if len(webp) > 1 else "",
            avif=_srcset(others[0]) if others else "",
            tone=_tone(stored.colour),
            placeholder=stored.placeholder,
        )

    def _post(self, stored: Stored) -> Card:
        post = stored.post
        account = self._accounts[post.source]
        film = next((media for media in post.media if media.type != "image"), None)
        said = stored.curation or Curation("")
        pictures = self._pictures(_described(post.media, said.alts))
        caption_lang = said.lang or self._config.language
        return Card(
            kind=post.kind.value,
            form=_form(post, len(pictures)),
            url=self._where.page(addresses.post(stored.key)),
            permalink=post.permalink,
            origin=_origin(post.permalink),
            title=post.title,
            excerpt=text.excerpt(post.text, EXCERPT),
            html=self._body(post, _in_text),
            lang=post.lang,
            dir=post.dir,
            author=self._author(post.author),
            network=self._networks(account.connector.network),
            source=self._sources(account.name),
            published=stored.published.astimezone(self._config.timezone),
            dated=post.published is not None,
            updated=self._changed(stored),
            pictures=pictures,
            duration=film.duration if film else None,
            playable=film.type if film else "",
            player=(players.ours(film.player) or players.of(film.url)) if film else "",
            recording=players.recording(film) if film else "",
            answers=post.in_reply_to,
            quotes=post.quote_of,
            likes=post.engagement.likes,
            comments=post.engagement.comments,
            shares=post.engagement.shares,
            views=post.engagement.views,
            rating=post.rating,
            event=post.event and self._local(post.event),
            price=post.price,
            tags=self._tags((*post.tags, *said.tags)),
            pinned=said.pin,
            caption=said.caption,
            caption_lang=caption_lang,
            caption_dir=text.direction(said.caption, caption_lang),
            doors=self._doors(stored.copies),
        )

    def _doors(self, copies: Sequence[Post]) -> tuple[Door, ...]:
        """Where the same was said, none where that was in one place."""
        if len(copies) < _SEVERAL:
            return ()
        return tuple(self._door(each) for each in copies if each.permalink and each.source in self._accounts)

    def _door(self, post: Post) -> Door:
        account, counts = self._accounts[post.source], post.engagement
        return Door(
            self._networks(account.connector.network), self._sources(account.name), post.permalink,
            _origin(post.permalink), counts.likes, counts.comments, counts.shares, counts.views,
        )  # fmt: skip

    def _article(self, article: Editorial) -> Card:
        event = article.happening
        return Card(
            kind="event" if event else "article",
            form="event" if event else "article",
            url=self._where.link(article.path),
            permalink="",
            title=article.title,
            excerpt=article.summary,
            html=Markup(self._illustrated(self._below_root(article.html), _in_text)),  # noqa: S704 - cleaned in reading.py
            lang=article.lang,
            dir=article.dir,
            author=AuthorView(article.author or self._config.brand.name),
            network=ListingLink(
                NEWS, self._language.gettext("News"), self._where.page(addresses.listing(NEWS))
            ),
            source=SourceView(self._config.brand.name, self._where.page(addresses.listing(NEWS))),
            published=article.published.astimezone(self._config.timezone),
            updated=article.updated and article.updated.astimezone(self._config.timezone),
            pictures=self._figure(article),
            tags=self._tags(article.tags),
            pinned=article.pinned,
            editorial=True,
            event=self._local(event.event) if event else None,
            cancelled=bool(event and event.cancelled),
            signup=event.link if event else "",
            calendar=self._where.link(addresses.calendar(event.slug)) if event else "",
            until=article.until and article.until.astimezone(self._config.timezone),
            venue=self._venue(event.shop) if event and event.shop else None,
            offer=_offer(article.campaign) if article.campaign else None,
        )

    def _venue(self, shop: Shop) -> Venue:
        url = self._where.page(addresses.listing(store_listing(shop.slug))) if shop.place else ""
        return Venue(shop.title, url, ", ".join(filter(None, (shop.address, shop.town))))

    def _body(self, post: Post, markup: Callable[[Picture], Markup]) -> Markup:
        """The post's HTML with our own copies of its pictures; those we lack are left out with their captions."""
        said = players.playing(post.html) if markup is _in_text else post.html
        if "<img" not in said:
            return Markup(said)  # noqa: S704 - sanitised when the post was made
        lacks = False

        def ours(image: text.Picture) -> str:
            nonlocal lacks
            picture = self.picture(image.src, image.alt)
            lacks = lacks or picture is None
            return markup(picture) if picture else ""

        html = text.replace_images(said, ours)
        return Markup(_filled(html) if lacks else html)  # noqa: S704 - sanitised when the post was made

    def _changed(self, stored: Stored) -> datetime | None:
        """When the post was changed, if that was after it was published."""
        updated = stored.post.updated
        return updated.astimezone(self._config.timezone) if updated and updated > stored.published else None

    def _local(self, event: Event) -> Event:
        """In the hub's zone; an end that is not after the beginning is none."""
        zone = self._config.timezone
        end = event.end.astimezone(zone) if event.end and event.end > event.start else None
        return replace(event, start=event.start.astimezone(zone), end=end)

    def _below_root(self, html: str) -> str:
        root = self._where.root
        return _OWN_ADDRESS.sub(rf"\1{root}/", html) if root else html

    def _pictures(self, media: Iterable[Media]) -> tuple[Picture, ...]:
        urls = {each.url if each.type == "image" else each.poster: each.alt for each in media}
        found = (self.picture(url, alt) for url, alt in list(urls.items())[:MOST_PICTURES])
        return tuple(picture for picture in found if picture)

    def _figure(self, article: Editorial) -> tuple[Picture, ...]:
        figure = article.figure
        if figure is None:
            return ()
        plain = Picture(self._where.link(figure.path), figure.width, figure.height, figure.alt)
        return (self._of_ours(figure.path, figure.alt) or plain,)

    def _of_ours(self, path: str, alt: str) -> Picture | None:
        stored = self._figures.of(path)
        return self._served("", stored, stored.widths, alt) if stored else None

    def _illustrated(self, html: str, markup: Callable[[Picture], Markup]) -> str:
        """What the editors wrote with its pictures in the widths that fit, where they can be made."""

        def ours(image: text.Picture) -> str:
            path = unquote(image.src.removeprefix(f"{self._where.root}/"))
            picture = self._of_ours(path, image.alt)
            return str(markup(picture) if picture else _as_it_is(image))

        return text.replace_images(html, ours) if "<img" in html else html

    def _author(self, author: Author) -> AuthorView:
        return AuthorView(author.name, author.handle, author.url, self.avatar(author.avatar))

    def _source(self, name: str) -> SourceView:
        account = self._accounts[name]
        url = self._where.page(addresses.listing(f"source/{account.name}"))
        return SourceView(account.source.label, url, self._language.gettext(account.connector.terms.credit))

    def _tags(self, tags: Iterable[str]) -> tuple[Link, ...]:
        links: dict[str, Link] = {}
        for link in filter(None, map(self._tag, tags)):
            links.setdefault(link.url, link)
        return tuple(links.values())

    def _link(self, tag: str) -> Link | None:
        """A tag as a link to its posts; None where there are none, as for a tag of a draft."""
        listing = tag_listing(tag)
        return (
            Link(tag, self._where.page(addresses.listing(listing))) if self._listings.count(listing) else None
        )

    def network(self, name: str) -> ListingLink:
        """A link to all posts of a network."""
        listing = f"network/{name}"
        return ListingLink(
            name, self._language.gettext(networks.name(name)), self._where.page(addresses.listing(listing))
        )


def _offer(campaign: Campaign) -> Offer:
    said = campaign.promise
    price = None if said.price is None else Price(said.price, said.currency)
    return Offer(campaign.message, said.percent, price, said.day, said.code, said.link)


def _form(post: Post, pictures: int) -> str:
    """The name of the card that shows a post: of its kind, unless it looks like something else."""
    if post.kind in {Kind.PHOTO, Kind.NOTE} and pictures > 1:
        return "gallery"
    if post.kind is Kind.NOTE and not pictures and (post.quote_of or post.html.startswith("<blockquote")):
        return "quote"
    return post.kind.value


def files(use: str) -> list[str]:
    """The files, below the pictures' folder, of a picture in the widths that something shows."""
    name, *widths = use.split(" ")
    return [f"{name}-{width}.{kind}" for width in widths for kind in ("avif", "webp")] or [name]


_host = lru_cache(urls.host)


def _origin(permalink: str) -> str:
    """The host of an address, as people call it."""
    return _host("/".join(permalink.split("/", 3)[:3])).removeprefix("www.")


def _described(media: Sequence[Media], alts: Sequence[str]) -> Iterator[Media]:
    """Pictures and films with what the editors say that they show, "" where they say nothing."""
    for number, each in enumerate(media):
        yield replace(each, alt=alts[number]) if number < len(alts) and alts[number] else each


def _filled(html: str) -> str:
    """The HTML without what holds nothing since its picture is not there: a figure, a gallery's list."""
    before = ""
    while html != before:
        before, html = html, _HOLLOW.sub("", html)
    return html


def _srcset(files: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{address} {width}w" for address, width in files)


def _tone(colour: str) -> str:
    """The classes for a colour such as #a0b0c0; a style of its own our policy forbids."""
    if not colour:
        return ""
    return f"tone r{colour[1]} g{colour[3]} b{colour[5]}"


def _in_text(picture: Picture) -> Markup:
    """A picture in a text, as partials/picture.html shows one elsewhere."""
    sizes = f"min(100vw, {_COLUMN}, {picture.width}px)"
    avif = Markup('<source type="image/avif" srcset="{}" sizes="{}">').format(picture.avif, sizes)
    webp = Markup(' srcset="{}" sizes="{}"').format(picture.srcset, sizes)
    return Markup(
        '<picture>{}<img class="{}" src="{}"{} width="{}" height="{}" alt="{}" loading="lazy" decoding="async">'
        "</picture>"
    ).format(
        avif if picture.avif else "", picture.tone, picture.url, webp if picture.srcset else "",
        picture.width, picture.height, picture.alt,
    )  # fmt: skip


def _as_it_is(image: text.Picture) -> Markup:
    """A picture of the editors' of which nobody knows the size."""
    return Markup('<img src="{}" alt="{}" loading="lazy" decoding="async">').format(image.src, image.alt)


def _alone(picture: Picture) -> Markup:
    """A picture as one element with one address."""
    return Markup('<img src="{}" width="{}" height="{}" alt="{}">').format(
        picture.url, picture.width, picture.height, picture.alt
    )
