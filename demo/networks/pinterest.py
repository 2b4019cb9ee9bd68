"""A Pinterest board's RSS: the picture stands only inside the description."""

from __future__ import annotations

from html import escape
from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import image
from demo.networks._xml import ATOM, add, document, rfc822, rss


def render(account: Account, base: str) -> bytes:
    """Write the board's pins."""
    root, channel = rss(atom=ATOM)
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "atom:link", href=base + account.path, rel="self")
    add(channel, "language", "en-us")
    add(channel, "lastBuildDate", rfc822(account.changed))
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "title", post.title)
    add(item, "link", link)
    pictures = "".join(image(base, picture) for picture in post.pictures)
    add(
        item,
        "description",
        f'<a href="{escape(link)}">{pictures}</a>{escape(post.text.strip(), quote=False)}',
    )
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    add(item, "guid", link)


NETWORK = Network(speaks="RSS 2.0 (Pinterest board)", media_type="text/xml; charset=utf-8", render=render)
