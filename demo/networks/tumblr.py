"""Tumblr's RSS: bare items, the whole post in the description, an ask in the title."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import illustrated
from demo.networks._xml import DC, add, document, rfc822, rss


def render(account: Account, base: str) -> bytes:
    """Write the account's posts as Tumblr does."""
    root, channel = rss(dc=DC)
    add(channel, "description", account.description)
    add(channel, "title", account.title)
    add(channel, "generator", f"Tumblr (3.0; @{account.home.split('/')[2].split('.')[0]})")
    add(channel, "link", account.home)
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "title", post.title)
    add(item, "description", illustrated(post, base))
    add(item, "link", link)
    add(item, "guid", link)
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    for tag in post.tags:
        add(item, "category", tag)


NETWORK = Network(speaks="RSS 2.0 (Tumblr)", media_type="text/xml; charset=utf-8", render=render)
