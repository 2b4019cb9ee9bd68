"""Posts and articles as templates show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from forecourt import networks, text, urls
from forecourt.accounts import Account
from forecourt.config import Config
from forecourt.curate import tag_listing
from forecourt.model import Author, Event, Media, Post
from forecourt.site import addresses
from forecourt.site.addresses import NEWS, Addresses
from forecourt.site.editorial import Editorial
from forecourt.site.listings import Item, Listings
from forecourt.site.views import AuthorView, Card, Link, ListingLink, Picture, SourceView
from forecourt.store import Store, Stored

EXCERPT = 280
"""Characters of text on a card."""

MOST_PICTURES = 20
"""Pictures that the page of one post shows."""

_REMEMBERED = 2000
"""Cards kept in memory, some 10 KB each."""


class Presenter:
    """Makes cards.

    ``shown`` gathers the files of the pictures that any page shows.
    """

    def __init__(
        self, config: Config, accounts: Sequence[Account], store: Store, listings: Listings, where: Addresses
    ) -> None:
        self._config = config
        self._accounts: Mapping[str, Account] = {account.name: account for account in accounts}
        self._store = store
        self._listings = listings
        self._where = where
        self.shown: set[str] = set()
        self._made: dict[str, Card] = {}

    def card(self, item: Item) -> Card:
        """A post or an article, as its card shows it."""
        if isinstance(item, Editorial):
            return self._article(item)
        if item.key not in self._made:  # a post stands on some thirteen pages and feeds
            if len(self._made) == _REMEMBERED:
                self._made.clear()
            self._made[item.key] = self._post(item)
        return self._made[item.key]

    def whole(self, stored: Stored) -> Card:
        """A post as its own page shows it: a picture that stands in the text is not shown again."""
        inside = {
            urls.picture(image.src) for image in text.images(stored.post.html) if self.picture(image.src)
        }
        beside = [media for media in stored.post.media if urls.picture(media.url) not in inside]
        return replace(self.card(stored), pictures=self._pictures(beside))

    def cards(self, items: Iterable[Item]) -> list[Card]:
        """Several, in their order."""
        return [self.card(item) for item in items]

    def picture(self, url: str, alt: str = "") -> Picture | None:
        """A picture of a post as the hub serves it, None while we have it not."""
        stored = self._store.pictures.get(url) if url else None
        if stored is None:
            return None
        if stored.name not in self.shown and not (self._config.pictures / stored.name).is_file():
            self._store.pictures.lost(url)
            return None
        self.shown.add(stored.name)
        return Picture(self._where.link(addresses.PICTURES + stored.name), stored.width, stored.height, alt)

    def _post(self, stored: Stored) -> Card:
        post = stored.post
        account = self._accounts[post.source]
        film = next((media for media in post.media if media.type != "image"), None)
        return Card(
            kind=post.kind.value,
            url=self._where.link(addresses.post(stored.key)),
            permalink=post.permalink,
            origin=urls.host(post.permalink).removeprefix("www."),
            title=post.title,
            excerpt=text.excerpt(post.text, EXCERPT),
            html=self._body(post),
            lang=post.lang,
            dir=post.dir,
            author=self._author(post.author),
            network=self.network(account.connector.network),
            source=self._source(account),
            published=stored.published.astimezone(self._config.timezone),
            dated=post.published is not None,
            updated=self._changed(stored),
            pictures=self._pictures(post.media),
            duration=film.duration if film else None,
            playable=film.type if film else "",
            likes=post.engagement.likes,
            comments=post.engagement.comments,
            shares=post.engagement.shares,
            views=post.engagement.views,
            rating=post.rating,
            event=post.event and self._local(post.event),
            price=post.price,
            tags=self._tags(post.tags),
        )

    def _article(self, article: Editorial) -> Card:
        return Card(
            kind="article",
            url=self._where.link(article.path),
            permalink="",
            title=article.title,
            excerpt=article.summary,
            html=Markup(self._below_root(article.html)),  # noqa: S704 - cleaned in editorial.py
            lang=article.lang,
            dir=article.dir,
            author=AuthorView(article.author or self._config.brand.name),
            network=ListingLink(NEWS, "News", self._where.link(addresses.listing(NEWS))),
            source=SourceView(self._config.brand.name, self._where.link(addresses.listing(NEWS))),
            published=article.published.astimezone(self._config.timezone),
            updated=article.updated and article.updated.astimezone(self._config.timezone),
            pictures=self._figure(article),
            tags=self._tags(article.tags),
            pinned=article.pinned,
            editorial=True,
        )

    def _body(self, post: Post) -> Markup:
        """The post's HTML with our own copies of its pictures; those we lack are left out."""

        def ours(image: text.Picture) -> str:
            picture = self.picture(image.src, image.alt)
            if picture is None:
                return ""
            return Markup(
                '<img src="{}" width="{}" height="{}" alt="{}" loading="lazy" decoding="async">'
            ).format(picture.url, picture.width, picture.height, picture.alt)

        return Markup(text.replace_images(post.html, ours))  # noqa: S704 - sanitised when the post was made

    def _changed(self, stored: Stored) -> datetime | None:
        """When the post was changed, if that was after it was published."""
        updated = stored.post.updated
        return updated.astimezone(self._config.timezone) if updated and updated > stored.published else None

    def _local(self, event: Event) -> Event:
        zone = self._config.timezone
        return replace(
            event, start=event.start.astimezone(zone), end=event.end and event.end.astimezone(zone)
        )

    def _below_root(self, html: str) -> str:
        root = self._where.root
        return html.replace('="/', f'="{root}/') if root else html

    def _pictures(self, media: Iterable[Media]) -> tuple[Picture, ...]:
        urls = {each.url if each.type == "image" else each.poster: each.alt for each in media}
        found = (self.picture(url, alt) for url, alt in list(urls.items())[:MOST_PICTURES])
        return tuple(picture for picture in found if picture)

    def _figure(self, article: Editorial) -> tuple[Picture, ...]:
        figure = article.figure
        if figure is None:
            return ()
        return (Picture(self._where.link(figure.path), figure.width, figure.height, figure.alt),)

    def _author(self, author: Author) -> AuthorView:
        return AuthorView(author.name, author.handle, author.url, self.picture(author.avatar))

    def _source(self, account: Account) -> SourceView:
        url = self._where.link(addresses.listing(f"source/{account.name}"))
        return SourceView(account.source.label, url, account.connector.terms.credit)

    def _tags(self, tags: Iterable[str]) -> tuple[Link, ...]:
        links: dict[str, Link] = {}
        for tag in tags:
            listing = tag_listing(tag)
            if self._listings.count(listing):  # the tags of a draft may have no page yet
                links.setdefault(listing, Link(tag, self._where.link(addresses.listing(listing))))
        return tuple(links.values())

    def network(self, name: str) -> ListingLink:
        """A link to all posts of a network."""
        listing = f"network/{name}"
        return ListingLink(name, networks.name(name), self._where.link(addresses.listing(listing)))
