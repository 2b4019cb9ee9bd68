"""A blog, in RSS 2.0 as WordPress writes it: content:encoded, dc:creator, wfw and slash comments."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import illustrated, picture_url
from demo.networks._xml import ATOM, CONTENT, DC, add, document, rfc822, rss

WFW = "http://wellformedweb.org/CommentAPI/"
SY = "http://purl.org/rss/1.0/modules/syndication/"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
HUB = "https://hub.larkwood.example/"


def render(account: Account, base: str) -> bytes:
    """Write the account as a WordPress feed."""
    root, channel = rss(content=CONTENT, wfw=WFW, dc=DC, atom=ATOM, sy=SY, slash=SLASH)
    add(channel, "title", account.title)
    add(channel, "atom:link", href=base + account.path, rel="self", type_="application/rss+xml")
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "lastBuildDate", rfc822(account.changed))
    add(channel, "language", account.lang)
    add(channel, "sy:updatePeriod", "hourly")
    add(channel, "sy:updateFrequency", "1")
    add(channel, "generator", "https://wordpress.example/?v=6.9")
    _image(channel, account, base)
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def links(account: Account, base: str) -> tuple[str, ...]:
    """WordPress names its API; the WebSub plugin names the hub and the feed itself."""
    api = f'<{account.home}wp-json/>; rel="https://api.w.org/"'
    return api, f'<{HUB}>; rel="hub"', f'<{base}{account.path}>; rel="self"'


def _image(channel: Element, account: Account, base: str) -> None:
    image = add(channel, "image")
    add(image, "url", picture_url(base, account.avatar))
    add(image, "title", account.title)
    add(image, "link", account.home)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    if post.title:
        add(item, "title", post.title)
    add(item, "link", link)
    add(item, "dc:creator", post.author or account.author)
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    for tag in post.tags:
        add(item, "category", tag)
    add(item, "guid", f"{account.home}?p={post.id}", isPermaLink="false")
    add(item, "description", post.summary or post.text)
    add(item, "content:encoded", illustrated(post, base))
    if post.comments is not None:
        add(item, "comments", f"{link}#comments")
        add(item, "wfw:commentRss", f"{link}feed/")
        add(item, "slash:comments", post.comments)


NETWORK = Network(
    speaks="RSS 2.0 (WordPress)",
    media_type="application/rss+xml; charset=UTF-8",
    render=render,
    links=links,
)
