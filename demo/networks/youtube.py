"""YouTube's Atom: a media:group for each video, with views and stars in media:community."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import picture_url
from demo.networks._xml import MEDIA, add, atom, document, rfc3339

YT = "http://www.youtube.com/xml/schemas/2015"


def render(account: Account, base: str) -> bytes:
    """Write the channel's videos as YouTube does."""
    feed = atom("en", yt=YT, media=MEDIA)
    channel = account.home.rsplit("/", 1)[-1]
    add(feed, "link", rel="self", href=base + account.path)
    add(feed, "id", f"yt:channel:{channel}")
    add(feed, "yt:channelId", channel)
    add(feed, "title", account.title)
    add(feed, "link", rel="alternate", href=account.home)
    _author(feed, account)
    add(feed, "published", rfc3339(min(p.date for p in account.posts if p.date)))
    add(feed, "updated", rfc3339(account.changed))
    for post in account.posts:
        _entry(add(feed, "entry"), account, post, base)
    return document(feed)


def _author(parent: Element, account: Account) -> None:
    author = add(parent, "author")
    add(author, "name", account.author)
    add(author, "uri", account.home)


def _entry(entry: Element, account: Account, post: Post, base: str) -> None:
    add(entry, "id", f"yt:video:{post.id}")
    add(entry, "yt:videoId", post.id)
    add(entry, "yt:channelId", account.home.rsplit("/", 1)[-1])
    add(entry, "title", post.title)
    add(entry, "link", rel="alternate", href=account.link(post))
    _author(entry, account)
    if post.date and post.changed:
        add(entry, "published", rfc3339(post.date))
        add(entry, "updated", rfc3339(post.changed))
    _group(add(entry, "media:group"), account, post, base)


def _group(group: Element, account: Account, post: Post, base: str) -> None:
    player = account.link(post).replace("/watch?v=", "/v/")
    add(group, "media:title", post.title)
    add(
        group,
        "media:content",
        url=player,
        type_="application/x-shockwave-flash",
        width=640,
        height=390,
    )
    for picture in post.pictures:
        width, height = picture.size
        add(group, "media:thumbnail", url=picture_url(base, picture), width=width, height=height)
    add(group, "media:description", post.text.strip())
    community = add(group, "media:community")
    add(community, "media:starRating", count=post.likes or 0, average="5.00", min=1, max=5)
    add(community, "media:statistics", views=post.views or 0)


NETWORK = Network(
    speaks="Atom (YouTube)",
    media_type="text/xml; charset=UTF-8",
    render=render,
    alternate="application/atom+xml",
)
